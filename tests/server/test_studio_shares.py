"""Links that show one clip for a while, and the console's series."""

import json
import re
import sqlite3
import time

import httpx2
import pytest

from phonofilm.jobs.library import shares
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import LedgerEntry, Review, Share

from .conftest import finished, start
from .test_studio_writing import made

BODY = {
    "prompt": "[0-2s] A red ball bounces on a beach. [2-4s] The camera pushes in.",
    "model": "fake",
    "duration": 4,
    "seed": 5,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running, stop = start(tmp_path_factory.mktemp("home"))
    yield running
    stop()


@pytest.fixture(scope="module")
def clip(server):
    with server.client() as client:
        got = finished(client, client.post("/v1/generations", json=BODY).json()["id"], 600)
        assert got["state"] == "succeeded", got["error"]
        return got["id"]


def share(server, clip, **body):
    with server.client() as client:
        answer = client.post(f"/v1/generations/{clip}/shares", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()


def test_a_link_shows_the_clip_to_whoever_has_it(server, clip):
    told = share(server, clip, expires_in=3600)
    assert (
        re.fullmatch(re.escape(server.base) + r"/s/[A-Za-z0-9_-]{32}", told["url"])
        and 3500 < told["expires"] - time.time() <= 3600
    )
    token = told["url"].rpartition("/")[2]
    answer = httpx2.get(f"{server.base}/v1/shared/{token}", timeout=60)
    shown = answer.json()
    assert (
        answer.headers["cache-control"] == "no-store"
        and answer.headers["referrer-policy"] == "no-referrer"
        and answer.headers["x-robots-tag"] == "noindex"
    )
    assert (
        shown["title"] == "A red ball bounces on a beach"
        and shown["prompt"] == BODY["prompt"]
        and shown["duration"] == 4.0
        and shown["width"] == 854
    )
    assert (
        shown["provenance"]["generated"]
        and shown["provenance"]["generation"] == clip
        and shown["provenance"]["engine"] == "fake"
        and shown["provenance"]["profile"] == "eu"
    )
    files = {one["name"]: one["url"] for one in shown["outputs"]}
    assert {"video.mp4", "poster.webp", "hls/master.m3u8"} <= set(files) and "last_frame.png" not in files
    assert httpx2.get(files["video.mp4"], timeout=60).content[4:8] == b"ftyp" and httpx2.get(
        files["hls/master.m3u8"], timeout=60
    ).text.startswith("#EXTM3U")
    for url in files.values():  # and no longer than the share is open (tests/server/test_hidden_files.py)
        assert int(re.search(r"exp=(\d+)", url)[1]) <= time.time() + 1801
    assert "owner" not in answer.text and "main/" not in answer.text.replace("/media/main/", "")
    assert httpx2.get(f"{server.base}/s/{token}", timeout=60).status_code == 200


def test_the_prompt_can_be_kept_back(server, clip):
    token = share(server, clip, prompt=False)["url"].rpartition("/")[2]
    text = httpx2.get(f"{server.base}/v1/shared/{token}", timeout=60).text
    assert "ball" not in text and '"prompt":null' in text.replace(" ", "")


def test_links_end_by_time_and_by_hand(server, clip):
    first, second = share(server, clip), share(server, clip)
    tokens = [one["url"].rpartition("/")[2] for one in (first, second)]
    with (
        server.client() as client,
        server.client(server.make_key(tenant="strangers")) as others,
        server.client(server.make_key(scopes=["read"])) as reader,
    ):
        listed = client.get(f"/v1/generations/{clip}/shares").json()["data"]
        assert {first["id"], second["id"]} <= {one["id"] for one in listed} and all(
            one["url"] is None for one in listed
        )
        assert reader.delete(f"/v1/shares/{first['id']}").status_code == 403
        for answer in (
            others.get(f"/v1/generations/{clip}/shares"),
            others.post(f"/v1/generations/{clip}/shares", json={}),
            others.delete(f"/v1/shares/{first['id']}"),
        ):
            assert answer.status_code == 404
        assert client.delete(f"/v1/shares/{first['id']}").json()["deleted"]
        assert client.delete(f"/v1/shares/{first['id']}").status_code == 200  # once more does no harm
        assert first["id"] not in {one["id"] for one in client.get(f"/v1/generations/{clip}/shares").json()["data"]}
    gone = httpx2.get(f"{server.base}/v1/shared/{tokens[0]}", timeout=60)
    assert (
        gone.status_code == 410
        and gone.json()["error"]["code"] == "removed"
        and "ask" in gone.json()["error"]["message"]
    )
    assert httpx2.get(f"{server.base}/v1/shared/{tokens[1]}", timeout=60).status_code == 200
    with server.app.state.service.db.session() as session:
        session.get(Share, second["id"]).expires = now() - 1
    assert httpx2.get(f"{server.base}/v1/shared/{tokens[1]}", timeout=60).status_code == 410


@pytest.mark.parametrize("token", ["x", "A" * 32, "A" * 65, "..%2f..", "%00", "a b", "'" * 20])
def test_made_up_links_show_nothing(server, token):
    assert httpx2.get(f"{server.base}/v1/shared/{token}", timeout=60).status_code in (400, 404)


def test_only_a_hash_of_a_link_is_kept(server, clip):
    token = share(server, clip)["url"].rpartition("/")[2]
    for path in server.home.glob("phonofilm.db*"):
        assert token.encode() not in path.read_bytes()
    with sqlite3.connect(server.home / "phonofilm.db") as db:
        assert db.execute("SELECT count(*) FROM shares WHERE hash = ?", (shares.digest(token),)).fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM audit WHERE action = 'share.create'").fetchone()[0] >= 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expires_in": 1}, "expires_in"),
        ({"expires_in": 10**9}, "expires_in"),
        ({"expires": 5}, "expires"),
        ({"prompt": "yes"}, "prompt"),
    ],
)
def test_what_is_wrong_is_named(server, clip, body, field):
    with server.client() as client:
        assert client.post(f"/v1/generations/{clip}/shares", json=body).json()["error"]["field"] == field


