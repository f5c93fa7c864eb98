"""Things in action: each builder turns a plan for one prop into an actor, its contacts and the room it needs; cut-outs
play each family of movement in the way of their kind, with the sounds it makes.

A cut-out is one sheet of paper. Its part (0..1) is the phase of its gait, wing beat or swimming stroke; ``puppetry``
bends the paper by it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from phonofilm.theatre.moves import falling, physics, working
from phonofilm.theatre.moves.footwork import smooth
from phonofilm.theatre.moves.prop import Prop, hits, since_last
from phonofilm.theatre.moves.wardrobe import Staged, chained, still
from phonofilm.theatre.play import Contact, State

GOING = ("walk", "hop", "crawl", "fly", "swim", "drive", "sail")
"""Ways to move by which something gets on by itself."""
SPEED = {"walk": 1.0, "hop": 0.9, "crawl": 0.35, "fly": 1.3, "swim": 0.8, "drive": 1.6, "sail": 0.7}
"""Metres per second at an ordinary pace, of something a metre tall."""
BEAT = {"walk": 1.5, "hop": 1.7, "crawl": 2.4, "fly": 3.2, "swim": 1.4, "drive": 1.0, "sail": 0.5}
"""Gait cycles, wing beats or strokes per second."""
ALOFT = {"fly": 0.9, "swim": 0.5, "float": 0.9}
"""How high above the floor those are at home that do not stand on it, metres below their lowest edge."""


def build(prop: Prop, action: str) -> Staged:
    """Stage one thing that acts by itself; an action it does not know leaves it standing."""
    if prop.cutout is not None:
        return _cut_out(prop, action)
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


def in_turn(prop: Prop, actions: Sequence[str]) -> Staged:
    """One thing that does several things, each for its share of the shot, going on from where it has come to."""
    if len(actions) < 2:
        return build(prop, actions[0])
    share, pieces = (prop.end - prop.start) / len(actions), []
    for n, action in enumerate(actions):
        start = prop.start + n * share
        pieces.append((start, start + share, build(replace(prop, start=start, end=start + share), action)))
        prop = replace(prop, x=pieces[-1][2].actor.at(start + share).position[0])
    return chained(pieces)


def stand(prop: Prop) -> Staged:
    """It stands on the floor."""
    w, h, _ = prop.size
    return Staged(actor=prop.actor(still(prop.x, h / 2, prop.z)), box=(prop.x - w / 2, prop.x + w / 2, 0.0, h))


def _cut_out(prop: Prop, action: str) -> Staged:
    """Stage one cut-out; an action it does not know leaves it standing."""
    assert prop.cutout is not None
    if action == "drop":
        return falling.drop(prop)
    if action == "break":
        return falling.shatter(prop)
    if action == "topple":
        return falling.tip(prop)
    if action == "go" and prop.cutout.nature.move == "roll":
        return falling.roll(prop)
    return {
        "go": _go,
        "enter": _enter,
        "leave": _leave,
        "approach": _approach,
        "jump": _jump,
        "voice": _voice,
        "rise": _rise,
        "descend": _descend,
        "spin": _spin,
        "nod": _nod,
        "crouch": _crouch,
        "pour": _pour,
        "strike": _strike,
        "catch": _catch,
    }.get(action, _stand)(prop)


# the parts of every movement


def _way(prop: Prop) -> float:
    """Where it looks, as ``State.facing``: the drawing is turned round where it has a side."""
    assert prop.cutout is not None
    return prop.way if prop.cutout.nature.faces else 0.0


def _home(prop: Prop) -> float:
    """The height of its middle where it is at rest."""
    assert prop.cutout is not None
    return ALOFT.get(prop.cutout.nature.move, 0.0) + prop.size[1] / 2


def _beat(prop: Prop) -> float:
    assert prop.cutout is not None
    return BEAT.get(prop.cutout.nature.move, 1.0) * (0.5 + 0.5 * prop.pace) / max(0.7, min(1.4, prop.size[1] ** 0.5))


def _voices(
    prop: Prop, at: Callable[[float], State], times: Sequence[float] | None = None, *, other: str = ""
) -> list[Contact]:
    """Its voice, now and then; a thing without one keeps still."""
    assert prop.cutout is not None
    voice = prop.cutout.nature.voice
    if not voice:
        return []
    said = hits(replace(prop, beats=()), least=1.3, most=2.1) if times is None else times
    return [
        replace(prop.contact(t, voice, at(t).position, 1.8, other=other or prop.name, other_material=prop.material))
        for t in said
    ]


def _lasting(prop: Prop, at: Callable[[float], State]) -> list[Contact]:
    """A voice that goes on for as long as the shot: engines, fires, rain of applause."""
    assert prop.cutout is not None
    step = {
        "engine": 0.5,
        "motorbike": 0.5,
        "train": 0.55,
        "propeller": 0.5,
        "jet": 0.8,
        "crackle": 0.7,
        "sizzle": 0.9,
        "buzz": 0.6,
        "siren": 1.2,
    }.get(prop.cutout.nature.voice)
    if step is None:
        return _voices(prop, at)
    times, t = [], prop.start + 0.05
    while t < prop.end - 0.1:
        times.append(t)
        t += step
    return _voices(prop, at, times)


def _steps(prop: Prop, at: Callable[[float], State]) -> list[Contact]:
    """Footfalls of what walks or hops: two to a gait cycle."""
    assert prop.cutout is not None
    if prop.cutout.nature.move not in ("walk", "hop") or prop.size[1] < 0.45:
        return []
    gap = 0.5 / _beat(prop) if prop.cutout.nature.move == "walk" else 1 / _beat(prop)
    times = [prop.start + gap * (k + 1) for k in range(int((prop.end - prop.start) / gap))]
    heavy = min(2.6, 0.8 + 0.5 * prop.size[1])
    places = [(at(t).position[0], 0.0, prop.z) for t in times]
    return [
        replace(prop.contact(t, "step", place, heavy), size=0.25 * prop.size[1])
        for t, place in zip(times, places, strict=True)
        if t < prop.end
    ]


def _staged(prop: Prop, at: Callable[[float], State], contacts: list[Contact], *, follow: bool = False) -> Staged:
    """The actor with the room it needs, found by looking at it."""
    spots = [at(prop.start + (prop.end - prop.start) * k / 24) for k in range(25)]
    w, h = prop.size[0] / 2, prop.size[1] / 2
    lean = max(abs(math.sin(s.angle)) for s in spots)
    w, h = w + lean * (h - w) if h > w else w, h + lean * (w - h) if w > h else h
    xs, ys = [s.position[0] for s in spots], [s.position[1] for s in spots]
    box = (min(xs) - w, max(xs) + w, 0.0, max(ys) + h)
    return Staged(
        actor=prop.actor(at),
        contacts=sorted(contacts, key=lambda c: c.time),
        box=box,
        follow=(lambda time: at(time).position[0]) if follow else None,
    )


def _bob(prop: Prop, time: float) -> tuple[float, float]:
    """(height, tilt) that its kind of movement adds while it is under way."""
    assert prop.cutout is not None
    move, turn = prop.cutout.nature.move, math.tau * _beat(prop) * time
    h = prop.size[1]
    if move == "walk":
        return 0.016 * h * abs(math.sin(turn)), 0.025 * math.sin(turn)
    if move == "hop":
        return 0.35 * min(0.6, h) * abs(math.sin(turn / 2)), 0.06 * math.cos(turn / 2)
    if move == "fly":
        return 0.10 * math.sin(0.35 * turn), 0.06 * math.cos(0.35 * turn)
    if move in ("swim", "sail"):
        return 0.05 * h * math.sin(0.5 * turn), 0.04 * math.cos(0.5 * turn)
    if move == "drive":
        return 0.004 * math.sin(23 * time), 0.0
    return 0.0, 0.0


def _travel(
    prop: Prop, x: Callable[[float], float], *, contacts: Callable[[Callable[[float], State]], list[Contact]] = _lasting
) -> Staged:
    """Along ``x`` over time, at its own height."""
    y, way, beat = _home(prop), _way(prop), _beat(prop)

    def at(time: float) -> State:
        up, tilt = _bob(prop, time)
        return State(position=(x(time), y + up, prop.z), facing=way, angle=-prop.way * tilt, part=(beat * time) % 1.0)

    heard = contacts(at) if contacts is not _lasting else _lasting(prop, at)
    return _staged(prop, at, heard + _steps(prop, at), follow=True)


def _pace(prop: Prop) -> float:
    assert prop.cutout is not None
    return SPEED.get(prop.cutout.nature.move, 0.5) * prop.pace * max(0.6, min(1.6, prop.size[1] ** 0.5))


# the movements


def _stand(prop: Prop) -> Staged:
    """It is just there, and breathes, sways or hovers as its kind does."""
    assert prop.cutout is not None
    y, way, move, beat = _home(prop), 0.8 * _way(prop), prop.cutout.nature.move, _beat(prop)
    alive, aloft = move in ("walk", "hop", "crawl"), move in ALOFT

    def at(time: float) -> State:
        squash = 1 + 0.012 * math.sin(2.2 * time) if alive else 1.0
        up, tilt = _bob(prop, time) if aloft or move == "sail" else (0.0, 0.0)
        part = (beat * time) % 1.0 if aloft or move in ("grow", "burn") else 0.0
        return State(position=(prop.x, y * squash + up, prop.z), squash=squash, facing=way, angle=tilt, part=part)

    lasting = move in ("burn",) or prop.cutout.nature.voice in ("sizzle", "buzz")
    contacts = _lasting(prop, at) if lasting else _voices(prop, at) if alive or aloft else []
    return _staged(prop, at, contacts)


def _go(prop: Prop) -> Staged:
    """Through the picture, as far as the shot's time takes it."""
    assert prop.cutout is not None
    if prop.cutout.nature.move not in GOING:
        return _slide(prop)
    length = prop.end - prop.start
    speed = min(_pace(prop), (3.4 + prop.size[0]) / length)
    first = prop.x - prop.way * speed * length / 2
    return _travel(prop, lambda time: first + prop.way * speed * (time - prop.start))


