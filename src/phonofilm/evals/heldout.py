"""The frozen prompts: free wording by hand, with the labels each text states, written before any training began."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from phonofilm.errors import MediaError, RequestError

ATTRIBUTES = ("colour", "kind", "place", "hour", "weather", "action", "camera")
"""What adherence is measured on; a label a text does not state is left out and never counted."""
SHA256 = "069c52c0752d81e89802645cd574a03075694f47c83372b0c290ad8205178a0d"
"""Of ``prompts/heldout.jsonl``: a changed file is a changed ruler, and a test says so."""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """One prompt of a suite."""

    id: str
    text: str
    seconds: float
    labels: dict[str, str] = field(default_factory=dict)
    """Expected attributes of the first shot's main subject (keys of :data:`ATTRIBUTES`), as far as the text says."""
    simple: bool = True
    """One subject, one shot, one action that touches something: what a small checkpoint is measured on."""
    seen: bool = True
    """False where the theatre holds the combination out of its training plays."""


def suite_path(name: str) -> Path:
    """The file of the suite called ``name`` (``heldout``), or ``name`` itself when it is a path. RequestError if there
    is none."""
    shipped = Path(str(resources.files("phonofilm.evals"))) / "prompts" / f"{name}.jsonl"
    path = shipped if shipped.is_file() else Path(name)
    if not path.is_file():
        raise RequestError(
            f"no suite called {name!r}: use 'heldout', 'closeups' or the path of a .jsonl file with id, text and labels"
        )
    return path


def load_suite(name: str = "heldout") -> list[Prompt]:
    """All prompts of a suite, in file order. MediaError when a line cannot be read."""
    prompts = []
    for number, line in enumerate(suite_path(name).read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            labels = {k: str(v) for k, v in row.get("labels", {}).items() if k in ATTRIBUTES}
            prompts.append(
                Prompt(
                    id=str(row["id"]),
                    text=str(row["text"]),
                    seconds=float(row.get("seconds", 5.0)),
                    labels=labels,
                    simple=bool(row.get("simple", True)),
                    seen=bool(row.get("seen", True)),
                )
            )
        except (ValueError, KeyError, AttributeError) as error:
            raise MediaError(
                f"line {number} of the suite {name!r} cannot be read ({error}): each line is an object with id, text,"
                " labels"
            ) from error
    return prompts
