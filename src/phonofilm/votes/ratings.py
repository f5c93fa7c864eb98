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
    seen: NDArray[np.bool_] = np.logical_not(np.isnan(ratings))
    clips, raters = np.asarray(seen.any(axis=1)), np.asarray(seen.any(axis=0))
    if not clips.any():
        raise ValueError("nothing was rated")
    given, there = np.where(seen, ratings, 0.0)[clips][:, raters], seen[clips][:, raters]
    of_clip, of_rater = there.sum(axis=1), there.sum(axis=0)
    quality = given.sum(axis=1) / of_clip
    bias = ((given - quality[:, None]) * there).sum(axis=0) / of_rater
    spread = np.zeros_like(bias)
    for _ in range(_TRIES):
        left = (given - quality[:, None] - bias) * there
        mean = left.sum(axis=0) / of_rater
        spread = np.sqrt((((left - mean) * there) ** 2).sum(axis=0) / of_rater)
        weight = there / np.maximum(spread**2, least)
        before, quality = quality, (weight * (given - bias)).sum(axis=1) / weight.sum(axis=1)
        bias = ((given - quality[:, None]) * there).sum(axis=0) / of_rater
        if np.linalg.norm(quality - before) < _STILL:
            break
    left = (given - quality[:, None] - bias) * there
    mean = left.sum(axis=1) / of_clip
    around = np.sqrt((((left - mean[:, None]) * there) ** 2).sum(axis=1) / of_clip)
    shift = bias.mean()
    return Fitted(
        quality=_spread(quality + shift, clips),
        error=_spread(Z95 * around / np.sqrt(of_clip), clips),
        bias=_spread(bias - shift, raters),
        inconsistency=_spread(spread, raters),
    )


def interval(ratings: Floats, *, samples: int = 200, seed: int = 0) -> tuple[Floats, Floats]:
    """(C,) and (C,): the 95 % interval of each clip's quality by bootstrap over the raters, who are what was drawn by
    chance."""
    rng = np.random.default_rng(seed)
    drawn = np.full((samples, ratings.shape[0]), np.nan)
    for one in range(samples):
        chosen = ratings[:, rng.integers(0, ratings.shape[1], ratings.shape[1])]
        if not np.isnan(chosen).all():
            drawn[one] = fit(chosen).quality
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


def _spread(values: Floats, where: NDArray[np.bool_]) -> Floats:
    out = np.full(len(where), np.nan)
    out[where] = values
    return out
