"""What moves in the picture at each instant, for the sound: the sound branch begins with it.

A contact is a change of motion somewhere. Attention between the branches would have to learn from clips to find, among the picture's tokens, the one in
which a motion turns; but the branches share a clock to the frame, and a convolution is born with the notion of *here, and just before*. So the sound is
given, at its entrance, features that three small convolutions over space and time find in the picture's (noisy) latents: each instant's from
that very instant. A training loss may ask them *when* things are struck; nothing is read from that answer when clips are made.
Shape letters: see ``rope.py``; S token steps, K sound steps of a token step, W channels, G maps.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model.canvas import Patch, Stream

SOUND_STEPS = 4
"""Sound steps of one latent step of the picture."""
MAPS = 4
FEATURES = 64


class Motion(nn.Module):
    """The picture's first group -> what to add to each token of the sound's first group, and how likely something is struck there.

    ``channels`` of the latents, ``patch`` they are cut in, ``width`` of the convolutions, ``audio_width`` of the sound branch."""

    def __init__(self, channels: int, patch: Patch, width: int, audio_width: int) -> None:
        super().__init__()
        self.patch, self.steps = patch, SOUND_STEPS * patch.time
        inner = channels * patch.time
        self.into = nn.Conv3d(3 * inner + 1, width, (1, 3, 3), padding=(0, 1, 1))
        self.around = nn.Conv3d(width, width, 3, padding=1)
        self.along = nn.Conv3d(width, width, (3, 1, 1), padding=(1, 0, 0))
        self.where = nn.Conv3d(width, MAPS, 1)
        self.gather = nn.Conv1d((MAPS + 1) * width, self.steps * FEATURES, 3, padding=1)
        self.strike = nn.Linear(FEATURES, 1)
        self.out = nn.Linear(FEATURES, audio_width)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def fits(self, video: Stream, audio: Stream) -> bool:
        """Do the first groups of both cover the same time?"""
        return audio.grids[0].steps == self.steps * (video.grids[0].steps - 1) + 1

    def forward(self, video: Stream, audio: Stream) -> tuple[Tensor, Tensor]:
        """``[B, A, E]`` to add to the sound's tokens (0 beyond the first group) and logits ``[B, A']`` of the first group.

        Token step s > 0 spans the K sound steps from ``K (s - 1)`` on; the lone first frame is over before the sound begins, and the last sound step
        begins where the picture ends: both meet zeros."""
        grid, patch = video.grids[0], self.patch
        x = video.patches_BTP[:, : grid.count].unflatten(1, (grid.steps, grid.rows, grid.columns)).unflatten(4, (-1, patch.rows, patch.columns))
        x = x.permute(0, 4, 1, 2, 5, 3, 6).flatten(5, 6).flatten(3, 4)  # [B, C, S, h, w]
        change = F.pad(x.diff(dim=2), (0, 0, 0, 0, 1, 1))  # into and out of each step
        level = video.noise_BS[:, None, : grid.steps, None, None].expand(-1, 1, -1, *x.shape[3:]).to(x.dtype)
        x = F.silu(self.into(torch.cat([x, 2 * change[:, :, :-1], 2 * change[:, :, 1:], level], 1)))
        x = x + F.silu(self.around(x))
        x = (x + F.silu(self.along(x))).flatten(3)  # [B, W, S, N]
        share = self.where(x[..., None])[..., 0].softmax(3)  # [B, G, S, N]
        seen = torch.cat([torch.einsum("bgsn,bwsn->bgws", share, x).flatten(1, 2), x.amax(3)], 1)  # [B, (G + 1) W, S]
        each = F.silu(self.gather(seen).transpose(1, 2).unflatten(2, (self.steps, FEATURES))).flatten(1, 2)[:, self.steps :]
        each = F.pad(each, (0, 0, 0, 1))
        return F.pad(self.out(each), (0, 0, 0, audio.patches_BTP.shape[1] - each.shape[1])), self.strike(each)[..., 0]
