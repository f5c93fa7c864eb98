"""Trains the completion: from the codec's first channels to all of them, on the same shards as the transformer.

    phonofilm train completion --data latents --out runs/completion --minutes 14

What is given gets a little noise, so that what the transformer makes, which is never quite clean, is met in training
too.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from phonofilm.data.shards import Shards
from phonofilm.model.completion import Completion, CompletionConfig, save
from phonofilm.train import loop
from phonofilm.train.loop import LoopConfig

NOISE = 0.2
"""Standard deviation of the noise on what is given, at most."""
FOREGROUND = 8.0
"""Extra weight of a wholly foreground cell."""
STEPS = 7
"""Latent steps a sample spans."""


def batch_of(shards: Shards, rng: np.random.Generator, size: int) -> tuple[Tensor, Tensor]:
    """Latents ``[B, C, STEPS, h, w]`` and weights ``[B, 1, STEPS, h, w]`` from random clips at random times."""
    fine, share = [], []
    for index in rng.integers(len(shards), size=size):
        e = shards[int(index)]
        at = int(rng.integers(e.video.shape[1] - STEPS + 1))
        fine.append(torch.tensor(e.video[:, at : at + STEPS], dtype=torch.float32))
        share.append(torch.tensor(e.weight[at : at + STEPS], dtype=torch.float32) / 255)
    return torch.stack(fine), 1 + FOREGROUND * torch.stack(share)[:, None]


def usual(minutes: float) -> LoopConfig:
    """How a run of so many minutes is driven."""
    return LoopConfig(minutes=minutes, rate=2e-3, warmup=50, decay_from=0.6, weight_decay=0.01)


def train(
    data: Path,
    out: Path,
    config: LoopConfig,
    *,
    given: int = 4,
    width: int = 64,
    held: Path | None = None,
    batch: int = 6,
    seed: int = 0,
) -> dict[str, float]:
    """Train (or go on with) the run in ``out`` and write ``out/completion.safetensors``.

    Returns the weighted squared error of it and of zeros on ``held`` (or fresh samples of ``data``)."""
    torch.manual_seed(seed)
    shards = Shards(data)
    matter = torch.from_numpy(shards.channels("video"))
    net = Completion(CompletionConfig(channels=len(matter), given=given, width=width))
    weight_C = (matter / matter.mean())[:, None, None, None]

    def error(made: Tensor, fine: Tensor, weight: Tensor) -> Tensor:
        return ((made.float() - fine) ** 2 * weight * weight_C).mean() / weight.mean()

    def step_loss(_: nn.Module, step: int) -> tuple[Tensor, dict[str, float]]:
        g = torch.Generator().manual_seed(seed * 1_000_003 + step)
        fine, weight = batch_of(shards, np.random.default_rng([seed, step]), batch)
        few = fine[:, :given]
        few = few + torch.rand(batch, 1, 1, 1, 1, generator=g) * NOISE * torch.randn(few.shape, generator=g)
        return error(net(few), fine, weight), {}

    steps = loop.run(net, step_loss, config, out, header={"kind": "completion"})
    loop.averaged(net, out)
    with torch.no_grad():
        test, dice = Shards(held or data), np.random.default_rng(12345)
        sums = np.zeros(2)
        for _ in range(8):
            fine, weight = batch_of(test, dice, batch)
            without = torch.cat([fine[:, :given], torch.zeros_like(fine[:, given:])], 1)
            sums += [error(net(fine[:, :given]), fine, weight).item() / 8, error(without, fine, weight).item() / 8]
    figures = {"error": float(sums[0]), "without": float(sums[1]), "steps": float(steps)}
    save(net, out / "completion.safetensors", {k: f"{v:.5g}" for k, v in figures.items()})
    return figures
