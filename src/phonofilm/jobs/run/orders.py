"""A job as an order: its request with every reference a file of this machine, and what is known of the persons in
them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

from phonofilm.clip import moderate
from phonofilm.clip.kit import Kit
from phonofilm.clip.order import Order, order
from phonofilm.jobs.library.assets import Given
from phonofilm.jobs.run.carried import Carry
from phonofilm.jobs.run.walk import Walk
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate
from phonofilm.trust.consent import stricter
from phonofilm.trust.gate import Seen


class Assets(Protocol):
    """As much of a walk as looking at references needs."""

    @property
    def tools(self) -> Kit:
        """What clips are made with."""
        ...

    def asset(self, reference: Reference) -> Given:
        """The record of the asset a reference names."""
        ...


def local_request(walk: Walk, carry: Carry) -> Generate:
    """The request with every reference as a file on this machine."""
    local = []
    for number, plain in enumerate(carry["fetch_references"]["references"]):
        reference = Reference(**plain)
        row = walk.asset(reference)
        walk.folder.mkdir(parents=True, exist_ok=True)
        path = walk.folder / f"reference-{number}{Path(row.key).suffix}"
        if not path.exists():
            walk.tools.bucket.get(row.key, path)
        reference = replace(reference, path=str(path))
        if reference.role == "source":
            reference = replace(reference, origin=walk.origin(reference))
        local.append(reference)
    return replace(walk.request, references=tuple(local)) if local else walk.request


def ordered(walk: Walk, carry: Carry) -> Order:
    """The clip that this job orders."""
    wish = walk.extra.get("watermark")
    return order(
        local_request(walk, carry),
        job=walk.job,
        profile=walk.profile,
        label=wish if isinstance(wish, bool) else None,
        watermark=walk.watermark,
        created=walk.created,
    )


def seen(walk: Assets, request: Generate) -> list[Seen]:
    """The references, files by now, with what their assets say of persons."""
    out = []
    for number, reference in enumerate(request.references):
        known = walk.asset(reference)
        person = stricter(known.person, reference.person, known.consent)
        out.append(moderate.look(request, number, walk.tools, person=person, consent=known.leave))
    return out
