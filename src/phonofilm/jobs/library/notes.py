"""Notes on frames of a clip, left by whoever has a link to it, read and settled by its owner. They go with their link,
their clip and its user."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from phonofilm.errors import PromptError
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.library import shares
from phonofilm.jobs.library.shelf import line
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Job, Share, ShareNote
from phonofilm.prompt import parse
from phonofilm.spec import clock
from phonofilm.trust import gate

if TYPE_CHECKING:
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.store.database import Database
    from phonofilm.jobs.tools import Tools

LONGEST, LONGEST_NAME = 1_000, 40
"""Characters of a note, and of what its writer is called."""
MOST, MOST_OF_CLIP = 200, 1_000
"""Notes over one link, and of one clip."""


def leave(db: Database, tools: Tools, token: str, *, frame: int, text: str, author: str) -> ShareNote:
    """Keep a note on a frame (from 0) of the clip a link shows; it belongs to the shot that shows the frame.

    Raises JobError: as ``shares.shown``; forbidden where the link takes none; invalid_parameter naming the field;
    input_blocked for words that may not be shown, those a person would have to look at included; conflict where there
    are too many.
    """
    share, job = shares.shown(db, token)
    if not share.notes:
        raise JobError("forbidden", "this link takes no notes; ask whoever sent it for one that does")
    frames = int((job.result or {}).get("frames") or clock.frames(_seconds(job)))
    if not 0 <= frame < frames:
        raise JobError("invalid_parameter", f"the clip has the frames 0 to {frames - 1}", field="frame")
    author, text = line(author, "author", LONGEST_NAME) or "", _words(text)
    for field, words in (("author", author), ("text", text)):
        if words:
            _admit(tools, words, field)
    with db.session() as session:
        held = session.scalar(select(Share).where(Share.id == share.id).with_for_update())
        if held is None or held.revoked is not None:
            raise JobError("removed", "this link was taken back; ask whoever sent it for a new one")
        for count, most in ((ShareNote.share == share.id, MOST), (ShareNote.job == job.id, MOST_OF_CLIP)):
            if int(session.scalar(select(func.count()).where(count)) or 0) >= most:
                raise JobError(
                    "conflict", f"there are {most} notes already; ask whoever sent the link to settle and delete some"
                )
        note = ShareNote(
            id=new_id("nte"),
            share=share.id,
            job=job.id,
            frame=frame,
            shot=shot_of(job, frame),
            author=author,
            text=text,
            created=now(),
            resolved=None,
        )
        session.add(note)
        session.flush()
        session.expunge(note)
        return note


def over(db: Database, token: str) -> list[ShareNote]:
    """The notes left over one link, in the clip's order. Raises JobError as ``shares.shown``."""
    share, _ = shares.shown(db, token)
    return _listed(db, ShareNote.share == share.id)


def of(db: Database, caller: Caller, job_id: str) -> list[ShareNote]:
    """All notes on a clip of the caller's tenant, in its order. JobError not_found for anybody else's and one that is
    gone."""
    with db.reading() as session:
        job = session.get(Job, job_id)
        if job is None or job.tenant != caller.tenant or job.delete_requested or job.state == "removed":
            raise JobError("not_found", f"there is no generation {job_id[:80]}")
    return _listed(db, ShareNote.job == job_id)


def settle(db: Database, caller: Caller, note_id: str, resolved: bool) -> ShareNote:
    """Mark a note of the caller's tenant as done, or open again. JobError not_found for anybody else's."""
    with db.session() as session:
        note = _own(session, caller, note_id)
        if resolved != (note.resolved is not None):
            note.resolved = now() if resolved else None
        session.flush()
        session.expunge(note)
        return note


def remove(db: Database, caller: Caller, note_id: str) -> None:
    """Delete a note of the caller's tenant. JobError not_found for anybody else's."""
    with db.session() as session:
        note = _own(session, caller, note_id)
        audit.record(session, caller.actor, "note.delete", note.job, {"note": note.id, "share": note.share})
        session.delete(note)


def drop(session: Session, of_shares: ColumnElement[bool]) -> None:
    """Delete the notes left over these links."""
    session.execute(delete(ShareNote).where(ShareNote.share.in_(select(Share.id).where(of_shares))))


def shot_of(job: Job, frame: int) -> int:
    """The shot of its script, from 1, that shows a frame of a job's clip."""
    try:
        times = parse(str(job.request.get("prompt") or "")).times(_seconds(job))
    except PromptError:
        return 1
    return max(1, sum(clock.cut_frame(start) <= frame for start, _ in times))


def _seconds(job: Job) -> float:
    return float((job.result or {}).get("seconds") or job.request.get("seconds") or clock.MIN_SECONDS)


def _words(text: str) -> str:
    """A note as it is kept: lines, no more than one empty one between them."""
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\r\t" for letter in text):
        raise JobError("invalid_parameter", "a note is plain text; leave control characters out", field="text")
    kept: list[str] = []
    for each in (" ".join(part.split()) for part in unicodedata.normalize("NFC", text).splitlines()):
        if each or (kept and kept[-1]):
            kept.append(each)
    whole = "\n".join(kept).strip()
    if not whole:
        raise JobError("invalid_parameter", "the note is empty; write what you see", field="text")
    if len(whole) > LONGEST:
        raise JobError(
            "invalid_parameter",
            f"a note has at most {LONGEST:,} characters, not {len(whole):,}; split it",
            field="text",
        )
    return whole


def _admit(tools: Tools, words: str, field: str) -> None:
    """By the rules of a prompt's words; nobody looks at notes, so what a person would have to see is refused too."""
    verdict = gate.admit(words, (), tools.policy, tools.classifiers)
    if verdict.action == "publish":
        return
    found = sorted({finding.category for finding in verdict.findings if finding.severity != "low"})
    if found == ["unchecked"]:
        raise JobError(
            "input_blocked", "it could not be checked just now; send it again in a while", field=field, retry_after=30.0
        )
    raise JobError(
        "input_blocked",
        f"policy refuses this here ({', '.join(found) or 'policy'}); say it in other words",
        field=field,
    )


def _listed(db: Database, which: ColumnElement[bool]) -> list[ShareNote]:
    with db.reading() as session:
        rows = list(
            session.scalars(select(ShareNote).where(which).order_by(ShareNote.frame, ShareNote.id).limit(MOST_OF_CLIP))
        )
        session.expunge_all()
        return rows


def _own(session: Session, caller: Caller, note_id: str) -> ShareNote:
    note = session.get(ShareNote, note_id)
    job = session.get(Job, note.job) if note is not None else None
    if note is None or job is None or job.tenant != caller.tenant or job.state == "removed":
        raise JobError("not_found", f"there is no note {note_id[:80]}")
    return note
