"""The workflow of a job: what ``clip`` does, as steps that are remembered, with money, people and publishing round
them.

Each step is safe to walk again: what a step finds already done (an asset kept, a cost reserved, a submit answered, a
file in the bucket) it does not do twice. So a dead worker's job simply goes on elsewhere, and a job that waited for a
person is walked from the top.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from phonofilm.errors import PhonofilmError, machine_fault
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.run import making, steps
from phonofilm.jobs.run.carried import Carry, Handed, Outcome
from phonofilm.jobs.run.walk import Ended, Hold, Walk

log = logging.getLogger("phonofilm.jobs")
VERSION = "2"
"""The contract of the list: raised whenever a step is added, removed or hands on something else."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of the list."""

    name: str
    act: Callable[[Walk, Carry], Handed]
    until: float
    """Progress of the whole job when it is done, 0..1."""


STEPS = (
    Step(name="fetch_references", act=steps.fetch_references, until=0.04),
    Step(name="admit", act=steps.admit, until=0.06),
    Step(name="reserve_cost", act=steps.reserve_cost, until=0.07),
    Step(name="route", act=steps.route, until=0.08),
    Step(name="generate", act=making.generate, until=0.80),
    Step(name="release", act=steps.release, until=0.84),
    Step(name="package", act=steps.package, until=0.94),
    Step(name="sign", act=steps.sign, until=0.96),
    Step(name="store", act=steps.store, until=0.98),
    Step(name="settle_cost", act=steps.settle_cost, until=1.0),
    Step(name="notify", act=steps.notify, until=1.0),
)

Run = Callable[[str, Callable[[], Outcome]], Outcome]
"""Runs a step under its name and hands back what it returned; a durable one remembers it."""
End = Callable[[str, JobError | None, Hold | None], None]
"""Puts an end that is no success on record: the state, and why."""


def walk_through(walk: Walk, run: Run, end: End, steps: Sequence[Step] | None = None) -> Carry | None:
    """Walk the list. The carry of all steps on success; None where the job came to another end, which ``end`` has then
    put on record."""
    carry: Carry = {}
    begin = 0.0
    for step in STEPS if steps is None else steps:

        def perform(step: Step = step, begin: float = begin) -> Outcome:
            started = time.perf_counter()
            outcome = _perform(walk, step, begin, carry, end)
            walk.took(step.name, time.perf_counter() - started)
            return outcome

        outcome = run(step.name, perform)
        if "ended" in outcome:
            return None
        carry[step.name] = outcome["done"]  # type: ignore[literal-required]  # the list is what Carry spells out
        begin = step.until
    return carry


def span(step: str) -> tuple[float, float]:
    """Progress of the whole job at a step's begin and end."""
    begin = 0.0
    for one in STEPS:
        if one.name == step:
            return begin, one.until
        begin = one.until
    return 0.0, 1.0


def _perform(walk: Walk, step: Step, begin: float, carry: Carry, end: End) -> Outcome:
    """One step, with every way it can end. What fails in the house (database, disk, bucket) is no fault of the job: it
    is waited for."""
    tries, since = 0, 0.0
    while True:
        trouble: Exception
        try:
            return _once(walk, step, begin, carry, end)
        except walk.trouble as error:
            part, trouble = "database", error
        except _House as error:
            part, trouble = error.part, error
        tries, since = tries + 1, since or time.monotonic()
        walk.wait(part, trouble, tries, since)


class _House(Exception):
    """A step failed because the house did."""

    def __init__(self, part: str, error: Exception) -> None:
        super().__init__(str(error))
        self.part = part


def _once(walk: Walk, step: Step, begin: float, carry: Carry, end: End) -> Outcome:
    try:
        walk.enter(step.name, begin)
        return {"done": step.act(walk, carry)}
    except walk.trouble:
        raise
    except Ended as other:
        end(other.state, None, None)
        return {"ended": other.state}
    except Hold as hold:
        state = "unknown_outcome" if hold.stage == "outcome" else "review"
        end(state, None, hold)
        return {"ended": state}
    except Exception as error:
        # An engine stopped by a cancel or an expiry fails like any other: the flag says why, and Fenced passes through.
        try:
            walk.enter(step.name, begin)
        except Ended as other:
            end(other.state, None, None)
            return {"ended": other.state}
        part = machine_fault(error)
        if part is not None:
            raise _House(part, error) from error
        if not isinstance(error, PhonofilmError):
            log.exception("step %s of %s failed unexpectedly", step.name, walk.job)
        end("failed", walk.worded(error, step.name), None)
        return {"ended": "failed"}
