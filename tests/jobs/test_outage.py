"""Trouble of the house (disk, bucket, database) ends no job; deaths of workers end only the job that was alone in too
many of them."""

import errno
import os
import subprocess
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from benchmarks.crash import configuration
from benchmarks.outage import fill
from sqlalchemy import update
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, ProgrammingError

from benchmarks import doubles
from phonofilm.engines.base import Declined, hearing
from phonofilm.engines.remote.calls import Answer, Calls, Line
from phonofilm.errors import EngineError, MediaError, MissingFile, RequestError, StorageError, machine_fault
from phonofilm.jobs.accounts import keys
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.codes import STORAGE, JobError, as_job_error
from phonofilm.jobs.config import Config
from phonofilm.jobs.lifecycle import finish, heartbeat, recovery, takeover
from phonofilm.jobs.observe import house, metrics
from phonofilm.jobs.run import queue
from phonofilm.jobs.run.worker import Worker as Walker
from phonofilm.jobs.service import Service
from phonofilm.jobs.store.database import Database, new_id, now
from phonofilm.jobs.store.tables import Attempt, Event, Job, Worker
from phonofilm.jobs.tools import Tools
from phonofilm.spec.plain import to_plain
from phonofilm.spec.request import Generate
from phonofilm.storage.bucket import Bucket

ME = Caller(tenant="acme", user="ann", scopes=frozenset({"generate", "read"}))
REQUEST = to_plain(Generate(prompt="A ball.", engine="fake"))


def raised_from(cause, error):
    try:
        raise error from cause
    except type(error) as caught:
        return caught


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (raised_from(FULL, MediaError("'/x/y.mp4' could not be written")), "disk"),
        (raised_from(raised_from(FULL, MediaError("no")), RequestError("references[0]")), "disk"),
        (
            raised_from(RuntimeError("Io(No space left on device (os error 28))"), MediaError("could not be signed")),
            "disk",
        ),
        (StorageError("'a/b' could not be stored in s3://clips"), "bucket"),
        (raised_from(StorageError("away"), EngineError("no")), "bucket"),
        (MissingFile("there is no such file"), None),
        (MediaError("the file is damaged"), None),
        (RequestError("a prompt that says: No space left on device"), None),
        (raised_from(ConnectionRefusedError(errno.ECONNREFUSED, "no"), RequestError("a stranger's host")), None),
    ],
)
def test_what_is_the_machines_fault(error, part):
    assert machine_fault(error) == part
    if part:
        told = as_job_error(error)
        assert (told.code, told.status, str(told)) == ("storage_failed", 503, STORAGE), "no path, no address"


def test_paths_inside_the_house_are_not_told(tmp_path):
    path = tmp_path / "what? films" / "scratch" / "gen_1-ab" / "mezzanine.mp4"
    assert (
        house.nameless(f"'{path}' cannot be read; export it anew", path.parent, tmp_path)
        == "'mezzanine.mp4' cannot be read; export it anew"
    )
    assert house.nameless("upload it to /v1/assets", tmp_path) == "upload it to /v1/assets"


class Shaky(Bucket):
    """A bucket that is away while ``away`` is set."""

    def __init__(self, inner):
        super().__init__(inner._store, root=inner.root, name=inner.name)
        self.away = threading.Event()
        self.refused = 0

    def put(self, *args, **more):
        if self.away.is_set():
            self.refused += 1
            raise StorageError("'a/b' could not be stored in s3://clips (http://10.0.0.9:9000 refused)")
        return super().put(*args, **more)


@pytest.fixture
def working(tmp_path):
    """A service, its worker in this process, and a bucket that can be taken away."""
    doubles.offer()
    config = configuration(tmp_path, "", package=False, heartbeat=0.2, engine_patience=5.0)
    db = Database(config.database)
    db.migrate()
    keys.ensure_tenant(db, "acme")
    bucket = Shaky(Bucket.open(config.files))
    worker = Walker(config, db, bucket)
    worker.start()
    yield SimpleNamespace(service=Service(db, bucket, config), worker=worker, bucket=bucket, db=db, config=config)
    worker.stop(5.0)
    db.close()


def submit(working, engine):
    return working.service.submit(
        ME, Generate(prompt="A red ball bounces.", seconds=4.0, engine=engine), model=engine, dialect="native"
    ).id


