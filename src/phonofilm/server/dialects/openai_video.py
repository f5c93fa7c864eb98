"""A job as the Videos API shows a video, sizes in its words, and its errors."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from phonofilm.jobs.moderation.holds import HELD
from phonofilm.server.dialects.wire import asked, held, number, tail, wrong
from phonofilm.server.errors import Fault
from phonofilm.spec import media
from phonofilm.spec.plain import from_plain

if TYPE_CHECKING:
    from phonofilm.jobs.store.tables import Job

STATUS = {
    "queued": "queued", "running": "in_progress", "review": "queued", "succeeded": "completed", "failed": "failed",
    "unknown_outcome": "failed",
    "cancelled": "failed", "expired": "failed", "crashed": "failed",
}  # fmt: skip
DEFAULT_SIZE = "720x1280"
OFFERED = ("720x1280", "1280x720", "1024x1792", "1792x1024", "1080x1920", "1920x1080")
NEAR_SHAPE, NEAR_PIXELS = 1.03, 1.25
"""Another size becomes the nearest of ours where shape and number of pixels differ by no more than this; else it is
refused."""
POLL = {"openai-poll-after-ms": "500"}
"""How soon a client may ask again."""


def video_id(job: Job | str) -> str:
    """``video_`` and the 26 letters of our id."""
    return f"video_{tail(job if isinstance(job, str) else job.id)}"


def job_id(video: str, field: str = "video_id") -> str:
    """Our id of a video's. Raises Refused (404) for what cannot be one."""
    found = re.fullmatch(r"video_([a-z0-9]{26})", video)
    if not found:
        raise missing(video, field)
    return f"gen_{found[1]}"


def missing(video: str, field: str = "video_id") -> Exception:
    """The refusal of a video nobody knows."""
    return wrong(f"Video with id '{video[:80]}' not found.", field, code="not_found", status=404)


def shown(job: Job) -> dict[str, Any]:
    """The video object; every key is always there. One held for a person is ``queued`` with an ``error`` that says why
    and what to do."""
    result, extra = job.result or {}, job.extra or {}
    if result.get("width"):
        size = f"{result['width']}x{result['height']}"
    else:
        width, height = from_plain(job.request).size
        size = f"{width}x{height}"
    done = job.state == "succeeded"
    error = None
    if STATUS[job.state] == "failed":
        known = job.error or {"code": job.state, "message": f"the job has {job.state.replace('_', ' ')}"}
        error = {"code": code_of(str(known.get("code", "internal"))), "message": str(known.get("message", ""))}
    elif (waits := held(job)) is not None:
        way = (
            '; or send person: false with the picture next time (extra_body={"person": false})' if waits["ask"] else ""
        )
        error = {"code": HELD, "message": waits["message"] + way}
    return {
        "id": video_id(job),
        "object": "video",
        "model": job.model,
        "status": STATUS[job.state],
        "progress": 100 if done else min(99, int(job.progress * 100)),
        "created_at": int(job.created),
        "completed_at": int(job.finished) if done and job.finished else None,
        "expires_at": int(job.keep_until) if done and job.keep_until else None,
        "prompt": extra.get("prompt") or asked(job, "prompt", ""),
        "size": size,
        "seconds": number(float(result.get("seconds") or asked(job, "seconds", 0.0))),
        "remixed_from_video_id": video_id(job.parent) if job.parent and extra.get("made_by") == "remix" else None,
        "error": error,
    }


def sizing(size: str) -> tuple[str, str, str | None]:
    """(resolution, ratio, whose table) of ``WxH``. Raises Refused for a size nothing of ours comes near."""
    found = re.fullmatch(r"(\d{2,5})[xX×](\d{2,5})", size.strip())
    if not found:
        raise wrong(
            f"Invalid value: '{size[:40]}'. Size is written as width x height; supported values are"
            f" {', '.join(OFFERED)}.",
            "size",
        )
    width, height = int(found[1]), int(found[2])
    if width < 16 or height < 16:
        raise wrong(f"Invalid value: '{size[:40]}'. Supported values are {', '.join(OFFERED)}.", "size")
    table = {
        (resolution, ratio, sizes): media.size(resolution, ratio, sizes)
        for sizes in (None, *media.SIZES)
        for resolution in media.RESOLUTIONS
        for ratio in media.RATIOS
    }
    for meant, here in table.items():
        if here == (width, height):
            return meant

    def apart(here: tuple[int, int]) -> tuple[float, float]:
        shape = abs(math.log(here[0] / here[1] * height / width))
        return shape, abs(math.log(here[0] * here[1] / (width * height)))

    near = {meant: apart(here) for meant, here in table.items()}
    fits = [
        meant
        for meant, (shape, pixels) in near.items()
        if shape <= math.log(NEAR_SHAPE) and pixels <= math.log(NEAR_PIXELS)
    ]
    if not fits:
        meant = min(near, key=lambda one: near[one][0] * 4 + near[one][1])
        nearest = "x".join(map(str, table[meant]))
        raise wrong(
            f"Invalid value: '{size[:40]}'. The nearest size made here is {nearest}; supported values are"
            f" {', '.join(OFFERED)}.",
            "size",
        )
    return min(fits, key=lambda one: sum(near[one]))


_TYPES = {401: "invalid_request_error", 403: "invalid_request_error", 429: "rate_limit_error"}
_CODES = {
    "invalid_parameter": "invalid_value", "missing_parameter": "missing_required_parameter",
    "unknown_parameter": "unknown_parameter",
    "unauthenticated": "invalid_api_key", "unauthorized": "invalid_api_key", "forbidden": "permission_denied",
    "rate_limited": "rate_limit_exceeded",
    "quota_exceeded": "insufficient_quota", "budget_exceeded": "billing_hard_limit_reached",
    "input_blocked": "moderation_blocked",
    "output_blocked": "moderation_blocked", "person_without_consent": "moderation_blocked",
    "reference_failed": "invalid_image",
    "invalid_media": "invalid_image",
    "no_engine": "invalid_value", "engine_failed": "video_generation_failed", "engine_unavailable": "server_overloaded",
    "internal": "server_error",
    "internal_error": "server_error", "perhaps_recorded": "server_error", "removed": "not_found",
}  # fmt: skip


def code_of(code: str) -> str:
    """Our code in theirs."""
    return _CODES.get(code, code)


def error_body(fault: Fault) -> tuple[int, dict[str, Any], dict[str, str]]:
    """A refused request: {"error": {"message", "type", "param", "code"}}."""
    status = {402: 429, 410: 404, 502: 500}.get(fault.status, fault.status)
    if fault.code == "person_without_consent":
        status = 400
    kind = (
        "video_generation_user_error"
        if code_of(fault.code) == "moderation_blocked"
        else _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    )
    if fault.code in ("quota_exceeded", "budget_exceeded"):
        kind = "insufficient_quota"
    # the client sends 408, 409, 429 and 5xx again by itself; only what another try can mend may come again
    again = status in (408, 409, 429) or status >= 500
    final = again and fault.code not in ("rate_limited", "engine_unavailable", "storage_failed", "internal_error")
    headers = {"x-should-retry": "false"} if final else {}
    return (
        status,
        {"error": {"message": fault.message, "type": kind, "param": fault.field, "code": code_of(fault.code)}},
        headers,
    )
