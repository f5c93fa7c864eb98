"""Every setting with its meaning, its default and what is in force: read from the classes that hold them, so that no
list of them can grow old."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from phonofilm.clip.kit import ClipConfig
from phonofilm.jobs.config import Config
from phonofilm.server.settings import FILE, Settings

HIDDEN = ("database_url", "bucket", "classifier_options", "engines", "limits_storage")
"""May hold passwords or keys: told only whether they are set."""


@dataclass(frozen=True, kw_only=True)
class Described:
    """One setting."""

    name: str
    default: str
    meaning: str
    value: str = ""
    """What is in force; "set" where it may be secret."""

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return f"PHONOFILM_{self.name.upper()}"


def documented(owner: type) -> dict[str, str]:
    """Attribute -> the string under it in the class's source, on one line."""
    body = ast.parse(inspect.getsource(owner)).body[0]
    assert isinstance(body, ast.ClassDef)
    out = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            out[field.target.id] = " ".join(str(text.value.value).replace("``", "`").split())
    return out


def described(settings: Settings | None = None) -> list[Described]:
    """All settings in their order; with ``settings`` what is in force, too. A setting is explained where it is used: by
    the server's class, else by jobs'."""
    meanings = documented(ClipConfig) | documented(Config) | documented(Settings)
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        value = "" if settings is None else _shown(name, getattr(settings, name), default)
        rows.append(Described(name=name, default=_plain(default), meaning=meanings.get(name, ""), value=value))
    return rows


def page() -> str:
    """The reference as Markdown (``docs/guide/settings.md``)."""
    lines = [
        "# Settings of an installation", "",
        "Written by `phonofilm settings --markdown`. A setting comes from the command line where it has an option, else from the "  # noqa: E501
        "environment (`PHONOFILM_` and "
        f"its name in capitals; lists and tables as JSON), else from `{FILE}` in the home, else from here. `phonofilm settings --home DIR` "  # noqa: E501
        f"tells what is in "
        "force there.", "",
        "| setting | default | meaning |", "|---|---|---|",
    ]  # fmt: skip
    lines += [
        f"| `{row.name}` | {f'`{row.default}`' if row.default else ''} | {row.meaning.replace('|', '/')} |"
        for row in described()
    ]
    return "\n".join(lines) + "\n"


def _plain(value: object) -> str:
    if value is None or value == "" or value is PydanticUndefined:
        return ""
    if isinstance(value, SecretStr):
        return value.get_secret_value() and "set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(value)
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return f"{value:,}".replace(",", "_") if isinstance(value, int) and value >= 100_000 else str(value)


def _shown(name: str, value: object, default: object) -> str:
    if isinstance(value, SecretStr) or (name in HIDDEN and value != default):
        return "set" if (value.get_secret_value() if isinstance(value, SecretStr) else value) else ""
    return str(value) if isinstance(value, Path) else _plain(value)
