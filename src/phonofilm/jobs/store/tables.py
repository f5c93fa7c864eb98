"""Every table of the platform, those of its own account by way of ``tables_house``. SQLite and PostgreSQL; times are
UTC seconds as floats; money is micro-dollars as integers.

These rows are the truth about jobs, files and money; the workflow engine's own tables hold only where an execution
stands.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from phonofilm.jobs.store.base import Base as Base
from phonofilm.jobs.store.tables_house import AuditEntry as AuditEntry
from phonofilm.jobs.store.tables_house import AuditHead as AuditHead
from phonofilm.jobs.store.tables_house import EngineState as EngineState
from phonofilm.jobs.store.tables_house import HouseFault as HouseFault
from phonofilm.jobs.store.tables_house import StepTime as StepTime
from phonofilm.jobs.store.tables_house import Turn as Turn
from phonofilm.jobs.store.tables_house import Worker as Worker

STATES = (
    "queued",
    "running",
    "review",
    "succeeded",
    "failed",
    "cancelled",
    "expired",
    "unknown_outcome",
    "crashed",
    "removed",
)
"""``review``: held for a person. ``unknown_outcome``: a paid submit whose fate a person must look up. ``crashed``: its
process died again and again while nothing else ran in it. ``removed``: taken down or deleted."""
TERMINAL = ("succeeded", "failed", "cancelled", "expired", "unknown_outcome", "crashed", "removed")

_KEPT = text("favourite IS NOT NULL OR name IS NOT NULL OR project IS NOT NULL")


class Tenant(Base):
    """A customer: owns keys, jobs, files and budgets; sees nothing of another's."""

    __tablename__ = "tenants"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created: Mapped[float]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Overrides: ``requests_per_minute``, ``concurrency``, ``daily_clips``, ``profile``, ``retention_days``."""


class ApiKey(Base):
    """``pf_<id>_<secret>``; only a hash of the secret is kept."""

    __tablename__ = "api_keys"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.id"), index=True)
    user: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    hash: Mapped[str]
    scopes: Mapped[list[Any]]
    """of: generate, read, review, operate."""
    created: Mapped[float]
    expires: Mapped[float | None]
    revoked: Mapped[float | None]
    last_used: Mapped[float | None]


class WebSession(Base):
    """A browser signed in with a key. Only a hash of its cookie is kept; the key's scopes and fate are the
    session's."""

    __tablename__ = "web_sessions"
    id: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the cookie's value."""
    key: Mapped[str] = mapped_column(ForeignKey("api_keys.id"), index=True)
    created: Mapped[float]
    expires: Mapped[float] = mapped_column(index=True)


class Share(Base):
    """A link that shows one clip to whoever has it, for a while."""

    __tablename__ = "shares"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    user: Mapped[str]
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    hash: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the link's secret part."""
    prompt: Mapped[bool]
    """Does it show the prompt too?"""
    notes: Mapped[bool] = mapped_column(default=False, server_default=false())
    """May whoever has it leave notes?"""
    created: Mapped[float]
    expires: Mapped[float]
    revoked: Mapped[float | None]


class ShareNote(Base):
    """What somebody wrote, over a link, about a frame of the clip it shows. Goes with the link."""

    __tablename__ = "share_notes"
    id: Mapped[str] = mapped_column(primary_key=True)
    share: Mapped[str] = mapped_column(ForeignKey("shares.id"), index=True)
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    frame: Mapped[int]
    """From 0."""
    shot: Mapped[int]
    """The shot that shows the frame, from 1."""
    author: Mapped[str]
    """As they call themselves; nothing else is kept of them."""
    text: Mapped[str] = mapped_column(Text)
    created: Mapped[float]
    resolved: Mapped[float | None]


