"""Tools for assistants, by the Model Context Protocol: at ``/mcp`` over HTTP with the same keys as everything else, or
``phonofilm mcp`` over stdio.

Every call stands alone (no sessions are kept), so any of several servers may answer it.
"""

import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

from anyio import sleep
from fastapi import APIRouter, FastAPI
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import CallToolResult, InputRequiredResult, Tool, ToolAnnotations
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from phonofilm.errors import PhonofilmError
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.store.tables import TERMINAL
from phonofilm.server import models, threads, words
from phonofilm.server.dialects import native
from phonofilm.server.dialects.clips import clip_of
from phonofilm.server.errors import Refused, fault_of
from phonofilm.server.errors import native as error_body
from phonofilm.server.files import Links
from phonofilm.server.routes import assets
from phonofilm.spec.plain import from_plain
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import MAX_SEED, Generate
from phonofilm.spec.version import VERSION

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.tables import Job
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

__all__ = ["PREFIX", "error_body", "router"]
PREFIX = "/mcp"
LONGEST_WAIT = 50.0
"""Seconds one call may wait for a clip: clients give up after a minute."""
INSTRUCTIONS = """Phonofilm makes short clips (4 to 15 s) with picture and sound in one pass. Call list_engines once to see what each engine can do,
then submit_video, then get_video with wait_seconds until its state is succeeded or failed. Links in outputs work for a day without a key.
Write who does what, where, how the camera moves and what is heard; put speech in double quotes; mark shots as [0-3s]; call references
@image1, @video1, @audio1."""  # noqa: E501


class File(BaseModel):
    """A file of a finished clip."""

    name: str
    url: str
    content_type: str
    bytes: int


class Video(BaseModel):
    """A clip on its way or done."""

    id: str
    state: str
    step: str
    progress: float
    model: str
    engine: str
    task: str
    prompt: str
    duration: float
    resolution: str
    ratio: str
    seed: int
    error: dict[str, Any] | None
    held: str | None = Field(
        None,
        description=(
            "why it is in review and what you can do; ask the user where it asks whether a real person is shown"
        ),
    )
    notes: list[str]
    outputs: list[File]


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """The one route of the protocol; it starts and stops with the application."""
    server = tools_of(service, auth, settings)
    # No check of Host and Origin: a strange page cannot know the key, which every call needs.
    server.streamable_http_app(
        stateless_http=True, transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False)
    )
    manager = server.session_manager

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with manager.run():
            yield

    routes = APIRouter(lifespan=lifespan)
    routes.add_route(PREFIX, _Endpoint(manager, auth), include_in_schema=False)  # type: ignore[arg-type]
    return routes


class _Endpoint:
    """Lets callers with a key in."""

    def __init__(self, manager: StreamableHTTPSessionManager, auth: "Auth") -> None:
        self.manager, self.auth = manager, auth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive)
        request.state.caller = await self.auth.caller(request)
        await self.manager.handle_request(scope, receive, send)


