"""Traces: one trace from the request that submits to the worker that makes, across the queue; nothing at all while it
is off."""

import json
import subprocess
import sys
import threading

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from phonofilm.errors import MissingExtra
from phonofilm.jobs.observe import tracing
from phonofilm.jobs.store.tables import Job


@pytest.fixture
def spans():
    exporter = InMemorySpanExporter()
    assert tracing.setup(exporter=exporter)
    yield exporter.get_finished_spans
    tracing.stop()


def test_one_trace_across_the_queue(spans, db, make_job):
    """The context goes through the database and is taken up by another thread, as a worker would."""
    with tracing.span("submit", tenant="main"):
        job = make_job(state="queued", extra=tracing.carry({"callback_url": "https://example.com/"}))
    seen = []

    def work():
        with db.reading() as session:
            row = session.get(Job, job.id)
        with tracing.span("generate", carried=row.extra, job_id=row.id), tracing.span("engine"):
            seen.append(tracing.ids())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    engine, submit, generate = (
        next(span for span in spans() if span.name == name) for name in ("engine", "submit", "generate")
    )
    assert submit.context.trace_id == generate.context.trace_id == engine.context.trace_id
    assert generate.parent.span_id == submit.context.span_id and engine.parent.span_id == generate.context.span_id
    assert dict(generate.attributes) == {"phonofilm.job_id": job.id}
    assert seen[0]["trace_id"] == f"{submit.context.trace_id:032x}"
    assert json.loads(json.dumps(job.extra))["callback_url"] == "https://example.com/"


def test_without_a_carried_context_a_new_trace_begins(spans):
    with tracing.span("a"):
        pass
    for carried in (None, {}, {"trace": 7}, {"trace": {"traceparent": "nonsense"}}):
        with tracing.span("b", carried=carried):
            pass
    assert len({span.context.trace_id for span in spans()}) == 5


def test_a_failure_is_marked_by_its_kind_alone(spans):
    with pytest.raises(ValueError), tracing.span("a"):
        raise ValueError("secret words")
    span = spans()[0]
    assert (span.status.status_code, span.status.description) == (trace.StatusCode.ERROR, "ValueError")
    assert "secret words" not in span.to_json()


def test_off_it_does_nothing(db):
    tracing.stop()
    assert tracing.setup() is False and not tracing.on()
    with tracing.span("a", carried={"trace": {"traceparent": "x"}}) as span:
        assert span is None and tracing.ids() == {} and tracing.carry({"a": 1}) == {"a": 1}


def test_off_nothing_of_it_is_imported():
    code = (
        "import sys; from phonofilm.jobs.observe import tracing; tracing.setup('')\nwith tracing.span('a'):"
        " tracing.carry({})\nprint([m for m in sys.modules if m.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_missing_exporter_names_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(MissingExtra, match="pip install opentelemetry"):
        tracing.setup("http://127.0.0.1:4318")
    assert not tracing.on()
