"""Deeds that pass by the cast or take it along: a crowd, a stair, a train, a flock, vehicles in bends, what slows."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from phonofilm.theatre import light
from phonofilm.theatre.lexicon import cutouts
from phonofilm.theatre.lexicon.cutout_table import ALIVE
from phonofilm.theatre.lexicon.repertoire import COLOURS
from phonofilm.theatre.moves.footwork import smooth
from phonofilm.theatre.play import RGB, STAGE, Phoneme, State
from phonofilm.theatre.reading import deeds
from phonofilm.theatre.reading.deeds import Deed
from phonofilm.theatre.reading.plan import actor_name
from phonofilm.theatre.stage.stagehand import Scene
from phonofilm.theatre.stage.trails import vehicle

_WET = ("water", "underwater", "pool", "beach", "waterfall", "space")
GONE = 0.7
"""Share of its shot after which what passes is out of the picture."""
BEND = (1.1, 4.4)
"""Metres from a hairpin's middle to its outermost point, and from its near lane to its far one."""
_FOLDED = ("parrot", "duck", "swan", "goose", "flamingo", "peacock", "owl")
"""Birds whose drawing keeps its wings folded."""


def _crowd(s: Scene, deed: Deed) -> None:
    """People who walk by behind, against whoever goes on before them."""
    against = -s.way if re.search(r"against|逆", deed.word + deed.said) else s.way
    for k in range(4):
        s.staged.append(replace(s.passer(k, against * (-1.5 + 1.25 * k), against, 0.6 + 0.4 * (k % 3)), aside=True))


def _climb(s: Scene, deed: Deed) -> None:
    """Up or down a stair, and with them whoever walks by."""
    p = s.first(deed.of, people=True)
    if p is None:
        return
    own = s.staged[p].actor.at
    down = re.search(r"\bdown|下", deed.word) is not None
    wide, rise = 5.2, 2.6
    slope, way = rise / wide, s.way * (-1.0 if down else 1.0)
    running = abs(own(s.at(0.6)).position[0] - own(s.at(0.4)).position[0]) > 1.2 * 0.2 * s.length
    span = 2.4 if running else 1.5
    height = lambda x: max(0.0, min(rise, (x * way + wide / 2) * slope))  # noqa: E731
    tall = s.staged[p].actor.size[1]

    def lifted(at: Callable[[float], State], x: Callable[[float], float] | None = None) -> Callable[[float], State]:
        def moved(time: float) -> State:
            state = at(time)
            px = state.position[0] if x is None else x(time)
            return replace(
                state, position=(px, state.position[1] + height(px), state.position[2]), visible=abs(px) < wide / 2
            )

        return moved

    def across(time: float) -> float:
        return s.way * span * ((time - s.start) / s.length - 0.5)

    crowd = [n for n, piece in enumerate(s.staged) if piece.actor.name.startswith("passer")]
    for n in crowd:

        def near(
            time: float, at: Callable[[float], State] = s.staged[n].actor.at, z: float = STAGE + 0.06 + 0.02 * n
        ) -> State:
            state = at(time)
            return replace(state, position=(*state.position[:2], z))

        s.change(n, lifted(near), follow=None)
    turned = lambda time: replace(own(time), facing=s.way)  # noqa: E731
    s.change(
        p,
        lifted(turned, across),
        box=(-span / 2 - 0.3, span / 2 + 0.3, 0.0, height(span / 2 * way) + 1.05 * tall),
        follow=across,
        contacts=[
            replace(one, position=(across(one.time), height(across(one.time)), STAGE)) for one in s.staged[p].contacts
        ],
    )
    moving = 1.0 if re.search(r"escalator|扶梯|エスカレーター|에스컬레이터", deed.word) else 0.0
    s.trace(
        "stairs",
        (0.5, 0.5, 0.55),
        (wide, rise),
        lambda time: State(position=(0.0, rise / 2 - 0.02, STAGE + 0.3), facing=way, part=moving),
    )


