"""Deeds of hands staged: dunking, biting, pouring, slicing, snatching."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import replace

from phonofilm.theatre.lexicon import cutouts
from phonofilm.theatre.lexicon.cutouts import Cutout
from phonofilm.theatre.moves import acting, playing
from phonofilm.theatre.moves.acting import Player
from phonofilm.theatre.moves.footwork import smooth
from phonofilm.theatre.moves.physics import GRAVITY
from phonofilm.theatre.moves.wardrobe import Staged, between
from phonofilm.theatre.paper import puppetry
from phonofilm.theatre.play import STAGE, XY, XYZ, Actor, State
from phonofilm.theatre.reading import deeds
from phonofilm.theatre.reading.deeds import Deed
from phonofilm.theatre.stage.stagehand import VESSELS, Scene, handed, mouth


def _dunk(s: Scene, deed: Deed) -> None:
    """Run, leap, the ball into the ring from above, through the net and down to the floor."""
    p, b = (
        s.first(deed.of, people=True),
        next((n for n, piece in enumerate(s.staged) if piece.actor.kind in ("ball", "basketball")), None),
    )
    g = next((n for n, piece in enumerate(s.staged) if piece.actor.kind == "hoop"), None)
    if p is None or b is None:
        return
    actor, way = s.staged[p].actor, s.way
    assert actor.look is not None
    h = actor.look.height
    tall = 1.75 * h
    rim_y, rim_x = 1.36 * h, way * 0.95
    up, down = (
        (s.at(0.20), s.at(0.78)) if s.plan.slow > 1 else (s.at(0.34), s.at(0.62))
    )  # in slow motion it is the leap that the shot is of
    hit = (up + down) / 2
    peak = rim_y + 0.10 - 1.02 * h
    if g is not None:
        _ring(s, g, (rim_x, rim_y), tall, hit)
    stand = rim_x - way * 0.34 * h
    player = Player(
        name=actor.name,
        colour_name=actor.colour_name,
        look=actor.look,
        start=s.start,
        end=s.end,
        x=0.0,
        z=STAGE,
        ground=s.ground,
        chance=random.Random(s.seed),
        way=way,
        action="run",
        roam=True,
    )
    runner = acting.act(player, None)[0]
    speed = 2.3 / max(0.6, up - s.start)

    def x_at(time: float) -> float:
        if time <= up:
            return stand - way * (0.55 + speed * (up - time))
        return stand - way * 0.55 * (1 - smooth((time - up) / (hit - up)))

    gait = runner.actor.at

    def body(time: float) -> State:
        u = (time - up) / (down - up)
        state = gait(s.start + (time - s.start) if time < up else up - 0.12)
        rise = peak * max(0.0, 4 * u * (1 - u)) ** 0.8 if 0 < u < 1 else 0.0
        return replace(state, position=(x_at(min(time, down)), rise, STAGE), facing=way, angle=-way * 0.10 * (rise > 0))

    def near(time: float) -> XY | None:
        if time < up - 0.25:
            bounce = abs(math.sin(5.2 * (time - s.start)))
            return 0.20 * h, (0.46 + 0.10 * bounce) * h
        if time < down + 0.1:
            lift = smooth((time - up + 0.25) / max(0.1, hit - up))
            slam = smooth((time - hit + 0.06) / 0.14)
            return (0.14 + 0.16 * slam) * h, (0.55 + 0.62 * lift - 0.16 * slam) * h
        return None

    dunker = handed(body, h, near, lambda time: (-0.10 * h, 0.92 * h) if up < time < down else None)
    box = (min(x_at(s.start + 0.4), rim_x) - 0.3, max(x_at(s.start + 0.4), rim_x) + 0.3, 0.0, rim_y + 0.30 * h)
    landed = [player.contact(down, "land", (stand, 0.0, STAGE), 3.0, size=0.4)]
    steps = [replace(c, position=(x_at(c.time), 0.0, STAGE)) for c in runner.contacts if c.time < up]
    s.change(p, dunker, contacts=[*steps, *landed], box=box, follow=lambda time: x_at(min(time, down)))
    r = 0.14 * h
    fall = math.sqrt(2 * (rim_y - r) / GRAVITY)

    def flight(time: float) -> State:
        if time < hit:
            state = dunker(time)
            hx, hy = playing.hand(state, h)
            if time < up - 0.25:
                drop = abs(math.cos(5.2 * (time - s.start)))
                return State(
                    position=(hx + way * 0.04, r / 2 + (hy - r) * (1 - drop * drop * 0.8), STAGE - 0.1),
                    angle=-3 * way * time,
                )
            return State(position=(hx + way * 0.03, hy + 0.05 * h, STAGE - 0.1), angle=-3 * way * time)
        t = time - hit
        x = rim_x
        if t < fall:
            return State(position=(x, max(r / 2, rim_y - GRAVITY * t * t / 2), STAGE + 0.05), angle=-3 * way * hit)
        t -= fall
        v, y = 0.62 * GRAVITY * fall, 0.0
        while t > 2 * v / GRAVITY and v > 0.6:
            t, v = t - 2 * v / GRAVITY, 0.62 * v
        y = max(0.0, v * t - GRAVITY * t * t / 2) if v > 0.6 else 0.0
        return State(
            position=(x - way * 0.15 * min(1.0, time - hit - fall), r / 2 + y, STAGE - 0.1), angle=-3 * way * time
        )

    s.change(b, flight, size=(r, r, r), contacts=[], box=box)
    s.sound(b, "bounce", [s.at(0.08), s.at(0.20), hit + fall, hit + fall + 1.24 * fall], 3.0)
    s.sound(p, "whoosh", [up])
    s.sound(b, "hit", [hit], 3.2)


def _ring(s: Scene, g: int, rim: XY, tall: float, hit: float) -> None:
    """Put the hoop, ``tall`` metres in all, where its ring is at ``rim``; it shakes when it is hit."""
    (rim_x, rim_y), way = rim, s.way
    # The ring of the drawing lies at (-0.28, 0.245) of its box, or mirrored.
    size = (0.46 * tall, tall, 0.3)
    centre = (rim_x + way * 0.28 * size[0], rim_y - 0.245 * tall, STAGE + 0.12)
    shake = lambda time: 0.02 * math.sin(40 * (time - hit)) * math.exp(-5 * (time - hit)) if time > hit else 0.0  # noqa: E731
    s.change(
        g,
        lambda time: State(position=centre, facing=-way, angle=shake(time)),
        size=size,
        box=(centre[0] - 0.3, centre[0] + 0.5, 0.0, rim_y + 0.3 * tall),
        aside=False,
    )


def _mouth(s: Scene, deed: Deed) -> None:
    """A thing in an animal's mouth, wherever that goes."""
    a = s.first(deed.of, deed.on, alive=True)
    others = [
        n
        for n, piece in enumerate(s.staged)
        if n != a and piece.actor.look is None and not piece.aside and piece.actor.size[1] < 2.0
    ]
    if a is None:
        return
    able = [
        n
        for n in (a, *others)
        if (cutout := s.staged[n].actor.cutout) is not None and cutout.nature.move in ("walk", "hop", "crawl", "fly")
    ]
    if able and a not in able:
        others, a = [n if n != able[0] else a for n in others], able[0]  # the cat has the fish, whatever was named last
    if others:
        _bitten(s, a, others[0])


