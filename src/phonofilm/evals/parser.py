"""Adherence: what a stranger would say is in the clip, from its pictures alone, to be compared with what the prompt asked for.

Twelve moments of a clip, each a picture and what changed an eighth of a second later, go through a small convolutional network, then along
time; seven heads name the subject's colour and kind, place, hour, weather, action and camera.
Letters: B batch, N moments, C channels, H W picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from phonofilm.evals.sync import small
from phonofilm.model import weights

MOMENTS = 12
STRIDE = 3
"""Frames between a moment and its second look."""
ALIKE: dict[str, dict[str, str]] = {
    "action": {"run": "walk", "hop": "jump", "drop": "fall", "break": "fall", "topple": "fall", "ring": "ring", "sing": "chirp", "wave": "stand", "slide": "roll", "close": "knock"},
    "kind": {"man": "person", "woman": "person", "girl": "person", "boy": "person", "child": "person"},
    "camera": {"dolly_zoom": "push_in"},
}
"""Labels counted as one, because a picture of this size cannot tell them apart: stated in every report."""


def folded(attribute: str, value: str) -> str:
    """The class a label is judged as."""
    return ALIKE.get(attribute, {}).get(value, value)


@dataclass(frozen=True, kw_only=True)
class ParserConfig:
    """Size of the parser and its classes, ``attribute=value value ...`` each."""

    classes: tuple[str, ...]
    widths: tuple[int, ...] = (24, 40, 64, 96)
    hidden: int = 128

    @property
    def table(self) -> dict[str, list[str]]:
        """Attribute -> its values in the order of the logits."""
        return {row.split("=")[0]: row.split("=")[1].split() for row in self.classes}


class Parser(nn.Module):
    """Moments [B, N, 6, H, W] -> logits per attribute [B, classes]."""

    def __init__(self, config: ParserConfig) -> None:
        super().__init__()
        self.config = config
        a, b, c, d = config.widths
        self.eye = nn.Sequential(
            nn.Conv2d(8, a, 5, stride=2, padding=2), nn.GELU(), nn.Conv2d(a, b, 3, stride=2, padding=1), nn.GroupNorm(4, b), nn.GELU(),
            nn.Conv2d(b, c, 3, stride=2, padding=1), nn.GroupNorm(4, c), nn.GELU(), nn.Conv2d(c, c, 3, padding=1), nn.GroupNorm(4, c), nn.GELU(),
            nn.Conv2d(c, d, 3, stride=2, padding=1), nn.GroupNorm(4, d), nn.GELU(),
        )
        self.look = nn.Conv2d(d, 4, 1)
        h = config.hidden
        self.squeeze = nn.Linear(6 * d, h)
        self.time = nn.ModuleList(nn.Sequential(nn.GroupNorm(1, h), nn.Conv1d(h, h, 3, padding=1), nn.GELU(), nn.Conv1d(h, h, 1)) for _ in range(3))
        self.heads = nn.ModuleDict({name: nn.Linear(2 * h, len(values)) for name, values in config.table.items()})

    def forward(self, x_BNCHW: Tensor) -> dict[str, Tensor]:
        """Logits of every attribute."""
        b, _, _, height, width = x_BNCHW.shape
        rows = torch.linspace(-1, 1, height).view(1, 1, 1, height, 1).expand(*x_BNCHW.shape[:2], 1, height, width)
        columns = torch.linspace(-1, 1, width).view(1, 1, 1, 1, width).expand_as(rows)
        x = self.eye(torch.cat([x_BNCHW, rows, columns], 2).flatten(0, 1))
        where = self.look(x).flatten(2).softmax(-1)
        seen = torch.einsum("nkp,ncp->nkc", where, x.flatten(2)).flatten(1)
        t = self.squeeze(torch.cat([seen, x.mean((2, 3)), x.amax((2, 3))], 1)).unflatten(0, (b, -1)).transpose(1, 2)
        for block in self.time:
            t = t + block(t)
        both = torch.cat([t.mean(-1), t.amax(-1)], 1)
        return {name: head(both) for name, head in self.heads.items()}


def moments(frames: Tensor) -> Tensor:
    """Pictures [F, 3, 72, 128] in 0..1 -> [N, 6, 72, 128]: evenly spaced pictures and what changes within :data:`STRIDE` frames."""
    last = max(0, len(frames) - 1 - STRIDE)
    at = torch.linspace(0, last, MOMENTS).round().long()
    now, then = frames[at], frames[(at + STRIDE).clamp_max(len(frames) - 1)]
    return torch.cat([2 * now - 1, 3 * (then - now)], 1)


def load_parser(path: str | Path) -> Parser:
    """The parser of a weight file. WeightsError when it is missing or damaged."""
    file = weights.load(path, "judge-parser")
    net = Parser(weights.config_of(file, ParserConfig))
    weights.fill(net, file)
    return net.eval()


@lru_cache(maxsize=1)
def _parser() -> Parser:
    return load_parser(weights.shipped("judge-parser"))


def known_classes() -> dict[str, list[str]]:
    """Attribute -> values the shipped parser tells apart."""
    return _parser().config.table


@torch.no_grad()
def describe(frames: np.ndarray, net: Parser | None = None) -> dict[str, str]:
    """What is in a clip, uint8 [F, H, W, 3]: attribute -> most likely value."""
    net = net or _parser()
    logits = net(moments(small(frames))[None])
    table = net.config.table
    return {name: table[name][int(z[0].argmax())] for name, z in logits.items()}
