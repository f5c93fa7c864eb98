"""What a reviewer is shown: all there is, and nothing that is gone."""

import pytest

from phonofilm.jobs.library import lookup
from phonofilm.jobs.lifecycle import removal
from phonofilm.jobs.run import retention
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Asset, Attempt, Job


@pytest.fixture
def case(db, bucket, make_job, make_asset):
    """A job with a raw clip, a published one and two uploads."""
    uploads = [make_asset(), make_asset()]
    references = [{"kind": "image", "role": "reference", "asset": asset.id} for asset in uploads]
    job = make_job(
        files={"video.mp4": b"clip"}, bucket=bucket, request={"prompt": "she waves", "references": references}
    )
    raw = {"mezzanine": f"main/2026/11/{job.id}/raw.mp4", "bytes": 3, "sha256": "0" * 64}
    bucket.put(raw["mezzanine"], b"raw")
    with db.session() as session:
        session.add(
            Attempt(
                id=new_id("att"),
                job=job.id,
                number=1,
                engine="fake",
                tag="",
                state="succeeded",
                detail=raw,
                created=now(),
                updated=now(),
            )
        )
    return job, uploads


def shown(db, subject):
    return [file.key.split("/")[-2:] for file in lookup.evidence(db, subject).files]


def remove(db, bucket, table, ident, erase):
    with db.session() as session:
        session.get(table, ident).state = "removed"
    erase(db, bucket, ident)


def test_uploads_that_are_gone_are_left_out(db, bucket, case):
    job, (first, second) = case
    assert shown(db, job.id) == [[job.id, "video.mp4"], [first.id, "file.png"], [second.id, "file.png"]]
    remove(db, bucket, Asset, first.id, lambda *given: None)  # its owner deletes it: the row keeps its key
    bucket.delete(first.key)
    assert shown(db, job.id) == [[job.id, "video.mp4"], [second.id, "file.png"]]
    assert lookup.exhibit(db, bucket, job.id, 1).key == second.key
    assert lookup.exhibit(db, bucket, job.id, 2) is lookup.exhibit(db, bucket, first.id, 0) is None
    remove(db, bucket, Asset, second.id, removal.erase_asset)
    assert shown(db, job.id) == [[job.id, "video.mp4"]] and shown(db, second.id) == []


def test_a_clip_that_is_gone_is_left_out_and_its_raw_one_with_it(db, bucket, case):
    job, uploads = case
    remove(db, bucket, Job, job.id, removal.erase)
    assert shown(db, job.id) == [[asset.id, "file.png"] for asset in uploads]


def test_what_a_hold_hides_is_shown(db, bucket, case):
    job, (first, second) = case
    with db.session() as session:
        retention.hold(session, job.id, True, actor="ops", note="court order 7")
    before = shown(db, job.id)
    remove(db, bucket, Job, job.id, removal.erase)
    for asset in (first, second):
        remove(db, bucket, Asset, asset.id, removal.erase_asset)
    assert shown(db, job.id) == before
    assert [bucket.read(lookup.exhibit(db, bucket, job.id, number).key) for number in range(3)] == [
        b"clip",
        b"face",
        b"face",
    ]


def test_a_file_that_is_missing_in_the_bucket_is_none(db, bucket, case):
    job, _ = case
    bucket.delete(lookup.exhibit(db, bucket, job.id, 0).key)
    assert lookup.exhibit(db, bucket, job.id, 0) is None
