"""Audio codec, first half: a stereo log-mel picture becomes one latent of 32 channels per video frame.

As in the video codec, a PCA over one step's block (mid and side, 80 bins, 4 mel frames = 640 values) is the backbone
and a small one-dimensional convolutional network at both ends adds the rest, starting from zero. Lightly non-causal:
the encoder looks 2 mel frames (21 ms) to either side of its step, so latent n depends on sound of frames n-1 to n+1
alone and an onset stays in its step; the decoder looks about six steps to either side. Letters: B batch, M mel bins, T
mel frames, S audio steps (T / 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model import mel
from phonofilm.spec.clock import MELS_PER_FRAME

BLOCK = 2 * mel.BINS * MELS_PER_FRAME
"""Values in one step: two channels, 80 bins, four mel frames."""


@dataclass(frozen=True, kw_only=True)
class AudioVaeConfig:
    """Shape of an audio codec; carried in its weight file."""

    latent: int = 32
    fine: int = 128
    """Channels at the rate of mel frames."""
    coarse: int = 192
    """Channels at the rate of audio steps."""
    blocks: tuple[int, int] = (2, 2)
    """Decoder blocks at the coarse and at the fine rate."""


class Block(nn.Module):
    """``x + conv(relu(conv(relu(x))))`` in time; the last convolution starts at zero."""

    def __init__(self, channels: int, width: int = 3) -> None:
        super().__init__()
        self.first = nn.Conv1d(channels, channels, width, padding=width // 2)
        self.last = nn.Conv1d(channels, channels, width, padding=width // 2)
        nn.init.kaiming_normal_(self.first.weight, nonlinearity="relu")
        for p in (self.first.bias, self.last.weight, self.last.bias):
            nn.init.zeros_(p)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        return x + self.last(F.relu(self.first(F.relu(x))))


class AudioVae(nn.Module):
    """Log-mel encoder and decoder and the statistics that make latents zero-mean, unit-variance."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: AudioVaeConfig | None = None) -> None:
        super().__init__()
        self.config = c = config or AudioVaeConfig()
        self.linear_in = nn.Conv1d(BLOCK, c.latent, 1)
        self.linear_out = nn.Conv1d(c.latent, BLOCK, 1)
        self.enc_in = nn.Conv1d(2 * mel.BINS, c.fine, 1)
        self.enc_fine = Block(c.fine)
        self.enc_down = nn.Conv1d(MELS_PER_FRAME * c.fine, c.coarse, 1)
        self.enc_coarse = Block(c.coarse, 1)
        self.enc_out = nn.Conv1d(c.coarse, c.latent, 1)
        self.dec_in = nn.Conv1d(c.latent, c.coarse, 3, padding=1)
        self.dec_coarse = nn.Sequential(*(Block(c.coarse) for _ in range(c.blocks[0])))
        self.dec_up = nn.Conv1d(c.coarse, MELS_PER_FRAME * c.fine, 1)
        self.dec_fine = nn.Sequential(*(Block(c.fine) for _ in range(c.blocks[1])))
        self.dec_out = nn.Conv1d(c.fine, 2 * mel.BINS, 3, padding=1)
        for conv in (self.enc_out, self.dec_out):
            nn.init.zeros_(conv.weight)
            nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
        self.register_buffer("mean", torch.zeros(c.latent))
        self.register_buffer("std", torch.ones(c.latent))

    def encode_mel(self, mel_B2MT: Tensor) -> Tensor:
        """Log-mels of left and right [B, 2, 80, 4S] -> normalised latents [B, 32, S]."""
        return (self.squeeze(mel_B2MT) - self.mean[:, None]) / self.std[:, None]

    def decode_mel(self, z_BCS: Tensor) -> Tensor:
        """Normalised latents [B, 32, S] -> log-mels of left and right [B, 2, 80, 4S]."""
        return self.expand(z_BCS * self.std[:, None] + self.mean[:, None])

    def squeeze(self, mel_B2MT: Tensor) -> Tensor:
        """Encoder without normalisation."""
        x = mel.mid_side(mel_B2MT).flatten(1, 2)
        y = self.enc_fine(self.enc_in(x))
        y = self.enc_coarse(self.enc_down(fold(y)))
        return self.linear_in(fold(x)) + self.enc_out(F.relu(y))

    def expand(self, z_BCS: Tensor) -> Tensor:
        """Decoder without normalisation."""
        y = self.dec_coarse(self.dec_in(z_BCS))
        y = self.dec_fine(unfold(self.dec_up(y)))
        x = unfold(self.linear_out(z_BCS)) + self.dec_out(F.relu(y))
        return mel.left_right(x.unflatten(1, (2, mel.BINS)))

    @torch.no_grad()
    def set_linear(self, mean: Tensor, components: Tensor, scale: Tensor) -> None:
        """Start from a PCA of :func:`blocks`: ``mean`` [640], orthonormal ``components`` [latent, 640], their
        deviations ``scale``."""
        self.linear_in.weight.copy_((components / scale[:, None])[:, :, None])
        self.linear_in.bias.copy_(-(components @ mean) / scale)  # type: ignore[union-attr]
        self.linear_out.weight.copy_((components.T * scale)[:, :, None])
        self.linear_out.bias.copy_(mean)  # type: ignore[union-attr]


def fold(x_BCT: Tensor) -> Tensor:
    """[B, C, 4S] -> [B, 4C, S]: the four mel frames of a step into channels."""
    return x_BCT.unflatten(2, (-1, MELS_PER_FRAME)).transpose(2, 3).flatten(1, 2)


def unfold(x_BCS: Tensor) -> Tensor:
    """Inverse of :func:`fold`."""
    return x_BCS.unflatten(1, (-1, MELS_PER_FRAME)).transpose(2, 3).flatten(2, 3)


def blocks(mel_B2MT: Tensor) -> Tensor:
    """All steps of log-mel pictures as rows [n, 640], in the order ``set_linear`` expects."""
    return fold(mel.mid_side(mel_B2MT).flatten(1, 2)).transpose(1, 2).flatten(0, 1)