class Job(Base):
    """One request on its way from submit to published."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_tenant_created", "tenant", "created"),
        Index("ix_jobs_state_priority", "state", "priority", "created"),
        Index("ix_jobs_queue", "state", "tenant", "created", "expires"),
        Index("ix_jobs_finished", "finished"),
        Index("ix_jobs_tenant_script_hash", "tenant", "script_hash"),
        Index(
            "ix_jobs_favourite",
            "tenant",
            "id",
            sqlite_where=text("favourite IS NOT NULL"),
            postgresql_where=text("favourite IS NOT NULL"),
        ),
        Index(
            "ix_jobs_project",
            "tenant",
            "project",
            "id",
            "state",
            sqlite_where=text("project IS NOT NULL"),
            postgresql_where=text("project IS NOT NULL"),
        ),
        Index("ix_jobs_list", "tenant", "id", "state", "dialect", "model"),
        Index("ix_jobs_tenant_state", "tenant", "state", "id"),
        Index("ix_jobs_engine_state", "engine", "state", "id"),
        Index("ix_jobs_parent", "parent"),
        Index("ix_jobs_numbers", "created", "state", "engine", "tenant", "user", "cost_settled"),
        Index("ix_jobs_kept", "created", "state", "id", sqlite_where=_KEPT, postgresql_where=_KEPT),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    """``gen_`` and 26 letters that sort by time; a dialect shows it under its own prefix."""
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    user: Mapped[str]
    dialect: Mapped[str]
    """native | ark | openai | mcp | cli."""
    state: Mapped[str]
    step: Mapped[str] = mapped_column(default="")
    """The workflow step it is in, by its name in ``jobs.run.workflow``."""
    progress: Mapped[float] = mapped_column(default=0.0)
    """0..1 over the whole job."""
    model: Mapped[str]
    """As the caller named it; a vendor's model name maps to an engine."""
    engine: Mapped[str]
    """The engine asked for, and after routing the one chosen."""
    request: Mapped[dict[str, Any]]
    """``spec.Generate`` as plain data (``spec.plain.to_plain``)."""
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the dialect must echo (callback URL, tier, watermark wish, return_last_frame ...)."""
    prompt_hash: Mapped[str]
    script_hash: Mapped[str] = mapped_column(default="", server_default="")
    """The same for takes: prompts that say the same, whatever times they give their shots
    (``jobs.store.hashes.script_hash``)."""
    name: Mapped[str | None]
    """What its owner calls the clip; None: by the first words of its prompt."""
    project: Mapped[str | None]
    """The name of the project it lies in."""
    favourite: Mapped[float | None]
    """Since when it is one; None: it is not."""
    seed: Mapped[int]
    priority: Mapped[int] = mapped_column(default=0)
    """0..9, higher first among the jobs of its tenant."""
    attempt: Mapped[int] = mapped_column(default=0)
    """How often a person has sent it on its way again (out of review, after an unknown outcome); each walk is a
    workflow of its own."""
    owner: Mapped[str | None] = mapped_column(index=True)
    """``<worker>:<token>`` of the one execution that may write to a running job; None: nobody walks it."""
    deaths: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Of the processes that died while they walked it in one step: {"step", "shared": with others in them, "alone":
    with nothing else}."""
    not_before: Mapped[float | None]
    """Nobody takes it earlier."""
    created: Mapped[float]
    updated: Mapped[float]
    started: Mapped[float | None]
    finished: Mapped[float | None]
    expires: Mapped[float]
    """Not finished by then: state expired."""
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    delete_requested: Mapped[bool] = mapped_column(default=False)
    """Gone for its owner; its files go when it has ended."""
    error: Mapped[dict[str, Any] | None]
    """{"code", "message", "field"?}; codes in ``jobs.codes``."""
    result: Mapped[dict[str, Any] | None]
    """Of a succeeded job: seconds, frames, width, height, notes, usage tokens, engine details."""
    cost_reserved: Mapped[int] = mapped_column(default=0)
    cost_settled: Mapped[int | None]
    price_version: Mapped[str] = mapped_column(default="")
    parent: Mapped[str | None]
    """The job it extends, edits or remixes."""
    watermark: Mapped[int | None] = mapped_column(index=True)
    """The 40-bit reference written into picture and sound."""
    legal_hold: Mapped[bool] = mapped_column(default=False)
    keep_until: Mapped[float | None] = mapped_column(index=True)
    deleted: Mapped[float | None]


