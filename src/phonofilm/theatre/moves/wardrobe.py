"""Who plays: looks drawn from a seed and the words, what every staged actor hands back, and several such performances
one after the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from phonofilm.theatre.lexicon.repertoire import COLOURS
from phonofilm.theatre.lexicon.shades import asked
from phonofilm.theatre.moves.footwork import smooth
from phonofilm.theatre.play import RGB, Actor, Contact, Look, State
from phonofilm.theatre.reading.plan import Dress, Role

SKINS = (
    (0.98, 0.85, 0.74),
    (0.93, 0.74, 0.60),
    (0.82, 0.60, 0.44),
    (0.66, 0.45, 0.31),
    (0.48, 0.31, 0.21),
    (0.34, 0.22, 0.16),
)
HAIRS = {
    "black": (0.12, 0.10, 0.11),
    "brunette": (0.30, 0.19, 0.12),
    "chestnut": (0.47, 0.27, 0.14),
    "ginger": (0.80, 0.38, 0.13),
    "blonde": (0.90, 0.74, 0.40),
    "silver": (0.80, 0.80, 0.82),
}
LEGS = (
    (0.17, 0.20, 0.33),
    (0.32, 0.30, 0.32),
    (0.45, 0.35, 0.26),
    (0.15, 0.15, 0.18),
    (0.62, 0.57, 0.48),
    (0.25, 0.33, 0.42),
)
SHOES = ((0.13, 0.12, 0.13), (0.38, 0.22, 0.13), (0.85, 0.83, 0.80), (0.55, 0.15, 0.15))
HEIGHTS = {
    "man": (1.70, 1.85),
    "woman": (1.60, 1.74),
    "girl": (1.20, 1.40),
    "boy": (1.20, 1.40),
    "old man": (1.62, 1.74),
    "old woman": (1.52, 1.64),
}
VOICES = {
    "man": (0.74, 0.92),
    "woman": (1.08, 1.28),
    "girl": (1.36, 1.58),
    "boy": (1.30, 1.50),
    "old man": (0.70, 0.84),
    "old woman": (0.98, 1.12),
}


@dataclass(kw_only=True)
class Staged:
    """One actor ready to play a shot."""

    actor: Actor
    contacts: list[Contact] = field(default_factory=list)
    box: tuple[float, float, float, float]
    """left, right, bottom, top of everything it does in the shot, metres."""
    follow: Callable[[float], float] | None = None
    """Its x over time, where it travels."""
    aside: bool = False
    """Scenery, or what passes behind: the picture is not framed for it."""


def dressed(look: Look, dress: Dress) -> Look:
    """Clothes in the picture's colours: coat, then legs, then hat and what is carried. Skin, hair and shapes stay."""
    return replace(
        look,
        coat=dress.tinted(look.coat),
        legs=dress.tinted(look.legs, 1),
        hat_colour=dress.tinted(look.hat_colour, 2),
        extra_colour=dress.tinted(look.extra_colour, 2),
    )


def shade(name: str, chance: random.Random, spread: float = 0.035) -> RGB:
    """A colour of that name, a little different each time."""
    r, g, b = (min(1.0, max(0.0, c + chance.uniform(-spread, spread))) for c in COLOURS[name])
    return r, g, b


def hue(name: str, chance: random.Random, plain: bool, spread: float = 0.035) -> RGB:
    """:func:`shade`, but just the colour that words asked for where nothing is left to chance (``plain``)."""
    drawn = shade(name, chance, spread)
    return (asked(name) or drawn) if plain else drawn


