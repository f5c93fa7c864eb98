"""Appeals: the owner of a refused or removed clip, or of a blocked upload, asks once more, and somebody else decides.

Granted (``jobs.moderation.effects`` carries it out), a refused job goes on from where it was refused, and an upload may
be used. A removed clip is destroyed and stays so: its notice is overturned and its fingerprints leave the blocklist, so
that it can be made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.moderation import review
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.database import retried
from phonofilm.jobs.store.tables import Asset, Job, Notice, Review
from phonofilm.trust.gate import FindingPlain

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database

APPEALABLE = ("input_blocked", "output_blocked", "person_without_consent")
"""Codes of refusals that are judgements."""
MOST = 4_000
"""Characters an appeal may have."""


class Who(Protocol):
    """As much of a caller as is asked for here."""

    @property
    def tenant(self) -> str:
        """The tenant he belongs to."""
        ...

    @property
    def actor(self) -> str:
        """His name with his tenant's."""
        ...


@retried
def appeal(db: Database, caller: Who, subject: str, note: str) -> Review:
    """Appeal against the refusal or removal of a job, or the blocking of an asset. Returns the case that is now in the
    queue.

    Raises JobError: not_found (also for other tenants'), conflict (nothing to appeal against, or appealed already),
    invalid_parameter (field ``note``).
    """
    if not isinstance(note, str) or not note.strip() or len(note) > MOST:
        raise JobError(
            "invalid_parameter", f"say why the decision is wrong, in at most {MOST} characters", field="note"
        )
    with db.session() as session:
        tenant, reasons = _grounds(session, caller, subject)
        earlier = session.scalars(select(Review).where(Review.subject == subject).order_by(Review.created.desc())).all()
        if any(case.stage == "appeal" for case in earlier):
            raise JobError("conflict", "an appeal was made already; its decision stands")
        against = next((case for case in earlier if case.state == "decided" and case.decision == "block"), None)
        case = review.open_review(
            session,
            tenant=tenant,
            subject=subject,
            stage="appeal",
            reasons=[*(against.reasons if against else reasons)],
            appeal_of=against.id if against else None,
            note=note,
        )
        audit.record(
            session,
            caller.actor,
            "appeal.open",
            case.id,
            {"subject": subject, "against": against.id if against else None},
        )
        return case


def _grounds(session: Session, caller: Who, subject: str) -> tuple[str, Sequence[FindingPlain]]:
    """Tenant and reasons of what is appealed against."""
    asset = session.get(Asset, subject)
    if asset is not None and asset.tenant == caller.tenant:
        if asset.state != "blocked":
            raise JobError("conflict", "this asset is not blocked; there is nothing to appeal against")
        return asset.tenant, [{"category": "blocklist", "severity": "medium", "where": "asset", "detail": "blocked"}]
    job = session.get(Job, subject)
    if job is None or job.tenant != caller.tenant:
        raise JobError("not_found", f"there is no job or asset {subject}")
    if job.state == "failed" and (job.error or {}).get("code") in APPEALABLE:
        return job.tenant, _findings(job)
    upheld = session.scalars(
        select(Notice).where(Notice.job == subject, Notice.state == "upheld").order_by(Notice.decided.desc())
    ).first()
    if job.state == "removed" and upheld is not None:
        return job.tenant, [
            {"category": upheld.category, "severity": "high", "where": "notice", "detail": upheld.reason}
        ]
    raise JobError("conflict", "nothing was refused or taken down here; there is nothing to appeal against")


def _findings(job: Job) -> list[FindingPlain]:
    """What the gate found, or where that is not on record, what the job's owner was told."""
    verdicts = (job.extra or {}).get("verdicts", {})
    told = [
        finding for verdict in verdicts.values() for finding in verdict.get("findings", ()) if isinstance(finding, dict)
    ]
    found = cast("list[FindingPlain]", told)
    error = job.error or {}
    category = "person" if error.get("code") == "person_without_consent" else "refused"
    return found or [
        {"category": category, "severity": "high", "where": job.step, "detail": str(error.get("message", ""))}
    ]
