"""The tool's own account of what it shows otherwise than said, or not at all."""

import pytest

from phonofilm.prompt import parse
from phonofilm.theatre.heard import heard
from phonofilm.theatre.reading.account import LINES


def notes(text: str, seconds: float = 5.0) -> list[str]:
    return heard(parse(text), seconds)["notes"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "FPV drone dives off a cliff and chases a surfer along a wave.",
            "'FPV drone dives' is played as a push in from high up",
        ),
        ("A cat runs down the street, the camera zooms in, fisheye lens.", "'fisheye lens' is not drawn"),
        ("A man walks through a market, dutch angle.", "'dutch angle' is shown upright"),
        ("A woman drinks coffee in a cafe. Fade to black.", "'Fade to black' is not played"),
        ('Slomo: a woman in a cafe says "Good morning".', "'Slomo' is not played: movements take their natural time"),
        ("Timelapse of a man who works in an office.", "'Timelapse' is not played: time runs evenly"),
        ("She buys oranges from an old vendor in a market.", "'buys' is not played"),
        ("A knight stands in the rain, the dragon on the wall molts and the crowd erupts.", "'crowd erupts'"),
        (
            "@图片1 中的女孩在海边奔跑，参考@视频1的运镜，背景音乐参考@音频1。",
            "@video1, @audio1: not used by the animatic",
        ),
        ("A man throws a frisbee, as in Video 2. Keep Image 3 as the background.", "@video2: not used by the animatic"),
    ],
)
def test_what_is_shown_otherwise_is_said(text: str, said: str) -> None:
    assert any(said in note for note in notes(text)), notes(text)


def test_a_place_that_a_deed_changed_is_said_as_it_is_shown() -> None:
    found = notes("— TRAM RIDE\nShe leans out of a yellow tram and waves at strangers.", 4.0)
    assert not any("train interior" in note for note in found) and any(
        "'tram ride' is shown from outside: city" in note for note in found
    )


@pytest.mark.parametrize(
    "text",
    [
        "A red ball bounces in a meadow, the camera pans right.",
        "A girl in a yellow raincoat jumps three times in the forest at dusk, static camera.",
        "A man walks on the beach and waves. The camera follows him.",
        "A chef slices an onion in a kitchen and pours the broth into a bowl.",
    ],
)
def test_of_what_is_played_nothing_is_said(text: str) -> None:
    assert not [
        note
        for note in notes(text)
        if " played:" in note or "not played" in note or "is left out" in note or "shown from" in note
    ]


def test_the_notes_are_few_and_the_camera_comes_first() -> None:
    text = (
        "Extreme macro, slow-motion timelapse: a chef buys ramen, a lemonade, oranges and a frisbee and a dragon on"
        " @image1 with @video1, the escalator by the river, camera tilts up and orbits and zooms, fisheye, no people,"
        " no text."
    )
    found = notes(text)
    assert len(found) <= LINES + 1
    assert "'Extreme macro'" in found[0] and "not played: time runs evenly" in found[1]
