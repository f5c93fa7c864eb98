"""How far a mark lies under what can be heard: a noise-to-mask ratio by a second model, apart from the one that shaped
the mark.

Short-time spectra of 2048 samples (at 48 kHz), Bark bands, Schroeder's spreading function, Johnston's offsets by
spectral flatness, and Terhardt's threshold of hearing with a full-scale sine at 90 dB. A ratio below 0 dB means the
model calls the mark inaudible there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 90.0
"""Sound pressure level of a full-scale sine, decibels."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Noise-to-mask ratio of a whole clip, decibels."""

    mean: float
    """Of the mean ratio over all frames and bands (as in PEAQ's total NMR)."""
    over: float
    """Share of frame and band pairs in which the mark is above the threshold, 0..1."""
    segmental_snr: float
    """Mean over the 20 ms stretches that are not silent of signal to mark, each kept within -10..60 dB."""


def measure(clean: NDArray[np.float32], marked: NDArray[np.float32], rate: int) -> Heard:
    """Compare [channels, n] before and after; the channels' mean."""
    each = [
        _channel(a.astype(np.float64), (b - a).astype(np.float64), rate) for a, b in zip(clean, marked, strict=True)
    ]
    return Heard(
        mean=float(10 * np.log10(np.mean([10 ** (e.mean / 10) for e in each]))),
        over=float(np.mean([e.over for e in each])),
        segmental_snr=float(np.mean([e.segmental_snr for e in each])),
    )


def _channel(clean: NDArray[np.float64], mark: NDArray[np.float64], rate: int) -> Heard:
    size = 2 ** round(np.log2(2048 * rate / 48_000))
    hertz = np.fft.rfftfreq(size, 1 / rate)[1:]
    bark = 13 * np.arctan(0.00076 * hertz) + 3.5 * np.arctan((hertz / 7500) ** 2)
    band = np.minimum(bark.astype(int), 23)
    count = int(band.max()) + 1
    gather = (band[:, None] == np.arange(count)).astype(np.float64)
    apart = np.arange(count)[None] - np.arange(count)[:, None] + 0.474
    spread = 10 ** ((15.81 + 7.5 * apart - 17.5 * np.sqrt(1 + apart**2)) / 10)
    spread /= spread.sum(axis=0, keepdims=True)
    signal_power, mark_power = _power(clean, size)[:, 1:], _power(mark, size)[:, 1:]
    # a full-scale sine has power 1/2 and FULL_SCALE decibels; per band the threshold of hearing is that of its most
    # sensitive tone
    quiet = 3.64 * (hertz / 1000) ** -0.8 - 6.5 * np.exp(-0.6 * (hertz / 1000 - 3.3) ** 2) + 1e-3 * (hertz / 1000) ** 4
    hearing = np.array(
        [10 ** ((quiet[band == b].min() - FULL_SCALE) / 10) / 2 if (band == b).any() else 1.0 for b in range(count)]
    )
    logs = np.log(signal_power + 1e-16) @ gather / gather.sum(axis=0)
    flat = 10 * (logs - np.log(signal_power @ gather / gather.sum(axis=0) + 1e-16)) / np.log(10)
    tonal = np.clip(flat / -60, 0, 1)
    offset = tonal * (14.5 + np.arange(count)) + (1 - tonal) * 5.5
    threshold = np.maximum((signal_power @ gather @ spread) * 10 ** (-offset / 10), hearing)
    ratio = mark_power @ gather / threshold
    used = (hertz @ gather / np.maximum(gather.sum(axis=0), 1) > 900) & (
        hertz @ gather / np.maximum(gather.sum(axis=0), 1) < 6400
    )
    step = rate // 50
    stretches = len(clean) // step
    loud = np.square(clean[: stretches * step]).reshape(stretches, step).mean(axis=1)
    faint = np.square(mark[: stretches * step]).reshape(stretches, step).mean(axis=1)
    heard = loud > 1e-7
    segments = np.clip(10 * np.log10((loud + 1e-14) / (faint + 1e-14)), -10, 60)[heard]
    return Heard(
        mean=float(10 * np.log10(ratio[:, used].mean() + 1e-12)),
        over=float((ratio[:, used] > 1).mean()),
        segmental_snr=float(segments.mean()) if heard.any() else float("nan"),
    )


def _power(line: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Power spectrum of every half-overlapping frame, summing to the frame's mean square, [frames, size / 2 + 1]."""
    window = np.hanning(size + 1)[:-1]
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(line, (0, size)), size)[:: size // 2]
    return np.asarray(2 * np.abs(np.fft.rfft(frames * window, axis=1)) ** 2 / (size * np.sum(window**2)))
