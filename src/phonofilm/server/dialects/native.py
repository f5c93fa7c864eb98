"""Our own dialect: /v1/generations, /v1/engines, /v1/usage. Only a translation between the wire and
``jobs.service``."""

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Header, Query, Request, Response

from phonofilm.errors import RequestError
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.library import lookup, shelf
from phonofilm.jobs.observe import forecast
from phonofilm.jobs.store.stored import Stored
from phonofilm.prompt.settled import settled
from phonofilm.server import events, models, threads, words
from phonofilm.server.dialects import wire
from phonofilm.server.errors import Refused
from phonofilm.server.files import Links, serve
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import MAX_SEED, Generate

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.tables import Job, Output
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings
    from phonofilm.spec.capability import Capability

State = Literal[
    "queued",
    "running",
    "review",
    "succeeded",
    "failed",
    "cancelled",
    "expired",
    "unknown_outcome",
    "crashed",
    "removed",
]


class Showing:
    """Jobs as this API shows them."""

    def __init__(self, service: "Service", settings: "Settings") -> None:
        self._service, self._links, self._history = service, Links(service.bucket, settings), forecast.Histories()

    async def told(self, job: "Job", request: Request) -> words.Generation:
        """One, looked up off the event loop."""
        return (await threads.run_sync(self.looking([job], request)))[0]

    def looking(self, jobs: "list[Job]", request: Request) -> Callable[[], list[words.Generation]]:
        """What looks up all that is shown of several."""

        def look() -> list[words.Generation]:
            ahead, outputs = forecast.outlook(self._service.db, jobs, self._history), self._service.outputs_of(jobs)
            return [
                shown(
                    job,
                    outputs.get(job.id, []),
                    lambda key: self._links.url(key, base=str(request.base_url)),
                    *ahead.get(job.id, (None, None)),
                )
                for job in jobs
            ]

        return look


STREAM = (
    "retry: 1000\n\nid: 17\nevent: generation.succeeded\ndata: "
    + json.dumps({"id": 17, "type": "generation.succeeded", "data": {}})
    + "\n\n"
)
MEDIA = {"video/mp4": {"schema": {"type": "string", "format": "binary"}}}


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """The routes of the native dialect, in the order in which the description lists them."""
    routes = APIRouter(prefix="/v1", tags=["generations"], responses=words.ERRORS)
    show = Showing(service, settings)
    _asking(routes, service, auth, settings, show)
    _listing(routes, service, auth, show)
    _each(routes, service, auth, show)
    _following(routes, service, auth, settings, show)
    _files(routes, service, auth)
    _account(routes, service, auth, settings)
    return routes


