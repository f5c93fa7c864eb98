"""Cues asked of a picture that is there."""

import json

import numpy as np
import pytest

from phonofilm.cli.main import main
from phonofilm.errors import MediaError
from phonofilm.evals.judges.matching import match
from phonofilm.media.video import write_clip
from phonofilm.pipeline import perceive as perception
from phonofilm.pipeline.perceive import perceive
from phonofilm.prompt import parse
from phonofilm.spec import cue_file
from phonofilm.spec.cues import BODY, CHANNEL, Cues
from phonofilm.theatre.cues import cues as staged
from phonofilm.theatre.draw import paint
from phonofilm.theatre.stage.staging import stage


@pytest.fixture(scope="module")
def clip():
    """A play of a sentence that no training clip has, its pictures and its truth."""
    play = stage(parse("Static shot: a purple ball drops and bounces in the meadow at noon."), 4.0, 3)
    return np.stack(list(paint.picture(play, 256, 144))), staged(play)


def test_a_ball_is_followed_and_its_landings_are_found(clip):
    frames, truth = clip
    seen = perceive(frames)
    assert seen.frames == len(frames) and len(seen.names) >= 1 and np.isnan(seen.rhythm).all()
    here = truth.body("present")[0] > 0.5
    gap = np.hypot(*(seen.body(axis)[0] - truth.body(axis)[0] for axis in "uv"))[here]
    assert np.median(gap) < 0.06
    found = match(np.array([f for f, _, _ in truth.contacts()]) / 24, np.array([f for f, _, _ in seen.contacts()]) / 24)
    assert found.recall >= 0.5 and found.precision >= 0.5


def test_the_command_writes_a_plan_and_says_what_it_saw(clip, tmp_path, capsys):
    frames, _ = clip
    write_clip(tmp_path / "clip.mp4", frames, np.zeros((2, len(frames) * 1000), np.float32), rate=24_000)
    assert (
        main(
            [
                "perceive",
                str(tmp_path / "clip.mp4"),
                "--out",
                str(tmp_path / "plan.json"),
                "--card",
                str(tmp_path / "card.png"),
            ]
        )
        == 0
    )
    plan = cue_file.read(tmp_path / "plan.json")
    assert plan.frames == len(frames) and "beats" not in json.loads((tmp_path / "plan.json").read_text())
    assert plan.names[0] in capsys.readouterr().out and (tmp_path / "card.png").stat().st_size > 10_000
    assert main(["perceive", str(tmp_path / "none.mp4")]) == 2 and "there is no file" in capsys.readouterr().err


def test_lengths_are_in_heights_of_the_picture_given():
    bodies = np.ones((1, 5, len(BODY)), np.float32)
    cues = Cues(("a",), bodies, np.ones((5, 7), np.float32), np.zeros((5, 2), np.float32))
    wide = perception._unscaled(
        cues, 72, 256
    )  # twice as wide as 16:9: its height is half of what the perceiver looks at
    assert (
        wide.body("u")[0, 0] == wide.body("height")[0, 0] == 2
        and wide.body("roll_sin")[0, 0] == 1
        and wide.camera[0, 5] == 2
    )
    assert perception._unscaled(cues, 256, 144) is cues and perception._unscaled(cues, 480, 854).body("u")[
        0, 0
    ] == pytest.approx(1, abs=0.01)
    assert CHANNEL["present"] == 0 and wide.bodies[0, 0, 0] == 1


def test_a_picture_is_no_clip():
    with pytest.raises(MediaError, match="1 frames cannot be read"):
        perceive(np.zeros((1, 72, 128, 3), np.uint8))