class PromptWord(Base):
    """A word of a job's prompt (``jobs.store.search``); gone with the prompt."""

    __tablename__ = "prompt_words"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012
    tenant: Mapped[str] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(
        String(64).with_variant(String(64, collation="C"), "postgresql"), primary_key=True
    )
    """In small letters; compared byte by byte, so that a beginning is a range of the index."""
    job: Mapped[str] = mapped_column(primary_key=True, index=True)


class Output(Base):
    """A file of a finished job."""

    __tablename__ = "outputs"
    id: Mapped[str] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    name: Mapped[str]
    """video.mp4, last_frame.png, poster.webp, spritesheet.jpg, waveform.png, subtitles.vtt, hls/master.m3u8,
    hls/360p/..., manifest.c2pa."""
    key: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str]
    bytes: Mapped[int]
    sha256: Mapped[str]
    width: Mapped[int | None]
    height: Mapped[int | None]


class Asset(Base):
    """A file somebody brought along."""

    __tablename__ = "assets"
    __table_args__ = (Index("ix_assets_tenant_id", "tenant", "id"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    """``asset_`` and 26 letters."""
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.id"), index=True)
    user: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    content_type: Mapped[str]
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(index=True)
    phash: Mapped[str] = mapped_column(default="")
    key: Mapped[str] = mapped_column(Text)
    width: Mapped[int | None]
    height: Mapped[int | None]
    seconds: Mapped[float | None]
    person: Mapped[bool | None]
    """Declared by the uploader; None: not declared."""
    ignored: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What of the file is not used, in words (``media.probe``)."""
    consent: Mapped[str | None] = mapped_column(ForeignKey("consents.id"))
    state: Mapped[str] = mapped_column(default="ready")
    """ready | review | blocked | removed."""
    legal_hold: Mapped[bool] = mapped_column(default=False)
    created: Mapped[float]
    keep_until: Mapped[float | None]


class PastFile(Base):
    """The SHA-256 of a file of a clip that is gone: where the clip is taken down later, its copies are still found by
    it."""

    __tablename__ = "past_files"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True, index=True)


class Event(Base):
    """What happened to a job, in order: the stream that SSE and webhooks read."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(
        Integer().with_variant(BigInteger, "postgresql"), primary_key=True, autoincrement=True
    )
    job: Mapped[str] = mapped_column(index=True)
    tenant: Mapped[str] = mapped_column(index=True)
    type: Mapped[str]
    """generation.queued | .running | .progress | .review | .succeeded | .failed | .cancelled | .expired |
    .unknown_outcome | .crashed
    | .removed"""
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created: Mapped[float]


class Attempt(Base):
    """One submit to an engine: written *before* it is sent, so that no paid submit is ever sent twice."""

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("job", "number"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    number: Mapped[int]
    engine: Mapped[str]
    tag: Mapped[str]
    """Sent along where the vendor takes one, to find the submit again."""
    vendor_id: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str]
    """intended | submitted | succeeded | failed | unknown."""
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created: Mapped[float]
    updated: Mapped[float]


class LedgerEntry(Base):
    """Money, append-only: reserve at submit, then settle or release."""

    __tablename__ = "ledger"
    __table_args__ = (UniqueConstraint("job", "kind"), Index("ix_ledger_tenant_month", "tenant", "month"))
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(index=True)
    job: Mapped[str | None]
    kind: Mapped[str]
    """reserve | settle | release | credit."""
    amount: Mapped[int]
    """Micro-dollars; a reserve is positive, its release or settlement closes it."""
    month: Mapped[str] = mapped_column(String(7), default="")
    """The UTC month that pays, "2026-11": that of the reserve, also for what closes it later."""
    price_version: Mapped[str]
    created: Mapped[float] = mapped_column(index=True)


class Budget(Base):
    """What a tenant may spend in a month, and which alerts went out."""

    __tablename__ = "budgets"
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    monthly: Mapped[int]
    hard: Mapped[bool] = mapped_column(default=True)
    """Refuse submits beyond 100 %; otherwise alert only (80, 100, 120 %)."""
    alerted: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{"2026-11": [80, 100]}"""


class Balance(Base):
    """Running totals of a tenant's month: what the ledger's entries of that month add up to, and the row that submits
    queue up at."""

    __tablename__ = "balances"
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    """UTC, "2026-11"."""
    reserved: Mapped[int] = mapped_column(default=0)
    """Micro-dollars of reserves that are still open."""
    spent: Mapped[int] = mapped_column(default=0)
    """Micro-dollars settled."""
    credited: Mapped[int] = mapped_column(default=0)
    """Micro-dollars given on top of the budget."""
    ended: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """{"succeeded": 12, "failed": 1}: of the jobs asked for in this month those that have ended, by their state."""
    seconds: Mapped[float] = mapped_column(default=0.0, server_default="0")
    """Seconds of the finished clips among them."""


class Review(Base):
    """Something a person must decide."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index("ix_reviews_queue", "state", "risk", "created"),
        Index("ix_reviews_created", "created", "stage"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    """A job's or an asset's id."""
    stage: Mapped[str]
    """admit | release | asset | appeal | outcome."""
    reasons: Mapped[list[Any]]
    """[{"category", "severity", "where", "detail"}]"""
    risk: Mapped[int]
    state: Mapped[str]
    """pending | leased | decided."""
    reviewer: Mapped[str | None]
    lease_until: Mapped[float | None]
    decision: Mapped[str | None]
    """publish | block | retry | settle; withdrawn: what it was about ended without it."""
    votes: Mapped[list[Any]] = mapped_column(default=list)
    """[{"reviewer", "decision", "note", "at"}]: every reviewer's word, in order."""
    needed: Mapped[int] = mapped_column(default=1)
    """Reviewers who must agree before it is published: two where real persons or minors are concerned."""
    note: Mapped[str] = mapped_column(Text, default="")
    appeal_of: Mapped[str | None]
    created: Mapped[float]
    due: Mapped[float]
    decided: Mapped[float | None]


class Consent(Base):
    """A person's leave to be shown or heard."""

    __tablename__ = "consents"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.id"), index=True)
    subject: Mapped[str]
    scope: Mapped[list[Any]]
    """of: face, voice, body."""
    evidence: Mapped[str] = mapped_column(Text, default="")
    created: Mapped[float]
    expires: Mapped[float | None]
    revoked: Mapped[float | None]


class BlockedHash(Base):
    """A picture that must not come back."""

    __tablename__ = "blocked_hashes"
    phash: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    created: Mapped[float]


class Notice(Base):
    """A takedown notice from outside."""

    __tablename__ = "notices"
    id: Mapped[str] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(index=True)
    reporter: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str]
    """open | upheld | rejected."""
    category: Mapped[str] = mapped_column(default="other")
    """Of ``jobs.moderation.takedown.CATEGORIES``."""
    reviewer: Mapped[str | None]
    statement: Mapped[dict[str, Any] | None]
    """The statement of reasons: decision, ground, facts, automated, redress."""
    created: Mapped[float]
    due: Mapped[float]
    decided: Mapped[float | None]


class IdempotencyKey(Base):
    """A submit's key: the same key and body give the same job, another body a conflict."""

    __tablename__ = "idempotency_keys"
    tenant: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    job: Mapped[str]
    created: Mapped[float]


class Webhook(Base):
    """Where a tenant wants to hear of its jobs (Standard Webhooks)."""

    __tablename__ = "webhooks"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(ForeignKey("tenants.id"), index=True)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str]
    events: Mapped[list[Any]]
    created: Mapped[float]
    disabled: Mapped[float | None]


class Delivery(Base):
    """One message to one address: a webhook, or the callback URL of a job."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_due", "state", "next_try"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(index=True)
    webhook: Mapped[str | None]
    job: Mapped[str]
    url: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]]
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str]
    """pending | sent | failed."""
    tries: Mapped[int] = mapped_column(default=0)
    next_try: Mapped[float]
    created: Mapped[float]
    last_status: Mapped[str] = mapped_column(default="")
