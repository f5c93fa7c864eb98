"""Asked from another machine, by another name, from another origin, below a path: what a client is told leads back to
it."""

import contextlib

import httpx2
import pytest

from phonofilm.server.settings import Settings

from .conftest import start


@pytest.fixture(scope="module")
def below(tmp_path_factory):
    """Below a path, and a page of another origin may read its answers."""
    given = {"public_url": "https://example.test/film/", "cors_origins": ["https://app.test"], "worker": False}
    running, stop = start(tmp_path_factory.mktemp("home"), **given)
    yield running
    stop()


@pytest.mark.parametrize("host", ["192.168.1.20:8600", "localhost:8600", "films.lan"])
def test_links_begin_with_the_address_that_was_asked(idle, picture, host):
    with idle.client() as client:
        asset = client.post(
            "/v1/assets", files={"file": picture.read_bytes()}, data={"person": "false"}, headers={"Host": host}
        ).json()
        assert asset["url"].startswith(f"http://{host}/media/")
        assert client.get(idle.base + asset["url"].removeprefix(f"http://{host}")).status_code == 200
        # given back, by whatever name, it is the asset and nothing that is fetched
        body = {
            "prompt": "It moves.",
            "model": "fake",
            "references": [{"kind": "image", "role": "first_frame", "url": asset["url"]}],
        }
        made = client.post("/v1/generations", json=body).json()
        assert made["references"][0]["asset"] == asset["id"]
        with idle.client(idle.make_key(tenant="strangers")) as other:
            assert other.post("/v1/generations", json=body).status_code == 400


def test_messages_to_nobody_in_particular_say_where_we_listen():
    for host, shown in (
        ("127.0.0.1", "http://127.0.0.1:9"),
        ("0.0.0.0", "http://127.0.0.1:9"),
        ("::1", "http://[::1]:9"),
    ):
        settings = Settings.load(public_url="").at(host, 9)
        assert settings.config().public_url == shown and settings.public_url == ""
    assert (
        Settings.load(public_url="https://films.example/").at("127.0.0.1", 9).config().public_url
        == "https://films.example"
    )


@pytest.mark.parametrize("path", ["", "/film"], ids=["taken off by the proxy", "left"])
def test_below_a_path(below, picture, path):
    with below.client() as client:
        asset = client.post(f"{path}/v1/assets", files={"file": picture.read_bytes()}, data={"person": "false"}).json()
        assert asset["url"].startswith("https://example.test/film/media/")
        assert client.get(path + asset["url"].removeprefix("https://example.test/film")).status_code == 200
        made = client.post(f"{path}/v1/generations", json={"prompt": "A ball", "model": "fake"})
        assert made.headers["location"] == f"/film/v1/generations/{made.json()['id']}"
        assert client.get(f"{path}/openapi.json").json()["servers"] == [{"url": "/film"}]
        assert client.get(f"{path}/docs").status_code == client.get(f"{path}/docs/swagger-ui.css").status_code == 200
        # limits and shapes of errors are those of the route
        assert (
            client.post(
                f"{path}/v1/notices", content=b"[" * 200_000, headers={"Content-Type": "application/json"}
            ).status_code
            == 413
        )
        assert client.get(f"{path}/v1/videos/video_nobody").json()["error"]["type"] == "invalid_request_error"
    assert client.base_url and httpx2.get(below.base + "/filmed/v1/engines").status_code == 404


@pytest.mark.parametrize(
    ("send", "status"),
    [
        (lambda client, **more: client.post("/v1/notices", content=b" " * 200_000, **more), 413),
        (
            lambda client, **more: client.post(
                "/v1/generations",
                content=b" " * 100_000,
                **{**more, "headers": {**more["headers"], "Authorization": "Bearer pf_no"}},
            ),
            401,
        ),
        (
            lambda client, **more: client.get(
                "/v1/engines", **{**more, "headers": {**more["headers"], "Authorization": "Bearer pf_no"}}
            ),
            401,
        ),
        (lambda client, **more: client.get("/v1/%00", **more), 400),
    ],
)
def test_a_browser_elsewhere_may_read_every_refusal(below, send, status):
    with below.client() as client:
        answer = send(client, headers={"Origin": "https://app.test"})
        assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (status, "https://app.test")
        assert "X-Request-Id" in answer.headers["access-control-expose-headers"] and answer.headers["x-request-id"]
        with contextlib.suppress(KeyError):
            assert send(client, headers={"Origin": "https://evil.test"}).headers["access-control-allow-origin"] == ""
