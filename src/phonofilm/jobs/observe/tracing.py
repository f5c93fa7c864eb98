"""Traces that hold together across the queue: the request that submits and the worker that makes are one trace. Off
unless told where to.

The context travels in ``job.extra["trace"]`` as W3C ``traceparent``. While tracing is off nothing of OpenTelemetry is
imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from phonofilm.errors import MissingExtra

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

KEY = "trace"
"""Where ``job.extra`` carries the context."""
_state: dict[str, Any] = {}


def setup(endpoint: str = "", *, service: str = "phonofilm", exporter: SpanExporter | None = None) -> bool:
    """Send spans to an OTLP/HTTP ``endpoint`` (or to ``exporter``); neither leaves tracing off. True where it is on.

    Raises MissingExtra where the exporter's package is absent.
    """
    stop()
    if not endpoint and exporter is None:
        return False
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

        if exporter is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            path = endpoint.rstrip("/")
            processor: SpanProcessor = BatchSpanProcessor(
                OTLPSpanExporter(endpoint=path if path.endswith("/v1/traces") else f"{path}/v1/traces")
            )
        else:
            processor = SimpleSpanProcessor(exporter)
    except ImportError as error:
        raise MissingExtra(
            "traces need OpenTelemetry's exporter; pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"
        ) from error
    from phonofilm import __version__

    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.version": __version__}))
    provider.add_span_processor(processor)
    _state.update(provider=provider, tracer=provider.get_tracer("phonofilm"))
    return True


def stop() -> None:
    """Send what is left and turn tracing off."""
    provider = _state.pop("provider", None)
    _state.clear()
    if provider is not None:
        provider.shutdown()


def on() -> bool:
    """Is tracing on?"""
    return "tracer" in _state


@contextmanager
def span(
    name: str, *, carried: Mapping[str, object] | None = None, **attributes: str | int | float | None
) -> Iterator[Span | None]:
    """A span around some work, a child of the present one, or of the one in ``carried`` (a job's ``extra``). Yields the
    span, or None when off.

    An exception is recorded by its kind alone, for its words may hold what nobody should read, and goes on.
    """
    if not on():
        yield None
        return
    from opentelemetry.trace import Status, StatusCode

    with _state["tracer"].start_as_current_span(
        name, context=resume(carried), record_exception=False, set_status_on_exception=False
    ) as current:
        for key, value in attributes.items():
            if value is not None:
                current.set_attribute(key if "." in key else f"phonofilm.{key}", value)
        try:
            yield current
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def carry(extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """``extra`` with the present context in it, to be recorded with a job; unchanged when off or outside any span."""
    out = dict(extra or {})
    if on():
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        context: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(context)
        if context:
            out[KEY] = context
    return out


def resume(extra: Mapping[str, object] | None) -> Context | None:
    """The context a job carries, as OpenTelemetry wants it; None where it carries none or tracing is off: the present
    one holds."""
    carried = (extra or {}).get(KEY)
    if not on() or not isinstance(carried, Mapping):
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({str(key): str(value) for key, value in carried.items()})


def ids() -> dict[str, str]:
    """``trace_id`` and ``span_id`` of the present span, for logs; empty when off or outside."""
    if not on():
        return {}
    from opentelemetry import trace

    context = trace.get_current_span().get_span_context()
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"} if context.is_valid else {}
