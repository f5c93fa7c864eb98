"""Loudness and peaks: K-weighted level after ITU-R BS.1770, and a look-ahead limiter that leaves no clicks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from scipy.signal import lfilter, resample_poly

Floats = NDArray[np.float32]
_SHELF = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585])
_HIGH_PASS = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])
SILENT = -120.0
CEILING = 10 ** (-1.3 / 20)
"""Sample peak of the limiter; leaves room for peaks between samples below -1 dBTP."""


def k_weighted(sound: Floats) -> NDArray[np.float64]:
    """Sound [..., n] at 48 kHz through the two K-weighting filters of BS.1770."""
    return lfilter(*_HIGH_PASS, lfilter(*_SHELF, sound, axis=-1), axis=-1)  # type: ignore[no-any-return]


def loudness(sound: Floats, rate: int = 48_000) -> float:
    """Integrated loudness of stereo [2, n] in LUFS (400 ms blocks, 75 % overlap, gates at -70 LUFS and -10 LU); -120
    for silence."""
    if rate != 48_000:
        sound = resample_poly(sound, 48_000, rate, axis=-1)
    block, hop = 19_200, 4_800
    power = (k_weighted(sound) ** 2).sum(0)
    if power.size < block:
        power = np.pad(power, (0, block - power.size))
    total = np.concatenate([[0.0], np.cumsum(power)])
    starts = np.arange(0, power.size - block + 1, hop)
    blocks = np.maximum((total[starts + block] - total[starts]) / block, 1e-14)
    levels = -0.691 + 10 * np.log10(blocks)
    kept = levels > -70
    if not kept.any():
        return SILENT
    gate = -0.691 + 10 * np.log10(blocks[kept].mean()) - 10
    kept &= levels > gate
    return float(-0.691 + 10 * np.log10(blocks[kept].mean()))


def true_peak(sound: Floats) -> float:
    """Largest absolute value between the samples (fourfold oversampling), linear."""
    return float(np.abs(resample_poly(sound, 4, 1, axis=-1)).max(initial=0.0))


def limit(sound: Floats, ceiling: float, rate: int = 48_000) -> Floats:
    """Stereo [2, n] held below ``ceiling``: both sides share one smooth gain that begins to fall 2 ms before a peak."""
    over = np.abs(sound).max(0) / ceiling
    if over.max(initial=0.0) <= 1.0:
        return sound
    reach = int(0.002 * rate)
    held = 1.0 / np.maximum(1.0, maximum_filter1d(over, 2 * reach + 1))
    # Two running means, together as long as the hold: a ramp without corners that never rises above what is held.
    gain = uniform_filter1d(uniform_filter1d(held, reach + 1, mode="nearest"), reach + 1, mode="nearest")
    return (sound * gain).astype(np.float32)  # type: ignore[no-any-return]
