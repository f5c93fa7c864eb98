"""Mouths, found in the picture alone and without training: the spot that changes fastest and most where somebody talks.

A talking mouth opens and closes three to eight times a second; what else moves (a walk, a camera, a breath) is slower.
So: take from each pixel its mean over half a second, see where the rest is largest over a spot as large as a mouth, and
read how that spot leaves its resting state.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter, uniform_filter1d
from scipy.stats import skew

SLOW = 13
"""Frames over which what is slow is averaged away (about half a second)."""
SPOT = 1 / 14
"""Height of a mouth in a close-up, in picture heights."""
HEIGHT = 144
"""Picture height at which mouths are looked for, at most twice that."""


def opening(frames: np.ndarray) -> np.ndarray:
    """How far the most lively mouth is open: pictures uint8 [F, H, W, 3] at 24 a second -> float32 [F] >= 0, arbitrary
    unit, slow changes left out.

    Zeros where the clip is shorter than the averaging or nothing changes. Reads the theatre's truth with a correlation
    near 0.65 in close-ups; waves, rain and a moving camera can be livelier than a small mouth (docs/evaluation.md has
    the figures)."""
    count, factor = len(frames), max(1, frames.shape[1] // HEIGHT)
    height, width = frames.shape[1] // factor, frames.shape[2] // factor
    if count < SLOW:
        return np.zeros(count, np.float32)
    grey = np.stack(
        [
            frame[: height * factor, : width * factor]
            .astype(np.float32)
            .reshape(height, factor, width, factor, 3)
            .mean((1, 3, 4))
            for frame in frames
        ]
    )
    fast = grey - uniform_filter1d(grey, SLOW, axis=0, mode="nearest")
    size = max(3, round(SPOT * height))
    energy = uniform_filter(fast, (0, size, size), mode="constant").std(
        0
    )  # over a spot the flicker of single pixels cancels, a mouth does not
    y, x = np.unravel_index(int(energy.argmax()), energy.shape)
    window = fast[:, max(0, y - size) : y + size + 1, max(0, x - size) : x + size + 1].reshape(count, -1)
    if window.std() < 1e-6:
        return np.zeros(count, np.float32)
    left, scale, _ = np.linalg.svd(window - window.mean(0), full_matrices=False)
    series = left[:, 0] * scale[0]
    # the axis has no sign of its own: a mouth is mostly shut, so its openings are the long tail
    return np.maximum(series if skew(series) > 0 else -series, 0).astype(np.float32)
