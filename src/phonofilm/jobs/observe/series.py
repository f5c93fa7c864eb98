"""The mission's metrics over time, out of the tables, for charts: what ``jobs.observe.metrics`` says of this moment,
said of each step of the past hours."""

from __future__ import annotations

import math
from bisect import bisect_right
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from phonofilm.jobs.observe.metrics import _is_error
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.tables import Job, LedgerEntry, Review

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database

MOST_POINTS = 1500


def series(db: Database, hours: float, step: float) -> dict[str, Any]:
    """Arrays of one value per step, each about the ``step`` seconds that end at its ``t`` (UTC seconds); None where
    nothing happened to measure.

    Latency is submit to published, milliseconds, of clips no person had to look at; queues are as they were at ``t``;
    cost in micro-dollars.
    """
    points = max(1, min(MOST_POINTS, math.ceil(hours * 3600 / step)))
    moment = now()
    last = math.ceil(moment / step) * step
    times = [last - step * (points - 1 - index) for index in range(points)]
    since = times[0] - step
    with db.reading() as session:
        held = select(Review.id).where(Review.subject == Job.id).exists()
        ended = session.execute(
            select(Job.state, Job.error, Job.created, Job.finished, held).where(Job.finished > since)
        ).all()
        spans = session.execute(
            select(Job.created, Job.started, Job.finished).where(
                Job.created <= last, or_(Job.finished.is_(None), Job.finished > since)
            )
        ).all()
        cases = session.execute(
            select(Review.created, Review.decided).where(or_(Review.decided.is_(None), Review.decided > since))
        ).all()
        paid = session.execute(
            select(LedgerEntry.created, func.coalesce(LedgerEntry.amount, 0)).where(
                LedgerEntry.kind == "settle", LedgerEntry.created > since
            )
        ).all()

    def bucket(at: float) -> int | None:
        index = math.ceil((at - since) / step) - 1
        return index if 0 <= index < points else None

    latency: list[list[float]] = [[] for _ in times]
    wrong, counted, published, cost = [0] * points, [0] * points, [0] * points, [0] * points
    for state, error, created, finished, seen in ended:
        index = bucket(finished)
        if index is None:
            continue
        wrong[index] += _is_error(state, error)
        counted[index] += state not in ("cancelled", "removed")
        published[index] += state == "succeeded"
        if state == "succeeded" and not seen:
            latency[index].append((finished - created) * 1000.0)
    for at, amount in paid:
        if (index := bucket(at)) is not None:
            cost[index] += int(amount)
    return {
        "t": times,
        "generation_latency_ms": {
            "p50": [_share(values, 50) for values in latency],
            "p95": [_share(values, 95) for values in latency],
        },
        "job_error_rate_pct": [
            round(100.0 * bad / of, 2) if of else None for bad, of in zip(wrong, counted, strict=True)
        ],
        "publish_rate_per_min": [
            round(60.0 * number / min(step, max(moment - time + step, 1.0)), 3)
            for time, number in zip(times, published, strict=True)
        ],
        "moderation_queue_count": _standing([(created, decided) for created, decided in cases], times),
        "queue_depth": _standing(
            [(created, started if started is not None else finished) for created, started, finished in spans], times
        ),
        "cost": cost,
    }


def _share(values: list[float], percent: int) -> float | None:
    if not values:
        return None
    return round(values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[percent - 1], 1)


def _standing(spans: list[tuple[float, float | None]], times: list[float]) -> list[int]:
    """How many of the spans (begin, end or still open) hold each time."""
    begins = sorted(begin for begin, _ in spans)
    ends = sorted(end for _, end in spans if end is not None)
    return [bisect_right(begins, time) - bisect_right(ends, time) for time in times]
