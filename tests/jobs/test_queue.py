"""Who is taken next, who may write, who is dead; on SQLite and on PostgreSQL."""

import os
import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import select, text, update

from phonofilm.jobs.config import Config
from phonofilm.jobs.lifecycle import heartbeat, recovery
from phonofilm.jobs.run import queue
from phonofilm.jobs.run.walk import Ended, Fenced
from phonofilm.jobs.store.database import Database, new_id, now
from phonofilm.jobs.store.tables import Event, Job, Output, Tenant, Worker
from phonofilm.jobs.tools import Tools
from phonofilm.spec.plain import to_plain
from phonofilm.spec.request import Generate
from phonofilm.storage.bucket import Bucket

REQUEST = to_plain(Generate(prompt="A ball.", engine="fake"))


def put(db, tenant="main", **more):
    """A queued job, as a submit leaves it."""
    moment = now()
    values = {
        "id": new_id("gen"), "tenant": tenant, "user": "u", "dialect": "native", "state": "queued", "model": "fake",
        "engine": "fake", "request": REQUEST,
        "extra": {}, "prompt_hash": "", "seed": 0, "priority": 0, "attempt": 0, "created": moment, "updated": moment,
        "expires": moment + 600,
    }  # fmt: skip
    values |= more
    with db.session() as session:
        session.add(Job(**values))
    return values["id"]


def take(db, config, worker="w-1"):
    with db.session() as session:
        job = queue.pick(db, session, config, worker)
        return job.id if job else None


def config_of(tmp_path, **more):
    return Config(home=tmp_path, engines={"fake": {}}, **more)


def test_priority_then_the_less_busy_tenant_then_age(any_db, tmp_path):
    config = config_of(tmp_path, tenant_concurrency=10)
    first, second = put(any_db), put(any_db)
    stranger = put(any_db, "other")
    urgent = put(any_db, priority=9)
    assert [take(any_db, config) for _ in range(5)] == [urgent, stranger, first, second, None]


def test_a_tenant_has_its_own_number_of_places(any_db, tmp_path):
    config = config_of(tmp_path, tenant_concurrency=1)
    put(any_db, priority=9), put(any_db, priority=9)
    theirs = put(any_db, "other")
    assert take(any_db, config) is not None
    assert take(any_db, config) == theirs
    assert take(any_db, config) is None
    with any_db.session() as session:
        session.execute(update(Tenant).where(Tenant.id == "main").values(settings={"concurrency": 2}))
    assert take(any_db, config) is not None


def test_many_pickers_never_take_the_same_job_nor_a_place_too_many(any_db, tmp_path):
    config = config_of(tmp_path, tenant_concurrency=5)
    for _ in range(12):
        put(any_db)
    taken, lock = [], threading.Lock()

    def picker(name):
        while (job := take(any_db, config, name)) is not None:
            with lock:
                taken.append(job)

    threads = [threading.Thread(target=picker, args=(f"w-{number}",)) for number in range(4)]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    assert len(taken) == len(set(taken)) == 5


def test_late_jobs_expire_and_are_not_taken(any_db, tmp_path):
    config = config_of(tmp_path)
    late = put(any_db, expires=now() - 1)
    held = put(any_db, state="review", expires=now() - 1)
    fresh = put(any_db)
    assert take(any_db, config) == fresh
    assert queue.expire(any_db, config) == 2 and queue.expire(any_db, config) == 0
    with any_db.reading() as session:
        assert session.get(Job, late).state == session.get(Job, held).state == "expired"
        assert session.get(Job, late).error["code"] == "expired" and session.get(Job, fresh).state == "running"


def walks(db, tmp_path, job_id, count=2):
    """So many executions that each believe to own the job, claimed one after the other; their workers are alive."""
    config = config_of(tmp_path)
    tools = Tools(config, db, Bucket.open((tmp_path / "files").as_uri()))
    with db.session() as session:
        session.execute(update(Job).where(Job.id == job_id).values(state="running", owner="x:"))
    names = [heartbeat.register(db, config) for _ in range(count)]
    return names, [
        queue.claim(db, tools, name, job_id, f"t{number}", lambda: False) for number, name in enumerate(names)
    ]


FILE = {
    "name": "video.mp4",
    "key": "main/x/video.mp4",
    "content_type": "video/mp4",
    "bytes": 1,
    "sha256": "0" * 64,
    "width": 2,
    "height": 2,
}


def reserve(db, job_id):
    from phonofilm.jobs.money import ledger

    with db.session() as session:
        ledger.reserve(session, session.get(Job, job_id), 1000, "t-1")


