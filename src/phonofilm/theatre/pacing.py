"""Pacing: slow motion, which stretches all that a shot's cast does over the shot, and what somebody does without ceasing to walk or run."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from phonofilm.theatre import acting, course
from phonofilm.theatre.acting import Player
from phonofilm.theatre.footwork import smooth
from phonofilm.theatre.play import State
from phonofilm.theatre.stagehand import handed
from phonofilm.theatre.wardrobe import Staged

MOVING = ("turn", "look", "laugh", "wave", "talk")
"""What somebody does without ceasing to go."""


def stretched(staged: Sequence[Staged], start: float, by: float) -> list[Staged]:
    """The same shot, ``by`` times as long from its start: bodies, what they touch, and the sound of it."""

    def real(time: float) -> float:
        return start + (time - start) / by

    def slowed(piece: Staged) -> Staged:
        own, follow = piece.actor.at, piece.follow
        contacts = [replace(one, time=start + (one.time - start) * by) for one in piece.contacts]
        return replace(
            piece, actor=replace(piece.actor, at=lambda time: own(real(time))), contacts=contacts, follow=(lambda time: follow(real(time))) if follow is not None else None
        )

    return [slowed(piece) for piece in staged]


def on_the_move(steps: Sequence[tuple[str, str]]) -> bool:
    """Does somebody first walk or run, and then only what can be done meanwhile?"""
    return len(steps) > 1 and steps[0][0] in ("walk", "run") and all(what in MOVING for what, _ in steps[1:])


def going(player: Player, steps: Sequence[tuple[str, str]]) -> Staged:
    """Somebody who walks or runs through the whole shot and turns round, laughs or waves on the way."""
    player = replace(player, action=steps[0][0], also=(), roam=True, mood=max(player.mood, 0.7 if any(what in ("laugh", "wave") for what, _ in steps) else -1.0))
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
        faced = max(back, 0.75 * up(time))
        assert state.pose is not None
        gaze = state.pose.gaze
        gaze = (gaze[0] + (-0.9 - gaze[0]) * back, gaze[1]) if back > 0.02 else gaze
        return replace(state, facing=state.facing + (math.copysign(0.22, player.way) - state.facing) * faced, pose=replace(state.pose, gaze=gaze))

    found: Callable[[float], State] = at
    return replace(base, actor=replace(base.actor, at=found), box=(*base.box[:3], max(base.box[3], 1.12 * h)))
