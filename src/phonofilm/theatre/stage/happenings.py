"""Deeds staged: what one of the cast does to another or to a thing. Each takes the staged shot and changes what it
needs of it; ``handlings`` has what hands do, ``trails`` what falls and flies, ``passings`` what passes by."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import replace

from phonofilm.theatre.moves import acting, playing
from phonofilm.theatre.moves.acting import Player
from phonofilm.theatre.moves.footwork import smooth
from phonofilm.theatre.moves.wardrobe import Staged
from phonofilm.theatre.play import STAGE, State
from phonofilm.theatre.reading.deeds import Deed
from phonofilm.theatre.stage import blocking, handlings, passings, stagehand, trails
from phonofilm.theatre.stage.stagehand import Scene


def happen(scene: Scene) -> list[Staged]:
    """The staged shot with its deeds done."""
    blocking.run_off(scene)
    for deed in sorted(scene.plan.deeds, key=lambda one: _ORDER.get(one.kind, 1)):
        play = _DEEDS.get(deed.kind)
        if play is not None:
            play(scene, deed)
    passings.settle(scene)
    return scene.staged


def _toward(s: Scene, deed: Deed) -> None:
    """Somebody comes up to somebody or something, and stops before it."""
    p, n = s.first(deed.of, people=True), s.find(deed.on)
    if p is None or n is None or p == n:
        return
    actor, goal = s.staged[p].actor, s.staged[n].actor
    assert actor.look is not None
    gx = goal.at(s.end).position[0]
    way = math.copysign(1.0, gx - actor.at(s.start).position[0] or s.way)
    stop = gx - way * (0.5 * goal.size[0] + 0.45)
    player = Player(
        name=actor.name,
        colour_name=actor.colour_name,
        look=actor.look,
        start=s.start,
        end=s.end,
        x=stop,
        z=STAGE - 0.1,
        ground=s.ground,
        chance=random.Random(s.seed + 3),
        way=way,
        action="stand",
        seed=s.seed,
    )
    come = playing.play(player, acting.part_of(player), "enter", None, None, None)[0]
    s.staged[p] = replace(
        come, box=(min(stop, stop - way * 1.9), max(stop, stop - way * 1.9), 0.0, 1.05 * actor.size[1]), follow=None
    )


def _stalk(s: Scene, deed: Deed) -> None:
    """Somebody or something creeps up on what it is after: low, slowly, with stops."""
    n = s.first(deed.of, alive=True)
    n = n if n is not None else s.first(deed.of, people=True)
    if n is None:
        return
    actor, own = s.staged[n].actor, s.staged[n].actor.at
    goal = next(
        (k for k in (s.find(deed.on), *range(len(s.staged))) if k is not None and k != n and not s.staged[k].aside),
        None,
    )
    x0 = own(s.start).position[0]
    aim = s.staged[goal].actor.at(s.start).position[0] if goal is not None else x0 + s.way
    way = math.copysign(1.0, aim - x0 or s.way)
    far = min(1.1, max(0.4, abs(aim - x0) - 0.5 * actor.size[0] - 0.25))

    def at(time: float) -> State:
        u = (time - s.start) / s.length
        gone = far * (u + 0.10 * math.sin(math.tau * 2 * u))
        state = own(time)
        if state.pose is not None:
            return replace(state, position=(x0 + way * gone, *state.position[1:]), facing=way * 0.9)
        low = 0.84 + 0.03 * math.sin(math.tau * 2 * u)
        return replace(
            state,
            position=(x0 + way * gone, actor.size[1] / 2 * low, state.position[2]),
            squash=low,
            facing=way,
            angle=0.0,
            part=(2.2 * gone) % 1.0,
        )

    s.staged[n] = replace(s.staged[n], contacts=[])  # nobody hears it come
    s.change(
        n,
        at,
        box=(
            min(x0, x0 + way * far) - actor.size[0] / 2,
            max(x0, x0 + way * far) + actor.size[0] / 2,
            0.0,
            1.05 * actor.size[1],
        ),
    )


def _ledge(s: Scene, deed: Deed) -> None:
    """Small things stand on a ledge, a rock or a table of what the words say it is of."""
    found = [
        n
        for n, piece in enumerate(s.staged)
        if piece.actor.look is None
        and not piece.aside
        and piece.actor.size[1] < 0.8
        and (piece.actor.cutout is None or piece.actor.cutout.kind != "effect")
    ]
    if (
        not found
        or any(piece.actor.look is not None for piece in s.staged)
        or s.plan.place in ("studio", "kitchen", "cafe")
    ):
        return
    left = min(s.staged[n].box[0] for n in found) - 0.25
    right = max(s.staged[n].box[1] for n in found) + 0.25
    high = 0.24
    ink = (
        (0.55, 0.54, 0.55)
        if re.search(r"stone|rock|slate|concrete|石|岩", s.plan.told)
        else (0.93, 0.92, 0.90)
        if "marble" in s.plan.told
        else (0.56, 0.40, 0.27)
    )
    for n in found:

        def raised(time: float, at: Callable[[float], State] = s.staged[n].actor.at) -> State:
            state = at(time)
            x, y, z = state.position
            return replace(state, position=(x, y + high, z))

        s.change(n, raised, box=(*s.staged[n].box[:3], s.staged[n].box[3] + high))
    s.trace(
        "slab",
        ink,
        (right - left, high + 0.06),
        lambda time: State(position=((left + right) / 2, (high + 0.06) / 2 - 0.03, STAGE + 0.06)),
        box=(left + 0.2, right - 0.2, 0.0, high),
    )


def _buried(s: Scene, deed: Deed) -> None:
    """A thing that sticks half in the ground, before whoever digs it out."""
    n = s.first(deed.on, deed.of, people=False)
    if n is None:
        return
    p, size = s.first(people=True), s.staged[n].actor.size
    tall = min(0.55, size[1])
    wide = tall * size[0] / size[1]
    way = math.copysign(1.0, s.staged[p].actor.at(s.start).facing or s.way) if p is not None else 1.0
    x = (
        s.staged[p].actor.at(s.at(0.6)).position[0] + way * 0.52
        if p is not None
        else s.staged[n].actor.at(s.start).position[0]
    )
    y = 0.16 * tall
    s.change(
        n,
        lambda time: State(
            position=(x, y + 0.10 * tall * smooth((time - s.start) / s.length), STAGE - 0.05), angle=0.16 * way
        ),
        size=(wide, tall, tall),
        contacts=[],
        box=(x - 0.6 * wide, x + 0.6 * wide, 0.0, 0.7 * tall),
    )
    s.trace(
        "mound",
        stagehand.GROUNDS.get(s.plan.place or "", (0.62, 0.50, 0.36)),
        (1.7 * wide, 0.55 * tall),
        lambda time: State(position=(x, 0.06 * tall, STAGE - 0.07)),
    )


_ORDER = {
    "toward": 0,
    "perch": 0,
    "crowd": 0,
    "carve": 0,
    "halt": 0,
    "wave": 2,
    "arms": 2,
    "shout": 2,
    "breath": 2,
    "mouth": 2,
    "beads": 2,
    "steam": 2,
    "spray": 2,
}
"""Who goes somewhere goes first; what clings to somebody comes last."""
_DEEDS: dict[str, Callable[[Scene, Deed], None]] = {
    "carry": blocking.carry, "perch": blocking.perch, "palm": blocking.palm,
    "toward": _toward, "buried": _buried,
    "stalk": _stalk, "ledge": _ledge, **stagehand.GESTURES, **handlings.DEEDS, **trails.DEEDS, **passings.DEEDS,
}  # fmt: skip
