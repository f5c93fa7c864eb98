"""The mark in the sound: keyed noise under the masking threshold, 1 to 6 kHz, repeating every 1.792 s.

**Writing.** At 16 kHz the sound is cut into overlapping frames (MDCT, 256 coefficients, 16 ms). Every coefficient
between 1 and 6 kHz gets a keyed sign; a quarter of them are a known template, the rest spell the coded message. Their
strength follows a simple psychoacoustic model (Bark bands, Schroeder's spreading function, Johnston's offsets for tones
and noise, the quietest moment within a frame so that nothing is heard before an attack), kept ``MARGIN`` decibels under
the threshold. Where there is nothing to hide behind, the mark is a hiss ``FLOOR`` decibels from full scale: digital
silence does not stay digital silence. Played so that a full-scale sine is 90 dB loud, that hiss lies under the
threshold of hearing in every band; AAC keeps it even so.

**Reading.** The sound is whitened against its own neighbourhood, folded onto one period, and the template is found at
every possible shift with one FFT correlation; then the coded bits are added up and decoded.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from phonofilm.errors import MediaError
from phonofilm.trust.watermarks import payload

Sound = NDArray[np.float32]
Floats = NDArray[np.float64]

RATE = 16_000
"""Samples per second the mark lives at."""
HOP = 256
FRAMES = 112
"""Frames of a period: no multiple of half a second, so that a regular beat does not pile up."""
PERIOD = HOP * FRAMES
LOW, HIGH = 32, 192
"""Coefficients used: 1000 to 6000 Hz."""
MARGIN = 4.0
"""Decibels between the mark and the masking threshold."""
FLOOR = -92.0
"""Level of the mark in silence, decibels of RMS against 1."""
LEAST_FIT = 0.62
"""See watermark_picture.LEAST_FIT."""
BLOCK = 128
"""Samples of a short block of the psychoacoustic model, half overlapping."""
EDGES = np.array(
    [
        0,
        100,
        200,
        300,
        400,
        510,
        630,
        770,
        920,
        1080,
        1270,
        1480,
        1720,
        2000,
        2320,
        2700,
        3150,
        3700,
        4400,
        5300,
        6400,
        8001.0,
    ]
)
"""Bark bands in hertz (Zwicker)."""


@lru_cache(maxsize=1)
def _basis() -> Floats:
    """The MDCT's basis functions of the coefficients used, sine window, orthonormal under overlap, [512, 160]."""
    n = np.arange(2 * HOP)[:, None]
    k = np.arange(LOW, HIGH)[None]
    window = np.sin(np.pi * (n + 0.5) / (2 * HOP))
    return np.asarray(window * np.sqrt(2 / HOP) * np.cos(np.pi / HOP * (n + 0.5 + HOP / 2) * (k + 0.5)))


