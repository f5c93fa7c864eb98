"""The company: who of the cast some words mean, in this shot and through the clip."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from phonofilm.media.fonts import writable
from phonofilm.prompt.script import Script
from phonofilm.theatre.lexicon import cutouts, nouns, repertoire, tongues
from phonofilm.theatre.lexicon.repertoire import COLOURS
from phonofilm.theatre.lexicon.shades import FAMILIES, Named
from phonofilm.theatre.reading.plan import Plan, Role
from phonofilm.theatre.reading.scan import ADJECTIVES, Token

FEMALE, MALE, CHILDREN = ("woman", "girl", "old woman"), ("man", "boy", "old man"), ("girl", "boy")
ORDINALS = {"first": 0, "second": 1, "third": 2}
FRESH = ("a", "an", "another", "two", "one", "some", "different")
NOBODY = ("voice", "narrator")
"""Speakers that are no name."""
_CALLED = re.compile(r"\b(?:named|called)\s+([A-Z][\w'-]*)")
_APPOSED = re.compile(r"\b([A-Z][\w'-]*),\s+(?:an?|the)\s+((?:[\w-]+\s+){0,3}[\w-]+)")


@dataclass
class Prologue:
    """The words before the first shot. They are read anew with every shot and mean the same cast each time."""

    length: int
    """Characters of the text that belong to it."""
    roles: list[Role] = field(default_factory=list)
    """Whom its nouns mean, in order; empty until it was read once."""


def played(cast: Sequence[Role]) -> list[str]:
    """Who plays what the theatre has nothing of its own for: one sentence for each way of doing so."""
    cards, stands, drawn = [], [], []
    for cutout in (role.cutout for role in cast if role.cutout is not None):
        word = cutout.word or cutout.name
        if cutout.kind == "card":
            cards.append(word)
        elif cutouts.stands_in(cutout):
            stands.append(f"'{word}' by '{cutout.name.replace('-', ' ')}'")
        else:
            drawn.append(word.lower())
    told = []
    if drawn:
        told.append(f"played by paper cut-outs: {', '.join(dict.fromkeys(drawn))}")
    if stands:
        told.append(f"stand-ins, the nearest drawing there is: {', '.join(dict.fromkeys(stands))}")
    if cards:
        why = "nothing draws these" if cutouts.built() else cutouts.MISSING
        told.append(f"a card with the word stands for: {', '.join(dict.fromkeys(cards))} ({why})")
        if any(not writable(word) for word in cards):
            told.append(
                "this machine has no font for some of these words; install one such as Noto Sans CJK to read their"
                " cards"
            )
    return told


def alike(said: str, known: str) -> int:
    """Can "the <said>" be the person known as ``known``? 2 the same word, 1 it may well be, 0 no."""
    if said == known or not said:
        return 2
    loose = "person" in (said, known) or (said, known) in (("man", "old man"), ("woman", "old woman"))
    return 1 if loose or (said == "child" and known in CHILDREN) or (known == "child" and said in CHILDREN) else 0


def fits(role: Role, kind: str, person: str, colour: str | None) -> int:
    """How well a description suits a role: 2 well, 1 perhaps, 0 not at all."""
    if role.kind != kind or (colour is not None and role.colour not in (None, colour)):
        return 0
    return alike(person, role.person) if kind == "person" else 2


def by_name(name: str, cast: Iterable[Role]) -> Role | None:
    """Who bears a name, or is stood for by a reference of that name."""
    return next((role for role in cast if name.lower() in (role.name, role.reference)), None)


def lately(cast: Sequence[Role]) -> list[Role]:
    """The cast, those of the latest shot first, otherwise in the order of first mention."""
    return sorted(cast, key=lambda role: (-role.seen, role.number))


def meant(
    determiner: str, kind: str, person: str, colour: str | None, here: Sequence[Role], cast: Sequence[Role]
) -> Role | None:
    """The role that "the red ball", "the other girl", "the second man" means; None where it is somebody new.

    ``here`` are the roles of this shot so far, ``cast`` those of the clip. "A girl in red" is new, unless an earlier
    shot had a girl in red who does not play in this one yet: prompts often say again in each shot whom they show.
    """
    if determiner in FRESH:
        if determiner in ("a", "an"):
            same = [
                r
                for r in lately(cast)
                if r.kind == kind and r.person == person and r.colour == colour and all(r is not h for h in here)
            ]
            return same[0] if same else None
        return None
    known = [*reversed(here), *lately(cast)]
    if determiner in ORDINALS:
        row = [role for role in cast if fits(role, kind, person, colour)]
        return row[ORDINALS[determiner]] if len(row) > ORDINALS[determiner] else None
    if determiner == "other":
        # Not the one just spoken of.
        known = [role for role in known if role is not known[0]]
    for least in (2, 1):
        for role in known:
            if fits(role, kind, person, colour) >= least:
                return role
    return None


def another(role: Role, person: str, word: str, shot: int) -> bool:
    """Is somebody called ``word`` in shot number ``shot`` another one than ``role``, whom it may well mean by
    ``meant``: of another profession, or, where a language has no articles and two shots have two words, told apart by
    them."""
    if role.word == word or role.kind != "person":
        return False
    trades = nouns.professions()
    return (role.word in trades and word in trades) or (
        not word.isascii() and not role.word.isascii() and role.seen < shot and alike(person, role.person) == 1
    )


def worn(tokens: Sequence[Token], i: int) -> str | None:
    """The colour of what the person at ``i`` wears by the words that follow: "the girl in the *blue* coat", "in
    *blue*"."""
    colour = None
    for token in tokens[i + 1 : i + 9]:
        if token.breaks:
            break
        if token.category == "colour":
            colour = token.value
        elif token.category == "clothes":
            if token.value.startswith("coat") and colour is not None:
                return colour
            colour = None
        elif token.category not in ("link", *ADJECTIVES) and token.text not in (
            "a",
            "an",
            "the",
            "and",
            "who",
            "is",
            "her",
            "his",
        ):
            break
    return colour


