"""/v1/admin/rollouts: an engine's new version by canary, seen, held, sent on and back."""

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Body, Depends, Path, Request
from pydantic import Field

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.rollout import control, rules
from phonofilm.server import threads, words
from phonofilm.votes.studies import Judged, judged

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.rollout.tables import Rollout as Row
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

_ARM = {"engine": "ark-2", "ended": 812, "errors": 3, "above_5s": 20, "above_8s": 4, "ratings": 210, "mos": 4.1}
_ROLLOUT = {
    "id": "rol_01k3v8f0qk7c3m4n5p6q7r8s9t", "object": "rollout", "model": "seedance_v2", "state": "walking",
    "percent": 5, "stage": 0, "hours": 12.5,
    "candidate": _ARM, "control": {**_ARM, "engine": "ark"}, "passed": ["unit", "vectors"],
    "waits": ["59.5 h more at 5 %"], "reason": "begun",
    "created": 1795212345.2, "updated": 1795212345.2,
}  # fmt: skip
Ident = Annotated[str, Path(pattern=r"^rol_[a-z0-9]{1,40}$")]
Engine = Annotated[words.Text, Field(min_length=1, max_length=128)]


class NewRollout(words.Body):
    """A candidate enters at 5 % of the tenants."""

    model_config = words.shows(
        {"model": "seedance_v2", "control": "ark", "candidate": "ark-2", "passed": ["unit", "vectors"]}
    )
    model: Engine = Field(description="the name callers ask for; also the flag that tenants fall into")
    control: Engine = Field(description="the engine it means now")
    candidate: Engine
    passed: Annotated[list[Literal["unit", "vectors"]], Field(max_length=2)] = Field(
        [], description="suites the candidate has passed"
    )


class RolloutAct(words.Body):
    """hold: stay here. go: to the next stage, or on walking where it was held. back: nobody gets it any more."""

    model_config = words.shows({"action": "hold", "note": "waits for the legal review"})
    action: Literal["hold", "go", "back"]
    note: Annotated[words.Text, Field(min_length=1, max_length=400)]


class RolloutSuite(words.Body):
    model_config = words.shows({"suite": "vectors", "passed": True})
    suite: Literal["unit", "vectors"]
    passed: bool = True


class RolloutArm(words.Answer):
    """What became of an arm's clips: the candidate's in this stage, the control's of late."""

    engine: str
    ended: int
    errors: int
    above_5s: int
    above_8s: int
    ratings: int
    mos: float | None


class Rollout(words.Answer):
    """Where a rollout stands."""

    model_config = words.shows(_ROLLOUT)
    id: str
    object: Literal["rollout"] = "rollout"
    model: str
    state: Literal["walking", "held", "done", "rolled_back"]
    percent: int = Field(description="of the tenants that get the candidate")
    stage: int = Field(description="0: 5 %, 1: 25 %, 2: everything")
    hours: float = Field(description="in this stage; hours in which nobody looked do not count")
    candidate: RolloutArm
    control: RolloutArm
    passed: list[str]
    waits: list[str] = Field(description="what the next stage waits for")
    reason: str
    created: float
    updated: float


class RolloutList(words.Answer):
    model_config = words.shows({"object": "list", "data": [_ROLLOUT], "trouble": ""})
    object: Literal["list"] = "list"
    data: list[Rollout]
    trouble: str = Field(description="what is wrong with the file of flags; the flags before it hold")


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """The operator's; scope ``operate``."""
    routes = APIRouter(prefix="/v1/admin/rollouts", tags=["admin"], responses=words.ERRORS)
    Operator = Annotated[Caller, Depends(auth.needs("operate"))]
    db = service.db

    def all_of(rows: "list[Row]") -> list[Rollout]:
        with db.reading() as session:
            people = judged(session, [(engine, row.created) for row in rows for engine in (row.candidate, row.control)])
        return [card(row, rated, beside) for row, rated, beside in zip(rows, people[::2], people[1::2])]

    def shown(row: "Row") -> Rollout:
        return all_of([row])[0]

    def card(row: "Row", rated: Judged, beside: Judged) -> Rollout:
        walk = control.walk_of(row)

        def arm(engine: str, one: rules.Arm, said: Judged) -> RolloutArm:
            return RolloutArm(
                engine=engine,
                ended=one.ended,
                errors=one.errors,
                above_5s=one.late,
                above_8s=one.slow,
                ratings=said.count,
                mos=round(said.mean, 2) if said.count else None,
            )

        walking = row.state in ("walking", "held")
        waits = rules.waiting(walk, rated, frozenset(row.passed)) if walking else []
        return Rollout(
            id=row.id,
            model=row.model,
            state=row.state,  # type: ignore[arg-type]
            percent=rules.percent(walk),
            stage=walk.stage,
            hours=round(walk.soaked / 3600, 2),
            candidate=arm(row.candidate, walk.candidate, rated),
            control=arm(row.control, walk.control, beside),
            passed=list(row.passed),
            waits=waits,
            reason=row.reason,
            created=row.created,
            updated=row.updated,
        )

    @routes.get("", summary="Rollouts")
    async def every(request: Request, caller: Operator) -> RolloutList:
        """Newest first, and what is wrong with the file of flags."""

        def look() -> RolloutList:
            flags = request.app.state.chooser.flags
            if flags is not None:
                flags.flags()
            return RolloutList(data=all_of(control.every(db)), trouble=flags.trouble if flags else "")

        return await threads.run_sync(look)

    @routes.post("", status_code=201, summary="Begin a rollout")
    async def begin(body: Annotated[NewRollout, Body()], caller: Operator) -> Rollout:
        """409 while another of this model is under way."""
        names = frozenset(service.tools.engines.names())

        def make() -> Rollout:
            return shown(
                control.begin(
                    db,
                    names,
                    model=body.model,
                    control=body.control,
                    candidate=body.candidate,
                    actor=caller.actor,
                    passed=tuple(body.passed),
                )
            )

        return await threads.run_sync(make)

    @routes.post("/{ident}/act", summary="Hold it, send it on or back")
    async def act(ident: Ident, body: Annotated[RolloutAct, Body()], caller: Operator) -> Rollout:
        """At once, and on record with its reason."""
        return await threads.run_sync(
            lambda: shown(control.act(db, ident, body.action, actor=caller.actor, note=body.note))
        )

    @routes.post("/{ident}/suites", summary="Put a suite's outcome on record")
    async def suites(ident: Ident, body: Annotated[RolloutSuite, Body()], caller: Operator) -> Rollout:
        """Both suites are gates."""
        return await threads.run_sync(
            lambda: shown(control.passed(db, ident, body.suite, body.passed, actor=caller.actor))
        )

    return routes
