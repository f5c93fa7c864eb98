"""Samplers: one function each, one signature. They integrate dx/dt = (x - x0(x, t)) / t from noise to data.

``denoise(state, t) -> x0`` predicts the clean state; a state is a tuple of tensors (picture latents, sound latents ...)
that share one clock ``t``; ``times`` runs from 1 down to 0 (``schedule.grid``); ``on_step(done, total)`` reports progress;
``fresh`` gives the noise that stochastic ones add, and the others do without.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

from phonofilm.flow.noise import noise

State = tuple[Tensor, ...]
Denoise = Callable[[State, float], State]
OnStep = Callable[[int, int], None]
Fresh = Callable[[int, State], State]
"""``(step, like) -> standard normal noise`` shaped as the state ``like``."""
Sampler = Callable[[Denoise, State, Tensor, OnStep, Fresh], State]


def _move(state: State, x0: State, t: float, s: float) -> State:
    """From level ``t`` to ``s`` along the straight line through ``x0``: ``x_s = x0 + (s / t)(x_t - x0)``; exactly x0 at 0."""
    return tuple(x + (s / t) * (y - x) if s > 0 else x for y, x in zip(state, x0, strict=True))


def _quiet(done: int, total: int) -> None:
    """Default progress report: none."""


def _seeded(step: int, like: State) -> State:
    """Noise of a fixed seed."""
    return tuple(noise(tuple(x.shape), 0, "fresh", step, k).to(x.dtype) for k, x in enumerate(like))


def euler(denoise: Denoise, state: State, times: Tensor, on_step: OnStep = _quiet, fresh: Fresh = _seeded) -> State:
    """First order, one evaluation a step."""
    levels = times.tolist()
    for i, (t, s) in enumerate(zip(levels, levels[1:], strict=False)):
        state = _move(state, denoise(state, t), t, s)
        on_step(i + 1, len(levels) - 1)
    return state


def heun(denoise: Denoise, state: State, times: Tensor, on_step: OnStep = _quiet, fresh: Fresh = _seeded) -> State:
    """Second order (Karras et al., 2206.00364, algorithm 1 without churn): two evaluations a step, one on the last."""
    levels = times.tolist()
    for i, (t, s) in enumerate(zip(levels, levels[1:], strict=False)):
        x0 = denoise(state, t)
        guess = _move(state, x0, t, s)
        if s > 0:
            again = denoise(guess, s)
            state = tuple(
                y + (s - t) * 0.5 * ((y - a) / t + (g - b) / s) for y, a, g, b in zip(state, x0, guess, again, strict=True)
            )
        else:
            state = guess
        on_step(i + 1, len(levels) - 1)
    return state


def multistep(denoise: Denoise, state: State, times: Tensor, on_step: OnStep = _quiet, fresh: Fresh = _seeded) -> State:
    """Second-order multistep, one evaluation a step: x0 is taken as the line ``a + b t`` through the last two predictions, for
    which the equation has the exact solution ``x_s = (s/t) x_t + (1 - s/t) a - b s ln(s/t)`` (an exponential integrator as
    DPM-Solver++ 2M, 2211.01095, but linear in t, which stays smooth at both ends). First and last steps are first order."""
    levels = times.tolist()
    last: State | None = None
    for i, (t, s) in enumerate(zip(levels, levels[1:], strict=False)):
        x0 = denoise(state, t)
        if last is None or s == 0:
            state = _move(state, x0, t, s)
        else:
            slopes = [(x - p) / (t - levels[i - 1]) for x, p in zip(x0, last, strict=True)]
            bend = s * math.log(s / t)
            state = tuple((s / t) * y + (1 - s / t) * (x - b * t) - b * bend for y, x, b in zip(state, x0, slopes, strict=True))
        last = x0
        on_step(i + 1, len(levels) - 1)
    return state


def ancestral(denoise: Denoise, state: State, times: Tensor, on_step: OnStep = _quiet, fresh: Fresh = _seeded) -> State:
    """First order and stochastic, one evaluation a step: part of the noise believed to be in ``x_t`` is replaced by fresh noise, as much as leaves the
    path's marginals as they are (DDPM's posterior, Ho et al., 2006.11239, eq. 7, in the signal ``1 - t`` and noise ``t`` of this path). What the
    network took wrongly for picture at one step is drowned and judged anew at the next, where an equation would carry it to the end."""
    levels = times.tolist()
    for i, (t, s) in enumerate(zip(levels, levels[1:], strict=False)):
        x0 = denoise(state, t)
        if s > 0:
            kept = (1 - t) * s / ((1 - s) * t)  # share of x_t's noise that stays, as an amplitude
            dice = fresh(i, state)
            state = tuple(
                (1 - s) * x + s * (kept / t * (y - (1 - t) * x) + (1 - kept**2) ** 0.5 * e) for x, y, e in zip(x0, state, dice, strict=True)
            )
        else:
            state = x0
        on_step(i + 1, len(levels) - 1)
    return state


SAMPLERS: dict[str, Sampler] = {"euler": euler, "heun": heun, "multistep": multistep, "ancestral": ancestral}