def until(true, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def state(working, job):
    return working.service.get(ME, job).state


def test_a_bucket_that_is_away_is_waited_for_and_a_paid_clip_is_fetched_once(working, monkeypatch):
    fetched = []
    monkeypatch.setattr(
        doubles.Vendor,
        "fetch",
        lambda self, ident, out, *, mute=False, real=doubles.Vendor.fetch: (
            fetched.append(ident),
            real(self, ident, out),
        )[1],
    )
    working.bucket.away.set()
    jobs = [submit(working, engine) for engine in ("vendor", "local", "vendor", "local")]
    until(lambda: working.bucket.refused >= 6)
    assert {state(working, job) for job in jobs} <= {"running", "queued"}, "nobody is blamed"
    until(lambda: b'house_trouble_seconds{part="bucket"} 0.0' not in metrics.render(working.db))
    waiting = submit(working, "local")
    assert working.worker.tools.house.trouble().keys() == {"bucket"} and not working.worker.runner.take(), (
        "no more is taken meanwhile"
    )
    working.bucket.away.clear()
    until(lambda: {state(working, job) for job in (*jobs, waiting)} == {"succeeded"})
    assert len(fetched) == len(set(fetched)) == 2 and set(
        doubles.Vendor(folder=str(working.config.home / "vendors")).billed().values()
    ) == {1}
    until(lambda: b'house_trouble_seconds{part="bucket"} 0.0' in metrics.render(working.db))
    with working.db.reading() as session:
        assert session.query(Attempt).count() == 5, "what was made while the bucket was away was made once"


def test_a_walk_that_waits_hears_a_cancel_and_a_stop(working):
    working.bucket.away.set()
    job, other = submit(working, "local"), submit(working, "local")
    until(lambda: working.bucket.refused >= 3)
    working.service.cancel(ME, job)
    until(lambda: state(working, job) == "cancelled", 10)
    began = time.monotonic()
    assert not working.worker.stop(0.0) and time.monotonic() - began < 10
    assert state(working, other) in ("running", "queued"), "it goes on elsewhere"


def test_a_clip_that_its_vendor_cannot_hand_out_yet_is_asked_for_again(working, monkeypatch):
    tried = []

    def fetch(self, ident, out, *, mute=False, real=doubles.Vendor.fetch):
        tried.append(ident)
        if len(tried) < 3:
            raise Declined("the clip cannot be copied (no answer); it may be gone")
        real(self, ident, out)

    monkeypatch.setattr(doubles.Vendor, "fetch", fetch)
    job = submit(working, "vendor")
    until(lambda: state(working, job) == "succeeded")
    assert len(tried) == 3


def small(folder):
    folder.mkdir(parents=True, exist_ok=True)
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)], capture_output=True, check=False
    ).returncode:
        pytest.skip("no small disk can be mounted here")


def test_a_full_disk_fails_no_job(tmp_path):
    """The worker's scratch folder on a disk of its own, filled to the last byte."""
    doubles.offer()
    config = configuration(tmp_path, "", package=False, heartbeat=0.2)
    small(config.scratch)
    db = Database(config.database)
    try:
        db.migrate()
        keys.ensure_tenant(db, "acme")
        bucket = Bucket.open(config.files)
        worker = Walker(config, db, bucket)
        working = SimpleNamespace(service=Service(db, bucket, config))
        filler = fill(config.scratch)
        assert worker.tools.house.disk() and not worker.tools.house.well()
        worker.start()
        jobs = [submit(working, engine) for engine in ("vendor", "local", "vendor")]
        until(lambda: b'house_trouble_seconds{part="disk"} 0.0' not in metrics.render(db))
        assert {state(working, job) for job in jobs} == {"queued"}
        filler.unlink()
        until(lambda: {state(working, job) for job in jobs} == {"succeeded"})
        worker.stop(5.0)
    finally:
        db.close()
        subprocess.run(["umount", "-l", str(config.scratch)], check=True)


