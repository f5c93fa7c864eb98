"""Scores of clips from ratings of 1 to 5, each rater with a bias and an inconsistency of his own: the model of ITU-T
P.910 (10/2023), annex E.

    rating = quality of the clip + bias of the rater + inconsistency of the rater x noise

fitted by maximum likelihood with alternating projection, as Netflix's ``sureal`` (its ``P910AnnexEModel``) does. A
rater's weight has a bound here that is not in the annex (:func:`fit`). A rater who answers at random, always the same
or upside down has a large inconsistency, and his word weighs little. Plain means, differences to the hidden reference
and Krippendorff's alpha stand beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Z95 = 1.959964
_TRIES, _STILL = 1_000, 1e-8
ROUNDING = 1.0 / 12.0
"""Variance that answering in whole numbers alone makes."""


@dataclass(frozen=True)
class Fitted:
    """Of C clips and R raters."""

    quality: Floats
    """(C,) on the scale of the ratings, the mean bias of the raters taken to be zero; nan where nobody rated."""
    error: Floats
    """(C,) half of the 95 % interval."""
    bias: Floats
    """(R,) how much more than the others a rater gives."""
    inconsistency: Floats
    """(R,) standard deviation of what quality and bias leave unexplained."""


def fit(ratings: Floats, *, least: float = ROUNDING) -> Fitted:
    """``ratings``: (C, R), nan where a rater did not see a clip; his mean where he saw it more than once. Raises
    ValueError where nothing was rated.

    ``least``: a variance below which nobody is taken to be. Likelihood has no maximum where one rater agrees with his
    own clips exactly: without a bound (sureal's is 1e-8) a panel of ten often ends in one person's ratings.
    """
    solved = _solved(ratings, np.ones((1, ratings.shape[1])), least)
    quality, bias, spread = solved.quality[0], solved.bias[0], solved.spread[0]
    if np.isnan(quality).all():
        raise ValueError("nothing was rated")
    left = ratings - quality[:, None] - bias
    seen = np.logical_not(np.isnan(left))
    of_clip = np.maximum(seen.sum(axis=1), 1)
    mean = np.where(seen, left, 0.0).sum(axis=1) / of_clip
    around = np.sqrt((np.where(seen, left - mean[:, None], 0.0) ** 2).sum(axis=1) / of_clip)
    error = np.where(seen.any(axis=1), Z95 * around / np.sqrt(of_clip), np.nan)
    shift = np.nanmean(bias)
    return Fitted(quality=quality + shift, error=error, bias=bias - shift, inconsistency=spread)


class _Solved(NamedTuple):
    quality: Floats
    """(S, C), before the mean bias is taken out; nan where nobody of the sample rated."""
    bias: Floats
    """(S, R), nan for who rated nothing."""
    spread: Floats
    """(S, R), likewise."""


def _solved(ratings: Floats, counts: Floats, least: float) -> _Solved:
    """The fit by alternating projection for S samples at once, in each of which a rater stands ``counts`` (S, R) times.

    Everything is sums over clips or raters, hence products of matrices: 200 samples cost about what ten fits did.
    """
    seen: NDArray[np.bool_] = np.logical_not(np.isnan(ratings))
    given, there = np.where(seen, ratings, 0.0), seen.astype(float)
    rated = there.sum(axis=0)
    of_rater, counts = np.maximum(rated, 1.0), counts * (rated > 0)
    total, square = given.sum(axis=0), (given**2).sum(axis=0)
    known = counts @ there.T > 0
    quality = counts @ given.T / np.where(known, counts @ there.T, 1.0)
    bias, spread = np.zeros_like(counts), np.zeros_like(counts)
    busy = np.arange(len(counts))
    for _ in range(_TRIES):
        q, n = quality[busy], counts[busy]
        mean = (total - q @ there) / of_rater
        variance = np.maximum((square - 2 * q @ given + q**2 @ there) / of_rater - mean**2, 0.0)
        weight = n / np.maximum(variance, least)
        after = (weight @ given.T - (weight * mean) @ there.T) / np.where(known[busy], weight @ there.T, 1.0)
        after = np.where(known[busy], after, 0.0)
        moved = np.linalg.norm(after - q, axis=1)
        quality[busy], spread[busy] = after, np.sqrt(variance)
        bias[busy] = (total - after @ there) / of_rater
        busy = busy[moved >= _STILL]
        if not len(busy):
            break
    lacks = np.broadcast_to(rated == 0, counts.shape)
    return _Solved(np.where(known, quality, np.nan), np.where(lacks, np.nan, bias), np.where(lacks, np.nan, spread))


def interval(ratings: Floats, *, samples: int = 200, seed: int = 0) -> tuple[Floats, Floats]:
    """(C,) and (C,): the 95 % interval of each clip's quality by bootstrap over the raters, who are what was drawn by
    chance."""
    rng = np.random.default_rng(seed)
    raters = ratings.shape[1]
    counts = np.stack([np.bincount(rng.integers(0, raters, raters), minlength=raters) for _ in range(samples)])
    solved = _solved(ratings, counts.astype(float), ROUNDING)
    here = counts * ~np.isnan(solved.bias)
    shift = np.where(here > 0, solved.bias * here, 0.0).sum(axis=1) / np.maximum(here.sum(axis=1), 1)
    drawn = solved.quality + shift[:, None]
    rated = ~np.isnan(drawn).all(axis=0)
    low, high = np.full(ratings.shape[0], np.nan), np.full(ratings.shape[0], np.nan)
    low[rated], high[rated] = np.nanpercentile(drawn[:, rated], (2.5, 97.5), axis=0)
    return low, high


def alpha(ratings: Floats, *, ordinal: bool = True) -> float:
    """Krippendorff's alpha: 1 is agreement, 0 is chance. nan where no clip was rated twice or all ratings are the same.

    Of ranks (``ordinal``), or of the numbers as such. ``ratings`` as for :func:`fit`.
    """
    several = (~np.isnan(ratings)).sum(axis=1) >= 2
    units = ratings[several]
    values = np.unique(units[~np.isnan(units)])
    if len(values) < 2:
        return float("nan")
    counts = np.stack([(units == value).sum(axis=1) for value in values], axis=1).astype(float)  # (clips, values)
    size = counts.sum(axis=1)
    together = counts.T @ (counts / (size - 1)[:, None]) - np.diag((counts / (size - 1)[:, None]).sum(axis=0))
    total = together.sum(axis=0)
    if ordinal:
        middle = np.cumsum(total) - total / 2
        apart = (middle[:, None] - middle) ** 2
    else:
        apart = (values[:, None] - values) ** 2
    chance = (np.outer(total, total) * apart).sum() / (total.sum() - 1)
    return float(1.0 - (together * apart).sum() / chance)
