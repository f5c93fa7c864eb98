"""Clips for training codecs: theatre plays rendered once to a folder, read back as random crops.

A clip is three arrays beside each other, opened by memory map: ``NNNNN.video.npy`` uint8 [F, H, W, 3],
``NNNNN.mask.npy`` uint8 [F, H, W] (1 on the cast), ``NNNNN.sound.npy`` int16 [N, 2] at 24 kHz.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from phonofilm.errors import RequestError
from phonofilm.prompt.parse import parse
from phonofilm.spec import clock
from phonofilm.spec.clock import FRAMES_PER_LATENT, SAMPLES_PER_FRAME
from phonofilm.theatre.draw import paint
from phonofilm.theatre.playbill import playbill
from phonofilm.theatre.sound import mix
from phonofilm.theatre.stage.staging import stage

WIDTH, HEIGHT = 256, 144
HELD_OUT = 1_000_000_000
"""Seeds from here on are never trained on."""


def render_clip(seed: int, frames: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int16]]:
    """A stretch of ``frames`` frames of the playbill's play number ``seed``, its foreground mask, and all of the play's
    sound."""
    bill = playbill(seed % HELD_OUT, 2, "heldout" if seed >= HELD_OUT else "train")
    play = stage(parse(bill.text), bill.seconds, bill.seed)
    start = int(np.random.default_rng(seed).integers(0, max(1, clock.frames(play.seconds) - frames + 1)))
    video, mask = [], []
    for n in range(start, min(start + frames, clock.frames(play.seconds))):
        time = clock.frame_time(n)
        shot = play.shot_at(time)
        video.append(paint.painter(shot, WIDTH, HEIGHT).exposed(time).copy())
        mask.append((paint.ids(shot, time, WIDTH, HEIGHT) > 0).astype(np.uint8))
    sound = mix.sound(play, clock.SAMPLE_RATE).T
    return np.stack(video), np.stack(mask), (sound.clip(-1, 1) * 32767).round().astype(np.int16)


def render_folder(folder: Path, seeds: range, *, frames: int = 49, workers: int = 1) -> int:
    """Render the plays of ``seeds`` that ``folder`` lacks; returns how many were made."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [s for s in seeds if not (folder / f"{s:05d}.sound.npy").exists()]
    with ProcessPoolExecutor(workers) as pool:
        return sum(pool.map(_render_one, ((folder, s, frames) for s in missing)))


def _render_one(job: tuple[Path, int, int]) -> int:
    folder, seed, frames = job
    os.nice(5)
    video, mask, sound = render_clip(seed, frames)
    for name, array in (("video", video), ("mask", mask), ("sound", sound)):  # sound last: it marks the clip complete
        beside = folder / f".{seed:05d}.{name}.{os.getpid()}.npy"
        np.save(beside, array)
        os.replace(beside, folder / f"{seed:05d}.{name}.npy")
    return 1


@dataclass(frozen=True, kw_only=True)
class Clips:
    """The clips of a folder, split by seed: every clip whose seed is at least ``HELD_OUT`` is for testing."""

    folder: Path
    training: tuple[str, ...]
    held_out: tuple[str, ...]

    @staticmethod
    def open(folder: Path) -> Clips:
        """List ``folder``. Raises RequestError when it holds no clip."""
        names = sorted(p.name.split(".")[0] for p in folder.glob("[0-9]*.sound.npy"))
        if not names:
            raise RequestError(f"no clips in {folder}: make some with `phonofilm train codec render --out {folder}`")
        return Clips(
            folder=folder,
            training=tuple(n for n in names if int(n) < HELD_OUT),
            held_out=tuple(n for n in names if int(n) >= HELD_OUT),
        )

    def video(self, name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Frames and mask of one clip, memory-mapped."""
        return np.load(self.folder / f"{name}.video.npy", mmap_mode="r"), np.load(
            self.folder / f"{name}.mask.npy", mmap_mode="r"
        )

    @cached_property
    def waves(self) -> list[NDArray[np.float32]]:
        """The sound of every training clip."""
        return [self.sound(name) for name in self.training]

    def sound(self, name: str) -> NDArray[np.float32]:
        """Sound of one clip [N, 2] in -1..1, cut to whole frames."""
        wave = np.load(self.folder / f"{name}.sound.npy")
        return (wave[: len(wave) // SAMPLES_PER_FRAME * SAMPLES_PER_FRAME] / np.float32(32767)).astype(np.float32)


def video_batch(
    clips: Clips, rng: np.random.Generator, *, batch: int, size: int, groups: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    """(Video [B, 3, F, S, S] in -1..1, mask [B, 1, F, S, S]); most crops lie on the cast, most of those where it
    moves."""
    frames = int(rng.choice(groups)) * FRAMES_PER_LATENT + 1
    video = np.empty((batch, frames, size, size, 3), np.uint8)
    mask = np.empty((batch, frames, size, size), np.uint8)
    for i in range(batch):
        pixels, cast = clips.video(clips.training[rng.integers(len(clips.training))])
        t = int(rng.integers(0, len(pixels) - frames + 1))
        y, x = int(rng.integers(0, pixels.shape[1] - size + 1)), int(rng.integers(0, pixels.shape[2] - size + 1))
        where = np.argwhere(cast[t, ::8, ::8]) * 8
        moving = np.argwhere(cast[t, ::8, ::8] != cast[t + FRAMES_PER_LATENT, ::8, ::8]) * 8
        if len(moving) and rng.random() < 0.6:
            where = moving
        if len(where) and rng.random() < 0.8:
            cy, cx = where[rng.integers(len(where))]
            y = int(np.clip(cy - rng.integers(size), 0, pixels.shape[1] - size))
            x = int(np.clip(cx - rng.integers(size), 0, pixels.shape[2] - size))
        cut = np.s_[t : t + frames, y : y + size, x : x + size]
        video[i], mask[i] = pixels[cut], cast[cut]
        if rng.random() < 0.5:
            video[i], mask[i] = video[i, :, :, ::-1].copy(), mask[i, :, :, ::-1].copy()
    return torch.from_numpy(video).permute(0, 4, 1, 2, 3).float() / 127.5 - 1, torch.from_numpy(mask)[:, None].float()


def sound_batch(clips: Clips, rng: np.random.Generator, *, batch: int, steps: int) -> Tensor:
    """Waves [B, 2, 1000 * steps]; gain, channel order and polarity vary."""
    length = steps * SAMPLES_PER_FRAME
    out = np.empty((batch, 2, length), np.float32)
    for i in range(batch):
        wave = clips.waves[rng.integers(len(clips.waves))]
        start = int(rng.integers(0, len(wave) - length + 1))
        piece = wave[start : start + length].T * np.float32(10 ** (rng.uniform(-9, 3) / 20) * rng.choice([-1, 1]))
        out[i] = piece[::-1] if rng.random() < 0.5 else piece
    return torch.from_numpy(out).clamp_(-1, 1)
