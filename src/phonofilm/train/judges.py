"""Trains the judges' networks on the theatre: ``phonofilm train judge parser|contacts|onsets|phonemes --out DIR
--minutes M``.

Scenes are made once into ``--scenes`` and shared. Every run ends by judging scenes it has never seen; the figures go
into the weight file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.evals import stats
from phonofilm.evals.heldout import ATTRIBUTES
from phonofilm.evals.judges import rehearsal
from phonofilm.evals.judges.matching import match
from phonofilm.evals.judges.parser import MOMENTS, STRIDE, Parser, ParserConfig, describe, mirrored, paired, slides
from phonofilm.evals.judges.rehearsal import Scene
from phonofilm.evals.judges.sync import (
    HEIGHT,
    WIDTH,
    Ear,
    EarConfig,
    Eye,
    EyeConfig,
    merged,
    small,
    sound_onsets,
    visual_contacts,
)
from phonofilm.model import mel, weights
from phonofilm.spec import clock
from phonofilm.train import loop
from phonofilm.train.loop import LoopConfig

HELD_OUT = 60
"""Scenes the judges are judged on."""
Unseen = Callable[[], list[Scene]]
"""Fetches them, once training is done."""
StepLoss = Callable[[nn.Module, int], tuple[Tensor, dict[str, float]]]
_MELS = clock.SAMPLE_RATE / clock.MEL_HOP


def worn(x_FCHW: Tensor, rng: np.random.Generator) -> Tensor:
    """Pictures 0..1 as a generator or a codec may leave them: blurred, blocky, noisy, a little off in colour and
    brightness."""
    x = x_FCHW
    if rng.random() < 0.4:
        scale = float(rng.uniform(0.35, 0.9))
        x = F.interpolate(
            F.interpolate(x, scale_factor=scale, mode="area"), size=x.shape[-2:], mode="bilinear", align_corners=False
        )
    if rng.random() < 0.3:
        x = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
    if rng.random() < 0.5:
        gain = 1 + 0.06 * torch.from_numpy(rng.standard_normal((1, 3, 1, 1))).float()
        x = x * gain + 0.03 * float(rng.standard_normal())
    if rng.random() < 0.35:
        at = int(rng.integers(len(_noise()) - len(x))) if len(x) < len(_noise()) else 0
        noise = _noise()[at : at + len(x)].roll((int(rng.integers(72)), int(rng.integers(128))), (-2, -1))
        x = x + float(rng.uniform(-0.04, 0.04)) * noise
    return x.clamp(0, 1)


@lru_cache(maxsize=1)
def _noise() -> Tensor:
    return torch.randn(96, 3, 72, 128)


def bells(times: np.ndarray, count: int, per_second: float, late: float, width: float) -> Tensor:
    """Soft targets [count]: bell curves of ``width`` steps round each time (seconds); step n stands for (n + late) /
    per_second."""
    at = torch.arange(count) + late
    out = torch.zeros(count)
    for t in times:
        out = torch.maximum(out, torch.exp(-0.5 * ((at - t * per_second) / width) ** 2))
    return out


def usual(minutes: float) -> LoopConfig:
    """How a judge's run is driven: AdamW, the rate falling from the beginning on."""
    return LoopConfig(
        minutes=minutes, rate=2e-3, warmup=30, decay_from=0.0, weight_decay=0.02, betas=(0.9, 0.999), log_every=100
    )


def descend(net: nn.Module, step_loss: StepLoss, config: LoopConfig, out: Path) -> None:
    """Train ``net``, or go on with the run in ``out``; it ends with the averaged weights, ready to judge."""
    loop.run(net, step_loss, config, out, header={"kind": type(net).__name__})
    loop.averaged(net, out)
    net.eval()


