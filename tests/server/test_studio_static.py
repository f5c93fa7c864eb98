"""The built application as a browser gets it: pages, parts, caching, the content policy, and nothing else of this
machine."""

import gzip
import socket

import httpx2
import pytest

from phonofilm.server.routes import studio

from .conftest import start

HTML = "<!doctype html><title>Phonofilm</title><script type=module src=/assets/index-a1B2c3D4.js></script>"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("build") / "studio"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(HTML)
    (folder / "theme.js").write_text("document.documentElement.dataset.theme = 'dark'")
    (folder / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "assets" / "index-a1B2c3D4.js").write_text("console.log('whole')\n" * 500)
    (folder / "assets" / "plain.js").write_text("1")
    (folder / ".vite").mkdir()
    (folder / ".vite" / "manifest.json").write_text("{}")
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "assets" / "link-aaaaaaaa.js").symlink_to(folder.parent / "secret.txt")
    return folder


@pytest.fixture(scope="module")
def server(built, tmp_path_factory):
    before, studio.BUILT = studio.BUILT, built
    running, stop = start(tmp_path_factory.mktemp("home"), worker=False)
    studio.BUILT = before
    yield running
    stop()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/library",
        "/clip/gen_0",
        "/compare?a=1&b=2",
        "/templates",
        "/console",
        "/console/reviews",
        "/console/a/b",
        "/verify",
        "/s/abc",
    ],
)
def test_every_page_is_the_application(server, path):
    answer = httpx2.get(server.base + path, timeout=60)
    assert (
        answer.status_code == 200
        and answer.text == HTML
        and answer.headers["content-type"] == "text/html; charset=utf-8"
    )
    rules = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert (
        rules["default-src"] == "'none'"
        and rules["script-src"] == "'self'"
        and rules["connect-src"] == "'self'"
        and rules["frame-ancestors"] == "'none'"
    )
    assert rules["media-src"] == "'self' blob:" and "unsafe-eval" not in str(rules) and "http" not in str(rules)
    assert answer.headers["cache-control"] == "no-cache" and answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    again = httpx2.get(server.base + path, headers={"If-None-Match": answer.headers["etag"]}, timeout=60)
    assert again.status_code == 304 and not again.content
    assert httpx2.head(server.base + path, timeout=60).status_code == 200


def test_parts_are_packed_and_kept_for_ever(server, built):
    with httpx2.Client(base_url=server.base, timeout=60) as client:
        path = "/assets/index-a1B2c3D4.js"
        with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            raw = b"".join(answer.iter_raw())
            assert answer.headers["content-encoding"] == "gzip" and answer.headers["vary"] == "Accept-Encoding"
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable" and answer.headers[
                "content-type"
            ].startswith("text/javascript")
        assert gzip.decompress(raw) == (built / path[1:]).read_bytes() and len(raw) < 500
        plain = client.get(path, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers and plain.content == (built / path[1:]).read_bytes()
        assert client.get("/assets/plain.js").headers["cache-control"] == "no-cache"
        assert (
            client.get("/theme.js").text.startswith("document")
            and client.get("/favicon.svg").headers["content-type"] == "image/svg+xml"
        )


RAW = [
    "/../secret.txt", "/assets/../../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt",
    "/assets//etc/passwd", "//etc/passwd",
    "/assets/link-aaaaaaaa.js", "/.vite/manifest.json", "/assets/..\\..\\secret.txt", "/index.html",
    "/%2e%2e/secret.txt", "/assets/index-a1B2c3D4.js/../../secret.txt",
]  # fmt: skip


@pytest.mark.parametrize("path", RAW)
def test_no_address_leads_out_of_the_build(server, path):
    """By a bare socket: clients tidy such addresses up before they send them."""
    host, port = server.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert b" 404 " in answer.split(b"\r\n")[0], answer[:300]
    assert b"secret\n" not in answer and b"root:" not in answer and b'"not_found"' in answer


def test_what_was_no_page_before_is_none_now(server):
    with server.client() as client:
        for method, path, status in [
            ("GET", "/nothing", 404),
            ("POST", "/nothing", 404),
            ("GET", "/v1/nothing", 404),
            ("PUT", "/v1/generations", 405),
            ("GET", "/nothing.js", 404),
            ("GET", "/assets/nothing-aaaaaaaa.js", 404),
            ("GET", "/api/v3/nothing", 404),
        ]:
            answer = client.request(method, path)
            assert answer.status_code == status, (method, path, answer.status_code)
            assert "text/html" not in answer.headers["content-type"]
        assert client.get("/docs").status_code == 200
        assert not [
            path for path in client.get("/openapi.json").json()["paths"] if path in ("/", "/library", "/assets/{name}")
        ]


def test_a_new_build_is_seen_without_a_restart(server, built):
    page = built / "index.html"
    page.write_text(HTML + "<!-- newer -->")
    assert "newer" in httpx2.get(server.base + "/", timeout=60).text
    page.write_text(HTML)


def test_without_a_build_the_page_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setattr(studio, "BUILT", tmp_path / "nothing")
    running, stop = start(tmp_path / "home", worker=False)
    try:
        answer = httpx2.get(running.base + "/", timeout=60)
        assert (
            answer.status_code == 200
            and "npm run build" in answer.text
            and answer.headers["cache-control"] == "no-store"
        )
        assert httpx2.get(running.base + "/library", timeout=60).text == answer.text
        assert httpx2.get(running.base + "/assets/x.js", timeout=60).status_code == 404
        assert httpx2.get(running.base + "/livez", timeout=60).status_code == 200
    finally:
        stop()


def test_a_bucket_elsewhere_may_show_its_pictures_and_clips():
    rules = studio.policy("https://bucket.example")
    assert (
        "media-src 'self' blob: https://bucket.example;" in rules
        and "img-src 'self' blob: data: https://bucket.example;" in rules
    )
    assert "script-src 'self';" in rules


def test_a_build_read_half_way_is_read_again_once_it_is_done(tmp_path):
    """The page may be there before its parts; the stamp is written last."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    built = studio.Built(tmp_path)
    assert set(built.pages()) == {"/"}
    (tmp_path / "assets/index-AbCdEf12.js").write_text("1")
    (tmp_path / ".built-from").write_text("0" * 64)
    assert set(built.pages()) == {"/", "/assets/index-AbCdEf12.js"}
