"""Sync: contacts found in the picture alone, onsets found in the sound alone, and how they meet.

Two small networks, each trained on one sense of the theatre only. The eye sees 128x72 pictures and says, per frame, how
likely two bodies meet there (and how far a mouth is open); the ear hears a log-mel and says, 96 times a second, how
likely something is struck. Letters: B batch, F frames, H W picture, T mel frames, C channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.evals.judges.matching import TOLERANCE, Match, match
from phonofilm.evals.judges.speech import mono24, normalised
from phonofilm.model import mel, weights
from phonofilm.model.codec import fitted
from phonofilm.spec import clock
from phonofilm.theatre.play import STRUCK

WIDTH, HEIGHT = 128, 72
"""What the judges look at."""
CONTACTS = STRUCK
"""Kinds of contact that count."""
APART = 1.6 / clock.FPS
"""Contacts nearer than this (seconds) are one: neither a picture nor an ear tells them apart."""


@dataclass(frozen=True, kw_only=True)
class EyeConfig:
    """Size of the eye and the probability over which a peak is a contact."""

    widths: tuple[int, ...] = (32, 48, 64)
    hidden: int = 96
    threshold: float = 0.4


class Eye(nn.Module):
    """Pictures [B, F, 3, H, W] in 0..1 -> (contact logits [B, F], mouth opening [B, F])."""

    def __init__(self, config: EyeConfig) -> None:
        super().__init__()
        self.config = config
        a, b, d = config.widths
        # Patches of 4x4 pixels and 5 frames at once: fine enough for a foot, and a tenth of the cost of convolutions on
        # the full grid.
        self.stem = nn.Conv3d(3, a, (5, 4, 4), stride=(1, 4, 4))
        self.stem.weight.data = _differences(a)
        self.body = nn.Sequential(
            nn.GELU(),
            nn.Conv2d(a, a, 3, padding=1, groups=4),
            nn.GELU(),
            nn.Conv2d(a, b, 3, stride=2, padding=1),
            nn.GroupNorm(4, b),
            nn.GELU(),
            nn.Conv2d(b, d, 3, padding=1),
            nn.GroupNorm(4, d),
            nn.GELU(),
        )
        # Each place keeps a history of its own before places are pooled: a contact is a change of motion *somewhere*.
        self.history = nn.Sequential(
            nn.Conv3d(d, d, (5, 1, 1), padding=(2, 0, 0)), nn.GELU(), nn.Conv3d(d, d, (3, 3, 3), padding=1), nn.GELU()
        )
        self.spot = nn.Conv3d(d, 2, 1)
        self.time = nn.Sequential(
            nn.Conv1d(3 * d + 1, config.hidden, 5, padding=2),
            nn.GELU(),
            nn.Conv1d(config.hidden, config.hidden, 5, padding=4, dilation=2),
            nn.GELU(),
            nn.Conv1d(config.hidden, 2, 3, padding=1),
        )

    def forward(self, x_BFCHW: Tensor) -> tuple[Tensor, Tensor]:
        """Contact logits [B, F] and mouth opening [B, F] (metres x 20, about 0..1)."""
        return self.look(x_BFCHW)[:2]

    def look(self, x_BFCHW: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As :meth:`forward`, and where: contact logits per place [B, F, H / 8, W / 8]."""
        b = x_BFCHW.shape[0]
        x = x_BFCHW.transpose(1, 2) - 0.5
        x = self.stem(torch.cat([x[:, :, :1]] * 2 + [x] + [x[:, :, -1:]] * 2, 2))
        x = self.body(x.transpose(1, 2).flatten(0, 1)).unflatten(0, (b, -1)).transpose(1, 2)
        x = x + self.history(x)
        spots = self.spot(x).flatten(3)
        seen = torch.einsum("bkfp,bcfp->bkcf", spots.softmax(-1), x.flatten(3)).flatten(1, 2)
        out = self.time(torch.cat([seen, x.amax((3, 4)), spots[:, 0].amax(-1)[:, None]], 1))
        return out[:, 0] + spots[:, 0].amax(-1), out[:, 1], spots[:, 0].unflatten(-1, x.shape[3:])


def _differences(width: int) -> Tensor:
    """First weights of the stem [width, 3, 5, 4, 4]: it begins by looking at the picture and, four times as hard, at
    what changes between neighbouring frames; two frames before and after in grey."""
    taps = torch.zeros(11, 3, 5)
    for c in range(3):
        taps[c, c, 2] = 1.0
        taps[3 + c, c, 1], taps[3 + c, c, 2] = -4.0, 4.0
        taps[6 + c, c, 2], taps[6 + c, c, 3] = -4.0, 4.0
        taps[9, c, 0], taps[9, c, 1] = -4 / 3, 4 / 3
        taps[10, c, 3], taps[10, c, 4] = -4 / 3, 4 / 3
    mix = torch.empty(width, 11, 4, 4).uniform_(-1, 1) / (11 * 16) ** 0.5
    return torch.einsum("ovhw,vct->octhw", mix, taps)


@dataclass(frozen=True, kw_only=True)
class EarConfig:
    """Size of the ear and the probability over which a peak is an onset."""

    width: int = 96
    dilations: tuple[int, ...] = (1, 2, 4, 8)
    threshold: float = 0.4


