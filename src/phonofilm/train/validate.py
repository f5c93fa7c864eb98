"""Held-out loss of every canvas, under the same noise each time: how each task stands beside text-to-clip."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from phonofilm.data.shards import Plays, Shards, play_names
from phonofilm.model import weights
from phonofilm.model.dit import DiTConfig, DualBranchDiT
from phonofilm.model.text_encoder import Vocabulary
from phonofilm.train import canvases
from phonofilm.train import cues as cue_training
from phonofilm.train.canvases import TASKS, Levels
from phonofilm.train.cues import CueLevels


@torch.no_grad()
def validate(file: Path, data: Path, *, clips: int = 64, batch: int = 8, seed: int = 11) -> dict[str, dict[str, float]]:
    """``{task: {"video": loss, "audio": loss}}`` of the weights at ``file`` on the shards under ``data``; of the task
    ``cues`` those of bodies, camera, rhythm.

    The loss is training's (weighted squared error of x0, 1 for a guess of the mean at full noise and no foreground),
    with no dropped text. The row ``no words`` is text-to-clip with the prompts left out, ``no cues`` with the cues left
    out: the distance to ``text`` is what they are worth."""
    held = weights.load(file, "dit")
    model = DualBranchDiT(DiTConfig(**held.config["dit"]))
    weights.fill(model, held)
    model.eval()
    words, shards = Vocabulary(held.config["vocabulary"]), Shards(data)
    channels = torch.from_numpy(shards.channels("video")), torch.from_numpy(shards.channels("audio"))
    plays = Plays(data) if model.cues is not None and play_names(data) else None
    rows: dict[str, dict[str, float]] = {}
    for name in (*TASKS, "no words", "no cues"):
        if name == "cues" and plays is None:
            continue
        levels = replace(
            Levels(), text_drop=1.0 if name == "no words" else 0.0, no_cues=1.0 if name == "no cues" else 0.0
        )
        sums: dict[str, list[float]] = {}
        for step in range(min(clips, len(plays or shards) if name == "cues" else len(shards)) // batch):
            numbers = range(step * batch, (step + 1) * batch)
            if name == "cues" and plays is not None:
                _, parts = cue_training.step_loss(
                    model, [plays[i] for i in numbers], words, CueLevels(), seed=seed, step=step, text_drop=0.0
                )
                parts = {key.removeprefix("cues."): value for key, value in parts.items()}
            else:
                canvas = canvases.build(
                    [shards[i] for i in numbers],
                    words,
                    model.config.patch,
                    seed=seed,
                    step=step,
                    levels=levels,
                    text_length=model.config.text_length,
                    task="text" if name.startswith("no ") else name,
                    channels=channels,
                    kept=model.config.video_channels,
                    cue_levels=CueLevels() if model.cues is not None else None,
                )
                made = model(canvas.video, canvas.audio, canvas.text, canvas.cues)
                _, parts = canvases.loss(made.video, made.audio, canvas, levels)
            for key, value in parts.items():
                sums.setdefault(key, []).append(value)
        rows[name] = {key: sum(v) / len(v) for key, v in sums.items()}
    return rows


def table(rows: dict[str, dict[str, float]]) -> str:
    """Markdown."""
    lines = ["| canvas | picture loss | sound loss | bodies | camera | rhythm |", "|---|---|---|---|---|---|"]
    columns = ("video", "audio", "bodies", "camera", "rhythm")
    lines += [
        f"| {name} | " + " | ".join(f"{row[k]:.3f}" if k in row else "–" for k in columns) + " |"
        for name, row in rows.items()
    ]
    return "\n".join(lines)
