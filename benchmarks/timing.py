"""Interleaved timing: A B C, B C A, ..., so that a noisy machine disturbs all alike; ratios are taken within a
round."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds of every round, in order."""

    wall: tuple[float, ...]
    cpu: tuple[float, ...]
    """Processor seconds of the whole process, all threads together (on a GPU: of the host)."""


def interleave(
    cases: Mapping[str, Callable[[], object]], rounds: int, device: torch.device, warm: int = 1
) -> dict[str, Times]:
    """Run every case ``warm`` times unseen, then once per round; each round begins with another case."""

    def once(case: Callable[[], object]) -> tuple[float, float]:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        wall, cpu = time.perf_counter(), time.process_time()
        case()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter() - wall, time.process_time() - cpu

    names = list(cases)
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    with torch.inference_mode():
        for name in names:
            for _ in range(warm):
                once(cases[name])
        for r in range(rounds):
            first = r % len(names)
            for name in names[first:] + names[:first]:
                seen[name].append(once(cases[name]))
    return {name: Times(wall=tuple(w for w, _ in runs), cpu=tuple(c for _, c in runs)) for name, runs in seen.items()}


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """How many times as long as ours the other took: above 1, ours is faster."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f}..{self.most:.2f})"


def ratio(other: Sequence[float], ours: Sequence[float]) -> Ratio:
    """Round by round, then the median and the extremes."""
    each = [a / b for a, b in zip(other, ours, strict=True)]
    return Ratio(median=statistics.median(each), least=min(each), most=max(each))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = [head, ["-" * w for w in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |" for line in lines
    )


def median(x: Sequence[float]) -> float:
    """Of a case's rounds."""
    return statistics.median(x)
