"""Trains the judges' networks on the theatre: ``python -m phonofilm.evals.train_judges parser|contacts|onsets|phonemes --minutes M``.

Scenes are made once into ``--scenes`` and shared. Every run ends by judging scenes it has never seen; the figures go into the weight file.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.evals import rehearsal, stats, train_phonemes
from phonofilm.evals.heldout import ATTRIBUTES
from phonofilm.evals.matching import match
from phonofilm.evals.parser import MOMENTS, STRIDE, Parser, ParserConfig, describe, mirrored, paired, slides
from phonofilm.evals.rehearsal import Scene
from phonofilm.evals.sync import HEIGHT, WIDTH, Ear, EarConfig, Eye, EyeConfig, merged, small, sound_onsets, visual_contacts
from phonofilm.model import mel, weights
from phonofilm.model.precision import fast_bf16
from phonofilm.spec import clock

HELD_OUT = 60
"""Scenes the judges are judged on."""
Unseen = Callable[[], list[Scene]]
"""Fetches them, once training is done."""
_MELS = clock.SAMPLE_RATE / clock.MEL_HOP


def worn(x_FCHW: Tensor, rng: np.random.Generator) -> Tensor:
    """Pictures 0..1 as a generator or a codec may leave them: blurred, blocky, noisy, a little off in colour and brightness."""
    x = x_FCHW
    if rng.random() < 0.4:
        scale = float(rng.uniform(0.35, 0.9))
        x = F.interpolate(F.interpolate(x, scale_factor=scale, mode="area"), size=x.shape[-2:], mode="bilinear", align_corners=False)
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
    """Soft targets [count]: bell curves of ``width`` steps round each time (seconds); step n stands for (n + late) / per_second."""
    at = torch.arange(count) + late
    out = torch.zeros(count)
    for t in times:
        out = torch.maximum(out, torch.exp(-0.5 * ((at - t * per_second) / width) ** 2))
    return out


def minutes_of(minutes: float, rate: float, net: nn.Module) -> Iterator[tuple[torch.optim.Optimizer, float]]:
    """Steps of AdamW with warm-up and linear decay over ``minutes`` of computing time (a paused or crowded machine takes nothing away):
    (optimiser, share of the time spent)."""
    if _start:
        net.load_state_dict(_start.pop())
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.02)
    began, step = time.process_time(), 0
    while (spent := (time.process_time() - began) / (60 * minutes)) < 1.0:
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 30) * max(0.02, 1.0 - spent)
        yield optimiser, spent
        step += 1
        if step % 100 == 0:
            print(f"step {step} {spent:.0%}", flush=True)


_recent: list[float] = []
_start: list[dict[str, Tensor]] = []
"""Weights to train on from, if asked for."""


def descend(loss: Tensor, net: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    """One step down; says how it goes every hundred."""
    _recent.append(loss.item())
    if len(_recent) == 100:
        print(f"loss {np.mean(_recent):.4f}", flush=True)
        _recent.clear()
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimiser.step()


def focal(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy on soft, rare targets: positives weigh six times."""
    return F.binary_cross_entropy_with_logits(logits, target, weight=1 + 5 * target)


def train_contacts(scenes: list[Scene], unseen: Unseen, minutes: float, seed: int) -> tuple[Eye, dict[str, str]]:
    """The eye, from pictures alone."""
    rng, net = np.random.default_rng(seed), Eye(EyeConfig())
    window, size = 32, 8
    for optimiser, _ in minutes_of(minutes, 2e-3, net):
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
        with torch.autocast("cpu", torch.bfloat16, enabled=fast_bf16()):
            logits, opening, spots = net.look(torch.stack(pictures))
        inner = slice(4, -4)
        loss = focal(logits.float()[:, inner], torch.stack(contact)[:, inner]) + 0.5 * F.smooth_l1_loss(opening.float()[:, inner], torch.stack(mouth)[:, inner])
        # Where it happens is taught too: without that, a contact is a needle in 144 haystacks.
        loss = loss + 20 * focal(spots.float()[:, inner], torch.stack(places)[:, inner])
        descend(loss, net, optimiser)
    net.eval()
    held_out = unseen()
    probabilities = [visual_probabilities(net, s) for s in held_out]
    net.config = EyeConfig(threshold=best_threshold(lambda level: score([times_over(p, level, clock.FPS, -0.5) for p in probabilities], [s.seen for s in held_out])))
    return net, notes_of(score([visual_contacts(s.frames, net) for s in held_out], [s.seen for s in held_out]))


