"""/v1/preview: the prompt as the theatre would stage it, in about a second, while somebody is still writing. Admitted and marked; nothing is kept."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import Field

from phonofilm.jobs.service import Caller
from phonofilm.server import words
from phonofilm.server.errors import Refused
from phonofilm.spec import clock
from phonofilm.spec.request import MAX_SEED

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings


class NewPreview(words.Body):
    """What to stage."""

    model_config = words.shows({"prompt": "A red ball bounces on a beach at dusk, the camera pushes in.", "duration": 5, "ratio": "16:9", "seed": 7})
    prompt: Annotated[words.Text, Field(max_length=words.MAX_PROMPT)]
    duration: Annotated[words.Number, Field(ge=clock.MIN_SECONDS, le=clock.MAX_SECONDS)] = 5.0
    ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"] = "16:9"
    seed: Annotated[words.Whole, Field(ge=0, le=MAX_SEED)] = 0
    references: Annotated[list[words.NewReference], Field(max_length=15)] = Field(default=[], description="of your own assets; addresses are not fetched")


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """One route; scope ``generate``."""
    routes = APIRouter(prefix="/v1", tags=["writing"], responses=words.ERRORS)
    media = {"video/mp4": {"schema": {"type": "string", "format": "binary"}}}
    notes: dict[str, Any] = {"X-Notes": {"description": "percent-encoded JSON list of strings: what had no effect", "schema": {"type": "string"}}}

    @routes.post(
        "/preview", summary="Stage a prompt", response_class=Response, responses={200: {"content": media, "description": "an MP4 of 240p", "headers": notes}},
    )  # fmt: skip
    async def preview(request: Request, body: Annotated[NewPreview, Body()], caller: Annotated[Caller, Depends(auth.needs("generate"))]) -> Response:
        """A small animatic with sound, marked like every clip; not stored, not billed, limited apart from submits. 400 with the position of a fault."""
        raise Refused(503, "engine_unavailable", "previews are not there yet", retry_after=60)

    return routes
