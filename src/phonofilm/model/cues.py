"""The cue branch: the plan of a clip (``spec/cues.py``), denoised in the same pass as its picture and sound and a
little ahead of them.

One token a frame holds all tracks: the bodies, the camera, the rhythm. A body is read and written through the
projection that belongs to its @name and to nothing else, so that bodies may be permuted with their names. A token of
four frames, one per track, was tried and is too coarse: contacts strayed from the turns of the paths they belong to
(``docs/log.md``). Shape letters: see ``rope.py``; K bodies, R tracks (K + 2), S latent steps.
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

SLOTS = 2
"""Bodies the cue branch knows by name: the theatre stages no more in a training play."""
NAMES = 16
"""@names a canvas can tell apart (0 is none)."""


@dataclass(frozen=True)
class CueGroup:
    """The cues of a batch of clips in normal form (``spec.cues.normal``), each track and latent step with its own noise
    level."""

    bodies_BKFC: Tensor
    camera_BFC: Tensor
    rhythm_BFC: Tensor
    noise_BRS: Tensor
    """Level in [0, 1] of each track: the bodies in their order, then camera, then rhythm."""
    names_BK: Tensor
    """Index of each body's @name, from 1, no two alike."""

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
    drawn_BShwW: Tensor | None = None
    """What the video branch draws of it (``DualBranchDiT.drawn``), where that stays for many steps; None: drawn when it
    is looked at."""

    @property
    def parts(self) -> tuple[Tensor, Tensor, Tensor]:
        """Bodies, camera, rhythm."""
        return self.bodies_BKFC, self.camera_BFC, self.rhythm_BFC


def step_of_frame(frames: int) -> list[int]:
    """Latent step of each frame."""
    return [clock.latent_of_frame(n) for n in range(frames)]


class CueBlock(nn.Module):
    """Attention over all frames with a convolution of five frames beside it, the words, a feed-forward layer."""

    ROWS = 6
    REACH = 2

    def __init__(self, width: int, heads: int, text_width: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(self.ROWS, width))
        self.norm = nn.RMSNorm(width, elementwise_affine=False, eps=1e-6)
        self.near = nn.Parameter(torch.zeros(2 * self.REACH + 1, width))
        self.self_attention = Attention(width, heads)
        self.text_attention = Attention(width, heads, context=text_width)
        self.feed = SwiGLU(width)

    def convolved(self, x_BFD: Tensor) -> Tensor:
        """Depthwise over time, as shifted sums: the kernel for it is slower."""
        padded = F.pad(x_BFD, (0, 0, self.REACH, self.REACH))
        out = padded[:, : x_BFD.shape[1]] * self.near[0].to(x_BFD.dtype)
        for k in range(1, len(self.near)):
            out = torch.addcmul(out, padded[:, k : k + x_BFD.shape[1]], self.near[k].to(x_BFD.dtype))
        return out

    def forward(
        self, x: Tensor, table_BFMD: Tensor, rope: tuple[Tensor, Tensor], context_BLD: Tensor, mask: Tensor
    ) -> Tensor:
        """``[B, F, D]`` -> the same."""
        mod = (table_BFMD + self.bias.to(table_BFMD.dtype)).unbind(2)
        inner = modulate(self.norm(x), mod[0], mod[1])
        x = x + (1 + mod[2]) * (self.self_attention(inner, rope_q=rope, rope_k=rope) + self.convolved(inner))
        x = x + self.text_attention(self.norm(x), context_BLD, mask=mask)
        return x + (1 + mod[5]) * self.feed(modulate(self.norm(x), mod[3], mod[4]))


class CueBranch(nn.Module):
    """Noisy cues -> clean ones (x0), told by the words."""

    def __init__(self, width: int, heads: int, layers: int, text_width: int, slots: int = SLOTS) -> None:
        super().__init__()
        self.heads = heads
        # a track's own noise level goes in beside its numbers; the modulation is by the mean level of all
        self.into_body = nn.Parameter(torch.randn(slots, len(BODY) + 1, width) * (slots * len(BODY)) ** -0.5)
        self.into_rest = nn.Linear(len(CAMERA) + len(RHYTHM) + 2, width)
        self.out_body = nn.Parameter(torch.randn(slots, width, len(BODY)) * width**-0.5)
        self.out_rest = nn.Linear(width, len(CAMERA) + len(RHYTHM))
        self.noise = NoiseEmbedding(width, CueBlock.ROWS + 2)
        self.norm = nn.RMSNorm(width, elementwise_affine=False, eps=1e-6)
        self.blocks = nn.ModuleList(CueBlock(width, heads, text_width) for _ in range(layers))
        for block in self.blocks:
            for linear in (block.self_attention.out, block.text_attention.out, block.feed.down):
                nn.init.normal_(linear.weight, std=0.02 / (2 * layers) ** 0.5)
        nn.init.zeros_(self.out_rest.bias)

    def forward(self, group: CueGroup, text: TextBatch, context_BLD: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Predicted clean bodies, camera and rhythm, float32; a track at noise 0 comes back as it was given."""
        levels = group.levels()
        slot_BK = group.names_BK - 1
        bodies = torch.cat([group.bodies_BKFC, levels[0].expand(-1, -1, group.bodies_BKFC.shape[2], -1)], -1).to(
            context_BLD.dtype
        )
        rest = torch.cat([group.camera_BFC, group.rhythm_BFC, levels[1], levels[2]], -1).to(context_BLD.dtype)
        x = torch.einsum("bkfc,bkcd->bfd", bodies, self.into_body.to(bodies.dtype)[slot_BK]) + self.into_rest(rest)
        frames = x.shape[1]
        seconds = (torch.arange(frames, device=x.device) / clock.FPS).expand(len(x), -1)
        rope = temporal(seconds, x.shape[-1] // self.heads)
        mask = window_mask(text, seconds)
        steps = step_of_frame(frames)
        table = self.noise(group.noise_BRS.mean(1))[:, steps].to(x.dtype)
        for block in self.blocks:
            x = block(x, table[:, :, : CueBlock.ROWS], rope, context_BLD, mask)
        shift, scale = table[:, :, CueBlock.ROWS :].unbind(2)
        x = modulate(self.norm(x), shift, scale)
        rest = self.out_rest(x)
        made = (
            torch.einsum("bfd,bkdc->bkfc", x, self.out_body.to(x.dtype)[slot_BK]),
            rest[..., : len(CAMERA)],
            rest[..., len(CAMERA) :],
        )
        told = [
            torch.where(level > 0, new.float(), old.float())
            for new, old, level in zip(made, group.parts, levels, strict=True)
        ]
        return told[0], told[1], told[2]
