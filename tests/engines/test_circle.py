"""The whole circle: our remote engines against our own dialects, over a real socket, with a real worker behind them."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.plain import run
from PIL import Image

from phonofilm.engines.base import CANNOT, Declined
from phonofilm.engines.remote.ark import ArkEngine
from phonofilm.engines.remote.calls import Line
from phonofilm.engines.remote.videos_api import VideosApiEngine
from phonofilm.media.video import read_clip
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate

uvicorn = pytest.importorskip("uvicorn")
pytest.importorskip("fastapi")
pytest.importorskip("dbos")

ASKED = Generate(prompt="A red ball bounces on a beach", seconds=4, seed=11)
LINE = Line(limit=240.0, first_pause=0.2)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A service of ours with a worker: (address, key)."""
    from phonofilm.cli.serve import _listen
    from phonofilm.jobs.accounts import keys
    from phonofilm.server.app import create_app
    from phonofilm.server.settings import Settings

    listener = _listen("127.0.0.1", 0)
    given = {
        "requests_per_minute": 0,
        "engines": {"fake": {}, "fake-failing": {}, "fake-hanging": {}},
        "default_model": "fake",
        "package": False,
        "tenant_concurrency": 4,
    }
    settings = Settings.load(home=tmp_path_factory.mktemp("home"), **given).at("127.0.0.1", listener.getsockname()[1])
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    for _ in range(2400):
        if server.started:
            break
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.05)
    key = app.state.first_key or keys.create(app.state.service.db, tenant="main", user="owner", scopes=keys.SCOPES)[1]
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", key
    app.state.stopping.set()
    server.should_exit = True
    thread.join(30)
    listener.close()


@pytest.fixture
def make(house):
    """Engines of both kinds on the house, closed at the end."""
    address, key = house
    made = []

    def engine(kind, model="fake", **more):
        if kind == "ark":
            made.append(
                ArkEngine(
                    "far",
                    model=model,
                    base_url=f"{address}/api/v3",
                    key=key,
                    line=LINE,
                    video_data=True,
                    settle=0.2,
                    **more,
                )
            )
        else:
            made.append(
                VideosApiEngine(
                    "far", model=model, base_url=f"{address}/v1", server="phonofilm", key=key, line=LINE, **more
                )
            )
        return made[-1]

    yield engine
    for one in made:
        one.close()


@pytest.mark.parametrize("kind", ["ark", "videos"])
def test_a_clip_goes_round(make, kind, tmp_path):
    engine = make(kind)
    result = run(ASKED, tmp_path / "a.mp4", engine=engine)
    clip = read_clip(tmp_path / "a.mp4")
    assert len(clip.frames) == result.n_frames == 97 and clip.has_sound and np.abs(clip.sound).max() > 0.1
    number = result.details["vendor_id"]
    assert number.startswith({"ark": "cgt-", "videos": "video_"}[kind])
    assert engine.poll(number).state == "succeeded"
    assert not engine.cancel(number)  # finished: kept, not thrown away
    engine.fetch(number, tmp_path / "again.mp4")
    assert (tmp_path / "again.mp4").read_bytes() == (tmp_path / "a.mp4").read_bytes()


def test_a_submit_is_found_again_by_its_tag(make):
    engine = make("ark")
    number = engine.submit(ASKED, "a-tag-of-ours")
    assert engine.find("a-tag-of-ours") == number
    assert engine.find("never-sent") is None
    assert make("videos").find("a-tag-of-ours") == CANNOT


def test_our_own_server_takes_a_repeated_tag_for_one_task(make):
    engine = make("videos", repeatable=True)
    first = engine.submit(ASKED, "the-same")
    engine._given.clear()
    assert engine.submit(ASKED, "the-same") == first


@pytest.mark.parametrize("kind", ["ark", "videos"])
def test_a_failure_over_there_is_told_here(make, kind, tmp_path):
    with pytest.raises(Declined) as error:
        run(ASKED, tmp_path / "a.mp4", engine=make(kind, "fake-failing"))
    assert error.value.code == "engine_failed" and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["ark", "videos"])
def test_a_key_that_is_none(make, kind, house):
    engine = make(kind)
    engine.calls.key = "pf_nobody_nothing"
    with pytest.raises(Declined) as error:
        engine.submit(ASKED, "t")
    assert error.value.code == "engine_unavailable" and "pf_nobody" not in str(error.value)


@pytest.mark.parametrize("kind", ["ark", "videos"])
def test_a_picture_goes_along(make, kind, tmp_path):
    Image.fromarray(np.full((400, 600, 3), 90, np.uint8)).save(tmp_path / "beach.png")
    first = Reference(kind="image", role="first_frame", path=str(tmp_path / "beach.png"), person=False)
    engine = make(kind)
    number = engine.submit(replace(ASKED, references=(first,)), f"with-a-picture-{kind}")
    assert engine.poll(number).state in ("queued", "running", "succeeded")
