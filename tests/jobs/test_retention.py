"""Retention: gone when it is time, not before, not under hold, and nothing left of a user who asks to be forgotten."""

import json

import pytest
from sqlalchemy import select

from phonofilm.errors import StorageError
from phonofilm.jobs.accounts import keys
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.lifecycle import removal
from phonofilm.jobs.money import ledger
from phonofilm.jobs.observe import audit
from phonofilm.jobs.run import retention
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.tables import (
    ApiKey,
    Asset,
    Delivery,
    Event,
    IdempotencyKey,
    Job,
    Output,
    Share,
    Tenant,
    WebSession,
)

DAY = 86_400.0


@pytest.fixture
def clock(moved):
    return moved(retention, removal)


def state(db, table, ident):
    with db.reading() as session:
        return session.get(table, ident).state


def video(job):
    return f"main/2026/11/{job.id}/video.mp4"


def share(db, name, **given):
    with db.session() as session:
        session.add(
            Share(
                id=name,
                hash=name,
                **{"tenant": "main", "user": "ana", "prompt": False, "created": now(), "expires": now() + DAY, **given},
            )
        )


def refused(act, *given, **more):
    with pytest.raises(JobError) as error:
        act(*given, **more)
    return error.value


def test_after_thirty_days_files_and_words_are_gone(db, bucket, make_job, clock):
    job = make_job(
        files={"video.mp4": b"x", "subtitles.vtt": b"y"},
        bucket=bucket,
        result={"seconds": 5.0, "tokens": 7, "notes": ["her words"]},
        extra={"callback_url": "https://example.com/mine"},
        cost_settled=40_000,
    )
    with db.session() as session:
        session.add(
            Event(
                job=job.id,
                tenant="main",
                type="generation.succeeded",
                data={"outputs": ["video.mp4"]},
                created=clock.at,
            )
        )
    clock.pass_by(30 * DAY - 60)
    assert retention.sweep(db, bucket)["jobs"] == 0
    assert bucket.exists(video(job))
    clock.pass_by(120)
    done = retention.sweep(db, bucket)
    assert (done["jobs"], done["files"]) == (1, 2)
    assert not bucket.exists(video(job)) and list(bucket.list()) == []
    with db.reading() as session:
        row = session.get(Job, job.id)
        everything = json.dumps([row.request, row.extra, row.result])
        assert row.state == "removed" and row.deleted == clock.at
        assert not any(word in everything for word in ("boat", "her words", "example.com"))
        assert (row.result, row.cost_settled) == ({"seconds": 5.0, "tokens": 7}, 40_000)
        assert session.scalars(select(Output)).all() == session.scalars(select(Event)).all() == []
        assert audit.verify(session) is None
    assert retention.sweep(db, bucket)["jobs"] == 0


def test_a_tenants_own_days(db, bucket, make_job, clock):
    with db.session() as session:
        session.get(Tenant, "main").settings = {"retention_days": 2}
        session.get(Tenant, "other").settings = {"retention_days": 60}
    mine, others = make_job(files={"video.mp4": b"x"}, bucket=bucket), make_job(tenant="other")
    clock.pass_by(2 * DAY + 1)
    assert retention.sweep(db, bucket)["jobs"] == 1
    clock.pass_by(40 * DAY)
    assert retention.sweep(db, bucket)["jobs"] == 0
    assert (state(db, Job, mine.id), state(db, Job, others.id)) == ("removed", "succeeded")
    with db.session() as session:
        session.get(Tenant, "other").settings = {"retention_days": 0}
    assert retention.sweep(db, bucket)["jobs"] == 1


def test_nothing_on_its_way_and_no_open_question_is_swept(db, bucket, make_job, clock):
    jobs = [make_job(state=state_) for state_ in ("queued", "running", "review", "unknown_outcome")]
    clock.pass_by(400 * DAY)
    assert retention.sweep(db, bucket)["jobs"] == 0
    assert [state(db, Job, job.id) for job in jobs] == ["queued", "running", "review", "unknown_outcome"]


