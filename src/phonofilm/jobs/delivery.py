"""From the raw clip to the files a client gets. The raw clip in the bucket is the truth; everything here can be made again from it."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from pathlib import Path
from typing import Any

from phonofilm.errors import PhonofilmError
from phonofilm.jobs.walk import Carry, Walk
from phonofilm.spec.reference import Reference

log = logging.getLogger("phonofilm.jobs")
_PACKED, _SIGNED = "packaged.json", "signed.json"


def mezzanine(walk: Walk, carry: Carry) -> Path:
    """The raw clip as a file on this machine."""
    from phonofilm.jobs.making import MEZZANINE

    path = walk.folder / MEZZANINE
    if not path.exists():
        walk.folder.mkdir(parents=True, exist_ok=True)
        walk.tools.bucket.get(carry["generate"]["mezzanine"], path)
    return path


def stored(walk: Walk, carry: Carry) -> list[dict[str, Any]]:
    """Every file of the clip in the bucket, as rows of ``outputs``."""
    made = carry["generate"]
    if not walk.tools.config.package:
        result = made["result"]
        return [
            {
                "name": "video.mp4", "key": made["mezzanine"], "content_type": "video/mp4", "bytes": made["bytes"], "sha256": made["sha256"],
                "width": result["width"], "height": result["height"],
            }
        ]  # fmt: skip
    raise NotImplementedError


def tidy(walk: Walk, carry: Carry) -> None:
    """Remove what nobody needs any more; what fails is left to retention."""
    shutil.rmtree(walk.folder, ignore_errors=True)
