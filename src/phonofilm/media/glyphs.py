"""A few Chinese characters as strokes: the label Chinese law asks for must be legible where no Chinese font is installed."""

from __future__ import annotations

from PIL import Image, ImageDraw

Point = tuple[float, float]
STROKES: dict[str, tuple[tuple[Point, ...], ...]] = {
    "生": (
        ((30, 8), (24, 26), (13, 44)),
        ((23, 30), (84, 30)),
        ((53, 5), (53, 91)),
        ((19, 59), (87, 59)),
        ((6, 91), (95, 91)),
    ),
    "成": (
        ((19, 27), (90, 27)),
        ((19, 27), (19, 52), (15, 74), (5, 93)),
        ((19, 50), (44, 50), (43, 74), (38, 80), (29, 77)),
        ((55, 5), (57, 35), (64, 64), (77, 86), (86, 91), (92, 76)),
        ((83, 41), (73, 62), (60, 79), (44, 92)),
        ((71, 7), (82, 18)),
    ),
}  # fmt: skip
"""Each stroke a line through points on a square of 100."""


def draw(draw: ImageDraw.ImageDraw, character: str, left: float, top: float, size: float, fill: object, weight: float = 8.5) -> None:
    """Draw one of ``STROKES`` into a square of ``size`` pixels at (left, top)."""
    width = max(1, round(weight * size / 100))
    for stroke in STROKES[character]:
        points = [(left + x * size / 100, top + y * size / 100) for x, y in stroke]
        draw.line(points, fill=fill, width=width, joint="curve")  # type: ignore[arg-type]
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=fill)  # type: ignore[arg-type]


def has(character: str) -> bool:
    """Can this character be drawn from strokes?"""
    return character in STROKES


def sheet(size: int = 200) -> Image.Image:
    """All characters in a row, to look at."""
    page = Image.new("L", (size * len(STROKES), size), 0)
    for index, character in enumerate(STROKES):
        draw(ImageDraw.Draw(page), character, index * size + size * 0.05, size * 0.05, size * 0.9, 255)
    return page
