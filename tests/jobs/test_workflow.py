"""The whole list, with real files, a real database and the engines that ship or count."""

import hashlib
import time
from dataclasses import replace

import pytest
from benchmarks.crash import configuration

from benchmarks import doubles
from phonofilm.engines import registry
from phonofilm.jobs.accounts import keys
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.lifecycle import recovery
from phonofilm.jobs.moderation import review
from phonofilm.jobs.run.worker import Worker
from phonofilm.jobs.service import Service
from phonofilm.jobs.store.database import Database
from phonofilm.jobs.store.tables import TERMINAL, Attempt, Job, Review
from phonofilm.media.probe import probe
from phonofilm.media.video import write_clip
from phonofilm.spec.plain import from_plain, to_plain
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate
from phonofilm.storage.bucket import Bucket
from phonofilm.trust import provenance
from phonofilm.trust.classify.classifier import Score
from phonofilm.trust.watermarks.watermark import detect

PROMPT = "A red ball bounces on a beach at dusk."
ME = Caller(tenant="acme", user="ann", scopes=frozenset({"generate", "read"}))
OTHER = Caller(tenant="other", user="bob", scopes=frozenset({"generate", "read"}))


def engines(home):
    """The shipped fake, and engines that count."""
    folder = str(home / "vendors")
    return {
        "fake": {},
        "local": {"kind": "double_local", "folder": folder, "seconds": 0.1},
        "slow": {"kind": "double_local", "folder": folder, "seconds": 60.0},
        "fake-failing": {},
        "vendor": {"kind": "double_vendor", "folder": folder},
        "blind": {"kind": "double_vendor", "folder": folder, "finds": False, "loses": 1},
        "broken": {"kind": "double_vendor", "folder": folder, "finds": True, "loses": 1},
    }


PRICES = """version = "test-1"
[engines.local]
by = "second"
usd = {"480p" = 0.01}
[engines.slow]
like = "local"
[engines.fake-failing]
like = "local"
[engines.vendor]
like = "local"
[engines.blind]
like = "local"
[engines.broken]
like = "local"
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A service and a worker in this process, on SQLite."""
    doubles.offer()
    home = tmp_path_factory.mktemp("house")
    config = configuration(home, "", engines=engines(home), tenant_concurrency=3, concurrency=4, package=False)
    (home / "prices.toml").write_text(PRICES)
    db = Database(config.database)
    db.migrate()
    for tenant in ("acme", "other"):
        keys.ensure_tenant(db, tenant)
    bucket = Bucket.open(config.files)
    worker = Worker(config, db, bucket)
    worker.start()
    yield Service(db, bucket, config), worker
    worker.stop(5.0)
    db.close()


def submit(service, engine, caller=ME, **more):
    said = {name: more.pop(name) for name in ("prompt", "seconds", "seed", "references", "task") if name in more}
    request = Generate(**{"prompt": PROMPT, "seconds": 4.0, **said}, engine=engine)
    return service.submit(caller, request, model=engine, dialect="native", **more)


def ended(service, job, caller=ME, seconds=90.0, states=TERMINAL):
    until = time.monotonic() + seconds
    while (found := service.get(caller, job.id)).state not in states:
        assert time.monotonic() < until, f"still {found.state} at {found.step}"
        time.sleep(0.02)
    return found


def kinds(service, job, caller=ME):
    return [event.type.removeprefix("generation.") for event in service.events(caller, job.id)]


