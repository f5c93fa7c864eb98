"""Metrics by the mission's names, counted from the database when they are asked for: every process of a cluster gives
the same figures.

    generation_latency_ms       histogram   submit to published, of clips that no person had to look at, by engine
    job_error_rate_pct          gauge       of the jobs that ended in the last five minutes, those that failed for no fault of the caller
    publish_rate_per_min        gauge       clips published per minute, over the last five
    moderation_queue_count      gauge       cases that wait for a person
    house_trouble_seconds       gauge       how long a disk, bucket or database has failed, by part
    active_users, generations_today, cost_per_generation_usd, cost_per_generation_cap_usd, moderation_per_thousand, publish_rate_pct
                                gauges      the owner's numbers (``jobs.observe.numbers``), a minute old at most

Since every process gives the figures of all, aggregate with ``max``, never with ``sum``. Counters grow from what the
tables hold: finished jobs are read once and remembered up to a minute ago, so that a scrape costs the same however many
there are.
"""  # noqa: E501

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import BLAMELESS
from phonofilm.jobs.observe.numbers import OUTCOMES, numbers
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.locks import add_once
from phonofilm.jobs.store.tables import Base, Delivery, EngineState, HouseFault, Job, Notice, Review, StepTime, Worker

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LATENCY_MS = (
    250.0,
    500.0,
    1_000.0,
    1_500.0,
    2_500.0,
    5_000.0,
    8_000.0,
    15_000.0,
    30_000.0,
    60_000.0,
    120_000.0,
    300_000.0,
    900_000.0,
)
STEP_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)
WINDOW = 300.0
"""Seconds over which rates are taken."""
_SETTLED = 60.0
"""Seconds after which a finished job is surely committed, whatever its clock said."""
_LAST = 1e9


def observe_step(session: Session, step: str, engine: str, seconds: float) -> None:
    """Count one walk of a workflow step. One row is counted up, so that many workers do not wait for each other
    long."""
    edge = next((le for le in STEP_SECONDS if seconds <= le), _LAST)
    key = {"step": step[:255], "engine": engine[:255], "le": edge}
    add_once(session, StepTime, {**key, "count": 0, "seconds": 0.0})
    row = (StepTime.step == key["step"]) & (StepTime.engine == key["engine"]) & (StepTime.le == edge)
    counted = update(StepTime).where(row).values(count=StepTime.count + 1, seconds=StepTime.seconds + seconds)
    session.execute(counted.execution_options(synchronize_session=False))


def note_breaker(session: Session, engine: str, worker: str, state: str) -> None:
    """Record what a worker knows of an engine's circuit breaker: closed, half_open or open."""
    add_once(session, EngineState, {"engine": engine, "worker": worker, "breaker": state, "updated": now()})
    mine = (EngineState.engine == engine) & (EngineState.worker == worker)
    session.execute(
        update(EngineState)
        .where(mine)
        .values(breaker=state, updated=now())
        .execution_options(synchronize_session=False)
    )


def render(db: Database, cap: int | None = None) -> bytes:
    """The page Prometheus reads; ``cap`` is what a generation may cost, in micro-dollars."""
    with _guard:
        registry = _registries.get((db.url, cap))
        if registry is None:
            registry = _registries[db.url, cap] = CollectorRegistry(auto_describe=False)
            registry.register(Figures(db))
            registry.register(OwnerFigures(db, cap))
    return generate_latest(registry)


_guard = threading.Lock()
_registries: dict[tuple[str, int | None], CollectorRegistry] = {}


class OwnerFigures(Collector):
    """The owner's numbers: counted again after :data:`KEPT` seconds, however often they are scraped."""

    KEPT = 60.0

    def __init__(self, db: Database, cap: int | None) -> None:
        self._db, self._cap = db, cap
        self._lock = threading.Lock()
        self._counted: tuple[float, list[Metric]] = (-self.KEPT, [])

    def collect(self) -> Iterable[Metric]:
        """All families; of what nothing is known yet, none has a sample."""
        with self._lock:
            if time.monotonic() - self._counted[0] >= self.KEPT:
                self._counted = (time.monotonic(), list(self._count()))
            return self._counted[1]

    def _count(self) -> Iterable[Metric]:
        found = numbers(self._db, 30, cap=self._cap)
        users = GaugeMetricFamily(
            "active_users", "Who asked for a generation within so many UTC days, today included.", labels=["days"]
        )
        for days, count in found.active.items():
            users.add_metric([str(days)], count)
        yield users
        today = GaugeMetricFamily(
            "generations_today", "Asked for since midnight UTC, by outcome.", labels=["engine", "outcome"]
        )
        for engine, tally in found.days[-1].engines.items():
            for outcome, count in zip(OUTCOMES, tally.counts(), strict=True):
                today.add_metric([engine, outcome], count)
        yield today
        usd = None if found.cost_per_generation is None else found.cost_per_generation / 1e6
        yield _known("cost_per_generation_usd", "Of yesterday and today: settled, for each clip made.", usd)
        cap = None if self._cap is None else self._cap / 1e6
        yield _known("cost_per_generation_cap_usd", "What a generation may cost (setting cost_cap).", cap)
        moderation = GaugeMetricFamily(
            "moderation_per_thousand", "Of a thousand generations of 30 days: blocked, held, appealed.", labels=["kind"]
        )
        for kind, count in asdict(found.moderation).items():
            if (share := found.per_thousand(count)) is not None:
                moderation.add_metric([kind], share)
        yield moderation
        says = "Clips of 30 days that their owner kept, shared or went on from, per cent of those that are there."
        yield _known("publish_rate_pct", says, found.publish.percent)


