"""The frame-aligned bridge between the branches: each sound step is a picture frame's interval, so what one branch says of an instant is
handed to the other at that very instant, without attention having to find it.

Towards the sound: each token step of the picture is pooled over space by learned weights, set beside how it differs from its neighbours in
time (a contact is a change of motion), and unfolded into the sound steps it covers. Towards the picture: those sound steps, folded, are
added to all tokens of the step. Both ways begin at zero. A training loss may ask the middle of the first way *when* things are
struck (``strikes``); nothing is read from it when clips are made. Shape letters: see ``rope.py``; G heads, K = sound steps of a token step.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model.canvas import Stream

SOUND_STEPS = 4
"""Sound steps of one latent step of the picture."""
HEADS = 8
HIDDEN = 64


class Bridge(nn.Module):
    """Picture tokens ``[B, V, D]`` and sound tokens ``[B, A, E]`` -> what to add to each, and how likely something is struck, ``[B, A]`` logits."""

    def __init__(self, width: int, audio_width: int, patch_time: int) -> None:
        super().__init__()
        self.steps = SOUND_STEPS * patch_time
        self.norm_video = nn.RMSNorm(width, elementwise_affine=False, eps=1e-6)
        self.norm_audio = nn.RMSNorm(audio_width, elementwise_affine=False, eps=1e-6)
        heads = HEADS if width % HEADS == 0 else 1
        self.score = nn.Linear(width, heads)
        self.value = nn.Linear(width, width)
        self.unfold = nn.Linear(3 * width, self.steps * HIDDEN)
        self.to_audio = nn.Linear(HIDDEN, audio_width)
        self.strike = nn.Linear(HIDDEN, 1)
        self.fold = nn.Linear(self.steps * audio_width, HIDDEN)
        self.to_video = nn.Linear(HIDDEN, width)
        for linear in (self.to_audio, self.to_video):
            nn.init.zeros_(linear.weight)
            nn.init.zeros_(linear.bias)

    def fits(self, video: Stream, audio: Stream) -> bool:
        """Do the first groups of both cover the same time?"""
        return audio.grids[0].steps == self.steps * (video.grids[0].steps - 1) + 1

    def forward(self, v_BVD: Tensor, a_BAE: Tensor, video: Stream, audio: Stream) -> tuple[Tensor, Tensor, Tensor]:
        """The first groups alone take part. Token step s > 0 spans the ``steps`` sound steps from ``steps (s - 1)`` on; the lone first frame is
        over before the sound begins, and the last sound step begins where the picture ends: both meet zeros."""
        grid, sounds = video.grids[0], audio.grids[0].steps
        x = self.norm_video(v_BVD[:, : grid.count]).unflatten(1, (grid.steps, -1))  # [B, S, N, D]
        weight = self.score(x).softmax(2)  # [B, S, N, G]
        value = self.value(x).unflatten(3, (weight.shape[3], -1))
        seen = torch.einsum("bsng,bsngh->bsgh", weight, value).flatten(2)  # [B, S, D]
        step = F.pad(seen.diff(dim=1), (0, 0, 1, 1))  # [B, S + 1, D]: the change into and out of each step
        said = F.silu(self.unfold(torch.cat([seen, step[:, :-1], step[:, 1:]], 2)).unflatten(2, (self.steps, HIDDEN)))
        said = F.pad(said.flatten(1, 2)[:, self.steps :], (0, 0, 0, 1))
        heard = F.pad(self.norm_audio(a_BAE[:, : sounds - 1]), (0, 0, self.steps, 0)).unflatten(1, (grid.steps, self.steps))
        told = self.to_video(F.silu(self.fold(heard.flatten(2))))[:, :, None].expand(-1, -1, grid.rows * grid.columns, -1).flatten(1, 2)
        return (
            F.pad(told, (0, 0, 0, v_BVD.shape[1] - grid.count)),
            F.pad(self.to_audio(said), (0, 0, 0, a_BAE.shape[1] - sounds)),
            self.strike(said)[..., 0],
        )
