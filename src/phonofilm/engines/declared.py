"""What the engines that load a network can do, said without loading it: a service asks here, the network lives in
another process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from phonofilm.errors import RequestError
from phonofilm.spec.capability import Capability

_EIGHT = ("en", "zh", "yue", "ja", "ko", "es", "fr", "de")


def native(name: str, settings: Mapping[str, Any]) -> Capability:
    """What the shipped checkpoint was trained for."""
    return Capability(engine=name, languages=_EIGHT, guided=True)


@dataclass(frozen=True, kw_only=True)
class Family:
    """A family of open checkpoints that diffusers knows."""

    pipeline: str
    """Class of the pipeline."""
    licence: str
    """Name of the weights' licence, which the operator accepts by repeating it."""
    terms: str
    """What it asks for, in a line."""
    hub: str
    """Where the vendor publishes the weights."""
    capability: Mapping[str, Any]
    step: int
    """Both sides of the picture are multiples of this many pixels."""
    frames: int
    """A clip has a multiple of so many frames ..."""
    extra: int
    """... and so many more."""


FAMILIES: dict[str, Family] = {
    "ltx2": Family(
        pipeline="LTX2Pipeline",
        licence="LTX-2.x Community License",
        hub="Lightricks/LTX-2",
        terms="free below 10 million dollars of revenue a year; provenance marks must stay; "
        "derivatives carry the same terms",
        capability={
            "languages": ("en",),
            "guided": True,
            "resolutions": ("480p", "720p", "1080p"),
            "references": (("image", "first_frame"),),
        },
        step=32,
        frames=8,
        extra=1,
    ),
    "kandinsky6": Family(
        pipeline="Kandinsky6TI2VAPipeline",
        licence="Kandinsky 6.0 licence",
        hub="kandinskylab/Kandinsky-6.0-Lite",
        terms="read the licence file beside the weights before accepting",
        capability={
            "languages": ("en", "ru"),
            "guided": True,
            "resolutions": ("480p", "720p"),
            "references": (("image", "first_frame"),),
            "lengths": (5.0,),
        },
        step=16,
        frames=4,
        extra=1,
    ),
    "minimax-h3": Family(
        pipeline="MiniMaxH3ModularPipeline",
        licence="MiniMax H3 Community License",
        hub="MiniMaxAI/MiniMax-H3",
        terms="not licensed in the USA, the EU, the United Kingdom and South Korea without authorisation; "
        "attribution; a separate deal above 20 million",
        capability={
            "languages": ("en", "zh"),
            "guided": False,
            "min_seconds": 5.0,
            "resolutions": ("480p", "720p"),
            "rules": ("frames_or_references", "sound_needs_picture"),
            "references": (
                ("image", "first_frame"),
                ("image", "last_frame"),
                ("image", "reference"),
                ("video", "reference"),
                ("audio", "reference"),
            ),
        },
        step=32,
        frames=17,
        extra=5,
    ),
}


def family_of(name: str, settings: Mapping[str, Any]) -> Family:
    """The family an entry names, its licence accepted. Raises RequestError, naming the licence, where it is not."""
    given = settings.get("family")
    if given not in FAMILIES:
        raise RequestError(f"engine {name}: there is no family '{given}'; choose one of {', '.join(FAMILIES)}")
    family = FAMILIES[given]
    if settings.get("licence") != family.licence:
        raise RequestError(
            f"engine {name}: its weights are under the {family.licence} ({family.terms}); to accept it set licence ="
            f' "{family.licence}"'
        )
    return family


_WORKFLOWS: dict[str, tuple[tuple[str, str], ...]] = {
    "t2va": (),
    "fl2va": (("image", "first_frame"), ("image", "last_frame")),
    "ref2va": (("image", "reference"), ("video", "reference"), ("audio", "reference")),
}
"""MiniMax-H3's halves, and what each takes."""


def diffusers(name: str, settings: Mapping[str, Any]) -> Capability:
    """What a family takes; ``adjust`` in the settings overrides it by name. Raises RequestError where its licence is
    not accepted."""
    family = family_of(name, settings)
    values = dict(family.capability)
    workflow = settings.get("workflow")
    if workflow is not None:
        if settings["family"] != "minimax-h3" or workflow not in _WORKFLOWS:
            raise RequestError(
                f"engine {name}: there is no workflow '{workflow}' here; MiniMax-H3 has {', '.join(_WORKFLOWS)}"
            )
        values["references"] = _WORKFLOWS[workflow]
    return Capability(engine=name, **{**values, **(settings.get("adjust") or {})})


DECLARED: dict[str, Callable[[str, Mapping[str, Any]], Capability]] = {
    "phonofilm.engines.native:NativeEngine": native,
    "phonofilm.engines.native:CascadedEngine": native,
    "phonofilm.engines.native:OracleEngine": native,
    "phonofilm.engines.diffusers:DiffusersEngine": diffusers,
}
"""By "module:class"."""