@lru_cache(maxsize=64)
def layer(key: bytes) -> tuple[Floats, NDArray[np.int64]]:
    """Keyed signs [112, 160], and which coded bit each spells (-1: the template)."""
    count = FRAMES * (HIGH - LOW)
    order = payload.shuffle(key, "sound order", count)
    bit = np.full(count, -1, np.int64)
    bit[order[count // 4 :]] = np.arange(count - count // 4) % payload.CODED
    return payload.signs(key, "sound", count).reshape(FRAMES, -1).astype(np.float64), bit.reshape(FRAMES, -1)


def _overlap(pieces: Floats) -> Floats:
    """Frames [n, 512] added half over half, [(n + 1) * 256]."""
    out = np.zeros((len(pieces) + 1, HOP))
    out[:-1] += pieces[:, :HOP]
    out[1:] += pieces[:, HOP:]
    return out.reshape(-1)


@lru_cache(maxsize=1)
def _bands() -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Bins of a short block -> bands (mean power), bands -> bands (spreading), coefficient -> band."""
    bins = np.arange(BLOCK // 2 + 1) * RATE / BLOCK
    which = np.searchsorted(EDGES, bins, side="right") - 1
    gather = np.zeros((len(bins), len(EDGES) - 1))
    for band in range(len(EDGES) - 1):
        inside = which == band
        if not inside.any():
            inside = np.arange(len(bins)) == np.argmin(np.abs(bins - EDGES[band : band + 2].mean()))
        gather[inside, band] = 1 / inside.sum()
    bark = np.arange(len(EDGES) - 1)
    apart = bark[None] - bark[:, None] + 0.474
    spread = 10 ** ((15.81 + 7.5 * apart - 17.5 * np.sqrt(1 + apart**2)) / 10)
    spread /= spread.sum(axis=0, keepdims=True)
    coefficients = np.searchsorted(EDGES, (np.arange(LOW, HIGH) + 0.5) * RATE / 2 / HOP, side="right") - 1
    return gather, spread, coefficients


def strength(sound: Floats, count: int) -> Floats:
    """How large every coefficient of ``count`` frames of ``sound`` [n] at 16 kHz may be, [count, 160]; frame f covers
    samples from 256 (f - 1)."""
    gather, spread, which = _bands()
    step = BLOCK // 2
    need = (count + 1) * HOP
    padded = np.zeros(need + BLOCK)
    padded[HOP + step : HOP + step + min(len(sound), need - HOP)] = sound[: need - HOP]
    blocks = np.lib.stride_tricks.sliding_window_view(padded, BLOCK)[::step][: need // step]
    window = np.hanning(BLOCK + 1)[:-1]
    power = np.abs(fft.rfft(blocks * window, axis=1)) ** 2 / np.sum(window**2)
    flat = 10 * np.log10(
        (np.exp(np.mean(np.log(power[:, 8:48] + 1e-14), axis=1)) + 1e-14) / (power[:, 8:48].mean(axis=1) + 1e-13)
    )
    tonal = np.clip(flat / -30, 0, 1)[:, None]
    offset = tonal * (14.5 + np.arange(len(EDGES) - 1)) + (1 - tonal) * 5.5
    threshold = power @ gather @ spread * 10 ** (-(offset + MARGIN) / 10)
    reach = 2 * HOP // step
    quiet = ndimage.minimum_filter1d(threshold, reach - 2, axis=0, mode="nearest")[reach // 2 :: HOP // step][:count]
    quiet = np.pad(quiet, ((0, count - len(quiet)), (0, 0)), mode="edge")
    least = 10 ** (FLOOR / 10) * HOP / (HIGH - LOW)
    return np.asarray(np.sqrt(np.maximum(quiet[:, which], least)))


class SoundMark:
    """Writes a message into sound."""

    def __init__(self, key: bytes, reference: int) -> None:
        chips, bit = layer(payload.check_key(key))
        coded = payload.encode(payload.pack(key, reference))
        self._signs = chips * np.where(bit < 0, 1, coded[bit])

    def write(self, sound: Sound, rate: int) -> Sound:
        """``sound`` [channels, n], -1..1, at ``rate``, with the mark; the array given is left alone. Raises
        MediaError."""
        from scipy import signal  # 0.4 s to import, and the service starts without it

        sound = np.asarray(sound, np.float32)
        if sound.ndim != 2 or not RATE * 0.8 <= rate <= 384_000:
            raise MediaError(
                "sound to be marked is float [channels, samples] at 12800 to 384000 samples a second, not"
                f" {sound.shape} at {rate}; resample it first"
            )
        if sound.shape[1] == 0:
            return sound.copy()
        up, down = RATE // gcd(RATE, rate), rate // gcd(RATE, rate)
        marked = np.empty_like(sound)
        for channel, given in enumerate(np.nan_to_num(sound)):
            low = signal.resample_poly(given.astype(np.float64), up, down)
            count = -(-len(low) // HOP) + 1
            values = self._signs[np.arange(count) % FRAMES] * strength(low, count)
            mark = _overlap(values @ _basis().T)[HOP:][: len(low)]
            mark = signal.resample_poly(mark, down, up)[: len(given)]
            marked[channel] = np.clip(given + np.pad(mark, (0, len(given) - len(mark))), -1, 1)
        return marked


class SoundReader:
    """A clip's sound, mono at 16 kHz; :meth:`read` looks for a key's mark."""

    def __init__(self, mono: NDArray[np.floating]) -> None:
        self._folded = _fold(_whiten(np.asarray(mono, np.float64)))

    def read(self, key: bytes) -> payload.Decoded | None:
        """The message of ``key``, or None."""
        if not self._folded.any():
            return None
        return payload.read(key, self.candidates(key), LEAST_FIT)

    def candidates(self, key: bytes) -> Floats:
        """Soft values at the likeliest shifts, [9, 216]."""
        lags = [lag + part for _, lag in self.search(key) for part in (-1 / 3, 0.0, 1 / 3)]
        return np.stack([self._soft(key, lag) for lag in lags])

    def search(self, key: bytes, keep: int = 3) -> list[tuple[float, int]]:
        """The likeliest shifts in samples, best first, each with its signal-to-noise ratio in standard deviations."""
        chips, bit = layer(key)
        template = _periodic(np.where(bit < 0, chips, 0.0))
        hits = fft.irfft(fft.rfft(self._folded) * np.conj(fft.rfft(template)), n=PERIOD)
        hits /= np.sqrt(np.sum(self._folded**2) * np.mean(template**2)) + 1e-12
        found = []
        for _ in range(keep):
            lag = int(np.argmax(hits))
            found.append((float(hits[lag]), lag))
            hits[(np.arange(-2, 3) + lag) % PERIOD] = -np.inf
        return found

    def _soft(self, key: bytes, lag: float) -> Floats:
        chips, bit = layer(key)
        turned = fft.rfft(self._folded) * np.exp(2j * np.pi * np.arange(PERIOD // 2 + 1) * lag / PERIOD)
        straight = fft.irfft(turned, n=PERIOD)
        ring = np.concatenate([straight[-HOP:], straight])
        frames = np.lib.stride_tricks.sliding_window_view(ring, 2 * HOP)[::HOP]
        values = frames @ _basis() * chips
        spelt = bit >= 0
        return np.asarray(np.bincount(bit[spelt], weights=values[spelt], minlength=payload.CODED), np.float64)


def _periodic(values: Floats) -> Floats:
    """One period of the endless sound whose frames are ``values`` [112, 160]; frame f covers samples from 256 (f -
    1)."""
    line = _overlap(values @ _basis().T)
    ring = line[HOP:].copy()
    ring[-HOP:] += line[:HOP]
    return ring


def _whiten(mono: Floats) -> Floats:
    """The band of the mark with every place in time and pitch at about the same strength, loud moments cut."""
    size, step = 512, 128
    if len(mono) < size:
        return np.zeros(PERIOD)
    window = np.sqrt(np.hanning(size + 1)[:-1])
    padded = np.pad(mono, (size, size + step))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::step]
    spectrum = fft.rfft(frames * window, axis=1)[:, LOW - 8 : HIGH + 8]
    size_of = np.abs(spectrum)
    around = ndimage.uniform_filter(size_of, (3, 9), mode="nearest")
    spectrum *= np.minimum(1 / (around + 1e-7), 1.5 / (size_of + 1e-9))
    whole = np.zeros((len(frames), size // 2 + 1), complex)
    whole[:, LOW - 8 : HIGH + 8] = spectrum
    pieces = fft.irfft(whole, n=size, axis=1) * window
    out = np.zeros((len(frames) + size // step, step))
    for part in range(size // step):
        out[part : part + len(frames)] += pieces[:, part * step : (part + 1) * step]
    return out.reshape(-1)[size : size + len(mono)]


def _fold(line: Floats) -> Floats:
    folded: Floats = np.pad(line, (0, -len(line) % PERIOD)).reshape(-1, PERIOD).sum(axis=0)
    return folded
