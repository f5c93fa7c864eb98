"""``phonofilm serve`` as people start it: from the command line, killed in the middle, and started again."""

import os
import re
import signal
import subprocess
import sys
import threading
import time

import httpx2
import pytest

from phonofilm.cli.main import main

from .conftest import finished

ANIMATIC = (
    'A boy in a red hoodie is on a beach at sunset. [0-2s] The boy waves. [2-4s] Close-up of the boy. He says: "What an'
    ' evening!"'
)


class Serving:
    """A server in a process of its own."""

    def __init__(self, home, *more, port=0):
        command = [
            sys.executable,
            "-m",
            "phonofilm",
            "serve",
            "--home",
            str(home),
            "--port",
            str(port),
            "--log-level",
            "warning",
            *more,
        ]
        environment = {**os.environ, "PHONOFILM_REQUESTS_PER_MINUTE": "0", "PHONOFILM_EVENTS_POLL": "0.05"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        self.said, self.base, self.key = [], "", ""
        watchdog = threading.Timer(400, self.process.kill)
        watchdog.start()
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.search(r"serves at (http://\S+)", line):
                self.base = found[1]
            if found := re.search(r"(pf_\S+)", line):
                self.key = found[1]
            if self.base and (self.key or os.path.exists(os.path.join(home, "again"))):
                break
        watchdog.cancel()
        assert self.base, (self.said, self.process.stderr.read())

    def client(self, key=""):
        return httpx2.Client(base_url=self.base, headers={"Authorization": f"Bearer {key or self.key}"}, timeout=120)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=240)
        return self.process.returncode, errors


@pytest.fixture
def serve():
    """Starts servers; none outlives the test."""
    started = []

    def start(*arguments):
        started.append(Serving(*arguments))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate(timeout=60)


@pytest.mark.nightly
def test_a_generation_survives_a_kill_and_the_clip_is_served(tmp_path, serve):
    serving = serve(tmp_path)
    with serving.client() as client:
        body = {"prompt": ANIMATIC, "model": "animatic", "duration": 4, "seed": 2}
        job = client.post("/v1/generations", json=body, headers={"Idempotency-Key": "one"}).json()["id"]
        with client.stream("GET", f"/v1/generations/{job}/events") as stream:
            for line in stream.iter_lines():
                if line.startswith("event: generation.running"):
                    break
    serving.end(signal.SIGKILL)
    (tmp_path / "again").touch()
    again = serve(tmp_path)
    try:
        assert not again.key, "the first key is shown once"
        with again.client(serving.key) as client:
            got = finished(client, job, 240)
            assert got["state"] == "succeeded", got["error"]
            assert client.post("/v1/generations", json=body, headers={"Idempotency-Key": "one"}).json()["id"] == job
            assert client.get("/v1/generations").json()["total"] == 1
            files = {file["name"]: file["url"] for file in got["outputs"]}
            assert client.get(files["video.mp4"]).content[4:8] == b"ftyp"
            assert client.get(files["hls/master.m3u8"]).text.startswith("#EXTM3U")
            assert "What an evening!" in client.get(files["subtitles.vtt"]).text
            assert [client.get(path).status_code for path in ("/livez", "/readyz", "/docs", "/openapi.json")] == [
                200
            ] * 4
    finally:
        code, errors = again.end()
    assert code == 0 and "Traceback" not in errors, errors
    assert serving.key not in errors


def test_keys_from_the_command_line(tmp_path, capsys):
    assert main(["keys", "create", "--home", str(tmp_path), "--tenant", "acme", "--user", "ana", "--days", "2"]) == 0
    key = capsys.readouterr().out.strip()
    assert re.fullmatch(r"pf_[a-z0-9]{12}_[A-Za-z0-9]{46}", key)
    assert main(["keys", "list", "--home", str(tmp_path)]) == 0
    listed = capsys.readouterr().out
    assert "acme" in listed and "good" in listed and key.split("_")[2] not in listed
    assert main(["keys", "revoke", "--home", str(tmp_path), key.split("_")[1]]) == 0
    main(["keys", "list", "--home", str(tmp_path), "--tenant", "acme"])
    assert "revoked" in capsys.readouterr().out
    for wrong in (
        ["revoke", "nobody"],
        ["create", "--scopes", "rule"],
        ["create", "--tenant", "A B"],
        ["create", "--days", "-1"],
    ):
        assert main(["keys", wrong[0], "--home", str(tmp_path), *wrong[1:]]) == 2
        assert capsys.readouterr().err.startswith("phonofilm: ")


@pytest.mark.parametrize(
    ("arguments", "environment", "file", "says"),
    [
        (["--port", "70000"], {}, "", "port"),
        ([], {"PHONOFILM_PROFILE": "mars"}, "", "profile"),
        ([], {"PHONOFILM_ENGINES": "{"}, "", "engines"),
        ([], {}, "prot = 1\n", "prot"),
        ([], {}, "port = \n", "phonofilm.toml"),
        (["--bucket", "ftp://x"], {}, "", "bucket"),
        (["--database-url", "mysql://x/y"], {}, "", "database"),
        (["--host", "256.1.1.1"], {}, "", "--host"),
    ],
)  # fmt: skip
def test_settings_that_are_wrong_are_one_line(tmp_path, monkeypatch, capsys, arguments, environment, file, says):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if file:
        (tmp_path / "phonofilm.toml").write_text(file)
    assert main(["serve", "--home", str(tmp_path), *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("phonofilm: ") and said.count("\n") == 1 and says in said, said


def test_a_taken_port_is_one_line(idle, tmp_path, capsys):
    assert main(["serve", "--home", str(tmp_path), "--port", idle.base.rpartition(":")[2]]) == 2
    assert "choose another --port" in capsys.readouterr().err


def test_small_answers_do_not_wait_for_an_acknowledgement(running):
    with running.client() as client:
        client.get("/livez")
        took = []
        for _ in range(40):
            begun = time.perf_counter()
            client.get("/livez")
            took.append(time.perf_counter() - begun)
    assert sorted(took)[10] < 0.03  # an answer held back by Nagle's algorithm takes 40 ms
