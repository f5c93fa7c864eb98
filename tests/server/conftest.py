"""A real server on a real socket, its worker beside it, and real HTTP clients."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx2
import numpy as np
import pytest
import uvicorn
from PIL import Image

from phonofilm.cli.serve import _listen
from phonofilm.jobs.accounts import keys
from phonofilm.server.app import create_app
from phonofilm.server.settings import Settings

ENDED = ("succeeded", "failed", "cancelled", "expired", "unknown_outcome", "removed")


@dataclass
class Running:
    base: str
    key: str
    app: object
    home: Path

    def client(self, key=None, **more):
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        return httpx2.Client(base_url=self.base, headers=headers, timeout=60, **more)

    def make_key(self, **given):
        return keys.create(self.app.state.service.db, **{"tenant": "main", "user": "somebody", **given})[1]


def start(home, **given):
    """A server in a thread; returns it and the call that ends it."""
    listener = _listen("127.0.0.1", 0)
    given = {
        "requests_per_minute": 0,
        "engines": {"fake": {}, "animatic": {}},
        "default_model": "fake",
        "events_poll": 0.05,
        **given,
    }
    settings = Settings.load(home=home, **given).at("127.0.0.1", listener.getsockname()[1])
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    for _ in range(6000):
        if server.started:
            break
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.05)

    def stop():
        app.state.stopping.set()
        server.should_exit = True
        thread.join(30)
        listener.close()
        assert not thread.is_alive()

    key = app.state.first_key or keys.create(app.state.service.db, tenant="main", user="owner", scopes=keys.SCOPES)[1]
    return Running(base=f"http://127.0.0.1:{listener.getsockname()[1]}", key=key, app=app, home=Path(home)), stop


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    server, stop = start(tmp_path_factory.mktemp("home"))
    yield server
    stop()


@pytest.fixture(scope="module")
def idle(tmp_path_factory):
    """Without a worker: what is queued stays queued."""
    server, stop = start(tmp_path_factory.mktemp("idle"), worker=False)
    yield server
    stop()


@pytest.fixture(scope="session")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "beach.png"
    pixels = np.random.default_rng(5).integers(0, 255, (360, 640, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def finished(client, generation, seconds=300):
    """The generation, once it has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        got = client.get(f"/v1/generations/{generation}").json()
        if got["state"] in ENDED:
            return got
        time.sleep(0.1)
    raise AssertionError(f"still {got['state']} in {got['step']} after {seconds} s")
