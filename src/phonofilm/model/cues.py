"""The cue branch: the plan of a clip (``spec/cues.py``), denoised in the same pass as its picture and sound and a little ahead of them.

Four tracks or more, one token per track and latent step: a body each, the camera, the rhythm. A body's token carries the frames of its step; the tracks of
bodies share all weights and differ by the embedding of their @name alone, so that they may be permuted with their names. Shape letters: see ``rope.py``;
K bodies, R tracks (K + 2), S latent steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model.layers import Attention, NoiseEmbedding, SwiGLU, modulate
from phonofilm.model.rope import temporal
from phonofilm.model.text_encoder import TextBatch, window_mask
from phonofilm.spec import clock
from phonofilm.spec.cues import BODY, CAMERA, RHYTHM

PER_STEP = clock.FRAMES_PER_LATENT
NAMES = 16
"""@names a canvas can tell apart (0 is none)."""


@dataclass(frozen=True)
class CueGroup:
    """The cues of a batch of clips in normal form (``spec.cues.normal``), each track and latent step with its own noise level."""

    bodies_BKFC: Tensor
    camera_BFC: Tensor
    rhythm_BFC: Tensor
    noise_BRS: Tensor
    """Level in [0, 1] of each track: the bodies in their order, then camera, then rhythm."""
    names_BK: Tensor
    """Index of each body's @name, 1 to 15, no two alike."""

    @property
    def parts(self) -> tuple[Tensor, Tensor, Tensor]:
        """Bodies, camera, rhythm."""
        return self.bodies_BKFC, self.camera_BFC, self.rhythm_BFC

    def with_parts(self, bodies_BKFC: Tensor, camera_BFC: Tensor, rhythm_BFC: Tensor) -> CueGroup:
        """The same group holding other numbers."""
        return replace(self, bodies_BKFC=bodies_BKFC, camera_BFC=camera_BFC, rhythm_BFC=rhythm_BFC)

    def levels(self) -> tuple[Tensor, Tensor, Tensor]:
        """The noise levels frame by frame: ``[B, K, F, 1]``, ``[B, F, 1]``, ``[B, F, 1]``."""
        by_frame = self.noise_BRS[:, :, step_of_frame(self.camera_BFC.shape[1])][..., None]
        return by_frame[:, :-2], by_frame[:, -2], by_frame[:, -1]


@dataclass(frozen=True)
class Plan:
    """What picture and sound follow: cues in normal form as the cue branch tells them, and how sure they are."""

    bodies_BKFC: Tensor
    camera_BFC: Tensor
    rhythm_BFC: Tensor
    names_BK: Tensor
    doubt_BF: Tensor
    """Mean noise level of the tracks they were told from."""

    @property
    def parts(self) -> tuple[Tensor, Tensor, Tensor]:
        """Bodies, camera, rhythm."""
        return self.bodies_BKFC, self.camera_BFC, self.rhythm_BFC

    def detached(self) -> Plan:
        """The same without its gradient."""
        return replace(self, bodies_BKFC=self.bodies_BKFC.detach(), camera_BFC=self.camera_BFC.detach(), rhythm_BFC=self.rhythm_BFC.detach())


def step_of_frame(frames: int) -> list[int]:
    """Latent step of each frame."""
    return [clock.latent_of_frame(n) for n in range(frames)]


def by_step(x_FC: Tensor) -> Tensor:
    """``[..., F, C] -> [..., S, PER_STEP * C]``: the frames of a latent step side by side; the first step is frame 0, repeated."""
    first = x_FC[..., :1, :].expand(*x_FC.shape[:-2], PER_STEP - 1, -1)
    return torch.cat([first, x_FC], -2).unflatten(-2, (-1, PER_STEP)).flatten(-2)


def by_frame(x_SC: Tensor) -> Tensor:
    """The inverse of :func:`by_step`."""
    return x_SC.unflatten(-1, (PER_STEP, -1)).flatten(-3, -2)[..., PER_STEP - 1 :, :]


