"""Held-out loss of every canvas, under the same noise each time: how each task stands beside text-to-clip; and whether contacts are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from phonofilm.data.shards import Shards
from phonofilm.model import weights
from phonofilm.model.dit import DiTConfig, DualBranchDiT
from phonofilm.model.text_encoder import Vocabulary
from phonofilm.train import canvases
from phonofilm.train.canvases import SHARES, Levels


@torch.no_grad()
def validate(file: Path, data: Path, *, clips: int = 64, batch: int = 8, seed: int = 11) -> dict[str, dict[str, float]]:
    """``{task: {"video": loss, "audio": loss}}`` of the weights at ``file`` on the shards under ``data``.

    The loss is training's (weighted squared error of x0, 1 for a guess of the mean at full noise and no foreground), with no dropped text. The
    row ``no words`` is text-to-clip with the prompts left out: the distance to ``text`` is what the words are worth.

    Where the network looks for motion and the shards say when things are struck, ``strikes`` is the average precision (0..1) of its logits
    for "a contact within a sound step", and ``chance`` the share of such steps, which is what knowing nothing reaches."""
    held = weights.load(file, "dit")
    model = DualBranchDiT(DiTConfig(**held.config["dit"]))
    weights.fill(model, held)
    model.eval()
    words, shards = Vocabulary(held.config["vocabulary"]), Shards(data)
    channels = torch.from_numpy(shards.channels("video")), torch.from_numpy(shards.channels("audio"))
    rows: dict[str, dict[str, float]] = {}
    for name in (*SHARES, "no words"):
        levels = replace(Levels(), text_drop=1.0 if name == "no words" else 0.0)
        sums: dict[str, list[float]] = {}
        said: list[tuple[Tensor, Tensor]] = []
        for step in range(min(clips, len(shards)) // batch):
            examples = [shards[step * batch + i] for i in range(batch)]
            canvas = canvases.build(
                examples, words, model.config.patch, seed=seed, step=step, levels=levels, text_length=model.config.text_length,
                task="text" if name == "no words" else name, channels=channels, kept=model.config.video_channels,
            )  # fmt: skip
            strikes: list[Tensor] = []
            _, parts = canvases.loss(model(canvas.video, canvas.audio, canvas.text, strikes=strikes), canvas, levels)
            if strikes and canvas.strikes is not None and not bool(canvas.strikes.isnan().any()):
                said.append((strikes[0].flatten(), canvas.strikes.flatten() > 0))
            for key, value in parts.items():
                sums.setdefault(key, []).append(value)
        rows[name] = {key: sum(v) / len(v) for key, v in sums.items()}
        if said:
            struck = torch.cat([true for _, true in said])
            rows[name] |= {"strikes": average_precision(torch.cat([logits for logits, _ in said]), struck), "chance": struck.float().mean().item()}
    return rows


def average_precision(score_N: Tensor, true_N: Tensor) -> float:
    """Mean, over the true ones, of the share of true ones among all that score as high; nan where none is true."""
    hit = true_N[score_N.argsort(descending=True)].double()
    return float((hit.cumsum(0) / torch.arange(1, len(hit) + 1) * hit).sum() / hit.sum())


def table(rows: dict[str, dict[str, float]]) -> str:
    """Markdown."""
    lines = ["| canvas | picture loss | sound loss | contacts told | by chance |", "|---|---|---|---|---|"]
    columns = ("video", "audio", "strikes", "chance")
    lines += [f"| {name} | " + " | ".join(f"{row[k]:.3f}" if k in row else "–" for k in columns) + " |" for name, row in rows.items()]
    return "\n".join(lines)
