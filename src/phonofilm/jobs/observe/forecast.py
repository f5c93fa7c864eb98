"""How long it takes, by what it took before: expected seconds of a request, what is left of a job, and its place in the
queue."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, or_, select

from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.tables import Job
from phonofilm.spec import media

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from phonofilm.jobs.store.database import Database

RECENT = 60
"""Finished jobs of an engine that are looked at."""
KEPT = 5.0
"""Seconds that what they took is remembered."""


def expected(db: Database, engine: str, seconds: float, resolution: str) -> float | None:
    """Seconds from the start of the making to the published clip; None where the engine has made nothing yet.

    The median over the engine's last clips, each scaled to this one's length; clips of the same resolution count alone
    where there are any.
    """
    with db.reading() as session:
        return _expected(_history(session, engine), seconds, resolution)


def _history(session: Session, engine: str) -> list[tuple[float, float, str]]:
    """(seconds it took, seconds of clip, resolution) of the engine's last clips that no person held up."""
    rows = session.execute(
        select(Job.started, Job.finished, Job.request["seconds"].as_float(), Job.request["resolution"].as_string())
        .where(Job.engine == engine, Job.state == "succeeded", Job.attempt == 0, Job.started.is_not(None))
        .order_by(Job.id.desc())
        .limit(RECENT)
    )
    return [(end - start, length or 5.0, str(size)) for start, end, length, size in rows if start is not None and end]


def _expected(history: list[tuple[float, float, str]], seconds: float, resolution: str) -> float | None:
    if not history:
        return None
    same = [(took, length) for took, length, size in history if size == resolution]
    if same:
        return round(median(took * seconds / length for took, length in same), 2)
    wanted = _pixels(resolution)
    return round(median(took * seconds / length * wanted / _pixels(size) for took, length, size in history), 2)


def _pixels(resolution: str) -> float:
    width, height = media.size(resolution if resolution in media.RESOLUTIONS else media.DEFAULT_RESOLUTION)
    return float(width * height)


def waiting(db: Database, tenant: str, priority: int = 0) -> int:
    """Jobs that a new one of this tenant and priority would wait for."""
    with db.reading() as session:
        return _ahead(session, tenant, int(session.scalar(_queued(tenant).where(Job.priority >= priority)) or 0))


def place(session: Session, job: Job) -> int | None:
    """The place of a queued job, from 1; None for any other. Tenants are served in turn: of the others no more come
    first than of its own."""
    if job.state != "queued":
        return None
    sooner = or_(Job.priority > job.priority, (Job.priority == job.priority) & (Job.created < job.created))
    return 1 + _ahead(session, job.tenant, int(session.scalar(_queued(job.tenant).where(sooner)) or 0))


def _queued(tenant: str) -> Select[int]:
    return select(func.count()).select_from(Job).where(Job.state == "queued", Job.tenant == tenant)


def _ahead(session: Session, tenant: str, own: int) -> int:
    others = session.execute(
        select(func.count()).select_from(Job).where(Job.state == "queued", Job.tenant != tenant).group_by(Job.tenant)
    )
    return own + sum(min(int(count), own + 1) for (count,) in others)


class Histories:
    """What engines' last clips took, read again after :data:`KEPT` seconds."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[float, list[tuple[float, float, str]]]] = {}

    def of(self, session: Session, engine: str) -> list[tuple[float, float, str]]:
        """(seconds it took, seconds of clip, resolution) of each."""
        read, known = self._of.get(engine, (-KEPT, []))
        if time.monotonic() - read >= KEPT:
            known = _history(session, engine)
            self._of[engine] = (time.monotonic(), known)
        return known


def outlook(
    db: Database, jobs: list[Job], histories: Histories | None = None
) -> dict[str, tuple[int | None, float | None]]:
    """Per job on its way: its place in the queue, and the seconds that are probably left of its making (None where
    nothing can be said).

    As many questions as there are engines, and one more, however many jobs are asked about.
    """
    open_jobs = [job for job in jobs if job.state in ("queued", "running")]
    if not open_jobs:
        return {}
    kept = histories or Histories()
    with db.reading() as session:
        known = {engine: kept.of(session, engine) for engine in {job.engine for job in open_jobs}}
        places = _places(session, open_jobs)
        return {job.id: (places.get(job.id), _left(job, known[job.engine])) for job in open_jobs}


def _places(session: Session, jobs: list[Job]) -> dict[str, int]:
    """:func:`place` of every queued job among these."""
    queued = [job for job in jobs if job.state == "queued"]
    if len(queued) < 3:
        return {job.id: where for job in queued if (where := place(session, job)) is not None}
    line = (
        select(Job.id, Job.tenant).where(Job.state == "queued").order_by(Job.tenant, Job.priority.desc(), Job.created)
    )
    by_tenant: dict[str, list[str]] = {}
    for ident, tenant in session.execute(line):
        by_tenant.setdefault(tenant, []).append(ident)
    own = {ident: number for line_of in by_tenant.values() for number, ident in enumerate(line_of)}
    lengths = {tenant: len(line_of) for tenant, line_of in by_tenant.items()}
    return {
        job.id: 1
        + own[job.id]
        + sum(min(length, own[job.id] + 1) for tenant, length in lengths.items() if tenant != job.tenant)
        for job in queued
        if job.id in own
    }


def _left(job: Job, history: list[tuple[float, float, str]]) -> float | None:
    """By what such clips took; a running job's own pace counts the more, the further it is."""
    asked: dict[str, Any] = job.request
    before = _expected(history, float(asked.get("seconds") or 5.0), str(asked.get("resolution")))
    if job.state == "queued" or job.started is None:
        return before
    gone, share = max(0.0, now() - job.started), min(max(job.progress, 0.0), 1.0)
    pace = gone / share if share > 0.05 else None
    if before is None:
        return None if pace is None else round(max(0.0, pace - gone), 1)
    whole = before if pace is None else (1 - share) * before + share * pace
    return round(max(whole - gone, (1 - share) * whole * 0.5, 0.0), 1)
