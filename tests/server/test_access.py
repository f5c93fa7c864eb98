"""Keys, scopes, tenants, limits, sizes, and the one error body."""

import json
import re
import sqlite3

import httpx2
import pytest

from phonofilm.jobs.accounts import keys
from phonofilm.server import auth

from .conftest import start

BODY = {"prompt": "A red ball", "model": "fake", "duration": 4}


def error(answer, status, code):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error"} and set(body["error"]) == {"code", "message", "field", "request_id"}
    assert body["error"]["code"] == code, body
    assert body["error"]["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    return body["error"]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer nonsense",
        "Basic cGY6cGY=",
        "Bearer pf_aaaaaaaaaaaa_" + "x" * 46,
        "Bearer \u00fc".encode(),
    ],
)
def test_no_key_no_entry(idle, header):
    with httpx2.Client(base_url=idle.base, timeout=60) as client:
        answer = client.get("/v1/generations", headers={} if header is None else {"Authorization": header})
        assert error(answer, 401, "unauthenticated")["field"] == "Authorization"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_the_right_id_with_a_wrong_secret_is_refused(idle):
    ident, secret = keys.split(idle.key)
    with idle.client(f"pf_{ident}_{secret[:-1]}{'A' if secret[-1] != 'A' else 'B'}") as client:
        error(client.get("/v1/engines"), 401, "unauthenticated")


