"""Adherence: what a stranger would say is in the clip, from its pictures alone, to be compared with what the prompt
asked for.

Twelve moments of a clip, each a picture and what changed an eighth of a second later, go through a small convolutional
network that finds the subject and looks at it, then along time; how the parts of the picture slide tells the camera.
Seven heads name the subject's colour and kind, place, hour, weather, action and camera. Letters: B batch, N moments, C
channels, H W picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.evals.judges.sync import Pictures, small
from phonofilm.model import weights

MOMENTS = 12
STRIDE = 3
"""Frames between a moment and its second look."""
ALIKE: dict[str, dict[str, str]] = {
    "action": {
        "run": "walk",
        "hop": "jump",
        "drop": "fall",
        "break": "fall",
        "topple": "fall",
        "ring": "ring",
        "sing": "chirp",
        "wave": "stand",
        "slide": "roll",
        "close": "knock",
    },
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
    widths: tuple[int, ...] = (48, 64, 96)
    hidden: int = 128

    @property
    def table(self) -> dict[str, list[str]]:
        """Attribute -> its values in the order of the logits."""
        return {row.split("=")[0]: row.split("=")[1].split() for row in self.classes}


class Parser(nn.Module):
    """Moments [B, N, 6, H, W] and slides [B, N, 54] -> logits per attribute [B, classes]."""

    def __init__(self, config: ParserConfig) -> None:
        super().__init__()
        self.config = config
        a, b, c = config.widths
        h = config.hidden
        self.stem = nn.Conv2d(8, a, 4, stride=4)
        self.deep = nn.Sequential(
            nn.GELU(),
            nn.Conv2d(a, b, 3, stride=2, padding=1),
            nn.GroupNorm(4, b),
            nn.GELU(),
            nn.Conv2d(b, b, 3, padding=1),
            nn.GroupNorm(4, b),
            nn.GELU(),
            nn.Conv2d(b, c, 3, padding=1),
            nn.GroupNorm(4, c),
            nn.GELU(),
        )
        self.up = nn.Conv2d(c, 32, 1)
        self.fine = nn.Sequential(nn.Conv2d(a + 32, b, 3, padding=1), nn.GELU())
        self.maps = nn.Conv2d(b, 4, 1)
        self.squeeze = nn.Linear(4 * b + 2 * c + 8, h)
        self.time = nn.ModuleList(
            nn.Sequential(nn.GroupNorm(1, h), nn.Conv1d(h, h, 3, padding=1), nn.GELU(), nn.Conv1d(h, h, 1))
            for _ in range(2)
        )
        self.slide = nn.Sequential(
            nn.Conv1d(54, 64, 3, padding=1), nn.GELU(), nn.Conv1d(64, 64, 3, padding=1), nn.GELU()
        )
        self.heads = nn.ModuleDict(
            {
                name: nn.Linear(2 * h + (128 if name == "camera" else 0), len(values))
                for name, values in config.table.items()
            }
        )

    def forward(self, x_BNCHW: Tensor, slides_BNS: Tensor) -> dict[str, Tensor]:
        """Logits of every attribute."""
        return self.look(x_BNCHW, slides_BNS)[0]

    def look(self, x_BNCHW: Tensor, slides_BNS: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """As :meth:`forward`, and where the subject is: logits [B, N, H / 4, W / 4]."""
        b, n, _, height, width = x_BNCHW.shape
        rows = torch.linspace(-1, 1, height).view(1, 1, 1, height, 1).expand(b, n, 1, height, width)
        columns = torch.linspace(-1, 1, width).view(1, 1, 1, 1, width).expand_as(rows)
        coarse = self.stem(torch.cat([x_BNCHW, rows, columns], 2).flatten(0, 1))
        deep = self.deep(coarse)
        fine = self.fine(torch.cat([coarse, F.interpolate(self.up(deep), size=coarse.shape[-2:])], 1))
        maps = self.maps(fine)
        weight = maps.flatten(2).softmax(-1)
        seen = torch.einsum("nkp,ncp->nkc", weight, fine.flatten(2)).flatten(1)
        grid = torch.stack([t[0, 0, 0, ::4, ::4].flatten() for t in (rows, columns)])
        place = torch.einsum("nkp,gp->nkg", weight, grid.to(weight.dtype)).flatten(1)
        t = (
            self.squeeze(torch.cat([seen, deep.mean((2, 3)), deep.amax((2, 3)), place], 1))
            .unflatten(0, (b, -1))
            .transpose(1, 2)
        )
        for block in self.time:
            t = t + block(t)
        both = torch.cat([t.mean(-1), t.amax(-1)], 1)
        s = self.slide(slides_BNS.transpose(1, 2))
        moved = torch.cat([both, s.mean(-1), s.amax(-1)], 1)
        return {name: head(moved if name == "camera" else both) for name, head in self.heads.items()}, maps[
            :, 0
        ].unflatten(0, (b, -1))


def moments(frames: Tensor) -> Tensor:
    """Pictures [F, 3, 72, 128] in 0..1 -> [N, 6, 72, 128]: evenly spaced pictures and what changes within
    :data:`STRIDE` frames."""
    last = max(0, len(frames) - 1 - STRIDE)
    at = torch.linspace(0, last, MOMENTS).round().long()
    return paired(frames[at], frames[(at + STRIDE).clamp_max(len(frames) - 1)])


def paired(now: Tensor, then: Tensor) -> Tensor:
    """Two looks [N, 3, H, W] each as what the network sees, [N, 6, H, W]."""
    return torch.cat([2 * now - 1, 3 * (then - now)], 1)


def slides(frames: Tensor) -> Tensor:
    """How nine parts of the picture (3 rows, 3 columns) slide within four and within ten frames at each moment, [N,
    54]: dx and dy in pixels of 128x72 divided by 4, and how sure that is (0..1), by phase correlation. A camera shows
    in all parts together."""
    return torch.cat([_slide(frames, gap) for gap in (4, 10)], 1)


def _slide(frames: Tensor, gap: int) -> Tensor:
    last = max(0, len(frames) - 1 - gap)
    at = torch.linspace(0, last, MOMENTS).round().long()
    grey = frames.mean(1)
    window = torch.hann_window(24, periodic=False)[:, None] * torch.hann_window(42, periodic=False)[None]

    def spectra(x: Tensor) -> Tensor:
        cells = x[:, :72, 1:127].unflatten(1, (3, 24)).unflatten(3, (3, 42)).transpose(2, 3)
        cells = cells - cells.mean((-1, -2), keepdim=True)
        return torch.fft.rfft2(cells * window)

    one, two = spectra(grey[at]), spectra(grey[(at + gap).clamp_max(len(frames) - 1)])
    cross = two * one.conj()
    surface = torch.fft.irfft2(cross / (cross.abs() + 1e-2), s=(24, 42))
    surface = torch.fft.fftshift(surface, dim=(-2, -1)).flatten(-2)
    peak, where = surface.max(-1)
    y, x = where // 42, where % 42

    def nudge(step: int) -> Tensor:
        before, after = (
            surface.gather(-1, ((where + k * step) % surface.shape[-1])[..., None])[..., 0] for k in (-1, 1)
        )
        return ((after - before) / (2 * (2 * peak - before - after).clamp_min(1e-6))).clamp(-0.5, 0.5)

    dx, dy = x - 21 + nudge(1), y - 12 + nudge(42)
    sure = peak.clamp(0, 1)
    return torch.stack([dx / 4 * (sure > 0.05), dy / 4 * (sure > 0.05), sure], -1).flatten(1)


def mirrored(slides_NS: Tensor) -> Tensor:
    """The slides of the mirrored picture."""
    cells = slides_NS.view(-1, 2, 3, 3, 3).flip(3)
    return (cells * torch.tensor([-1.0, 1.0, 1.0])).reshape(-1, 54)


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


def describe(frames: Pictures, net: Parser | None = None) -> dict[str, str]:
    """What is in a clip: attribute -> most likely value."""
    return {name: value for name, (value, _) in weighed(frames, net).items()}


@torch.no_grad()
def weighed(frames: Pictures, net: Parser | None = None) -> dict[str, tuple[str, float]]:
    """The same, each value with its probability."""
    net = net or _parser()
    pictures = small(frames)
    logits = net(moments(pictures)[None], slides(pictures)[None])
    table, shares = net.config.table, {name: z[0].softmax(-1) for name, z in logits.items()}
    return {name: (table[name][int(share.argmax())], float(share.max())) for name, share in shares.items()}