def focal(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy on soft, rare targets: positives weigh six times."""
    return F.binary_cross_entropy_with_logits(logits, target, weight=1 + 5 * target)


def train_contacts(
    net: Eye, scenes: list[Scene], unseen: Unseen, config: LoopConfig, out: Path, seed: int
) -> tuple[Eye, dict[str, str]]:
    """The eye, from pictures alone."""
    window, size = 32, 8

    def step_loss(_: nn.Module, step: int) -> tuple[Tensor, dict[str, float]]:
        rng = np.random.default_rng([seed, step])
        pictures, contact, mouth, places = [], [], [], []
        for _ in range(size):
            s = scenes[int(rng.integers(len(scenes)))]
            n = len(s.frames)
            start = int(rng.integers(0, n - window))
            if len(s.seen) and rng.random() < 0.6:
                start = int(np.clip(rng.choice(s.seen) * clock.FPS - rng.integers(6, window - 6), 0, n - window))
            x, heat = worn(small(s.frames[start : start + window]), rng), heat_map(s)[start : start + window]
            flip = rng.random() < 0.5
            pictures.append(x.flip(-1) if flip else x)
            places.append(heat.flip(-1) if flip else heat)
            contact.append(bells(s.seen, n, clock.FPS, -0.5, 0.7)[start : start + window])
            mouth.append(torch.from_numpy(s.mouth[start : start + window]))
        logits, opening, spots = net.look(torch.stack(pictures))
        inner = slice(4, -4)
        loss = focal(logits.float()[:, inner], torch.stack(contact)[:, inner])
        loss = loss + 0.5 * F.smooth_l1_loss(opening.float()[:, inner], torch.stack(mouth)[:, inner])
        # Where it happens is taught too: without that, a contact is a needle in 144 haystacks.
        return loss + 20 * focal(spots.float()[:, inner], torch.stack(places)[:, inner]), {}

    descend(net, step_loss, config, out)
    held_out = unseen()
    probabilities = [visual_probabilities(net, s) for s in held_out]
    truth = [s.seen for s in held_out]
    net.config = EyeConfig(
        threshold=best_threshold(
            lambda level: score([times_over(p, level, clock.FPS, -0.5) for p in probabilities], truth)
        )
    )
    return net, notes_of(score([visual_contacts(s.frames, net) for s in held_out], [s.seen for s in held_out]))


def heat_map(s: Scene) -> Tensor:
    """Soft targets [F, 9, 16]: bell curves in time (as for the whole picture) and space (one cell wide) round every
    contact seen."""
    n = len(s.frames)
    rows, columns = torch.arange(HEIGHT // 8) + 0.5, torch.arange(WIDTH // 8) + 0.5
    out = torch.zeros(n, HEIGHT // 8, WIDTH // 8)
    for t, (x, y) in zip(s.seen, s.where, strict=True):
        spot = torch.exp(-0.5 * (rows[:, None] - y * HEIGHT / 8) ** 2 - 0.5 * (columns - x * WIDTH / 8) ** 2)
        out = torch.maximum(out, bells(np.array([t]), n, clock.FPS, -0.5, 0.7)[:, None, None] * spot)
    return out


@torch.no_grad()
def visual_probabilities(net: Eye, s: Scene) -> np.ndarray:
    """[F] contact probabilities of a scene."""
    return torch.sigmoid(net(small(s.frames)[None])[0][0]).numpy()


def train_onsets(
    net: Ear, scenes: list[Scene], unseen: Unseen, config: LoopConfig, out: Path, seed: int
) -> tuple[Ear, dict[str, str]]:
    """The ear, from sound alone."""
    pictures = [mel.log_mel(torch.from_numpy(s.sound)[None])[0] for s in scenes]
    targets = [bells(s.heard, p.shape[1], _MELS, 0.5, 1.0) for s, p in zip(scenes, pictures, strict=True)]
    window, size = 240, 24

    def step_loss(_: nn.Module, step: int) -> tuple[Tensor, dict[str, float]]:
        rng = np.random.default_rng([seed, step])
        g = torch.Generator().manual_seed(seed * 1_000_003 + step)
        x, y = [], []
        for _ in range(size):
            k = int(rng.integers(len(scenes)))
            start = int(rng.integers(0, pictures[k].shape[1] - window))
            part = pictures[k][:, start : start + window]
            if rng.random() < 0.5:  # a codec's haze
                part = part + float(rng.uniform(0, 0.5)) * torch.randn(part.shape, generator=g)
            if rng.random() < 0.5:  # a colour of its own
                part = part + torch.linspace(-1, 1, mel.BINS)[:, None] * float(rng.uniform(-0.8, 0.8))
            if rng.random() < 0.3:
                part = torch.maximum(part, torch.tensor(float(rng.uniform(-8, -5.5))))
            x.append(part)
            y.append(targets[k][start : start + window])
        logits = net(torch.stack(x))
        inner = slice(16, -16)
        return focal(logits.float()[:, inner], torch.stack(y)[:, inner]), {}

    descend(net, step_loss, replace(config, bf16=False), out)
    held_out = unseen()
    with torch.no_grad():
        heard = [torch.sigmoid(net(mel.log_mel(torch.from_numpy(s.sound)[None]))[0]).numpy() for s in held_out]
    truth = [s.heard for s in held_out]
    net.config = EarConfig(
        threshold=best_threshold(lambda level: score([times_over(p, level, _MELS, 0.5) for p in heard], truth))
    )
    return net, notes_of(
        score([sound_onsets(s.sound, clock.SAMPLE_RATE, net) for s in held_out], [s.heard for s in held_out])
    )


def times_over(p: np.ndarray, level: float, per_second: float, late: float) -> np.ndarray:
    """Times of the peaks of ``p`` over ``level``, as the judges pick them."""
    from phonofilm.evals.judges.sync import APART, peaks

    return (peaks(p, level, round(APART * per_second)) + late).clip(0) / per_second


def score(found: list[np.ndarray], truth: list[np.ndarray]) -> tuple[stats.Share, stats.Share]:
    """(recall, precision) within a frame, pooled over scenes; truths nearer than the judges tell apart are one."""
    matches = [match(merged(t), f) for f, t in zip(found, truth, strict=True)]
    hits = np.array([m.matched for m in matches])
    return stats.pooled(hits, np.array([m.visual for m in matches])), stats.pooled(
        hits, np.array([m.onsets for m in matches])
    )


def best_threshold(judge: Callable[[float], tuple[stats.Share, stats.Share]]) -> float:
    """The level at which the smaller of recall and precision is largest."""
    return max(
        (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65),
        key=lambda level: min(s.value if s.n else 0.0 for s in judge(level)),
    )


def notes_of(shares: tuple[stats.Share, stats.Share]) -> dict[str, str]:
    """Figures for the weight file."""
    return {"recall on held-out scenes": str(shares[0]), "precision on held-out scenes": str(shares[1])}


def table_of(scenes: list[Scene]) -> dict[str, list[str]]:
    """The values of each attribute that scenes show often enough to be learnt."""
    counts = {a: Counter(s.labels[a] for s in scenes if a in s.labels) for a in ATTRIBUTES}
    return {a: sorted(v for v, n in c.items() if n >= 4) for a, c in counts.items() if c}


def train_parser(
    net: Parser, scenes: list[Scene], unseen: Unseen, config: LoopConfig, out: Path, seed: int
) -> tuple[Parser, dict[str, str]]:
    """The parser, from pictures alone."""
    table = {a: values.split() for a, _, values in (line.partition("=") for line in net.config.classes)}
    counts = {a: Counter(s.labels[a] for s in scenes if a in s.labels) for a in table}
    rare = {a: torch.tensor([max(1, counts[a][v]) for v in values]).float().rsqrt() for a, values in table.items()}
    moved = [slides(small(s.frames)) for s in scenes]

    def step_loss(_: nn.Module, step: int) -> tuple[Tensor, dict[str, float]]:
        rng = np.random.default_rng([seed, step])
        x, slid, spots, y = [], [], [], {a: [] for a in table}
        for _ in range(12):
            k = int(rng.integers(len(scenes)))
            s = scenes[k]
            at = np.linspace(int(rng.integers(0, 7)), len(s.frames) - 1 - STRIDE, MOMENTS).round().astype(int)
            frames = worn(small(s.frames[np.concatenate([at, at + STRIDE])]), rng)
            flip = rng.random() < 0.5
            frames = frames.flip(-1) if flip else frames
            x.append(paired(*frames.chunk(2)))
            slid.append((mirrored(moved[k]) if flip else moved[k]) * float(rng.uniform(0.7, 1.3)))
            heat = subject_map(s.subject[at])
            spots.append(heat.flip(-1) if flip else heat)
            for a, values in table.items():
                value = s.labels.get(a, "")
                value = MIRROR.get(value, value) if flip else value
                y[a].append(values.index(value) if value in values else -100)
        answers, found = net.look(torch.stack(x), torch.stack(slid))
        # Where the subject is is taught too: its colour is that of a few pixels.
        loss = 5 * focal(found.float(), torch.stack(spots))
        for a, logits in answers.items():
            target = torch.tensor(y[a])
            if (target >= 0).any():
                loss = loss + F.cross_entropy(
                    logits.float(), target, weight=rare[a] / rare[a].mean(), label_smoothing=0.05
                )
        return loss, {}

    descend(net, step_loss, config, out)
    held_out = unseen()
    notes = {}
    right: dict[str, list[bool]] = {a: [] for a in table}
    for s in held_out:
        for a, value in describe(s.frames, net).items():
            if s.labels.get(a) in table[a]:
                right[a].append(value == s.labels[a])
    for a, marks in right.items():
        notes[f"{a} right on held-out scenes"] = str(stats.wilson(sum(marks), len(marks)))
    return net, notes


MIRROR = {"pan_left": "pan_right", "pan_right": "pan_left"}


def subject_map(track: np.ndarray) -> Tensor:
    """Soft targets [N, 18, 32] for the subject's place, from [N, 3] of ``Scene.subject``."""
    rows, columns = torch.arange(18) + 0.5, torch.arange(32) + 0.5
    out = torch.zeros(len(track), 18, 32)
    for n, (x, y, h) in enumerate(track.tolist()):
        if h > 0:
            wide = max(0.8, 18 * h / 6)
            out[n] = torch.exp(
                -0.5 * ((rows[:, None] - 18 * y) / wide) ** 2 - 0.5 * ((columns - 32 * x) / max(0.8, 0.6 * wide)) ** 2
            )
    return out


def train(
    judge: str,
    out: Path,
    *,
    minutes: float,
    scenes: Path,
    clips: int,
    first: int = 0,
    start: Path | None = None,
    seed: int = 0,
) -> dict[str, str]:
    """Train (or go on with) the run of ``judge`` in ``out`` on ``clips`` scenes, from ``start``'s weights on where
    given; writes ``out/judge-NAME.safetensors`` and returns its notes. ``judge`` "scenes" makes the scenes from
    ``first`` on and no more."""
    torch.manual_seed(seed)
    picture = judge != "onsets"
    shown = [rehearsal.cached(scenes, k, picture=picture) for k in range(first, clips)]

    def unseen() -> list[Scene]:
        return [rehearsal.cached(scenes, k, picture=picture, held_out=True) for k in range(HELD_OUT)]

    if judge == "scenes":
        unseen()
        return {}
    begun = weights.load(start, f"judge-{judge}") if start else None
    nets: dict[str, Callable[[], nn.Module]] = {
        "contacts": lambda: Eye(EyeConfig()),
        "onsets": lambda: Ear(EarConfig()),
        "parser": lambda: Parser(
            weights.config_of(begun, ParserConfig)
            if begun
            else ParserConfig(classes=tuple(f"{a}={' '.join(v)}" for a, v in table_of(shown).items()))
        ),
    }
    work: dict[str, Callable[..., tuple[nn.Module, dict[str, str]]]] = {
        "contacts": train_contacts,
        "onsets": train_onsets,
        "parser": train_parser,
    }
    net = nets[judge]()
    if begun:
        weights.fill(net, begun)
    net, notes = work[judge](net, shown, unseen, usual(minutes), out, seed)
    notes = {"data": f"{len(shown)} scenes of the theatre", "minutes": f"{minutes:g}", **notes}
    weights.save(out / f"judge-{judge}.safetensors", f"judge-{judge}", net.config, net.state_dict(), notes)
    return notes
