"""The canvas: a clip in the making as groups of tokens, each with its own noise level and its own place in seconds.

Its cues are a group of their own (``cues.py``). Every other task is a list of :class:`TokenGroup`: text-to-clip is one
unknown picture group and one unknown sound group; a first frame, a prefix, a dub or a score marks some of their steps
as known (noise 0); an identity reference is a further group whose place lies away from the clip. :func:`pack` turns the
groups of one modality into the stream the transformer reads and
:func:`unpack` turns its answer back. Shape letters: see ``rope.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import torch
from torch import Tensor

from phonofilm.spec import clock

AWAY = 40.0
"""Seconds before the clip at which identity references live; the k-th name lies ``AWAY + 5 k`` s before it."""


class Role(IntEnum):
    """What a group is for; each role has a learned embedding."""

    TARGET = 0
    REFERENCE = 1


@dataclass(frozen=True, kw_only=True)
class TokenGroup:
    """Tokens of one modality that share a role. All samples of a batch have the same groups, each with its own
    noise."""

    latents: Tensor
    """Picture ``[B, C, F, h, w]`` or sound ``[B, C, F]``."""
    noise: Tensor
    """``[B, S]`` level in [0, 1] per *token step* (``token_steps`` of the group): 0 known, 1 unknown."""
    role: Role = Role.TARGET
    first_step: int = 0
    """Latent step of the clip at which the group begins. A group at 0 holds the lone first frame and is padded in
    front."""
    away: bool = False
    """True for an identity reference: beside the clip's time, not over it."""
    name: int = 0
    """Index of its @name (0: none); a face and the voice that belongs to it carry the same."""
    held: bool = False
    """Its noise is held through all sampling steps (references at partial strength)."""

    @property
    def modality(self) -> str:
        """``video`` or ``audio``."""
        return "video" if self.latents.ndim == 5 else "audio"


@dataclass(frozen=True)
class Patch:
    """How many latent steps, rows and columns one picture token covers."""

    time: int = 2
    rows: int = 4
    columns: int = 4


def token_steps(latent_steps: int, patch: Patch, first_step: int = 0) -> int:
    """Token steps of a picture group: the front is padded so that the clip's first frame keeps a token of its own."""
    front = patch.time - 1 if first_step == 0 else 0
    return -(-(latent_steps + front) // patch.time)


@dataclass(frozen=True)
class Grid:
    """Where one group lies in a stream: ``count = steps * rows * columns`` tokens from ``start``."""

    start: int
    steps: int
    rows: int
    columns: int
    first_step: int = 0
    """Latent step of the clip at which it begins."""
    height: int = 1
    width: int = 1
    """Latent cells."""

    @property
    def count(self) -> int:
        """Number of tokens."""
        return self.steps * self.rows * self.columns


@dataclass(frozen=True)
class Stream:
    """All groups of one modality, packed: what one branch of the transformer reads."""

    patches_BTP: Tensor
    coords_BTX: Tensor
    """Seconds, y, x (picture heights from the centre), float32; y and x are 0 for sound."""
    noise_BS: Tensor
    role_T: Tensor
    name_T: Tensor
    grids: tuple[Grid, ...]

    def spread(self, x_BSD: Tensor) -> Tensor:
        """``[B, S, ...]`` one row per noise level -> ``[B, T, ...]`` one row per token (every step of a grid shares its
        level)."""
        parts, level = [], 0
        for grid in self.grids:
            rows = x_BSD[:, level : level + grid.steps]
            level += grid.steps
            cells = grid.rows * grid.columns
            parts.append(rows if cells == 1 else rows[:, :, None].expand(-1, -1, cells, *rows.shape[2:]).flatten(1, 2))
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)

    def with_patches(self, patches_BTP: Tensor) -> Stream:
        """The same stream holding other numbers."""
        return replace(self, patches_BTP=patches_BTP)


