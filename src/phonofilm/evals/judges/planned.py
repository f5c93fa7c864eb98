"""What a clip made of the plan it was made after (its cues): is the subject where its cue is, is each contact that was
announced seen and heard?

Each is read from the finished clip by something that never saw the plan: the subject by its colour, contacts by the
perceiver (which has learnt to look through blur and flicker) and by the eye, onsets by the ear. In the tables every
share stands beside the same with another clip's plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from phonofilm.evals import stats
from phonofilm.evals.judges import motion, sync
from phonofilm.evals.judges.matching import TOLERANCE, match
from phonofilm.evals.stats import Share
from phonofilm.pipeline.perceive import perceive
from phonofilm.spec import clock
from phonofilm.spec.cues import Cues

Row = dict[str, Any]
BACKDROP = 12.0
"""Metres at which the backdrop is taken to stand."""
STRIDE = clock.FPS // 2
"""Frames between two looks at how far the backdrop has gone."""
SWEEP = (0.16, 0.12)
"""Picture heights across and up within which it is looked for."""
MARGIN = 0.03
"""Picture heights by which what is found may lie outside its box."""
DIGITS = 3


def measure(frames: np.ndarray, cues: Cues, hue: str | None) -> Row:
    """Of pictures uint8 [F, H, W, 3] at 24 frames a second and their plan: ``planned`` (contacts, s), ``turned`` (for
    each contact of the first body, whether its own path turns within a frame), ``perceived`` (contacts, s), ``swept``
    (how far the backdrop goes in each half second by the plan's camera and in the picture, picture heights right and
    up, [2, 2, n]); and where the first body is a thing of a colour with a hue, ``box`` (of its cue: u, v, width,
    height, [4, F], nan where absent) and ``track`` (found by that colour: u, v, [2, F])."""
    row: Row = {
        "planned": _times(cues),
        "perceived": _times(perceive(frames)),
        "seconds": clock.seconds_of_frames(len(frames)),
        "swept": [
            swept_by(cues)[:, : len(frames) // STRIDE].round(DIGITS).tolist(),
            swept_in(frames).round(DIGITS).tolist(),
        ],
        "turned": [any(abs(frame - n) <= 1 for n in turns(cues)) for frame, body, _ in cues.contacts() if body == 0],
    }
    if hue and len(cues.names) and np.median(cues.body("person")[0]) < 0.5:
        found = motion.follow(frames, hue)
        ratio = frames.shape[2] / frames.shape[1]
        here = cues.body("present")[0, : len(frames)] > 0.5
        row["box"] = [
            np.where(here, cues.body(name)[0, : len(frames)], np.nan).round(DIGITS).tolist()
            for name in ("u", "v", "width", "height")
        ]
        row["track"] = [(found.x - ratio / 2).round(DIGITS).tolist(), (found.y - 0.5).round(DIGITS).tolist()]
    return row


def turns(cues: Cues, body: int = 0) -> list[int]:
    """Frames in which a body's path has a lowest point: where a ball lands."""
    v = cues.body("v")[body]
    d = np.diff(v)
    return [
        n
        for n in range(1, len(v) - 1)
        if d[n - 1] < -1e-4 and d[n] > 1e-4 and v[n] <= v[max(0, n - 2) : n + 3].min() + 1e-6
    ]


def swept_by(cues: Cues) -> np.ndarray:
    """How far a point of the backdrop before the camera goes in each half second by the plan, ``[2, n]``; 0 across a
    cut."""
    x, y, z, yaw, pitch, focal, _ = cues.camera[::STRIDE].T
    scale = focal / np.maximum(1.0, BACKDROP - z)
    way = np.diff([-x * scale - focal * np.tan(yaw), -y * scale - focal * np.tan(pitch)], axis=1)
    cut = np.add.reduceat(cues.rhythm[1:, 1] > 0.5, np.arange(0, way.shape[1] * STRIDE, STRIDE)) > 0
    return np.where(cut, 0, way)


