"""Camera wording in many paraphrases."""

import pytest

from phonofilm.prompt import camera
from phonofilm.theatre import play


def test_the_prompt_and_the_stage_know_the_same_moves():
    assert camera.MOVES == play.CAMERA_MOVES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the camera slowly pushes in on the girl", ("push_in",)),
        ("camera zooms in", ("push_in",)),
        ("slow zoom out", ("pull_out",)),
        ("the camera pulls back", ("pull_out",)),
        ("The camera pans left and then tilts up", ("pan_left", "tilt_up")),
        ("the camera pans to the right", ("pan_right",)),
        ("camera tilts slowly down", ("tilt_down",)),
        ("tracking shot", ("track",)),
        ("the camera follows the car", ("track",)),
        ("crane shot", ("crane",)),
        ("the camera rises", ("crane",)),
        ("the camera circles around him", ("orbit",)),
        ("a dolly zoom", ("dolly_zoom",)),
        ("handheld camera", ("handheld",)),
        ("the camera stays still", ("static",)),
        ("static shot", ("static",)),
        ("a man follows a dog and walks away", ()),
        ("a girl pushes a box", ()),
    ],
)
def test_moves(text, expected):
    assert camera.moves(text) == expected


def test_every_camera_wording_the_stage_knows_passes_the_check():
    from phonofilm.theatre import repertoire

    for wordings in repertoire._CAMERA.values():
        for wording in wordings.split(","):
            assert camera.unknown(f"A ball. The camera {wording.strip()} the ball.") is None, wording
