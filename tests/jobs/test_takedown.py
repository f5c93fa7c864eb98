"""Takedown: real clips in a real bucket, gone from it and kept from coming back."""

import hashlib

import av
import numpy as np
import pytest
from sqlalchemy import select

from phonofilm.errors import StorageError
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.lifecycle import removal
from phonofilm.jobs.moderation import consents, takedown
from phonofilm.jobs.money import ledger
from phonofilm.jobs.observe import audit
from phonofilm.jobs.run import retention
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.tables import Asset, AuditEntry, BlockedHash, Delivery, Event, Job, Notice, Output
from phonofilm.trust.phash import match, phash_image


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Three seconds of H.264, another picture every second; returns its bytes and the three pictures."""
    path = tmp_path_factory.mktemp("clip") / "video.mp4"
    rng = np.random.default_rng(1)
    pictures = [
        np.kron(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8), np.ones((20, 20, 1), np.uint8)) for _ in range(3)
    ]
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for frame in range(73):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(pictures[min(2, frame // 24)], format="rgb24")))
        file.mux(stream.encode())
    return path.read_bytes(), pictures


def notify(db, job, **given):
    with db.session() as session:
        return takedown.notify(
            session,
            job,
            **{"reporter": "somebody@example.com", "reason": "that is my face", "category": "likeness", **given},
        )


def refused(act, *given, **more):
    with pytest.raises(JobError) as error:
        act(*given, **more)
    return error.value


def test_upheld_the_clip_is_gone_and_cannot_come_back(db, bucket, make_job, clip):
    content, pictures = clip
    job = make_job(
        files={"video.mp4": content, "hls/360p/0.m4s": b"segment", "poster.webp": b"poster"},
        bucket=bucket,
        extra={"callback_url": "https://example.com/cb"},
    )
    keys = [f"main/2026/11/{job.id}/{name}" for name in ("video.mp4", "hls/360p/0.m4s", "poster.webp")]
    notice = notify(db, job.id)
    assert all(bucket.exists(key) for key in keys)
    done = takedown.uphold(db, bucket, notice.id, "ben", "her face, no leave on record", ground="GDPR Art. 17")
    assert not any(bucket.exists(key) for key in keys)
    with db.reading() as session:
        row = session.get(Job, job.id)
        assert row.state == "removed"
        assert session.scalars(select(Output)).all() == []
        blocked = [entry.phash for entry in session.scalars(select(BlockedHash))]
        assert [event.type for event in session.scalars(select(Event))] == ["generation.removed"]
        assert [delivery.url for delivery in session.scalars(select(Delivery))] == ["https://example.com/cb"]
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert (entry.actor, entry.action, entry.data["removed"]) == ("ben", "notice.upheld", [job.id])
        assert audit.verify(session) is None
    for picture in pictures:  # each second's picture is caught, mirrored too, also a little brighter
        for again in (picture, picture[:, ::-1], np.clip(picture.astype(int) + 9, 0, 255).astype(np.uint8)):
            assert match([phash_image(np.ascontiguousarray(again))], blocked) is not None
    stranger = np.kron(
        np.random.default_rng(9).integers(0, 255, (6, 8, 3), dtype=np.uint8), np.ones((20, 20, 1), np.uint8)
    )
    assert match([phash_image(stranger)], blocked) is None
    statement = done.statement
    assert (statement["decision"], statement["ground"], statement["automated"]) == ("removed", "GDPR Art. 17", False)
    assert "her face" in statement["facts"] and "appeal" in statement["redress"]


def test_rejected_everything_stays(db, bucket, make_job):
    job = make_job(files={"video.mp4": b"x"}, bucket=bucket)
    notice = notify(db, job.id)
    assert takedown.reject(db, notice.id, "ben", "a drawn figure").statement["decision"] == "kept"
    assert bucket.exists(f"main/2026/11/{job.id}/video.mp4")
    with db.reading() as session:
        assert session.get(Job, job.id).state == "succeeded"
    assert refused(takedown.uphold, db, bucket, notice.id, "cho", "it is her").code == "conflict"


def test_what_was_made_of_it_goes_too(db, bucket, make_job):
    first = make_job(files={"video.mp4": b"1"}, bucket=bucket)
    second = make_job(files={"video.mp4": b"2"}, bucket=bucket, parent=first.id)
    third = make_job(files={"video.mp4": b"3"}, bucket=bucket, parent=second.id)
    waiting = make_job(state="queued", parent=third.id)
    running = make_job(state="running", parent=first.id)
    other = make_job(files={"video.mp4": b"4"}, bucket=bucket)
    with db.session() as session:
        ledger.reserve(session, session.get(Job, waiting.id), 10_000)
    hurried = []
    takedown.uphold(db, bucket, notify(db, first.id).id, "ben", "her face", cancel=hurried.append)
    with db.reading() as session:
        states = {job.id: session.get(Job, job.id).state for job in (first, second, third, waiting, running, other)}
        assert states == {
            first.id: "removed",
            second.id: "removed",
            third.id: "removed",
            waiting.id: "cancelled",
            running.id: "running",
            other.id: "succeeded",
        }
        assert session.get(Job, running.id).cancel_requested
        assert ledger.balance(session, "main").reserved == 0
    assert sorted(hurried) == sorted([waiting.id, running.id])
    assert [bucket.exists(f"main/2026/11/{job.id}/video.mp4") for job in (first, second, third, other)] == [
        False,
        False,
        False,
        True,
    ]


def test_copies_of_its_files_go_too_with_what_was_made_of_them(db, bucket, make_job, make_asset):
    def copy(content, **given):
        return make_asset(kind="video", sha256=hashlib.sha256(content).hexdigest(), **given)

    def using(asset):
        return {
            "request": {"prompt": "it goes on", "references": [{"kind": "video", "role": "source", "asset": asset.id}]}
        }

    first = make_job(files={"video.mp4": b"1", "last_frame.png": b"still"}, bucket=bucket)
    clip, still, bens = copy(b"1"), copy(b"still"), copy(b"1", user="ben")
    held = copy(b"1", legal_hold=True)
    second = make_job(files={"video.mp4": b"2"}, bucket=bucket, user="ben", **using(clip))
    third = make_job(files={"video.mp4": b"3"}, bucket=bucket, **using(copied := copy(b"2")))
    waiting = make_job(state="queued", **using(still))
    gone = copy(b"1", state="removed")
    of_gone = make_job(files={"video.mp4": b"4"}, bucket=bucket, **using(gone))
    strangers, other = copy(b"1", tenant="other"), copy(b"5")
    innocent = make_job(files={"video.mp4": b"5"}, bucket=bucket, **using(other))
    takedown.uphold(db, bucket, notify(db, first.id).id, "ben", "her face")
    with db.reading() as session:
        jobs = [session.get(Job, job.id).state for job in (first, second, third, of_gone, waiting, innocent)]
        assert jobs == ["removed"] * 4 + ["cancelled", "succeeded"]
        assert [session.get(Asset, asset.id).state for asset in (clip, still, bens, copied, held, strangers)] == [
            "removed"
        ] * 6
        assert session.get(Asset, other.id).state == "ready"
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert set(entry.data["assets"]) == {clip.id, still.id, bens.id, copied.id, held.id, strangers.id}
    assert [bucket.exists(asset.key) for asset in (clip, still, bens, copied, strangers)] == [False] * 5
    assert [bucket.exists(asset.key) for asset in (held, other)] == [True] * 2, "a hold keeps the file, hidden"


def test_another_tenants_copy_goes_too_with_what_was_made_of_it(db, bucket, make_job, make_asset):
    """A copy named by its asset, one brought by its address, and the clips made from both; another tenant's other clips
    stay."""
    content = b"1"
    first = make_job(files={"video.mp4": content, "waveform.png": b"flat"}, bucket=bucket)
    copy = make_asset(kind="video", tenant="other", sha256=hashlib.sha256(content).hexdigest())
    flat = make_asset(tenant="other", sha256=hashlib.sha256(b"flat").hexdigest())
    named = {"prompt": "on", "references": [{"kind": "video", "role": "source", "asset": copy.id}]}
    by_name = make_job(tenant="other", files={"video.mp4": b"2"}, bucket=bucket, request=named)
    address = {
        "prompt": "on",
        "references": [{"kind": "video", "role": "source", "asset": None, "url": "https://example.com/clip.mp4"}],
    }
    by_address = make_job(
        tenant="other", files={"video.mp4": b"3"}, bucket=bucket, request=address, extra={"assets": [copy.id]}
    )
    extended = make_job(tenant="other", files={"video.mp4": b"4"}, bucket=bucket, parent=by_address.id)
    innocent = make_job(tenant="other", files={"video.mp4": b"5"}, bucket=bucket)
    takedown.uphold(db, bucket, notify(db, first.id).id, "ben", "her face")
    with db.reading() as session:
        states = [session.get(Job, job.id).state for job in (first, by_name, by_address, extended, innocent)]
        assert states == ["removed"] * 4 + ["succeeded"]
        assert [session.get(Asset, asset.id).state for asset in (copy, flat)] == [
            "removed",
            "ready",
        ], "a waveform is nobody's clip"
    assert not bucket.exists(copy.key)
    assert [
        bucket.exists(f"other/2026/11/{job.id}/video.mp4") for job in (by_name, by_address, extended, innocent)
    ] == [False] * 3 + [True]


def test_copies_of_a_clip_whose_owner_deleted_it_go(db, bucket, make_job, make_asset, clip):
    """Also through a clip in between that was deleted; with no copy left there is nothing to report."""
    content, pictures = clip
    first = make_job(files={"video.mp4": content}, bucket=bucket)
    copy = make_asset(kind="video", tenant="other", sha256=hashlib.sha256(content).hexdigest())
    bucket.put(copy.key, content)
    using = {"prompt": "on", "references": [{"kind": "video", "role": "source", "asset": copy.id}]}
    between = make_job(tenant="other", files={"video.mp4": b"2"}, bucket=bucket, request=using)
    of_it = make_asset(kind="video", tenant="other", sha256=hashlib.sha256(b"2").hexdigest())
    last = make_job(
        tenant="other",
        files={"video.mp4": b"3"},
        bucket=bucket,
        request={"prompt": "on", "references": [{"kind": "video", "asset": of_it.id}]},
    )
    for job in (first, between):
        retention.remove(db, bucket, job.id, actor="main/ana")
    notice = notify(db, first.id)
    takedown.uphold(db, bucket, notice.id, "ben", "her face")
    with db.reading() as session:
        assert [session.get(Asset, asset.id).state for asset in (copy, of_it)] == ["removed"] * 2
        assert session.get(Job, last.id).state == "removed"
        blocked = list(session.scalars(select(BlockedHash.phash)))
    assert match([phash_image(pictures[0])], blocked) is not None, "its pictures are known from the copy"
    assert refused(notify, db, first.id, reporter="another").code == "not_found"


def test_a_consent_taken_back_reaches_copies_of_what_was_deleted_but_no_other_tenant(db, bucket, make_job, make_asset):
    with db.session() as session:
        leave = consents.create(session, "main", "Ana", ["face"], actor="main/owner")
    face = make_asset(person=True, consent=leave.id)
    using = {"prompt": "she waves", "references": [{"kind": "image", "asset": face.id}]}
    first = make_job(files={"video.mp4": b"1"}, bucket=bucket, request=using)
    copy, strangers = (
        make_asset(kind="video", tenant=tenant, sha256=hashlib.sha256(b"1").hexdigest()) for tenant in ("main", "other")
    )
    retention.remove(db, bucket, first.id, actor="main/ana")
    assert set(consents.revoke(db, bucket, "main", leave.id, actor="main/owner").assets) == {face.id, copy.id}
    with db.reading() as session:
        assert session.get(Asset, strangers.id).state == "ready", "a tenant reaches nobody else's files"


def test_under_hold_it_is_hidden_and_kept(db, bucket, make_job):
    job = make_job(files={"video.mp4": b"evidence"}, bucket=bucket)
    with db.session() as session:
        retention.hold(session, job.id, True, actor="ops", note="court order 7")
    takedown.uphold(db, bucket, notify(db, job.id).id, "ben", "her face")
    key = f"main/2026/11/{job.id}/video.mp4"
    with db.reading() as session:
        assert session.get(Job, job.id).state == "removed"
    assert bucket.read(key) == b"evidence"
    retention.sweep(db, bucket)
    assert bucket.exists(key)
    with db.session() as session:
        retention.hold(session, job.id, False, actor="ops", note="case closed")
    retention.sweep(db, bucket)
    assert not bucket.exists(key)


def test_a_clip_that_cannot_be_read_is_taken_down_all_the_same(db, bucket, make_job):
    job = make_job(files={"video.mp4": b"no video at all"}, bucket=bucket)
    notice = takedown.uphold(db, bucket, notify(db, job.id).id, "ben", "her face")
    assert notice.state == "upheld"
    assert not bucket.exists(f"main/2026/11/{job.id}/video.mp4")


def test_a_process_that_dies_between_leaves_it_to_the_sweep(db, bucket, make_job, monkeypatch):
    job = make_job(files={"video.mp4": b"x", "poster.webp": b"y"}, bucket=bucket)

    def broken(key):
        raise StorageError("the disk is away; plug it in")

    with monkeypatch.context() as patch:
        patch.setattr(bucket, "delete", broken)
        with pytest.raises(StorageError):
            takedown.uphold(db, bucket, notify(db, job.id).id, "ben", "her face")
    with db.reading() as session:
        assert session.get(Job, job.id).state == "removed"  # nothing is served from here on
    assert bucket.exists(f"main/2026/11/{job.id}/video.mp4")
    assert retention.sweep(db, bucket)["files"] == 2
    assert not bucket.exists(f"main/2026/11/{job.id}/video.mp4")
    assert removal.erase(db, bucket, job.id) == 0


def test_notices_are_due_by_what_they_are_about(db, make_job):
    job = make_job().id
    copyright_, intimate = (
        notify(db, job, category="copyright", reporter="a"),
        notify(db, job, category="intimate", reporter="b"),
    )
    assert 11 * 3_600 < intimate.due - now() <= 12 * 3_600 < copyright_.due - now() <= 72 * 3_600
    with db.reading() as session:
        assert [row.id for row in takedown.open_notices(session)] == [intimate.id, copyright_.id]
        assert takedown.waiting(session) == 2


def test_a_notice_sent_twice_is_one(db, make_job):
    job = make_job().id
    assert notify(db, job).id == notify(db, job).id != notify(db, job, reporter="another").id


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reporter": " "}, "reporter"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 5_000}, "reason"),
        ({"category": "ugly"}, "category"),
    ],
)
def test_a_notice_without_sense_is_refused(db, make_job, given, field):
    assert refused(notify, db, make_job().id, **given).field == field


def test_what_is_not_there_cannot_be_noticed_or_decided(db, bucket, make_job):
    assert refused(notify, db, "gen_none").code == "not_found"
    assert refused(notify, db, make_job(state="removed").id).code == "not_found"
    assert refused(takedown.reject, db, "ntc_none", "ben", "x").code == "not_found"
    assert refused(takedown.uphold, db, bucket, notify(db, make_job().id).id, "ben", " ").field == "facts"
    with db.reading() as session:
        assert session.scalars(select(Notice).where(Notice.state != "open")).all() == []
