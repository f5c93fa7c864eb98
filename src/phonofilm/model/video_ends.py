"""The way in and out of the video branch: convolutions on units of 2 x 2 latent cells, where bodies have edges, around
a transformer on coarser tokens.

A token is wider than what the transformer needs for layout and timing, and convolutions are what a processor does
fastest (in the channels-last layout). So each latent step is seen on its units, with the cues drawn in
(``cue_maps.py``); groups of units become tokens; what the transformer makes of them is added back to the units, and
more convolutions paint. A U-Net of two levels (2105.05233), modulated by noise level, words, and how sure the cues are.
Shape letters: see ``rope.py``; W trunk width, M numbers of a unit's maps; arrays on units are ``[B, S, rows, columns,
W]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model import cue_maps
from phonofilm.model.canvas import Grid, Patch, Role, Stream
from phonofilm.model.cues import NAMES, Plan
from phonofilm.model.layers import NoiseEmbedding, modulate, sinusoid
from phonofilm.model.text_encoder import TextBatch, window_mask

if TYPE_CHECKING:
    from phonofilm.model.dit import Side

UNIT = 2


class Entered(NamedTuple):
    """What ``enter`` leaves for ``leave``."""

    tokens_BTD: Tensor
    units: list[Tensor]
    """Of each grid."""
    mods: list[Tensor]
    """Of each grid: modulation ``[B, S, blocks + 1, 2, W]``."""


class SpaceTime(nn.Module):
    """A 3x3 convolution over space, then five taps along time; adds nothing before it is trained."""

    TAPS = 5

    def __init__(self, width: int) -> None:
        super().__init__()
        self.space = nn.Conv2d(width, width, 3, padding=1)
        self.time = nn.Conv2d(width, width, (self.TAPS, 1), padding=(self.TAPS // 2, 0))
        nn.init.zeros_(self.time.weight)
        nn.init.zeros_(self.time.bias)

    def forward(self, x_BShwW: Tensor, shift_BSW: Tensor, scale_BSW: Tensor) -> Tensor:
        """``[B, S, h, w, W]`` -> the same, contiguous throughout: seen as images it is channels-last, seen along time
        too."""
        batch, steps, rows, columns, width = x_BShwW.shape
        h = F.rms_norm(x_BShwW, (width,), eps=1e-6)
        h = torch.addcmul(shift_BSW[:, :, None, None], h, scale_BSW[:, :, None, None])
        h = F.silu(self.space(h.view(-1, rows, columns, width).permute(0, 3, 1, 2)))
        h = h.permute(0, 2, 3, 1).reshape(batch, steps, rows * columns, width).permute(0, 3, 1, 2)  # [B, W, S, h w]
        return x_BShwW + self.time(h).permute(0, 2, 3, 1).reshape(x_BShwW.shape)


class Asked(nn.Module):
    """What the words say to a few learned questions: a softmax over the words for each, the answers side by side
    through a projection. A mean over all words would hand a colour on at a twentieth of its strength."""

    QUESTIONS = 4

    def __init__(self, text_width: int, width: int, askers: int = 1) -> None:
        super().__init__()
        self.ask = nn.Parameter(torch.randn(askers, self.QUESTIONS, text_width))
        self.answer = nn.Linear(self.QUESTIONS * text_width, width)

    def forward(self, context_BLD: Tensor, mask_BSL: Tensor, asker_B: Tensor | None = None) -> Tensor:
        """``[B, S, width]``: each step asks those words alone that ``mask_BSL`` lets it read."""
        ask = self.ask[:1] if asker_B is None else self.ask[asker_B]
        score_BQL = (ask.to(context_BLD.dtype) * context_BLD.shape[-1] ** -0.5) @ context_BLD.transpose(1, 2)
        share = score_BQL[:, None].masked_fill(~mask_BSL[:, :, None], float("-inf")).softmax(-1).to(context_BLD.dtype)
        return self.answer((share @ context_BLD[:, None]).flatten(2))


class VideoEnds(nn.Module):
    """See the module's text."""

    def __init__(
        self,
        patch: Patch,
        channels: int,
        trunk: int,
        before: int,
        after: int,
        width: int,
        rows: int,
        text_width: int,
        *,
        with_cues: bool,
    ) -> None:
        super().__init__()
        self.patch, self.channels = patch, channels
        self.per_token = (patch.rows // UNIT, patch.columns // UNIT)
        if patch.rows % UNIT or patch.columns % UNIT:
            raise ValueError(f"patches are whole units of {UNIT} cells, not {patch.rows} x {patch.columns}")
        cells = patch.time * channels * UNIT * UNIT
        self.into = nn.Linear(cells, trunk)
        self.role, self.name = nn.Embedding(len(Role), trunk), nn.Embedding(NAMES, trunk)
        for table in (self.role, self.name):
            nn.init.zeros_(table.weight)
        self.blocks = nn.ModuleList(SpaceTime(trunk) for _ in range(before + after))
        self.before = before
        self.mod = nn.Sequential(nn.Linear(256, trunk), nn.SiLU())
        self.words = Asked(text_width, trunk)
        self.mod_out = nn.Linear(trunk, (before + after + 1) * 2 * trunk)
        nn.init.zeros_(self.mod_out.weight)
        nn.init.zeros_(self.mod_out.bias)
        merged = self.per_token[0] * self.per_token[1] * trunk
        self.merge, self.split = nn.Linear(merged, width), nn.Linear(width, merged)
        nn.init.zeros_(self.split.weight)
        nn.init.zeros_(self.split.bias)
        self.noise = NoiseEmbedding(width, rows)
        self.norm = nn.RMSNorm(width, elementwise_affine=False, eps=1e-6)
        self.out = nn.Linear(trunk, cells)
        nn.init.zeros_(self.out.bias)
        if with_cues:
            self.body = nn.Linear(UNIT * UNIT * cue_maps.BODY_MAPS, trunk, bias=False)
            self.body_name = nn.Embedding(NAMES, trunk)
            nn.init.normal_(self.body_name.weight, std=0.3)
            self.body_words = Asked(text_width, trunk, NAMES)
            self.world = nn.Linear(UNIT * UNIT * cue_maps.CAMERA_MAPS, trunk, bias=False)
            self.mod_doubt = nn.Linear(256, trunk, bias=False)

    def _units(self, patches_BNP: Tensor, grid: Grid) -> Tensor:
        """Patches of a grid ``[B, N, P]`` -> ``[B, S, rows, columns, cells]`` on units."""
        (r, c), t = self.per_token, self.patch.time * self.channels
        x = patches_BNP.reshape(-1, grid.steps, grid.rows, grid.columns, t, r, UNIT, c, UNIT)
        return x.permute(0, 1, 2, 5, 3, 7, 4, 6, 8).reshape(
            -1, grid.steps, grid.rows * r, grid.columns * c, t * UNIT * UNIT
        )

    def _patches(self, units: Tensor, grid: Grid) -> Tensor:
        """The inverse of ``_units``."""
        (r, c), t = self.per_token, self.patch.time * self.channels
        x = units.reshape(-1, grid.steps, grid.rows, r, grid.columns, c, t, UNIT, UNIT)
        return x.permute(0, 1, 2, 4, 6, 3, 7, 5, 8).reshape(-1, grid.count, t * r * UNIT * c * UNIT)

    def _grouped(self, units: Tensor, grid: Grid) -> Tensor:
        """The units of each token side by side: ``[B, S, h, w, W] -> [B, N, r c W]``."""
        r, c = self.per_token
        x = units.reshape(-1, grid.steps, grid.rows, r, grid.columns, c, units.shape[-1])
        return x.transpose(3, 4).reshape(-1, grid.count, r * c * units.shape[-1])

    def _ungrouped(self, grouped_BNG: Tensor, grid: Grid) -> Tensor:
        """The inverse of ``_grouped``."""
        r, c = self.per_token
        x = grouped_BNG.reshape(-1, grid.steps, grid.rows, grid.columns, r, c, grouped_BNG.shape[-1] // (r * c))
        return x.transpose(3, 4).reshape(-1, grid.steps, grid.rows * r, grid.columns * c, x.shape[-1])

    def _steps(self, grid: Grid) -> range:
        """The last latent step in each token step of a grid (a grid at the clip's beginning is padded in front)."""
        first = grid.first_step + (self.patch.time - 1 if grid.first_step else 0)
        return range(first, first + grid.steps * self.patch.time, self.patch.time)

    def draw(self, plan: Plan, stream: Stream, text: TextBatch, context_BLD: Tensor) -> Tensor:
        """The cues of the clip's own grid, ``[B, S, h, w, W]``, and in each body's box what the words say of it; bodies
        that are nowhere in the batch are not drawn."""
        bodies, grid = plan.bodies_BKFC, stream.grids[0]
        mask_BSL = self._readable(text, stream, grid)
        rows, columns = grid.rows * self.patch.rows, grid.columns * self.patch.columns
        last = bodies.shape[2] - 1
        frames = [min(frame, last) for step in self._steps(grid) for frame in cue_maps.instants(step)]
        out = self.world(self._maps(cue_maps.camera(plan.camera_BFC, frames, grid.height, grid.width), rows, columns))
        for k in range(bodies.shape[1]):
            if not bool((bodies[:, k, frames, 0] > -1).any()):
                continue
            maps = self._maps(
                cue_maps.bodies(bodies[:, k : k + 1], frames, grid.height, grid.width)[:, 0], rows, columns
            )
            box = maps.unflatten(-1, (-1, cue_maps.BODY_MAPS // cue_maps.INSTANTS))[..., 0].mean(-1, keepdim=True)
            name = plan.names_BK[:, k]
            said = self.body_name(name)[:, None] + self.body_words(context_BLD, mask_BSL, name)
            out = out + self.body(maps) + box * said[:, :, None, None]
        return out

    @staticmethod
    def _readable(text: TextBatch, stream: Stream, grid: Grid) -> Tensor:
        """Which words each step of a grid may read, ``[B, S, L]``."""
        cells = grid.rows * grid.columns
        return window_mask(text, stream.coords_BTX[:, grid.start : grid.start + grid.count : cells, 0])[:, 0]

    def _maps(self, maps_BNhwM: Tensor, rows: int, columns: int) -> Tensor:
        return cue_maps.gather(maps_BNhwM, rows // UNIT, columns // UNIT).to(self.into.weight.dtype)

    def enter(self, stream: Stream, text: TextBatch, context_BLD: Tensor, plan: Plan | None) -> Entered:
        """The stream's tokens ``[B, T, D]``; the clip's own cues are drawn into its first grid."""
        units, mods, tokens, level = [], [], [], 0
        for g, grid in enumerate(stream.grids):
            noise_BS = stream.noise_BS[:, level : level + grid.steps]
            level += grid.steps
            x = self.into(self._units(stream.patches_BTP[:, grid.start : grid.start + grid.count], grid))
            x = x + (self.role(stream.role_T[grid.start]) + self.name(stream.name_T[grid.start]))
            hidden = self.mod[0](sinusoid(noise_BS, 256).to(x.dtype)) + self.words(
                context_BLD, self._readable(text, stream, grid)
            )
            if g == 0 and plan is not None:
                x = x + (self.draw(plan, stream, text, context_BLD) if plan.drawn_BShwW is None else plan.drawn_BShwW)
                doubt_BS = plan.doubt_BF[
                    :, [min(cue_maps.instants(step)[0], plan.doubt_BF.shape[1] - 1) for step in self._steps(grid)]
                ]
                hidden = hidden + self.mod_doubt(sinusoid(doubt_BS, 256).to(x.dtype))
            mod = self.mod_out(self.mod[1](hidden)).unflatten(-1, (len(self.blocks) + 1, 2, -1))
            for k in range(self.before):
                x = self.blocks[k](x, mod[:, :, k, 0], 1 + mod[:, :, k, 1])
            units.append(x)
            mods.append(mod)
            tokens.append(self.merge(self._grouped(x, grid)))
        return Entered(tokens[0] if len(tokens) == 1 else torch.cat(tokens, 1), units, mods)

    def leave(self, stream: Stream, tokens_BTD: Tensor, side: Side, kept: Entered) -> Tensor:
        """Predicted clean patches ``[B, T, P]``."""
        shift, scale = (side.spread(row) for row in side.table_BSRD[:, :, -2:].unbind(2))
        spread = self.split(modulate(self.norm(tokens_BTD), shift, scale))
        out = []
        for grid, x, mod in zip(stream.grids, kept.units, kept.mods, strict=True):
            x = x + self._ungrouped(spread[:, grid.start : grid.start + grid.count], grid)
            for k in range(self.before, len(self.blocks)):
                x = self.blocks[k](x, mod[:, :, k, 0], 1 + mod[:, :, k, 1])
            x = torch.addcmul(
                mod[:, :, -1, 0][:, :, None, None],
                F.rms_norm(x, (x.shape[-1],), eps=1e-6),
                1 + mod[:, :, -1, 1][:, :, None, None],
            )
            out.append(self._patches(self.out(x), grid))
        return out[0] if len(out) == 1 else torch.cat(out, 1)
