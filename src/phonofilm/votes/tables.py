"""The tables of votes: studies, the sittings in which somebody votes, and the votes. Made by the platform's own
migrations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from phonofilm.jobs.store.base import Base


class Study(Base):
    """Clips that people rate from 1 to 5."""

    __tablename__ = "studies"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(index=True)
    user: Mapped[str]
    name: Mapped[str]
    clips: Mapped[list[Any]]
    """[{"generation", "role", "low", "high"}]: role is test, reference (hidden, the source the others of its prompt are
    held against), gold (ratings from ``low`` to ``high`` are expected) or training (shown first, not counted)."""
    traps: Mapped[int]
    """How often a sitting asks for a rating by name, to see who is still there."""
    created: Mapped[float]
    closed: Mapped[float | None]


class Sitting(Base):
    """One person at one screen, voting on what was laid out for him at its beginning."""

    __tablename__ = "sittings"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    user: Mapped[str]
    kind: Mapped[str]
    """arena: pairs; rating: a study's clips."""
    study: Mapped[str | None] = mapped_column(ForeignKey("studies.id"), index=True)
    items: Mapped[list[Any]]
    """In the order they are shown: [{"role", "left", "right"?, "asked"?}]."""
    checks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{"beeps": how many are played, "screen": {...}}."""
    opened: Mapped[float | None]
    """When screen and sound were found good; a rating counts from then on."""
    created: Mapped[float]
    closed: Mapped[float | None]


class Vote(Base):
    """What somebody said of a clip, or of two, and under which circumstances."""

    __tablename__ = "votes"
    __table_args__ = (
        UniqueConstraint("sitting", "item"),
        UniqueConstraint("tenant", "user", "pair", name="uq_votes_pair"),
        Index("ix_votes_tenant", "tenant", "kind", "id"),
        Index("ix_votes_engine", "left_engine", "role", "created"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    user: Mapped[str]
    sitting: Mapped[str] = mapped_column(ForeignKey("sittings.id"), index=True)
    study: Mapped[str | None] = mapped_column(index=True)
    item: Mapped[int]
    kind: Mapped[str]
    """pair | rating."""
    role: Mapped[str]
    """pair, or the clip's role in its study, or trap."""
    left: Mapped[str] = mapped_column(index=True)
    """The clip; of a pair the one shown on the left."""
    right: Mapped[str | None] = mapped_column(index=True)
    left_engine: Mapped[str]
    """What made it, as it was known when the vote was cast."""
    right_engine: Mapped[str | None]
    script_hash: Mapped[str]
    """The prompt, as takes of one are known by."""
    pair: Mapped[str | None]
    """Both clips in the order of their ids: nobody votes on two clips twice. None for ratings."""
    choice: Mapped[str | None]
    """left | right | tie."""
    score: Mapped[int | None]
    """1 to 5."""
    playback: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{"seconds": played, "frames", "dropped", "volume", "took": ms from the end of playing to the vote}."""
    created: Mapped[float]
