"""Engines by name and by kind, each imported on first use, so that asking for the animatic never loads a network.

``load`` is for one process that does everything itself (the command line); a service's set is ``engines.offered``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from phonofilm.engines.base import Engine
from phonofilm.errors import MissingExtra, RequestError, install

ENGINES = {
    "native": "phonofilm.engines.native:NativeEngine",
    "native-cascaded": "phonofilm.engines.native:CascadedEngine",
    "native-oracle": "phonofilm.engines.native:OracleEngine",
    "animatic": "phonofilm.engines.animatic.engine:AnimaticEngine",
    "fake": "phonofilm.engines.fake:FakeEngine",
    "fake-slow": "phonofilm.engines.fake:FakeEngine",
    "fake-failing": "phonofilm.engines.fake:FakeEngine",
    "fake-hanging": "phonofilm.engines.fake:FakeEngine",
}
"""Name -> "module:class"."""
SETTINGS: dict[str, dict[str, Any]] = {
    "fake-slow": {"name": "fake-slow", "behaviour": "slow"},
    "fake-failing": {"name": "fake-failing", "behaviour": "failing"},
    "fake-hanging": {"name": "fake-hanging", "behaviour": "hanging"},
}
"""How the variants of one class differ."""
KINDS = {
    "ark": "phonofilm.engines.remote.ark:ArkEngine",
    "videos_api": "phonofilm.engines.remote.videos_api:VideosApiEngine",
    "diffusers": "phonofilm.engines.diffusers:DiffusersEngine",
    "fake": "phonofilm.engines.fake:FakeEngine",
    "native": "phonofilm.engines.native:NativeEngine",
    "animatic": "phonofilm.engines.animatic.engine:AnimaticEngine",
}
"""Kind of a configured engine -> "module:class"."""
ISOLATED = ("native", "native-cascaded", "native-oracle", "diffusers")
"""Names and kinds that load a network: in a service they run in a process of their own."""

NEEDS = {"phonofilm.engines.native": "torch", "phonofilm.engines.diffusers": "diffusers"}
"""Module of an engine -> the optional package without which it cannot run."""


def names() -> tuple[str, ...]:
    """Every built-in engine's name."""
    return tuple(ENGINES)


@lru_cache
def load(name: str, weights: Path | None = None) -> Engine:
    """The engine called ``name``, made once; ``weights`` is another checkpoint for an engine that has one.

    Raises RequestError for an unknown name or weights the engine has no use for, MissingExtra where a package is
    absent.
    """
    if name not in ENGINES:
        raise RequestError(f"there is no engine '{name}'; choose one of {', '.join(ENGINES)}")
    if weights is not None and not name.startswith("native"):
        raise RequestError(f"engine {name} takes no weights; leave --weights out or choose the engine native")
    settings = {**SETTINGS.get(name, {}), **({} if weights is None else {"weights": weights})}
    return make(ENGINES[name], name, settings)


def make(where: str, name: str, settings: Mapping[str, Any]) -> Engine:
    """The engine of class ``where`` ("module:class") with ``settings``. Raises MissingExtra, and RequestError for
    settings it does not know."""
    module, attribute = where.split(":")
    try:
        kind = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing == "phonofilm":
            raise
        raise MissingExtra(
            f"engine {name} needs the package '{missing}'; install it with: {install(missing)}"
        ) from error
    return made(kind, name, settings)


def installed(where: str, name: str) -> None:
    """Raises MissingExtra where what the engine of class ``where`` cannot run without is not installed; loads
    nothing."""
    package = NEEDS.get(where.partition(":")[0])
    if package and find_spec(package) is None:
        raise MissingExtra(f"engine {name} needs the package '{package}'; install it with: {install(package)}")


def made(kind: Callable[..., Engine], name: str, settings: Mapping[str, Any]) -> Engine:
    """The engine of this class. Raises RequestError, in words, for settings it does not know."""
    try:
        return kind(**settings)
    except TypeError as error:
        raise RequestError(f"engine {name}: {_unknown(str(error))}; mend its entry in the configuration") from error


def _unknown(message: str) -> str:
    if "unexpected keyword argument" in message:
        return f"there is no setting {message.split('argument')[-1].strip()}"
    if "missing" in message:
        return f"a setting is missing:{message.split('argument')[-1].removeprefix('s')}"
    return "a setting is of the wrong kind"
