"""Trains the perceiver: from the picture's latents to its cues, on the same shards as the transformer.

    phonofilm train perceiver --data latents --held heldout --out runs/perceiver --minutes 30

The latents are worn as a generator leaves them: noise, blur, flicker from step to step, missing detail. A perceiver of
clean pictures alone takes the flicker of made ones for contacts.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.data.shards import Shards
from phonofilm.evals.judges.matching import match
from phonofilm.model import weights
from phonofilm.model.cues import SLOTS
from phonofilm.model.perceiver import Perceived, Perceiver, PerceiverConfig
from phonofilm.spec import clock
from phonofilm.spec.cues import BODY_FORM, CHANNEL, OF_PERSONS, PULSE
from phonofilm.train import loop
from phonofilm.train.loop import LoopConfig

CONTACT, MOUTH, PLACE = CHANNEL["contact"], CHANNEL["mouth"], [CHANNEL["u"], CHANNEL["v"]]
STEPS = 13
"""Latent steps a sample spans, the first one of them or of the clip."""
SHARE = {"bodies": 1.0, "contact": 1.0, "camera": 0.3, "looked": 0.1}

Cued = tuple[Tensor, Tensor]
"""Bodies ``[B, K, F, C]`` and camera ``[B, F, 7]`` in normal form."""


def worn(
    video_BCShw: Tensor,
    g: torch.Generator,
    *,
    noise: float = 0.5,
    blur: float = 0.4,
    flicker: float = 0.4,
    coarse: float = 0.4,
) -> Tensor:
    """Latents as a generator may leave them: noise of up to ``noise`` deviations in three of four clips; in a share of
    them (the other numbers) blurred over space, brighter and darker from step to step, or without the finer
    channels."""
    out = []
    for x in video_BCShw:
        if torch.rand((), generator=g) < blur:
            soft = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
            x = torch.lerp(x, soft, float(torch.rand((), generator=g)))
        if torch.rand((), generator=g) < coarse:
            keep = int(torch.randint(4, len(x), (), generator=g))
            x = torch.cat([x[:keep], torch.zeros_like(x[keep:])])
        if torch.rand((), generator=g) < flicker:
            x = x + 0.3 * torch.rand((), generator=g) * torch.randn(len(x), x.shape[1], 1, 1, generator=g)
        if torch.rand((), generator=g) < 0.75:
            x = x + noise * torch.rand((), generator=g) * torch.randn(x.shape, generator=g)
        out.append(x)
    return torch.stack(out)


def batch_of(shards: Shards, picked: list[int], g: torch.Generator) -> tuple[Tensor, Cued]:
    """Latents ``[B, C, STEPS, h, w]`` of windows of clips and their cues. All windows begin at one place: the first
    step of a clip holds one frame, so that a window from later on leaves out the frames of its first step but the
    last."""
    last = shards[picked[0]].video.shape[1] - STEPS
    at = 0 if torch.rand((), generator=g) < 0.2 else int(torch.randint(last + 1, (), generator=g))
    frames = slice(at * clock.FRAMES_PER_LATENT, (at + STEPS - 1) * clock.FRAMES_PER_LATENT + 1)
    examples = [shards[i] for i in picked]
    assert all(e.cues is not None for e in examples)
    video = torch.stack([torch.tensor(e.video[:, at : at + STEPS], dtype=torch.float32) for e in examples])
    bodies = torch.stack([torch.tensor(e.cues[0][:SLOTS, frames], dtype=torch.float32) for e in examples])  # type: ignore[index]
    camera = torch.stack([torch.tensor(e.cues[1][frames], dtype=torch.float32) for e in examples])  # type: ignore[index]
    return video, (bodies, camera)


def loss(made: Perceived, clean: Cued) -> tuple[Tensor, dict[str, float]]:
    """Squared errors of what is there, cross-entropy of contacts (bell curves of 0.7 frames: a codec shows them no
    sharper) and of where each slot looks; of the orders of the slots the one that fits a clip best."""
    each = torch.stack(
        [_of_bodies(made, clean[0][:, order]) for order in (list(range(SLOTS)), list(range(SLOTS))[::-1])]
    )  # [2, 3, B]
    best = (each * torch.tensor([SHARE["bodies"], SHARE["contact"], SHARE["looked"]])[:, None]).sum(1).argmin(0)
    bodies, contact, looked = each[best, :, torch.arange(each.shape[2])].mean(0)
    camera = F.mse_loss(made.camera_BFC, clean[1])
    parts = {"bodies": bodies, "contact": contact, "camera": camera, "looked": looked}
    total = sum((SHARE[name] * part for name, part in parts.items()), torch.zeros(()))
    return total, {name: part.item() for name, part in parts.items()}


def _of_bodies(made: Perceived, bodies_BKFC: Tensor) -> Tensor:
    """``[3, B]``: errors of the bodies, of contacts, of where the slots look."""
    here, person = bodies_BKFC[..., :1] > 0, bodies_BKFC[..., 1:2] > 0
    weight = here.float().expand_as(bodies_BKFC).clone()
    weight[..., OF_PERSONS] *= person
    weight[..., 0] = 1.0
    weight[..., CONTACT] = 0.0
    bodies = ((made.bodies_BKFC - bodies_BKFC) ** 2 * weight).mean((1, 2, 3))
    pulse = bodies_BKFC[..., CONTACT] * PULSE
    padded = F.pad(pulse, (1, 1))
    bell = torch.maximum(pulse, 0.36 * torch.maximum(padded[..., :-2], padded[..., 2:])).clamp(0, 1)
    contact = (
        F.binary_cross_entropy_with_logits(made.contact_BKF, bell, weight=1 + 5 * bell, reduction="none").mean((1, 2))
        * 5
    )
    _, steps, _, rows, columns = made.looked_BSKhw.shape
    at = torch.arange(steps) * clock.FRAMES_PER_LATENT
    u, v = (bodies_BKFC[:, :, at, c] * BODY_FORM[c][1] + BODY_FORM[c][0] for c in PLACE)
    column, row = (
        ((u * rows) + columns / 2).floor().clamp(0, columns - 1),
        ((0.5 - v) * rows).floor().clamp(0, rows - 1),
    )
    cell = (row * columns + column).long().transpose(1, 2)
    looked = -made.looked_BSKhw.flatten(3).gather(3, cell[..., None])[..., 0] * here[:, :, at, 0].transpose(1, 2)
    return torch.stack([bodies, contact, looked.mean((1, 2))])


def figures(net: Perceiver, shards: Shards, count: int, seed: int, *, wear: bool) -> dict[str, float]:
    """How well whole clips are read, clean or worn: median distance of the first body's middle from the truth (picture
    heights), share of frames within
    0.05, contacts' recall and precision within a frame, correlation of mouths."""
    g = torch.Generator().manual_seed(seed)
    gaps, pairs, mouths = [], [], []
    for i in range(min(count, len(shards))):
        e = shards[i]
        assert e.cues is not None
        video = torch.tensor(e.video, dtype=torch.float32)[None]
        with torch.no_grad():
            made = net(worn(video, g, noise=0.6, blur=1.0, flicker=1.0, coarse=1.0) if wear else video)
        bodies = torch.tensor(e.cues[0], dtype=torch.float32)
        truth = min((bodies, bodies.flip(0)), key=lambda b: float(_of_bodies(made, b[None])[0]))
        for k in range(SLOTS):
            here = truth[k, :, 0] > 0
            gap = (made.bodies_BKFC[0, k] - truth[k])[here][:, PLACE] * torch.tensor([BODY_FORM[c][1] for c in PLACE])
            gaps.append(gap.norm(dim=-1))
            opening = truth[k, :, MOUTH]
            if here.all() and opening.std() > 0.3:
                mouths.append(float(np.corrcoef(made.bodies_BKFC[0, k, :, MOUTH].numpy(), opening.numpy())[0, 1]))
        pairs.append(
            (
                peaks_of(torch.sigmoid(made.contact_BKF[0]).amax(0).numpy()),
                np.flatnonzero((truth[..., CONTACT] > 0.5 / PULSE).any(0).numpy()),
            )
        )
    away = torch.cat(gaps)
    levels = {level: _met(pairs, level) for level in np.arange(0.15, 0.8, 0.05).round(2).tolist()}
    level = max(levels, key=lambda k: min(levels[k]))
    out = {
        "middle": float(away.median()),
        "within 0.05": float((away < 0.05).float().mean()),
        "mouths": float(np.mean(mouths)) if mouths else float("nan"),
    }
    return {**out, "recall": levels[level][0], "precision": levels[level][1], "threshold": level}


