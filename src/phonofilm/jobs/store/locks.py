"""One small thing SQLite and PostgreSQL both do, and SQLAlchemy spells differently for each: insert unless it is there."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from phonofilm.jobs.store.tables import Base


def add_once(session: Session, table: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row unless one with its key is there. True where it was inserted. On PostgreSQL waits for an insert under way elsewhere."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    result: Any = session.execute(insert(table).values(**values).on_conflict_do_nothing())
    return bool(result.rowcount == 1)
