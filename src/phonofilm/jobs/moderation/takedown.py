"""Notices from outside that a clip must go, and what becomes of them: a person decides, with reasons, and everybody
concerned is told.

Upheld, the clip's files and their copies are destroyed (under legal hold: hidden), its pictures' fingerprints go on the
blocklist so that it cannot come back as a reference, and a statement of reasons is kept with what the law wants in one
(EU Digital Services Act, article 17).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.lifecycle import removal
from phonofilm.jobs.lifecycle.finish import close_cases
from phonofilm.jobs.lifecycle.removal import Cancel
from phonofilm.jobs.moderation.effects import blocked_by
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.database import new_id, now, retried
from phonofilm.jobs.store.locks import add_once
from phonofilm.jobs.store.tables import BlockedHash, Job, Notice, Output

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database
    from phonofilm.storage.bucket import Bucket

CATEGORIES = {
    "intimate": 12 * 3600.0,
    "minors": 12 * 3600.0,
    "likeness": 24 * 3600.0,
    "violence": 24 * 3600.0,
    "hate": 24 * 3600.0,
    "deception": 24 * 3600.0,
    "privacy": 24 * 3600.0,
    "copyright": 72 * 3600.0,
    "trademark": 72 * 3600.0,
    "other": 72 * 3600.0,
}
"""What a notice can be about, and the seconds within which it is decided. The United States' Take It Down Act allows 48
h for intimate pictures."""
URGENT = ("intimate", "minors")
_HASHES = 96
"""At most so many fingerprints of a clip are kept, mirrored pictures' included."""


def notify(session: Session, job_id: str, reporter: str, reason: str, category: str = "other") -> Notice:
    """Put a notice on record. Raises JobError: not_found, invalid_parameter (fields ``reporter``, ``reason``,
    ``category``).

    Open to everybody: it says nothing of the clip but that it exists. The same reporter's open notice on a clip is
    given back, not doubled.
    """
    for field, value, most in (("reporter", reporter, 200), ("reason", reason, 4_000)):
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            raise JobError("invalid_parameter", f"{field}: write 1 to {most} characters", field=field)
    if category not in CATEGORIES:
        raise JobError(
            "invalid_parameter",
            f"there is no category '{category}'; choose one of {', '.join(CATEGORIES)}",
            field="category",
        )
    job = session.get(Job, job_id)
    if job is None or (job.state == "removed" and not removal.lives(session, job_id)):
        raise JobError("not_found", f"there is no clip {job_id}")
    again = select(Notice).where(Notice.job == job_id, Notice.reporter == reporter, Notice.state == "open")
    if (found := session.scalars(again.limit(1)).first()) is not None:
        return found
    notice = Notice(
        id=new_id("ntc"),
        job=job_id,
        reporter=reporter,
        reason=reason,
        category=category,
        state="open",
        created=now(),
        due=now() + CATEGORIES[category],
    )
    session.add(notice)
    session.flush()
    audit.record(session, "outside", "notice.open", notice.id, {"job": job_id, "category": category})
    return notice


def open_notices(session: Session, limit: int = 50) -> list[Notice]:
    """Undecided notices, the one due first on top."""
    return list(
        session.scalars(select(Notice).where(Notice.state == "open").order_by(Notice.due, Notice.id).limit(limit))
    )


def find(db: Database, notice_id: str) -> Notice | None:
    """The notice of this name; None where there is none."""
    with db.reading() as session:
        return session.get(Notice, notice_id)


def waiting(session: Session) -> int:
    """How many notices are undecided."""
    return session.scalar(select(func.count()).select_from(Notice).where(Notice.state == "open")) or 0


@retried
def uphold(
    db: Database,
    bucket: Bucket,
    notice_id: str,
    reviewer: str,
    facts: str,
    *,
    ground: str = "",
    cancel: Cancel | None = None,
) -> Notice:
    """Take the clip down, and what was made of it, whoever has it: its copies and the clips made from them go at every
    tenant.

    ``facts``: what was found; ``ground``: the law or rule it breaks.

    Raises JobError: not_found, conflict (decided already), invalid_parameter (field ``facts``).
    """
    hashes = _fingerprints(db, bucket, _undecided(db, notice_id, facts).job)
    with db.session(durable=True) as session:
        notice = _take(session, notice_id)
        gone, stopped, copies = withdraw_all(session, [notice.job], f"notice {notice.category}", everywhere=True)
        for found in hashes:
            add_once(session, BlockedHash, {"phash": found, "reason": blocked_by(notice.id), "created": now()})
        _decide(
            session,
            notice,
            "upheld",
            reviewer,
            facts,
            ground,
            {"removed": gone, "stopped": stopped, "assets": copies, "hashes": len(hashes)},
        )
    removal.hurry(stopped, cancel)
    for job in gone:
        removal.erase(db, bucket, job)
    for asset in copies:
        removal.erase_asset(db, bucket, asset)
    return notice


