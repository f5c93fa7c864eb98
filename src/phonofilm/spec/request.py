"""What can be asked for. A request is checked once, when it is made, and never changes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from phonofilm.errors import RequestError
from phonofilm.spec import clock, media
from phonofilm.spec.reference import Reference, check_together

TASKS = ("generate", "edit", "extend")

MAX_CHARACTERS = 5000
"""Of a prompt."""
MAX_SEED = 2**31 - 1
MAX_STEPS = 200
MAX_GUIDANCE = 30.0


@dataclass(frozen=True, kw_only=True)
class Generate:
    """A clip to be made. Raises RequestError, with the remedy, for any value outside what is offered."""

    prompt: str
    """The words, in the prompt language; the engine reads and checks them (PromptError)."""
    seconds: float = 5.0
    """Length, 4 to 15 s; a clip has ``clock.frames(seconds)`` frames."""
    seed: int = 0
    """0 to 2**31 - 1; the same seed gives the same clip."""
    steps: int | None = None
    """Denoising steps, 1 to 200; None leaves it to the engine."""
    guidance: float | None = None
    """How strictly the text is followed, 0 to 30 (1 is no guidance); None leaves it to the engine."""
    resolution: str = media.DEFAULT_RESOLUTION
    ratio: str = media.DEFAULT_RATIO
    engine: str = "native"
    task: str = "generate"
    """generate | edit (change the ``source``) | extend (continue the ``source``)."""
    references: tuple[Reference, ...] = ()
    sound: bool = True
    """False: the clip's sound track is silent."""
    edit_strength: float | None = None
    """Of an edit: 0 keeps the source, 1 starts anew; None leaves it to the engine."""
    sizes: str | None = None
    """Whose numbers of pixels are meant by resolution and ratio (``media.SIZES``); None: ours."""
    cues: Path | None = None
    """A file of cues to keep (``spec/cue_file.py``); what it does not say is made. For our own network."""

    def __post_init__(self) -> None:
        if not isinstance(self.prompt, str):
            raise RequestError("the prompt must be text; pass a string", field="prompt")
        if not _is_number(self.seconds) or not clock.MIN_SECONDS <= self.seconds <= clock.MAX_SECONDS:
            raise RequestError(
                f"a clip of {self.seconds} s is not offered; choose {clock.MIN_SECONDS:g} to {clock.MAX_SECONDS:g} s",
                field="seconds",
            )
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or not 0 <= self.seed <= MAX_SEED:
            raise RequestError(
                f"seed {self.seed} is out of range; choose a whole number from 0 to {MAX_SEED}", field="seed"
            )
        if self.steps is not None and (
            isinstance(self.steps, bool) or not isinstance(self.steps, int) or not 1 <= self.steps <= MAX_STEPS
        ):
            raise RequestError(f"{self.steps} steps are out of range; choose 1 to {MAX_STEPS}", field="steps")
        if self.guidance is not None and (not _is_number(self.guidance) or not 0 <= self.guidance <= MAX_GUIDANCE):
            raise RequestError(
                f"guidance {self.guidance} is out of range; choose 0 to {MAX_GUIDANCE:g}", field="guidance"
            )
        if self.cues is not None and not self.engine.startswith("native"):
            raise RequestError(
                f"engine {self.engine} takes no cues; leave them out or choose the engine native", field="cues"
            )
        if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,63}", self.engine):
            raise RequestError(
                f"'{self.engine}' is not an engine's name; use lower-case letters, digits and dashes", field="engine"
            )
        media.size(self.resolution, self.ratio, self.sizes)
        if self.task not in TASKS:
            raise RequestError(f"there is no task '{self.task}'; choose one of {', '.join(TASKS)}", field="task")
        if not isinstance(self.references, tuple) or not all(isinstance(r, Reference) for r in self.references):
            raise RequestError("references must be a tuple of Reference", field="references")
        check_together(self.references)
        if (self.task != "generate") != any(r.role == "source" for r in self.references):
            raise RequestError(
                "an edit or an extension needs one source clip, and only they take one; set task and source together",
                field="references",
            )
        if self.edit_strength is not None and (not _is_number(self.edit_strength) or not 0 <= self.edit_strength <= 1):
            raise RequestError(
                f"edit strength {self.edit_strength} is out of range; choose 0 to 1", field="edit_strength"
            )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the finished picture in pixels."""
        return media.size(self.resolution, self.ratio, self.sizes)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
