"""The database: one object per process, SQLite or PostgreSQL behind the same sessions."""

from __future__ import annotations

import functools
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from phonofilm.errors import RequestError

if TYPE_CHECKING:
    from alembic.config import Config

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_MIGRATION_LOCK = 7_305_112_021
"""Number of the advisory lock under which PostgreSQL is migrated."""


_COLLISIONS = ("40P01", "40001")
"""PostgreSQL's words for a deadlock and for two transactions that cannot both stand: the one that is told so was undone
and may be tried again."""
_TRIES = 6
_P = ParamSpec("_P")
_T = TypeVar("_T")


def collided(error: BaseException) -> bool:
    """Was a transaction undone only because of another one?"""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _COLLISIONS


def retried(act: Callable[_P, _T]) -> Callable[_P, _T]:
    """A function that is one transaction, or several that may be done twice: tried again where it collided with
    somebody else's."""

    @functools.wraps(act)
    def again(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        for attempt in range(_TRIES):
            try:
                return act(*args, **kwargs)
            except DBAPIError as error:
                if attempt + 1 == _TRIES or not collided(error):
                    raise
                time.sleep(random.uniform(0.005, 0.02) * 2**attempt)
        raise AssertionError("unreachable")

    return again


def now() -> float:
    """UTC seconds. The only clock of jobs, so that tests can move it."""
    return time.time()


def new_id(prefix: str) -> str:
    """``prefix_`` and 26 lower-case base-32 characters that sort by time (48 bits of milliseconds, 80 bits of
    chance)."""
    number = (int(now() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    return prefix + "_" + "".join(_LETTERS[(number >> shift) & 31] for shift in range(125, -1, -5))


LAST = "last"
"""In ``session.info``: what is done right before the commit, when every other lock is held already."""
UNPREPARED = {"prepare_threshold": None}
"""For psycopg: statements prepared on one connection are not there on the next that a pooler gives."""


class Bell:
    """Rings whenever something was committed in this process: whoever waits for news in the database need not ask it
    over and over."""

    def __init__(self) -> None:
        self.count = 0
        """How often it has rung."""
        self.listeners: list[Callable[[], None]] = []
        """Called at each ring, in the thread that rang it: quick, and raising nothing."""
        self._changed = threading.Condition()

    def ring(self) -> None:
        """Wake all who wait."""
        with self._changed:
            self.count += 1
            self._changed.notify_all()
        for listener in tuple(self.listeners):
            listener()

    def wait(self, heard: int, seconds: float) -> None:
        """Until it has rung again since ``heard``, ``seconds`` at most."""
        with self._changed:
            self._changed.wait_for(lambda: self.count != heard, seconds)


class Database:
    """Sessions on the platform's tables.

    On SQLite the write-ahead log is on, writers queue up for 30 s rather than fail, and a commit reaches the disk
    itself only where ``durable`` is asked for: what was promised to a caller or is about to be sent to a vendor. A
    killed process loses nothing either way; only a power cut could take the last moments of progress, which are walked
    again.

    On PostgreSQL nothing depends on the connection of the moment, so that a pooler may change it between transactions:
    no prepared statements, no session's locks or settings. Rows are locked in one order everywhere, so that nobody
    waits in a circle:

        api_keys, tenants, consents, notices, reviews, jobs (by id), assets, balances, budgets, and last of all the end
        of the audit log

    What collides all the same is undone and tried again (:func:`retried`).
    """

    def __init__(self, url: str, *, pool: int = 10) -> None:
        self.url = url
        self.bell = Bell()
        parsed = make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if self.sqlite:
            if not parsed.database or parsed.database == ":memory:":
                raise RequestError(
                    "the database must be a file: jobs live longer than a process; give sqlite:///path/to/phonofilm.db"
                )
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_engine(
                url, pool_size=pool, max_overflow=20, connect_args={"timeout": 30, "check_same_thread": False}
            )
            prepare_sqlite(self.engine)
        elif parsed.get_backend_name() == "postgresql":
            if parsed.drivername == "postgresql":
                parsed = parsed.set(drivername="postgresql+psycopg")
            self.engine = create_engine(
                parsed, pool_size=pool, max_overflow=20, pool_pre_ping=True, connect_args=UNPREPARED
            )
        else:
            raise RequestError(
                f"'{parsed.get_backend_name()}' is no database this runs on; give sqlite:///... or"
                " postgresql+psycopg://..."
            )

    @contextmanager
    def session(self, *, durable: bool = False) -> Iterator[Session]:
        """A writing session: commits on success, rolls back on error. Rows stay readable after it ends."""
        with self.engine.connect() as connection:
            if self.sqlite:
                raw: Any = connection.connection.dbapi_connection
                raw.execute("PRAGMA synchronous=FULL" if durable else "PRAGMA synchronous=NORMAL")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            with Session(connection, expire_on_commit=False) as session:
                session.info[LAST] = []
                try:
                    yield session
                    for act in session.info[LAST]:
                        act()
                    session.commit()
                    connection.commit()
                    self.bell.ring()
                except BaseException:
                    session.rollback()
                    connection.rollback()
                    raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads; rows stay readable after it ends."""
        with (
            self.engine.connect() as connection,
            Session(connection, expire_on_commit=False, autoflush=False) as session,
        ):
            try:
                yield session
            finally:
                session.expunge_all()  # before the rollback, which would empty them
                session.rollback()

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session that only reads, and everything as it was at one moment."""
        with self.engine.connect() as connection:
            if self.sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with Session(connection, expire_on_commit=False, autoflush=False) as session:
                try:
                    yield session
                finally:
                    session.expunge_all()
                    session.rollback()
                    connection.rollback()

    @contextmanager
    def locked(self, session: Session, number: int) -> Iterator[None]:
        """Alone among all processes until the transaction ends (SQLite's writers are alone anyway)."""
        if not self.sqlite:
            session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
        yield

    def migrate(self) -> None:
        """Bring the tables to this version. Safe where two processes start at once: the second waits and finds the work
        done."""
        from alembic import command

        config = _history()
        with self.engine.connect() as connection:
            if self.sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def versions(self) -> tuple[str | None, str | None]:
        """The version of the tables that are there (None: there are none), and this program's. Raises what the driver
        raises."""
        from alembic.runtime.migration import MigrationContext
        from alembic.script import ScriptDirectory

        with self.engine.connect() as connection:
            there = (
                MigrationContext.configure(connection).get_current_revision()
                if inspect(connection).has_table("alembic_version")
                else None
            )
        return there, ScriptDirectory.from_config(_history()).get_current_head()

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def _history() -> Config:
    """Where Alembic finds every change of the tables."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


class Ear:
    """Tells whether anything was committed, by whatever process, at the price of one number: cheaper than looking for
    it. Used by one thread."""

    def __init__(self, db: Database) -> None:
        self._engine = db.engine if db.sqlite else db.engine.execution_options(isolation_level="AUTOCOMMIT")
        # SQLite counts other connections' commits; PostgreSQL's snapshot moves with every writing transaction that
        # ends, behind a pooler too
        self._ask = "PRAGMA data_version" if db.sqlite else "SELECT pg_current_snapshot()::text"
        self._connection: Connection | None = None
        self._known: object = None

    def changed(self) -> bool:
        """Since the last call, or since nobody listened. Raises what the driver raises where the database is away;
        asked again, it connects anew."""
        try:
            if self._connection is None:
                self._connection, self._known = self._engine.connect(), None
            known, self._known = self._known, self._connection.exec_driver_sql(self._ask).scalar()
        except BaseException:
            self.close()
            raise
        return bool(known != self._known)

    def close(self) -> None:
        """Give the connection back; the next call takes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


def prepare_sqlite(engine: Engine) -> None:
    """Write-ahead log, patience, foreign keys, what is deleted overwritten; transactions begin where we say, not where
    the driver guesses."""

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "busy_timeout=30000",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
