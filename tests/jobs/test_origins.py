"""Going on from a clip through the service: its script is found by the file itself, whoever brings it back, and never
for strangers."""

import time

import av
import numpy as np
import pytest
from benchmarks.crash import configuration

from phonofilm.jobs.accounts import keys
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.run.worker import Worker
from phonofilm.jobs.service import Service
from phonofilm.jobs.store.database import Database
from phonofilm.jobs.store.tables import TERMINAL
from phonofilm.media.video import read_clip, write_clip
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate
from phonofilm.storage.bucket import Bucket

ME = Caller(tenant="acme", user="ann", scopes=frozenset({"generate", "read"}))
OTHER = Caller(tenant="other", user="bob", scopes=frozenset({"generate", "read"}))


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A service with the animatic and a worker in this process."""
    home = tmp_path_factory.mktemp("house")
    config = configuration(home, "", engines={"animatic": {}}, package=False)
    db = Database(config.database)
    db.migrate()
    for tenant in ("acme", "other"):
        keys.ensure_tenant(db, tenant)
    bucket = Bucket.open(config.files)
    worker = Worker(config, db, bucket)
    worker.start()
    yield Service(db, bucket, config)
    worker.stop(5.0)
    db.close()


def submit(service, caller=ME, **said):
    request = Generate(**{"seconds": 4.0, "seed": 11, "engine": "animatic", **said})
    return service.submit(caller, request, model="animatic", dialect="native")


def ended(service, job, caller=ME):
    until = time.monotonic() + 400
    while (found := service.get(caller, job.id)).state not in TERMINAL:
        assert time.monotonic() < until, f"still {found.state} at {found.step}"
        time.sleep(0.05)
    return found


def source(asset):
    return (Reference(kind="video", role="source", asset=asset.id, person=False),)


@pytest.fixture(scope="module")
def first(service):
    """A finished clip."""
    job = ended(
        service, submit(service, prompt="A girl in a red coat stands on a meadow at dawn. The camera pushes in.")
    )
    assert job.state == "succeeded", job.error
    return job


def test_a_clip_made_here_goes_on_with_its_own_seed_and_cast(service, first, tmp_path):
    asset = service.reuse(ME, first.id, "video.mp4", tmp_path / "a.mp4")
    job = ended(service, submit(service, prompt="She waves.", task="extend", references=source(asset), seed=99))
    assert job.state == "succeeded", job.error
    origin = job.result["details"]["origin"]
    assert (origin["seed"], origin["parts"], origin["seconds"]) == (11, [4.0], 8.0) and "red coat" in origin["prompt"]
    assert job.request["references"][0].get("origin") is None, "the request keeps its own words alone"
    one = read_clip(service.bucket.get(service.output(ME, first.id, "video.mp4").key, tmp_path / "one.mp4"))
    two = read_clip(service.bucket.get(service.output(ME, job.id, "video.mp4").key, tmp_path / "two.mp4"))
    seam = np.abs(one.frames[-1].astype(int) - two.frames[0]).mean()
    assert seam < 2.0 < np.abs(one.frames[0].astype(int) - two.frames[-1]).mean(), (
        "it begins where the other ends, but for the codec"
    )
    # an extension can be gone on from as well, from a copy of its file that somebody uploads
    copy = service.add_asset(
        ME,
        service.bucket.get(service.output(ME, job.id, "video.mp4").key, tmp_path / "copy.mp4"),
        name="mine.mp4",
        person=False,
    )
    again = ended(service, submit(service, prompt="Make it night.", task="edit", references=source(copy)))
    assert again.state == "succeeded" and again.result["details"]["origin"]["changes"] == [[2, "Make it night."]]


def test_other_files_and_strangers_are_refused_at_once(service, first, tmp_path):
    path = service.bucket.get(service.output(ME, first.id, "video.mp4").key, tmp_path / "one.mp4")
    clip = read_clip(path)
    changed = write_clip(
        tmp_path / "changed.mp4", clip.frames[:72], clip.sound[:, : 72 * clip.rate // 24], rate=clip.rate
    )
    with av.open(str(changed)) as container:
        assert container.streams.video[0].frames == 72
    for caller, file in ((ME, changed), (OTHER, path)):
        asset = service.add_asset(caller, file, name="brought.mp4", person=False)
        with pytest.raises(JobError, match="only go on from a clip that it made here itself") as refused:
            submit(service, caller, prompt="She waves.", task="extend", references=source(asset))
        assert refused.value.field == "references" and refused.value.status == 400


def test_a_clip_that_was_deleted_is_forgotten(service, tmp_path):
    job = ended(service, submit(service, prompt="A bell rings in the snow."))
    path = service.bucket.get(service.output(ME, job.id, "video.mp4").key, tmp_path / "kept.mp4")
    asset = service.add_asset(ME, path, name="kept.mp4", person=False)
    service.delete(ME, job.id)
    with pytest.raises(JobError, match="made here itself"):
        submit(service, prompt="It rings again.", task="extend", references=source(asset))
