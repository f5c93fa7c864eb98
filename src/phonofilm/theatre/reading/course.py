"""Several things that one person does in a shot, one after the other: "she sits down, opens the letter and laughs"."""

from __future__ import annotations

from collections.abc import Sequence

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
