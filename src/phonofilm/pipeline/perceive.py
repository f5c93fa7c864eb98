"""A given picture -> its cues: what moves where and when it touches something, read off the codec's latents by
``model/perceiver.py``."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch

from phonofilm.errors import MediaError
from phonofilm.model import perceiver
from phonofilm.model.codec import fitted, load_video_codec
from phonofilm.model.perceiver import Perceiver
from phonofilm.model.video_vae import VideoVae
from phonofilm.pipeline.generate import HEIGHT, WIDTH
from phonofilm.spec import clock
from phonofilm.spec.cues import BODY, CHANNEL, PULSE, RHYTHM, Cues, natural

LONGEST = 60.0
"""Seconds that are read at once."""


@lru_cache(maxsize=1)
def _loaded() -> tuple[Perceiver, VideoVae]:
    return perceiver.load(), load_video_codec()


@torch.no_grad()
def perceive(frames: np.ndarray, net: Perceiver | None = None) -> Cues:
    """Pictures uint8 ``[F, H, W, 3]`` at 24 a second, of any size -> their cues in natural units (picture heights of
    the given picture); the beat is unknown (nan). Bodies that are nowhere are left out, the others called ``body-1``,
    ``body-2`` from the most present on. Raises MediaError for fewer than two frames or more than ``LONGEST``
    seconds."""
    count = len(frames)
    if not 2 <= count <= LONGEST * clock.FPS + 1:
        raise MediaError(
            f"{count} frames cannot be read at once: give 2 frames to {LONGEST:g} s of them, a part of the clip"
        )
    shipped, codec = _loaded()
    net = net or shipped
    whole = np.concatenate([frames, np.repeat(frames[-1:], -(count - 1) % clock.FRAMES_PER_LATENT, axis=0)])
    pictures = fitted(whole, HEIGHT, WIDTH).transpose(0, 1)[None] * 2 - 1
    made = net(codec.encode(pictures.to(next(codec.parameters()).dtype)).float())
    bodies = made.bodies_BKFC[0, :, :count].clone()
    bodies[..., CHANNEL["contact"]] = (
        torch.sigmoid(made.contact_BKF[0, :, :count]) / (2 * net.config.threshold)
    ).clamp(max=1) / PULSE
    there = (bodies[..., 0] > 0).sum(1)
    order = [int(k) for k in there.argsort(descending=True, stable=True) if there[k]]
    cues = natural(
        bodies[order].numpy(), made.camera_BFC[0, :count].numpy(), np.full((count, len(RHYTHM)), np.nan, np.float32)
    )
    return _unscaled(cues, frames.shape[1], frames.shape[2])


def _unscaled(cues: Cues, height: int, width: int) -> Cues:
    """Lengths in heights of a picture of this shape instead of the perceiver's, into which a wider one was fitted with
    bars above and below."""
    share = min(1.0, (WIDTH / HEIGHT) * height / width)
    if share == 1:
        return cues
    bodies, camera = cues.bodies.copy(), cues.camera.copy()
    bodies[..., [BODY.index(name) for name in ("u", "v", "width", "height")]] /= share
    camera[:, 5] /= share
    return replace(cues, bodies=bodies, camera=camera)
