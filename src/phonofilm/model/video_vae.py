"""Video codec: 8x8 pixels and 4 frames become one latent step of 16 channels, causal in time.

The best *linear* codec of that shape (PCA over 8x8x4 RGB blocks) is the backbone, at both ends a small convolutional
network adds what a linear map cannot do, starting from zero. So training begins at the PCA's quality, and the latents
stay smooth and ordered, which is what a diffusion model wants to learn. The four frames of a group are folded into
channels and every convolution is two-dimensional, at a quarter (near) or an eighth (far) of the picture's size; time
is crossed by shifting a quarter of a block's channels by one latent step (Lin et al., "TSM", 2019): no cost, and
causal, in encoder and decoder alike. Letters: B batch, C channels, F frames, G groups (= latent steps), H W pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.errors import RequestError
from phonofilm.spec.clock import FRAMES_PER_LATENT

SPACE = 8
"""Pixels along each side of the square one latent covers."""
NEAR = 4
"""Pixels along each side of a position of the finer of the two grids inside the networks."""
CACHE = 12 * 2**20
"""Bytes one layer's numbers may take while decoding on a CPU (measured on 32 MiB of shared cache)."""
BLOCK = 3 * FRAMES_PER_LATENT * SPACE * SPACE
"""Values in one 8x8x4 RGB block: what the PCA reduces to ``latent``."""


@dataclass(frozen=True, kw_only=True)
class VideoVaeConfig:
    """Shape of a video codec; carried in its weight file."""

    latent: int = 16
    """Channels of a latent."""
    near: tuple[int, int] = (96, 128)
    """Channels at a quarter of the size: encoder, decoder."""
    far: tuple[int, int] = (160, 192)
    """Channels at an eighth of the size: encoder, decoder."""
    near_blocks: tuple[int, int] = (1, 2)
    far_blocks: tuple[int, int] = (2, 3)
    """Residual blocks at either size: encoder, decoder."""


class Block(nn.Module):
    """``x + conv(silu(conv(silu(shift(x)))))``; the last convolution starts at zero, so that depth costs no
    stability."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.last = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.kaiming_normal_(self.first.weight, nonlinearity="relu")
        nn.init.zeros_(self.first.bias)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, x: Tensor, groups: int, memory: Memory | None = None) -> Tensor:
        """[B*G, C, h, w] -> the same. A ``memory`` carries what the next latent steps will want of this block."""
        y = F.silu(x)
        early = y.unflatten(0, (-1, groups))[:, :, : y.shape[1] // 4]
        before = early.clone()
        # in place: only a quarter has to move, which on a CPU saves a tenth of the time against a shifted copy of the
        # whole
        if groups > 1:
            early[:, 1:] = before[:, :-1]
        if memory is not None:
            if self in memory:
                early[:, :1] = memory[self]
            memory[self] = before[:, -1:]
        return self.last(F.silu(self.first(y), inplace=not torch.is_grad_enabled())).add_(x)


Memory = dict[Block, Tensor]
"""The shifted channels of the last latent step every block has seen, [B, 1, C/4, h, w]; empty at a clip's beginning."""