def _bitten(s: Scene, a: int, n: int, since: float = -1.0) -> None:
    holder, thing, before = s.staged[a].actor, s.staged[n].actor, s.staged[n].actor.at
    share = min(1.0, 0.48 * holder.size[1] / max(thing.size[:2]))
    size = (thing.size[0] * share, thing.size[1] * share, thing.size[2] * share)

    def at(time: float) -> State:
        if time < since - 0.25:
            return before(time)
        state = holder.at(time)
        x, y, z = mouth(holder, state)
        ahead = math.copysign(1.0, state.facing or 1.0)
        bitten = State(
            position=(x, y - 0.10 * size[1], z - 0.08), facing=-ahead, angle=0.12 * ahead * math.sin(7 * time)
        )
        return bitten if time >= since else between(before(time), bitten, smooth((time - since + 0.25) / 0.25))

    s.change(n, at, size=size if since < 0 else thing.size, box=s.staged[a].box, follow=None)
    s.staged[n] = replace(s.staged[n], contacts=[one for one in s.staged[n].contacts if one.time < since])


Box = tuple[float, float, float, float]
_HEAPED = ("steaming-bowl", "bowl-with-spoon", "pot-of-food")
"""Vessels whose drawing shows what is in them above their rim, which is half way up."""


def _at_a_table(
    s: Scene, pourer: int, t: int, begin: float, over: float, way: float
) -> tuple[Callable[[float], XYZ], float, float, float]:
    """Somebody holds a vessel over the thing ``t``, which stands on a block of its own: (where the vessel is, x of the
    thing, its middle, its height)."""
    target = s.staged[t].actor
    holder = s.staged[pourer].actor
    assert holder.look is not None
    h = holder.look.height
    top, high = 0.40 * h, 0.13 * h
    high *= 1.5 if target.kind == "dripper" else 1.0
    size = (target.size[0] * high / target.size[1], high, high)
    lift = lambda time: smooth((time - s.start) / max(0.1, begin - s.start))  # noqa: E731
    s.change(
        pourer,
        handed(
            holder.at, h, lambda time: (0.25 * h, (0.56 + 0.07 * lift(time)) * h), lambda time: (0.22 * h, 0.45 * h)
        ),
    )
    grip = s.staged[pourer].actor.at

    def hold(time: float) -> XYZ:
        hx, hy = playing.hand(grip(time), h)
        return hx + way * 0.05 * h, hy + 0.03 * h, STAGE - 0.12

    place = hold(s.at(0.5))[0] + over
    s.block(place, STAGE + 0.02, 0.62 * h, top, (0.52, 0.36, 0.24))
    s.change(
        t,
        lambda time: State(position=(place, top + high / 2, STAGE - 0.06)),
        size=size,
        box=(place - 0.3 * h, place + 0.3 * h, 0.0, top + high),
        contacts=[],
    )
    return hold, place, top + high / 2, high


