"""Blocking: where the cast stands, and the box of the stage that the camera has to hold."""

from __future__ import annotations

import random
from collections.abc import Sequence

from phonofilm.theatre import repertoire
from phonofilm.theatre.camera import Frame
from phonofilm.theatre.plan import Plan, Role, Turn
from phonofilm.theatre.wardrobe import Staged

STAGE = 6.0
"""Depth at which the cast plays, metres."""


BEHIND = 1.6
"""Metres by which buildings and trees stand further back, so that nobody is hidden by one."""


def scenery(role: Role) -> bool:
    """Is it a building, a tree or a mountain among the cut-outs?"""
    return role.cutout is not None and role.cutout.nature.move in ("stand", "grow") and role.cutout.nature.height >= 1.9


def handy(role: Role) -> bool:
    """Can a hand hold it: a phone, a cup, an umbrella, a sword?"""
    if role.cutout is None:
        return role.kind in ("cup", "bottle", "ball", "balloon", "bell")
    thrown = role.cutout.name in ("flying-disc", "boomerang", "kite")
    return thrown or (role.cutout.nature.move in ("stand", "roll", "float", "burn", "grow") and role.cutout.nature.height <= 1.05)


def depth(role: Role, place: str) -> float:
    """Metres by which it stands behind the cast: scenery far, a train beyond the edge of its platform, a car just behind whoever is with it."""
    if scenery(role):
        return 6.0
    height = 1.15 if role.cutout is None else role.cutout.nature.height
    if role.kind == "car" or (role.cutout is not None and role.cutout.nature.move in ("drive", "sail") and height >= 1.0):
        return 3.4 if place == "platform" else 1.1 if height < 2.0 else 2.2
    return 1.4 if role.cutout is not None and role.cutout.nature.move == "fly" and height < 1.0 else 0.0


def spread(leads: Sequence[Turn], way: float) -> dict[int, float]:
    """Where the leads stand by how much room each takes; scenery to either side, behind."""
    cast, found = [turn for turn in leads if not scenery(turn.role)], {}
    wide = []
    for turn in cast:
        role = turn.role
        width = 0.8 if role.kind == "person" else role.cutout.size[0] if role.cutout is not None else repertoire.PROPS[role.kind][0][0]
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
    """The picture's box around everything that plays; the subject a little off the middle now and then. ``bold``: as staged prompts show it."""
    if not staged:
        return Frame(left=-1.6, right=1.6, bottom=0.0, top=1.8, depth=STAGE, follow=None, fill=0.7)
    staged = [s for s in staged if not s.aside] or staged
    left, right = min(s.box[0] for s in staged), max(s.box[1] for s in staged)
    bottom, top = 0.0, max(s.box[3] for s in staged)
    main = next((s for s in staged if plan.focus is not None and s.actor.name == f"{plan.focus.kind}-{plan.focus.number + 1}"), staged[0])
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
        fill *= 0.48 if "vast" in plan.framings else 0.55 if "aerial" in plan.framings and main.actor.look is None else 0.7
    angle = next((name for name in ("low", "top", "aerial", "high") if name in plan.framings), "")
    rise = None
    if angle == "low" and bold:
        # From low down the subject stands tall against the sky; a camera that goes along rises with it.
        fill = max(fill, 0.84)
        if main.actor.look is not None and plan.camera == "track" and main.follow is not None:
            top, at, reach = 1.12 * main.actor.look.height, main.actor.at, 1.6
            rise = lambda time: reach * sum(at(time + 0.1 * k).position[1] for k in (-1, 0, 1)) / 3  # noqa: E731
    off = dice.choice((0.0, 0.0, -0.45, 0.45)) * (top - bottom)
    left, right = left + min(0.0, off), right + max(0.0, off)
    follow = main.follow if plan.camera == "track" else None
    return Frame(left=left, right=right, bottom=bottom, top=max(top, bottom + 0.5), depth=STAGE, follow=follow, fill=fill, angle=angle, near=near, rise=rise, settles="settles" in plan.framings)
