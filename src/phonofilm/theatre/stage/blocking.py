"""Blocking: where the cast stands, who bears whom (somebody in somebody's arms, an animal perched on a tower, a roof or
a branch), what runs off under a camera that follows, and the box of the stage that the camera has to hold."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from phonofilm.theatre.camera import Frame
from phonofilm.theatre.lexicon import cutouts, repertoire
from phonofilm.theatre.moves import things
from phonofilm.theatre.moves.footwork import smooth
from phonofilm.theatre.moves.playing import handed
from phonofilm.theatre.moves.wardrobe import Staged
from phonofilm.theatre.paper import puppetry
from phonofilm.theatre.play import STAGE, State
from phonofilm.theatre.reading.plan import Plan, Role, Turn, actor_name, scenery

if TYPE_CHECKING:
    from phonofilm.theatre.reading.deeds import Deed
    from phonofilm.theatre.stage.stagehand import Scene

BEHIND = 1.6
"""Metres by which buildings and trees stand further back, so that nobody is hidden by one."""


def depth(role: Role, place: str) -> float:
    """Metres by which it stands behind the cast: scenery far, a train beyond the edge of its platform, a car just
    behind whoever is with it."""
    if scenery(role):
        return 6.0
    height = 1.15 if role.cutout is None else role.cutout.nature.height
    if role.kind == "car" or (
        role.cutout is not None and role.cutout.nature.move in ("drive", "sail") and height >= 1.0
    ):
        return 3.4 if place == "platform" else 1.1 if height < 2.0 else 2.2
    return 1.4 if role.cutout is not None and role.cutout.nature.move == "fly" and height < 1.0 else 0.0


def spread(leads: Sequence[Turn], way: float) -> dict[int, float]:
    """Where the leads stand by how much room each takes; scenery to either side, behind."""
    cast, found = [turn for turn in leads if not scenery(turn.role)], {}
    wide = []
    for turn in cast:
        role = turn.role
        width = (
            0.8
            if role.kind == "person"
            else role.cutout.size[0]
            if role.cutout is not None
            else repertoire.PROPS[role.kind][0][0]
        )
        wide.append(0.55 if turn.family == "embrace" else width)
    order = list(range(len(cast))) if way > 0 else list(range(len(cast)))[::-1]
    gap = 0.16 if all(small(turn.role) for turn in cast) else 0.45
    at = -(sum(wide) + gap * (len(cast) - 1)) / 2
    for n in order:
        found[id(cast[n])] = at + wide[n] / 2
        at += wide[n] + gap
    for n, turn in enumerate(turn for turn in leads if scenery(turn.role)):
        found[id(turn)] = (2.4 + 1.2 * (n // 2)) * (way if n % 2 == 0 else -way)
    return found


def small(role: Role) -> bool:
    """Does it belong on a table: a bottle, a cup, a shoe, a bowl?"""
    if role.kind == "person":
        return False
    if role.cutout is None:
        return role.kind in ("cup", "bottle", "bell")
    return role.cutout.nature.move in ("stand", "roll", "grow") and role.cutout.nature.height <= 0.62


def slots_of(leads: Sequence[Turn], way: float) -> dict[int, float]:
    """Where the leads stand: one in the middle, two on either side, three spread out."""
    if len(leads) == 1:
        return {id(leads[0]): 0.0}
    gap = 1.7 if len(leads) == 2 else 1.4
    wide = sum(1 for t in leads if t.action in ("walk", "run", "bounce", "roll", "drive", "fly"))
    gap = 1.0 if wide == len(leads) else gap + 0.4 * (wide > 0)
    order = leads if way > 0 else list(reversed(leads))
    return {id(t): gap * (n - (len(order) - 1) / 2) for n, t in enumerate(order)}


def frame_of(staged: Sequence[Staged], plan: Plan, dice: random.Random, bold: bool = False) -> Frame:
    """The picture's box around everything that plays; the subject a little off the middle now and then. ``bold``: as
    staged prompts show it."""
    if not staged:
        return Frame(left=-1.6, right=1.6, bottom=0.0, top=1.8, depth=STAGE, follow=None, fill=0.7)
    staged = [s for s in staged if not s.aside] or staged
    left, right = min(s.box[0] for s in staged), max(s.box[1] for s in staged)
    bottom, top = 0.0, max(s.box[3] for s in staged)
    main = next((s for s in staged if plan.focus is not None and s.actor.name == actor_name(plan.focus)), staged[0])
    fill = dice.uniform(0.60, 0.72)
    # Who travels would leave a close-up: the frame stays wide enough for the way.
    if plan.close and main.actor.look is not None and main.follow is None:
        h = main.actor.look.height
        bottom, top, fill = 0.50 * h, 1.06 * h, 0.80
        middle = main.actor.at(0.0).position[0]
        left, right = max(left, middle - 0.8), min(right, middle + 0.8)
    elif plan.close:
        fill = 0.75
    if plan.close and plan.framings and main.follow is None and main.actor.look is None:
        # A thing seen close is seen alone.
        near = [s for s in staged if s.actor.size[1] <= 1.6 * main.actor.size[1]]
        left, right, top = min(s.box[0] for s in near), max(s.box[1] for s in near), max(s.box[3] for s in near)
    if "macro" in plan.framings:
        fill *= 1.06
    near = False
    if "medium" in plan.framings and main.actor.look is not None and not plan.close and main.follow is None:
        h = main.actor.look.height
        low = any(s.box[3] < 0.6 * h for s in staged if s is not main and s.box[3] > s.box[2])
        # From the waist up, at the end of a push as well as at its start.
        bottom, top, fill = (0.0, 1.06 * h, 0.80) if low else (0.50 * h, 1.05 * h, 0.76)
        near, middle = not low, main.actor.at(0.0).position[0]
        left, right = (max(left, middle - 0.5), min(right, middle + 0.5)) if near else (left, right)
    if plan.wide:
        fill *= (
            0.48 if "vast" in plan.framings else 0.55 if "aerial" in plan.framings and main.actor.look is None else 0.7
        )
    angle = next((name for name in ("low", "top", "aerial", "high") if name in plan.framings), "")
    rise = None
    if angle == "low" and bold:
        # From low down the subject stands tall against the sky; a camera that goes along rises with it.
        fill = max(fill, 0.84)
        if main.actor.look is not None and plan.camera == "track" and main.follow is not None:
            top, at, reach = 1.16 * main.actor.look.height, main.actor.at, 1.21
            rise = lambda time: reach * sum(at(time + 0.1 * k).position[1] for k in (-1, 0, 1)) / 3  # noqa: E731
    off = dice.choice((0.0, 0.0, -0.45, 0.45)) * (top - bottom)
    left, right = left + min(0.0, off), right + max(0.0, off)
    return Frame(
        left=left,
        right=right,
        bottom=bottom,
        top=max(top, bottom + 0.5),
        depth=STAGE,
        follow=main.follow if plan.camera == "track" else None,
        fill=fill,
        angle=angle,
        near=near,
        rise=rise,
        turn=math.pi if bold and "half-turn" in plan.framings else 0.0,
        settles="settles" in plan.framings,
    )


_RUN = re.compile(
    r"\b(?:r[au]n(?:s|ning)?|gallop\w*|sprint\w*|dash(?:es|ing)?|race[sd]?|racing|flees?|fleeing|bolt(?:s|ing)?|chas(?:e|es|ing)|escap(?:e|es|ing))\b|走り|駆け|逃げ|追い|跑|奔|逃|追|달리|도망|corre|huye|court\b|rennt|flieht",
    re.IGNORECASE,
)
_BORNE = (
    "tower",
    "castle",
    "ruined-castle",
    "house",
    "house-with-garden",
    "church",
    "wall",
    "fence",
    "branch",
    "deciduous-tree",
    "evergreen-tree",
    "palm-tree",
    "office-building",
    "mosque",
    "statue-of-liberty",
    "tokyo-tower",
)


def carry(s: Scene, deed: Deed) -> None:
    """Somebody in somebody's arms, upright before the chest; a thing before the chest in both hands."""
    p, giant = s.first(deed.of, people=True), s.find(deed.of)
    giant = giant if giant is not None and s.staged[giant].actor.look is None else None
    if giant is not None and p is not None:
        p = s.first(people=True)
    c = s.find(deed.on)
    if (
        giant is not None
        and s.staged[giant].actor.size[1] > 1.2
        and p is not None
        and c in (p, None)
        and sum(piece.actor.look is not None for piece in s.staged) == 1
    ):
        _before(s, giant, p)
        return
    if p is None:
        return
    holder = s.staged[p].actor
    assert holder.look is not None
    h = holder.look.height
    if c is None or c == p:
        c = next(
            (
                n
                for n, piece in enumerate(s.staged)
                if n > p and piece.actor.look is not None and piece.actor.look.height < 1.45
            ),
            None,
        )
    if c is None:
        return
    carried = s.staged[c].actor
    s.change(p, handed(holder.at, h, lambda time: (0.22 * h, 0.58 * h), lambda time: (0.20 * h, 0.66 * h)))
    holding, small = s.staged[p].actor.at, carried.at
    if carried.look is None:

        def at(time: float) -> State:
            state = holding(time)
            ahead = math.copysign(1.0, state.facing or 1.0)
            x, y, z = state.position
            return replace(
                small(time), position=(x + ahead * 0.22 * h, y + 0.56 * h + carried.size[1] / 2, z - 0.10), facing=ahead
            )

        s.change(c, at, box=s.staged[p].box, follow=s.staged[p].follow, contacts=[])
        return
    _lap(s, c, lambda time: holding(time), 0.22 * h, 0.62 * h)
    s.staged[c] = replace(s.staged[c], box=s.staged[p].box, follow=s.staged[p].follow)


