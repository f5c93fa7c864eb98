"""Logs as JSON lines with the mission's fields, in which no secret and, unless it is allowed, no prompt is ever
written.

Everything goes through the same last step, :func:`scrub`: our own lines, those of libraries, and the text of
exceptions. One line tells of each job that ends, written when its transaction is.
"""

from __future__ import annotations

import hashlib
import logging
import re
import sys
from typing import Any, TextIO

import structlog
from sqlalchemy import event
from sqlalchemy import inspect as sa_inspect
from sqlalchemy.orm import Session
from structlog.types import EventDict, Processor

from phonofilm.jobs.store.tables import TERMINAL, Job

HIDDEN = "[hidden]"
_SECRET_KEY = re.compile(
    r"(?i)^(.*[_-])?(authorization|api[_-]?keys?|apikey|secrets?|secret[_-]?key|password|passwd|token|access[_-]?token|cookie|set[_-]cookie|private[_-]?key"
    r"|credentials?|signature|access[_-]?key|session[_-]?key|watermark[_-]?key|webhook[_-]?signature)$"
)
_PROMPT_KEY = re.compile(r"(?i)^(prompt|negative_prompt|script|lyrics|text|words|input_text)$")
_SECRETS = (
    (re.compile(r"(?i)\b(bearer|basic|digest)\s+[A-Za-z0-9._~+/=-]{6,}"), r"\1 " + HIDDEN),
    (re.compile(r"\bpf_([a-z0-9]{4,})_[A-Za-z0-9]{8,}"), r"pf_\1_" + HIDDEN),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=]{8,}"), "whsec_" + HIDDEN),
    (re.compile(r"\b(sk|rk|pk|ark|hf|ghp|gho|xox[abp])[-_][A-Za-z0-9_-]{12,}"), r"\1-" + HIDDEN),
    (re.compile(r"\b(AKIA|ASIA|AKLT|AKTP)[A-Za-z0-9]{12,}"), r"\1" + HIDDEN),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), HIDDEN),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", re.S), HIDDEN),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/@:]*:[^\s@]+@"), r"\1" + HIDDEN + "@"),
    # signed addresses: whoever has the parameters has the file
    (
        re.compile(
            r"(?i)([?&;](?:x-(?:amz|goog|tos|oss)-(?:signature|credential|security-token)|signature|sig|token|access_token|api_?key|key|secret|password"
            r"|awsaccesskeyid|policy|auth_key|expires_sig)=)[^&\s\"'<>]+"
        ),
        r"\1" + HIDDEN,
    ),
    (
        re.compile(
            r"(?i)(\"?\b(?:api[_-]?key|secret(?:[_-]?key)?|password|passwd|authorization|access[_-]?token|x-api-key)\"?\s*[:=]\s*\"?)(?!\[hidden\])[^\s\",;&}]{4,}"
        ),
        r"\1" + HIDDEN,
    ),
    (re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=]{32,}"), "data:" + HIDDEN),
)
_VERSIONS = ("model_version", "checkpoint", "model", "version")
"""Where an engine's details say which weights made the clip, the first that is there."""
_DEEPEST = 8
_LONGEST = 20_000


def setup(*, level: str = "info", stream: TextIO | None = None, prompts: bool = False) -> None:
    """Send every log line of this process, libraries' included, as JSON to ``stream`` (standard error). ``prompts``:
    they may be written out."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _trace,
    ]
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        Scrub(prompts=prompts),
        structlog.processors.JSONRenderer(),
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "alembic", "dbos", "httpx2"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for chatty in ("httpx2", "httpcore2", "alembic", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    follow_jobs()


def get(name: str = "phonofilm") -> structlog.stdlib.BoundLogger:
    """A structured logger: ``get("phonofilm.jobs").info("routed", job_id=..., engine=...)``."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def bind(job: Job) -> None:
    """Every line of this thread or task carries the job's fields from here on;
    ``structlog.contextvars.clear_contextvars`` ends it."""
    structlog.contextvars.bind_contextvars(
        job_id=job.id, user_id=job.user, tenant=job.tenant, prompt_hash=job.prompt_hash
    )