def test_a_database_that_fails_under_an_engine_does_not_stop_it(working, monkeypatch):
    """Progress and cancel are asked for often; that nobody can answer for a moment loses nothing."""
    failing, failed = threading.Event(), []
    real = Database.reading
    ours = {"phonofilm-take", "phonofilm-beat", "phonofilm-tend", "phonofilm-post", "MainThread"}

    def reading(self):
        if failing.is_set() and threading.current_thread().name not in ours:
            failed.append(1)
            raise OperationalError("SELECT", {}, Exception("the server closed the connection"))
        return real(self)

    monkeypatch.setattr(Database, "reading", reading)
    monkeypatch.setattr(
        doubles.Local,
        "__init__",
        lambda self, name="local", *, folder, seconds=2.0, real=doubles.Local.__init__: real(
            self, name, folder=folder, seconds=seconds
        ),
    )
    job = submit(working, "local")
    until(lambda: working.service.get(ME, job).step == "generate")
    until(lambda: working.service.get(ME, job).progress > 0.1)
    failing.set()
    until(lambda: len(failed) >= 3)
    failing.clear()
    until(lambda: state(working, job) == "succeeded")
    with working.db.reading() as session:
        assert session.query(Attempt).count() == 1, "the engine was asked once"


@pytest.mark.parametrize("kind", [OperationalError, ProgrammingError, IntegrityError, DataError])
def test_a_database_error_at_the_last_step_ends_no_clip(working, monkeypatch, kind):
    """A pooler that knows no such statement, a connection cut, a row in the way: the clip is made, and is published
    when that is possible."""
    failed = []

    def publish(*args, real=finish.publish, **more):
        if len(failed) < 2:
            failed.append(1)
            raise kind("UPDATE jobs", {}, Exception('prepared statement "_pg3_7" already exists'))
        return real(*args, **more)

    monkeypatch.setattr(finish, "publish", publish)
    job = submit(working, "local")
    until(lambda: state(working, job) not in ("queued", "running"))
    with working.db.reading() as session:
        row = session.get(Job, job)
        assert (row.state, row.error, len(failed), session.query(Attempt).count()) == ("succeeded", None, 2, 1)


# deaths


def put(db, **more):
    moment = now()
    values = {
        "id": new_id("gen"), "tenant": "main", "user": "u", "dialect": "native", "state": "running", "model": "fake",
        "engine": "fake", "request": REQUEST,
        "extra": {}, "prompt_hash": "", "seed": 0, "priority": 0, "attempt": 0, "created": moment, "updated": moment,
        "expires": moment + 600,
        "step": "generate", "started": moment,
    }  # fmt: skip
    with db.session() as session:
        session.add(Job(**values | more))
    return (values | more)["id"]


def die(db, config, *jobs):
    """A worker that walks these jobs is killed."""
    name = heartbeat.register(db, config)
    with db.session() as session:
        session.execute(
            update(Job).where(Job.id.in_(jobs), Job.state == "running").values(owner=f"{name}:token", not_before=None)
        )
        session.execute(
            update(Worker).where(Worker.id == name).values(heartbeat=now() - 1000, host="elsewhere|a|b|1|1")
        )
    assert heartbeat.reap(db, config) == [name]


def rows(db, *jobs):
    with db.reading() as session:
        return [session.get(Job, job) for job in jobs]


def test_deaths_in_company_prove_nothing_and_those_alone_end_the_job(any_db, tmp_path):
    config = Config(home=tmp_path)
    one, other = put(any_db), put(any_db)
    for _ in range(20):
        die(any_db, config, one, other)
    assert [row.state for row in rows(any_db, one, other)] == ["running", "running"]
    assert takeover.suspected(rows(any_db, one)[0])
    waits = []
    for _ in range(takeover.MOST_ALONE - 1):
        die(any_db, config, one)
        waits.append(round(max((rows(any_db, one)[0].not_before or now()) - now(), 0.0)))
    assert waits == [0, 10, 20, 40], "kills in a row cannot hit it each time"
    die(any_db, config, one)
    gone, innocent = rows(any_db, one, other)
    assert (gone.state, gone.error["code"], gone.owner) == ("crashed", "crashed", None) and "generate" in gone.error[
        "message"
    ]
    assert innocent.state == "running"
    with any_db.reading() as session:
        assert session.query(Event).where(Event.job == one).one().type == "generation.crashed"
    # a person mends what killed it: it begins anew, and what it was accused of counts no more
    with pytest.raises(JobError, match="it is running"):
        recovery.restart(any_db, other)
    assert recovery.restart(any_db, one) == "queued"
    (back,) = rows(any_db, one)
    assert (back.state, back.deaths, back.error, back.finished, back.not_before) == ("queued", {}, None, None, None)
    assert not takeover.suspected(back) and back.attempt == gone.attempt + 1 and back.expires > now() + 500
    with any_db.session() as session:
        session.execute(update(Job).where(Job.id == one).values(state="crashed", delete_requested=True))
    with pytest.raises(JobError, match="to be deleted"):
        recovery.restart(any_db, one)


