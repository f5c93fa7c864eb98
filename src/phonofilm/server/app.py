"""The application: routes, middleware, and what starts and stops with it."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from phonofilm.jobs.accounts import keys
from phonofilm.jobs.service import Service
from phonofilm.jobs.store.database import Database
from phonofilm.rollout import control
from phonofilm.server import bodies, errors, files, threads, words
from phonofilm.server.auth import COOKIE, CSRF_HEADER, Auth
from phonofilm.server.dialects import native
from phonofilm.server.errors import Fault, Refused, Shapes
from phonofilm.server.limits import Limits
from phonofilm.server.news import News
from phonofilm.server.routes import (
    admin,
    assets,
    desk,
    docs,
    health,
    judgement,
    notes,
    preview,
    prompting,
    rights,
    rollouts,
    series,
    session,
    shares,
    studio,
    templates,
    verify,
    votes,
    webhooks,
)
from phonofilm.server.settings import Settings
from phonofilm.spec.version import VERSION
from phonofilm.storage.bucket import Bucket

log = logging.getLogger("phonofilm.server")
GRACE = 8.0
"""Seconds a stopping server waits for jobs under way; what is left goes on at the next start."""
if TYPE_CHECKING:
    from phonofilm.jobs.run.worker import Worker

DIALECTS = (
    "phonofilm.server.dialects.ark",
    "phonofilm.server.dialects.openai",
    "phonofilm.server.dialects.openai_models",
    "phonofilm.server.mcp",
)
UNKNOWN_MAY_SEND = 4_096
"""Bytes of a body that are read before the key and its limits are looked at."""
BEGUN_AT_A_TIME, BEGUN_IN_LINE = 8, 4096
"""Questions (GET) that come with one key or from one signed-in browser and whose answers have not begun: so many at a
time, the others wait in line, so that a thousand at once are not a thousand turns of the event loop before anybody
else's."""
LARGE_AT_A_TIME = 4
"""Bodies above ``bodies.SMALL`` that are read for one tenant (or visitor's address) at a time; more wait unread."""
VISITED = ("/v1/verify", "/v1/notices")
"""Where anybody may send a body: counted by address before it is read, whatever it holds."""
NOTED = "/v1/shared/"
"""Where whoever has a link may send a note: counted likewise, more seldom."""
COUNTED = ("/v1/generations", "/v1/videos", "/api/v3")
"""Where a body counts as a submit."""
OPEN = ("/v1/verify", "/v1/notices", "/livez", "/readyz")
FREE = ("/media", "/v1/shared/", "/v1/templates/{template}/thumbnail")
"""More paths that need no key."""


def create_app(settings: Settings, *, service: Service | None = None) -> FastAPI:
    """The whole service. Its database is migrated, its first key made and its worker started when the application
    starts, not before."""
    config = settings.config()
    service = service or Service(Database(config.database), Bucket.open(config.files), config)
    chooser = control.Chooser(service.db, control.flag_file(settings.flags, frozenset(service.tools.engines.names())))
    service.choose = lambda tenant, request, model, extra: control.choose(
        service, chooser, tenant, request, model, extra
    )
    limits = Limits(settings.requests_per_minute, settings.limits_storage)
    root = urlsplit(settings.public_url).path.rstrip("/")
    auth = Auth(service.db, limits, secure=settings.public_url.startswith("https://"))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.stopping = asyncio.Event()
        app.state.news = News(service.db, settings.events_poll)
        await threads.run_sync(service.db.migrate)
        app.state.first_key = await threads.run_sync(keys.first, service.db)
        worker = await threads.run_sync(_worker, service) if settings.worker else None
        controller = control.Controller(service.db)
        controller.start()
        try:
            yield
        finally:
            app.state.stopping.set()
            await threads.run_sync(controller.stop)
            if worker is not None:
                await threads.run_sync(worker.stop, GRACE)
            await threads.run_sync(service.tools.close)

    app = FastAPI(
        title="Phonofilm",
        version=VERSION,
        summary="Picture and sound from a prompt, in one pass.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings, app.state.service, app.state.auth, app.state.limits = settings, service, auth, limits
    app.state.chooser = chooser
    shapes = Shapes()
    errors.install(app, shapes)
    app.include_router(health.router(service, settings))
    app.include_router(files.router(service.db, service.bucket, files.Links(service.bucket, settings)))
    for module in (
        native,
        judgement,
        session,
        shares,
        notes,
        prompting,
        templates,
        preview,
        assets,
        webhooks,
        verify,
        desk,
        rights,
        admin,
        series,
        votes,
        rollouts,
    ):
        app.include_router(module.router(service, auth, settings))
    app.include_router(admin.metrics_router(service, auth))
    for name in DIALECTS:
        if find_spec(name):
            dialect = import_module(name)
            app.include_router(dialect.router(service, auth, settings))
            shapes.add(dialect.PREFIX, dialect.error_body)
    app.include_router(docs.router(f"{app.title} API"))
    app.include_router(studio.router(service, studio.BUILT, settings.public_url))
    _describe(app)
    app.add_middleware(Edge, settings=settings, auth=auth, shapes=shapes, root=root)
    if settings.cors_origins:  # outermost: a browser must be able to read a refusal too
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["X-Request-Id", "Retry-After", "Location", "Content-Range"],
        )
    return app


def _worker(service: Service) -> Worker:
    """A worker in this process, at work. It comes back by itself where it was declared dead (the machine slept, the
    database was away)."""
    from phonofilm.jobs.run.worker import Worker

    worker = Worker(service.config, service.db, service.bucket)
    worker.start()
    return worker


