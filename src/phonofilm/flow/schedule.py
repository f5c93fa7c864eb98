"""Noise levels: which ones training meets, and which ones a sampler visits."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def shifted(t: Tensor, shift: float) -> Tensor:
    """``t`` moved toward the noisy end: ``s t / (1 + (s - 1) t)`` (SD3, 2403.03206, eq. 23). 1 leaves it as it is."""
    return shift * t / (1 + (shift - 1) * t)


def resolution_shift(cells: int, base_cells: int = 1024, base_shift: float = 1.0) -> float:
    """Shift for a canvas of ``cells`` latent cells: the more cells say the same, the more noise it takes to hide it
    (SD3 section 5.3.2: shift grows with the square root of their number). Never below 1."""
    return max(1.0, base_shift * math.sqrt(cells / base_cells))


def grid(steps: int, shift: float = 1.0, *, start: float = 1.0) -> Tensor:
    """The ``steps + 1`` levels a sampler visits, from ``start`` down to exactly 0, float64 ``[steps + 1]``."""
    if steps < 1:
        raise ValueError(f"steps must be at least 1, not {steps}")
    return shifted(torch.linspace(start, 0.0, steps + 1, dtype=torch.float64), shift)


def unshifted(t: Tensor, shift: float) -> Tensor:
    """The inverse of :func:`shifted`."""
    return shifted(t, 1 / shift)


def ahead(t: Tensor, lag: float | Tensor, shift: float, ahead_shift: float) -> Tensor:
    """The level of a group that is ahead of another by ``lag``, while that one is at ``t``: on a common clock from 0 to
    ``1 + lag`` the first group's way is the clock, the second's the clock less the lag, each within 0 and 1
    (semantic-first diffusion, 2512.04926); each way has the shift of its group. At ``t`` = 1 the second may be anywhere
    before its start, so that the first is then at least at ``1 - lag`` of its way."""
    way = (1 - unshifted(t, shift) + lag).clamp(0, 1)
    return shifted(1 - way, ahead_shift)


def lagged_grid(steps: int, lag: float, shift: float, ahead_shift: float, *, start: float = 1.0) -> Tensor:
    """Levels ``[steps + 1, 2]`` of a group that is ahead by ``lag`` and of one that follows, float64: from (1,
    ``start``) to exactly (0, 0). Lag 0 is one clock with two shifts; from 1 on it is a cascade: the first is done
    before the second begins."""
    if steps < 1:
        raise ValueError(f"steps must be at least 1, not {steps}")
    if lag < 0:
        raise ValueError(f"a lag is 0 or more, not {lag}")
    clock = torch.linspace(0.0, 1.0 + lag, steps + 1, dtype=torch.float64)
    first, second = clock.clamp(max=1), (clock - lag).clamp(0, 1)
    first[-1] = second[-1] = 1
    return torch.stack([shifted(1 - first, ahead_shift), shifted(start * (1 - second), shift)], 1)


def logit_normal(
    n: int, generator: torch.Generator, *, mean: float = 0.0, std: float = 1.0, uniform: float = 0.1, shift: float = 1.0
) -> Tensor:
    """``n`` training levels in (0, 1): logit-normal (SD3), a share ``uniform`` of them uniform so that no level
    starves."""
    t = torch.sigmoid(torch.randn(n, generator=generator) * std + mean)
    flat = torch.rand(n, generator=generator)
    pick = torch.rand(n, generator=generator) < uniform
    return shifted(torch.where(pick, flat, t), shift)
