"""Taking things away so that they are gone: first the record says removed, then the files go. What is under legal hold
is hidden, not destroyed.

The order matters: from the commit on nothing is served any more, and a process that dies before the files are deleted
leaves them to the next retention sweep, which finds removed jobs that still have files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, delete, or_, select, union_all, update
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.lifecycle.finish import OPEN, close_cases, emit, finish
from phonofilm.jobs.lifecycle.recovery import place
from phonofilm.jobs.money import ledger
from phonofilm.jobs.store import search
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.locks import add_once
from phonofilm.jobs.store.tables import Asset, Attempt, Delivery, Event, Job, Output, PastFile, Review, ShareNote

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database
    from phonofilm.storage.bucket import Bucket

Cancel = Callable[[str], object]
"""(job id): hurries a running job that has been asked to stop; called outside any transaction."""
_KEPT = ("seconds", "frames", "width", "height", "engine", "seed", "tokens", "usage")
"""Of a result, what bills and statistics need."""
_PLAIN = ("waveform.png", "subtitles.vtt", "manifest.c2pa")
"""Files of a clip that another clip may have the same, byte for byte: copies of them say nothing."""


def lock(session: Session, jobs: Iterable[str]) -> None:
    """Lock these jobs, in the one order of all who lock several."""
    session.execute(select(Job.id).where(Job.id.in_(sorted(set(jobs)))).order_by(Job.id).with_for_update())


def withdraw(session: Session, job_id: str, why: str) -> str:
    """Take a job back. One that has ended is removed ("removed"), one that waits ends here and now ("ended"), one that
    runs is asked to stop ("stopping"); "" where there is nothing to do.
    """
    job = session.scalars(
        select(Job).where(Job.id == job_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if job is None or job.state == "removed":
        return ""
    if job.state in OPEN:
        job.cancel_requested = True
        if job.state == "running":
            return "stopping"
        finish(session, job, "cancelled", error=JobError("cancelled", why))
        return "ended"
    if job.state == "unknown_outcome":
        ledger.settle(session, job, job.cost_reserved)  # nobody looked it up in time, so it counts as billed
    ledger.tally(session, job, job.state, "removed")
    job.state, job.updated = "removed", now()
    if job.error:  # a refusal may quote the words it refuses
        job.error = {"code": str(job.error.get("code", "")), "message": "removed since"}
    close_cases(session, job_id, why)
    emit(session, job, "removed", {"reason": why})
    return "removed"


def erase(db: Database, bucket: Bucket, job_id: str) -> int:
    """Delete a removed job's files, then their rows; returns how many. Nothing is deleted of a job that is not removed
    or under legal hold."""
    with db.reading() as session:
        job = session.get(Job, job_id)
        if job is None or job.state != "removed" or job.legal_hold:
            return 0
        outputs = session.scalars(select(Output).where(Output.job == job_id)).all()
    for output in outputs:
        bucket.delete(output.key)
    bucket.delete_all(place(job.tenant, job.created, job_id))  # raw clips, and what a dead worker left behind
    with db.session() as session:
        for sha256 in sorted(
            {
                output.sha256
                for output in outputs
                if output.sha256 and output.name not in _PLAIN and "/" not in output.name
            }
        ):
            add_once(session, PastFile, {"sha256": sha256, "job": job_id})
        session.execute(delete(Output).where(Output.id.in_([output.id for output in outputs])))
    return len(outputs)


def erase_asset(db: Database, bucket: Bucket, asset_id: str) -> bool:
    """Delete a removed asset's file. False where it is not removed or under legal hold. The row stays, without name and
    fingerprint."""
    with db.reading() as session:
        asset = session.get(Asset, asset_id)
        if asset is None or asset.state != "removed" or asset.legal_hold or not asset.key:
            return False
        shared = session.scalar(
            select(Asset.id).where(Asset.key == asset.key, Asset.id != asset_id, Asset.state != "removed").limit(1)
        )
    if shared is None:
        bucket.delete(asset.key)
    with db.session() as session:
        row = session.get(Asset, asset_id)
        if row is not None:
            row.key, row.name, row.phash = "", "", ""
    return True


def forget(session: Session, job: Job) -> None:
    """Strip a removed job of everything its owner wrote or named. What is left says when it ran, on what, and what it
    cost."""
    kept = sorted(assets_of(job))
    bare = {
        key: value
        for key, value in job.request.items()
        if not isinstance(value, (str, list, dict)) or key in ("engine", "resolution", "ratio", "task")
    }
    job.request = {**bare, "prompt": "", "references": []}
    job.extra = {"assets": kept} if kept else {}  # ids alone: what was made of what can still be followed
    job.result = {key: value for key, value in (job.result or {}).items() if key in _KEPT} if job.result else None
    job.prompt_hash = job.script_hash = ""  # short prompts can be guessed from them
    job.name = job.project = job.favourite = None
    job.deleted = now()
    search.drop(session, job.id)
    session.execute(delete(ShareNote).where(ShareNote.job == job.id))
    session.execute(delete(Event).where(Event.job == job.id))
    for message in session.scalars(select(Delivery).where(Delivery.job == job.id)):
        if message.state != "pending" or not _tells_of_removal(message.body):
            session.delete(message)
    session.execute(update(Attempt).where(Attempt.job == job.id).values(detail={}))
    strip_cases(session, job.id)


def strip_cases(session: Session, subject: str) -> None:
    """Decided cases keep what was found and who decided how; the words that were quoted, and those that were written
    about it, go."""
    for case in session.scalars(select(Review).where(Review.subject == subject, Review.state == "decided")):
        case.reasons = [
            {key: reason[key] for key in ("category", "severity") if key in reason} for reason in case.reasons or ()
        ]
        case.votes = [{**vote, "note": ""} for vote in case.votes or ()]
        case.note = ""


def _tells_of_removal(body: dict[str, Any]) -> bool:
    return body.get("type") == "generation.removed" or body.get("state") == "removed"


def hurry(jobs: Iterable[str], cancel: Cancel | None) -> None:
    """Hurry jobs that were asked to stop, where there is a way to."""
    if cancel is not None:
        for job in jobs:
            cancel(job)


def jobs_with_asset(session: Session, tenant: str, assets: Iterable[str], *, removed: bool = False) -> list[Job]:
    """A tenant's jobs that were asked for with one of these assets, or brought one of them by its address; with
    ``removed`` also those that are gone."""
    wanted = set(assets)
    if not wanted:
        return []
    named = or_(
        *(
            cast(column, Text).contains(asset, autoescape=True)
            for asset in wanted
            for column in (Job.request, Job.extra)
        )
    )
    found = session.scalars(
        select(Job).where(Job.tenant == tenant, named, *([] if removed else [Job.state != "removed"]))
    )
    return [job for job in found if wanted & assets_of(job)]


def assets_of(job: Job) -> set[str]:
    """The assets a job's request names, those its references were fetched into included."""
    fetched = (job.extra or {}).get("assets")
    named = {reference.get("asset") for reference in job.request.get("references") or () if isinstance(reference, dict)}
    return {str(asset) for asset in (*named, *(fetched if isinstance(fetched, list) else ())) if asset}


