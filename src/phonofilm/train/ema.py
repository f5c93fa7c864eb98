"""The average of the weights that is shipped: a power-function average, whose memory grows with the run."""

from __future__ import annotations

import torch
from torch import nn


class Ema:
    """Average with decay ``(1 - 1/t)^(gamma + 1)`` (Karras et al., 2312.02696, eq. 121): for gamma 7 about the last
    tenth of the run counts, however long it lasts, so there is no constant to tune for short and long runs."""

    def __init__(self, model: nn.Module, gamma: float = 7.0) -> None:
        self.gamma = gamma
        self.shadow = {name: p.detach().clone() for name, p in model.named_parameters()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Take in the weights after step ``step`` (1-based)."""
        decay = (1 - 1 / step) ** (self.gamma + 1)
        names, tensors = zip(*((n, p.detach()) for n, p in model.named_parameters()), strict=True)
        torch._foreach_lerp_([self.shadow[n] for n in names], list(tensors), 1 - decay)

    @torch.no_grad()
    def swap(self, model: nn.Module) -> None:
        """Exchange the model's weights and the average; call twice to undo."""
        for name, p in model.named_parameters():
            kept = p.detach().clone()
            p.copy_(self.shadow[name])
            self.shadow[name] = kept
