"""For those who run the place: keys, tenants, budgets, engines, the audit log, metrics. The review desk is in
``server.routes.desk``."""

import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Query, Response
from pydantic import Field

from phonofilm.jobs.accounts import keys
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.library import lookup
from phonofilm.jobs.lifecycle import recovery
from phonofilm.jobs.money import ledger
from phonofilm.jobs.observe import audit, metrics
from phonofilm.rollout import figures as rollouts
from phonofilm.server import threads, words
from phonofilm.server.dialects.native import known
from phonofilm.server.errors import Refused

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

_KEY = {
    "id": "k7m2p9q4r8s3", "tenant": "main", "user": "ana", "name": "laptop", "scopes": ["generate", "read"],
    "created": 1795212345.2, "expires": None,
    "revoked": None, "last_used": None, "key": None,
}  # fmt: skip


class NewKey(words.Body):
    """A key to be made."""

    model_config = words.shows({"tenant": "main", "user": "ana", "scopes": ["generate", "read"], "name": "laptop"})
    tenant: Annotated[words.Text, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    user: Annotated[words.Text, Field(pattern=r"^[^\s\x00-\x1f]{1,120}$")]
    scopes: Annotated[list[Literal["generate", "read", "review", "operate"]], Field(min_length=1, max_length=4)] = (
        Field(default=["generate", "read"])
    )
    name: Annotated[words.Text, Field(max_length=200)] = ""
    expires: Annotated[words.Number, Field(gt=0, le=1e11)] | None = None


class Key(words.Answer):
    model_config = words.shows(_KEY)
    id: str
    tenant: str
    user: str
    name: str
    scopes: list[str]
    created: float
    expires: float | None
    revoked: float | None
    last_used: float | None
    key: str | None = Field(None, description="the whole key; shown when it is made, never again")


class KeyList(words.Answer):
    model_config = words.shows({"object": "list", "data": [_KEY]})
    object: Literal["list"] = "list"
    data: list[Key]


class TenantSettings(words.Body):
    """A tenant's own limits; null takes an override away."""

    model_config = words.shows({"requests_per_minute": 60, "concurrency": 4})
    requests_per_minute: Annotated[words.Whole, Field(ge=0, le=100_000)] | None = None
    concurrency: Annotated[words.Whole, Field(ge=1, le=10_000)] | None = None
    daily_clips: Annotated[words.Whole, Field(ge=0, le=10_000_000)] | None = None
    daily_clips_per_user: Annotated[words.Whole, Field(ge=0, le=10_000_000)] | None = None
    open_jobs: Annotated[words.Whole, Field(ge=0, le=10_000_000)] | None = None
    profile: Literal["eu", "cn", "us-ca", "none"] | None = None
    retention_days: Annotated[words.Whole, Field(ge=1, le=3650)] | None = None


class Tenant(words.Answer):
    model_config = words.shows(
        {"id": "main", "name": "main", "created": 1795212345.2, "settings": {"requests_per_minute": 60}}
    )
    id: str
    name: str
    created: float
    settings: dict[str, Any]


class TenantList(words.Answer):
    model_config = words.shows({"object": "list", "data": [words.examples_of(Tenant)[0]]})
    object: Literal["list"] = "list"
    data: list[Tenant]


class NewBudget(words.Body):
    """What a tenant may spend in a month."""

    model_config = words.shows({"monthly": 50_000_000, "hard": True})
    monthly: Annotated[words.Whole, Field(ge=0, le=10**15, description=words.MONEY)]
    hard: bool = Field(True, description="refuse submits beyond it; otherwise alerts alone (80, 100, 120 %)")


class EngineState(words.Answer):
    """How an engine is, as the workers last saw it."""

    name: str
    remote: bool
    breakers: dict[str, str] = Field(description="per worker: closed, half_open or open")
    waiting: int = Field(description="generations queued for it")
    running: int


class EngineStates(words.Answer):
    model_config = words.shows(
        {
            "object": "list",
            "data": [{"name": "ark", "remote": True, "breakers": {"worker-1": "closed"}, "waiting": 3, "running": 1}],
            "workers": {"worker-1": 1.2},
        }
    )
    object: Literal["list"] = "list"
    data: list[EngineState]
    workers: dict[str, float] = Field(description="seconds since each worker's last heartbeat")


class Resolution(words.Body):
    """What a person found out about a paid submit whose fate was unknown."""

    model_config = words.shows({"decision": "publish", "vendor_id": "cgt-2026-abc"})
    decision: Literal["retry", "publish", "settle", "block"] = Field(
        description=(
            "retry: it never arrived, send it anew; publish: it did, go on with vendor_id; settle: billed and lost;"
            " block: neither billed nor wanted"
        )
    )
    vendor_id: Annotated[words.Text, Field(max_length=200)] = ""


class Resolved(words.Answer):
    model_config = words.shows({"id": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t", "state": "queued"})
    id: str
    state: str


class AuditState(words.Answer):
    model_config = words.shows({"whole": True, "broken_at": None, "checkpoint": "118:4f0a"})
    whole: bool
    broken_at: int | None
    checkpoint: str


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """The operator's routes; scope ``operate``."""
    routes = APIRouter(prefix="/v1/admin", tags=["admin"], responses=words.ERRORS)
    _keys(routes, service, auth)
    _tenants(routes, service, auth)
    _running(routes, service, auth)
    return routes


def _noted(service: "Service", caller: Caller, action: str, subject: str, data: dict[str, object]) -> None:
    with service.db.session() as session:
        audit.record(session, caller.actor, action, subject, data)


def _shown(row: keys.ApiKey, whole: str | None = None) -> Key:
    return Key(**{name: getattr(row, name) for name in Key.model_fields if name != "key"}, key=whole)


def _keys(routes: APIRouter, service: "Service", auth: "Auth") -> None:
    Operator = Annotated[Caller, Depends(auth.needs("operate"))]

    @routes.post("/keys", status_code=201, summary="Make a key")
    async def create_key(body: Annotated[NewKey, Body()], caller: Operator) -> Key:
        """The tenant is made with it if it is new. The answer holds the whole key, this once."""

        def make() -> Key:
            row, whole = keys.create(
                service.db,
                tenant=body.tenant,
                user=body.user,
                scopes=list(body.scopes),
                name=body.name,
                expires=body.expires,
            )
            _noted(
                service,
                caller,
                "key.create",
                row.id,
                {"tenant": row.tenant, "user": row.user, "scopes": list(row.scopes)},
            )
            return _shown(row, whole)

        return await threads.run_sync(make)

    @routes.get("/keys", summary="Every key")
    async def list_keys(caller: Operator, tenant: Annotated[str | None, Query(max_length=63)] = None) -> KeyList:
        """Never their secrets: nobody has them."""
        return KeyList(data=[_shown(row) for row in await threads.run_sync(keys.every, service.db, tenant)])

    @routes.delete("/keys/{key}", summary="Revoke a key")
    async def revoke_key(key: Annotated[str, Field(max_length=64)], caller: Operator) -> words.Deleted:
        """It opens nothing from now on (elsewhere within seconds)."""
        if not await threads.run_sync(keys.revoke, service.db, key):
            raise Refused(404, "not_found", "there is no such key", field="key")
        auth.forget(key)
        await threads.run_sync(_noted, service, caller, "key.revoke", key, {})
        return words.Deleted(id=key)


def _tenants(routes: APIRouter, service: "Service", auth: "Auth") -> None:
    Operator = Annotated[Caller, Depends(auth.needs("operate"))]
    Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]

    @routes.get("/tenants", summary="Every tenant")
    async def list_tenants(caller: Operator) -> TenantList:
        """With their own limits."""
        rows = await threads.run_sync(lookup.tenants, service.db)
        return TenantList(
            data=[Tenant(id=row.id, name=row.name, created=row.created, settings=row.settings) for row in rows]
        )

    @routes.patch("/tenants/{tenant}", summary="A tenant's own limits")
    async def change_tenant(tenant: Name, body: Annotated[TenantSettings, Body()], caller: Operator) -> Tenant:
        """Only what is sent is changed."""
        changes = body.model_dump(exclude_unset=True)
        row = await threads.run_sync(lookup.change_tenant, service.db, tenant, changes)
        if row is None:
            raise Refused(404, "not_found", "there is no such tenant; make a key for it first", field="tenant")
        auth.forget()
        await threads.run_sync(_noted, service, caller, "tenant.change", tenant, changes)
        return Tenant(id=row.id, name=row.name, created=row.created, settings=row.settings)

    @routes.put("/tenants/{tenant}/budget", summary="A tenant's budget")
    async def budget(tenant: Name, body: Annotated[NewBudget, Body()], caller: Operator) -> words.Usage:
        """Alerts go out at 80, 100 and 120 %."""

        def change() -> dict[str, Any]:
            with service.db.session() as session:
                if session.get(keys.Tenant, tenant) is None:
                    raise Refused(404, "not_found", "there is no such tenant; make a key for it first", field="tenant")
                ledger.set_budget(session, tenant, body.monthly, hard=body.hard, actor=caller.actor)
            return lookup.usage(service.db, tenant)

        return words.Usage(**await threads.run_sync(change))

    @routes.get("/tenants/{tenant}/usage", summary="What a tenant made and spent")
    async def usage(
        tenant: Name, caller: Operator, month: Annotated[str | None, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")] = None
    ) -> words.Usage:
        """The month is UTC."""
        return words.Usage(**await threads.run_sync(lookup.usage, service.db, tenant, month))


def _running(routes: APIRouter, service: "Service", auth: "Auth") -> None:
    Operator = Annotated[Caller, Depends(auth.needs("operate"))]

    @routes.get("/engines", summary="How the engines are")
    async def engines(caller: Operator) -> EngineStates:
        """Circuit breakers, what waits and runs, and when each worker was last heard of."""

        def look() -> EngineStates:
            breakers, counts = lookup.engine_states(service.db)
            data = [
                EngineState(
                    name=one.engine,
                    remote=one.remote,
                    breakers=breakers.get(one.engine, {}),
                    waiting=counts.get((one.engine, "queued"), 0),
                    running=counts.get((one.engine, "running"), 0),
                )
                for one in service.engines()
            ]
            moment = time.time()
            return EngineStates(
                data=data, workers={row.id: round(moment - row.heartbeat, 1) for row in lookup.workers(service.db)}
            )

        return await threads.run_sync(look)

    @routes.post("/generations/{generation}/resolve", summary="Resolve an unknown outcome")
    async def resolve(generation: str, body: Annotated[Resolution, Body()], caller: Operator) -> Resolved:
        """Only for generations in the state ``unknown_outcome``: nothing is ever sent to a vendor twice without a
        person's word."""

        def act() -> Resolved:
            job = lookup.any_job(service.db, known(generation))
            if job is None:
                raise Refused(404, "not_found", "there is no such generation", field="generation")
            if job.state != "unknown_outcome":
                raise Refused(409, "conflict", f"its outcome is known: {job.state}", field="generation")
            state = recovery.wake(service.db, service.config, generation, body.decision, vendor_id=body.vendor_id)
            _noted(
                service, caller, "outcome.resolve", generation, {"decision": body.decision, "vendor_id": body.vendor_id}
            )
            return Resolved(id=generation, state=state)

        return await threads.run_sync(act)

    @routes.post("/generations/{generation}/restart", summary="Start a crashed generation again")
    async def restart(generation: str, caller: Operator) -> Resolved:
        """Only in the state ``crashed``, once what killed its process is mended. It keeps its id; another crash takes
        as many deaths as before."""

        def act() -> Resolved:
            state = recovery.restart(service.db, known(generation))
            _noted(service, caller, "generation.restart", generation, {})
            return Resolved(id=generation, state=state)

        return await threads.run_sync(act)

    @routes.get("/audit", summary="Is the audit log whole?")
    async def audit_state(
        caller: Operator, checkpoint: Annotated[str | None, Query(pattern=r"^\d{1,18}:[0-9a-f]{64}$")] = None
    ) -> AuditState:
        """``checkpoint`` is a line this route gave before, kept elsewhere: the log is held against it. The answer's own
        is to be kept in its turn."""

        def look() -> AuditState:
            broken, line = audit.check(service.db, checkpoint)
            return AuditState(whole=broken is None, broken_at=broken, checkpoint=line)

        return await threads.run_sync(look)


def metrics_router(service: "Service", auth: "Auth") -> APIRouter:
    """``/metrics`` for Prometheus, with a key of scope ``operate`` as its bearer token."""
    routes = APIRouter(tags=["admin"], responses=words.ERRORS)

    shown: dict[int | str, dict[str, Any]] = {
        200: {"content": {"text/plain": {"example": "moderation_queue_count 0\n", "schema": {"type": "string"}}}}
    }

    @routes.get("/metrics", summary="Figures for Prometheus", response_class=Response, responses=shown)
    async def figures(caller: Annotated[Caller, Depends(auth.needs("operate"))]) -> Response:
        """generation_latency_ms, job_error_rate_pct, publish_rate_per_min, moderation_queue_count and more."""
        page = await threads.run_sync(
            lambda: metrics.render(service.db, service.config.cap) + rollouts.render(service.db)
        )
        return Response(page, headers={"Content-Type": metrics.CONTENT_TYPE})

    return routes
