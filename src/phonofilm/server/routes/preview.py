"""/v1/preview: the prompt as the theatre would stage it, in about a second, while somebody is still writing. Admitted
and marked; nothing is kept."""

import json
import queue
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

import anyio
from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import Field

from phonofilm.engines.base import stop_if
from phonofilm.engines.isolated.parent import Isolated
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.run.previews import admitted
from phonofilm.prompt import check, parse
from phonofilm.prompt.settled import overruled
from phonofilm.server import threads, words
from phonofilm.server.dialects.native import wish
from phonofilm.server.errors import Refused
from phonofilm.spec import clock
from phonofilm.spec.media import PREVIEW
from phonofilm.spec.reference import named
from phonofilm.spec.request import MAX_CHARACTERS, MAX_SEED, Generate

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings
    from phonofilm.spec.capability import Capability
    from phonofilm.spec.result import Result

WHERE = "phonofilm.clip.preview:PreviewEngine"
LIMIT = 120.0
"""Seconds a preview may take before its process is ended: far beyond what it takes, even on a machine that is busy with
other things."""
LOOK = 0.1
"""Seconds between two looks whether the client is still there."""
MOST_WAITING = 16
"""Previews drawn or waited for at a time."""
MOST_NOTES = 4000
"""Characters of the header with the notes."""


class NewPreview(words.Body):
    """What to stage."""

    model_config = words.shows(
        {
            "prompt": "A red ball bounces on a beach at dusk, the camera pushes in.",
            "duration": 5,
            "ratio": "16:9",
            "seed": 7,
        }
    )
    prompt: Annotated[words.Text, Field(max_length=MAX_CHARACTERS)]
    task: Literal["generate", "edit", "extend"] = Field(
        "generate", description="edit and extend take a source among the references"
    )
    duration: Annotated[words.Number, Field(ge=clock.MIN_SECONDS, le=clock.MAX_SECONDS)] = 5.0
    ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"] = "16:9"
    seed: Annotated[words.Whole, Field(ge=0, le=MAX_SEED)] = 0
    references: Annotated[list[words.NewReference], Field(max_length=15)] = Field(
        default=[], description="of your own assets; addresses are not fetched"
    )
    label: bool | Literal["beside"] = Field(
        True,
        description=(
            "the visible label; False only where the compliance profile allows it; beside: there on a strip of its own"
            " under the picture"
        ),
    )


class Studio:
    """The processes that draw previews: started on first use, one preview each at a time, others wait their turn."""

    def __init__(self, service: "Service", processes: int) -> None:
        self._service, self._count = service, processes
        self._idle: queue.SimpleQueue[Isolated] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._all: list[Isolated] = []
        self._waiting = 0
        self._doors = threading.Semaphore(processes)
        """Looking at references (a whole clip, where one is gone on from) is work like drawing: no more at once than
        there are processes."""

    @cached_property
    def card(self) -> "Capability":
        """What the animatic can; asked for at the first preview, since the theatre takes a second to import."""
        from phonofilm.engines.animatic.engine import AnimaticEngine

        return AnimaticEngine().capability()

    def make(
        self, caller: Caller, request: Generate, label: bool | str, cancel: Callable[[], bool]
    ) -> tuple[bytes, tuple[str, ...]]:
        """The file and what is to be said about it. Raises Refused (503) where too many wait, JobError, PromptError,
        EngineError when cancelled."""
        tools = self._service.tools
        with (
            self._place(),
            tempfile.TemporaryDirectory(prefix="phonofilm-preview-", ignore_cleanup_errors=True) as folder,
        ):
            with self._doors:
                stop_if(cancel)
                request, left_out = admitted(tools, caller.tenant, request, self.card, Path(folder))
            about = {
                "profile": tools.profile(caller.tenant),
                "label": label if isinstance(label, str) else "yes" if label else "no",
            }
            made = self._engine(
                cancel, lambda one: one.make(request, Path(folder) / "preview.mp4", cancel=cancel, about=about)
            )
            return (Path(folder) / "preview.mp4").read_bytes(), (*made.notes, *left_out)

    def warm(self) -> None:
        """Start one process in the background, so that the first preview does not wait for it."""
        if self._all or self._waiting:
            return
        request = Generate(prompt="A ball.", seconds=clock.MIN_SECONDS, engine="animatic", sizes=PREVIEW)
        who = Caller(tenant="", user="", scopes=frozenset())
        threading.Thread(
            target=lambda: suppressed(lambda: self.make(who, request, True, lambda: False)),
            daemon=True,
            name="preview-warm",
        ).start()

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            every, self._all = self._all, []
        for one in every:
            one.close()

    @contextmanager
    def _place(self) -> Iterator[None]:
        with self._lock:
            if self._waiting >= MOST_WAITING:
                raise Refused(
                    503,
                    "engine_unavailable",
                    "many previews are being drawn just now; try again in a moment",
                    retry_after=2,
                )
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    def _engine(self, cancel: Callable[[], bool], act: "Callable[[Isolated], Result]") -> "Result":
        one = self._take(cancel)
        try:
            return act(one)
        finally:
            self._idle.put(one)

    def _take(self, cancel: Callable[[], bool]) -> Isolated:
        while True:
            with suppress(queue.Empty):
                return self._idle.get_nowait()
            with self._lock:
                if len(self._all) < self._count:
                    key = self._service.tools.watermark_key.hex()
                    settings = {"key": key, "provider": self._service.config.provider}
                    self._all.append(
                        Isolated(
                            "preview", where=WHERE, settings=settings, capability=self.card, limit=LIMIT, grace=1.0
                        )
                    )
                    return self._all[-1]
            with suppress(queue.Empty):
                return self._idle.get(timeout=0.05)
            stop_if(cancel)


