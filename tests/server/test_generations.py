"""A generation over HTTP: submitted, followed, fetched, stopped, deleted."""

import asyncio
import json
import threading
import time

import httpx2
import pytest

from phonofilm.jobs.service import Service
from phonofilm.server import auth

from .conftest import finished

BODY = {"prompt": "A red ball bounces", "model": "fake", "duration": 4, "seed": 3}


@pytest.fixture(scope="module")
def done(running):
    with running.client() as client:
        answer = client.post("/v1/generations", json={**BODY, "metadata": {"order": "4711"}})
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == f"/v1/generations/{answer.json()['id']}"
        assert answer.json()["state"] == "queued" and answer.json()["outputs"] == []
        return finished(client, answer.json()["id"])


def stream(client, path, **headers):
    """The events of a stream as (id, name, data), and the comments."""
    events, comments = [], []
    with client.stream("GET", path, headers=headers) as answer:
        if answer.status_code == 204:
            return answer, [], []
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
        one = {}
        for line in answer.iter_lines():
            if line.startswith(":"):
                comments.append(line)
            elif line:
                name, _, value = line.partition(": ")
                one[name] = value
            elif one:
                if "data" in one and "id" in one:  # those without say where it stands just now
                    events.append((int(one["id"]), one["event"], json.loads(one["data"])))
                one = {}
    return answer, events, comments


def test_a_clip_is_made(done):
    assert done["state"] == "succeeded", done["error"]
    assert (
        done["progress"] == 1.0
        and done["error"] is None
        and done["seed"] == 3
        and done["metadata"] == {"order": "4711"}
    )
    names = [file["name"] for file in done["outputs"]]
    assert names[0] == "video.mp4"
    assert done["result"]["seconds"] == 4.0
    assert done["created"] <= done["started"] <= done["finished"] < done["expires"]


def test_its_events_can_be_followed_and_taken_up_again(running, done):
    with running.client() as client:
        path = f"/v1/generations/{done['id']}/events"
        _, events, _ = stream(client, path)
        kinds = [kind for _, kind, _ in events]
        assert kinds[0] == "generation.queued" and kinds[-1] == "generation.succeeded" and "generation.running" in kinds
        ids = [ident for ident, _, _ in events]
        assert ids == sorted(set(ids)) and all(data["generation"] == done["id"] for _, _, data in events)
        _, rest, _ = stream(client, path, **{"Last-Event-ID": str(ids[0])})
        assert rest == events[1:]
        _, rest, _ = stream(client, f"{path}?after={ids[0]}")
        assert rest == events[1:]
        answer, _, _ = stream(client, path, **{"Last-Event-ID": str(ids[-1])})
        assert answer.status_code == 204
        for wrong in ("x", "-1", "9" * 30):
            assert client.get(path, headers={"Last-Event-ID": wrong}).status_code == 400


def test_a_stream_lives_until_the_end_and_shows_that_it_does(idle, monkeypatch):
    settings = idle.app.state.settings
    with idle.client() as client:
        job = client.post("/v1/generations", json=BODY).json()["id"]
        got = {}
        monkeypatch.setitem(settings.__dict__, "events_heartbeat", 0.1)
        thread = threading.Thread(
            target=lambda: got.update(
                zip(("answer", "events", "comments"), stream(client, f"/v1/generations/{job}/events"), strict=True)
            )
        )
        thread.start()
        time.sleep(1.0)
        assert thread.is_alive()
        with idle.client() as another:
            assert another.post(f"/v1/generations/{job}/cancel").json()["state"] == "cancelled"
        thread.join(10)
        assert not thread.is_alive()
        assert [kind for _, kind, _ in got["events"]][-1] == "generation.cancelled"
        assert len(got["comments"]) >= 3


