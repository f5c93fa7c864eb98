"""The mark in the picture: a faint keyed pattern of cells, half of it still, half of it breathing once in a period.

**Writing.** The picture is divided into 64 x 36 cells (36 x 64 upright, 48 x 48 for near-square pictures), whatever its
size. Every cell carries a keyed sign in two layers: a still one, that survives any change of frame rate and any cut in
time, and one whose sign turns every second, that stands out from a picture that does not move. On busy ground most of
the strength goes there, and it turns at once; on flat ground both share it, and it turns slowly. In each layer a
quarter of the cells is a known template and the rest spell the coded message. Luma is moved by about one level in flat
areas and more where the picture is busy, scaled down where a frame would otherwise fall under ``LEAST_PSNR``.

**Reading.** Every frame is reduced to four samples a cell, smoothed shapes and edges are taken out, and frames are
gathered in short bins of time. The template is then looked for over all crops (14 % of each side) with FFT correlation,
both layers together; at the best places the coded bits are added up and decoded. Neither the original, nor its size,
nor its frame rate is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft, ndimage

from phonofilm.errors import MediaError
from phonofilm.trust.watermarks import payload

Picture = NDArray[np.uint8]
Plane = NDArray[np.float32]

CELL = 4
"""Samples of the working grid along a cell."""
PERIOD = 2.0
"""Seconds in which the breathing layer goes there and back."""
LEAD = 0.03
"""Seconds by which the breathing layer is ahead, so that the first frame already carries it."""
TURN = (0.04, 0.17)
"""Seconds before and after a turn of the breathing layer between which frames are compared."""
BASE, GAIN, MOST = 1.15, 0.45, 5.0
"""Strength in levels: on flat ground, per level of local activity, at most."""
LEAST_PSNR = 42.5
"""No frame is changed by more than this, in decibels."""
BINS = 8
"""Bins of time in a period."""
MOST_SECONDS = 32.0
"""The reader looks at no more than this much of a clip."""
LEAST_FIT = 0.62
"""Fit of the code word below which nothing is called a mark; noise reaches 0.60 once in some hundred tries."""
WHOLE = ((1.0, 1.0), (0, 0))
"""The crop that leaves everything: shares of width and height, and the corner."""


def cells(width: int, height: int) -> tuple[int, int]:
    """Columns and rows of cells of a picture of this shape; the borders lie where a crop of 10 % leads none of the
    usual shapes."""
    shape = width / height
    return (64, 36) if shape > 1.155 else (36, 64) if shape < 1 / 1.155 else (48, 48)


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """The keyed cells of one layer, [rows, columns]."""

    chips: NDArray[np.int8]
    bit: NDArray[np.int64]
    """Which coded bit a cell spells; -1 for the template's."""

    def spell(self, coded: payload.Signs) -> Plane:
        """The cells' signs for a coded message."""
        return (self.chips * np.where(self.bit < 0, 1, coded[self.bit])).astype(np.float32)

    def template(self) -> Plane:
        """The template's cells, 0 elsewhere."""
        return np.where(self.bit < 0, self.chips, 0).astype(np.float32)


