"""Families of movement that people play, beyond the actions of ``acting``: sitting, throwing, embracing and so on, each
fitted into the shot's time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from phonofilm.theatre.moves import acting, things
from phonofilm.theatre.moves.acting import Player, finish
from phonofilm.theatre.moves.footwork import Leg, Part, smooth
from phonofilm.theatre.moves.motion import FORE, HIP, TORSO, UPPER, Performer, two_bone
from phonofilm.theatre.moves.prop import Prop
from phonofilm.theatre.moves.wardrobe import Staged
from phonofilm.theatre.paper.figures import joints
from phonofilm.theatre.play import XY, Camera, Contact, State
from phonofilm.theatre.reading import course

OVERHEAD = ("umbrella", "umbrella-with-rain-drops", "balloon", "kite")
"""What is held up over the head, and drawn behind it."""
SHOULDER = HIP + TORSO - 0.035
"""The shoulder's height of somebody who stands, as a share of the body's."""
LENSWARD = 0.34
"""How far to its side a body faces that goes on along its way and looks at us: legs still go that way, the face is
seen."""
MOVING = ("turn", "look", "laugh", "wave", "talk")
"""What somebody does without ceasing to go."""


Hands = Callable[[float], tuple[XY | None, XY | None]]
Bend = Callable[[float, State], State]


@dataclass(kw_only=True)
class _Act:
    """A family of movement on its way to a performance: what it is given, and what it makes of it."""

    player: Player
    part: Part
    family: str
    thing: Prop | None
    seat: Prop | None
    goal: float | None
    ready: XY
    """Where the near hand is when it does nothing."""
    box: tuple[float, float, float, float]
    facing: tuple[tuple[float, float], ...]
    hands: Hands | None = None
    bend: Bend | None = None
    contacts: list[Contact] = field(default_factory=list)
    follow: bool = False

    @property
    def length(self) -> float:
        """Seconds."""
        return self.player.end - self.player.start


def play(
    player: Player, part: Part, family: str, thing: Prop | None, seat: Prop | None, goal: float | None
) -> list[Staged]:
    """A person doing what its family tells, with what it holds and sits on. ``goal``: x of whom or what it turns to."""
    h, way, x, start = part.height, player.way, player.x, player.start
    ready = (0.20 * h, 0.64 * h)
    if thing is not None and thing.kind in OVERHEAD:
        ready = (0.15 * h, 0.695 * h)
    elif thing is not None and thing.size[1] > 0.62:
        ready = (0.24 * h, 0.58 * h)
    act = _Act(
        player=player,
        part=part,
        family=family,
        thing=thing,
        seat=seat,
        goal=goal,
        ready=ready,
        box=(x - 0.45, x + 0.45, 0.0, 1.05 * h),
        facing=((start, way * (0.54 if part.speech else 0.62)),),
        hands=None if thing is None else lambda time: (ready, None),
    )
    if family in _FAMILIES:
        _FAMILIES[family](act)
    staged = finish(
        player, replace(act.part, facing=act.facing, hands=act.hands), act.contacts, act.box, follow=act.follow
    )
    performer = staged.actor.at
    assert isinstance(performer, Performer)
    if act.bend is not None:
        at = lambda time, bend=act.bend: bend(time, performer(time))  # noqa: E731
        staged = replace(staged, actor=replace(staged.actor, at=at))
    out = [staged]
    if seat is not None and family == "sit":
        out.insert(0, things.build(replace(seat, x=x - way * 0.02, z=player.z + 0.12), "stand"))
    if thing is not None:
        out.append(
            thrown(staged, thing, h, _go(start, act.length), goal, player)
            if family == "throw"
            else held(staged, thing, h, way)
        )
    return out


def _down(a: _Act) -> None:
    """Sit, kneel, rise."""
    h, x, start = a.part.height, a.player.x, a.player.start
    when = start + (0.0 if a.seat is None and a.family == "sit" else 0.15 * a.length)
    keys = ((when, 1.0), (when + 0.8, 0.0)) if a.family == "rise" else ((when, 0.0), (when + 0.7, 1.0))
    if a.family == "sit" and when == start:
        keys = ((start - 1.0, 1.0),)
    a.part = replace(a.part, low="kneel" if a.family == "rise" else a.family, lows=keys)
    a.box = (x - 0.45, x + 0.45, 0.0, (1.05 if a.family != "sit" else 0.92) * h)


def _flat(a: _Act) -> None:
    """Lie, fall."""
    h, x, way, falls = a.part.height, a.player.x, a.player.way, a.family == "fall"
    quick = 0.55 if falls else 0.01
    when = a.player.start + (0.3 * a.length if falls else -1.0)

    def bend(time: float, state: State) -> State:
        down = smooth((time - when) / quick)
        px, py, pz = state.position
        return replace(
            state, position=(px + way * 0.42 * h * down, py + 0.11 * h * down, pz), angle=way * math.pi / 2 * down
        )

    a.bend = bend
    if falls:
        a.contacts.append(a.player.contact(when + quick, "land", (x, 0.0, a.player.z), 2.4, size=0.5))
    a.box = (x - 0.6 * h, x + 0.6 * h, 0.0, (1.05 if falls else 0.55) * h)


def _spin(a: _Act) -> None:
    h, x, way, start = a.part.height, a.player.x, a.player.way, a.player.start
    step = 0.42 / a.player.pace
    a.facing = tuple((start + k * step, (0.9, 0.0, -0.9, 0.0)[k % 4] * way) for k in range(int(a.length / step) + 2))
    a.hands = lambda time: ((0.30 * h, 0.70 * h), (0.30 * h, 0.70 * h))
    a.box = (x - 0.5, x + 0.5, 0.0, 1.05 * h)


def _turn(a: _Act) -> None:
    """Turn, look."""
    way, start = a.player.way, a.player.start
    aim = way if a.goal is None else math.copysign(1.0, a.goal - a.player.x or way)
    a.facing = ((start, way * 0.62), (start + 0.45 * a.length, -0.30 * way if a.family == "turn" else 0.72 * aim))


def _eat(a: _Act) -> None:
    """Eat, drink."""
    h, ready, start = a.part.height, a.ready, a.player.start
    mouth = (0.15 * h, (0.72 if a.family == "drink" else 0.74) * h)

    def hands(time: float) -> tuple[XY | None, XY | None]:
        u = smooth(1.6 * math.sin(math.tau * (time - start) / 2.4 - 1.0))
        return (ready[0] + (mouth[0] - ready[0]) * u, ready[1] + (mouth[1] - ready[1]) * u), None

    a.hands = hands


def _reach(a: _Act) -> None:
    """Reach, give, embrace."""
    h, ready, start, length = a.part.height, a.ready, a.player.start, a.length
    far, both = (0.30 * h, 0.68 * h), a.family == "embrace"

    def hands(time: float) -> tuple[XY | None, XY | None]:
        u = smooth((time - start - 0.15 * length) / 0.6)
        near = (ready[0] + (far[0] - ready[0]) * u, ready[1] + (far[1] - ready[1]) * u)
        return near, (near[0], near[1] - 0.06 * h) if both else None

    a.hands = hands


def _throw(a: _Act) -> None:
    h, ready, go = a.part.height, a.ready, _go(a.player.start, a.length)

    def hands(time: float) -> tuple[XY | None, XY | None]:
        back, out = smooth((time - go + 0.5) / 0.3), smooth((time - go + 0.12) / 0.12)
        a, b, c = ready, (-0.20 * h, 0.60 * h), (0.30 * h, 0.74 * h)
        px, py = a[0] + (b[0] - a[0]) * back, a[1] + (b[1] - a[1]) * back
        return ((px + (c[0] - px) * out, py + (c[1] - py) * out), None) if time < go + 0.6 else (None, None)

    a.hands = hands
    a.facing = ((a.player.start, a.player.way * 0.8),)


def _catch(a: _Act) -> None:
    h, since = a.part.height, a.player.start + 0.3 * a.length
    a.hands = lambda time: ((0.22 * h, 0.86 * h), (0.18 * h, 0.80 * h)) if time > since else (None, None)


def _work(a: _Act) -> None:
    h = a.part.height

    def hands(time: float) -> tuple[XY | None, XY | None]:
        a, b = 7.0 * time, 7.0 * time + 2.1
        return (0.22 * h + 0.03 * h * math.cos(a), 0.60 * h + 0.035 * h * math.sin(a)), (
            0.18 * h + 0.03 * h * math.cos(b),
            0.58 * h + 0.03 * h * math.sin(b),
        )

    a.hands = hands


def _laugh(a: _Act) -> None:
    h, start = a.part.height, a.player.start
    mouth, high = (0.12 * h, 0.70 * h), 0.012 * h

    def bend(time: float, state: State) -> State:
        px, py, pz = state.position
        return replace(state, position=(px, py + high * abs(math.sin(math.tau * 1.6 * (time - start))), pz))

    a.hands = lambda time: ((mouth[0], mouth[1] + 0.02 * h * math.sin(math.tau * 3.2 * time)), None)
    a.bend = bend


def _fight(a: _Act) -> None:
    player, h, x, way, start = a.player, a.part.height, a.player.x, a.player.way, a.player.start
    times = tuple(start + 0.4 + 0.55 * k for k in range(max(1, int((a.length - 0.4) / 0.55))))

    def hands(time: float) -> tuple[XY | None, XY | None]:
        near = [max(0.0, 1 - abs(time - t) / 0.16) for t in times]
        out = (max(near[0::2], default=0.0), max(near[1::2], default=0.0))
        return tuple((0.12 * h + 0.18 * h * smooth(u), 0.70 * h + 0.06 * h * smooth(u)) for u in out)  # type: ignore[return-value]

    a.hands = hands
    a.facing = ((start, way * 0.85),)
    if a.thing is None:
        fist = (x + way * 0.3 * h, 0.75 * h, player.z)
        a.contacts += [
            player.contact(t, "hit", fist, 2.0, other=player.name, other_material="skin", size=0.15) for t in times
        ]


def _walk(a: _Act) -> None:
    """Enter, leave, cross, approach, step."""
    a.part, a.facing, a.box, a.bend = _on_foot(a.player, a.part, a.family)
    a.follow = a.family == "cross"


_FAMILIES: dict[str, Callable[[_Act], None]] = {
    "sit": _down, "kneel": _down, "rise": _down, "lie": _flat, "fall": _flat, "spin": _spin, "turn": _turn,
    "look": _turn, "eat": _eat, "drink": _eat, "reach": _reach, "give": _reach, "embrace": _reach, "throw": _throw,
    "catch": _catch, "work": _work, "laugh": _laugh, "fight": _fight, "enter": _walk, "leave": _walk,
    "cross": _walk, "approach": _walk, "step": _walk,
}  # fmt: skip


def _go(start: float, length: float) -> float:
    """When what is thrown leaves the hand."""
    return start + min(1.4, 0.3 * length)


def _on_foot(
    player: Player, part: Part, family: str
) -> tuple[
    Part, tuple[tuple[float, float], ...], tuple[float, float, float, float], Callable[[float, State], State] | None
]:
    """Ways on foot, fitted into the shot's time: the pace grows where the time is short."""
    h, way, x, start, end = part.height, player.way, player.x, player.start, player.end
    length = end - start
    step = player.chance.uniform(0.47, 0.58) / player.pace
    if family == "approach":
        far = 1.3
        part = replace(
            part,
            legs=(Leg(start=start - 0.5, end=start + 0.85 * length, x0=x - way * far, x1=x),),
            step=step,
            swing=0.78 * step,
        )

        def nearer(time: float, state: State) -> State:
            px, py, pz = state.position
            return replace(
                state, position=(px, py, pz + 3.2 * (1 - min(1.0, max(0.0, (time - start) / (0.85 * length)))))
            )

        return part, ((start, way * 0.3),), (x - 0.6, x + 0.6, 0.0, 1.05 * h), nearer
    far = 2.6
    if family == "enter":
        leg = Leg(start=start - 0.4, end=start + 0.7 * length, x0=x - way * far, x1=x)
    elif family == "step":
        leg = Leg(start=start, end=end, x0=x, x1=x + 0.5 * way)
    elif family == "leave":
        leg = Leg(start=start + 0.25 * length, end=end + 0.6, x0=x, x1=x + way * (far + 0.8))
    else:
        leg = Leg(start=start - 1.0, end=end + 1.0, x0=x - way * far * 1.15, x1=x + way * far * 1.15)
    fast = abs(leg.x1 - leg.x0) / (leg.end - leg.start)
    step = min(step, max(0.26, 0.62 * h / max(0.4, fast) * 0.6))
    part = replace(part, legs=(leg,), step=step, swing=0.78 * step, running=fast > 2.0)
    return part, ((start, way * 0.9),), (x - 1.0, x + 1.0, 0.0, 1.05 * h), None


