"""One prop in one shot: what its builders have to know, and the times at which things get hit."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from phonofilm.theatre.lexicon.cutouts import Cutout
from phonofilm.theatre.moves import physics
from phonofilm.theatre.play import RGB, XYZ, Actor, Contact, State


@dataclass(frozen=True, kw_only=True)
class Prop:
    """What a builder has to know of one thing in one shot."""

    name: str
    kind: str
    colour_name: str
    colour: RGB
    size: XYZ
    material: str
    start: float
    end: float
    x: float
    z: float
    ground: str
    chance: random.Random
    way: float
    """+1 to the right, -1 to the left."""
    pace: float = 1.0
    count: int | None = None
    beats: tuple[float, ...] = ()
    round: bool = False
    cutout: Cutout | None = None
    tint: RGB | None = None

    def actor(self, at: Callable[[float], State]) -> Actor:
        """The actor that moves as ``at`` says."""
        return Actor(
            name=self.name,
            kind=self.kind,
            colour_name=self.colour_name,
            colour=self.colour,
            size=self.size,
            material=self.material,
            at=at,
            cutout=self.cutout,
            tint=self.tint,
        )

    def contact(
        self,
        time: float,
        kind: str,
        position: XYZ,
        speed: float,
        *,
        other: str = "floor",
        other_material: str | None = None,
    ) -> Contact:
        """A contact of this thing."""
        return Contact(
            time=time,
            kind=kind,
            actor=self.name,
            other=other,
            position=position,
            material=self.material,
            other_material=other_material or self.ground,
            speed=speed,
            size=max(self.size[:2]),
        )

    @property
    def body(self) -> physics.Body:
        """As the laws of physics see it."""
        return physics.body_of(self.size, self.material, self.round)


def hits(prop: Prop, *, least: float, most: float, first: float | None = None) -> tuple[float, ...]:
    """Evenly spaced times within the shot, on the beat where there is one."""
    if prop.beats:
        times = [b for b in prop.beats if prop.start + 0.25 < b <= prop.end - 0.05]
        while len(times) > 1 and times[1] - times[0] < 0.8 * least:
            times = times[::2]
    else:
        gap = prop.chance.uniform(least, most) / prop.pace
        t = prop.start + (first if first is not None else prop.chance.uniform(0.35, 0.8))
        times = []
        while t <= prop.end - 0.05:
            times.append(t)
            t += gap
    return tuple(times[: prop.count] if prop.count else times)


def since_last(times: Sequence[float], time: float) -> float:
    """Seconds since the last of some times; infinite before the first."""
    n = bisect_right(times, time)
    return time - times[n - 1] if n else math.inf


def struck(times: Sequence[float], time: float, *, rate: float = 9.0, sway: float = 12.0) -> float:
    """A decaying swing after each hit, through zero at the hit itself."""
    t = since_last(times, time)
    return math.exp(-rate * t) * math.sin(sway * t) if t < 3 else 0.0
