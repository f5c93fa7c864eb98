"""What an engine can do, so that callers ask instead of trying."""

from __future__ import annotations

from dataclasses import dataclass, field

from phonofilm.errors import RequestError
from phonofilm.spec import clock, media
from phonofilm.spec.reference import LIMITS, TOTAL, check_together
from phonofilm.spec.request import Generate


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

    def admit(self, request: Generate) -> None:
        """Raise RequestError, with the remedy, where the engine cannot do what is asked."""
        if not self.min_seconds <= request.seconds <= self.max_seconds:
            raise RequestError(f"engine {self.engine} makes clips of {self.min_seconds:g} to {self.max_seconds:g} s; choose a length between")
        if request.resolution.lower() not in self.resolutions:
            raise RequestError(f"engine {self.engine} does not offer {request.resolution}; choose one of {', '.join(self.resolutions)}")
        if request.ratio not in self.ratios:
            raise RequestError(f"engine {self.engine} does not offer {request.ratio}; choose one of {', '.join(self.ratios)}")
        if request.task not in self.tasks:
            raise RequestError(f"engine {self.engine} cannot {request.task}; it can {', '.join(self.tasks)}")
        for reference in request.references:
            if (reference.kind, reference.role) not in self.references:
                raise RequestError(f"engine {self.engine} takes no {reference.kind} as {reference.role.replace('_', ' ')}; leave it out or choose another engine")
        check_together(request.references, self.limits, self.max_references)
        if not self.guided and (request.steps is not None or request.guidance is not None):
            raise RequestError(f"engine {self.engine} has no steps and no guidance; leave them out")
        if request.sound and not self.sound:
            raise RequestError(f"engine {self.engine} makes no sound; ask for sound=False")