def hand(state: State, h: float, which: str = "r") -> XY:
    """World x and y of the near hand ("r"; the far one is "l") of somebody ``h`` metres tall."""
    assert state.pose is not None
    found = joints(h, state.pose, state.facing * math.pi / 2, state.facing < 0)["hand_" + which]
    c, s = math.cos(state.angle), math.sin(state.angle)
    return state.position[0] + c * found[0] - s * found[1], state.position[1] + s * found[0] + c * found[1]


def held(holder: Staged, thing: Prop, h: float, way: float) -> Staged:
    """A thing in somebody's hand, wherever the hand goes; what is long stands up from it."""
    aloft = thing.kind in OVERHEAD
    long = thing.size[1] > 0.62 or aloft
    share = 0.66 * h / thing.size[1] if aloft else 1.0 if long else min(1.0, 0.15 * h / thing.size[1])
    thing = replace(thing, size=(thing.size[0] * share, thing.size[1] * share, thing.size[2] * share))
    lift = (0.46 if aloft else 0.40 if long else 0.12) * thing.size[1]
    lean = 0.04 * way if aloft else -0.34 * way if long else 0.0
    depth = 0.10 if aloft else -0.14

    def at(time: float) -> State:
        body = holder.actor.at(time)
        x, y = hand(body, h)
        return State(position=(x - lift * math.sin(lean), y + lift, body.position[2] + depth), facing=way, angle=lean)

    left, right, bottom, top = holder.box
    return Staged(actor=thing.actor(at), box=(left, right, bottom, max(top, 0.66 * h + lift + thing.size[1] / 2)))