def apposed(tokens: Sequence[Token], i: int) -> bool:
    """Does a description of a person follow the name at ``i``: "Mia, a girl in red"?"""
    for token in tokens[i + 1 : i + 7]:
        if token.breaks == 2:
            return False
        if token.category == "person":
            return True
        if token.category not in ADJECTIVES and token.text not in ("a", "an", "the", "young", "old"):
            return False
    return False


def names_in(script: Script) -> frozenset[str]:
    """Proper names of the cast, in small letters: speakers nobody knows otherwise, "a girl called Mia", "Mia, a
    girl"."""
    text = " ".join([script.preamble, *(shot.text for shot in script.shots)])
    found = {line.speaker.lstrip("@").lower() for line in script.lines if " " not in line.speaker}
    found |= {match.group(1).lower() for match in _CALLED.finditer(text)}
    for match in _APPOSED.finditer(text):
        rest = match.group(2).lower().split()
        if any((entry := repertoire.match(rest, n)) is not None and entry[1][0] == "person" for n in range(len(rest))):
            found.add(match.group(1).lower())
    found = {
        name
        for name in found
        if name.isascii() or not any(name in tongues.table(one) for one in ("es", "fr", "de", "ja", "ko", "zh"))
    }
    found = {name for name in found if not re.search(rf"\b(?:an?|the)\s+{re.escape(name)}\b", text, re.IGNORECASE)}
    drawn = {name for name in found if (cutout := cutouts.find(name, "en")) is not None and cutout.exact}
    return frozenset(
        name
        for name in found - drawn - set(NOBODY) - set(nouns.professions())
        if name.isalpha() and repertoire.match([name], 0) is None
    )


# what the words around a noun make of its drawing

_SKIN = re.compile(
    r"\b(?:serum|skin-?care|skin care|cosmetics?|beauty|lotion|moisturi[sz]er|essential oil|face"
    r" oil|toner)\b|精华|护肤|美容液|化粧|스킨케어|sérum|suero",
    re.IGNORECASE,
)
_SCENT = re.compile(r"\b(?:perfume|fragrance|cologne|eau de)\b|香水|향수|parfum", re.IGNORECASE)
_DRINK = re.compile(
    r"\b(?:wine|champagne|beer|whisk[e]?y|vodka|juice|milk|water|soda|cola|oil|ketchup|soy)[ -]bottles?\b|\bbottles?"
    r" of\b",
    re.IGNORECASE,
)
_PACK = re.compile(r"pack(?:age|aging|et)?|包装|パッケージ|포장|verpackung|emballage|envase", re.IGNORECASE)
_ARMOUR = re.compile(r"((?:[a-z]+[ -]){1,3})armou?r(?![a-z])", re.IGNORECASE)
_ANY_CAR = ("", "car", "the car", "vehicle", "automobile", "wheel")
_STILL = (None, "stand")


def recast(plans: Sequence[Plan], text: str) -> None:
    """Give the props of a staged script the drawing that the words around them mean, and armour its colour: a bottle in
    a skincare film is no wine bottle, a product's packaging no wooden box."""
    fast = next((turn.role for plan in plans for turn in plan.turns if turn.role.kind == "sports-car"), None)
    for plan in plans:
        if fast is not None and all(turn.role is not fast for turn in plan.turns):
            for turn in plan.turns:
                if turn.role.kind == "car" and turn.role.word in _ANY_CAR:
                    plan.focus = fast if plan.focus is turn.role else plan.focus
                    turn.role = fast  # "the car" is the sports car
        for turn in plan.turns:
            role = turn.role
            if role.kind == "bottle" and turn.action in _STILL and not _DRINK.search(text):
                name = "serum-bottle" if _SKIN.search(text) else "perfume-bottle" if _SCENT.search(text) else ""
            elif role.kind == "box" and turn.action in _STILL and _PACK.fullmatch(role.word):
                name = "pouch"
            else:
                name = ""
            if name:
                role.cutout = cutouts.cutout(name, role.word)
                role.kind, role.tint = name, role.colour
            if role.clothes.get("coat", ("", None))[0] == "armour":
                said = [word for match in _ARMOUR.finditer(text) for word in match[1].lower().replace("-", " ").split()]
                hue = next((word for word in said if word in FAMILIES or word in COLOURS), None)
                if hue is not None:
                    named = Named(FAMILIES.get(hue, hue), hue)
                    role.clothes |= {
                        "coat": ("armour", named),
                        "legs": ("trousers", named),
                        "shoes": ("", named),
                        "hat": ("helm", named),
                    }
                    role.colour = named
