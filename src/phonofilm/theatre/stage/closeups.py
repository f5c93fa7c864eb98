"""Close-ups of a part (a label, eyes, hands, a wheel, the tip of a dropper), framed so that it fills the picture: all
along, or where the camera comes to rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from phonofilm.theatre.camera import FOOT_ROOM, HORIZON, Frame, Rig, direct, ease
from phonofilm.theatre.lexicon.cutout_table import ALIVE
from phonofilm.theatre.moves.playing import hand
from phonofilm.theatre.moves.wardrobe import Staged
from phonofilm.theatre.paper.figures import joints
from phonofilm.theatre.play import STAGE, Actor, Camera, State
from phonofilm.theatre.reading.plan import Plan, actor_name

_OF_THINGS = ("label", "top", "tip", "sole")
_FILL = 0.74


def closer(
    plan: Plan, staged: Sequence[Staged], rig: Rig, start: float, end: float, seed: int
) -> tuple[Rig, tuple[float, float] | None]:
    """The shot's camera on the part its words speak of, or, in a macro, on what is done; and from which x to which a
    narrower picture has to hold. Unchanged where nobody there has such a part."""
    part, settles = plan.detail
    main = _whose(part, plan, staged) if part else None
    ref = end if settles else (start + end) / 2
    if (
        any(deed.kind == "selfie" for deed in plan.deeds)
        and (face := next((one for one in staged if one.actor.look is not None), None)) is not None
    ):
        x, y, half = _person("face", face.actor, face.actor.at(ref))
        frame, settles = (
            replace(_box(x, y - 0.14 * half, 1.3 * half, 0.80), left=x - 0.95 * half, right=x + 0.95 * half),
            False,
        )
    elif main is not None:
        frame = _frame(part, main, ref, "macro" in plan.framings and not settles)
        if settles and plan.camera == "orbit" and main.actor.look is None:
            # Round a thing and to rest before it: all of it, its cap as well, with the part in the middle.
            frame = replace(
                _box(*main.actor.at(ref).position[:2], 0.5 * main.actor.size[1], 0.86),
                depth=main.actor.at(ref).position[2],
            )
    elif "macro" in plan.framings and (zone := _zone(plan, staged, start, end)) is not None:
        frame, settles = zone, False
    else:
        return rig, _middle(plan, staged, ref)
    move = (
        plan.camera
        if not settles and plan.camera in ("push_in", "pull_out", "handheld", "orbit", "dolly_zoom")
        else "static"
    )
    still = direct(move or "static", start=start, end=end, frame=frame, pace=plan.pace, seed=seed)

    def near(time: float) -> Camera:
        camera = still(time)
        aside = main.actor.at(time).position[0] - main.actor.at(ref).position[0] if main is not None else 0.0
        return replace(camera, position=(camera.position[0] + aside, *camera.position[1:]))

    if not settles:
        return near, (frame.left, frame.right)
    since = start + (0.15 if plan.camera in ("push_in", "static", None) else 0.55) * (end - start)
    wide = rig if plan.camera != "push_in" else (lambda time: rig(end))

    def both(time: float) -> Camera:
        u = ease((time - since) / max(1e-6, 0.92 * (end - since)))
        a, b = wide(time), near(time)
        if u <= 0.0:
            return a
        # Even in the size of what is seen, not in metres: a long way in does not rush at its end.
        mid = lambda p, q: p + (q - p) * u  # noqa: E731
        x, y, z = (mid(p, q) for p, q in zip(a.position, b.position, strict=True))
        return Camera(
            position=(x, y, z),
            yaw=mid(a.yaw, b.yaw),
            pitch=mid(a.pitch, b.pitch),
            focal=a.focal * (b.focal / a.focal) ** u,
            orbit=a.orbit,
        )

    return both, None


def _middle(plan: Plan, staged: Sequence[Staged], time: float) -> tuple[float, float] | None:
    """Head and shoulders of the one whom a medium shot is of."""
    piece = next((piece for piece in staged if piece.actor.look is not None), None)
    if piece is None or piece.actor.look is None or piece.follow is not None or "medium" not in plan.framings:
        return None
    state, h = piece.actor.at(time), piece.actor.look.height
    ahead = 0.10 * h * max(-1.0, min(1.0, state.facing))
    return state.position[0] - 0.18 * h + min(0.0, ahead), state.position[0] + 0.18 * h + max(0.0, ahead)


def _zone(plan: Plan, staged: Sequence[Staged], start: float, end: float) -> Frame | None:
    """What a macro without a named part is of: the hands and what they deal with, else the things that its words name,
    filling the picture."""
    time = start + 0.5 * (end - start)
    named = {actor_name(turn.role) for turn in plan.turns}
    things = [
        piece.actor
        for piece in staged
        if piece.actor.look is None
        and not piece.aside
        and piece.actor.size[1] < 1.2
        and (piece.actor.cutout is None or piece.actor.cutout.kind != "effect")
    ]
    boxes = []
    person = next((piece.actor for piece in staged if piece.actor.look is not None), None)
    if person is not None and person.look is not None and things:
        h, state = person.look.height, person.at(time)
        assert state.pose is not None
        hands = [hand(state, h, which) for which in ("r", "l")]
        for actor in things:
            x, y, _ = actor.at(time).position
            if min(math.hypot(x - hx, y - hy) for hx, hy in hands) < 0.45 * h and actor.at(time).visible:
                boxes.append(
                    (x - actor.size[0] / 2, x + actor.size[0] / 2, y - actor.size[1] / 2, y + actor.size[1] / 2)
                )
        if boxes:
            boxes += [(x, x, y, y) for x, y in hands if any(abs(x - (b[0] + b[1]) / 2) < 0.45 * h for b in boxes)]
    if person is None:
        for actor in (one for one in things if one.name in named and one.at(start).visible):
            x, y, _ = actor.at(start).position
            boxes.append(
                (x - 0.6 * actor.size[0], x + 0.75 * actor.size[0], y - actor.size[1] / 2, y + 0.75 * actor.size[1])
            )
        for actor in (one for one in things if boxes and one.name not in named and one.kind in ("teapot", "bottle")):
            x, y, _ = actor.at(time).position
            boxes.append(
                (x, x + 0.1, y - actor.size[1] / 2, y + 0.3 * actor.size[1])
            )  # what pours, as far as its spout
    if not boxes:
        return None
    left, right, low, top = (
        min(b[0] for b in boxes),
        max(b[1] for b in boxes),
        min(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
    # No wider than a picture that the tallest of them fills.
    half = max((top - low) / 2, (right - left) / 2 / 1.7)
    return _box((left + right) / 2, (low + top) / 2, half, 0.94)


def _whose(part: str, plan: Plan, staged: Sequence[Staged]) -> Staged | None:
    """Of whom or what it is a part."""
    focus = next(
        (piece for piece in staged if plan.focus is not None and piece.actor.name == actor_name(plan.focus)), None
    )
    order = [
        piece
        for piece in (focus, *staged)
        if piece is not None and (piece.actor.cutout is None or piece.actor.cutout.kind != "effect")
    ]
    people = [piece for piece in order if piece.actor.look is not None]
    alive = [piece for piece in order if piece.actor.cutout is not None and piece.actor.cutout.nature.move in ALIVE]
    wheels = [
        piece
        for piece in order
        if piece.actor.kind == "car" or (piece.actor.cutout is not None and piece.actor.cutout.nature.move == "drive")
    ]
    still = [piece for piece in order if piece.actor.look is None and not piece.aside and piece not in alive]
    if part in ("wheel", "front"):
        return next(iter(wheels), None)
    if part in _OF_THINGS:
        return next(iter(still), None)
    return next(iter([*people, *alive] if part != "feet" else [*people, *alive, *still]), None)


def _frame(part: str, piece: Staged, time: float, macro: bool) -> Frame:
    actor, state = piece.actor, piece.actor.at(time)
    x, y, half = _person(part, actor, state) if actor.look is not None else _thing(part, actor, state)
    return replace(_box(x, y, half * (0.45 if macro else 1.0), _FILL), depth=state.position[2], follow=piece.follow)


def _box(x: float, y: float, half: float, fill: float) -> Frame:
    """A box in the middle of the picture: ``direct`` puts a box's lower edge under the horizon."""
    scale = fill / (2 * half)
    bottom = y + HORIZON / scale - max(0.22, FOOT_ROOM / scale)
    return Frame(left=x - half, right=x + half, bottom=bottom, top=bottom + 2 * half, depth=STAGE, fill=fill)