def heat_map(s: Scene) -> Tensor:
    """Soft targets [F, 9, 16]: bell curves in time (as for the whole picture) and space (one cell wide) round every contact seen."""
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


def train_onsets(scenes: list[Scene], unseen: Unseen, minutes: float, seed: int) -> tuple[Ear, dict[str, str]]:
    """The ear, from sound alone."""
    rng, net = np.random.default_rng(seed), Ear(EarConfig())
    pictures = [mel.log_mel(torch.from_numpy(s.sound)[None])[0] for s in scenes]
    targets = [bells(s.heard, p.shape[1], _MELS, 0.5, 1.0) for s, p in zip(scenes, pictures, strict=True)]
    window, size = 240, 24
    for optimiser, _ in minutes_of(minutes, 2e-3, net):
        x, y = [], []
        for _ in range(size):
            k = int(rng.integers(len(scenes)))
            start = int(rng.integers(0, pictures[k].shape[1] - window))
            part = pictures[k][:, start : start + window]
            if rng.random() < 0.5:  # a codec's haze
                part = part + float(rng.uniform(0, 0.5)) * torch.randn_like(part)
            if rng.random() < 0.5:  # a colour of its own
                part = part + torch.linspace(-1, 1, mel.BINS)[:, None] * float(rng.uniform(-0.8, 0.8))
            if rng.random() < 0.3:
                part = torch.maximum(part, torch.tensor(float(rng.uniform(-8, -5.5))))
            x.append(part)
            y.append(targets[k][start : start + window])
        logits = net(torch.stack(x))
        inner = slice(16, -16)
        descend(focal(logits[:, inner], torch.stack(y)[:, inner]), net, optimiser)
    net.eval()
    held_out = unseen()
    with torch.no_grad():
        heard = [torch.sigmoid(net(mel.log_mel(torch.from_numpy(s.sound)[None]))[0]).numpy() for s in held_out]
    net.config = EarConfig(threshold=best_threshold(lambda level: score([times_over(p, level, _MELS, 0.5) for p in heard], [s.heard for s in held_out])))
    return net, notes_of(score([sound_onsets(s.sound, clock.SAMPLE_RATE, net) for s in held_out], [s.heard for s in held_out]))


def times_over(p: np.ndarray, level: float, per_second: float, late: float) -> np.ndarray:
    """Times of the peaks of ``p`` over ``level``, as the judges pick them."""
    from phonofilm.evals.sync import APART, peaks

    return (peaks(p, level, round(APART * per_second)) + late).clip(0) / per_second


def score(found: list[np.ndarray], truth: list[np.ndarray]) -> tuple[stats.Share, stats.Share]:
    """(recall, precision) within a frame, pooled over scenes; truths nearer than the judges tell apart are one."""
    matches = [match(merged(t), f) for f, t in zip(found, truth, strict=True)]
    hits = np.array([m.matched for m in matches])
    return stats.pooled(hits, np.array([m.visual for m in matches])), stats.pooled(hits, np.array([m.onsets for m in matches]))


def best_threshold(judge: Callable[[float], tuple[stats.Share, stats.Share]]) -> float:
    """The level at which the smaller of recall and precision is largest."""
    return max((0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65), key=lambda level: min(s.value if s.n else 0.0 for s in judge(level)))


