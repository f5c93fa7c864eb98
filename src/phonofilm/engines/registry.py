"""Engines by name. Each is imported on first use, so that asking for the animatic never loads a network."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

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
def load(name: str) -> Engine:
    """The engine called ``name``, made once. Raises RequestError for an unknown name, MissingExtra where a package is absent."""
    if name not in ENGINES:
        raise RequestError(f"there is no engine '{name}'; choose one of {', '.join(ENGINES)}")
    module, attribute = ENGINES[name].split(":")
    try:
        engine: Engine = getattr(import_module(module), attribute)()
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing == "phonofilm":
            raise
        raise MissingExtra(f"engine {name} needs the package '{missing}'; install it with: pip install {missing}") from error
    return engine