def test_no_secret_is_on_disk(idle):
    _, secret = keys.split(idle.key)
    files = [path for path in idle.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    assert [path.name for path in files if secret.encode() in path.read_bytes()] == []
    with sqlite3.connect(idle.home / "phonofilm.db") as db:
        (kept,) = db.execute("SELECT hash FROM api_keys LIMIT 1").fetchone()
    assert re.fullmatch(r"[0-9a-f]{64}", kept)


def test_a_scope_opens_only_its_own_doors(idle):
    with idle.client(idle.make_key(scopes=["read"])) as client:
        assert client.get("/v1/generations").status_code == 200
        assert "generate" in error(client.post("/v1/generations", json=BODY), 403, "forbidden")["message"]
        error(client.get("/v1/admin/keys"), 403, "forbidden")
        error(client.get("/metrics"), 403, "forbidden")


def test_a_revoked_key_and_an_expired_one_open_nothing(idle):
    key = idle.make_key(user="leaving")
    with idle.client() as owner, idle.client(key) as client:
        assert client.get("/v1/engines").status_code == 200
        assert owner.delete(f"/v1/admin/keys/{keys.split(key)[0]}").status_code == 200
        error(client.get("/v1/engines"), 401, "unauthenticated")
    with idle.client(idle.make_key(expires=1.0)) as client:
        error(client.get("/v1/engines"), 401, "unauthenticated")


@pytest.mark.parametrize("how", ["here", "elsewhere", "signed out", "user forgotten"])
def test_an_event_stream_ends_with_what_opened_it(idle, how, monkeypatch):
    """A queued job tells nothing more; the stream ends all the same when its key is revoked, here or by another
    process, or its browser signs out."""
    monkeypatch.setattr(auth, "FRESH", 0.1)
    user = f"leaving-{how.replace(' ', '-')}"
    key = idle.make_key(user=user)
    with (
        idle.client() as owner,
        idle.client(key) as client,
        idle.client("") as browser,
        httpx2.Client(base_url=idle.base, timeout=30) as other,
    ):
        job = client.post("/v1/generations", json=BODY).json()["id"]
        if how == "signed out":
            browser.headers.pop("Authorization")
            told = browser.post("/v1/session", json={"key": key}).json()
        with (browser if how == "signed out" else client).stream(
            "GET", f"/v1/generations/{job}/events", timeout=30
        ) as answer:
            lines = answer.iter_lines()
            while "generation.queued" not in next(lines):
                pass
            if how == "signed out":
                other.delete(
                    "/v1/session",
                    headers={"X-CSRF-Token": told["csrf"], "Cookie": f"pf_session={browser.cookies['pf_session']}"},
                )
            elif how == "here":
                assert owner.delete(f"/v1/admin/keys/{keys.split(key)[0]}").status_code == 200
            elif how == "elsewhere":
                keys.revoke(idle.app.state.service.db, keys.split(key)[0])
            else:
                assert owner.delete(f"/v1/admin/tenants/main/users/{user}").status_code == 200
            for _ in lines:  # to its end, or the client's patience does
                pass


def test_tenants_are_strangers(idle, picture):
    with (
        idle.client() as ours,
        idle.client(idle.make_key(tenant="others", user="eve", scopes=["generate", "read"])) as theirs,
    ):
        job = ours.post("/v1/generations", json=BODY).json()["id"]
        asset = ours.post("/v1/assets", files={"file": picture.open("rb")}, data={"person": "false"}).json()["id"]
        for method, path in [
            ("GET", f"/v1/generations/{job}"),
            ("POST", f"/v1/generations/{job}/cancel"),
            ("DELETE", f"/v1/generations/{job}"),
            ("GET", f"/v1/generations/{job}/events"),
            ("GET", f"/v1/generations/{job}/outputs"),
            ("GET", f"/v1/generations/{job}/content"),
            ("GET", f"/v1/generations/{job}/outputs/video.mp4"),
            ("GET", f"/v1/assets/{asset}"),
            ("DELETE", f"/v1/assets/{asset}"),
        ]:
            error(theirs.request(method, path), 404, "not_found")
        assert theirs.get("/v1/generations").json()["data"] == []
        assert theirs.get("/v1/assets").json()["data"] == []
        borrowed = {**BODY, "references": [{"kind": "image", "role": "first_frame", "asset": asset}]}
        assert theirs.post("/v1/generations", json=borrowed).status_code in (400, 404)
        assert theirs.post("/v1/generations", json={**BODY, "parent": job}).status_code in (400, 404)
        assert ours.get(f"/v1/generations/{job}").json()["state"] == "queued"
        assert ours.get(f"/v1/assets/{asset}").status_code == 200


def test_the_eleventh_submit_in_a_minute_waits_and_polls_do_not_count(tmp_path):
    server, stop = start(tmp_path, worker=False, requests_per_minute=10)
    try:
        with server.client() as client:
            for _ in range(10):
                assert client.post("/v1/generations", json=BODY).status_code == 201
                assert client.get("/v1/generations").status_code == 200
            answer = client.post("/v1/generations", json=BODY)
            error(answer, 429, "rate_limited")
            assert 1 <= int(answer.headers["retry-after"]) <= 60
            assert client.get("/v1/generations").json()["total"] == 10
        with server.client(server.make_key(user="another")) as client:
            assert client.post("/v1/generations", json=BODY).status_code == 201
        with server.client() as owner:
            assert owner.patch("/v1/admin/tenants/main", json={"requests_per_minute": 12}).json()["settings"] == {
                "requests_per_minute": 12
            }
            assert owner.post("/v1/generations", json=BODY).status_code == 201
    finally:
        stop()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"promt": "x"}, "promt"), ({"prompt": None}, "prompt"), ({"prompt": "x" * 5001}, "prompt"),
        ({"prompt": "a\x00b"}, "prompt"), ({"duration": 3}, "duration"),
        ({"duration": 15.5}, "duration"), ({"duration": "5"}, "duration"), ({"resolution": "4k"}, "resolution"),
        ({"ratio": "2:1"}, "ratio"), ({"seed": -1}, "seed"),
        ({"seed": 2**31}, "seed"), ({"seed": True}, "seed"), ({"steps": 0}, "steps"), ({"model": "nobody"}, "model"),
        ({"task": "paint"}, "task"), ({"priority": 10}, "priority"),
        ({"references": [{"kind": "image"}]}, "references[0].asset"),
        ({"references": [{"kind": "image", "url": "http://127.0.0.1/x.png"}]}, "references[0]"),
        ({"references": [{"kind": "image", "url": "https://a.example/x.png", "sise": 1}]}, "references[0].sise"),
        ({"references": [{"kind": "video", "role": "first_frame", "url": "https://a.example/x.mp4"}]}, "references[0]"),
        ({"references": [{"kind": "image", "asset": "asset_00000000000000000000000000"}]}, "references[0]"),
        ({"metadata": {"a": 1}}, "metadata.a"), ({"expires_in": 1}, "expires_in"),
        ({"parent": "gen_nothere"}, "parent"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(idle, change, field):
    with idle.client() as client:
        answer = client.post("/v1/generations", json={**BODY, **change})
        assert answer.status_code in (400, 404), answer.text
        named = answer.json()["error"]["field"] or ""
        assert named.startswith(field), answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"prompt": NaN}',
        b"[" * 100_000,
        b'{"prompt": "\xff"}',
        b'{"prompt": "\\ud800"}',
        b'{"prompt":"x","duration":1e999}',
    ],
)
def test_bodies_that_are_no_request(idle, body):
    with idle.client() as client:
        answer = client.post("/v1/generations", content=body, headers={"Content-Type": "application/json"})
        error(answer, 400, "invalid_parameter")


