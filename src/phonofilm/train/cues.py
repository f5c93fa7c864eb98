"""Cues in training: noise for a batch of them, and the loss on what the network makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from phonofilm.data.shards import Staged
from phonofilm.flow import schedule
from phonofilm.flow.noise import generator
from phonofilm.model.cues import CueGroup, step_of_frame
from phonofilm.model.dit import DualBranchDiT
from phonofilm.model.text_encoder import Vocabulary
from phonofilm.spec.cues import BODY, CHANNEL, OF_PERSONS

CONTACT = [CHANNEL["contact"], CHANNEL["speed"]]


@dataclass(frozen=True, kw_only=True)
class CueLevels:
    """How noise levels of cues are drawn and weighed. They have little redundancy: a level that leaves a picture's
    layout visible destroys a box."""

    mean: float = 1.0
    std: float = 1.4
    uniform: float = 0.15
    floor: float = 0.15
    """The velocity loss divides by t squared; the division stops growing below this level."""
    contact: float = 4.0
    """Weight of contacts and their speed."""
    absent: float = 0.1
    """Weight of what is not there."""
    given: float = 0.2
    """Share of samples in which some tracks are known and the others are to be found."""


Clean = tuple[Tensor, Tensor, Tensor]
"""Bodies ``[B, K, F, C]``, camera ``[B, F, 7]``, rhythm ``[B, F, 2]`` in normal form."""


def noised(
    clean: Clean, *, seed: int, step: int, levels: CueLevels, first: int = 0, level_B: Tensor | None = None
) -> CueGroup:
    """A group with noise; levels, known tracks and noise are functions of (seed, step, place in the batch) alone.
    ``level_B``: levels drawn elsewhere."""
    bodies, camera, rhythm = clean
    count, slots, frames = bodies.shape[:3]
    steps = step_of_frame(frames)
    level = torch.empty(count, slots + 2, steps[-1] + 1)
    noises: tuple[list[Tensor], ...] = ([], [], [])
    for i in range(count):
        g = generator(seed, "cues", step, first + i)
        t = schedule.logit_normal(1, g, mean=levels.mean, std=levels.std, uniform=levels.uniform)[0]
        level[i] = t if level_B is None else level_B[i]
        if torch.rand((), generator=g).item() < levels.given:
            level[i, torch.rand(slots + 2, generator=g) < 0.4] = 0
        for out, part in zip(noises, clean, strict=True):
            out.append(torch.randn(part.shape[1:], generator=g))
    names = torch.arange(1, slots + 1).expand(count, -1)
    group = CueGroup(bodies, camera, rhythm, level, names)
    mixed = [(1 - t) * x + t * torch.stack(e) for x, e, t in zip(clean, noises, group.levels(), strict=True)]
    return group.with_parts(*mixed)


def loss(told: Clean, clean: Clean, group: CueGroup, levels: CueLevels) -> tuple[Tensor, dict[str, float]]:
    """Mean squared x0 error over what is unknown, divided by the square of the level (above the floor). What is absent
    counts little, but it counts: a sampler feeds the network what it made, and whatever stands there must be what
    training shows there (0)."""
    weight = torch.ones(len(BODY))
    weight[CONTACT] = levels.contact
    bodies = clean[0]
    here, person = bodies[..., :1] > 0, bodies[..., 1:2] > 0
    each = weight * (here + levels.absent * ~here)
    each[..., OF_PERSONS] *= person + levels.absent * ~person
    each[..., 0] = 3.0
    parts: dict[str, float] = {}
    total = torch.zeros(())
    for name, x, y, t, w in zip(
        ("bodies", "camera", "rhythm"), told, clean, group.levels(), (each, torch.ones(()), torch.ones(())), strict=True
    ):
        scale = torch.where(t > 0, 1 / t.clamp(min=levels.floor) ** 2, torch.zeros_like(t))
        error = (x - y) ** 2 * w * scale
        share = {"bodies": 2.0, "camera": 0.4, "rhythm": 0.1}[name]
        part = error.mean()
        total, parts[name] = total + share * part, part.item()
    return total, parts


def step_loss(
    model: DualBranchDiT,
    staged: Sequence[Staged],
    vocabulary: Vocabulary,
    levels: CueLevels,
    *,
    seed: int,
    step: int,
    first: int = 0,
    text_drop: float = 0.1,
) -> tuple[Tensor, dict[str, float]]:
    """The loss of the cue branch alone on plays that were never drawn."""
    clean = tuple(torch.stack([torch.from_numpy(parts[k]) for parts, _ in staged]) for k in range(3))
    g = generator(seed, "words", step, first)
    text = vocabulary.encode([tokens for _, tokens in staged], model.config.text_length).dropped(
        torch.rand(len(staged), generator=g) < text_drop
    )
    group = noised(clean, seed=seed, step=step, levels=levels, first=first)  # type: ignore[arg-type]
    told = model(None, None, text, group).cues
    assert told is not None
    value, parts = loss(told, clean, group, levels)  # type: ignore[arg-type]
    return value, {f"cues.{k}": v for k, v in parts.items()}
