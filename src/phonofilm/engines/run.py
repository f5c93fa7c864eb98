"""One request, start to finish: check everything first, generate, write the file whole."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from phonofilm.engines import registry
from phonofilm.engines.base import Cancel, Report, stop_if
from phonofilm.media.video import check_writable, write_clip
from phonofilm.prompt import check, parse
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result


def run(
    request: Generate, out: Path | str | None = None, *, weights: Path | str | None = None, progress: Report | None = None, cancel: Cancel | None = None
) -> Result:
    """Make the clip and, with ``out``, write it as an MP4. ``weights`` is another checkpoint than the shipped one (native engines).

    The path, the prompt and the engine's abilities are checked before any work. Without ``out`` the result's frames may be drawn
    only when walked. Raises a PhonofilmError; nothing half-written is left behind.
    """
    path = check_writable(out) if out is not None else None
    check(parse(request.prompt), request.seconds)
    engine = registry.load(request.engine) if weights is None else registry.load(request.engine, Path(weights))
    engine.capability().admit(request)
    result = engine.generate(request, progress=progress, cancel=cancel)
    if path is None:
        return result

    def wrote(count: int) -> None:
        stop_if(cancel)
        if progress:
            progress(Progress(stage="write", done=count, total=result.n_frames))

    started = time.perf_counter()
    about = {"title": request.prompt[:200], "comment": f"Made by Phonofilm, engine {result.engine}, seed {result.seed}: a generated clip, not a recording"}
    write_clip(path, result.frames, result.sound, rate=result.rate, progress=wrote, metadata=about)
    return replace(result, path=path, timings={**result.timings, "write": time.perf_counter() - started})