def _slide(prop: Prop) -> Staged:
    """A thing without legs or wheels is moved along by an unseen hand."""
    length = prop.end - prop.start
    first = prop.x - prop.way * 0.6

    def at(time: float) -> State:
        return State(
            position=(first + prop.way * 1.2 * smooth((time - prop.start) / length), _home(prop), prop.z),
            facing=_way(prop),
        )

    step = 0.16
    ticks = [
        replace(prop.contact(prop.start + step * (k + 1), "roll", at(prop.start + step * (k + 1)).position, 0.5))
        for k in range(int(length / step) - 1)
    ]
    return _staged(prop, at, ticks, follow=True)


def _enter(prop: Prop) -> Staged:
    """From the side to the middle, where it stays."""
    far = max(2.2, 0.8 + prop.size[0])
    took = min(0.75 * (prop.end - prop.start), far / max(0.3, _pace(prop)))
    return _travel(prop, lambda time: prop.x - prop.way * far * (1 - smooth((time - prop.start) / took)))


def _leave(prop: Prop) -> Staged:
    """From the middle out of the picture, after a moment."""
    far, wait = 3.2 + prop.size[0], 0.2 * (prop.end - prop.start)
    took = max(0.6, prop.end - prop.start - wait)
    moved = _travel(prop, lambda time: prop.x + prop.way * far * max(0.0, (time - prop.start - wait) / took) ** 1.4)
    # The frame holds where it stood, not where it goes to.
    left, right = prop.x - prop.size[0] / 2, prop.x + prop.size[0] / 2
    return replace(moved, box=(left - 0.3, right + 0.3, *moved.box[2:]), follow=None)


