"""/v1/templates: prompts to start from, each with a picture the theatre draws of it on first sight."""

import hashlib
import os
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.prompt.editing.templates import TEMPLATES, Template
from phonofilm.server import threads, words
from phonofilm.server.errors import Refused
from phonofilm.spec.version import VERSION

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings


class TemplateCard(words.Answer):
    """A prompt to start from."""

    model_config = words.shows(
        {
            "id": "morning-cup",
            "category": "e-commerce",
            "title": "The cup you wake up for",
            "description": "A cup at first light, a slow push in.",
            "prompt": "Close-up: a big red cup stands in a kitchen at sunrise. The camera pushes in slowly.",
            "duration": 5.0,
            "ratio": "4:3",
            "seed": 18,
            "thumbnail": "/v1/templates/morning-cup/thumbnail",
        }
    )
    id: str
    category: str = Field(description="e-commerce, music video, social, advertising, education, narrative or game")
    title: str
    description: str
    prompt: str
    duration: float
    ratio: str
    seed: int = Field(description="the take its picture shows")
    thumbnail: str = Field(description="address of its picture, open to everybody")


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """The list, and the pictures, which need no key: an ``<img>`` shows them."""
    routes = APIRouter(prefix="/v1/templates", tags=["writing"], responses=words.ERRORS)
    known = {one.id: one for one in TEMPLATES}
    cards = [_card(one) for one in known.values()]
    folder = service.config.home / "thumbnails"

    def drawn(template: Template, name: str) -> bytes:
        from phonofilm.theatre.thumbnail import thumbnail_webp

        path = folder / name
        if path.is_file():
            return path.read_bytes()
        data = thumbnail_webp(template)
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(
            dir=folder, suffix=".part", delete=False
        ) as partial:  # another server may draw it into the same home
            partial.write(data)
        os.replace(partial.name, path)
        return data

    @routes.get("", summary="Prompts to start from")
    async def every(caller: Annotated[Caller, Depends(auth.needs("read"))]) -> list[TemplateCard]:
        """By use case; each can be submitted as it stands."""
        return cards

    picture = {"image/webp": {"schema": {"type": "string", "format": "binary"}}}

    @routes.get(
        "/{template}/thumbnail",
        summary="A template's picture",
        response_class=Response,
        responses={200: {"content": picture, "description": "WebP"}, 304: {"description": "unchanged"}},
    )
    async def thumbnail(request: Request, template: Annotated[str, Path(max_length=64)]) -> Response:
        """Drawn by the animatic the first time, then kept."""
        if template not in known:
            raise Refused(404, "not_found", "there is no such template", field="template")
        mark = hashlib.sha256(f"{VERSION}\n{known[template]!r}".encode()).hexdigest()[:24]
        headers = {"Cache-Control": "public, max-age=86400", "ETag": f'"{mark}"', "X-Content-Type-Options": "nosniff"}
        if f'"{mark}"' in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        data = await threads.run_sync(drawn, known[template], f"{mark}.webp", lane="draw")
        return Response(data, media_type="image/webp", headers=headers)

    return routes


def _card(one: Template) -> TemplateCard:
    return TemplateCard(
        id=one.id,
        category=one.category,
        title=one.title,
        description=one.description,
        prompt=one.prompt,
        duration=float(one.duration),
        ratio=one.ratio,
        seed=one.seed,
        thumbnail=f"/v1/templates/{one.id}/thumbnail",
    )
