"""Logs: the mission's fields are there, the secrets are not."""

import io
import json
import logging

import pytest
import structlog

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.lifecycle import finish
from phonofilm.jobs.money import ledger
from phonofilm.jobs.observe import logs
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.tables import Job

SECRETS = {
    "Authorization: Bearer pf_abcdefghjkmn_Q7rT9vWx2yZ4aB6cD8eF0gH1iJ3kL5mN7oP9qR1sT3uV5w": "Q7rT9vWx2yZ4",
    "key pf_abcdefghjkmn_Q7rT9vWx2yZ4aB6cD8eF0gH1iJ3kL5mN7oP9qR1sT3uV5w used": "Q7rT9vWx2yZ4",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "MfKQ9r8GKYqr",
    "using sk-proj-A1b2C3d4E5f6G7h8": "A1b2C3d4E5f6",
    "ark-0f1e2d3c4b5a69788796": "0f1e2d3c4b5a",
    "AKIAIOSFODNN7EXAMPLE": "IOSFODNN7EXAMPLE",
    "AKLTNDg2ZjRlYTVkMTRl": "NDg2ZjRlYTVk",
    "postgresql+psycopg://phono:s3cr3t-pw@db:5432/film": "s3cr3t-pw",
    "https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIA99%2F2026&X-Amz-Signature=deadbeef01&X-Amz-Date=20261120": (
        "deadbeef01"
    ),
    "https://x.tos-cn.volces.com/v.mp4?X-Tos-Signature=cafe0123&X-Tos-Date=1": "cafe0123",
    "/files/main/2026/11/gen_1/video.mp4?exp=1795&sig=Zm9vYmFyYmF6": "Zm9vYmFyYmF6",
    "https://cdn.example.com/v.mp4?Expires=1&Signature=AbCdEf~1&Key-Pair-Id=K": "AbCdEf~1",
    "api_key=hunter2hunter2": "hunter2hunter2",
    '{"secret_key": "topsecretvalue", "a": 1}': "topsecretvalue",
    "x-api-key: abcdefg12345": "abcdefg12345",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl": "c2lnbmF0dXJl",
    "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBzq\n-----END EC PRIVATE KEY-----": "MHcCAQEEIBzq",
    "data:image/png;base64," + "iVBORw0KGgo" * 8: "iVBORw0KGgoiVBOR",
}