def _approach(prop: Prop) -> Staged:
    """Towards us out of the depth."""
    y, beat, length = _home(prop), _beat(prop), prop.end - prop.start

    def at(time: float) -> State:
        up, tilt = _bob(prop, time)
        away = 3.0 * (1 - smooth((time - prop.start) / (0.9 * length)))
        return State(
            position=(prop.x, y + up, prop.z + away), angle=tilt, part=(beat * time) % 1.0, facing=0.5 * _way(prop)
        )

    return _staged(prop, at, _lasting(prop, at) + _steps(prop, at))


def _jump(prop: Prop) -> Staged:
    """Up and down on its own strength, with a squash before and after."""
    y, way, g = _home(prop), 0.9 * _way(prop), physics.GRAVITY
    speed = 2.1 + 0.5 * min(1.0, prop.size[1])
    air, gap = 2 * speed / g, 2 * speed / g + 0.5 / prop.pace
    starts = []
    t = prop.start + prop.chance.uniform(0.3, 0.7)
    while t + air < prop.end and len(starts) < (prop.count or 99):
        starts.append(t)
        t += gap
    lands = [t + air for t in starts]

    def at(time: float) -> State:
        since = since_last(starts, time)
        up = max(0.0, speed * since - g * since * since / 2) if since < air else 0.0
        give = math.exp(-12 * since_last(lands, time)) if since_last(lands, time) < 1 else 0.0
        squash = 1 - 0.16 * give + (0.05 if up > 0 else 0.0)
        lift = -0.12 * math.cos(math.pi * since / air) if up > 0 else 0.0
        return State(
            position=(prop.x, y * squash + up, prop.z),
            squash=squash,
            facing=way,
            angle=prop.way * -lift,
            part=0.25 if up else 0.0,
        )

    landed = [replace(prop.contact(t, "land", (prop.x, 0.0, prop.z), speed), size=0.4) for t in lands if t < prop.end]
    return _staged(prop, at, landed + _voices(prop, at, [t + 0.02 for t in starts[::2]]))