def copies(session: Session, jobs: Iterable[str], *, everywhere: bool = False) -> list[Asset]:
    """Assets that are, byte for byte, a file of one of these jobs, also of one that is gone; removed ones included. Of
    the same tenant, or of every one."""
    mine = list(jobs)
    kept = (
        select(Job.tenant, Output.sha256)
        .join(Output, Output.job == Job.id)
        .where(Job.id.in_(mine), Output.name.not_in(_PLAIN))
    )
    past = select(Job.tenant, PastFile.sha256).join(PastFile, PastFile.job == Job.id).where(Job.id.in_(mine))
    files = {(tenant, sha256) for tenant, sha256 in session.execute(union_all(kept, past)) if sha256}
    found = session.scalars(select(Asset).where(Asset.sha256.in_({sha256 for _, sha256 in files})).order_by(Asset.id))
    return [asset for asset in found if everywhere or (asset.tenant, asset.sha256) in files]


def descendants(session: Session, jobs: Iterable[str], *, everywhere: bool = False) -> list[str]:
    """Jobs that extend, edit or remix one of these, or use a copy of its files, and what was made of those in turn;
    removed ones are looked through.

    ``everywhere``: also those of other tenants.
    """
    known, ring = set(jobs), list(jobs)
    out: list[str] = []
    while ring:
        kept = copies(session, ring, everywhere=everywhere)
        children = list(session.scalars(select(Job.id).where(Job.parent.in_(ring))))
        for tenant in sorted({asset.tenant for asset in kept}):
            children += [job.id for job in jobs_with_asset(session, tenant, [asset.id for asset in kept], removed=True)]
        ring = [child for child in dict.fromkeys(children) if child not in known]
        known.update(ring)
        out += ring
    return out


def lives(session: Session, job_id: str) -> bool:
    """Is there, with whomever, a copy of this clip or a clip made from it?"""
    if any(asset.state != "removed" for asset in copies(session, [job_id], everywhere=True)):
        return True
    made = select(Job.id).where(Job.id.in_(descendants(session, [job_id], everywhere=True)), Job.state != "removed")
    return session.scalar(made.limit(1)) is not None
