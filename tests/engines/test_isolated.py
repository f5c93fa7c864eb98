"""A process of its own: what happens there stays there."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from benchmarks.plain import run

from phonofilm.engines.base import Crashed, Maker
from phonofilm.engines.fake import FakeEngine
from phonofilm.engines.isolated import wire
from phonofilm.engines.isolated.parent import Isolated
from phonofilm.engines.offered import Engines
from phonofilm.errors import Blocked, EngineError, FetchError, PromptError, RequestError
from phonofilm.media.video import read_clip, write_clip
from phonofilm.spec import plain
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate

ASKED = Generate(prompt="A ball", seconds=4, engine="fake", seed=5)
HERE = Path(__file__).parent


@pytest.fixture
def apart(monkeypatch):
    """Makes isolated engines, odd ones by what is odd about them; ends them afterwards."""
    path = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), *([path] if path else [])]))
    made = []

    def make(odd=None, name="fake", **options):
        if odd is not None:
            name, options = (
                "odd",
                {
                    "where": "odd_engines:OddEngine",
                    "settings": {"odd": odd},
                    "capability": FakeEngine().capability(),
                    **options,
                },
            )
        made.append(Isolated(name, **options))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


def gone(pid, seconds=10.0):
    """Has the process ended (waiting a little)?"""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_the_same_clip_as_in_this_process_and_the_process_stays_warm(apart, tmp_path):
    engine, stages = apart(""), []
    assert isinstance(engine, Maker) and engine.pid is None
    result = run(ASKED, tmp_path / "a.mp4", engine=engine, progress=lambda p: stages.append(p.stage))
    here = FakeEngine().generate(ASKED)
    write_clip(tmp_path / "b.mp4", here.frames, here.sound, rate=here.rate)
    assert np.array_equal(read_clip(tmp_path / "a.mp4").frames, read_clip(tmp_path / "b.mp4").frames)
    assert (result.n_frames, result.size, result.rate, result.sound.shape) == (97, (854, 480), 24_000, (2, 97_000))
    assert np.corrcoef(result.sound[0], here.sound[0])[0, 1] > 0.9
    assert stages[-1] == "write" and "draw" in stages
    first = engine.pid
    again = engine.generate(ASKED)
    assert again.path is None and sum(1 for _ in again.frames) == 97
    assert engine.pid == first == result.details["pid"] != os.getpid()


def test_killed_in_the_middle_the_attempt_fails_and_the_next_one_works(apart, tmp_path):
    engine = apart(name="fake-slow")
    seen = threading.Event()

    def kill():
        seen.wait(60)
        os.kill(engine.pid, signal.SIGKILL)

    threading.Thread(target=kill).start()
    with pytest.raises(Crashed, match="killed"):
        engine.make(ASKED, tmp_path / "a.mp4", progress=lambda p: seen.set())
    assert list(tmp_path.iterdir()) == []
    assert engine.make(ASKED, tmp_path / "a.mp4").path == tmp_path / "a.mp4"


def test_killed_between_two_clips_nobody_notices(apart, tmp_path):
    engine = apart("")
    engine.make(ASKED, tmp_path / "a.mp4")
    pid = engine.pid
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    until = time.monotonic() + 20
    while engine.pid is not None and time.monotonic() < until:  # a zombie until its last thread is gone
        time.sleep(0.01)
    engine.make(ASKED, tmp_path / "b.mp4")
    assert engine.pid != pid


def test_out_of_memory_is_a_failed_attempt(apart, tmp_path):
    engine = apart("eats", memory=1_000_000_000)
    with pytest.raises(EngineError, match=r"out of memory|allocate"):
        engine.make(ASKED, tmp_path / "a.mp4")
    assert engine.pid is None  # a new process next time


def test_an_exit_is_a_failed_attempt(apart, tmp_path):
    with pytest.raises(Crashed, match="status 3"):
        apart("exits").make(ASKED, tmp_path / "a.mp4")


def test_errors_keep_their_kind(apart, tmp_path):
    with pytest.raises(PromptError, match=r"ends too late \(at character 7\)"):
        apart("prompt").make(ASKED, tmp_path / "a.mp4")
    with pytest.raises(EngineError, match="a bug"):
        apart("value").make(ASKED, tmp_path / "a.mp4")


def test_what_a_library_prints_does_no_harm(apart, tmp_path):
    assert apart("prints").make(ASKED, tmp_path / "a.mp4").n_frames == 97


def test_a_cancel_is_heard(apart, tmp_path):
    engine, seen = apart(name="fake-hanging"), threading.Event()
    threading.Timer(2.0, seen.set).start()
    with pytest.raises(EngineError, match="cancelled"):
        engine.make(ASKED, tmp_path / "a.mp4", cancel=seen.is_set)
    assert engine.pid is not None  # it listened: it may live


def test_who_does_not_hear_a_cancel_is_ended(apart, tmp_path):
    engine, started = apart("deaf", grace=0.5), time.monotonic()
    with pytest.raises(EngineError, match="cancelled"):
        engine.make(ASKED, tmp_path / "a.mp4", cancel=lambda: time.monotonic() > started + 1)
    assert engine.pid is None


def test_who_never_ends_is_ended(apart, tmp_path):
    engine = apart("deaf", limit=1.0)
    with pytest.raises(EngineError, match="did not finish in 1 s"):
        engine.make(ASKED, tmp_path / "a.mp4")
    assert engine.pid is None


def test_two_requests_take_turns_and_a_waiting_one_can_be_cancelled(apart, tmp_path):
    engine, done = apart(name="fake-slow"), []

    def make(name):
        engine.make(ASKED, tmp_path / name)
        done.append(name)

    threads = [threading.Thread(target=make, args=(name,)) for name in ("a.mp4", "b.mp4")]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    with pytest.raises(EngineError, match="cancelled"):
        engine.make(ASKED, tmp_path / "c.mp4", cancel=lambda: True)
    for thread in threads:
        thread.join()
    assert sorted(done) == ["a.mp4", "b.mp4"] and sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4"]


def test_the_process_gets_none_of_the_services_secrets(apart, tmp_path, monkeypatch):
    for name in ("ARK_API_KEY", "PHONOFILM_DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD", "HF_TOKEN", "LANG"):
        monkeypatch.setenv(name, "x")
    names = apart("").make(ASKED, tmp_path / "a.mp4").details["environment"]
    assert {"HF_TOKEN", "LANG", "PYTHONPATH"} <= set(names)
    assert not {"ARK_API_KEY", "PHONOFILM_DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD"} & set(names)


def test_it_ends_when_its_parent_dies(tmp_path):
    code = (
        "import sys, threading, time\nfrom phonofilm.engines.isolated.parent import Isolated\nfrom"
        " phonofilm.spec.request import Generate\nengine = Isolated('fake-hanging')\nthreading.Thread(target=lambda:"
        " engine.generate(Generate(prompt='A ball', seconds=4)), daemon=True).start()\nwhile engine.pid is None:"
        " time.sleep(0.01)\ntime.sleep(1)\nprint(engine.pid, flush=True)\ntime.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        child = int(parent.stdout.readline())
        assert not gone(child, 0.5)
    finally:
        parent.kill()
        parent.wait()
    assert gone(child)


def test_a_service_asks_what_native_can_without_loading_it():
    code = (
        "import sys\nfrom phonofilm.engines.offered import Engines\nengines = Engines([{'name': 'ltx', 'kind':"
        " 'diffusers', 'family': 'ltx2', 'model': '/m', 'licence': 'LTX-2.x Community License'}])\nprint([c.engine for"
        " c in engines.capabilities()], type(engines.get('native')).__name__)\nbad = [name for name in ('torch',"
        " 'diffusers', 'transformers') if name in sys.modules]\nassert not bad, bad"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "'native'" in done.stdout and "'ltx'" in done.stdout and done.stdout.strip().endswith("Isolated")


def test_errors_cross_the_line_with_all_they_say():
    for error in (
        RequestError("too long", field="seconds"),
        Blocked("no", code="output_blocked", field="prompt"),
        FetchError("gone", "timeout"),
    ):
        told = wire.error_in(json.loads(json.dumps(wire.error_out(error))), "fake")
        assert (type(told), str(told), told.code, told.field) == (type(error), str(error), error.code, error.field)
        assert getattr(told, "reason", None) == getattr(error, "reason", None)
    stranger = wire.error_in(wire.error_out(ValueError("a bug")), "fake")
    assert type(stranger) is EngineError and "a bug" in str(stranger) and stranger.field is None


def test_requests_cross_the_line_unchanged():
    references = (
        Reference(kind="image", name="face", strength=0.5, path="/x.png", person=False),
        Reference(kind="video", role="source", path="/y.mp4"),
    )
    request = Generate(
        prompt="Grüße 你好", seconds=6.5, seed=9, task="edit", references=references, sound=False, edit_strength=0.25
    )
    assert plain.from_plain(json.loads(json.dumps(plain.to_plain(request)))) == request
    settings = {"weights": Path("/w.safetensors"), "adjust": {"sound": True}, "n": 3}
    assert wire.settings_in(wire.settings_out(settings)) == settings


def test_licences_are_accepted_by_name():
    entry = {"name": "h3", "kind": "diffusers", "family": "minimax-h3", "model": "/m"}
    with pytest.raises(RequestError, match="MiniMax H3 Community License"):
        Engines([entry]).get("h3")
    assert Engines([{**entry, "licence": "MiniMax H3 Community License"}]).get("h3").capability().engine == "h3"
