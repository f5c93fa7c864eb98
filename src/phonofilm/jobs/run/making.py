"""The step that costs: choosing whom to ask, asking at most once for money, and bringing the clip home."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path

from phonofilm.clip.render import render
from phonofilm.engines.base import CANNOT, ENDED, Declined, Engine, RemoteEngine, UnknownOutcome, hearing, remote
from phonofilm.errors import EngineError, PhonofilmError, machine_fault
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.run import delivery
from phonofilm.jobs.run.carried import Carry, Generated, Learned, Made, Try
from phonofilm.jobs.run.orders import local_request, ordered
from phonofilm.jobs.run.walk import Hold, Walk
from phonofilm.media.probe import probe
from phonofilm.prompt.settled import overruled
from phonofilm.spec.plain import ResultPlain, result_plain
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress
from phonofilm.trust.gate import FindingPlain

log = logging.getLogger("phonofilm.jobs")
MEZZANINE = "mezzanine.mp4"
LOOKS = 3
"""Times a vendor is asked for a submit before its "never got it" is believed."""
_SHARES = {
    "read": (0.0, 0.05),
    "stage": (0.0, 0.1),
    "denoise": (0.05, 0.7),
    "decode": (0.7, 0.8),
    "sound": (0.1, 0.2),
    "draw": (0.1, 0.2),
    "write": (0.8, 0.9),
}
"""Where an engine's stages lie within the step."""


def generate(walk: Walk, carry: Carry) -> Generated:
    """Make the clip with the first engine that takes it, and package it. Another engine may follow only while no paid
    submit was accepted."""
    with hearing(walk.cancelled):
        return _generate(walk, carry)


def _generate(walk: Walk, carry: Carry) -> Generated:
    past = walk.tries()
    done = next((attempt for attempt in past if attempt.state == "succeeded"), None)
    if done is not None and done.detail.get("files"):
        return _brought(done)
    made = walk.made.clip
    if made is None:
        made = _remember(walk, _made_before(walk, done) if done is not None else _made_now(walk, carry, past))
    if made.source is not None and made.raw is None and remote(walk.tools.engine(made.attempt.engine)):
        made = _remember(walk, _keep_raw(walk, made, made.source))
    if not made.files:
        assert made.source is not None
        made = _remember(walk, replace(made, files=tuple(delivery.packed(walk, carry, made.source, 0.9))))
    rows = delivery.kept(walk, made.files)
    detail: Learned = {
        "mezzanine": rows[0]["key"], "bytes": rows[0]["bytes"], "sha256": rows[0]["sha256"], "result": made.result,
        "files": rows, "raw": made.raw,
    }  # fmt: skip
    walk.learned(made.attempt, "succeeded", detail=detail)
    return _brought(replace(made.attempt, state="succeeded", detail=detail))


def _remember(walk: Walk, made: Made) -> Made:
    walk.made.clip = made
    return made


def _made_before(walk: Walk, attempt: Try) -> Made:
    """What an execution before this one left in the bucket: a vendor's file, or a raw clip of an older version."""
    path = walk.folder / MEZZANINE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        walk.tools.bucket.get(attempt.detail["mezzanine"], path)
    return Made(attempt=attempt, result=attempt.detail["result"], source=path, raw=attempt.detail["mezzanine"])


def _keep_raw(walk: Walk, made: Made, path: Path) -> Made:
    """A paid clip goes into the bucket at once; then the attempt counts as made."""
    stored = walk.tools.bucket.put(f"{walk.prefix}/{MEZZANINE}", path, "video/mp4")
    detail: Learned = {"mezzanine": stored.key, "bytes": stored.bytes, "sha256": stored.sha256, "result": made.result}
    walk.learned(made.attempt, "succeeded", detail=detail)
    return replace(made, raw=stored.key)


def _made_now(walk: Walk, carry: Carry, past: list[Try]) -> Made:
    request = local_request(walk, carry)
    for attempt in past:
        if attempt.state == "unknown":
            raise Hold("outcome", _unknown(attempt), risk=60)
        if attempt.state in ("intended", "submitted") and (elsewhere := remote(walk.tools.engine(attempt.engine))):
            try:
                return _resume(walk, elsewhere, attempt, request)
            except Refused as refused:
                raise refused.error from refused
    return _first_that_takes_it(walk, carry, request)


class Refused(Exception):
    """An engine did not take the request, or failed at it for nothing: another one may."""

    def __init__(self, error: PhonofilmError) -> None:
        super().__init__(str(error))
        self.error = error