def _pass(s: Scene, deed: Deed) -> None:
    """A vehicle rushes through the picture behind the cast."""
    n = s.find(deed.of)
    if n is None or s.staged[n].actor.look is not None:
        n = next(
            (
                n
                for n, piece in enumerate(s.staged)
                if piece.actor.kind == "car"
                or (piece.actor.cutout is not None and piece.actor.cutout.nature.move == "drive")
            ),
            None,
        )
    if n is None:
        return
    actor = s.staged[n].actor
    rails = actor.cutout is not None and actor.cutout.nature.voice == "train"
    w, h = (16.0, 1.95) if rails else actor.size[:2]
    go, stop = s.at(0.06), s.at(GONE)
    if s.spoken and deeds.first_passes(s.plan):
        stop = min(stop, max(s.at(0.3), min(time for times in s.spoken.values() for time in times)))
    far = w / 2 + (3.4 if rails else 5.0)
    own = actor.at
    z = STAGE + (3.2 if rails else 1.6)

    def x(time: float) -> float:
        return -s.way * far + 2 * s.way * far * (time - go) / (stop - go)

    def at(time: float) -> State:
        state = own(time)
        return replace(
            state,
            position=(x(time), h / 2 + 0.01 * math.sin(31 * time), z),
            facing=s.way,
            angle=0.0,
            part=(2.0 * time) % 1.0,
            visible=go - 0.1 < time < stop + 0.1,
        )

    if rails:
        told = replace(
            actor,
            cutout=cutouts.cutout("train", actor.kind),
            colour=light.mix(actor.colour, (0.80, 0.82, 0.86), 0.35),
            size=(w, h, 0.3),
        )
        s.staged[n] = replace(s.staged[n], actor=told)
    s.change(n, at, aside=True, follow=None, contacts=[])
    s.sound(n, "train" if rails else "engine", [go + 0.25 * k for k in range(int((stop - go) / 0.25) + 1)], 2.6)


def said_after(lines: Sequence[Sequence[Phoneme]], start: float, end: float) -> float:
    """When lines may begin that are said after something has passed: when it is gone, or as soon as there is time for
    all of them."""
    return min(start + GONE * (end - start), end - sum(line[-1].end + 0.25 for line in lines if line))


def _flock(s: Scene, deed: Deed) -> None:
    """Many of a kind that cross the picture together."""
    found = [
        n
        for n, piece in enumerate(s.staged)
        if piece.actor.cutout is not None and piece.actor.cutout.nature.move in ALIVE
    ]
    kinds = [s.staged[n].actor.kind for n in found]
    if not kinds:
        return
    kind = max(kinds, key=kinds.count)
    found = [n for n in found if s.staged[n].actor.kind == kind]
    model = s.staged[found[0]].actor
    assert model.cutout is not None
    aloft = model.cutout.nature.move in ("fly", "swim")
    grown = 1.35 if model.size[1] < 0.6 else 1.0
    w, h = model.size[0] * grown, model.size[1] * grown
    many = 8 if h < 1.0 else 5
    reach = 3.1 + 0.6 * many * w / 4
    beat = 2.6 if h < 0.6 else 1.6
    high = 2.9 if "aerial" in s.plan.framings else 1.55  # from the air what flies is seen before the sky
    for k in range(many):
        row, side = (k + 1) // 2, 1 if k % 2 else -1
        back, up = 0.75 * row * max(0.6, w), side * 0.30 * row * max(0.5, h) if aloft else 0.0
        z = STAGE + (0.25 * side * row if aloft else 0.35 * k)

        def at(time: float, k: int = k, back: float = back, up: float = up, z: float = z) -> State:
            u = (time - s.start) / s.length
            phase = beat * time + 0.37 * k
            x = s.way * (-reach + (2 * reach + 2.6) * u - back)
            y = (
                high + up + 0.10 * math.sin(3.1 * time + k) + 0.3 * u
                if aloft
                else h / 2 + 0.02 * h * abs(math.sin(math.tau * phase))
            )
            return State(position=(x, y, z), facing=s.way, angle=0.05 * math.sin(math.tau * phase), part=phase % 1.0)

        if k < len(found):
            s.change(
                found[k],
                at,
                size=(w, h, 0.2),
                follow=None,
                box=(-1.9, 1.9, 0.0, 2.5 if aloft else 1.3 * h),
                aside=False,
            )
        else:
            s.add(kind, model.cutout, model.colour, (w, h), at, tint=model.tint)
        if aloft and kind in _FOLDED:

            def flap(time: float, at: Callable[[float], State] = at) -> State:
                state = at(time)
                x, y, z = state.position
                return State(
                    position=(x - 0.05 * w * s.way, y + 0.16 * h, z - 0.01),
                    part=0.55 + 0.45 * math.sin(math.tau * state.part),
                )

            s.trace("wings", light.darker(model.colour, 0.14), (2.3 * h, 0.9 * h), flap)