def swept_in(frames: np.ndarray) -> np.ndarray:
    """The same as the picture shows it: where the upper half of a frame is found again half a second later, ``[2, n]``,
    by the correlation of what is neither fine nor flat."""
    grey = sync.small(frames[::STRIDE]).mean(1).numpy()
    height = grey.shape[1]
    plain = np.stack([gaussian_filter(g, 1.5) - gaussian_filter(g, 12) for g in grey])[:, : height // 2]
    across, up = (np.arange(-round(s * height), round(s * height) + 1) for s in SWEEP)
    out = []
    for one, other in pairwise(plain):
        score = np.array([[_alike(one, other, int(dx), int(-dy)) for dx in across] for dy in up])
        j, i = np.unravel_index(score.argmax(), score.shape)
        out.append(((across[i] + _peak(score[j], int(i))) / height, (up[j] + _peak(score[:, i], int(j))) / height))
    return np.array(out, float).reshape(-1, 2).T


def _alike(one: np.ndarray, other: np.ndarray, dx: int, dy: int) -> float:
    """Correlation of ``other`` with ``one`` moved right by ``dx`` and down by ``dy`` pixels, where they overlap."""
    rows, columns = one.shape
    a = one[max(0, -dy) : rows - max(0, dy), max(0, -dx) : columns - max(0, dx)]
    b = other[max(0, dy) : rows - max(0, -dy), max(0, dx) : columns - max(0, -dx)]
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).mean() / (a.std() * b.std() + 1e-6))


def _peak(score: np.ndarray, at: int) -> float:
    """How far the top of the parabola through a maximum and its neighbours lies from it, -0.5..0.5."""
    if not 0 < at < len(score) - 1:
        return 0.0
    before, top, after = score[at - 1 : at + 2]
    bend = before - 2 * top + after
    return float(np.clip((before - after) / (2 * bend), -0.5, 0.5)) if bend < -1e-9 else 0.0


def follows(plans: Sequence[Row], pictures: Sequence[Row]) -> tuple[float, float]:
    """How far the backdrop goes in the pictures for each picture height it should by the plans (least squares), and the
    correlation, over the half seconds of those clips whose plan moves it by more than 0.05; nan where there are
    none."""
    planned, seen = [], []
    for plan, picture in zip(plans, pictures, strict=True):
        if "swept" not in plan or "swept" not in picture:  # measured by an older version
            continue
        by, way = np.array(plan["swept"][0]), np.array(picture["swept"][1])
        n = min(by.shape[1], way.shape[1])
        if np.abs(by.sum(1)).max() > 0.05:
            planned.append(by[:, :n].ravel())
            seen.append(way[:, :n].ravel())
    if not planned:
        return float("nan"), float("nan")
    a, b = np.concatenate(planned), np.concatenate(seen)
    return float((a * b).sum() / (a * a).sum()), float(np.corrcoef(a, b)[0, 1]) if b.std() > 0 else 0.0


def _times(cues: Cues) -> list[float]:
    return sorted({round(frame / clock.FPS, 4) for frame, _, _ in cues.contacts()})


def inside(box: Sequence[Sequence[float]], track: Sequence[Sequence[float]]) -> tuple[int, int]:
    """Frames in which what was found lies in the box, and frames in which both are there."""
    n = min(len(box[0]), len(track[0]))
    u, v, width, height = (np.array(x[:n], float) for x in box)
    x, y = (np.array(part[:n], float) for part in track)
    both = np.isfinite(u) & np.isfinite(x)
    hit = (np.abs(x - u) <= width / 2 + MARGIN) & (np.abs(y - v) <= height / 2 + MARGIN)
    return int((hit & both).sum()), int(both.sum())


