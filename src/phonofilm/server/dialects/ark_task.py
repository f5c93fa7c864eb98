"""A job as Ark shows a task."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from phonofilm.server.dialects.ark_errors import task_error
from phonofilm.server.dialects.wire import asked, by_name, held, tail, wrong
from phonofilm.spec import clock

if TYPE_CHECKING:
    from phonofilm.jobs.store.tables import Job, Output

STATUS = {
    "queued": "queued", "running": "running", "review": "queued", "succeeded": "succeeded", "failed": "failed",
    "unknown_outcome": "failed",
    "cancelled": "cancelled", "expired": "expired", "crashed": "failed",
}  # fmt: skip
"""Held for a person waits, with an ``error`` that says why and what to do. A submit whose fate is unknown has failed
until a person says otherwise."""
STATES = {
    "queued": ("queued", "review"), "running": ("running",), "succeeded": ("succeeded",),
    "failed": ("failed", "unknown_outcome", "crashed"),
    "cancelled": ("cancelled",),
    "expired": ("expired",),
}  # fmt: skip
"""The other way round, for filters."""
FORGOTTEN = 86_400
"""Seconds after which a cancelled task is no longer shown."""
_UNKNOWN = {
    "code": "unknown_outcome",
    "message": "nobody can tell yet whether this task was done; a person looks into it, do not send it again",
}


def task_id(job: Job) -> str:
    """``cgt-20261120231500-`` and the 26 letters of our id."""
    return f"cgt-{time.strftime('%Y%m%d%H%M%S', time.gmtime(job.created))}-{tail(job.id)}"


def job_id(task: str) -> str:
    """Our id of a task's. Raises Refused (404) for what cannot be one."""
    found = re.fullmatch(r"cgt-\d{14}-([a-z0-9]{26})", task)
    if not found:
        raise missing(task)
    return f"gen_{found[1]}"


def missing(task: str) -> Exception:
    """The refusal of a task nobody knows."""
    return wrong(f"The requested resource {task[:80]} is not found", "id", code="not_found", status=404)


def shown(job: Job, outputs: list[Output], link: Callable[[str], str]) -> dict[str, Any]:
    """The body of GET, of a list's item and of a callback."""
    extra, result = job.extra or {}, job.result or {}
    status = STATUS[job.state]
    seconds = float(result.get("seconds") or asked(job, "seconds", 5.0))
    frames = clock.frames(seconds)
    body: dict[str, Any] = {"id": task_id(job), "model": job.model, "status": status}
    if status == "failed":
        body["error"] = task_error(job.error or _UNKNOWN)
    if (waits := held(job)) is not None:
        way = "; or send person: false beside the picture next time" if waits["ask"] else ""
        body["error"] = {"code": "HeldForReview", "message": waits["message"] + way}
    if status == "succeeded":
        body["content"] = _content(outputs, link, last_frame=bool(extra.get("return_last_frame")))
        body["usage"] = _usage(
            frames,
            int(result.get("width") or 0),
            int(result.get("height") or 0),
            seconds,
            float(extra.get("input_seconds") or 0.0),
        )
    body |= {
        "created_at": int(job.created),
        "updated_at": int(job.updated),
        "seed": job.seed,
        "resolution": asked(job, "resolution", ""),
        "ratio": asked(job, "ratio", ""),
        "framespersecond": clock.FPS,
        "service_tier": "default",
        "execution_expires_after": int(extra.get("execution_expires_after") or job.expires - job.created),
        "generate_audio": bool(asked(job, "sound", True)),
        "draft": bool(extra.get("draft")),
        "priority": job.priority,
    }
    body |= {"frames": frames} if extra.get("frames") else {"duration": frames // clock.FPS}
    for name in ("draft_task_id", "safety_identifier", "omni_reference_task_type"):
        if extra.get(name):
            body[name] = extra[name]
    return body


def _content(outputs: list[Output], link: Callable[[str], str], *, last_frame: bool) -> dict[str, str]:
    wanted = {"video_url": "video.mp4"} | ({"last_frame_url": "last_frame.png"} if last_frame else {})
    found = {key: by_name(outputs, name) for key, name in wanted.items()}
    return {key: link(output.key) for key, output in found.items() if output is not None}


def _usage(frames: int, width: int, height: int, seconds: float, brought: float) -> dict[str, int]:
    """Tokens: frames x width x height / 1024. Clips brought along count with theirs, and then at least five thirds of
    the length is billed."""
    if brought:
        frames = max(clock.FPS * round(seconds + brought) + 1, clock.FPS * math.ceil(5 * seconds / 3))
    tokens = frames * width * height // 1024
    return {"completion_tokens": tokens, "total_tokens": tokens}
