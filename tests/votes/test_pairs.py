"""Strengths of contestants whose true strengths we made, against evalica's, and when more votes change nothing."""

import numpy as np
import pytest

from phonofilm.votes.pairs import Ballot, lead, ratings, settled, standings, strengths

TRUE = {"a": 1150.0, "b": 1050.0, "c": 950.0, "d": 850.0}


def cast(seed, count, *, voters=30, true=TRUE, ties=0.1):
    rng = np.random.default_rng(seed)
    names, out = list(true), []
    for _ in range(count):
        left, right = rng.choice(names, 2, replace=False)
        wins = rng.random() < 1 / (1 + 10 ** ((true[right] - true[left]) / 400))
        choice = "tie" if rng.random() < ties else "left" if wins else "right"
        out.append(Ballot(f"v{rng.integers(voters)}", str(left), str(right), choice))
    return out


def test_strengths_come_back_and_intervals_hold_them():
    found = {one.name: one for one in standings(cast(1, 6000, ties=0.0))}
    assert [one for one in found] == ["a", "b", "c", "d"]
    assert max(abs(found[name].score - TRUE[name]) for name in TRUE) < 15
    inside = [
        one.low <= TRUE[one.name] <= one.high
        for seed in range(12)
        for one in standings(cast(seed, 600, ties=0.0), seed=seed)
    ]
    assert np.mean(inside) > 0.85


def test_the_same_strengths_as_evalica():
    """bradley_terry of evalica 0.4.2, tie_weight 0.5, on these wins, told on Elo's scale around 1,000."""
    wins = np.array([[0, 12, 9.5], [8, 0, 14], [3.5, 6, 0]])
    np.testing.assert_allclose(strengths(wins[None])[0], EVALICA, atol=1e-3)


EVALICA = [1084.7046, 1025.1013, 890.1941]


def test_who_has_won_everything_stays_finite_and_first():
    found = standings([Ballot("v", "a", "b", "left")] * 5 + [Ballot("v", "b", "c", "tie")])
    assert (
        found[0].name == "a"
        and found[1].score == pytest.approx(found[2].score)
        and all(np.isfinite([one.score, one.low, one.high]).all() for one in found)
    )
    assert (found[0].votes, found[0].wins, found[1].wins, found[2].wins) == (5, 5.0, 0.5, 0.5)


def test_nothing_is_left_of_no_votes():
    assert standings([]) == [] and lead([], []) == (False, "Nothing to compare yet.")


def test_elo_moves_by_what_was_expected():
    assert ratings([Ballot("v", "a", "b", "left")]) == {"a": 1008.0, "b": 992.0}
    assert ratings([Ballot("v", "a", "b", "tie")]) == {"a": 1000.0, "b": 1000.0}


def test_looking_after_every_vote_is_wrong_one_time_in_twenty_at_most():
    rng = np.random.default_rng(4)
    wrong = 0
    for _ in range(400):
        first = second = 0
        for toss in rng.random(400) < 0.5:
            first, second = first + toss, second + (not toss)
            if settled(float(first), float(second)):
                wrong += 1
                break
    assert wrong / 400 <= 0.05
    assert settled(40, 15) and not settled(8, 4) and not settled(40, 15, among=10_000)


@pytest.mark.parametrize(("true", "done"), [({"a": 1200.0, "b": 900.0}, True), ({"a": 1000.0, "b": 1000.0}, False)])
def test_the_verdict_says_whether_more_votes_would_change_it(true, done):
    ballots = cast(3, 200, true=true)
    found, words = lead(ballots, [one.name for one in standings(ballots)])
    assert found is done and ("would not change" in words) is done
