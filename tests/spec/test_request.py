"""Requests: what is offered passes, everything else says what to choose instead."""

import pytest

from phonofilm.errors import RequestError
from phonofilm.spec import media
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate


@pytest.mark.parametrize("resolution", media.RESOLUTIONS)
@pytest.mark.parametrize("ratio", media.RATIOS)
def test_sizes_are_even_and_of_the_named_shape(resolution, ratio):
    width, height = media.size(resolution, ratio)
    assert width % 2 == 0 and height % 2 == 0
    assert width / height == pytest.approx(media.ratio_value(ratio), rel=0.017)
    assert media.size(resolution, media.ratio_turned(ratio)) == (height, width) if ratio != "21:9" else True


def test_named_sizes():
    assert media.size() == (854, 480)
    assert media.size("480p", "16:9", "seedance-2.0") == (864, 496)
    assert media.size("480p", "9:16", "seedance-2.0") == (496, 864)
    assert media.size("720p", "21:9") == (1470, 630)
    assert media.size("2K") == (2048, 1152)


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"seconds": 3.9}, "4 to 15"),
        ({"seconds": 15.5}, "4 to 15"),
        ({"seconds": float("nan")}, "4 to 15"),
        ({"seconds": True}, "4 to 15"),
        ({"seed": -1}, "0 to 2147483647"),
        ({"seed": 2**31}, "0 to"),
        ({"seed": 1.5}, "whole number"),
        ({"steps": 0}, "1 to 200"),
        ({"guidance": -1}, "0 to 30"),
        ({"guidance": float("inf")}, "0 to 30"),
        ({"resolution": "999p"}, "480p, 720p"),
        ({"ratio": "5:4"}, "16:9"),
        ({"engine": "../x"}, "lower-case"),
        ({"prompt": 3}, "string"),
    ],
)
def test_bad_values_name_the_remedy(change, remedy):
    with pytest.raises(RequestError, match=remedy):
        Generate(**{"prompt": "a ball", **change})


def test_capability_admits_what_it_offers():
    capability = Capability(engine="small", max_seconds=6, resolutions=("480p",))
    capability.admit(Generate(prompt="a ball"))
    with pytest.raises(RequestError, match="4 to 6 s"):
        capability.admit(Generate(prompt="a ball", seconds=10))
    with pytest.raises(RequestError, match="choose one of 480p"):
        capability.admit(Generate(prompt="a ball", resolution="720p"))
