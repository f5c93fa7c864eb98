"""What a prompt says of the clip itself fills what the request leaves open, and is said where the request says
otherwise."""

import pytest

from phonofilm.prompt.settled import overruled, settled
from phonofilm.spec.request import Generate


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("A girl waves. --ar 9:16 --duration 6 --seed 7", {"ratio": "9:16", "seconds": 6.0, "seed": 7}),
        ("A ten-second video of a dog, vertical video, 720p.",
            {"seconds": 10.0, "ratio": "9:16", "resolution": "720p"}),
        ("[0-3s] A girl waves. [3-7.5s] A boy jumps.", {"seconds": 8.0}),
        ("[0-2s] A girl waves. [2-4s] A boy jumps.", {}),
        ("A ball. --duration 60 --ar 5:4 --fps 30", {}), ("A ball bounces.", {}), ("", {}), ("[0-20s] A ball.", {}),
    ],
)  # fmt: skip
def test_what_is_left_open_the_prompt_settles(text, fields):
    assert settled(text) == fields
    assert settled(text, ("seconds", "ratio", "resolution", "seed")) == {}
    if text:
        Generate(prompt=text, engine="animatic", **fields)


def test_what_the_request_says_holds_and_is_told_with_its_field():
    text = "A ball. --duration 6 --ar 9:16 --fps 30"
    told = overruled(Generate(prompt=text, engine="animatic"))
    assert told == (
        "the prompt says duration 6 s, and the request's 5 s holds; set duration to change it",
        "the prompt says fps 30, which no field sets; clips have 24 frames a second",
        "the prompt says ratio 9:16, and the request's 16:9 holds; set ratio to change it",
    )
    assert (
        overruled(Generate(prompt=text.removesuffix(" --fps 30"), seconds=6.0, ratio="9:16", engine="animatic")) == ()
    )
    assert overruled(Generate(prompt="A ball. --duration 60", engine="animatic")) == (
        "the prompt says duration 60 s, which is not offered; the clip has 5 s",
    )
