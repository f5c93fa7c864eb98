"""One person in one shot: what its builders have to know, and how a performance becomes one of the staged."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from phonofilm.theatre.footwork import Part
from phonofilm.theatre.motion import Performer
from phonofilm.theatre.play import XYZ, Actor, Contact, Look, Phoneme
from phonofilm.theatre.wardrobe import Staged


@dataclass(frozen=True, kw_only=True)
class Player:
    """What staging knows of one person in one shot."""

    name: str
    colour_name: str
    look: Look
    start: float
    end: float
    x: float
    z: float
    ground: str
    chance: random.Random
    way: float
    """+1: acts toward the right."""
    action: str
    also: tuple[str, ...] = ()
    pace: float = 1.0
    count: int | None = None
    beats: tuple[float, ...] = ()
    room: float = 1.0
    """Share of the floor it may use: less where others walk too."""
    roam: bool = False
    """The camera follows: no need to turn back."""
    speech: tuple[tuple[float, tuple[Phoneme, ...]], ...] = ()
    gaze: Callable[[float], XYZ] | None = None
    mood: float = 0.15
    seed: int = 0

    def contact(
        self, time: float, kind: str, position: XYZ, speed: float, *, other: str = "floor", other_material: str | None = None, size: float = 0.25
    ) -> Contact:
        """A contact of this person's."""
        return Contact(
            time=time,
            kind=kind,
            actor=self.name,
            other=other,
            position=position,
            material="skin",
            other_material=other_material or self.ground,
            speed=speed,
            size=size,
        )


def finish(player: Player, part: Part, contacts: list[Contact], box: tuple[float, float, float, float], *, follow: bool = False) -> Staged:
    """The actor with its footfalls, and the room it needs."""
    performer = Performer(part)
    if part.legs or part.beats:
        for plants in performer.plants:
            for plant in plants:
                if player.start < plant.land <= player.end and (not part.beats or plant.land in part.beats):
                    speed = (1.9 if part.running else 1.0 + 0.25 * (player.pace - 1)) if part.legs else 1.1
                    contacts.append(player.contact(plant.land, "step", (plant.x, 0.0, player.z), speed))
    contacts.sort(key=lambda c: c.time)
    actor = Actor(
        name=player.name,
        kind="person",
        colour_name=player.colour_name,
        colour=player.look.coat,
        size=(0.42 * part.height, part.height, 0.3),
        material="skin",
        at=performer,
        look=player.look,
    )
    return Staged(actor=actor, contacts=contacts, box=box, follow=performer.x if follow else None)
