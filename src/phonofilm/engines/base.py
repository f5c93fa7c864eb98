"""The port: an engine is something that turns a request into a result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from phonofilm.errors import EngineError
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result

Report = Callable[[Progress], None]
"""Called often, from the thread that generates; must be quick."""
Cancel = Callable[[], bool]
"""Asked between steps; True ends the work."""


class Engine(Protocol):
    """What every engine offers."""

    @property
    def name(self) -> str:
        """The name requests call it by."""
        ...

    def capability(self) -> Capability:
        """What it can do; cheap, loads no weights."""
        ...

    def generate(self, request: Generate, *, progress: Report | None = None, cancel: Cancel | None = None) -> Result:
        """Make the clip. Raises a PhonofilmError; EngineError when cancelled."""
        ...


def stop_if(cancel: Cancel | None) -> None:
    """Raise EngineError when the caller has cancelled."""
    if cancel and cancel():
        raise EngineError("cancelled; nothing was written")
