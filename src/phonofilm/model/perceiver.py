"""Perception: the cues of a given picture (``spec/cues.py``). The way back from the picture codec's latents to where
the bodies are, their joints and mouth, the frames in which they touch something, and the camera.

Convolutions on units of 2 x 2 latent cells as in the video branch; each body slot then looks for itself (a softmax over
the units), and what it finds there is told frame by frame. Nobody tells it names: slots are the bodies in an order of
its own, matched in training by what fits best. It never sees the sound, so it leaves the beat unknown. Shape letters:
see ``rope.py``; K slots, N units of a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model import weights
from phonofilm.model.cues import SLOTS
from phonofilm.model.video_ends import SpaceTime
from phonofilm.spec.clock import FRAMES_PER_LATENT
from phonofilm.spec.cues import BODY, CAMERA

UNIT = 2


@dataclass(frozen=True, kw_only=True)
class PerceiverConfig:
    """Size of the perceiver; carried in the weight file's header."""

    channels: int = 16
    """Of the codec's latents."""
    width: int = 96
    blocks: int = 4
    hidden: int = 160
    threshold: float = 0.4
    """Probability over which a contact counts as one; told as 0.5 of the contact channel."""


class Perceived(NamedTuple):
    """What is read off the latents, in normal form (``spec.cues.normal``)."""

    bodies_BKFC: Tensor
    """Its contact channel is not set: see ``contact_BKF``."""
    contact_BKF: Tensor
    """Logits."""
    camera_BFC: Tensor
    looked_BSKhw: Tensor
    """Where each slot looked, over units: logarithms of shares of 1."""


class Over(nn.Module):
    """A residual convolution over frames."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(width, eps=1e-6)
        self.near = nn.Conv1d(width, width, 5, padding=2 * dilation, dilation=dilation)
        self.out = nn.Linear(width, width)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x_BFD: Tensor) -> Tensor:
        """The same shape."""
        return x_BFD + self.out(F.silu(self.near(self.norm(x_BFD).transpose(1, 2)).transpose(1, 2)))


class Perceiver(nn.Module):
    """See the module's text."""

    def __init__(self, config: PerceiverConfig) -> None:
        super().__init__()
        c = self.config = config
        w = c.width
        self.into = nn.Linear(c.channels * UNIT * UNIT + 2, w)
        self.blocks = nn.ModuleList(SpaceTime(w) for _ in range(c.blocks))
        self.look = nn.Linear(w, SLOTS)
        self.value = nn.Linear(w, w)
        self.body = nn.Linear(w + 4, c.hidden)
        self.world = nn.Linear(2 * w, c.hidden)
        self.slot = nn.Parameter(torch.randn(SLOTS, c.hidden) * 0.3)
        self.frames = nn.Linear(c.hidden, FRAMES_PER_LATENT * c.hidden)
        self.time = nn.ModuleList(Over(c.hidden, d) for d in (1, 2, 4))
        self.out_body = nn.Linear(c.hidden, len(BODY) + 1)
        self.world_frames = nn.Linear(c.hidden, FRAMES_PER_LATENT * c.hidden)
        self.world_time = nn.ModuleList(Over(c.hidden, d) for d in (1, 2, 4))
        self.out_camera = nn.Linear(c.hidden, len(CAMERA))

    def forward(self, video_BCShw: Tensor) -> Perceived:
        """Normalised latents, h and w of whole units; F is ``FRAMES_PER_LATENT (S - 1) + 1``."""
        batch, _, steps, height, width = video_BCShw.shape
        rows, columns = height // UNIT, width // UNIT
        x = video_BCShw.unflatten(4, (columns, UNIT)).unflatten(3, (rows, UNIT)).permute(0, 2, 3, 5, 1, 4, 6).flatten(4)
        v, u = torch.meshgrid(
            0.5 - (torch.arange(rows) + 0.5) / rows, (torch.arange(columns) + 0.5 - columns / 2) / rows, indexing="ij"
        )
        place = torch.stack([u, v], -1).to(x)
        x = self.into(torch.cat([x, place.expand(batch, steps, -1, -1, -1)], -1))
        none = x.new_zeros(1, 1, x.shape[-1]).expand(batch, steps, -1)
        for block in self.blocks:
            x = block(x.contiguous(), none, none + 1)
        x = F.rms_norm(x, (x.shape[-1],), eps=1e-6).flatten(2, 3)
        looked = self.look(x).float().log_softmax(2).transpose(2, 3)  # [B, S, K, N]
        share = looked.exp().to(x.dtype)
        where = share @ place.flatten(0, 1)
        spread = (
            (share @ place.flatten(0, 1) ** 2 - where**2).float().clamp(min=1e-5).sqrt().to(x.dtype)
        )  # a root at 0 has no slope
        world = self.world(torch.cat([x.mean(2), x.amax(2)], -1))
        seen = self.body(torch.cat([share @ self.value(x), where, spread], -1)) + world[:, :, None] + self.slot
        bodies = self._by_frame(self.frames(seen.transpose(1, 2).flatten(0, 1)), self.time)
        told = self.out_body(bodies).float().unflatten(0, (batch, SLOTS))
        camera = self.out_camera(self._by_frame(self.world_frames(world), self.world_time)).float()
        return Perceived(told[..., :-1], told[..., -1], camera, looked.unflatten(-1, (rows, columns)))

    def _by_frame(self, x_BSG: Tensor, time: nn.ModuleList) -> Tensor:
        """``[B, S, frames D]`` -> ``[B, F, D]``: the first latent step holds one frame."""
        x = x_BSG.unflatten(-1, (FRAMES_PER_LATENT, -1)).flatten(1, 2)[:, FRAMES_PER_LATENT - 1 :]
        for block in time:
            x = block(x)
        return x


def load(path: str | Path | None = None) -> Perceiver:
    """The perceiver at ``path`` (default: the shipped one), ready to use. Raises WeightsError."""
    file = weights.load(path or weights.shipped("perceiver"), "perceiver")
    net = Perceiver(weights.config_of(file, PerceiverConfig))
    weights.fill(net, file)
    return net.eval().requires_grad_(False)
