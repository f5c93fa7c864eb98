"""The free detector: was this clip made here, by what, and is its signature whole? Open to everybody, and silent about
who made it and with what words."""

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from phonofilm.jobs.library import lookup
from phonofilm.server import intake, threads, words
from phonofilm.server.errors import Refused
from phonofilm.trust.watermarks.payload import reference_of

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.tables import Job
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings
    from phonofilm.trust.watermarks.watermark import Found

LONGEST = 180.0
"""Seconds of a file that is read."""
MOST_PIXELS = 4096 * 2304
PREVIEW = reference_of("preview")
"""The mark of every preview (``clip.preview``)."""


class Made(words.Answer):
    """What may be said of a generation in public."""

    id: str
    state: str
    engine: str
    created: float
    model_version: str | None


class Mark(words.Answer):
    found: bool
    reference: str | None = Field(None, description="the 40-bit job reference, hexadecimal")
    confidence: float | None = None


class Verdict(words.Answer):
    """What a file says about its origin."""

    model_config = words.shows(
        {
            "made_here": True,
            "generation": {
                "id": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t",
                "state": "succeeded",
                "engine": "animatic",
                "created": 1795212345.2,
                "model_version": "0.1.0",
            },
            "signature": {"state": "trusted", "generator": "Phonofilm", "created": "2026-11-20T23:05:45Z"},
            "picture": {"found": True, "reference": "4f00c2a917", "confidence": 0.9999},
            "sound": {"found": False, "reference": None, "confidence": None},
            "notes": [],
        }
    )
    made_here: bool
    generation: Made | None
    signature: dict[str, Any] | None = Field(description="the C2PA manifest in short; null where the file carries none")
    picture: Mark
    sound: Mark
    notes: list[str]


_FORM = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {"file": {"type": "string", "format": "binary"}},
    "example": {"file": "(the bytes)"},
}


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """The verify routes."""
    routes = APIRouter(prefix="/v1", tags=["verify"], responses=words.ERRORS)
    incoming = service.config.scratch / "incoming"
    busy = asyncio.Semaphore(2)  # reading a mark out of a clip takes a core for a while

    def visitor(request: Request) -> None:
        auth.limits.visitor(request.client.host if request.client else "", settings.visits_per_minute)

    @routes.get("/verify", summary="Was this generation made here?")
    async def by_id(
        request: Request, generation: Annotated[str, Query(max_length=64, examples=["gen_01k3v8f0qk7c3m4n5p6q7r8s9t"])]
    ) -> Verdict:
        """By the id that a manifest or a label shows. Nothing is said about its prompt or its maker."""
        visitor(request)
        if not re.fullmatch(r"gen_[a-z0-9]{1,40}", generation):
            raise Refused(404, "not_found", "no generation of this name was made here", field="generation")
        job = await threads.run_sync(lookup.any_job, service.db, generation)
        if job is None:
            raise Refused(404, "not_found", "no generation of this name was made here", field="generation")
        none, note = Mark(found=False, reference=None), "only the id was looked up; send the file to have it read"
        return Verdict(made_here=True, generation=made(job), signature=None, picture=none, sound=none, notes=[note])

    @routes.post(
        "/verify",
        summary="Was this file made here?",
        openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}},
    )
    async def by_file(request: Request) -> Verdict:
        """Reads the signed manifest and the invisible marks of picture and sound; the file is not kept."""
        async with intake.form(request, incoming, max_file=settings.max_upload) as form:
            form.only("file")
            if not form.files or form.files[0].field != "file":
                raise Refused(400, "invalid_parameter", "'file' is missing; add it", field="file")
            async with busy:
                return await threads.run_sync(read, service, form.files[0].path, lane="media")

    return routes


def made(job: "Job") -> Made:
    """What may be said of a job in public."""
    details = (job.result or {}).get("details") or {}
    version = details.get("model_version") or details.get("version")
    return Made(
        id=job.id,
        state=job.state,
        engine=job.engine,
        created=job.created,
        model_version=None if version is None else str(version),
    )


def read(service: "Service", path: Path) -> Verdict:
    """Everything a file says about its origin. Raises MediaError for what is no picture, clip or sound, Refused for
    what is too long to be read."""
    from phonofilm.media.probe import probe
    from phonofilm.trust import provenance
    from phonofilm.trust.watermarks.watermark import detect

    probed = probe(path)  # refuses bombs before anything else decodes them
    if probed.seconds > LONGEST or probed.width * probed.height > MOST_PIXELS:
        raise Refused(
            400,
            "too_large",
            f"clips of at most {LONGEST:.0f} s and 4096 x 2304 pixels are read; cut it down",
            field="file",
        )
    trust = service.tools.trust
    signed = provenance.read(path, anchors=trust.anchors)
    notes, picture, sound = [], None, None
    if probed.kind == "image":
        notes.append("marks are read out of clips and sounds, not out of stills")
    else:
        found = detect(path, [service.tools.watermark_key])
        picture, sound = found.picture, found.sound
    job = next(
        (job for mark in (picture, sound) if mark and (job := lookup.by_watermark(service.db, mark.reference))), None
    )
    if job is None and signed.state == "trusted" and signed.job and trust.is_ours(signed.serial):
        job = lookup.any_job(service.db, signed.job)
    preview = job is None and any(mark and mark.reference == PREVIEW for mark in (picture, sound))
    if preview:
        notes.append("a preview made here, of which nothing is kept")
    summary = None if signed.state == "none" else signed.summary()
    if summary is not None and picture is None and sound is None and probed.kind != "image":
        notes.append("signed, but without a mark of ours")
    return Verdict(
        made_here=job is not None or preview,
        generation=made(job) if job else None,
        signature=summary,
        picture=_mark(picture),
        sound=_mark(sound),
        notes=notes,
    )


def _mark(found: "Found | None") -> Mark:
    if found is None:
        return Mark(found=False, reference=None)
    return Mark(found=True, reference=f"{found.reference:010x}", confidence=round(float(found.confidence), 4))