def thrown(holder: Staged, thing: Prop, h: float, go: float, goal: float | None, player: Player) -> Staged:
    """In the hand, then through the air to whoever catches it, or out of the picture."""
    way = player.way
    aim = goal if goal is not None else player.x + way * 4.0
    took, rise = 0.9, 1.0
    x0, y0 = hand(holder.actor.at(go), h)
    y1 = 1.05 if goal is not None else 0.8
    keep = held(holder, thing, h, way).actor.at

    def at(time: float) -> State:
        if time < go:
            return keep(time)
        u = min(1.0, (time - go) / took)
        y = y0 + (y1 - y0) * u + 4 * rise * u * (1 - u) * 0.5
        if u >= 1.0 and goal is not None:
            y = max(thing.size[1] / 2 + 0.5, y1 - 0.5 * smooth((time - go - took) / 0.4))
        return State(
            position=(x0 + (aim - x0) * u, y, player.z - 0.14),
            angle=-way * 5.0 * u if thing.round else -way * 0.3 * u,
            facing=way,
        )

    contacts = (
        [thing.contact(go + took, "hit", at(go + took).position, 1.6)]
        if goal is not None and go + took < player.end
        else []
    )
    left, right, bottom, _ = holder.box
    span = (min(left, aim - 0.3), max(right, aim + 0.3)) if goal is not None else (left, right)
    return Staged(actor=thing.actor(at), contacts=contacts, box=(*span, bottom, 1.9))