def notes_of(shares: tuple[stats.Share, stats.Share]) -> dict[str, str]:
    """Figures for the weight file."""
    return {"recall on held-out scenes": str(shares[0]), "precision on held-out scenes": str(shares[1])}


def train_parser(scenes: list[Scene], unseen: Unseen, minutes: float, seed: int) -> tuple[Parser, dict[str, str]]:
    """The parser, from pictures alone."""
    rng = np.random.default_rng(seed)
    counts = {a: Counter(s.labels[a] for s in scenes if a in s.labels) for a in ATTRIBUTES}
    table = {a: sorted(v for v, n in c.items() if n >= 4) for a, c in counts.items() if c}
    net = Parser(ParserConfig(classes=tuple(f"{a}={' '.join(values)}" for a, values in table.items())))
    rare = {a: torch.tensor([counts[a][v] for v in values]).float().rsqrt() for a, values in table.items()}
    moved = [slides(small(s.frames)) for s in scenes]
    for optimiser, _ in minutes_of(minutes, 2e-3, net):
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
        with torch.autocast("cpu", torch.bfloat16, enabled=fast_bf16()):
            answers, found = net.look(torch.stack(x), torch.stack(slid))
        # Where the subject is is taught too: its colour is that of a few pixels.
        loss = 5 * focal(found.float(), torch.stack(spots))
        for a, logits in answers.items():
            target = torch.tensor(y[a])
            if (target >= 0).any():
                loss = loss + F.cross_entropy(logits.float(), target, weight=rare[a] / rare[a].mean(), label_smoothing=0.05)
        descend(loss, net, optimiser)
    net.eval()
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
            out[n] = torch.exp(-0.5 * ((rows[:, None] - 18 * y) / wide) ** 2 - 0.5 * ((columns - 32 * x) / max(0.8, 0.6 * wide)) ** 2)
    return out


def main(argv: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m phonofilm.evals.train_judges", description=__doc__)
    parser.add_argument("judge", choices=("parser", "contacts", "onsets", "phonemes", "scenes"))
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--clips", type=int, default=600, help="training scenes")
    parser.add_argument("--from-clip", type=int, default=0, help="first scene to make (with 'scenes', to share the work out)")
    parser.add_argument("--scenes", type=Path, default=Path("build/rehearsal"), help="folder of scenes, filled as needed")
    parser.add_argument("--out", type=Path, default=weights.FOLDER)
    parser.add_argument("--further", action="store_true", help="train on from the weights in --out (contacts, parser)")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    torch.manual_seed(args.seed)
    if args.judge == "phonemes":
        print(train_phonemes.train(args.minutes, args.out, args.seed))
        return
    train: list[Scene] = []
    picture = args.judge != "onsets"
    for k in range(args.from_clip, args.clips):
        s = rehearsal.cached(args.scenes, k, picture=picture)
        if args.judge != "scenes":
            train.append(s)

    def unseen() -> list[Scene]:
        return [rehearsal.cached(args.scenes, k, picture=picture, held_out=True) for k in range(HELD_OUT)]

    if args.judge == "scenes":
        unseen()
        return
    work: dict[str, Callable[[list[Scene], Unseen, float, int], tuple[nn.Module, dict[str, str]]]] = {
        "contacts": train_contacts, "onsets": train_onsets, "parser": train_parser,
    }
    start = args.out / f"judge-{args.judge}.safetensors"
    if args.further:
        _start.append(weights.load(start, f"judge-{args.judge}").tensors)
    net, notes = work[args.judge](train, unseen, args.minutes, args.seed)
    notes = {"data": f"{len(train)} scenes of the theatre", "minutes": f"{args.minutes:g} on one core", **notes}
    print(notes)
    weights.save(args.out / f"judge-{args.judge}.safetensors", f"judge-{args.judge}", net.config, net.state_dict(), notes)


if __name__ == "__main__":
    main()
