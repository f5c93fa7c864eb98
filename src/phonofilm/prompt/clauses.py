"""Which part of a sentence speaks about what: subject, action, camera, environment, light, sound.

A rough reading by cue words, for hints, the studio's outline and editing by part. The model never sees these kinds: it
reads the words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from phonofilm.prompt.words import tokenise

Kind = Literal["subject", "action", "camera", "environment", "light", "sound", "other"]
KINDS: tuple[Kind, ...] = ("subject", "action", "camera", "environment", "light", "sound", "other")

_CUES: dict[Kind, str] = {
    "camera": (
        "camera zoom zooms zooming dolly dollies pan pans panning tilt tilts tilting crane orbit orbits orbiting"
        " tracking handheld lens shot closeup close-up wide-angle viewpoint framing \u955c\u5934"
    ),
    "sound": (
        "sound sounds music score song melody noise audio hear heard silence quiet ambience echo echoes hum hums tune"
        " soundtrack whistling chirp chirps chirping crickets piano guitar beat \u58f0 \u97f3 \u4e50"
    ),
    "light": (
        "light lights lit lighting dawn sunrise morning noon midday daylight dusk sunset evening twilight night"
        " midnight moonlight sunlight sunny golden dark bright shadow shadows glow glowing lamp lamps \u5149 \u591c"
        " \u6668"
    ),
    "environment": (
        "meadow field grass beach sea shore sand city street town stage theatre theater room kitchen indoors house snow"
        " forest wood woods trees desert dunes rain rainy raining fog foggy mist wind windy storm weather sky mountain"
        " mountains park garden background snowy hall winter summer \u6d77 \u8349 \u57ce \u96ea \u96e8"
    ),
    "action": (
        "bounce roll walk jump clap drum ring drop break collide talk dance run play fall hit shatter stand say speak"
        " sing wave throw catch kick knock open close fly drive stop turn look smile swing hop step land strike beat"
        " tap slide topple smash skip march stroll crash meet bump sit spin tumble chime toll cross pass \u8df3 \u8d70"
        " \u8dd1 \u8bf4"
    ),
    "subject": (
        "a an the two three girl boy man woman child person dancer drummer ball box bell cup door car bird bottle"
        " balloon"
    ),
    "other": "",
}


def _action_forms(base: str) -> set[str]:
    """The forms a verb takes in prompts: walk walks walking walked, drop drops dropping, dance dancing."""
    stem = base[:-1] if base.endswith("e") else base
    return {base, base + "s", base + "es", stem + "ing", stem + "ed", base + base[-1] + "ing", base + base[-1] + "ed"}


_IRREGULAR = {
    "rang",
    "rung",
    "fell",
    "broke",
    "stood",
    "said",
    "spoke",
    "sang",
    "threw",
    "caught",
    "flew",
    "ran",
    "flies",
    "claps",
    "carries",
}
_SETS: dict[Kind, frozenset[str]] = {kind: frozenset(cues.split()) for kind, cues in _CUES.items()}
_SETS["action"] = frozenset(_IRREGULAR.union(*(_action_forms(verb) for verb in _CUES["action"].split())))

_PRIORITY: tuple[Kind, ...] = ("camera", "sound", "action", "light", "environment", "subject")
_BREAK = re.compile(r"[.!?;,:\u3002\uff0c\uff01\uff1f\uff1b\u3001]+\s*|\s+(?=(?:while|then|as)\s)")
_CLOSE_UP = re.compile(r"\bclose[- ]up\b", re.IGNORECASE)
"""No verb, though it begins with one."""
_PLACE = re.compile(r"\s+(?=(?:in|on|at|under|by|with|across|over|through|during|against|along|to)\s)", re.IGNORECASE)


def classify(text: str) -> Kind:
    """The kind of one clause: what its cue words say, the more special kinds first."""
    return _first(_kinds(text))


@lru_cache(maxsize=1024)
def _kinds(text: str) -> frozenset[Kind]:
    """Every kind that has a cue word in ``text``."""
    words = {word.text for word in tokenise(_CLOSE_UP.sub("closeup", text))}
    return frozenset(kind for kind in _PRIORITY if not words.isdisjoint(_SETS[kind]))


def _first(kinds: frozenset[Kind]) -> Kind:
    return next((kind for kind in _PRIORITY if kind in kinds), "other")


def split(text: str) -> list[tuple[Kind, str]]:
    """Clauses of ``text`` in order, each with its kind. Punctuation divides; so does a place or an hour said in passing
    ("a ball bounces | on a beach | at dusk"), and the subject is told from its verb ("a red ball | bounces")."""
    found: list[tuple[Kind, str]] = []
    for sentence in _BREAK.split(text):
        sentence = sentence.strip()
        if not sentence:
            continue
        whole = classify(sentence)
        if whole in ("camera", "sound"):
            found.append((whole, sentence))
            continue
        held: list[str] = []
        said: frozenset[Kind] = (
            frozenset()
        )  # what the held pieces speak of: each piece is read once, however long the sentence
        for piece in _PLACE.split(sentence):
            kinds = _kinds(piece)
            if held and (
                _first(kinds) in ("light", "environment", "sound") or _first(said) in ("light", "environment")
            ):
                found += _verb_apart(" ".join(held))
                held, said = [piece], kinds
            else:
                held.append(piece)
                said |= kinds
        found += _verb_apart(" ".join(held).strip())
    return found


def _verb_apart(piece: str) -> list[tuple[Kind, str]]:
    kind = classify(piece)
    if kind != "action":
        return [(kind, piece)]
    verb = next(word for word in tokenise(piece) if word.text in _SETS["action"])
    subject, action = piece[: verb.start].strip(), piece[verb.start :].strip()
    return [("subject", subject), ("action", action)] if subject else [("action", action)]
