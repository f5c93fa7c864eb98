"""How long the paper theatre takes for a clip: a preview and a 1280x720 file, five seconds each."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PROMPT = "A woman in a red coat walks along the beach at dusk. A ball bounces on the sand. The camera pushes in."
PREVIEW = (426, 240)


def preview(
    prompt: str = PROMPT, seconds: float = 5.0, seed: int = 0, size: tuple[int, int] = PREVIEW
) -> tuple[float, float]:
    """Seconds (by the wall clock, of processor time) to stage, draw and sound a clip at ``size`` without writing a
    file."""
    from phonofilm.engines.animatic.engine import drawn
    from phonofilm.prompt import parse
    from phonofilm.spec import clock
    from phonofilm.theatre.sound import mix
    from phonofilm.theatre.stage import staging

    started, cpu = time.perf_counter(), time.process_time()
    play = staging.stage(parse(prompt), seconds, seed)
    frames: Iterator[object] = iter(drawn(play, size))
    mix.sound(play, clock.THEATRE_RATE)
    for _ in frames:
        pass
    return time.perf_counter() - started, time.process_time() - cpu


def file(prompt: str = PROMPT, seconds: float = 5.0, seed: int = 0, resolution: str = "720p") -> tuple[float, float]:
    """Seconds (by the wall clock, of processor time) for a finished MP4 at ``resolution``, as ``phonofilm generate
    --engine animatic`` makes it."""
    from benchmarks.plain import run
    from phonofilm.spec.request import Generate

    with tempfile.TemporaryDirectory() as folder:
        started, cpu = time.perf_counter(), time.process_time()
        run(
            Generate(prompt=prompt, seconds=seconds, seed=seed, resolution=resolution, engine="animatic"),
            Path(folder) / "clip.mp4",
        )
        return time.perf_counter() - started, time.process_time() - cpu
