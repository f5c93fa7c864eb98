"""Trouble of the house: a disk that is full, a bucket that is away, a database that does not answer. None of it is a
job's fault, so no job ends by it: walks wait, the worker takes no more until a write works again, and the trouble is
counted and shown.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import update

from phonofilm.errors import StorageError
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.locks import add_once
from phonofilm.jobs.store.tables import HouseFault

if TYPE_CHECKING:
    from phonofilm.jobs.config import Config
    from phonofilm.jobs.store.database import Database
    from phonofilm.storage.bucket import Bucket

log = logging.getLogger("phonofilm.jobs")
PARTS = ("disk", "bucket", "database")
AGAIN = 1.0
"""Seconds between two trial writes while something is in trouble."""
_TRIAL = b"\xa5" * (1 << 20)


class House:
    """What this process knows of its disk, bucket and database. Thread-safe."""

    def __init__(self, config: Config, bucket: Bucket) -> None:
        self._scratch, self._least, self._bucket = config.scratch, config.min_free, bucket
        self._lock, self._looking = threading.Lock(), threading.Lock()
        self._since: dict[str, float] = {}
        self._count: dict[str, int] = {}
        self._noted: dict[str, tuple[int, float | None]] = {}
        self._looked = -1e9

    def note(self, part: str, error: BaseException | str) -> None:
        """Something failed in ``part``: count it; the first time it is told to the log, with the inside's own words."""
        with self._lock:
            self._count[part] = self._count.get(part, 0) + 1
            first = part not in self._since
            self._since.setdefault(part, now())
        if first:
            log.error("the %s is in trouble (%s); jobs wait for it", part, " ".join(str(error).split())[:300])

    def over(self, part: str) -> None:
        """It works again."""
        with self._lock:
            since = self._since.pop(part, None)
        if since is not None:
            log.warning("the %s works again, after %.0f s", part, now() - since)

    def trouble(self) -> dict[str, float]:
        """Parts that are in trouble, and since when (UTC seconds)."""
        with self._lock:
            return dict(self._since)

    def well(self) -> bool:
        """May work go on? Costs next to nothing while nothing is known to fail; otherwise a trial write now and
        then."""
        if "disk" not in self.trouble() and (short := self.short()):
            self.note("disk", short)
        troubled = set(self.trouble()) & {"disk", "bucket"}
        if not troubled:
            return True
        with self._looking:
            if time.monotonic() - self._looked < AGAIN:
                return False
            for part, wrong in self.look().items():
                if wrong:
                    self.note(part, wrong)
                else:
                    self.over(part)
            self._looked = time.monotonic()
        return not set(self.trouble()) & {"disk", "bucket"}

    def look(self) -> dict[str, str]:
        """Write, read and remove a little on the disk and in the bucket: what is wrong with each, empty where nothing
        is."""
        return {"disk": self.disk(), "bucket": self.bucket()}

    def short(self) -> str:
        """Is the disk of the scratch folder all but full? What is wrong, or nothing. A small disk may be fuller than a
        large one."""
        try:
            place = next(folder for folder in (self._scratch, *self._scratch.parents) if folder.is_dir())
            usage = shutil.disk_usage(place)
        except (OSError, StopIteration) as error:
            return str(error)
        least = min(self._least, usage.total // 20)
        return f"{usage.free} bytes are free, {least} are wanted" if usage.free < least else ""

    def disk(self) -> str:
        """A trial write of 1 MiB in the scratch folder: what is wrong, or nothing."""
        path = self._scratch / f"trial-{os.getpid()}-{threading.get_ident()}"
        try:
            self._scratch.mkdir(parents=True, exist_ok=True)
            try:
                path.write_bytes(_TRIAL)
            finally:
                path.unlink(missing_ok=True)
        except OSError as error:
            return error.strerror or str(error)
        return self.short()

    def bucket(self) -> str:
        """The same in the bucket."""
        try:
            self._bucket.check()
        except StorageError as error:
            return str(error)
        return ""

    def keep(self, db: Database, worker: str) -> None:
        """Put what was counted since the last time on record, for the metrics; an ended trouble once more."""
        with self._lock:
            fresh = {part: (count, self._since.get(part)) for part, count in self._count.items()}
        for part, (count, since) in fresh.items():
            if self._noted.get(part) == (count, since) and since is None:
                continue
            with db.session() as session:
                add_once(
                    session, HouseFault, {"part": part, "worker": worker, "count": 0, "since": None, "updated": now()}
                )
                mine = (HouseFault.part == part) & (HouseFault.worker == worker)
                session.execute(update(HouseFault).where(mine).values(count=count, since=since, updated=now()))
            self._noted[part] = (count, since)


def nameless(text: str, *folders: Path) -> str:
    """A message without this machine's folders: of a path inside one of them, its last part alone is told."""
    import re

    for folder in folders:
        text = re.sub(re.escape(str(folder)) + r"(?:/[^\s'\"]*)?/([^\s'\"/]*)", r"\1", text)
    return text
