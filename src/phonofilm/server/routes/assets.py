"""/v1/assets: pictures, clips and sounds to use as references, uploaded or named by an address."""

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.server import intake, threads, words
from phonofilm.server.errors import Refused
from phonofilm.server.files import Links

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.tables import Asset as Row
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings


Words = TypeVar("Words", bound=words.Body)


class Reuse(words.Body):
    """A file of one of your generations. What its references said of real persons holds for it too."""

    model_config = words.shows({"generation": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t", "output": "video.mp4"})
    generation: Annotated[words.Text, Field(max_length=64)]
    output: Annotated[words.Text, Field(max_length=200)] = "video.mp4"


class NewAsset(words.Body):
    """A file by its address."""

    url: Annotated[
        words.Text,
        Field(min_length=1, max_length=64_000_000, description="http(s) or data:; private addresses are refused"),
    ]
    name: Annotated[words.Text, Field(max_length=200)] = ""
    kind: Literal["image", "video", "audio"] | None = None
    person: bool | None = Field(None, description="does it show or sound like a real person?")
    consent: Annotated[words.Text, Field(max_length=64)] | None = Field(
        None, description="the consent record of that person"
    )


class Declaration(words.Body):
    """An answer to what was left open."""

    model_config = words.shows({"person": False})
    person: bool = Field(description="does it show or sound like a real person?")
    consent: Annotated[words.Text, Field(max_length=64)] | None = Field(
        None, description="the consent record of that person"
    )


class Asset(words.Answer):
    """A file at hand for references."""

    model_config = words.shows(
        {
            "id": "asset_01k3v8f0qk7c3m4n5p6q7r8s9t",
            "object": "asset",
            "kind": "image",
            "name": "beach.png",
            "content_type": "image/png",
            "bytes": 48211,
            "sha256": "5f70",
            "width": 1280,
            "height": 720,
            "seconds": None,
            "person": False,
            "consent": None,
            "ignored": [],
            "state": "ready",
            "created": 1795212345.2,
            "url": "http://127.0.0.1:8600/media/main/2026/11/asset_01k3v8f0qk7c3m4n5p6q7r8s9t/file.png?exp=1795298400&sig=6f1c",
        }
    )
    id: str
    object: Literal["asset"] = "asset"
    kind: str
    name: str
    content_type: str
    bytes: int
    sha256: str
    width: int | None
    height: int | None
    seconds: float | None
    person: bool | None
    consent: str | None
    ignored: list[str] = Field(
        description=(
            "what of the file is not used, in words: a broken colour profile, a track that nothing here can decode"
        )
    )
    state: str
    created: float
    url: str | None


class AssetList(words.Answer):
    model_config = words.shows({"object": "list", "data": [words.examples_of(Asset)[0]], "next": None})
    object: Literal["list"] = "list"
    data: list[Asset]
    next: str | None


_FORM = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "name": {"type": "string", "maxLength": 200},
        "kind": {"enum": ["image", "video", "audio"]},
        "person": {"enum": ["true", "false"]},
        "consent": {"type": "string", "maxLength": 64},
    },
    "example": {"file": "(the bytes)", "kind": "image", "person": "false"},
}


class Shelf:
    """What the routes share."""

    def __init__(self, service: "Service", settings: "Settings") -> None:
        self._service, self._settings, self._links = service, settings, Links(service.bucket, settings)

    def shown(self, row: "Row", request: Request) -> Asset:
        """An asset as the API shows it, with a link where there is something to see."""
        url = self._links.url(row.key, base=str(request.base_url)) if row.state in ("ready", "review") else None
        same = {name: getattr(row, name) for name in Asset.model_fields if name not in ("object", "url")}
        return Asset(**same, url=url)

    def bring(self, given: NewAsset, path: Path) -> None:
        """Fetch what an address names. Raises Refused."""
        from phonofilm.errors import RequestError
        from phonofilm.storage.fetch import fetch

        kinds = (given.kind,) if given.kind else ("image", "video", "audio")
        try:
            fetch(given.url, path, kinds=kinds, max_bytes=self._settings.max_upload, allow=self._settings.fetch_allow)
        except RequestError as error:
            raise Refused(400, "reference_failed", str(error), field="url") from error

    async def keep(self, caller: Caller, path: Path, given: NewAsset) -> "Row":
        """Look at a file and keep it. Raises Refused."""
        from phonofilm.errors import MediaError, RequestError

        try:
            return await threads.run_sync(
                lambda: self._service.add_asset(
                    caller, path, name=given.name, kind=given.kind, person=given.person, consent=given.consent
                ),
                lane="media",
            )
        except (MediaError, RequestError) as error:
            raise Refused(
                400, "invalid_parameter", str(error), field=getattr(error, "field", None) or "file"
            ) from error


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """The asset routes."""
    routes = APIRouter(prefix="/v1/assets", tags=["assets"], responses=words.ERRORS)
    shelf = Shelf(service, settings)
    _adding(routes, service, auth, settings, shelf)
    _kept(routes, service, auth, shelf)
    return routes