def _vessel(s: Scene, jug: Callable[[float], State], drawn: Cutout, size: XYZ, box: Box, bottled: bool) -> None:
    """The bottle or the pot that is poured from."""
    kind, colour, material = (
        ("bottle", (0.20, 0.42, 0.26), "glass") if bottled else ("teapot", (0.45, 0.47, 0.52), "metal")
    )
    s.staged.append(
        Staged(
            actor=Actor(
                name=f"{kind}-{90 + len(s.staged)}",
                kind=kind,
                colour_name="green" if bottled else "grey",
                colour=colour,
                size=size,
                material=material,
                at=jug,
                cutout=None if bottled else drawn,
                tint=None if bottled else (0.42, 0.44, 0.50),
            ),
            box=box,
        )
    )


def _pour(s: Scene, deed: Deed) -> None:
    """A vessel tilts over another one and its liquid runs into it."""
    p = s.find(deed.of)
    pourer = p if p is not None and s.staged[p].actor.look is not None else None
    wanted = (deed.on,) if pourer is not None else (deed.on, deed.of)
    t = next((n for n, piece in enumerate(s.staged) if piece.actor.kind in VESSELS and piece.actor.look is None), None)
    t = t if t is not None else s.first(*wanted, people=False, small=True)
    if t is None:
        return
    ink = deeds.liquid(deed.said)
    target = s.staged[t].actor
    begin, stop = s.at(0.12), s.at(0.92 if s.length < 3.5 or pourer is not None else 0.62)
    bottled = (
        re.search(r"\b(?:wine|whisk\w*|beer|champagne|oil|vodka|rum|sake)\b|酒|ワイン|ビール|醤油", deed.said)
        is not None
    )
    vessel = cutouts.cutout("teapot", "teapot")
    vessel = replace(vessel, nature=vessel.nature._replace(faces=-1.0))  # the drawing's spout is on its left
    tilt = 1.95 if bottled else 0.85
    way = s.way if pourer is None else math.copysign(1.0, s.staged[pourer].actor.at(s.start).facing or s.way)
    pot = 0.9 * min(0.5, target.size[1])
    if pourer is not None and s.staged[pourer].actor.look is not None:
        pot = 0.16 * s.staged[pourer].actor.look.height  # type: ignore[union-attr]
    pot_size = (0.34 * pot * 1.3, 1.3 * pot, pot) if bottled else (pot * vessel.aspect, pot, pot)
    # Where what is poured leaves it, in shares of its box: a bottle's neck, the end of the drawing's spout.
    lip_x, lip_y = (0.0, 0.5) if bottled else (0.47, 0.25)

    def spout(angle: float) -> XY:
        """From the middle of the vessel to its mouth."""
        dx, dy = way * lip_x * pot_size[0], lip_y * pot_size[1]
        return dx * math.cos(angle) - dy * math.sin(angle), dx * math.sin(angle) + dy * math.cos(angle)

    over_x, over_y = spout(-way * tilt)
    if pourer is not None:
        hold, place, middle, high = _at_a_table(s, pourer, t, begin, over_x, way)
    else:
        place, middle, high = *target.at(s.start).position[:2], target.size[1]

        def hold(time: float) -> XYZ:
            away = smooth((time - stop - 0.1) / 0.6)
            return place - over_x - way * 0.9 * away, middle + 0.5 * high - over_y + 0.16 + 0.3 * away, STAGE - 0.05

    mouth_y = middle + (0.0 if target.kind in _HEAPED else 0.40) * high

    def jug(time: float) -> State:
        tip = smooth((time - begin + 0.2) / 0.4) * (1 - smooth((time - stop) / 0.4))
        return State(position=hold(time), angle=-way * tilt * tip, facing=way)

    box = (place - 0.2, place + 0.2, 0.0, hold(s.at(0.5))[1] + (0.5 if pourer is not None else 0.3) * pot)
    _vessel(s, jug, vessel, pot_size, box, bottled)
    long = max(0.06, hold(s.at(0.5))[1] + over_y - mouth_y)

    def stream(time: float) -> State:
        x, y, _ = hold(time)
        return State(
            position=(x + over_x, y + over_y - long / 2, STAGE - 0.13),
            part=(time - begin) / 0.25,
            visible=begin < time < stop + 0.05,
        )

    s.trace("stream", ink, (max(0.05, 0.16 * pot), long), stream)
    s.sound(t, "pour", [begin + 0.3 * k for k in range(int(max(1, (stop - begin) / 0.3)))], 1.0)


