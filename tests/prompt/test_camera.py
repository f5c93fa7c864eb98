"""Camera wording in many paraphrases."""

import pytest

from phonofilm.prompt import camera


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
    from phonofilm.theatre.lexicon import repertoire

    for wordings in repertoire._CAMERA.values():
        for wording in wordings.split(","):
            assert camera.unknown(f"A ball. The camera {wording.strip()} the ball.") is None, wording


@pytest.mark.parametrize(
    "text",
    ["The camera loves her", "She holds a camera", "A man, camera in hand, walks", "A camera falls off a table",
        "The camera adores the old man",
     "The camera gently idolises him", "A photographer whose camera clicks", "The camera is hers"],
)  # fmt: skip
def test_prose_about_a_camera_is_no_move(text):
    assert camera.unknown(text) is None
    assert camera.moves(text) == ()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("A ball. The camera barrel-rolls.", "barrel-rolls"),
        ("the camera somersaults over the crowd", "somersaults"),
        ("camera: barrel roll", "barrel"),
        ("the camera does a barrel roll", "does"),
        ("The camera twirls around him", "twirls"),
        ("camera zigzags", "zigzags"),
    ],
)
def test_moves_no_camera_knows_are_named_with_their_place(text, word):
    found = camera.unknown(text)
    assert found == (word, text.index(word))