def together(box: Sequence[Sequence[float]], track: Sequence[Sequence[float]]) -> float:
    """Correlation of the way found with the way planned, over that axis along which the plan moves more; nan where it
    moves by less than 0.05."""
    n = min(len(box[0]), len(track[0]))
    plan, way = np.array([box[0][:n], box[1][:n]], float), np.array([track[0][:n], track[1][:n]], float)
    both = np.isfinite(plan[0]) & np.isfinite(way[0])
    if both.sum() < 12:
        return float("nan")
    plan, way = plan[:, both], way[:, both]
    axis = int(plan.std(1).argmax())
    if plan[axis].std() < 0.05 or way[axis].std() < 1e-4:
        return float("nan")
    return float(np.corrcoef(plan[axis], way[axis])[0, 1])


Ruler = Callable[[Row, Row], tuple[int, int]]
"""(clip, plan) -> hits and tries."""


def _met(found: str, planned: bool) -> Ruler:
    """Of the contacts planned those found, or of those found those planned."""

    def rule(clip: Row, plan: Row) -> tuple[int, int]:
        m = match(np.array(plan["planned"]), np.array(clip[found]), TOLERANCE)
        return m.matched, m.visual if planned else m.onsets

    return rule


def _inside(clip: Row, plan: Row) -> tuple[int, int]:
    return inside(plan["box"], clip["track"]) if "track" in clip and "box" in plan else (0, 0)


RULERS: tuple[tuple[str, Ruler], ...] = (
    ("contacts planned that are heard", _met("onsets", True)),
    ("onsets heard that were planned", _met("onsets", False)),
    ("contacts planned that the perceiver sees", _met("perceived", True)),
    ("contacts the perceiver sees that were planned", _met("perceived", False)),
    ("contacts planned that the eye sees", _met("contacts", True)),
    ("contacts the eye sees that were planned", _met("contacts", False)),
    ("frames in which the subject, found by its colour, is in its cue's box", _inside),
)


def rows_of(rows: Sequence[Row]) -> list[Row]:
    """Of those clips that have a plan: what it says and what was found, side by side."""
    return [{**row["plan"], "onsets": row["onsets"], "contacts": row["contacts"]} for row in rows if row.get("plan")]


def table(rows: Sequence[Row], orders: Sequence[np.ndarray] | None = None) -> dict[str, Share]:
    """Every ruler over the clips; with ``orders`` the mean over shuffles in which each clip is held against another
    one's plan."""
    out = {}
    for title, rule in RULERS:
        shares = []
        for order in orders if orders is not None else [np.arange(len(rows))]:
            pairs = [rule(rows[i], rows[int(j)]) for i, j in enumerate(order)]
            shares.append(stats.pooled(np.array([h for h, _ in pairs]), np.array([n for _, n in pairs])))
        values = [s.value for s in shares if s.n]
        if orders is None or not values:
            out[title] = shares[0] if shares else Share(hits=0, n=0, low=0.0, high=1.0)
            continue
        low, high = np.quantile(values, [0.025, 0.975])
        n = int(np.mean([s.n for s in shares]))
        out[title] = Share(hits=float(np.mean(values)) * n, n=n, low=float(low), high=float(high))
    return out


def own(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """What is measured of a plan or its way alone: title and cell."""
    turned = [t for row in rows for t in row["turned"]]
    ways = [together(row["box"], row["track"]) for row in rows if "track" in row]
    ways = [w for w in ways if np.isfinite(w)]
    share, alike = follows(rows, rows)
    _, other = follows(rows, [*rows[1:], *rows[:1]])
    return [
        (
            "backdrop: its way in the picture for each length of the plan's; correlation (with another clip's)",
            f"{share:.2f}; {alike:.2f} ({other:.2f})" if rows else "–",
        ),
        ("contacts planned on a turn of the body's own path", str(stats.wilson(sum(turned), len(turned)))),
        ("contacts planned a clip", f"{np.mean([len(row['planned']) for row in rows]):.1f}" if rows else "–"),
        (
            "correlation of the way found by colour with the way planned (median)",
            f"{np.median(ways):.2f} (N={len(ways)})" if ways else "– (N=0)",
        ),
    ]
