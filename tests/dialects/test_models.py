"""Model names and the engines they mean; text commands; names of references."""

import pytest

from phonofilm.engines.remote.seedance import family_of
from phonofilm.server import models
from phonofilm.server.dialects.ark_create import OWN
from phonofilm.server.dialects.ark_flags import read_flags
from phonofilm.server.dialects.openai_form import nested
from phonofilm.server.dialects.wire import mentions, nearest_ratio
from phonofilm.server.errors import Refused
from phonofilm.server.settings import Settings

ENGINES = ("native", "animatic", "fake")


def test_the_shipped_map_and_the_operators():
    names = Settings.load(
        models={
            "sora-2-pro": "fake",
            "doubao-seedance-2-0-*": "animatic",
            "ark/doubao-seedance-2-0-x": "fake",
            "draft": "fake",
        }
    ).model_map()
    found = {
        model: models.engine_of(model, names, ENGINES, dialect="ark")
        for model in (
            "native",
            "fake",
            "doubao-seedance-1-5-pro-251215",
            "doubao-seedance-2-0-260128",
            "doubao-seedance-2-0-x",
            "seedance-1-0-pro-250528",
            "ep-2026-x",
            "sora-2",
            "sora-2-pro",
            "sora-2-2025-12-08",
            "kling-9",
        )
    }
    assert list(found.values()) == [
        "native",
        "fake",
        "native",
        "animatic",
        "fake",
        "native",
        "native",
        "native",
        "fake",
        "native",
        None,
    ]
    assert models.engine_of("kling-9", names, ENGINES, dialect="openai") == "native"
    assert models.draft_engine(names) == "fake" and models.draft_engine({}) == "animatic"


def test_the_map_holds_for_native_requests_too():
    config = Settings.load(models={"sora-2-pro": "fake"}).config()
    assert [
        config.engine_of(model)
        for model in ("doubao-seedance-2-0-260128", "sora-2", "sora-2-pro", "animatic", "kling-9")
    ] == ["native", "native", "fake", "animatic", "kling-9"]


@pytest.mark.parametrize(
    ("model", "most", "default"),
    [("doubao-seedance-2-0-260128", "4k", "720p"), ("dreamina-seedance-2-0-mini-260615", "720p", "720p"),
        ("seedance-1-5-pro-251215", "1080p", "720p"),
     ("doubao-seedance-1-0-pro-fast-251015", "1080p", "1080p"), ("ep-2026", "4k", "720p"), ("native", "2k", "480p")],
)  # fmt: skip
def test_families(model, most, default):
    family = family_of(model) or OWN
    assert (family.resolutions[-1], family.resolution) == (most, default)


@pytest.mark.parametrize(
    ("text", "prompt", "said"),
    [
        ("A cat --rs 720p --dur 5", "A cat", {"resolution": "720p", "duration": 5}),
        (
            "A cat --resolution 480p --ratio 9:16 --duration -1",
            "A cat",
            {"resolution": "480p", "ratio": "9:16", "duration": -1},
        ),
        (
            "A cat --cf false --wm true --fps 24",
            "A cat",
            {"camera_fixed": False, "watermark": True, "framespersecond": 24},
        ),
        ("A cat--rs 720p", "A cat--rs 720p", {}),
        ("A  cat -- and -- dashes", "A  cat -- and -- dashes", {}),
        ("--seed -1 A cat", "A cat", {"seed": -1}),
        ("A cat --seeds 4", "A cat --seeds 4", {}),
        ("A cat --RT 1:1, please", "A cat please", {"ratio": "1:1"}),
    ],
)
def test_text_commands(text, prompt, said):
    assert read_flags(text) == (prompt, said)


@pytest.mark.parametrize(
    "text", ["A cat --dur", "A cat --dur five", "A cat --wm maybe", "A cat --seed 1e3", "A cat --seed --rs 720p"]
)
def test_wrong_text_commands(text):
    with pytest.raises(Refused):
        read_flags(text)


def test_mentions():
    kinds = ["image", "video", "image"]
    assert (
        mentions("Image 1, [image 2], @Video1 and audio 1; imagery 1, image 12, my@image1.x", kinds)
        == "@image1, @image2, @video1 and audio 1; imagery 1, image 12, my@image1.x"
    )
    assert mentions("image 1", []) == "image 1"


def test_nearest_ratios():
    assert [nearest_ratio(*size) for size in ((1920, 1080), (1000, 1010), (400, 1000), (2500, 1000), (800, 600))] == [
        "16:9",
        "1:1",
        "9:16",
        "21:9",
        "4:3",
    ]


def test_bracket_names():
    assert nested({"a[b]": ["1"], "a[c][]": ["2", "3"], "d": ["4"]}) == {"a": {"b": "1", "c": ["2", "3"]}, "d": "4"}
    for wrong in (
        {"a": ["1"], "a[b]": ["2"]},
        {"a[b]": ["2"], "a": ["1"]},
        {"a": ["1", "2"]},
        {"[a]": ["1"]},
        {"a[": ["1"]},
        {"a[][b]": ["1"]},
    ):
        with pytest.raises(Refused):
            nested(wrong)
