"""Tables from measured clips: every percentage with its N and a 95 % interval, the truth, the engines and chance side
by side.

A *row* here is what ``suite.measure`` wrote of one clip (a dict, see there). Chance is made from the same rows: the
sound of one clip against the picture of another, the description of one clip against the prompt of another, many times
over.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from phonofilm.evals import stats
from phonofilm.evals.heldout import ATTRIBUTES
from phonofilm.evals.judges import planned
from phonofilm.evals.judges.matching import TOLERANCE, match
from phonofilm.evals.stats import Share
from phonofilm.media.video import whole
from phonofilm.spec import clock

Row = dict[str, Any]
SHUFFLES = 200


def sync_table(rows: Sequence[Row], order: np.ndarray | None = None) -> dict[str, Any]:
    """Pooled recall, precision and median absolute offset (frames, misses infinite) of clips; ``order`` [clips] gives
    each picture the sound of another clip. Clips without a contact seen and an onset heard count with what they
    have."""
    order = np.arange(len(rows)) if order is None else order
    found = [match(np.array(rows[i]["contacts"]), np.array(rows[j]["onsets"]), TOLERANCE) for i, j in enumerate(order)]
    hits = np.array([m.matched for m in found])
    return {
        "recall": stats.pooled(hits, np.array([m.visual for m in found])),
        "precision": stats.pooled(hits, np.array([m.onsets for m in found])),
        "offset": tuple(
            clock.FPS * v for v in stats.bootstrap([m.offsets for m in found], lambda x: float(np.median(x)), draws=400)
        ),
        "clips": len(rows),
    }


def derangements(rows: Sequence[Row], count: int, seed: int = 0) -> list[np.ndarray]:
    """``count`` shuffles in which no clip keeps its own partner and partners are of the same length; of twenty draws
    each, the one that pairs the fewest clips of one prompt is taken. Empty when there are fewer than three clips."""
    rng, out = np.random.default_rng(seed), []
    lengths = [round(float(r["seconds"]), 2) for r in rows]
    prompts = np.array([str(r.get("prompt", k)) for k, r in enumerate(rows)])
    groups = [np.flatnonzero([length == other for other in lengths]) for length in sorted(set(lengths))]
    if len(rows) < 3:
        return []
    for _ in range(count):
        order = np.arange(len(rows))
        for group in groups:
            if len(group) > 1:
                tries = [rng.permutation(group) for _ in range(20 if len(set(prompts)) < len(prompts) else 1)]
                ring = min(tries, key=lambda r: int((prompts[r] == prompts[np.roll(r, 1)]).sum()))
                order[ring] = np.roll(ring, 1)
        out.append(order)
    return out


def chance_sync(rows: Sequence[Row], shuffles: int = SHUFFLES) -> dict[str, Any]:
    """As :func:`sync_table` for sounds against other clips' pictures: means over shuffles; the interval holds 95 % of
    the shuffles. Clips whose length no other clip shares are left out."""
    lengths = [round(float(r["seconds"]), 2) for r in rows]
    rows = [r for r, length in zip(rows, lengths, strict=True) if lengths.count(length) > 1]
    recall, precision, offset, n = [], [], [], (0, 0)
    for order in derangements(rows, shuffles):
        found = [
            match(np.array(rows[i]["contacts"]), np.array(rows[j]["onsets"]), TOLERANCE) for i, j in enumerate(order)
        ]
        n = (sum(m.visual for m in found), sum(m.onsets for m in found))
        hits = sum(m.matched for m in found)
        recall.append(hits / n[0] if n[0] else math.nan)
        precision.append(hits / n[1] if n[1] else math.nan)
        every = np.concatenate([m.offsets for m in found])
        offset.append(float(np.median(every)) * clock.FPS if every.size else math.nan)
    if not recall:
        empty = Share(hits=0, n=0, low=0.0, high=1.0)
        return {"recall": empty, "precision": empty, "offset": (math.nan,) * 3, "clips": len(rows)}
    low, high = np.quantile(offset, [0.025, 0.975], method="nearest")
    return {
        "recall": _spread(recall, n[0]),
        "precision": _spread(precision, n[1]),
        "offset": (float(np.median(offset)), float(low), float(high)),
        "clips": len(rows),
    }


def _spread(values: list[float], n: int) -> Share:
    if not n:
        return Share(hits=0, n=0, low=0.0, high=1.0)
    low, high = np.quantile(values, [0.025, 0.975])
    return Share(hits=float(np.mean(values)) * n, n=n, low=float(low), high=float(high))


def judged(row: Row, labels: dict[str, str]) -> dict[str, bool]:
    """Attribute -> right or wrong, of one clip's description against some prompt's labels (both as the parser folds
    them)."""
    return {name: row["seen"][name] == value for name, value in labels.items() if name in row["seen"]}


def adherence_table(rows: Sequence[Row]) -> dict[str, Share]:
    """Share of clips in which each attribute the prompt states was seen, Wilson intervals."""
    marks = [judged(row, row["labels"]) for row in rows]
    return {
        name: stats.wilson(sum(m.get(name, False) for m in marks), sum(name in m for m in marks)) for name in ATTRIBUTES
    }


def chance_adherence(rows: Sequence[Row], shuffles: int = SHUFFLES) -> dict[str, Share]:
    """The same against other clips' prompts."""
    collected: dict[str, list[float]] = {name: [] for name in ATTRIBUTES}
    totals = dict.fromkeys(ATTRIBUTES, 0)
    for order in derangements([{**r, "seconds": 0} for r in rows], shuffles):
        marks = [judged(rows[i], rows[j]["labels"]) for i, j in enumerate(order)]
        for name in ATTRIBUTES:
            own = [m[name] for m in marks if name in m]
            totals[name] = len(own)
            if own:
                collected[name].append(float(np.mean(own)))
    return {
        name: _spread(values, totals[name]) if values else Share(hits=0, n=0, low=0.0, high=1.0)
        for name, values in collected.items()
    }


