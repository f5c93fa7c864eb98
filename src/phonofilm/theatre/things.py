"""Things in action: each builder turns a plan for one prop into an actor, its contacts and the room it needs."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from phonofilm.theatre import physics
from phonofilm.theatre.motion import smooth
from phonofilm.theatre.play import RGB, XYZ, Actor, Contact, State
from phonofilm.theatre.wardrobe import Staged, still


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

    def actor(self, at: Callable[[float], State]) -> Actor:
        """The actor that moves as ``at`` says."""
        return Actor(name=self.name, kind=self.kind, colour_name=self.colour_name, colour=self.colour, size=self.size, material=self.material, at=at)

    def contact(self, time: float, kind: str, position: XYZ, speed: float, *, other: str = "floor", other_material: str | None = None) -> Contact:
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


def build(prop: Prop, action: str) -> Staged:
    """Stage one thing that acts by itself; an action it does not know leaves it standing."""
    return {
        "bounce": bounce,
        "roll": roll,
        "drop": drop,
        "break": shatter,
        "slide": roll,
        "topple": tip,
        "ring": ring,
        "drum": drum,
        "close": door,
        "knock": knocked,
        "drive": drive,
        "beep": drive,
        "fly": fly,
        "chirp": perch,
        "float": hover,
    }.get(action, stand)(prop)


def stand(prop: Prop) -> Staged:
    """It stands on the floor."""
    w, h, _ = prop.size
    return Staged(actor=prop.actor(still(prop.x, h / 2, prop.z)), box=(prop.x - w / 2, prop.x + w / 2, 0.0, h))


def tracked(prop: Prop, track: physics.Track, kind: str, others: Sequence[Prop] = ()) -> Staged:
    """A thing on a physical path; ``kind`` names its landings."""
    radius = prop.size[1] / 2

    def at(time: float) -> State:
        x, y, angle = track.at(time)
        squash = track.squash(time) if prop.material == "rubber" else 1.0
        return State(position=(x, y - radius * (1 - squash) if squash < 1 else y, prop.z), angle=angle, squash=squash)

    contacts = []
    for hit in track.hits:
        # Of the two bodies of a collision one tells it, or it would sound twice.
        if hit.kind == "collide" and (hit.other < 0 or others[hit.other].name < prop.name):
            continue
        mate = others[hit.other] if hit.kind == "collide" else None
        contacts.append(
            prop.contact(
                hit.time,
                kind if hit.kind == "bounce" else hit.kind,
                (hit.x, hit.y, prop.z),
                hit.speed,
                other=mate.name if mate else "floor",
                other_material=mate.material if mate else None,
            )
        )
    spots = [track.at(prop.start + (prop.end - prop.start) * i / 48) for i in range(49)]
    w = prop.size[0] / 2
    box = (min(s[0] for s in spots) - w, max(s[0] for s in spots) + w, 0.0, max(s[1] for s in spots) + radius)
    return Staged(actor=prop.actor(at), contacts=contacts, box=box, follow=lambda time: track.at(time)[0])


def bounce(prop: Prop) -> Staged:
    """Let fall or thrown up a little, then bounces on, drifting to one side."""
    body, chance = prop.body, prop.chance
    height = chance.uniform(0.75, 1.15) + (0.35 if physics.GROUND_BOUNCE[prop.ground] < 0.7 else 0.0)
    speed = prop.way * chance.choice((0.0, 0.18, 0.35, 0.55)) * prop.pace
    first = physics.launch(
        body,
        prop.ground,
        start=prop.start,
        x=prop.x - speed * 0.42 * (prop.end - prop.start),
        y=body.radius + height,
        vx=speed,
        vy=chance.uniform(0.0, 1.4),
        spin=-speed / body.radius * chance.uniform(0.2, 1.0),
    )
    (track,) = physics.simulate([body], [first], prop.ground, prop.end)
    return tracked(prop, track, "bounce")


def roll(prop: Prop) -> Staged:
    """Rolls (or slides) in from one side; as fast as it needs to come through the picture before it rests."""
    body, chance = prop.body, prop.chance
    length = prop.end - prop.start
    drag = physics.ROLLING[prop.ground] * 9.81 if prop.round else 0.6 * physics.FRICTION[prop.ground] * 9.81
    reach = chance.uniform(2.0, 2.8) * min(1.1, prop.pace) if prop.round else chance.uniform(1.0, 1.6)
    # Just fast enough to use the whole shot, or to come to rest at the far end.
    speed = math.sqrt(2 * drag * reach)
    if speed / drag > length:
        speed = reach / length + drag * length / 2
    x = prop.x - prop.way * reach / 2
    first = physics.launch(
        body, prop.ground, start=prop.start, x=x, y=body.radius, vx=prop.way * speed, spin=-prop.way * speed / body.radius if prop.round else 0.0
    )
    (track,) = physics.simulate([body], [first], prop.ground, prop.end)
    return tracked(prop, track, "bounce")


def _fall(prop: Prop) -> tuple[float, float, physics.Track]:
    """(when it is let go, from which height of the centre, the path of the fall)."""
    chance = prop.chance
    go = prop.start + chance.uniform(0.25, 0.30 + 0.22 * (prop.end - prop.start))
    y = prop.size[1] / 2 + chance.uniform(0.75, 1.2)
    first = physics.launch(prop.body, prop.ground, start=go, x=prop.x, y=y, vx=prop.way * chance.choice((0.0, 0.25)))
    (track,) = physics.simulate([prop.body], [first], prop.ground, prop.end)
    return go, y, track


def _tremble(time: float, go: float) -> float:
    """The small shake of something about to fall, radians."""
    return 0.05 * math.sin(19 * time) * smooth((time - go + 0.5) / 0.5) if time < go else 0.0


def drop(prop: Prop) -> Staged:
    """Hangs a moment, trembling, then falls and comes to rest."""
    go, _, track = _fall(prop)
    staged = tracked(prop, track, "bounce" if prop.round else "drop")
    falls = staged.actor.at

    def at(time: float) -> State:
        return falls(time) if time >= go else State(position=falls(go).position, angle=_tremble(time, go))

    return Staged(actor=prop.actor(at), contacts=staged.contacts, box=staged.box)


def shatter(prop: Prop) -> Staged:
    """Falls and breaks where it lands."""
    go, y, track = _fall(prop)
    return broken(prop, track, go, y)


def broken(prop: Prop, track: physics.Track, go: float, top: float) -> Staged:
    """A falling thing that goes to pieces at its first landing: ``State.part`` is how far the shards have flown."""
    turn = prop.chance.uniform(-2.2, 2.2)
    hit = next((h for h in track.hits if h.kind == "bounce"), None)
    lands = hit.time if hit is not None else math.inf
    rest = track.at(lands)[0] if hit is not None else prop.x

    def at(time: float) -> State:
        if time >= lands:
            return State(position=(rest, prop.size[1] / 2, prop.z), part=max(0.03, 1 - math.exp(-5.0 * (time - lands))))
        x, y, _ = track.at(max(time, go))
        return State(position=(x, y, prop.z), angle=turn * max(0.0, time - go) + _tremble(time, go))

    contacts = [prop.contact(lands, "break", (rest, 0.0, prop.z), hit.speed)] if hit is not None else []
    return Staged(actor=prop.actor(at), contacts=contacts, box=(prop.x - 0.75, prop.x + 0.75, 0.0, top + prop.size[1] / 2))


def tip(prop: Prop) -> Staged:
    """Tips over its lower edge and lands on its side."""
    w, h, _ = prop.size
    fall = physics.topple(w, h, start=prop.start + prop.chance.uniform(0.4, 1.2), push=prop.chance.uniform(0.02, 0.12))
    edge, half, lean = prop.x + prop.way * w / 2, math.hypot(w, h) / 2, math.atan2(w, h)

    def at(time: float) -> State:
        angle = fall.at(time)
        return State(position=(edge + prop.way * half * math.sin(angle - lean), half * math.cos(angle - lean), prop.z), angle=-prop.way * angle)

    contacts = [prop.contact(fall.land, "drop", (edge + prop.way * h / 2, 0.0, prop.z), fall.speed)] if fall.land <= prop.end else []
    return Staged(actor=prop.actor(at), contacts=contacts, box=(edge - max(w, h), edge + max(w, h), 0.0, 2 * half))


def collide(first: Prop, second: Prop) -> tuple[Staged, Staged]:
    """Two things on the floor meet early in the shot: one comes rolling or sliding, the other waits or comes toward it."""
    chance, ground, start = first.chance, first.ground, first.start
    meet = start + min(1.6, (first.end - start) * chance.uniform(0.22, 0.42))
    a, b = first.body, second.body
    reach = 2 * math.sqrt(a.radius * b.radius) if a.round and b.round else a.half_width + b.half_width
    toward = b.round and chance.random() < 0.5
    pieces = []
    for body, side, comes in ((a, -first.way, True), (b, first.way, toward)):
        drag = physics.ROLLING[ground] * 9.81 if body.round else 0.6 * physics.FRICTION[ground] * 9.81
        span = meet - start if body.round else min(0.6, meet - start)
        speed = chance.uniform(0.55, 0.9) * min(1.1, first.pace) + drag * span if comes else 0.0
        x = first.x + side * (reach / 2 + (speed * span - drag * span * span / 2))
        pieces.append(
            physics.launch(
                body,
                ground,
                start=meet - span,
                x=x,
                y=body.radius,
                vx=-side * speed,
                spin=side * speed / body.radius if body.round else 0.0,
            )
        )
    tracks = physics.simulate([a, b], pieces, ground, first.end)
    pair = (first, second)
    one, two = (tracked(p, t, "bounce", pair) for p, t in zip(pair, tracks, strict=True))
    return one, two


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


def hung(prop: Prop, y: float, angle: float, part: float) -> State:
    """A bell that hangs by its ring with its centre at height ``y`` when at rest, turned by ``angle``."""
    arm = 0.45 * prop.size[1]
    return State(position=(prop.x + arm * math.sin(angle), y + arm * (1 - math.cos(angle)), prop.z), angle=angle, part=part)


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

    contacts = [prop.contact(t, "ring", (prop.x, y, prop.z), 2.2 - 0.3 * (i % 2), other=prop.name, other_material="metal") for i, t in enumerate(times)]
    return Staged(actor=prop.actor(at), contacts=contacts, box=(prop.x - 0.85 * w, prop.x + 0.85 * w, 0.15, y + h / 2 + 0.08))


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
    contacts = [prop.contact(t, "drum", (prop.x, h, prop.z), 3.2 if i % 4 == 0 else 2.2, other=prop.name, other_material="wood") for i, t in enumerate(times)]
    return Staged(actor=prop.actor(drum_at(prop, times)), contacts=contacts, box=(prop.x - w * 0.7, prop.x + w * 0.7, 0.0, h * 1.3))


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
    contacts = [prop.contact(t, "close", (prop.x, h / 2, prop.z), 2.4, other=prop.name, other_material="wood") for t in times]
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

    contacts = [prop.contact(t, "knock", (prop.x, 1.2, prop.z), 1.8, other=prop.name, other_material="wood") for t in times]
    return Staged(actor=prop.actor(at), contacts=contacts, box=(prop.x - w * 0.7, prop.x + w * 0.7, 0.0, h))


def drive(prop: Prop) -> Staged:
    """A car goes through the picture and hoots."""
    length = prop.end - prop.start
    speed = min(1.6, 3.4 / length) * prop.pace
    x0, h, wheel = prop.x - prop.way * speed * length / 2, prop.size[1], 0.19 * prop.size[1]

    def at(time: float) -> State:
        way = speed * (time - prop.start)
        return State(position=(x0 + prop.way * way, h / 2 + 0.008 * math.sin(23 * time), prop.z), facing=prop.way, part=way / (math.tau * wheel) % 1.0)

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
    return [replace(prop.contact(t, "chirp", at(t).position, 1.5, other=prop.name, other_material="skin"), material="skin") for t in times]


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
        return State(position=(x0 + prop.way * span * u, y, prop.z), facing=prop.way, angle=tilt, part=(3.2 * time) % 1.0)

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
    y0, rise, phase = 1.05 * h + prop.chance.uniform(0.0, 0.25), prop.chance.uniform(0.4, 0.7), prop.chance.uniform(0, math.tau)

    def at(time: float) -> State:
        t = time - prop.start
        return State(
            position=(prop.x + 0.16 * math.sin(1.4 * t + phase) + 0.12 * prop.way * (t - length / 2), y0 + rise * smooth(t / length), prop.z),
            angle=-0.12 * math.cos(1.4 * t + phase),
        )

    side = w / 2 + 0.16 + 0.06 * length
    return Staged(actor=prop.actor(at), box=(prop.x - side, prop.x + side, 0.0, y0 + rise + h / 2))