def suppressed(act: Callable[[], object]) -> None:
    """Try; whoever needs it will see what is wrong."""
    with suppress(Exception):
        act()


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """One route; scope ``generate``."""
    drawing = Studio(service, settings.preview_processes)

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        app.state.previews = drawing
        try:
            yield
        finally:
            await threads.run_sync(drawing.close)

    routes = APIRouter(prefix="/v1", tags=["writing"], responses=words.ERRORS, lifespan=lifespan)
    media = {"video/mp4": {"schema": {"type": "string", "format": "binary"}}}
    notes: dict[str, Any] = {
        "X-Notes": {
            "description": "percent-encoded JSON list of strings: what had no effect",
            "schema": {"type": "string"},
        }
    }

    @routes.post(
        "/preview",
        summary="Stage a prompt",
        response_class=Response,
        responses={200: {"content": media, "description": "an MP4 of 240p", "headers": notes}},
    )
    async def preview(
        request: Request,
        body: Annotated[NewPreview, Body()],
        caller: Annotated[Caller, Depends(auth.needs("generate"))],
    ) -> Response:
        """A small animatic with sound, marked like every clip; not stored, not billed, limited apart from submits. 400
        with the position of a fault.

        Whoever goes away before it is done stops the drawing.
        """
        auth.limits.preview(caller.tenant, caller.user, settings.previews_per_minute)
        wanted, said = asked(body)
        gone = threading.Event()

        async def watch() -> None:
            while not await request.is_disconnected():
                await anyio.sleep(LOOK)
            gone.set()

        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            try:
                data, told = await threads.run_sync(
                    drawing.make, caller, wanted, body.label, gone.is_set, lane="preview"
                )
            except Exception as error:
                failed: Exception | None = error
            else:
                failed = None
            group.cancel_scope.cancel()
        if failed is not None:
            raise failed
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Notes": noted((*told, *said))}
        return Response(data, media_type="video/mp4", headers=headers)

    return routes


def asked(body: NewPreview) -> tuple[Generate, tuple[str, ...]]:
    """The request, its words read and checked, and a note for each @name that means nothing. Raises PromptError,
    Refused."""
    shared = ("prompt", "task", "duration", "ratio", "seed", "references")
    given = words.NewGeneration(**{name: getattr(body, name) for name in shared if name in body.model_fields_set})
    request = replace(wish(given, "animatic", body.seed), sizes=PREVIEW, resolution="480p")
    script = parse(body.prompt)
    check(script, request.seconds)
    known = named(request.references)
    strange = dict.fromkeys(
        one.name for one in script.mentions if one.name not in known and one.name.lower() not in known
    )
    told = [note for note in overruled(request) if "resolution" not in note]  # a preview has a size of its own
    return request, (*told, *(f"there is no reference @{name}" for name in strange))


def noted(notes: tuple[str, ...]) -> str:
    """Notes as a header can carry them, cut where they get too long for one."""
    kept = list(notes)
    while len(text := quote(json.dumps(kept, ensure_ascii=False))) > MOST_NOTES and kept:
        kept.pop()
    return text
