"""Hints that are true and few: what the linter says of a prompt held against what the stage heard, the gravest first,
the same of many shots said once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from phonofilm.prompt.editing.advice import Advice, Hint
from phonofilm.server.understood import Unknown

NAMED = 3
"""Words named in one hint; the rest is a number."""
_MISSING = {"action": "action; say what happens", "camera": "camera move"}
"""What a shot may go without, and how that is said."""
_RANK = {"error": 0, "warning": 1, "info": 2}


def hints(found: Advice, strange: list[Unknown], who: str, plan: Mapping[str, Any] | None) -> list[Hint]:
    """``found``'s hints and one for the words that have no effect (``strange``, to ``who``). ``plan`` is what the
    theatre heard (``theatre.heard``), where the theatre is who stages it; what it contradicts is left out."""
    told = [hint for hint in found.hints if not hint.about]
    missing = [hint for hint in found.hints if hint.about]
    if plan is not None:
        missing = [hint for hint in missing if not _heard(hint, found, plan)]
        told += _nobody(found, plan)
    told += [_placed(hint, plan) for hint in missing if hint.about not in _MISSING]
    for about in _MISSING:
        told += _once([hint for hint in missing if hint.about == about], plan, len(found.shots))
    told += _without_effect(strange, who, plan)
    return sorted(told, key=lambda hint: _RANK[hint.severity])


def _heard(hint: Hint, found: Advice, plan: Mapping[str, Any]) -> bool:
    """Does the stage know better than a linter that goes by the letters of verbs and nouns?"""
    said = [word for word in plan["words"] if word["state"] in ("staged", "stand-in")]
    if hint.shot is not None and len(found.shots) > 1:
        shot = found.shots[hint.shot - 1]
        said = [word for word in said if shot.position <= word["position"] < shot.position + shot.length]
    meanings = {word["means"] for word in said}
    kinds = [meaning.partition(" ")[0] for meaning in meanings]
    if hint.about == "actions":
        return kinds.count("action") < 2
    if hint.about == "camera":
        return any(
            meaning.startswith("camera ") and meaning not in ("camera noun", "camera close", "camera wide")
            for meaning in meanings
        )
    if hint.about == "sound":
        return (
            "music" in plan["kept_out"]
            or "action talk" in meanings
            or any(kind in ("sound", "music") for kind in kinds)
        )
    return hint.about in kinds


def _nobody(found: Advice, plan: Mapping[str, Any]) -> Iterator[Hint]:
    """The worst that can happen to a prompt goes before everything else."""
    for shot, staged in zip(found.shots, plan["shots"], strict=False):
        if not staged["cast"]:
            where = f"shot {shot.number}" if len(found.shots) > 1 else "the prompt"
            told = (
                f"the theatre finds nobody and nothing in {where} that it could show; name a person, an animal or a"
                " thing"
            )
            yield Hint(message=told, severity="warning", position=shot.position, length=shot.length, shot=shot.number)


def _placed(hint: Hint, plan: Mapping[str, Any] | None) -> Hint:
    if hint.about != "place" or plan is None:
        return hint
    return replace(
        hint,
        message=f"no place is named that the theatre knows; it plays in: {plan['shots'][0]['place'].replace('_', ' ')}",
    )


def _once(missing: list[Hint], plan: Mapping[str, Any] | None, shots: int) -> Iterator[Hint]:
    """One hint for all shots that lack the same."""
    if not missing:
        return
    first = missing[0]
    numbers = [hint.shot for hint in missing if hint.shot is not None]
    where = (
        "the prompt names no"
        if shots < 2
        else f"shot {numbers[0]} names no"
        if len(numbers) < 2
        else f"shots {_listed(numbers)} name no"
    )
    what = _MISSING[first.about]
    if first.about == "camera":
        moves = [] if plan is None else [plan["shots"][number - 1]["camera"].replace("_", " ") for number in numbers]
        what += f"; this seed gives {', '.join(dict.fromkeys(moves))}" if moves else "; without one the engine chooses"
    yield Hint(
        message=f"{where} {what}",
        severity=first.severity,
        position=first.position,
        length=first.length,
        shot=first.shot if len(missing) < 2 else None,
    )


def _without_effect(strange: list[Unknown], who: str, plan: Mapping[str, Any] | None) -> Iterator[Hint]:
    """One hint for all words that nobody knows, and one for those that a card stands for."""
    cards = {
        word["word"].lower()
        for word in (plan or {"words": ()})["words"]
        if word["state"] == "stand-in" and word["means"] == "a card with the word"
    }
    lost = [one for one in strange if one.word.lower() not in cards]
    if lost:
        words = _words(lost)
        yield _at(
            lost[0],
            f"{who} does not know {words}; {'it has' if len(_distinct(lost)) < 2 else 'they have'} no effect",
            "warning",
        )
    if shown := [one for one in strange if one.word.lower() in cards]:
        yield _at(shown[0], f"{who} has no drawing of {_words(shown)}; a card with the word stands in", "info")


def _at(one: Unknown, message: str, severity: Any) -> Hint:
    return Hint(message=message, severity=severity, position=one.position, length=one.length)


def _distinct(found: Iterable[Unknown]) -> list[str]:
    return list({one.word.lower(): one.word for one in reversed(list(found))}.values())[::-1]


def _words(found: list[Unknown]) -> str:
    distinct = _distinct(found)
    named = [f"'{word}'" for word in distinct[:NAMED]]
    more = len(distinct) - len(named)
    return _listed([*named, f"{more} more"] if more else named)


def _listed(things: Iterable[object]) -> str:
    *before, last = [str(thing) for thing in things]
    return f"{', '.join(before)} and {last}" if before else last