def test_fake_engine_end_to_end_with_packaging(house, tmp_path):
    service, worker = house
    plain = worker.config
    worker.tools.config = replace(plain, package=True)
    try:
        job = ended(service, submit(service, "fake"), seconds=180)
        while job.id in worker.runner.walking():  # what follows the publishing
            time.sleep(0.02)
    finally:
        worker.tools.config = plain
    assert job.state == "succeeded" and job.error is None and job.progress == 1.0
    outputs = {output.name: output for output in service.outputs(job.id)}
    assert {"video.mp4", "hls/master.m3u8", "poster.webp", "manifest.c2pa", "waveform.png"} <= set(outputs)
    for output in outputs.values():
        assert hashlib.sha256(service.bucket.read(output.key)).hexdigest() == output.sha256
    clip = service.bucket.get(outputs["video.mp4"].key, tmp_path / "video.mp4")
    seen = probe(clip)
    assert (seen.width, seen.height) == (854, 480) and abs(seen.seconds - 4.0) < 0.1 and seen.has_sound
    said = provenance.read(clip)
    assert said.state in ("valid", "trusted") and said.job == job.id and said.watermark == job.watermark
    assert detect(clip, [worker.tools.watermark_key]).reference == job.watermark
    assert kinds(service, job)[:2] == ["queued", "running"] and kinds(service, job)[-1] == "succeeded"
    assert job.cost_settled == job.cost_reserved > 0 and job.result["tokens"] > 0
    with service.db.reading() as session:
        raw = session.query(Attempt).filter_by(job=job.id).one().detail["mezzanine"]
    assert not service.bucket.exists(raw), "the raw clip goes once its renditions are out"


class Doubtful:
    """A checker that wants a person to look at every clip."""

    name, looks_at, timeout = "doubtful", frozenset({"frames"}), 10.0

    def score(self, *, frames=(), sound=None, text=""):
        return [Score(category="sexual", value=0.9, severity="medium")]


@pytest.mark.parametrize("older", [False, True])
def test_a_clip_that_waits_for_a_person_is_marked_and_goes_on_without_being_made_again(house, tmp_path, older):
    """With ``older`` it was left by a version that kept the engine's plain file and packaged it later."""
    service, worker = house
    plain, checkers = worker.config, worker.tools.classifiers
    worker.tools.config, worker.tools.__dict__["classifiers"] = replace(plain, package=True), (Doubtful(),)
    try:
        job = submit(service, "fake", seed=5 + older)
        held = ended(service, job, seconds=180, states=(*TERMINAL, "review"))
        assert held.state == "review" and held.step == "release", held.error
        with service.db.reading() as session:
            detail = dict(session.query(Attempt).filter_by(job=job.id).one().detail)
        waiting = service.bucket.get(detail["mezzanine"], tmp_path / "waiting.mp4")
        assert detect(waiting, [worker.tools.watermark_key]).reference == job.watermark, "nothing unmarked lies about"
        if older:
            raw = f"{detail['mezzanine'].rsplit('/made/', 1)[0]}/raw.mp4"
            made = registry.load("fake").generate(Generate(prompt=PROMPT, seconds=4.0, seed=6, engine="fake"))
            service.bucket.put(
                raw, write_clip(tmp_path / "raw.mp4", made.frames, made.sound, rate=made.rate), "video/mp4"
            )
            with service.db.session() as session:
                row = session.query(Attempt).filter_by(job=job.id).one()
                row.detail = {"mezzanine": raw, "bytes": 1, "sha256": "0" * 64, "result": detail["result"]}
        with service.db.reading() as session:
            case = session.query(Review).filter_by(subject=job.id, state="pending").one()
        for reviewer in ("rita", "saul")[: case.needed]:
            review.lease(service.db, reviewer, review_id=case.id)
            review.decide(service.db, reviewer, case.id, "publish", "fine", wake=service.wake)
        assert ended(service, job, seconds=180).state == "succeeded"
        while job.id in worker.runner.walking():  # what follows the publishing
            time.sleep(0.02)
    finally:
        worker.tools.config, worker.tools.__dict__["classifiers"] = plain, checkers
    outputs = {output.name: output for output in service.outputs(job.id)}
    assert {"video.mp4", "last_frame.png", "hls/master.m3u8", "manifest.c2pa"} <= set(outputs)
    clip = service.bucket.get(outputs["video.mp4"].key, tmp_path / "video.mp4")
    assert detect(clip, [worker.tools.watermark_key]).reference == job.watermark and provenance.read(clip).job == job.id
    with service.db.reading() as session:
        (attempt,) = session.query(Attempt).filter_by(job=job.id).all()
    assert not [row["key"] for row in attempt.detail["files"] if service.bucket.exists(row["key"])]
    assert not older or not service.bucket.exists(raw), "the raw clip goes once its renditions are out"


