"""From the codec's first channels, in which a small transformer composes, to all of them: in one pass.

The codec's channels are ordered by how much of the picture hangs on them. The first few are its brightness and colour,
smooth over space and time; the rest say where the edges run inside a cell, one like noise beside the next. A small
network that has to denoise all of them spends itself on the rest; but where paper cut-outs have their edges can be told
from the brightness around. So a few convolutions tell it. No noise is involved and nothing is invented over time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model import weights


@dataclass(frozen=True, kw_only=True)
class CompletionConfig:
    """Size of the completion; carried in the weight file's header."""

    channels: int = 16
    """Channels of the codec's latents."""
    given: int = 4
    """Of which the first so many are given."""
    width: int = 64
    blocks: int = 4


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.space = nn.Conv3d(width, width, (1, 3, 3), padding=(0, 1, 1))
        self.time = nn.Conv3d(width, width, (3, 1, 1), padding=(1, 0, 0), groups=4)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.time(F.silu(self.space(F.silu(x))))


class Completion(nn.Module):
    """The first channels ``[B, G, F, h, w]`` -> all ``[B, C, F, h, w]``; those given stay as they are, the others begin
    as zeros."""

    def __init__(self, config: CompletionConfig) -> None:
        super().__init__()
        c = self.config = config
        self.into = nn.Conv3d(c.given, c.width, (1, 3, 3), padding=(0, 1, 1))
        self.blocks = nn.Sequential(*(_Block(c.width) for _ in range(c.blocks)))
        self.out = nn.Conv3d(c.width, c.channels - c.given, (1, 3, 3), padding=(0, 1, 1))
        nn.init.zeros_(self.out.weight)
        if self.out.bias is not None:
            nn.init.zeros_(self.out.bias)

    def forward(self, z_BGFhw: Tensor) -> Tensor:
        """See the class."""
        return torch.cat([z_BGFhw, self.out(F.silu(self.blocks(self.into(z_BGFhw))))], 1)


def load(path: str | Path | None = None) -> Completion:
    """The completion at ``path`` (default: the shipped one), ready to use. Raises WeightsError."""
    file = weights.load(path or weights.shipped("completion"), "completion")
    net = Completion(weights.config_of(file, CompletionConfig))
    weights.fill(net, file)
    return net.eval().requires_grad_(False)


def save(net: Completion, path: Path, notes: dict[str, str] | None = None) -> None:
    """Write the weight file."""
    weights.save(path, "completion", net.config, net.state_dict(), notes)
