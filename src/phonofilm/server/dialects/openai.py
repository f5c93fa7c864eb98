"""The Videos API: /v1/videos, as OpenAI's clients and everything made after them speak it. Only a translation."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from phonofilm.errors import PhonofilmError
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.store.stored import Stored
from phonofilm.jobs.store.tables import TERMINAL
from phonofilm.server import threads
from phonofilm.server.dialects import openai_form, openai_video
from phonofilm.server.dialects.openai_make import Maker, placed
from phonofilm.server.dialects.openai_openapi import ANSWERS, BODIES, ERRORS, LIST, VARIANT
from phonofilm.server.dialects.openai_video import POLL, error_body, job_id, missing, shown
from phonofilm.server.dialects.wire import idempotency, wrong
from phonofilm.server.errors import Refused, perhaps_recorded
from phonofilm.server.files import serve

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.tables import Job
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

__all__ = ["PREFIX", "error_body", "router"]
PREFIX = "/v1/videos"
VARIANTS = {"video": "video.mp4", "thumbnail": "poster.webp", "spritesheet": "spritesheet.jpg"}
log = logging.getLogger("phonofilm.server")
Make = Callable[[Caller, openai_form.Sent, str | None], "Job"]


class Videos:
    """What the routes share."""

    def __init__(self, service: "Service", settings: "Settings") -> None:
        self._service, self._settings = service, settings

    async def made(self, request: Request, caller: Caller, make: Make) -> JSONResponse:
        """A video asked for with this body, by this way of making one."""
        async with openai_form.read(
            request, self._service.config.scratch / "incoming", max_file=self._settings.max_upload
        ) as sent:
            names = {name: value for name, value in sent.values.items()} | {
                name: [file.name, file.bytes] for name, file in sent.files.items()
            }
            key = idempotency(request, {"path": request.url.path, **names})
            try:
                job = await threads.run_sync(make, caller, sent, key, lane="media" if sent.files else "submit")
            except PhonofilmError as error:
                raise placed(error) from error
            except Exception as error:
                log.exception("submit failed")
                raise perhaps_recorded(error, "videos") from error
        return JSONResponse(shown(job), headers=POLL)

    def known(self, caller: Caller, video: str) -> "Job":
        """A caller's own, or what says that there is none."""
        try:
            job = self._service.get(caller, job_id(video))
        except JobError as error:
            raise missing(video) from error
        if job.state == "removed":
            raise missing(video)
        return job


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """The routes of the dialect."""
    routes = APIRouter(prefix=PREFIX, tags=["videos"], responses=ERRORS)
    videos, maker = Videos(service, settings), Maker(service, settings)
    _all(routes, service, auth, videos, maker)
    _each(routes, service, auth, videos, maker)
    return routes


