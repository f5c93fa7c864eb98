"""Families of movement: what an action said of a cut-out comes to, given how its kind moves."""

from __future__ import annotations

from phonofilm.theatre.cutouts import Cutout

FAMILIES = {
    "walk": "go", "run": "go", "fly": "go", "drive": "go", "cross": "go", "roll": "go", "slide": "go", "kick": "strike",
    "jump": "jump", "hop": "jump", "bounce": "jump", "dance": "jump", "clap": "jump", "talk": "voice", "chirp": "voice", "beep": "voice", "ring": "voice", "drum": "voice",
    "knock": "voice", "float": "rise", "close": "stand", "wave": "spin", "play": "stand", "catch": "catch", "throw": "stand", "embrace": "stand",
    "sit": "crouch", "kneel": "crouch", "lie": "crouch", "turn": "spin", "drop": "drop", "fall": "drop", "strike": "strike", "break": "break",
    "enter": "enter", "leave": "leave", "approach": "approach", "rise": "rise", "spin": "spin", "pour": "pour", "topple": "topple", "collide": "collide",
    "stand": "stand", "hold": "stand", "reach": "stand", "give": "stand", "look": "stand", "eat": "nod", "drink": "nod",
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
    if family == "go" and move in ("grow", "burn"):
        return "stand"
    if family == "stand" and action is None and move in ("float", "fly"):
        return "rise" if move == "float" else "stand"
    return family
