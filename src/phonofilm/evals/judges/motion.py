"""Motion found in the picture: how much, how steady, and whether bodies fall and collide as bodies do.

Pictures are uint8 [F, H, W, 3]. Subjects are followed by their colour; lengths are in picture heights, y up, times in
seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import ndimage

from phonofilm.spec import clock

HUES = {"red": 0.0, "orange": 28.0, "yellow": 52.0, "green": 130.0, "blue": 215.0, "purple": 275.0, "pink": 330.0}
"""Degrees on the colour circle; white, black and brown have no hue of their own and cannot be followed by it."""


@dataclass(frozen=True, kw_only=True)
class Liveliness:
    """How a clip moves as a whole."""

    amount: float
    """Mean absolute change of brightness from frame to frame, 0..255."""
    moving: float
    """Share of pixels that change by more than 8 of 255 from one frame to the next."""
    flicker: float
    """Mean absolute second difference of brightness where next to nothing moves (noise that boils), 0..255."""


def liveliness(frames: np.ndarray) -> Liveliness:
    """Motion and flicker of a clip of at least three frames."""
    grey = frames.astype(np.float32).mean(-1)
    first = np.abs(np.diff(grey, axis=0))
    second = np.abs(grey[2:] - 2 * grey[1:-1] + grey[:-2])
    still = np.abs(grey[2:] - grey[:-2]) < 4.0
    return Liveliness(
        amount=float(first.mean()),
        moving=float((first > 8).mean()),
        flicker=float(second[still].mean()) if still.any() else 0.0,
    )


@dataclass(frozen=True, kw_only=True)
class Track:
    """Where something of one colour is, frame by frame."""

    x: np.ndarray
    """[F] picture heights from the left edge; nan where nothing of the colour is seen."""
    y: np.ndarray
    """[F] picture heights above the lower edge."""
    area: np.ndarray
    """[F] in square picture heights."""

    @property
    def seen(self) -> np.ndarray:
        """[F] bool."""
        return np.isfinite(self.x)


def colour_mask(frames: np.ndarray, colour: str) -> np.ndarray:
    """Pixels [F, H, W] (bool) of a saturated colour's hue (within 18 degrees, chroma over 45 of 255)."""
    c = frames.astype(np.float32)
    high, low = c.max(-1), c.min(-1)
    chroma = high - low
    safe = np.maximum(chroma, 1e-3)
    r, g, b = c[..., 0], c[..., 1], c[..., 2]
    hue = 60 * np.where(high == r, ((g - b) / safe) % 6, np.where(high == g, (b - r) / safe + 2, (r - g) / safe + 4))
    return (np.abs((hue - HUES[colour] + 180) % 360 - 180) < 18) & (chroma > 45)


def follow(frames: np.ndarray, colour: str) -> Track:
    """Follow the largest moving patch of ``colour`` (a key of :data:`HUES`): what has the colour in more than 70 % of
    the frames is scenery and left out unless nothing else remains."""
    mask = colour_mask(frames, colour)
    scenery = mask.mean(0) > 0.7
    if (mask & ~scenery).any(axis=(1, 2)).mean() > 0.5:
        mask &= ~scenery
    height = frames.shape[1]
    x, y, area = (np.full(len(frames), np.nan) for _ in range(3))
    for k, m in enumerate(mask):
        parts, n = ndimage.label(m)
        if not n:
            continue
        sizes = np.bincount(parts.ravel())[1:]
        if sizes.max() < 4:
            continue
        cy, cx = ndimage.center_of_mass(parts == 1 + int(sizes.argmax()))
        x[k], y[k], area[k] = (cx + 0.5) / height, 1 - (cy + 0.5) / height, sizes.max() / height**2
    return Track(x=x, y=y, area=area)


@dataclass(frozen=True, kw_only=True)
class Fall:
    """How well a track obeys free fall between contacts."""

    arcs: int
    """Flights with at least five frames."""
    error: float
    """Root mean square distance from the best parabola, as a share of the flight's height, median over flights."""
    gravity_spread: float
    """Relative spread (interquartile range / median) of the flights' fall accelerations; nan with fewer than two."""
    heights_fall: float
    """Share of rebounds that rise no higher than the one before (105 %); nan with fewer than two flights."""


def free_fall(track: Track, contacts: np.ndarray) -> Fall:
    """Fit a parabola to each flight of ``track`` between contact times (seconds, found in the picture). A still camera
    is assumed."""
    edges = np.concatenate([[0.0], np.sort(contacts), [clock.seconds_of_frames(len(track.x))]])
    times = (np.arange(len(track.x)) - 0.5) / clock.FPS
    errors, pulls, heights = [], [], []
    for a, b in pairwise(edges):
        inside = (times > a + 0.5 / clock.FPS) & (times < b - 0.5 / clock.FPS) & track.seen
        if inside.sum() < 5:
            continue
        t, y = times[inside], track.y[inside]
        curve = np.polyfit(t - t.mean(), y, 2)
        rise = float(y.max() - y.min())
        if rise < 0.03 or curve[0] > 0:  # rolling or lying, not flying
            continue
        errors.append(float(np.sqrt(np.mean((np.polyval(curve, t - t.mean()) - y) ** 2))) / rise)
        pulls.append(-2 * float(curve[0]))
        heights.append(float(y.max()))
    spread = float(np.subtract(*np.percentile(pulls, [75, 25])) / np.median(pulls)) if len(pulls) > 1 else math.nan
    lower = float(np.mean(np.diff(heights) <= 0.05 * np.array(heights[:-1]))) if len(heights) > 1 else math.nan
    return Fall(
        arcs=len(errors),
        error=float(np.median(errors)) if errors else math.nan,
        gravity_spread=spread,
        heights_fall=lower,
    )


def momentum_error(one: Track, two: Track, time: float, window: float = 0.25) -> float:
    """|p after - p before| / (largest |p| of either body before) along x, for two bodies that meet at ``time``; 0 is
    exact.

    Mass goes by the seen area to the power 3/2 (same stuff, same depth); speeds are straight-line fits over ``window``
    seconds before and after. nan where either is not seen for three frames on both sides.
    """
    times = (np.arange(len(one.x)) - 0.5) / clock.FPS
    before = (times < time - 0.5 / clock.FPS) & (times > time - window)
    after = (times > time + 0.5 / clock.FPS) & (times < time + window)
    total, scale = [0.0, 0.0], 0.0
    for track in (one, two):
        mass = float(np.nanmedian(track.area)) ** 1.5 if track.seen.any() else math.nan
        for k, part in enumerate((before, after)):
            part = part & track.seen
            if part.sum() < 3:
                return math.nan
            p = mass * float(np.polyfit(times[part], track.x[part], 1)[0])
            total[k] += p
            scale = max(scale, abs(p)) if k == 0 else scale
    return abs(total[1] - total[0]) / scale if scale else math.nan
