"""A thousand rollouts on a made-up clock: is a version with faults gone before it has served many, and does a good one
arrive?

    python -m benchmarks.rollout [RUNS]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from phonofilm.rollout.rules import SUITES, Arm, Walk, percent, step
from phonofilm.votes.studies import Judged

TICK = 30.0
"""Seconds between two looks."""
PASSED = frozenset(SUITES)


@dataclass(frozen=True)
class Version:
    """How an engine behaves."""

    errors: float = 0.005
    slow: float = 0.01
    """Share of its clips above 8,000 ms; twice as many are above 5,000 ms."""
    mos: float = 4.2


@dataclass(frozen=True)
class Outcome:
    """How one rollout ended."""

    state: str
    served: int
    """Clips of the candidate until its end, or until it had everything."""
    seconds: float
    changes: int
    """How often the share went down or came back after it had gone: more than one is flapping."""


def run(
    seed: int,
    candidate: Version,
    *,
    control: Version | None = None,
    per_second: float = 4.0,
    days: float = 7.0,
    breaks: float | None = None,
    tick: float = TICK,
) -> Outcome:
    """One rollout with ``per_second`` requests in all. ``breaks``: seconds until the candidate behaves as told; before,
    it is like the control."""
    rng = np.random.default_rng(seed)
    usual = control or Version()
    walk, now, served, changes, given = Walk(), 0.0, 0, 0, 5
    rated = Judged(300, candidate.mos, 0.9)
    fault_at, fault_served = 0.0 if breaks is None else breaks, 0
    while now < days * 86_400 and walk.state not in ("rolled_back",):
        like = candidate if breaks is None or now >= breaks else usual
        share = percent(walk) / 100
        mine = _arm(rng, like, rng.poisson(per_second * tick * share))
        others = _arm(rng, usual, rng.poisson(per_second * tick * (1 - share)))
        served += mine.ended
        fault_served += mine.ended if now >= fault_at else 0
        now += tick
        walk = step(walk, tick, mine, others, rated=rated, control_rated=Judged(300, usual.mos, 0.9), passed=PASSED)
        changes += percent(walk) < given
        given = percent(walk)
        if walk.state == "done" and breaks is None:
            break
    return Outcome(walk.state, fault_served, now - fault_at, changes)


def _arm(rng: np.random.Generator, version: Version, count: int) -> Arm:
    errors = rng.binomial(count, version.errors)
    slow = rng.binomial(count - errors, version.slow)
    late = slow + rng.binomial(count - errors - slow, min(1.0, version.slow))
    return Arm(int(count), int(errors), int(slow), int(late))


def main(runs: int = 1000) -> None:
    """Three kinds, ``runs`` of each; good ones go through days and are looked at every five minutes."""
    faulty = [run(seed, Version(errors=0.03), per_second=160.0) for seed in range(runs)]
    good = [run(seed, Version(), per_second=0.5, tick=300.0) for seed in range(runs)]
    late = [run(seed, Version(errors=0.03), per_second=60.0, breaks=3600.0 * 3) for seed in range(runs // 10)]
    both = [
        run(seed, Version(errors=0.2), control=Version(errors=0.2), per_second=20.0, days=0.2)
        for seed in range(runs // 10)
    ]
    slow = [run(seed, Version(slow=0.2), per_second=160.0) for seed in range(runs // 10)]
    for name, found in (("3 % errors", faulty), ("3 % errors after 3 h", late), ("20 % above 8 s", slow)):
        gone = [one for one in found if one.state == "rolled_back"]
        early = sum(one.served < 2_000 and one.seconds <= 300 for one in gone)
        served = np.percentile([one.served for one in gone], (50, 99))
        seconds = np.percentile([one.seconds for one in gone], (50, 99))
        print(
            f"{name}: {len(gone)} of {len(found)} rolled back, {early} before 2,000 clips and within 5 min; clips"
            f" {served}, seconds {seconds}"
        )
    print(f"good: {sum(one.state == 'done' for one in good)} of {len(good)} reach 100 %")
    print(f"20 % errors in both arms: {sum(one.state == 'rolled_back' for one in both)} of {len(both)} rolled back")
    print(
        "flapping:"
        f" {sum(one.changes > 1 or (one.state == 'done' and one.changes) for one in (*faulty, *good, *late, *slow, *both))}"  # noqa: E501
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
