"""Samplers: one function each, one signature. They integrate dx/dt = (x - x0(x, t)) / t from noise to data.

A state is a tuple of tensors (picture latents, sound latents, cues ...). Each has a clock of its own: ``times`` is ``[N
+ 1]``, one clock for all, or ``[N + 1, n]``, a column each (``schedule.lagged_grid``); a clock falls from 1 to exactly
0 and may stand still on the way. ``denoise(state, levels) -> x0`` predicts the clean state; ``on_step(done, total)``
reports progress; ``fresh`` gives the noise that stochastic ones add, and the others do without.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

from phonofilm.flow.noise import noise

State = tuple[Tensor, ...]
Levels = tuple[float, ...]
"""Noise level of each tensor of a state."""
Denoise = Callable[[State, Levels], State]
OnStep = Callable[[int, int], None]
Fresh = Callable[[int, State], State]
"""``(step, like) -> standard normal noise`` shaped as the state ``like``."""
Sampler = Callable[[Denoise, State, Tensor, OnStep, Fresh], State]


def _clocks(times: Tensor, state: State) -> list[Levels]:
    """The levels of each tensor at each moment."""
    columns = times[:, None].expand(-1, len(state)) if times.ndim == 1 else times
    return [tuple(row) for row in columns.tolist()]


def _toward(y: Tensor, x0: Tensor, t: float, s: float) -> Tensor:
    """From level ``t`` to ``s`` along the straight line through ``x0``, ``x_s = x0 + (s / t)(x_t - x0)``; exactly x0 at
    0, ``y`` where time stands still."""
    if s == t:
        return y
    return x0 + (s / t) * (y - x0) if s > 0 else x0


def _move(state: State, x0: State, t: Levels, s: Levels) -> State:
    return tuple(_toward(*parts) for parts in zip(state, x0, t, s, strict=True))


def _quiet(done: int, total: int) -> None:
    """Default progress report: none."""


def _seeded(step: int, like: State) -> State:
    """Noise of a fixed seed."""
    return tuple(noise(tuple(x.shape), 0, "fresh", step, k).to(x.dtype) for k, x in enumerate(like))


def euler(denoise: Denoise, state: State, times: Tensor, on_step: OnStep = _quiet, fresh: Fresh = _seeded) -> State:
    """First order, one evaluation a step."""
    levels = _clocks(times, state)
    for i, (t, s) in enumerate(zip(levels, levels[1:], strict=False)):
        state = _move(state, denoise(state, t), t, s)
        on_step(i + 1, len(levels) - 1)
    return state


def heun(denoise: Denoise, state: State, times: Tensor, on_step: OnStep = _quiet, fresh: Fresh = _seeded) -> State:
    """Second order (Karras et al., 2206.00364, algorithm 1 without churn): two evaluations a step, one on the last."""
    levels = _clocks(times, state)

    def corrected(y: Tensor, a: Tensor, g: Tensor, b: Tensor, t: float, s: float) -> Tensor:
        return g if s in (0, t) else y + (s - t) * 0.5 * ((y - a) / t + (g - b) / s)

    for i, (t, s) in enumerate(zip(levels, levels[1:], strict=False)):
        x0 = denoise(state, t)
        guess = _move(state, x0, t, s)
        state = (
            tuple(corrected(*parts) for parts in zip(state, x0, guess, denoise(guess, s), t, s, strict=True))
            if any(s)
            else guess
        )
        on_step(i + 1, len(levels) - 1)
    return state


def multistep(denoise: Denoise, state: State, times: Tensor, on_step: OnStep = _quiet, fresh: Fresh = _seeded) -> State:
    """Second-order multistep, one evaluation a step: x0 is taken as the line ``a + b t`` through the last two
    predictions, for which the equation has the exact solution ``x_s = (s/t) x_t + (1 - s/t) a - b s ln(s/t)`` (an
    exponential integrator as DPM-Solver++ 2M, 2211.01095, but linear in t, which stays smooth at both ends). First and
    last steps are first order."""
    levels = _clocks(times, state)
    last: State | None = None

    def curved(y: Tensor, x: Tensor, p: Tensor, before: float, t: float, s: float) -> Tensor:
        if s in (0, t) or t == before:
            return _toward(y, x, t, s)
        slope = (x - p) / (t - before)
        return (s / t) * y + (1 - s / t) * (x - slope * t) - slope * (s * math.log(s / t))

    for i, (t, s) in enumerate(zip(levels, levels[1:], strict=False)):
        x0 = denoise(state, t)
        state = (
            _move(state, x0, t, s)
            if last is None
            else tuple(curved(*p) for p in zip(state, x0, last, levels[i - 1], t, s, strict=True))
        )
        last = x0
        on_step(i + 1, len(levels) - 1)
    return state


def ancestral(denoise: Denoise, state: State, times: Tensor, on_step: OnStep = _quiet, fresh: Fresh = _seeded) -> State:
    """First order and stochastic, one evaluation a step: part of the noise believed to be in ``x_t`` is replaced by
    fresh noise, as much as leaves the path's marginals as they are (DDPM's posterior, Ho et al., 2006.11239, eq. 7, in
    the signal ``1 - t`` and noise ``t`` of this path). What the network took wrongly for picture at one step is drowned
    and judged anew at the next, where an equation would carry it to the end."""
    levels = _clocks(times, state)

    def redrawn(y: Tensor, x: Tensor, e: Tensor, t: float, s: float) -> Tensor:
        if s in (0, t):
            return _toward(y, x, t, s)
        kept = (1 - t) * s / ((1 - s) * t)  # share of x_t's noise that stays, as an amplitude
        return (1 - s) * x + s * (kept / t * (y - (1 - t) * x) + (1 - kept**2) ** 0.5 * e)

    for i, (t, s) in enumerate(zip(levels, levels[1:], strict=False)):
        x0 = denoise(state, t)
        state = tuple(redrawn(*parts) for parts in zip(state, x0, fresh(i, state), t, s, strict=True))
        on_step(i + 1, len(levels) - 1)
    return state


SAMPLERS: dict[str, Sampler] = {"euler": euler, "heun": heun, "multistep": multistep, "ancestral": ancestral}
