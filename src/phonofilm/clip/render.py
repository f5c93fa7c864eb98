"""The only place that runs an engine: a request in, pictures and sound out, or the file of an engine that makes one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from phonofilm.engines.base import Cancel, Engine, Maker, Report
from phonofilm.media.footage import Footage, drawn
from phonofilm.prompt.script import Script
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Result


@dataclass(frozen=True, kw_only=True, eq=False)
class Rendered:
    """What an engine has made, or makes while it is walked."""

    result: Result
    source: Footage | Path


def render(
    request: Generate,
    engine: Engine,
    file: Path | None,
    *,
    script: Script | None = None,
    progress: Report | None = None,
    cancel: Cancel | None = None,
) -> Rendered:
    """Run ``engine``; ``file`` is where one writes that makes files itself (None: its pictures are read from one that
    it keeps). ``script``: the request's words, where they were read.

    Raises RequestError for what it cannot do, EngineError.
    """
    engine.capability().admit(request)
    if file is not None and isinstance(engine, Maker):
        file.parent.mkdir(parents=True, exist_ok=True)
        return Rendered(result=engine.make(request, file, progress=progress, cancel=cancel), source=file)
    result = engine.generate(request, script=script, progress=progress, cancel=cancel)
    return Rendered(
        result=result, source=drawn(result.frames, result.sound, n_frames=result.n_frames, rate=result.rate)
    )
