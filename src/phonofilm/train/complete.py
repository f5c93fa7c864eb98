"""Trains the completion: from the codec's first channels to all of them, on the same shards as the transformer.

    python -m phonofilm.train.complete --data latents --out completion.safetensors --minutes 14

What is given gets a little noise, so that what the transformer makes, which is never quite clean, is met in training too.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from phonofilm.data.shards import Shards
from phonofilm.errors import PhonofilmError
from phonofilm.model.completion import Completion, CompletionConfig, save
from phonofilm.model.precision import fast_bf16

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


def train(
    data: Path, out: Path, *, given: int = 4, width: int = 64, minutes: float = math.inf, steps: float = math.inf, held: Path | None = None,
    batch: int = 6, rate: float = 2e-3, seed: int = 0,
) -> dict[str, float]:
    """Train for ``minutes`` or ``steps``, whichever ends first, and write ``out``.

    Returns the weighted squared error of it and of zeros on ``held`` (or fresh samples of ``data``)."""
    torch.manual_seed(seed)
    shards = Shards(data)
    matter = torch.from_numpy(shards.channels("video"))
    net = Completion(CompletionConfig(channels=len(matter), given=given, width=width))
    weight_C = (matter / matter.mean())[:, None, None, None]
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, betas=(0.9, 0.97), weight_decay=0.01)
    rng, began, step = np.random.default_rng(seed), time.monotonic(), 0

    def error(made: Tensor, fine: Tensor, weight: Tensor) -> Tensor:
        return ((made.float() - fine) ** 2 * weight * weight_C).mean() / weight.mean()

    while (share := max((time.monotonic() - began) / (60 * minutes), step / steps)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 50) * min(1.0, 2.5 * (1 - share) + 0.02)
        fine, weight = batch_of(shards, rng, batch)
        few = fine[:, :given]
        few = few + torch.rand(batch, 1, 1, 1, 1) * NOISE * torch.randn_like(few)
        with torch.autocast("cpu", torch.bfloat16, enabled=fast_bf16()):
            value = error(net(few), fine, weight)
        optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        step += 1
        if step % 100 == 0:
            print(f"step {step}, error {value.item():.4f}", file=sys.stderr, flush=True)
    with torch.no_grad():
        test, dice = Shards(held or data), np.random.default_rng(12345)
        sums = np.zeros(2)
        for _ in range(8):
            fine, weight = batch_of(test, dice, batch)
            without = torch.cat([fine[:, :given], torch.zeros_like(fine[:, given:])], 1)
            sums += [error(net(fine[:, :given]), fine, weight).item() / 8, error(without, fine, weight).item() / 8]
    figures = {"error": float(sums[0]), "without": float(sums[1]), "steps": float(step)}
    save(net, out, {k: f"{v:.5g}" for k, v in figures.items()})
    return figures


def main(argv: list[str] | None = None) -> int:
    """The command line; exit code 2 with one line on error."""
    parser = argparse.ArgumentParser(prog="python -m phonofilm.train.complete", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="latent shards (phonofilm train encode)")
    parser.add_argument("--held", type=Path, help="latent shards of the held-out split, for the figures")
    parser.add_argument("--out", type=Path, required=True, help="the weight file to write")
    parser.add_argument("--minutes", type=float, default=14.0)
    a = parser.parse_args(argv)
    try:
        print(train(a.data, a.out, minutes=a.minutes, held=a.held))
    except PhonofilmError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
