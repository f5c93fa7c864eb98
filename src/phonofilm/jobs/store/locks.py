"""Small things that SQLAlchemy spells at length: insert unless it is there, and how many rows a change met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Insert, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from phonofilm.jobs.store.tables import Base


def add_once(session: Session, table: type[Base], values: Mapping[str, object]) -> bool:
    """Insert a row unless one with its key is there. True where it was inserted. On PostgreSQL waits for an insert
    under way elsewhere."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return changed(session, insert(table).values(**values).on_conflict_do_nothing()) == 1


def changed(session: Session, statement: Update | Delete | Insert) -> int:
    """Carry out a change; how many rows it met."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
