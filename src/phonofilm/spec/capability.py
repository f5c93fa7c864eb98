"""What an engine can do, so that callers ask instead of trying."""

from __future__ import annotations

from dataclasses import dataclass

from phonofilm.errors import RequestError
from phonofilm.spec import clock, media
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

    def admit(self, request: Generate) -> None:
        """Raise RequestError, with the remedy, where the engine cannot do what is asked."""
        if not self.min_seconds <= request.seconds <= self.max_seconds:
            raise RequestError(f"engine {self.engine} makes clips of {self.min_seconds:g} to {self.max_seconds:g} s; choose a length between")
        if request.resolution.lower() not in self.resolutions:
            raise RequestError(f"engine {self.engine} does not offer {request.resolution}; choose one of {', '.join(self.resolutions)}")
        if request.ratio not in self.ratios:
            raise RequestError(f"engine {self.engine} does not offer {request.ratio}; choose one of {', '.join(self.ratios)}")
