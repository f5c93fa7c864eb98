"""Intervals: no percentage stands alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Share:
    """A percentage with what it rests on."""

    hits: float
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """hits / n, nan when n is 0."""
        return self.hits / self.n if self.n else math.nan

    def __str__(self) -> str:
        if not self.n:
            return "– (N=0)"
        return f"{100 * self.value:.0f} % [{100 * self.low:.0f}, {100 * self.high:.0f}] (N={self.n})"

    def as_json(self) -> dict[str, float | int | None]:
        """value, low, high (None where there is nothing to count), hits and n."""
        return {
            "value": self.value if self.n else None,
            "low": self.low if self.n else None,
            "high": self.high if self.n else None,
            "hits": self.hits,
            "n": self.n,
        }


def wilson(hits: int, n: int, z: float = 1.959964) -> Share:
    """``hits`` of ``n`` independent trials with Wilson's 95 % score interval. N = 0 gives the interval 0..1."""
    if n == 0:
        return Share(hits=0, n=0, low=0.0, high=1.0)
    p, zz = hits / n, z * z / n
    centre = (p + zz / 2) / (1 + zz)
    half = z / (1 + zz) * math.sqrt(p * (1 - p) / n + zz / (4 * n))
    return Share(hits=hits, n=n, low=max(0.0, centre - half), high=min(1.0, centre + half))


def pooled(hits: np.ndarray, totals: np.ndarray, *, draws: int = 2000, seed: int = 0) -> Share:
    """sum(hits) / sum(totals) over clips, with a 95 % interval from resampling whole *clips* (events of one clip are
    not independent). ``hits``, ``totals`` [clips]; ``Share.n`` counts events."""
    hits, totals = np.asarray(hits, float), np.asarray(totals, float)
    n = int(totals.sum())
    if n == 0:
        return Share(hits=0, n=0, low=0.0, high=1.0)
    picks = np.random.default_rng(seed).integers(0, len(hits), (draws, len(hits)))
    below = totals[picks].sum(1)
    ratio = hits[picks].sum(1)[below > 0] / below[below > 0]
    low, high = np.quantile(ratio, [0.025, 0.975])
    return Share(hits=float(hits.sum()), n=n, low=float(low), high=float(high))


def bootstrap(
    values: list[np.ndarray], statistic: Callable[[np.ndarray], float], *, draws: int = 1000, seed: int = 0
) -> tuple[float, float, float]:
    """A statistic of all clips' values thrown together, with its 95 % interval over clips: (value, low, high); nan
    without values."""
    full = np.concatenate(values) if values else np.zeros(0)
    if not full.size:
        return math.nan, math.nan, math.nan
    rng, out = np.random.default_rng(seed), []
    for _ in range(draws):
        part = np.concatenate([values[i] for i in rng.integers(0, len(values), len(values))])
        if part.size:
            out.append(statistic(part))
    low, high = np.quantile(out, [0.025, 0.975], method="nearest")
    return float(statistic(full)), float(low), float(high)