def test_only_the_last_owner_publishes_and_only_once(any_db, tmp_path):
    job_id = put(any_db)
    reserve(any_db, job_id)
    _, (old, new) = walks(any_db, tmp_path, job_id)
    for act in (
        lambda: old.publish([FILE], {"seconds": 1}, 10),
        lambda: old.enter("store", 0.5),
        lambda: old.intend("fake", paid=False),
    ):
        with pytest.raises(Fenced):
            act()
    with pytest.raises(Fenced):
        old.end("failed", None, None)
    assert old.cancelled()
    new.enter("store", 0.9)
    new.publish([FILE], {"seconds": 1}, 10)
    with pytest.raises(Fenced):
        new.publish([FILE], {"seconds": 1}, 10)
    with any_db.reading() as session:
        assert session.get(Job, job_id).state == "succeeded"
        assert len(session.scalars(select(Output).where(Output.job == job_id)).all()) == 1
        assert (
            len(session.scalars(select(Event).where(Event.job == job_id, Event.type == "generation.succeeded")).all())
            == 1
        )


def test_a_worker_declared_dead_may_neither_claim_nor_publish(any_db, tmp_path):
    job_id = put(any_db)
    reserve(any_db, job_id)
    (name,), (walk,) = walks(any_db, tmp_path, job_id, 1)
    with any_db.session() as session:
        session.execute(
            update(Worker).where(Worker.id == name).values(stopped=now())
        )  # buried, and its job not yet taken by anybody
    with pytest.raises(Fenced):
        walk.publish([FILE], {"seconds": 1}, 10)
    with pytest.raises(Fenced):
        queue.claim(any_db, walk.tools, name, job_id, "again", lambda: False)
    assert not heartbeat.beat(any_db, name)


def test_cancel_and_expiry_stop_a_walk_at_its_next_step(any_db, tmp_path):
    for change, state in (({"cancel_requested": True}, "cancelled"), ({"expires": now() - 1}, "expired")):
        job_id = put(any_db)
        _, (walk,) = walks(any_db, tmp_path, job_id, 1)
        with any_db.session() as session:
            session.execute(update(Job).where(Job.id == job_id).values(**change))
        with pytest.raises(Ended) as other:
            walk.enter("package", 0.8)
        assert other.value.state == state and walk.cancelled()


def test_the_silent_and_the_gone_are_buried_and_their_jobs_free(any_db, tmp_path):
    config = config_of(tmp_path, heartbeat_dead=5.0)
    alive, silent = heartbeat.register(any_db, config), heartbeat.register(any_db, config)
    with any_db.session() as session:
        session.execute(update(Worker).where(Worker.id == silent).values(heartbeat=now() - 6, host="elsewhere|a|b|1|1"))
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    gone = heartbeat.register(any_db, config)
    with any_db.session() as session:
        session.execute(update(Worker).where(Worker.id == gone).values(host=heartbeat.address(child.pid)))
    jobs = {name: put(any_db, state="running", owner=f"{name}:t") for name in (alive, silent, gone)}
    assert heartbeat.reap(any_db, config) == [silent]
    child.kill()
    child.wait()
    assert heartbeat.reap(any_db, config) == [gone] and heartbeat.reap(any_db, config) == []
    with any_db.reading() as session:
        assert {name: session.get(Job, job).owner for name, job in jobs.items()} == {
            alive: f"{alive}:t",
            silent: None,
            gone: None,
        }
    assert {take(any_db, config), take(any_db, config)} == {jobs[silent], jobs[gone]}, "orphans come first"


def test_this_process_is_there_and_strangers_are_not_judged():
    assert not heartbeat.gone(heartbeat.address(os.getpid()))
    assert not heartbeat.gone("another-host|1|2|99999999|1")
    assert not heartbeat.gone("")


def test_strays_of_a_worker_are_freed(any_db, tmp_path):
    name = heartbeat.register(any_db, config_of(tmp_path))
    stray = put(any_db, state="running", owner=f"{name}:t", updated=now() - 60)
    walking = put(any_db, state="running", owner=f"{name}:u", updated=now() - 60)
    assert recovery.stray(any_db, name, {walking}) == 1
    with any_db.reading() as session:
        assert session.get(Job, stray).owner is None and session.get(Job, walking).owner == f"{name}:u"


def test_migrations_make_what_the_tables_say(any_db):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    import phonofilm.rollout.tables
    import phonofilm.votes.tables  # noqa: F401  those beside
    from phonofilm.jobs.store.tables import Base

    with any_db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_two_processes_may_migrate_at_once(tmp_path):
    url = f"sqlite:///{tmp_path / 'new.db'}"
    code = f"from phonofilm.jobs.store.database import Database; Database({url!r}).migrate()"
    both = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        assert process.wait(180) == 0, process.stderr.read()
        process.stderr.close()
    db = Database(url)
    with db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    db.close()


def test_ids_sort_by_time():
    before = new_id("gen")
    time.sleep(0.005)
    after = new_id("gen")
    assert before < after and len(before) == 30 and before != after