def test_paths_and_methods_that_are_not_there(idle):
    with idle.client() as client:
        error(client.get("/v1/nothing"), 404, "not_found")
        error(client.put("/v1/generations", json={}), 405, "method_not_allowed")
        error(client.get("/v1/generations/gen_00000000000000000000000000"), 404, "not_found")
        error(client.get("/v1/generations/%00"), 400, "invalid_parameter")
        error(client.get("/v1/generations/..%2f..%2fetc"), 404, "not_found")
        assert error(client.get("/v1/generations", params={"limit": 0}), 400, "invalid_parameter")["field"] == "limit"


def test_bodies_are_capped_and_strangers_may_send_little(tmp_path):
    server, stop = start(tmp_path, worker=False, max_body=100_000)
    try:
        with server.client() as client:
            error(client.post("/v1/generations", json={"prompt": "x" * 200_000}), 413, "too_large")

            def endless():
                for _ in range(30):
                    yield b" " * 10_000

            error(
                client.post("/v1/generations", content=endless(), headers={"Content-Type": "application/json"}),
                413,
                "too_large",
            )
        with httpx2.Client(base_url=server.base, timeout=60) as stranger:
            error(stranger.post("/v1/generations", content=b" " * 70_000), 401, "unauthenticated")
    finally:
        stop()


def test_every_answer_has_an_id_and_other_origins_get_nothing(idle):
    with idle.client() as client:
        first, second = (
            client.get("/livez", headers={"Origin": "https://elsewhere.example", "X-Client-Request-Id": "mine-1"})
            for _ in range(2)
        )
        assert first.headers["x-request-id"] != second.headers["x-request-id"]
        assert first.headers["x-client-request-id"] == "mine-1"
        assert "access-control-allow-origin" not in first.headers


def test_what_nobody_foresaw_is_a_500_that_says_nothing(idle, monkeypatch):
    monkeypatch.setattr(type(idle.app.state.service), "list", lambda *a, **k: 1 / 0)
    with idle.client() as client:
        said = error(client.get("/v1/generations"), 500, "internal_error")
        assert "ZeroDivision" not in json.dumps(said)


def test_the_first_key_is_made_once(tmp_path):
    server, stop = start(tmp_path, worker=False)
    first = server.app.state.first_key
    stop()
    assert first and keys.split(first)
    server, stop = start(tmp_path, worker=False)
    try:
        assert server.app.state.first_key is None
        with server.client(first) as client:
            assert client.get("/v1/engines").status_code == 200
    finally:
        stop()
