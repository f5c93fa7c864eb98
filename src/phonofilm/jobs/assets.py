"""Files somebody brought along: looked at, measured, held against the list of what must not come back, and kept."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.database import new_id, now
from phonofilm.jobs.looking import first_picture
from phonofilm.jobs.tables import Asset, Consent, Job
from phonofilm.media.sniff import SUFFIXES
from phonofilm.trust import phash
from phonofilm.trust.consent import Leave

if TYPE_CHECKING:
    from phonofilm.jobs.database import Database
    from phonofilm.jobs.tools import Tools
    from phonofilm.media.probe import Probed


def given(db: Database, tenant: str, ident: str | None) -> dict[str, Any]:
    """The tenant's asset as plain values, its consent as ``leave``. Raises JobError ``not_found`` or ``input_blocked`` for what may not be used."""
    with db.reading() as session:
        row = session.get(Asset, ident or "")
        if row is None or row.tenant != tenant or row.state == "removed":
            raise JobError("not_found", f"there is no asset {str(ident)[:80]} (any more); upload it", field="references")
        if row.state == "blocked":
            raise JobError("input_blocked", f"the asset {row.id} is blocked; use another one", field="references")
        consent = session.get(Consent, row.consent) if row.consent else None
    leave = Leave(id=consent.id, scope=frozenset(consent.scope), expires=consent.expires, revoked=consent.revoked) if consent else None
    return {**{column.key: getattr(row, column.key) for column in Asset.__table__.columns}, "leave": leave}


def store(
    tools: Tools, tenant: str, user: str, path: Path, probed: Probed, *, name: str = "", person: bool | None = None, consent: str | None = None
) -> Asset:
    """Keep a checked file as an asset of the tenant; its row. The same file again is the same asset, where nothing else was said about it.

    A picture on the blocklist is refused (JobError input_blocked). One that is not declared, or shows a person, is judged when it is used.
    """
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    mark = fingerprint(path, probed)
    if mark and phash.match([mark], tools.blocked()):
        raise JobError("input_blocked", "this picture was taken down before and cannot be used; appeal if that is a mistake", field="file")
    with tools.db.reading() as session:
        if consent is not None:
            given = session.get(Consent, consent)
            if given is None or given.tenant != tenant:
                raise JobError("not_found", f"there is no consent {consent}; record it first", field="consent")
        same = session.scalar(
            select(Asset)
            .where(Asset.tenant == tenant, Asset.user == user, Asset.sha256 == digest, Asset.state == "ready", Asset.name == name[:255])
            .where(Asset.person == person, Asset.consent == consent, Asset.kind == probed.kind)
            .limit(1)
        )
    if same is not None:
        return same
    ident = new_id("asset")
    day = time.gmtime()
    key = f"{tenant}/{day.tm_year:04d}/{day.tm_mon:02d}/{ident}/file{SUFFIXES.get(probed.content_type, '')}"
    stored = tools.bucket.put(key, path, probed.content_type)
    row = Asset(
        id=ident, tenant=tenant, user=user, kind=probed.kind, name=name[:255], content_type=probed.content_type, bytes=stored.bytes, sha256=stored.sha256,
        phash=mark, key=key, width=probed.width or None, height=probed.height or None, seconds=probed.seconds or None, person=person, consent=consent,
        state="ready", legal_hold=False, created=now(), keep_until=now() + tools.config.keep_days * 86_400,
    )  # fmt: skip
    with tools.db.session(durable=True) as session:
        session.add(row)
    return row


def said_of(tools: Tools, job: Job) -> tuple[bool | None, str | None]:
    """Does a clip made here show a real person, and by whose leave? As its references said: (person, consent), for an asset made of it.

    Several persons have several leaves, and an asset names one: then the leave is None, and whoever uses the asset must name it.
    """
    references = job.request.get("references") or ()
    with tools.db.reading() as session:
        known = [(one.get("person"), session.get(Asset, one.get("asset") or "")) for one in references if one.get("kind") != "audio" or one.get("person")]
    persons = [asset.person if said is None and asset is not None else said for said, asset in known]
    if any(persons):
        leaves = {asset.consent if asset is not None else None for (_, asset), person in zip(known, persons, strict=True) if person}
        return True, leaves.pop() if len(leaves) == 1 else None
    return (None if None in persons else False), None


def fingerprint(path: Path, probed: Probed) -> str:
    """The perceptual hash of a picture, or of a clip's first frame; empty for sounds."""
    picture = first_picture(path, probed.kind)
    return "" if picture is None else phash.phash_image(picture)