def test_a_hold_keeps_the_clip_and_what_it_was_made_of(db, bucket, make_job, make_asset, clock):
    asset, loose = make_asset(), make_asset()
    job = make_job(
        files={"video.mp4": b"x"},
        bucket=bucket,
        request={"prompt": "p", "references": [{"kind": "image", "asset": asset.id}]},
    )
    with db.session() as session:
        retention.hold(session, job.id, True, actor="ops", note="court order 7")
    clock.pass_by(90 * DAY)
    done = retention.sweep(db, bucket)
    assert (done["jobs"], done["assets"]) == (0, 1)
    assert bucket.exists(video(job)) and bucket.exists(asset.key) and not bucket.exists(loose.key)
    assert refused(retention.remove, db, bucket, job.id, actor="ana").code == "conflict"
    with db.session() as session:
        assert refused(retention.hold, session, job.id, False, actor="ops", note=" ").field == "note"
        retention.hold(session, job.id, False, actor="ops", note="case closed")
    done = retention.sweep(db, bucket)
    assert (done["jobs"], done["assets"]) == (1, 1)
    assert not bucket.exists(video(job)) and not bucket.exists(asset.key)


def test_an_upload_two_held_jobs_need_stays_until_both_are_free(db, make_job, make_asset):
    asset = make_asset()
    jobs = [make_job(request={"prompt": "p", "references": [{"kind": "image", "asset": asset.id}]}) for _ in range(2)]
    with db.session() as session:
        for job in jobs:
            retention.hold(session, job.id, True, actor="ops", note="x")
        retention.hold(session, jobs[0].id, False, actor="ops", note="x")
        assert session.get(Asset, asset.id).legal_hold
        retention.hold(session, jobs[1].id, False, actor="ops", note="x")
        assert not session.get(Asset, asset.id).legal_hold


def test_an_upload_a_waiting_job_needs_stays(db, bucket, make_job, make_asset, clock):
    asset = make_asset()
    job = make_job(state="queued", request={"prompt": "p", "references": [{"kind": "image", "asset": asset.id}]})
    clock.pass_by(31 * DAY)
    assert retention.sweep(db, bucket)["assets"] == 0
    with db.session() as session:
        session.get(Job, job.id).state = "failed"
    assert retention.sweep(db, bucket)["assets"] == 1
    assert not bucket.exists(asset.key) and state(db, Asset, asset.id) == "removed"


def test_one_broken_file_does_not_keep_the_others(db, bucket, make_job, clock, monkeypatch):
    jobs = [make_job(files={"video.mp4": b"x"}, bucket=bucket) for _ in range(3)]
    clock.pass_by(31 * DAY)
    delete = bucket.delete

    def broken(key):
        if jobs[0].id in key:
            raise StorageError("this one is stuck; try again")
        delete(key)

    with monkeypatch.context() as patch:
        patch.setattr(bucket, "delete", broken)
        assert retention.sweep(db, bucket)["files"] == 2
    assert [bucket.exists(video(job)) for job in jobs] == [True, False, False]
    assert retention.sweep(db, bucket)["files"] == 1
    with db.reading() as session:
        assert session.get(Job, jobs[0].id).deleted is not None


def test_old_keys_and_messages_are_forgotten(db, bucket, clock):
    with db.session() as session:
        for age, number in ((1, 0), (3, 1)):
            session.add(
                IdempotencyKey(tenant="main", key=f"k{number}", request_hash="", job="", created=clock.at - age * DAY)
            )
        for state_, age in (("sent", 1), ("sent", 31), ("failed", 31), ("pending", 31)):
            common = {"tenant": "main", "job": "", "url": "", "body": {}, "headers": {}, "next_try": 0.0}
            session.add(Delivery(id=f"{state_}{age}", state=state_, created=clock.at - age * DAY, **common))
    done = retention.sweep(db, bucket)
    assert (done["keys"], done["messages"]) == (1, 2)
    with db.reading() as session:
        assert {row.id for row in session.scalars(select(Delivery))} == {"sent1", "pending31"}
        assert [row.key for row in session.scalars(select(IdempotencyKey))] == ["k0"]