def _known(name: str, says: str, value: float | None) -> Metric:
    """A gauge; without a sample where there is no value."""
    gauge = GaugeMetricFamily(name, says)
    if value is not None:
        gauge.add_metric([], value)
    return gauge


class Figures(Collector):
    """Reads the database at each scrape. Safe to scrape from several threads."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._until = 0.0
        self._ended: Counter[tuple[str, str]] = Counter()
        self._latency: Counter[tuple[str, float]] = Counter()
        self._sums: dict[str, float] = {}

    def collect(self) -> Iterable[Metric]:
        """All families."""
        with self._db.reading() as session:
            with self._lock:
                families = [*self._jobs(session)]
            families += [*_rates(session), *_queues(session), *_steps(session), *_engines(session), *_house(session)]
        return families

    def _jobs(self, session: Session) -> Iterable[Metric]:
        moment = now()
        settled = moment - _SETTLED
        self._read(session, self._until, settled, self._ended, self._latency, self._sums)
        self._until = max(self._until, settled)
        ended, latency, sums = self._ended.copy(), self._latency.copy(), self._sums.copy()
        self._read(session, self._until, moment + 3_600.0, ended, latency, sums)
        total = CounterMetricFamily(
            "jobs_finished", "Jobs that ended, by engine and state.", labels=["engine", "state"]
        )
        for (engine, state), count in sorted(ended.items()):
            total.add_metric([engine, state], count)
        yield total
        histogram = HistogramMetricFamily(
            "generation_latency_ms",
            "Submit to published, milliseconds, of clips that no person had to look at.",
            labels=["engine"],
        )
        for engine in sorted(sums):
            histogram.add_metric(
                [engine],
                _cumulative(LATENCY_MS, {le: n for (e, le), n in latency.items() if e == engine}),
                sums[engine],
            )
        yield histogram

    def _read(
        self,
        session: Session,
        since: float,
        until: float,
        ended: Counter[tuple[str, str]],
        latency: Counter[tuple[str, float]],
        sums: dict[str, float],
    ) -> None:
        """Add the jobs that finished in (since, until] to the counts."""
        if until <= since:
            return
        between = (Job.finished > since) & (Job.finished <= until)
        for engine, state, count in session.execute(
            select(Job.engine, Job.state, func.count()).where(between).group_by(Job.engine, Job.state)
        ):
            ended[(engine, state)] += count
        took = (Job.finished - Job.created) * 1000.0
        edge = case(*((took <= le, le) for le in LATENCY_MS), else_=_LAST).label("le")
        seen = select(Review.id).where(Review.subject == Job.id).exists()
        rows = (
            select(Job.engine, edge, func.count(), func.sum(took))
            .where(between, Job.state == "succeeded", ~seen)
            .group_by(Job.engine, edge)
        )
        for engine, le, count, total in session.execute(rows):
            latency[(engine, float(le))] += count
            sums[engine] = sums.get(engine, 0.0) + float(total)


def _rates(session: Session) -> Iterable[Metric]:
    since = now() - WINDOW
    recent = session.execute(select(Job.state, Job.error).where(Job.finished > since)).all()
    wrong = sum(_is_error(state, error) for state, error in recent)
    counted = sum(state not in ("cancelled", "removed") for state, _ in recent)
    published = sum(state == "succeeded" for state, _ in recent)
    yield GaugeMetricFamily(
        "job_error_rate_pct",
        "Failed for no fault of the caller, per cent of the jobs that ended in the last five minutes.",
        value=100.0 * wrong / counted if counted else 0.0,
    )
    yield GaugeMetricFamily(
        "publish_rate_per_min",
        "Clips published per minute over the last five minutes.",
        value=published / (WINDOW / 60.0),
    )


def is_blameless(state: str, error: Mapping[str, object] | None) -> bool:
    """Ended for no fault of the service: says nothing about an engine."""
    return state in ("cancelled", "removed") or (state == "failed" and not _is_error(state, error))


def _is_error(state: str, error: Mapping[str, object] | None) -> bool:
    if state in ("expired", "unknown_outcome", "crashed"):
        return True
    return state == "failed" and (error or {}).get("code") not in BLAMELESS


def _queues(session: Session) -> Iterable[Metric]:
    def count(table: type[Base], *where: ColumnElement[bool]) -> int:
        return int(session.scalar(select(func.count()).select_from(table).where(*where)) or 0)

    moment = now()
    yield GaugeMetricFamily(
        "moderation_queue_count",
        "Cases that wait for a person's decision.",
        value=count(Review, Review.state != "decided"),
    )
    overdue = count(Review, Review.state != "decided", Review.due < moment)
    yield GaugeMetricFamily("moderation_overdue_count", "Cases that should have been decided by now.", value=overdue)
    yield GaugeMetricFamily(
        "takedown_queue_count", "Notices that wait for a decision.", value=count(Notice, Notice.state == "open")
    )
    counted = select(Job.state, func.count()).where(Job.state.in_(("queued", "running", "review"))).group_by(Job.state)
    states = {state: number for state, number in session.execute(counted)}
    depth = GaugeMetricFamily("queue_depth", "Jobs on their way, by state.", labels=["state"])
    for state in ("queued", "running", "review"):
        depth.add_metric([state], states.get(state, 0))
    yield depth
    oldest = session.scalar(select(func.min(Job.created)).where(Job.state == "queued"))
    yield GaugeMetricFamily(
        "queue_oldest_seconds",
        "How long the oldest queued job has waited.",
        value=max(0.0, moment - oldest) if oldest else 0.0,
    )
    yield GaugeMetricFamily(
        "webhook_queue_count", "Messages still to be delivered.", value=count(Delivery, Delivery.state == "pending")
    )
    alive = count(Worker, Worker.stopped.is_(None), Worker.heartbeat > moment - 60.0)
    yield GaugeMetricFamily("workers_alive", "Workers heard of in the last minute.", value=alive)


def _steps(session: Session) -> Iterable[Metric]:
    buckets: dict[tuple[str, str], dict[float, int]] = {}
    sums: dict[tuple[str, str], float] = {}
    for row in session.scalars(select(StepTime)):
        buckets.setdefault((row.step, row.engine), {})[row.le] = row.count
        sums[(row.step, row.engine)] = sums.get((row.step, row.engine), 0.0) + row.seconds
    histogram = HistogramMetricFamily(
        "step_duration_seconds", "How long the steps of the workflow took.", labels=["step", "engine"]
    )
    for key in sorted(buckets):
        histogram.add_metric(list(key), _cumulative(STEP_SECONDS, buckets[key]), sums[key])
    yield histogram


def _engines(session: Session) -> Iterable[Metric]:
    """1 for the worst state any worker knows of an engine's breaker, 0 for the others."""
    order = ("closed", "half_open", "open")
    worst: dict[str, int] = {}
    for row in session.scalars(select(EngineState).where(EngineState.updated > now() - 3_600.0)):
        worst[row.engine] = max(worst.get(row.engine, 0), order.index(row.breaker) if row.breaker in order else 0)
    gauge = GaugeMetricFamily(
        "engine_breaker_state",
        "Circuit breaker of a remote engine: 1 in the state it is in.",
        labels=["engine", "state"],
    )
    for engine in sorted(worst):
        for number, state in enumerate(order):
            gauge.add_metric([engine, state], float(worst[engine] == number))
    yield gauge


