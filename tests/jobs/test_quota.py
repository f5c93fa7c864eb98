"""Quotas: what is allowed is allowed to the last one, also when many ask at once."""

import threading

import pytest

from phonofilm.jobs.accounts import quota
from phonofilm.jobs.accounts.quota import Limits
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.money import ledger
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Job, Tenant


def check(db, tenant="main", user="ana", limits=quota.DEFAULT):
    with db.session() as session:
        quota.check(session, tenant, user, limits)


def settings(db, **values):
    with db.session() as session:
        session.get(Tenant, "main").settings = values


def refused(db, **given):
    with pytest.raises(JobError) as error:
        check(db, **given)
    return error.value


def test_clips_a_day(db, make_job, moved):
    clock = moved(quota, at=1_795_219_200.0 + 3_600)  # 01:00 UTC
    for _ in range(3):
        make_job(created=clock.at)
    make_job(created=clock.at - 2 * 3_600)  # yesterday's
    make_job(created=clock.at, tenant="other")
    check(db, limits=Limits(daily_clips=4))
    error = refused(db, limits=Limits(daily_clips=3))
    assert (error.code, error.status, error.retry_after) == ("quota_exceeded", 429, 23 * 3_600)
    clock.pass_by(23 * 3_600)
    check(db, limits=Limits(daily_clips=3))


def test_clips_a_day_of_one_user(db, make_job):
    make_job(user="ana"), make_job(user="ben")
    assert "each user" in str(refused(db, limits=Limits(daily_clips_per_user=1)))
    check(db, user="cho", limits=Limits(daily_clips_per_user=1))


def test_open_jobs(db, make_job):
    for state in ("queued", "running", "review", "succeeded", "failed"):
        make_job(state=state)
    check(db, limits=Limits(open_jobs=4))
    assert refused(db, limits=Limits(open_jobs=3)).retry_after == 10.0


def test_a_tenants_own_limits_go_first(db, make_job):
    make_job(), make_job()
    settings(db, daily_clips=2)
    assert refused(db).code == "quota_exceeded"
    settings(db, daily_clips=3)
    check(db, limits=Limits(daily_clips=1))
    settings(db, daily_clips=None)
    check(db, limits=Limits(daily_clips=1))
    settings(db, daily_clips=0)
    assert refused(db).code == "quota_exceeded"
    for nonsense in (-1, "many", True, 2.5):
        settings(db, daily_clips=nonsense)
        check(db)
        assert refused(db, limits=Limits(daily_clips=2)).code == "quota_exceeded"


def test_a_budget_that_is_overdrawn_ends_it(db, make_job):
    job = make_job(state="running")
    with db.session() as session:
        ledger.set_budget(session, "main", 100_000, actor="ops")
        ledger.reserve(session, session.get(Job, job.id), 100_000)
    check(db)  # nothing is left, but what costs nothing may go on
    with db.session() as session:
        ledger.settle(session, session.get(Job, job.id), 130_000)
    assert refused(db).code == "budget_exceeded"


def test_a_tenant_that_is_not_there(db):
    assert refused(db, tenant="nobody").code == "forbidden"


def test_the_last_place_is_taken_once(any_db):
    """Thirty submits at one moment, twelve places."""
    limits = Limits(daily_clips=12)
    won, lost, wrong = [], [], []
    gate = threading.Barrier(15)

    def submit():
        gate.wait()
        for _ in range(2):
            try:
                with any_db.session() as session:
                    quota.check(session, "main", "ana", limits)
                    ident = new_id("gen")
                    session.add(
                        Job(
                            id=ident,
                            tenant="main",
                            user="ana",
                            dialect="native",
                            state="queued",
                            model="fake",
                            engine="fake",
                            request={},
                            extra={},
                            prompt_hash="",
                            seed=0,
                            created=now(),
                            updated=now(),
                            expires=now() + 60,
                        )
                    )
                won.append(ident)
            except JobError as error:
                lost.append(error.code)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=submit) for _ in range(15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert (len(won), lost) == (12, ["quota_exceeded"] * 18)
