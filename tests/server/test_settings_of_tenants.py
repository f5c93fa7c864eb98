"""Every setting an operator may give a tenant does something, to that tenant alone."""

import httpx2
import pytest

from phonofilm.jobs.config import Config
from phonofilm.jobs.run import queue, retention
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Asset, Job
from phonofilm.server.routes.admin import TenantSettings
from phonofilm.server.settings import Settings
from phonofilm.trust import profile as profiles

from .conftest import finished, start

BODY = {"prompt": "A red ball", "model": "fake", "duration": 4}
DAY = 86_400.0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running, stop = start(tmp_path_factory.mktemp("home"), worker=False, requests_per_minute=0)
    yield running
    stop()


def submits(server, tenant, user="somebody", count=3):
    """Statuses of so many submits."""
    with server.client(server.make_key(tenant=tenant, user=user)) as client:
        return [client.post("/v1/generations", json=BODY).status_code for _ in range(count)]


def requests_per_minute(server, tenant, other, change):
    change(2)
    assert submits(server, tenant) == [201, 201, 429] and submits(server, other) == [201] * 3
    change(None)
    assert submits(server, tenant, user="another") == [201] * 3


def daily_clips(server, tenant, other, change):
    change(2)
    assert submits(server, tenant) == [201, 201, 429] and submits(server, other) == [201] * 3


def daily_clips_per_user(server, tenant, other, change):
    change(1)
    assert submits(server, tenant, user="a") == [201, 429, 429] and submits(server, tenant, user="b") == [201, 429, 429]
    assert submits(server, other) == [201] * 3


def open_jobs(server, tenant, other, change):
    change(2)
    assert submits(server, tenant) == [201, 201, 429] and submits(server, other) == [201] * 3


def concurrency(server, tenant, other, change):
    change(1)
    service = server.app.state.service
    assert submits(server, tenant) + submits(server, other) == [201] * 6
    with service.db.session() as session:
        for job in session.query(Job).where(Job.state == "queued", Job.tenant.not_in((tenant, other))):
            job.state = "cancelled"
        session.flush()
        taken = [
            job.tenant
            for _ in range(6)
            if (job := queue.pick(service.db, session, service.config, "worker")) is not None
        ]
        assert taken.count(tenant) == 1 and taken.count(other) == service.config.tenant_concurrency == 2
        session.rollback()


def profile(server, tenant, other, change):
    tools = server.app.state.service.tools
    assert tools.profile(tenant) == "eu"
    change("cn")
    assert (tools.profile(tenant), tools.profile(other)) == ("cn", "eu")


def retention_days(server, tenant, other, change):
    """Clips and uploads, also those that were there before it was set; a longer time than the installation's holds as
    well."""
    service = server.app.state.service

    def kept(tenant, days, keep=30.0):
        moment, clip, file = now() - days * DAY, new_id("gen"), new_id("asset")
        stored = service.bucket.put(f"{tenant}/2026/11/{file}/file.png", b"x")
        submits(server, tenant, count=1)
        with service.db.session() as session:
            session.add(
                Asset(
                    id=file,
                    tenant=tenant,
                    user="a",
                    kind="image",
                    content_type="image/png",
                    bytes=1,
                    sha256="0" * 64,
                    key=stored.key,
                    created=moment,
                    keep_until=moment + keep * DAY,
                    state="ready",
                )
            )
            session.add(
                Job(
                    id=clip,
                    tenant=tenant,
                    user="a",
                    dialect="native",
                    state="succeeded",
                    model="fake",
                    engine="fake",
                    request={"prompt": "x"},
                    extra={},
                    prompt_hash="0" * 64,
                    seed=1,
                    created=moment,
                    updated=moment,
                    finished=moment,
                    expires=moment,
                    keep_until=moment + keep * DAY,
                )
            )
        return clip, file

    def swept(*idents):
        with service.db.reading() as session:
            return [
                session.get(Job if ident.startswith("gen_") else Asset, ident).state == "removed" for ident in idents
            ]

    mine, theirs = kept(tenant, 8), kept(other, 8)
    change(7)
    retention.sweep(service.db, service.bucket)
    assert swept(*mine, *theirs) == [True, True, False, False]
    old, older = kept(tenant, 40), kept(tenant, 61)
    change(60)
    retention.sweep(service.db, service.bucket)
    assert swept(*old, *older) == [False, False, True, True]
    assert server.app.state.service.tools.keep_days(tenant) == 60.0


ACTS = {
    act.__name__: act
    for act in (requests_per_minute, daily_clips, daily_clips_per_user, open_jobs, concurrency, profile, retention_days)
}


def test_no_setting_is_without_a_test():
    assert set(ACTS) == set(TenantSettings.model_fields)


@pytest.mark.parametrize("name", ACTS)
def test_a_setting_acts_on_its_tenant_alone(server, name):
    tenant, other = f"mine-{name}".replace("_", "-"), f"other-{name}".replace("_", "-")
    for each in (tenant, other):
        server.make_key(tenant=each)

    def change(value):
        with server.client() as operator:
            answer = operator.patch(f"/v1/admin/tenants/{tenant}", json={name: value})
            assert answer.status_code == 200 and answer.json()["settings"].get(name) == value

    ACTS[name](server, tenant, other, change)


def test_a_tenants_clips_follow_its_profile(running):
    """The label that cannot be turned off, the AIGC field, and what is said of it in public."""
    with running.client() as operator, running.client(running.make_key(tenant="jingshan")) as client:
        operator.patch("/v1/admin/tenants/jingshan", json={"profile": "cn"})
        made = finished(client, client.post("/v1/generations", json={**BODY, "label": False}).json()["id"])
        assert made["state"] == "succeeded", made["error"]
        clip = httpx2.get(
            next(file["url"] for file in made["outputs"] if file["name"] == "video.mp4"), timeout=60
        ).content
        assert b"AIGC" in clip and not profiles.profile("cn").may_turn_off_label
        share = client.post(f"/v1/generations/{made['id']}/shares", json={}).json()["url"].rpartition("/")[2]
        assert httpx2.get(f"{running.base}/v1/shared/{share}", timeout=60).json()["provenance"]["profile"] == "cn"


def test_an_operator_can_set_whatever_jobs_know():
    assert set(Config.__dataclass_fields__) <= set(Settings.model_fields)
    given = Settings(home="x", provider="Atelier", engine_patience=5, engine_poll_most=7).config()
    assert (given.provider, given.engine_patience, given.engine_poll_most) == ("Atelier", 5, 7)


def test_the_operator_is_named_in_clips(tmp_path):
    running, stop = start(tmp_path, provider="Atelier Süd", profile="cn")
    try:
        with running.client() as client:
            made = finished(client, client.post("/v1/generations", json=BODY).json()["id"])
        clip = httpx2.get(
            next(file["url"] for file in made["outputs"] if file["name"] == "video.mp4"), timeout=60
        ).content
        told = httpx2.post(f"{running.base}/v1/verify", files={"file": ("video.mp4", clip)}, timeout=120).json()[
            "signature"
        ]
    finally:
        stop()
    assert "Atelier Süd".encode() in clip or rb"Atelier S\u00fcd" in clip
    assert told["generator"].startswith("Atelier Süd "), told
