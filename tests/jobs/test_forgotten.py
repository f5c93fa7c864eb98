"""Nothing of what a user wrote is left anywhere once the user is forgotten: not in a table, a free page, the steps'
records or a file."""

import contextlib
import time

import pytest
from sqlalchemy import MetaData, inspect, select

from phonofilm.jobs.accounts import keys
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.config import Config
from phonofilm.jobs.library import notes, shares
from phonofilm.jobs.moderation import appeal, review
from phonofilm.jobs.notify import webhook
from phonofilm.jobs.run import retention
from phonofilm.jobs.run.worker import Worker
from phonofilm.jobs.service import Service
from phonofilm.jobs.store.database import Database
from phonofilm.jobs.store.tables import TERMINAL, Attempt, Delivery, Event, IdempotencyKey, Job, Review
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate
from phonofilm.storage.bucket import Bucket

WORD = "quagmirelle"
ANA = Caller(tenant="acme", user="ana", scopes=frozenset(keys.SCOPES))
PROMPT = f'A red ball bounces. A girl says: "The {WORD} is here!"'


@contextlib.contextmanager
def house(home, url=""):
    """A service and its worker; the animatic speaks, so its words are in steps, results and subtitles."""
    config = Config(home=home, database_url=url, engines={"animatic": {}}, queue_poll=0.02, heartbeat=0.5)
    db = Database(config.database)
    db.migrate()
    keys.ensure_tenant(db, "acme")
    bucket = Bucket.open(config.files)
    worker = Worker(config, db, bucket)
    worker.start()
    try:
        yield Service(db, bucket, config), worker
    finally:
        worker.stop(5.0)
        db.close()


def traces(db, home, schema="dbos"):
    """Where the word still stands: every column of every table on both databases, and every byte under the home."""
    found = []
    look = inspect(db.engine)
    for place in (None, schema) if not db.sqlite else (None,):
        tables = MetaData()
        tables.reflect(db.engine, schema=place)
        with db.engine.connect() as connection:
            for table in tables.sorted_tables:
                found += [
                    f"{table.name}: {row}" for row in connection.execute(select(table)) if WORD in repr(row).lower()
                ]
    assert look.get_table_names()
    for path in home.rglob("*"):
        if path.is_file() and WORD.encode() in path.read_bytes().lower():
            found.append(str(path.relative_to(home)))
    return found


def until(condition):
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_no_word_is_left_of_a_user_who_is_forgotten(tmp_path, request, kind):
    url = "" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    home = tmp_path / "a%20b, what?"  # a path is no URL, wherever the steps are looked for
    with house(home, url) as (service, worker):
        db, bucket = service.db, service.bucket
        with db.session() as session:
            webhook.add(session, "acme", "https://example.com/hook", ["*"], actor="acme/owner")
        keys.create(db, tenant="acme", user="ana", name=f"the {WORD} laptop")
        request_ = Generate(prompt=PROMPT, seconds=4.0, engine="animatic")
        done = service.submit(
            ANA,
            request_,
            model="animatic",
            dialect="native",
            extra={"metadata": {"note": WORD}},
            idempotency_key=f"{WORD}-1",
        )
        until(lambda: service.get(ANA, done.id).state in TERMINAL and done.id not in worker.runner.walking())
        assert service.get(ANA, done.id).state == "succeeded"
        upload = service.reuse(ANA, done.id, "last_frame.png", home / "scratch" / "still.png")
        with db.session() as session:
            session.get_one(type(upload), upload.id).name = f"{WORD}.png"
        undeclared = Reference(kind="image", role="first_frame", name=WORD, asset=upload.id, person=True)
        refused = service.submit(
            ANA,
            Generate(prompt=PROMPT, seconds=4.0, engine="animatic", references=(undeclared,)),
            model="animatic",
            dialect="native",
        )
        until(lambda: service.get(ANA, refused.id).state in ("failed", "review"))
        appeal.appeal(db, ANA, refused.id, f"the {WORD} is drawn")
        held = service.submit(
            ANA,
            Generate(prompt=f"The {WORD} beheads a man, blood everywhere", seconds=4.0, engine="animatic"),
            model="animatic",
            dialect="native",
        )
        until(lambda: service.get(ANA, held.id).state == "review")
        with db.session() as session:
            case = session.scalars(select(Review).where(Review.subject == held.id)).one()
            case.reasons = [{**case.reasons[0], "detail": WORD}]
        review.lease(db, "acme/ben", review_id=case.id)
        review.decide(db, "acme/ben", case.id, "block", f"a {WORD}", wake=service.wake)
        until(lambda: service.get(ANA, held.id).state == "failed")
        service.rename(ANA, done.id, name=f"the {WORD}", project=WORD, favourite=True)
        _, token = shares.create(db, ANA, done.id, seconds=3600, prompt=True)
        notes.leave(db, service.tools, token, frame=3, text=f"a bigger {WORD}", author=WORD)
        with db.session() as session:
            running = session.get_one(Job, done.id)
            assert WORD in repr(session.scalars(select(Attempt).where(Attempt.job == running.id)).one().detail).lower()
            assert (
                session.scalars(select(Event).where(Event.job == done.id)).all()
                and session.scalars(select(Delivery).where(Delivery.job == done.id)).all()
            )
        assert len(traces(db, home)) > 5
        retention.delete_user(db, bucket, "acme", "ana", actor="acme/owner")
        assert traces(db, home) == []
        with db.reading() as session:
            assert session.scalars(select(IdempotencyKey)).all() == []
            assert {job.state for job in session.scalars(select(Job))} == {"removed"} and {
                job.user[:8] for job in session.scalars(select(Job))
            } == {"deleted-"}
            told = {
                message.body["type"] for message in session.scalars(select(Delivery).where(Delivery.state == "pending"))
            }
            assert told <= {"generation.removed"}, "whoever listens is told that they went, and nothing else"


def test_what_ends_after_its_user_has_left_goes_with_the_next_sweep(db, bucket, make_job):
    """A job that was past stopping is published all the same, with days of its own to live: they do not count."""
    job = make_job(state="running", request={"prompt": f"the {WORD}", "references": []})
    retention.delete_user(db, bucket, "main", "ana", actor="main/owner")
    with db.session() as session:
        row = session.get(Job, job.id)
        row.state, row.finished, row.keep_until = "succeeded", row.updated, row.updated + 30 * 86_400
    retention.sweep(db, bucket)
    with db.reading() as session:
        row = session.get(Job, job.id)
        assert row.state == "removed" and WORD not in repr(row.request)
