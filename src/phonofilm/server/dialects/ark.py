"""Ark / ModelArk: /api/v3/contents/generations/tasks, as the vendors' clients speak it. Only a translation."""

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from phonofilm.engines import route
from phonofilm.errors import FetchError, MediaError, PhonofilmError, RequestError
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.codes import JobError, as_job_error
from phonofilm.jobs.lifecycle import finish
from phonofilm.jobs.notify import post, webhook
from phonofilm.server import models, threads
from phonofilm.server.dialects import ark_create, ark_task
from phonofilm.server.dialects.ark_content import Item
from phonofilm.server.dialects.ark_errors import error_body
from phonofilm.server.dialects.ark_openapi import CREATE, ERRORS, LIST, TASK
from phonofilm.server.dialects.wire import idempotency, json_body, wrong
from phonofilm.server.errors import Refused, perhaps_recorded
from phonofilm.server.files import Links
from phonofilm.spec.plain import from_plain
from phonofilm.spec.reference import Reference

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.tables import Asset, Job
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

__all__ = ["PREFIX", "error_body", "router"]
PREFIX = "/api/v3"
TASKS = "/contents/generations/tasks"
FETCH_SECONDS = 30.0
"""Within which a reference must be here."""
_TOLD = (
    "generation.queued", "generation.running", "generation.review", "generation.succeeded", "generation.failed",
    "generation.expired",
    "generation.unknown_outcome", "generation.crashed",
)  # fmt: skip
log = logging.getLogger("phonofilm.server")


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """The routes of the dialect."""
    routes = APIRouter(prefix=PREFIX + TASKS, tags=["ark"], responses=ERRORS)
    links = Links(service.bucket, settings)
    reads, makes = auth.needs("read"), auth.needs("generate")
    door = _Door(service, settings)
    speak(links)

    def told(jobs: "list[Job]", request: Request) -> list[dict[str, Any]]:
        outputs = service.outputs_of(jobs)
        return [
            ark_task.shown(job, outputs.get(job.id, []), lambda key: links.url(key, base=str(request.base_url)))
            for job in jobs
        ]

    @routes.post("", summary="Create a task", openapi_extra=CREATE, responses={200: TASK["id"]})
    async def create(
        request: Request, caller: Annotated[Caller, Depends(auth.needs("generate", counts=True))]
    ) -> JSONResponse:
        """Everything that can be checked is checked now; 200 means that the task is on record."""
        body = await json_body(request)
        key = idempotency(request, body)
        asked = ark_create.read(body)
        try:
            job = await threads.run_sync(
                door.create, caller, asked, key, lane="fetch" if asked.content.items else "submit"
            )
        except PhonofilmError as error:
            raise _told(error, asked) from error
        except Exception as error:
            log.exception("create failed")
            raise perhaps_recorded(error, "tasks") from error
        answer = {"id": ark_task.task_id(job)}
        if asked.extra.get("safety_identifier"):
            answer["safety_identifier"] = asked.extra["safety_identifier"]
        return JSONResponse(answer)

    @routes.get("", summary="List tasks", openapi_extra=LIST, responses={200: TASK["list"]})
    async def every(request: Request, caller: Annotated[Caller, Depends(reads)]) -> JSONResponse:
        """Newest first. Filters: ``filter.status``, ``filter.task_ids`` (may be repeated), ``filter.model``,
        ``filter.service_tier``."""
        query = request.query_params
        page, size = _page(query.get("page_num"), "page_num", 1), _page(query.get("page_size"), "page_size", 10)
        status, model, tier = (
            query.get("filter.status"),
            query.get("filter.model"),
            query.get("filter.service_tier") or "default",
        )
        if status and status not in ark_task.STATES:
            raise wrong(f"it must be one of {', '.join(ark_task.STATES)}", "filter.status")
        if tier not in ("default", "flex"):
            raise wrong("it must be default or flex", "filter.service_tier")
        ids = [one for one in query.getlist("filter.task_ids") if one]
        if len(ids) > 500:
            raise wrong("give at most 500 ids", "filter.task_ids")
        known = tuple(ark_task.job_id(one) for one in ids if _can_be(one))
        if (ids and not known) or tier == "flex":
            return JSONResponse({"items": [], "total": 0})

        def listed() -> dict[str, Any]:
            states = ark_task.STATES[status] if status else tuple(ark_task.STATUS)
            jobs, total = service.list(
                caller, limit=size, page=page, states=states, ids=known, models=(model,) if model else (), dialect="ark"
            )
            return {"items": told(jobs, request), "total": total}

        return JSONResponse(await threads.run_sync(listed))

    @routes.get("/{task}", summary="One task", responses={200: TASK["task"]})
    async def one(task: str, request: Request, caller: Annotated[Caller, Depends(reads)]) -> JSONResponse:
        """A task that failed is an answer with status 200 and its error inside."""
        return JSONResponse(await threads.run_sync(lambda: told([door.known(caller, task)], request)[0]))

    @routes.delete(
        "/{task}", summary="Cancel a waiting task, or delete one that has ended", responses={200: TASK["none"]}
    )
    async def delete(task: str, caller: Annotated[Caller, Depends(makes)]) -> JSONResponse:
        """Refused while it runs and once it is cancelled, as the vendor does."""
        await threads.run_sync(door.delete, caller, task)
        return JSONResponse({})

    return routes


