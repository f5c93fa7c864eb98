"""What the foreign dialects share: reading JSON that may be anything, ids, links and the calls into the service."""

from __future__ import annotations

import hashlib
import json
import math
import re
import secrets
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

from fastapi import Request

from phonofilm.server.errors import Refused
from phonofilm.spec import media
from phonofilm.spec.request import MAX_SEED

if TYPE_CHECKING:
    from phonofilm.jobs.store.tables import Job, Output

DEPTH = 32
"""Levels of nesting a body may have."""


def wrong(message: str, field: str | None = None, *, code: str = "invalid_parameter", status: int = 400) -> Refused:
    """A refusal of a value."""
    return Refused(status, code, message, field=field)


async def json_body(request: Request) -> dict[str, Any]:
    """The body as an object. Raises Refused for anything that is none, or holds what no database keeps."""
    raw = await request.body()
    if not raw.strip():
        raise wrong("the body is empty; send a JSON object", "body")
    try:
        data = json.loads(raw, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise wrong("the body is not valid JSON; check quotes and commas", "body") from None
    if not isinstance(data, dict):
        raise wrong("the body must be a JSON object", "body")
    check(data)
    return data


def _constant(name: str) -> NoReturn:
    raise ValueError(name)


def check(value: object, place: str = "", depth: int = 0) -> None:
    """Refuse what is too deep, half a character (a lone surrogate), a NUL, or a number beyond all measure."""
    if depth > DEPTH:
        raise wrong(f"the body is nested more than {DEPTH} levels deep; flatten it", place or "body")
    if isinstance(value, dict):
        for name, one in value.items():
            check(name, place, depth)
            check(one, f"{place}.{name}" if place else name, depth + 1)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            check(one, f"{place}[{number}]", depth + 1)
    elif isinstance(value, str):
        if "\x00" in value or not (value.isascii() or _whole(value)):
            raise wrong("text must not hold NUL or half characters; leave them out", place or "body")
    elif isinstance(value, float) and not math.isfinite(value):
        raise wrong("a number is beyond all measure; give a smaller one", place or "body")


def _whole(text: str) -> bool:
    """Is it free of half characters? Encoding finds them far faster than a pattern in a text of megabytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def idempotency(request: Request, raw: dict[str, Any]) -> str | None:
    """The key under which a repeated submit is the same submit: the caller's ``Idempotency-Key``, or its own request id
    with the same body.

    The vendors' clients make a fresh ``X-Client-Request-Id`` for every try; only one set by the caller ever comes
    twice. It may be a mere trace id, so that with another body it means another job.
    """
    given = request.headers.get("idempotency-key", "")
    if given:
        if not re.fullmatch(r"[\x21-\x7e]{1,200}", given):
            raise wrong("Idempotency-Key is 1 to 200 printable characters without spaces", "Idempotency-Key")
        return given
    traced = request.headers.get("x-client-request-id", "")
    if re.fullmatch(r"[\x21-\x7e]{1,128}", traced):
        body = hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()[:24]
        return f"traced:{hashlib.sha256(traced.encode()).hexdigest()[:32]}:{body}"
    return None


def tail(job_id: str) -> str:
    """The part of a job's id that every dialect shows behind its own prefix."""
    return job_id.removeprefix("gen_")


def number(seconds: float) -> str:
    """Seconds as text: 5, 7.5."""
    return f"{seconds:g}"


def by_name(outputs: list[Output], name: str) -> Output | None:
    """The output of that name."""
    return next((one for one in outputs if one.name == name), None)


def asked(job: Job, name: str, default: Any = None) -> Any:
    """A field of the recorded request."""
    value = (job.request or {}).get(name)
    return default if value is None else value


def held(job: Job) -> dict[str, Any] | None:
    """Why a job waits for a person, where it does: ``message``, ``reasons``, ``ask`` (``jobs.moderation.holds``)."""
    if job.state != "review":
        return None
    told = "held: a reviewer looks at it. You may cancel it"
    plain = {"stage": job.step, "message": told, "reasons": [], "ask": [], "since": job.updated, "due": job.expires}
    return {**plain, **((job.extra or {}).get("held") or {})}


def drawn(key: str | None) -> int:
    """A seed by chance, or the one that belongs to an idempotency key: the same submit twice is then the same
    request."""
    return (
        int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % (MAX_SEED + 1)
        if key
        else secrets.randbelow(MAX_SEED + 1)
    )


def nearest_ratio(width: int, height: int) -> str:
    """The ratio offered that is nearest to a picture's."""
    return min(media.RATIOS, key=lambda ratio: abs(math.log(media.ratio_value(ratio) * height / width)))


def mentions(text: str, kinds: list[str]) -> str:
    """The prompt with "Image 1", "[Video 2]" and "@Audio1" written as our ``@image1``. ``kinds``: of the references
    sent, in order.

    Numbers nothing was sent for are left as they are.
    """
    counts = Counter(kinds)

    def swap(found: re.Match[str]) -> str:
        kind, index = found["kind"].lower(), int(found["number"])
        whole = bool(found["open"]) == bool(found["close"])
        return f"@{kind}{index}" if whole and 1 <= index <= counts[kind] else found[0]

    return re.sub(
        r"(?P<open>\[)?(?<![\w@])@?(?P<kind>image|video|audio)[ ]?(?P<number>\d{1,2})(?!\w)(?P<close>\])?",
        swap,
        text,
        flags=re.IGNORECASE,
    )
