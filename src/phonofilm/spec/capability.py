"""What an engine can do, so that callers ask instead of trying."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from phonofilm.errors import RequestError
from phonofilm.spec import clock, media
from phonofilm.spec.reference import LIMITS, TOTAL, check_together
from phonofilm.spec.request import MAX_CHARACTERS, Generate

TEXT_FLAG = re.compile(
    r"(?:^|\s)--(?:resolution|rs|ratio|rt|duration|dur|frames|framespersecond|fps|seed|camerafixed|cf|watermark|wm)\b",
    re.IGNORECASE,
)
"""Commands that some vendors read out of a prompt, past every check of ours."""


def _frames_or_references(engine: str, request: Generate) -> None:
    roles = {reference.role for reference in request.references}
    if roles & {"first_frame", "last_frame"} and roles & {"reference", "source"}:
        raise RequestError(
            f"engine {engine} takes either first and last frames or references, not both; leave one kind out",
            field="references",
        )


def _last_needs_first(engine: str, request: Generate) -> None:
    roles = {reference.role for reference in request.references}
    if "last_frame" in roles and "first_frame" not in roles:
        raise RequestError(
            f"engine {engine} takes a last frame only together with a first frame; give both", field="references"
        )


def _sound_needs_picture(engine: str, request: Generate) -> None:
    if request.references and all(reference.kind == "audio" for reference in request.references):
        raise RequestError(
            f"engine {engine} takes a sound only together with a picture or a clip; add one", field="references"
        )


def _no_text_flags(engine: str, request: Generate) -> None:
    found = TEXT_FLAG.search(request.prompt)
    if found:
        raise RequestError(
            f"engine {engine} would read '{found.group().strip()}' in the prompt as a command; set it as a parameter"
            " instead",
            field="prompt",
        )


def _known_source(engine: str, request: Generate) -> None:
    source = next((reference for reference in request.references if reference.role == "source"), None)
    if source is None:
        return
    # One that is still to be fetched is judged once it is here.
    if source.origin is None and (source.asset is not None or source.path is not None):
        does = {"edit": "change", "extend": "go on from"}[request.task]
        raise RequestError(
            f"engine {engine} can only {does} a clip that it made here itself, for it needs the script; name such a"
            " clip or give its unchanged file",
            field="references",
        )
    if source.origin is not None and len(source.origin.prompt) > MAX_CHARACTERS:
        raise RequestError(
            f"the script of the source and of all before it has grown over {MAX_CHARACTERS} characters; begin a new"
            " clip",
            field="references",
        )
    if source.strength != 1:
        raise RequestError(
            f"engine {engine} cannot weigh the clip it is to go on from or change; leave its strength at 1",
            field="references",
        )


def _frames_start_clips(engine: str, request: Generate) -> None:
    if request.task == "extend" and any(reference.role == "first_frame" for reference in request.references):
        raise RequestError(
            f"engine {engine} begins an extension where its source ends; leave the first frame out", field="references"
        )


def _no_edit_strength(engine: str, request: Generate) -> None:
    if request.edit_strength is not None:
        raise RequestError(f"engine {engine} has no use for an edit strength here; leave it out", field="edit_strength")


RULES: dict[str, Callable[[str, Generate], None]] = {
    "frames_or_references": _frames_or_references,
    "last_needs_first": _last_needs_first,
    "sound_needs_picture": _sound_needs_picture,
    "no_text_flags": _no_text_flags,
    "known_source": _known_source,
    "frames_start_clips": _frames_start_clips,
    "no_edit_strength": _no_edit_strength,
}
"""Name -> check(engine, request), which raises RequestError."""


@dataclass(frozen=True, kw_only=True)
class Capability:
    """What an engine offers."""

    engine: str
    tasks: tuple[str, ...] = ("generate",)
    min_seconds: float = clock.MIN_SECONDS
    max_seconds: float = clock.MAX_SECONDS
    resolutions: tuple[str, ...] = media.RESOLUTIONS
    ratios: tuple[str, ...] = media.RATIOS
    languages: tuple[str, ...] = ("en",)
    """Languages of dialogue."""
    sound: bool = True
    guided: bool = True
    """Does it use ``steps`` and ``guidance``?"""
    references: tuple[tuple[str, str], ...] = ()
    """The (kind, role) pairs it honours, such as ("image", "first_frame"); empty: text alone."""
    limits: dict[str, int] = field(default_factory=lambda: dict(LIMITS))
    """References of a kind, at most."""
    max_references: int = TOTAL
    remote: bool = False
    """Does a request leave this machine (and cost money there)?"""
    usd_per_second: float = 0.0
    """List price of a finished second at 720p, for routing by price; the price book bills."""
    step_seconds: float = 0.0
    """Lengths come in steps of so many seconds; 0: any length."""
    lengths: tuple[float, ...] = ()
    """The only lengths offered; empty: any between the least and the most."""
    strength: bool = False
    """Does it honour how strongly a reference or an edit counts?"""
    rules: tuple[str, ...] = ()
    """Names out of ``RULES``: what of a request does not go together."""
    trial: bool = False
    """Makes test pictures: never chosen by itself nor named as a remedy."""

    def admit(self, request: Generate) -> None:
        """Raise RequestError, with the remedy, where the engine cannot do what is asked."""
        if not self.min_seconds <= request.seconds <= self.max_seconds:
            raise RequestError(
                f"engine {self.engine} makes clips of {self.min_seconds:g} to {self.max_seconds:g} s; choose a length"
                " between",
                field="seconds",
            )
        if request.resolution.lower() not in self.resolutions:
            raise RequestError(
                f"engine {self.engine} does not offer {request.resolution}; choose one of"
                f" {', '.join(self.resolutions)}",
                field="resolution",
            )
        if request.ratio not in self.ratios:
            raise RequestError(
                f"engine {self.engine} does not offer {request.ratio}; choose one of {', '.join(self.ratios)}",
                field="ratio",
            )
        if request.task not in self.tasks:
            raise RequestError(
                f"engine {self.engine} cannot {request.task}; it can {', '.join(self.tasks)}", field="task"
            )
        if (
            self.step_seconds
            and abs(request.seconds / self.step_seconds - round(request.seconds / self.step_seconds)) > 1e-6
        ):
            raise RequestError(
                f"engine {self.engine} makes clips in steps of {self.step_seconds:g} s; {request.seconds:g} s is none",
                field="seconds",
            )
        if self.lengths and request.seconds not in self.lengths:
            offered = ", ".join(f"{length:g}" for length in self.lengths)
            raise RequestError(
                f"engine {self.engine} makes clips of {offered} s only; choose one of them", field="seconds"
            )
        if request.edit_strength is not None and (request.task != "edit" or not self.strength):
            raise RequestError(
                f"engine {self.engine} has no use for an edit strength here; leave it out", field="edit_strength"
            )
        if not self.strength and any(reference.strength != 1 for reference in request.references):
            raise RequestError(
                f"engine {self.engine} cannot weigh references; leave their strength at 1", field="references"
            )
        for name in self.rules:
            RULES[name](self.engine, request)
        for reference in request.references:
            if (reference.kind, reference.role) not in self.references:
                raise RequestError(
                    f"engine {self.engine} takes no {reference.kind} as {reference.role.replace('_', ' ')}; leave it"
                    " out or choose another engine",
                    field="references",
                )
        check_together(request.references, self.limits, self.max_references)
        if not self.guided and (request.steps is not None or request.guidance is not None):
            raise RequestError(
                f"engine {self.engine} has no steps and no guidance; leave them out",
                field="steps" if request.steps is not None else "guidance",
            )
        if request.sound and not self.sound:
            raise RequestError(f"engine {self.engine} makes no sound; ask for sound=False", field="sound")
