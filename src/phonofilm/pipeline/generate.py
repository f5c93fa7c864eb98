"""Text to clip: the whole journey of a tensor in one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from phonofilm.errors import RequestError, WeightsError
from phonofilm.model import completion, weights
from phonofilm.model.canvas import token_steps
from phonofilm.model.codec import SoundCodec, load_audio_codec, load_video_codec, to_uint8
from phonofilm.model.completion import Completion
from phonofilm.model.cues import SLOTS
from phonofilm.model.dit import DiTConfig, DualBranchDiT
from phonofilm.model.precision import fast_dtype
from phonofilm.model.text_encoder import TimedToken, Vocabulary
from phonofilm.model.timed_text import timed_text
from phonofilm.model.video_vae import VideoVae
from phonofilm.pipeline.denoise import Progress, Sampling, Task, denoise
from phonofilm.prompt.script import Script
from phonofilm.spec import clock
from phonofilm.spec.cues import BODY, CAMERA, RHYTHM, Cues, natural, normal

WIDTH, HEIGHT = 256, 144
"""Size in pixels the shipped presets compose at."""
DEFAULT_PRESET = "nano"


@dataclass(frozen=True)
class Made:
    """A clip at the model's own size."""

    frames: np.ndarray
    """uint8 ``[24 d + 1, 144, 256, 3]``."""
    sound: np.ndarray
    """float32 ``[2, 1000 (24 d + 1)]`` at 24 kHz."""
    notes: tuple[str, ...]
    cues: Cues | None = None
    """What was planned, or given; None for a network without cues."""


@dataclass(frozen=True)
class Loaded:
    """Networks ready to use."""

    model: DualBranchDiT
    vocabulary: Vocabulary
    video_codec: VideoVae
    audio_codec: SoundCodec
    completion: Completion | None = None
    """For a network that composes in fewer channels than the codec has."""
    sampling: Sampling = field(default_factory=Sampling)
    """What the weight file's header says this network is sampled best with."""


@lru_cache(maxsize=2)
def load(path: Path | None = None) -> Loaded:
    """The transformer at ``path`` (default: the shipped checkpoint) with the shipped codecs. Raises WeightsError."""
    file = weights.load(path or weights.shipped(DEFAULT_PRESET), "dit")
    try:
        model = DualBranchDiT(DiTConfig(**file.config["dit"]))
        vocabulary = Vocabulary(file.config["vocabulary"])
        sampling = Sampling(**file.config.get("sampling", {}))
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(
            f"the settings in weight file {path} do not fit: update phonofilm or train it again"
        ) from error
    weights.fill(model, file)
    model = model.to(fast_dtype()).eval().requires_grad_(False)
    video_codec = load_video_codec()
    c = model.config
    rest = completion.load() if c.video_channels < video_codec.config.latent else None
    if rest is not None and rest.config.given != c.video_channels:
        raise WeightsError(
            f"weight file {path} composes {c.video_channels} channels, the completion is for {rest.config.given}: train"
            " one that fits"
        )
    return Loaded(model, vocabulary, video_codec, load_audio_codec(), rest, sampling)


def text_of(
    loaded: Loaded, script: Script, seconds: float, phonemes: Sequence[tuple[str, float, float]]
) -> tuple[list[TimedToken], tuple[str, ...]]:
    """The timed text of ``script`` and notes on the words the checkpoint never saw."""
    tokens = list(timed_text(script, seconds, phonemes))
    unknown = loaded.vocabulary.unknown(tokens)
    notes = (f"words this checkpoint never saw: {', '.join(unknown)}",) if unknown else ()
    return tokens, notes


