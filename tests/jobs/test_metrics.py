"""Metrics: what Prometheus would read, parsed by its own library, against rows whose figures are known; and the alert
rules, by its own tool."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from phonofilm.jobs.moderation import review
from phonofilm.jobs.observe import metrics
from phonofilm.jobs.store.database import new_id
from phonofilm.jobs.store.tables import Delivery, Job, Notice, Worker

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture
def clock(moved):
    return moved(metrics, review)


def read(db, figures=None):
    """Sample name with its labels -> value; a fresh process's view unless ``figures`` is given."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(figures or metrics.Figures(db))
    out = {}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            key = (sample.name, *sorted(sample.labels.items()))
            assert key not in out, f"{key} twice"
            out[key] = sample.value
    return out


def bucket_of(read_, le, engine="fake"):
    return read_[("generation_latency_ms_bucket", ("engine", engine), ("le", le))]


def test_latency_is_a_histogram_from_submit_to_published(db, make_job, clock):
    for took in (0.2, 0.25, 1.2, 4.0, 6.0, 5_000.0):
        make_job(created=clock.at - 100 - took, finished=clock.at - 100)
    make_job(state="failed", created=clock.at - 100, finished=clock.at - 50)
    seen = read(db)
    assert [bucket_of(seen, le) for le in ("250", "1000", "1500", "5000", "8000", "900000", "+Inf")] == [
        2,
        2,
        3,
        4,
        5,
        5,
        6,
    ]
    assert seen[("generation_latency_ms_count", ("engine", "fake"))] == 6
    assert seen[("generation_latency_ms_sum", ("engine", "fake"))] == pytest.approx(5_011_650, rel=1e-6)


def test_what_a_person_looked_at_does_not_count_as_slow(db, make_job, clock):
    held = make_job(created=clock.at - 80_000, finished=clock.at - 10)
    make_job(created=clock.at - 11, finished=clock.at - 10)
    with db.session() as session:
        review.open_review(session, tenant="main", subject=held.id, stage="release", reasons=[])
    assert bucket_of(read(db), "+Inf") == 1


def test_error_rate_leaves_out_what_is_the_callers_doing(db, make_job, clock):
    def ended(state, code=None, age=10):
        make_job(state=state, finished=clock.at - age, error={"code": code, "message": ""} if code else None)

    assert read(db)[("job_error_rate_pct",)] == 0
    for _ in range(14):
        ended("succeeded")
    ended("failed", "input_blocked"), ended("failed", "output_blocked"), ended("cancelled", "cancelled")
    assert read(db)[("job_error_rate_pct",)] == 0
    (
        ended("failed", "engine_failed"),
        ended("expired", "expired"),
        ended("unknown_outcome", "unknown_outcome"),
        ended("failed", "internal"),
    )
    ended("failed", "engine_failed", age=400)  # long ago
    assert read(db)[("job_error_rate_pct",)] == pytest.approx(100 * 4 / 20)
    assert read(db)[("publish_rate_per_min",)] == pytest.approx(14 / 5)
    clock.pass_by(400)
    seen = read(db)
    assert (seen[("job_error_rate_pct",)], seen[("publish_rate_per_min",)]) == (0, 0)
    assert seen[("jobs_finished_total", ("engine", "fake"), ("state", "failed"))] == 5


def test_queues_workers_and_what_waits(db, make_job, clock):
    (
        make_job(state="queued", created=clock.at - 90),
        make_job(state="queued"),
        make_job(state="running"),
        make_job(state="review"),
    )
    with db.session() as session:
        for number in range(3):
            review.open_review(session, tenant="main", subject=f"gen_{number}", stage="admit", reasons=[])
        session.add(Notice(id="n", job="x", reporter="r", reason="r", category="other", state="open", created=0, due=0))
        session.add(Worker(id="w1", started=0, heartbeat=clock.at - 5, host="a"))
        session.add(Worker(id="w2", started=0, heartbeat=clock.at - 500, host="a"))
        session.add(Worker(id="w3", started=0, heartbeat=clock.at, stopped=clock.at, host="a"))
        common = {"tenant": "main", "job": "", "url": "", "body": {}, "headers": {}, "next_try": 0.0, "created": 0.0}
        session.add_all([Delivery(id="a", state="pending", **common), Delivery(id="b", state="sent", **common)])
    seen = read(db)
    assert [seen[("queue_depth", ("state", state))] for state in ("queued", "running", "review")] == [2, 1, 1]
    assert 89 < seen[("queue_oldest_seconds",)] < 92
    assert seen[("moderation_queue_count",)] == 3 and seen[("moderation_overdue_count",)] == 0
    assert (seen[("takedown_queue_count",)], seen[("webhook_queue_count",)], seen[("workers_alive",)]) == (1, 1, 1)
    clock.pass_by(25 * 3_600)
    assert read(db)[("moderation_overdue_count",)] == 3


