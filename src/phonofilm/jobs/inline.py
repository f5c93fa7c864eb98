"""The same list of steps in this process, without database, queue or bucket: for the command line and ``phonofilm.generate()``."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from phonofilm.engines.base import Cancel, Engine, Report
from phonofilm.errors import EngineError, PhonofilmError, machine_fault
from phonofilm.jobs import workflow
from phonofilm.jobs.codes import JobError, as_job_error
from phonofilm.jobs.config import Config
from phonofilm.jobs.tools import Tools
from phonofilm.jobs.walk import Ended, Hold, Try
from phonofilm.media.video import check_writable
from phonofilm.prompt import check, parse
from phonofilm.prompt.settled import overruled
from phonofilm.spec.reference import Origin, Reference
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result
from phonofilm.trust.payload import reference_of

HOME = Path("~/.phonofilm")
"""Where the watermark's key and the development certificate are kept, as the service keeps them."""
_MAKING = ("fetch_references", "admit", "reserve_cost", "route")


def generate(
    request: Generate, out: Path | str | None = None, *, weights: Path | str | None = None, engine: Engine | None = None, config: Config | None = None,
    label: bool = False, progress: Report | None = None, cancel: Cancel | None = None,
) -> Result:  # fmt: skip
    """Walk the list over one request. With ``out`` the clip is released, marked, signed and written there as an MP4.

    Without ``out`` no file leaves the house: the list ends with the engine, and the frames are the caller's. ``label`` asks for the visible
    label where the profile leaves a choice. What a service would hold for a reviewer is made here, and named in the notes: whoever asks is
    the person who would decide. What policy blocks is refused. Raises a PhonofilmError; nothing half-written is left behind.
    """
    path = check_writable(out) if out is not None else None
    check(parse(request.prompt), request.seconds)
    config = config or Config(home=Path(os.environ.get("PHONOFILM_HOME") or HOME).expanduser(), engines={request.engine: {}}, route_by="capability")
    folder = Path(tempfile.mkdtemp(prefix=".phonofilm-", dir=path.parent if path else None))
    try:
        walk = InlineWalk(request, config, folder, weights=weights, engine=engine, label=label, progress=progress, cancel=cancel)
        steps = workflow.STEPS if path is not None else [step for step in workflow.STEPS if step.name in _MAKING]
        carry = workflow.walk_through(walk, _now, walk.end, steps)
        if carry is None:
            raise walk.error or EngineError("cancelled; nothing was written")
        walk.notes += carry["fetch_references"].get("notes", [])
        if path is None:
            return walk.bare(carry["route"]["engines"][0])
        return walk.finished(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _same_for_the_same(request: Generate, weights: Path | str | None) -> str:
    """A name that follows from the request, so that the same request gives the same marked picture and sound."""
    return hashlib.sha256(repr((replace(request, seconds=float(request.seconds)), str(weights))).encode()).hexdigest()[:24]


def _now(name: str, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    return act()


class Folder:
    """A bucket's part that the steps need, in a scratch folder: files stay where they were made."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, source: Path, content_type: str = "") -> Any:
        """Nothing is copied; the key leads back to the file."""
        from types import SimpleNamespace

        return SimpleNamespace(key=str(source), bytes=source.stat().st_size, sha256="")

    def get(self, key: str, path: Path) -> Path:
        """A file by the key ``put`` gave."""
        return Path(shutil.copy(key, path))

    def delete(self, key: str) -> None:
        """The folder goes as a whole."""


class InlineTools(Tools):
    """Tools with one engine, which may have a checkpoint of its own or be made already."""

    def __init__(self, config: Config, bucket: Any, name: str, weights: Path | str | None, engine: Engine | None) -> None:
        super().__init__(config, None, bucket)
        self._name, self._weights, self._engine = name, weights, engine

    def engine(self, name: str) -> Engine:
        """The engine asked for; another one only where the operator's configuration has it."""
        from phonofilm.engines import registry

        if name != self._name:
            return super().engine(name)
        if self._engine is None:
            self._engine = registry.load(name) if self._weights is None else registry.load(name, Path(self._weights))
        return self._engine

    def price(self, request: Generate, extra: dict[str, Any], *, tokens: int | None = None) -> int:
        """Nobody is billed."""
        return 0

    def capabilities(self) -> list[Any]:
        """Of the engine asked for, and of those a configuration offers besides."""
        others = [name for name in self.config.engines if name != self._name]
        return [self.engine(self._name).capability(), *(super(InlineTools, self).engine(name).capability() for name in others)]


class InlineWalk:
    """A walk whose records are this object's fields."""

    trouble: tuple[type[Exception], ...] = ()
    waits = False

    def __init__(
        self, request: Generate, config: Config, folder: Path, *, weights: Path | str | None, engine: Engine | None, label: bool,
        progress: Report | None, cancel: Cancel | None,
    ) -> None:  # fmt: skip
        self.request, self.folder = request, folder
        self.job = "cli_" + _same_for_the_same(request, weights)
        self.tenant, self.user = "local", "local"
        self.extra: dict[str, Any] = {"watermark": label, "title": request.prompt[:200]}
        self.profile = config.profile
        self.prefix = str(folder)
        self.watermark = reference_of(self.job)
        self.created = time.time()
        self.hls = False
        self.made: dict[str, Any] = {}
        self.tools = InlineTools(config, Folder(folder), request.engine, weights, engine)
        self.error: PhonofilmError | None = None
        self.signs = find_spec("c2pa") is not None
        self.notes: list[str] = [] if self.signs else ["not signed: install c2pa-python, and the clip's provenance is signed into it"]
        self.notes += overruled(request)
        self._progress, self._cancel = progress, cancel
        self._step = ""
        self._tries: list[Try] = []
        self._result: Result | None = None
        self._outputs: list[dict[str, Any]] = []
        self._times: dict[str, float] = {}

    def enter(self, step: str, progress: float) -> None:
        """Begin a step."""
        self._step = step
        if self.cancelled():
            raise Ended("cancelled")

    def wait(self, part: str, error: BaseException, tries: int, since: float) -> None:
        """Nothing is waited for: whoever asks sees the disk, and can make room."""
        raise error

    def worded(self, error: Exception, step: str) -> JobError:
        """All of it: it is the caller's own machine."""
        known = as_job_error(error)
        return JobError(known.code, str(error), field=known.field) if machine_fault(error) else known

    def took(self, step: str, seconds: float) -> None:
        """For the result's timings."""
        self._times[step] = seconds

    def report(self, share: float) -> None:
        """Only of what follows the making: the engine tells its own stages."""
        if self._progress and self._step in ("package", "store"):
            self._progress(Progress(stage=self._step, done=round(share * 100), total=100))

    def told(self, progress: Progress) -> None:
        """An engine's own stage."""
        if self._progress:
            self._progress(progress)

    def cancelled(self) -> bool:
        """The caller's word."""
        return bool(self._cancel and self._cancel())

    def leaving(self) -> bool:
        """A caller that cancels means the job."""
        return False

    def result(self, result: Result) -> None:
        """Keep it for the caller."""
        self._result = result

    def asset(self, reference: Reference) -> dict[str, Any]:
        """A file of this machine, as a row would describe it."""
        path = Path(str(reference.asset or reference.path))
        if not path.is_file():
            raise JobError("not_found", f"the reference '{path}' is not there; check the path", field="references")
        return {"key": str(path), "leave": None}

    def origin(self, reference: Reference) -> Origin | None:
        """As the caller says; nothing is remembered here."""
        return reference.origin

    def kept(self, number: int) -> str | None:
        """Each call fetches for itself."""
        return None

    def keep(self, reference: Reference, path: Path, probed: Any, number: int) -> str:
        """A fetched file stays in the scratch folder."""
        return str(path)

    def decided(self, stage: str) -> str | None:
        """Nobody else is asked."""
        return "publish" if self.made.get(f"passed {stage}") else None

    def note(self, stage: str, verdict: dict[str, Any]) -> None:
        """What a service would have held is told."""
        if verdict["action"] == "review":
            categories = ", ".join(sorted({finding["category"] for finding in verdict["findings"] if finding["severity"] != "low"}))
            self.notes.append(f"a service would hold this for a reviewer at its {stage} door ({categories})")
            self.made[f"passed {stage}"] = True

    def reserve(self, amount: int, version: str) -> None:
        """No money here."""

    def routed(self, engine: str) -> None:
        """Nothing to record."""

    def tries(self) -> list[Try]:
        """Of this call."""
        return list(self._tries)

    def intend(self, engine: str, *, paid: bool) -> Try:
        """Remembered while the call lasts."""
        attempt = Try(number=len(self._tries) + 1, engine=engine, tag=f"{self.job}-{len(self._tries) + 1}", state="intended")
        self._tries.append(attempt)
        return attempt

    def learned(self, attempt: Try, state: str, *, vendor_id: str | None = None, detail: dict[str, Any] | None = None) -> None:
        """The same."""
        old = self._tries[attempt.number - 1]
        self._tries[attempt.number - 1] = replace(old, state=state, vendor_id=vendor_id or old.vendor_id, detail={**old.detail, **(detail or {})})

    def publish(self, outputs: list[dict[str, Any]], result: dict[str, Any], amount: int) -> None:
        """The file is ready to be moved to where it was asked for."""
        self._outputs = outputs

    def notify(self) -> None:
        """Nobody waits elsewhere."""

    def end(self, state: str, error: JobError | None, hold: Hold | None) -> None:
        """Remembered for the caller."""
        if hold is not None:
            error = JobError("unknown_outcome", f"{hold.reasons[0]['detail'] if hold.reasons else hold.stage}")
        self.error = error if error is not None else EngineError("cancelled; nothing was written")

    def bare(self, name: str) -> Result:
        """The engine's result, its frames still to be walked."""
        engine = self.tools.engine(name)
        result = engine.generate(replace(self.request, engine=name), progress=self._progress, cancel=self._cancel)
        return replace(result, notes=(*result.notes, *self.notes))

    def finished(self, path: Path) -> Result:
        """The released clip, moved to where it was asked for."""
        assert self._result is not None
        clip = next(output for output in self._outputs if output["name"] == "video.mp4")
        os.replace(clip["key"], path)
        timings = {**self._result.timings, "write": sum(self._times.get(step, 0.0) for step in ("package", "sign", "store"))}
        return replace(self._result, path=path, notes=(*self._result.notes, *self.notes), timings=timings)
