"""When a rollout goes on and when it goes back, on figures alone: no clock, no database.

A candidate gets 5 % for 72 h, 25 % for 48 h, then everything. It goes on with errors <= 1 %, p95 <= 5,000 ms, a MOS >=
3.8 on 200 ratings, and its suites passed. It goes back when it is worse than it may be and worse than the control arm
at the same time: by a cumulative-sum test on each outcome as it comes, so that a fault is seen after some hundred clips
and a good version is left alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Protocol

STAGES = ((5, 72 * 3600.0), (25, 48 * 3600.0), (100, 0.0))
"""(per cent, seconds)."""
MOST_ERRORS, MOST_P95, LEAST_MOS, JUDGED = 0.01, 5_000.0, 3.8, 200
"""To go on."""
BACK_ERRORS, BACK_P95, BACK_MOS = 0.02, 8_000.0, 3.5
"""To go back: errors and p95 above, MOS below."""
SLOW_SHARE = 0.05
"""A p95 above 8,000 ms is more than this share of clips that take longer than 8,000 ms."""
ALARM = 7.0
"""Where the sum of log likelihood ratios says that it is so."""
LEAST_SAMPLES = 50
"""Outcomes of the candidate before anything is said of it."""
LEAST_RATINGS = 30
SUITES = ("unit", "vectors")
GAP = 300.0
"""Seconds between two looks that count at most: a clock that jumps and a service that was away do not age a canary."""
_Z = 2.58


@dataclass(frozen=True)
class Arm:
    """What became of an arm's clips."""

    ended: int = 0
    errors: int = 0
    slow: int = 0
    """Of those that were made: above 8,000 ms."""
    late: int = 0
    """Of those that were made: above 5,000 ms."""

    def plus(self, other: Arm) -> Arm:
        return Arm(self.ended + other.ended, self.errors + other.errors, self.slow + other.slow, self.late + other.late)


class Rated(Protocol):
    """What people say of an engine's clips (``votes.studies.Judged``)."""

    @property
    def count(self) -> int: ...
    @property
    def mean(self) -> float: ...
    @property
    def deviation(self) -> float: ...


@dataclass(frozen=True)
class Walk:
    """Where a rollout stands."""

    state: str = "walking"
    """walking | held | done | rolled_back."""
    stage: int = 0
    soaked: float = 0.0
    """Seconds in this stage that count."""
    error_sum: float = 0.0
    slow_sum: float = 0.0
    candidate: Arm = field(default_factory=Arm)
    """In this stage."""
    control: Arm = field(default_factory=Arm)
    """Since the beginning, the latest counting most."""
    reason: str = ""


def percent(walk: Walk) -> int:
    """Of the tenants that get the candidate."""
    return 0 if walk.state == "rolled_back" else STAGES[walk.stage][0]


def step(
    walk: Walk,
    seconds: float,
    candidate: Arm,
    control: Arm,
    *,
    rated: Rated,
    control_rated: Rated,
    passed: frozenset[str] = frozenset(),
) -> Walk:
    """The next state after ``seconds`` in which the arms had these outcomes. ``rated``: all ratings of each arm so far.
    Held walks go back too, but not on."""
    if walk.state == "rolled_back":
        return walk
    seen, beside = walk.candidate.plus(candidate), _faded(walk.control, seconds).plus(control)
    soaked = walk.soaked + min(max(seconds, 0.0), GAP)
    errors = _sum(
        walk.error_sum, candidate.errors, candidate.ended, _usual(beside.errors, beside.ended, MOST_ERRORS), BACK_ERRORS
    )
    made, made_beside = candidate.ended - candidate.errors, beside.ended - beside.errors
    slow = _sum(walk.slow_sum, candidate.slow, made, _usual(beside.slow, made_beside, SLOW_SHARE), 2 * SLOW_SHARE)
    walk = Walk(walk.state, walk.stage, soaked, errors, slow, seen, beside, walk.reason)
    if seen.ended >= LEAST_SAMPLES or walk.stage:
        if errors >= ALARM:
            return back(walk, f"errors above {BACK_ERRORS:.0%} and above the control arm's")
        if slow >= ALARM:
            return back(walk, f"p95 above {BACK_P95:,.0f} ms and slower than the control arm")
    if rated.count >= LEAST_RATINGS:
        sure = rated.mean + _Z * rated.deviation / math.sqrt(rated.count)
        if sure < BACK_MOS and (control_rated.count < LEAST_RATINGS or rated.mean < control_rated.mean):
            return back(walk, f"MOS {rated.mean:.2f} on {rated.count} ratings, surely below {BACK_MOS}")
    if walk.state != "walking" or walk.stage == len(STAGES) - 1:
        return walk
    waits = waiting(walk, rated, passed)
    return _on(walk, "every gate passed") if not waits else replace(walk, reason="waits: " + "; ".join(waits))


