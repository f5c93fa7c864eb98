"""How a job ends, and what else happens in the same transaction: the event, the money, the messages to those who
wait."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypedDict

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.money import ledger
from phonofilm.jobs.notify import webhook
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Event, Job, Output, Review
from phonofilm.spec.plain import ResultPlain

OPEN = ("queued", "running", "review")
"""States a job can still leave by itself or by a person's decision."""


class Row(TypedDict):
    """A file in the bucket, as a row of ``outputs``."""

    name: str
    key: str
    content_type: str
    bytes: int
    sha256: str
    width: int | None
    height: int | None


def emit(session: Session, job: Job, kind: str, data: Mapping[str, object] | None = None) -> Event:
    """Put an event on record, for event streams and webhooks."""
    event = Event(job=job.id, tenant=job.tenant, type=f"generation.{kind}", data=dict(data or {}), created=now())
    session.add(event)
    session.flush()
    webhook.enqueue(session, job, event)
    return event


def finish(session: Session, job: Job, state: str, *, error: JobError | None = None, keep_days: float = 30.0) -> None:
    """End a job that brought nothing: its money is given back, except where a paid submit's fate is unknown."""
    moment, before = now(), job.state
    job.state, job.owner, job.updated = state, None, moment
    job.finished = moment
    job.keep_until = moment if job.delete_requested else moment + keep_days * 86_400
    if error is not None:
        job.error = error.plain()
    if state != "unknown_outcome":
        close_cases(session, job.id, f"the generation is {state}")
        ledger.release(session, job)
    ledger.tally(session, job, before, state)
    emit(session, job, state, {"error": job.error} if job.error else {})


def close_cases(session: Session, subject: str, why: str) -> None:
    """Open cases about what has ended need nobody's decision any more."""
    still = update(Review).where(Review.subject == subject, Review.state != "decided")
    values = {
        "state": "decided",
        "decision": "withdrawn",
        "note": why,
        "decided": now(),
        "reviewer": None,
        "lease_until": None,
    }
    session.execute(still.values(**values).execution_options(synchronize_session="fetch"))


def publish(
    session: Session, job: Job, outputs: Sequence[Row], result: ResultPlain, amount: int, *, keep_days: float = 30.0
) -> None:
    """Make a clip visible: its files, its bill and its event together. The caller has checked that the job runs and is
    his."""
    moment = now()
    for output in outputs:
        session.add(Output(id=new_id("out"), job=job.id, **output))
    ledger.settle(session, job, amount)
    job.state, job.owner, job.updated, job.finished = "succeeded", None, moment, moment
    job.keep_until = moment + keep_days * 86_400
    job.progress, job.step, job.result, job.error, job.cost_settled = 1.0, "notify", dict(result), None, amount
    ledger.tally(session, job, "running", "succeeded")
    emit(
        session,
        job,
        "succeeded",
        {
            "seconds": result.get("seconds"),
            "outputs": [output["name"] for output in outputs if "/" not in output["name"]],
        },
    )


def outputs_of(session: Session, job_id: str) -> list[Output]:
    """The files of a job, the main one first."""
    return outputs_of_all(session, [job_id])[job_id]


def outputs_of_all(session: Session, jobs: Collection[str]) -> dict[str, list[Output]]:
    """The same of several jobs, in one question."""
    found: dict[str, list[Output]] = {job: [] for job in jobs}
    for row in session.scalars(select(Output).where(Output.job.in_(found))) if found else ():
        found[row.job].append(row)
    return {job: sorted(rows, key=lambda row: (row.name != "video.mp4", row.name)) for job, rows in found.items()}