@retried
def reject(db: Database, notice_id: str, reviewer: str, facts: str, *, ground: str = "") -> Notice:
    """Leave the clip where it is. Raises as :func:`uphold`."""
    _undecided(db, notice_id, facts)
    with db.session(durable=True) as session:
        notice = _take(session, notice_id)
        _decide(session, notice, "rejected", reviewer, facts, ground, {})
    return notice


def withdraw_all(
    session: Session, jobs: Sequence[str], why: str, *, everywhere: bool = False
) -> tuple[list[str], list[str], list[str]]:
    """Take back these jobs, everything made of them, and the copies of it kept as assets: (removed, stopped or asked
    to, assets removed).

    ``everywhere``: also with other tenants, which only a decision of the house may do.
    """
    every = sorted({*jobs, *removal.descendants(session, jobs, everywhere=everywhere)})
    copies = [asset for asset in removal.copies(session, every, everywhere=everywhere) if asset.state != "removed"]
    removal.lock(session, every)
    done = {job: removal.withdraw(session, job, why) for job in every}
    for asset in copies:
        asset.state = "removed"
        close_cases(session, asset.id, why)
    removed, stopped = (
        [job for job, what in done.items() if what in ends] for ends in (("removed",), ("ended", "stopping"))
    )
    return removed, stopped, [asset.id for asset in copies]


def _undecided(db: Database, notice_id: str, facts: str) -> Notice:
    if not isinstance(facts, str) or not facts.strip() or len(facts) > 4_000:
        raise JobError(
            "invalid_parameter", "state the facts the decision rests on, in 1 to 4000 characters", field="facts"
        )
    with db.reading() as session:
        return _open(session.get(Notice, notice_id), notice_id)


def _take(session: Session, notice_id: str) -> Notice:
    return _open(
        session.scalars(select(Notice).where(Notice.id == notice_id).with_for_update()).one_or_none(), notice_id
    )


def _open(notice: Notice | None, notice_id: str) -> Notice:
    if notice is None:
        raise JobError("not_found", f"there is no notice {notice_id}")
    if notice.state != "open":
        raise JobError("conflict", f"this notice is decided already: {notice.state}")
    return notice


def _decide(
    session: Session, notice: Notice, state: str, reviewer: str, facts: str, ground: str, effect: dict[str, Any]
) -> None:
    notice.state, notice.reviewer, notice.decided = state, reviewer, now()
    notice.statement = {
        "decision": "removed" if state == "upheld" else "kept",
        "job": notice.job,
        "category": notice.category,
        "ground": ground or f"terms of use: {notice.category}",
        "facts": facts,
        "automated": False,
        "decided": notice.decided,
        "redress": (
            "The owner may appeal once, within six months; another reviewer decides. The courts remain open."
            if state == "upheld"
            else ""
        ),
    }
    audit.record(
        session, reviewer, f"notice.{state}", notice.id, {"job": notice.job, "category": notice.category, **effect}
    )


def _fingerprints(db: Database, bucket: Bucket, job_id: str) -> list[str]:
    """Fingerprints of a clip's pictures, one a second, from a copy where its owner deleted it; none where no file is
    left or it cannot be read, which must not stop a takedown."""
    from phonofilm.errors import PhonofilmError

    with db.reading() as session:
        key = session.scalar(select(Output.key).where(Output.job == job_id, Output.name == "video.mp4"))
        if key is None:
            same = removal.copies(session, [job_id], everywhere=True)
            key = next(
                (asset.key for asset in same if asset.kind == "video" and asset.key and asset.state != "removed"), None
            )
    if key is None:
        return []
    with tempfile.TemporaryDirectory(prefix="takedown-") as folder:
        try:
            return _of_clip(bucket.get(key, Path(folder) / "video.mp4"))
        except (PhonofilmError, OSError):
            return []


def _of_clip(path: Path) -> list[str]:
    import av

    from phonofilm.media import tracks
    from phonofilm.media.colour import Pictures
    from phonofilm.trust.phash import distance, with_mirror

    out: list[str] = []
    try:
        with av.open(str(path)) as file:
            due, convert = 0.0, Pictures()
            for frame in file.decode(tracks.pictures(file)[0]) if tracks.pictures(file) else ():
                if frame.time is not None and frame.time + 1e-6 >= due and len(out) < _HASHES:
                    due += 1.0
                    for found in with_mirror(convert(frame)):
                        if found != "0" * 16 and all(distance(found, other) > 2 for other in out):
                            out.append(found)
    except av.error.FFmpegError:
        return out
    return out
