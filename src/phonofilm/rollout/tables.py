"""The table of rollouts. Made by the platform's own migrations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from phonofilm.jobs.store.base import Base


class Rollout(Base):
    """A candidate on its way to everybody. The newest row of a model says who gets what."""

    __tablename__ = "rollouts"
    id: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(index=True)
    """The name callers ask for, and the flag: tenants fall into it by both."""
    control: Mapped[str]
    candidate: Mapped[str]
    """Engines."""
    state: Mapped[str]
    """walking | held | done | rolled_back."""
    walk: Mapped[dict[str, Any]]
    """``rules.Walk`` as plain data."""
    passed: Mapped[list[Any]]
    """The suites the candidate has passed."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it is where it is."""
    read: Mapped[float]
    """Jobs that finished until then are counted."""
    looked: Mapped[float]
    """When it was last looked at, by whichever process."""
    created: Mapped[float]
    updated: Mapped[float]
