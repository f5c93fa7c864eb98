"""Leave to show or use a real person: who, for what, until when. Withdrawn, it stops what is being made with it and
takes down what was.

A leave that runs out admits nothing new and stops what is on its way; clips made while it held stay. A leave that is
*revoked* takes those down too, with everything made from them, and the pictures and sounds it covered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Text, cast, or_, select
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.lifecycle import removal
from phonofilm.jobs.lifecycle.finish import OPEN
from phonofilm.jobs.lifecycle.removal import Cancel
from phonofilm.jobs.moderation.takedown import withdraw_all
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.database import new_id, now, retried
from phonofilm.jobs.store.tables import Asset, Consent, Job
from phonofilm.trust.consent import Leave, check_scope

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database
    from phonofilm.storage.bucket import Bucket

WATCH = 7 * 86_400.0
"""Seconds after a revocation or an expiry for which :func:`enforce` looks again: a job that was past stopping may
publish in between."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a revocation did."""

    removed: tuple[str, ...]
    """Jobs whose clips are gone."""
    stopped: tuple[str, ...]
    """Jobs on their way that were asked to stop."""
    assets: tuple[str, ...]
    """Uploads under it, and copies of those clips, that are gone."""


def create(
    session: Session,
    tenant: str,
    subject: str,
    scope: Sequence[str],
    *,
    actor: str,
    evidence: str = "",
    expires: float | None = None,
) -> Consent:
    """Put a person's leave on record. ``subject``: who; ``scope``: of face, voice, body; ``evidence``: where the signed
    release is kept.

    Raises JobError invalid_parameter with the field.
    """
    if not isinstance(subject, str) or not subject.strip() or len(subject) > 200:
        raise JobError("invalid_parameter", "say whose leave it is, in 1 to 200 characters", field="subject")
    if not isinstance(evidence, str) or len(evidence) > 4_000:
        raise JobError(
            "invalid_parameter",
            "the evidence has at most 4000 characters; keep the document elsewhere and name it here",
            field="evidence",
        )
    try:
        scopes = sorted(check_scope(scope))
    except (ValueError, TypeError) as error:
        raise JobError("invalid_parameter", str(error), field="scope") from error
    if expires is not None and not now() < expires < now() + 100 * 366 * 86_400:
        raise JobError(
            "invalid_parameter",
            "the leave must end in the future, within a hundred years; leave it out for one without end",
            field="expires",
        )
    row = Consent(
        id=new_id("con"),
        tenant=tenant,
        subject=subject,
        scope=scopes,
        evidence=evidence,
        created=now(),
        expires=expires,
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "consent.create", row.id, {"tenant": tenant, "scope": scopes, "expires": expires})
    return row


def get(session: Session, tenant: str, consent_id: str) -> Consent:
    """A tenant's consent; JobError not_found for another's."""
    row = session.get(Consent, consent_id)
    if row is None or row.tenant != tenant:
        raise JobError("not_found", f"there is no consent {consent_id}", field="consent")
    return row


def listed(session: Session, tenant: str) -> list[Consent]:
    """A tenant's consents, those that are over included, newest first."""
    return list(
        session.scalars(select(Consent).where(Consent.tenant == tenant).order_by(Consent.created.desc(), Consent.id))
    )


def leave(session: Session, tenant: str, consent_id: str | None) -> Leave | None:
    """A consent as the gate wants it; None where there is none or it is another tenant's."""
    row = session.get(Consent, consent_id) if consent_id else None
    if row is None or row.tenant != tenant:
        return None
    return Leave(
        id=row.id, scope=frozenset(str(scope) for scope in row.scope), expires=row.expires, revoked=row.revoked
    )


@retried
def revoke(
    db: Database, bucket: Bucket, tenant: str, consent_id: str, *, actor: str, cancel: Cancel | None = None
) -> Effect:
    """Withdraw a leave: jobs that use it stop, clips made with it and what was made of those are taken down, its assets
    are deleted.

    Withdrawing it again does the same again, which harms nothing. Raises JobError not_found.
    """
    with db.session(durable=True) as session:
        row = session.scalars(
            select(Consent).where(Consent.id == consent_id, Consent.tenant == tenant).with_for_update()
        ).one_or_none()
        if row is None:
            raise JobError("not_found", f"there is no consent {consent_id}", field="consent")
        first = row.revoked is None
        row.revoked = row.revoked or now()
        effect = _apply(session, row, jobs=_jobs(session, row), assets=_assets(session, row))
        if first or effect.removed or effect.stopped:
            done = {
                "tenant": tenant,
                "removed": list(effect.removed),
                "stopped": list(effect.stopped),
                "assets": list(effect.assets),
            }
            audit.record(session, actor, "consent.revoke", consent_id, done)
    _clear(db, bucket, effect, cancel)
    return effect


def enforce(db: Database, bucket: Bucket, *, cancel: Cancel | None = None) -> int:
    """Look again at leaves lately revoked or run out; part of the sweep. Returns how many jobs were stopped or taken
    down."""
    with db.reading() as session:
        lately = or_(Consent.revoked.between(now() - WATCH, now()), Consent.expires.between(now() - WATCH, now()))
        due = [(row.id, row.tenant, row.revoked is not None) for row in session.scalars(select(Consent).where(lately))]
    count = 0
    for consent, tenant, revoked in due:
        if revoked:
            effect = revoke(db, bucket, tenant, consent, actor="system", cancel=cancel)
        else:
            with db.session() as session:
                row = get(session, tenant, consent)
                running = [job for job in _jobs(session, row) if job.state in OPEN and not job.cancel_requested]
                effect = _apply(session, row, jobs=running, assets=[])
                if effect.stopped:
                    audit.record(
                        session,
                        "system",
                        "consent.expired",
                        consent,
                        {"tenant": tenant, "stopped": list(effect.stopped)},
                    )
            _clear(db, bucket, effect, cancel)
        count += len(effect.removed) + len(effect.stopped)
    return count


def _apply(session: Session, row: Consent, *, jobs: Sequence[Job], assets: Sequence[Asset]) -> Effect:
    removed, stopped, copies = withdraw_all(session, [job.id for job in jobs], f"consent {row.id} ended")
    for asset in assets:
        asset.state = "removed"
    gone = dict.fromkeys((*(asset.id for asset in assets), *copies))
    return Effect(removed=tuple(removed), stopped=tuple(stopped), assets=tuple(gone))


def _clear(db: Database, bucket: Bucket, effect: Effect, cancel: Cancel | None) -> None:
    removal.hurry(effect.stopped, cancel)
    for job in effect.removed:
        removal.erase(db, bucket, job)
    for asset in effect.assets:
        removal.erase_asset(db, bucket, asset)


def _assets(session: Session, row: Consent) -> list[Asset]:
    return list(
        session.scalars(
            select(Asset).where(Asset.tenant == row.tenant, Asset.consent == row.id, Asset.state != "removed")
        )
    )


def _jobs(session: Session, row: Consent) -> list[Job]:
    """Jobs that used an asset under this leave, or name it themselves; those that are gone too, for the copies of their
    clips."""
    assets = session.scalars(select(Asset.id).where(Asset.tenant == row.tenant, Asset.consent == row.id)).all()
    named = cast(Job.extra, Text).contains(row.id, autoescape=True)
    direct = session.scalars(select(Job).where(Job.tenant == row.tenant, Job.state != "removed", named)).all()
    return list(
        {job.id: job for job in (*removal.jobs_with_asset(session, row.tenant, assets, removed=True), *direct)}.values()
    )
