"""How people keep their clips apart: names, projects and favourites. A project is its name; it is there as long as a
clip lies in it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.store import search
from phonofilm.jobs.store.database import now, retried
from phonofilm.jobs.store.tables import Job

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database

LONGEST = {"name": 120, "project": 60}
"""Characters."""
MOST_PROJECTS = 500
"""Projects that are listed: those with the newest clips."""


def label(text: str | None, field: str) -> str | None:
    """A name or project as it is kept; None where there is none. Raises JobError naming ``field``."""
    return None if text is None else line(text, field, LONGEST[field])


def line(text: str, field: str, longest: int) -> str | None:
    """A name somebody gives, as it is kept: one line, one space between words; None where nothing is left of it. Raises
    JobError naming ``field``."""
    if any(unicodedata.category(letter) in ("Cc", "Cs") and not letter.isspace() for letter in text):
        raise JobError("invalid_parameter", f"{field} is plain text; leave control characters out", field=field)
    kept = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(kept) > longest:
        raise JobError(
            "invalid_parameter", f"{field} has at most {longest} characters, not {len(kept)}; shorten it", field=field
        )
    return kept or None


@retried
def change(db: Database, tenant: str, job_id: str, **said: Any) -> Job:
    """Set ``name``, ``project`` (text; None or empty: none) or ``favourite`` (bool) of a tenant's job; it is found by
    them from now on.

    Raises JobError not_found for anybody else's and for one that is removed, invalid_parameter naming the field.
    """
    values = {field: label(said[field], field) for field in ("name", "project") if field in said}
    with db.session() as session:
        job = session.scalar(select(Job).where(Job.id == job_id).with_for_update())
        if job is None or job.tenant != tenant or job.delete_requested or job.state == "removed":
            raise JobError("not_found", f"there is no generation {job_id[:80]}")
        for field, value in values.items():
            setattr(job, field, value)
        if "favourite" in said and bool(said["favourite"]) != (job.favourite is not None):
            job.favourite = now() if said["favourite"] else None
        if values:
            search.drop(session, job_id)
            search.keep(session, job)
        session.flush()
        session.expunge(job)
        return job


def projects(db: Database, tenant: str) -> list[tuple[str, int]]:
    """A tenant's projects and how many clips lie in each, the one with the newest clip first."""
    mine = Job.tenant == tenant, Job.project.is_not(None), Job.state != "removed"
    chosen = (
        select(Job.project, func.count())
        .where(*mine)
        .group_by(Job.project)
        .order_by(func.max(Job.id).desc())
        .limit(MOST_PROJECTS)
    )
    with db.reading() as session:
        return [(str(project), int(count)) for project, count in session.execute(chosen)]
