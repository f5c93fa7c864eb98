"""Which engine a model's name means: engines by their own names, vendors' names by the shipped map (``models.toml``)
and the operator's."""

from __future__ import annotations

from collections.abc import Mapping

DRAFT = "draft"
"""The name under which the map says what drafts are made with."""


def engine_of(model: str, names: Mapping[str, str], engines: tuple[str, ...], *, dialect: str = "") -> str | None:
    """The engine ``model`` means, or None where nothing says so.

    An engine's own name comes first, then the exact name in the map, then the longest name ending in ``*`` that fits;
    within each the dialect's own lines (``openai/...``) before those for all.
    """
    if model in engines:
        return model
    for name in (f"{dialect}/{model}", model):
        if name in names and not name.endswith("*"):
            return names[name]
    for prefix in (f"{dialect}/" if dialect else "", ""):
        fits = [
            name
            for name in names
            if name.endswith("*") and name.startswith(prefix) and model.startswith(name[len(prefix) : -1])
        ]
        fits = [name for name in fits if "/" not in name[len(prefix) :]]
        if fits:
            return names[max(fits, key=len)]
    return None


def draft_engine(names: Mapping[str, str]) -> str:
    """The engine that makes drafts."""
    return names.get(DRAFT, "animatic")
