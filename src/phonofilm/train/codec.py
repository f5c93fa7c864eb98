"""Trains a codec: ``phonofilm train codec video|audio|vocoder --minutes 20 --out DIR [--data DIR]``.

Clips come from the theatre (``render`` makes them alone; a training run makes those that are missing). The run counts
its own minutes: stopped and started again with the same ``--out`` it goes on where it was, and a larger ``--minutes``
prolongs it. At the end of each leg KIND.safetensors (averaged weights) is written beside the checkpoint and the log.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from phonofilm.errors import RequestError
from phonofilm.model import codec, weights
from phonofilm.train import loop
from phonofilm.train.codec_data import HELD_OUT, Clips, render_folder
from phonofilm.train.codec_stages import AudioStage, Stage, VideoStage, VocoderStage
from phonofilm.train.loop import LoopConfig
from phonofilm.train.parallel import World


def train(
    stage: Stage,
    clips: Clips,
    out: Path,
    *,
    minutes: float = 0.0,
    steps: int = 0,
    device: str = "cpu",
    seed: int = 0,
    every: float = 60.0,
) -> dict[str, float]:
    """Train ``stage`` until the run's own clock shows ``minutes`` (or, where ``steps`` is given, that many steps are
    done), with figures every so many seconds. Returns the last figures. Resumes from ``out`` if it can."""
    begun = (out / "checkpoint.pt").exists()
    stage.net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if not begun and not stage.trained:
        stage.prepare(clips, np.random.default_rng(seed))

    def step_loss(_: nn.Module, step: int) -> tuple[Tensor, dict[str, float]]:
        torch.manual_seed(seed * 1_000_003 + step)
        value, parts = stage.loss(_to(stage.batch(clips, np.random.default_rng([seed, step])), device))
        return value, {name: float(part) for name, part in parts.items()}

    config = LoopConfig(
        steps=steps,
        minutes=0 if steps else minutes,
        rate=stage.lr,
        warmup=50,
        decay_from=0.6,
        optimiser="muon",
        orthogonal=(".",),
        weight_decay=0.01,
        save_minutes=every / 60,
        bf16=stage.kind == "video_vae",
    )
    done = loop.run(
        stage.net,
        step_loss,
        config,
        out,
        header={"kind": stage.kind},
        world=World(0, 1, device),
        figures=lambda net: stage.figures(net, clips),
    )
    loop.averaged(stage.net, out)
    if not stage.frozen:
        stage.finish(stage.net, clips)
    figures = stage.figures(stage.net, clips, 1000)
    facts = {"steps": str(done), "clips": str(len(clips.training)), **{k: f"{v:.3f}" for k, v in figures.items()}}
    weights.save(out / f"{stage.kind}.safetensors", stage.kind, stage.config, stage.net.state_dict(), facts)
    return figures


def _to(batch: Any, device: str) -> Any:
    return tuple(b.to(device) for b in batch) if isinstance(batch, tuple) else batch.to(device)


def clips_of(folder: Path, count: int, first: int, workers: int, *, all_of_them: bool) -> Clips:
    """The clips in ``folder``, rendered where there are none yet (or, with ``all_of_them``, those that are missing)."""
    if all_of_them or not any(folder.glob("*.sound.npy")):
        render_folder(folder, range(HELD_OUT, HELD_OUT + 16), workers=workers)
        render_folder(folder, range(first, first + count), workers=workers)
    return Clips.open(folder)


def stage_of(
    kind: str, *, rate: float | None, start: Path | None, freeze_encoder: bool, audio_vae: Path | None, device: str
) -> Stage:
    """What ``kind`` learns from, beginning with the weights of ``start`` (a weight file, or another run's folder).
    Raises RequestError where there is nothing to freeze."""
    stage: Stage = (
        VideoStage()
        if kind == "video"
        else AudioStage()
        if kind == "audio"
        else VocoderStage(vae=_audio_vae(audio_vae, device))
    )
    stage.lr = rate or stage.lr
    if start is not None:
        if start.suffix == ".safetensors":
            weights.fill(stage.net, weights.load(start, stage.kind))
        else:
            loop.averaged(stage.net, start)
        stage.trained = True
    if freeze_encoder:
        if start is None:
            raise RequestError("--freeze-encoder needs trained weights: give --start FILE.safetensors or --start RUN")
        stage.freeze_encoder()
    return stage


def _audio_vae(path: Path | None, device: str) -> Any:
    return None if path is None else codec.load_audio_vae(path, device)
