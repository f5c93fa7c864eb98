"""Ratings against what is published and what is known: the model of P.910, Krippendorff's alpha, and raters whose bias
we made."""

import numpy as np
import pytest

from phonofilm.votes import ratings


def panel(seed, *, clips=60, raters=40, spoilers=0, kind="random", views=1, spread=(0.15, 0.6)):
    """(true quality, bias, ratings (clips, raters)): whole ratings of 1 to 5 by raters of known bias, the first
    ``spoilers`` of them no good."""
    rng = np.random.default_rng(seed)
    quality, bias, noise = rng.uniform(1.5, 4.5, clips), rng.normal(0, 0.4, raters), rng.uniform(*spread, raters)
    bias -= bias.mean()
    drawn = quality[:, None, None] + bias[:, None] + noise[:, None] * rng.normal(size=(clips, raters, views))
    given = np.clip(np.rint(drawn), 1, 5)
    if kind == "random":
        given[:, :spoilers] = rng.integers(1, 6, (clips, spoilers, views))
    elif kind == "constant":
        given[:, :spoilers] = rng.integers(1, 6, (1, spoilers, 1))
    else:
        given[:, :spoilers] = 6 - given[:, :spoilers]
    return quality, bias, given.mean(axis=2)


def test_quality_of_forty_raters_is_within_a_tenth_for_95_per_cent_of_clips():
    """Each sees each clip three times: one look of forty such people cannot say more than to 0.15 or so (see
    benchmarks.votes)."""
    right = [
        np.abs(ratings.fit(given).quality - quality) < 0.1
        for quality, _, given in (panel(seed, views=3) for seed in range(20))
    ]
    assert np.mean(right) >= 0.95


def test_a_look_each_is_nearer_the_truth_than_the_mean_and_the_bias_is_found():
    ours, plain = [], []
    for seed in range(20):
        quality, bias, given = panel(seed, spread=(0.2, 1.2))
        fitted = ratings.fit(given)
        ours.append(np.abs(fitted.quality - quality).mean())
        plain.append(np.abs(given.mean(axis=1) - quality).mean())
        assert np.abs(fitted.bias - bias).max() < 0.45 and np.corrcoef(fitted.bias, bias)[0, 1] > 0.9
    assert np.mean(ours) < 0.85 * np.mean(plain)


@pytest.mark.parametrize("kind", ["random", "constant", "inverted"])
def test_spoilers_cost_less_than_a_twentieth(kind):
    """Four of forty."""
    cost = []
    for seed in range(20):
        quality, _, clean = panel(seed)
        _, _, spoiled = panel(seed, spoilers=4, kind=kind)
        error = [np.sqrt(np.mean((ratings.fit(given).quality - quality) ** 2)) for given in (spoiled, clean)]
        cost.append(error[0] - error[1])
    assert np.mean(cost) < 0.05


def test_the_same_as_sureal():
    """Against what P910AnnexEModel of sureal 0.9.0 made of these ratings (two of them missing)."""
    _, _, given = panel(5, clips=12, raters=12, spread=(0.6, 1.2))
    given[2, 1] = given[5, 4] = np.nan
    fitted = ratings.fit(given, least=1e-8)
    for name, expected in SUREAL.items():
        np.testing.assert_allclose(getattr(fitted, name), expected, atol=2e-5)


def test_a_small_panel_does_not_end_in_one_persons_ratings():
    """As it does above, where one rater weighs all."""
    assert min(SUREAL["inconsistency"]) == 0.0
    error: dict[float, list[float]] = {ratings.ROUNDING: [], 1e-8: []}
    for seed in range(20):
        quality, _, given = panel(seed, clips=12, raters=12, spread=(0.6, 1.2))
        for least, found in error.items():
            found.append(np.sqrt(np.mean((ratings.fit(given, least=least).quality - quality) ** 2)))
    assert np.mean(error[ratings.ROUNDING]) < 0.9 * np.mean(error[1e-8])


SUREAL = {
    "quality": [
        3.725379,
        4.725379,
        2.725379,
        2.725379,
        0.725379,
        2.725379,
        2.725379,
        1.725379,
        1.725379,
        4.725379,
        2.725379,
        1.725379,
    ],
    "error": [
        0.452687,
        0.462732,
        0.398878,
        0.417139,
        0.322927,
        0.456533,
        0.376525,
        0.406092,
        0.412633,
        0.475973,
        0.33081,
        0.490403,
    ],
    "bias": [
        -0.058712,
        0.638258,
        0.274621,
        -0.642045,
        0.36553,
        -0.308712,
        -0.225379,
        -0.308712,
        -0.308712,
        0.607955,
        0.274621,
        -0.308712,
    ],
    "inconsistency": [
        0.942809,
        1.366663,
        0.408248,
        1.037492,
        1.239835,
        0.953794,
        0.866025,
        0.862007,
        0.640095,
        0.849837,
        0.0,
        0.953794,
    ],
}


def test_alpha_of_krippendorffs_own_example():
    """Four observers, twelve units; K. Krippendorff, Computing Krippendorff's alpha-reliability (2011): ordinal 0.815,
    interval 0.849."""
    n = np.nan
    given = np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, n, n, n],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, n, 3],
            [n, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, n],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, n],
        ]
    ).T
    assert ratings.alpha(given) == pytest.approx(0.815, abs=5e-4)
    assert ratings.alpha(given, ordinal=False) == pytest.approx(0.849, abs=5e-4)
    assert np.isnan(ratings.alpha(np.array([[1, n], [n, 3]]))) and np.isnan(ratings.alpha(np.full((3, 3), 4.0)))


def test_clips_and_raters_without_ratings():
    n = np.nan
    fitted = ratings.fit(np.array([[4, n, 5], [n, n, n], [2, n, 3.0]]))
    assert np.isnan(fitted.quality[1]) and np.isnan(fitted.bias[1])
    np.testing.assert_allclose(fitted.quality[[0, 2]], [4.5, 2.5])
    np.testing.assert_allclose(fitted.bias[[0, 2]], [-0.5, 0.5])
    with pytest.raises(ValueError, match="nothing was rated"):
        ratings.fit(np.full((2, 2), n))


def test_intervals_hold_the_truth_as_often_as_they_say():
    inside = []
    for seed in range(15):
        quality, _, given = panel(seed, clips=20)
        low, high = ratings.interval(given, samples=100, seed=seed)
        inside.append((low - 0.03 <= quality) & (quality <= high + 0.03))  # whole numbers round what lies between them
    assert np.mean(inside) > 0.85
