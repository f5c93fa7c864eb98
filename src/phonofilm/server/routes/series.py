"""/v1/admin/series: the mission's metrics over the past hours, for the console's charts."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.observe import series
from phonofilm.server import threads, words
from phonofilm.server.errors import Refused

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings


class Latency(words.Answer):
    """Submit to published, milliseconds, of clips that no person had to look at; null where none was published."""

    p50: list[float | None]
    p95: list[float | None]


class Series(words.Answer):
    """One value per step in every array."""

    model_config = words.shows(
        {
            "t": [1795212300.0, 1795212600.0],
            "generation_latency_ms": {"p50": [None, 3120.5], "p95": [None, 4800.0]},
            "job_error_rate_pct": [None, 0.0],
            "publish_rate_per_min": [0.0, 2.4],
            "moderation_queue_count": [0, 1],
            "queue_depth": [0, 3],
            "cost": [0, 120000],
        }
    )
    t: list[float] = Field(description="UTC seconds at which each step ends; the last one may still be running")
    generation_latency_ms: Latency
    job_error_rate_pct: list[float | None] = Field(
        description="failed for no fault of the caller, of those that ended; null where none ended"
    )
    publish_rate_per_min: list[float]
    moderation_queue_count: list[int] = Field(description="cases that waited for a person at t")
    queue_depth: list[int] = Field(description="generations that waited to begin at t")
    cost: list[int] = Field(description=f"settled in the step, {words.MONEY}")


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """One route; scope ``operate``."""
    routes = APIRouter(prefix="/v1/admin", tags=["admin"], responses=words.ERRORS)

    @routes.get("/series", summary="The metrics over the past hours")
    async def look(
        response: Response,
        caller: Annotated[Caller, Depends(auth.needs("operate"))],
        hours: Annotated[float, Query(gt=0, le=24 * 31, allow_inf_nan=False)] = 24.0,
        step: Annotated[int, Query(ge=10, le=86_400, description="seconds")] = 300,
    ) -> Series:
        """Counted from the tables when asked. At most 1,500 steps."""
        if hours * 3600 / step > series.MOST_POINTS:
            raise Refused(
                400,
                "invalid_parameter",
                f"that are more than {series.MOST_POINTS} steps; take a longer step or fewer hours",
                field="step",
            )
        response.headers["Cache-Control"] = "no-store"
        return Series(**await threads.run_sync(series.series, service.db, hours, float(step)))

    return routes
