"""What an engine alone makes of a request, as a plain file: for measurements and tests. It knows no gate, no mark, no
signature; clips are made in ``clip``."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from phonofilm.engines import registry
from phonofilm.engines.base import Cancel, Engine, Maker, Report, stop_if
from phonofilm.media.video import check_writable, write_clip
from phonofilm.prompt import check, parse
from phonofilm.prompt.settled import overruled
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result


def run(
    request: Generate,
    out: Path | str | None = None,
    *,
    weights: Path | str | None = None,
    engine: Engine | None = None,
    progress: Report | None = None,
    cancel: Cancel | None = None,
) -> Result:
    """Make the clip and, with ``out``, write it as an MP4. ``weights`` is another checkpoint than the shipped one
    (native engines); ``engine`` one that is made already (a service's, configured or isolated) instead of the built-in
    one the request names.

    The path, the prompt and the engine's abilities are checked before any work. Without ``out`` the result's frames may
    be drawn only when walked. Raises a PhonofilmError; nothing half-written is left behind.
    """
    path = check_writable(out) if out is not None else None
    check(parse(request.prompt), request.seconds)
    if engine is None:
        engine = registry.load(request.engine) if weights is None else registry.load(request.engine, Path(weights))
    engine.capability().admit(request)
    if path is not None and isinstance(engine, Maker):
        return engine.make(request, path, progress=progress, cancel=cancel)
    result = engine.generate(request, progress=progress, cancel=cancel)
    result = replace(result, notes=(*overruled(request), *result.notes))
    if path is None:
        return result

    def wrote(count: int) -> None:
        stop_if(cancel)
        if progress:
            progress(Progress(stage="write", done=count, total=result.n_frames))

    started = time.perf_counter()
    about = {
        "title": request.prompt[:200],
        "comment": f"Made by Phonofilm, engine {result.engine}, seed {result.seed}: a generated clip, not a recording",
    }
    write_clip(path, result.frames, result.sound, rate=result.rate, progress=wrote, metadata=about)
    return replace(result, path=path, timings={**result.timings, "write": time.perf_counter() - started})
