"""Things in action: each builder turns a plan for one prop into an actor, its contacts and the room it needs."""

from __future__ import annotations

from phonofilm.theatre import falling, puppets, working
from phonofilm.theatre.prop import Prop
from phonofilm.theatre.wardrobe import Staged, still


def build(prop: Prop, action: str) -> Staged:
    """Stage one thing that acts by itself; an action it does not know leaves it standing."""
    if prop.cutout is not None:
        return puppets.build(prop, action)
    return {
        "bounce": falling.bounce,
        "roll": falling.roll,
        "drop": falling.drop,
        "break": falling.shatter,
        "slide": falling.roll,
        "topple": falling.tip,
        "ring": working.ring,
        "drum": working.drum,
        "close": working.door,
        "knock": working.knocked,
        "drive": working.drive,
        "beep": working.drive,
        "fly": working.fly,
        "chirp": working.perch,
        "float": working.hover,
    }.get(action, stand)(prop)


def stand(prop: Prop) -> Staged:
    """It stands on the floor."""
    w, h, _ = prop.size
    return Staged(actor=prop.actor(still(prop.x, h / 2, prop.z)), box=(prop.x - w / 2, prop.x + w / 2, 0.0, h))
