"""Small questions the server asks the database that belong to no job's course: which job a mark points to, what a month
came to."""

from __future__ import annotations

import calendar
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from phonofilm.jobs.lifecycle.finish import OPEN
from phonofilm.jobs.money import ledger
from phonofilm.jobs.store.stored import Stored
from phonofilm.jobs.store.tables import Asset, Attempt, Balance, EngineState, Job, Output, Tenant, Worker

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from phonofilm.jobs.store.database import Database
    from phonofilm.storage.bucket import Bucket


def by_watermark(db: Database, reference: int) -> Job | None:
    """The job whose clips carry this reference."""
    with db.reading() as session:
        job = session.scalar(select(Job).where(Job.watermark == reference))
        session.expunge_all()
        return job


def any_job(db: Database, job_id: str) -> Job | None:
    """A job of whatever tenant, for operators and the public verify route."""
    with db.reading() as session:
        job = session.get(Job, job_id)
        session.expunge_all()
        return job


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a reviewer needs to see."""

    prompt: str | None
    files: tuple[Stored, ...]
    """The clip where there is one, held or published, then every uploaded reference; or the asset itself."""


def evidence(db: Database, subject: str) -> Evidence:
    """Words and files of a job or an asset before a reviewer, whatever its state; files that are gone are left out,
    those hidden by a hold are not."""
    with db.reading() as session:
        asset = session.get(Asset, subject)
        if asset is not None:
            return Evidence(prompt=None, files=_asset(asset))
        job = session.get(Job, subject)
        if job is None:
            return Evidence(prompt=None, files=())
        files = [] if job.state == "removed" and not job.legal_hold else _clip(session, subject)
        for reference in job.request.get("references") or ():
            asset = session.get(Asset, reference.get("asset") or "")
            if asset is not None:
                files += _asset(asset)
        return Evidence(prompt=job.request.get("prompt"), files=tuple(files))


def exhibit(db: Database, bucket: Bucket, subject: str, number: int) -> Stored | None:
    """The file of that number among the evidence; None where there is none, or where it went meanwhile."""
    files = evidence(db, subject).files
    return files[number] if number < len(files) and bucket.exists(files[number].key) else None


def _clip(session: Session, job: str) -> list[Stored]:
    """The published clip, or else the raw one that is held."""
    clip = session.scalar(select(Output).where(Output.job == job, Output.name == "video.mp4"))
    if clip is not None:
        return [Stored(key=clip.key, content_type=clip.content_type, bytes=clip.bytes, sha256=clip.sha256)]
    made = select(Attempt).where(Attempt.job == job, Attempt.state == "succeeded").order_by(Attempt.number.desc())
    raw = [attempt.detail for attempt in session.scalars(made.limit(1)) if (attempt.detail or {}).get("mezzanine")]
    return [
        Stored(
            key=one["mezzanine"],
            content_type="video/mp4",
            bytes=int(one.get("bytes", 0)),
            sha256=str(one.get("sha256", "")),
        )
        for one in raw
    ]


def _asset(asset: Asset) -> tuple[Stored, ...]:
    """Its file; empty where that is gone."""
    if not asset.key or (asset.state == "removed" and not asset.legal_hold):
        return ()
    return (Stored(key=asset.key, content_type=asset.content_type, bytes=asset.bytes, sha256=asset.sha256),)


def month_bounds(month: str) -> tuple[float, float] | None:
    """Begin and end in UTC seconds of ``2026-11``; None for what is no month."""
    if not re.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])", month):
        return None
    year, number = int(month[:4]), int(month[5:])
    start = calendar.timegm((year, number, 1, 0, 0, 0))
    end = calendar.timegm((year + number // 12, number % 12 + 1, 1, 0, 0, 0))
    return float(start), float(end)


def usage(db: Database, tenant: str, month: str | None = None) -> dict[str, Any]:
    """What a tenant made and spent in a month (UTC): counts by state, seconds of finished clips, money in
    micro-dollars."""
    month = month or time.strftime("%Y-%m", time.gmtime())
    bounds = month_bounds(month)
    assert bounds is not None, month
    start, end = bounds
    with db.reading() as session:
        # those on their way are few (quota.open_jobs) and counted; those that have ended were counted when they did
        waiting = [
            select(Job.state, func.count()).where(
                Job.tenant == tenant, Job.state == state, Job.created >= start, Job.created < end
            )
            for state in OPEN
        ]
        states = {state: int(count) for one in waiting for state, count in session.execute(one.group_by(Job.state))}
        row = session.get(Balance, (tenant, month))
        states |= {state: int(count) for state, count in ((row.ended or {}) if row else {}).items()}
        seconds = (row.seconds or 0.0) if row else 0.0
        account = ledger.balance(session, tenant, month)
        return {
            "month": month,
            "generations": states,
            "seconds": round(seconds, 3),
            "spent": account.spent,
            "reserved": account.reserved,
            "budget": None
            if account.monthly is None
            else {"monthly": account.monthly, "hard": account.hard, "credited": account.credited},
        }


def tenants(db: Database) -> list[Tenant]:
    """Every tenant, oldest first."""
    with db.reading() as session:
        rows = list(session.scalars(select(Tenant).order_by(Tenant.created)))
        session.expunge_all()
        return rows


def change_tenant(db: Database, tenant: str, settings: dict[str, Any]) -> Tenant | None:
    """Set a tenant's own limits; a None takes the override away. None where there is no such tenant."""
    with db.session() as session:
        row = session.get(Tenant, tenant)
        if row is None:
            return None
        row.settings = {name: value for name, value in (dict(row.settings) | settings).items() if value is not None}
        session.flush()
        session.expunge(row)
        return row


def engine_states(db: Database) -> tuple[dict[str, dict[str, str]], dict[tuple[str, str], int]]:
    """Breakers by engine and worker, and how many jobs each engine has queued and running."""
    with db.reading() as session:
        breakers: dict[str, dict[str, str]] = {}
        for row in session.scalars(select(EngineState)):
            breakers.setdefault(row.engine, {})[row.worker] = row.breaker
        counted = (
            select(Job.engine, Job.state, func.count())
            .where(Job.state.in_(("queued", "running")))
            .group_by(Job.engine, Job.state)
        )
        return breakers, {(engine, state): int(count) for engine, state, count in session.execute(counted)}


def alive(db: Database) -> None:
    """One question to the database; raises where it does not answer."""
    with db.reading() as session:
        session.execute(text("SELECT 1"))


def workers(db: Database) -> list[Worker]:
    """Workers that have not said goodbye, the latest heartbeat first."""
    with db.reading() as session:
        rows = list(
            session.scalars(select(Worker).where(Worker.stopped.is_(None)).order_by(Worker.heartbeat.desc()).limit(100))
        )
        session.expunge_all()
        return rows