def _on_a_board(s: Scene, p: int, size: XY, cut: float) -> tuple[float, float, float, float, float, float]:
    """Somebody with a knife before a block: (x, y, width and height of what is cut, the way it is cut, the blade's
    length)."""
    w, tall = size
    holder = s.staged[p].actor
    assert holder.look is not None
    h, way = holder.look.height, math.copysign(1.0, holder.at(s.start).facing or s.way)
    top, x0 = 0.50 * h, holder.at(s.start).position[0] + way * 0.34 * h
    s.block(x0, STAGE + 0.02, 0.70 * h, top, (0.52, 0.36, 0.24))
    share = min(1.0, 0.17 * h / tall)
    w, tall = w * share, tall * share
    y0 = top + tall / 2
    s.change(
        p,
        handed(
            holder.at,
            h,
            lambda time: (0.27 * h, min(0.69 * h, y0 + 0.03 * h + 0.11 * h * _up(s, cut, time))),
            lambda time: (0.22 * h, top + 0.05 * h),
        ),
    )
    return x0, y0, w, tall, way, 0.22 * h


def _slice(s: Scene, deed: Deed) -> None:
    """A knife comes down and the thing falls into two halves."""
    t = (
        s.first(deed.of, deed.on, people=False, small=True)
        if (n := s.find(deed.of)) is None or s.staged[n].actor.look is None
        else s.first(deed.on, people=False, small=True)
    )
    if t is None:
        return
    actor, cut = s.staged[t].actor, s.at(0.45)
    p = s.first(deed.of, people=True)
    x0, y0 = actor.at(s.start).position[:2]
    w, tall = actor.size[:2]
    if p is not None:
        x0, y0, w, tall, way, blade = _on_a_board(s, p, (w, tall), cut)
        h = 0.0 if (look := s.staged[p].actor.look) is None else look.height
    else:
        bowl = next((piece.actor for piece in s.staged if piece.actor.kind in VESSELS), None)
        if bowl is not None and max(w, tall) > 0.42 * bowl.size[0]:
            share = 0.42 * bowl.size[0] / max(w, tall)  # what goes into a bowl is smaller than the bowl
            w, tall = w * share, tall * share
            y0 = tall / 2
        way, blade = s.way, max(0.9 * tall, 0.26)
    s.change(
        t,
        lambda time: State(position=(x0, y0, STAGE - 0.06), visible=time < cut),
        size=(w, tall, tall),
        contacts=[one for one in s.staged[t].contacts if one.time < cut],
        box=(x0 - 0.7 * w, x0 + 0.7 * w, 0.0, y0 + tall),
    )
    for side in (-1.0, 1.0):

        def half(time: float, side: float = side) -> State:
            u = smooth((time - cut) / 0.5)
            return State(
                position=(x0 + side * (0.24 + 0.22 * u) * w, y0 - 0.02 * tall, STAGE - 0.07),
                angle=-side * 0.30 * u,
                part=(time - cut - 0.4) / 1.2,
                visible=time >= cut,
            )

        s.trace("half", actor.colour, (0.80 * w, 0.92 * tall), half)

    def knife(time: float) -> State:
        if p is not None:
            hx, hy = playing.hand(s.staged[p].actor.at(time), s.staged[p].actor.look.height)  # type: ignore[union-attr]
            return State(position=(hx + way * 0.10 * h, hy - 0.02 * h, STAGE - 0.12), angle=-way * 0.25, facing=way)
        return State(
            position=(x0 + way * 0.12 * w, y0 + tall * (0.42 + 0.72 * _up(s, cut, time)), STAGE - 0.10),
            angle=way * 0.55,
            facing=-way,
        )

    tool = cutouts.cutout("kitchen-knife", "knife")
    s.staged.append(
        Staged(
            actor=Actor(
                name=f"kitchen-knife-{90 + len(s.staged)}",
                kind="kitchen-knife",
                colour_name="grey",
                colour=(0.7, 0.7, 0.75),
                size=(blade * tool.aspect, blade, 0.1),
                material="metal",
                at=knife,
                cutout=tool,
            ),
            box=(x0 - 0.6 * w, x0 + 0.6 * w, 0.0, y0 + 0.7 * tall),
        )
    )
    if p is None and re.search(r"hands?\b|手", s.plan.told):
        grip = cutouts.cutout("hand", "hand")
        grasp, wide = (-1.0 if tool.nature.faces == 0 else -way), blade * tool.aspect / 2  # on the side of its handle

        def fist(time: float) -> State:
            held = knife(time)
            return State(
                position=(
                    held.position[0] + grasp * 0.62 * wide,
                    held.position[1]
                    - grasp * way * 0.30 * wide * (tool.nature.faces == 0)
                    + 0.20 * blade * (tool.nature.faces != 0),
                    STAGE - 0.11,
                ),
                angle=-way * 0.5,
            )

        s.add("hand", grip, puppetry.main_colour(grip), (0.62 * blade * grip.aspect, 0.62 * blade), fist)
    s.sound(t, "knock", [cut], 1.6)
    s.sound(t, "knock", [cut + 0.45 * k for k in range(1, 4)] if p is not None else [], 1.0)


