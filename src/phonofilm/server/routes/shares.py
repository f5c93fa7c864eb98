"""Links that show a clip to people without a key, until they expire or are taken back."""

import re
import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import Field

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.library import shares
from phonofilm.server import threads, words
from phonofilm.server.dialects.native import known
from phonofilm.server.errors import Refused
from phonofilm.server.files import Links

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.tables import Share as Row
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

DAY = 86_400
LINKS = 1800
"""Seconds the files' own links of a shared page work, if the share stays open so long."""
PUBLIC = (
    "poster.webp",
    "video.mp4",
    "spritesheet.jpg",
    "waveform.png",
    "subtitles.vtt",
    "hls/master.m3u8",
    "manifest.c2pa",
)
"""Files a shared page is given."""
_SHARE = {
    "id": "shr_01k3v8f0qk7c3m4n5p6q7r8s9t", "object": "share", "generation": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t",
    "url": "http://127.0.0.1:8600/s/Zk1v8Q2xJ0mC5rT7uWbN3yE6aH9dLfPq", "prompt": True, "notes": True,
    "created": 1795212345.2,
    "expires": 1795817145.2,
}  # fmt: skip


class NewShare(words.Body):
    """A link to be made."""

    model_config = words.shows({"expires_in": 604_800})
    expires_in: Annotated[words.Whole, Field(ge=60, le=90 * DAY)] = Field(7 * DAY, description="seconds")
    prompt: bool = Field(True, description="show the prompt to whoever has the link")
    notes: bool = Field(True, description="let whoever has the link leave notes on frames")


class Share(words.Answer):
    """A link to a clip."""

    model_config = words.shows(_SHARE)
    id: str
    object: Literal["share"] = "share"
    generation: str
    url: str | None = Field(description="shown when it is made, never again: only a hash is kept")
    prompt: bool
    notes: bool
    created: float
    expires: float


class ShareList(words.Answer):
    model_config = words.shows({"object": "list", "data": [{**_SHARE, "url": None}]})
    object: Literal["list"] = "list"
    data: list[Share]


class SharedProvenance(words.Answer):
    """What a shared page may say of a clip's origin."""

    generated: Literal[True] = True
    generation: str
    engine: str
    made: float = Field(description="UTC seconds")
    signed: bool = Field(description="does the file carry a signed manifest?")
    profile: str = Field(description="the compliance profile that holds here")


