"""The database: one object per process, SQLite or PostgreSQL behind the same sessions."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session

from phonofilm.errors import RequestError

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_MIGRATION_LOCK = 7_305_112_021
"""Number of the advisory lock under which PostgreSQL is migrated."""


def now() -> float:
    """UTC seconds. The only clock of jobs, so that tests can move it."""
    return time.time()


def new_id(prefix: str) -> str:
    """``prefix_`` and 26 lower-case base-32 characters that sort by time (48 bits of milliseconds, 80 bits of chance)."""
    number = (int(now() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    return prefix + "_" + "".join(_LETTERS[(number >> shift) & 31] for shift in range(125, -1, -5))


class Database:
    """Sessions on the platform's tables.

    On SQLite the write-ahead log is on, writers queue up for 30 s rather than fail, and a commit reaches the disk itself only where
    ``durable`` is asked for: what was promised to a caller or is about to be sent to a vendor. A killed process loses nothing either way;
    only a power cut could take the last moments of progress, which are walked again.
    """

    def __init__(self, url: str, *, pool: int = 10) -> None:
        self.url = url
        parsed = make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if self.sqlite:
            if not parsed.database or parsed.database == ":memory:":
                raise RequestError("the database must be a file: jobs live longer than a process; give sqlite:///path/to/phonofilm.db")
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_engine(url, pool_size=pool, max_overflow=20, connect_args={"timeout": 30, "check_same_thread": False})
            prepare_sqlite(self.engine)
        elif parsed.get_backend_name() == "postgresql":
            if parsed.drivername == "postgresql":
                parsed = parsed.set(drivername="postgresql+psycopg")
            self.engine = create_engine(parsed, pool_size=pool, max_overflow=20, pool_pre_ping=True)
        else:
            raise RequestError(f"'{parsed.get_backend_name()}' is no database this runs on; give sqlite:///... or postgresql+psycopg://...")

    @contextmanager
    def session(self, *, durable: bool = False) -> Iterator[Session]:
        """A writing session: commits on success, rolls back on error. Rows stay readable after it ends."""
        with self.engine.connect() as connection:
            if self.sqlite:
                raw: Any = connection.connection.dbapi_connection
                raw.execute("PRAGMA synchronous=FULL" if durable else "PRAGMA synchronous=NORMAL")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            with Session(connection, expire_on_commit=False) as session:
                try:
                    yield session
                    session.commit()
                    connection.commit()
                except BaseException:
                    session.rollback()
                    connection.rollback()
                    raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads; rows stay readable after it ends."""
        with self.engine.connect() as connection, Session(connection, expire_on_commit=False, autoflush=False) as session:
            try:
                yield session
            finally:
                session.expunge_all()  # before the rollback, which would empty them
                session.rollback()

    @contextmanager
    def locked(self, session: Session, number: int) -> Iterator[None]:
        """Alone among all processes until the transaction ends (SQLite's writers are alone anyway)."""
        if not self.sqlite:
            session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
        yield

    def migrate(self) -> None:
        """Bring the tables to this version. Safe where two processes start at once: the second waits and finds the work done."""
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self.engine.connect() as connection:
            if self.sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def prepare_sqlite(engine: Engine) -> None:
    """Write-ahead log, patience and foreign keys on every connection; transactions begin where we say, not where the driver guesses."""

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()
