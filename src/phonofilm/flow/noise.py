"""Noise from (seed, name): the same on every batch split, device order and machine."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor


def generator(seed: int, *names: str | int) -> torch.Generator:
    """A CPU generator that depends on ``seed`` and the ``names`` alone."""
    digest = hashlib.sha256("/".join(map(str, (seed, *names))).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))


def noise(shape: tuple[int, ...], seed: int, *names: str | int) -> Tensor:
    """Standard normal float32 tensor of ``shape`` for ``(seed, *names)``, e.g. ``noise(s, 7, "video")``."""
    return torch.randn(shape, generator=generator(seed, *names))
