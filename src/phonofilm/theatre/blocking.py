"""Blocking: where the cast stands, and the box of the stage that the camera has to hold."""

from __future__ import annotations

import random
from collections.abc import Sequence

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


def small(role: Role) -> bool:
    """Does it belong on a table: a bottle, a cup, a shoe, a bowl?"""
    if role.kind == "person":
        return False
    if role.cutout is None:
        return role.kind in ("cup", "bottle", "bell")
    return role.cutout.nature.move in ("stand", "roll") and role.cutout.nature.height <= 0.62


def slots_of(leads: Sequence[Turn], way: float) -> dict[int, float]:
    """Where the leads stand: one in the middle, two on either side, three spread out."""
    if len(leads) == 1:
        return {id(leads[0]): 0.0}
    gap = 1.7 if len(leads) == 2 else 1.4
    wide = sum(1 for t in leads if t.action in ("walk", "run", "bounce", "roll", "drive", "fly"))
    gap = 1.0 if wide == len(leads) else gap + 0.4 * (wide > 0)
    order = leads if way > 0 else list(reversed(leads))
    return {id(t): gap * (n - (len(order) - 1) / 2) for n, t in enumerate(order)}


def frame_of(staged: Sequence[Staged], plan: Plan, dice: random.Random) -> Frame:
    """The picture's box around everything that plays; the subject a little off the middle now and then."""
    if not staged:
        return Frame(left=-1.6, right=1.6, bottom=0.0, top=1.8, depth=STAGE, follow=None, fill=0.7)
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
    if plan.wide:
        fill *= 0.7
    off = dice.choice((0.0, 0.0, -0.45, 0.45)) * (top - bottom)
    left, right = left + min(0.0, off), right + max(0.0, off)
    follow = main.follow if plan.camera == "track" else None
    return Frame(left=left, right=right, bottom=bottom, top=max(top, bottom + 0.5), depth=STAGE, follow=follow, fill=fill)
