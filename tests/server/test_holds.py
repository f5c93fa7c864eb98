"""What waits for a person says so in every dialect: that it waits, why, and what its owner can do; and its owner's
answer lets it go on."""

import base64
import io
import json
import time

import httpx2
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from phonofilm.jobs.store.tables import AuditEntry, Job, Review

from .conftest import start

ALL = "fake"
BODY = {"prompt": "A red ball", "model": ALL, "duration": 4}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running, stop = start(tmp_path_factory.mktemp("home"), package=False, visits_per_minute=0)
    yield running
    stop()


def noise():
    """A picture nobody has seen before."""
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(time.time_ns()).integers(0, 255, (320, 320, 3)).astype(np.uint8)).save(
        out, "PNG"
    )
    return out.getvalue()


@pytest.fixture
def face():
    return noise()


def upload(client, face, **said):
    return client.post("/v1/assets", files={"file": ("face.png", face)}, data=said).json()


def reached(client, job, states):
    until = time.monotonic() + 60
    while (got := client.get(f"/v1/generations/{job}").json())["state"] not in states:
        assert time.monotonic() < until, got["state"]
        time.sleep(0.05)
    return got


def asked(client, asset, **more):
    return client.post(
        "/v1/generations",
        json={**BODY, "references": [{"kind": "image", "role": "first_frame", "asset": asset}], **more},
    ).json()["id"]


def test_a_single_user_is_told_and_answers_and_it_goes_on(server, face):
    """Nobody else has a key here: what is undeclared is its owner's to say, and needs no second person."""
    with server.client() as client:
        asset = upload(client, face)["id"]
        job = asked(client, asset)
        held = reached(client, job, ("review",))["held"]
        assert (
            held["stage"] == "admit"
            and held["ask"] == [asset]
            and held["reasons"] == [{"category": "person", "where": "@image1"}]
        )
        assert (
            f"PATCH /v1/assets/{asset}" in held["message"]
            and "goes on by itself" in held["message"]
            and held["due"] > time.time()
        )
        assert client.patch(f"/v1/assets/{asset}", json={"person": False}).json()["person"] is False
        done = reached(client, job, ("succeeded", "failed"))
        assert done["state"] == "succeeded" and done["held"] is None and done["references"][0]["person"] is False
        with server.app.state.service.db.reading() as session:
            case = session.scalars(select(Review).where(Review.subject == job)).one()
            assert (case.state, case.decision) == ("decided", "withdrawn"), "nobody has to decide it any more"
            said = session.scalars(select(AuditEntry).where(AuditEntry.subject == asset)).one()
            assert (said.actor, said.action, said.data["held"]) == ("main/owner", "asset.declare", [job])


def test_the_answer_may_be_that_it_is_a_person(server, face):
    with server.client() as client:
        asset = upload(client, face)["id"]
        job = asked(client, asset)
        reached(client, job, ("review",))
        leave = client.post("/v1/consents", json={"subject": "Ana", "scope": ["face"]}).json()["id"]
        assert (
            client.patch(f"/v1/assets/{asset}", json={"person": False, "consent": leave}).json()["error"]["field"]
            == "person"
        )
        assert client.patch(f"/v1/assets/{asset}", json={"person": True, "consent": leave}).json()["consent"] == leave
        assert reached(client, job, ("succeeded", "failed"))["state"] == "succeeded"
        fault = client.patch(f"/v1/assets/{asset}", json={"person": False})
        assert (fault.status_code, fault.json()["error"]["field"]) == (409, "person"), "it says no less afterwards"
        copy = upload(client, face, person="false")
        assert (copy["person"], copy["consent"]) == (True, leave)
    with server.client(server.make_key(tenant="strangers")) as other:
        assert other.patch(f"/v1/assets/{asset}", json={"person": True}).status_code == 404


def test_a_picture_brought_by_its_address_can_be_answered_for(server, face, monkeypatch):
    """It is fetched once; the walk after the answer uses what was kept."""
    from phonofilm.clip import bring
    from phonofilm.jobs import checks

    fetched = []

    def fetch(url, path, **_):
        fetched.append(url)
        path.write_bytes(face)

    monkeypatch.setattr(bring, "fetch", fetch)
    monkeypatch.setattr(checks, "look_up", lambda *_, **__: None)
    with server.client() as client:
        body = {**BODY, "references": [{"kind": "image", "role": "first_frame", "url": "https://example.com/face.png"}]}
        job = client.post("/v1/generations", json=body).json()["id"]
        (asset,) = reached(client, job, ("review",))["held"]["ask"]
        assert client.patch(f"/v1/assets/{asset}", json={"person": False}).status_code == 200
        assert reached(client, job, ("succeeded", "failed"))["state"] == "succeeded" and fetched == [
            "https://example.com/face.png"
        ]


