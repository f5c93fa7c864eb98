"""Jobs that a person must help along, and leftovers that nobody walks."""

from __future__ import annotations

import shutil
import time

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.config import Config
from phonofilm.jobs.lifecycle.finish import close_cases, emit, finish
from phonofilm.jobs.money import ledger
from phonofilm.jobs.store.database import Database, now, retried
from phonofilm.jobs.store.tables import Attempt, Job


@retried
def wake(db: Database, config: Config, job_id: str, decision: str, *, vendor_id: str = "") -> str:
    """Go on with a job after a person's decision; its state afterwards. A job that is in neither state is left as it
    is.

    Out of ``review``: ``publish`` and ``block`` walk the list again, which finds the decision and what is done already.
    Out of ``unknown_outcome``: ``retry`` (the submit certainly never arrived: it may be sent anew), ``publish`` with
    the vendor's id of it (it did arrive: go on with that), ``settle`` (it was billed and is lost: the reserve is
    spent), ``block`` (it was not billed: give the reserve back).
    """
    with db.session(durable=True) as session:
        job = session.scalar(select(Job).where(Job.id == job_id).with_for_update())
        if job is None:
            raise JobError("not_found", f"there is no job {job_id}")
        if job.state == "review" and decision == "block":
            stage = job.step if job.step in ("admit", "release") else "admit"
            error = JobError(
                "input_blocked" if stage == "admit" else "output_blocked", "a reviewer has blocked it; you may appeal"
            )
            finish(session, job, "failed", error=error, keep_days=config.keep_days)
        elif job.state == "review":
            again(session, job)
        elif job.state == "unknown_outcome":
            _resolve(session, job, config, decision, vendor_id)
        return job.state


def _resolve(session: Session, job: Job, config: Config, decision: str, vendor_id: str) -> None:
    lost = session.scalar(
        select(Attempt)
        .where(Attempt.job == job.id, Attempt.state == "unknown")
        .order_by(Attempt.number.desc())
        .limit(1)
    )
    if decision == "publish" and not vendor_id:
        raise JobError(
            "invalid_parameter", "to go on with the submit, give the id it has at the vendor", field="vendor_id"
        )
    if lost is not None:
        lost.updated = now()
        lost.state = {"publish": "submitted"}.get(decision, "failed")
        lost.vendor_id = vendor_id or lost.vendor_id
        lost.detail = {**lost.detail, "resolved": decision}
    if decision in ("retry", "publish"):
        close_cases(session, job.id, f"an operator resolved it: {decision}")
        job.error, job.finished, job.keep_until = None, None, None
        job.expires = max(job.expires, now() + 3600.0)
        again(session, job)
        return
    if decision == "settle":
        ledger.settle(session, job, job.cost_reserved)
        job.cost_settled = job.cost_reserved
    error = JobError("engine_failed", "the engine never delivered; a person looked it up")
    finish(session, job, "failed", error=error, keep_days=config.keep_days)


@retried
def restart(db: Database, job_id: str) -> str:
    """Begin a job anew that was given up because its process died again and again (state ``crashed``): what it was
    accused of is forgotten, its money is reserved again. Its state afterwards. Raises JobError not_found; conflict in
    any other state, and where its owner wants it deleted."""
    with db.session(durable=True) as session:
        job = session.scalar(select(Job).where(Job.id == job_id).with_for_update())
        if job is None:
            raise JobError("not_found", f"there is no job {job_id[:80]}")
        if job.state != "crashed" or job.delete_requested:
            raise JobError(
                "conflict",
                "only what has crashed is started again, and it is"
                f" {'to be deleted' if job.delete_requested else job.state}",
            )
        job.deaths, job.not_before = {}, None
        job.error, job.finished, job.keep_until = None, None, None
        job.expires = max(job.expires, now() + 3600.0)
        again(session, job)
        return job.state


def again(session: Session, job: Job) -> None:
    """Back into the queue, for a walk of its own."""
    job.extra = {name: value for name, value in (job.extra or {}).items() if name != "held"}
    ledger.tally(session, job, job.state, "queued")
    job.state, job.owner, job.updated = "queued", None, now()
    job.attempt += 1
    emit(session, job, "queued", {"again": job.attempt})


def place(tenant: str, created: float, job_id: str) -> str:
    """Where in the bucket everything of a job lies."""
    day = time.gmtime(created)
    return f"{tenant}/{day.tm_year:04d}/{day.tm_mon:02d}/{job_id}"


def clear_scratch(db: Database, config: Config) -> int:
    """Remove scratch folders of executions on this machine that are over (a killed worker leaves its own behind)."""
    cleared = 0
    for folder in config.scratch.glob("gen_*-*") if config.scratch.is_dir() else ():
        job_id, _, token = folder.name.partition("-")
        with db.reading() as session:
            row = session.execute(select(Job.state, Job.owner).where(Job.id == job_id)).first()
        over = row is None or row.state != "running" or not (row.owner or "").endswith(f":{token}")
        try:
            old = time.time() - folder.stat().st_mtime > 60.0
        except FileNotFoundError:  # another worker that starts at the same time was quicker
            continue
        if over and old:
            shutil.rmtree(folder, ignore_errors=True)
            cleared += 1
    return cleared


@retried
def stray(db: Database, worker: str, walking: set[str], *, older: float = 15.0) -> int:
    """Jobs in this worker's name that it does not walk (the database was away at the wrong moment) are nobody's
    again."""
    with db.reading() as session:
        chosen = select(Job.id).where(
            Job.state == "running", Job.owner.startswith(f"{worker}:", autoescape=True), Job.updated < now() - older
        )
        found = [job_id for job_id in session.scalars(chosen) if job_id not in walking]
    freed = 0
    for job_id in found:
        with db.session() as session:
            done = session.execute(
                update(Job)
                .where(
                    Job.id == job_id,
                    Job.state == "running",
                    Job.owner.startswith(f"{worker}:", autoescape=True),
                    Job.updated < now() - older,
                )
                .values(owner=None, updated=now())
                .returning(Job.id)
            ).first()
            freed += done is not None
    return freed
