"""Cue files: what is written is read again, parts may be unknown, and what is wrong is named with its place."""

import json

import numpy as np
import pytest

from phonofilm.errors import MediaError, RequestError
from phonofilm.prompt import parse
from phonofilm.spec import cue_file
from phonofilm.spec.cues import CHANNEL, Cues
from phonofilm.theatre.cues import cues
from phonofilm.theatre.stage.staging import stage


@pytest.fixture(scope="module")
def ball() -> Cues:
    return cues(stage(parse("A red ball bounces on the beach"), 4.0, 7), 1)


def test_a_plays_cues_come_back(ball, tmp_path):
    cue_file.write(tmp_path / "plan.json", ball)
    again = cue_file.read(tmp_path / "plan.json")
    assert (
        again.names == ball.names
        and again.contacts()
        and [c[:2] for c in again.contacts()] == [c[:2] for c in ball.contacts()]
    )
    plain = [CHANNEL[name] for name in cue_file.PLAIN]
    assert np.allclose(again.bodies[..., plain], ball.bodies[..., plain], atol=1e-4) and np.allclose(
        again.camera, ball.camera, atol=1e-4
    )
    assert np.array_equal(again.rhythm, ball.rhythm)


def test_what_is_not_said_is_unknown():
    said = cue_file.from_json(
        {
            "phonofilm_cues": 1,
            "frames": 97,
            "beats": [0, 12],
            "bodies": {"ball": {"u": 0.5, "v": [None] * 96 + [0.1], "contacts": []}},
        }
    )
    assert np.isnan(said.camera).all() and np.isnan(said.rhythm[:, 1]).all() and said.rhythm[:, 0].sum() == 2
    assert (
        (said.body("u") == 0.5).all()
        and np.isnan(said.body("v")[0, :96]).all()
        and said.body("v")[0, 96] == pytest.approx(0.1)
    )
    assert (said.body("contact") == 0).all() and np.isnan(said.body("width")).all()
    assert cue_file.to_json(said)["bodies"]["ball"].keys() == {"u", "v", "contacts"}


@pytest.mark.parametrize(("change", "place"), [
    ({"phonofilm_cues": 2}, "the file is not right"),
    ({"frames": 10}, "frames is not right"),
    ({"frames": True}, "frames is not right"),
    ({"dance": []}, "the file has no channel 'dance'"),
    ({"bodies": []}, "bodies is not right"),
    ({"bodies": {"ball": {"colour": 1}}}, "bodies.ball has no channel 'colour'"),
    ({"bodies": {"ball": {"u": [0.0] * 96}}}, r"bodies.ball.u is not right: it has 96 numbers; give 97"),
    ({"bodies": {"ball": {"u": [0.0] * 50 + ["x"] + [0.0] * 46}}}, r"bodies.ball.u\[50\]"),
    ({"bodies": {"ball": {"u": float("nan")}}}, "bodies.ball.u is not right"),
    ({"bodies": {"ball": {"u": 9}}}, r"bodies.ball.u\[0\] .* outside the picture"),
    ({"bodies": {"ball": {"width": 0}}}, r"bodies.ball.width\[0\]"),
    ({"bodies": {"ball": {"mouth": [0.0] * 40 + [1.5] + [0.0] * 56}}}, r"bodies.ball.mouth\[40\]"),
    ({"bodies": {"ball": {"present": 0, "contacts": [{"frame": 12}]}}}, r"bodies.ball.contacts\[12\] .* not present"),
    ({"bodies": {"ball": {"contacts": [{"frame": 97}]}}}, r"bodies.ball.contacts\[0\]"),
    ({"bodies": {"ball": {"contacts": [{"frame": 3, "speed": -1}]}}}, r"contacts\[0\].speed"),
    ({"camera": {"focal": 0}}, r"camera.focal\[0\]"),
    ({"beats": [97]}, "beats is not right"),
    ({"cuts": "none"}, "cuts is not right"),
])  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(change, place):
    with pytest.raises(RequestError, match=place) as caught:
        cue_file.from_json({"phonofilm_cues": 1, "frames": 97} | change)
    assert "\n" not in str(caught.value)


def test_files_that_are_none_are_refused(tmp_path):
    with pytest.raises(MediaError, match="cannot be read"):
        cue_file.read(tmp_path / "none.json")
    (tmp_path / "text.json").write_text("a ball")
    with pytest.raises(RequestError, match="no JSON"):
        cue_file.read(tmp_path / "text.json")
    (tmp_path / "deep.json").write_text("[" * 200_000)
    with pytest.raises(RequestError):
        cue_file.read(tmp_path / "deep.json")
    (tmp_path / "odd.json").write_text(json.dumps([1]))
    with pytest.raises(RequestError, match="begin it with"):
        cue_file.read(tmp_path / "odd.json")
