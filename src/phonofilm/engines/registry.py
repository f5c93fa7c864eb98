"""Engines by name, and by configuration. Each is imported on first use, so that asking for the animatic never loads a network.

``load`` is for one process that does everything itself (the command line); ``Engines`` is a service's set: built-in ones and those its
operator configured, with networks kept in processes of their own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from phonofilm.engines.base import Engine
from phonofilm.engines.declared import DECLARED
from phonofilm.errors import MissingExtra, RequestError
from phonofilm.spec.capability import Capability

ENGINES = {
    "native": "phonofilm.engines.native:NativeEngine",
    "native-cascaded": "phonofilm.engines.native:CascadedEngine",
    "native-oracle": "phonofilm.engines.native:OracleEngine",
    "animatic": "phonofilm.engines.animatic:AnimaticEngine",
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
    "ark": "phonofilm.engines.ark:ArkEngine",
    "videos_api": "phonofilm.engines.videos_api:VideosApiEngine",
    "diffusers": "phonofilm.engines.diffusers:DiffusersEngine",
    "fake": "phonofilm.engines.fake:FakeEngine",
    "native": "phonofilm.engines.native:NativeEngine",
    "animatic": "phonofilm.engines.animatic:AnimaticEngine",
}
"""Kind of a configured engine -> "module:class"."""
ISOLATED = ("native", "native-cascaded", "native-oracle", "diffusers")
"""Names and kinds that load a network: in a service they run in a process of their own."""


def names() -> tuple[str, ...]:
    """Every built-in engine's name."""
    return tuple(ENGINES)


@lru_cache
def load(name: str, weights: Path | None = None) -> Engine:
    """The engine called ``name``, made once; ``weights`` is another checkpoint for an engine that has one.

    Raises RequestError for an unknown name or weights the engine has no use for, MissingExtra where a package is absent.
    """
    if name not in ENGINES:
        raise RequestError(f"there is no engine '{name}'; choose one of {', '.join(ENGINES)}")
    if weights is not None and not name.startswith("native"):
        raise RequestError(f"engine {name} takes no weights; leave --weights out or choose the engine native")
    settings = {**SETTINGS.get(name, {}), **({} if weights is None else {"weights": weights})}
    return make(ENGINES[name], name, settings)


def make(where: str, name: str, settings: Mapping[str, Any]) -> Engine:
    """The engine of class ``where`` ("module:class") with ``settings``. Raises MissingExtra, and RequestError for settings it does not know."""
    module, attribute = where.split(":")
    try:
        kind = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing == "phonofilm":
            raise
        raise MissingExtra(f"engine {name} needs the package '{missing}'; install it with: pip install {missing}") from error
    return _made(kind, name, settings)


def _made(kind: Callable[..., Engine], name: str, settings: Mapping[str, Any]) -> Engine:
    try:
        return kind(**settings)
    except TypeError as error:
        raise RequestError(f"engine {name}: {_unknown(str(error))}; mend its entry in the configuration") from error


