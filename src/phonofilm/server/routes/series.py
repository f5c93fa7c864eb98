"""What the console draws: /v1/admin/series, the mission's metrics over the past hours; /v1/admin/numbers, the owner's
numbers; /v1/admin/income, what a month would bring."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.money import income
from phonofilm.jobs.observe import numbers, series
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


_TALLY = {
    "made": 40, "blocked": 1, "failed": 2, "dropped": 1, "open": 0, "cost": 8400000, "asked": 44,
    "cost_per_generation": 210000.0,
}  # fmt: skip
_NUMBERS = {
    "object": "numbers", "at": 1795996800.0, "since": "2026-11-30", "until": "2026-11-30",
    "active_users": {"day": 4, "week": 9, "month": 21}, "generations": _TALLY, "engines": [{"engine": "ark", **_TALLY}],
    "days": [{"date": "2026-11-30", "users": 4, **_TALLY, "engines": [{"engine": "ark", **_TALLY}]}],
    "cost": {"per_generation": 210000.0, "cap": 200000, "percent_of_cap": 105.0, "alert": False},
    "moderation": {
        "blocked": 1, "held": 2, "appealed": 0, "per_thousand": {"blocked": 22.73, "held": 45.45, "appealed": 0.0},
    },
    "publish": {"there": 39, "kept": 9, "shared": 4, "continued": 2, "used": 13, "percent": 33.33},
}  # fmt: skip
_INPUTS = {
    "users": 10000.0, "price": 12.0, "free_generations": 3.0, "paid_generations": 40.0, "cost_per_generation": 0.1,
    "cost_cap": 0.0, "fee_percent": 2.9, "fee_fixed": 0.3, "fixed_costs": 500.0,
}  # fmt: skip
_ROW = {
    "conversion": 5.0, "payers": 500.0, "revenue": 6000.0, "fees": 324.0, "generations": 48500.0, "making": 4850.0,
    "profit": 326.0, "margin": 5.43, "at_alert": None,
}  # fmt: skip


class Tally(words.Answer):
    """Generations by what became of them: a clip was made (also where it was removed since), moderation blocked it, it
    failed for no fault of the caller, it was dropped (cancelled, or refused for the caller's doing), or it is open."""

    asked: int = Field(description="all of them")
    made: int
    blocked: int
    failed: int
    dropped: int
    open: int
    cost: int = Field(description=f"settled, {words.MONEY}")
    cost_per_generation: float | None = Field(description="of each made, what failures cost included")


class EngineTally(Tally):
    engine: str


class DayTally(Tally):
    date: str = Field(description="UTC")
    users: int = Field(description="who asked for a generation on it")
    engines: list[EngineTally]


class ActiveUsers(words.Answer):
    """Who asked for a generation today, within 7 and within 30 UTC days (DAU, WAU, MAU), whatever days are asked
    for."""

    day: int
    week: int
    month: int


class CostNumbers(words.Answer):
    """Of yesterday and today; null where nothing was made."""

    per_generation: float | None = Field(description=words.MONEY)
    cap: int | None = Field(description="the setting cost_cap; null: there is none")
    percent_of_cap: float | None
    alert: bool = Field(description="above 120 % of the cap")


class PerThousand(words.Answer):
    blocked: float | None
    held: float | None
    appealed: float | None


class ModerationNumbers(words.Answer):
    """Generations that moderation refused, held for a person, and about which somebody appealed."""

    blocked: int
    held: int
    appealed: int
    per_thousand: PerThousand = Field(description="of a thousand generations; null where none was asked for")


class PublishNumbers(words.Answer):
    """What became of the clips that are still there. One clip may count in all three; downloads are not on record."""

    there: int
    kept: int = Field(description="starred, named or put into a project")
    shared: int = Field(description="by a link")
    continued: int = Field(description="extended, edited or remixed")
    used: int = Field(description="by at least one of the three")
    percent: float | None = Field(description="the publish rate: used of there")


class OwnerNumbers(words.Answer):
    """Counts; nobody is named. All about the generations asked for on these days. Who of the visitors pays is not among
    them: nothing here sees either."""

    model_config = words.shows(_NUMBERS)
    object: Literal["numbers"] = "numbers"
    at: float
    since: str = Field(description="the first UTC day")
    until: str = Field(description="the last: today, as far as it has come")
    active_users: ActiveUsers
    generations: Tally
    engines: list[EngineTally]
    days: list[DayTally]
    cost: CostNumbers
    moderation: ModerationNumbers
    publish: PublishNumbers


class IncomeInputs(words.Answer):
    """A month as it is assumed; dollars and counts a month."""

    users: float
    price: float
    free_generations: float
    paid_generations: float
    cost_per_generation: float
    cost_cap: float
    fee_percent: float
    fee_fixed: float
    fixed_costs: float


class IncomeRow(words.Answer):
    """A month at one conversion, in dollars; conversion and margin in per cent."""

    conversion: float
    payers: float
    revenue: float
    fees: float
    generations: float
    making: float = Field(description="what the generations cost")
    profit: float
    margin: float | None
    at_alert: float | None = Field(
        description="the profit if each generation cost 120 % of its cap; null without a cap"
    )


class IncomeModel(words.Answer):
    """A model, no forecast: who pays is not known here."""

    model_config = words.shows(
        {"inputs": _INPUTS, "sources": dict.fromkeys(_INPUTS, "assumed"), "rows": [_ROW], "break_even": 4.15}
    )
    inputs: IncomeInputs
    sources: dict[str, Literal["measured", "set", "assumed"]] = Field(description="where each input comes from")
    rows: list[IncomeRow]
    break_even: float | None = Field(description="per cent of the users who must pay for a profit of 0")


Days = Annotated[int, Query(ge=1, le=numbers.MOST_DAYS, description="UTC days, today's included")]
Given = Annotated[float | None, Query(ge=0, le=income.LARGEST, allow_inf_nan=False)]


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """Three routes; scope ``operate``."""
    routes = APIRouter(prefix="/v1/admin", tags=["admin"], responses=words.ERRORS)
    Operator = Annotated[Caller, Depends(auth.needs("operate"))]

    @routes.get("/series", summary="The metrics over the past hours")
    async def look(
        response: Response,
        caller: Operator,
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

    def counted(days: int) -> numbers.Numbers:
        return numbers.numbers(service.db, days, cap=service.config.cap)

    @routes.get("/numbers", summary="The owner's numbers")
    async def owned(response: Response, caller: Operator, days: Days = 30) -> OwnerNumbers:
        """Users, generations, what one costs, moderation and what becomes of clips, counted from the tables when
        asked."""
        response.headers["Cache-Control"] = "no-store"
        return OwnerNumbers(**await threads.run_sync(lambda: counted(days).plain()))

    @routes.get("/income", summary="What a month would bring")
    async def modelled(
        response: Response,
        caller: Operator,
        days: Days = 30,
        conversion: Annotated[list[float] | None, Query(max_length=income.MOST_CONVERSIONS)] = None,
        users: Given = None,
        price: Given = None,
        free_generations: Given = None,
        paid_generations: Given = None,
        cost_per_generation: Given = None,
        cost_cap: Given = None,
        fee_percent: Annotated[float | None, Query(ge=0, le=100, allow_inf_nan=False)] = None,
        fee_fixed: Given = None,
        fixed_costs: Given = None,
    ) -> IncomeModel:
        """At 0.1, 1 and 5 % conversion, or at those given. An input that is not given is as measured over ``days``, or
        assumed: ``sources`` says which."""
        inputs = {
            "users": users, "price": price, "free_generations": free_generations, "paid_generations": paid_generations,
            "cost_per_generation": cost_per_generation, "cost_cap": cost_cap, "fee_percent": fee_percent,
            "fee_fixed": fee_fixed, "fixed_costs": fixed_costs,
        }  # fmt: skip
        given = {name: value for name, value in inputs.items() if value is not None}
        at = tuple(conversion) if conversion else income.CONVERSIONS
        response.headers["Cache-Control"] = "no-store"
        return IncomeModel(**asdict(await threads.run_sync(lambda: income.income(counted(days), given, at))))

    return routes
