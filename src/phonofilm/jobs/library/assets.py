"""Files somebody brought along: looked at, measured, held against the list of what must not come back, and kept."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from phonofilm.clip.moderate import first_picture
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Asset, Consent, Job
from phonofilm.media.sniff import SUFFIXES
from phonofilm.trust import phash
from phonofilm.trust.consent import Leave, stricter

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database
    from phonofilm.jobs.tools import Tools
    from phonofilm.media.probe import Probed


class Given(NamedTuple):
    """As much of an asset as using it needs."""

    id: str
    kind: str
    key: str
    seconds: float | None
    person: bool | None
    consent: str | None
    leave: Leave | None
    """The consent, read."""


def given(db: Database, tenant: str, ident: str | None) -> Given:
    """The tenant's asset. Raises JobError ``not_found`` or ``input_blocked`` for what may not be used."""
    with db.reading() as session:
        row = session.get(Asset, ident or "")
        if row is None or row.tenant != tenant or row.state == "removed":
            raise JobError(
                "not_found", f"there is no asset {str(ident)[:80]} (any more); upload it", field="references"
            )
        if row.state == "blocked":
            raise JobError("input_blocked", f"the asset {row.id} is blocked; use another one", field="references")
        consent = session.get(Consent, row.consent) if row.consent else None
    leave = (
        Leave(id=consent.id, scope=frozenset(consent.scope), expires=consent.expires, revoked=consent.revoked)
        if consent
        else None
    )
    return Given(row.id, row.kind, row.key, row.seconds, row.person, row.consent, leave)


def store(
    tools: Tools,
    tenant: str,
    user: str,
    path: Path,
    probed: Probed,
    *,
    name: str = "",
    person: bool | None = None,
    consent: str | None = None,
) -> Asset:
    """Keep a checked file as an asset of the tenant; its row. The same file again is the same asset, kept as long as a
    new one, where nothing else was said about it.

    What one upload of a file declared as a real person holds for every other of the tenant, with that person's leave:
    nobody can say less than was said. A picture on the blocklist is refused (JobError input_blocked). One that is not
    declared, or shows a person, is judged when it is used.
    """
    if consent is not None and person is False:
        raise JobError(
            "invalid_parameter",
            "a consent is a person's leave; say that it shows one (person: true), or name no consent",
            field="person",
        )
    person = True if consent is not None else person
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    mark = fingerprint(path, probed)
    if mark and phash.match([mark], tools.blocked()):
        raise JobError(
            "input_blocked",
            "this picture was taken down before and cannot be used; appeal if that is a mistake",
            field="file",
        )
    with tools.db.reading() as session:
        if consent is not None:
            given = session.get(Consent, consent)
            if given is None or given.tenant != tenant:
                raise JobError("not_found", f"there is no consent {consent}; record it first", field="consent")
        said = select(Asset).where(
            Asset.tenant == tenant, Asset.sha256 == digest, Asset.state != "removed", Asset.person.is_(True)
        )
        if (declared := session.scalar(said.order_by(Asset.id.desc()).limit(1))) is not None:
            person, consent = True, consent or declared.consent
    if (same := _renewed(tools, tenant, user, digest, name[:255], person, consent, probed.kind)) is not None:
        return same
    ident = new_id("asset")
    day = time.gmtime()
    key = f"{tenant}/{day.tm_year:04d}/{day.tm_mon:02d}/{ident}/file{SUFFIXES.get(probed.content_type, '')}"
    stored = tools.bucket.put(key, path, probed.content_type)
    row = Asset(
        id=ident,
        tenant=tenant,
        user=user,
        kind=probed.kind,
        name=name[:255],
        content_type=probed.content_type,
        bytes=stored.bytes,
        sha256=stored.sha256,
        phash=mark,
        key=key,
        width=probed.width or None,
        height=probed.height or None,
        seconds=probed.seconds or None,
        person=person,
        consent=consent,
        ignored=list(probed.ignored),
        state="ready",
        legal_hold=False,
        created=now(),
        keep_until=now() + tools.keep_days(tenant) * 86_400,
    )
    with tools.db.session(durable=True) as session:
        session.add(row)
        session.flush()
        if person:
            spread(session, row)
    return row


def _renewed(
    tools: Tools, tenant: str, user: str, digest: str, name: str, person: bool | None, consent: str | None, kind: str
) -> Asset | None:
    """The asset this very file is already, its time begun anew: what an upload gives back must not end a moment
    later."""
    same = select(Asset).where(
        Asset.tenant == tenant, Asset.user == user, Asset.sha256 == digest, Asset.state == "ready", Asset.name == name
    )
    same = (
        same.where(Asset.person == person, Asset.consent == consent, Asset.kind == kind)
        .order_by(Asset.id.desc())
        .limit(1)
    )
    days = tools.keep_days(tenant)
    with tools.db.reading() as session:
        if session.scalar(same) is None:
            return None
    with tools.db.session(durable=True) as session:
        row = session.scalar(same.with_for_update())  # the sweep may have been there in between
        if row is not None:
            row.created, row.keep_until = now(), now() + days * 86_400
        return row


def spread(session: Session, row: Asset) -> None:
    """The same file says the same wherever the tenant has it: a person in one is a person in all, by the leave of one
    where they have none."""
    same = update(Asset).where(
        Asset.tenant == row.tenant, Asset.sha256 == row.sha256, Asset.id != row.id, Asset.state != "removed"
    )
    session.execute(
        same.where(Asset.consent.is_(None))
        .values(person=True, consent=row.consent)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        same.where(Asset.person.is_not(True)).values(person=True).execution_options(synchronize_session=False)
    )


def said_of(tools: Tools, job: Job) -> tuple[bool | None, str | None]:
    """Does a clip made here show a real person, and by whose leave? As its references said: (person, consent), for an
    asset made of it.

    Several persons have several leaves, and an asset names one: then the leave is None, and whoever uses the asset must
    name it.
    """
    references = job.request.get("references") or ()
    brought = (job.extra or {}).get("assets") or ()  # by their addresses: what they were said to be stands with them
    with tools.db.reading() as session:
        known = [
            (one.get("person"), session.get(Asset, one.get("asset") or ""))
            for one in references
            if one.get("kind") != "audio" or one.get("person")
        ]
        fetched = [
            (None, asset)
            for ident in brought
            if (asset := session.get(Asset, ident)) is not None and (asset.kind != "audio" or asset.person)
        ]
    known = [*known, *fetched]
    if fetched:
        known = [(said, asset) for said, asset in known if asset is not None]
    persons = [said if asset is None else stricter(asset.person, said, asset.consent) for said, asset in known]
    if any(persons):
        leaves = {
            asset.consent if asset is not None else None
            for (_, asset), person in zip(known, persons, strict=True)
            if person
        }
        return True, leaves.pop() if len(leaves) == 1 else None
    return (None if None in persons else False), None


def fingerprint(path: Path, probed: Probed) -> str:
    """The perceptual hash of a picture, or of a clip's first frame; empty for sounds."""
    picture = first_picture(path, probed.kind)
    return "" if picture is None else phash.phash_image(picture)
