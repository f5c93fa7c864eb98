"""Strengths from pairs: Bradley-Terry with intervals by bootstrap over the voters, Elo because people know it, and
whether more votes would change who leads.

Strengths are told on Elo's scale: 1,000 in the middle, 400 points are odds of ten to one. A tie is half a win for each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CENTRE, SCALE = 1_000.0, 400.0 / math.log(10.0)
STEP = 16.0
"""Points an Elo rating moves at most with one vote."""
PRIOR = 0.5
"""Ties that each two contestants who met are given beforehand, so that who has won everything stays finite."""
_TRIES, _STILL = 2_000, 1e-7
_GAIN = {"left": 1.0, "right": 0.0, "tie": 0.5}


class Ballot(NamedTuple):
    """One vote between two."""

    voter: str
    left: str
    right: str
    choice: str
    """left | right | tie."""


@dataclass(frozen=True)
class Standing:
    """How one contestant stands."""

    name: str
    score: float
    low: float
    high: float
    """95 % interval of the score."""
    elo: float
    votes: int
    wins: float
    """Ties count half."""


def standings(ballots: Sequence[Ballot], *, samples: int = 200, seed: int = 0) -> list[Standing]:
    """Best first. Those that no chain of pairs links are each held against the middle of their own group."""
    names = sorted({name for vote in ballots for name in (vote.left, vote.right)})
    if not names:
        return []
    index = {name: place for place, name in enumerate(names)}
    voters = {name: place for place, name in enumerate(sorted({vote.voter for vote in ballots}))}
    left = np.array([index[vote.left] for vote in ballots])
    right = np.array([index[vote.right] for vote in ballots])
    by = np.array([voters[vote.voter] for vote in ballots])
    gain = np.array([_GAIN[vote.choice] for vote in ballots])
    wins = np.zeros((len(voters), len(names), len(names)))
    np.add.at(wins, (by, left, right), gain)
    np.add.at(wins, (by, right, left), 1.0 - gain)
    total = wins.sum(axis=0)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(len(voters), np.full(len(voters), 1.0 / len(voters)), size=samples).astype(float)
    met = PRIOR / 2 * ((total + total.T) > 0)
    drawn = strengths(np.tensordot(weights, wins, axes=1) + met)
    score = strengths(total[None] + met)[0]
    low, high = np.percentile(drawn, (2.5, 97.5), axis=0)
    elo = ratings(ballots)
    played = (total + total.T).sum(axis=1)
    found = [
        Standing(
            name,
            float(score[i]),
            float(min(low[i], score[i])),
            float(max(high[i], score[i])),
            elo[name],
            int(played[i]),
            float(total[i].sum()),
        )
        for i, name in enumerate(names)
    ]
    return sorted(found, key=lambda one: (-one.score, one.name))


def strengths(wins: Floats) -> Floats:
    """(S, M) Bradley-Terry strengths on Elo's scale from (S, M, M) wins of the row over the column, by
    minorisation-maximisation.

    Who met nobody stands at 1,000, and the middle of the others does.
    """
    games = wins + wins.transpose(0, 2, 1)
    won = np.maximum(wins.sum(axis=2), 1e-12)
    met = games.sum(axis=2) > 0
    count = np.maximum(met.sum(axis=1, keepdims=True), 1)
    power = np.ones(won.shape)
    for _ in range(_TRIES):
        expected = (games / (power[:, :, None] + power[:, None, :])).sum(axis=2)
        after = np.where(met, won / np.where(met, expected, 1.0), 1.0)
        after = np.where(met, after / np.exp(np.log(after).sum(axis=1, keepdims=True) / count), 1.0)
        still = np.abs(after / power - 1.0).max() < _STILL
        power = after
        if still:
            break
    return CENTRE + SCALE * np.log(power)


def within(groups: Sequence[Sequence[Ballot]]) -> list[list[tuple[str, float, int, float]]]:
    """(name, score, votes, wins) of each contestant of each group, best first; groups are held apart and fitted
    together."""
    if not groups:
        return []
    names = [sorted({name for vote in ballots for name in (vote.left, vote.right)}) for ballots in groups]
    most = max(len(some) for some in names)
    wins = np.zeros((len(groups), most, most))
    for place, (ballots, some) in enumerate(zip(groups, names)):
        index = {name: number for number, name in enumerate(some)}
        for vote in ballots:
            left, right, gain = index[vote.left], index[vote.right], _GAIN[vote.choice]
            wins[place, left, right] += gain
            wins[place, right, left] += 1.0 - gain
    games = wins + wins.transpose(0, 2, 1)
    score, votes, won = strengths(wins + PRIOR / 2 * (games > 0)), games.sum(axis=2), wins.sum(axis=2)
    found = [
        [(name, float(score[place, i]), int(votes[place, i]), float(won[place, i])) for i, name in enumerate(some)]
        for place, some in enumerate(names)
    ]
    return [sorted(some, key=lambda one: (-one[1], one[0])) for some in found]


def ratings(ballots: Iterable[Ballot]) -> dict[str, float]:
    """Elo ratings after the votes in their order."""
    found: dict[str, float] = {}
    for vote in ballots:
        left, right = found.get(vote.left, CENTRE), found.get(vote.right, CENTRE)
        expected = 1.0 / (1.0 + 10.0 ** ((right - left) / 400.0))
        move = STEP * (_GAIN[vote.choice] - expected)
        found[vote.left], found[vote.right] = left + move, right - move
    return found


def settled(first: float, second: float, *, among: int = 1, risk: float = 0.05) -> bool:
    """Is it certain enough, at whatever moment somebody looks, that two are not equally good? ``first``, ``second``:
    votes won, ties left out.

    A mixture martingale (the uniform prior over the chance to win against one half): whoever looks after each vote and
    stops as soon as it says so is wrong with probability ``risk`` at most over all of ``among`` comparisons.
    """
    log = (
        math.lgamma(first + 1)
        + math.lgamma(second + 1)
        - math.lgamma(first + second + 2)
        + (first + second) * math.log(2.0)
    )
    return log >= math.log(among / risk)


def lead(ballots: Sequence[Ballot], ranked: Sequence[str]) -> tuple[bool, str]:
    """Would more votes change who leads, and that in words? By the votes between the first and each other one it
    met."""
    if len(ranked) < 2:
        return False, "Nothing to compare yet."
    first = ranked[0]
    won = {name: [0, 0] for name in ranked[1:]}
    for vote in ballots:
        if vote.choice == "tie" or first not in (vote.left, vote.right):
            continue
        other = vote.right if vote.left == first else vote.left
        if other in won:
            won[other][0 if (vote.left == first) == (vote.choice == "left") else 1] += 1
    open_ones = [
        name for name, (mine, theirs) in won.items() if not (mine > theirs and settled(mine, theirs, among=len(won)))
    ]
    if not open_ones:
        return True, f"{first} leads, and more votes would not change that."
    return False, f"Not settled yet: {first} against {', '.join(open_ones[:3])}."
