"""Nothing is kept for ever: clips and uploads go after 30 days (or what the tenant has set), at once when their owner
asks, never under hold.

What stays of a job is its row without words, files and events: when it ran, on what, and what it cost.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from phonofilm.errors import StorageError
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.library import notes
from phonofilm.jobs.lifecycle import removal
from phonofilm.jobs.lifecycle.finish import OPEN, close_cases
from phonofilm.jobs.lifecycle.removal import Cancel
from phonofilm.jobs.moderation import consents
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.database import now, retried
from phonofilm.jobs.store.locks import changed
from phonofilm.jobs.store.recorded import forget_steps, scrub
from phonofilm.jobs.store.tables import (
    TERMINAL,
    ApiKey,
    Asset,
    Delivery,
    IdempotencyKey,
    Job,
    Output,
    Share,
    Tenant,
    WebSession,
)
from phonofilm.jobs.tools import own_days

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database
    from phonofilm.storage.bucket import Bucket

log = logging.getLogger("phonofilm.jobs.run.retention")
DAY = 86_400.0
KEYS = 2 * DAY
"""Seconds an Idempotency-Key is remembered."""
_OVER = tuple(state for state in TERMINAL if state != "unknown_outcome")
"""An unknown outcome is kept until a person has looked it up: its money is still open."""
_MARK = "deleted-"
"""What the names of deleted users begin with."""
MESSAGES = 30 * DAY
"""Seconds a message that was sent or given up is kept."""
LINKS = 30 * DAY
"""Seconds a link that has ended or was taken back still says so; then it was never there."""


@retried
def sweep(db: Database, bucket: Bucket, *, keep_days: float = 30.0, batch: int = 1_000) -> dict[str, int]:
    """Remove what is over its time, finish removals that were cut short, and forget old keys, messages, links and
    browser sessions. Safe from several processes at once.

    ``keep_days`` holds for tenants without a ``retention_days`` of their own. At most ``batch`` of each per tenant and
    sweep; what a storage fault left over is tried again by the next. Returns counts: jobs, assets, files, consents
    (jobs stopped or removed because a leave ended), keys, messages, shares, sessions.
    """
    done: dict[str, int] = {"jobs": 0, "assets": 0, "files": 0}
    with db.reading() as session:
        tenants = [(row.id, own_days(row.settings)) for row in session.scalars(select(Tenant))]
    for tenant, days in tenants:
        for job in _due_jobs(db, tenant, days, keep_days, batch):
            done["files"] += _unless_broken(_expire, db, bucket, job)
            done["jobs"] += 1
        found = _due_assets(db, tenant, days, keep_days, batch)
        with db.session() as session:
            # once more whether it is late: an upload of the same file may have begun its time anew meanwhile
            done["assets"] += changed(
                session, update(Asset).where(Asset.id.in_(found), _late_asset(days, keep_days)).values(state="removed")
            )
    done["files"] += _unfinished(db, bucket, batch)
    if done["jobs"]:
        scrub(db)
    done["consents"] = consents.enforce(db, bucket)
    with db.session() as session:
        done["keys"] = changed(session, delete(IdempotencyKey).where(IdempotencyKey.created < now() - KEYS))
        done["messages"] = changed(
            session, delete(Delivery).where(Delivery.state != "pending", Delivery.created < now() - MESSAGES)
        )
        ended = or_(Share.expires < now() - LINKS, Share.revoked < now() - LINKS)
        notes.drop(session, ended)
        done["shares"] = changed(session, delete(Share).where(ended))
        done["sessions"] = changed(session, delete(WebSession).where(WebSession.expires < now()))
        if done["jobs"] or done["assets"]:
            audit.record(session, "system", "retention.sweep", "all", done)
    return done


@retried
def remove(db: Database, bucket: Bucket, job_id: str, *, actor: str) -> Job:
    """Remove one finished job because its owner asks: the files now, and every word of it. Raises JobError not_found,
    conflict."""
    with db.session(durable=True) as session:
        job = session.scalars(select(Job).where(Job.id == job_id).with_for_update()).one_or_none()
        if job is None:
            raise JobError("not_found", f"there is no generation {job_id}")
        if job.state in OPEN:
            raise JobError("conflict", f"it is still {job.state}; cancel it first")
        if job.legal_hold:
            raise JobError("conflict", "it is under a legal hold and cannot be deleted")
        removal.withdraw(session, job_id, "deleted by its owner")
        audit.record(session, actor, "job.delete", job_id, {"tenant": job.tenant})
    _expire(db, bucket, job_id)
    with db.reading() as session:
        return session.get_one(Job, job_id)


def hold(session: Session, job_id: str, on: bool, *, actor: str, note: str) -> Job:
    """Put a job, its clip and the uploads it used under legal hold, or lift it. Raises JobError not_found,
    invalid_parameter (``note``)."""
    if not isinstance(note, str) or not note.strip():
        raise JobError("invalid_parameter", "say why the hold is set or lifted", field="note")
    job = session.scalars(select(Job).where(Job.id == job_id).with_for_update()).one_or_none()
    if job is None:
        raise JobError("not_found", f"there is no job {job_id}")
    job.legal_hold = on
    session.flush()
    assets = removal.assets_of(job)
    held_still = set().union(
        *(
            removal.assets_of(other)
            for other in session.scalars(select(Job).where(Job.tenant == job.tenant, Job.legal_hold))
        ),
        set(),
    )
    for asset in session.scalars(select(Asset).where(Asset.id.in_(assets), Asset.tenant == job.tenant)):
        asset.legal_hold = on or asset.id in held_still
    audit.record(session, actor, "hold.set" if on else "hold.lift", job_id, {"note": note, "assets": sorted(assets)})
    return job


@retried
def delete_user(
    db: Database, bucket: Bucket, tenant: str, user: str, *, actor: str, cancel: Cancel | None = None
) -> dict[str, int]:
    """A user leaves: keys revoked, jobs stopped, clips and uploads deleted at once, the name replaced by a mark that
    leads nowhere.

    Under legal hold clips are hidden and their files and words kept until it is lifted. A job that was on its way is
    stopped first; what there is of it goes with the next sweep. Returns counts: keys, jobs, stopped, assets, held. The
    audit log keeps who acted; it names users, not content. What others made of the user's clips stays, with the script
    it goes on from (see ``jobs.library.origins``).
    """
    mark = _MARK + hashlib.sha256(f"{tenant}/{user}/{now()}".encode()).hexdigest()[:16]
    mine = and_(Job.tenant == tenant, Job.user == user)
    with db.session(durable=True) as session:
        keys = changed(
            session,
            update(ApiKey)
            .where(ApiKey.tenant == tenant, ApiKey.user == user, ApiKey.revoked.is_(None))
            .values(revoked=now()),
        )
        open_jobs = list(session.scalars(select(Job.id).where(mine, Job.state.in_(OPEN))))
        over = list(session.scalars(select(Job.id).where(mine, Job.state.in_(TERMINAL))))
        removal.lock(session, (*open_jobs, *over))
        for job in (*open_jobs, *over):
            removal.withdraw(session, job, "user deleted")
        held = len(list(session.scalars(select(Job.id).where(mine, Job.legal_hold))))
        assets = list(
            session.scalars(
                select(Asset.id).where(Asset.tenant == tenant, Asset.user == user, Asset.state != "removed")
            )
        )
        session.execute(update(Asset).where(Asset.id.in_(assets)).values(state="removed"))
        # nothing is kept of open jobs either: due at once when they have stopped
        session.execute(update(Job).where(mine).values(user=mark, keep_until=now()))
        theirs = list(session.scalars(select(Asset.id).where(Asset.tenant == tenant, Asset.user == user)))
        session.execute(update(Asset).where(Asset.id.in_(theirs)).values(user=mark))
        for subject in theirs:
            close_cases(session, subject, "user deleted")
            removal.strip_cases(session, subject)
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.job.in_([*open_jobs, *over])))
        own = ApiKey.tenant == tenant, ApiKey.user == user
        session.execute(delete(WebSession).where(WebSession.key.in_(select(ApiKey.id).where(*own))))
        session.execute(update(ApiKey).where(*own).values(user=mark, name=""))
        notes.drop(session, and_(Share.tenant == tenant, Share.user == user))
        session.execute(update(Share).where(Share.tenant == tenant, Share.user == user).values(user=mark))
        counts = {"keys": keys, "jobs": len(over), "stopped": len(open_jobs), "assets": len(assets), "held": held}
        audit.record(session, actor, "user.delete", mark, {"tenant": tenant, **counts})
    removal.hurry(open_jobs, cancel)
    for job in (*over, *open_jobs):
        _expire(db, bucket, job)
    for asset in assets:
        removal.erase_asset(db, bucket, asset)
    scrub(db)
    return counts


def _due_jobs(db: Database, tenant: str, days: float | None, keep_days: float, batch: int) -> list[str]:
    if days is None:
        late = or_(Job.keep_until <= now(), and_(Job.keep_until.is_(None), Job.finished <= now() - keep_days * DAY))
    else:
        late = Job.finished <= now() - days * DAY
    late = or_(
        late, Job.user.startswith(_MARK)
    )  # whoever has left leaves nothing behind, also where a job ended after that
    with db.reading() as session:
        late = or_(late, Job.delete_requested)
        chosen = select(Job.id).where(
            Job.tenant == tenant, Job.state.in_(_OVER), Job.deleted.is_(None), Job.legal_hold.is_(False), late
        )
        return list(session.scalars(chosen.order_by(Job.finished).limit(batch)))


def _late_asset(days: float | None, keep_days: float) -> ColumnElement[bool]:
    """Over the tenant's own ``days`` since it was brought last, or else over what was set when it was brought."""
    if days is not None:
        return Asset.created <= now() - days * DAY
    return or_(Asset.keep_until <= now(), and_(Asset.keep_until.is_(None), Asset.created <= now() - keep_days * DAY))


