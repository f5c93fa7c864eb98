"""A service's set of engines: built-in ones and those its operator configured, with networks kept in processes of their
own."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from phonofilm.engines import registry
from phonofilm.engines.base import Engine
from phonofilm.engines.declared import DECLARED
from phonofilm.engines.isolated.parent import Isolated
from phonofilm.errors import MissingExtra, RequestError
from phonofilm.spec.capability import Capability

KEYS = ("key", "key_env", "key_file")
"""Where an engine's key may stand."""


class Engines:
    """A service's engines. ``configured`` entries are mappings with ``name``, ``kind`` and the kind's own settings::

        {"name": "seedance", "kind": "ark", "model": "dreamina-seedance-2-0-260128", "key_env": "ARK_API_KEY"}
        {"name": "farm", "kind": "videos_api", "server": "sglang", "base_url": "http://10.0.0.7:30000/v1"}
        {"name": "ltx", "kind": "diffusers", "family": "ltx2", "model": "/models/ltx", "licence": "LTX-2.x ..."}

    A key is given as ``key`` (text, or an object with ``get_secret_value``), ``key_env`` or ``key_file``; ``replay``
    (a recording's folder) stands in for a vendor, and needs none. ``line`` holds time-outs and size limits,
    ``process`` an isolated engine's ``limit``, ``grace`` and ``memory``. ``only`` keeps of the built-in ones those
    named. Thread-safe; close it when the service ends.
    """

    def __init__(
        self, configured: Iterable[Mapping[str, Any]] = (), *, only: Iterable[str] | None = None, isolate: bool = True
    ) -> None:
        kept = set(registry.ENGINES) if only is None else set(only)
        unknown = kept - set(registry.ENGINES)
        if unknown:
            raise RequestError(
                f"there is no built-in engine '{sorted(unknown)[0]}'; choose of {', '.join(registry.ENGINES)}"
            )
        self._plans: dict[str, tuple[str, dict[str, Any], dict[str, Any] | None]] = {
            name: (where, registry.SETTINGS.get(name, {}), {} if isolate and name in registry.ISOLATED else None)
            for name, where in registry.ENGINES.items()
            if name in kept
        }
        for entry in configured:
            self._add(dict(entry), isolate)
        self._made: dict[str, Engine] = {}
        self._lock = threading.Lock()

    def _add(self, entry: dict[str, Any], isolate: bool) -> None:
        name, kind = entry.pop("name", None), entry.pop("kind", None)
        if not isinstance(name, str) or not name:
            raise RequestError("an engine in the configuration has no name; give it one")
        if kind not in registry.KINDS:
            raise RequestError(f"engine {name}: there is no kind '{kind}'; choose one of {', '.join(registry.KINDS)}")
        if kind in ("ark", "videos_api"):
            if entry.get("replay"):
                entry = {field: value for field, value in entry.items() if field not in KEYS}
            else:
                entry["key"] = secret(name, entry)
            from phonofilm.engines.remote.calls import Line

            if isinstance(entry.get("line"), Mapping):
                entry["line"] = Line(**entry["line"])
        if kind != "native" and kind != "animatic":
            entry["name"] = name
        process = dict(entry.pop("process", {}))
        if registry.KINDS[kind] in DECLARED:
            DECLARED[registry.KINDS[kind]](
                name, entry
            )  # a licence that was not accepted is said when the service starts
        self._plans[name] = (registry.KINDS[kind], entry, process if isolate and kind in registry.ISOLATED else None)

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
                    registry.installed(where, name)  # said here: the process of its own would say it of every clip
                    self._made[name] = registry.made(
                        Isolated, name, {"name": name, "where": where, "settings": settings, **apart}
                    )
                else:
                    self._made[name] = registry.make(where, name, settings)
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
    """Take the key out of an entry: ``key``, ``key_env`` or ``key_file``. Never in any message. Raises RequestError
    where it is missing."""
    key, variable, file = (entry.pop(field, None) for field in KEYS)
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