class VideoVae(nn.Module):
    """Encoder, decoder and the statistics that make latents zero-mean, unit-variance. Implements
    ``codec.VideoCodec``."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: VideoVaeConfig | None = None) -> None:
        super().__init__()
        self.config = c = config or VideoVaeConfig()
        fine = BLOCK // 4
        self.linear_in = nn.Conv2d(BLOCK, c.latent, 1)
        self.linear_out = nn.Conv2d(c.latent, BLOCK, 1)
        self.enc_in = nn.Conv2d(fine, c.near[0], 1)
        self.enc_near = nn.ModuleList(Block(c.near[0]) for _ in range(c.near_blocks[0]))
        self.enc_down = nn.Conv2d(4 * c.near[0], c.far[0], 1)
        self.enc_far = nn.ModuleList(Block(c.far[0]) for _ in range(c.far_blocks[0]))
        self.enc_out = nn.Conv2d(c.far[0], c.latent, 3, padding=1)
        self.dec_in = nn.Conv2d(c.latent, c.far[1], 3, padding=1)
        self.dec_far = nn.ModuleList(Block(c.far[1]) for _ in range(c.far_blocks[1]))
        self.dec_up = nn.Conv2d(c.far[1], 4 * c.near[1], 1)
        self.dec_near = nn.ModuleList(Block(c.near[1]) for _ in range(c.near_blocks[1]))
        self.dec_out = nn.Conv2d(c.near[1], fine, 3, padding=1)
        for conv in (self.enc_out, self.dec_out):
            nn.init.zeros_(conv.weight)
            nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
        self.register_buffer("mean", torch.zeros(c.latent))
        self.register_buffer("std", torch.ones(c.latent))

    # --- what callers use

    def encode(self, video_BCFHW: Tensor) -> Tensor:
        """Pictures in -1..1, [B, 3, 4k+1, H, W] with H and W multiples of 8 -> normalised latents [B, 16, k+1, H/8,
        W/8].

        Latent step g depends on frames up to 4g only. Raises RequestError on another shape.
        """
        _check(video_BCFHW)
        z = self.squeeze(video_BCFHW.to(self.dec_in.weight.dtype)).float()
        return (z - self.mean.float().view(1, -1, 1, 1, 1)) / self.std.float().view(1, -1, 1, 1, 1)

    def decode(self, z_BCfhw: Tensor, chunk: int | None = None) -> Tensor:
        """Normalised latents [B, 16, k+1, h, w] -> pictures [B, 3, 4k+1, 8h, 8w] in -1..1, in the weights' dtype.

        Frames of latent step g depend on steps up to g only. A clip is decoded ``chunk`` steps at a time, each block
        handing on what it must remember, which bounds memory and changes no number; by default as many as stay in a
        processor's cache.
        """
        z = z_BCfhw.float() * self.std.float().view(1, -1, 1, 1, 1) + self.mean.float().view(1, -1, 1, 1, 1)
        z = z.to(self.dec_in.weight.dtype)
        batch, _, _, h, w = z.shape
        if chunk is None:
            step = batch * self.config.near[1] * h * w * (SPACE // NEAR) ** 2 * z.element_size()
            chunk = 32 if z.is_cuda else min(max(CACHE // step, 2), 32)
        memory: Memory = {}
        parts = [self.expand(part, memory).clamp_(-1.0, 1.0) for part in z.split(chunk, 2)]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 2)

    # --- the networks, on latents in their own scale

    def squeeze(self, video_BCFHW: Tensor) -> Tensor:
        """Encoder without normalisation."""
        batch = video_BCFHW.shape[0]
        x = F.pixel_unshuffle(fold(video_BCFHW), NEAR).contiguous(memory_format=torch.channels_last)
        groups = x.shape[0] // batch
        y = self.enc_in(x)
        for block in self.enc_near:
            y = block(y, groups)
        y = self.enc_down(F.pixel_unshuffle(y, 2))
        for block in self.enc_far:
            y = block(y, groups)
        z = self.linear_in(F.pixel_unshuffle(x, 2)) + self.enc_out(F.silu(y))
        return z.unflatten(0, (batch, groups)).transpose(1, 2)

    def expand(self, z_BCGhw: Tensor, memory: Memory | None = None) -> Tensor:
        """Decoder without normalisation or clamp. With a ``memory`` (empty at first) the next steps of a clip go on
        where it left off."""
        begins = not memory
        batch, _, groups = z_BCGhw.shape[:3]
        z = z_BCGhw.transpose(1, 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        y = self.dec_in(z)
        for block in self.dec_far:
            y = block(y, groups, memory)
        y = F.pixel_shuffle(self.dec_up(y), 2)
        for block in self.dec_near:
            y = block(y, groups, memory)
        x = F.pixel_shuffle(self.linear_out(z), 2) + self.dec_out(F.silu(y))
        return unfold(F.pixel_shuffle(x, NEAR), batch, begins)

    @torch.no_grad()
    def set_linear(self, mean: Tensor, components: Tensor, scale: Tensor) -> None:
        """Start from a PCA of :func:`blocks`: ``mean`` [768], orthonormal ``components`` [latent, 768], their
        deviations ``scale``.

        Latents begin with unit variance, so that the networks see every component alike.
        """
        self.linear_in.weight.copy_((components / scale[:, None])[:, :, None, None])
        self.linear_in.bias.copy_(-(components @ mean) / scale)  # type: ignore[union-attr]
        self.linear_out.weight.copy_((components.T * scale)[:, :, None, None])
        self.linear_out.bias.copy_(mean)  # type: ignore[union-attr]

    @torch.no_grad()
    def set_entry(self, mean: Tensor, components: Tensor, scale: Tensor) -> None:
        """Start the encoder's first layer from a PCA of 4x4x4 RGB blocks (:func:`blocks` of size 4), whitened
        likewise."""
        self.enc_in.weight.copy_((components / scale[:, None])[:, :, None, None])
        self.enc_in.bias.copy_(-(components @ mean) / scale)  # type: ignore[union-attr]


def fold(video_BCFHW: Tensor) -> Tensor:
    """[B, 3, 4k+1, H, W] -> [B*(k+1), 3*4, H, W]: frame 0 fills a group of its own by repetition."""
    first = video_BCFHW[:, :, :1].expand(-1, -1, FRAMES_PER_LATENT - 1, -1, -1)
    x = torch.cat([first, video_BCFHW], 2).unflatten(2, (-1, FRAMES_PER_LATENT))
    return x.transpose(1, 2).flatten(2, 3).flatten(0, 1)


def unfold(x: Tensor, batch: int, begins: bool = True) -> Tensor:
    """Inverse of :func:`fold`; of a clip's first group, whose frames are one picture, the mean is taken."""
    x = x.unflatten(0, (batch, -1)).unflatten(2, (3, FRAMES_PER_LATENT)).transpose(1, 2)
    if not begins:
        return x.flatten(2, 3)
    first, rest = x[:, :, :1].mean(3), x[:, :, 1:].flatten(2, 3)
    return torch.cat([first, rest], 2)


def blocks(video_BCFHW: Tensor, size: int = SPACE) -> Tensor:
    """All 8x8x4 (or 4x4x4) blocks of a video as rows [n, 768 (or 192)], in the order ``set_linear`` (``set_entry``)
    expects."""
    x = F.pixel_unshuffle(fold(video_BCFHW), NEAR)
    return (F.pixel_unshuffle(x, SPACE // NEAR) if size == SPACE else x).permute(0, 2, 3, 1).flatten(0, 2)


def _check(video: Tensor) -> None:
    if (
        video.ndim != 5
        or video.shape[1] != 3
        or video.shape[2] % FRAMES_PER_LATENT != 1
        or video.shape[3] % SPACE
        or video.shape[4] % SPACE
    ):
        raise RequestError(
            f"the video codec takes [B, 3, 4k+1, H, W] with H and W multiples of {SPACE}, not {list(video.shape)}: pad"
            " or crop the clip"
        )
