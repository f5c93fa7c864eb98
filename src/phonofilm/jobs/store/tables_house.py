"""The tables in which the platform keeps account of itself: the audit log, its workers, how long steps took and what is
broken."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer
from sqlalchemy.orm import Mapped, mapped_column

from phonofilm.jobs.store.base import Base


class AuditEntry(Base):
    """Who did what, each entry chained to the one before by its hash."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(
        Integer().with_variant(BigInteger, "postgresql"), primary_key=True, autoincrement=True
    )
    at: Mapped[float]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)


class AuditHead(Base):
    """How long the audit log is and where it ends, so that entries cut off its end are missed. One row."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    count: Mapped[int]
    hash: Mapped[str]


class Worker(Base):
    """A process that walks workflows; silent for long, its jobs are taken over."""

    __tablename__ = "workers"
    id: Mapped[str] = mapped_column(primary_key=True)
    started: Mapped[float]
    heartbeat: Mapped[float] = mapped_column(index=True)
    stopped: Mapped[float | None]
    host: Mapped[str]


class Turn(Base):
    """When a tenant's job was last taken: among equals the queue serves who waited longest."""

    __tablename__ = "turns"
    tenant: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[float]


class StepTime(Base):
    """How long workflow steps took: one row per step, engine and bucket, counted up."""

    __tablename__ = "step_times"
    step: Mapped[str] = mapped_column(primary_key=True)
    engine: Mapped[str] = mapped_column(primary_key=True)
    le: Mapped[float] = mapped_column(primary_key=True)
    """Upper edge of the bucket in seconds; 1e9 is the last."""
    count: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)


class EngineState(Base):
    """What the workers last knew of a remote engine's circuit breaker."""

    __tablename__ = "engine_states"
    engine: Mapped[str] = mapped_column(primary_key=True)
    worker: Mapped[str] = mapped_column(primary_key=True)
    breaker: Mapped[str]
    """closed | half_open | open."""
    updated: Mapped[float]


class HouseFault(Base):
    """Trouble of a worker's disk, bucket or database: how often something failed there, and since when it does."""

    __tablename__ = "house_faults"
    part: Mapped[str] = mapped_column(primary_key=True)
    """disk | bucket | database."""
    worker: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    since: Mapped[float | None]
    """Fails since then; None: it works."""
    updated: Mapped[float]
