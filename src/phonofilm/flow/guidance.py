"""Guidance: combinations of predictions, as pure functions. ``x`` stands for predicted x0 (any affine prediction
works)."""

from __future__ import annotations

from torch import Tensor


def text(conditional: Tensor, unconditional: Tensor, scale: float) -> Tensor:
    """Classifier-free guidance (Ho and Salimans, 2207.12598): ``u + s (c - u)``; 1 is no guidance."""
    return unconditional + scale * (conditional - unconditional)


def rescale(guided: Tensor, conditional: Tensor, amount: float) -> Tensor:
    """Pull the guided prediction's spread back toward the conditional one's (Lin et al., 2305.08891, eq. 15-16).
    Spread is taken per sample over all other dimensions; ``amount`` 0 leaves it, 1 matches it."""
    dims = tuple(range(1, guided.ndim))
    ratio = conditional.std(dim=dims, keepdim=True) / guided.std(dim=dims, keepdim=True).clamp(min=1e-6)
    return guided * (amount * ratio + 1 - amount)