class Scrub:
    """The last processor before a line is written: prompts become hashes, secrets become nothing."""

    def __init__(self, *, prompts: bool = False) -> None:
        self.prompts = prompts

    def __call__(self, logger: object, method: str, line: EventDict) -> EventDict:
        """A line without secrets."""
        clean = scrub(dict(line), prompts=self.prompts)
        return clean if isinstance(clean, dict) else {}


def scrub(value: object, *, prompts: bool = False, _depth: int = 0) -> object:
    """A value as it may be logged: text without secrets, fields named like secrets hidden, prompts as ``sha256:...``
    unless allowed."""
    if isinstance(value, str):
        return _scrub_text(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if _depth >= _DEEPEST:
        return "..."
    if isinstance(value, dict):
        return {_scrub_text(str(key)): _field(str(key), item, prompts, _depth) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [scrub(item, prompts=prompts, _depth=_depth + 1) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return f"[{len(value)} bytes]"
    return _scrub_text(str(value))


def fields(job: Job) -> dict[str, object]:
    """The mission's fields of a job that has ended, and what else one asks of a log first."""
    result = job.result or {}
    details, usage = _dict(result.get("details")), _dict(result.get("usage"))
    latency = None if job.finished is None else round(1000 * (job.finished - job.created), 1)
    return {
        "job_id": job.id,
        "user_id": job.user,
        "tenant": job.tenant,
        "prompt_hash": job.prompt_hash,
        "model": job.model,
        "engine": job.engine,
        "model_version": str(
            result.get("model_version") or next((details[name] for name in _VERSIONS if details.get(name)), job.engine)
        ),
        "duration_sec": result.get("seconds") or job.request.get("seconds"),
        "generation_latency_ms": latency,
        "tokens_used": result.get("tokens") or usage.get("total_tokens") or 0,
        "state": job.state,
        "code": (job.error or {}).get("code"),
        "cost_micro_usd": job.cost_settled,
    }


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def follow_jobs() -> None:
    """Log one line for each job whose state becomes an end, after the transaction that ends it. Calling it twice is
    calling it once."""
    if not event.contains(Session, "after_flush", _ended):
        event.listen(Session, "after_flush", _ended)
        event.listen(Session, "after_commit", _tell)
        event.listen(Session, "after_rollback", _drop)


def _ended(session: Session, _: object) -> None:
    for row in session.dirty:
        if isinstance(row, Job) and row.state in TERMINAL and sa_inspect(row).attrs.state.history.has_changes():
            session.info.setdefault("ended", {})[row.id] = row


def _tell(session: Session) -> None:
    for job in session.info.pop("ended", {}).values():
        # the row as it was flushed: nothing is read again, and a line too few is better than a job that fails over its
        # log
        try:
            said = fields(job)
        except Exception:
            logging.getLogger("phonofilm.jobs").exception("a job's log line could not be made")
            continue
        level = logging.WARNING if job.state in ("failed", "unknown_outcome", "crashed") else logging.INFO
        get("phonofilm.jobs").log(level, f"job {job.state}", **said)


def _drop(session: Session) -> None:
    session.info.pop("ended", None)


def _field(key: str, value: object, prompts: bool, depth: int) -> object:
    if _SECRET_KEY.match(key) and value not in (None, "", False, True):
        return HIDDEN
    if not prompts and _PROMPT_KEY.match(key) and isinstance(value, str) and value:
        return "sha256:" + hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
    return scrub(value, prompts=prompts, _depth=depth + 1)


def _scrub_text(text: str) -> str:
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def _trace(logger: object, method: str, line: EventDict) -> EventDict:
    """The ids of the span this line belongs to, where traces are on."""
    from phonofilm.jobs.observe import tracing

    return {**line, **tracing.ids()}
