"""Sizes of the finished picture: the only table of widths and heights.

The sizes are those Seedance 2.0 delivers, so that its clients find what they expect, with one exception: 480p at 16:9
and 9:16 is 854x480, as in Seedance 2.5 and as everyone understands "480p". It has the true shape, while 864x496 is 2 %
too narrow and would squeeze or crop every clip of a 16:9 model. The 2.0 dialect asks for its own by
``dialect="seedance-2.0"``. Every number is even, as H.264 with 4:2:0 colour needs.
"""

from __future__ import annotations

from phonofilm.errors import RequestError

RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9")
RESOLUTIONS = ("480p", "720p", "1080p", "2k")
DEFAULT_RESOLUTION = "480p"
DEFAULT_RATIO = "16:9"

_WIDE: dict[str, dict[str, tuple[int, int]]] = {
    "480p": {"16:9": (854, 480), "4:3": (752, 560), "1:1": (640, 640), "21:9": (992, 432)},
    "720p": {"16:9": (1280, 720), "4:3": (1112, 834), "1:1": (960, 960), "21:9": (1470, 630)},
    "1080p": {"16:9": (1920, 1080), "4:3": (1664, 1248), "1:1": (1440, 1440), "21:9": (2206, 946)},
    "2k": {"16:9": (2048, 1152), "4:3": (1776, 1332), "1:1": (1536, 1536), "21:9": (2352, 1008)},
}
_DIALECTS = {
    "seedance-2.0": {("480p", "16:9"): (864, 496), ("480p", "9:16"): (496, 864)},
    "sora-2": {("1080p", "16:9"): (1792, 1024), ("1080p", "9:16"): (1024, 1792)},
    "preview": {  # a quarter of the pixels
        ("480p", "16:9"): (426, 240),
        ("480p", "9:16"): (240, 426),
        ("480p", "4:3"): (376, 280),
        ("480p", "3:4"): (280, 376),
        ("480p", "1:1"): (320, 320),
        ("480p", "21:9"): (496, 216),
    },
}
PREVIEW = "preview"
"""The table of small pictures that are drawn while somebody writes."""
SIZES = tuple(name for name in _DIALECTS if name != PREVIEW)
"""Foreign tables of sizes, where they differ from ours."""


def size(
    resolution: str = DEFAULT_RESOLUTION, ratio: str = DEFAULT_RATIO, dialect: str | None = None
) -> tuple[int, int]:
    """Width and height in pixels; both even. ``dialect`` picks a foreign API's own numbers where they differ.

    Raises RequestError for a resolution, ratio or dialect outside the table.
    """
    if dialect is not None and dialect not in _DIALECTS:
        raise RequestError(f"there is no table of sizes '{dialect}'; choose one of {', '.join(SIZES)}, or none")
    resolution, ratio = resolution.lower(), ratio.replace("x", ":")
    if resolution not in _WIDE:
        raise RequestError(
            f"resolution '{resolution}' is not offered; choose one of {', '.join(RESOLUTIONS)}", field="resolution"
        )
    if ratio not in RATIOS:
        raise RequestError(f"ratio '{ratio}' is not offered; choose one of {', '.join(RATIOS)}", field="ratio")
    foreign = _DIALECTS.get(dialect or "", {}).get((resolution, ratio))
    if foreign:
        return foreign
    if ratio in _WIDE[resolution]:
        return _WIDE[resolution][ratio]
    width, height = _WIDE[resolution][ratio_turned(ratio)]
    return height, width


def ratio_turned(ratio: str) -> str:
    """The ratio of the picture turned on its side: 9:16 -> 16:9."""
    across, down = ratio.split(":")
    return f"{down}:{across}"


def ratio_value(ratio: str) -> float:
    """Width over height of a named ratio: 16:9 -> 1.778."""
    across, down = ratio.split(":")
    return int(across) / int(down)
