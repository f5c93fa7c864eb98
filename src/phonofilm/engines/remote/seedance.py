"""What each Seedance family takes and costs, by its vendor's documents: our door that speaks Ark's dialect is as
strict, and our engine asks for no more."""

from __future__ import annotations

import re
from dataclasses import dataclass

from phonofilm.spec import clock
from phonofilm.spec.capability import Capability


@dataclass(frozen=True, kw_only=True)
class Family:
    """Rules of a model's name, before any engine is asked."""

    resolutions: tuple[str, ...]
    resolution: str = "720p"
    """What is made where none is named."""
    asked: tuple[str, ...] = ("480p", "720p", "1080p")
    """Of the resolutions, those that our engine asks the vendor for."""
    seconds: tuple[int, int] = (4, 15)
    default_seconds: int = 5
    """-1: the model chooses."""
    chooses: bool = True
    """Takes ``duration: -1`` and ``ratio: adaptive`` without a picture."""
    sound: bool = True
    frames: bool = False
    """Takes ``frames``."""
    camera_fixed: bool = False
    priority: bool = True
    references: bool = True
    """Takes reference pictures, clips and sounds, not only first and last frames."""
    sound_alone: bool = False
    tasks: bool = True
    """Takes ``omni_reference_task_type``."""
    changes: bool = False
    """Changes and goes on from clips."""
    sizes: str | None = None
    """Whose table of sizes, where it differs from ours."""
    usd: float = 7.0
    """Dollars per million tokens, for routing by price."""


_2_0 = Family(resolutions=("480p", "720p", "1080p", "4k"), sizes="seedance-2.0")
_FAMILIES = (
    (r"seedance-2-5\b", Family(
        resolutions=("480p", "720p", "1080p"), asked=("480p", "720p"), seconds=(4, 30), default_seconds=-1,
        sound_alone=True, changes=True, usd=10.7,
    )),
    (r"seedance-2-0-fast\b", Family(resolutions=("480p", "720p"), sizes="seedance-2.0", usd=5.6)),
    (r"seedance-2-0-mini\b", Family(resolutions=("480p", "720p"), sizes="seedance-2.0", usd=3.5)),
    (r"seedance-2-0\b", _2_0),
    (r"seedance-1-5\b", Family(
        resolutions=("480p", "720p", "1080p"), seconds=(4, 12), camera_fixed=True, priority=False, references=False,
        tasks=False, sizes="seedance-2.0", usd=2.4,
    )),
    (r"seedance-1-0\b", Family(
        resolutions=("480p", "720p", "1080p"), resolution="1080p", seconds=(2, 12), chooses=False, sound=False,
        frames=True, camera_fixed=True, priority=False,
        references=False, tasks=False,
    )),
    (r"^(ep-|doubao-seedance|dreamina-seedance|seedance)", _2_0),
)  # fmt: skip
_FRAMES = (("image", "first_frame"), ("image", "last_frame"))
_TOKENS_PER_SECOND = 24 * 1280 * 720 / 1024


def family_of(model: str) -> Family | None:
    """The family of a model's name; None: it is no Seedance."""
    return next((family for pattern, family in _FAMILIES if re.search(pattern, model)), None)


def capability_of(engine: str, model: str, *, videos: bool) -> Capability:
    """What our engine may ask ``model`` for; 2.0 where the name says nothing. ``videos``: can clips be handed over at
    all?"""
    family = family_of(model) or _2_0
    references = (*_FRAMES, *((("image", "reference"), ("audio", "reference")) if family.references else ()))
    if videos and family.references:
        references += (("video", "reference"), *((("video", "source"),) if family.changes else ()))
    rules = ("frames_or_references", "last_needs_first", "no_text_flags")
    return Capability(
        engine=engine,
        tasks=("generate", "edit", "extend") if videos and family.changes else ("generate",),
        resolutions=tuple(one for one in family.resolutions if one in family.asked),
        references=references,
        rules=rules if family.sound_alone or not family.references else (*rules, "sound_needs_picture"),
        min_seconds=max(float(family.seconds[0]), clock.MIN_SECONDS),
        max_seconds=min(float(family.seconds[1]), clock.MAX_SECONDS),
        sound=family.sound,
        languages=("en", "zh", "yue", "ja", "ko", "es", "fr", "de"),
        guided=False,
        remote=True,
        step_seconds=1.0,
        usd_per_second=family.usd * _TOKENS_PER_SECOND / 1e6,
    )
