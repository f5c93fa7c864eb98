"""What can go wrong with a job, as codes a program can act on. Dialects translate them into their vendor's own."""

from __future__ import annotations

from phonofilm.errors import (
    EngineError,
    MediaError,
    MissingExtra,
    MissingFile,
    PhonofilmError,
    PromptError,
    RequestError,
    StorageError,
    WeightsError,
    machine_fault,
)

STATUS = {
    "invalid_parameter": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "too_large": 413,
    "quota_exceeded": 429,
    "rate_limited": 429,
    "budget_exceeded": 402,
    "input_blocked": 400,
    "output_blocked": 400,
    "person_without_consent": 403,
    "no_engine": 400,
    "engine_failed": 502,
    "engine_unavailable": 503,
    "storage_failed": 503,
    "reference_failed": 400,
    "unknown_outcome": 502,
    "crashed": 502,
    "expired": 410,
    "cancelled": 409,
    "removed": 410,
    "internal": 500,
}
"""Code -> the HTTP status a synchronous refusal carries."""
BLAMELESS = frozenset(
    {
        "input_blocked", "output_blocked", "person_without_consent", "invalid_parameter", "reference_failed",
        "cancelled", "budget_exceeded",
        "quota_exceeded", "rate_limited", "no_engine", "forbidden", "not_found", "too_large", "conflict", "removed",
    }
)  # fmt: skip
"""Failures that are the caller's or the policy's doing: they are no errors of the service."""


STORAGE = "files cannot be read or stored at the moment; try again later"
"""What a caller is told of trouble with disks and buckets, whose own words name paths and addresses."""


class JobError(PhonofilmError):
    """A refusal or a failure with a ``code`` of :data:`STATUS`, and where it helps the ``field`` of the request it is
    about."""

    code: str

    def __init__(self, code: str, message: str, *, field: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.retry_after = retry_after
        """Seconds after which another try makes sense."""

    @property
    def status(self) -> int:
        """The HTTP status it carries."""
        return STATUS.get(self.code, 500)

    def plain(self) -> dict[str, str]:
        """As it is kept in ``Job.error``."""
        out = {"code": self.code, "message": str(self)}
        return {**out, "field": self.field} if self.field else out


def as_job_error(error: BaseException, *, code: str | None = None, field: str | None = None) -> JobError:
    """Any error of the house as a JobError; a stranger's becomes ``internal`` without its words, which may hold
    secrets."""
    if machine_fault(error) is not None:
        return JobError("storage_failed", STORAGE, retry_after=10.0)
    if isinstance(error, JobError):
        return error
    known = code or getattr(error, "code", None)
    where = field or getattr(error, "field", None)
    if isinstance(error, PhonofilmError):
        chosen = known if known in STATUS else _code_of(error)
        where = where or ("prompt" if isinstance(error, PromptError) else None)
        return JobError(chosen, str(error), field=where, retry_after=getattr(error, "retry_after", None))
    return JobError("internal", "an unexpected fault; the log of the service says more")


def _code_of(error: PhonofilmError) -> str:
    if isinstance(error, (PromptError, RequestError)):
        return "invalid_parameter"
    if isinstance(error, (WeightsError, MissingExtra)):
        return "engine_unavailable"
    if isinstance(error, EngineError):
        return "engine_failed"
    if isinstance(error, MissingFile):
        return "not_found"
    if isinstance(error, StorageError):
        return "storage_failed"
    if isinstance(error, MediaError):
        return "reference_failed"
    return "internal"