def blank(loaded: Loaded, seconds: float, cues: Cues | None = None) -> Task:
    """A canvas of which nothing is known but, if given, the cues (nan: unknown). Raises RequestError where they do not
    fit."""
    config = loaded.model.config
    video = torch.zeros(1, config.video_channels, clock.latent_steps(seconds), HEIGHT // 8, WIDTH // 8)
    audio = torch.zeros(1, config.audio_channels, clock.audio_steps(seconds))
    if not config.cue_width:
        if cues is not None:
            raise RequestError(
                "cues: this network has no cue branch: choose one that has, such as the shipped one, or leave the"
                " cues out"
            )
        return Task(video=video, audio=audio)
    frames, nan = clock.frames(seconds), float("nan")
    parts = [
        torch.full((1, SLOTS, frames, len(BODY)), nan),
        torch.full((1, frames, len(CAMERA)), nan),
        torch.full((1, frames, len(RHYTHM)), nan),
    ]
    if cues is not None:
        if cues.frames != frames or len(cues.names) > SLOTS:
            asked = f"give {frames} frames and at most {SLOTS} bodies"
            raise RequestError(
                f"cues: {cues.frames} frames and {len(cues.names)} bodies do not fit a clip of {seconds:g} s: {asked}"
            )
        bodies, camera, rhythm = (torch.from_numpy(part)[None] for part in normal(cues))
        parts = [torch.cat([bodies, parts[0][:, bodies.shape[1] :]], 1), camera, rhythm]
    return Task(video=video, audio=audio, cues=tuple(parts))


@torch.no_grad()
def generate(
    loaded: Loaded,
    script: Script,
    seconds: float,
    seed: int,
    sampling: Sampling,
    *,
    phonemes: Sequence[tuple[str, float, float]] = (),
    cues: Cues | None = None,
    cascaded: bool = False,
    progress: Progress | None = None,
) -> Made:
    """``script`` -> clip, picture and sound in one denoising pass, both after the same cues: those given, or the
    network's own. ``cascaded`` makes the picture first and then the sound for it, with the same network and the same
    cues (the baseline the joint pass is measured against)."""
    tokens, notes = text_of(loaded, script, seconds, phonemes)
    text = loaded.vocabulary.encode([tokens], loaded.model.config.text_length)
    null = text.dropped(torch.tensor([True]))
    task = blank(loaded, seconds, cues)

    def step(offset: int, total: int):  # noqa: ANN202
        def report(done: int, _: int) -> None:
            if progress:
                progress("denoise", offset + done, total)

        return report

    model = loaded.model
    if cascaded:
        first = denoise(model, replace(task, audio=None), text, null, sampling, seed, step(0, 2 * sampling.steps))
        assert first.video is not None
        known = torch.zeros(token_steps(first.video.shape[2], model.config.patch))
        task = replace(task, video=first.video, video_unknown=known, cues=first.cues)
        made = denoise(model, task, text, null, sampling, seed, step(sampling.steps, 2 * sampling.steps))
    else:
        made = denoise(model, task, text, null, sampling, seed, step(0, sampling.steps))
    assert made.video is not None and made.audio is not None
    return replace(decode(loaded, made.video, made.audio, notes, progress), cues=_told(made.cues))


def _told(parts: tuple[Tensor, ...] | None) -> Cues | None:
    """Cues in natural units; slots that stay empty throughout are left out."""
    if parts is None:
        return None
    bodies, camera, rhythm = (part[0].float().numpy() for part in parts)
    return natural(bodies[(bodies[..., 0] > 0).any(1)], camera, rhythm)


@torch.no_grad()
def decode(
    loaded: Loaded, video: Tensor, audio: Tensor, notes: tuple[str, ...] = (), progress: Progress | None = None
) -> Made:
    """Latents (those of few channels are completed first) -> pictures and stereo sound of equal length."""
    if progress:
        progress("decode", 0, 2)
    if loaded.completion is not None:
        video = loaded.completion(video.float())
    frames = to_uint8(loaded.video_codec.decode(video.to(next(loaded.video_codec.parameters()).dtype)))[0].numpy()
    if progress:
        progress("decode", 1, 2)
    sound = loaded.audio_codec.decode(audio)[0].float().numpy()
    if progress:
        progress("decode", 2, 2)
    return Made(frames, sound, notes)
