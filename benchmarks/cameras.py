"""Does the plan move the camera as the prompt says? Cues alone, nothing is painted.

    python -m benchmarks.cameras                 # the shipped weights, the held-out prompts that name a camera

A small classifier learns from 2,600 staged training plays what the camera's seven numbers do in each move (a running
mean over 11 frames, at three moments against the first), and is then asked about the plans of the held-out prompts:
those the theatre stages (how good the ruler is) and those the network makes.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from phonofilm.evals.heldout import load_suite
from phonofilm.evals.judges.parser import folded
from phonofilm.flow import schedule
from phonofilm.flow.sampler import SAMPLERS
from phonofilm.pipeline import generate
from phonofilm.pipeline.denoise import Canvas
from phonofilm.prompt.parse import parse
from phonofilm.spec.cues import CAMERA, CAMERA_FORM
from phonofilm.theatre.cues import cues as cues_of
from phonofilm.theatre.playbill import playbill
from phonofilm.theatre.stage.staging import stage

PLAYS, REACH = 2_600, 5


def moves(camera_FC: np.ndarray) -> np.ndarray:
    """How the camera stands at a third, two thirds and the end against the beginning, in normal form: ``[3 * 7]``."""
    x = camera_FC.copy()
    x[:, CAMERA.index("focal")] = np.log(np.maximum(x[:, CAMERA.index("focal")], 1e-2))
    form = np.array(CAMERA_FORM)
    x = np.pad((x - form[:, 0]) / form[:, 1], ((REACH, REACH), (0, 0)), mode="edge")
    smooth = np.lib.stride_tricks.sliding_window_view(x, 2 * REACH + 1, axis=0).mean(-1)
    n = len(smooth)
    return (smooth[[n // 3, 2 * n // 3, n - 1]] - smooth[0]).ravel()


class Reader:
    """Names the move of a camera track."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        rows, names = [], []
        for index in range(PLAYS):
            bill = playbill(index, 0, "train")
            play = stage(parse(bill.text), bill.seconds, bill.seed)
            if "camera" in play.labels:
                rows.append(moves(cues_of(play).camera))
                names.append(folded("camera", play.labels["camera"]))
        self.classes = sorted(set(names))
        x = np.stack(rows)
        self.mean, self.dev = x.mean(0), x.std(0) + 1e-3
        self.net = nn.Sequential(nn.Linear(x.shape[1], 64), nn.ReLU(), nn.Linear(64, len(self.classes)))
        optimiser = torch.optim.Adam(self.net.parameters(), 3e-3, weight_decay=1e-4)
        seen, right = (
            torch.tensor((x - self.mean) / self.dev).float(),
            torch.tensor([self.classes.index(n) for n in names]),
        )
        for _ in range(600):
            optimiser.zero_grad()
            F.cross_entropy(self.net(seen), right).backward()  # type: ignore[no-untyped-call]
            optimiser.step()

    @torch.no_grad()
    def __call__(self, camera_FC: np.ndarray) -> str:
        return self.classes[int(self.net(torch.tensor((moves(camera_FC) - self.mean) / self.dev).float()).argmax())]


@torch.no_grad()
def planned(loaded: generate.Loaded, text: str, seconds: float, seed: int) -> np.ndarray:
    """The camera of the network's own plan ``[F, 7]``, in natural units."""
    tokens, _ = generate.text_of(loaded, parse(text), seconds, ())
    words = loaded.vocabulary.encode([tokens], loaded.model.config.text_length)
    task = replace(generate.blank(loaded, seconds), video=None, audio=None)
    canvas, how = (
        Canvas(loaded.model, task, words, words.dropped(torch.tensor([True])), loaded.sampling, seed),
        loaded.sampling,
    )
    times = schedule.grid(how.cue_steps, how.cue_shift)
    cues = SAMPLERS[how.sampler](
        lambda state, t: canvas.tell(state, t[0]), canvas.cue_start, times, lambda *_: None, canvas.fresh
    )
    told = generate._told(cues)
    assert told is not None
    return told.camera


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, help="default: the shipped ones")
    a = parser.parse_args()
    torch.set_num_threads(1)
    read, loaded = Reader(), generate.load(a.weights)
    asked = [p for p in load_suite() if "camera" in p.labels]
    rows = []
    for seed, prompt in enumerate(asked):
        staged = cues_of(stage(parse(prompt.text), prompt.seconds, 0)).camera
        rows.append(
            (
                folded("camera", prompt.labels["camera"]),
                read(staged),
                read(planned(loaded, prompt.text, prompt.seconds, seed)),
            )
        )
    others = [rows[(i + 1) % len(rows)][0] for i in range(len(rows))]
    print(
        f"{len(rows)} prompts, right: staged {np.mean([a == b for a, b, _ in rows]):.0%}, "
        f"planned {np.mean([a == c for a, _, c in rows]):.0%}, "
        "planned for another prompt "
        f"{np.mean([o == c for o, (_, _, c) in zip(others, rows, strict=True)]):.0%}"
    )
    for name in sorted({r[0] for r in rows}):
        print(f"  {name}: {dict(Counter(c for a, _, c in rows if a == name).most_common())}")


if __name__ == "__main__":
    main()