def leaping(catcher: Staged, when: float, high: float = 0.55) -> Staged:
    """The catcher, who is in the air when the thing comes."""
    own = catcher.actor.at
    half = 0.36

    def at(time: float) -> State:
        state = own(time)
        u = (time - when) / half
        up = high * max(0.0, 1 - u * u)
        x, y, z = state.position
        return replace(state, position=(x, y + up, z))

    left, right, bottom, top = catcher.box
    return replace(catcher, actor=replace(catcher.actor, at=at), box=(left, right, bottom, top + 0.6 * high))


def catch_time(start: float, end: float) -> float:
    """When what somebody throws in this shot is caught."""
    return _go(start, end - start) + 0.9


def carried(rider: Staged, mount: Staged, seat: float, low: str) -> Staged:
    """A person on something that moves: it goes where the mount goes."""
    own, under = rider.actor.at, mount.actor.at
    base = own(0.0).position[0]

    def at(time: float) -> State:
        state, below = own(time), under(time)
        x, y, _z = state.position
        lift = below.position[1] - mount.actor.size[1] / 2 + seat
        return replace(
            state,
            position=(x - base + below.position[0], y + lift, below.position[2] - (0.05 if low == "sit" else 0.10)),
            angle=0.6 * below.angle,
        )

    left, right, bottom, top = mount.box
    return replace(
        rider,
        actor=replace(rider.actor, at=at),
        box=(left, right, bottom, max(top, seat + rider.box[3])),
        follow=mount.follow,
    )


