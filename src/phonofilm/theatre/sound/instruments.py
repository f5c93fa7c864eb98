"""Instruments of the small orchestra: one note each, mono float64 at 48 kHz, beginning at sample 0 with full attack,
peak about 1."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from phonofilm.spec.clock import THEATRE_RATE

Array = NDArray[Any]
_R = THEATRE_RATE
_TABLE = 4096


def hertz(midi: float) -> float:
    """Frequency of a MIDI note number (69 is 440 Hz)."""
    return float(440.0 * 2 ** ((midi - 69) / 12))


def _finish(wave: Array) -> Array:
    """Close the end without a click and forbid changes (notes are shared)."""
    tail = min(3600, wave.size // 3)
    wave[-tail:] *= 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, tail))
    wave.setflags(write=False)
    return wave


def _length(seconds: float) -> Array:
    return np.arange(max(64, int(seconds * _R))) / _R


@lru_cache(maxsize=64)
def _wave(kind: str, harmonics: int) -> Array:
    t = np.arange(_TABLE) / _TABLE
    h = np.arange(1, harmonics + 1)[:, None]
    weight = {"soft": h**-1.8, "saw": h**-1.15, "hollow": h**-1.3 * (h % 2 + 0.15)}[kind]
    table = (weight * np.sin(2 * np.pi * h * t + 0.7 * h)).sum(0)
    return table / np.abs(table).max()  # type: ignore[no-any-return]


def osc(kind: str, frequency: float, t: Array, phase: float = 0.0) -> Array:
    """A steady band-limited tone from a table: soft | saw | hollow."""
    table = _wave(kind, int(max(1, min(24, 9000 / frequency))))
    return table[((frequency * t + phase) * _TABLE).astype(np.int64) % _TABLE]


@lru_cache(maxsize=512)
def pluck(midi: int, seconds: float, bright: float = 0.6, muted: bool = False) -> Array:
    """A plucked string, Karplus-Strong in closed form: period k is the first one passed k times through the loop
    filter."""
    f = hertz(midi)
    period = int(np.ceil(_R / f)) + 1
    rng = np.random.default_rng(midi * 31 + int(bright * 100))
    first = rng.uniform(-1, 1, period)
    first -= np.roll(first, max(1, int(0.23 * period)))  # where along the string it is plucked
    count = int(seconds * f) + 2
    h = np.arange(period // 2 + 1)
    lowpass = np.abs(np.cos(np.pi * h / period))
    loss = (0.965 if muted else 0.9965) ** (220 / max(f, 110)) * lowpass ** (2.0 - bright)
    spectrum = np.fft.rfft(first) * lowpass ** (6 * (1 - bright))
    rows = np.fft.irfft(spectrum * loss ** np.arange(count)[:, None], period, axis=1).reshape(-1)
    t = _length(seconds)
    wave = np.interp(t * f * period, np.arange(rows.size), rows)
    return _finish(wave / np.abs(wave).max())


@lru_cache(maxsize=512)
def piano(midi: int, seconds: float) -> Array:
    """An electric piano by frequency modulation: a body whose brightness falls, and a short tine."""
    f, t = hertz(midi), _length(seconds)
    body = np.sin(2 * np.pi * f * t + 1.4 * np.exp(-t / 0.35) * np.sin(2 * np.pi * f * t))
    tine = (
        np.sin(2 * np.pi * f * t + 0.5 * np.exp(-t / 0.08) * np.sin(2 * np.pi * 14 * f * t))
        if 14 * f < 20_000
        else 0 * t
    )
    decay = 1.1 * (261 / f) ** 0.3
    wave = (body + 0.3 * tine * np.exp(-t / 0.15)) * np.exp(-t / decay) * np.minimum(1, t / 0.002)
    return _finish(wave / np.abs(wave).max())


@lru_cache(maxsize=512)
def pad(midi: int, seconds: float, kind: str = "soft", attack: float = 0.18) -> Array:
    """A soft bed of three slightly detuned tones."""
    f, t = hertz(midi), _length(seconds)
    wave = sum(osc(kind, f * d, t, p) for d, p in ((1.0, 0.0), (1.0031, 0.37), (0.9972, 0.71)))
    swell = np.minimum(1, t / attack) * np.minimum(1, (t[-1] - t) / min(0.25, seconds / 3))
    return _finish(np.asarray(wave) * swell / 3)


@lru_cache(maxsize=512)
def bass(midi: int, seconds: float, short: bool = False) -> Array:
    """A round bass."""
    f, t = hertz(midi), _length(seconds)
    wave = np.sin(2 * np.pi * f * t) + 0.45 * osc("hollow", f, t) * np.exp(-t / 0.25)
    wave = wave * np.exp(-t / (0.14 if short else 0.7)) * np.minimum(1, t / 0.003)
    return _finish(wave / np.abs(wave).max())


@lru_cache(maxsize=16)
def beat(name: str) -> Array:
    """One piece of the kit: kick snare hat tom low_tom block clap tick cymbal."""
    rng = np.random.default_rng(sum(map(ord, name)))
    t = _length(
        {
            "kick": 0.3,
            "snare": 0.22,
            "hat": 0.06,
            "tom": 0.5,
            "low_tom": 0.8,
            "block": 0.08,
            "clap": 0.15,
            "tick": 0.03,
            "cymbal": 1.6,
        }[name]
    )
    hiss = rng.standard_normal(t.size)

    def band(low: float, high: float) -> Array:
        return sosfilt(butter(2, [low, high], btype="band", fs=_R, output="sos"), hiss)  # type: ignore[no-any-return]

    if name == "kick":
        wave = np.sin(2 * np.pi * np.cumsum(48 + 110 * np.exp(-t / 0.025)) / _R) * np.exp(
            -t / 0.09
        ) + 0.12 * hiss * np.exp(-t / 0.003)
    elif name in ("tom", "low_tom"):
        f = 105 if name == "tom" else 68
        wave = np.sin(2 * np.pi * np.cumsum(f * (1 + 0.5 * np.exp(-t / 0.04))) / _R) * np.exp(
            -t / (0.16 if name == "tom" else 0.25)
        )
        wave = wave + 0.25 * band(150, 1800) * np.exp(-t / 0.03)
    elif name == "snare":
        wave = 0.5 * np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.04) + 0.9 * band(1200, 8000) * np.exp(-t / 0.06)
    elif name == "hat":
        wave = band(6500, 15_000) * np.exp(-t / 0.014)
    elif name == "cymbal":
        wave = band(3500, 14_000) * np.exp(-t / 0.4)
    elif name == "clap":
        gate = sum(np.exp(-np.maximum(t - d, 0) / 0.012) * (t >= d) for d in (0.0, 0.009, 0.019))
        wave = band(900, 3800) * (np.asarray(gate) + 0.3 * np.exp(-t / 0.05))
    elif name == "block":
        wave = np.sin(2 * np.pi * 1150 * t) * np.exp(-t / 0.012) + 0.5 * np.sin(2 * np.pi * 2710 * t) * np.exp(
            -t / 0.006
        )
    else:
        wave = band(2500, 9000) * np.exp(-t / 0.006)
    return _finish(wave / np.abs(wave).max())