class Ear(nn.Module):
    """Log-mel [B, 80, T] -> onset logits [B, T]."""

    def __init__(self, config: EarConfig) -> None:
        super().__init__()
        w = config.width
        self.config = config
        self.stem = nn.Conv1d(2 * mel.BINS, w, 5, padding=2)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.GroupNorm(1, w), nn.Conv1d(w, w, 5, padding=2 * d, dilation=d), nn.GELU(), nn.Conv1d(w, w, 1)
            )
            for d in config.dilations
        )
        self.head = nn.Conv1d(w, 1, 3, padding=1)

    def forward(self, x_BMT: Tensor) -> Tensor:
        """Onset logits [B, T]."""
        x = normalised(x_BMT)
        x = self.stem(torch.cat([x, F.pad(x.diff(dim=-1), (1, 0))], 1))
        for block in self.blocks:
            x = x + block(x)
        return self.head(x)[:, 0]


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What the eye sees in a clip."""

    contact: np.ndarray
    """[F] probability that bodies meet within the frame's interval."""
    mouth: np.ndarray
    """[F] opening of the most open mouth, arbitrary unit (about 0..1)."""


def load_eye(path: str | Path) -> Eye:
    """The eye of a weight file. WeightsError when it is missing or damaged."""
    file = weights.load(path, "judge-contacts")
    net = Eye(weights.config_of(file, EyeConfig))
    weights.fill(net, file)
    return net.eval()


def load_ear(path: str | Path) -> Ear:
    """The ear of a weight file. WeightsError when it is missing or damaged."""
    file = weights.load(path, "judge-onsets")
    net = Ear(weights.config_of(file, EarConfig))
    weights.fill(net, file)
    return net.eval()


@lru_cache(maxsize=1)
def _eye() -> Eye:
    return load_eye(weights.shipped("judge-contacts"))


@lru_cache(maxsize=1)
def _ear() -> Ear:
    return load_ear(weights.shipped("judge-onsets"))


Pictures = np.ndarray | Tensor
"""uint8 [F, H, W, 3] of any size, or what :func:`small` made of them: who asks several judges makes them small once."""


def small(frames: Pictures) -> Tensor:
    """Pictures -> float [F, 3, 72, 128] in 0..1, area-averaged; other ratios are padded, never squeezed.

    What is small already stays as it is.
    """
    return frames if isinstance(frames, Tensor) else fitted(frames, HEIGHT, WIDTH)


@torch.no_grad()
def see(frames: Pictures, net: Eye | None = None) -> Sight:
    """Look at a clip without its sound."""
    contact, mouth = (net or _eye())(small(frames)[None])
    return Sight(contact=torch.sigmoid(contact[0]).numpy(), mouth=mouth[0].clamp_min(0).numpy())


def visual_contacts(frames: Pictures, net: Eye | None = None) -> np.ndarray:
    """Times in seconds [n] of the contacts seen in pictures, found in the picture alone."""
    net = net or _eye()
    p = see(frames, net).contact
    return (peaks(p, net.config.threshold, round(APART * clock.FPS)) - 0.5).clip(0) / clock.FPS


@torch.no_grad()
def hear(sound: np.ndarray, rate: int, net: Ear | None = None) -> np.ndarray:
    """Onset probability [T], 96 values a second, of a sound [n] or [channels, n]."""
    return torch.sigmoid((net or _ear())(mel.log_mel(torch.from_numpy(mono24(sound, rate))[None]))[0]).numpy()


def sound_onsets(sound: np.ndarray, rate: int, net: Ear | None = None) -> np.ndarray:
    """Times in seconds [n] at which something is struck in a sound [n] or [channels, n], found in the sound alone."""
    net = net or _ear()
    per_second = clock.SAMPLE_RATE / clock.MEL_HOP
    return (peaks(hear(sound, rate, net), net.config.threshold, round(APART * per_second)) + 0.5) / per_second


def peaks(p: np.ndarray, threshold: float, apart: int) -> np.ndarray:
    """Positions (fractional: centre of gravity of the peak and its neighbours) of the local maxima of ``p`` [n] over
    ``threshold``, the higher winning where two are less than ``apart`` steps from each other. In order."""
    p = np.asarray(p, float)
    around = np.concatenate([[0.0], p, [0.0]])
    top = np.flatnonzero((p >= threshold) & (p > around[:-2]) & (p >= around[2:]))
    kept: list[int] = []
    for k in top[np.argsort(-p[top], kind="stable")]:
        if all(abs(k - other) >= apart for other in kept):
            kept.append(int(k))
    kept.sort()
    out = []
    for k in kept:
        left, centre, right = around[k], around[k + 1], around[k + 2]
        out.append(k + (right - left) / (left + centre + right + 1e-9))
    return np.array(out)


def merged(times: np.ndarray, apart: float = APART) -> np.ndarray:
    """Sorted times with those nearer than ``apart`` seconds to the one kept before left out."""
    kept: list[float] = []
    for t in np.sort(np.asarray(times, float)):
        if not kept or t - kept[-1] >= apart:
            kept.append(float(t))
    return np.array(kept)


def sync(frames: Pictures, sound: np.ndarray, rate: int, tolerance: float = TOLERANCE) -> Match:
    """Contacts seen against onsets heard in one clip: pictures, sound [2, n]."""
    return match(visual_contacts(frames), sound_onsets(sound, rate), tolerance)