def look_of(role: Role, colour: RGB, seed: int, plain: bool = False) -> Look:
    """The look of a person, the same for the same role and seed in every shot: words first, the rest drawn. ``plain``:
    no hat and nothing to carry by lot."""
    chance = random.Random(seed * 9176 + role.number * 131 + 5)
    person = role.person
    if person in ("", "person"):
        person = chance.choice(("man", "woman"))
    if person == "child":
        person = chance.choice(("girl", "boy"))
    female = person in ("woman", "girl", "old woman")
    hair = HAIRS[chance.choice(("black", "brunette", "chestnut", "ginger", "blonde"))]
    if person.startswith("old"):
        hair = HAIRS["silver"]
    shape = chance.choice(
        ("bob", "long", "bun", "curly", "long")
        if female
        else ("short", "short", "curly", "short", "bald" if person == "old man" else "short")
    )
    if role.hair_colour is not None:
        hair = HAIRS.get(role.hair_colour) or (plain and asked(role.hair_colour)) or COLOURS.get(role.hair_colour, hair)
    hat = chance.choice(("none", "none", "none", "cap", "beanie", "brim"))
    hat_colour = shade(chance.choice(tuple(COLOURS)), chance)
    coat_shape = chance.choice(
        ("coat", "dress", "dress", "shirt", "hoodie") if female else ("coat", "shirt", "shirt", "hoodie", "coat")
    )
    legs_shape = chance.choice(("trousers", "skirt", "trousers") if female else ("trousers", "trousers", "shorts"))
    legs, shoes = chance.choice(LEGS), chance.choice(SHOES)
    extra, extra_colour = (
        chance.choice(("none", "none", "none", "scarf", "bag", "glasses")),
        shade(chance.choice(tuple(COLOURS)), chance),
    )
    low, high = HEIGHTS[person]
    height = chance.uniform(low, high) * {"big": 1.05, "small": 0.94}.get(role.size or "", 1.0)
    voice = chance.uniform(*VOICES[person])
    skin = chance.choice(SKINS)
    look = Look(
        skin=skin,
        hair=hair,
        hair_shape=role.hair or shape,
        hat="none" if plain else hat,
        hat_colour=hat_colour,
        coat=colour,
        coat_shape=coat_shape,
        legs=legs,
        legs_shape=legs_shape,
        shoes=shoes,
        extra="none" if plain else extra,
        extra_colour=extra_colour,
        height=min(1.85, max(1.15, height)),
        voice=min(1.6, max(0.7, voice)),
    )
    return _as_told(look, role, chance, plain)


def _as_told(look: Look, role: Role, chance: random.Random, plain: bool) -> Look:
    """The clothes that words give somebody, in place of those by lot."""
    for part, (kind, name) in role.clothes.items():
        tint = hue(name, chance, plain) if name else None
        if part == "coat":
            look = replace(look, coat_shape=kind or look.coat_shape)
        elif part == "legs":
            look = replace(look, legs_shape=kind or look.legs_shape, legs=tint or look.legs)
        elif part == "hat":
            look = replace(look, hat=kind or "brim", hat_colour=tint or look.hat_colour)
        elif part == "shoes":
            look = replace(look, shoes=tint or look.shoes)
        elif part == "extra":
            look = replace(look, extra=kind, extra_colour=tint or look.extra_colour)
    return look


def still(x: float, y: float, z: float) -> Callable[[float], State]:
    """Something that just stands there."""
    state = State(position=(x, y, z))
    return lambda time: state


_BLEND = 0.25
"""Seconds from one pose to the next."""


def chained(pieces: Sequence[tuple[float, float, Staged]]) -> Staged:
    """One performance of several, each from its start to its end; a pose passes softly into the next."""

    def at(time: float) -> State:
        n = next((n for n in range(len(pieces) - 1, 0, -1) if time >= pieces[n][0]), 0)
        state = pieces[n][2].actor.at(time)
        share = smooth((time - pieces[n][0]) / _BLEND) if n else 1.0
        return state if share >= 1.0 else between(pieces[n - 1][2].actor.at(time), state, share)

    first = pieces[0][2]
    actor: Actor = replace(first.actor, at=at)
    contacts = [contact for start, end, piece in pieces for contact in piece.contacts if start < contact.time <= end]
    boxes = [piece.box for _, _, piece in pieces]
    box = (
        min(one[0] for one in boxes),
        max(one[1] for one in boxes),
        min(one[2] for one in boxes),
        max(one[3] for one in boxes),
    )
    return Staged(actor=actor, contacts=sorted(contacts, key=lambda one: one.time), box=box)


def between(a: State, b: State, share: float) -> State:
    """A state on the way from one to another."""

    def mid(x: float, y: float) -> float:
        return x + (y - x) * share

    position = (mid(a.position[0], b.position[0]), mid(a.position[1], b.position[1]), mid(a.position[2], b.position[2]))
    pose = b.pose
    if a.pose is not None and b.pose is not None:
        before = a.pose.joints
        joints = {
            name: (mid(before[name][0], x), mid(before[name][1], y)) if name in before else (x, y)
            for name, (x, y) in b.pose.joints.items()
        }
        pose = replace(b.pose, joints=joints)
    return replace(b, position=position, angle=mid(a.angle, b.angle), facing=mid(a.facing, b.facing), pose=pose)