class Edge:
    """The outermost layer: gives every answer its request id, keeps bodies to their size, and lets no exception out."""

    def __init__(self, app: ASGIApp, *, settings: Settings, auth: Auth, shapes: Shapes, root: str = "") -> None:
        self.app, self.settings, self.auth, self.shapes, self.root = app, settings, auth, shapes, root
        self._large = threads.Shares(LARGE_AT_A_TIME)
        self._begun = threads.Shares(BEGUN_AT_A_TIME, line=BEGUN_IN_LINE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.root:
            path = scope["path"]
            if f"{path}/".startswith(f"{self.root}/"):  # a proxy may take the path we lie below off, or leave it
                path = path[len(self.root) :] or "/"
            scope = {**scope, "path": path, "root_path": self.root}
        headers = Headers(scope=scope)
        request_id = "req_" + secrets.token_hex(12)
        scope.setdefault("state", {})["request_id"] = request_id
        client_id = headers.get("x-client-request-id", "")
        started, place = False, AsyncExitStack()
        asker = (headers.get("authorization") or headers.get("cookie")) if scope["method"] in ("GET", "HEAD") else None

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                await place.aclose()
                out = MutableHeaders(scope=message)
                out["X-Request-Id"] = request_id
                if re.fullmatch(r"[\x21-\x7e]{1,128}", client_id):
                    out["X-Client-Request-Id"] = client_id
            await send(message)

        try:
            if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
                raise Refused(400, "invalid_parameter", "an address cannot hold a NUL character", field="path")
            most = bodies.most(self.settings, scope["method"], scope["path"])
            large = await self._admit(scope, headers, most)
            async with place, self._large.place(threads.who.get()) if large else nullcontext():
                if asker is not None:
                    await place.enter_async_context(self._begun.place(asker))
                await self.app(scope, bodies.counted(most, headers, receive), answer)
        except Exception as error:
            fault = errors.fault_of(error)
            if fault.status >= 500:
                log.error("request failed", exc_info=error, extra={"request_id": request_id, "path": scope["path"]})
            if started:
                raise
            fault = Fault(**{**fault.__dict__, "request_id": request_id})
            await self.shapes.answer(scope["path"], fault)(scope, receive, answer)

    async def _admit(self, scope: Scope, headers: Headers, most: int) -> bool:
        """Refuse, before a byte of the body is read, what is too large by its own word, of nobody, or beyond its
        sender's limits. True: it is large."""
        path, client = scope["path"], (scope.get("client") or ("",))[0]
        threads.who.set(f"visitor {client}")
        size = bodies.announced(headers)
        if size is not None and size > most:
            raise bodies.too_large(most)
        if scope["method"] == "POST" and path in VISITED:
            self.auth.limits.visitor(client, self.settings.visits_per_minute)
        elif scope["method"] == "POST" and path.startswith(NOTED):
            self.auth.limits.note(client, self.settings.notes_per_minute)
        elif size is not None and size <= UNKNOWN_MAY_SEND:
            return False
        elif path.startswith(("/v1", "/api", "/mcp")) and (path, scope["method"]) != ("/v1/session", "POST"):
            caller, _ = await self.auth.known(headers, scope.get("scheme", "http"))
            if path == "/v1/assets":
                self.auth.limits.upload(caller.tenant, caller.user, self.settings.uploads_per_minute, only_look=True)
            elif path.startswith(COUNTED) and scope["method"] == "POST":
                self.auth.count(caller, only_look=True)
        return size is None or size > bodies.SMALL


def _describe(app: FastAPI) -> None:
    """OpenAPI with our one error body in place of the framework's, and the key named."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = made()
            schema["components"].setdefault("securitySchemes", {}).update(
                key={"type": "http", "scheme": "bearer", "bearerFormat": "pf_<id>_<secret>"},
                session={
                    "type": "apiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": f"changes need the header {CSRF_HEADER} too",
                },
            )
            for path, item in schema["paths"].items():
                for method, operation in item.items():
                    operation["responses"].pop("422", None)
                    free = path.startswith((*OPEN, *FREE)) or (path, method) == ("/v1/session", "post")
                    operation["security"] = [] if free else [{"key": []}, {"session": []}]
            for model in words.models():  # the framework drops nulls out of examples
                if model.__name__ in schema["components"]["schemas"] and (shown := words.examples_of(model)):
                    schema["components"]["schemas"][model.__name__]["examples"] = shown
            for route in iter_route_contexts(app.routes):
                _keep_nulls(route, schema["paths"])
            for name in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(name, None)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _keep_nulls(route: Any, paths: dict[str, Any]) -> None:
    """Put a route's own examples back as they were written."""
    for method in getattr(route, "methods", None) or ():
        operation = paths.get(getattr(route, "path_format", ""), {}).get(method.lower())
        if operation is None:
            continue
        written = [
            (operation["responses"].get(str(status), {}), answer)
            for status, answer in (getattr(route, "responses", None) or {}).items()
        ]
        written.append(
            (operation.get("requestBody", {}), (getattr(route, "openapi_extra", None) or {}).get("requestBody", {}))
        )
        for shown, answer in written:
            for kind, content in (answer.get("content") or {}).items():
                if kind in shown.get("content", {}):
                    shown["content"][kind].update(
                        {name: content[name] for name in ("example", "examples") if name in content}
                    )