def test_streams_that_rest_are_left_alone(idle, monkeypatch):
    """Forty streams of one key: nobody reads their job over and over, and the key is asked about once for all of
    them."""
    asked, read = [], []
    still, get = auth.Auth.still, Service.get

    async def noted(self, request, scope):
        asked.append(request.url.path)
        return await still(self, request, scope)

    async def listen(ident):
        async def one(client):
            async with client.stream(
                "GET", f"/v1/generations/{ident}/events", headers={"Authorization": f"Bearer {idle.key}"}
            ) as answer:
                async for _ in answer.aiter_lines():
                    pass

        async with httpx2.AsyncClient(
            base_url=idle.base, timeout=60, limits=httpx2.Limits(max_connections=50)
        ) as client:
            streams = [asyncio.create_task(one(client)) for _ in range(40)]
            while read.count(ident) < 80:  # when it is opened, and when the first events are told
                await asyncio.sleep(0.05)
            for _ in range(20):  # until all has been told
                asked.clear(), read.clear()
                while len(asked) < 10:
                    await asyncio.sleep(0.05)
                if not read:
                    break
            for task in streams:
                task.cancel()
            await asyncio.gather(*streams, return_exceptions=True)

    monkeypatch.setattr(auth, "FRESH", 0.2)
    monkeypatch.setattr(auth.Auth, "still", noted)
    monkeypatch.setattr(Service, "get", lambda self, caller, ident: read.append(ident) or get(self, caller, ident))
    with idle.client() as client:
        job = client.post("/v1/generations", json=BODY).json()["id"]
    asyncio.run(listen(job))
    assert read == [] and len(asked) < 20, (read, asked)


def test_the_same_key_gives_the_same_generation(idle):
    with idle.client() as client:
        first = client.post("/v1/generations", json=BODY, headers={"Idempotency-Key": "order-1"})
        again = client.post("/v1/generations", json=BODY, headers={"Idempotency-Key": "order-1"})
        assert first.status_code == again.status_code == 201 and first.json()["id"] == again.json()["id"]
        other = client.post("/v1/generations", json={**BODY, "duration": 5}, headers={"Idempotency-Key": "order-1"})
        assert other.status_code == 409 and other.json()["error"]["code"] == "conflict"
        assert (
            client.post("/v1/generations", json=BODY, headers={"Idempotency-Key": "order-2"}).json()["id"]
            != first.json()["id"]
        )
        assert client.post("/v1/generations", json=BODY, headers={"Idempotency-Key": "a b"}).status_code == 400
        free = {name: value for name, value in BODY.items() if name != "seed"}
        ones = [client.post("/v1/generations", json=free, headers={"Idempotency-Key": "no-seed"}) for _ in range(2)]
        assert [one.status_code for one in ones] == [201, 201] and ones[0].json() == ones[1].json()


