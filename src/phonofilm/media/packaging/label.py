"""The visible label that says a clip was generated: drawn once, laid over the frames it belongs on. The few Chinese
characters that Chinese law asks for are strokes of our own: legible where no Chinese font is installed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from phonofilm.errors import MediaError

Picture = NDArray[np.uint8]
CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")
LEAST_HEIGHT = 0.05
"""Height of the letters over the short side of the picture, at least (GB 45438-2025)."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """What stands on the picture, where and how long. Raises MediaError for what cannot be shown."""

    text: str
    seconds: float | None = None
    """How long from the start of the clip; None: throughout."""
    corner: str = "bottom_right"
    height: float = 0.055
    """Height of a capital letter or Chinese character over the short side of the picture, 0.05 to 0.3."""
    font: Path | None = None
    """A TrueType file of the operator's; None: Pillow's own, and strokes for the Chinese words of the standard
    label."""

    def __post_init__(self) -> None:
        if not self.text.strip() or len(self.text) > 60:
            raise MediaError("a label needs 1 to 60 characters; change its text")
        if self.corner not in CORNERS:
            raise MediaError(f"a label cannot stand '{self.corner}'; choose one of {', '.join(CORNERS)}")
        if not LEAST_HEIGHT <= self.height <= 0.3:
            raise MediaError(f"a label's height must be {LEAST_HEIGHT} to 0.3 of the short side; {self.height} is not")
        if self.font is None:
            missing = [
                character for character in self.text if not (0x20 <= ord(character) < 0x250 or has_glyph(character))
            ]
            if missing:
                raise MediaError(f"the built-in font has no '{missing[0]}'; name a font file that has it")

    def on(self, width: int, height: int) -> Overlay:
        """The label drawn for pictures of this size."""
        return Overlay(self, width, height)

    def shows(self, seconds: float) -> bool:
        """Is it on the frame at this time?"""
        return self.seconds is None or seconds < self.seconds


class Overlay:
    """A label ready to be laid on frames of one size; ``box`` is (left, top, right, bottom)."""

    def __init__(self, label: Label, width: int, height: int) -> None:
        self.label = label
        patch, self.letters = _draw(label, min(width, height), width)
        margin = round(0.03 * min(width, height))
        left = margin if label.corner.endswith("left") else width - margin - patch.width
        top = margin if label.corner.startswith("top") else height - margin - patch.height
        left, top = max(0, left), max(0, top)
        patch = patch.crop((0, 0, min(patch.width, width - left), min(patch.height, height - top)))
        self.box = (left, top, left + patch.width, top + patch.height)
        rgba = np.asarray(patch, np.uint16)
        self._ink, self._bare = rgba[..., :3] * rgba[..., 3:] + 127, 255 - rgba[..., 3:]

    def lay(self, frame: Picture) -> Picture:
        """A copy of ``frame`` [h, w, 3] with the label on it."""
        left, top, right, bottom = self.box
        out = frame.copy()
        mixed = frame[top:bottom, left:right] * self._bare
        mixed += self._ink
        mixed //= 255
        out[top:bottom, left:right] = mixed
        return out


def _draw(label: Label, short: int, width: int) -> tuple[Image.Image, int]:
    """The patch (white letters on a dark, half transparent plate) and the height of its capitals in pixels."""
    wanted = max(8, round(label.height * short + 0.5))
    font = _font(label, wanted)
    gap, pad = max(1, round(0.12 * wanted)), round(0.45 * wanted)
    widths = [wanted + gap if _is_drawn(label, c) else font.getlength(c) for c in label.text]
    patch = Image.new("RGBA", (round(sum(widths)) + 2 * pad, round(wanted * 1.25) + 2 * pad), (0, 0, 0, 0))
    draw = ImageDraw.Draw(patch)
    draw.rounded_rectangle((0, 0, patch.width - 1, patch.height - 1), radius=pad, fill=(16, 14, 24, 150))
    left, base = float(pad), pad + wanted
    for character, advance in zip(label.text, widths, strict=True):
        if _is_drawn(label, character):
            patch.alpha_composite(glyph(character, wanted), (round(left + gap / 2), pad))
        else:
            draw.text((left, base), character, font=font, fill=(255, 255, 255, 255), anchor="ls")
        left += advance
    if patch.width > width:  # a long text on a narrow picture: two rows would hide more than small letters do
        raise MediaError(f"the label '{label.text}' is wider than the picture; shorten it")
    return patch, wanted


def _is_drawn(label: Label, character: str) -> bool:
    return label.font is None and has_glyph(character)


def _font(label: Label, wanted: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font whose capitals are ``wanted`` pixels high."""

    def of(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
        try:
            return ImageFont.truetype(str(label.font), size) if label.font else ImageFont.load_default(size)
        except OSError as error:
            raise MediaError(f"the label's font '{label.font}' cannot be read; name a TrueType file") from error

    probe = of(100)
    top, bottom = probe.getbbox("A", anchor="ls")[1], probe.getbbox("A", anchor="ls")[3]
    return of(wanted * 100 / max(1.0, bottom - top))


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


def has_glyph(character: str) -> bool:
    """Can this character be drawn from strokes?"""
    return character in STROKES


def glyph(character: str, size: int, colour: tuple[int, int, int] = (255, 255, 255)) -> Image.Image:
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
