"""What callers see when the house is in trouble, and the small promises of the server's edge."""

import errno
import os
import time
from types import SimpleNamespace

import httpx2
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from phonofilm.cli import serve as command
from phonofilm.errors import StorageError
from phonofilm.jobs.config import Config
from phonofilm.jobs.notify import webhook
from phonofilm.jobs.notify.post import Answer
from phonofilm.jobs.run import retention
from phonofilm.jobs.run.queue import make_url, steps_engine
from phonofilm.jobs.service import Service
from phonofilm.jobs.store.database import Database, now
from phonofilm.jobs.store.tables import Delivery, Event, Job, Output
from phonofilm.storage.bucket import Bucket

from .conftest import start

BODY = {"prompt": "A red ball bounces.", "model": "fake", "duration": 4}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of its own, whose parts the tests break."""
    made, stop = start(tmp_path_factory.mktemp("trouble"), worker=False)
    yield made
    stop()


def row(server, job, **values):
    with server.app.state.service.db.session() as session:
        session.execute(update(Job).where(Job.id == job).values(**values))


def published(server, client, **more):
    """A generation that has ended with a file, without having been made."""
    service = server.app.state.service
    job = client.post("/v1/generations", json={**BODY, **more}).json()["id"]
    key = f"main/2026/11/{job}/t/video.mp4"
    stored = service.bucket.put(key, b"x" * 3_000_000, "video/mp4")
    with service.db.session() as session:
        session.add(
            Output(
                id=f"out_{job}",
                job=job,
                name="video.mp4",
                key=key,
                content_type="video/mp4",
                bytes=stored.bytes,
                sha256=stored.sha256,
            )
        )
    row(server, job, state="succeeded", finished=time.time(), result={"seconds": 4.0})
    return job, key


def away(*_args, **_more):
    raise StorageError("'main/x' could not be read in s3://clips (http://10.0.0.9:9000 refused the connection)")


def test_ready_means_that_a_write_works(server, monkeypatch):
    service = server.app.state.service
    written = []
    monkeypatch.setattr(service.bucket, "check", lambda: written.append(1))
    time.sleep(2.1)
    began = time.monotonic()
    with server.client() as client:
        answers = [client.get("/readyz") for _ in range(20)]
    most = 1 + int((time.monotonic() - began) / 2)  # once in two seconds, however slow the machine is
    assert {answer.status_code for answer in answers} == {200} and 1 <= len(written) <= most < 20, (
        "asking often writes once"
    )
    assert answers[0].json()["checks"] | {"worker": ""} == {"database": "ok", "bucket": "ok", "worker": ""}
    monkeypatch.setattr(service.bucket, "check", away)
    monkeypatch.setattr(service.tools.house, "disk", lambda: os.strerror(errno.ENOSPC))
    time.sleep(2.1)
    answer = httpx2.get(f"{server.base}/readyz", timeout=60)
    assert (
        answer.status_code == 503 and answer.json()["checks"]["disk"] == answer.json()["checks"]["bucket"] == "failed"
    )
    assert "10.0.0.9" not in answer.text and str(server.home) not in answer.text


def test_a_file_in_a_bucket_that_is_away_is_503_before_the_answer_begins(server, monkeypatch):
    with server.client() as client:
        job, _ = published(server, client)
        whole = client.get(f"/v1/generations/{job}/content")
        assert whole.content == b"x" * 3_000_000
        part = client.get(f"/v1/generations/{job}/content", headers={"Range": "bytes=1048570-1048585"})
        assert (part.status_code, part.content) == (206, b"x" * 16)
        monkeypatch.setattr(server.app.state.service.bucket, "part", away)
        answer = client.get(f"/v1/generations/{job}/content")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage_failed") and int(
            answer.headers["retry-after"]
        ) > 0
        assert "10.0.0.9" not in answer.text and "s3://" not in answer.text


def test_a_disk_or_database_in_trouble_is_503_in_every_dialect(server, monkeypatch):
    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(server.home / "scratch" / "x"))

    def gone(*_args, **_more):
        raise OperationalError("SELECT", {}, Exception("connection to server at 10.0.0.8 failed"))

    task = {"model": "fake", "content": [{"type": "text", "text": "A ball."}]}
    with server.client() as client:
        for broken, native in ((full, "storage_failed"), (gone, "database_unavailable")):
            for name in ("submit", "list", "add_asset"):
                monkeypatch.setattr(Service, name, broken)
            answers = {
                "native": client.post("/v1/generations", json=BODY), "list": client.get("/v1/generations"),
                "openai": client.post("/v1/videos", json={"prompt": "A ball.", "model": "fake"}),
                "videos": client.get("/v1/videos"),
                "upload": client.post("/v1/assets", files={"file": b"\x89PNG\r\n\x1a\n"}),
                "ark": client.post("/api/v3/contents/generations/tasks", json=task),
            }  # fmt: skip
            statuses = {name: answer.status_code for name, answer in answers.items()}
            assert statuses.pop("ark") >= 500 and set(statuses.values()) == {503}, (statuses, answers["ark"].text)
            assert answers["native"].json()["error"]["code"] == native
            assert not any("10.0.0.8" in answer.text or str(server.home) in answer.text for answer in answers.values())


def test_a_video_deleted_while_it_runs_is_gone_at_once_and_for_good(server):
    service = server.app.state.service
    with server.client() as client:
        video = client.post("/v1/videos", json={"prompt": "A ball.", "model": "fake"}).json()["id"]
        with service.db.reading() as session:
            job = session.scalars(select(Job.id).where(Job.dialect == "openai").order_by(Job.created.desc())).first()
        row(server, job, state="running", owner="w-1:t")
        assert client.delete(f"/v1/videos/{video}").json()["deleted"] is True
        assert (
            client.get(f"/v1/videos/{video}").status_code == 404
            and client.delete(f"/v1/videos/{video}").status_code == 404
        )
        assert client.get(f"/v1/generations/{job}").status_code == 404
        assert video not in [one["id"] for one in client.get("/v1/videos").json()["data"]]
        with service.db.reading() as session:
            assert session.get(Job, job).cancel_requested, "its walk stops at its next step"
        from phonofilm.jobs.lifecycle.finish import finish

        with service.db.session() as session:
            finish(session, session.get(Job, job), "cancelled")
        retention.sweep(service.db, service.bucket)
        with service.db.reading() as session:
            left = session.get(Job, job)
            assert (
                left.state == "removed"
                and left.request["prompt"] == ""
                and not session.scalars(select(Event).where(Event.job == job)).all()
            )
        queued = client.post("/v1/videos", json={"prompt": "A ball.", "model": "fake"}).json()["id"]
        assert (
            client.delete(f"/v1/videos/{queued}").status_code == 200
            and client.get(f"/v1/videos/{queued}").status_code == 404
        )


def test_a_key_with_another_priority_is_another_request(server):
    with server.client() as client:
        said = [
            client.post("/v1/generations", json={**BODY, **more}, headers={"Idempotency-Key": "prio"})
            for more in ({}, {}, {"priority": 3}, {"expires_in": 900})
        ]
    assert said[0].json()["id"] == said[1].json()["id"] and [one.status_code for one in said[2:]] == [409, 409], [
        one.text for one in said
    ]


def test_a_user_may_have_a_slash_in_the_name(server):
    server.make_key(user="org/ana")
    with server.client() as client:
        answer = client.delete("/v1/admin/tenants/main/users/org%2Fana")
        assert answer.status_code == 200 and answer.json()["keys"] == 1, answer.text


def test_a_message_sent_late_brings_links_that_work(server):
    """The callback's first try fails; it is tried again after a day, when a link made at first would be dead."""
    service = server.app.state.service
    with server.client() as client:
        job, key = published(server, client)
        gone, _ = published(server, client)
        _, other = published(server, client)
    with service.db.session() as session:
        for one in (job, gone):
            found = session.get(Job, one)
            found.dialect, found.extra = (
                "ark",
                {
                    "callback_url": "https://example.com/told",
                    "safety_identifier": f"{server.base}/media/{other}",
                },
            )
            webhook.enqueue(session, found, "generation.succeeded")
    row(server, gone, state="removed")
    sent = []

    def send(url, body, headers, **_more):
        sent.append(body)
        return Answer(status=503 if len(sent) <= 2 else 200, text="")

    webhook.deliver_due(service.db, send=send, senders=1)
    early = {body["content"]["video_url"] for body in sent}
    with service.db.session() as session:
        assert not any("sig=" in str(body) for body in session.scalars(select(Delivery.body))), (
            "nothing that ends is kept"
        )
        session.execute(update(Delivery).values(next_try=now()))
    link = server.app.state.service.bucket  # the same file, a link made a day later
    assert link.exists(key)
    real = time.time
    try:
        time.time = lambda: real() + 86_400
        webhook.deliver_due(service.db, send=send, senders=1)
    finally:
        time.time = real
    late = {body["content"]["video_url"] for body in sent[2:]}
    assert "sig=" not in str([body.get("safety_identifier") for body in sent]), (
        "nobody's words become a link to a stranger's file"
    )
    assert len(sent) == 4 and None in late and None in early, "a file that was taken away has no link"
    (first,), (second,) = early - {None}, late - {None}
    assert first != second and httpx2.get(second, timeout=60).status_code == 200


