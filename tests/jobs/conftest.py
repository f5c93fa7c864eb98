"""Databases to test on: a SQLite file always, a real PostgreSQL where it is installed."""

import importlib.util
import itertools
import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import make_url

from phonofilm.jobs.store import database as clock
from phonofilm.jobs.store.database import Database, new_id, now
from phonofilm.jobs.store.tables import Asset, Job, Output, Tenant
from phonofilm.storage.bucket import Bucket

_spec = importlib.util.spec_from_file_location("tests_jobs_postgres", Path(__file__).with_name("postgres.py"))
postgres = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(postgres)


@pytest.fixture(scope="session")
def postgres_socket():
    """Socket folder of a private cluster, started once."""
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster() as socket:
        yield socket


@pytest.fixture(scope="session")
def postgres_template(postgres_socket):
    """Name of a migrated database that others are copied from: migrating once a session saves seconds a test."""
    with postgres.database(postgres_socket) as url:
        migrated(url)
        yield make_url(url).database


@pytest.fixture
def postgres_url(postgres_socket, postgres_template):
    """A fresh PostgreSQL database, migrated."""
    with postgres.database(postgres_socket, template=postgres_template) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A migrated SQLite file that others are copied from."""
    path = tmp_path_factory.mktemp("template") / "phonofilm.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path, sqlite_template):
    """A fresh SQLite file, migrated."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'phonofilm.db')}"


def migrated(url):
    db = Database(url)
    db.migrate()
    with db.session() as session:
        session.add_all(Tenant(id=name, name=name, created=now(), settings={}) for name in ("main", "other"))
    db.close()


@pytest.fixture
def db(request):
    """A migrated database with tenants main and other: SQLite, or with PHONOFILM_TESTS_ON=postgres the other one."""
    yield from opened(request.getfixturevalue(f"{os.environ.get('PHONOFILM_TESTS_ON', 'sqlite')}_url"))


@pytest.fixture(scope="module")
def module_db(request, tmp_path_factory):
    """The same, one for a whole file, for questions that change nothing or ask about rows of their own."""
    kind = os.environ.get("PHONOFILM_TESTS_ON", "sqlite")
    if kind == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path_factory.mktemp("db") / "phonofilm.db")
        yield from opened(f"sqlite:///{path}")
    else:
        socket, template = (request.getfixturevalue(f"postgres_{part}") for part in ("socket", "template"))
        with postgres.database(socket, template=template) as url:
            yield from opened(url)


@pytest.fixture(params=["sqlite", "postgres"])
def any_db(request):
    """The same test on SQLite and on PostgreSQL."""
    yield from opened(request.getfixturevalue(f"{request.param}_url"))


def opened(url):
    db = Database(url, pool=20)
    yield db
    db.close()


@pytest.fixture
def bucket(tmp_path):
    """A real bucket in a folder."""
    return Bucket.open((tmp_path / "files").as_uri())


class Clock:
    """The clock of jobs, moved by hand."""

    def __init__(self, at):
        self.at = at

    def __call__(self):
        return self.at

    def pass_by(self, seconds):
        self.at += seconds


@pytest.fixture
def moved(monkeypatch):
    """``moved(module, ...)`` puts one clock into modules that imported ``now``; returns it."""

    def move(*modules, at=None):
        moving = Clock(clock.now() if at is None else at)
        for module in (clock, *modules):
            monkeypatch.setattr(module, "now", moving)
        return moving

    return move


@pytest.fixture
def make_job(db):
    """Rows of jobs, with as much as a test wants to say about them."""
    return maker(db)


def maker(db):
    count = itertools.count()

    def make(*, files=(), bucket=None, **given):
        number = next(count)
        values = {
            "id": new_id("gen"), "tenant": "main", "user": "ana", "dialect": "native", "state": "succeeded",
            "model": "fake", "engine": "fake",
            "request": {"prompt": f"a paper boat {number}", "references": [], "seconds": 5.0, "engine": "fake"},
            "extra": {}, "prompt_hash": f"{number:064x}",
            "seed": number, "created": clock.now(), "updated": clock.now(), "expires": clock.now() + 3_600,
        }  # fmt: skip
        values |= given
        if values["state"] in ("succeeded", "failed", "cancelled", "expired", "unknown_outcome", "removed"):
            values.setdefault("finished", values["created"])
            values.setdefault("keep_until", values["finished"] + 30 * 86_400)
        job = Job(**values)
        with db.session() as session:
            session.add(job)
            session.flush()
            for name, content in dict(files).items():
                key = f"{job.tenant}/2026/11/{job.id}/{name}"
                stored = bucket.put(key, content)
                session.add(
                    Output(
                        id=new_id("out"),
                        job=job.id,
                        name=name,
                        key=key,
                        content_type="video/mp4",
                        bytes=stored.bytes,
                        sha256=stored.sha256,
                    )
                )
        return job

    return make


@pytest.fixture
def make_asset(db, bucket):
    """Assets with a real file."""

    def make(**given):
        ident = new_id("asset")
        values = {
            "id": ident, "tenant": "main", "user": "ana", "kind": "image", "name": "face.png",
            "content_type": "image/png", "bytes": 4, "sha256": "0" * 64,
            "key": f"main/2026/11/{ident}/file.png", "created": clock.now(), "keep_until": clock.now() + 30 * 86_400,
            "state": "ready",
        }  # fmt: skip
        asset = Asset(**{**values, **given})
        bucket.put(asset.key, b"face")
        with db.session() as session:
            session.add(asset)
        return asset

    return make
