"""What each Seedance family takes by its vendor's documents, so that our door is as strict as theirs; our engines refuse the rest themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Family:
    """Rules of a model's name, before any engine is asked."""

    resolutions: tuple[str, ...]
    resolution: str = "720p"
    """What is made where none is named."""
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
    sizes: str | None = None
    """Whose table of sizes, where it differs from ours."""


_2_0 = Family(resolutions=("480p", "720p", "1080p", "4k"), sizes="seedance-2.0")
_1_5 = Family(resolutions=("480p", "720p", "1080p"), seconds=(4, 12), camera_fixed=True, priority=False, references=False, tasks=False, sizes="seedance-2.0")
_FAMILIES = (
    (r"seedance-2-5\b", Family(resolutions=("480p", "720p", "1080p"), seconds=(4, 30), default_seconds=-1, sound_alone=True)),
    (r"seedance-2-0-(fast|mini)\b", Family(resolutions=("480p", "720p"), sizes="seedance-2.0")),
    (r"seedance-2-0\b", _2_0),
    (r"seedance-1-5\b", _1_5),
    (r"seedance-1-0\b", Family(
        resolutions=("480p", "720p", "1080p"), resolution="1080p", seconds=(2, 12), chooses=False, sound=False, frames=True, camera_fixed=True, priority=False,
        references=False, tasks=False,
    )),
    (r"^(ep-|doubao-seedance|dreamina-seedance|seedance)", _2_0),
)  # fmt: skip
OWN = Family(resolutions=("480p", "720p", "1080p", "2k"), resolution="480p", sound_alone=True, camera_fixed=True)
"""Our engines under their own names: everything in our vocabulary; each refuses what it cannot do."""


def family_of(model: str) -> Family:
    """The family of a model's name."""
    return next((family for pattern, family in _FAMILIES if re.search(pattern, model)), OWN)