def _before(s: Scene, giant: int, p: int) -> None:
    """A small figure before the chest of a cut-out."""
    actor = s.staged[giant].actor
    own, tall = actor.at, actor.size[1]

    def ground(time: float) -> State:
        state = own(time)
        return replace(state, position=(state.position[0], state.position[1] - tall / 2, state.position[2]))

    _lap(s, p, ground, 0.0, 0.46 * tall)
    s.staged[p] = replace(s.staged[p], box=s.staged[giant].box, follow=s.staged[giant].follow, aside=True)


def _lap(s: Scene, c: int, under: Callable[[float], State], forward: float, high: float) -> None:
    """Somebody sits on an arm: the hips ``high`` above the foot of who holds them and ``forward`` of it, the legs
    hanging."""
    carried = s.staged[c].actor
    assert carried.look is not None
    ch, small = carried.look.height, carried.at

    def at(time: float) -> State:
        state, inner = under(time), small(s.start)
        assert inner.pose is not None
        ahead = math.copysign(1.0, state.facing or 1.0)
        joints = dict(inner.pose.joints)
        hx, hy = joints["hip"]
        for which, more in (("r", 0.0), ("l", -0.03)):
            joints["knee_" + which] = (hx + (0.17 + more) * ch, hy - 0.03 * ch)
            joints["foot_" + which] = (hx + (0.15 + more) * ch, hy - 0.24 * ch)
            joints["toe_" + which] = (hx + (0.21 + more) * ch, hy - 0.26 * ch)
        joints["hand_r"], joints["elbow_r"] = (hx + 0.20 * ch, hy + 0.26 * ch), (hx + 0.10 * ch, hy + 0.17 * ch)
        x, y, z = state.position
        # Who is held looks back over the shoulder of who holds, so that both faces are seen.
        return replace(
            inner,
            position=(x + ahead * forward, y + high - hy, z - 0.09),
            facing=-ahead * 0.55,
            angle=0.0,
            pose=replace(inner.pose, joints=joints),
        )

    s.change(c, at, contacts=[])


