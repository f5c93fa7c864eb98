"""Audio codec, second half: a stereo log-mel picture becomes sound, in one pass through an inverse Fourier transform.

In the manner of Vocos (Siuzdak, 2023): ConvNeXt blocks at the rate of mel frames predict magnitude and phase of every
spectral bin. Both channels go through one network and share one phase, up to a small predicted difference: panned
sounds stay in place, and a mono mix does not cancel. The magnitude starts from the mel picture itself (spread back over
the bins). A few rounds of Griffin and Lim's projection (1984), with the predicted magnitude held, then make
neighbouring frames agree with each other. Letters: B batch, T mel frames, K spectral bins, N samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model import mel


@dataclass(frozen=True, kw_only=True)
class VocoderConfig:
    """Shape of a vocoder; carried in its weight file."""

    width: int = 256
    inner: int = 512
    blocks: int = 5
    rounds: int = 16
    """Griffin-Lim rounds after the network's own phase."""


class Block(nn.Module):
    """ConvNeXt in one dimension: depth-wise convolution over 7 mel frames, norm, two dense layers."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.scale = nn.Parameter(torch.full((width,), 0.2))

    def forward(self, x_BCT: Tensor) -> Tensor:
        y = self.norm(self.depthwise(x_BCT).transpose(1, 2))
        return x_BCT + (self.scale * self.down(F.gelu(self.up(y)))).transpose(1, 2)


class Vocoder(nn.Module):
    """Stereo log-mels to stereo waves."""

    spread: Tensor
    advance: Tensor

    def __init__(self, config: VocoderConfig | None = None) -> None:
        super().__init__()
        self.config = c = config or VocoderConfig()
        self.enter = nn.Conv1d(2 * mel.BINS, c.width, 5, padding=2)
        self.blocks = nn.Sequential(*(Block(c.width, c.inner) for _ in range(c.blocks)))
        self.norm = nn.LayerNorm(c.width)
        self.head = nn.Linear(c.width, 4 * mel.SPECTRUM)
        with torch.no_grad():
            self.head.weight.mul_(0.1)
            self.head.bias.zero_()
        triangles = mel.filters(torch.device("cpu"))
        spread = triangles / triangles.sum(0, keepdim=True).clamp_min(1e-6)
        self.register_buffer("spread", spread.T.contiguous(), persistent=False)
        # A steady tone at bin k turns by k * 2 pi * hop / window from one frame to the next: given, not learned.
        self.register_buffer("advance", torch.arange(mel.SPECTRUM) % 4 * (math.pi / 2), persistent=False)

    def forward(self, mel_B2MT: Tensor) -> Tensor:
        """Log-mels of left and right [B, 2, 80, T] -> waves [B, 2, 250 T] at 24 kHz."""
        return mel.wave(self.project(*self.predict(mel_B2MT), self.config.rounds))

    def predict(self, mel_B2MT: Tensor) -> tuple[Tensor, Tensor]:
        """Magnitudes [B, 2, 501, T] and unit phasors (complex) of the same shape, before any projection."""
        y = self.norm(self.blocks(self.enter(mel_B2MT.flatten(1, 2) / 3 + 2)).transpose(1, 2))
        y = self.head(y).float().transpose(1, 2).unflatten(1, (4, mel.SPECTRUM))
        floor = (torch.exp(mel_B2MT.float()) - mel.FLOOR).clamp_min(mel.FLOOR / 10)
        magnitude = (self.spread @ floor) * torch.exp(y[:, :2].clamp(-8.0, 4.0))
        turn = self.advance[:, None] * (torch.arange(mel_B2MT.shape[-1], device=y.device) % 4)
        phase = torch.stack([y[:, 2] + y[:, 3], y[:, 2] - y[:, 3]], 1) * math.pi + turn
        return magnitude, torch.polar(torch.ones_like(phase), phase)

    @staticmethod
    def project(magnitude: Tensor, phasor: Tensor, rounds: int) -> Tensor:
        """Complex spectrum after ``rounds`` of: to sound and back, keep the phase found, put the magnitude again."""
        for _ in range(rounds):
            found = mel.spectrum(mel.wave(magnitude * phasor))
            phasor = found / found.abs().clamp_min(1e-8)
        return magnitude * phasor