def _voice(prop: Prop) -> Staged:
    """It gives voice: puffs up and leans at each call."""
    assert prop.cutout is not None
    y, way = _home(prop), 0.85 * _way(prop)
    times = hits(prop, least=0.7, most=1.2)

    def at(time: float) -> State:
        since = since_last(times, time)
        puff = math.sin(math.pi * since / 0.3) if since < 0.3 else 0.0
        return State(
            position=(prop.x, y * (1 + 0.05 * puff), prop.z),
            squash=1 + 0.05 * puff,
            facing=way,
            angle=prop.way * 0.08 * puff,
            part=0.0,
        )

    calls = _voices(prop, at, times) or [
        prop.contact(t, "hit", (prop.x, y, prop.z), 1.6, other=prop.name, other_material=prop.material) for t in times
    ]
    return _staged(prop, at, calls)


def _rise(prop: Prop) -> Staged:
    """Slowly upward, swaying a little."""
    y, length, phase = _home(prop), prop.end - prop.start, prop.chance.uniform(0, math.tau)
    rise = prop.chance.uniform(0.5, 0.8)

    def at(time: float) -> State:
        u = (time - prop.start) / length
        sway = 0.08 * math.sin(1.4 * time + phase)
        return State(
            position=(prop.x + sway, y + rise * smooth(u), prop.z),
            angle=-0.5 * sway,
            facing=_way(prop),
            part=(_beat(prop) * time) % 1.0,
        )

    return _staged(prop, at, _lasting(prop, at))


def _descend(prop: Prop) -> Staged:
    """Down to the floor as a leaf or a bird comes down."""
    high, low, length = _home(prop) + 0.9, prop.size[1] / 2, prop.end - prop.start

    def at(time: float) -> State:
        u = min(1.0, (time - prop.start) / (0.8 * length))
        sway = 0.2 * (1 - u) * math.sin(4.2 * u * math.pi)
        return State(
            position=(prop.x + sway, high + (low - high) * smooth(u), prop.z),
            angle=0.6 * sway,
            facing=_way(prop),
            part=(_beat(prop) * time) % 1.0 * (u < 1),
        )

    landed = [prop.contact(prop.start + 0.8 * length, "drop", (prop.x, 0.0, prop.z), 0.5)]
    return _staged(prop, at, landed + _voices(prop, at))


