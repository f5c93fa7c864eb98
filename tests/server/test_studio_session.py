"""Signing in with a cookie: what it opens, what a strange page cannot do with it, and how it ends."""

import base64
import hashlib
import re
import sqlite3
import time
from contextlib import closing

import httpx2
import pytest

from phonofilm.jobs.accounts import keys, sessions

from .conftest import start

BODY = {"prompt": "A red ball bounces on a beach, the camera pushes in.", "model": "fake", "duration": 4}


def browser(server, key=None, **more):
    """A client with a cookie jar, signed in; and its CSRF token."""
    client = httpx2.Client(base_url=server.base, timeout=60, **more)
    answer = client.post("/v1/session", json={"key": server.key if key is None else key})
    assert answer.status_code == 201, answer.text
    return client, answer.json()


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_signing_in_and_out(idle):
    client, told = browser(idle)
    with closing(client):
        assert (
            told["tenant"] == "main"
            and told["user"] == "owner"
            and told["roles"] == ["creator", "reviewer", "operator"]
        )
        assert (
            told["scopes"] == ["generate", "read", "review", "operate"]
            and time.time() < told["expires"] < time.time() + 8 * 86400
        )
        assert client.get("/v1/session").json() == told
        assert client.get("/v1/generations").status_code == 200
        assert client.get("/v1/admin/keys").status_code == 200
        kept = dict(client.cookies)
        assert client.delete("/v1/session", headers={"X-CSRF-Token": told["csrf"]}).status_code == 204
        assert not client.cookies
        assert code(client.get("/v1/session")) == (401, "unauthenticated")
        # the cookie is worth nothing any more, wherever a copy of it is
        assert code(client.get("/v1/session", cookies=kept)) == (401, "unauthenticated")


def test_the_cookie_is_closed_to_pages_and_to_other_sites(idle):
    with httpx2.Client(base_url=idle.base, timeout=60) as client:
        answer = client.post("/v1/session", json={"key": idle.key})
        (cookie,) = answer.headers.get_list("set-cookie")
        assert cookie.startswith("pf_session=")
        parts = {part.strip().lower().split("=")[0]: part.strip() for part in cookie.split(";")[1:]}
        assert (
            {"httponly", "samesite", "path", "max-age"} <= set(parts)
            and parts["samesite"].lower() == "samesite=strict"
            and parts["path"] == "Path=/"
        )
        assert "secure" not in parts and "domain" not in parts
        assert answer.headers["cache-control"] == "no-store"
        # over https, as a proxy on this machine says, it is Secure and bound to this host alone
        answer = client.post("/v1/session", json={"key": idle.key}, headers={"X-Forwarded-Proto": "https"})
        (cookie,) = answer.headers.get_list("set-cookie")
        assert cookie.startswith("__Host-pf_session=") and "; Secure" in cookie


@pytest.mark.parametrize("header", [None, "", "0" * 64, "\u00e9".encode()])
def test_a_change_by_cookie_alone_is_refused(idle, header):
    client, told = browser(idle)
    with closing(client):
        headers = {} if header is None else {"X-CSRF-Token": header}
        for method, path in (
            ("POST", "/v1/generations"),
            ("DELETE", "/v1/session"),
            ("POST", "/v1/admin/keys"),
            ("POST", "/v1/assets"),
            ("POST", "/v1/lint"),
            ("POST", "/v1/videos"),
            ("DELETE", "/v1/generations/gen_0"),
            ("PATCH", "/v1/admin/tenants/main"),
        ):
            answer = client.request(method, path, json=BODY, headers=headers)
            assert answer.status_code == 403, (method, path, answer.text)
        assert client.get("/v1/session").status_code == 200
        assert client.post("/v1/generations", json=BODY, headers={"X-CSRF-Token": told["csrf"]}).status_code == 201


def test_another_sessions_token_does_not_fit(idle):
    (one, first), (two, second) = browser(idle), browser(idle)
    with closing(one), closing(two):
        assert first["csrf"] != second["csrf"]
        assert code(one.post("/v1/generations", json=BODY, headers={"X-CSRF-Token": second["csrf"]})) == (403, "csrf")


