"""What the workflow engine has written down of a job's steps: references, findings, the words an engine says it spoke.
Gone with the job.

Done from outside, on its tables: whoever forgets a job may be a process that never starts the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, MetaData, NullPool, create_engine, delete, event, inspect, make_url
from sqlalchemy.exc import DBAPIError

from phonofilm.jobs.config import sqlite_url

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database

SCHEMA = "dbos"
"""Where the engine's tables are on PostgreSQL; on SQLite they are a file beside ours."""
_NAME = "workflow_uuid"


def steps_file(database: Path) -> Path:
    """Where the steps are kept on SQLite."""
    return database.with_name(f"{database.stem}-steps{database.suffix}")


def forget_steps(db: Database, job_id: str, attempts: int) -> int:
    """Delete all that is recorded of a job's walks; ``attempts``: the number of its last one. Returns how many rows
    went."""
    names = [f"{job_id}.{number}" for number in range(attempts + 1)]
    if not db.sqlite:
        return _forget(db.engine, names, SCHEMA)
    engine = _beside(db)
    return _forget(engine, names, None) if engine is not None else 0


def _forget(engine: Engine, names: Sequence[str], schema: str | None) -> int:
    look = inspect(engine)
    # those without a foreign key last, whatever tables a version of the engine has
    tables = [
        name
        for name in look.get_table_names(schema=schema)
        if any(column["name"] == _NAME for column in look.get_columns(name, schema=schema))
    ]
    tables.sort(key=lambda name: not look.get_foreign_keys(name, schema=schema))
    known = MetaData()
    known.reflect(engine, schema=schema, only=tables)
    count = 0
    with engine.begin() as connection:
        for name in tables:
            table = known.tables[f"{schema}.{name}" if schema else name]
            count += connection.execute(delete(table).where(table.c[_NAME].in_(names))).rowcount
    return count


def scrub(db: Database) -> None:
    """On SQLite: nothing of what was deleted stays behind in the write-ahead logs. Where somebody reads just then, the
    next time does it."""
    if not db.sqlite:
        return
    for engine in (db.engine, _beside(db)):
        if engine is None:
            continue
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
        except DBAPIError:
            continue


def _beside(db: Database) -> Engine | None:
    """The steps' own file on SQLite, where there is one; a connection lives as long as its use."""
    path = steps_file(Path(make_url(db.url).database or ""))
    if not path.is_file():
        return None
    engine = create_engine(sqlite_url(path), poolclass=NullPool, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def connect(connection, record) -> None:  # type: ignore[no-untyped-def]
        connection.execute("PRAGMA secure_delete=ON").close()

    return engine