MEANS: tuple[tuple[str, str, Callable[[Row], float | None]], ...] = (
    ("mouth against voice, correlation (lines of dialogue)", "{:.2f}", lambda r: r.get("lips", {}).get("at_zero")),
    ("mouth against voice, |lag| in frames", "{:.1f}", lambda r: abs(r["lips"]["lag"]) if r.get("lips") else None),
    ("phoneme error rate of spoken lines", "{:.2f}", lambda r: r.get("phoneme_error")),
    ("motion (change of brightness per frame, 0-255)", "{:.2f}", lambda r: r["motion"]["amount"]),
    ("share of moving pixels", "{:.3f}", lambda r: r["motion"]["moving"]),
    ("flicker in still parts (0-255)", "{:.2f}", lambda r: r["motion"]["flicker"]),
    ("free fall: distance from a parabola / flight height", "{:.3f}", lambda r: r.get("fall", {}).get("error")),
    ("momentum error of collisions", "{:.2f}", lambda r: r.get("momentum_error")),
)
"""Averages over clips: title, format, where a row keeps it."""


def mean_of(rows: Sequence[Row], pick: Callable[[Row], float | None]) -> tuple[float, float, float, int]:
    """Median over clips with its 95 % bootstrap interval, and N."""
    values = [float(v) for v in map(pick, rows) if v is not None and math.isfinite(v)]
    return (*stats.bootstrap([np.array([v]) for v in values], lambda x: float(np.median(x)), draws=400), len(values))


def _frames(offset: tuple[float, float, float], n: int) -> str:
    if not n:
        return "– (N=0)"
    words = ["missed" if math.isinf(v) else "–" if math.isnan(v) else f"{v:.2f}" for v in offset]
    return f"{words[0]} [{words[1]}, {words[2]}] (N={n})"


