"""Sync: contacts found in the picture alone, onsets found in the sound alone, and how they meet.

Two small networks, each trained on one sense of the theatre only. The eye sees 128x72 pictures and says, per frame, how likely
two bodies meet there (and how far a mouth is open); the ear hears a log-mel and says, 96 times a second, how likely something is struck.
Letters: B batch, F frames, H W picture, T mel frames, C channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.evals.matching import TOLERANCE, Match, match
from phonofilm.evals.speech import mono24, normalised
from phonofilm.model import mel, weights
from phonofilm.spec import clock

WIDTH, HEIGHT = 128, 72
"""What the judges look at."""
CONTACTS = ("bounce", "step", "land", "clap", "drum", "ring", "knock", "drop", "break", "collide", "close")
"""Kinds of contact that count: seen and heard at one instant (rolling, chirping and horns go on too long)."""
APART = 1.6 / clock.FPS
"""Contacts nearer than this (seconds) are one: neither a picture nor an ear tells them apart."""


@dataclass(frozen=True, kw_only=True)
class EyeConfig:
    """Size of the eye and the probability over which a peak is a contact."""

    widths: tuple[int, ...] = (20, 32, 48, 64)
    hidden: int = 96
    threshold: float = 0.4


class Eye(nn.Module):
    """Pictures [B, F, 3, H, W] in 0..1 -> (contact logits [B, F], mouth opening [B, F])."""

    def __init__(self, config: EyeConfig) -> None:
        super().__init__()
        self.config = config
        a, b, c, d = config.widths
        self.stem = nn.Conv2d(11, a, 5, stride=2, padding=2)
        self.body = nn.Sequential(
            nn.GELU(), nn.Conv2d(a, b, 3, stride=2, padding=1), nn.GroupNorm(4, b), nn.GELU(),
            nn.Conv2d(b, c, 3, stride=2, padding=1), nn.GroupNorm(4, c), nn.GELU(), nn.Conv2d(c, d, 3, padding=1), nn.GroupNorm(4, d), nn.GELU(),
        )
        # Each place keeps a history of its own before places are pooled: a contact is a change of motion *somewhere*.
        self.local = nn.Conv3d(d, d, (5, 1, 1), padding=(2, 0, 0))
        self.pool = nn.Conv2d(d, 4, 1)
        self.time = nn.Sequential(
            nn.Conv1d(5 * d, config.hidden, 5, padding=2), nn.GELU(), nn.Conv1d(config.hidden, config.hidden, 5, padding=4, dilation=2), nn.GELU(),
            nn.Conv1d(config.hidden, config.hidden, 5, padding=8, dilation=4), nn.GELU(), nn.Conv1d(config.hidden, 2, 3, padding=1),
        )

    def forward(self, x_BFCHW: Tensor) -> tuple[Tensor, Tensor]:
        """Contact logits [B, F] and mouth opening [B, F] (metres x 20, about 0..1)."""
        b = x_BFCHW.shape[0]
        x = self.body(self.stem(motion_channels(x_BFCHW).flatten(0, 1))).unflatten(0, (b, -1))
        x = x + F.gelu(self.local(x.transpose(1, 2))).transpose(1, 2)
        flat = x.flatten(0, 1)
        where = self.pool(flat).flatten(2).softmax(-1)
        seen = torch.einsum("nkp,ncp->nkc", where, flat.flatten(2)).flatten(1)
        out = self.time(torch.cat([seen, flat.amax((2, 3))], 1).unflatten(0, (b, -1)).transpose(1, 2))
        return out[:, 0], out[:, 1]


def motion_channels(x_BFCHW: Tensor) -> Tensor:
    """[B, F, 11, H, W]: the picture, how it came about and what becomes of it (differences of five frames around)."""
    grey = x_BFCHW.mean(2, keepdim=True)
    padded = torch.cat([x_BFCHW[:, :1], x_BFCHW, x_BFCHW[:, -1:]], 1)
    change = padded.diff(dim=1)
    greys = torch.cat([grey[:, :1]] * 2 + [grey] + [grey[:, -1:]] * 2, 1).diff(dim=1)
    n = x_BFCHW.shape[1]
    return torch.cat([x_BFCHW - 0.5, 4 * change[:, :n], 4 * change[:, 1:], 4 * greys[:, :n], 4 * greys[:, 3:]], 2)


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
            nn.Sequential(nn.GroupNorm(1, w), nn.Conv1d(w, w, 5, padding=2 * d, dilation=d), nn.GELU(), nn.Conv1d(w, w, 1)) for d in config.dilations
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


def small(frames: np.ndarray) -> Tensor:
    """Pictures uint8 [F, H, W, 3] of any size -> float [F, 3, 72, 128] in 0..1, area-averaged; other ratios are padded, never squeezed."""
    x = torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2)
    h, w = x.shape[-2:]
    if (h, w) == (HEIGHT, WIDTH):
        return x.float() / 255
    scale = min(HEIGHT / h, WIDTH / w)
    size = (max(1, round(h * scale)), max(1, round(w * scale)))
    down = torch.cat([F.interpolate(part.float() / 255, size=size, mode="bilinear", antialias=True, align_corners=False) for part in x.split(16)])
    top, left = (HEIGHT - size[0]) // 2, (WIDTH - size[1]) // 2
    return F.pad(down, (left, WIDTH - size[1] - left, top, HEIGHT - size[0] - top), mode="replicate")


@torch.no_grad()
def see(frames: np.ndarray, net: Eye | None = None) -> Sight:
    """Look at a clip uint8 [F, H, W, 3] without its sound."""
    contact, mouth = (net or _eye())(small(frames)[None])
    return Sight(contact=torch.sigmoid(contact[0]).numpy(), mouth=mouth[0].clamp_min(0).numpy())


def visual_contacts(frames: np.ndarray, net: Eye | None = None) -> np.ndarray:
    """Times in seconds [n] of the contacts seen in uint8 pictures [F, H, W, 3], found in the picture alone."""
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


def sync(frames: np.ndarray, sound: np.ndarray, rate: int, tolerance: float = TOLERANCE) -> Match:
    """Contacts seen against onsets heard in one clip: pictures uint8 [F, H, W, 3], sound [2, n]."""
    return match(visual_contacts(frames), sound_onsets(sound, rate), tolerance)