def _carve(s: Scene, deed: Deed) -> None:
    """A vehicle takes a bend: away along the far side, round, and back towards us; without a bend it speeds through."""
    n = s.find(deed.of)
    if n is None or not vehicle(s.staged[n].actor):
        n = next((n for n, piece in enumerate(s.staged) if vehicle(piece.actor)), None)
    if n is None or s.plan.close:
        return
    actor, own = s.staged[n].actor, s.staged[n].actor.at
    w, h = actor.size[:2]
    bend = (
        re.search(r"hairpin|bend|curve|corner|switchback|serpentine|turn|drift|弯|カーブ|曲が", deed.said) is not None
    )
    wheel = 0.19 * h

    def place(u: float) -> tuple[float, float, float]:
        if not bend:
            return s.way * (-3.4 + 6.8 * u), STAGE, s.way
        # Along the far lane, round, and back along the near one; ``lands`` draws the road under it.
        if u < 0.42:
            return s.way * (-2.6 + 3.4 * u / 0.42), STAGE + BEND[1], s.way
        if u < 0.68:
            turned = math.pi * (u - 0.42) / 0.26
            return (
                s.way * (0.8 + BEND[0] * math.sin(turned)),
                STAGE + BEND[1] / 2 * (1 + math.cos(turned)),
                s.way * math.cos(turned),
            )
        return s.way * (0.8 - 3.0 * (u - 0.68) / 0.32), STAGE, -s.way

    def at(time: float) -> State:
        x, z, facing = place(min(1.0, max(0.0, (time - s.start) / s.length)))
        return replace(
            own(time),
            position=(x, h / 2 + 0.006 * math.sin(23 * time), z),
            facing=facing,
            part=(4.0 * (time - s.start) / (math.tau * wheel)) % 1.0,
            angle=0.0,
        )

    s.change(
        n,
        at,
        follow=None if bend else (lambda time: at(time).position[0]),
        box=(-1.9 - w / 4, 1.9 + w / 4, 0.0, 1.5 * h),
        contacts=[],
    )
    s.sound(n, "engine", [s.at(k / 8) for k in range(8)], 2.0)


def _halt(s: Scene, deed: Deed) -> None:
    """A vehicle that comes in and stops."""
    n = next((n for n, piece in enumerate(s.staged) if vehicle(piece.actor)), None)
    if n is None:
        return
    actor, own = s.staged[n].actor, s.staged[n].actor.at
    h = actor.size[1]
    x0, wheel, took = own(s.end).position[0], 0.19 * actor.size[1], 0.62 * s.length

    def at(time: float) -> State:
        left = (1 - min(1.0, (time - s.start) / took)) ** 2
        dip = (
            0.02 * math.exp(-4 * (time - s.start - took)) * math.sin(12 * (time - s.start - took))
            if time > s.start + took
            else -0.012 * (1 - left)
        )
        state = own(time)
        return replace(
            state,
            position=(x0 - s.way * 3.6 * left, h / 2, state.position[2]),
            facing=s.way,
            angle=s.way * dip,
            part=(-3.6 * left / (math.tau * wheel)) % 1.0,
        )

    s.change(n, at, follow=None, box=(x0 - 0.55 * actor.size[0], x0 + 0.55 * actor.size[0], 0.0, 1.4 * h), contacts=[])
    s.sound(n, "engine", [s.at(k / 6) for k in range(4)], 1.4)


