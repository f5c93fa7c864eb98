"""An engine in a process of its own, kept warm: its crash, its kill, its hunger for memory are a failed attempt, never
a dead service."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from phonofilm.engines import recorded
from phonofilm.engines.base import Cancel, Crashed, Report, stop_if
from phonofilm.engines.declared import DECLARED
from phonofilm.engines.isolated import wire
from phonofilm.engines.registry import ENGINES, SETTINGS
from phonofilm.errors import EngineError, RequestError
from phonofilm.prompt.script import Script
from phonofilm.spec import plain
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result

PRIVATE = ("KEY", "SECRET", "TOKEN", "PASSWORD", "DATABASE_URL")
"""Parts of the names of environment variables that the process does not get; it needs none of the service's secrets."""
KEPT = ("HF_TOKEN",)


class Isolated:
    """The engine ``name`` in a child process, started on first use and again after it died. One clip at a time; others
    wait their turn.

    ``limit`` is the longest a clip may take, ``grace`` how long a cancelled one may take to stop before its process is
    ended (seconds). ``memory`` caps the process's memory (bytes of address space; Linux, for engines on the CPU).
    """

    def __init__(
        self,
        name: str,
        *,
        where: str | None = None,
        settings: Mapping[str, Any] | None = None,
        capability: Capability | None = None,
        limit: float = 3600.0,
        grace: float = 10.0,
        memory: int | None = None,
    ) -> None:
        if where is None and name not in ENGINES:
            raise RequestError(f"there is no engine '{name}'; choose one of {', '.join(ENGINES)}")
        self.name = name
        self.where = where or ENGINES[name]
        self.settings = dict(settings if settings is not None else SETTINGS.get(name, {}))
        self.limit, self.grace, self.memory = limit, grace, memory
        self._capability = capability or self._declared()
        self._turn = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._number = 0

    def _declared(self) -> Capability:
        if self.where in DECLARED:
            return DECLARED[self.where](self.name, self.settings)
        from phonofilm.engines.registry import make

        return make(self.where, self.name, self.settings).capability()

    def capability(self) -> Capability:
        """What the engine can do; starts nothing."""
        return self._capability

    @property
    def pid(self) -> int | None:
        """The child's process id while it lives."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def generate(
        self,
        request: Generate,
        *,
        script: Script | None = None,
        progress: Report | None = None,
        cancel: Cancel | None = None,
    ) -> Result:
        """As ``make``, into a temporary file that lives as long as the result's frames."""
        return recorded.temporary(lambda out: self.make(request, out, progress=progress, cancel=cancel))

    def make(
        self,
        request: Generate,
        out: Path,
        *,
        progress: Report | None = None,
        cancel: Cancel | None = None,
        about: dict[str, str] | None = None,
    ) -> Result:
        """Make the clip at ``out``. Raises Crashed where the process died, the engine's own error, EngineError when
        cancelled or too slow."""
        out = Path(out).absolute()
        while not self._turn.acquire(timeout=0.2):
            stop_if(cancel)
        try:
            stop_if(cancel)
            told = self._converse(request, out, progress, cancel, about)
        except BaseException:
            for left in out.parent.glob(f".{out.stem}.*.part.mp4"):
                left.unlink(missing_ok=True)
            raise
        finally:
            self._turn.release()
        size, frames = (int(told["width"]), int(told["height"])), int(told["frames"])
        return Result(
            frames=recorded.Recorded(out, size, frames),
            n_frames=frames,
            sound=recorded.sound_of(out, frames, told["rate"]),
            rate=told["rate"],
            size=size,
            native_size=(told["native_size"][0], told["native_size"][1]),
            prompt=request.prompt,
            engine=told["engine"],
            seed=request.seed,
            notes=tuple(told["notes"]),
            timings=told["timings"],
            details=told["details"],
            path=out,
        )

    def close(self) -> None:
        """End the child; a clip under way is lost."""
        self._end()

    def _converse(
        self, request: Generate, out: Path, progress: Report | None, cancel: Cancel | None, about: dict[str, str] | None
    ) -> dict[str, Any]:
        self._number += 1
        number = self._number
        self._start()
        order = {"id": number, "where": self.where, "name": self.name, "settings": wire.settings_out(self.settings),
            "request": plain.to_plain(request),
                 "out": str(out), "about": about}  # fmt: skip
        self._say(order)
        until, stopping = time.monotonic() + self.limit, 0.0
        while True:
            if not stopping and cancel and cancel():
                stopping = time.monotonic() + self.grace
                self._say({"cancel": number})
            if stopping and time.monotonic() > stopping:
                self._end()
                raise EngineError("cancelled; nothing was written")
            if time.monotonic() > until:
                self._end()
                raise EngineError(
                    f"engine {self.name} did not finish in {self.limit:.0f} s and was stopped; ask for a shorter clip"
                    " or raise its limit"
                )
            try:
                line = self._lines.get(timeout=0.1)
            except queue.Empty:
                continue
            if line is None:
                raise self._crashed()
            if line.get("progress") == number and progress:
                progress(Progress(stage=line["stage"], done=line["at"], total=line["of"]))
            elif line.get("done") == number:
                told: dict[str, Any] = line["result"]
                return told
            elif line.get("failed") == number:
                if line.get("fatal"):
                    self._end()
                raise wire.error_in(line, self.name)

    def _start(self) -> None:
        # its words end before the last of its threads is gone, and only then does poll() know
        if self._process and self._process.poll() is None and self._reader is not None and self._reader.is_alive():
            return
        self._end()
        environment = {
            name: value
            for name, value in os.environ.items()
            if name in KEPT or not any(part in name.upper() for part in PRIVATE)
        }
        command = [sys.executable, "-m", "phonofilm.engines.isolated.child"]
        if self.memory:
            command += ["--memory", str(self.memory)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment,
            close_fds=True,
        )
        self._process, self._lines = process, queue.Queue()
        self._reader = threading.Thread(
            target=_read, args=(process, self._lines), daemon=True, name=f"engine-{self.name}"
        )
        self._reader.start()

    def _say(self, message: dict[str, Any]) -> None:
        process = self._process
        assert process is not None and process.stdin is not None
        try:
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
        except OSError:
            pass  # it died; the end of its lines says so

    def _crashed(self) -> Crashed:
        process = self._process
        code = process.wait() if process else None
        self._end()
        if code is not None and code < 0:
            how = {-9: "was killed (out of memory, perhaps)", -11: "crashed"}.get(code, f"ended by signal {-code}")
        else:
            how = f"ended with status {code}"
        return Crashed(f"the process of engine {self.name} {how}; the attempt failed, the next one gets a new process")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if process.stdin:
            with contextlib.suppress(OSError):
                process.stdin.close()


def _read(process: subprocess.Popen[str], lines: queue.Queue[dict[str, Any] | None]) -> None:
    assert process.stdout is not None
    try:
        for line in process.stdout:
            try:
                lines.put(json.loads(line))
            except ValueError:
                break  # it no longer speaks our language
    except (OSError, ValueError):
        pass
    finally:
        lines.put(None)
        process.stdout.close()
