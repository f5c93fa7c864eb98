"""What a person does in one shot (a ``Part``), and where its feet stand meanwhile.

Feet come from a plan of plants (where each foot stands, from heel strike to toe-off), so a planted foot cannot slide
and every footfall has an exact time.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from phonofilm.theatre.moves.physics import GRAVITY
from phonofilm.theatre.play import XY, XYZ, Phoneme


def smooth(x: float) -> float:
    """0 to 1 with a soft start and stop."""
    x = min(1.0, max(0.0, x))
    return x * x * (3 - 2 * x)


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One stretch of going: from x0 to x1 between two times at even speed, with soft ends."""

    start: float
    end: float
    x0: float
    x1: float
    soft: float = 0.25

    def at(self, time: float) -> float:
        """x at a time within the leg (trapezoid of speed)."""
        span = self.end - self.start
        soft = min(self.soft, span / 2.01)
        peak = 1 / (span - soft)
        t = min(span, max(0.0, time - self.start))
        if t < soft:
            done = peak * t * t / (2 * soft)
        elif t > span - soft:
            left = span - t
            done = 1 - peak * left * left / (2 * soft)
        else:
            done = peak * (t - soft / 2)
        return self.x0 + (self.x1 - self.x0) * done


@dataclass(frozen=True, kw_only=True)
class Plant:
    """One foot stands: from heel strike ``land`` to toe-off ``lift`` with the ankle at world x."""

    land: float
    lift: float
    x: float


@dataclass(frozen=True, kw_only=True)
class Leap:
    """A jump: off the floor at ``start`` with ``speed`` upward (m/s), back after 2 speed / g."""

    start: float
    speed: float

    @property
    def land(self) -> float:
        """When the feet meet the floor again."""
        return self.start + 2 * self.speed / GRAVITY


@dataclass(frozen=True, kw_only=True)
class Strike:
    """Hands that hit something at given times: ``targets`` are the near and the far hand's aim, in metres from the
    floor point in the facing direction; ``back`` is where a hand draws back to between hits, relative to its aim."""

    times: tuple[float, ...]
    targets: tuple[XY, XY]
    back: XY
    alternate: bool = True
    """Hits go to the two hands in turn; False: the near hand alone."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Everything a performer does in one shot."""

    start: float
    end: float
    height: float
    x: float
    """Where it stands when it does not go anywhere."""
    z: float
    facing: tuple[tuple[float, float], ...] = ((0.0, 0.6),)
    """(time, facing): turns of 0.3 s that end at the time given; the first holds from the start."""
    legs: tuple[Leg, ...] = ()
    step: float = 0.5
    """Seconds per step."""
    swing: float = 0.4
    """Seconds a foot is in the air."""
    running: bool = False
    leaps: tuple[Leap, ...] = ()
    claps: tuple[float, ...] = ()
    strike: Strike | None = None
    holding: tuple[float, XY] | None = None
    """(until, point): the near hand holds something there until it lets go."""
    beats: tuple[float, ...] = ()
    """Dance figures land on these."""
    low: str = ""
    """sit | kneel: how it goes down at ``lows``."""
    lows: tuple[tuple[float, float], ...] = ()
    """(time, 0 upright .. 1 down), with soft ways between."""
    hands: Callable[[float], tuple[XY | None, XY | None]] | None = None
    """Where the near and the far hand are, in metres from the floor point in the facing direction; None leaves a hand
    to itself."""
    waving: bool = False
    gesture: bool = False
    speech: tuple[tuple[float, tuple[Phoneme, ...]], ...] = ()
    """(start, phonemes counted from 0) per line."""
    gaze: Callable[[float], XYZ] | None = None
    """The point of the world it looks at."""
    mood: float = 0.15
    seed: int = 0


def path(p: Part, time: float) -> float:
    if not p.legs:
        return p.x
    x = p.legs[0].x0
    for leg in p.legs:
        if time < leg.start:
            break
        x = leg.at(time)
    return x


def footsteps(p: Part) -> tuple[tuple[Plant, ...], tuple[Plant, ...]]:
    """Plants for all legs of the way: steps at an even beat, each foot landing where the hips will be at its
    mid-stance."""
    lands: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    base = 0.032 * p.height
    x0 = path(p, p.start - 30.0)
    for which in (0, 1):
        lands[which].append((p.start - 40.0, x0 + (base if which == 0 else -base)))
    which = p.seed % 2
    stance = max(0.12, 2 * p.step - p.swing)
    for leg in p.legs:
        if leg.x0 == leg.x1:
            continue
        t = leg.start + max(p.swing, 0.6 * p.step)
        while t < leg.end + 1.4 * p.step:
            x = path(p, t + stance / 2)
            still = t + stance / 2 > leg.end
            lands[which].append((t, x + ((base if which == 0 else -base) if still else 0.0)))
            which = 1 - which
            t += p.step
    feet = []
    for steps in lands:
        plants = []
        for n, (land, x) in enumerate(steps):
            lift = max(land + 0.05, steps[n + 1][0] - p.swing) if n + 1 < len(steps) else math.inf
            plants.append(Plant(land=land, lift=lift, x=x))
        feet.append(tuple(plants))
    return feet[0], feet[1]


def dance_steps(p: Part) -> tuple[tuple[Plant, ...], tuple[Plant, ...]]:
    """One foot lands on every beat, in turn, a little to and fro."""
    chance = random.Random(p.seed + 11)
    feet = []
    for which in (0, 1):
        side = (0.07 if which == 0 else -0.07) * p.height
        beats = p.beats[which::2]
        xs = [p.x + side] + [p.x + side + chance.uniform(-0.05, 0.05) * p.height for _ in beats]
        lands = [p.start - 40.0, *beats]
        feet.append(
            tuple(
                Plant(land=land, lift=lands[n + 1] - 0.24 if n + 1 < len(lands) else math.inf, x=xs[n])
                for n, land in enumerate(lands)
            )
        )
    return feet[0], feet[1]
