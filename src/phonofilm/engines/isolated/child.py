"""The process an isolated engine lives in: ``python -m phonofilm.engines.isolated.child``. It takes one request at a
time and ends with its parent.

Lines of JSON come in on standard input ({"make": ...}, {"cancel": id}) and go out on what was standard output; whatever
a library prints goes to standard error instead. When the input ends, the parent is gone, and so is this process at
once.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import sys
import threading
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from phonofilm.engines.base import Engine, Maker, stop_if
from phonofilm.engines.isolated import wire
from phonofilm.engines.registry import make
from phonofilm.errors import PhonofilmError
from phonofilm.media.video import write_clip
from phonofilm.spec import plain
from phonofilm.spec.result import Progress, Result

EVERY = 0.1
"""Seconds between two reports of progress at least."""


class Child:
    """One engine, warm, serving the parent's requests in turn."""

    def __init__(self, out: Any) -> None:
        self.out = out
        self.lock = threading.Lock()
        self.work: queue.Queue[dict[str, Any]] = queue.Queue()
        self.cancelled: set[int] = set()
        self.engine: Engine | None = None

    def say(self, **message: Any) -> None:
        """One line to the parent; without a parent there is nothing left to do."""
        line = json.dumps(message) + "\n"
        try:
            with self.lock:
                self.out.write(line)
                self.out.flush()
        except (OSError, ValueError):
            os._exit(0)

    def listen(self) -> None:
        """Read the parent's lines; at their end, end."""
        for line in sys.stdin:
            message = json.loads(line)
            if "cancel" in message:
                self.cancelled.add(message["cancel"])
            else:
                self.work.put(message)
        os._exit(0)

    def serve(self) -> None:
        """Serve until the parent goes."""
        threading.Thread(target=self.listen, daemon=True, name="parent").start()
        while True:
            message = self.work.get()
            self.say(accepted=message["id"])
            try:
                result = self.make(message)
                self.say(done=message["id"], result=result)
            except BaseException as error:
                if not isinstance(error, PhonofilmError):  # ours say all they have to say to the parent
                    traceback.print_exc()
                self.say(failed=message["id"], fatal=wire.is_fatal(error), **wire.error_out(error))
            self.cancelled.discard(message["id"])

    def make(self, message: dict[str, Any]) -> dict[str, Any]:
        """Generate and write the clip; what remains is told without its pictures."""
        number = message["id"]
        if self.engine is None:
            self.engine = make(message["where"], message["name"], wire.settings_in(message["settings"]))
        request = plain.from_plain(message["request"])
        told = 0.0

        def report(progress: Progress) -> None:
            nonlocal told
            if progress.done == progress.total or time.monotonic() - told >= EVERY:
                told = time.monotonic()
                self.say(progress=number, stage=progress.stage, at=progress.done, of=progress.total)

        def cancel() -> bool:
            return number in self.cancelled

        if isinstance(self.engine, Maker):  # it writes its own file, and what that says of itself
            writes: Any = self.engine
            return _told(
                writes.make(request, Path(message["out"]), progress=report, cancel=cancel, about=message.get("about"))
            )
        result: Result = self.engine.generate(request, progress=report, cancel=cancel)
        started = time.perf_counter()

        def wrote(count: int) -> None:
            stop_if(cancel)
            report(Progress(stage="write", done=count, total=result.n_frames))

        sound = result.sound if request.sound else np.zeros_like(result.sound)
        write_clip(
            Path(message["out"]), result.frames, sound, rate=result.rate, progress=wrote, metadata=message.get("about")
        )
        return _told(replace(result, timings={**result.timings, "write": time.perf_counter() - started}))


def _told(result: Result) -> dict[str, Any]:
    return {**plain.result_plain(result), "rate": result.rate}


def main() -> None:
    """Keep the line to the parent for ourselves, then serve."""
    line = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    options = argparse.ArgumentParser()
    options.add_argument("--memory", type=int, help="bytes of address space at most")
    memory = options.parse_args().memory
    if memory:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(
            "800"
        )  # if the machine runs out of memory, this process goes, not the service
    Child(line).serve()


if __name__ == "__main__":
    main()