def tables(columns: dict[str, list[Row]]) -> tuple[str, dict[str, Any]]:
    """Markdown and JSON of the columns (name -> rows) with a chance column for each but the truth."""
    sync: dict[str, dict[str, Any]] = {}
    seen: dict[str, dict[str, Share]] = {}
    for name, rows in columns.items():
        sync[name], seen[name] = sync_table(rows), adherence_table(rows)
        sync[f"{name}, shuffled"], seen[f"{name}, shuffled"] = chance_sync(rows), chance_adherence(rows)
    names = list(sync)
    head = "| | " + " | ".join(names) + " |\n|---|" + "---|" * len(names)
    simple = {k: [r for r in v if r.get("simple")] for k, v in columns.items()}
    text = [
        "### Sync (contacts seen in the picture alone, onsets heard in the sound alone, one to one, within ±1 frame)",
        "",
        head,
    ]
    for title, key in (
        ("recall: contacts seen that are heard", "recall"),
        ("precision: onsets heard that are seen", "precision"),
    ):
        text.append(f"| {title} | " + " | ".join(str(sync[n][key]) for n in names) + " |")
    text.append(
        "| median absolute offset, frames (misses infinite) | "
        + " | ".join(_frames(sync[n]["offset"], sync[n]["recall"].n) for n in names)
        + " |"
    )
    text.append("| clips | " + " | ".join(str(sync[n]["clips"]) for n in names) + " |")
    if any(len(simple[c]) != len(columns[c]) for c in columns):
        text += [
            "",
            "Single-subject prompts only:",
            "",
            "| | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns),
        ]
        part = {c: sync_table(simple[c]) for c in columns}
        for title, key in (("recall", "recall"), ("precision", "precision")):
            text.append(f"| {title} | " + " | ".join(str(part[c][key]) for c in columns) + " |")
        text.append(
            "| median absolute offset, frames | "
            + " | ".join(_frames(part[c]["offset"], part[c]["recall"].n) for c in columns)
            + " |"
        )
    text += ["", "### Adherence (what a parser sees in the picture alone, against what the prompt says)", "", head]
    text += [f"| {a} | " + " | ".join(str(seen[n][a]) for n in names) + " |" for a in ATTRIBUTES]
    new = {c: adherence_table([r for r in rows if not r.get("seen_combination", True)]) for c, rows in columns.items()}
    if any(s.n for t in new.values() for s in t.values()):
        text += [
            "",
            "Held-out combinations only:",
            "",
            "| | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns),
        ]
        text += [f"| {a} | " + " | ".join(str(new[c][a]) for c in columns) + " |" for a in ATTRIBUTES]
    text += [
        "",
        "### Speech, motion and physics (medians over clips)",
        "",
        "| | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns),
    ]
    means: dict[str, dict[str, Any]] = {}
    for title, form, pick in MEANS:
        means[title] = {c: mean_of(rows, pick) for c, rows in columns.items()}
        cells = [
            "– (N=0)" if not v[3] else f"{form.format(v[0])} [{form.format(v[1])}, {form.format(v[2])}] (N={v[3]})"
            for v in means[title].values()
        ]
        text.append(f"| {title} | " + " | ".join(cells) + " |")
    plans = {c: planned.rows_of(rows) for c, rows in columns.items()}
    plans = {c: rows for c, rows in plans.items() if rows}
    if plans:
        after: dict[str, dict[str, Share]] = {}
        for c, rows in plans.items():
            after[c] = planned.table(rows)
            after[f"{c}, shuffled"] = planned.table(rows, derangements(rows, SHUFFLES // 4))
        text += [
            "",
            "### After the plan (the cues a clip was made after; shuffled: another clip's)",
            "",
            "| | " + " | ".join(after) + " |\n|---|" + "---|" * len(after),
        ]
        text += [
            f"| {title} | " + " | ".join(str(after[n][title]) for n in after) + " |" for title, _ in planned.RULERS
        ]
        for title, cells in zip(
            [t for t, _ in planned.own([])],
            zip(*([cell for _, cell in planned.own(rows)] for rows in plans.values()), strict=True),
            strict=True,
        ):
            text.append(f"| {title} | " + " | | ".join(cells) + " | |")
    data = {
        "plan": {n: {title: s.as_json() for title, s in t.items()} for n, t in after.items()} if plans else {},
        "sync": {
            n: {
                "recall": t["recall"].as_json(),
                "precision": t["precision"].as_json(),
                "offset_frames": [_plain(v) for v in t["offset"]],
                "clips": t["clips"],
            }
            for n, t in sync.items()
        },
        "adherence": {n: {a: s.as_json() for a, s in t.items()} for n, t in seen.items()},
        "medians": {title: {c: [_plain(x) for x in v] for c, v in row.items()} for title, row in means.items()},
    }
    return "\n".join(text) + "\n", data


def _plain(value: float) -> float | str | None:
    return None if math.isnan(value) else "infinite" if math.isinf(value) else value


def write(out: Path, columns: dict[str, list[Row]], command: str) -> Path:
    """Write ``report.md`` and ``report.json`` into ``out``; returns the former. ``command`` is what made it, and stands
    at its head."""
    text, data = tables(columns)
    note = (
        "Intervals are 95 %: Wilson's for adherence, resampled whole clips for sync and medians; under *shuffled*, 95 %"
        " of the shuffles (another clip's sound or prompt). Truth is the animatic of the same prompts, so its column"
        " also shows what the judges themselves miss.\n"
    )
    with whole(out / "report.json") as partial:
        partial.write_text(json.dumps({"command": command, **data}, indent=1, ensure_ascii=False), encoding="utf-8")
    with whole(out / "report.md") as partial:
        partial.write_text(f"# Evaluation\n\n`{command}`\n\n{note}\n{text}", encoding="utf-8")
    return out / "report.md"