def waiting(walk: Walk, rated: Rated, passed: frozenset[str]) -> list[str]:
    """The gates between this stage and the next that are shut, in words."""
    seen, shut = walk.candidate, []
    if walk.soaked < STAGES[walk.stage][1]:
        shut.append(f"{(STAGES[walk.stage][1] - walk.soaked) / 3600:.1f} h more at {STAGES[walk.stage][0]} %")
    if seen.ended < LEAST_SAMPLES:
        shut.append(f"{LEAST_SAMPLES - seen.ended} more clips")
    if seen.ended and seen.errors > MOST_ERRORS * seen.ended:
        shut.append(f"errors {seen.errors / seen.ended:.1%}, at most {MOST_ERRORS:.0%}")
    if seen.late > SLOW_SHARE * max(seen.ended - seen.errors, 1):
        shut.append(f"p95 above {MOST_P95:,.0f} ms")
    if rated.count < JUDGED:
        shut.append(f"{JUDGED - rated.count} more ratings")
    elif rated.mean < LEAST_MOS:
        shut.append(f"MOS {rated.mean:.2f}, at least {LEAST_MOS}")
    if missing := [suite for suite in SUITES if suite not in passed]:
        shut.append(f"suites not passed: {', '.join(missing)}")
    return shut


def go_on(walk: Walk, reason: str) -> Walk:
    """To the next stage because a person says so; a held walk goes on walking."""
    return _on(walk, reason) if walk.stage < len(STAGES) - 1 else replace(walk, state="done", reason=reason)


def hold(walk: Walk, reason: str) -> Walk:
    """Stay where it is until a person says more."""
    return replace(walk, state="held", reason=reason)


def back(walk: Walk, reason: str) -> Walk:
    """Nobody gets the candidate any more; that is its end."""
    return replace(walk, state="rolled_back", reason=reason)


def _sum(before: float, hits: int, count: int, usual: float, step: float) -> float:
    """Page's cumulative sum of hits at the ``usual`` rate against a rate ``step`` above."""
    worse = min(usual + step, 0.999)
    gain = hits * math.log(worse / usual) + (count - hits) * math.log((1 - worse) / (1 - usual))
    return max(0.0, before + gain)


def _usual(hits: int, count: int, least: float) -> float:
    """The control arm's rate, but ``least`` at the least; few outcomes say little."""
    return min(max(least, (hits + 200 * least) / (count + 200)), 0.9)


def _faded(arm: Arm, seconds: float) -> Arm:
    """What is older counts less: half of it after an hour."""
    keep = 0.5 ** (min(max(seconds, 0.0), GAP) / 3600.0)
    return Arm(round(arm.ended * keep), round(arm.errors * keep), round(arm.slow * keep), round(arm.late * keep))


def _on(walk: Walk, reason: str) -> Walk:
    stage = walk.stage + 1
    return Walk(
        "done" if stage == len(STAGES) - 1 else "walking",
        stage,
        0.0,
        walk.error_sum,
        walk.slow_sum,
        Arm(),
        walk.control,
        reason,
    )