def patchify(latents_BCFHW: Tensor, patch: Patch, first_step: int = 0) -> tuple[Tensor, tuple[int, int, int]]:
    """``[B, C, F, h, w] -> [B, T, P]`` and the grid (steps, rows, columns); zero-padded in front in time, below and
    right in space."""
    batch, channels, frames, height, width = latents_BCFHW.shape
    steps = token_steps(frames, patch, first_step)
    rows, columns = -(-height // patch.rows), -(-width // patch.columns)
    front = patch.time - 1 if first_step == 0 else 0
    back = steps * patch.time - frames - front
    padded = torch.nn.functional.pad(
        latents_BCFHW, (0, columns * patch.columns - width, 0, rows * patch.rows - height, front, back)
    )
    x = padded.reshape(batch, channels, steps, patch.time, rows, patch.rows, columns, patch.columns)
    return x.permute(0, 2, 4, 6, 3, 1, 5, 7).reshape(batch, steps * rows * columns, -1), (steps, rows, columns)


def unpatchify(patches_BTP: Tensor, patch: Patch, shape: tuple[int, ...], first_step: int = 0) -> Tensor:
    """Inverse of :func:`patchify`: ``[B, T, P] -> [B, C, F, h, w]`` of ``shape``, padding cropped."""
    batch, channels, frames, height, width = shape
    steps = token_steps(frames, patch, first_step)
    rows, columns = -(-height // patch.rows), -(-width // patch.columns)
    x = patches_BTP.reshape(batch, steps, rows, columns, patch.time, channels, patch.rows, patch.columns)
    x = x.permute(0, 5, 1, 4, 2, 6, 3, 7).reshape(
        batch, channels, steps * patch.time, rows * patch.rows, columns * patch.columns
    )
    front = patch.time - 1 if first_step == 0 else 0
    return x[:, :, front : front + frames, :height, :width]


def _video_coords(group: TokenGroup, grid: tuple[int, int, int], patch: Patch) -> Tensor:
    """``[T, 3]`` seconds, y, x of each token's middle. A group away from the clip keeps its inner spacing at negative
    times."""
    steps, rows, columns = grid
    height, width = group.latents.shape[-2:]
    front = patch.time - 1 if group.first_step == 0 else 0
    last = group.latents.shape[2] - 1
    seconds = []
    for s in range(steps):
        inside = [
            group.first_step + min(max(i, 0), last) for i in range(s * patch.time - front, (s + 1) * patch.time - front)
        ]
        seconds.append(sum(clock.latent_time(i) for i in inside) / len(inside))
    time = torch.tensor(seconds)
    if group.away:
        time = time - (AWAY + 5.0 * group.name)
    y = (torch.arange(rows) + 0.5) * patch.rows / height - 0.5
    x = ((torch.arange(columns) + 0.5) * patch.columns / width - 0.5) * width / height
    return torch.stack(torch.meshgrid(time, y, x, indexing="ij"), dim=-1).reshape(-1, 3)


def _audio_coords(group: TokenGroup) -> Tensor:
    """``[T, 3]`` with the seconds of each sound step and zeros."""
    time = torch.tensor([clock.audio_time(group.first_step + i) for i in range(group.latents.shape[-1])])
    if group.away:
        time = time - (AWAY + 5.0 * group.name)
    return torch.stack([time, torch.zeros_like(time), torch.zeros_like(time)], dim=-1)


def pack(groups: Sequence[TokenGroup], patch: Patch) -> Stream | None:
    """The stream of ``groups`` (all of one modality, in order), or None if there are none. Groups of zero strength are
    the caller's to leave out: a reference at 0 % is not there at all."""
    if not groups:
        return None
    patches, coords, noises, roles, names, grids = [], [], [], [], [], []
    start = 0
    for group in groups:
        if group.modality == "video":
            tokens, grid = patchify(group.latents, patch, group.first_step)
            place = _video_coords(group, grid, patch)
        else:
            tokens, grid = group.latents.transpose(1, 2), (group.latents.shape[-1], 1, 1)
            place = _audio_coords(group)
        if group.noise.shape != (tokens.shape[0], grid[0]):
            raise ValueError(
                f"a {group.modality} group of {grid[0]} token steps needs noise [B, {grid[0]}], not"
                f" {tuple(group.noise.shape)}"
            )
        count = tokens.shape[1]
        patches.append(tokens)
        coords.append(place)
        noises.append(group.noise)
        roles.append(torch.full((count,), int(group.role)))
        names.append(torch.full((count,), group.name))
        grids.append(
            Grid(start, *grid, group.first_step, *(group.latents.shape[-2:] if group.modality == "video" else (1, 1)))
        )
        start += count
    device = patches[0].device
    batch = patches[0].shape[0]
    return Stream(
        torch.cat(patches, 1),
        torch.cat(coords).to(device).expand(batch, -1, -1),
        torch.cat(noises, 1),
        torch.cat(roles).to(device),
        torch.cat(names).to(device),
        tuple(grids),
    )


def unpack(patches_BTP: Tensor, groups: Sequence[TokenGroup], patch: Patch) -> list[Tensor]:
    """The latents of each group from a stream's patches, in the groups' order."""
    out, start = [], 0
    for group in groups:
        if group.modality == "video":
            rows, columns = -(-group.latents.shape[-2] // patch.rows), -(-group.latents.shape[-1] // patch.columns)
            count = token_steps(group.latents.shape[2], patch, group.first_step) * rows * columns
            out.append(
                unpatchify(patches_BTP[:, start : start + count], patch, tuple(group.latents.shape), group.first_step)
            )
        else:
            count = group.latents.shape[-1]
            out.append(patches_BTP[:, start : start + count].transpose(1, 2))
        start += count
    return out


def clean_padding(latents: Tensor, patch: Patch, first_step: int = 0) -> Tensor:
    """``[T, P]`` True where a picture patch holds real numbers, False where it holds padding: padding stays out of the
    loss."""
    ones = torch.ones(1, *latents.shape[1:], device=latents.device)
    return patchify(ones, patch, first_step)[0][0] > 0