class Shared(words.Answer):
    """What a link shows."""

    model_config = words.shows(
        {
            "title": "A red ball bounces on a beach at dusk",
            "prompt": "A red ball bounces on a beach at dusk, the camera pushes in.",
            "duration": 5.0,
            "ratio": "16:9",
            "width": 854,
            "height": 480,
            "expires": 1795817145.2,
            "notes": True,
            "outputs": [words.examples_of(words.File)[0]],
            "provenance": {
                "generated": True,
                "generation": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t",
                "engine": "animatic",
                "made": 1795212351.0,
                "signed": True,
                "profile": "eu",
            },
        }
    )
    title: str
    prompt: str | None
    duration: float
    ratio: str
    width: int | None
    height: int | None
    expires: float
    notes: bool = Field(description="may notes be left?")
    outputs: list[words.File]
    provenance: SharedProvenance


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """Making and taking back (scope ``generate``), and the one route that is open to whoever has a link."""
    routes = APIRouter(prefix="/v1", tags=["shares"], responses=words.ERRORS)
    links = Links(service.bucket, settings)
    reads, makes = auth.needs("read"), auth.needs("generate")

    def shown(row: "Row", url: str | None = None) -> Share:
        return Share(
            id=row.id,
            generation=row.job,
            url=url,
            prompt=row.prompt,
            notes=row.notes,
            created=row.created,
            expires=row.expires,
        )

    @routes.post("/generations/{generation}/shares", status_code=201, summary="Make a link that shows a clip")
    async def create(
        request: Request, generation: str, body: Annotated[NewShare, Body()], caller: Annotated[Caller, Depends(makes)]
    ) -> Share:
        """The answer holds the link, this once. 409 while there is no finished clip to show."""
        row, token = await threads.run_sync(
            lambda: shares.create(
                service.db,
                caller,
                known(generation),
                seconds=float(body.expires_in),
                prompt=body.prompt,
                notes=body.notes,
            )
        )
        return shown(row, f"{settings.public_url.rstrip('/') or str(request.base_url).rstrip('/')}/s/{token}")

    @routes.get("/generations/{generation}/shares", summary="The open links to a clip")
    async def every(generation: str, caller: Annotated[Caller, Depends(reads)]) -> ShareList:
        """Without their addresses: nobody has them but those they were given to."""
        rows = await threads.run_sync(shares.of, service.db, caller, known(generation))
        return ShareList(data=[shown(row) for row in rows])

    @routes.delete("/shares/{share}", summary="Take a link back")
    async def delete(share: str, caller: Annotated[Caller, Depends(makes)]) -> words.Deleted:
        """It shows nothing from now on, and neither do the files' links of a page that is open; notes left over it are
        deleted."""
        if not re.fullmatch(r"shr_[a-z0-9]{1,40}", share):
            raise Refused(404, "not_found", "there is no such link; ids look like shr_01k3v8f0...", field="share")
        await threads.run_sync(shares.revoke, service.db, caller, share)
        return words.Deleted(id=share)

    @routes.get("/shared/{token}", summary="What a link shows")
    async def look(request: Request, response: Response, token: str) -> Shared:
        """Open to whoever has the link; 410 once it has expired or was taken back."""
        auth.limits.look(request.client.host if request.client else "", settings.looks_per_minute)
        row, job = await threads.run_sync(shares.shown, service.db, secret(token))
        outputs = {output.name: output for output in await threads.run_sync(service.outputs, job.id)}
        seconds = max(1, min(LINKS, int(row.expires - time.time())))
        files = [
            words.File(
                name=one.name,
                url=links.url(one.key, base=str(request.base_url), seconds=seconds, share=row.id),
                content_type=one.content_type,
                bytes=one.bytes,
                sha256=one.sha256,
                width=one.width,
                height=one.height,
            )
            for name in PUBLIC
            if (one := outputs.get(name)) is not None
        ]
        response.headers.update(
            {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
        )
        asked: dict[str, Any] = job.request
        clip = outputs.get("video.mp4")
        return Shared(
            title=title_of(asked.get("prompt", "")) if row.prompt else "A generated clip",
            prompt=asked.get("prompt", "") if row.prompt else None,
            duration=float((job.result or {}).get("seconds") or asked.get("seconds", 0.0)),
            ratio=asked.get("ratio", ""),
            width=clip.width if clip else None,
            height=clip.height if clip else None,
            expires=row.expires,
            notes=row.notes,
            outputs=files,
            provenance=SharedProvenance(
                generation=job.id,
                engine=job.engine,
                made=job.finished or job.created,
                signed="manifest.c2pa" in outputs,
                profile=service.tools.profile(job.tenant),
            ),
        )

    return routes


def secret(token: str) -> str:
    """The secret part of a link, if it can be one. Raises Refused (404)."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,64}", token):
        raise Refused(404, "not_found", "there is no such link; check that it was copied whole", field="token")
    return token


def title_of(prompt: str) -> str:
    """The first sentence of a prompt, without shot markers, at most 80 characters."""
    plain = " ".join(re.sub(r"\[[^\]]{0,40}\]", " ", prompt).split())
    first = re.split(r"(?<=[.!?\u3002\uff01\uff1f])\s*", plain)[0].rstrip(".\u3002") if plain else ""
    return first if len(first) <= 80 else first[:79].rsplit(" ", 1)[0] + "\u2026"