def _first_that_takes_it(walk: Walk, carry: Carry, request: Generate) -> Made:
    """Down the list; round again, after the pause a busy vendor asks for, while there is patience."""
    engines = list(carry["route"]["engines"])
    until = time.monotonic() + walk.tools.config.engine_patience
    while True:
        pauses = []
        for name in engines:
            try:
                return _ask(walk, carry, name, replace(request, engine=name))
            except Refused as refused:
                error = refused.error
                if machine_fault(error) is not None:
                    raise error from refused  # no engine refused it: none could do it here and now
                wait = getattr(error, "retry_after", None)
                if wait is not None:
                    pauses.append(float(wait))
                others = name != engines[-1] or bool(pauses)  # the last one's refusal is raised: whoever asked tells it
                log.log(logging.WARNING if others else logging.INFO, "job %s: engine %s: %s", walk.job, name, error)
            if walk.cancelled():
                raise EngineError("cancelled")
        if not pauses or time.monotonic() + min(pauses) > until:
            raise error
        _sleep(walk, max(min(pauses), 0.1))


def _ask(walk: Walk, carry: Carry, name: str, request: Generate) -> Made:
    try:
        engine = walk.tools.engine(name)
        engine.capability().admit(request)
    except PhonofilmError as error:
        raise Refused(error) from error
    elsewhere = remote(engine)
    walk.routed(name)
    attempt = walk.intend(name, paid=elsewhere is not None)
    if elsewhere is not None:
        return _submit(walk, elsewhere, attempt, request)
    try:
        return _local(walk, carry, engine, attempt, request)
    except PhonofilmError as error:
        if machine_fault(error) is not None:
            raise
        if not walk.cancelled():
            walk.learned(attempt, "failed", detail={"error": str(error)})
        raise Refused(error) from error


def _local(walk: Walk, carry: Carry, engine: Engine, attempt: Try, request: Generate) -> Made:
    """An engine of this machine. What it draws is packaged while it is drawn; a file that it makes itself,
    afterwards."""

    def tell(progress: Progress) -> None:
        low, high = _SHARES.get(progress.stage, (0.0, 0.8))
        walk.report(low + (high - low) * progress.done / max(progress.total, 1))

    started = time.perf_counter()
    wanted = ordered(walk, carry)
    rendered = render(
        request, engine, walk.folder / MEZZANINE, script=wanted.script, progress=tell, cancel=walk.cancelled
    )
    generated = time.perf_counter()
    source = rendered.source if isinstance(rendered.source, Path) else None
    files = () if isinstance(rendered.source, Path) else tuple(delivery.packed(walk, carry, rendered.source, 0.8))
    plain = result_plain(rendered.result)
    plain["notes"] = [*overruled(walk.request), *plain["notes"]]
    plain["timings"] |= {"engine": round(generated - started, 4), "write": round(time.perf_counter() - generated, 4)}
    return Made(attempt=attempt, result=plain, source=source, files=files)


def _submit(walk: Walk, engine: RemoteEngine, attempt: Try, request: Generate) -> Made:
    """A paid submit: its intent is on disk before, its id right after. One whose fate is open is looked up, never
    repeated."""
    try:
        vendor_id = engine.submit(request, attempt.tag)
    except UnknownOutcome as error:
        log.warning("job %s: no answer of %s to a paid submit (%s); looking it up", walk.job, attempt.engine, error)
        return _look_up(walk, engine, attempt, request)
    except PhonofilmError as error:
        walk.learned(attempt, "failed", detail={"error": str(error)})
        raise Refused(error) from error
    walk.learned(attempt, "submitted", vendor_id=vendor_id)
    return _follow(walk, engine, replace(attempt, state="submitted", vendor_id=vendor_id), request)


def _resume(walk: Walk, engine: RemoteEngine, attempt: Try, request: Generate) -> Made:
    """Go on with a submit that an execution before this one made, or may have made."""
    request = replace(request, engine=attempt.engine)
    if attempt.vendor_id is None:
        return _look_up(walk, engine, attempt, request)
    return _follow(walk, engine, attempt, request)


def _look_up(walk: Walk, engine: RemoteEngine, attempt: Try, request: Generate) -> Made:
    """Did the vendor take it? Yes: go on. Certainly not: it is refused, and may be sent anew. No way to tell: a person
    finds out.

    A vendor that takes the same tag twice for one task (``repeatable``) is simply told again.
    """
    found: str | None
    if engine.repeatable:
        try:
            found = engine.submit(request, attempt.tag)
        except UnknownOutcome:
            found = CANNOT
        except PhonofilmError as error:
            walk.learned(attempt, "failed", detail={"error": str(error)})
            raise Refused(error) from error
    else:
        found = _find(walk, engine, attempt.tag)
    if found == CANNOT:
        walk.learned(attempt, "unknown")
        raise Hold("outcome", _unknown(attempt), risk=60)
    if found is None:
        walk.learned(attempt, "failed", detail={"error": "the engine never got it"})
        again = walk.intend(attempt.engine, paid=True)
        return _submit(walk, engine, again, request)
    walk.learned(attempt, "submitted", vendor_id=found)
    return _follow(walk, engine, replace(attempt, state="submitted", vendor_id=found), request)


