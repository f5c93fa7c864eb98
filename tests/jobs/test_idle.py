"""Nobody is asked over and over: who waits for news in the database is told of it."""

import threading
import time

from sqlalchemy import event

from phonofilm.jobs.config import Config
from phonofilm.jobs.run.worker import Worker
from phonofilm.jobs.store.database import Database, Ear
from phonofilm.jobs.store.tables import Tenant


def test_an_ear_hears_what_others_commit_and_nothing_else(any_db):
    other, ear = Database(any_db.url), Ear(any_db)
    assert ear.changed()  # it did not listen before
    assert not ear.changed()
    with other.reading() as session:
        session.get(Tenant, "main")
    assert not ear.changed()
    with other.session() as session:
        session.get_one(Tenant, "main").name = "Renamed"
    assert ear.changed() and not ear.changed()
    ear.close()
    with other.session() as session:
        session.get_one(Tenant, "main").name = "Renamed again"
    assert ear.changed()  # whoever stopped listening may have missed something
    ear.close()
    other.close()


def test_a_worker_without_work_looks_for_none(db, bucket, tmp_path):
    """It listens a hundred times, and asks for a job once or twice; DBOS's own questions have ended."""
    config = Config(home=tmp_path, database_url=db.url, engines={"fake": {}}, queue_idle=0.01, heartbeat=60.0)
    asked: list[str] = []
    worker = Worker(config, db, bucket)
    worker.start()
    try:
        time.sleep(0.5)
        event.listen(db.engine, "before_cursor_execute", lambda c, cursor, statement, *rest: asked.append(statement))
        heard = 0
        while heard < 100:
            time.sleep(0.01)
            heard = sum("PRAGMA data_version" in one or "pg_current_snapshot" in one for one in tuple(asked))
        assert sum("FROM jobs" in one or "FROM deliveries" in one for one in tuple(asked)) < heard / 2
        names = {thread.name for thread in threading.enumerate()}
        assert not {name for name in names if name.startswith("queue-worker")} and "dbos-background-jobs" not in names
    finally:
        assert worker.stop(5.0)
