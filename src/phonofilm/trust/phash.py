"""A picture's fingerprint that survives re-encoding and resizing: 64 signs of low cosine frequencies.

The classic DCT hash: grey, 32x32, cosine transform, the 8x8 lowest frequencies without the mean, each bit "above the
median". Two shots of one picture differ in a few bits, two pictures in about 32. Not robust against cropping by more
than a few per cent, rotation, or heavy overlays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

NEAR = 8
"""Bits by which a picture may differ from a blocked one and still count as it."""
_SIDE = 32
_FLAT = "0" * 16
"""The hash of a picture without any structure; it matches nothing."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """A blocked hash that a picture comes near to."""

    hash: str
    distance: int


def phash_image(picture: NDArray[np.uint8]) -> str:
    """16 hex digits of a picture, uint8 [H, W, 3] (RGB) or [H, W] (grey). Raises ValueError for any other shape or
    type."""
    from scipy.fft import dctn  # a third of a second to import, and the service starts without it

    if (
        picture.dtype != np.uint8
        or picture.ndim not in (2, 3)
        or (picture.ndim == 3 and picture.shape[2] != 3)
        or 0 in picture.shape
    ):
        raise ValueError(
            f"a picture to hash must be uint8 [H, W, 3] or [H, W], not {picture.dtype} {list(picture.shape)}"
        )
    grey = Image.fromarray(np.ascontiguousarray(picture)).convert("L")
    # BOX first: an exact area mean, so that the result hardly depends on the size the picture came in
    small = np.asarray(grey.resize((_SIDE, _SIDE), Image.Resampling.BOX), dtype=np.float64)
    if np.ptp(small) < 4.0:
        return _FLAT
    low = dctn(small, norm="ortho")[:8, :8].ravel()
    bits = low > np.median(low[1:])
    bits[0] = bool(low[1:].mean() > 0)  # the mean brightness says nothing about what is shown
    return f"{int.from_bytes(np.packbits(bits).tobytes(), 'big'):016x}"


def distance(a: str, b: str) -> int:
    """Bits in which two hashes differ, 0..64. Raises ValueError when one is not 16 hex digits."""
    if len(a) != 16 or len(b) != 16:
        raise ValueError("a picture hash has 16 hex digits")
    return (int(a, 16) ^ int(b, 16)).bit_count()


def match(hashes: Iterable[str], blocked: Iterable[str], limit: int = NEAR) -> Match | None:
    """The nearest of ``blocked`` within ``limit`` bits of any of ``hashes``; None when there is none. Flat pictures
    match nothing."""
    listed = [hash for hash in blocked if hash != _FLAT]
    best: Match | None = None
    for own in hashes:
        if own == _FLAT:
            continue
        for other in listed:
            bits = distance(own, other)
            if bits <= limit and (best is None or bits < best.distance):
                best = Match(hash=other, distance=bits)
    return best


def with_mirror(picture: NDArray[np.uint8]) -> tuple[str, str]:
    """The picture's hash and its mirror image's: a blocked picture must not come back flipped."""
    return phash_image(picture), phash_image(np.ascontiguousarray(picture[:, ::-1]))
