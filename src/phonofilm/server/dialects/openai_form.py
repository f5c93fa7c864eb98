"""Bodies of the Videos API, JSON or form, as one tree of values: brackets in a form's names are nesting, numbers may
come as text."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import Request

from phonofilm.server import intake
from phonofilm.server.dialects.wire import check, json_body, wrong

MAX_FIELD = 21_000_000
"""Bytes of a plain field: a picture may come as a data: address of 20,971,520 characters."""


@dataclass(kw_only=True)
class Sent:
    """What a client sent. Values are checked as they are taken; what nobody takes is refused by ``done``."""

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, intake.Upload] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def take(self, name: str) -> Any:
        """A value; None for null, absent or an empty field of a form."""
        self.taken.add(name)
        return self.values.get(name)

    def text(self, name: str, *, most: int, required: bool = False) -> str | None:
        """Text of at most so many characters."""
        value = self.take(name)
        if value is None or value == "":
            if required:
                raise wrong(f"Missing required parameter: '{name}'.", name, code="missing_parameter")
            return None
        if not isinstance(value, str) or len(value) > most:
            raise wrong(f"'{name}' must be a string of at most {most} characters", name)
        return value

    def number(self, name: str) -> float | None:
        """A number, also where it came as text."""
        value = self.take(name)
        if value is None or value == "":
            return None
        if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,9}(\.\d{1,6})?\s*", value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise wrong(f"'{name}' must be a number", name)
        return float(value)

    def whole(self, name: str) -> int | None:
        """A whole number, also where it came as text."""
        value = self.number(name)
        if value is not None and not value.is_integer():
            raise wrong(f"'{name}' must be a whole number", name)
        return None if value is None else int(value)

    def yes_no(self, name: str) -> bool | None:
        """True or false, also where it came as text."""
        value = self.take(name)
        if value is None or value == "":
            return None
        known = {"true": True, "1": True, "false": False, "0": False}
        found = (
            value if isinstance(value, bool) else known.get(value.strip().lower()) if isinstance(value, str) else None
        )
        if found is None:
            raise wrong(f"'{name}' must be true or false", name)
        return found

    def file(self, name: str) -> intake.Upload | None:
        """An uploaded file."""
        self.taken.add(name)
        return self.files.get(name)

    def done(self) -> None:
        """Refuse what nobody took: it would have been ignored."""
        for name, value in [*self.values.items(), *self.files.items()]:
            if name not in self.taken and value is not None:
                raise wrong(f"Unknown parameter: '{name[:80]}'.", name[:80], code="unknown_parameter")


@asynccontextmanager
async def read(request: Request, folder: Path, *, max_file: int) -> AsyncIterator[Sent]:
    """The body. Files of a form are on disk while the context lasts. Raises Refused."""
    kind = intake.kind_of(request)
    if kind == "multipart/form-data":
        async with intake.form(request, folder, max_file=max_file, max_files=2, max_field=MAX_FIELD) as form:
            sent = Sent(values=nested(form.fields))
            check(sent.values)
            for file in form.files:
                name = file.field.removesuffix("[]")
                if name in sent.files or name in sent.values:
                    raise wrong(f"'{name[:80]}' was given twice; give it once", name[:80])
                sent.files[name] = file
            yield sent
    elif kind in ("application/json", ""):
        yield Sent(values=await json_body(request))
    else:
        raise wrong(
            "send application/json or multipart/form-data", "Content-Type", code="unsupported_media_type", status=415
        )


def nested(fields: dict[str, list[str]]) -> dict[str, Any]:
    """``a[b]=1``, ``a[c][]=2`` as ``{"a": {"b": "1", "c": ["2"]}}``. Raises Refused for names that contradict each
    other."""
    out: dict[str, Any] = {}
    for name, values in fields.items():
        found = re.fullmatch(r"([^\[\]]{1,128})((?:\[[^\[\]]{0,64}\]){0,4})", name)
        if not found:
            raise wrong(f"the field name '{name[:80]}' cannot be read", name[:80])
        parts = [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])]
        is_list = parts[-1] == ""
        if is_list:
            parts.pop()
        if "" in parts or (len(values) > 1 and not is_list):
            raise wrong(f"'{name[:80]}' was given {len(values)} times; give it once", name[:80])
        place = out
        for part in parts[:-1]:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise wrong(f"'{parts[0]}' is given both as a value and as an object", parts[0])
        if parts[-1] in place:
            raise wrong(f"'{parts[0]}' is given both as a value and as an object", parts[0])
        place[parts[-1]] = list(values) if is_list else values[0]
    return out