def test_another_step_is_progress(any_db, tmp_path):
    config = Config(home=tmp_path)
    job = put(any_db)
    for step in ("generate", "package", "store", "generate"):
        for _ in range(takeover.MOST_ALONE - 1):
            with any_db.session() as session:
                session.execute(update(Job).where(Job.id == job).values(step=step))
            die(any_db, config, job)
    assert rows(any_db, job)[0].state == "running" and rows(any_db, job)[0].deaths == {
        "step": "generate",
        "alone": 4,
        "shared": 0,
    }


def test_a_worker_that_leaves_and_silence_nobody_could_break_accuse_nobody(any_db, tmp_path):
    config = Config(home=tmp_path)
    name = heartbeat.register(any_db, config)
    job = put(any_db, owner=f"{name}:token")
    with any_db.session() as session:
        session.execute(
            update(Worker).where(Worker.id == name).values(heartbeat=now() - 1000, host="elsewhere|a|b|1|1")
        )
    assert heartbeat.reap(any_db, config, heard=False) == []
    heartbeat.leave(any_db, name)
    assert rows(any_db, job)[0].owner is None and rows(any_db, job)[0].deaths == {}


def test_a_suspect_waits_for_the_others_and_is_walked_alone(any_db, tmp_path, monkeypatch):
    config = Config(home=tmp_path, concurrency=3, tenant_concurrency=9)
    bucket = Bucket.open(config.files)
    runner = queue.Runner(config, any_db, Tools(config, any_db, bucket), "w-1")
    begun = []
    monkeypatch.setattr(queue.Runner, "_begin", lambda self, job, attempt, *, again, fresh: begun.append((job, fresh)))
    plain = put(any_db, state="queued", started=None)
    assert runner.take() and begun == [(plain, False)]
    suspect = put(any_db, owner=None, deaths={"step": "generate", "shared": 2, "alone": 0})
    later = put(any_db, state="queued", started=None)
    assert runner.take() and runner.walking() == {plain, suspect} and runner.room() == 0
    assert not runner.take() and begun == [(plain, False)], "it waits"
    runner._walking.pop(plain)
    assert runner.take() and begun[1:] == [(suspect, True)], "in this process, not in whichever has room"
    assert not runner.take() and len(begun) == 2, "nothing beside it"
    runner._walking.pop(suspect)
    assert runner.take() and begun[2:] == [(later, False)]


# pauses


def answers(*statuses, after="400"):
    waiting = list(statuses)
    return lambda: Answer(waiting.pop(0), {"retry-after": after}, b"")


def test_a_vendors_retry_after_is_capped_and_slept_in_slices():
    slept = []
    calls = Calls("http://127.0.0.1:1", "", Line(tries=4), sleep=slept.append)
    assert calls.repeat(answers(503, 503, 503, 503)).status == 503
    assert max(slept) <= 0.25 and sum(slept) == pytest.approx(3 * Line().longest_pause)


def test_a_pause_hears_a_cancel():
    slept = []
    calls = Calls("http://127.0.0.1:1", "", Line(tries=4), sleep=slept.append)
    with hearing(lambda: len(slept) >= 3), pytest.raises(EngineError, match="cancelled"):
        calls.repeat(answers(503, 503, 503, 503))
    assert len(slept) == 3


def test_a_small_disk_may_be_fuller_than_a_large_one(tmp_path, monkeypatch):
    bucket = Bucket.open((tmp_path / "files").as_uri())
    usage = SimpleNamespace(total=1 << 40, used=0, free=150_000_000)
    monkeypatch.setattr(house.shutil, "disk_usage", lambda place: usage)
    config = Config(home=tmp_path)
    assert (
        house.House(config, bucket).short() and not house.House(replace(config, min_free=100_000_000), bucket).short()
    )
    usage.total = 1 << 30
    assert not house.House(config, bucket).short()
