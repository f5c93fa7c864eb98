"""Is it alive, is it ready: for whoever restarts and routes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from phonofilm.jobs import lookup
from phonofilm.server import threads

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.settings import Settings

WAIT = 5.0
"""Seconds a part has to answer."""


def router(service: Service, settings: Settings) -> APIRouter:
    """``/livez`` and ``/readyz``; both open to everybody and silent about the inside."""
    routes = APIRouter(tags=["health"])

    @routes.get("/livez", summary="Does the process answer?", responses={200: {"content": {"application/json": {"example": {"status": "ok"}}}}})
    async def livez() -> dict[str, str]:
        """200 as long as the process runs."""
        return {"status": "ok"}

    ready = {"status": "ok", "checks": {"database": "ok", "bucket": "ok", "worker": "ok"}}

    @routes.get(
        "/readyz", summary="Can it take and do work?", response_model=None,
        responses={200: {"content": {"application/json": {"example": ready}}}, 503: {"description": "a part does not answer"}},
    )  # fmt: skip
    async def readyz() -> JSONResponse:
        """200 when the database and the bucket answer and, where this process walks jobs itself, its worker's heart beats.

        Where separate workers walk the jobs their absence shows as ``worker: none``, still with 200: jobs are taken and wait for them.
        """
        checks = dict(
            zip(
                ("database", "bucket", "worker"),
                await asyncio.gather(
                    _check(lambda: lookup.alive(service.db)), _check(lambda: service.bucket.exists("readyz")), _check(lambda: _worker(service, settings))
                ),
                strict=True,
            )
        )
        good = checks["database"] == checks["bucket"] == "ok" and (checks["worker"] == "ok" or not settings.worker)
        status = "unavailable" if not good else "ok" if checks["worker"] == "ok" else "degraded"
        return JSONResponse({"status": status, "checks": checks}, 200 if good else 503, {"Cache-Control": "no-store"})

    return routes


def _worker(service: Service, settings: Settings) -> str:
    beating = lookup.workers(service.db)
    if not beating:
        return "none"
    return "ok" if beating[0].heartbeat > time.time() - settings.heartbeat_dead else "silent"


async def _check(question: Any) -> str:
    try:
        answer = await asyncio.wait_for(threads.run_sync(question, lane="health", abandon_on_cancel=True), WAIT)
        return answer if isinstance(answer, str) else "ok"
    except Exception:
        return "failed"
