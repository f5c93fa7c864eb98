"""Phonofilm: picture and sound in one denoising pass.

    import phonofilm
    result = phonofilm.generate("A red ball bounces on a beach at dusk", out="clip.mp4")

Everything else loads when it is first used: importing the package loads no network library.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from phonofilm.spec.version import VERSION as __version__

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

    from phonofilm.spec.result import Progress, Result

__all__ = ["__version__", "generate"]


def generate(
    prompt: str,
    out: str | PathLike[str] | None = None,
    *,
    engine: str = "native",
    seconds: float | None = None,
    seed: int | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    resolution: str | None = None,
    ratio: str | None = None,
    weights: str | PathLike[str] | None = None,
    cues: str | PathLike[str] | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Result:
    """Generate a clip from a prompt; with ``out`` also write it as an MP4 (H.264, stereo AAC, 24 frames a second).

    ``seconds`` is 4 to 15; ``steps`` and ``guidance`` are the engine's own choice when None; ``resolution`` is 480p,
    720p, 1080p or 2k; ``ratio`` one of 16:9 9:16 1:1 4:3 3:4 21:9; those left None are what the prompt says ("--ar
    9:16", "a ten-second video"), otherwise 5 s, seed 0, 480p, 16:9. ``weights`` is a checkpoint of your own for the
    native engine, ``cues`` a file with the clip's plan or a part of it (docs/guide/cues.md). The same seed gives the
    same clip. Raises a ``phonofilm.errors.PhonofilmError``.
    """
    from pathlib import Path

    from phonofilm.clip.make import make
    from phonofilm.prompt.settled import settled
    from phonofilm.spec.request import Generate

    given = {"seconds": seconds, "seed": seed, "resolution": resolution, "ratio": ratio}
    fields: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    plan = None if cues is None else Path(cues)
    request = Generate(
        prompt=prompt, steps=steps, guidance=guidance, engine=engine, cues=plan, **settled(prompt, fields), **fields
    )
    where: Path | str | None = None if out is None else str(out)
    return make(request, where, weights=None if weights is None else str(weights), progress=progress, cancel=cancel)
