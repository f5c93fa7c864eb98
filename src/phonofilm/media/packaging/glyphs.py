"""A few Chinese characters as strokes: the label Chinese law asks for must be legible where no Chinese font is
installed."""

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
}
"""Each stroke a line through points on a square of 100."""
WEIGHT = 8.5
"""Width of a stroke on that square."""


def has(character: str) -> bool:
    """Can this character be drawn from strokes?"""
    return character in STROKES


def picture(character: str, size: int, colour: tuple[int, int, int] = (255, 255, 255)) -> Image.Image:
    """One of ``STROKES`` on a clear square of ``size`` pixels, smooth."""
    fine = 4 * size
    cover = Image.new("L", (fine, fine), 0)
    draw, width = ImageDraw.Draw(cover), max(4, round(WEIGHT * fine / 100))
    for stroke in STROKES[character]:
        points = [(x * fine / 100, y * fine / 100) for x, y in stroke]
        draw.line(points, fill=255, width=width, joint="curve")
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    out = Image.new("RGBA", (size, size), (*colour, 0))
    out.putalpha(cover.resize((size, size), Image.Resampling.BOX))
    return out
