"""One error body for everything that goes wrong: {"error": {"code", "message", "field", "request_id"}}, or the vendor's
own shape under a dialect's paths.

No answer ever carries a stack trace: what nobody foresaw becomes a 500 with the request's id, and the trace goes to the
log.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from phonofilm.errors import (
    EngineError,
    MediaError,
    MissingExtra,
    MissingFile,
    PhonofilmError,
    PromptError,
    machine_fault,
)
from phonofilm.jobs.codes import STATUS, STORAGE

log = logging.getLogger("phonofilm.server")

_CODES = {
    400: "invalid_parameter", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict",
    411: "length_required", 413: "too_large", 415: "unsupported_media_type", 416: "range_not_satisfiable",
    422: "invalid_parameter", 429: "rate_limited",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What went wrong with a request, before any dialect gives it its shape."""

    status: int
    code: str
    message: str
    """One line; names the remedy."""
    field: str | None = None
    """The part of the request at fault: ``references[0].url``, ``prompt``, ``Authorization``."""
    position: int | None = None
    """Where in the prompt the trouble is, in characters; None: not about a place."""
    retry_after: float | None = None
    """Seconds, of a 429 or 503."""
    request_id: str = ""


class Refused(PhonofilmError):
    """A request this server refuses before any job exists: keys, limits, sizes, routes."""

    def __init__(
        self, status: int, code: str, message: str, *, field: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.fault = Fault(status=status, code=code, message=message, field=field, retry_after=retry_after)


Shape = Callable[[Fault], tuple[int, dict[str, Any], dict[str, str]]]
"""Fault -> (HTTP status, JSON body, extra headers): a dialect's way of saying it."""


def native(fault: Fault) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Our own shape."""
    body: dict[str, Any] = {
        "code": fault.code,
        "message": fault.message,
        "field": fault.field,
        "request_id": fault.request_id,
    }
    if fault.position is not None:
        body["position"] = fault.position
    return fault.status, {"error": body}, {}


class Shapes:
    """Which shape belongs to which paths; the longest prefix wins."""

    def __init__(self) -> None:
        self._by_prefix: dict[str, Shape] = {}

    def add(self, prefix: str, shape: Shape) -> None:
        """Errors below ``prefix`` are told by ``shape``."""
        self._by_prefix[prefix.rstrip("/")] = shape

    def of(self, path: str) -> Shape:
        """The shape for a path."""
        fits = [prefix for prefix in self._by_prefix if path == prefix or path.startswith(prefix + "/")]
        return self._by_prefix[max(fits, key=len)] if fits else native

    def answer(self, path: str, fault: Fault) -> JSONResponse:
        """The finished answer."""
        # an error may quote what was sent, and JSON can carry half a character that no answer can
        fault = replace(fault, message=_whole(fault.message), field=fault.field and _whole(fault.field))
        status, body, headers = self.of(path)(fault)
        headers = dict(headers)
        if fault.retry_after is not None:
            headers.setdefault("Retry-After", str(max(1, -int(-fault.retry_after // 1))))
        if fault.status == 401:
            headers.setdefault("WWW-Authenticate", "Bearer")
        return JSONResponse(body, status, headers)


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def fault_of(error: Exception) -> Fault:
    """Any exception as a fault. What is not foreseen is a 500 that says nothing of the inside."""
    fault = _fault_of(error)
    about = error if isinstance(error, PromptError) else error.__cause__
    return (
        replace(fault, position=about.position) if isinstance(about, PromptError) and fault.field == "prompt" else fault
    )


def perhaps_recorded(error: Exception, what: str) -> Refused:
    """A submit broke off and nobody knows whether it was recorded: the client must not send it again by itself."""
    status = 503 if _fault_of(error).status == 503 else 500
    return Refused(status, "perhaps_recorded", f"something failed inside; list your {what} before you send it again")


def _fault_of(error: Exception) -> Fault:
    if isinstance(error, Refused):
        return error.fault
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        return Fault(
            status=503,
            code="database_unavailable",
            message="the database does not answer at the moment; try again",
            retry_after=5,
        )
    if machine_fault(error) is not None:
        return Fault(status=503, code="storage_failed", message=STORAGE, retry_after=10)
    if isinstance(error, MissingFile):
        return Fault(
            status=404, code="not_found", message="this file is not there any more; it was deleted or has expired"
        )
    status = getattr(error, "status", None)
    if isinstance(error, PhonofilmError) and isinstance(status, int):  # jobs.codes.JobError
        return Fault(
            status=status,
            code=str(getattr(error, "code", "invalid_parameter")),
            message=_line(str(error)),
            field=getattr(error, "field", None),
            retry_after=getattr(error, "retry_after", None),
        )
    if isinstance(error, MissingExtra | EngineError):
        return Fault(status=503, code="engine_unavailable", message=_line(str(error)), retry_after=30)
    if isinstance(error, PhonofilmError):
        code = error.code or ("invalid_media" if isinstance(error, MediaError) else "invalid_parameter")
        return Fault(status=STATUS.get(code, 400), code=code, message=_line(str(error)), field=error.field)
    if isinstance(error, RequestValidationError):
        return _validation(error.errors())
    if isinstance(error, HTTPException):
        message = {
            404: "there is nothing at this path; see /docs for what there is",
            405: "this path does not take this method; see /docs",
        }
        detail = error.detail if isinstance(error.detail, str) else "the request was refused"
        if error.status_code == 400 and "parsing the body" in detail:
            detail = "the body cannot be read; send JSON, or multipart/form-data where the route takes files"
        said = message.get(error.status_code, _line(detail))
        return Fault(
            status=error.status_code,
            code=_CODES.get(error.status_code, "error"),
            message=said,
            field=getattr(error, "field", None),
        )
    return Fault(
        status=500,
        code="internal_error",
        message="something failed inside; try again, and report the request_id if it fails again",
    )


def _validation(errors: Sequence[Any]) -> Fault:
    """The first thing pydantic minds, by the name of its field."""
    first: dict[str, Any] = dict(errors[0]) if errors else {"loc": (), "msg": "the request cannot be read", "type": ""}
    place = [str(part) for part in first.get("loc", ()) if part not in ("body", "query", "path", "header", "form")]
    kind = str(first.get("type", ""))
    if kind.startswith("json"):
        return Fault(
            status=400,
            code="invalid_parameter",
            message="the body is not valid JSON; check quotes and commas",
            field="body",
        )
    # a discriminated or plain union puts the name of its member into the place: that is our word, not the caller's
    named = [part for part in place if not re.search(r"[\[\](){}]|^function-", part)]
    field = re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", ".".join(named)) or "body"
    message = {
        "extra_forbidden": f"there is no field '{field}' here; leave it out or check its spelling",
        "missing": f"'{field}' is missing; add it",
    }.get(kind, f"'{field}': {str(first.get('msg', 'is not valid')).removeprefix('Value error, ')}")
    return Fault(status=400, code="invalid_parameter", message=_line(message), field=field)


def _line(text: str) -> str:
    return " ".join(text.split())[:1000]


def install(app: FastAPI, shapes: Shapes) -> None:
    """Every exception of a route becomes an answer in the shape its path asks for."""

    async def answer(request: Request, error: Exception) -> JSONResponse:
        fault = replace(fault_of(error), request_id=getattr(request.state, "request_id", ""))
        if fault.status >= 500 and fault.code == "internal_error":
            log.error(
                "request failed", exc_info=error, extra={"request_id": fault.request_id, "path": request.url.path}
            )
        response = shapes.answer(request.url.path, fault)
        for name, value in (getattr(error, "headers", None) or {}).items():
            response.headers.setdefault(name, value)
        return response

    for kind in (PhonofilmError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)
    app.state.shapes = shapes
