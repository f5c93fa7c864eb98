"""Props that obey gravity: they bounce, roll, fall, break, topple and meet."""

from __future__ import annotations

import math
from collections.abc import Sequence

from phonofilm.theatre.moves import physics
from phonofilm.theatre.moves.footwork import smooth
from phonofilm.theatre.moves.prop import Prop
from phonofilm.theatre.moves.wardrobe import Staged
from phonofilm.theatre.play import State


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
        body,
        prop.ground,
        start=prop.start,
        x=x,
        y=body.radius,
        vx=prop.way * speed,
        spin=-prop.way * speed / body.radius if prop.round else 0.0,
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
    """A falling thing that goes to pieces at its first landing: ``State.part`` is how far the shards have flown, beyond
    1 for a cut-out."""
    turn = prop.chance.uniform(-2.2, 2.2)
    hit = next((h for h in track.hits if h.kind == "bounce"), None)
    lands = hit.time if hit is not None else math.inf
    rest = track.at(lands)[0] if hit is not None else prop.x

    def at(time: float) -> State:
        if time >= lands:
            flown = max(0.03, 1 - math.exp(-5.0 * (time - lands)))
            return State(position=(rest, prop.size[1] / 2, prop.z), part=flown if prop.cutout is None else 1 + flown)
        x, y, _ = track.at(max(time, go))
        return State(position=(x, y, prop.z), angle=turn * max(0.0, time - go) + _tremble(time, go))

    contacts = [prop.contact(lands, "break", (rest, 0.0, prop.z), hit.speed)] if hit is not None else []
    return Staged(
        actor=prop.actor(at), contacts=contacts, box=(prop.x - 0.75, prop.x + 0.75, 0.0, top + prop.size[1] / 2)
    )


def tip(prop: Prop) -> Staged:
    """Tips over its lower edge and lands on its side."""
    w, h, _ = prop.size
    fall = physics.topple(w, h, start=prop.start + prop.chance.uniform(0.4, 1.2), push=prop.chance.uniform(0.02, 0.12))
    edge, half, lean = prop.x + prop.way * w / 2, math.hypot(w, h) / 2, math.atan2(w, h)

    def at(time: float) -> State:
        angle = fall.at(time)
        return State(
            position=(edge + prop.way * half * math.sin(angle - lean), half * math.cos(angle - lean), prop.z),
            angle=-prop.way * angle,
        )

    contacts = (
        [prop.contact(fall.land, "drop", (edge + prop.way * h / 2, 0.0, prop.z), fall.speed)]
        if fall.land <= prop.end
        else []
    )
    return Staged(actor=prop.actor(at), contacts=contacts, box=(edge - max(w, h), edge + max(w, h), 0.0, 2 * half))


def collide(first: Prop, second: Prop) -> tuple[Staged, Staged]:
    """Two things on the floor meet early in the shot: one comes rolling or sliding, the other waits or comes toward
    it."""
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
