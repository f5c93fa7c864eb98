"""Plays that are staged but not drawn: the playbill -> shards of cues, a hundred times cheaper than clips, for learning timing and motion.

A shard is a folder ``cues-<level>-00012/`` beside the latent shards: ``bodies.npy`` float16 ``[N, K, F, C]``, ``camera.npy`` ``[N, F, 7]`` and ``rhythm.npy``
``[N, F, 2]`` in normal form (``spec/cues.py``), ``rows.jsonl`` with "index" and "tokens". It appears whole or not at all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from phonofilm.data.shards import tokens_of, write_whole
from phonofilm.errors import MediaError
from phonofilm.model.text_encoder import TimedToken
from phonofilm.model.timed_text import timed_text
from phonofilm.prompt.parse import parse
from phonofilm.spec.cues import normal
from phonofilm.theatre.cues import cues
from phonofilm.theatre.play import Play
from phonofilm.theatre.playbill import playbill
from phonofilm.theatre.staging import stage

CUES = ("bodies", "camera", "rhythm")
SLOTS = 2
"""Bodies a clip's cues tell of."""
SIZE = 1024
"""Plays in a shard."""


def words_of(play: Play, text: str, seconds: float) -> list[list[Any]]:
    """The timed text of a play as plain rows (text, start, end)."""
    phonemes = [(p.symbol, p.start, p.end) for line in play.speech for p in line.phonemes]
    return [[t.text, round(t.start, 3), round(t.end, 3)] for t in timed_text(parse(text), seconds, phonemes)]


def cue_arrays(play: Play) -> dict[str, np.ndarray]:
    """The three arrays of a play (without N)."""
    return dict(zip(CUES, normal(cues(play, SLOTS)), strict=True))


def encode(root: Path, numbers: list[int], *, level: int, split: str = "train") -> None:
    """Write the shards ``numbers``; shard k holds bills ``k * SIZE ...``. Whole ones are not made again."""
    for number in tqdm(numbers, unit="shard"):
        final = root / f"cues-{level}-{number:05d}"
        if final.exists():
            continue
        arrays: dict[str, list[np.ndarray]] = {key: [] for key in CUES}
        rows = []
        for index in range(number * SIZE, (number + 1) * SIZE):
            bill = playbill(index, level, split)
            play = stage(parse(bill.text), bill.seconds, bill.seed)
            for key, array in cue_arrays(play).items():
                arrays[key].append(array)
            rows.append({"index": index, "tokens": words_of(play, bill.text, bill.seconds)})
        write_whole(final, {key: np.stack(parts).astype(np.float16) for key, parts in arrays.items()}, rows)


Staged = tuple[tuple[np.ndarray, np.ndarray, np.ndarray], tuple[TimedToken, ...]]
"""Cues in normal form and the timed text of a play."""


def shard_names(root: Path) -> list[str]:
    """The shards of cues under ``root``."""
    return sorted(p.name for p in root.glob("cues-*") if p.is_dir())


class Plays:
    """Shards of cues under ``root`` (all, or those named) as one indexable set, in the order of their names."""

    def __init__(self, root: Path, names: list[str] | None = None) -> None:
        self.names = names if names is not None else shard_names(root)
        if not self.names:
            raise MediaError(f"no shards of cues under {root}: make some with `phonofilm train encode --plays N --out {root}`")
        self._arrays = [[np.load(root / name / f"{key}.npy", mmap_mode="r") for key in CUES] for name in self.names]
        self._rows = [(root / name / "rows.jsonl").read_text(encoding="utf-8").splitlines() for name in self.names]
        self._ends = np.cumsum([len(rows) for rows in self._rows])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, index: int) -> Staged:
        """Bodies ``[K, F, C]``, camera ``[F, 7]`` and rhythm ``[F, 2]``, and the timed text."""
        s = int(np.searchsorted(self._ends, index, side="right"))
        i = index - (int(self._ends[s - 1]) if s else 0)
        bodies, camera, rhythm = (np.asarray(a[i], np.float32) for a in self._arrays[s])
        return (bodies, camera, rhythm), tokens_of(json.loads(self._rows[s][i]))
