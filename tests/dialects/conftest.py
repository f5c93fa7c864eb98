"""A real server on a real socket with its worker, for unmodified clients; and one without a worker, where what is queued stays queued."""

import functools
import http.server
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
from phonofilm.engines import registry
from phonofilm.jobs import keys
from phonofilm.media.video import write_clip
from phonofilm.server.app import create_app
from phonofilm.server.settings import Settings
from phonofilm.spec.request import Generate

MODELS = {"doubao-seedance-2-0-fast-260128": "fake", "seedance-1-0-pro-250528": "fake", "dreamina-seedance-2-5-260628": "fake", "ep-20260101-abcde": "fake", "sora-2-pro": "fake"}
"""Names that mean the engine that takes everything; the others keep the shipped defaults."""


@dataclass
class Running:
    base: str
    key: str
    app: object
    home: Path

    @property
    def service(self):
        return self.app.state.service

    def client(self, key=None, **more):
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        return httpx2.Client(base_url=self.base, headers=headers, timeout=60, **more)

    def make_key(self, **given):
        return keys.create(self.service.db, **{"tenant": "main", "user": "somebody", **given})[1]


def start(home, **given):
    """A server in a thread; returns it and the call that ends it."""
    listener = _listen("127.0.0.1", 0)
    engines = {"native": {}, "animatic": {}, "fake": {}, "fake-failing": {}, "fake-hanging": {}}
    defaults = {"requests_per_minute": 0, "engines": engines, "models": MODELS, "tenant_concurrency": 4, "package": False}
    settings = Settings.load(home=home, **{**defaults, **given}).at("127.0.0.1", listener.getsockname()[1])
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    for _ in range(1200):
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


@pytest.fixture(scope="session")
def running(tmp_path_factory, elsewhere):
    """With a worker that publishes the engine's plain file."""
    server, stop = start(tmp_path_factory.mktemp("home"), fetch_allow=(elsewhere.removeprefix("http://"),))
    yield server
    stop()


@pytest.fixture(scope="session")
def whole(tmp_path_factory, elsewhere):
    """With a worker that packages, marks and signs."""
    server, stop = start(tmp_path_factory.mktemp("whole"), package=True, fetch_allow=(elsewhere.removeprefix("http://"),))
    yield server
    stop()


@pytest.fixture(scope="session")
def idle(tmp_path_factory, elsewhere):
    server, stop = start(tmp_path_factory.mktemp("idle"), worker=False, fetch_allow=(elsewhere.removeprefix("http://"),))
    yield server
    stop()


@pytest.fixture
def started(tmp_path):
    """Starts a server with settings of its own."""
    stops = []

    def begin(**given):
        server, stop = start(tmp_path / "home", **given)
        stops.append(stop)
        return server

    yield begin
    for stop in stops:
        stop()


@pytest.fixture(scope="session")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "beach.png"
    pixels = np.random.default_rng(5).integers(0, 255, (360, 640, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """Four seconds at 854 x 480."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    request = Generate(prompt="A square.", seconds=4, engine="fake")
    made = registry.load("fake").generate(request)
    write_clip(path, made.frames, made.sound, rate=made.rate)
    return path


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory, picture, clip):
    """Another web server, with beach.png, clip.mp4 and a page that calls itself a picture."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "beach.png").write_bytes(picture.read_bytes())
    (folder / "clip.mp4").write_bytes(clip.read_bytes())
    (folder / "page.png").write_text("<html>not a picture</html>")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args): ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    yield base
    server.shutdown()
    server.server_close()


def waited(look, ended, seconds=120):
    """What ``look()`` gives once ``ended`` says so."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if ended(found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"after {seconds} s still {found}")
