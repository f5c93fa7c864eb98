"""What a request brings along: pictures, clips and sounds, each with a part to play."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from phonofilm.errors import RequestError

KINDS = ("image", "video", "audio")
ROLES = ("reference", "first_frame", "last_frame", "source")
"""``source`` is the clip that an edit changes or an extension continues."""
LIMITS = {"image": 9, "video": 3, "audio": 3}
"""At most so many of a kind ..."""
TOTAL = 12
"""... and so many together."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """How a clip was made here: what it takes to go on from where it ends, or to make it once more with other words."""

    prompt: str
    """Its script from the very beginning, what it continues included."""
    seconds: float
    """Where the clip ends in that script."""
    seed: int
    parts: tuple[float, ...] = ()
    """Where each clip before it ended, the first one first; it begins at the last of them, or at 0."""
    changes: tuple[tuple[int, str], ...] = ()
    """What edits changed since: (how many shots there were, the words)."""
    more: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What else the engine wants to know again; plain data."""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Origin:
        """From plain data, as JSON gives it back. Raises KeyError or TypeError for what is none."""
        return cls(
            prompt=str(data["prompt"]),
            seconds=float(data["seconds"]),
            seed=int(data["seed"]),
            parts=tuple(float(end) for end in data.get("parts") or ()),
            changes=tuple((int(count), str(words)) for count, words in data.get("changes") or ()),
            more=dict(data.get("more") or {}),
        )


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One picture, clip or sound. Raises RequestError for values outside what is offered."""

    kind: str
    role: str = "reference"
    name: str = ""
    """What the prompt calls it, without the @: ``image1``, ``face_photo``; empty: its kind and number."""
    strength: float = 1.0
    """0 ignores it, 1 keeps it whole."""
    asset: str | None = None
    """Id of an uploaded or fetched asset of the same tenant."""
    url: str | None = None
    """Where it is to be fetched from (http, https, data, asset); never handed to an engine."""
    path: str | None = None
    """The checked local file, once it is here; engines read this and nothing else."""
    person: bool | None = None
    """Does it show or sound like a real person? None: not declared."""
    origin: Origin | None = None
    """Of a source that was made here: how. The house fills it in, never a caller from outside."""

    def __post_init__(self) -> None:
        if isinstance(self.origin, Mapping):  # it came as plain data
            object.__setattr__(self, "origin", Origin.of(self.origin))
        if self.kind not in KINDS:
            raise RequestError(f"a reference cannot be '{self.kind}'; choose one of {', '.join(KINDS)}")
        if self.role not in ROLES:
            raise RequestError(f"a reference cannot play '{self.role}'; choose one of {', '.join(ROLES)}")
        if self.role in ("first_frame", "last_frame") and self.kind != "image":
            raise RequestError(f"a {self.role.replace('_', ' ')} is a picture; this reference is {self.kind}")
        if self.role == "source" and self.kind != "video":
            raise RequestError(f"what is edited or extended is a clip; this reference is {self.kind}")
        if self.name and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", self.name):
            raise RequestError(f"'@{self.name}' cannot name a reference; use letters, digits and _ , at most 64")
        if (
            isinstance(self.strength, bool)
            or not isinstance(self.strength, (int, float))
            or not 0 <= self.strength <= 1
        ):
            raise RequestError(f"strength {self.strength} is out of range; choose 0 to 1")


def check_together(references: tuple[Reference, ...], limits: dict[str, int] = LIMITS, total: int = TOTAL) -> None:
    """Raise RequestError where there are too many, two of one name, or parts that do not go together."""
    for kind, most in limits.items():
        count = sum(r.kind == kind and r.role == "reference" for r in references)
        if count > most:
            raise RequestError(f"{count} {kind} references are too many; give at most {most}", field="references")
    if len(references) > total:
        raise RequestError(
            f"{len(references)} references are too many; give at most {total} together", field="references"
        )
    names = [r.name for r in references if r.name]
    for name in names:
        if names.count(name) > 1:
            raise RequestError(f"two references are called @{name}; give each a name of its own", field="references")
    for role in ("first_frame", "last_frame", "source"):
        if sum(r.role == role for r in references) > 1:
            raise RequestError(f"only one {role.replace('_', ' ')} can be given", field="references")


def named(references: tuple[Reference, ...]) -> dict[str, Reference]:
    """Every reference by the name the prompt may use: its own, and ``image1``, ``video2``, ``audio1`` by order within
    its kind."""
    out: dict[str, Reference] = {}
    counts = dict.fromkeys(KINDS, 0)
    for reference in references:
        counts[reference.kind] += 1
        out.setdefault(f"{reference.kind}{counts[reference.kind]}", reference)
        if reference.name:
            out[reference.name] = reference
    return out
