"""Everything about a request that can be refused while its sender still waits for the answer, each refusal naming its
field."""

from __future__ import annotations

import re
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from phonofilm.engines import route
from phonofilm.errors import MediaError, PhonofilmError, PromptError, RequestError
from phonofilm.jobs.codes import JobError, as_job_error
from phonofilm.jobs.library.assets import store
from phonofilm.jobs.store.tables import Asset
from phonofilm.media.probe import check_reference, check_together, probe
from phonofilm.prompt import check, parse
from phonofilm.spec.reference import Reference, named
from phonofilm.spec.request import Generate
from phonofilm.storage.addresses import look_up
from phonofilm.storage.fetch import fetch
from phonofilm.trust.consent import stricter

if TYPE_CHECKING:
    from phonofilm.jobs.tools import Tools

_MENTION = re.compile(r"(?<![\w.@])@([A-Za-z_][A-Za-z0-9_]{0,63})")
_OWN_ASSET = re.compile(r"/(asset_[a-z0-9]{26})(?:[/?#]|$)")


def engine_for(tools: Tools, request: Generate, model: str) -> Generate:
    """The request with the engine its model's name means. Raises JobError (field ``model``)."""
    offered = tools.engines.names()
    for name in (request.engine, tools.config.engine_of(request.engine), tools.config.engine_of(model)):
        if name in offered or name == route.AUTO:
            return request if request.engine == name else replace(request, engine=name)
    raise JobError(
        "invalid_parameter", f"there is no model '{model[:80]}' here; choose one of {', '.join(offered)}", field="model"
    )


def prompt(request: Generate) -> None:
    """The words can be read, and every @name in them is a reference that is there."""
    words = request.prompt
    if "\x00" in words or any(0xD800 <= ord(letter) <= 0xDFFF for letter in words):
        raise JobError("invalid_parameter", "the prompt holds a NUL or half a character; leave it out", field="prompt")
    try:
        check(parse(words), request.seconds)
    except PromptError as error:
        raise as_job_error(error) from error
    known = named(request.references)
    for mention in _MENTION.findall(words):
        if mention not in known and mention.lower() not in known:
            there = ", ".join(f"@{name}" for name in known) or "none"
            raise JobError(
                "invalid_parameter",
                f"the prompt speaks of @{mention}, and there is no such reference; there are: {there}",
                field="prompt",
            )


def ability(tools: Tools, request: Generate) -> list[str]:
    """The engines that may make it. Raises JobError naming the field, and an engine that could; MissingExtra where the
    engine's package is absent."""
    try:
        prefer = [] if request.engine == route.AUTO else [request.engine]
        return route.choose(request, tools.capabilities(), prefer, by=tools.config.route_by)
    except RequestError as error:
        with suppress(RequestError):
            tools.engine(request.engine)
        raise JobError("invalid_parameter", str(error), field=error.field or "model") from error


def references(tools: Tools, tenant: str, user: str, request: Generate) -> Generate:
    """References named, theirs and fit: assets exist, addresses are public, inline data is looked at and kept. Raises
    JobError."""
    kept = []
    for number, reference in enumerate(request.references):
        field = f"references[{number}]"
        try:
            kept.append(_reference(tools, tenant, user, reference, field))
        except PhonofilmError as error:
            code = "reference_failed" if isinstance(error, MediaError) else None
            raise as_job_error(error, code=code, field=getattr(error, "field", None) or field) from error
    unsaid = [number for number, reference in enumerate(kept) if reference.person is None]
    if unsaid and tools.config.undeclared == "refuse":
        told = "say whether it shows or sounds like a real person: person true or false, here or when you upload it"
        raise JobError("invalid_parameter", told, field=f"references[{unsaid[0]}].person")
    _together(tools, kept)
    return replace(request, references=tuple(kept)) if kept else request


def _together(tools: Tools, references: list[Reference]) -> None:
    """What is here already may not be too long together; the workflow adds what it fetches."""
    moving = [
        (reference.kind, reference.asset) for reference in references if reference.kind != "image" and reference.asset
    ]
    if len(moving) < 2:
        return
    with tools.db.reading() as session:
        lengths = [
            (kind, row.seconds or 0.0) for kind, asset in moving if (row := session.get(Asset, asset)) is not None
        ]
    try:
        check_together(lengths)
    except RequestError as error:
        raise JobError("invalid_parameter", str(error), field="references") from error


def _reference(tools: Tools, tenant: str, user: str, reference: Reference, field: str) -> Reference:
    if reference.path is not None:
        raise JobError("invalid_parameter", "a reference here is an asset or a url, never a path", field=field)
    own = _own(tools, tenant, reference)
    if own is not None:
        return _asset(tools, tenant, replace(reference, asset=own, url=None), field)
    if not reference.url:
        raise JobError("invalid_parameter", "a reference needs an asset or a url; give one of them", field=field)
    if reference.url[:5].lower() != "data:":
        look_up(reference.url, allow=tools.config.fetch_allow)
        return reference
    tools.config.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="inline-", dir=tools.config.scratch, ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "file"
        fetch(reference.url, path, kinds=(reference.kind,), max_bytes=tools.config.max_upload)
        probed = probe(path)
        check_reference(probed, field=field, kind=reference.kind)
        row = store(tools, tenant, user, path, probed, name=reference.name, person=reference.person)
    return replace(reference, asset=row.id, url=None, person=stricter(row.person, reference.person, row.consent))


def _own(tools: Tools, tenant: str, reference: Reference) -> str | None:
    """The id of one of our own assets, however it is named: never fetched."""
    if reference.asset:
        return reference.asset
    url = reference.url or ""
    if url.startswith("asset://"):
        return url.removeprefix("asset://").strip("/")
    found = _OWN_ASSET.search(url)
    ours = urlsplit(tools.config.public_url)
    there = urlsplit(url)
    if found is None or (ours.netloc and there.netloc == ours.netloc):
        return found and found[1]
    with (
        tools.db.reading() as session
    ):  # a server has many names (an address of the network, localhost, a tunnel's): whose id it is says enough
        row = session.get(Asset, found[1])
    return found[1] if row is not None and row.tenant == tenant else None


def _asset(tools: Tools, tenant: str, reference: Reference, field: str) -> Reference:
    with tools.db.reading() as session:
        row = session.get(Asset, reference.asset or "")
    if row is None or row.tenant != tenant or row.state == "removed":
        raise JobError("not_found", f"there is no asset {str(reference.asset)[:80]}; upload it first", field=field)
    if row.state == "blocked":
        raise JobError("input_blocked", f"the asset {row.id} is blocked; use another one", field=field)
    if row.kind != reference.kind:
        raise JobError(
            "invalid_parameter", f"the asset {row.id} is {row.kind}, not {reference.kind}; name its kind", field=field
        )
    return replace(reference, person=stricter(row.person, reference.person, row.consent))