def handed(
    at: Callable[[float], State],
    h: float,
    near: Callable[[float], XY | None],
    far: Callable[[float], XY | None] | None = None,
) -> Callable[[float], State]:
    """The same body with its hands elsewhere: metres from its foot, forward and up; None leaves a hand where it was."""

    def moved(time: float) -> State:
        state = at(time)
        assert state.pose is not None
        joints = dict(state.pose.joints)
        lower = joints["shoulder"][1] - SHOULDER * h  # who sits or kneels has all of it further down
        for which, aim in (("r", near(time)), ("l", far(time) if far is not None else None)):
            if aim is not None:
                joints["elbow_" + which], joints["hand_" + which] = two_bone(
                    joints["shoulder"], (aim[0], aim[1] + lower), UPPER * h, FORE * h, 1.0
                )
        return replace(state, pose=replace(state.pose, joints=joints))

    return moved


def stretched(staged: Sequence[Staged], start: float, by: float) -> list[Staged]:
    """The same shot, ``by`` times as long from its start: bodies, what they touch, and the sound of it."""

    def real(time: float) -> float:
        return start + (time - start) / by

    def slowed(piece: Staged) -> Staged:
        own, follow = piece.actor.at, piece.follow
        contacts = [replace(one, time=start + (one.time - start) * by) for one in piece.contacts]
        return replace(
            piece,
            actor=replace(piece.actor, at=lambda time: own(real(time))),
            contacts=contacts,
            follow=(lambda time: follow(real(time))) if follow is not None else None,
        )

    return [slowed(piece) for piece in staged]


def on_the_move(steps: Sequence[tuple[str, str]]) -> bool:
    """Does somebody first walk or run, and then only what can be done meanwhile?"""
    return len(steps) > 1 and steps[0][0] in ("walk", "run") and all(what in MOVING for what, _ in steps[1:])


def going(player: Player, steps: Sequence[tuple[str, str]]) -> Staged:
    """Somebody who walks or runs through the whole shot and turns round, laughs or waves on the way."""
    player = replace(
        player,
        action=steps[0][0],
        also=(),
        roam=True,
        mood=max(player.mood, 0.7 if any(what in ("laugh", "wave") for what, _ in steps) else -1.0),
    )
    base = acting.act(player, None)[0]
    h, spans = player.look.height, course.spans(steps, player.start, player.end)
    waves = [span for (what, _), span in zip(steps, spans, strict=True) if what == "wave"]
    turns = [span for (what, _), span in zip(steps, spans, strict=True) if what in ("turn", "look", "laugh", "talk")]

    def share(time: float, span: tuple[float, float]) -> float:
        last = span[1] >= player.end - 0.05
        return smooth((time - span[0]) / 0.4) * (1.0 if last else smooth((span[1] + 0.4 - time) / 0.4))

    def up(time: float) -> float:
        return max((share(time, span) for span in waves), default=0.0)

    def hand(time: float) -> tuple[float, float] | None:
        raised = up(time)
        if raised <= 0:
            return None
        rest = base.actor.at(time).pose
        assert rest is not None
        x, y = rest.joints["hand_r"]
        return x + ((0.15 + 0.08 * math.sin(math.tau * 1.8 * time)) * h - x) * raised, y + (0.99 * h - y) * raised

    moved = handed(base.actor.at, h, hand)

    def at(time: float) -> State:
        state = moved(time)
        back = max((share(time, span) for span in turns), default=0.0)
        raised = up(time)
        assert state.pose is not None
        gaze = state.pose.gaze
        faced = max(back, raised)
        gaze = (gaze[0] * (1 - faced), gaze[1] * (1 - faced))
        return replace(
            state,
            facing=state.facing + (math.copysign(LENSWARD, player.way) - state.facing) * faced,
            pose=replace(state.pose, gaze=gaze),
        )

    found: Callable[[float], State] = at
    return replace(base, actor=replace(base.actor, at=found), box=(*base.box[:3], max(base.box[3], 1.12 * h)))


def onward(piece: Staged, rig: Callable[[float], Camera], way: float) -> Staged:
    """Somebody whom the camera goes round while they go on: seen from the front, and never as if they went back."""
    if piece.actor.look is None or piece.follow is None:
        return piece
    own = piece.actor.at

    def at(time: float) -> State:
        state, round_by = own(time), rig(time).orbit / (math.pi / 2)
        seen = (state.facing - round_by) * way
        least = min(LENSWARD, state.facing * way)
        return replace(state, facing=way * max(seen, least) + round_by)

    return replace(piece, actor=replace(piece.actor, at=at))
