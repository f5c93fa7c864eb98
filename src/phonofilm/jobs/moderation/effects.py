"""What a reviewer's decision changes, in the transaction of the decision. Jobs that wait are woken afterwards, by the
caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Asset, BlockedHash, Job, Notice, Review

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database

AGAIN = 48 * 3600.0
"""Seconds a job has that an appeal sends on its way again."""


def carry_out(session: Session, review: Review) -> None:
    """Apply a decided case to its asset, its refused job or its notice. Jobs held for review are left to their
    workflow."""
    asset = session.get(Asset, review.subject)
    if asset is not None and asset.state in ("review", "blocked"):
        asset.state = "ready" if review.decision == "publish" else "blocked"
    if review.stage == "appeal" and review.decision == "publish":
        job = session.scalars(select(Job).where(Job.id == review.subject).with_for_update()).one_or_none()
        if job is not None and job.state == "failed":
            _revive(session, review, job)
        elif job is not None and job.state == "removed":
            overturn(session, job.id)


def to_wake(db: Database, review: Review) -> bool:
    """Does a workflow wait for this decision?"""
    with db.reading() as session:
        job = session.get(Job, review.subject)
        return job is not None and job.state in ("review", "unknown_outcome")


def overturn(session: Session, job_id: str) -> None:
    """The notices against a job are overturned, and the fingerprints they blocked are free, but for those another job's
    notice blocked."""
    for notice in session.scalars(select(Notice).where(Notice.job == job_id, Notice.state == "upheld")):
        notice.state = "rejected"
        notice.statement = {**(notice.statement or {}), "overturned": now()}
        session.execute(delete(BlockedHash).where(BlockedHash.reason == blocked_by(notice.id)))


def blocked_by(notice_id: str) -> str:
    """The reason on a fingerprint that a notice put on the blocklist."""
    return f"notice {notice_id}"


def _revive(session: Session, review: Review, job: Job) -> None:
    """A refused job is held again, with the decision it was refused for replaced: the waking lets it walk on."""
    code = (job.error or {}).get("code")
    session.add(
        Review(
            id=new_id("rev"),
            tenant=job.tenant,
            subject=job.id,
            stage="release" if code == "output_blocked" else "admit",
            reasons=review.reasons,
            risk=review.risk,
            state="decided",
            reviewer=review.reviewer,
            decision="publish",
            note=review.note,
            votes=review.votes,
            needed=review.needed,
            appeal_of=review.id,
            created=now(),
            due=review.due,
            decided=now(),
        )
    )
    job.state, job.error, job.finished, job.keep_until, job.updated = "review", None, None, None, now()
    job.expires = max(job.expires, now() + AGAIN)
    session.flush()
