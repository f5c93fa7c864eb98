"""Deaths of workers, and which job is to blame. A killed process proves nothing against the jobs in it: an operator
restarts servers. So a job that was in several deaths is only suspected: it is walked alone, after a growing pause, and
given up where it was alone in too many of them.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.lifecycle.finish import finish
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.tables import Job

MOST_ALONE = 5
"""Deaths in one step with nothing else in the process, after which a job is given up."""
SUSPECTED = 2
"""Deaths in one step after which a job is walked alone."""
PAUSE, PAUSE_MOST = 10.0, 300.0
"""Seconds before a job that was alone in a second death is walked again: doubled with each, so that kills in a row do
not hit it five times."""


def count(session: Session, worker: str, *, keep_days: float) -> None:
    """A worker has died: note it on every job it walked, and give up those that killed it too often. To be called
    before they are freed."""
    named = Job.owner.startswith(f"{worker}:", autoescape=True) & (Job.owner != f"{worker}:")
    walked = session.scalars(select(Job).where(Job.state == "running", named).order_by(Job.id).with_for_update()).all()
    for job in walked:
        before = job.deaths if job.deaths.get("step") == job.step else {}
        alone = int(before.get("alone", 0)) + (len(walked) == 1)
        job.deaths = {"step": job.step, "alone": alone, "shared": int(before.get("shared", 0)) + (len(walked) > 1)}
        if alone >= MOST_ALONE:
            told = (
                f"the process died {alone} times in its step {job.step} while nothing else ran in it; change the"
                " request, or report it"
            )
            finish(session, job, "crashed", error=JobError("crashed", told), keep_days=keep_days)
        elif len(walked) == 1 and alone > 1:
            job.not_before = now() + min(PAUSE * 2.0 ** (alone - 2), PAUSE_MOST)


def suspected(job: Job) -> bool:
    """Is it to be walked alone?"""
    deaths = job.deaths or {}
    return int(deaths.get("alone", 0)) + int(deaths.get("shared", 0)) >= SUSPECTED
