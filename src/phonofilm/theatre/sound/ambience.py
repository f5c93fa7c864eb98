"""Ambience: the air of a place, made of shaped noise and small events. Stereo, 48 kHz, RMS about 0.1, the same for the
same seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from phonofilm.spec.clock import THEATRE_RATE

Array = NDArray[Any]
Rng = np.random.Generator
_R = THEATRE_RATE
_FRAME, _HOP = 2048, 1024


def wander(rng: Rng, times: Array, period: float) -> Array:
    """A slow random path in -1..1 that turns about every ``period`` seconds."""
    knots = np.arange(-2, times[-1] / period + 3)
    values = rng.uniform(-1, 1, knots.size)
    x = times / period
    at = np.floor(x).astype(int) + 2
    t = x - np.floor(x)
    t = t * t * (3 - 2 * t)
    return values[at] * (1 - t) + values[at + 1] * t  # type: ignore[no-any-return]


def air(rng: Rng, n: int, shape: Callable[[Array, Array], Array], width: float = 0.8) -> Array:
    """Noise [2, n] whose spectrum follows ``shape(frequencies [F] Hz, times [T, 1] s) -> [T, F]``; ``width`` 0 mono ..
    1 two independent sides."""
    frames = n // _HOP + 2
    times = (np.arange(frames) * _HOP / _R)[:, None]
    f = np.fft.rfftfreq(_FRAME, 1 / _R)
    magnitude = shape(f, times)
    window = np.sin(np.pi * (np.arange(_FRAME) + 0.5) / _FRAME)
    sides = []
    for _ in range(2):
        dice = rng.standard_normal((frames, f.size)) + 1j * rng.standard_normal((frames, f.size))
        pieces = (np.fft.irfft(magnitude * dice, axis=1) * window).astype(np.float64)
        out = np.zeros((frames + 1) * _HOP)
        out[: frames * _HOP] += pieces[:, :_HOP].reshape(-1)
        out[_HOP:] += pieces[:, _HOP:].reshape(-1)
        sides.append(out[_HOP : _HOP + n])
    mid = sides[0]
    side = width * sides[1]
    return np.stack([mid + side, mid - side])


def _hump(f: Array, centre: Array | float, octaves: float) -> Array:
    """A bell over log frequency, 1 at ``centre``."""
    return np.exp(-0.5 * (np.log2(np.maximum(f, 20.0) / centre) / octaves) ** 2)


def scatter(rng: Rng, n: int, sounds: list[tuple[float, Array, float]]) -> Array:
    """Place (time s, mono sound, pan -1..1) in [2, n]."""
    out = np.zeros((2, n))
    for time, sound, pan in sounds:
        start = int(time * _R)
        piece = sound[: max(0, n - start)]
        angle = (pan + 1) * np.pi / 4
        out[0, start : start + piece.size] += np.cos(angle) * piece
        out[1, start : start + piece.size] += np.sin(angle) * piece
    return out


def _wind(rng: Rng, n: int) -> Array:
    times = np.arange(n // _HOP + 2) * _HOP / _R
    low, high = (c * 2 ** (0.7 * wander(rng, times, p))[:, None] for c, p in ((260, 1.7), (720, 1.1)))
    gust = (0.6 + 0.4 * wander(rng, times, 2.3))[:, None]
    whistle = np.maximum(0, wander(rng, times, 1.4))[:, None]
    return air(
        rng,
        n,
        lambda f, t: gust * (_hump(f, low, 0.6) + 0.35 * whistle * _hump(f, high, 0.25)) + 0.15 * _hump(f, 150, 0.8),
    )


def _rain(rng: Rng, n: int) -> Array:
    bed = air(rng, n, lambda f, t: _hump(f, 5200, 1.3) + 0.4 * _hump(f, 900, 1.2) + 0 * t)
    drops = np.zeros((2, n))
    count = int(90 * n / _R)
    drops[rng.integers(0, 2, count), rng.integers(0, n, count)] = rng.exponential(1.0, count)
    t = np.arange(int(0.02 * _R)) / _R
    plip = np.sin(2 * np.pi * np.cumsum(1700 + 40_000 * t) / _R) * np.exp(-t / 0.004)
    return np.asarray(bed / bed.std() + 0.8 * fftconvolve(drops, plip[None], axes=1)[:, :n] / 0.05 * 0.06)


def _waves(rng: Rng, n: int) -> Array:
    period, phase = rng.uniform(6, 10), rng.uniform(0.1, 0.4)

    def shape(f: Array, t: Array) -> Array:
        x = (t / period + phase) % 1.0
        swell = np.where(x < 0.45, (x / 0.45) ** 2, np.exp(-(x - 0.45) / 0.22))
        return (0.12 + swell) * (_hump(f, 350 + 900 * swell, 1.3) + 0.5 * swell * _hump(f, 4000, 1.2))

    out = air(rng, n, shape, 0.5)
    sweep = 0.6 * np.sin(2 * np.pi * (np.arange(n) / _R / period + phase) - 1.6)
    return np.asarray(out * np.stack([np.cos((sweep + 1) * np.pi / 4), np.sin((sweep + 1) * np.pi / 4)]))


def _city(rng: Rng, n: int) -> Array:
    times = np.arange(n // _HOP + 2) * _HOP / _R
    passing = (0.55 + 0.45 * wander(rng, times, 1.9))[:, None]
    bed = air(rng, n, lambda f, t: _hump(f, 90, 0.9) + passing * 0.5 * _hump(f, 480, 1.1) + 0.05 * _hump(f, 2500, 1.2))
    bed /= bed.std()
    t = np.arange(int(0.5 * _R)) / _R
    horn = (
        sum(np.sin(2 * np.pi * f * h * t) / h for f in (370, 466) for h in (1, 2, 3))
        * np.minimum(1, t / 0.05)
        * np.minimum(1, (0.5 - t) / 0.1)
    )
    far = sosfilt(butter(2, 900, fs=_R, output="sos"), horn)
    seconds = n / _R
    sounds = [
        (float(rng.uniform(0, seconds)), 0.35 * far, float(rng.uniform(-0.8, 0.8)))
        for _ in range(int(rng.poisson(seconds / 12)))
    ]
    return bed + scatter(rng, n, sounds)


def _night(rng: Rng, n: int) -> Array:
    out = air(rng, n, lambda f, t: _hump(f, 300, 1.5) + 0 * t)
    out *= 0.25 / out.std()
    seconds = n / _R
    sounds = []
    for _ in range(3):
        pitch, pan, pause, level = (
            rng.uniform(4000, 5000),
            rng.uniform(-0.9, 0.9),
            rng.uniform(0.5, 1.1),
            rng.uniform(0.5, 1.0),
        )
        t = np.arange(int(0.022 * _R)) / _R
        chirp = np.sin(2 * np.pi * pitch * t) * np.sin(np.pi * t / t[-1]) ** 0.7
        start = rng.uniform(0, pause)
        while start < seconds:
            sounds += [(start + 0.036 * k, level * chirp, pan) for k in range(int(rng.integers(3, 6)))]
            start += pause * rng.uniform(0.9, 1.1)
    return out + 3.5 * scatter(rng, n, sounds)


def _call(rng: Rng, pitch: float) -> Array:
    kind = rng.integers(3)
    pieces = []
    for k in range(int(rng.integers(2, 6))):
        length = rng.uniform(0.05, 0.12)
        t = np.arange(int(length * _R)) / _R
        x = t / length
        glide = {0: 1 + 0.25 * x, 1: 1.2 - 0.3 * x, 2: 1 + 0.15 * np.sin(2 * np.pi * x)}[int(kind)] * (
            1.0 if k % 2 == 0 else 0.84
        )
        pieces += [
            np.sin(2 * np.pi * np.cumsum(pitch * glide) / _R) * np.sin(np.pi * x) ** 0.6,
            np.zeros(int(rng.uniform(0.02, 0.07) * _R)),
        ]
    return np.concatenate(pieces)


def _birds(rng: Rng, n: int) -> Array:
    bed = air(rng, n, lambda f, t: _hump(f, 400, 1.3) + 0.2 * _hump(f, 3000, 1.0) + 0 * t)
    bed *= 0.35 / bed.std()
    seconds = n / _R
    singers = [(rng.uniform(2300, 4800), rng.uniform(-0.9, 0.9), rng.uniform(0.4, 1.0)) for _ in range(3)]
    sounds = []
    for k in range(max(2, int(seconds * 0.9))):
        pitch, pan, level = singers[k % 3]
        sounds.append((float(rng.uniform(0, seconds)), level * _call(rng, pitch), float(pan)))
    return bed + 1.6 * scatter(rng, n, sounds)


def _room(rng: Rng, n: int) -> Array:
    out = air(rng, n, lambda f, t: _hump(f, 140, 1.0) + 0.12 * _hump(f, 1200, 1.5) + 0 * t, 0.4)
    hum = np.sin(2 * np.pi * 100 * np.arange(n) / _R)
    return np.asarray(out / out.std() + 0.15 * hum)


def _forest(rng: Rng, n: int) -> Array:
    times = np.arange(n // _HOP + 2) * _HOP / _R
    gust = (0.6 + 0.4 * wander(rng, times, 2.0))[:, None]
    leaves = air(rng, n, lambda f, t: gust * _hump(f, 3600, 1.1) + 0.5 * _hump(f, 280, 1.0))
    return np.asarray(leaves / leaves.std() + 0.7 * _birds(rng, n))


def _fire(rng: Rng, n: int) -> Array:
    out = air(rng, n, lambda f, t: _hump(f, 180, 1.2) + 0.15 * _hump(f, 3500, 1.2) + 0 * t)
    out /= out.std()
    t = np.arange(int(0.012 * _R)) / _R
    sounds = []
    for _ in range(int(14 * n / _R)):
        snap = rng.standard_normal(t.size) * np.exp(-t / rng.uniform(0.0008, 0.004))
        sounds.append((float(rng.uniform(0, n / _R)), rng.exponential(1.4) * snap, float(rng.uniform(-0.5, 0.5))))
    return out + scatter(rng, n, sounds)


def _crowd(rng: Rng, n: int) -> Array:
    times = np.arange(n // _HOP + 2) * _HOP / _R
    out = np.zeros((2, n))
    # A murmur: many mouths, each a formant that opens and shuts a few times a second.
    for centre in (320, 520, 800, 1300, 2200):
        beat = np.maximum(0.1, 0.5 + 0.5 * wander(rng, times, rng.uniform(0.16, 0.3)))[:, None]
        layer = air(rng, n, lambda f, t, c=centre, b=beat: b * _hump(f, c, 0.3), 0.7)  # type: ignore[misc]
        out += layer / layer.std() * (500 / centre) ** 0.5
    return out


SOUNDS: dict[str, Callable[[Rng, int], Array]] = {
    "wind": _wind,
    "rain": _rain,
    "waves": _waves,
    "city": _city,
    "night": _night,
    "birds": _birds,
    "room": _room,
    "forest": _forest,
    "fire": _fire,
    "crowd": _crowd,
}
"""Name of an ambience -> its maker; a name that is not here sounds as ``room``."""


def ambience(sound: str, n: int, seed: int) -> NDArray[np.float32]:
    """``n`` samples of an ambience, stereo float32 [2, n] at 48 kHz, RMS 0.1, peaks softened below about 0.7."""
    if n <= 0:
        return np.zeros((2, 0), np.float32)
    out = SOUNDS.get(sound, _room)(np.random.default_rng(seed), n)
    out *= 0.1 / max(1e-9, float(np.sqrt(np.mean(out**2))))
    return (0.7 * np.tanh(out / 0.7)).astype(np.float32)
