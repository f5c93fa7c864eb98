"""The colours a picture is made of: what dresses a subject that is to look like it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.cluster.vq import kmeans2
from scipy.spatial.distance import cdist

from phonofilm.media.picture import load_layers

RGB = tuple[float, float, float]
_SIDE = 96
"""Pixels of the longer side at which colours are counted."""
_CLUSTERS = 6
_ALIKE = 14.0
"""Delta E below which two clusters are one colour, and a border is one plain background."""
_LEFT = 0.06
"""Share of the picture that must remain where a plain background is left out."""
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


@dataclass(frozen=True, kw_only=True)
class Colour:
    """One of a picture's colours."""

    rgb: RGB
    """sRGB, 0..1; a colour that occurs in the picture, not a mean of two."""
    share: float
    """0..1 of the picture, its middle counted more than its edges."""

    @property
    def hex(self) -> str:
        """As "#rrggbb"."""
        return "#" + "".join(f"{round(255 * channel):02x}" for channel in self.rgb)

    @property
    def like_skin(self) -> bool:
        """Could it be somebody's skin? Sand, wood and leather could as well."""
        lightness, a, b = lab(self.rgb)
        return bool(25 < lightness < 90 and 10 < np.hypot(a, b) < 42 and 25 < np.degrees(np.arctan2(b, a)) < 80)


def lab(rgb: NDArray[np.floating] | RGB) -> NDArray[np.float64]:
    """CIE L*a*b* (D65) of sRGB values 0..1, [..., 3]."""
    values = np.asarray(rgb, np.float64)
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def delta_e(a: RGB, b: RGB) -> float:
    """How different two sRGB colours look: CIE 1976 distance; 2 is just visible, 100 is black to white."""
    return float(np.linalg.norm(lab(a) - lab(b)))


def palette(path: Path | str, most: int = 3) -> tuple[Colour, ...]:
    """The picture's dominant colours, the strongest first; at least one, at most ``most``, no two alike.

    Transparent parts and a plain background (one colour all along the border) do not count, unless nothing else is
    there. Raises MediaError for a file that is no picture.
    """
    colours, opacity = load_layers(path, 4 * _SIDE)
    upright = Image.fromarray(colours)
    if opacity is not None:
        upright.putalpha(Image.fromarray(opacity))
    upright.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    return colours_of(np.asarray(upright), most)


def colours_of(picture: NDArray[np.uint8], most: int = 3) -> tuple[Colour, ...]:
    """As ``palette``, of pixels [height, width, 3 or 4]; meant for small pictures."""
    height, width = picture.shape[:2]
    rgb = picture[..., :3].astype(np.float64) / 255
    across, down = np.linspace(-1, 1, width)[None, :], np.linspace(-1, 1, height)[:, None]
    weight = np.exp(-1.2 * (across**2 + down**2))
    if picture.shape[2] == 4:
        weight = weight * (picture[..., 3] / 255.0)
    if weight.sum() < 1e-6:
        weight = np.ones((height, width))
    seen = lab(rgb)
    plain = _background(seen, weight)
    if plain is not None and (weight * ~plain).sum() >= _LEFT * weight.sum():
        weight = weight * ~plain
    points, weights, colours = seen.reshape(-1, 3), weight.ravel(), rgb.reshape(-1, 3)
    drawn = np.random.default_rng(0).choice(len(points), 3000, p=weights / weights.sum())
    points, colours = points[drawn], colours[drawn]
    centres, member = kmeans2(
        points, min(_CLUSTERS, len(np.unique(points, axis=0))), minit="++", seed=0, missing="warn"
    )
    member = _merged(centres, member)
    found = []
    for number in np.unique(member):
        mine = points[member == number]
        nearest = int(np.argmin(np.linalg.norm(mine - np.median(mine, 0), axis=1)))
        red, green, blue = (float(channel) for channel in colours[member == number][nearest])
        found.append(Colour(rgb=(red, green, blue), share=len(mine) / len(points)))
    found.sort(key=lambda colour: (-colour.share, colour.rgb))
    return tuple(colour for colour in found[:most] if colour.share >= 0.04) or (found[0],)


def _background(seen: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    """Where the picture is of the one colour that its border has; None where the border has several."""
    edge = np.concatenate([seen[0], seen[-1], seen[1:-1, 0], seen[1:-1, -1]])
    middle = np.median(edge, 0)
    if np.mean(np.linalg.norm(edge - middle, axis=1) < _ALIKE) < 0.85:
        return None
    return np.asarray(np.linalg.norm(seen - middle, axis=-1) < _ALIKE)


def _merged(centres: NDArray[np.float64], member: NDArray[np.int32]) -> NDArray[np.int32]:
    """Clusters that look alike as one: the larger keeps its number."""
    order = np.argsort(-np.bincount(member, minlength=len(centres)))
    apart = cdist(centres, centres)
    names = np.arange(len(centres))
    for position, number in enumerate(order):
        for larger in order[:position]:
            if names[larger] == larger and apart[number, larger] < _ALIKE:
                names[number] = larger
                break
    return np.asarray(names[member], np.int32)
