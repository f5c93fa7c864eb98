"""Engines that count: a local one that hands over a small clip, and a vendor whose books survive the process that asks
it."""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from pathlib import Path

import numpy as np

from phonofilm.engines.base import CANNOT, Cancel, Poll, Report, UnknownOutcome, stop_if
from phonofilm.media.video import write_clip
from phonofilm.prompt.script import Script
from phonofilm.spec import clock
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result

SIZE = (160, 96)
FRAMES = 25


def small_clip(folder: Path) -> Path:
    """A real MP4 of one second, made once per folder."""
    path = folder / "small.mp4"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        frames = [np.full((SIZE[1], SIZE[0], 3), 40 + 6 * number, np.uint8) for number in range(FRAMES)]
        sound = 0.1 * np.sin(np.arange(clock.SAMPLE_RATE * FRAMES // clock.FPS) / 9.0).astype(np.float32)
        partial = folder / f"{os.getpid()}-{uuid.uuid4().hex}.mp4"
        write_clip(partial, frames, np.stack([sound, sound]), rate=clock.SAMPLE_RATE)
        partial.replace(path)
    return path


class Local:
    """Makes nothing but time pass: the small clip after ``seconds``."""

    def __init__(self, name: str = "local", *, folder: str, seconds: float = 0.1) -> None:
        self.name, self.folder, self.seconds = name, Path(folder), seconds

    def capability(self) -> Capability:
        """Anything without references."""
        return Capability(engine=self.name, guided=False, trial=True)

    def make(
        self, request: Generate, out: Path, *, progress: Report | None = None, cancel: Cancel | None = None
    ) -> Result:
        """The small clip, in ten stages."""
        for number in range(10):
            stop_if(cancel)
            time.sleep(self.seconds / 10)
            if progress:
                progress(Progress(stage="draw", done=number + 1, total=10))
        shutil.copy(small_clip(self.folder), out)
        silence = np.zeros((2, clock.SAMPLE_RATE * FRAMES // clock.FPS), np.float32)
        return Result(
            frames=(),
            n_frames=FRAMES,
            sound=silence,
            rate=clock.SAMPLE_RATE,
            size=SIZE,
            native_size=SIZE,
            prompt=request.prompt,
            engine=self.name,
            seed=request.seed,
            path=out,
        )

    def generate(
        self,
        request: Generate,
        *,
        script: Script | None = None,
        progress: Report | None = None,
        cancel: Cancel | None = None,
    ) -> Result:
        """The same through a file."""
        return self.make(
            request, small_clip(self.folder).with_name(f"{uuid.uuid4().hex}.mp4"), progress=progress, cancel=cancel
        )


class Vendor:
    """A vendor that bills every submit it accepts, in a folder that outlives whoever asks. ``finds``: can a submit be
    looked up by its tag?

    ``loses`` of every ``of`` answers to accepted submits never arrive, as on a bad line.
    """

    repeatable = False

    def __init__(
        self,
        name: str = "vendor",
        *,
        folder: str,
        finds: bool = True,
        seconds: float = 0.2,
        loses: int = 0,
        of: int = 1,
    ) -> None:
        self.name, self.folder, self.finds, self.seconds, self.loses, self.of = (
            name,
            Path(folder),
            finds,
            seconds,
            loses,
            of,
        )
        self.books = self.folder / "books"
        self.books.mkdir(parents=True, exist_ok=True)

    def capability(self) -> Capability:
        """Anything without references, for money."""
        return Capability(engine=self.name, guided=False, trial=True, remote=True, usd_per_second=0.1)

    def submit(self, request: Generate, tag: str) -> str:
        """Accept and bill it; then, perhaps, the answer is lost."""
        ident = uuid.uuid4().hex
        entry = {"id": ident, "tag": tag, "at": time.time(), "engine": self.name}
        partial = self.books / f".{ident}"
        partial.write_text(json.dumps(entry))
        partial.rename(self.books / f"{tag}.{ident}.json")
        accepted(tag)
        if self.loses and int(ident, 16) % self.of < self.loses:
            raise UnknownOutcome("the line broke")
        return ident

    def poll(self, vendor_id: str) -> Poll:
        """Done after its time."""
        found = next(self.books.glob(f"*.{vendor_id}.json"))
        age = time.time() - json.loads(found.read_text())["at"]
        if age >= self.seconds:
            return Poll(state="succeeded", progress=1.0, usage=1000)
        return Poll(state="running", progress=age / self.seconds, retry_after=0.05)

    def fetch(self, vendor_id: str, out: Path, *, mute: bool = False) -> None:
        """The small clip."""
        shutil.copy(small_clip(self.folder), out)

    def cancel(self, vendor_id: str) -> bool:
        """Too late, always."""
        return False

    def find(self, tag: str) -> str | None:
        """By its tag, where that is offered."""
        if not self.finds:
            return CANNOT
        found = next(self.books.glob(f"{tag}.*.json"), None)
        return json.loads(found.read_text())["id"] if found else None

    def billed(self) -> dict[str, int]:
        """Submits accepted, by job."""
        counts: dict[str, int] = {}
        for path in self.books.glob("*.json"):
            job = path.name.split(".")[0].rsplit("-", 1)[0]
            counts[job] = counts.get(job, 0) + 1
        return counts


def accepted(tag: str) -> None:
    """Called when a vendor has accepted a submit and not answered yet; the kill test dies here."""


def offer() -> None:
    """Let configurations name these engines by kind."""
    from phonofilm.engines import registry

    registry.KINDS["double_local"] = "benchmarks.doubles:Local"
    registry.KINDS["double_vendor"] = "benchmarks.doubles:Vendor"
