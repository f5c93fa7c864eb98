"""One pass from what an engine made to the file that is handed out: looked at, marked, labelled, encoded. Then what
goes beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from phonofilm.clip.kit import Kit
from phonofilm.clip.moderate import Watch
from phonofilm.clip.order import Order
from phonofilm.engines.base import Cancel, stop_if
from phonofilm.media.footage import Footage, opened
from phonofilm.media.packaging import package as files
from phonofilm.media.packaging.package import Package, Packed
from phonofilm.media.packaging.subtitles import Cue, cues, timed
from phonofilm.prompt.script import Line
from phonofilm.spec.version import VERSION


def package(
    order: Order,
    source: Footage | Path,
    out: Path,
    kit: Kit,
    watch: Watch,
    *,
    stills: bool = False,
    plain: bool = False,
    report: Callable[[float], None] | None = None,
    cancel: Cancel | None = None,
) -> Package:
    """Write ``out``/video.mp4, and with ``stills`` the pictures for pages that list it. ``watch`` sees every picture
    before it is marked.

    ``plain`` leaves mark and label out (a load test's files). ``report`` hears 0..1. Raises MediaError, EngineError
    when cancelled.
    """
    from phonofilm.trust.watermarks.watermark import (
        Marker,  # brings scipy, which a server that only answers never needs
    )

    def tell(share: float) -> None:
        stop_if(cancel)
        if report:
            report(share)

    with nullcontext(source) if isinstance(source, Footage) else opened(source) as footage:
        watch.over(footage)
        marker = (
            Marker(kit.watermark_key, order.watermark, fps=float(footage.fps))
            if order.profile.watermark and not plain
            else None
        )
        return files.package(
            footage,
            out,
            mark=marker.picture if marker else None,
            mark_sound=marker.sound if marker and order.request.sound else None,
            label=None if plain else order.profile.label_for(order.label),
            hls=False,
            stills=stills,
            max_bytes=kit.config.max_bytes,
            metadata=_metadata(order, kit.config.provider),
            see=watch.see,
            progress=tell,
        )


def beside(
    order: Order, main: Packed, out: Path, *, seconds: float, details: Mapping[str, Any], hls: bool
) -> list[Packed]:
    """Subtitles and streaming renditions of the finished file."""
    with opened(main.path) as footage:
        fps, length = float(footage.fps), footage.expected / float(footage.fps)
    return files.beside(main, out, fps=fps, seconds=length, subtitles=_subtitles(order, seconds, details), hls=hls)


def _metadata(order: Order, provider: str) -> dict[str, str]:
    about = {"comment": f"Made by Phonofilm {VERSION}, {order.job}: a generated clip, not a recording"}
    if order.title:
        about["title"] = order.title.encode("utf-8", "replace").decode()
    return {**about, **order.profile.metadata(provider=provider, job=order.job)}


def _subtitles(order: Order, seconds: float, details: Mapping[str, Any]) -> list[Cue]:
    """What the engine says is spoken and when; where it does not say, the prompt's dialogue, spread over its shots."""
    if not order.request.sound:
        return []
    lines = details.get("lines")
    if lines is None:
        return cues(order.script, seconds)
    said = [
        (one["start"], one["end"], Line(speaker=one["speaker"], text=one["text"], language=one["language"]))
        for one in lines
    ]
    return timed(said, seconds)
