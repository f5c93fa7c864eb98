"""Scaling pictures: Lanczos up, area down; never a change of shape without saying so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]


def scale(picture: Picture, size: tuple[int, int]) -> Picture:
    """``picture`` [h, w, 3] at exactly ``size`` (width, height): Lanczos where it grows, area average where it shrinks
    by 2 or more."""
    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    shrinks = width >= 2 * size[0] and height >= 2 * size[1]
    kernel = Image.Resampling.BOX if shrinks else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(picture).resize(size, kernel))


def cover(picture: Picture, size: tuple[int, int]) -> Picture:
    """``picture`` scaled to cover ``size`` (width, height) and cut evenly where the shapes differ.

    A difference under 0.5 % of the shape (one pixel of rounding) is stretched instead, so that nothing is cut for
    it."""
    height, width = picture.shape[:2]
    wanted, given = size[0] / size[1], width / height
    if abs(wanted / given - 1) > 0.005:
        if wanted > given:
            keep = max(1, round(width / wanted))
            top = (height - keep) // 2
            picture = picture[top : top + keep]
        else:
            keep = max(1, round(height * wanted))
            left = (width - keep) // 2
            picture = picture[:, left : left + keep]
    return scale(np.ascontiguousarray(picture), size)


class Scaled:
    """Pictures scaled while they are walked: ``Scaled(frames, (854, 480))`` keeps only one large picture in memory."""

    def __init__(self, frames: Iterable[Picture], size: tuple[int, int]) -> None:
        self.frames, self.size = frames, size

    def __iter__(self) -> Iterator[Picture]:
        return (cover(picture, self.size) for picture in self.frames)
