"""Why a generation waits for a person, told so that its owner can do something: what was found, what he can answer
himself, until when.

A file that nobody declared (does it show or sound like a real person?) is answered by whoever brought it, before or
after; the generation then goes on by itself. Everything else is a reviewer's, who is somebody else.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.library.assets import spread
from phonofilm.jobs.lifecycle import recovery, removal
from phonofilm.jobs.lifecycle.finish import close_cases
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.tables import Asset, Consent, Job, Review
from phonofilm.trust.consent import stricter

if TYPE_CHECKING:
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.store.database import Database

HELD = "held_for_review"
"""The code of a hold, where a dialect has a place for one."""


def describe(session: Session, job: Job, case: Review) -> dict[str, Any]:
    """What the job's ``extra["held"]`` says while it waits: stage, reasons, the assets to be declared, since when,
    until when, and all in one sentence."""
    ask = undeclared(session, job) if case.stage == "admit" else []
    reasons = [
        {"category": str(reason.get("category", "")), "where": str(reason.get("where", ""))}
        for reason in case.reasons
        if reason.get("severity") != "low"
    ]
    return {
        "stage": case.stage,
        "reasons": reasons,
        "ask": ask,
        "since": now(),
        "due": case.due,
        "message": _sentence(reasons, ask, case.due, job.expires),
    }


def _sentence(reasons: Sequence[dict[str, str]], ask: Sequence[str], due: float, expires: float) -> str:
    others = [reason for reason in reasons if not (ask and reason["category"] == "person")]
    parts = []
    if ask:
        parts.append(
            f"nobody said whether {' and '.join(ask)} {'shows or sounds' if len(ask) == 1 else 'show or sound'} like a"
            " real person; say so with "
            f'PATCH /v1/assets/{ask[0]} {{"person": false}}, or true with a consent'
            + ("" if others else ", and it goes on by itself")
        )
    if others or not ask:
        found = ", ".join(dict.fromkeys(f"{reason['category']} in {reason['where']}" for reason in others)) or "a doubt"
        parts.append(f"a reviewer looks at it ({found})")
    return (
        f"held: {'; '.join(parts)}. A reviewer decides by {_at(due)}; undecided it ends at {_at(expires)}. You may"
        " cancel it"
    )


def _at(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(moment))


def undeclared(session: Session, job: Job) -> list[str]:
    """The assets a job uses of which nobody has said whether they show a real person."""
    said = {reference.get("asset"): reference.get("person") for reference in job.request.get("references") or ()}
    # what was brought by its address was kept with what was said of it
    rows = session.scalars(
        select(Asset).where(Asset.id.in_(removal.assets_of(job)), Asset.state != "removed").order_by(Asset.id)
    )
    return [row.id for row in rows if stricter(row.person, said.get(row.id), row.consent) is None]


def declare(db: Database, caller: Caller, asset_id: str, person: bool, consent: str | None = None) -> Asset:
    """Say later what was left open when a file was brought. Generations held for want of it are judged anew.

    Only what is stricter: a person declared stays one. It holds for the same file wherever the tenant has it. Raises
    JobError not_found, conflict, invalid_parameter.
    """
    if consent is not None and not person:
        raise JobError(
            "invalid_parameter",
            "a consent is a person's leave; say that it shows one (person: true), or name no consent",
            field="person",
        )
    with db.session(durable=True) as session:
        held = [job.id for job in _held(session, caller.tenant, asset_id)]
        removal.lock(session, held)
        row = session.scalars(
            select(Asset).where(Asset.id == asset_id, Asset.tenant == caller.tenant).with_for_update()
        ).one_or_none()
        if row is None or row.state == "removed":
            raise JobError("not_found", f"there is no asset {asset_id[:80]}", field="asset")
        if stricter(row.person, person, row.consent) is not person:
            raise JobError(
                "conflict",
                "it was declared as a real person, and stays so; delete it and upload another file",
                field="person",
            )
        if consent is not None:
            leave = session.get(Consent, consent)
            if leave is None or leave.tenant != caller.tenant:
                raise JobError("not_found", f"there is no consent {consent[:80]}; record it first", field="consent")
        row.person, row.consent = person, consent or row.consent
        if person:
            spread(session, row)
        for job in session.scalars(select(Job).where(Job.id.in_(held), Job.state == "review").order_by(Job.id)):
            brought = (job.extra or {}).get("brought") or {}
            references = [
                {**one, "person": person} if asset_id in (one.get("asset"), brought.get(str(number))) else one
                for number, one in enumerate(job.request.get("references") or ())
            ]
            job.request = {**job.request, "references": references}
            close_cases(session, job.id, "its owner has answered")
            recovery.again(session, job)
        session.flush()
        audit.record(
            session, caller.actor, "asset.declare", asset_id, {"person": person, "consent": row.consent, "held": held}
        )
        return row


def _held(session: Session, tenant: str, asset_id: str) -> list[Job]:
    waiting = session.scalars(select(Job).where(Job.tenant == tenant, Job.state == "review").order_by(Job.id))
    return [
        job
        for job in waiting
        if asset_id in removal.assets_of(job) and ((job.extra or {}).get("held") or {}).get("stage") == "admit"
    ]