def test_links_and_browser_sessions_that_are_over_are_forgotten(db, bucket, make_job, clock):
    job = make_job(state="queued").id
    key, _ = keys.create(db, tenant="main", user="ana")
    ends = {
        "open": (1, None),
        "ended": (-1, None),
        "long ended": (-31, None),
        "taken back": (1, -1),
        "long taken back": (1, -31),
    }
    for name, (expires, revoked) in ends.items():
        share(
            db,
            name,
            job=job,
            expires=clock.at + expires * DAY,
            revoked=None if revoked is None else clock.at + revoked * DAY,
        )
    with db.session() as session:
        session.add_all(
            WebSession(id=name, key=key.id, created=clock.at, expires=clock.at + more)
            for name, more in (("on", 60), ("over", -60))
        )
    done = retention.sweep(db, bucket)
    assert (done["shares"], done["sessions"]) == (2, 1)
    with db.reading() as session:
        assert set(session.scalars(select(Share.id))) == {"open", "ended", "taken back"}
        assert list(session.scalars(select(WebSession.id))) == ["on"]


def test_an_owner_deletes_at_once(db, bucket, make_job):
    job = make_job(files={"video.mp4": b"x"}, bucket=bucket)
    gone = retention.remove(db, bucket, job.id, actor="ana")
    assert (gone.state, gone.request["prompt"], bucket.exists(video(job))) == ("removed", "", False)
    assert retention.remove(db, bucket, job.id, actor="ana").state == "removed"
    assert refused(retention.remove, db, bucket, make_job(state="running").id, actor="ana").code == "conflict"
    assert refused(retention.remove, db, bucket, "gen_none", actor="ana").code == "not_found"


def test_deleting_an_unknown_outcome_counts_it_as_billed(db, bucket, make_job):
    job = make_job(state="unknown_outcome")
    with db.session() as session:
        ledger.reserve(session, session.get(Job, job.id), 30_000)
    retention.remove(db, bucket, job.id, actor="ana")
    with db.reading() as session:
        account = ledger.balance(session, "main")
        assert (account.spent, account.reserved, ledger.stranded(session)) == (30_000, 0, [])


def test_a_user_is_forgotten(db, bucket, make_job, make_asset):
    row, _ = keys.create(db, tenant="main", user="ana")
    done = make_job(files={"video.mp4": b"x"}, bucket=bucket)
    waiting, running = make_job(state="queued"), make_job(state="running")
    held = make_job(files={"video.mp4": b"evidence"}, bucket=bucket)
    upload = make_asset()
    for tenant, user in (("main", "ana"), ("main", "ben"), ("other", "ana")):
        share(db, f"{tenant}-{user}", tenant=tenant, user=user, job=done.id)
    bens, others = make_job(user="ben", files={"video.mp4": b"x"}, bucket=bucket), make_job(tenant="other", user="ana")
    with db.session() as session:
        retention.hold(session, held.id, True, actor="ops", note="court order 7")
    counts = retention.delete_user(db, bucket, "main", "ana", actor="ops")
    assert counts == {"keys": 1, "jobs": 2, "stopped": 2, "assets": 1, "held": 1}
    assert not bucket.exists(video(done)) and not bucket.exists(upload.key)
    assert bucket.exists(video(held)) and bucket.exists(video(bens))
    with db.reading() as session:
        jobs = {job.id: job for job in session.scalars(select(Job))}
        assert all(job.user.startswith("deleted-") for job in jobs.values() if job.id not in (bens.id, others.id))
        assert (jobs[bens.id].user, jobs[bens.id].state, jobs[others.id].user, jobs[others.id].state) == (
            "ben",
            "succeeded",
            "ana",
            "succeeded",
        )
        assert [jobs[job.id].state for job in (done, waiting, held)] == ["removed"] * 3
        assert jobs[running.id].cancel_requested
        assert "boat" not in json.dumps([jobs[done.id].request, jobs[waiting.id].request])
        key = session.get(ApiKey, row.id)
        assert key.revoked is not None and key.user.startswith("deleted-")
        shares = {row.id: row.user for row in session.scalars(select(Share))}
        assert shares["main-ana"] == key.user and (shares["main-ben"], shares["other-ana"]) == ("ben", "ana")
        assert audit.verify(session) is None
    # what was running ends now, and what was held is let go: the sweep finds both at once
    with db.session() as session:
        session.get(Job, running.id).state = "cancelled"
        retention.hold(session, held.id, False, actor="ops", note="case closed")
    assert retention.sweep(db, bucket)["jobs"] == 2
    assert not bucket.exists(video(held))
    with db.reading() as session:
        assert "boat" not in json.dumps(
            [job.request for job in session.scalars(select(Job).where(Job.id.in_([running.id, held.id])))]
        )
