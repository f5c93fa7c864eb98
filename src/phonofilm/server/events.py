"""What happens to a job, as it happens: server-sent events that can be taken up again where a connection broke."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from anyio import to_thread
from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from phonofilm.jobs.tables import TERMINAL, Event
from phonofilm.server.errors import Refused

if TYPE_CHECKING:
    from phonofilm.jobs.service import Caller, Service
    from phonofilm.server.settings import Settings


def last_seen(request: Request, after: int | None) -> int:
    """The event a client saw last: the header a browser sends when it comes back, or the query. Raises Refused (400)."""
    header = request.headers.get("last-event-id", "").strip()
    if not header:
        return after or 0
    if not header.isascii() or not header.isdigit() or len(header) > 18:
        raise Refused(400, "invalid_parameter", "Last-Event-ID is the id of an event of this stream, a whole number", field="Last-Event-ID")
    return int(header)


async def follow(service: Service, settings: Settings, request: Request, caller: Caller, job_id: str, after: int) -> Response:
    """Every event after ``after``, then each as it comes, until the job has ended. 204 where nothing will ever come: browsers then stop asking."""
    job = await to_thread.run_sync(service.get, caller, job_id)
    events = await to_thread.run_sync(service.events, caller, job_id, after)
    if job.state in TERMINAL and not events:
        return Response(status_code=204)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(service, settings, request, caller, job_id, after), media_type="text/event-stream", headers=headers)


async def _stream(service: Service, settings: Settings, request: Request, caller: Caller, job_id: str, after: int) -> AsyncIterator[str]:
    stopping = request.app.state.stopping
    spoke = time.monotonic()
    yield "retry: 1000\n\n"
    while not stopping.is_set() and not await request.is_disconnected():
        # the state is read before the events: a job seen as ended has had its last event written
        job = await to_thread.run_sync(service.get, caller, job_id)
        events = await to_thread.run_sync(service.events, caller, job_id, after)
        for event in events:
            after, spoke = event.id, time.monotonic()
            yield told(event)
        if job.state in TERMINAL:
            return
        if time.monotonic() - spoke >= settings.events_heartbeat:
            spoke = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(settings.events_poll)


def told(event: Event) -> str:
    """One event in the wire's form."""
    data = {"id": event.id, "type": event.type, "generation": event.job, "created": event.created, "data": event.data}
    return f"id: {event.id}\nevent: {event.type}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
