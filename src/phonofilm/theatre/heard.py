"""What the stage heard: a prompt as the theatre understands it, before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from phonofilm.prompt import asides, negation, unheard
from phonofilm.prompt.editing.advice import find, place
from phonofilm.prompt.script import Script
from phonofilm.theatre.lexicon import cutouts, nouns
from phonofilm.theatre.lexicon.cutouts import stands_in
from phonofilm.theatre.reading.company import names_in
from phonofilm.theatre.reading.plan import Role
from phonofilm.theatre.reading.scan import Token, remembered, tokens_of
from phonofilm.theatre.stage.staging import plans_of

_ABOUT_NOTHING = ("filler", "glue", "link")


def heard(script: Script, seconds: float, seed: int = 0, text: str = "") -> dict[str, Any]:
    """Plain data for JSON: ``shots`` (``start``, ``end`` in seconds, ``cast`` with ``word`` and ``how`` (drawn,
    stand-in, card), ``place``, ``through`` (further places that one shot comes through), ``hour``, ``weather``,
    ``camera``, ``lines``), ``kept_out`` (people, music, voice, text or the prompt's word), ``references`` (names),
    ``settings``, ``notes``, and ``words`` of the description in order, each with its ``state`` (staged, stand-in,
    ignored, kept out, unknown), what it ``means`` to the theatre, and, with the ``text`` that the script was read from,
    its ``position`` and ``length`` there (-1 and 0 where it does not stand so)."""
    with remembered():
        return _heard(script, seconds, seed, text)


def _heard(script: Script, seconds: float, seed: int, text: str) -> dict[str, Any]:
    plans, notes = plans_of(script, seconds, seed)
    shots = []
    for shot, plan, (start, end) in zip(script.shots, plans, script.times(seconds), strict=True):
        shots.append(
            {
                "start": round(start, 3),
                "end": round(end, 3),
                "cast": [{"word": turn.role.word or turn.role.kind, "how": _how(turn.role)} for turn in plan.turns],
                "place": plan.place,
                "through": plan.passed,
                "hour": plan.hour,
                "weather": plan.weather,
                "camera": plan.camera,
                "lines": [
                    {"speaker": line.speaker, "text": line.text, "language": line.language} for line in shot.lines
                ],
            }
        )
    names = names_in(script)
    cast = {turn.role.word: turn.role for plan in plans for turn in plan.turns if turn.role.word}
    words = [
        one
        for part in _parts(script, seconds, text)
        for one in _placed(_states(part[0], script, names, cast), text, *part[1:])
    ]
    return {
        "shots": shots,
        "kept_out": list(script.kept_out),
        "references": list(dict.fromkeys(mention.name for mention in script.mentions)),
        "settings": dict(script.settings),
        "notes": [*(note for note, _ in script.notes), *(note for note, _ in unheard(script)), *notes],
        "words": words,
    }


def _how(role: Role) -> str:
    if role.cutout is None:
        return "drawn"
    return "card" if role.cutout.kind == "card" else "stand-in" if stands_in(role.cutout) else "drawn"


def _parts(script: Script, seconds: float, text: str) -> list[tuple[str, int, int]]:
    """The words before the first shot and of each, and between which places of the text they stand."""
    shots = place(script, text, seconds)
    parts = [(script.preamble, 0, shots[0].position or len(text))] if script.preamble else []
    return parts + [(shot.text, shot.position + shot.marker_length, shot.position + shot.length) for shot in shots]


def _placed(words: list[tuple[str, str, str]], text: str, start: int, end: int) -> Iterator[dict[str, Any]]:
    """Each word with its state and meaning, found again where it was written, from left to right."""
    small = text.lower() if len(text.lower()) == len(text) else text
    for said, state, means in words:
        found: dict[str, Any] = {"word": said, "state": state, "means": means}
        if text:
            at = _at(small, said.lower(), start, end)
            length = len(said)
            if at < 0 and " " in said and (spaced := find(text, said, start, end)) is not None:
                at, length = spaced
            start = at + length if at >= 0 else start
            found |= {"position": at, "length": length if at >= 0 else 0}
        yield found


def _at(text: str, said: str, start: int, end: int) -> int:
    """Where these words stand by themselves; -1 for nowhere."""
    at = text.find(said, start, end)
    while at >= 0 and (
        (said[0].isascii() and text[at - 1 : at].isalnum())
        or (said[-1].isascii() and text[at + len(said) : at + len(said) + 1].isalnum())
    ):
        at = text.find(said, at + 1, end)
    return at


def _states(text: str, script: Script, names: frozenset[str], cast: dict[str, Role]) -> list[tuple[str, str, str]]:
    """(word as written, state, what it means) in order."""
    found = [(span.start, text[span.start : span.end].strip(), "kept out", "") for span in negation.find(text)]
    found += [(start, text[start:end].strip(), "ignored", "") for start, end in asides.find(negation.masked(text))]
    tokens, unknown = tokens_of(asides.scene(text), names, meanings=script.meanings)
    for token in tokens:
        role = cast.get(token.text)
        if token.category in _ABOUT_NOTHING:
            state, means = "ignored", ""
        elif role is not None and role.cutout is not None:
            how = _how(role)
            state, means = (
                ("staged" if how == "drawn" else "stand-in"),
                ("a card with the word" if how == "card" else role.cutout.name.replace("-", " ")),
            )
        elif token.category == "card":
            state, means = "unknown", ""
        else:
            state, means = "staged", _means(token)
        found.append((token.at, text[token.at : token.at + token.length] if token.length else token.text, state, means))
    taken, at = {one[0] for one in found}, 0
    for word in unknown:
        at = max(0, _at(text, word, at, len(text)))
        found += [(at, word, "unknown", "")] if at not in taken else []
        at += len(word)
    return [one[1:] for one in sorted(found)]


def _means(token: Token) -> str:
    """What a word means to the theatre, in words of its own."""
    category, value = token.category, token.value
    if category == "backdrop":
        category, value = "place", nouns.places()[value][0]
    elif category in ("cutout", "likeness"):
        drawn = cutouts.find(value, "en") or cutouts.find(value)
        category, value = "", drawn.name if drawn is not None else value
    elif category in ("profession", "kind", "person", "name", "mention", "pronoun"):
        category = ""
    return " ".join(
        f"{category.removeprefix('weak_')} {value}".replace("_", " ").replace("-", " ").replace(":", " ").split()
    )


def told(plan: dict[str, Any]) -> str:
    """The same for people: a line for each shot, then what else there is to say."""
    lines = []
    for number, shot in enumerate(plan["shots"], 1):
        cast = (
            ", ".join(one["word"] + (f" ({one['how']})" if one["how"] != "drawn" else "") for one in shot["cast"])
            or "nobody"
        )
        lines.append(
            f"shot {number}  {shot['start']:g}-{shot['end']:g} s  {cast}; {shot['place']}, {shot['hour']},"
            f" {shot['weather']}; camera {shot['camera']}"
        )
        lines += [f'    {line["speaker"]}: "{line["text"]}"' for line in shot["lines"]]
    for key in ("kept_out", "references"):
        lines += [f"{key.replace('_', ' ')}: {', '.join(plan[key])}"] * bool(plan[key])
    lines += [f"settings: {', '.join(f'{name} {value}' for name, value in plan['settings'].items())}"] * bool(
        plan["settings"]
    )
    for state in ("stand-in", "unknown"):
        said = list(dict.fromkeys(one["word"] for one in plan["words"] if one["state"] == state))
        lines += [f"{state}: {', '.join(said)}"] * bool(said)
    return "\n".join([*lines, *(f"note: {note}" for note in plan["notes"])])