class Tools(MCPServer):
    """Refuses arguments a tool does not have: left alone, the package drops a misspelt one and calls the tool with the
    default in its place."""

    async def list_tools(self) -> list[Tool]:
        """Every tool; the schemas say that there are no further arguments."""
        return [
            tool.model_copy(update={"input_schema": {**tool.input_schema, "additionalProperties": False}})
            for tool in await super().list_tools()
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """As the package's, once every argument is known. Raises ToolError naming those that are not."""
        taken = next(
            (tuple(tool.input_schema["properties"]) for tool in await super().list_tools() if tool.name == name), None
        )
        if taken is not None and (unknown := [given for given in arguments if given not in taken]):
            raise ToolError(
                f"{name} takes no '{unknown[0]}' (invalid_parameter, {unknown[0]}); it takes {', '.join(taken)}"
            )
        return await super().call_tool(name, arguments, context)


def tools_of(service: "Service", auth: "Auth", settings: "Settings") -> MCPServer:
    """The tools, over a service."""
    server = _quiet(
        lambda: Tools("phonofilm", title="Phonofilm", version=VERSION, instructions=INSTRUCTIONS, log_level="WARNING")
    )
    links = Links(service.bucket, settings)
    reads = ToolAnnotations(read_only_hint=True)
    makes = ToolAnnotations(read_only_hint=False, destructive_hint=False)
    ends = ToolAnnotations(read_only_hint=False, destructive_hint=True)

    def caller_of(context: Context, scope: str, *, counts: bool = False) -> Caller:
        caller: Caller = _asked(context).state.caller
        if scope not in caller.scopes:
            raise ToolError(f"this key lacks the scope '{scope}'; use a key that has it")
        if counts:
            auth.count(caller)
        return caller

    async def told(job: "Job", context: Context) -> Video:
        outputs = await threads.run_sync(service.outputs, job.id) if job.state == "succeeded" else []
        base = str(_asked(context).base_url)
        plain = native.shown(job, outputs, lambda key: links.url(key, base=base)).model_dump()
        files = [
            File(**{name: one[name] for name in File.model_fields})
            for one in plain["outputs"]
            if one["name"].count("/") < 2
        ]  # no parts of a stream
        same = {name: plain[name] for name in Video.model_fields if name in plain and name not in ("outputs", "held")}
        waits = plain["held"]
        held = waits and waits["message"] + (
            f"; here: declare_asset for {', '.join(waits['ask'])}" if waits["ask"] else ""
        )
        return Video(**same, held=held, notes=list((job.result or {}).get("notes") or ()), outputs=files)

    def engine_of(model: str) -> str:
        offered = tuple(one.engine for one in service.engines())
        return models.engine_of(model, settings.model_map(), offered, dialect="mcp") or model

    def known(caller: Caller, video: str, *, done: bool = False) -> "Job":
        job = service.get(caller, native.known(video))
        if done and job.state != "succeeded":
            raise ToolError(f"{video} is {job.state}; wait until it has succeeded")
        return job

    @server.tool(annotations=reads)
    async def list_engines(context: Context) -> list[words.EngineCard]:
        """Engines, and what each can do: lengths in seconds, sizes, tasks (generate, edit, extend) and references as
        kind/role."""
        with _said():
            caller_of(context, "read")
            return [native.card(one, settings.model_map()) for one in await threads.run_sync(service.engines)]

    @server.tool(annotations=makes)
    async def submit_video(
        context: Context,
        prompt: Annotated[str, Field(description="who does what, where, how the camera moves, what is heard")],
        model: Annotated[str, Field(description="an engine's or a model's name; empty: this server's default")] = "",
        duration: Annotated[float, Field(ge=4, le=15, description="seconds")] = 5.0,
        resolution: Literal["480p", "720p", "1080p", "2k"] = "480p",
        ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"] = "16:9",
        seed: Annotated[int | None, Field(ge=0, le=MAX_SEED, description="the same seed gives the same clip")] = None,
        sound: bool = True,
        references: Annotated[list[words.NewReference] | None, Field(max_length=15)] = None,
        idempotency_key: Annotated[
            str | None, Field(max_length=200, description="the same key and call give the same video again")
        ] = None,
    ) -> Video:
        """Ask for a clip. Answers at once with its id; follow it with get_video."""
        with _said():
            caller = caller_of(context, "generate", counts=True)
            name = model or settings.default_model
            drawn = native_seed(idempotency_key) if seed is None else seed
            wish = Generate(
                prompt=prompt,
                seconds=duration,
                seed=drawn,
                resolution=resolution,
                ratio=ratio,
                engine=engine_of(name),
                sound=sound,
                references=tuple(Reference(**one.model_dump()) for one in references or ()),
            )
            job = await threads.run_sync(
                lambda: service.submit(caller, wish, model=name, dialect="mcp", idempotency_key=idempotency_key)
            )
            return await told(job, context)

    @server.tool(annotations=reads)
    async def get_video(
        context: Context,
        video_id: str,
        wait_seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT, description="wait so long for it to end")] = 0.0,
    ) -> Video:
        """How a clip stands; with its links (outputs) once it has succeeded. Reports progress while it waits."""
        with _said():
            caller = caller_of(context, "read")
            until, said = time.monotonic() + wait_seconds, -1.0
            while True:
                if not await auth.still(_asked(context), "read"):
                    raise ToolError("this key was revoked or has expired; ask for a new one")
                job = await threads.run_sync(known, caller, video_id)
                if job.state in TERMINAL or time.monotonic() >= until:
                    return await told(job, context)
                if job.progress > said:
                    said = job.progress
                    await context.report_progress(said, 1.0, job.step or job.state)
                await sleep(min(0.5, max(0.05, until - time.monotonic())))

    @server.tool(annotations=reads)
    async def list_videos(
        context: Context, limit: Annotated[int, Field(ge=1, le=50)] = 10, after: str | None = None
    ) -> list[Video]:
        """Your clips, the newest first; ``after`` is the last id of the page before."""
        with _said():
            caller = caller_of(context, "read")
            jobs, _ = await threads.run_sync(lambda: service.list(caller, limit=limit, after=after))
            return [await told(job, context) for job in jobs]

    async def from_clip(
        context: Context,
        video_id: str,
        prompt: str,
        task: str,
        model: str,
        duration: float | None,
        strength: float | None,
    ) -> Video:
        caller = caller_of(context, "generate", counts=True)

        def submit() -> "Job":
            before = known(caller, video_id, done=True)
            old = from_plain(before.request)
            name = model or before.model
            asset = clip_of(service, caller, before)
            wish = Generate(
                prompt=prompt,
                seconds=old.seconds if duration is None else duration,
                seed=native_seed(None),
                resolution=old.resolution,
                ratio=old.ratio,
                sizes=old.sizes,
                engine=engine_of(name),
                task=task,
                sound=old.sound,
                edit_strength=strength,
                references=(Reference(kind="video", role="source", asset=asset.id, person=asset.person),),
            )
            return service.submit(caller, wish, model=name, dialect="mcp", parent=before.id)

        return await told(await threads.run_sync(submit), context)

    @server.tool(annotations=makes)
    async def edit_video(
        context: Context,
        video_id: str,
        prompt: Annotated[str, Field(description="the clip as it should be")],
        model: str = "",
        edit_strength: Annotated[float | None, Field(ge=0, le=1, description="0 keeps the clip, 1 starts anew")] = None,
    ) -> Video:
        """Change a finished clip by words. The engine must offer the task edit."""
        with _said():
            return await from_clip(context, video_id, prompt, "edit", model, None, edit_strength)

    @server.tool(annotations=makes)
    async def extend_video(
        context: Context,
        video_id: str,
        prompt: Annotated[str, Field(description="what happens next")],
        duration: Annotated[float, Field(ge=4, le=15, description="seconds")] = 5.0,
        model: str = "",
    ) -> Video:
        """Go on where a finished clip ends. The engine must offer the task extend."""
        with _said():
            return await from_clip(context, video_id, prompt, "extend", model, duration, None)

    @server.tool(annotations=makes)
    async def declare_asset(
        context: Context,
        asset: str,
        person: Annotated[
            bool, Field(description="does it show or sound like a real person? Ask the user, never guess")
        ],
        consent: Annotated[str | None, Field(max_length=64, description="the consent record of that person")] = None,
    ) -> str:
        """Answer what a clip in review asks of a file; clips held for it go on by themselves."""
        with _said():
            caller = caller_of(context, "generate")
            row = await threads.run_sync(
                lambda: service.declare(caller, assets.known(asset), person=person, consent=consent)
            )
            return f"{row.id} is declared: {'a real person' if row.person else 'no real person'}"

    @server.tool(annotations=ends)
    async def cancel_video(context: Context, video_id: str) -> Video:
        """Stop a clip that is waiting or being made."""
        with _said():
            caller = caller_of(context, "generate")
            return await told(await threads.run_sync(lambda: service.cancel(caller, native.known(video_id))), context)

    @server.tool(annotations=ends)
    async def delete_video(context: Context, video_id: str) -> str:
        """Delete a clip that has ended, with its files."""
        with _said():
            caller = caller_of(context, "generate")
            await threads.run_sync(lambda: service.delete(caller, native.known(video_id)))
            return f"{video_id} is deleted"

    return server


def _asked(context: Context) -> Request:
    """The HTTP request a call came with."""
    request = context.request_context.request
    assert isinstance(request, Request)
    return request


def native_seed(key: str | None) -> int:
    """A seed by chance, or the one that belongs to an idempotency key."""
    from phonofilm.server.dialects.wire import drawn

    return drawn(key) if key else secrets.randbelow(MAX_SEED + 1)


class _said:
    """Our refusals as a tool's; what nobody foresaw says nothing of the inside."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (PhonofilmError, Refused)):
            fault = fault_of(error)
            raise ToolError(f"{fault.message} ({fault.code}{', ' + fault.field if fault.field else ''})") from error
        if isinstance(error, Exception) and not isinstance(error, ToolError):
            logging.getLogger("phonofilm.server").error("a tool failed", exc_info=error)
            raise ToolError("something failed inside; try again") from None


def _quiet(make: Callable[[], MCPServer]) -> MCPServer:
    """Made without letting it set up the process's logging, which is ours."""
    root, nothing = logging.getLogger(), logging.NullHandler()
    root.addHandler(nothing)
    try:
        return make()
    finally:
        root.removeHandler(nothing)
