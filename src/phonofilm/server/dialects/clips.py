"""Finished clips as the source of new ones."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from phonofilm.jobs.records import from_plain
from phonofilm.server.dialects.wire import tail

if TYPE_CHECKING:
    from phonofilm.jobs.service import Caller, Service
    from phonofilm.jobs.tables import Asset, Job


def clip_of(service: Service, caller: Caller, job: Job) -> Asset:
    """The clip of a succeeded job as an asset; the same job again gives the same asset. It shows a person where what it was made from did."""
    shown = [one.person for one in from_plain(job.request).references]
    person = True if True in shown else None if None in shown else False
    row = service.output(caller, job.id, "video.mp4")
    folder = service.config.scratch / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="clip-", dir=folder, ignore_cleanup_errors=True) as place:
        path = Path(place) / "video.mp4"
        service.bucket.get(row.key, path)
        return service.add_asset(caller, path, name=f"clip {tail(job.id)}", kind="video", person=person, consent=None)