def _find(walk: Walk, engine: RemoteEngine, tag: str) -> str | None:
    """Asked more than once before a "never got it" is believed: a submit may still be on its way in."""
    found: str | None = None
    for look in range(LOOKS):
        if look:
            _sleep(walk, walk.tools.config.engine_poll)
        try:
            with hearing(walk.leaving):  # a cancel does not end the question whether there is something to cancel
                found = engine.find(tag)
        except PhonofilmError as error:
            if walk.leaving():
                raise
            log.warning("a submit could not be looked up: %s", error)
            found = CANNOT
            continue
        if found is not None:
            return found
    return found


def _follow(walk: Walk, engine: RemoteEngine, attempt: Try, request: Generate) -> Made:
    """Poll with growing pauses until the vendor is done, then copy the file before its address expires."""
    assert attempt.vendor_id is not None
    while True:
        if walk.cancelled():
            if not walk.leaving():
                _cancel_there(engine, attempt.vendor_id)
            raise EngineError("cancelled")
        poll = engine.poll(attempt.vendor_id)
        if poll.state == "succeeded":
            break
        if poll.state in ENDED:
            message = poll.error.message if poll.error else f"engine {attempt.engine} ended it as {poll.state}"
            walk.learned(attempt, "failed", detail={"error": message})
            raise JobError(poll.error.code if poll.error else "engine_failed", message)
        if poll.progress is not None:
            walk.report(0.8 * poll.progress)
        _sleep(walk, poll.retry_after)
    path = walk.folder / MEZZANINE
    path.parent.mkdir(parents=True, exist_ok=True)
    _fetch(walk, engine, attempt.vendor_id, path, mute=not request.sound)
    return Made(attempt=attempt, result=_fetched(walk, path, attempt, request, poll.usage), source=path)


def _fetch(walk: Walk, engine: RemoteEngine, vendor_id: str, path: Path, *, mute: bool) -> None:
    """A clip that is paid for is asked for again while its vendor can still have it."""
    until = time.monotonic() + walk.tools.config.engine_patience
    pause = walk.tools.config.engine_poll
    while True:
        try:
            return engine.fetch(vendor_id, path, mute=mute)
        except Declined as error:
            if (
                error.code != "engine_failed"
                or machine_fault(error) is not None
                or walk.cancelled()
                or time.monotonic() + pause > until
            ):
                raise
            log.warning("job %s: its clip could not be copied yet (%s); asking again", walk.job, error)
        _sleep(walk, pause)
        pause = min(2 * pause, walk.tools.config.engine_poll_most)


def _fetched(walk: Walk, path: Path, attempt: Try, request: Generate, usage: int | None) -> ResultPlain:
    """What there is to say about a file that a vendor made."""
    seen = probe(path)
    return {
        "seconds": seen.seconds,
        "frames": round((seen.seconds or 0) * (seen.fps or 24)),
        "width": seen.width,
        "height": seen.height,
        "native_size": [seen.width, seen.height],
        "engine": attempt.engine,
        "seed": request.seed,
        "notes": list(overruled(walk.request)),
        "timings": {},
        "details": {},
        "tokens": usage,
    }


def _brought(attempt: Try) -> Generated:
    return {
        "engine": attempt.engine,
        "attempt": attempt.number,
        "result": attempt.detail["result"],
        "files": attempt.detail["files"],
        "raw": attempt.detail.get("raw"),
    }


def _cancel_there(engine: RemoteEngine, vendor_id: str) -> None:
    try:
        engine.cancel(vendor_id)
    except PhonofilmError as error:
        log.warning("a vendor did not take a cancel: %s", error)


def _sleep(walk: Walk, seconds: float) -> None:
    """Wait, but not past a cancel."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if walk.cancelled():
            return
        time.sleep(min(left, walk.tools.config.cancel_poll))


def _unknown(attempt: Try) -> list[FindingPlain]:
    detail = (
        f"engine {attempt.engine}, tag {attempt.tag}: was this paid request accepted? Look it up there; it is not sent"
        " again by itself"
    )
    return [{"category": "unknown_outcome", "severity": "medium", "where": "generate", "detail": detail}]