def _adding(routes: APIRouter, service: "Service", auth: "Auth", settings: "Settings", shelf: Shelf) -> None:
    makes, incoming = auth.needs("generate"), service.config.scratch / "incoming"
    body: dict[str, Any] = {"oneOf": [NewAsset.model_json_schema(), Reuse.model_json_schema()]}
    body["examples"] = [{"url": "https://example.com/beach.png", "person": False}, *words.examples_of(Reuse)]
    accepted = {
        "requestBody": {
            "required": True,
            "content": {"multipart/form-data": {"schema": _FORM}, "application/json": {"schema": body}},
        }
    }

    @routes.post("", status_code=201, summary="Bring a file along", openapi_extra=accepted)
    async def add(request: Request, caller: Annotated[Caller, Depends(makes)]) -> Asset:
        """A form with the ``file`` (streamed to disk, looked at, measured), JSON with its ``url``, or JSON with a
        ``generation`` and its ``output``.

        Pictures to 30 MB, clips to 50 MB, sounds to 15 MB; what a file is, its content says, not its name. Say whether
        it shows a real person: undeclared ones are held for review.
        """
        auth.limits.upload(caller.tenant, caller.user, settings.uploads_per_minute)
        kind = intake.kind_of(request)
        if kind == "multipart/form-data":
            async with intake.form(request, incoming, max_file=settings.max_upload) as form:
                form.only("file", "name", "kind", "person", "consent")
                if not form.files or form.files[0].field != "file":
                    raise Refused(400, "invalid_parameter", "'file' is missing; add it", field="file")
                file = form.files[0]
                said = {name: form.one(name) or None for name in ("kind", "consent")}
                given = checked(
                    {"url": "form:", "name": form.one("name") or file.name, "person": form.flag("person"), **said},
                    NewAsset,
                )
                return shelf.shown(await shelf.keep(caller, file.path, given), request)
        if kind != "application/json":
            raise Refused(
                415,
                "unsupported_media_type",
                "send the file as multipart/form-data, or JSON with its url",
                field="Content-Type",
            )
        data = await json_of(request)
        await threads.run_sync(lambda: incoming.mkdir(parents=True, exist_ok=True))
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=incoming, ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "file"
            if isinstance(data, dict) and "generation" in data:
                again = checked(data, Reuse)
                return shelf.shown(
                    await threads.run_sync(service.reuse, caller, again.generation, again.output, path, lane="media"),
                    request,
                )
            given = checked(data, NewAsset)
            await threads.run_sync(shelf.bring, given, path, lane="fetch")
            named = given if given.name else given.model_copy(update={"name": _last(given.url)})
            return shelf.shown(await shelf.keep(caller, path, named), request)


def _kept(routes: APIRouter, service: "Service", auth: "Auth", shelf: Shelf) -> None:
    reads, makes = auth.needs("read"), auth.needs("generate")

    @routes.get("", summary="Your files")
    async def every(
        request: Request,
        caller: Annotated[Caller, Depends(reads)],
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        after: Annotated[str | None, Query(max_length=64)] = None,
    ) -> AssetList:
        """Newest first."""
        rows = await threads.run_sync(lambda: service.list_assets(caller, limit=limit, after=after))
        return AssetList(
            data=[shelf.shown(row, request) for row in rows], next=rows[-1].id if len(rows) == limit else None
        )

    @routes.get("/{asset}", summary="One file")
    async def one(request: Request, asset: str, caller: Annotated[Caller, Depends(reads)]) -> Asset:
        """Its measures, its state, and a link that works for a while."""
        return shelf.shown(await threads.run_sync(service.get_asset, caller, known(asset)), request)

    @routes.patch("/{asset}", summary="Say whether it shows a real person")
    async def declare(
        request: Request, asset: str, body: Annotated[Declaration, Body()], caller: Annotated[Caller, Depends(makes)]
    ) -> Asset:
        """Where that was left open when it was brought; generations held for want of it go on by themselves. Refused
        (409) where it would say less than was said: a person declared stays one."""
        row = await threads.run_sync(
            lambda: service.declare(caller, known(asset), person=body.person, consent=body.consent)
        )
        return shelf.shown(row, request)

    @routes.delete("/{asset}", summary="Delete a file")
    async def delete(asset: str, caller: Annotated[Caller, Depends(makes)]) -> words.Deleted:
        """Generations made from it stay."""
        await threads.run_sync(service.delete_asset, caller, known(asset))
        return words.Deleted(id=asset)


async def json_of(request: Request) -> object:
    """The body as JSON. Raises Refused."""
    try:
        return await request.json()
    except (ValueError, RecursionError):
        raise Refused(
            400, "invalid_parameter", "the body is not valid JSON; check quotes and commas", field="body"
        ) from None


def checked(data: object, model: type[Words]) -> Words:
    """The description of an asset. Raises the validation error that names the field."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_context=False, include_input=False)) from error


def known(asset: str) -> str:
    """The id, if it can be one. Raises Refused (404)."""
    if not re.fullmatch(r"asset_[a-z0-9]{1,40}", asset):
        raise Refused(404, "not_found", "there is no such asset; ids look like asset_01k3v8f0...", field="asset")
    return asset


def _last(url: str) -> str:
    return "" if url.startswith("data:") else urlsplit(url).path.rpartition("/")[2][:200]