def _met(pairs: list[tuple[tuple[np.ndarray, np.ndarray], np.ndarray]], level: float) -> tuple[float, float]:
    """Recall and precision within a frame of the peaks over ``level``, pooled."""
    matches = [match(truth / clock.FPS, at[height >= level] / clock.FPS) for (at, height), truth in pairs]
    hits = sum(m.matched for m in matches)
    return hits / max(1, sum(m.visual for m in matches)), hits / max(1, sum(m.onsets for m in matches))


def peaks_of(p_F: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frames of the local maxima of a row of probabilities, and their heights."""
    padded = np.pad(p_F, 1)
    at = np.flatnonzero((p_F >= padded[:-2]) & (p_F > padded[2:]))
    return at, p_F[at]


INNER = (".blocks.", ".time.", ".frames", ".world_frames")
"""Whose matrices and kernels are Muon's own."""


def usual(minutes: float) -> LoopConfig:
    """How a run of so many minutes is driven."""
    return LoopConfig(
        minutes=minutes,
        rate=2e-3,
        warmup=30,
        decay_from=0.5,
        weight_decay=0.01,
        optimiser="muon",
        orthogonal=INNER,
        log_every=50,
    )


def train(
    data: Path,
    out: Path,
    held: Path,
    config: LoopConfig,
    *,
    network: PerceiverConfig | None = None,
    batch: int = 8,
    seed: int = 0,
) -> dict[str, float]:
    """Train (or go on with) the run in ``out`` and write ``out/perceiver.safetensors`` with the figures on ``held``,
    where the threshold of contacts is set, too."""
    torch.manual_seed(seed)
    shards, heldout = Shards(data), Shards(held)
    net = Perceiver(replace(network or PerceiverConfig(), channels=shards[0].video.shape[0]))

    def step_loss(_: nn.Module, step: int) -> tuple[Tensor, dict[str, float]]:
        g = torch.Generator().manual_seed(seed * 1_000_003 + step)
        video, clean = batch_of(shards, torch.randint(len(shards), (batch,), generator=g).tolist(), g)
        made = net(worn(video, g))
        with torch.autocast(video.device.type, enabled=False):
            return loss(made, clean)

    steps = loop.run(net, step_loss, config, out, header={"kind": "perceiver"})
    loop.averaged(net, out)
    net.eval()
    plain, rough = (figures(net, heldout, 64, 7, wear=wear) for wear in (False, True))
    net.config = replace(net.config, threshold=plain["threshold"])
    notes = {"steps": float(steps), **plain, **{f"worn {k}": v for k, v in rough.items()}}
    weights.save(
        out / "perceiver.safetensors",
        "perceiver",
        net.config,
        net.state_dict(),
        {k: f"{v:.4g}" for k, v in notes.items()},
    )
    return notes