def test_what_is_not_finished_or_deleted_cannot_be_shown(server):
    with server.client() as client:
        ident = made(server, 1.0)
        token = share(server, ident)["url"].rpartition("/")[2]
        assert client.delete(f"/v1/generations/{ident}").status_code == 200
        assert httpx2.get(f"{server.base}/v1/shared/{token}", timeout=60).status_code == 410
        assert client.post(f"/v1/generations/{ident}/shares", json={}).status_code == 409
        failed = made(server, 1.0, state="failed")
        assert client.post(f"/v1/generations/{failed}/shares", json={}).json()["error"]["code"] == "conflict"


def test_visits_are_limited_per_address(tmp_path):
    running, stop = start(tmp_path, worker=False, looks_per_minute=2)
    try:
        assert [httpx2.get(f"{running.base}/v1/shared/{'A' * 32}", timeout=60).status_code for _ in range(3)] == [
            404,
            404,
            429,
        ]
    finally:
        stop()


def test_series_say_what_happened_when(tmp_path):
    running, stop = start(tmp_path, worker=False)
    try:
        moment = now()
        hour = 3600.0
        for took in (1.0, 2.0, 3.0):
            made(running, took, finished=moment - 2 * hour, created=moment - 2 * hour - took)
        made(running, 1.0, state="failed", error={"code": "engine_failed", "message": "x"}, finished=moment - 2 * hour)
        made(running, 1.0, state="failed", error={"code": "input_blocked", "message": "x"}, finished=moment - 2 * hour)
        made(running, 1.0, state="cancelled", finished=moment - 2 * hour)
        made(running, 0, state="queued", created=moment - 1.5 * hour, started=None, finished=None)
        made(running, 0, created=moment - 3.5 * hour, started=moment - 2.5 * hour, finished=moment - 2.4 * hour)
        with running.app.state.service.db.session() as session:
            for created, decided in ((moment - 3 * hour, moment - 1 * hour), (moment - 0.5 * hour, None)):
                session.add(
                    Review(
                        id=new_id("rev"),
                        tenant="main",
                        subject="x",
                        stage="admit",
                        reasons=[],
                        risk=1,
                        state="pending" if decided is None else "decided",
                        created=created,
                        due=created + 10,
                        decided=decided,
                    )
                )
            session.add(
                LedgerEntry(
                    id=new_id("led"),
                    tenant="main",
                    job="x",
                    kind="settle",
                    amount=700,
                    month="2026-11",
                    price_version="1",
                    created=moment - 2 * hour,
                )
            )
            session.add(
                LedgerEntry(
                    id=new_id("led"),
                    tenant="main",
                    job="x",
                    kind="reserve",
                    amount=900,
                    month="2026-11",
                    price_version="1",
                    created=moment - 2 * hour,
                )
            )
        with running.client() as client, running.client(running.make_key(scopes=["read", "review"])) as other:
            assert other.get("/v1/admin/series").status_code == 403
            told = client.get("/v1/admin/series", params={"hours": 6, "step": 3600}).json()
            assert [
                len(told[name])
                for name in (
                    "t",
                    "job_error_rate_pct",
                    "publish_rate_per_min",
                    "moderation_queue_count",
                    "queue_depth",
                    "cost",
                )
            ] == [6] * 6
            then = next(index for index, time in enumerate(told["t"]) if time - hour < moment - 2 * hour <= time)
            counted = told["publish_rate_per_min"]
            assert counted[then] == pytest.approx(3 / 60, abs=0.001) or counted[then] == pytest.approx(
                4 / 60, abs=0.001
            )  # the long one fell into the same hour or not
            assert told["job_error_rate_pct"][then] in (pytest.approx(20.0), pytest.approx(16.67))
            assert (
                told["generation_latency_ms"]["p50"][then] == pytest.approx(2000, rel=0.3)
                and told["generation_latency_ms"]["p95"][then] >= 2900
            )
            assert told["cost"][then] == 700 and sum(told["cost"]) == 700
            assert told["queue_depth"][-1] == 1 and told["moderation_queue_count"][-1] == 1
            at = next(
                index for index, time in enumerate(told["t"]) if moment - 3.4 * hour < time <= moment - 2.4 * hour
            )
            assert (
                told["queue_depth"][at] in (0, 1)
                and max(told["queue_depth"][:-1]) >= 1
                and max(told["moderation_queue_count"]) == 1
            )
            assert told["generation_latency_ms"]["p50"][-1] is None and told["job_error_rate_pct"][-1] is None
            assert (
                all(b - a == 3600 for a, b in zip(told["t"], told["t"][1:], strict=False))
                and told["t"][-1] - 3600 < now() <= told["t"][-1]
            )
            assert len(client.get("/v1/admin/series").json()["t"]) == 288
            for wrong in ({"hours": 0}, {"step": 1}, {"hours": 700, "step": 10}, {"hours": "nan"}):
                assert client.get("/v1/admin/series", params=wrong).status_code == 400, wrong
    finally:
        stop()


def test_a_stream_says_where_a_job_stands(server):
    with server.client() as client:
        job = client.post("/v1/generations", json={**BODY, "seed": 8}).json()["id"]
        names, last = [], {}
        with client.stream("GET", f"/v1/generations/{job}/events") as answer:
            answer.raise_for_status()
            name = ident = ""
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("id: "):
                    ident = line[4:]
                elif line.startswith("data: ") and name in ("generation.progress", "generation.waiting") and not ident:
                    last = json.loads(line[6:])
                    names.append((name, last["data"]["step"]))
                elif not line:
                    name = ident = ""
        assert names, "nothing was said between the events on record"
        assert last["id"] is None and last["generation"] == job and 0 <= last["data"]["progress"] <= 1
        steps = [step for name, step in names if name == "generation.progress"]
        assert all(
            step
            in (
                "",
                "fetch_references",
                "admit",
                "reserve_cost",
                "route",
                "generate",
                "release",
                "package",
                "sign",
                "store",
                "settle_cost",
                "notify",
            )
            for step in steps
        )
        assert last["data"]["remaining"] is None or last["data"]["remaining"] >= 0