def test_a_key_counts_more_than_a_cookie_and_needs_no_token(idle):
    client, _ = browser(idle)
    with closing(client):
        assert (
            client.post("/v1/generations", json=BODY, headers={"Authorization": f"Bearer {idle.key}"}).status_code
            == 201
        )
        assert code(client.get("/v1/generations", headers={"Authorization": "Bearer nonsense"})) == (
            401,
            "unauthenticated",
        )
        told = client.get("/v1/session", headers={"Authorization": f"Bearer {idle.key}"}).json()
        assert told["user"] == "owner" and told["csrf"] == "" and told["expires"] is None


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_sign_a_browser_in(idle, site):
    with httpx2.Client(base_url=idle.base, timeout=60) as client:
        assert code(client.post("/v1/session", json={"key": idle.key}, headers={"Sec-Fetch-Site": site})) == (
            403,
            "csrf",
        )
        form = client.post(
            "/v1/session", content=b'{"key": "%s"}' % idle.key.encode(), headers={"Content-Type": "text/plain"}
        )
        assert form.status_code == 400 and not client.cookies


def test_a_planted_session_is_not_taken_over(idle):
    """Session fixation: who knew the cookie before the sign-in knows nothing after it."""
    planted, _ = browser(idle, idle.make_key(user="eve"))
    with closing(planted), httpx2.Client(base_url=idle.base, timeout=60) as victim:
        value = planted.cookies["pf_session"]
        answer = victim.post("/v1/session", json={"key": idle.key}, cookies={"pf_session": value})
        assert answer.status_code == 201 and victim.cookies["pf_session"] != value
        assert code(planted.get("/v1/session")) == (401, "unauthenticated")
        # a made-up value is never taken on
        made_up = "A" * 43
        assert victim.post("/v1/session", json={"key": idle.key}, cookies={"pf_session": made_up}).status_code == 201
        assert code(httpx2.get(f"{idle.base}/v1/session", cookies={"pf_session": made_up})) == (401, "unauthenticated")


@pytest.mark.parametrize("key", ["", "nonsense", "pf_aaaaaaaaaaaa_" + "x" * 46, "Bearer x"])
def test_no_key_no_session(idle, key):
    with httpx2.Client(base_url=idle.base, timeout=60) as client:
        assert client.post("/v1/session", json={"key": key}).status_code == (400 if not key else 401)
        assert not client.cookies


def test_roles_follow_the_scopes(idle):
    for scopes, roles in ((["read"], []), (["generate", "read"], ["creator"]), (["read", "review"], ["reviewer"])):
        client, told = browser(idle, idle.make_key(user="role", scopes=scopes))
        with closing(client):
            assert told["roles"] == roles
            assert client.get("/v1/admin/keys").status_code == 403
            status = client.post("/v1/generations", json=BODY, headers={"X-CSRF-Token": told["csrf"]}).status_code
            assert status == (201 if "creator" in roles else 403)


def test_a_revoked_key_ends_its_sessions(idle):
    key = idle.make_key(user="leaver")
    (client, _), (owner, told) = browser(idle, key), browser(idle)
    with closing(client), closing(owner):
        assert client.get("/v1/session").status_code == 200
        ident = keys.split(key)[0]
        assert owner.delete(f"/v1/admin/keys/{ident}", headers={"X-CSRF-Token": told["csrf"]}).status_code == 200
        assert code(client.get("/v1/session")) == (401, "unauthenticated")
        with sqlite3.connect(idle.home / "phonofilm.db") as db:
            assert db.execute("SELECT count(*) FROM web_sessions WHERE key = ?", (ident,)).fetchone() == (0,)


def test_a_key_revoked_elsewhere_ends_its_sessions_within_seconds(idle):
    key = idle.make_key(user="leaver2")
    client, _ = browser(idle, key)
    with closing(client):
        keys.revoke(idle.app.state.service.db, keys.split(key)[0])  # as another process does: this one is not told
        until = time.monotonic() + 8
        while (answer := client.get("/v1/session")).status_code == 200 and time.monotonic() < until:
            time.sleep(0.2)
        assert code(answer) == (401, "unauthenticated")


def test_a_session_ends_with_its_keys_time(idle):
    client, told = browser(idle, idle.make_key(user="guest", expires=time.time() + 3))
    with closing(client):
        assert told["expires"] < time.time() + 4
        time.sleep(3.2)
        assert client.get("/v1/session").status_code == 401


