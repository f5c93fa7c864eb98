"""What a prompt says of the clip itself, put to use: a field of the request that was left open takes it, one that was
set holds, and that is said."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from phonofilm.errors import PromptError
from phonofilm.prompt.parse import parse
from phonofilm.spec import clock, media
from phonofilm.spec.request import MAX_SEED, Generate

FIELDS = {"duration": "seconds", "ratio": "ratio", "resolution": "resolution", "seed": "seed"}
"""What a prompt may settle -> the field of ``spec.Generate``."""
ORDINARY = 5.0
"""Seconds of a clip when nobody says."""


def settled(prompt: str, given: Collection[str] = ()) -> dict[str, Any]:
    """Fields of ``spec.Generate`` (seconds, ratio, resolution, seed) that the prompt's own words settle and that are
    not ``given``.

    Lengths are seconds on offer (4 to 15); without a stated one, shots that end after 5 s ask for the whole seconds
    they need. {} for a prompt that cannot be read: its own check says what is wrong with it.
    """
    try:
        script = parse(prompt)
    except PromptError:
        return {}
    found = {FIELDS[name]: _valid(name, value) for name, value in script.settings if name in FIELDS}
    last = max((shot.end or 0.0 for shot in script.shots), default=0.0)
    if "duration" not in dict(script.settings) and ORDINARY < last <= clock.MAX_SECONDS:
        found["seconds"] = float(math.ceil(last))
    return {name: value for name, value in found.items() if value is not None and name not in given}


def overruled(request: Generate) -> tuple[str, ...]:
    """What the prompt says of the clip that this request makes otherwise, each with the field that decides."""
    try:
        script = parse(request.prompt)
    except PromptError:
        return ()
    told = []
    for name, value in script.settings:
        said = f"{value:g} s" if isinstance(value, float) else str(value)
        if name not in FIELDS:
            told.append(
                f"the prompt says {name} {value!s}, which no field sets; clips have {clock.FPS} frames a second"
            )
            continue
        holds: Any = getattr(request, FIELDS[name])
        meant, kept = _valid(name, value), f"{holds:g} s" if name == "duration" else str(holds)
        if meant is None:
            told.append(f"the prompt says {name} {said}, which is not offered; the clip has {kept}")
        elif meant != holds:
            told.append(f"the prompt says {name} {said}, and the request's {kept} holds; set {name} to change it")
    return tuple(told)


def _valid(name: str, value: str | float) -> Any:
    """A value the request takes; None for what is not offered."""
    if name == "duration":
        return (
            float(value)
            if isinstance(value, (int, float)) and clock.MIN_SECONDS <= value <= clock.MAX_SECONDS
            else None
        )
    said = str(value).lower()
    if name == "ratio":
        return said if said in media.RATIOS else None
    if name == "resolution":
        return said if said in media.RESOLUTIONS else None
    return int(said) if said.isdecimal() and int(said) <= MAX_SEED else None
