"""From the coarse latents a small transformer composes in to the latents the video codec decodes: twice as fine, in one pass.

The coarse canvas is the mean of ``factor`` x ``factor`` neighbouring latent cells. A few convolutions then say what the cells were:
paper cut-outs have flat fills and sharp edges, so most of it can be told. No noise is involved and nothing is invented over time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model import weights


@dataclass(frozen=True, kw_only=True)
class UpsamplerConfig:
    """Size of the upsampler; carried in the weight file's header."""

    channels: int = 16
    kept: int = 16
    """Of which the first so many come in."""
    width: int = 128
    blocks: int = 4
    factor: int = 2


def coarse(latents_BCFhw: Tensor, kept: int, factor: int = 1) -> Tensor:
    """The first ``kept`` channels, as means of ``factor`` x ``factor`` cells: ``[B, C, F, h, w] -> [B, K, F, h / factor, w / factor]``; h and w must
    divide. What the transformer composes in."""
    latents_BCFhw = latents_BCFhw[:, :kept]
    if factor == 1:
        return latents_BCFhw
    batch, channels, frames, height, width = latents_BCFhw.shape
    return latents_BCFhw.reshape(batch, channels, frames, height // factor, factor, width // factor, factor).mean((4, 6))


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.space = nn.Conv3d(width, width, (1, 3, 3), padding=(0, 1, 1))
        self.time = nn.Conv3d(width, width, (3, 1, 1), padding=(1, 0, 0), groups=4)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.time(F.silu(self.space(F.silu(x))))


class Upsampler(nn.Module):
    """Coarse latents ``[B, K, F, h, w]`` -> fine ones ``[B, C, F, factor h, factor w]``; begins as
    plain repetition, and zeros for the channels that are not kept."""

    def __init__(self, config: UpsamplerConfig) -> None:
        super().__init__()
        c = self.config = config
        self.into = nn.Conv3d(c.kept, c.width, (1, 3, 3), padding=(0, 1, 1))
        self.blocks = nn.Sequential(*(_Block(c.width) for _ in range(c.blocks)))
        self.out = nn.Conv3d(c.width, c.channels * c.factor**2, (1, 3, 3), padding=(0, 1, 1))
        nn.init.zeros_(self.out.weight)
        if self.out.bias is not None:
            nn.init.zeros_(self.out.bias)

    def forward(self, z_BCFhw: Tensor) -> Tensor:
        """See the class."""
        r = self.config.factor
        fine = self.out(F.silu(self.blocks(self.into(z_BCFhw))))
        batch, _, frames, height, width = fine.shape
        fine = fine.reshape(batch, -1, r, r, frames, height, width).permute(0, 1, 4, 5, 2, 6, 3).reshape(batch, -1, frames, r * height, r * width)
        given = z_BCFhw.repeat_interleave(r, 3).repeat_interleave(r, 4) if r > 1 else z_BCFhw
        return fine + F.pad(given, (0, 0, 0, 0, 0, 0, 0, self.config.channels - self.config.kept))


def load(path: str | Path | None = None) -> Upsampler:
    """The upsampler at ``path`` (default: the shipped one), ready to use. Raises WeightsError."""
    file = weights.load(path or weights.shipped("upsampler"), "upsampler")
    net = Upsampler(weights.config_of(file, UpsamplerConfig))
    weights.fill(net, file)
    return net.eval().requires_grad_(False)


def save(net: Upsampler, path: Path, notes: dict[str, str] | None = None) -> None:
    """Write the weight file."""
    weights.save(path, "upsampler", net.config, net.state_dict(), notes)
