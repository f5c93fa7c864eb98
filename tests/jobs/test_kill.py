"""Workers as processes: killed at steps, frozen and woken. Nothing lost, nothing twice, nothing paid for again."""

import multiprocessing
import os
import signal
import time

import pytest
from benchmarks.crash import configuration, work
from sqlalchemy import select

from benchmarks import doubles, kill
from phonofilm.jobs.accounts import keys
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.service import Service
from phonofilm.jobs.store.database import Database
from phonofilm.jobs.store.tables import TERMINAL, Attempt, Event, Job, Output, Worker
from phonofilm.spec.request import Generate
from phonofilm.storage.bucket import Bucket

ME = Caller(tenant="acme", user="ann", scopes=frozenset({"generate", "read"}))
SOME = [
    ("admit", "after"),
    ("generate", "accepted"),
    ("generate", "after"),
    ("package", "during"),
    ("settle_cost", "before"),
    ("settle_cost", "after"),
]


@pytest.mark.nightly
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_killed_at_a_handful_of_steps(database, request, tmp_path, monkeypatch):
    url = request.getfixturevalue(f"{database}_url")
    monkeypatch.setattr(kill, "orders", lambda kills: SOME[:kills])
    report = kill.run(tmp_path / "home", url, len(SOME), workers=2, patience=600.0, say=lambda line: None)
    assert report.kills == len(SOME), kill.table(report)
    assert report.good, kill.table(report)
    assert report.states["succeeded"] > 0 and sum(report.states.values()) == report.jobs


@pytest.mark.nightly
def test_a_frozen_worker_that_wakes_publishes_nothing(tmp_path):
    home = tmp_path / "home"
    config = configuration(home, "", heartbeat_dead=2.0, package=False, concurrency=1)
    config.engines["local"]["seconds"] = 4.0
    doubles.offer()
    doubles.small_clip(home / "vendors")
    db = Database(config.database)
    db.migrate()
    keys.ensure_tenant(db, "acme")
    service = Service(db, Bucket.open(config.files), config)
    context = multiprocessing.get_context("forkserver")
    first = context.Process(target=work, args=(config,), daemon=True)
    first.start()
    crew = [first]

    def until(check, seconds=120.0):
        end = time.monotonic() + seconds
        while not (found := check()):
            assert time.monotonic() < end
            time.sleep(0.05)
        return found

    def row(model=Job):
        with db.reading() as session:
            return session.get(model, job.id)

    try:
        request = Generate(prompt="A red ball bounces on a beach.", engine="local")
        job = service.submit(ME, request, model="local", dialect="native")
        until(lambda: row().step == "generate" and row().progress > 0.1)
        frozen = row().owner
        os.kill(first.pid, signal.SIGSTOP)
        second = context.Process(target=work, args=(config,), daemon=True)
        second.start()
        crew.append(second)
        until(lambda: row().owner not in (None, frozen) and not row().owner.startswith(frozen.split(":")[0]))
        os.kill(first.pid, signal.SIGCONT)  # it wakes in the middle of its step, while the other one is at work
        until(lambda: row().state in TERMINAL)
        names = {frozen.split(":")[0]}

        def came_back():
            with db.reading() as session:
                return session.scalars(select(Worker.id).where(Worker.stopped.is_(None))).all()

        until(
            lambda: len([name for name in came_back() if name not in names]) == 2
        )  # the woken one lives on under another name
        with db.reading() as session:
            assert row().state == "succeeded"
            assert (
                len(
                    session.scalars(
                        select(Event.id).where(Event.job == job.id, Event.type == "generation.succeeded")
                    ).all()
                )
                == 1
            )
            files = session.scalars(select(Output).where(Output.job == job.id)).all()
            attempts = session.scalars(select(Attempt).where(Attempt.job == job.id)).all()
        assert [output.name for output in files] == ["video.mp4"] and len(attempts) == 2
        again = service.submit(ME, request, model="local", dialect="native")
        until(lambda: service.get(ME, again.id).state == "succeeded")
    finally:
        for process in crew:
            process.terminate()
        for process in crew:
            process.join(20)
            process.kill()
        db.close()