def _all(routes: APIRouter, service: "Service", auth: "Auth", videos: Videos, maker: Maker) -> None:
    reads, makes, submits = auth.needs("read"), auth.needs("generate"), auth.needs("generate", counts=True)

    @routes.post("", summary="Make a video", openapi_extra=BODIES["create"], responses={200: ANSWERS["video"]})
    async def create(request: Request, caller: Annotated[Caller, Depends(submits)]) -> JSONResponse:
        """JSON or a form. ``input_reference`` is the first frame. Of other servers of this API ``width`` and ``height``
        (for ``size``), ``num_frames`` (for ``seconds``), ``fps`` (24), ``negative_prompt``, ``num_inference_steps`` and
        ``guidance_scale`` are taken too; what would change nothing (``user``, ``safety_identifier``, ``metadata``,
        ``n`` of 1) is kept or passed over, anything else is refused."""
        return await videos.made(request, caller, maker.create)

    @routes.get("", summary="Your videos", openapi_extra=LIST, responses={200: ANSWERS["list"]})
    async def every(request: Request, caller: Annotated[Caller, Depends(reads)]) -> JSONResponse:
        """Newest first unless ``order=asc``."""
        query = request.query_params
        limit, order, after = query.get("limit") or "20", query.get("order") or "desc", query.get("after")
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= 100):
            raise wrong("'limit' must be a whole number from 1 to 100", "limit")
        if order not in ("asc", "desc"):
            raise wrong("'order' must be asc or desc", "order")
        last = job_id(after, "after") if after else None
        jobs, _ = await threads.run_sync(
            lambda: service.list(
                caller,
                limit=int(limit) + 1,
                after=last,
                states=tuple(openai_video.STATUS),
                dialect="openai",
                order=order,
            )
        )
        data = [shown(job) for job in jobs[: int(limit)]]
        ends = {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
        return JSONResponse({"object": "list", "data": data, **ends, "has_more": len(jobs) > int(limit)})

    @routes.post("/edits", summary="Change a video", openapi_extra=BODIES["edit"], responses={200: ANSWERS["video"]})
    async def edit(request: Request, caller: Annotated[Caller, Depends(submits)]) -> JSONResponse:
        """``video`` is a file, ``{"id"}`` of one of yours, or that id alone."""
        return await videos.made(request, caller, maker.edit)

    @routes.post(
        "/extensions",
        summary="Go on where a video ends",
        openapi_extra=BODIES["extend"],
        responses={200: ANSWERS["video"]},
    )
    async def extend(request: Request, caller: Annotated[Caller, Depends(submits)]) -> JSONResponse:
        """``seconds`` is the length of what is added, and of the file that comes of it."""
        return await videos.made(request, caller, maker.extend)

    @routes.post("/characters", summary="Not offered", include_in_schema=False)
    async def new_character(caller: Annotated[Caller, Depends(makes)]) -> JSONResponse:
        """Refused: nothing here could keep a likeness across videos."""
        raise _no_characters()

    @routes.get("/characters/{character}", summary="Not offered", include_in_schema=False)
    async def character(character: str, caller: Annotated[Caller, Depends(reads)]) -> JSONResponse:
        """Refused."""
        raise _no_characters()


def _each(routes: APIRouter, service: "Service", auth: "Auth", videos: Videos, maker: Maker) -> None:
    reads, makes, submits = auth.needs("read"), auth.needs("generate"), auth.needs("generate", counts=True)

    @routes.get("/{video}", summary="One video", responses={200: ANSWERS["video"]})
    async def one(video: str, caller: Annotated[Caller, Depends(reads)]) -> JSONResponse:
        """Ask again after ``openai-poll-after-ms``."""
        job = await threads.run_sync(videos.known, caller, video)
        return JSONResponse(shown(job), headers=POLL if job.state not in TERMINAL else None)

    @routes.delete("/{video}", summary="Delete a video", responses={200: ANSWERS["deleted"]})
    async def delete(video: str, caller: Annotated[Caller, Depends(makes)]) -> JSONResponse:
        """One on its way is stopped, and is gone from now on. The body, if any, is not read."""

        def removed() -> None:
            service.discard(caller, videos.known(caller, video).id)

        await threads.run_sync(removed)
        return JSONResponse({"id": video, "object": "video.deleted", "deleted": True})

    @routes.post(
        "/{video}/remix",
        summary="The same with other words",
        openapi_extra=BODIES["remix"],
        responses={200: ANSWERS["video"]},
    )
    async def remix(video: str, request: Request, caller: Annotated[Caller, Depends(submits)]) -> JSONResponse:
        """An edit where the engine can edit; otherwise made anew with the same seed, length and size."""
        return await videos.made(
            request, caller, lambda who, sent, key: maker.remix(who, videos.known(who, video), sent, key)
        )

    @routes.head("/{video}/content", include_in_schema=False)
    @routes.get(
        "/{video}/content",
        summary="The file",
        response_class=Response,
        openapi_extra=VARIANT,
        responses={200: ANSWERS["content"], 206: ANSWERS["content"]},
    )
    async def content(video: str, request: Request, caller: Annotated[Caller, Depends(reads)]) -> Response:
        """``variant``: video (default), thumbnail or spritesheet. Ranges and HEAD work."""
        variant = request.query_params.get("variant") or "video"
        if variant not in VARIANTS:
            raise wrong(f"Invalid value: '{variant[:40]}'. Supported values are {', '.join(VARIANTS)}.", "variant")
        job = await threads.run_sync(videos.known, caller, video)
        if job.state != "succeeded":
            status = openai_video.STATUS[job.state]
            raise wrong(
                f"Video is not ready yet: its status is {status}.", "video_id", code="video_not_ready", status=404
            )
        try:
            row = await threads.run_sync(service.output, caller, job.id, VARIANTS[variant])
        except JobError as error:
            raise wrong(f"This video has no {variant}.", "variant", code="not_found", status=404) from error
        stored = Stored(key=row.key, content_type=row.content_type, bytes=row.bytes, sha256=row.sha256)
        return await serve(service.bucket, stored, request, cache="private, max-age=3600")


def _no_characters() -> Refused:
    return wrong(
        "Characters are not supported here; give the picture as input_reference with each video.",
        None,
        code="unsupported",
        status=400,
    )