def test_what_else_is_doubtful_stays_with_a_reviewer(server, face):
    with server.client() as client:
        asset = upload(client, face)["id"]
        job = asked(client, asset, prompt="A man is beheaded, blood everywhere")
        held = reached(client, job, ("review",))["held"]
        assert (
            held["ask"] == [asset]
            and "a reviewer looks at it" in held["message"]
            and "goes on by itself" not in held["message"]
        )
        client.patch(f"/v1/assets/{asset}", json={"person": False})
        until = time.monotonic() + 60
        while (got := client.get(f"/v1/generations/{job}").json())["state"] != "review" or got["held"]["ask"]:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert got["held"]["ask"] == [] and {reason["category"] for reason in got["held"]["reasons"]} != {"person"}
        assert client.post(f"/v1/generations/{job}/cancel").json()["state"] == "cancelled"
        with server.app.state.service.db.reading() as session:
            assert {case.state for case in session.scalars(select(Review).where(Review.subject == job))} == {
                "decided"
            }, "cases end with their generation"


def test_every_dialect_says_that_it_waits_why_and_what_to_do(server, face):
    data = "data:image/png;base64," + base64.b64encode(face).decode()
    with server.client() as client:
        video = client.post(
            "/v1/videos",
            json={"prompt": "It moves.", "model": ALL, "seconds": "4", "input_reference": {"image_url": data}},
        ).json()["id"]
        content = [
            {"type": "text", "text": "It moves."},
            {"type": "image_url", "image_url": {"url": data}, "role": "first_frame"},
        ]
        task = client.post(
            "/api/v3/contents/generations/tasks", json={"model": ALL, "content": content, "duration": 4}
        ).json()["id"]
        jobs = ["gen_" + video.removeprefix("video_"), "gen_" + task[-26:]]
        for job in jobs:
            reached(client, job, ("review",))
        shown = client.get(f"/v1/videos/{video}").json()
        assert shown["status"] == "queued" and shown["error"]["code"] == "held_for_review"
        told = client.get(f"/api/v3/contents/generations/tasks/{task}").json()
        assert told["status"] == "queued" and told["error"]["code"] == "HeldForReview"
        for message in (shown["error"]["message"], told["error"]["message"]):
            assert (
                "real person" in message
                and "PATCH /v1/assets/asset_" in message
                and "person: false" in message
                and "UTC" in message
            )
        call = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "get_video", "arguments": {"video_id": jobs[0]}},
        }
        answer = client.post("/mcp", json=call, headers={"Accept": "application/json, text/event-stream"})
        line = next(line for line in answer.text.splitlines() if "PATCH" in line)
        assert "real person" in line and "review" in line and "declare_asset" in line
        asset = reached(client, jobs[0], ("review",))["held"]["ask"][0]
        call["params"] = {"name": "declare_asset", "arguments": {"asset": asset, "person": False}}
        assert (
            "no real person"
            in client.post("/mcp", json=call, headers={"Accept": "application/json, text/event-stream"}).text
        )
        reached(client, jobs[0], ("succeeded",))
        # a way out in each: deleted by its own delete
        assert client.delete(f"/v1/videos/{video}").status_code == 200
        assert client.delete(f"/api/v3/contents/generations/tasks/{task}").json() == {}
        with server.app.state.service.db.reading() as session:
            assert {session.get(Job, job).state for job in jobs} <= {"cancelled", "removed"}


def test_a_user_is_named_with_the_tenant(server, face):
    """The reviewer main/owner may decide about acme/owner's work, and not about his own; the log says which of the two
    did what."""
    server.make_key(user="second", scopes=["review"])  # where he is alone he may
    with server.client() as client, server.client(server.make_key(tenant="acme", user="owner")) as acme:
        theirs, own = asked(acme, upload(acme, face)["id"]), asked(client, upload(client, face)["id"])
        for each, job in ((acme, theirs), (client, own)):
            reached(each, job, ("review",))
        cases = {case["subject"]: case["id"] for case in client.get("/v1/admin/reviews").json()["data"]}
        taken = client.post("/v1/admin/reviews/lease", json={"review": cases[theirs]})
        assert taken.status_code == 200 and taken.json()["reviewer"] == "main/owner"
        assert client.post("/v1/admin/reviews/lease", json={"review": cases[own]}).status_code == 403
        client.post(f"/v1/admin/reviews/{cases[theirs]}/decide", json={"decision": "block", "note": "no"})
        acme.post(f"/v1/generations/{theirs}/appeal", json={"note": "it is noise"})
        client.post(f"/v1/generations/{own}/cancel")
    service = server.app.state.service
    with service.db.reading() as session:
        actors = {entry.actor for entry in session.scalars(select(AuditEntry))}
        assert {"main/owner", "acme/owner"} <= actors and all("/" in actor for actor in actors - {"system", "outside"})


def test_a_webhook_and_a_stream_are_told_why(server, face):
    with server.client() as client:
        job = asked(client, upload(client, face)["id"])
        reached(client, job, ("review",))
        with httpx2.stream(
            "GET",
            f"{server.base}/v1/generations/{job}/events",
            headers={"Authorization": f"Bearer {server.key}"},
            timeout=30,
        ) as answer:
            for line in answer.iter_lines():
                if line.startswith("data:") and "generation.review" in line:
                    data = json.loads(line[5:])["data"]
                    break
        assert data["stage"] == "admit" and "PATCH" in data["message"] and len(data["ask"]) == 1
        client.post(f"/v1/generations/{job}/cancel")
