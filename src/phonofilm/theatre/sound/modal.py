"""Modal synthesis: what bodies and grounds are made of, and the pulses, rings and noises that foley is put together
from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from phonofilm.spec.clock import THEATRE_RATE

Array = NDArray[Any]
Rng = np.random.Generator
_R = THEATRE_RATE
LONGEST = 4.0
"""Seconds after which the longest ring has been faded out."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """How a solid rings."""

    modes: tuple[float, ...]
    """Frequencies relative to the lowest."""
    low: float
    high: float
    """Range of the lowest mode in Hz: ``low`` for a body of 0.6 m and more, ``high`` for one of 0.06 m and less."""
    decay: float
    """Seconds in which the lowest mode falls by 30 dB."""
    softness: float
    """Length of the striking pulse in ms at 1 m/s."""
    click: float
    """Share of contact noise."""
    gain: float


MATERIALS: dict[str, Material] = {
    "rubber": Material(modes=(1, 1.6, 2.3), low=90, high=180, decay=0.08, softness=3.0, click=0.22, gain=1.0),
    "wood": Material(modes=(1, 2.57, 4.9), low=220, high=700, decay=0.10, softness=1.0, click=0.15, gain=0.8),
    "metal": Material(modes=(1, 2.76, 5.40, 8.93), low=400, high=1500, decay=0.9, softness=0.35, click=0.08, gain=0.6),
    "glass": Material(
        modes=(1, 2.32, 4.25, 6.63), low=900, high=3000, decay=0.35, softness=0.25, click=0.08, gain=0.55
    ),
    "stone": Material(modes=(1, 2.0, 3.4), low=500, high=1500, decay=0.05, softness=0.4, click=0.45, gain=0.8),
    "skin": Material(modes=(1, 1.7), low=140, high=260, decay=0.04, softness=3.5, click=0.35, gain=0.8),
    "drum": Material(
        modes=(1, 1.59, 2.14, 2.30, 2.65, 2.92), low=70, high=220, decay=0.35, softness=1.2, click=0.12, gain=1.0
    ),
    "bell": Material(
        modes=(0.5, 1, 1.2, 1.5, 2, 2.5, 3, 4), low=300, high=900, decay=2.5, softness=0.4, click=0.05, gain=0.6
    ),
}
FLOOR_WOOD = Material(modes=(1, 1.9, 3.1), low=95, high=95, decay=0.12, softness=1.0, click=0.12, gain=0.7)
FLOOR_STONE = Material(modes=(1, 2.7), low=160, high=160, decay=0.03, softness=0.4, click=0.5, gain=0.6)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """How soft ground answers: noise in a band, and how much of the body's own ring it lets live (1 all)."""

    low: float
    high: float
    seconds: float
    level: float
    ring: float


GROUNDS: dict[str, Ground] = {
    "grass": Ground(low=300, high=2500, seconds=0.06, level=0.6, ring=0.55),
    "sand": Ground(low=150, high=1300, seconds=0.11, level=0.7, ring=0.4),
    "snow": Ground(low=500, high=4500, seconds=0.12, level=0.6, ring=0.35),
    "carpet": Ground(low=60, high=450, seconds=0.05, level=0.7, ring=0.5),
    "wood": Ground(low=100, high=1200, seconds=0.03, level=0.15, ring=1.0),
    "street": Ground(low=200, high=3500, seconds=0.02, level=0.25, ring=1.0),
}


@lru_cache(maxsize=256)
def band(low: float, high: float) -> Array:
    """A band-pass filter as second-order sections."""
    return butter(2, [low, min(high, 0.45 * _R)], btype="band", fs=_R, output="sos")  # type: ignore[no-any-return]


def noise(rng: Rng, seconds: float, low: float, high: float, attack: float = 0.001, curve: float = 5.0) -> Array:
    """Filtered noise [n] under a quick attack and an exponential fall by ``curve`` nepers over ``seconds``; peak 1."""
    n = max(16, int(seconds * _R))
    # The filter is let swing in on earlier noise, so that the burst is at full strength when it begins.
    warm = int(1.5 * _R / low)
    out = sosfilt(band(low, high), rng.standard_normal(n + warm))[warm:]
    t = np.arange(n) / _R
    out *= (
        np.minimum(1.0, (t + 0.5 / _R) / attack)
        * np.exp(-curve * t / seconds)
        * np.minimum(1.0, (n - np.arange(n)) / (0.1 * n))
    )
    # The strongest moment belongs to the attack, whatever the dice say.
    head = max(1e-9, float(np.abs(out[: int((attack + 0.003) * _R)]).max()))
    return np.asarray(np.tanh(out / head * 0.8) / np.tanh(0.8) if np.abs(out).max() > head else out / head)


def pulse(milliseconds: float) -> Array:
    """A raised cosine of unit area, [n >= 3]."""
    n = max(3, round(milliseconds * _R / 1000))
    w = np.hanning(n + 2)[1:-1]
    return w / w.sum()  # type: ignore[no-any-return]


def ring(rng: Rng, material: Material, size: float, width_ms: float, damping: float = 1.0, pitch: float = 1.0) -> Array:
    """The modes of a body of ``size`` metres struck by a pulse; ``damping`` < 1 shortens the ring. [n], about 1 at its
    peak."""
    place = np.clip(np.log(0.6 / max(size, 1e-3)) / np.log(10.0), 0.0, 1.0)
    f0 = pitch * material.low * (material.high / material.low) ** place * (1 + 0.01 * rng.standard_normal())
    decay = material.decay * damping
    n = int(min(2.2 * decay * max(1.0, min(1.6, 1 / min(material.modes))) + 0.01, LONGEST) * _R)
    struck = np.zeros(n)
    blow = pulse(width_ms)[:n]
    struck[: blow.size] = blow
    out = np.zeros(n)
    for ratio in material.modes:
        f = f0 * ratio * (1 + 0.004 * rng.standard_normal())
        if f > 0.42 * _R:
            continue
        amplitude = ratio**-0.55 * (0.7 + 0.6 * rng.random())
        tau = decay / 3.45 * max(ratio, 0.5) ** -0.7
        r, w = np.exp(-1 / (tau * _R)), 2 * np.pi * f / _R
        out += amplitude * lfilter([0.0, r * np.sin(w)], [1.0, -2 * r * np.cos(w), r * r], struck)
    out *= np.minimum(1.0, (n - np.arange(n)) / (0.1 * n))
    return out / max(1e-9, float(np.abs(out).max()))


def add(*parts: tuple[float, Array] | tuple[float, Array, float]) -> Array:
    """Sum (gain, sound[, delay in seconds]) into one array."""
    starts = [int((p[2] if len(p) > 2 else 0.0) * _R) for p in parts]
    out = np.zeros(max(s + p[1].size for s, p in zip(starts, parts, strict=True)))
    for start, part in zip(starts, parts, strict=True):
        out[start : start + part[1].size] += part[0] * part[1]
    return out
