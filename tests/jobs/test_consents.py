"""Consents: what a person allowed is allowed for as long as it is, and taken back it is gone, with all that was made of
it."""

import hashlib

import pytest
from sqlalchemy import select

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.moderation import consents
from phonofilm.jobs.observe import audit
from phonofilm.jobs.run import retention
from phonofilm.jobs.store.tables import Asset, AuditEntry, Consent, Job
from phonofilm.trust.consent import judge


@pytest.fixture
def make_consent(db):
    def make(tenant="main", subject="Mo Farah", scope=("face",), **given):
        with db.session() as session:
            return consents.create(session, tenant, subject, scope, actor="ana", **given)

    return make


def using(asset, **given):
    return {
        "request": {"prompt": "she waves", "references": [{"kind": "image", "role": "reference", "asset": asset.id}]},
        **given,
    }


def refused(act, *given, **more):
    with pytest.raises(JobError) as error:
        act(*given, **more)
    return error.value


def state(db, table, ident):
    with db.reading() as session:
        return session.get(table, ident).state


def test_a_consent_is_what_the_gate_asks_for(db, make_consent, moved):
    clock = moved(consents)
    one = make_consent(scope=["voice", "face", "face"], expires=clock.at + 100, evidence="release 12")
    with db.reading() as session:
        leave = consents.leave(session, "main", one.id)
        assert leave.scope == {"face", "voice"}
        assert consents.leave(session, "other", one.id) is consents.leave(session, "main", None) is None
    given = {"kind": "image", "person": True, "where": "image1"}
    assert judge(consent=leave, now=clock.at, **given) is None
    assert judge(consent=leave, now=clock.at + 101, **given).severity == "high"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"subject": " "}, "subject"), ({"scope": []}, "scope"), ({"scope": ["soul"]}, "scope"),
        ({"scope": 3}, "scope"), ({"expires": 5.0}, "expires"),
        ({"expires": 1e12}, "expires"), ({"expires": float("nan")}, "expires"), ({"evidence": "x" * 5_000}, "evidence"),
    ],
)  # fmt: skip
def test_a_consent_without_sense_is_refused(make_consent, given, field):
    assert refused(make_consent, **given).field == field


def test_revoked_everything_made_with_it_goes(db, bucket, make_consent, make_asset, make_job):
    one = make_consent()
    face, other = make_asset(consent=one.id, person=True), make_asset()
    clip = make_job(files={"video.mp4": b"x"}, bucket=bucket, **using(face))
    extended = make_job(files={"video.mp4": b"x"}, bucket=bucket, parent=clip.id)
    named = make_job(files={"video.mp4": b"x"}, bucket=bucket, extra={"consents": [one.id]})
    queued, running = make_job(state="queued", **using(face)), make_job(state="running", **using(face))
    innocent = make_job(files={"video.mp4": b"x"}, bucket=bucket, **using(other))
    hurried = []
    effect = consents.revoke(db, bucket, "main", one.id, actor="mo", cancel=hurried.append)
    assert set(effect.removed) == {clip.id, extended.id, named.id}
    assert set(effect.stopped) == set(hurried) == {queued.id, running.id}
    assert effect.assets == (face.id,)
    assert [state(db, Job, job.id) for job in (clip, extended, named, queued, running, innocent)] == ["removed"] * 3 + [
        "cancelled",
        "running",
        "succeeded",
    ]
    assert [bucket.exists(f"main/2026/11/{job.id}/video.mp4") for job in (clip, extended, named, innocent)] == [
        False,
        False,
        False,
        True,
    ]
    assert not bucket.exists(face.key) and bucket.exists(other.key)
    assert (state(db, Asset, face.id), state(db, Asset, other.id)) == ("removed", "ready")
    with db.reading() as session:
        assert session.get(Job, running.id).cancel_requested
        assert session.get(Consent, one.id).revoked is not None
        assert audit.verify(session) is None


def test_of_two_persons_in_a_clip_each_can_take_the_copies_of_it_back(db, bucket, make_consent, make_asset, make_job):
    one, two = make_consent(), make_consent(subject="Ana Lopez")
    mo, ana = make_asset(consent=one.id, person=True), make_asset(consent=two.id, person=True)
    both = [{"kind": "image", "role": "reference", "asset": face.id} for face in (mo, ana)]
    clip = make_job(files={"video.mp4": b"both"}, bucket=bucket, request={"prompt": "they wave", "references": both})
    copy = make_asset(
        kind="video", sha256=hashlib.sha256(b"both").hexdigest(), person=True
    )  # two leaves, so it names neither
    extended = make_job(files={"video.mp4": b"more"}, bucket=bucket, **using(copy))
    effect = consents.revoke(db, bucket, "main", one.id, actor="mo")
    assert (set(effect.removed), set(effect.assets)) == ({clip.id, extended.id}, {mo.id, copy.id})
    assert [state(db, Asset, asset.id) for asset in (mo, ana, copy)] == ["removed", "ready", "removed"]
    assert [bucket.exists(asset.key) for asset in (mo, ana, copy)] == [False, True, False]


def test_a_job_that_was_past_stopping_is_caught_by_the_sweep(db, bucket, make_consent, make_asset, make_job):
    one = make_consent()
    face = make_asset(consent=one.id)
    running = make_job(state="running", **using(face))
    consents.revoke(db, bucket, "main", one.id, actor="mo")
    bucket.put(f"main/2026/11/{running.id}/video.mp4", b"x")
    with db.session() as session:  # it published in the same moment
        session.get(Job, running.id).state = "succeeded"
    assert retention.sweep(db, bucket)["consents"] == 1
    assert state(db, Job, running.id) == "removed"
    assert retention.sweep(db, bucket)["consents"] == 0


def test_only_its_own_tenant_can_revoke(db, bucket, make_consent):
    one = make_consent()
    assert refused(consents.revoke, db, bucket, "other", one.id, actor="eve").code == "not_found"
    with db.reading() as session:
        assert session.get(Consent, one.id).revoked is None
        assert [row.id for row in consents.listed(session, "main")] == [one.id]
        assert consents.listed(session, "other") == []
        assert refused(consents.get, session, "other", one.id).code == "not_found"


def test_revoking_twice_is_harmless(db, bucket, make_consent, moved):
    one = make_consent()
    consents.revoke(db, bucket, "main", one.id, actor="mo")
    with db.reading() as session:
        at = session.get(Consent, one.id).revoked
    assert consents.revoke(db, bucket, "main", one.id, actor="mo").removed == ()
    with db.reading() as session:
        assert session.get(Consent, one.id).revoked == at
        assert len(session.scalars(select(AuditEntry).where(AuditEntry.action == "consent.revoke")).all()) == 1


def test_run_out_it_stops_what_is_on_its_way_and_keeps_what_is_done(
    db, bucket, make_consent, make_asset, make_job, moved
):
    clock = moved(consents)
    one = make_consent(expires=clock.at + 100)
    face = make_asset(consent=one.id)
    done = make_job(files={"video.mp4": b"x"}, bucket=bucket, **using(face))
    waiting = make_job(state="queued", **using(face))
    assert consents.enforce(db, bucket) == 0
    clock.pass_by(200)
    assert consents.enforce(db, bucket) == 1
    assert (state(db, Job, done.id), state(db, Job, waiting.id), state(db, Asset, face.id)) == (
        "succeeded",
        "cancelled",
        "ready",
    )
    assert consents.enforce(db, bucket) == 0