def _due_assets(db: Database, tenant: str, days: float | None, keep_days: float, batch: int) -> list[str]:
    """Uploads over their time that no job on its way needs and no hold protects."""
    with db.reading() as session:
        late = _late_asset(days, keep_days)
        chosen = select(Asset.id).where(
            Asset.tenant == tenant, Asset.state != "removed", Asset.legal_hold.is_(False), late
        )
        late_ones = list(session.scalars(chosen.order_by(Asset.created).limit(batch * 2)))
        if not late_ones:
            return []
        needed: set[str] = set()
        for job in session.scalars(select(Job).where(Job.tenant == tenant, or_(Job.state.in_(OPEN), Job.legal_hold))):
            needed |= removal.assets_of(job)
        return [asset for asset in late_ones if asset not in needed][:batch]


@retried
def _expire(db: Database, bucket: Bucket, job_id: str) -> int:
    """Remove one job, its files and its words; returns how many files went."""
    with db.session() as session:
        if removal.withdraw(session, job_id, "retention") == "stopping":
            return 0
    gone = removal.erase(db, bucket, job_id)
    with db.session() as session:
        job = session.get(Job, job_id)
        over = job is not None and job.state == "removed" and not job.legal_hold
        if job is not None and over:
            removal.forget(session, job)
    if job is not None and over:
        forget_steps(db, job_id, job.attempt)
    return gone


def _unfinished(db: Database, bucket: Bucket, batch: int) -> int:
    """Files of removed jobs and assets whose deletion was cut short, or whose hold has been lifted. Returns how
    many."""
    with db.reading() as session:
        left = select(Job.id).where(Job.state == "removed", Job.legal_hold.is_(False), Job.id.in_(select(Output.job)))
        jobs = session.scalars(left.limit(batch)).all()
        assets = session.scalars(
            select(Asset.id).where(Asset.state == "removed", Asset.legal_hold.is_(False), Asset.key != "").limit(batch)
        ).all()
    files = sum(_unless_broken(removal.erase, db, bucket, job) for job in jobs)
    return files + sum(_unless_broken(removal.erase_asset, db, bucket, asset) for asset in assets)


def _unless_broken(act: Callable[[Database, Bucket, str], int], db: Database, bucket: Bucket, ident: str) -> int:
    """One removal; a storage fault is logged and does not keep the others from going."""
    try:
        return int(act(db, bucket, ident))
    except StorageError as error:
        log.warning("a removal waits for the next sweep: %s", error)
        return 0
