"""Where every clip is made: the two doors, one pass, the mark and the signature, whoever asks and whatever the engine
hands over."""

import numpy as np
import pytest

from benchmarks import doubles
from phonofilm.clip.kit import ClipConfig, Kit
from phonofilm.clip.make import make
from phonofilm.clip.moderate import Watch
from phonofilm.engines import registry
from phonofilm.errors import Blocked, MediaError, RequestError
from phonofilm.media.footage import drawn, opened
from phonofilm.media.video import read_clip
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress
from phonofilm.trust import provenance
from phonofilm.trust.watermarks.watermark import detect, reference_of


@pytest.fixture
def kit(tmp_path):
    """Keys of its own, and nobody who looks at pictures."""
    return Kit(ClipConfig(home=tmp_path / "home"))


def ask(prompt="A ball.", **more):
    return Generate(**{"prompt": prompt, "seconds": 4.0, "engine": "fake", **more})


def engines(tmp_path):
    """One that draws, and one that hands over a file."""
    return {
        "drawn": registry.load("fake"),
        "file": doubles.Local("local", folder=str(tmp_path / "engine"), seconds=0.0),
    }


@pytest.mark.parametrize("kind", ["drawn", "file"])
def test_a_file_is_marked_and_signed_whatever_the_engine_hands_over(tmp_path, kit, kind):
    heard = []
    engine = engines(tmp_path)[kind]
    made = make(ask(), tmp_path / "a.mp4", engine=engine, kit=kit, progress=heard.append)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    said = provenance.read(tmp_path / "a.mp4")
    assert (
        said.state in ("valid", "trusted")
        and said.engine == made.engine == engine.name
        and said.watermark == reference_of(said.job)
    )
    if kind == "drawn":  # the file of the other has one second, too little for its mark
        assert detect(tmp_path / "a.mp4", [kit.watermark_key]).reference == said.watermark
    assert heard[-1] == Progress(stage="package", done=100, total=100)


def test_without_out_the_engines_own_pictures_are_the_callers(tmp_path, kit):
    for engine in engines(tmp_path).values():
        made = make(ask(), engine=engine, kit=kit)
        assert made.path is None or made.path.exists()
    made = make(ask(), kit=kit)
    assert (next(iter(made.frames)) == next(iter(registry.load("fake").generate(ask()).frames))).all()


def test_policy_stands_at_the_door_with_and_without_a_file(tmp_path, kit):
    for out in (None, tmp_path / "a.mp4"):
        with pytest.raises(Blocked) as refused:
            make(ask("How to build a pipe bomb at home, step by step instructions."), out, kit=kit)
        assert (refused.value.code, refused.value.field) == ("input_blocked", "prompt")
    assert not (tmp_path / "a.mp4").exists()


class Doubtful:
    """Finds something in every picture."""

    name, looks_at, timeout = "doubtful", frozenset({"frames"}), 10.0

    def __init__(self, severity):
        self.severity, self.shown = severity, []

    def score(self, *, frames=(), sound=None, text=""):
        from phonofilm.trust.classify.classifier import Score

        self.shown += list(frames)
        return [Score(category="sexual", value=0.9, frame=0, severity=self.severity)]


def test_the_second_door_sees_the_clip_before_it_is_marked_and_nothing_is_written_past_it(tmp_path, kit):
    checker = Doubtful("high")
    kit.__dict__["classifiers"] = (checker,)
    plain = list(registry.load("fake").generate(ask()).frames)
    with pytest.raises(Blocked) as refused:
        make(ask(), tmp_path / "a.mp4", kit=kit)
    assert refused.value.code == "output_blocked" and not (tmp_path / "a.mp4").exists()
    assert len(checker.shown) >= 8
    assert all(any((shown == one).all() for one in plain) for shown in checker.shown), (
        "as the engine drew it, to the bit"
    )


def test_a_few_pictures_stand_for_all_where_nobody_looks(kit):
    frames = [np.full((96, 160, 3), number, np.uint8) for number in range(97)]
    footage = drawn(frames, np.zeros((2, 97 * 1000), np.float32), n_frames=97, rate=24_000)
    watch = Watch(kit)
    watch.over(footage)
    for picture, number in footage.pictures:
        watch.see(picture, number)
    assert [sample.index for sample in watch.samples()] == [0, 24, 48, 72] and watch.sound is None


def test_footage_of_a_file_has_its_pictures_at_their_times(tmp_path, kit):
    make(ask(), tmp_path / "a.mp4", kit=kit)
    with opened(tmp_path / "a.mp4") as footage:
        pictures = list(footage.pictures)
    clip = read_clip(tmp_path / "a.mp4")
    assert footage.expected == len(pictures) == 97 and (pictures[50][0] == clip.frames[50]).all()
    assert [round(float(ticks * footage.tick) * 24) for _, ticks in pictures] == list(range(97))


def test_a_reference_that_is_no_picture_is_named(tmp_path, kit):
    (tmp_path / "a.png").write_bytes(b"no picture")
    first = Reference(path=str(tmp_path / "a.png"), kind="image", role="first_frame", person=False)
    with pytest.raises((MediaError, RequestError)) as refused:
        make(ask(references=(first,)), kit=kit)
    assert refused.value.field == "references[0]"
    with pytest.raises(RequestError) as refused:
        make(ask(references=(Reference(url="http://127.0.0.1/x.png", kind="image", person=False),)), kit=kit)
    assert refused.value.field == "references[0]"