def test_twenty_at_once_with_one_key_are_one(idle):
    answers = []

    def submit():
        with idle.client() as client:
            answers.append(client.post("/v1/generations", json=BODY, headers={"Idempotency-Key": "storm"}))

    threads = [threading.Thread(target=submit) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_listing_pages_through_everything_once(idle):
    with idle.client(idle.make_key(tenant="lister", user="l", scopes=["generate", "read"])) as client:
        made = [client.post("/v1/generations", json={**BODY, "seed": seed}).json()["id"] for seed in range(7)]
        client.post(f"/v1/generations/{made[2]}/cancel")
        seen, after = [], None
        while True:
            page = client.get("/v1/generations", params={"limit": 3, **({"after": after} if after else {})}).json()
            seen += [one["id"] for one in page["data"]]
            assert page["total"] == 7
            after = page["next"]
            if not after:
                break
        assert seen == made[::-1]
        assert [one["id"] for one in client.get("/v1/generations", params={"order": "asc"}).json()["data"]] == made
        assert [one["id"] for one in client.get("/v1/generations", params={"state": "cancelled"}).json()["data"]] == [
            made[2]
        ]
        assert client.get("/v1/generations", params={"state": ["cancelled", "queued"]}).json()["total"] == 7
        assert client.get("/v1/generations", params={"model": "animatic"}).json()["data"] == []


def test_looking_for_words_takes_and_versions(idle):
    with (
        idle.client(idle.make_key(tenant="seeker")) as client,
        idle.client(idle.make_key(tenant="stranger")) as stranger,
    ):
        first = client.post("/v1/generations", json={**BODY, "prompt": "An Owl flies over 100% snow_y hills"}).json()[
            "id"
        ]
        take = client.post(
            "/v1/generations", json={**BODY, "prompt": "An Owl flies over 100% snow_y hills", "seed": 4}
        ).json()["id"]
        child = client.post("/v1/generations", json={**BODY, "prompt": "The owl lands", "parent": first}).json()["id"]
        other = client.post(
            "/v1/generations", json={**BODY, "prompt": "No owl", "seed": 424242, "ratio": "9:16"}
        ).json()["id"]

        def found(**query):
            return [one["id"] for one in client.get("/v1/generations", params=query).json()["data"]]

        assert found(search="owl") == [other, child, take, first]
        assert found(search="HILLS owl") == [take, first] and found(search="100% snow_y") == [take, first]
        assert (
            found(search="424242 owl") == [other]
            and found(search=other) == [other]
            and found(search="9:16") == [other]
            and found(search="fake 42424") == [other]
        )
        assert found(search="snow%y") == found(search="snowXy") == []
        assert found(take_of=first) == [take, first] and found(parent=first) == [child]
        assert stranger.get("/v1/generations", params={"take_of": first}).json()["data"] == []
        assert client.get("/v1/generations", params={"search": "x" * 201}).status_code == 400


def test_stopping_and_deleting(idle):
    with idle.client() as client:
        job = client.post("/v1/generations", json=BODY).json()["id"]
        assert client.delete(f"/v1/generations/{job}").status_code == 409
        assert client.post(f"/v1/generations/{job}/cancel").json()["state"] == "cancelled"
        assert client.post(f"/v1/generations/{job}/cancel").status_code == 409
        assert client.delete(f"/v1/generations/{job}").json() == {"id": job, "deleted": True}


def test_a_deleted_clip_is_gone_and_so_are_its_links(running):
    with running.client() as client:
        job = finished(client, client.post("/v1/generations", json={**BODY, "seed": 9}).json()["id"])
        assert job["state"] == "succeeded", job["error"]
        link = job["outputs"][0]["url"]
        assert httpx2.get(link, timeout=60).status_code == 200
        assert client.delete(f"/v1/generations/{job['id']}").status_code == 200
        assert httpx2.get(link, timeout=60).status_code == 404
        assert client.get(f"/v1/generations/{job['id']}/content").status_code in (404, 410)


def test_what_an_engine_cannot_do_is_refused_with_one_that_can(idle):
    with idle.client() as client:
        answer = client.post("/v1/generations", json={**BODY, "steps": 20})
        assert answer.status_code == 400
        assert "steps" in answer.json()["error"]["message"]
        names = {one["name"]: one for one in client.get("/v1/engines").json()["data"]}
        assert {"fake", "animatic"} <= set(names)


def test_usage_counts_what_was_made(running, done):
    with running.client() as client:
        usage = client.get("/v1/usage").json()
        assert usage["generations"]["succeeded"] >= 1 and usage["seconds"] >= 4.0
        assert client.get("/v1/usage", params={"month": "2020-01"}).json()["generations"] == {}
        assert client.get("/v1/usage", params={"month": "2020-13"}).status_code == 400


def test_health(running, idle):
    assert httpx2.get(f"{running.base}/livez", timeout=60).json() == {"status": "ok"}
    ready = httpx2.get(f"{running.base}/readyz", timeout=60)
    assert ready.status_code == 200 and ready.json() == {
        "status": "ok",
        "checks": {"database": "ok", "bucket": "ok", "worker": "ok"},
    }
    waiting = httpx2.get(f"{idle.base}/readyz", timeout=60)
    assert waiting.status_code == 200 and waiting.json()["checks"]["worker"] == "none"


def test_unready_where_the_database_does_not_answer(idle, monkeypatch):
    def broken(db):
        raise OSError("away")

    monkeypatch.setattr("phonofilm.jobs.library.lookup.alive", broken)
    answer = httpx2.get(f"{idle.base}/readyz", timeout=60)
    assert answer.status_code == 503 and answer.json()["checks"]["database"] == "failed"
