"""Persons in action: from a plan for one person to its performance, its contacts, and the things it handles."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from phonofilm.theatre.moves import falling, physics, things, working
from phonofilm.theatre.moves.footwork import Leap, Leg, Part, Strike
from phonofilm.theatre.moves.motion import Performer
from phonofilm.theatre.moves.prop import Prop, hits, since_last, struck
from phonofilm.theatre.moves.wardrobe import Staged
from phonofilm.theatre.play import XYZ, Actor, Contact, Look, Phoneme, State

_STRIKING = ("drum", "ring", "knock", "close")


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
        self,
        time: float,
        kind: str,
        position: XYZ,
        speed: float,
        *,
        other: str = "floor",
        other_material: str | None = None,
        size: float = 0.25,
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


def finish(
    player: Player, part: Part, contacts: list[Contact], box: tuple[float, float, float, float], *, follow: bool = False
) -> Staged:
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


def part_of(player: Player) -> Part:
    """What a person does before any action: it stands, turned to whom it speaks to, and looks, speaks and waves."""
    talks = bool(player.speech) and player.action in ("talk", "stand")
    # Who speaks alone turns to us, so that the lips are seen; two who speak turn to each other.
    turned = 0.54 if talks and player.room == 1.0 else 0.62
    return Part(
        start=player.start,
        end=player.end,
        height=player.look.height,
        x=player.x,
        z=player.z,
        facing=((player.start, player.way * turned),),
        speech=player.speech,
        gaze=player.gaze,
        mood=player.mood,
        seed=player.seed,
        gesture=talks,
        waving="wave" in (player.action, *player.also),
    )


def act(player: Player, thing: Prop | None) -> list[Staged]:
    """Stage a person, and the thing it handles after it."""
    h, action, part = player.look.height, player.action, part_of(player)
    if action in ("walk", "run"):
        return [_go(player, part, running=action == "run")]
    if action == "jump":
        return [_jump(player, part)]
    if action == "clap" or (action in ("stand", "talk") and "clap" in player.also):
        return [_clap(player, part)]
    if action == "dance":
        return [_dance(player, part)]
    if action in _STRIKING and thing is not None:
        return _strike(player, part, thing)
    if action == "drop" and thing is not None:
        return _let_go(player, part, thing)
    if action == "kick" and thing is not None:
        return _kick(player, part, thing)
    staged = [finish(player, part, [], (player.x - 0.45, player.x + 0.45, 0.0, 1.05 * h))]
    if thing is not None:
        staged.append(things.build(replace(thing, x=player.x + player.way * (0.35 + thing.size[0] / 2)), "stand"))
    return staged


def _go(player: Player, part: Part, *, running: bool) -> Staged:
    chance, h, way = player.chance, part.height, player.way
    if running:
        step = chance.uniform(0.30, 0.36) / (0.5 + 0.5 * player.pace)
        length, swing = 0.50 * h * (0.5 + 0.5 * player.pace), 1.36 * step
    else:
        step = chance.uniform(0.47, 0.60) / player.pace
        length, swing = 0.30 * h * min(1.15, max(0.85, player.pace)), 0.78 * step
    speed, room = length / step, (4.4 if running else 3.9) * player.room
    legs, facing = [], [(player.start, way)]
    if player.roam:
        x = player.x - way * speed * (player.end - player.start) / 2
        legs.append(
            Leg(
                start=player.start - 2,
                end=player.end + 2,
                x0=x - way * speed * 2,
                x1=x + way * speed * (player.end - player.start + 2),
            )
        )
    else:
        length_ = player.end - player.start
        first = min(length_ + 0.6, room / speed)
        x = player.x - way * speed * first / 2
        t, heading = player.start, way
        legs.append(Leg(start=t - 2, end=t + first, x0=x - way * speed * 2, x1=x + way * speed * first))
        t, x = t + first, x + way * speed * first
        while t < player.end:
            heading = -heading
            facing.append((t + 0.32, heading))
            span = room / speed + 0.25
            legs.append(Leg(start=t + 0.2, end=t + 0.2 + span, x0=x, x1=x + heading * (span - 0.25) * speed))
            t, x = t + 0.2 + span, x + heading * (span - 0.25) * speed
    part = replace(part, legs=tuple(legs), step=step, swing=swing, running=running, facing=tuple(facing))
    performer = Performer(part)
    xs = [performer.x(player.start + (player.end - player.start) * i / 24) for i in range(25)]
    return finish(player, part, [], (min(xs) - 0.32 * h, max(xs) + 0.32 * h, 0.0, 1.05 * h), follow=True)


def _jump(player: Player, part: Part) -> Staged:
    chance = player.chance
    leaps: list[Leap] = []
    t = player.start + chance.uniform(0.35, 0.8)
    while t < player.end - 0.2 and len(leaps) < (player.count or 99):
        leap = Leap(start=t, speed=chance.uniform(2.0, 2.9) * (0.86 if part.height < 1.45 else 1.0))
        leaps.append(leap)
        t = leap.land + chance.uniform(0.45, 0.95) / player.pace
    contacts = [
        player.contact(x.land, "land", (player.x, 0.0, player.z), x.speed, size=0.4)
        for x in leaps
        if x.land <= player.end
    ]
    top = max((x.speed**2 / (2 * physics.GRAVITY) for x in leaps), default=0.0)
    return finish(
        player,
        replace(part, leaps=tuple(leaps)),
        contacts,
        (player.x - 0.5, player.x + 0.5, 0.0, part.height * 1.04 + top),
    )


def _times(player: Player, low: float, high: float) -> tuple[float, ...]:
    """Hits on the beat where there is music, else evenly spaced."""
    if player.beats:
        times = [b for b in player.beats if player.start + 0.3 < b <= player.end - 0.05]
        while len(times) > 1 and times[1] - times[0] < 0.75 * low:
            times = times[::2]
    else:
        gap, t, times = (
            player.chance.uniform(low, high) / player.pace,
            player.start + player.chance.uniform(0.35, 0.8),
            [],
        )
        while t <= player.end - 0.05:
            times.append(t)
            t += gap
    return tuple(times[: player.count] if player.count else times)


def _clap(player: Player, part: Part) -> Staged:
    times, h = _times(player, 0.42, 0.85), part.height
    spot = (player.x + player.way * 0.25 * h, 0.63 * h, player.z)
    contacts = [
        player.contact(t, "clap", spot, 1.9, other=player.name, other_material="skin", size=0.12) for t in times
    ]
    return finish(player, replace(part, claps=times), contacts, (player.x - 0.5, player.x + 0.5, 0.0, 1.05 * h))


def _dance(player: Player, part: Part) -> Staged:
    beats = tuple(b for b in player.beats if player.start < b <= player.end)
    while len(beats) > 1 and beats[1] - beats[0] < 0.4:
        beats = beats[::2]
    turns, side = [(player.start, 0.62 * player.way)], 0.62 * player.way
    for n, beat in enumerate(beats):
        if n % 4 == 3:
            side = -side
            turns.append((beat, side))
    return finish(
        player,
        replace(part, beats=beats, facing=tuple(turns), mood=max(0.5, part.mood)),
        [],
        (player.x - 0.7, player.x + 0.7, 0.0, 1.2 * part.height),
    )


def _strike(player: Player, part: Part, thing: Prop) -> list[Staged]:
    """Drum, ring, knock or shut: the hand meets the thing exactly on time."""
    h, way, x = part.height, player.way, player.x
    action = player.action
    w, tall, _ = thing.size
    if action == "drum":
        times = _times(player, 0.30, 0.55)
        if not player.beats and player.chance.random() < 0.4 and not player.count:
            # A pattern: every fourth hit is left out.
            times = tuple(t for n, t in enumerate(times) if n % 4 != 3)
        # The skin lies at 86 % of the drawn height, where bent arms reach it.
        tall, skin = 0.58 * h, 0.50 * h
        w = 0.36 * h
        thing = replace(thing, size=(w, tall, thing.size[2]), x=x + way * 0.25 * h, z=player.z - 0.25)
        strike = Strike(times=times, targets=((0.17 * h, skin), (0.24 * h, skin)), back=(0.01 * h, 0.15 * h))
        at, spot, other, speed = working.drum_at(thing, times), (thing.x, skin, thing.z), "drum", 2.6
    elif action == "ring":
        times = _times(player, 0.75, 1.2)
        y = 0.62 * h
        thing = replace(thing, x=x + way * (0.28 * h + 0.46 * w), z=player.z)
        strike = Strike(times=times, targets=((0.28 * h, y), (0.0, 0.0)), back=(-0.13 * h, 0.02 * h), alternate=False)
        at, spot, other, speed = _swinging(thing, y + 0.3 * tall, times, way), (thing.x, y, thing.z), "ring", 2.0
    elif action == "knock":
        times = working.knocks(player.chance, player.start + player.chance.uniform(0.4, 0.8), player.end, player.count)
        y = 0.68 * h
        thing = replace(thing, x=x + way * (0.28 * h + 0.04 + w / 2), z=player.z + 0.15)
        strike = Strike(times=times, targets=((0.28 * h, y), (0.0, 0.0)), back=(-0.10 * h, 0.01 * h), alternate=False)
        at, spot, other, speed = working.door_at(thing, ()), (thing.x - way * w / 2, y, thing.z), "knock", 1.7
    else:
        times = hits(replace(thing, beats=()), least=1.9, most=2.5, first=player.chance.uniform(0.8, 1.4))
        y = 0.56 * h
        thing = replace(thing, x=x + way * (0.28 * h + 0.04 + w / 2), z=player.z + 0.15)
        strike = Strike(times=times, targets=((0.26 * h, y), (0.0, 0.0)), back=(-0.12 * h, 0.0), alternate=False)
        at, spot, other, speed = working.door_at(thing, times), (thing.x - way * w / 2, y, thing.z), "close", 2.4
    contacts = _met(player, thing, times, other, spot, speed)
    gaze = None if player.gaze is None or player.speech else (lambda time: spot)
    person = finish(
        player,
        replace(part, strike=strike, gaze=gaze or part.gaze, facing=((player.start, way * 0.9),)),
        contacts,
        (x - 0.35, x + 0.35, 0.0, 1.05 * h),
    )
    half = w / 2
    prop = Staged(
        actor=thing.actor(at),
        box=(
            thing.x - half,
            thing.x + half,
            0.0,
            max(tall if action != "ring" else 0.0, at(player.start).position[1] + thing.size[1] / 2),
        ),
    )
    return [person, prop]


def _met(player: Player, thing: Prop, times: Sequence[float], kind: str, spot: XYZ, speed: float) -> list[Contact]:
    """Hand and thing meet; what rings or shuts is the thing."""
    contacts = [
        player.contact(
            t,
            kind,
            spot,
            speed * (1.25 if n % 4 == 0 else 1.0),
            other=thing.name,
            other_material=thing.material,
            size=max(thing.size[:2]),
        )
        for n, t in enumerate(times)
    ]
    if kind in ("ring", "close"):
        return [
            replace(c, actor=thing.name, other=player.name, material=thing.material, other_material="skin")
            for c in contacts
        ]
    return contacts


def _swinging(thing: Prop, y: float, times: tuple[float, ...], way: float) -> Callable[[float], State]:
    def at(time: float) -> State:
        return working.hung(
            thing, y, way * 0.35 * struck(times, time, rate=1.6, sway=7.0), max(0.0, 1 - since_last(times, time) / 0.3)
        )

    return at


def _let_go(player: Player, part: Part, thing: Prop) -> list[Staged]:
    """A thing is held out and dropped; cups and bottles break."""
    h, way = part.height, player.way
    go = player.start + player.chance.uniform(0.7, 0.9 + 0.2 * (player.end - player.start))
    reach = (0.27 * h, 0.62 * h)
    thing = replace(thing, x=player.x + way * (reach[0] + thing.size[0] * 0.3), z=player.z)
    y = reach[1] + thing.size[1] * 0.1
    body = thing.body
    (track,) = physics.simulate(
        [body], [physics.launch(body, thing.ground, start=go, x=thing.x, y=y, vx=way * 0.1)], thing.ground, player.end
    )
    if thing.kind in ("cup", "bottle"):
        prop = falling.broken(thing, track, go, y)
    else:
        prop = falling.tracked(thing, track, "bounce" if thing.round else "drop")
    aim = prop.actor.at
    part = replace(part, holding=(go, reach), gaze=lambda time: aim(time).position)
    return [finish(player, part, [], (player.x - 0.4, player.x + 0.4, 0.0, 1.05 * h)), prop]


def _kick(player: Player, part: Part, thing: Prop) -> list[Staged]:
    """Steps into a ball (or box) on the floor, which rolls off."""
    h, way = part.height, player.way
    when = player.start + player.chance.uniform(0.8, 1.4)
    body = thing.body
    stride = 0.30 * h
    leg = Leg(start=when - 0.75, end=when + 0.2, x0=player.x, x1=player.x + way * stride, soft=0.3)
    part = replace(part, legs=(leg,), step=0.42, swing=0.34, facing=((player.start, way),))
    x = player.x + way * (stride + 0.05 * h + 0.12 * h + body.half_width)
    speed = player.chance.uniform(0.5, 0.8) + physics.ROLLING[thing.ground] * 9.81 * min(2.0, player.end - when) / 2
    first = physics.launch(
        body,
        thing.ground,
        start=when,
        x=x,
        y=body.radius,
        vx=way * speed,
        spin=-way * speed / body.radius if body.round else 0.0,
    )
    (track,) = physics.simulate([body], [first], thing.ground, player.end)
    thing = replace(thing, x=x, z=player.z)
    moving = falling.tracked(thing, track, "bounce")
    aim = moving.actor.at

    def at(time: float) -> State:
        return aim(max(time, when))

    kicked = thing.contact(
        when,
        "collide",
        (x - way * body.half_width, body.radius, thing.z),
        speed,
        other=player.name,
        other_material="skin",
    )
    prop = Staged(
        actor=thing.actor(at),
        contacts=sorted([kicked, *moving.contacts], key=lambda c: c.time),
        box=(min(moving.box[0], x - 0.3), max(moving.box[1], x + 0.3), 0.0, moving.box[3]),
    )
    person = finish(
        player, replace(part, gaze=lambda time: at(time).position), [], (player.x - 0.4, player.x + 0.9, 0.0, 1.05 * h)
    )
    return [person, prop]