@pytest.mark.parametrize("name", ["what? films", "a%20b", "a b", "per%cent", "a#b", "100%"])
def test_a_home_may_have_any_name(tmp_path, name):
    """A path is no URL."""
    config = Config(home=tmp_path / name)
    db = Database(config.database)
    db.migrate()
    db.close()
    engine = steps_engine(make_url(config.database).database)
    engine.connect().close()
    engine.dispose()
    bucket = Bucket.open(config.files)
    bucket.put("k/x.bin", b"hi")
    assert [stored.key for stored in bucket.list()] == ["k/x.bin"]
    assert os.listdir(tmp_path) == [name]
    assert {path.name for path in (tmp_path / name).iterdir()} == {"files", "phonofilm.db", "phonofilm-steps.db"}


def test_listening_everywhere_names_addresses_others_can_open_and_warns(capsys):
    app = SimpleNamespace(state=SimpleNamespace(first_key=None))
    settings = SimpleNamespace(host="0.0.0.0", port=8600, public_url="", home="/h", worker=True)
    command._greet(app, settings)
    said = capsys.readouterr().out
    assert "0.0.0.0" not in said and "http://127.0.0.1:8600" in said and "plain HTTP" in said
    command._greet(app, SimpleNamespace(**{**vars(settings), "host": "127.0.0.1"}))
    assert "plain HTTP" not in capsys.readouterr().out
    command._greet(app, SimpleNamespace(**{**vars(settings), "public_url": "https://films.example"}))
    assert "plain HTTP" not in capsys.readouterr().out