def test_steps_add_up_over_workers(any_db):
    for seconds in (0.004, 0.2, 0.2, 40.0, 5_000.0):
        with any_db.session() as session:
            metrics.observe_step(session, "generate", "fake", seconds)
    seen = read(any_db)

    def name(le):
        return ("step_duration_seconds_bucket", ("engine", "fake"), ("le", le), ("step", "generate"))

    assert [seen[name(le)] for le in ("0.01", "0.1", "0.25", "30", "60", "900", "+Inf")] == [1, 1, 3, 3, 4, 4, 5]
    assert seen[("step_duration_seconds_sum", ("engine", "fake"), ("step", "generate"))] == pytest.approx(5_040.404)


def test_the_worst_breaker_is_shown(db, clock):
    for worker, state in (("w1", "closed"), ("w2", "open"), ("w3", "half_open"), ("w1", "closed")):
        with db.session() as session:
            metrics.note_breaker(session, "ark", worker, state)

    def shown():
        seen = read(db)
        return [
            seen.get(("engine_breaker_state", ("engine", "ark"), ("state", state)))
            for state in ("closed", "half_open", "open")
        ]

    assert shown() == [0, 0, 1]
    with db.session() as session:
        metrics.note_breaker(session, "ark", "w2", "closed")
    assert shown() == [0, 1, 0]
    clock.pass_by(4_000)
    assert shown() == [None] * 3


def test_counters_never_fall_and_late_commits_are_counted(db, make_job, clock):
    """A process that has scraped for hours says what a new one says, also of a job whose commit came after its time
    stamp."""
    figures = metrics.Figures(db)
    total = ("jobs_finished_total", ("engine", "fake"), ("state", "succeeded"))
    make_job(finished=clock.at)
    assert read(db, figures)[total] == 1
    clock.pass_by(30)
    make_job(finished=clock.at - 30)  # committed late, stamped before the last scrape
    assert read(db, figures)[total] == 2
    values = []
    for _ in range(8):
        clock.pass_by(45)
        make_job(finished=clock.at)
        values.append(read(db, figures)[total])
        assert read(db, figures)[total] == values[-1] == read(db)[total]
    assert values == list(range(3, 11))
    assert bucket_of(read(db, figures), "+Inf") == bucket_of(read(db), "+Inf") == 10


def test_ten_thousand_jobs_do_not_slow_a_scrape(db, clock):
    rows = [
        {
            "id": new_id("gen"),
            "tenant": "main",
            "user": "ana",
            "dialect": "native",
            "state": "succeeded",
            "model": "fake",
            "engine": "fake",
            "request": {},
            "extra": {},
            "prompt_hash": "",
            "seed": 0,
            "created": clock.at - number - 3,
            "updated": 0.0,
            "finished": clock.at - number,
            "expires": 0.0,
        }
        for number in range(400, 10_400)
    ]
    with db.session() as session:
        session.execute(insert(Job), rows)
    figures = metrics.Figures(db)
    assert read(db, figures)[("jobs_finished_total", ("engine", "fake"), ("state", "succeeded"))] == 10_000
    took = []
    for _ in range(5):
        started = time.process_time()
        read(db, figures)
        took.append(time.process_time() - started)
    assert sorted(took)[2] < 0.5


def test_the_page_is_one_prometheus_reads(db):
    page = metrics.render(db)
    names = {family.name for family in text_string_to_metric_families(page.decode())}
    assert {
        "generation_latency_ms",
        "job_error_rate_pct",
        "publish_rate_per_min",
        "moderation_queue_count",
        "queue_depth",
    } <= names
    assert metrics.render(db) == page or b"# TYPE" in metrics.render(db)


# the rules


def test_rules_have_the_missions_limits():
    """That each asks for what is measured, and has a runbook, is seen in ``tests/deploy/test_runbooks.py``."""
    rules = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"][0]["rules"]
    by_name = {rule["alert"]: rule for rule in rules if "alert" in rule}
    assert (by_name["GenerationErrors"]["for"], by_name["GenerationErrors"]["labels"]["severity"]) == ("10m", "P1")
    assert (by_name["GenerationSlow"]["for"], by_name["GenerationSlow"]["labels"]["severity"]) == ("30m", "P1")
    assert by_name["ModerationQueueLong"]["labels"]["severity"] == "P2"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Prometheus) is not installed")
@pytest.mark.parametrize("words", [("check", "rules", "alerts.yaml"), ("test", "rules", "alerts_test.yaml")])
def test_promtool_agrees(words):
    done = subprocess.run(["promtool", *words], cwd=DEPLOY, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