def _person(part: str, actor: Actor, state: State) -> tuple[float, float, float]:
    """(x, y, half the height) of a person's part."""
    assert actor.look is not None and state.pose is not None
    h = actor.look.height
    found = joints(h, state.pose, state.facing * 1.5708, state.facing < 0)
    name, half, up = {
        "hands": ("hand_r", 0.15, 0.02),
        "feet": ("foot_r", 0.11, 0.02),
        "eyes": ("head", 0.085, 0.02),
    }.get(part, ("head", 0.155, 0.0))
    px, py = found[name]
    if part == "feet":
        px = (found["foot_r"][0] + found["foot_l"][0]) / 2
    return state.position[0] + px, state.position[1] + py + up * h, half * h


def _thing(part: str, actor: Actor, state: State) -> tuple[float, float, float]:
    """The same of a thing or an animal: the third of it where such a part is most likely."""
    w, h = actor.size[:2]
    x, y, _ = state.position
    ahead = (1.0 if state.facing > 0 else -1.0) if abs(state.facing) > 0.05 else 0.0
    across, up, half = {
        "eyes": (0.32 * ahead, 0.27, 0.20 * h),
        "face": (0.30 * ahead, 0.24, 0.30 * h),
        "feet": (0.0, -0.34, 0.24 * h),
        "hands": (0.2 * ahead, -0.1, 0.26 * h),
        "wheel": (0.27 * ahead, -0.22, 0.29 * h),
        "front": (0.36 * ahead, -0.06, 0.38 * h),
        "label": (0.0, -0.16, 0.27 * h),
        "top": (0.0, 0.36, 0.20 * h),
        "tip": (0.0, -0.40, 0.26 * h),
        "sole": (0.0, -0.34, 0.28 * h),
    }[part]
    return x + across * w, y + up * h, max(0.05, half)
