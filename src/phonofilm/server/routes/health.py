"""Is it alive, is it ready: for whoever restarts and routes."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from phonofilm.jobs.library import lookup
from phonofilm.server import threads

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.settings import Settings

log = logging.getLogger("phonofilm.server")
WAIT = 5.0
"""Seconds a part has to answer."""
FRESH = 2.0
"""Seconds a trial write holds good."""


def router(service: Service, settings: Settings) -> APIRouter:
    """``/livez`` and ``/readyz``; both open to everybody and silent about the inside."""
    routes = APIRouter(tags=["health"])

    @routes.get(
        "/livez",
        summary="Does the process answer?",
        responses={200: {"content": {"application/json": {"example": {"status": "ok"}}}}},
    )
    async def livez() -> dict[str, str]:
        """200 as long as the process runs."""
        return {"status": "ok"}

    writes = _Writes(service)
    ready = {"status": "ok", "checks": {"database": "ok", "bucket": "ok", "worker": "ok"}}

    @routes.get(
        "/readyz",
        summary="Can it take and do work?",
        response_model=None,
        responses={
            200: {"content": {"application/json": {"example": ready}}},
            503: {"description": "a part does not answer"},
        },
    )
    async def readyz() -> JSONResponse:
        """200 when the database answers, a little can be written to the disk and the bucket and, where this process
        walks jobs itself, its worker's heart beats. ``disk`` is named only where it fails. The writes are done every
        few seconds at most, however often this is asked.

        Where separate workers walk the jobs their absence shows as ``worker: none``, still with 200: jobs are taken and
        wait for them.
        """
        parts = (
            _check(lambda: lookup.alive(service.db)),
            writes.ask("disk"),
            writes.ask("bucket"),
            _check(lambda: _worker(service, settings)),
        )
        checks = dict(zip(("database", "disk", "bucket", "worker"), await asyncio.gather(*parts), strict=True))
        if checks["disk"] == "ok":
            del checks["disk"]
        good = checks["database"] == checks["bucket"] == checks.get("disk", "ok") == "ok" and (
            checks["worker"] == "ok" or not settings.worker
        )
        status = "unavailable" if not good else "ok" if checks["worker"] == "ok" else "degraded"
        return JSONResponse({"status": status, "checks": checks}, 200 if good else 503, {"Cache-Control": "no-store"})

    return routes


class _Writes:
    """What trial writes of the last moments have shown. Anybody may ask: asking costs a write every ``FRESH`` seconds
    and no thread of the server's, even where a bucket lets a write wait for long.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._known: dict[str, tuple[float, Future[str]]] = {}

    async def ask(self, part: str) -> str:
        """ok | failed; ``part``: disk | bucket."""
        asked, future = self._known.get(part, (-1e9, None))
        if future is None or (future.done() and time.monotonic() - asked > FRESH):
            future = Future()
            self._known[part] = (time.monotonic(), future)
            threading.Thread(target=self._look, args=(part, future), name=f"ready-{part}", daemon=True).start()
        try:
            return "failed" if await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), WAIT) else "ok"
        except TimeoutError:
            return "failed"

    def _look(self, part: str, future: Future[str]) -> None:
        house = self._service.tools.house
        try:
            future.set_result(house.disk() if part == "disk" else house.bucket())
        except Exception:
            log.exception("the %s could not be looked at", part)
            future.set_result("failed")


def _worker(service: Service, settings: Settings) -> str:
    beating = lookup.workers(service.db)
    if not beating:
        return "none"
    return "ok" if beating[0].heartbeat > time.time() - settings.heartbeat_dead else "silent"


async def _check(question: Callable[[], object]) -> str:
    try:
        answer = await asyncio.wait_for(threads.run_sync(question, lane="health", abandon_on_cancel=True), WAIT)
        return answer if isinstance(answer, str) else "ok"
    except Exception:
        return "failed"