class _Door:
    """The calls into the service."""

    def __init__(self, service: "Service", settings: "Settings") -> None:
        self.service, self.settings = service, settings

    def create(self, caller: Caller, asked: ark_create.Asked, key: str | None) -> "Job":
        """Record the job. Fetches references whose measures decide something; the rest the workflow brings in."""
        service = self.service
        engine = self.engine(asked)
        extra, parent = dict(asked.extra), None
        if asked.extra.get("callback_url"):
            self._callback(asked.extra["callback_url"])
        if asked.content.draft_task:
            draft = self._draft(caller, asked.content.draft_task)
            request, parent = ark_create.from_draft(asked, from_plain(draft.request), engine), draft.id
            extra |= {
                "draft_task_id": asked.content.draft_task,
                "input_seconds": (draft.extra or {}).get("input_seconds", 0.0),
            }
        else:
            named = [_named(item) for item in asked.content.items]
            plain = ark_create.make(asked, named, engine, key)
            if named:
                route.choose(
                    plain, service.engines(), [] if engine == route.AUTO else [engine], by=service.config.route_by
                )  # refuse before anything is fetched
            brought = [
                self._bring(caller, item, one, asked) for item, one in zip(asked.content.items, named, strict=True)
            ]
            request = ark_create.make(asked, brought, engine, key)
            extra["input_seconds"] = sum(one.seconds or 0.0 for one in brought if one.reference.kind == "video")
        return service.submit(
            caller,
            request,
            model=asked.model,
            dialect="ark",
            extra=extra,
            priority=asked.priority,
            expires_in=float(asked.expires),
            idempotency_key=key,
            parent=parent,
        )

    def engine(self, asked: ark_create.Asked) -> str:
        """The engine a model's name means. Raises Refused (404)."""
        offered = tuple(one.engine for one in self.service.engines())
        names = self.settings.model_map()
        engine = models.engine_of(asked.model, names, (*offered, route.AUTO), dialect="ark")
        if engine is not None and asked.draft:
            engine = models.draft_engine(names)
        if engine is None or engine not in (*offered, route.AUTO):
            what = f"the model or endpoint {asked.model} does not exist or you do not have access to it"
            raise wrong(
                f"{what}; there are {', '.join(offered)} and the names mapped to them",
                "model",
                code="not_found",
                status=404,
            )
        return engine

    def known(self, caller: Caller, task: str) -> "Job":
        """The caller's task of that id. Raises Refused (404)."""
        try:
            job = self.service.get(caller, ark_task.job_id(task))
        except JobError as error:
            raise ark_task.missing(task) from error
        forgotten = job.state == "cancelled" and (job.finished or job.updated) + ark_task.FORGOTTEN < job_now()
        if job.state == "removed" or forgotten or ark_task.task_id(job) != task:
            raise ark_task.missing(task)
        return job

    def delete(self, caller: Caller, task: str) -> None:
        """Cancel or delete, or refuse."""
        job = self.known(caller, task)
        if job.state == "cancelled" or ark_task.STATUS[job.state] == "running":
            raise wrong(
                f"the task {task} is {ark_task.STATUS[job.state]} and cannot be deleted",
                "id",
                code="conflict",
                status=409,
            )
        if job.state in ("queued", "review"):
            self.service.cancel(caller, job.id)
        else:
            self.service.delete(caller, job.id)

    def _callback(self, url: str) -> None:
        try:
            post.check_url(url, self.settings.fetch_allow)
        except JobError as error:
            raise wrong(str(error), "callback_url") from error

    def _draft(self, caller: Caller, task: str) -> "Job":
        try:
            draft = self.known(caller, task)
        except Refused as error:
            raise wrong(f"there is no draft task {task[:80]}", "content[0].draft_task.id") from error
        if not (draft.extra or {}).get("draft") or draft.state != "succeeded":
            raise wrong(f"task {task} is no draft that has succeeded", "content[0].draft_task.id")
        return draft

    def _bring(
        self, caller: Caller, item: Item, named: ark_create.Brought, asked: ark_create.Asked
    ) -> ark_create.Brought:
        """A reference with its measures, fetched now where they decide the shape, the length or the bill."""
        if item.url.lower().startswith("asset://"):
            try:
                row = self.service.get_asset(caller, item.url[8:].strip("/"))
            except JobError as error:
                raise wrong(f"{error}; upload it first", item.place) from error
        elif item.kind == "video" or (item.role == "first_frame" and asked.ratio == ark_create.ADAPTIVE):
            row = self._fetched(caller, item)
        else:
            return named
        reference = Reference(kind=item.kind, role=item.role, asset=row.id, person=item.person)
        return ark_create.Brought(reference=reference, width=row.width, height=row.height, seconds=row.seconds)

    def _fetched(self, caller: Caller, item: Item) -> "Asset":
        from phonofilm.storage.fetch import fetch

        folder = self.service.config.scratch / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="ark-", dir=folder, ignore_cleanup_errors=True) as place:
            path = Path(place) / "file"
            try:
                fetch(
                    item.url,
                    path,
                    kinds=(item.kind,),
                    max_bytes=self.settings.max_upload,
                    allow=self.settings.fetch_allow,
                    seconds=FETCH_SECONDS,
                )
                return self.service.add_asset(caller, path, name="", kind=item.kind, person=item.person, consent=None)
            except FetchError as error:
                late = "timeout while fetching resource" if error.reason == "timeout" else str(error)
                raise wrong(late, item.place) from error
            except (MediaError, RequestError) as error:
                raise wrong(str(error), item.place) from error
            except JobError as error:
                raise JobError(error.code, str(error), field=item.place) from error


