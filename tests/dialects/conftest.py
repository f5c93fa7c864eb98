"""A real server on a real socket with its worker, for unmodified clients; and one without a worker, where what is
queued stays queued."""

import functools
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import time
import wave
from dataclasses import dataclass
from pathlib import Path

import httpx2
import numpy as np
import pytest
import uvicorn
from PIL import Image

from phonofilm.cli.serve import _listen
from phonofilm.engines import registry
from phonofilm.jobs.accounts import keys
from phonofilm.jobs.store.database import Database
from phonofilm.media.video import write_clip
from phonofilm.server.app import create_app
from phonofilm.server.settings import Settings
from phonofilm.spec.request import Generate

sys.path.insert(0, str(Path(__file__).parent))

MODELS = {
    "doubao-seedance-2-0-fast-260128": "fake",
    "seedance-1-0-pro-250528": "fake",
    "dreamina-seedance-2-5-260628": "fake",
    "ep-20260101-abcde": "fake",
    "sora-2-pro": "fake",
}
"""Names that mean the engine that takes everything; the others keep the shipped defaults."""


ENGINES = {"native": {}, "animatic": {}, "fake": {}, "fake-failing": {}, "fake-hanging": {}}


@dataclass
class Running:
    base: str
    key: str
    db: Database
    service: object = None

    def client(self, key=None, **more):
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        return httpx2.Client(base_url=self.base, headers=headers, timeout=60, **more)

    def make_key(self, **given):
        return keys.create(self.db, **{"tenant": "main", "user": "somebody", **given})[1]


def start_here(home, **given):
    """A server without a worker in a thread of this process, where tests can look inside; returns it and the call that
    ends it."""
    listener = _listen("127.0.0.1", 0)
    settings = Settings.load(
        home=home, **{"requests_per_minute": 0, "engines": ENGINES, "models": MODELS, "worker": False, **given}
    )
    app = create_app(settings.at("127.0.0.1", listener.getsockname()[1]))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    for _ in range(2400):
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

    service = app.state.service
    return (
        Running(
            base=f"http://127.0.0.1:{listener.getsockname()[1]}",
            key=app.state.first_key,
            db=service.db,
            service=service,
        ),
        stop,
    )


def start_process(home, **given):
    """``phonofilm serve`` with its worker, as users start it; returns it and the call that ends it."""
    home.mkdir(parents=True, exist_ok=True)
    given = {
        "requests_per_minute": 0,
        "engines": ENGINES,
        "models": MODELS,
        "tenant_concurrency": 8,
        "concurrency": 4,
        **given,
    }
    env = {
        **os.environ,
        **{
            f"PHONOFILM_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
            for name, value in given.items()
        },
    }
    log = home / "serve.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "phonofilm", "serve", "--home", str(home), "--port", "0"],
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    for _ in range(2400):
        said = log.read_text(errors="replace")
        base, key = re.search(r"http://127\.0\.0\.1:\d+", said), re.search(r"pf_[a-z0-9]{12}_[A-Za-z0-9]{40,64}", said)
        if base and key:
            break
        assert process.poll() is None, said
        time.sleep(0.05)
    db = Database(f"sqlite:///{home / 'phonofilm.db'}")

    def stop():
        db.close()
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    return Running(base=base[0], key=key[0], db=db), stop


@pytest.fixture(scope="session")
def running(tmp_path_factory, elsewhere):
    """With a worker that publishes the engine's plain file."""
    server, stop = start_process(
        tmp_path_factory.mktemp("home"), package=False, fetch_allow=[elsewhere.removeprefix("http://")]
    )
    yield server
    stop()


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """With a worker that packages, marks and signs."""
    server, stop = start_process(tmp_path_factory.mktemp("whole"))
    yield server
    stop()


@pytest.fixture(scope="session")
def idle(tmp_path_factory, elsewhere):
    """Without a worker: what is queued stays queued."""
    server, stop = start_here(tmp_path_factory.mktemp("idle"), fetch_allow=(elsewhere.removeprefix("http://"),))
    yield server
    stop()


@pytest.fixture
def started(tmp_path):
    """Starts a server with settings of its own."""
    stops = []

    def begin(**given):
        server, stop = start_here(tmp_path / "home", **given)
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


def tone(path, seconds, rate=16_000):
    """A WAV file of a sine."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.sin(np.arange(int(rate * seconds)) / 7) * 9000).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory, picture, clip):
    """Another web server, with beach.png, clip.mp4, eight seconds of tone.wav and a page that calls itself a
    picture."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "beach.png").write_bytes(picture.read_bytes())
    (folder / "clip.mp4").write_bytes(clip.read_bytes())
    tone(folder / "tone.wav", 8)
    (folder / "page.png").write_text("<html>not a picture</html>")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args): ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    yield base
    server.shutdown()
    server.server_close()
