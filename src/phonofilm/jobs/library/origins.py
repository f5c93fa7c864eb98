"""Where a clip came from: a file that is, byte for byte, one of the tenant's own finished clips brings its script
along."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from phonofilm.jobs.store.tables import Asset, Job, Output
from phonofilm.spec.reference import Origin
from phonofilm.spec.request import Generate

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from phonofilm.jobs.store.database import Database


def origin_of(session: Session, tenant: str, asset: str | None) -> Origin | None:
    """How the clip of this asset was made, where the tenant made it here and its engine said how; removed clips are not
    remembered."""
    row = session.get(Asset, asset) if asset else None
    if row is None or row.tenant != tenant or row.kind != "video":
        return None
    same = (
        select(Job.result)
        .join(Output, Output.job == Job.id)
        .where(Job.tenant == tenant, Job.state == "succeeded", Output.sha256 == row.sha256)
    )
    for result in session.scalars(same.where(Output.name == "video.mp4")):
        told = ((result or {}).get("details") or {}).get("origin")
        if isinstance(told, dict):
            try:
                return Origin.of(told)
            except (KeyError, TypeError, ValueError):
                continue
    return None


def traced(db: Database, tenant: str, request: Generate) -> Generate:
    """The request with the origin of its source, for asking who could do it; the request on record names the source
    alone.

    What comes of it does keep the source's script (``details`` of its result), whoever wrote that and whatever becomes
    of the source: without it the new clip could not be gone on from. It goes when that clip goes.
    """
    if not any(reference.role == "source" and reference.asset for reference in request.references):
        return request
    with db.reading() as session:
        known = [
            replace(one, origin=origin_of(session, tenant, one.asset)) if one.role == "source" else one
            for one in request.references
        ]
    return replace(request, references=tuple(known))