def speak(links: Links) -> None:
    """Say how a change is told to a ``callback_url``: by the body of GET, for the states the vendor tells of. Servers
    and workers call it once."""

    def words(job: "Job", event: str) -> dict[str, Any] | None:
        if event not in _TOLD:
            return None
        from sqlalchemy.orm import object_session

        session = object_session(job)
        outputs = finish.outputs_of(session, job.id) if session is not None and job.state == "succeeded" else []
        return ark_task.shown(job, outputs, links.address)

    webhook.speak("ark", words)
    webhook.linking(links.url)


def job_now() -> float:
    """Now, by the clock of the jobs."""
    from phonofilm.jobs.store.database import now

    return now()


def _named(item: Item) -> ark_create.Brought:
    return ark_create.Brought(reference=Reference(kind=item.kind, role=item.role, url=item.url, person=item.person))


def _told(error: PhonofilmError, asked: ark_create.Asked) -> PhonofilmError:
    """Our refusal with the place in an Ark body."""
    if isinstance(error, Refused):
        return error
    known = as_job_error(error)
    return JobError(known.code, str(known), field=ark_create.place_of(error, asked), retry_after=known.retry_after)


def _can_be(task: str) -> bool:
    try:
        ark_task.job_id(task)
    except Refused:
        return False
    return True


def _page(value: str | None, name: str, default: int) -> int:
    if value is None or value == "":
        return default
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= 500):
        raise wrong("it must be a whole number from 1 to 500", name)
    return int(value)
