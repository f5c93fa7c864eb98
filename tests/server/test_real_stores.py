"""The whole service on what it runs on: SQLite and a folder, and a real PostgreSQL with a real S3 protocol server and a
worker of its own."""

import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx2
import pytest

from ..jobs import postgres
from .conftest import finished, start

MARK = "5a" * 32
"""The watermark's key, which the machines of one installation share."""
BODY = {"prompt": 'A red ball bounces. A girl says: "Catch!"', "model": "fake", "duration": 4, "seed": 3}


@dataclass
class Stores:
    """Where a service keeps its rows and files."""

    given: dict[str, str] = field(default_factory=dict)
    s3: object = None

    def keys(self, home):
        """Of every file stored."""
        if self.s3 is None:
            return {str(path.relative_to(home / "files")) for path in (home / "files").rglob("*") if path.is_file()}
        return {
            one["Key"].removeprefix("clips/") for one in self.s3.list_objects_v2(Bucket="phonofilm").get("Contents", ())
        }


@pytest.fixture(params=["sqlite and a folder", "postgres and s3"])
def stores(request, monkeypatch):
    if request.param.startswith("sqlite"):
        yield Stores()
        return
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed; install it with: apt-get install postgresql")
    moto = pytest.importorskip("moto.server", reason="the S3 server is missing; install the dev extra")
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing-secret")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        s3 = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
        s3.create_bucket(Bucket="phonofilm")
        with postgres.cluster() as socket, postgres.database(socket) as url:
            yield Stores(
                given={"database_url": url, "bucket": f"s3://phonofilm/clips?endpoint=http://{host}:{port}"}, s3=s3
            )
    finally:
        server.stop()


class Worker:
    """``phonofilm worker`` in a process of its own, as on another machine."""

    def __init__(self, home, given):
        more = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", value)]
        command = [sys.executable, "-m", "phonofilm", "worker", "--home", str(home), "--log-level", "warning", *more]
        environment = {
            **os.environ,
            "PHONOFILM_ENGINES": '{"fake": {}}',
            "PHONOFILM_QUEUE_POLL": "0.1",
            "PHONOFILM_WATERMARK_KEY": MARK,
        }
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        watchdog = threading.Timer(300, self.process.kill)
        watchdog.start()
        said = self.process.stdout.readline()
        watchdog.cancel()
        assert "walks" in said, (said, self.process.communicate(timeout=60))

    def end(self):
        self.process.terminate()
        _, errors = self.process.communicate(timeout=120)
        return self.process.returncode, errors


def test_a_clip_is_made_fetched_and_deleted_and_outlives_a_restart(stores, tmp_path):
    home = tmp_path / "home"
    server, stop = start(home, engines={"fake": {}}, watermark_key=MARK, **stores.given)
    try:
        with server.client() as client:
            made = client.post("/v1/generations", json=BODY, headers={"Idempotency-Key": "one"}).json()["id"]
            got = finished(client, made)
            assert got["state"] == "succeeded", got["error"]
            files = {file["name"]: file for file in got["outputs"]}
            # the clip through its signed link, whole and in part, and through the API with the key
            link = files["video.mp4"]["url"]
            assert urlsplit(link).netloc == urlsplit(server.base).netloc, "a link of ours, which can be taken back"
            clip = httpx2.get(link, timeout=60).content
            assert len(clip) == files["video.mp4"]["bytes"] and clip[4:8] == b"ftyp"
            part = httpx2.get(link, headers={"Range": "bytes=4-7"}, timeout=60)
            assert (part.status_code, part.content) == (206, b"ftyp")
            assert client.get(f"/v1/generations/{made}/content", follow_redirects=True).content == clip
            # the stream: playlists come from us with every address in them signed
            master = httpx2.get(files["hls/master.m3u8"]["url"], timeout=60)
            assert master.status_code == 200 and master.text.startswith("#EXTM3U")
            rung = urljoin(
                str(master.url), next(line for line in master.text.splitlines() if line and not line.startswith("#"))
            )
            playlist = httpx2.get(rung, timeout=60).text
            pieces = [
                re.search(r'URI="([^"]+)"', playlist)[1],
                *(line for line in playlist.splitlines() if line and not line.startswith("#")),
            ]
            assert len(pieces) >= 2 and [
                httpx2.get(urljoin(rung, piece), timeout=60).status_code for piece in pieces
            ] == [200] * len(pieces)
            assert "Catch!" in httpx2.get(files["subtitles.vtt"]["url"], timeout=60).text
            verdict = client.post("/v1/verify", files={"file": clip}).json()
            assert (
                verdict["made_here"]
                and verdict["generation"]["id"] == made
                and verdict["picture"]["found"]
                and verdict["sound"]["found"]
            ), verdict
            assert client.get("/readyz").status_code == 200
            kept = stores.keys(home)
            assert len([key for key in kept if made in key]) == len(files)
    finally:
        stop()

    # another process takes over: nothing is forgotten, and what waits is walked by a worker elsewhere
    again, stop = start(home, engines={"fake": {}}, watermark_key=MARK, worker=False, **stores.given)
    try:
        with again.client(server.key) as client:
            assert client.post("/v1/generations", json=BODY, headers={"Idempotency-Key": "one"}).json()["id"] == made
            after = client.get(f"/v1/generations/{made}").json()
            assert (after["state"], after["finished"], after["result"]) == ("succeeded", got["finished"], got["result"])
            assert client.get(f"/v1/generations/{made}/content", follow_redirects=True).content == clip
            waiting = client.post("/v1/generations", json={**BODY, "seed": 4}).json()["id"]
            assert client.get(f"/v1/generations/{waiting}").json()["state"] == "queued"
            worker = Worker(home if stores.s3 is None else tmp_path / "elsewhere", stores.given)
            try:
                assert finished(client, waiting)["state"] == "succeeded"
            finally:
                code, errors = worker.end()
            assert code == 0 and "Traceback" not in errors, errors
            events = client.get(f"/v1/generations/{waiting}/events").text
            assert events.count("event: generation.succeeded") == 1
            listed = client.get("/v1/generations").json()
            assert listed["total"] == 2 and [one["id"] for one in listed["data"]] == [waiting, made]
            assert client.get("/v1/generations", params={"search": "BOUNCES"}).json()["total"] == 2
            assert client.get("/v1/usage").json()["generations"] == {"succeeded": 2}
            verdict = client.post(
                "/v1/verify",
                files={"file": client.get(f"/v1/generations/{waiting}/content", follow_redirects=True).content},
            ).json()
            assert verdict["generation"]["id"] == waiting, verdict

            # deleted: the row says so, the files are gone, the other clip's stay
            assert client.delete(f"/v1/generations/{made}").json() == {"id": made, "deleted": True}
            until = time.monotonic() + 30
            while any(made in key for key in stores.keys(home)) and time.monotonic() < until:
                time.sleep(0.1)
            left = stores.keys(home)
            assert not [key for key in left if made in key] and [key for key in left if waiting in key]
            assert client.get(f"/v1/generations/{made}/content").status_code in (404, 410)
            link = urlsplit(link)._replace(netloc=urlsplit(again.base).netloc).geturl()  # our port is another one now
            assert httpx2.get(link, timeout=60).status_code in (404, 410)
            assert client.get("/v1/generations").json()["total"] == 1
    finally:
        stop()