@pytest.fixture
def lines():
    """Sets logging up into a buffer; returns what was written, line by line; puts everything back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()

    def start(**given):
        logs.setup(stream=stream, **given)
        return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]

    yield start
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.mark.parametrize(("text", "secret"), SECRETS.items())
def test_no_secret_is_written_wherever_it_stands(lines, text, secret):
    read = lines()
    assert secret in text
    log = logs.get("test")
    log.info(text)
    log.info("nested", deep=[{"a": {"b": (text,)}}], **{"note": text})
    logging.getLogger("some.library").warning("said %s", text)
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("broke")
        logging.getLogger("some.library").exception("broke there")
    written = json.dumps(read())
    assert len(read()) == 5 and secret not in written and "[hidden]" in written


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "api_key",
        "apiKey",
        "X-Api-Key",
        "secret",
        "client_secret",
        "password",
        "access_token",
        "set-cookie",
        "private_key",
        "signature",
    ],
)
def test_fields_named_like_secrets_are_hidden(lines, name):
    read = lines()
    logs.get().info("x", **{name: "plainvalue"}, headers={name: ["plainvalue"]})
    assert "plainvalue" not in json.dumps(read())


def test_what_is_no_secret_stays(lines):
    read = lines()
    plain = {
        "job_id": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t", "tokens_used": 108_900,
        "url": "https://example.com/a?page=2&sort=asc#x", "prompt_hash": "ab" * 32,
        "ratio": "16:9", "monkey": "banana", "keyframes": 3, "signed": True, "nothing": None, "sha256": "cd" * 32,
        "user_id": "ana", "tokens": 5,
    }  # fmt: skip
    logs.get().info("a token of thanks: secrets were kept", **plain)
    line = read()[0]
    assert {name: line[name] for name in plain} == plain
    assert line["event"] == "a token of thanks: secrets were kept"


def test_prompts_are_hashes_unless_allowed(lines):
    read = lines()
    logs.get().info(
        "submit",
        prompt="my secret birthday",
        request={"prompt": "my secret birthday", "content": [{"type": "text", "text": "my secret birthday"}]},
    )
    line = read()[0]
    assert "birthday" not in json.dumps(line)
    assert line["prompt"] == line["request"]["prompt"] == line["request"]["content"][0]["text"]
    assert line["prompt"].startswith("sha256:") and len(line["prompt"]) == 71


def test_prompts_in_the_clear_where_they_are_allowed(lines):
    read = lines(prompts=True)
    logs.get().info("submit", prompt="a birthday", api_key="hunter2hunter2")
    assert (read()[0]["prompt"], read()[0]["api_key"]) == ("a birthday", "[hidden]")


def test_odd_values_do_not_break_a_line(lines):
    read = lines()
    ring: dict = {}
    ring["self"] = ring
    logs.get().info(
        "odd", ring=ring, raw=b"\x00secret", thing=object(), many={1: {2}}, long="x" * 100_000, bad="\ud800"
    )
    line = read()[0]
    assert line["raw"] == "[7 bytes]" and len(line["long"]) < 30_000


def test_each_job_that_ends_is_told_once_with_the_missions_fields(lines, db, make_job):
    read = lines()
    job = make_job(state="running", created=now() - 5)
    result = {"seconds": 5.0, "tokens": 50_638, "model_version": "nano-1"}
    with db.session() as session:
        ledger.reserve(session, session.get(Job, job.id), 50_000)
    with db.session() as session:
        finish.publish(session, session.get(Job, job.id), [], result, 42_000)
    told = [line for line in read() if line.get("job_id") == job.id]
    assert len(told) == 1
    line = told[0]
    assert {
        "job_id",
        "user_id",
        "prompt_hash",
        "model_version",
        "duration_sec",
        "generation_latency_ms",
        "tokens_used",
        "timestamp",
        "level",
    } <= line.keys()
    assert (line["event"], line["user_id"], line["prompt_hash"], line["model_version"]) == (
        "job succeeded",
        "ana",
        job.prompt_hash,
        "nano-1",
    )
    assert (line["duration_sec"], line["tokens_used"], line["cost_micro_usd"]) == (5.0, 50_638, 42_000)
    assert line["generation_latency_ms"] > 0
    assert "boat" not in json.dumps(read())


def test_a_failed_job_says_why_and_one_rolled_back_says_nothing(lines, db, make_job):
    read = lines()
    one, two = make_job(state="running"), make_job(state="running")
    with db.session() as session:
        finish.finish(
            session,
            session.get(Job, one.id),
            "failed",
            error=JobError("engine_failed", "it broke at https://h/?sig=abcdefgh"),
        )
    with pytest.raises(RuntimeError), db.session() as session:
        finish.finish(session, session.get(Job, two.id), "failed", error=JobError("engine_failed", "it broke"))
        session.flush()
        raise RuntimeError
    told = [line for line in read() if "job_id" in line]
    assert [(line["job_id"], line["code"], line["level"]) for line in told] == [(one.id, "engine_failed", "warning")]
    assert "abcdefgh" not in json.dumps(read())


def test_a_jobs_fields_follow_what_is_said_in_its_course(lines, make_job):
    read = lines()
    job = make_job()
    with structlog.contextvars.bound_contextvars():
        logs.bind(job)
        logs.get().info("routed", engine="fake")
        logging.getLogger("phonofilm.jobs").info("plain logging too")
    structlog.contextvars.clear_contextvars()
    logs.get().info("afterwards")
    assert [line.get("job_id") for line in read()] == [job.id, job.id, None]


def test_level_holds(lines):
    read = lines(level="warning")
    logs.get().info("quiet"), logging.getLogger("x").info("quiet"), logs.get().warning("loud")
    assert [line["event"] for line in read()] == ["loud"]
