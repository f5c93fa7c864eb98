"""Finished clips as the source of new ones."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.tables import Asset, Job


def clip_of(service: Service, caller: Caller, job: Job) -> Asset:
    """The clip of a succeeded job as an asset; the same job again gives the same asset. Raises as ``Service.reuse``."""
    folder = service.config.scratch / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="clip-", dir=folder, ignore_cleanup_errors=True) as place:
        return service.reuse(caller, job.id, "video.mp4", Path(place) / "video.mp4")
