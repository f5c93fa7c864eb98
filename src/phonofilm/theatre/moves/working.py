"""Props that do their work: bells ring, drums beat, doors shut, cars drive, birds sing, balloons rise."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace

from phonofilm.theatre.moves import physics
from phonofilm.theatre.moves.footwork import smooth
from phonofilm.theatre.moves.prop import Prop, hits, since_last, struck
from phonofilm.theatre.moves.wardrobe import Staged, still
from phonofilm.theatre.play import Contact, State


def hung(prop: Prop, y: float, angle: float, part: float) -> State:
    """A bell that hangs by its ring with its centre at height ``y`` when at rest, turned by ``angle``."""
    arm = 0.45 * prop.size[1]
    return State(
        position=(prop.x + arm * math.sin(angle), y + arm * (1 - math.cos(angle)), prop.z), angle=angle, part=part
    )


def ring(prop: Prop) -> Staged:
    """A hung bell that swings; the clapper strikes at the turning points."""
    times = hits(prop, least=0.7, most=1.15)
    w, h, _ = prop.size
    y = 0.50 + h / 2
    gap = times[1] - times[0] if len(times) > 1 else 0.9
    side = prop.way

    def at(time: float) -> State:
        n = bisect_right(times, time)
        if n == 0:
            u = max(0.0, 1 - (times[0] - time) / gap) if times else 0.0
            return hung(prop, y, -0.5 * side * math.cos(math.pi * u) * smooth(2 * u), 0.0)
        turn = side if n % 2 else -side
        u = (time - times[n - 1]) / (times[n] - times[n - 1] if n < len(times) else gap)
        calm = 1.0 if n < len(times) else math.exp(-1.2 * (time - times[-1]))
        return hung(prop, y, 0.5 * turn * math.cos(math.pi * u) * calm, max(0.0, 1 - (time - times[n - 1]) / 0.3))

    contacts = [
        prop.contact(t, "ring", (prop.x, y, prop.z), 2.2 - 0.3 * (i % 2), other=prop.name, other_material="metal")
        for i, t in enumerate(times)
    ]
    return Staged(
        actor=prop.actor(at), contacts=contacts, box=(prop.x - 0.85 * w, prop.x + 0.85 * w, 0.15, y + h / 2 + 0.08)
    )


def drum_at(prop: Prop, times: Sequence[float]) -> Callable[[float], State]:
    """A drum whose skin bulges and whose body gives a little at each hit."""
    y = prop.size[1] / 2

    def at(time: float) -> State:
        t = since_last(times, time)
        give = math.exp(-14 * t) if t < 2 else 0.0
        return State(position=(prop.x, y * (1 - 0.09 * give), prop.z), squash=1 - 0.09 * give, part=give)

    return at


def drum(prop: Prop) -> Staged:
    """A drum that beats by itself."""
    times = hits(prop, least=0.38, most=0.62)
    w, h, _ = prop.size
    contacts = [
        prop.contact(t, "drum", (prop.x, h, prop.z), 3.2 if i % 4 == 0 else 2.2, other=prop.name, other_material="wood")
        for i, t in enumerate(times)
    ]
    return Staged(
        actor=prop.actor(drum_at(prop, times)),
        contacts=contacts,
        box=(prop.x - w * 0.7, prop.x + w * 0.7, 0.0, h * 1.3),
    )


def door_at(prop: Prop, shuts: Sequence[float], opens: float = 1.0) -> Callable[[float], State]:
    """A door that stands open, falls shut at each time (faster and faster) and opens again slowly between."""
    y = prop.size[1] / 2

    def at(time: float) -> State:
        n = bisect_right(shuts, time)
        part = 0.0
        if n < len(shuts):
            until = shuts[n] - time
            part = opens * min(1.0, until / 0.5) ** 0.6
            if n:
                part = min(part, opens * smooth((time - shuts[n - 1] - 0.45) / 0.7))
        return State(position=(prop.x + 0.008 * struck(shuts, time, rate=16, sway=60), y, prop.z), part=part)

    return at


def door(prop: Prop) -> Staged:
    """Opens and shuts by itself."""
    times = hits(prop, least=1.9, most=2.5, first=prop.chance.uniform(0.8, 1.4))
    w, h, _ = prop.size
    contacts = [
        prop.contact(t, "close", (prop.x, h / 2, prop.z), 2.4, other=prop.name, other_material="wood") for t in times
    ]
    return Staged(actor=prop.actor(door_at(prop, times)), contacts=contacts, box=(prop.x - w, prop.x + w, 0.0, h))


def knocks(chance: random.Random, start: float, end: float, count: int | None) -> tuple[float, ...]:
    """Knocking: groups of two to four quick knocks with a pause between; ``count`` knocks in all where it is given."""
    gap, times, t = chance.uniform(0.24, 0.34), [], start
    group = count or chance.choice((2, 3, 3, 4))
    while t < end - 0.1:
        times += [t + i * gap for i in range(group) if t + i * gap < end - 0.05]
        if count:
            break
        t += group * gap + chance.uniform(0.7, 1.1)
    return tuple(times)


def knocked(prop: Prop) -> Staged:
    """Somebody unseen knocks from behind: the door shakes."""
    times = knocks(prop.chance, prop.start + 0.5, prop.end, prop.count)
    w, h, _ = prop.size

    def at(time: float) -> State:
        return State(position=(prop.x + 0.02 * struck(times, time, rate=14, sway=70), h / 2, prop.z))

    contacts = [
        prop.contact(t, "knock", (prop.x, 1.2, prop.z), 1.8, other=prop.name, other_material="wood") for t in times
    ]
    return Staged(actor=prop.actor(at), contacts=contacts, box=(prop.x - w * 0.7, prop.x + w * 0.7, 0.0, h))


def drive(prop: Prop) -> Staged:
    """A car goes through the picture and hoots."""
    length = prop.end - prop.start
    speed = min(1.6, 3.4 / length) * prop.pace
    x0, h, wheel = prop.x - prop.way * speed * length / 2, prop.size[1], 0.19 * prop.size[1]

    def at(time: float) -> State:
        way = speed * (time - prop.start)
        return State(
            position=(x0 + prop.way * way, h / 2 + 0.008 * math.sin(23 * time), prop.z),
            facing=prop.way,
            part=way / (math.tau * wheel) % 1.0,
        )

    times = hits(prop, least=1.3, most=2.0, first=prop.chance.uniform(0.5, 1.0))
    contacts = [prop.contact(t, "beep", at(t).position, 1.5, other=prop.name, other_material="metal") for t in times]
    t, step = prop.start, physics.ROLL_SPACING * 1.5 / speed
    while t < prop.end:
        contacts.append(replace(prop.contact(t, "roll", at(t).position, speed), material="rubber", size=0.5))
        t += step
    reach = prop.size[0] / 2
    ends = sorted((x0, x0 + prop.way * speed * length))
    return Staged(
        actor=prop.actor(at),
        contacts=sorted(contacts, key=lambda c: c.time),
        box=(ends[0] - reach, ends[1] + reach, 0.0, h * 1.5),
        follow=lambda time: at(time).position[0],
    )


def _chirps(prop: Prop, at: Callable[[float], State]) -> list[Contact]:
    times = hits(prop, least=0.55, most=1.0)
    return [
        replace(prop.contact(t, "chirp", at(t).position, 1.5, other=prop.name, other_material="skin"), material="skin")
        for t in times
    ]


def fly(prop: Prop) -> Staged:
    """A bird flies through in shallow waves, beating its wings, and chirps."""
    length = prop.end - prop.start
    span = min(2.2, 0.9 * length) * min(1.1, prop.pace)
    x0 = prop.x - prop.way * span / 2
    base, phase = prop.chance.uniform(0.9, 1.2), prop.chance.uniform(0, math.tau)

    def at(time: float) -> State:
        u = (time - prop.start) / length
        y = base + 0.20 * math.sin(1.9 * (time - prop.start) + phase) + 0.04 * math.sin(math.tau * 3.2 * time + 1.6)
        tilt = prop.way * 0.18 * math.cos(1.9 * (time - prop.start) + phase)
        return State(
            position=(x0 + prop.way * span * u, y, prop.z), facing=prop.way, angle=tilt, part=(3.2 * time) % 1.0
        )

    w, h, _ = prop.size
    box = (prop.x - span / 2 - w / 2, prop.x + span / 2 + w / 2, 0.2, base + 0.25 + h)
    return Staged(actor=prop.actor(at), contacts=_chirps(prop, at), box=box, follow=lambda time: at(time).position[0])


def perch(prop: Prop) -> Staged:
    """A bird sits and sings, puffing up a little at each call."""
    w, h, _ = prop.size
    low = 0.24 * h  # the body's underside, in the drawing's box
    calls = _chirps(prop, still(prop.x, low, prop.z))
    times = [c.time for c in calls]

    def at(time: float) -> State:
        t = since_last(times, time)
        squash = 1 + (0.10 * math.sin(math.pi * t / 0.22) if t < 0.22 else 0.0)
        return State(position=(prop.x, low * squash, prop.z), squash=squash, facing=0.8 * prop.way, part=0.25)

    return Staged(actor=prop.actor(at), contacts=calls, box=(prop.x - w, prop.x + w, 0.0, 1.4 * h))


def hover(prop: Prop) -> Staged:
    """A balloon that rises slowly and sways."""
    length = prop.end - prop.start
    w, h, _ = prop.size
    y0, rise, phase = (
        1.05 * h + prop.chance.uniform(0.0, 0.25),
        prop.chance.uniform(0.4, 0.7),
        prop.chance.uniform(0, math.tau),
    )

    def at(time: float) -> State:
        t = time - prop.start
        return State(
            position=(
                prop.x + 0.16 * math.sin(1.4 * t + phase) + 0.12 * prop.way * (t - length / 2),
                y0 + rise * smooth(t / length),
                prop.z,
            ),
            angle=-0.12 * math.cos(1.4 * t + phase),
        )

    side = w / 2 + 0.16 + 0.06 * length
    return Staged(actor=prop.actor(at), box=(prop.x - side, prop.x + side, 0.0, y0 + rise + h / 2))