def _house(session: Session) -> Iterable[Metric]:
    """What failed on disks, in buckets and with databases, by any worker; a worker that was not heard of for long no
    longer counts as in trouble."""
    moment = now()
    counts: Counter[str] = Counter({"disk": 0, "bucket": 0, "database": 0})
    troubled: dict[str, float] = {}
    for row in session.scalars(select(HouseFault)):
        counts[row.part] += row.count
        if row.since is not None and row.updated > moment - _SETTLED:
            troubled[row.part] = max(troubled.get(row.part, 0.0), moment - row.since)
    total = CounterMetricFamily(
        "house_faults", "Operations that failed because the disk, the bucket or the database did.", labels=["part"]
    )
    gauge = GaugeMetricFamily(
        "house_trouble_seconds", "How long the longest trouble of a worker has lasted; 0: all is well.", labels=["part"]
    )
    for part in sorted(counts):
        total.add_metric([part], counts[part])
        gauge.add_metric([part], troubled.get(part, 0.0))
    yield total
    yield gauge


def _cumulative(edges: tuple[float, ...], counts: dict[float, int]) -> list[tuple[str, float]]:
    out: list[tuple[str, float]] = []
    running = 0
    for edge in (*edges, _LAST):
        running += counts.get(edge, 0)
        out.append(("+Inf" if edge == _LAST else f"{edge:g}", float(running)))
    return out
