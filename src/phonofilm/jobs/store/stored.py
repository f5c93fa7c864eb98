"""What a key of the bucket is to whoever asks for its file: an output, an asset, or nothing any more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from phonofilm.jobs.store.tables import Asset, Job, Output

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A file in the bucket, as its row describes it."""

    key: str
    content_type: str
    bytes: int
    sha256: str


def file(db: Database, key: str) -> Stored | None:
    """The file under a bucket key, or None where it is nobody's, deleted or taken down (a legal hold keeps files that
    nobody may see)."""
    parts = key.split("/")
    owners = [index for index, part in enumerate(parts) if re.fullmatch(r"(gen|asset)_[a-z0-9]+", part)]
    if not owners:
        return None
    owner = parts[owners[0]]
    with db.reading() as session:
        if owner.startswith("asset_"):
            asset = session.get(Asset, owner)
            if asset is None or asset.key != key or asset.state in ("removed", "blocked"):
                return None
            return Stored(key=key, content_type=asset.content_type, bytes=asset.bytes, sha256=asset.sha256)
        job = session.get(Job, owner)
        if job is None or job.state != "succeeded":
            return None
        found = session.scalar(select(Output).where(Output.job == owner, Output.key == key))
        return (
            Stored(key=key, content_type=found.content_type, bytes=found.bytes, sha256=found.sha256) if found else None
        )
