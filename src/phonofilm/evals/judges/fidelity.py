"""How near a copy is to its original: picture, its foreground, its sound. For codecs and for edits that must leave a
part alone."""

from __future__ import annotations

import numpy as np
import torch

from phonofilm.errors import RequestError
from phonofilm.evals.judges.speech import mono24
from phonofilm.model import mel


def psnr(original: np.ndarray, copy: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Peak signal-to-noise ratio in dB of uint8 pictures [..., H, W, 3]; with ``mask`` [..., H, W] (bool) over those
    pixels alone.

    Infinite for an exact copy, nan for an empty mask. RequestError when the shapes differ.
    """
    if original.shape != copy.shape:
        raise RequestError(
            f"cannot compare pictures of {original.shape} and {copy.shape}: bring them to one size first"
        )
    error = (original.astype(np.float32) - copy.astype(np.float32)) ** 2
    if mask is not None:
        error = error[mask]
    if not error.size:
        return float("nan")
    mean = float(error.mean())
    return float("inf") if mean == 0 else float(10 * np.log10(255.0**2 / mean))


def log_mel_distance(original: np.ndarray, copy: np.ndarray, rate: int) -> float:
    """Mean absolute difference of natural-log mels (80 bins, 24 kHz, hop 250) over both channels, in nepers.

    Sounds [2, n] or [n]; the longer one is cut to the shorter. 0 for an exact copy; about 1 where only the rough
    loudness is right.
    """
    a, b = np.atleast_2d(original), np.atleast_2d(copy)
    n = min(a.shape[1], b.shape[1])
    total = 0.0
    for left, right in zip(a, b, strict=True):
        x, y = (mel.log_mel(torch.from_numpy(mono24(w[:n], rate))[None]) for w in (left, right))
        total += float((x - y).abs().mean())
    return total / len(a)
