"""Links that show one clip to whoever has them, until they expire or are taken back. Only a hash of a link's secret
part is kept."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Job, Share, ShareNote

if TYPE_CHECKING:
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.store.database import Database

MOST = 100
"""Links of one clip that may be open at a time."""


def digest(token: str) -> str:
    """What is kept of a link's secret part."""
    return hashlib.sha256(token.encode()).hexdigest()


def create(
    db: Database, caller: Caller, job_id: str, *, seconds: float, prompt: bool, notes: bool = True
) -> tuple[Share, str]:
    """A link to a succeeded clip of the caller's tenant, for ``seconds``: its row, and the secret part, shown now and
    never again.

    Raises JobError not_found, or conflict where there is nothing to show or too many links are open.
    """
    token = secrets.token_urlsafe(24)
    moment = now()
    with db.session() as session:
        job = session.get(Job, job_id)
        if job is None or job.tenant != caller.tenant:
            raise JobError("not_found", f"there is no generation {job_id[:80]}")
        if job.state != "succeeded":
            raise JobError(
                "conflict", f"it is {job.state}, and only a finished clip can be shown; wait until it is there"
            )
        if len(session.scalars(_open(job_id, moment).limit(MOST)).all()) >= MOST:
            raise JobError("conflict", f"{MOST} links to it are open; take one back first")
        row = Share(
            id=new_id("shr"),
            tenant=caller.tenant,
            user=caller.user,
            job=job_id,
            hash=digest(token),
            prompt=prompt,
            notes=notes,
            created=moment,
            expires=moment + seconds,
            revoked=None,
        )
        session.add(row)
        session.flush()
        audit.record(session, caller.actor, "share.create", job_id, {"share": row.id, "expires": row.expires})
        session.expunge(row)
    return row, token


def of(db: Database, caller: Caller, job_id: str) -> list[Share]:
    """The open links to a clip of the caller's tenant, newest first."""
    with db.reading() as session:
        job = session.get(Job, job_id)
        if job is None or job.tenant != caller.tenant:
            raise JobError("not_found", f"there is no generation {job_id[:80]}")
        return list(session.scalars(_open(job_id, now()).order_by(Share.id.desc())))


def revoke(db: Database, caller: Caller, share_id: str) -> None:
    """Take a link back, and the notes that were left over it. JobError not_found for anybody else's."""
    with db.session() as session:
        row = session.get(Share, share_id)
        if row is None or row.tenant != caller.tenant:
            raise JobError("not_found", f"there is no link {share_id[:80]}")
        if row.revoked is None:
            row.revoked = now()
            session.execute(delete(ShareNote).where(ShareNote.share == row.id))
            audit.record(session, caller.actor, "share.revoke", row.job, {"share": row.id})


def shown(db: Database, token: str) -> tuple[Share, Job]:
    """What a link shows. Raises JobError not_found for a link never made, removed (410) for one that is over or whose
    clip is gone."""
    with db.reading() as session:
        row = session.scalar(select(Share).where(Share.hash == digest(token)))
        if row is None:
            raise JobError("not_found", "there is no such link; check that it was copied whole")
        job = session.get(Job, row.job)
        if row.revoked is not None or row.expires <= now() or job is None or job.state != "succeeded":
            raise JobError("removed", "this link has expired or was taken back; ask whoever sent it for a new one")
        return row, job


def is_open(db: Database, share_id: str, key: str) -> bool:
    """Is this link open, and the file under this bucket key one of the clip it shows?"""
    with db.reading() as session:
        row = session.get(Share, share_id)
        return row is not None and row.revoked is None and row.expires > now() and row.job in key.split("/")


def _open(job_id: str, moment: float):  # type: ignore[no-untyped-def]
    return select(Share).where(Share.job == job_id, Share.revoked.is_(None), Share.expires > moment)
