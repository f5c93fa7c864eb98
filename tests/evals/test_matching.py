"""The ruler itself: pairing by hand, intervals against known values."""

import math

import numpy as np
import pytest

from phonofilm.evals import stats
from phonofilm.evals.judges import matching
from phonofilm.spec import clock

F = 1 / clock.FPS


def test_one_to_one_even_when_greedy_would_fail():
    # 0.00 is nearest to 0.03, but 0.03 must go to 0.06 for both to pair
    m = matching.match(np.array([0.0, 0.06]), np.array([0.03, 0.09]), tolerance=0.04)
    assert m.matched == 2 and m.recall == m.precision == 1.0


def test_two_onsets_cannot_both_claim_one_contact():
    m = matching.match(np.array([1.0]), np.array([0.99, 1.01]))
    assert (m.matched, m.recall, m.precision) == (1, 1.0, 0.5)


def test_misses_are_infinite_and_late_is_late():
    m = matching.match(np.array([1.0, 2.0, 3.0]), np.array([1.0 + 2 * F, 2.0 + 2 * F]))
    assert m.matched == 0
    assert m.offsets[2] == math.inf and m.median_offset == pytest.approx(2 * F)
    assert np.allclose(m.signed, 2 * F)
    assert matching.match(np.array([1.0, 2.0, 3.0]), np.array([1.0])).median_offset == math.inf


def test_edge_of_the_tolerance_and_empty_sides():
    assert matching.match(np.array([1.0]), np.array([1.0 + F])).matched == 1
    assert matching.match(np.array([1.0]), np.array([1.0 + F + 1e-4])).matched == 0
    empty = matching.match(np.zeros(0), np.array([1.0]))
    assert math.isnan(empty.recall) and empty.precision == 0.0


def test_most_pairs_wins_over_shortest_distance():
    m = matching.match(np.array([0.0, 0.04]), np.array([0.04, 0.08]), tolerance=0.04)
    assert m.matched == 2  # though 0.04 with 0.04 alone would have distance nothing


def test_wilson_against_published_values():
    share = stats.wilson(8, 10)
    assert (share.low, share.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert stats.wilson(0, 20).high == pytest.approx(0.1611, abs=1e-4)
    assert "80 %" in str(share) and "N=10" in str(share)


def test_pooled_interval_is_wider_when_clips_disagree():
    totals = np.full(40, 10)
    even = stats.pooled(np.full(40, 5), totals)
    split = stats.pooled(np.array([0] * 20 + [10] * 20), totals)
    assert even.value == split.value == 0.5 and even.high - even.low < 1e-9
    assert 0.2 < split.high - split.low < 0.4 and split.n == 400


def test_bootstrap_median_survives_infinities():
    value, low, high = stats.bootstrap(
        [np.array([0.01, 0.02]), np.array([np.inf]), np.array([0.03])], lambda x: float(np.median(x))
    )
    assert value == pytest.approx(0.025) and low <= value <= high
