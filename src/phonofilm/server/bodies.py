"""Bodies on their way in: what each route takes at most, told before a byte is read, and what a JSON body may hold,
counted while it comes.

Reading JSON holds the event loop, at about a microsecond for each value: a body of a few long strings (files as data
URIs) may be large, one of many small values may not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from phonofilm.server.errors import Refused

if TYPE_CHECKING:
    from phonofilm.server.settings import Settings

SMALL = 131_072
"""Bytes of a body where no file is expected: a prompt of 5,000 characters fits, however it is escaped."""
MOST_VALUES = 20_000
"""Values of a JSON body, counted by its commas and opening brackets."""
FORMS = ("/v1/assets", "/v1/verify")
"""Routes that take files as forms; ``/v1/videos`` and what is below it too."""
INLINE = ("/v1/generations", "/v1/estimate", "/v1/assets", "/mcp")
"""Routes whose JSON may hold files as data URIs; the Videos API and Ark's routes too."""


class Unread(HTTPException):
    """A body that is given up while it is read."""

    field = "body"


def most(settings: Settings, method: str, path: str) -> int:
    """Bytes a body may have."""
    path = path.rstrip("/") or path
    if method not in ("POST", "PUT", "PATCH"):
        return SMALL
    if path in FORMS or path.startswith("/v1/videos"):
        return max(settings.max_body, settings.max_upload + (1 << 20))
    return settings.max_body if path in INLINE or path.startswith("/api/v3") else min(SMALL, settings.max_body)


def announced(headers: Headers) -> int | None:
    """Bytes the body has by its own word; None where it does not say, 0 where there is none."""
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit():
        return int(length[:18])
    return None if "transfer-encoding" in headers else 0


def too_large(limit: int) -> Refused:
    """The refusal of a body."""
    return Refused(
        413,
        "too_large",
        f"the body is larger than {limit} bytes; send less, or upload files to /v1/assets",
        field="body",
    )


def counted(limit: int, headers: Headers, receive: Receive) -> Receive:
    """``receive`` with the body's bytes counted, and a JSON body's values."""
    json = not headers.get("content-type", "").lower().startswith(("multipart/", "application/octet-stream"))
    size = values = 0

    async def count() -> Message:
        nonlocal size, values
        message = await receive()
        if message["type"] == "http.request":
            body = message.get("body", b"")
            size += len(body)
            if size > limit:  # the framework lets its own exception alone through while it reads a body
                raise Unread(413, too_large(limit).fault.message)
            if json:
                values += body.count(b",") + body.count(b"[") + body.count(b"{")
                if values > MOST_VALUES:
                    raise Unread(400, f"the body holds more than {MOST_VALUES} values; send fewer")
        return message

    return count