def _spin(prop: Prop) -> Staged:
    """Round its upright axis, as paper does: it gets narrow and wide again."""
    y, turns = _home(prop), 0.45 * prop.pace

    def at(time: float) -> State:
        return State(
            position=(prop.x, y, prop.z),
            facing=math.cos(math.tau * turns * (time - prop.start)) * (prop.way if _way(prop) else 1.0),
            part=0.0,
            angle=0.0,
        )

    return _staged(prop, at, _voices(prop, at))


def _nod(prop: Prop) -> Staged:
    """It eats or drinks: dips forward again and again."""
    y, way = _home(prop), 0.9 * _way(prop)

    def at(time: float) -> State:
        dip = max(0.0, math.sin(math.tau * 0.9 * (time - prop.start)))
        return State(position=(prop.x, y, prop.z), facing=way, angle=-prop.way * 0.16 * dip)

    return _staged(prop, at, _voices(prop, at))


FOLDS = ("robot",)
"""Drawings with knees that bend; any other that goes down is pressed flatter."""


def _crouch(prop: Prop) -> Staged:
    """It goes down: sits, kneels or lies."""
    y, way, when = _home(prop), 0.85 * _way(prop), prop.start + 0.25 * (prop.end - prop.start)
    folds = prop.cutout is not None and prop.cutout.name in FOLDS

    def at(time: float) -> State:
        down = smooth((time - when) / 0.7)
        if folds:
            return State(position=(prop.x, y, prop.z), facing=way, part=-down)
        squash = 1 - 0.26 * down
        return State(position=(prop.x, y * squash, prop.z), squash=squash, facing=way)

    return _staged(prop, at, _voices(prop, at))


def _pour(prop: Prop) -> Staged:
    """It is lifted, tilted and pours."""
    y, when, length = _home(prop), prop.start + 0.2 * (prop.end - prop.start), prop.end - prop.start

    def at(time: float) -> State:
        tip = smooth((time - when) / 0.8) * (1 - smooth((time - when - 0.55 * length) / 0.6))
        return State(position=(prop.x, y + 0.35 * tip, prop.z), angle=-prop.way * 0.9 * tip, facing=0.0)

    times = [when + 0.7 + 0.25 * k for k in range(max(1, int(0.45 * length / 0.25)))]
    return _staged(
        prop,
        at,
        [
            prop.contact(t, "pour", at(t).position, 1.0, other=prop.name, other_material="glass")
            for t in times
            if t < prop.end
        ],
    )


def _strike(prop: Prop) -> Staged:
    """It lunges forward and back."""
    y, way, times = _home(prop), _way(prop), hits(prop, least=0.9, most=1.4)

    def at(time: float) -> State:
        ahead = [t - time for t in times if t >= time]
        lunge = max(
            math.exp(-60 * min(ahead) ** 2) if ahead else 0.0,
            math.exp(-14 * since_last(times, time) ** 2) if times and time >= times[0] else 0.0,
        )
        return State(position=(prop.x + prop.way * 0.28 * lunge, y, prop.z), facing=way, angle=-prop.way * 0.22 * lunge)

    blows = [
        prop.contact(
            t,
            "hit",
            (prop.x + prop.way * (0.28 + prop.size[0] / 2), y, prop.z),
            2.0,
            other=prop.name,
            other_material=prop.material,
        )
        for t in times
    ]
    return _staged(prop, at, blows + _voices(prop, at, times[::2]))


def _catch(prop: Prop) -> Staged:
    """One leap upward at the middle of the shot."""
    return _jump(replace(prop, count=1, start=prop.start + 0.25 * (prop.end - prop.start)))
