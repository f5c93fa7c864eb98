"""The straight path between data and noise, and the conversions between what a network may predict on it.

Rectified flow (Liu et al., 2209.03003; Lipman et al., 2210.02747): ``x_t = (1 - t) x0 + t e`` with ``t = 0`` the data
and ``t = 1`` pure noise; the velocity is ``v = e - x0``. Every function broadcasts ``t`` over trailing dimensions.
"""

from __future__ import annotations

import torch
from torch import Tensor


def expand(t: Tensor, like: Tensor) -> Tensor:
    """``t`` with trailing ones until it has as many dimensions as ``like``."""
    return t.reshape(t.shape + (1,) * (like.ndim - t.ndim))


def interpolate(x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """The point ``x_t`` at noise level ``t`` in [0, 1]; exactly ``x0`` at 0 and ``noise`` at 1."""
    t = expand(t, x0)
    return (1 - t) * x0 + t * noise


def velocity(x0: Tensor, noise: Tensor) -> Tensor:
    """dx_t / dt, constant along the path."""
    return noise - x0


def x0_to_velocity(x0: Tensor, x_t: Tensor, t: Tensor, floor: float = 0.0) -> Tensor:
    """``v = (x_t - x0) / t``; ``floor`` bounds the division near the data (JiT, 2511.13720, uses 0.05)."""
    return (x_t - x0) / expand(t, x_t).clamp(min=max(floor, 1e-8))


def velocity_to_x0(v: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
    """``x0 = x_t - t v``."""
    return x_t - expand(t, x_t) * v


def x0_to_noise(x0: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
    """``e = (x_t - (1 - t) x0) / t``."""
    t = expand(t, x_t)
    return (x_t - (1 - t) * x0) / t.clamp(min=1e-8)


def renoise(x: Tensor, noise: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """A point at level ``start`` taken up to ``end`` > ``start`` with fresh noise, keeping the path's marginal."""
    start, end = expand(start, x), expand(end, x)
    scale = (1 - end) / (1 - start).clamp(min=1e-8)
    return scale * x + torch.sqrt((end**2 - (scale * start) ** 2).clamp(min=0)) * noise