class CueBlock(nn.Module):
    """A step to either side, attention over all tracks and steps, the words, (the clip,) a feed-forward layer."""

    ROWS = 6

    def __init__(self, width: int, heads: int, text_width: int, clip_width: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(self.ROWS, width))
        self.norm = nn.RMSNorm(width, elementwise_affine=False, eps=1e-6)
        self.near = nn.Parameter(torch.zeros(2, width))
        self.self_attention = Attention(width, heads)
        self.text_attention = Attention(width, heads, context=text_width)
        self.clip_attention = Attention(width, heads, context=clip_width, out_zero=True) if clip_width else None
        self.feed = SwiGLU(width)

    def forward(
        self, x_BRSD: Tensor, table_BRSMD: Tensor, rope: tuple[Tensor, Tensor], context_BLD: Tensor, mask: Tensor, clip: tuple[Tensor, tuple[Tensor, Tensor]] | None
    ) -> Tensor:
        """``[B, R, S, D]`` -> the same; ``clip`` are the tokens of picture and sound and their places in time."""
        tracks, steps = x_BRSD.shape[1:3]
        mod = [row.flatten(1, 2) for row in (table_BRSMD + self.bias).unbind(3)]
        before, after = F.pad(x_BRSD, (0, 0, 1, 0))[:, :, :steps], F.pad(x_BRSD, (0, 0, 0, 1))[:, :, 1:]
        x = (x_BRSD + self.near[0] * before + self.near[1] * after).flatten(1, 2)
        x = x + (1 + mod[2]) * self.self_attention(modulate(self.norm(x), mod[0], mod[1]), rope_q=rope, rope_k=rope)
        x = x + self.text_attention(self.norm(x), context_BLD, mask=mask)
        if self.clip_attention is not None and clip is not None:
            x = x + self.clip_attention(self.norm(x), clip[0], rope_q=rope, rope_k=clip[1])
        x = x + (1 + mod[5]) * self.feed(modulate(self.norm(x), mod[3], mod[4]))
        return x.unflatten(1, (tracks, steps))


class CueBranch(nn.Module):
    """Noisy cues -> clean ones (x0), told by the words and, where there is something to see or hear, by the clip."""

    def __init__(self, width: int, heads: int, layers: int, text_width: int, clip_width: int = 0) -> None:
        super().__init__()
        self.heads = heads
        sizes = (len(BODY), len(CAMERA), len(RHYTHM))
        self.into = nn.ModuleList(nn.Linear(PER_STEP * c, width) for c in sizes)
        self.out = nn.ModuleList(nn.Linear(width, PER_STEP * c) for c in sizes)
        self.name = nn.Embedding(NAMES, width)
        nn.init.normal_(self.name.weight, std=0.5)
        self.noise = NoiseEmbedding(width, CueBlock.ROWS + 2)
        self.norm = nn.RMSNorm(width, elementwise_affine=False, eps=1e-6)
        self.blocks = nn.ModuleList(CueBlock(width, heads, text_width, clip_width) for _ in range(layers))
        for block in self.blocks:
            for linear in (block.self_attention.out, block.text_attention.out, block.feed.down):
                nn.init.normal_(linear.weight, std=0.02 / (2 * layers) ** 0.5)
        for linear in self.out:
            nn.init.zeros_(linear.bias)

    def forward(
        self, group: CueGroup, text: TextBatch, context_BLD: Tensor, clip: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Predicted clean bodies, camera and rhythm, float32. ``clip``: tokens ``[B, N, clip width]`` of picture and sound and their seconds ``[B, N]``. A track
        at noise 0 comes back as it was given."""
        bodies, camera, rhythm = (by_step(part.to(context_BLD.dtype)) for part in group.parts)
        x = torch.cat([self.into[0](bodies) + self.name(group.names_BK)[:, :, None], self.into[1](camera)[:, None], self.into[2](rhythm)[:, None]], 1)
        tracks, steps = x.shape[1:3]
        seconds = torch.tensor([clock.latent_time(s) for s in range(steps)], device=x.device).repeat(tracks).expand(len(x), -1)
        rope = temporal(seconds, x.shape[-1] // self.heads)
        mask = window_mask(text, seconds)
        table = self.noise(group.noise_BRS)
        seen = (clip[0], temporal(clip[1], x.shape[-1] // self.heads)) if clip is not None else None
        for block in self.blocks:
            x = block(x, table[..., : CueBlock.ROWS, :], rope, context_BLD, mask, seen)
        shift, scale = table[..., CueBlock.ROWS :, :].unbind(3)
        x = modulate(self.norm(x), shift, scale)
        made = (by_frame(self.out[0](x[:, :-2])), by_frame(self.out[1](x[:, -2])), by_frame(self.out[2](x[:, -1])))
        told = [torch.where(level > 0, new.float(), old.float()) for new, old, level in zip(made, group.parts, group.levels(), strict=True)]
        return told[0], told[1], told[2]
