"""Rotary positions (Su et al., 2104.09864) on the shared clock: seconds for time, picture heights for space.

Shape letters of this folder: B batch, T tokens (V picture, A sound), L text tokens, D width, N heads, H head width,
S noise levels, C latent channels, P patch size in numbers, F latent frames, X a coordinate axis (time, y, x).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

TIME_PERIODS = (0.12, 60.0)
"""Shortest and longest period of the time axis, seconds."""
SPACE_PERIODS = (0.15, 8.0)
"""Shortest and longest period of the space axes, picture heights."""


def _angles(position: Tensor, pairs: int, periods: tuple[float, float]) -> Tensor:
    """Angles ``[..., pairs]`` of ``position`` ``[...]`` for ``pairs`` periods spaced evenly in their logarithm
    (float32)."""
    shortest, longest = (math.log(p) for p in periods)
    period = torch.exp(torch.linspace(shortest, longest, pairs, device=position.device, dtype=torch.float32))
    return position.float()[..., None] * (2 * math.pi / period)


def axial(coords_BTX: Tensor, head_width: int) -> tuple[Tensor, Tensor]:
    """Cosine and sine ``[B, 1, T, H/2]`` for picture tokens: half the pairs turn with time, a quarter with each space
    axis."""
    pairs = head_width // 2
    space = pairs // 4
    angles = torch.cat(
        [
            _angles(coords_BTX[..., 0], pairs - 2 * space, TIME_PERIODS),
            _angles(coords_BTX[..., 1], space, SPACE_PERIODS),
            _angles(coords_BTX[..., 2], space, SPACE_PERIODS),
        ],
        dim=-1,
    )[:, None]
    return angles.cos(), angles.sin()


def temporal(seconds_BT: Tensor, head_width: int) -> tuple[Tensor, Tensor]:
    """Cosine and sine ``[B, 1, T, H/2]`` on the time axis alone: sound tokens, and both sides of cross-modal
    attention."""
    angles = _angles(seconds_BT, head_width // 2, TIME_PERIODS)[:, None]
    return angles.cos(), angles.sin()


def rotate(x_BNTH: Tensor, cos_sin: tuple[Tensor, Tensor]) -> Tensor:
    """Turn each pair (first half, second half of the head) by its angle; computed in the input's dtype after float32
    tables."""
    cos, sin = (table.to(x_BNTH.dtype) for table in cos_sin)
    a, b = x_BNTH.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)
