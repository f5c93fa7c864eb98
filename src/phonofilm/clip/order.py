"""What is to be made: a request that was checked, its words read once, its references files of this machine."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from phonofilm.engines.base import script_of
from phonofilm.prompt import Script
from phonofilm.spec.request import Generate
from phonofilm.trust import profile as profiles
from phonofilm.trust.watermarks.payload import reference_of


@dataclass(frozen=True, kw_only=True)
class Order:
    """One clip. Everything that marks, labels and signs it follows from here."""

    job: str
    """What its file, its mark and its manifest call it."""
    request: Generate
    script: Script
    """The request's words, read."""
    profile: profiles.Profile
    label: bool | None = None
    """Is the visible label wished for? None: nothing was said."""
    title: str = ""
    """Written into the file; empty where its words are nobody else's business (a service's clips)."""
    watermark: int
    """The 40-bit reference of the invisible mark."""
    created: float = field(default_factory=time.time)
    """UTC seconds."""


def order(
    request: Generate,
    *,
    job: str,
    profile: str,
    label: bool | None = None,
    title: str = "",
    watermark: int | None = None,
    created: float | None = None,
) -> Order:
    """The order of a request. Raises PromptError for words that cannot be read or shown in its length, RequestError for
    an unknown profile."""
    script = script_of(request)
    return Order(
        job=job,
        request=request,
        script=script,
        profile=profiles.profile(profile),
        label=label,
        title=title,
        watermark=reference_of(job) if watermark is None else watermark,
        created=time.time() if created is None else created,
    )
