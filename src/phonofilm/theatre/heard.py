"""What the stage heard: a prompt as the theatre understands it, before anything is drawn."""

from __future__ import annotations

from typing import Any

from phonofilm.prompt import negation
from phonofilm.prompt.script import Script
from phonofilm.theatre.company import names_in, stands_in
from phonofilm.theatre.plan import Role
from phonofilm.theatre.scan import tokens_of
from phonofilm.theatre.staging import plans_of

_ABOUT_NOTHING = ("filler", "glue", "link")


def heard(script: Script, seconds: float, seed: int = 0) -> dict[str, Any]:
    """Plain data for JSON: ``shots`` (``start``, ``end`` in seconds, ``cast`` with ``word`` and ``how`` (drawn, stand-in, card), ``place``, ``through``
    (further places that one shot comes through), ``hour``, ``weather``, ``camera``, ``lines``), ``kept_out`` (people, music, voice, text or the prompt's
    word), ``references`` (names), ``settings``, ``notes``, and ``words`` of the description in order, each with its ``state``: staged, stand-in, ignored,
    kept out or unknown."""
    plans, notes = plans_of(script, seconds, seed)
    shots = []
    for shot, plan, (start, end) in zip(script.shots, plans, script.times(seconds), strict=True):
        shots.append({
            "start": round(start, 3), "end": round(end, 3), "cast": [{"word": turn.role.word or turn.role.kind, "how": _how(turn.role)} for turn in plan.turns],
            "place": plan.place, "through": plan.passed, "hour": plan.hour, "weather": plan.weather, "camera": plan.camera,
            "lines": [{"speaker": line.speaker, "text": line.text, "language": line.language} for line in shot.lines],
        })  # fmt: skip
    stand_ins = {turn.role.word for plan in plans for turn in plan.turns if _how(turn.role) != "drawn"}
    names = names_in(script)
    words = [one for text in (script.preamble, *(shot.text for shot in script.shots)) for one in _states(text, names, stand_ins)]
    return {
        "shots": shots, "kept_out": list(script.kept_out), "references": list(dict.fromkeys(mention.name for mention in script.mentions)),
        "settings": dict(script.settings), "notes": [*(note for note, _ in script.notes), *notes], "words": words,
    }  # fmt: skip


def _how(role: Role) -> str:
    if role.cutout is None:
        return "drawn"
    return "card" if role.cutout.kind == "card" else "stand-in" if stands_in(role.cutout) else "drawn"


def _states(text: str, names: frozenset[str], stand_ins: set[str]) -> list[dict[str, str]]:
    found = [(span.start, text[span.start : span.end].strip(), "kept out") for span in negation.find(text)]
    tokens, unknown = tokens_of(negation.masked(text), names)
    for token in tokens:
        state = "ignored" if token.category in _ABOUT_NOTHING else "stand-in" if token.text in stand_ins else "staged"
        found.append((token.at, token.text, state))
    at = 0
    for word in unknown:
        at = text.find(word, at)
        found.append((at, word, "unknown"))
        at += len(word)
    cards = {token.at for token in tokens if token.category == "card"}
    kept = [one for one in sorted(found) if not (one[0] in cards and one[2] == ("staged" if one[1] not in stand_ins else "unknown"))]
    return [{"word": word, "state": state} for _, word, state in kept]


def told(plan: dict[str, Any]) -> str:
    """The same for people: a line for each shot, then what else there is to say."""
    lines = []
    for number, shot in enumerate(plan["shots"], 1):
        cast = ", ".join(one["word"] + (f" ({one['how']})" if one["how"] != "drawn" else "") for one in shot["cast"]) or "nobody"
        lines.append(f"shot {number}  {shot['start']:g}-{shot['end']:g} s  {cast}; {shot['place']}, {shot['hour']}, {shot['weather']}; camera {shot['camera']}")
        lines += [f'    {line["speaker"]}: "{line["text"]}"' for line in shot["lines"]]
    for key in ("kept_out", "references"):
        lines += [f"{key.replace('_', ' ')}: {', '.join(plan[key])}"] * bool(plan[key])
    lines += [f"settings: {', '.join(f'{name} {value}' for name, value in plan['settings'].items())}"] * bool(plan["settings"])
    for state in ("stand-in", "unknown"):
        said = list(dict.fromkeys(one["word"] for one in plan["words"] if one["state"] == state))
        lines += [f"{state}: {', '.join(said)}"] * bool(said)
    return "\n".join([*lines, *(f"note: {note}" for note in plan["notes"])])
