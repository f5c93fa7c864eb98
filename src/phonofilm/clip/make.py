"""``make``: a request becomes a clip in this process, for the command line and for Python. A service walks the same six
as steps."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from phonofilm.clip import moderate
from phonofilm.clip.bring import bring
from phonofilm.clip.kit import ClipConfig, Kit
from phonofilm.clip.order import order
from phonofilm.clip.package import package
from phonofilm.clip.render import render
from phonofilm.clip.sign import CAN_SIGN, UNSIGNED, sign
from phonofilm.engines import registry
from phonofilm.engines.base import Cancel, Engine, Report, stop_if
from phonofilm.media.video import check_writable
from phonofilm.prompt.settled import overruled
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result
from phonofilm.trust.gate import Verdict

HOME = Path("~/.phonofilm")
"""Where the watermark's key and the development certificate are kept, as the service keeps them."""


def make(
    request: Generate,
    out: Path | str | None = None,
    *,
    weights: Path | str | None = None,
    engine: Engine | None = None,
    kit: Kit | None = None,
    label: bool = False,
    progress: Report | None = None,
    cancel: Cancel | None = None,
) -> Result:
    """Make the clip. With ``out`` it is released, marked, signed and written there as an MP4, whole or not at all.

    Without ``out`` no file leaves the house: the result's frames are the caller's, and may be drawn only when they are
    walked. ``weights`` is another checkpoint of the native engine, ``engine`` one that is made already, ``label`` asks
    for the visible label where the profile leaves a choice. What a service would hold for a reviewer is made, and named
    in the notes: whoever asks is the person who would decide. What policy blocks is refused. Raises a PhonofilmError;
    nothing half-written is left behind.
    """
    path = check_writable(out) if out is not None else None
    kit = kit or Kit(ClipConfig(home=Path(os.environ.get("PHONOFILM_HOME") or HOME).expanduser()))
    title, profile = request.prompt[:200], kit.config.profile
    wanted = order(request, job=_job(request, weights), profile=profile, label=label, title=title)
    engine = engine or registry.load(request.engine, *([] if weights is None else [Path(weights)]))
    folder = Path(tempfile.mkdtemp(prefix=".phonofilm-", dir=path.parent if path else None))
    try:
        brought, unused = bring(request, folder, kit.config)
        wanted = replace(wanted, request=brought)
        notes = [] if CAN_SIGN or path is None else [UNSIGNED]
        notes += [*overruled(request), *_passed(moderate.admit(brought, kit), "admit")]
        target = folder / "made.mp4" if path else None
        made = render(brought, engine, target, script=wanted.script, progress=progress, cancel=cancel)
        if path is None:
            return replace(made.result, notes=(*made.result.notes, *notes, *unused))
        started, watch = time.perf_counter(), moderate.Watch(kit)
        packed = package(wanted, made.source, folder / "package", kit, watch, report=_telling(progress), cancel=cancel)
        notes += _passed(moderate.release(wanted, watch, kit), "release")
        files = list(packed.files)
        if CAN_SIGN:
            by, how = made.result.engine, made.result.details
            files = sign(wanted, files, folder / "signed", kit, engine=by, details=how, cancel=cancel)
        stop_if(cancel)
        os.replace(files[0].path, path)
        timings = {**made.result.timings, "write": time.perf_counter() - started}
        return replace(made.result, path=path, notes=(*made.result.notes, *notes), timings=timings)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _job(request: Generate, weights: Path | str | None) -> str:
    """A name that follows from the request, so that the same request gives the same marked picture and sound."""
    asked = repr((replace(request, seconds=float(request.seconds)), str(weights)))
    return "cli_" + hashlib.sha256(asked.encode()).hexdigest()[:24]


def _passed(verdict: Verdict, stage: str) -> list[str]:
    """What is to be said of a verdict that lets it pass. Raises Blocked for one that does not."""
    if verdict.action == "block":
        raise moderate.refusal(verdict, stage)
    if verdict.action == "publish":
        return []
    return [f"a service would hold this for a reviewer at its {stage} door ({moderate.categories(verdict)})"]


def _telling(progress: Report | None) -> Callable[[float], None] | None:
    return (lambda share: progress(Progress(stage="package", done=round(share * 100), total=100))) if progress else None