def _up(s: Scene, cut: float, time: float) -> float:
    """How high the knife is, 1 up to 0 through."""
    if time < cut:
        return smooth((cut - time) / 0.3)
    return smooth((time - cut - 0.35) / 0.5)


def _snatch(s: Scene, deed: Deed) -> None:
    """An animal runs after what was thrown, several metres, leaps, catches it in the air, and trots on with it in its
    mouth."""
    a = s.first(deed.of, deed.on, alive=True)
    n = next(
        (n for n, piece in enumerate(s.staged) if piece.actor.look is None and n != a and piece.actor.size[1] < 0.7),
        None,
    )
    p = s.first(people=True)
    if a is None or n is None or p is None or not any(turn.family == "throw" for turn in s.plan.turns):
        return
    catcher, thrown, thrower = s.staged[a].actor, s.staged[n].actor, s.staged[p].actor
    assert thrower.look is not None
    own, way = catcher.at, math.copysign(1.0, thrower.at(s.start).facing or s.way)
    x0, (w, tall) = thrower.at(s.start).position[0], catcher.size[:2]
    z = own(s.start).position[2]
    go = playing._go(s.start, s.length)
    caught = max(s.at(0.6), go + 0.5)
    far, half, high = 4.2 * way, min(0.42, 0.16 * s.length), 0.9
    since, wait = go - 0.1, x0 + way * (0.55 + w / 2)
    aim = x0 + far - way * 0.45 * w

    def run(time: float) -> float:
        """How far it is: off after the throw, under the disc when that comes down, and a little beyond."""
        u = min(1.0, max(0.0, (time - since) / (caught - since)))
        beyond = max(0.0, time - caught)
        return wait + (aim - wait) * (0.35 * u * u + 0.65 * u) + way * 1.1 * (1 - math.exp(-1.4 * beyond))

    def at(time: float) -> State:
        u = (time - caught) / half
        up = high * max(0.0, 1 - u * u)
        gone = abs(run(time) - wait)
        hop = 0.05 * tall * abs(math.sin(math.tau * 1.1 * gone)) if up == 0 else 0.0
        return replace(
            own(time),
            position=(run(time), tall / 2 + up + hop, z),
            facing=way,
            angle=-way * 0.45 * u * (up > 0),
            part=(1.6 * gone) % 1.0,
            squash=1.0,
        )

    left, right = min(x0 - 0.5, aim - w), max(x0 + 0.5, aim + w)
    s.change(a, at, box=(left, right, 0.0, high + 1.2 * tall), contacts=[], follow=None, aside=False)
    keep, h = thrown.at, thrower.look.height
    from_x, from_y = playing.hand(thrower.at(go), h)
    to_x, to_y, _ = mouth(s.staged[a].actor, at(caught))

    def flight(time: float) -> State:
        if time < go:
            return keep(time)
        u = min(1.0, (time - go) / (caught - go))
        return State(
            position=(from_x + (to_x - from_x) * u, from_y + (to_y - from_y) * u + 2.6 * u * (1 - u), z - 0.14),
            angle=-way * 0.35 * u,
            facing=way,
        )

    s.change(n, flight, contacts=[], follow=None, box=(left, right, 0.0, 2.4))
    _bitten(s, a, n, caught)
    s.sound(n, "whoosh", [go])
    s.sound(a, "step", [since + 0.22 * k for k in range(int((caught - half - since) / 0.22))], 1.4)
    s.sound(a, "hit", [caught], 1.6)
    s.sound(a, "land", [caught + half], 2.0)


DEEDS: dict[str, Callable[[Scene, Deed], None]] = {
    "dunk": _dunk, "mouth": _mouth, "pour": _pour, "slice": _slice, "snatch": _snatch,
}  # fmt: skip