@lru_cache(maxsize=64)
def layers(key: bytes, columns: int, rows: int) -> tuple[Layer, Layer]:
    """The still and the breathing layer of a key."""
    made = []
    for name in ("still", "breathing"):
        purpose = f"picture {name} {columns}x{rows}"
        count = columns * rows
        order = payload.shuffle(key, purpose + " order", count)
        bit = np.full(count, -1, np.int64)
        spelling = order[count // 4 :]
        bit[spelling] = np.arange(len(spelling)) % payload.CODED
        made.append(
            Layer(chips=payload.signs(key, purpose, count).reshape(rows, columns), bit=bit.reshape(rows, columns))
        )
    return made[0], made[1]


def swing(seconds: float) -> tuple[float, float]:
    """The breathing layer's sign at a time, -1..1: a sine flattened at the top for flat ground, where a jump would be
    seen, and nearly a square wave for busy ground, where an encoder would not spend bits on a slow change."""
    sine = float(np.sin(2 * np.pi * (seconds + LEAD) / PERIOD))
    return float(np.clip(1.6 * sine, -1, 1)), float(np.clip(8 * sine, -1, 1))


class PictureMark:
    """Writes a message into pictures, one at a time."""

    def __init__(self, key: bytes, reference: int, fps: float) -> None:
        self._key, self._fps = payload.check_key(key), fps
        self._coded = payload.encode(payload.pack(key, reference))
        self._patterns: dict[tuple[int, int], tuple[Plane, Plane]] = {}

    def write(self, frame: Picture, index: int) -> Picture:
        """``frame`` [h, w, 3] uint8, the ``index``-th of the clip, with the mark; the frame given is left alone. Raises
        MediaError."""
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8 or min(frame.shape[:2]) < 72:
            raise MediaError(
                f"a picture to be marked is uint8 [height, width, 3] of at least 72 pixels, not {frame.dtype}"
                f" {frame.shape}; convert it first"
            )
        height, width = frame.shape[:2]
        columns, rows = grid = cells(width, height)
        if grid not in self._patterns:
            spelt = [layer.spell(self._coded) for layer in layers(self._key, columns, rows)]
            large = [Image.fromarray(s).resize((columns * CELL, rows * CELL), Image.Resampling.BICUBIC) for s in spelt]
            self._patterns[grid] = (np.asarray(large[0]) * np.float32(0.75), np.asarray(large[1]) * np.float32(0.75))
        still, breathing = self._patterns[grid]
        activity = _activity(frame, columns * CELL, rows * CELL)
        busy = np.clip((activity - 1) / 3, 0, 1)
        share = 1 - 0.7 * busy
        gentle, sudden = swing(index / self._fps)
        change = still * share + breathing * (gentle + (sudden - gentle) * busy) * np.sqrt(2 - np.square(share))
        change *= np.clip(BASE + GAIN * activity, BASE, MOST)
        power = float(np.mean(np.square(change)))
        change *= min(1.0, (255.0 / 10 ** (LEAST_PSNR / 20)) / max(power, 1e-9) ** 0.5)
        full = np.asarray(Image.fromarray(change).resize((width, height), Image.Resampling.BILINEAR))
        return _add(frame, full)


def _activity(frame: Picture, width: int, height: int) -> Plane:
    """How busy each place is, in levels: the mean of |local detail|, small values and quiet neighbours counting most,
    so that an edge does not let its flat surroundings be changed."""
    luma = np.asarray(
        Image.fromarray(np.ascontiguousarray(frame[::2, ::2, 1])).resize((width, height), Image.Resampling.BOX),
        np.float32,
    )
    detail = np.minimum(np.abs(luma - ndimage.uniform_filter(luma, 5)), 9.0)
    busy = ndimage.uniform_filter(np.sqrt(detail), 7) ** 2
    return np.asarray(ndimage.uniform_filter(ndimage.minimum_filter(busy, 5), 7), np.float32)


def _add(frame: Picture, change: Plane) -> Picture:
    whole, out = np.rint(change).astype(np.int16), np.empty(frame.shape, np.int16)
    for channel in range(3):  # each by itself: adding to all three at once takes twice the time
        np.add(frame[:, :, channel], whole, out=out[:, :, channel])
    return np.clip(out, 0, 255, out=out).astype(np.uint8)


class PictureReader:
    """Gathers the frames of a clip; afterwards :meth:`read` looks for a key's mark."""

    def __init__(self, width: int, height: int) -> None:
        self.columns, self.rows = cells(width, height)
        self.size = (self.columns * CELL, self.rows * CELL)
        """Width and height of the working grid; frames are given to :meth:`add` reduced to it."""
        self._sums: list[Plane] = []
        self._counts: list[int] = []
        self._turns = np.zeros((2, 2, self.size[1], self.size[0]), np.float32)
        self._turn_counts = np.zeros((2, 2))
        self._evidence: list[Plane] | None = None

    def add(self, luma: NDArray[np.generic], seconds: float) -> None:
        """One frame's luma [rows, columns] at the working grid, shown at ``seconds`` from the clip's start."""
        place = int(seconds * BINS / PERIOD)
        if not 0 <= place < MOST_SECONDS * BINS / PERIOD:
            return
        while len(self._sums) <= place:
            self._sums.append(np.zeros((self.size[1], self.size[0]), np.float32))
            self._counts.append(0)
        small = np.asarray(luma, np.float32)
        detail = small - ndimage.gaussian_filter(small, 0.6 * CELL, mode="nearest")
        even = np.clip(detail / np.sqrt(ndimage.uniform_filter(np.square(detail), 4 * CELL + 1) + 0.3), -2, 2)
        self._sums[place] += even
        self._counts[place] += 1
        half = (seconds + LEAD) / (PERIOD / 2)
        nearest = round(half)
        apart = (half - nearest) * PERIOD / 2
        if nearest and TURN[0] <= abs(apart) <= TURN[1]:
            self._turns[nearest % 2, int(apart > 0)] += even
            self._turn_counts[nearest % 2, int(apart > 0)] += 1
        self._evidence = None

    def evidence(self) -> list[Plane]:
        """Still part, sine and cosine of the breathing part, and its turns (the difference of frames just after and
        just before, which takes out a picture that moves slowly), each divided by its local strength."""
        if self._evidence is None:
            used = [i for i, n in enumerate(self._counts) if n]
            if not used:
                raise MediaError("the clip holds no picture; give a video file")
            means = np.stack([self._sums[i] / self._counts[i] for i in used])
            angle = (np.array(used) + 0.5) * 2 * np.pi / BINS
            basis = np.stack([np.ones(len(used)), np.sin(angle), np.cos(angle)], axis=1)
            weight = np.sqrt(np.array([self._counts[i] for i in used], np.float64))
            solve = (np.linalg.pinv(basis * weight[:, None]) * weight).astype(np.float32)
            still, sine, cosine = np.tensordot(solve, means, 1)
            after = self._turns / np.maximum(self._turn_counts, 1)[:, :, None, None]
            turns = np.zeros_like(still)
            for parity, sign in ((0, 1), (1, -1)):
                if self._turn_counts[parity].all():
                    turns += np.float32(sign) * (after[parity, 1] - after[parity, 0]).astype(np.float32)
            self._evidence = [
                _level(still, np.square(still)),
                *(_level(p, np.square(sine) + np.square(cosine)) for p in (sine, cosine)),
                _level(turns, np.square(turns)),
            ]
        return self._evidence

    def read(self, key: bytes) -> payload.Decoded | None:
        """The message of ``key``, or None."""
        return payload.read(key, self._soft(key, *WHOLE), LEAST_FIT) or payload.read(
            key, self.candidates(key), LEAST_FIT
        )

    def candidates(self, key: bytes) -> NDArray[np.float64]:
        """Soft values without a crop and at the likeliest crops, [36, 216]."""
        return np.concatenate(
            [self._soft(key, *WHOLE), *(self._soft(key, share, at) for _, share, at in self.search(key))]
        )

    def search(self, key: bytes, keep: int = 5) -> list[tuple[float, tuple[float, float], tuple[int, int]]]:
        """The likeliest crops, best first: score, the shares of width and height that are left, the corner in the
        working grid."""
        maps = self.evidence()
        coarse = [
            np.asarray(Image.fromarray(m).resize((self.size[0] // 2, self.size[1] // 2), Image.Resampling.BOX))
            for m in maps
        ]
        shares = [round(1 - 0.01 * i, 3) for i in range(15)]
        rough = self._places(coarse, key, list(product(shares, shares)), CELL // 2)
        rough = sorted(rough, reverse=True)[:keep]
        found = []
        for _, (x, y), _ in rough:
            near = [(min(x + dx, 1.0), min(y + dy, 1.0)) for dx, dy in product((-0.005, 0.0, 0.005), repeat=2)]
            found.append(max(self._places(maps, key, near, CELL)))
        return sorted(found, reverse=True)

    def _places(
        self, maps: list[Plane], key: bytes, shares: list[tuple[float, float]], cell: int
    ) -> list[tuple[float, tuple[float, float], tuple[int, int]]]:
        """For every share of the picture that may be left, the best corner and its score (a squared signal-to-noise
        ratio)."""
        width, height = self.columns * cell, self.rows * cell
        still, breathing = (
            np.kron(layer.template(), np.ones((cell, cell), np.float32))
            for layer in layers(key, self.columns, self.rows)
        )
        templates = (still, breathing, breathing, breathing)
        spectra = [fft.rfft2(t) for t in templates]
        noise = [float(np.sum(np.square(t))) / t.size for t in templates]
        out = []
        for x, y in shares:
            w, h = round(width * x), round(height * y)
            score = np.zeros((height - h + 1, width - w + 1), np.float32)
            for n, (plane, spectrum, power) in enumerate(zip(maps, spectra, noise, strict=True)):
                small = np.asarray(Image.fromarray(plane).resize((w, h), Image.Resampling.BILINEAR))
                product_ = spectrum * np.conj(fft.rfft2(small, s=(height, width)))
                hits = fft.irfft2(product_, s=(height, width))[: height - h + 1, : width - w + 1]
                hits /= (float(np.sum(np.square(small))) * power + 1e-9) ** 0.5
                score += np.square(np.maximum(hits, 0) if n in (0, 3) else hits)
            top, left = np.unravel_index(int(np.argmax(score)), score.shape)
            out.append((float(score[top, left]), (x, y), (int(left), int(top))))
        return out

    def _soft(self, key: bytes, share: tuple[float, float], corner: tuple[int, int]) -> NDArray[np.float64]:
        """Soft values of the coded bits at one place, [6, 216]: the still layer, the breathing one, its turns, and
        these together."""
        size = (round(self.size[0] * share[0]), round(self.size[1] * share[1]))
        values = []
        for plane in self.evidence():
            canvas = np.zeros((self.size[1], self.size[0]), np.float32)
            small = np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR))
            canvas[corner[1] : corner[1] + size[1], corner[0] : corner[0] + size[0]] = small
            values.append(canvas.reshape(self.rows, CELL, self.columns, CELL).mean(axis=(1, 3)).astype(np.float64))
        still, breathing = layers(key, self.columns, self.rows)
        parts = []
        known = breathing.template()
        sine, cosine = (float(np.sum(known * v)) for v in values[1:3])
        turn = np.hypot(sine, cosine) + 1e-12
        for layer, value in (
            (still, values[0]),
            (breathing, (values[1] * sine + values[2] * cosine) / turn),
            (breathing, values[3]),
        ):
            known = layer.template()
            amplitude = float(np.sum(known * value)) / float(np.sum(np.abs(known)))
            power = float(np.mean(np.square(value))) + 1e-12
            spelt = layer.bit >= 0
            bits = np.bincount(layer.bit[spelt], weights=(layer.chips * value)[spelt], minlength=payload.CODED)
            parts.append(bits * max(amplitude, 0.0) / power)
        return np.stack([*parts, parts[0] + parts[1], parts[0] + parts[2], parts[0] + parts[1] + parts[2]])


def _level(plane: Plane, power: Plane) -> Plane:
    """``plane`` divided by the root of the local mean of ``power``, cut at two."""
    return np.asarray(
        np.clip(plane / np.sqrt(ndimage.uniform_filter(power, 4 * CELL + 1, mode="nearest") + 0.02), -2, 2), np.float32
    )