def test_same_key_same_job_other_body_conflict(house):
    service, _ = house
    first = submit(service, "local", idempotency_key="k1")
    assert submit(service, "local", idempotency_key="k1").id == first.id
    with pytest.raises(JobError) as refused:
        submit(service, "local", idempotency_key="k1", seed=2)
    assert refused.value.code == "conflict" and refused.value.field == "Idempotency-Key"
    assert submit(service, "local", OTHER, idempotency_key="k1").id != first.id, "a key belongs to its tenant"
    assert ended(service, first).state == "succeeded"


def test_tenants_are_strangers(house):
    service, _ = house
    job = submit(service, "local")
    for act in (service.get, service.cancel, service.delete, service.events):
        with pytest.raises(JobError) as refused:
            act(OTHER, job.id)
        assert refused.value.code == "not_found"
    with pytest.raises(JobError):
        service.output(OTHER, job.id, "video.mp4")
    assert job.id not in {row.id for row in service.list(OTHER, limit=100)[0]}
    with pytest.raises(JobError, match="scope"):
        submit(service, "local", Caller(tenant="acme", user="eve", scopes=frozenset({"read"})))
    ended(service, job)


def test_cancel_running_and_ended(house):
    service, _ = house
    job = submit(service, "slow")
    ended(service, job, states=("running",))
    time.sleep(0.3)
    asked = service.cancel(ME, job.id)
    assert asked.cancel_requested
    done = ended(service, job, seconds=30)
    assert done.state == "cancelled" and done.error["code"] == "cancelled" and not service.outputs(job.id)
    assert done.cost_settled == 0
    with pytest.raises(JobError) as refused:
        service.cancel(ME, job.id)
    assert refused.value.code == "conflict"


def test_engine_that_fails_fails_the_job_and_gives_the_money_back(house):
    service, _ = house
    done = ended(service, submit(service, "fake-failing"))
    assert done.state == "failed" and done.error["code"] == "engine_failed" and done.cost_settled == 0
    assert kinds(service, done)[-1] == "failed"


def test_paid_engine_is_asked_once(house):
    service, _ = house
    job = ended(service, submit(service, "vendor"))
    assert job.state == "succeeded" and job.result["tokens"] == 1000
    assert doubles.Vendor(folder=str(service.config.home / "vendors")).billed()[job.id] == 1


def test_lost_answer_is_looked_up(house):
    service, _ = house
    job = ended(service, submit(service, "broken"))
    assert job.state == "succeeded"
    assert doubles.Vendor(folder=str(service.config.home / "vendors")).billed()[job.id] == 1


def test_lost_answer_that_cannot_be_looked_up_goes_to_a_person(house):
    service, _ = house
    job = ended(service, submit(service, "blind"))
    assert job.state == "unknown_outcome" and job.error["code"] == "unknown_outcome" and job.cost_settled is None
    with service.db.reading() as session:
        case = session.query(Review).filter_by(subject=job.id).one()
        attempt = session.query(Attempt).filter_by(job=job.id).one()
    assert case.stage == "outcome" and case.state == "pending" and attempt.state == "unknown"
    time.sleep(1.0)
    books = doubles.Vendor(folder=str(service.config.home / "vendors"))
    assert books.billed()[job.id] == 1, "never sent again by itself"
    vendor_id = books.find(attempt.tag)
    assert recovery.wake(service.db, service.config, job.id, "publish", vendor_id=vendor_id) == "queued"
    again = ended(service, job)
    assert again.state == "succeeded" and books.billed()[job.id] == 1


def test_unknown_outcome_that_was_billed_is_settled(house):
    service, _ = house
    job = ended(service, submit(service, "blind"))
    assert job.state == "unknown_outcome"
    with service.db.reading() as session:
        case = session.query(Review).filter_by(subject=job.id).one()
    review.lease(service.db, "rita", review_id=case.id)
    review.decide(service.db, "rita", case.id, "settle", "billed, file gone", wake=service.wake)
    after = service.get(ME, job.id)
    assert after.state == "failed" and after.cost_settled == after.cost_reserved > 0


