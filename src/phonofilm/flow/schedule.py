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


def paired_grid(steps: int, shift: float, lead: float, other_shift: float = 1.0) -> Tensor:
    """The ``steps + 1`` levels of a stream (``shift``) that is ahead of another (``other_shift``) by ``lead``: at its level ``t`` the other's is
    ``shifted(t, lead)``. Each step takes both together an equal share of their two ways, so that neither is hurried while the other waits."""
    if steps < 1:
        raise ValueError(f"steps must be at least 1, not {steps}")
    fine = torch.linspace(-16, 16, 4097, dtype=torch.float64).sigmoid()
    fine = torch.cat([fine.new_zeros(1), fine, fine.new_ones(1)])
    way = (shifted(fine, 1 / shift) + shifted(shifted(fine, lead), 1 / other_shift)) / 2
    at = torch.linspace(1.0, 0.0, steps + 1, dtype=torch.float64)
    right = torch.searchsorted(way, at).clamp(1, len(way) - 1)
    share = (at - way[right - 1]) / (way[right] - way[right - 1])
    return fine[right - 1] + share * (fine[right] - fine[right - 1])


def logit_normal(n: int, generator: torch.Generator, *, mean: float = 0.0, std: float = 1.0, uniform: float = 0.1, shift: float = 1.0) -> Tensor:
    """``n`` training levels in (0, 1): logit-normal (SD3), a share ``uniform`` of them uniform so that no level starves."""
    t = torch.sigmoid(torch.randn(n, generator=generator) * std + mean)
    flat = torch.rand(n, generator=generator)
    pick = torch.rand(n, generator=generator) < uniform
    return shifted(torch.where(pick, flat, t), shift)