def _branch(s: Scene, k: int | None, x0: float) -> float:
    """A branch to sit on, that of the words or one of ours; how high it is."""
    high, wood = 1.5, cutouts.cutout("branch", "branch")
    there = lambda time: State(position=(x0 + 0.3 * s.way, high - 0.16, STAGE + 0.08), facing=s.way)  # noqa: E731
    if k is not None and s.staged[k].actor.kind == "branch":
        s.change(k, there, size=(2.0, 0.42, 0.1), box=(x0 - 0.8, x0 + 0.8, high - 0.4, high), aside=False)
    else:
        s.add(
            "branch",
            wood,
            puppetry.main_colour(wood),
            (2.0, 0.42),
            there,
            box=(x0 - 0.8, x0 + 0.8, high - 0.4, high),
        )
    return high


def _bearer(s: Scene, k: int, x0: float, w: float, high: float) -> float:
    """What the words have it sit on, come forward; no wider than goes with an animal ``w`` wide."""
    bearer = s.staged[k].actor
    wide = high * bearer.size[0] / bearer.size[1]
    if wide > 2.6 * w:
        high, wide = high * 2.6 * w / wide, 2.6 * w
    s.change(
        k,
        lambda time: State(position=(x0, 0.96 * high / 2, STAGE + 0.15), facing=s.way),
        size=(wide, high, 0.3),
        box=(x0 - wide / 2, x0 + wide / 2, 0.0, high),
        contacts=[],
    )
    return high


def _roof(s: Scene, deed: Deed, x0: float, w: float, high: float) -> float:
    """A roof, a wall or a tower where the words have nothing drawn to sit on."""
    roof = re.search(r"roof|house|church|chimney|屋|瓦|지붕|tejado|toit|dach", deed.word, re.IGNORECASE) is not None
    drawn = (
        cutouts.cutout("house" if roof else "tower", "house" if roof else "tower")
        if re.search(r"wall|fence|ledge|塀|墙|壁", deed.word, re.IGNORECASE) is None
        else cutouts.cutout("wall", "wall")
    )
    high = max(high, 1.6) if roof else high
    s.add(
        drawn.name,
        drawn,
        puppetry.main_colour(drawn),
        (high * drawn.aspect, high),
        lambda time: State(position=(x0, high / 2, STAGE + 0.15), facing=s.way),
        box=(x0 - 0.5 * w, x0 + 0.5 * w, 0.0, high),
    )
    return high