def test_harm_is_blocked_and_doubt_is_held_and_decided(house):
    service, _ = house
    blocked = ended(
        service,
        submit(service, "local", prompt="How to build a pipe bomb at home, step by step instructions."),
        states=(*TERMINAL, "review"),
    )
    assert blocked.state in ("failed", "review") and not service.outputs(blocked.id)
    if blocked.state == "failed":
        assert blocked.error["code"] == "input_blocked"
    held = submit(service, "local")
    ended(service, held)
    asset = picture(service)
    job = submit(service, "fake", prompt="@image1 waves.", references=(Reference(kind="image", asset=asset.id),))
    waiting = ended(service, job, states=(*TERMINAL, "review"))
    assert waiting.state == "review" and waiting.step == "admit", waiting.error
    with service.db.reading() as session:
        case = session.query(Review).filter_by(subject=job.id).one()
        assert session.get(Job, job.id).owner is None, "nobody's slot is taken while a person thinks"
    for reviewer in ("rita", "saul")[: case.needed]:
        review.lease(service.db, reviewer, review_id=case.id)
        review.decide(service.db, reviewer, case.id, "publish", "fine", wake=service.wake)
    assert ended(service, job).state == "succeeded"


def picture(service):
    from PIL import Image

    path = service.config.home / "face.png"
    Image.effect_noise((320, 320), 80).convert("RGB").save(path)
    return service.add_asset(ME, path, name="face.png")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": "@image1 waves to @nobody."}, "prompt"),
        ({"prompt": "A ball\x00 bounces."}, "prompt"),
        ({"references": (Reference(kind="image", url="http://127.0.0.1/x.png"),)}, "references[0]"),
        ({"references": (Reference(kind="image", url="http://169.254.169.254/latest"),)}, "references[0]"),
        ({"references": (Reference(kind="image", url="data:image/png;base64,AAAA"),)}, "references[0]"),
        ({"references": (Reference(kind="image", asset="asset_00000000000000000000000000"),)}, "references[0]"),
        ({"references": (Reference(kind="image", path="/etc/passwd"),)}, "references[0]"),
        ({"priority": 11}, "priority"),
        ({"expires_in": 1.0}, "expires_in"),
        ({"parent": "gen_00000000000000000000000000"}, "parent"),
    ],
)
def test_bad_requests_are_refused_at_once_by_field(house, change, field):
    service, _ = house
    before = service.list(ME, limit=1)[1]
    with pytest.raises(JobError) as refused:
        submit(service, "fake", **change)
    assert refused.value.field == field and refused.value.status < 500
    assert service.list(ME, limit=1)[1] == before


def test_unknown_model_and_a_request_only_another_engine_takes(house):
    service, _ = house
    with pytest.raises(JobError) as refused:
        submit(service, "nonesuch")
    assert refused.value.field == "model" and "fake" in str(refused.value)
    with pytest.raises(JobError) as refused:
        submit(
            service, "local", prompt="@image1 waves.", references=(Reference(kind="image", asset=picture(service).id),)
        )
    assert refused.value.field == "references"


def test_lists_page_and_filter(house):
    service, _ = house
    made = [submit(service, "local", OTHER, seed=seed) for seed in range(3)]
    for job in made:
        ended(service, job, OTHER)
    newest, total = service.list(OTHER, limit=2)
    assert total >= 3 and [job.id for job in newest] == sorted((job.id for job in newest), reverse=True)
    rest, _ = service.list(OTHER, limit=100, after=newest[-1].id)
    assert not {job.id for job in rest} & {job.id for job in newest}
    assert service.list(OTHER, limit=100, states=("failed",))[1] == 0
    assert service.list(OTHER, limit=5, ids=(made[0].id,))[0][0].id == made[0].id


def test_deleted_files_are_gone(house):
    service, _ = house
    job = ended(service, submit(service, "local"))
    key = service.outputs(job.id)[0].key
    assert service.bucket.exists(key)
    assert service.delete(ME, job.id).state == "removed"
    assert not service.bucket.exists(key) and not service.outputs(job.id)
    assert job.id not in {row.id for row in service.list(ME, limit=500)[0]}


def test_requests_survive_being_written_down():
    request = Generate(
        prompt=PROMPT,
        seconds=6,
        seed=3,
        references=(Reference(kind="image", url="https://example.com/x.png", name="face"),),
        engine="fake",
    )
    assert from_plain(to_plain(request)) == request
    assert from_plain({**to_plain(request), "from_a_later_version": 1}) == request