def _drop_in(s: Scene, deed: Deed) -> None:
    """A rider who comes down the face of a wave or a slope, along it, and off its lip."""
    p = s.first(deed.of, people=True)
    m = next(
        (n for n, piece in enumerate(s.staged) if piece.actor.kind in ("surfboard", "skis", "snowboard", "skateboard")),
        None,
    )
    if p is None or m is None:
        return
    leap = s.at(0.74)

    def path(time: float) -> tuple[float, float, float]:
        """(x, height, tilt)"""
        u = (time - s.start) / s.length
        x = s.way * (-1.5 + 2.9 * u)
        if time < leap:
            v = min(1.0, u / 0.34)
            return x, 1.15 * (1 - smooth(v)), -s.way * 0.50 * math.sin(math.pi * v)
        v = (time - leap) / (s.end - leap)
        return x, 1.25 * math.sin(math.pi * 0.62 * v), s.way * 0.55 * math.cos(math.pi * 0.62 * v)

    def moved(at: Callable[[float], State]) -> Callable[[float], State]:
        base = at(s.at(0.5))

        def ridden(time: float) -> State:
            state = at(time)
            x, up, tilt = path(time)
            above = state.position[1]
            return replace(
                state,
                position=(
                    x - math.sin(tilt) * above * (0.6 if state.pose is not None else 0.0),
                    above + up,
                    base.position[2] if state.pose is None else state.position[2],
                ),
                angle=tilt,
            )

        return ridden

    tall = s.staged[p].actor.size[1]
    for n in (p, m):
        s.change(
            n, moved(s.staged[n].actor.at), follow=lambda time: path(time)[0], box=(-1.9, 1.9, 0.0, 1.15 + 1.1 * tall)
        )
    foam: RGB = (0.96, 0.98, 1.0) if s.plan.place in ("water", "pool", "beach") else (0.94, 0.95, 0.98)
    s.trace(
        "spray",
        foam,
        (1.5, 0.8),
        lambda time: State(
            position=(path(time)[0] - s.way * 0.8, path(time)[1] * 0.7 + 0.35, STAGE - 0.12), facing=s.way
        ),
    )
    s.sound(m, "splash", [s.at(0.34), leap], 2.4)


def _out_of(s: Scene, deed: Deed) -> None:
    """Somebody in the open window of a tram, a train, a bus or a car, seen from outside."""
    p = s.first(deed.of, people=True)
    if p is None:
        return
    actor, own = s.staged[p].actor, s.staged[p].actor.at
    wide, tall = 5.4, 2.5
    x0 = own(s.start).position[0]
    head = 0.865 * actor.size[1]
    lift = 1.66 - head + 0.02
    ink = next((COLOURS[name] for name in COLOURS if re.search(rf"\b{name}\b", deed.said)), (0.72, 0.20, 0.20))

    def at(time: float) -> State:
        state = own(time)
        return replace(
            state,
            position=(x0, state.position[1] + lift, STAGE + 0.06),
            facing=math.copysign(0.42, state.facing or s.way),
            angle=-math.copysign(0.10, state.facing or s.way),
        )

    s.change(p, at, follow=None, box=(x0 - 1.1, x0 + 1.1, 0.0, 2.35))
    s.trace("carriage", ink, (wide, tall), lambda time: State(position=(x0, tall / 2, STAGE)))
    for n, piece in enumerate(s.staged):
        if n != p and piece.actor.look is not None:
            stand = piece.actor.at
            side = math.copysign(1.0, stand(s.start).position[0] - x0 or s.way)
            s.change(
                n,
                lambda time, stand=stand, side=side: replace(
                    stand(time), position=(x0 + 1.25 * side, 0.0, STAGE - 0.5), facing=-side * 0.5
                ),
                box=(min(x0, x0 + 1.6 * side), max(x0, x0 + 1.6 * side), 0.0, 1.8),
                follow=None,
            )