def perch(s: Scene, deed: Deed) -> None:
    """An animal on top of a tower, a roof, a wall or a branch, which comes forward to bear it."""
    n = s.first(deed.of, alive=True)
    n = n if n is not None else s.first(deed.on, alive=True)
    if n is None:
        return
    actor = s.staged[n].actor
    own, (w, tall) = actor.at, actor.size[:2]
    x0 = own(s.start).position[0]
    named = [k for k, piece in enumerate(s.staged) if k != n and piece.actor.kind in _BORNE]
    said = next(
        (
            k
            for k in named
            if (cutout := s.staged[k].actor.cutout) is not None and cutout.word and cutout.word in deed.word.lower()
        ),
        None,
    )
    k = said if said is not None else named[-1] if named else None
    high = 1.2 * min(2.4, max(0.9, tall))
    if re.search(r"branch|枝|rama|branche|\bast\b|가지", deed.word, re.IGNORECASE):
        high = _branch(s, k, x0)
    elif k is not None:
        high = _bearer(s, k, x0, w, high)
    else:
        high = _roof(s, deed, x0, w, high)
    top = 0.96 * high

    def at(time: float) -> State:
        state = own(time)
        return replace(state, position=(x0, top + tall / 2 * state.squash, STAGE), angle=0.5 * state.angle)

    s.change(
        n,
        at,
        box=(x0 - w / 2, x0 + w / 2, 0.0, top + tall),
        follow=None,
        aside=False,
        contacts=[one for one in s.staged[n].contacts if one.kind not in ("step", "land")],
    )


def palm(s: Scene, deed: Deed) -> None:
    """A hand held out that opens: a robot's own, or somebody's."""
    n = s.find(deed.of)
    n = n if n is not None else s.first(deed.on, alive=True)
    n = n if n is not None else s.first(people=True)
    if n is None:
        return
    actor, own = s.staged[n].actor, s.staged[n].actor.at
    opens = s.at(0.62)
    if actor.cutout is not None and actor.cutout.name in things.FOLDS:

        def at(time: float) -> State:
            state = own(time)
            bent = min(0.0, state.part)
            return replace(
                state, part=bent - smooth((time - opens) / 0.6) if bent <= -1.0 or time > opens else state.part
            )

        s.change(n, at)
    elif actor.look is not None:
        h = actor.look.height
        out = lambda time: smooth((time - s.at(0.2)) / 0.6)  # noqa: E731
        s.change(n, handed(own, h, lambda time: (0.32 * h, (0.52 + 0.14 * out(time)) * h) if out(time) > 0 else None))


def run_off(s: Scene) -> None:
    """An animal that runs under a camera that follows covers ground: what lies behind travels past."""
    if s.plan.camera != "track" or _RUN.search(s.plan.told) is None:
        return
    for n, piece in enumerate(s.staged):
        actor = piece.actor
        if actor.cutout is None or actor.cutout.nature.move not in ("walk", "hop") or piece.follow is None:
            continue
        own, tall = actor.at, actor.size[1]
        y0 = own(s.start).position
        speed = max(3.0, 2.4 * tall**0.5)
        if abs(own(s.end).position[0] - y0[0]) > 0.9 * speed * s.length:
            continue

        def x(time: float, speed: float = speed, x0: float = y0[0]) -> float:
            return x0 + s.way * speed * (time - s.start - 0.5 * s.length)

        def at(
            time: float,
            x: Callable[[float], float] = x,
            own: Callable[[float], State] = own,
            tall: float = tall,
            z: float = y0[2],
        ) -> State:
            stride = 2.1 * time / max(0.4, tall**0.5)
            bound = abs(math.sin(math.pi * stride))
            return replace(
                own(time),
                position=(x(time), tall / 2 + 0.10 * tall * bound, z),
                facing=s.way,
                angle=s.way * 0.07 * math.cos(math.tau * stride),
                part=stride % 1.0,
                squash=1.0,
            )

        ease = max(0.4, tall**0.5) / 2.1
        s.change(n, at, follow=x, contacts=[])
        s.sound(n, "step", [s.start + ease * (k + 1) for k in range(int(s.length / ease))], 1.6)
