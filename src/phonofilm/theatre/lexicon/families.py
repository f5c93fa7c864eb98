"""Families of movement: how each is told in words, and what an action said of a cut-out comes to, given how its kind
moves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from phonofilm.theatre.lexicon import repertoire
from phonofilm.theatre.lexicon.cutouts import Cutout

FAMILIES = {
    "walk": "go", "run": "go", "fly": "go", "drive": "go", "cross": "go", "roll": "go", "slide": "go", "kick": "strike",
    "jump": "jump", "hop": "jump", "bounce": "jump", "dance": "jump", "clap": "jump", "talk": "voice", "chirp": "voice",
    "beep": "voice", "ring": "voice", "drum": "voice",
    "knock": "voice", "float": "rise", "close": "stand", "wave": "spin", "play": "stand", "catch": "catch",
    "throw": "stand", "embrace": "stand",
    "sit": "crouch", "kneel": "crouch", "lie": "crouch", "turn": "spin", "drop": "drop", "fall": "drop",
    "strike": "strike", "break": "break",
    "enter": "enter", "leave": "leave", "approach": "approach", "rise": "rise", "spin": "spin", "pour": "pour",
    "topple": "topple", "collide": "collide",
    "stand": "stand", "hold": "stand", "reach": "stand", "give": "stand", "look": "stand", "eat": "nod", "drink": "nod",
    "work": "nod", "fight": "strike",
    "ride": "go", "laugh": "nod",
}  # fmt: skip
"""What an action said of a cut-out comes to."""
_BREAKS = ("glass", "stone", "wood", "metal")


def does(cutout: Cutout, action: str | None, *, with_thing: bool = False) -> str:
    """The movement a cut-out plays for an action; unsaid, it is just there in the way of its kind."""
    move = cutout.nature.move
    family = "stand" if action is None else FAMILIES.get(action, "stand")
    if family == "collide" and not with_thing:
        return "go"
    if family == "drop" and move in ("fly", "swim", "walk", "hop", "float"):
        return "descend" if move in ("fly", "float") else "jump"
    if family == "break" and cutout.nature.material not in _BREAKS:
        return "drop"
    if family in ("nod", "crouch", "jump", "strike") and move in ("stand", "grow", "burn"):
        return "stand"
    if family == "go" and move in ("grow", "burn"):
        return "stand"
    if family == "stand" and action is None and move in ("float", "fly"):
        return "rise" if move == "float" else "stand"
    return family


_WORDS = {
    "sit": "sit, sits, sitting, sat, seated, perches, perched, squats, squatting",
    "kneel": "kneel~, knelt, crouch~, stoop~, bends down, genuflects",
    "lie": "lie, lies, lying, lays, sleep~, asleep, slept, nap~",
    "enter": "enter, enters, entering, arrive~, emerge~, appear, appears, appearing",
    "leave": "leave, leaves, leaving, exit~, depart~, disappear~, vanish~",
    "cross": "cross, crosses, crossing, pass, passes, passing",
    "approach": "approach~, advance~, draws near, comes closer",
    "rise": "stand up, stands up, standing up, gets up, rise, rises, rising",
    "fall": "collapse~, faint~, trip~, tumble~, fall, falls, falling, fell, stumble~",
    "spin": "spin~, rotate~, revolve~, swivel~, spun, twirl~, pirouette~, whirl~",
    "turn": "turn, turns, turning, turned",
    "look": "look, looks, looking, looked, gaze~, stare~, watch, watches, watching, glance~, peer~, notice~",
    "eat": "eat~, ate, chew~, bite~, bit, taste~, munch~, devour~, slurp~, lick~",
    "drink": "drink~, drank, sip~, gulp~",
    "throw": "throw~, threw, toss~, hurl~, fling~, flung, lob~", "catch": "catch, catches, catching, caught",
    "embrace": "hug~, embrac~, kiss~, cuddle~",
    "give": "give, gives, giving, gave, hand over, hands over, offer~, serve~, present~",
    "reach": "reach~, point~, touch~, grab~, grasp~, stretch~, pet~, caress~, press~",
    "hold": "hold~, held, carry, carries, carrying, lift~, raise~, grip~, wield~, draws, drew, pick up, picks up, clutch~, brandish~, use, uses, using",
    "work": "cook~, chop~, slice~, stir~, knead~, write~, wrote, type~, paint~, wipe~, wash~, brush~, pat~, sew~, knit~, repair~, craft~, carve~, mix~, pour, pours, pouring, apply, applies, "
    "assemble~, unfold~, unwrap~, reads, reading, opens, opening, dig~, sweep~, rub~, play, plays, playing, strum~",
    "laugh": "laugh~, giggle~, chuckle~, smile~, grin~, cry, cries, crying, weep~, sob~, yawn~, nod~, shrug~, sigh~",
    "fight": "fight~, fought, punch~, box~, slash~, stab~, duel~, battle~, attack~, kicks",
    "ride": "ride~, rode, surf~, skate~, cycle~, pedal~, gallop~, paddle~, sail~, row~, drive, drives, driving",
}  # fmt: skip
"""How each family is told; a form with ~ stands for all of a regular verb."""
PERSONAL = frozenset(_WORDS)
"""Families as actions of people; of things they come to what a thing of that kind does."""
GENTLE = ("look", "turn", "hold", "reach", "give", "work", "laugh")
"""Families that a louder action of the same person (walk, dance, jump ...) goes before."""
STILL = (None, "stand", "talk", "play", "float", "drop", "strike", "slide")
"""Actions of people that tell less than a family does."""


@lru_cache(maxsize=1)
def families() -> dict[str, str]:
    """Form of a verb (or of two words) -> family."""
    found: dict[str, str] = {}
    for family, said in _WORDS.items():
        for verb in said.split(", "):
            for form in repertoire._forms(verb) if verb.endswith("~") else (verb,):
                found.setdefault(form, family)
    return found


def family_of(action: str | None, family: str | None) -> str | None:
    """The family that somebody plays who does ``action`` and was told of by words of ``family``; None leaves it to the
    action."""
    if (
        family is None
        or (family in GENTLE and action not in STILL)
        or (action in ("drum", "knock", "kick", "clap", "dance", "wave"))
    ):
        return None
    return family


_PAST = frozenset(
    "sat seated held threw caught ate drank bit fell spun flung rode drew knelt asleep slept gave struck fought wrote"
    " found stood up".split()
)


def told(words: Sequence[str], before: str, doer: bool = False) -> str | None:
    """The family of the first of ``words``, or of it and the next, after the word ``before``; None for a noun: "a
    look", "the give and take".

    ``doer``: does somebody stand before it, so that it is a verb even in its bare form ("two children point")?"""
    table = families()
    found = table.get(" ".join(words[:2])) or table.get(words[0])
    bare = not words[0].endswith(("s", "ing", "ed")) and words[0] not in _PAST
    if (
        found is None
        or (bare and not doer and before not in ("to", "and", "they", "we", "then", "who"))
        or before in ("a", "an", "the", "no")
    ):
        return None
    return found
