"""Who says for whom he asks: headers of the proxies that the operator names, and nobody else's."""

import json
import threading
import time

import httpx2
import pytest
import uvicorn

from phonofilm.cli.serve import _listen, _transport
from phonofilm.server.settings import Settings

TOLD = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}


async def mirror(scope, receive, send):
    """Says whom it takes the caller for."""
    if scope["type"] == "http":
        body = json.dumps([scope["client"][0], scope["scheme"]]).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [
        ((), ["127.0.0.1", "http"]),
        (("10.0.0.1",), ["127.0.0.1", "http"]),
        (("10.0.0.1", "127.0.0.0/8"), ["203.0.113.7", "https"]),
        (("127.0.0.1",), ["203.0.113.7", "https"]),
    ],
)
def test_forwarded_headers_count_from_trusted_proxies_alone(tmp_path, proxies, seen):
    listener = _listen("127.0.0.1", 0)
    server = uvicorn.Server(_transport(mirror, Settings.load(home=tmp_path, trusted_proxies=proxies)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        base = "http://{}:{}".format(*listener.getsockname())
        assert httpx2.get(base, headers=TOLD).json() == seen
        assert httpx2.get(base).json() == ["127.0.0.1", "http"]
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()


def test_nobody_is_trusted_by_default(tmp_path):
    assert Settings.load(home=tmp_path).trusted_proxies == ()
