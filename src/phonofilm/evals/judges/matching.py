"""Which sound belongs to which contact: one-to-one, the best assignment there is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from phonofilm.spec import clock

TOLERANCE = 1.0 / clock.FPS
"""One frame, in seconds."""
REACH = 0.25
"""Seconds within which an offset is measured at all; a contact with no onset that near counts as missed (infinite)."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """How one clip's contacts and onsets pair up."""

    matched: int
    """One-to-one pairs within the tolerance."""
    visual: int
    onsets: int
    offsets: np.ndarray
    """[visual] absolute offset in seconds to the paired onset, infinite where there is none within :data:`REACH`."""
    signed: np.ndarray
    """Signed offsets (onset - contact, seconds) of the pairs within :data:`REACH`."""

    @property
    def recall(self) -> float:
        """Share of visible contacts that are heard; nan without contacts."""
        return self.matched / self.visual if self.visual else float("nan")

    @property
    def precision(self) -> float:
        """Share of onsets that are seen; nan without onsets."""
        return self.matched / self.onsets if self.onsets else float("nan")

    @property
    def median_offset(self) -> float:
        """Median absolute offset, misses counted as infinite; nan without contacts."""
        return float(np.median(self.offsets)) if self.visual else float("nan")


def pairs(a: np.ndarray, b: np.ndarray, within: float) -> np.ndarray:
    """The one-to-one pairing of two lists of times with the most pairs no further apart than ``within`` seconds and,
    among those, the smallest total distance: [pairs, 2] indices."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    if not a.size or not b.size:
        return np.zeros((0, 2), int)
    distance = np.abs(a[:, None] - b[None, :])
    cost = np.where(distance <= within + 1e-9, distance / (within + 1e-9) - (len(a) + len(b) + 1.0), 0.0)
    rows, columns = linear_sum_assignment(cost)
    kept = distance[rows, columns] <= within + 1e-9
    return np.stack([rows[kept], columns[kept]], 1)


def match(visual: np.ndarray, onsets: np.ndarray, tolerance: float = TOLERANCE) -> Match:
    """Pair contact times seen [n] with onset times heard [m], seconds. The count uses ``tolerance``; the offsets use
    a second pairing within :data:`REACH`, so that a clip that is late by two frames shows as late and not as silent."""
    near = pairs(visual, onsets, tolerance)
    wide = pairs(visual, onsets, max(REACH, tolerance))
    offsets = np.full(len(visual), np.inf)
    signed = np.asarray(onsets, float)[wide[:, 1]] - np.asarray(visual, float)[wide[:, 0]] if len(wide) else np.zeros(0)
    offsets[wide[:, 0]] = np.abs(signed)
    return Match(matched=len(near), visual=len(visual), onsets=len(onsets), offsets=offsets, signed=signed)
