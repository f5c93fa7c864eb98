"""The shots of a script in another order: moved, said twice, left out. Each keeps its words, lines and length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from phonofilm.errors import PromptError
from phonofilm.prompt.script import Script
from phonofilm.spec import clock

MOST = 200
"""Shots of an arranged script."""


def arranged(script: Script, order: Sequence[int], seconds: float) -> tuple[Script, float]:
    """The script with the shots of ``order`` (from 0; one may stand twice, or not at all), and the length of its clip
    in seconds.

    Where the shots have times, the clip gets longer or shorter with them, from 4 to 15 s, beyond which all are
    stretched alike; shots without times share the same clip. Raises PromptError for a number that is no shot's, for
    none at all, and for more than 200.
    """
    if not order or len(order) > MOST or any(not 0 <= one < len(script.shots) for one in order):
        raise PromptError(f"the order must name 1 to {MOST} of the {len(script.shots)} shots, counted from 0", 0)
    timed = any(shot.start is not None for shot in script.shots)
    shots = [script.shots[one] for one in order]
    if timed:
        times = script.times(seconds)
        lengths = [times[one][1] - times[one][0] for one in order]
        whole = sum(lengths)
        fitting = min(clock.MAX_SECONDS, max(clock.MIN_SECONDS, round(2 * whole) / 2))
        starts = [sum(lengths[:n]) * fitting / whole for n in range(len(lengths) + 1)]
        shots = [replace(shot, start=round(starts[n], 3), end=round(starts[n + 1], 3)) for n, shot in enumerate(shots)]
        seconds = fitting
    said = tuple((name, seconds if name == "duration" else value) for name, value in script.settings)
    return replace(script, shots=tuple(shots), settings=said), seconds