def _stranded(s: Scene) -> None:
    """Fish out of the water lie on a stall."""
    for n, piece in enumerate(s.staged):
        actor = piece.actor
        if (
            actor.cutout is not None
            and actor.cutout.nature.move == "swim"
            and actor.cutout.nature.height < 0.6
            and not any(deed.kind in ("mouth", "flock") for deed in s.plan.deeds)
        ):
            share = min(1.0, 0.34 / actor.size[1])
            w, h = actor.size[0] * share, actor.size[1] * share
            x = actor.at(s.start).position[0]
            s.block(x, STAGE + 0.05, w + 0.5, 0.34, (0.56, 0.40, 0.27))
            side = actor.at(s.start).facing
            s.change(
                n,
                lambda time, x=x, h=h, side=side: State(
                    position=(x, 0.34 + 0.40 * h, STAGE), facing=side, angle=0.06 * math.sin(9 * time)
                ),
                size=(w, h, 0.1),
                contacts=[],
                box=(x - w / 2 - 0.25, x + w / 2 + 0.25, 0.0, 0.34 + h),
            )


def settle(s: Scene) -> None:
    """Whatever deeds there are: a fish out of the water lies on a stall, a bird that is only named flies over those the
    shot is about."""
    if s.plan.place not in _WET:
        _stranded(s)
    ground = [
        piece
        for piece in s.staged
        if not piece.aside
        and (piece.actor.cutout is None or piece.actor.cutout.nature.move not in ("fly", "float"))
        and piece.actor.kind != "bird"
    ]
    perched = {
        actor_name(role)
        for deed in s.plan.deeds
        if deed.kind == "perch"
        for role in (deed.of, deed.on)
        if role is not None
    }
    idle = {
        actor_name(turn.role)
        for turn in s.plan.turns
        if turn.spoken is None and turn.family is None and turn.subject is None and turn.hand is None
    }
    for k, (n, piece) in enumerate(
        [
            (n, one)
            for n, one in enumerate(s.staged)
            if one.actor.name in idle - perched and one.actor.cutout is not None
        ]
    ):
        actor = piece.actor
        if (
            not ground
            or actor.cutout is None
            or actor.cutout.nature.move != "fly"
            or actor.material != "skin"
            or actor.size[1] > 0.8
        ):
            continue
        follow = ground[0].follow if s.plan.camera == "track" else None
        high = 0.92 * max(one.box[3] for one in ground)

        def over(
            time: float, k: int = k, follow: Callable[[float], float] | None = follow, high: float = high
        ) -> State:
            u = (time - s.start) / s.length
            base = follow(time) if follow is not None else 0.0
            return State(
                position=(
                    base + s.way * (-1.9 + 3.2 * u - 0.5 * k),
                    high + 0.12 * math.sin(2.4 * time + k) + 0.3 * k,
                    STAGE + 1.0,
                ),
                facing=s.way,
                part=(3.0 * time + 0.4 * k) % 1.0,
            )

        s.change(n, over, aside=True, follow=None)
        for more in (1, 2) if actor.cutout.word.endswith("s") else ():
            s.add(
                actor.kind,
                actor.cutout,
                actor.colour,
                (0.85 * actor.size[0], 0.85 * actor.size[1]),
                lambda time, more=more, over=over: over(time, more),
                tint=actor.tint,
            )


DEEDS: dict[str, Callable[[Scene, Deed], None]] = {
    "crowd": _crowd, "climb": _climb, "pass": _pass,
    "flock": _flock, "carve": _carve, "halt": _halt, "dropin": _drop_in, "outof": _out_of,
}  # fmt: skip