def _asking(routes: APIRouter, service: "Service", auth: "Auth", settings: "Settings", show: Showing) -> None:
    names = settings.model_map()

    @routes.post("/generations", status_code=201, summary="Ask for a clip")
    async def create(
        request: Request,
        response: Response,
        body: Annotated[words.NewGeneration, Body()],
        caller: Annotated[Caller, Depends(auth.needs("generate", counts=True))],
        idempotency_key: Annotated[
            str | None, Header(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$", examples=["order-4711"])
        ] = None,
    ) -> words.Generation:
        """Everything that can be checked is checked now; 201 means that the job is on record and will reach an end,
        whatever happens to this process.

        With an ``Idempotency-Key`` the same body gives the same job again, and another body is refused (409).
        """
        model = body.model or settings.default_model
        # a seed drawn for a keyed request is drawn from the key, so that the same request sent again is the same
        # request
        drawn = (
            secrets.randbelow(MAX_SEED + 1) if idempotency_key is None else drawn_from(caller.tenant, idempotency_key)
        )
        engine = models.engine_of(model, names, service.tools.engines.names(), dialect="native") or model
        extra = {"metadata": body.metadata, "watermark": body.label}
        job = await threads.run_sync(
            lambda: service.submit(
                caller,
                wish(body, engine, drawn),
                model=model,
                dialect="native",
                extra=extra,
                priority=body.priority,
                expires_in=float(body.expires_in),
                idempotency_key=idempotency_key,
                parent=body.parent,
                project=body.project,
            ),
            lane="submit",
        )
        response.headers["Location"] = f"{request.scope.get('root_path', '')}/v1/generations/{job.id}"
        return await show.told(job, request)


def _listing(routes: APIRouter, service: "Service", auth: "Auth", show: Showing) -> None:
    @routes.get("/generations", summary="Your generations", response_model=words.GenerationList)
    async def every(
        request: Request,
        caller: Annotated[Caller, Depends(auth.needs("read"))],
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        after: Annotated[
            str | None, Query(max_length=64, description="the id the page before ended with (its ``next``)")
        ] = None,
        state: Annotated[list[State] | None, Query(max_length=9)] = None,
        model: Annotated[list[Annotated[str, Query(max_length=128)]] | None, Query(max_length=20)] = None,
        order: Literal["asc", "desc"] = "desc",
        search: Annotated[
            str,
            Query(
                max_length=200,
                description="words of the prompt, the name or the project, a seed, an id, an engine or a ratio",
            ),
        ] = "",
        take_of: Annotated[
            str | None,
            Query(max_length=64, description="made with the words of this generation, whatever times its shots have"),
        ] = None,
        parent: Annotated[str | None, Query(max_length=64, description="made from this generation")] = None,
        project: Annotated[str | None, Query(max_length=60, description="laid into the project of this name")] = None,
        favourite: Annotated[bool, Query(description="only favourites")] = False,
    ) -> Response:
        """Newest first unless ``order=asc``; filters by ``state`` and ``model`` may be repeated."""

        def page() -> bytes:
            """A long page is made where it was looked for: on the event loop everybody would wait for it."""
            jobs, total = service.list(
                caller,
                limit=limit,
                after=after,
                states=tuple(state or ()),
                models=tuple(model or ()),
                order=order,
                search=search,
                take_of=take_of,
                parent=parent,
                project=project,
                favourite=favourite,
            )
            last = jobs[-1].id if len(jobs) == limit else None
            return (
                words.GenerationList(data=show.looking(jobs, request)(), total=total, next=last)
                .model_dump_json()
                .encode()
            )

        return Response(
            await threads.run_sync(page, lane="search" if search or limit > 20 else "quick"),
            media_type="application/json",
        )


def _each(routes: APIRouter, service: "Service", auth: "Auth", show: Showing) -> None:
    reads, makes = auth.needs("read"), auth.needs("generate")

    @routes.get("/generations/{generation}", summary="One generation")
    async def one(request: Request, generation: str, caller: Annotated[Caller, Depends(reads)]) -> words.Generation:
        """Ask as often as you like, or follow ``/events`` instead."""
        return await show.told(await threads.run_sync(service.get, caller, known(generation)), request)

    @routes.patch("/generations/{generation}", summary="Name a generation, lay it into a project, make it a favourite")
    async def change(
        request: Request,
        generation: str,
        body: Annotated[words.GenerationChange, Body()],
        caller: Annotated[Caller, Depends(makes)],
    ) -> words.Generation:
        """In whatever state it is. Names and projects are seen by your tenant alone, found by ``search``, and gone with
        the generation."""
        said = {field: getattr(body, field) for field in body.model_fields_set}
        return await show.told(
            await threads.run_sync(lambda: service.rename(caller, known(generation), **said)), request
        )

    @routes.delete("/generations/{generation}", summary="Delete a finished generation and its files")
    async def delete(generation: str, caller: Annotated[Caller, Depends(makes)]) -> words.Deleted:
        """Refused (409) while it runs (cancel it first) or under a legal hold."""
        job = await threads.run_sync(service.delete, caller, known(generation))
        return words.Deleted(id=job.id)

    @routes.post("/generations/{generation}/cancel", summary="Stop a generation")
    async def cancel(request: Request, generation: str, caller: Annotated[Caller, Depends(makes)]) -> words.Generation:
        """A queued one ends at once, a running one as soon as its engine can; 409 when it has ended already."""
        return await show.told(await threads.run_sync(service.cancel, caller, known(generation)), request)


def _following(routes: APIRouter, service: "Service", auth: "Auth", settings: "Settings", show: Showing) -> None:
    reads = auth.needs("read")

    @routes.get(
        "/generations/{generation}/events",
        summary="Follow a generation",
        response_class=Response,
        responses={
            200: {"content": {"text/event-stream": {"example": STREAM, "schema": {"type": "string"}}}},
            204: {"description": "nothing more will come"},
        },
    )
    async def follow(
        request: Request,
        generation: str,
        caller: Annotated[Caller, Depends(reads)],
        after: Annotated[int | None, Query(ge=0, le=2**53, description="only events after this one")] = None,
        last_event_id: Annotated[
            str | None, Header(description="the same, as browsers send it when they come back", max_length=18)
        ] = None,
    ) -> Response:
        """Server-sent events from the first or from ``Last-Event-ID`` on, until the generation has ended. Comments keep
        idle connections open."""
        return await events.follow(
            service, auth, settings, request, caller, known(generation), events.last_seen(request, after)
        )

    @routes.get("/generations/{generation}/outputs", summary="The files of a generation")
    async def outputs(request: Request, generation: str, caller: Annotated[Caller, Depends(reads)]) -> list[words.File]:
        """Each with a signed link that works without a key for a while."""
        job = await threads.run_sync(service.get, caller, known(generation))
        return (await show.told(job, request)).outputs


def _files(routes: APIRouter, service: "Service", auth: "Auth") -> None:
    reads = auth.needs("read")

    @routes.head("/generations/{generation}/outputs/{name:path}", include_in_schema=False)
    @routes.get(
        "/generations/{generation}/outputs/{name:path}",
        summary="One file of a generation",
        response_class=Response,
        responses={
            200: {"content": MEDIA, "description": "the file"},
            206: {"content": MEDIA, "description": "a range of it"},
        },
    )
    async def output(
        request: Request, generation: str, name: str, caller: Annotated[Caller, Depends(reads)], download: bool = False
    ) -> Response:
        """With the key instead of a signature, for scripts; ranges and HEAD work. Players want the signed links."""
        row = await threads.run_sync(service.output, caller, known(generation), name)
        return await handed(row, request, download)

    @routes.head("/generations/{generation}/content", include_in_schema=False)
    @routes.get(
        "/generations/{generation}/content",
        summary="The clip",
        response_class=Response,
        responses={
            200: {"content": MEDIA, "description": "the clip"},
            206: {"content": MEDIA, "description": "a range of it"},
        },
    )
    async def content(
        request: Request, generation: str, caller: Annotated[Caller, Depends(reads)], download: bool = False
    ) -> Response:
        """The MP4 of a succeeded generation: short for ``outputs/video.mp4``."""
        row = await threads.run_sync(service.output, caller, known(generation), "video.mp4")
        return await handed(row, request, download)

    async def handed(row: "Output", request: Request, download: bool) -> Response:
        stored = Stored(key=row.key, content_type=row.content_type, bytes=row.bytes, sha256=row.sha256)
        return await serve(
            service.bucket,
            stored,
            request,
            cache="private, max-age=3600",
            download=row.name.replace("/", "-") if download else "",
        )


def _account(routes: APIRouter, service: "Service", auth: "Auth", settings: "Settings") -> None:
    reads, names = auth.needs("read"), settings.model_map()

    @routes.get("/projects", summary="Your projects")
    async def projects(caller: Annotated[Caller, Depends(reads)]) -> words.ProjectList:
        """A project begins with the first generation that is laid into it, and is gone with the last."""
        found = await threads.run_sync(shelf.projects, service.db, caller.tenant)
        return words.ProjectList(data=[words.Project(name=name, clips=clips) for name, clips in found])

    @routes.get("/engines", tags=["engines"], summary="Engines, what each can do and which model names mean it")
    async def engines(caller: Annotated[Caller, Depends(reads)]) -> words.EngineList:
        """A request that an engine cannot honour is refused, and the refusal names one that could."""
        cards = await threads.run_sync(service.engines)
        return words.EngineList(data=[card(one, names) for one in cards])

    @routes.get("/usage", tags=["usage"], summary="What you made and spent in a month")
    async def usage(
        caller: Annotated[Caller, Depends(reads)],
        month: Annotated[str | None, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", examples=["2026-11"])] = None,
    ) -> words.Usage:
        """The month is UTC; this month unless said otherwise. ``reserved`` is money held for jobs on their way."""
        return words.Usage(**await threads.run_sync(lookup.usage, service.db, caller.tenant, month))


def known(generation: str) -> str:
    """The id, if it can be one. Raises Refused (404)."""
    if not re.fullmatch(r"gen_[a-z0-9]{1,40}", generation):
        raise Refused(
            404, "not_found", "there is no such generation; ids look like gen_01k3v8f0...", field="generation"
        )
    return generation


def drawn_from(tenant: str, key: str) -> int:
    """A seed that is chance to anybody but the same for the same key."""
    return int.from_bytes(hashlib.sha256(f"{tenant}\n{key}".encode()).digest()[:8], "big") % (MAX_SEED + 1)


def wish(body: words.NewGeneration, engine: str, drawn: int) -> Generate:
    """The body, with the seed ``drawn`` where it names none, in the vocabulary of the house. Raises Refused naming the
    field."""
    references = []
    for number, given in enumerate(body.references):
        place = f"references[{number}]"
        if (given.asset is None) == (given.url is None):
            raise Refused(
                400,
                "invalid_parameter",
                "a reference needs an asset or a url, and only one of them",
                field=f"{place}.asset",
            )
        try:
            references.append(Reference(**given.model_dump()))
        except RequestError as error:
            raise Refused(400, "invalid_parameter", str(error), field=place) from error
    fields: dict[str, Any] = {
        "seconds": body.duration,
        "ratio": body.ratio,
        "resolution": body.resolution,
        "seed": drawn if body.seed is None else body.seed,
    }
    if body.task == "generate":
        said = {
            "seconds" if name == "duration" else name
            for name in body.model_fields_set
            if getattr(body, name) is not None
        }
        fields |= settled(body.prompt, said)
    try:
        return Generate(
            prompt=body.prompt,
            **fields,
            steps=body.steps,
            guidance=body.guidance,
            engine=engine,
            task=body.task,
            references=tuple(references),
            sound=body.sound,
            edit_strength=body.edit_strength,
        )
    except RequestError as error:
        field = {"seconds": "duration", "engine": "model"}.get(error.field or "", error.field)
        raise Refused(400, "invalid_parameter", str(error), field=field) from error


def shown(
    job: "Job",
    outputs: "list[Output]",
    link: Callable[[str], str],
    position: int | None = None,
    remaining: float | None = None,
) -> words.Generation:
    """A job's row as the API shows it."""
    asked: dict[str, Any] = job.request
    references = [
        {
            name: value
            for name, value in one.items()
            if name != "path" and value not in (None, "") and not str(value).startswith("data:")
        }
        for one in asked.get("references") or ()
    ]
    files = [
        words.File(
            name=o.name,
            url=link(o.key),
            content_type=o.content_type,
            bytes=o.bytes,
            sha256=o.sha256,
            width=o.width,
            height=o.height,
        )
        for o in outputs
    ]
    waits = wire.held(job)
    fault = job.error and words.JobFault(
        code=str(job.error.get("code", "")), message=str(job.error.get("message", "")), field=job.error.get("field")
    )
    return words.Generation(
        id=job.id,
        state=job.state,  # type: ignore[arg-type]
        step=job.step,
        progress=round(job.progress, 4),
        model=job.model,
        engine=job.engine,
        task=asked.get("task", "generate"),
        prompt=asked.get("prompt", ""),
        duration=asked.get("seconds", 0.0),
        resolution=asked.get("resolution", ""),
        ratio=asked.get("ratio", ""),
        seed=job.seed,
        sound=asked.get("sound", True),
        steps=asked.get("steps"),
        guidance=asked.get("guidance"),
        edit_strength=asked.get("edit_strength"),
        references=references,
        priority=job.priority,
        created=job.created,
        started=job.started,
        finished=job.finished,
        expires=job.expires,
        error=fault or None,
        result=job.result,
        held=None if waits is None else words.Hold(**waits),
        cost=words.Cost(reserved=job.cost_reserved, settled=job.cost_settled, price_version=job.price_version),
        parent=job.parent,
        metadata=(job.extra or {}).get("metadata") or {},
        label=(job.extra or {}).get("watermark") is not False,
        group=job.script_hash[:16],
        name=job.name,
        project=job.project,
        favourite=job.favourite is not None,
        queue_position=position,
        remaining=remaining,
        outputs=files,
    )


def card(one: "Capability", names: dict[str, str]) -> words.EngineCard:
    """A capability as the API shows it."""
    return words.EngineCard(
        name=one.engine,
        tasks=list(one.tasks),
        min_seconds=one.min_seconds,
        max_seconds=one.max_seconds,
        resolutions=list(one.resolutions),
        ratios=list(one.ratios),
        languages=list(one.languages),
        sound=one.sound,
        guided=one.guided,
        references=[f"{kind}/{role}" for kind, role in one.references],
        remote=one.remote,
        step_seconds=one.step_seconds,
        usd_per_second=one.usd_per_second,
        models=sorted(name for name, engine in names.items() if engine == one.engine and "/" not in name),
    )