def test_a_session_survives_a_restart_and_only_its_hash_is_kept(tmp_path):
    server, stop = start(tmp_path, worker=False)
    client, told = browser(server)
    value = client.cookies["pf_session"]
    client.close()
    stop()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert value.encode() not in path.read_bytes(), path
    with sqlite3.connect(tmp_path / "phonofilm.db") as db:
        assert db.execute("SELECT id FROM web_sessions").fetchall() == [(sessions.digest(value),)]
    again, stop = start(tmp_path, worker=False)
    try:
        with httpx2.Client(base_url=again.base, timeout=60, cookies={"pf_session": value}) as client:
            assert client.get("/v1/session").json() == told
            assert client.post("/v1/generations", json=BODY, headers={"X-CSRF-Token": told["csrf"]}).status_code == 201
    finally:
        stop()


def test_sign_ins_are_limited_per_address(tmp_path):
    server, stop = start(tmp_path, worker=False, sign_ins_per_minute=3)
    try:
        with httpx2.Client(base_url=server.base, timeout=60) as client:
            answers = [client.post("/v1/session", json={"key": "pf_aaaaaaaaaaaa_" + "x" * 46}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    finally:
        stop()


def test_large_uploads_come_through_with_a_cookie_alone_and_from_nobody_else(idle, picture):
    client, told = browser(idle)
    with closing(client):
        answer = client.post(
            "/v1/assets",
            files={"file": picture.open("rb")},
            data={"person": "false"},
            headers={"X-CSRF-Token": told["csrf"]},
        )
        assert answer.status_code == 201, answer.text
        assert picture.stat().st_size > 65_536
    answer = httpx2.post(f"{idle.base}/v1/assets", files={"file": picture.open("rb")}, cookies={"pf_session": "A" * 43})
    assert answer.status_code == 401


def test_the_first_start_prints_a_link_that_signs_in(idle, capsys):
    from types import SimpleNamespace

    from phonofilm.cli.serve import _greet

    where = httpx2.URL(idle.base)
    settings = SimpleNamespace(host=where.host, port=where.port, public_url="", home=idle.home, worker=True)
    for key in (idle.key, None):
        _greet(SimpleNamespace(state=SimpleNamespace(first_key=key)), settings)
        said = capsys.readouterr().out
        assert (f"{idle.base}/#key={idle.key}" in said) == (key is not None)


def test_over_https_a_cookie_that_another_host_could_have_planted_counts_for_nothing(idle):
    client, told = browser(idle)
    with closing(client):
        value = client.cookies["pf_session"]
    proxied = {"X-Forwarded-Proto": "https"}
    for name, status in (("pf_session", 401), ("__Host-pf_session", 200)):
        answer = httpx2.get(f"{idle.base}/v1/session", headers={**proxied, "Cookie": f"{name}={value}"}, timeout=60)
        assert answer.status_code == status, name
    assert (
        httpx2.get(f"{idle.base}/v1/session", headers={"Cookie": f"__Host-pf_session={value}"}, timeout=60).status_code
        == 401
    )
    # two of one name: the later counts, as browsers send the more specific first; neither crashes
    both = httpx2.get(
        f"{idle.base}/v1/session", headers={"Cookie": f"pf_session=nonsense; pf_session={value}"}, timeout=60
    )
    assert both.json() == told


def test_the_documents_ask_no_other_host_for_code(idle):
    page = httpx2.get(f"{idle.base}/docs", timeout=60)
    assert page.status_code == 200 and "swagger" in page.text.lower()
    assert not [
        address
        for address in re.findall(r"""(?:src|href)=["']([^"']+)""", page.text)
        if address.startswith(("http", "//"))
    ]
    rules = page.headers["content-security-policy"]
    assert "script-src 'self' 'sha256-" in rules and "unsafe-eval" not in rules and "http" not in rules
    (own,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    assert base64.b64encode(hashlib.sha256(own.encode()).digest()).decode() in rules
    assert len(httpx2.get(f"{idle.base}/docs/swagger-ui-bundle.js", timeout=60).content) > 1_000_000
    assert httpx2.get(f"{idle.base}/docs/swagger-ui.css", timeout=60).headers["content-type"].startswith("text/css")
    assert (
        httpx2.get(f"{idle.base}/docs/..%2fcore.py", timeout=60).status_code == 404
        and httpx2.get(f"{idle.base}/docs/core.py", timeout=60).status_code == 404
    )
