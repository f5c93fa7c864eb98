"""Speech: which phonemes a sound carries (a small recogniser), and whether a mouth seen moves with a voice heard.

The recogniser reads the sound alone (24 kHz log-mel, hop 250). It judges the sound codec's round trip and spoken lines.
Letters: B batch, T mel frames (96 a second), S symbols + 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, resample_poly, sosfiltfilt
from torch import Tensor, nn

from phonofilm.model import mel, weights
from phonofilm.spec import clock

BLANK = 0
"""Class of silence and of the gap between symbols."""
STEP = 2 * clock.MEL_HOP / clock.SAMPLE_RATE
"""Seconds per output of the recogniser."""


@dataclass(frozen=True, kw_only=True)
class PhonemeConfig:
    """Size of the recogniser; ``symbols`` are classes 1, 2, ..."""

    symbols: tuple[str, ...]
    width: int = 128
    dilations: tuple[int, ...] = (1, 2, 4, 1, 2, 4)


class PhonemeNet(nn.Module):
    """Dilated 1-D convolutions: log-mel [B, 80, T] -> log-probabilities [B, T/2, S]."""

    def __init__(self, config: PhonemeConfig) -> None:
        super().__init__()
        w = config.width
        self.config = config
        self.stem = nn.Conv1d(mel.BINS, w, 5, stride=2, padding=2)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.GroupNorm(1, w), nn.Conv1d(w, w, 5, padding=2 * d, dilation=d), nn.GELU(), nn.Conv1d(w, w, 1)
            )
            for d in config.dilations
        )
        self.head = nn.Sequential(nn.GroupNorm(1, w), nn.Conv1d(w, len(config.symbols) + 1, 1))

    def forward(self, x_BMT: Tensor) -> Tensor:
        """Log-probabilities [B, T/2, S]."""
        x = self.stem(normalised(x_BMT))
        for block in self.blocks:
            x = x + block(x)
        return self.head(x).transpose(1, 2).log_softmax(-1)


def normalised(x_BMT: Tensor) -> Tensor:
    """Log-mel with each clip's mean removed and a fixed scale: loudness is no clue."""
    return (x_BMT - x_BMT.mean((1, 2), keepdim=True)) / 2.0


def mono24(sound: np.ndarray, rate: int) -> np.ndarray:
    """Sound [n] or [channels, n] at ``rate`` -> mono float32 [m] at 24 kHz, a whole number of mel frames (even)."""
    wave = np.asarray(sound, np.float32)
    wave = wave.mean(0) if wave.ndim == 2 else wave
    if rate != clock.SAMPLE_RATE:
        common = int(np.gcd(rate, clock.SAMPLE_RATE))
        wave = resample_poly(wave, clock.SAMPLE_RATE // common, rate // common).astype(np.float32)
    step = 2 * clock.MEL_HOP
    return np.pad(wave, (0, -len(wave) % step)) if len(wave) else np.zeros(step, np.float32)


@lru_cache(maxsize=1)
def _shipped() -> PhonemeNet:
    return load_recogniser(weights.shipped("judge-phonemes"))


def load_recogniser(path: str | Path) -> PhonemeNet:
    """The recogniser of a weight file, ready to judge. WeightsError when it is missing or damaged."""
    file = weights.load(path, "judge-phonemes")
    net = PhonemeNet(weights.config_of(file, PhonemeConfig))
    weights.fill(net, file)
    return net.eval()


@torch.no_grad()
def recognise(sound: np.ndarray, rate: int, net: PhonemeNet | None = None) -> list[str]:
    """Phonemes heard in ``sound`` ([n] or [channels, n], any rate), in order: the best class of each step, repeats
    joined, silence dropped."""
    net = net or _shipped()
    best = net(mel.log_mel(torch.from_numpy(mono24(sound, rate))[None]))[0].argmax(-1).tolist()
    return [
        net.config.symbols[s - 1]
        for s, before in zip(best, [BLANK, *best[:-1]], strict=True)
        if s != before and s != BLANK
    ]


def edit_distance(reference: list[str], heard: list[str]) -> int:
    """Fewest insertions, deletions and substitutions that turn one into the other."""
    row = list(range(len(heard) + 1))
    for i, want in enumerate(reference, 1):
        before, row[0] = row[0], i
        for j, got in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (want != got))
    return row[-1]


def phoneme_errors(
    reference: list[str], sound: np.ndarray, rate: int, net: PhonemeNet | None = None
) -> tuple[int, int]:
    """(edits, phonemes in the reference): their ratio is the phoneme error rate. Silence ("_") in the reference is
    skipped."""
    wanted = [s for s in reference if s != "_"]
    return edit_distance(wanted, recognise(sound, rate, net)), len(wanted)


def speech_envelope(sound: np.ndarray, rate: int, frames: int) -> np.ndarray:
    """Loudness of the voice band (250-3500 Hz) per video frame, [frames], linear, smoothed over a frame."""
    wave = mono24(sound, rate)
    band = sosfiltfilt(butter(2, [250, 3500], "bandpass", fs=clock.SAMPLE_RATE, output="sos"), wave)
    power = uniform_filter1d(band**2, clock.SAMPLES_PER_FRAME)
    at = np.clip((np.arange(frames) - 0.5) * clock.SAMPLES_PER_FRAME, 0, len(power) - 1).astype(int)
    return np.sqrt(np.maximum(power[at], 0.0))


@dataclass(frozen=True, kw_only=True)
class LipSync:
    """How a mouth seen follows a voice heard."""

    correlation: float
    """Pearson, mouth opening against speech envelope at the best lag, nan without movement in either."""
    lag: int
    """Frames by which the voice comes after the mouth at the best lag (0 is right)."""
    at_zero: float
    """Correlation without any shift."""


def lip_sync(opening: np.ndarray, sound: np.ndarray, rate: int, reach: int = 6) -> LipSync:
    """Compare a mouth opening found in the picture ([frames], any unit; ``mouths.opening(frames)``) with the voice in
    ``sound``. ``reach``: largest lag tried, frames."""
    loud = speech_envelope(sound, rate, len(opening))
    opening = np.asarray(opening, float)
    scores = {}
    for lag in range(-reach, reach + 1):
        a = opening[max(0, -lag) : len(opening) - max(0, lag)]
        b = loud[max(0, lag) : len(loud) - max(0, -lag)]
        scores[lag] = float(np.corrcoef(a, b)[0, 1]) if a.std() > 1e-9 and b.std() > 1e-9 else float("nan")
    if not np.isfinite(scores[0]):
        return LipSync(correlation=float("nan"), lag=0, at_zero=float("nan"))
    best = max(scores, key=lambda k: scores[k] if np.isfinite(scores[k]) else -2.0)
    return LipSync(correlation=scores[best], lag=best, at_zero=scores[0])
