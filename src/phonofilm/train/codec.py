"""Train a codec: ``python -m phonofilm.train.codec video|audio|vocoder --minutes 20 --out DIR [--data DIR]``.

Clips come from the theatre (``render`` makes them alone; a training run makes those that are missing). The run counts
its own minutes: stopped and started again with the same ``--out`` it goes on where it was, and a larger ``--minutes``
prolongs it. The learning rate warms up, stays, and falls to zero over the last two fifths of the minutes. Written to
DIR: ``state.pt`` (everything, once a minute), ``log.jsonl``, and KIND.safetensors (averaged weights) at the end.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from phonofilm.errors import PhonofilmError, RequestError
from phonofilm.model import codec, weights
from phonofilm.model.precision import fast_bf16
from phonofilm.train.codec_data import HELD_OUT, Clips, render_folder
from phonofilm.train.codec_stages import AudioStage, Stage, VideoStage, VocoderStage
from phonofilm.train.muon import Muon


def rate(done: float, warm: float = 0.01, fall: float = 0.4) -> float:
    """Learning rate as a share of its peak after ``done`` (0..1) of the run: warm-up, plateau, linear fall to 1 %."""
    return min(1.0, done / warm + 0.02, max(0.01, (1 - done) / fall))


def train(
    stage: Stage, clips: Clips, out: Path, *, minutes: float = 0.0, steps: int = 0, device: str = "cpu", seed: int = 0, every: float = 60.0
) -> dict[str, float]:
    """Train ``stage`` until its own clock shows ``minutes`` (or, where ``steps`` is given, that many steps are done).

    Returns the last figures. Resumes from ``out`` if it can.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    state, spent, step = out / "state.pt", 0.0, 0
    log = (out / "log.jsonl").open("a")
    stage.net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if state.exists():
        kept = torch.load(state, map_location=device, weights_only=True)
        stage.net.load_state_dict(kept["net"])
        spent, step = kept["spent"], kept["step"]
        rng = np.random.default_rng([seed, step])
    else:
        stage.prepare(clips, rng)
    average = copy.deepcopy(stage.net).requires_grad_(False)
    optimiser = Muon([p for p in stage.net.parameters() if p.requires_grad], lr=stage.lr)
    if state.exists():
        average.load_state_dict(kept["average"])
        if "optimiser" in kept:
            optimiser.load_state_dict(kept["optimiser"])

    def note(values: dict[str, Any]) -> None:
        line = {"step": step, "minutes": round(spent / 60, 3), **{k: round(float(v), 5) for k, v in values.items()}}
        log.write(json.dumps(line) + "\n")
        log.flush()
        print(line, flush=True)

    figures = stage.figures(average, clips)
    note(figures)
    source = stage.batches(clips, rng)
    began, last, parts = time.monotonic() - spent, spent, {}
    while (done := step / steps if steps else spent / (minutes * 60)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = stage.lr * rate(done)
        with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=stage.kind == "video_vae" and fast_bf16(torch.device(device).type)):
            loss, parts = stage.loss(_to(next(source), device))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(stage.net.parameters(), 1.0)
        optimiser.step()
        step += 1
        keep = min(0.998, step / (step + 20))
        with torch.no_grad():
            for a, b in zip(average.state_dict().values(), stage.net.state_dict().values(), strict=True):
                a.lerp_(b, 1 - keep)
        spent = time.monotonic() - began
        if spent - last >= every:
            last = spent
            figures = stage.figures(average, clips)
            note({**parts, **figures})
            _keep(state, {"net": stage.net.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(), "spent": spent, "step": step})
    if not stage.frozen:
        stage.finish(average, clips)
    figures = stage.figures(average, clips, 1000)
    note(figures)
    _keep(state, {"net": stage.net.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(), "spent": spent, "step": step})
    facts = {"steps": str(step), "minutes": f"{spent / 60:.1f}", "clips": str(len(clips.training)), **{k: f"{v:.3f}" for k, v in figures.items()}}
    weights.save(out / f"{stage.kind}.safetensors", stage.kind, stage.config, average.state_dict(), facts)
    return figures


def _to(batch: Any, device: str) -> Any:
    return tuple(b.to(device) for b in batch) if isinstance(batch, tuple) else batch.to(device)


def _begin_from(other: Path, stage: Stage, out: Path) -> None:
    """A new run that begins with the averaged weights of another, or with a weight file, its clock at zero."""
    out.mkdir(parents=True, exist_ok=True)
    if other.suffix == ".safetensors":
        weights.fill(stage.net, weights.load(other, stage.kind))
        kept: dict[str, Any] = {"average": stage.net.state_dict()}
    else:
        kept = torch.load(other, map_location="cpu", weights_only=True)
    _keep(out / "state.pt", {**kept, "net": kept["average"], "spent": 0.0, "step": 0})


def _keep(path: Path, state: dict[str, Any]) -> None:
    beside = path.with_suffix(".tmp")
    torch.save(state, beside)
    os.replace(beside, path)


def main(argv: list[str] | None = None) -> int:
    """The command line; exit code 2 with one line on error."""
    parser = argparse.ArgumentParser(prog="python -m phonofilm.train.codec", description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("render", "video", "audio", "vocoder"))
    parser.add_argument("--out", type=Path, required=True, help="folder of the run (or, for render, of the clips)")
    parser.add_argument("--data", type=Path, help="folder of clips (default: OUT/clips)")
    parser.add_argument("--clips", type=int, default=400)
    parser.add_argument("--first", type=int, default=0, help="seed of the first clip")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--every", type=float, default=60.0, help="seconds between figures")
    parser.add_argument("--lr", type=float, help="peak learning rate")
    parser.add_argument("--start", type=Path, help="state.pt of another run, or a weight file, to start from")
    parser.add_argument("--freeze-encoder", action="store_true", help="with --start: train the decoder alone, so that encoded latents stay valid")
    parser.add_argument("--audio-vae", type=Path, help="for the vocoder: train on what this audio codec lets through")
    a = parser.parse_args(argv)
    try:
        folder = a.out if a.kind == "render" else a.data or a.out / "clips"
        if a.kind == "render" or not any(folder.glob("*.sound.npy")):
            render_folder(folder, range(HELD_OUT, HELD_OUT + 16), workers=a.workers)
            render_folder(folder, range(a.first, a.first + a.clips), workers=a.workers)
        if a.kind == "render":
            return 0
        stage: Stage = VideoStage() if a.kind == "video" else AudioStage() if a.kind == "audio" else VocoderStage(vae=_audio_vae(a.audio_vae, a.device))
        stage.lr = a.lr or stage.lr
        if a.freeze_encoder:
            if a.start is None:
                raise RequestError("--freeze-encoder needs trained weights: give --start RUN/state.pt or --start FILE.safetensors")
            stage.freeze_encoder()
        if a.start and not (a.out / "state.pt").exists():
            _begin_from(a.start, stage, a.out)
        train(stage, Clips.open(folder), a.out, minutes=a.minutes, device=a.device, seed=a.seed, every=a.every)
    except PhonofilmError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _audio_vae(path: Path | None, device: str) -> Any:
    return None if path is None else codec.load_audio_vae(path, device)


if __name__ == "__main__":
    sys.exit(main())
