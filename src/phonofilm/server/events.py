"""What happens to a job, as it happens: server-sent events that can be taken up again where a connection broke.

Between the events on record, a stream says where the job stands whenever that changes: ``generation.waiting`` with its
place in the queue, ``generation.progress`` with step and progress, both with the seconds of making probably left. These
have no id, and are not repeated.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from phonofilm.jobs.store.tables import TERMINAL, Event, Job
from phonofilm.server import threads
from phonofilm.server.errors import Refused

if TYPE_CHECKING:
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.service import Service
    from phonofilm.server.auth import Auth
    from phonofilm.server.news import News
    from phonofilm.server.settings import Settings


def last_seen(request: Request, after: int | None) -> int:
    """The event a client saw last: the header a browser sends when it comes back, or the query. Raises Refused
    (400)."""
    header = request.headers.get("last-event-id", "").strip()
    if not header:
        return after or 0
    if not header.isascii() or not header.isdigit() or len(header) > 18:
        raise Refused(
            400,
            "invalid_parameter",
            "Last-Event-ID is the id of an event of this stream, a whole number",
            field="Last-Event-ID",
        )
    return int(header)


async def follow(
    service: Service, auth: Auth, settings: Settings, request: Request, caller: Caller, job_id: str, after: int
) -> Response:
    """Every event after ``after``, then each as it comes, until the job has ended or the caller may not look any more
    (the key was revoked or has expired, the browser was signed out). 204 where nothing will ever come: browsers then
    stop asking."""
    job = await threads.run_sync(service.get, caller, job_id)
    events = await threads.run_sync(service.events, caller, job_id, after)
    if job.state in TERMINAL and not events:
        return Response(status_code=204)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _stream(service, auth, settings, request, caller, job_id, after),
        media_type="text/event-stream",
        headers=headers,
    )


async def _stream(
    service: Service, auth: Auth, settings: Settings, request: Request, caller: Caller, job_id: str, after: int
) -> AsyncIterator[str]:
    stopping = request.app.state.stopping
    news: News = request.app.state.news
    spoke = time.monotonic()
    before: tuple[str, float, int | None] | None = None
    yield "retry: 1000\n\n"
    with news.follow(job_id, stopping, auth.door(request), lambda: auth.still(request, "read")) as me:
        while not me.shut and not stopping.is_set():  # a client that goes ends it from outside
            if me.changed:
                me.changed = False
                if not await auth.still(request, "read"):
                    return
                # the state is read before the events: a job seen as ended has had its last event written
                job = await threads.run_sync(service.get, caller, job_id)
                events = await threads.run_sync(service.events, caller, job_id, after)
                for event in events:
                    after, spoke = event.id, time.monotonic()
                    yield told(event)
                if job.state in TERMINAL:
                    return
            if job.state in ("queued", "running") and me.outlook is not None:
                position, left = me.outlook
                if (job.step, round(job.progress, 2), position) != before:
                    before, spoke = (job.step, round(job.progress, 2), position), time.monotonic()
                    yield standing(job, position, left)
            if time.monotonic() - spoke >= settings.events_heartbeat:
                spoke = time.monotonic()
                yield ": still here\n\n"
            await me.wait(max(0.05, spoke + settings.events_heartbeat - time.monotonic()))


def standing(job: Job, position: int | None, left: float | None) -> str:
    """Where a job stands, in the wire's form, without an id."""
    data = {"step": job.step, "progress": round(job.progress, 3), "queue_position": position, "remaining": left}
    kind = "generation.waiting" if job.state == "queued" else "generation.progress"
    whole = {"id": None, "type": kind, "generation": job.id, "created": round(time.time(), 3), "data": data}
    return f"event: {kind}\ndata: {json.dumps(whole)}\n\n"


def told(event: Event) -> str:
    """One event in the wire's form."""
    data = {"id": event.id, "type": event.type, "generation": event.job, "created": event.created, "data": event.data}
    return f"id: {event.id}\nevent: {event.type}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