class Engines:
    """A service's engines. ``configured`` entries are mappings with ``name``, ``kind`` and the kind's own settings::

        {"name": "seedance", "kind": "ark", "model": "dreamina-seedance-2-0-260128", "key_env": "ARK_API_KEY"}
        {"name": "farm", "kind": "videos_api", "server": "sglang", "base_url": "http://10.0.0.7:30000/v1", "adjust": {"sound": True}}
        {"name": "ltx", "kind": "diffusers", "family": "ltx2", "model": "/models/ltx", "licence": "LTX-2.x Community License"}

    A key is given as ``key`` (text, or an object with ``get_secret_value``), ``key_env`` or ``key_file``. ``line`` holds time-outs and
    size limits, ``process`` an isolated engine's ``limit``, ``grace`` and ``memory``. ``only`` keeps of the built-in ones those named.
    Thread-safe; close it when the service ends.
    """

    def __init__(self, configured: Iterable[Mapping[str, Any]] = (), *, only: Iterable[str] | None = None, isolate: bool = True) -> None:
        kept = set(ENGINES) if only is None else set(only)
        unknown = kept - set(ENGINES)
        if unknown:
            raise RequestError(f"there is no built-in engine '{sorted(unknown)[0]}'; choose of {', '.join(ENGINES)}")
        self._plans: dict[str, tuple[str, dict[str, Any], dict[str, Any] | None]] = {
            name: (where, SETTINGS.get(name, {}), {} if isolate and name in ISOLATED else None) for name, where in ENGINES.items() if name in kept
        }
        for entry in configured:
            self._add(dict(entry), isolate)
        self._made: dict[str, Engine] = {}
        self._lock = threading.Lock()

    def _add(self, entry: dict[str, Any], isolate: bool) -> None:
        name, kind = entry.pop("name", None), entry.pop("kind", None)
        if not isinstance(name, str) or not name:
            raise RequestError("an engine in the configuration has no name; give it one")
        if kind not in KINDS:
            raise RequestError(f"engine {name}: there is no kind '{kind}'; choose one of {', '.join(KINDS)}")
        if kind in ("ark", "videos_api"):
            entry["key"] = secret(name, entry)
            from phonofilm.engines.calls import Line

            if isinstance(entry.get("line"), Mapping):
                entry["line"] = Line(**entry["line"])
        if kind != "native" and kind != "animatic":
            entry["name"] = name
        process = dict(entry.pop("process", {}))
        if KINDS[kind] in DECLARED:
            DECLARED[KINDS[kind]](name, entry)  # a licence that was not accepted is said when the service starts
        self._plans[name] = (KINDS[kind], entry, process if isolate and kind in ISOLATED else None)

    def names(self) -> tuple[str, ...]:
        """Every engine's name, built-in first."""
        return tuple(self._plans)

    def get(self, name: str) -> Engine:
        """The engine called ``name``, made on first use. Raises RequestError, MissingExtra."""
        if name not in self._plans:
            raise RequestError(f"there is no engine '{name}' here; choose one of {', '.join(self._plans)}")
        with self._lock:
            if name not in self._made:
                where, settings, apart = self._plans[name]
                if apart is not None:
                    from phonofilm.engines.isolated import Isolated

                    self._made[name] = _made(Isolated, name, {"name": name, "where": where, "settings": settings, **apart})
                else:
                    self._made[name] = make(where, name, settings)
            return self._made[name]

    def capabilities(self) -> list[Capability]:
        """What each can do, in order; loads no network. An engine whose package is absent is left out."""
        found = []
        for name in self._plans:
            try:
                found.append(self.get(name).capability())
            except MissingExtra:
                continue
        return found

    def close(self) -> None:
        """End the processes and connections behind the engines."""
        with self._lock:
            for engine in self._made.values():
                end = getattr(engine, "close", None)
                if end:
                    end()
            self._made.clear()


def secret(name: str, entry: dict[str, Any]) -> str:
    """Take the key out of an entry: ``key``, ``key_env`` or ``key_file``. Never in any message. Raises RequestError where it is missing."""
    key, variable, file = entry.pop("key", None), entry.pop("key_env", None), entry.pop("key_file", None)
    if key is not None:
        return str(key.get_secret_value() if hasattr(key, "get_secret_value") else key)
    if variable is not None:
        if not os.environ.get(variable):
            raise RequestError(f"engine {name}: the environment variable {variable} with its key is not set; set it")
        return os.environ[variable].strip()
    if file is not None:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise RequestError(f"engine {name}: the key file '{file}' cannot be read; check key_file") from error
    return ""


def _unknown(message: str) -> str:
    if "unexpected keyword argument" in message:
        return f"there is no setting {message.split('argument')[-1].strip()}"
    if "missing" in message:
        return f"a setting is missing:{message.split('argument')[-1].removeprefix('s')}"
    return "a setting is of the wrong kind"
