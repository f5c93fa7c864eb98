"""Open checkpoints through diffusers, with tiny networks that nobody trained: every family makes picture and sound of
the right length and size."""

from functools import cache

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("diffusers", minversion="0.42")
pytest.importorskip("transformers")

import tiny_pipelines

from phonofilm.engines.diffusers import DiffusersEngine, composed, stereo
from phonofilm.engines.isolated.parent import Isolated
from phonofilm.errors import EngineError, RequestError, WeightsError
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate

LICENCES = {
    "ltx2": "LTX-2.x Community License",
    "kandinsky6": "Kandinsky 6.0 licence",
    "minimax-h3": "MiniMax H3 Community License",
}
LTX_OPTIONS = {
    "max_sequence_length": 16,
    "stg_scale": 0.0,
    "audio_stg_scale": 0.0,
    "modality_scale": 1.0,
    "audio_modality_scale": 1.0,
}
TEXTS = {"kandinsky6": tiny_pipelines.kandinsky6_text, "minimax-h3": tiny_pipelines.minimax_h3_text}


@cache
def pipeline(family):
    return getattr(tiny_pipelines, family.replace("-", "_"))()


def engine(family, **more):
    options = {
        **(LTX_OPTIONS if family == "ltx2" else {}),
        **({"num_inference_steps": 3} if family == "minimax-h3" else {}),
        **more.pop("options", {}),
    }
    given = {
        "max_pixels": 1024,
        "dtype": "float32",
        "pipeline": pipeline(family),
        "embed": TEXTS.get(family),
        "options": options,
    }
    return DiffusersEngine(family, family=family, licence=LICENCES[family], **{**given, **more})


def ask(family, **more):
    steps = {} if family == "minimax-h3" else {"steps": 2}
    return Generate(prompt="a red ball bounces", seconds=5, **{**steps, **more})


@pytest.mark.parametrize("family", list(LICENCES))
def test_picture_and_sound_of_the_length_and_size_asked_for(family):
    seen = []
    result = engine(family).generate(ask(family, seed=4), progress=seen.append)
    frames = list(result.frames)
    assert result.n_frames == len(frames) == 121 and frames[0].shape == (480, 854, 3) and frames[0].dtype == np.uint8
    assert result.sound.shape == (2, 121 * 2000) and result.rate == 48_000 and 0.001 < np.abs(result.sound).max() <= 1
    assert any("scaled to 854x480" in note for note in result.notes)
    steps = [(p.done, p.total) for p in seen if p.stage == "denoise"]
    assert steps[-1][0] == steps[-1][1] and len(steps) == 2
    assert result.details["licence"] == LICENCES[family]
    again, other = (engine(family).generate(ask(family, seed=seed)) for seed in (4, 5))
    assert np.array_equal(next(iter(again.frames)), frames[0]) and np.array_equal(again.sound, result.sound)
    assert not np.array_equal(next(iter(other.frames)), frames[0])


@pytest.mark.parametrize("family", list(LICENCES))
def test_silence_and_cancelling(family):
    assert not engine(family).generate(ask(family, sound=False)).sound.any()
    seen = []
    with pytest.raises(EngineError, match="cancelled"):
        engine(family).generate(ask(family), progress=seen.append, cancel=lambda: len(seen) > 2)
    assert [p.done for p in seen if p.stage == "denoise"] == [1]


@pytest.mark.parametrize("family", ["ltx2", "kandinsky6"])
def test_a_first_frame_and_guidance_matter(family, tmp_path):
    made = []
    for name, colour in (("light", 255), ("dark", 0)):
        Image.fromarray(np.full((300, 400, 3), colour, np.uint8)).save(tmp_path / f"{name}.png")
        first = Reference(kind="image", role="first_frame", path=str(tmp_path / f"{name}.png"))
        made.append(next(iter(engine(family).generate(ask(family, references=(first,))).frames)))
    assert not np.array_equal(*made)
    plain, guided = (
        next(iter(engine(family).generate(ask(family, guidance=guidance)).frames)) for guidance in (1.0, 9.0)
    )
    assert not np.array_equal(plain, guided)


@pytest.mark.nightly
def test_from_a_folder_in_a_process_of_its_own(tmp_path):
    pipeline("ltx2").save_pretrained(tmp_path / "ltx")
    settings = {
        "name": "ltx",
        "family": "ltx2",
        "licence": LICENCES["ltx2"],
        "model": tmp_path / "ltx",
        "dtype": "float32",
        "max_pixels": 1024,
        "options": LTX_OPTIONS,
    }
    apart = Isolated("ltx", where="phonofilm.engines.diffusers:DiffusersEngine", settings=settings)
    try:
        result = apart.make(ask("ltx2", seed=4), tmp_path / "a.mp4")
    finally:
        apart.close()
    here = engine("ltx2").generate(ask("ltx2", seed=4))
    assert result.n_frames == 121 and result.details["pipeline"] == "LTX2Pipeline"
    difference = np.abs(next(iter(result.frames)).astype(int) - next(iter(here.frames))).mean()
    assert difference < 6  # the same clip but for what H.264 loses


def test_mistakes_are_named(tmp_path):
    with pytest.raises(RequestError, match=r'set licence = "LTX-2\.x Community License"'):
        DiffusersEngine(family="ltx2", licence="yes")
    with pytest.raises(RequestError, match="workflow"):
        engine("ltx2", workflow="t2va")
    with pytest.raises(EngineError, match="dtype"):
        engine("ltx2", dtype="int3")
    with pytest.raises(WeightsError, match="no folder"):
        engine("ltx2", pipeline=None, model=str(tmp_path / "absent")).generate(ask("ltx2"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsError, match="cannot be loaded as LTX2Pipeline"):
        engine("ltx2", pipeline=None, model=str(tmp_path / "empty")).generate(ask("ltx2"))
    with pytest.raises(RequestError, match="takes no image"):
        engine("minimax-h3", workflow="t2va").generate(
            ask("minimax-h3", references=(Reference(kind="image", role="first_frame", path="/x.png"),))
        )
    with pytest.raises(RequestError, match="5 to 15"):
        engine("minimax-h3").generate(Generate(prompt="a ball", seconds=4))


def test_sizes_and_sounds_that_networks_give():
    assert composed((854, 480), 32, 10**9) == (864, 480) and composed((1280, 720), 32, 768 * 1344) == (1280, 736)
    assert composed((1920, 1080), 32, 768 * 1344) == (1344, 768) and composed((480, 854), 32, 10) == (32, 32)
    tone = np.sin(np.arange(44_100) / 44_100 * 2 * np.pi * 440).astype(np.float32)
    made = stereo(tone, 44_100, 25)
    spectrum = np.abs(np.fft.rfft(made[0, :48_000]))
    assert (
        made.shape == (2, 50_000)
        and np.argmax(spectrum) == 440
        and np.array_equal(made[0], made[1])
        and not made[:, 48_100:].any()
    )
    assert not stereo(None, 48_000, 10).any() and np.abs(stereo(np.full((2, 100), 9.0), 48_000, 1)).max() == 1
