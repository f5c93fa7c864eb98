"""Several things that one person does in a shot, one after the other: "she sits down, opens the letter and laughs"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from phonofilm.theatre.footwork import smooth
from phonofilm.theatre.play import Actor, State
from phonofilm.theatre.wardrobe import Staged

LEAST = {
    "sit": 0.9, "kneel": 0.9, "rise": 0.9, "lie": 0.8, "fall": 1.0, "enter": 1.2, "leave": 1.2, "cross": 1.5,
    "approach": 1.3, "walk": 1.2, "run": 1.0, "jump": 1.0,
    "clap": 0.8, "dance": 1.2, "wave": 0.8, "throw": 1.2, "catch": 0.9, "look": 0.6, "turn": 0.6, "spin": 0.9,
    "reach": 0.7, "give": 0.7, "eat": 0.9, "drink": 0.9,
    "work": 0.9, "fight": 0.8, "embrace": 0.8, "laugh": 0.7,
}  # fmt: skip
"""What may be one of several, and the seconds each takes at least."""
GOES = ("enter", "leave", "cross", "approach", "walk", "run")
SEATED = ("look", "turn", "reach", "give", "eat", "drink", "work", "laugh", "wave", "clap", "embrace", "throw", "catch")
"""What somebody who sits or kneels does without getting up."""
_BLEND = 0.25
"""Seconds from one pose to the next."""


def fitted(course: Sequence[tuple[str, str]], seconds: float) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Those of the (what, word) that a shot has the time for, in order, and those that it has not."""
    shown: list[tuple[str, str]] = []
    left = seconds
    for step in course:
        if LEAST[step[0]] > left and shown:
            return shown, list(course[len(shown) :])
        shown.append(step)
        left -= LEAST[step[0]]
    return shown, []


def spans(course: Sequence[tuple[str, str]], start: float, end: float) -> list[tuple[float, float]]:
    """From when to when each is done: the time shared out by what each takes."""
    total = sum(LEAST[what] for what, _ in course)
    at, found = start, []
    for what, _ in course:
        until = at + (end - start) * LEAST[what] / total
        found.append((at, until))
        at = until
    return found


def doings(first: str | None, also: Sequence[str], seconds: float) -> tuple[list[str], list[str]]:
    """What a cut-out plays one after the other of what it is told to, and what its shot has no time for."""
    steps = list(dict.fromkeys(step for step in (first, *also) if step not in (None, "stand")))
    fit = max(1, int(seconds / 0.9))
    return [step for step in steps[:fit] if step], [step for step in steps[fit:] if step]


def chained(pieces: Sequence[tuple[float, float, Staged]]) -> Staged:
    """One performance of several, each from its start to its end; a pose passes softly into the next."""

    def at(time: float) -> State:
        n = next((n for n in range(len(pieces) - 1, 0, -1) if time >= pieces[n][0]), 0)
        state = pieces[n][2].actor.at(time)
        share = smooth((time - pieces[n][0]) / _BLEND) if n else 1.0
        return state if share >= 1.0 else between(pieces[n - 1][2].actor.at(time), state, share)

    first = pieces[0][2]
    actor: Actor = replace(first.actor, at=at)
    contacts = [contact for start, end, piece in pieces for contact in piece.contacts if start < contact.time <= end]
    boxes = [piece.box for _, _, piece in pieces]
    box = (
        min(one[0] for one in boxes),
        max(one[1] for one in boxes),
        min(one[2] for one in boxes),
        max(one[3] for one in boxes),
    )
    return Staged(actor=actor, contacts=sorted(contacts, key=lambda one: one.time), box=box)


def between(a: State, b: State, share: float) -> State:
    """A state on the way from one to another."""

    def mid(x: float, y: float) -> float:
        return x + (y - x) * share

    position = (mid(a.position[0], b.position[0]), mid(a.position[1], b.position[1]), mid(a.position[2], b.position[2]))
    pose = b.pose
    if a.pose is not None and b.pose is not None:
        before = a.pose.joints
        joints = {
            name: (mid(before[name][0], x), mid(before[name][1], y)) if name in before else (x, y)
            for name, (x, y) in b.pose.joints.items()
        }
        pose = replace(b.pose, joints=joints)
    return replace(b, position=position, angle=mid(a.angle, b.angle), facing=mid(a.facing, b.facing), pose=pose)
