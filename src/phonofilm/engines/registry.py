"""Engines by name. Each is imported on first use, so that asking for the animatic never loads a network."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pathlib import Path

from phonofilm.engines.base import Engine
from phonofilm.errors import MissingExtra, RequestError

ENGINES = {
    "native": "phonofilm.engines.native:NativeEngine",
    "native-cascaded": "phonofilm.engines.native:CascadedEngine",
    "animatic": "phonofilm.engines.animatic:AnimaticEngine",
    "fake": "phonofilm.engines.fake:FakeEngine",
}
"""Name -> "module:class"."""


def names() -> tuple[str, ...]:
    """Every engine's name."""
    return tuple(ENGINES)


@lru_cache
def load(name: str, weights: Path | None = None) -> Engine:
    """The engine called ``name``, made once; ``weights`` is another checkpoint for an engine that has one.

    Raises RequestError for an unknown name or weights the engine has no use for, MissingExtra where a package is absent.
    """
    if name not in ENGINES:
        raise RequestError(f"there is no engine '{name}'; choose one of {', '.join(ENGINES)}")
    module, attribute = ENGINES[name].split(":")
    try:
        kind = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing == "phonofilm":
            raise
        raise MissingExtra(f"engine {name} needs the package '{missing}'; install it with: pip install {missing}") from error
    if weights is None:
        engine: Engine = kind()
        return engine
    if not name.startswith("native"):
        raise RequestError(f"engine {name} takes no weights; leave --weights out or choose the engine native")
    engine = kind(weights=weights)
    return engine
