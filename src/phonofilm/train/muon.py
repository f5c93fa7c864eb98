"""AdamW for vectors, Muon (Jordan, 2024: momentum made orthogonal) for matrices and convolution kernels, as one
optimiser.

``torch.optim.Muon`` takes matrices only; here a kernel [out, in, ...] counts as the matrix [out, in * ...].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from phonofilm.model.precision import fast_dtype


def orthogonal(m: Tensor, rounds: int = 5) -> Tensor:
    """Newton-Schulz: a matrix with the same singular vectors and singular values near 1."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = m.to(fast_dtype(m.device.type))
    tall = x.shape[0] > x.shape[1]
    x = (x.T if tall else x) / (x.norm() + 1e-7)
    for _ in range(rounds):
        g = x @ x.T
        x = a * x + (b * g + c * (g @ g)) @ x
    return (x.T if tall else x).to(m.dtype)


class Muon(torch.optim.Optimizer):
    """One learning rate for both: Muon's steps are scaled to AdamW's usual size (0.2 sqrt(max(out, in)), Liu et al.
    2025).

    A parameter group with ``"orthogonal": False`` is AdamW's whatever its shape: embeddings, and the way in and out."""

    def __init__(self, params: Iterable[Tensor], lr: float = 1e-3, momentum: float = 0.95, decay: float = 0.01) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "decay": decay, "orthogonal": True})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, group)

    def _update(self, p: Tensor, group: dict[str, Any]) -> None:
        state, g, lr = self.state[p], p.grad, group["lr"]
        assert g is not None
        if not state:
            state["step"], state["first"] = 0, torch.zeros_like(p)
            if p.ndim < 2 or not group["orthogonal"]:
                state["second"] = torch.zeros_like(p)
        state["step"] += 1
        if p.ndim < 2 or not group["orthogonal"]:
            state["first"].lerp_(g, 0.1)
            state["second"].lerp_(g.square(), 0.01)
            n = state["step"]
            p.addcdiv_(state["first"] / (1 - 0.9**n), (state["second"] / (1 - 0.99**n)).sqrt() + 1e-8, value=-lr)
            return
        state["first"].lerp_(g, 1 - group["momentum"])
        update = orthogonal(g.lerp(state["first"], group["momentum"]).flatten(1)).view_as(p)
        p.mul_(1 - lr * group["decay"])
        p.add_(update, alpha=-lr * 0.2 * max(p.shape[0], p[0].numel()) ** 0.5)
