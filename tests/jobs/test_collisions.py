"""PostgreSQL as it is met in the field: transactions that collide, and a pooler in between."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from benchmarks.mixed import pooled
from sqlalchemy import select, update

from phonofilm.jobs.accounts import keys
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.database import Database, Ear, collided, retried
from phonofilm.jobs.store.tables import Tenant


def test_a_deadlock_is_undone_and_tried_again(postgres_url):
    """Two transactions that lock the same two rows the other way round: the database ends one of them, and nobody is
    told."""
    db, gate, tries, wrong = Database(postgres_url), threading.Barrier(2), [], []

    @retried
    def rename(first, second):
        tries.append(first)
        with db.session() as session:
            session.execute(update(Tenant).where(Tenant.id == first).values(name=f"{first} first"))
            if len(tries) <= 2:
                gate.wait(30)
            session.execute(update(Tenant).where(Tenant.id == second).values(name=f"after {first}"))

    def caller(first, second):
        try:
            rename(first, second)
        except Exception as error:
            wrong.append((collided(error), error))

    threads = [threading.Thread(target=caller, args=pair) for pair in (("main", "other"), ("other", "main"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.close()
    assert wrong == []
    assert len(tries) == 3


@pytest.mark.skipif(
    shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin") is None, reason="PgBouncer is not installed"
)
def test_a_pooler_may_change_the_connection_between_transactions(postgres_url):
    """Statements repeated often enough to be prepared, on few connections that many share: none is told that it exists
    already, or does not."""
    with pooled(postgres_url, size=3) as url:
        db = Database(url)
        ear = Ear(db)

        def work(number):
            for turn in range(12):
                with db.session() as session:
                    audit.record(session, f"t{number}", "work", f"{number}-{turn}")
                    session.scalars(
                        select(Tenant).where(Tenant.id == "main").with_for_update()
                    ).one().name = f"{number} {turn}"
                with db.reading() as session:
                    session.get(Tenant, "other")
            return keys.create(db, tenant="main", user=f"u{number}")[0].id

        try:
            with ThreadPoolExecutor(8) as pool:
                made = list(pool.map(work, range(8)))
            assert len(set(made)) == 8
            assert audit.check(db)[0] is None
            assert ear.changed()
        finally:
            ear.close()
            db.close()
