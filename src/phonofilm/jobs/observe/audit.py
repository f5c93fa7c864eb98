"""The audit log: who did what. Each entry's hash covers the one before it, so that none can be changed, taken out or
moved unseen.

The log's length and end are kept in a row of their own, so that entries cut off its end are missed too. Somebody who
may write every table can forge both; against that, :func:`checkpoint` gives a line to keep elsewhere (a log, a mail, a
notary), and
:func:`verify` holds the table against it.

Entries are written right before their transaction's commit, whenever :func:`record` was called: from then on no other
process can append, and nobody who holds the end of the log waits for anything else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from phonofilm.jobs.store.database import LAST, now
from phonofilm.jobs.store.locks import add_once
from phonofilm.jobs.store.tables import AuditEntry, AuditHead

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database

START = "0" * 64
"""What the first entry has as its previous hash."""


def record(session: Session, actor: str, action: str, subject: str, data: Mapping[str, object] | None = None) -> None:
    """Append one entry: ``actor`` (a user, a reviewer, "system") did ``action`` ("review.decide") to ``subject`` (an
    id).

    ``data`` must be plain JSON; prompts, notes about them and secrets do not belong there, for it is never deleted.
    Part of the caller's transaction.
    """
    plain = json.loads(json.dumps(data or {}, sort_keys=True, allow_nan=False))
    at = round(now(), 6)

    def append() -> None:
        head = _locked_head(session)
        entry = AuditEntry(at=at, actor=actor, action=action, subject=subject, data=plain, previous=head.hash, hash="")
        entry.hash = digest(entry, head.count + 1)
        session.add(entry)
        head.count += 1
        head.hash = entry.hash
        session.flush()

    last: list[Any] | None = session.info.get(LAST)
    append() if last is None else last.append(append)


def check(db: Database, line: str | None = None) -> tuple[int | None, str]:
    """:func:`verify` and :func:`checkpoint` of one moment, whoever writes meanwhile."""
    with db.snapshot() as session:
        return verify(session, line), checkpoint(session)


def verify(session: Session, checkpoint: str | None = None) -> int | None:
    """Id of the first entry that is not what was written: changed, moved, or standing where one was removed. None: the
    log is whole.

    Where entries are missing at the end, the id after the last one there. ``checkpoint``: a line from
    :func:`checkpoint`, kept elsewhere.
    """
    kept_count, _, kept_hash = (checkpoint or "").partition(":")
    previous, count, last = START, 0, 0
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=500)):
        count += 1
        if entry.previous != previous or entry.hash != digest(entry, count):
            return entry.id
        if kept_count == str(count) and entry.hash != kept_hash:
            return entry.id
        previous, last = entry.hash, entry.id
    head = session.get(AuditHead, 1, populate_existing=True)
    written = (head.count, head.hash) if head else (0, START)
    if (count, previous) != written or (checkpoint and int(kept_count) > count):
        return last + 1
    return None


def checkpoint(session: Session) -> str:
    """``<entries>:<hash>`` of the log's end, to be kept outside the database."""
    head = session.get(AuditHead, 1, populate_existing=True)
    return f"{head.count}:{head.hash}" if head else f"0:{START}"


def digest(entry: AuditEntry, number: int) -> str:
    """SHA-256 over everything an entry says, its place in the log, and the entry before it."""
    said = [number, entry.at, entry.actor, entry.action, entry.subject, entry.data, entry.previous]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()).hexdigest()


def _locked_head(session: Session) -> AuditHead:
    add_once(session, AuditHead, {"id": 1, "count": 0, "hash": START})
    return session.scalars(
        select(AuditHead).where(AuditHead.id == 1).with_for_update().execution_options(populate_existing=True)
    ).one()
