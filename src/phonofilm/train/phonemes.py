"""Trains the phoneme recogniser on the theatre's voices: framewise first (truth timing), then by CTC (order alone)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from scipy.signal import fftconvolve, resample_poly
from torch import Tensor, nn

from phonofilm.evals.judges import lines
from phonofilm.evals.judges.speech import BLANK, STEP, PhonemeConfig, PhonemeNet, phoneme_errors
from phonofilm.model import mel, weights
from phonofilm.spec import clock
from phonofilm.theatre.sound import speech
from phonofilm.train import loop
from phonofilm.train.loop import LoopConfig

Item = tuple[np.ndarray, list[tuple[float, float, str]]]
SECONDS = 3.0
FRESH = 6
"""New lines per step."""


def spoken(text: str, language: str, voice: float) -> Item:
    """A line at 24 kHz with its phonemes (start, end, symbol), from 0."""
    wave, timed = speech.speak(text, language, voice)
    return resample_poly(wave, 1, 2).astype(np.float32), [(p.start, p.end, p.symbol) for p in timed]


def make_bank(per_language: int, seed: int) -> list[Item]:
    """Training lines of all languages with voices from 0.7 to 1.6."""
    rng = np.random.default_rng(seed)
    made = [
        spoken(lines.shuffled_line(code, rng), code, float(rng.uniform(0.7, 1.6)))
        for _ in range(per_language)
        for code in lines.TRAIN
    ]
    return [m for m in made if m[1]]


def disturbed(wave: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A line as it may sound in a scene: a room, a tilt, noise of 15 to 50 dB below, another loudness."""
    if rng.random() < 0.6:
        n = int(rng.uniform(0.05, 0.5) * clock.SAMPLE_RATE)
        room = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n) * rng.uniform(0.005, 0.04)
        room[0] = 1.0
        wave = fftconvolve(wave, room)[: len(wave)]
    if rng.random() < 0.5:
        a = rng.uniform(0.0, 0.6)
        wave = wave - a * np.concatenate([[0.0], wave[:-1]]) * rng.choice([-0.6, 1.0])
    if rng.random() < 0.7:
        noise = np.cumsum(rng.standard_normal(len(wave))) if rng.random() < 0.3 else rng.standard_normal(len(wave))
        noise = noise - noise.mean()
        wave = wave + noise * wave.std() / (noise.std() + 1e-9) * 10 ** (-rng.uniform(15, 50) / 20)
    return (wave * rng.uniform(0.4, 2.0)).astype(np.float32)


def batch(
    bank: list[Item], size: int, classes: dict[str, int], rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor, list[list[int]]]:
    """log-mel [B, 80, T], framewise classes [B, T/2], and each crop's order of classes."""
    n = int(SECONDS * clock.SAMPLE_RATE)
    steps = round(SECONDS / STEP)
    waves, targets, orders = np.zeros((size, n), np.float32), np.zeros((size, steps), np.int64), []
    for b in range(size):
        wave, timed = bank[int(rng.integers(len(bank)))]
        wave = disturbed(wave, rng)
        late = (
            float(rng.uniform(0.0, 0.3))
            if len(wave) < n
            else -float(rng.uniform(0, (len(wave) - n) / clock.SAMPLE_RATE))
        )
        at = round(late * clock.SAMPLE_RATE)
        piece = wave[max(0, -at) : max(0, -at) + n - max(0, at)]
        waves[b, max(0, at) : max(0, at) + len(piece)] = piece
        waves[b] += rng.standard_normal(n).astype(np.float32) * 10 ** rng.uniform(-5, -3)
        order = []
        for start, end, symbol in timed:
            lo, hi = start + late, end + late
            if hi <= 0.02 or lo >= SECONDS - 0.02 or symbol not in classes:
                continue
            targets[b, max(0, round(lo / STEP)) : round(hi / STEP)] = classes[symbol]
            order.append(classes[symbol])
        orders.append(order)
    return mel.log_mel(torch.from_numpy(waves)), torch.from_numpy(targets), orders


def judge(net: PhonemeNet) -> dict[str, float]:
    """Phoneme error rate on the test sentences, three voices each: per language and "all"."""
    out, edits, total = {}, 0, 0
    for code, texts in lines.TEST.items():
        e = n = 0
        for k, text in enumerate(texts):
            for voice in (0.8, 1.0, 1.35):
                wave, timed = spoken(text, code, voice + 0.02 * k)
                a, b = phoneme_errors([s for _, _, s in timed], np.pad(wave, 2400), clock.SAMPLE_RATE, net)
                e, n = e + a, n + b
        out[code] = e / max(n, 1)
        edits, total = edits + e, total + n
    return {**out, "all": edits / max(total, 1)}


FRAMEWISE = 300
"""Steps before the order alone is taught, too."""


def train(out: Path, config: LoopConfig, seed: int = 0) -> dict[str, str]:
    """Train (or go on with) the run in ``out`` and write ``out/judge-phonemes.safetensors``; returns its notes, with
    the error rates on the test sentences. The bank of lines is made anew for each leg."""
    torch.manual_seed(seed)
    bank = make_bank(220, seed)
    classes = {"_": BLANK} | {
        s: i for i, s in enumerate(sorted({s for _, timed in bank for _, _, s in timed if s != "_"}), 1)
    }
    net = PhonemeNet(PhonemeConfig(symbols=tuple(sorted(set(classes) - {"_"}))))
    codes = list(lines.TRAIN)

    def step_loss(_: nn.Module, step: int) -> tuple[Tensor, dict[str, float]]:
        rng = np.random.default_rng([seed, step])
        for k in range(FRESH):  # new lines all the time, or the network learns the bank by heart
            code = codes[(step * FRESH + k) % len(codes)]
            bank[int(rng.integers(len(bank)))] = spoken(
                lines.shuffled_line(code, rng), code, float(rng.uniform(0.7, 1.6))
            )
        x, frames, orders = batch(bank, 16, classes, rng)
        logp = net(x + 0.1 * torch.randn(x.shape, generator=torch.Generator().manual_seed(seed * 1_000_003 + step)))
        loss = F.nll_loss(logp.flatten(0, 1), frames.flatten())
        if step >= FRAMEWISE:
            lengths = torch.tensor([len(o) for o in orders])
            flat = torch.tensor([s for o in orders for s in o])
            ctc = F.ctc_loss(
                logp.transpose(0, 1),
                flat,
                torch.full((len(orders),), logp.shape[1]),
                lengths,
                blank=BLANK,
                zero_infinity=True,
            )
            loss = ctc + 0.1 * loss
        return loss, {}

    steps = loop.run(net, step_loss, replace(config, bf16=False), out, header={"kind": "judge-phonemes"})
    loop.averaged(net, out)
    net.eval()
    notes = {
        "data": f"{len(bank) + FRESH * steps} lines of {speech.speech_engine()}, eight languages",
        "steps": str(steps),
    }
    notes |= {f"PER {k}": f"{v:.3f}" for k, v in judge(net).items()}
    weights.save(out / "judge-phonemes.safetensors", "judge-phonemes", net.config, net.state_dict(), notes)
    return notes
