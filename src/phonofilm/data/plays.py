"""Plays that are staged but not drawn: the playbill -> shards of cues, a hundred times cheaper than clips, for learning
timing and motion.

A shard is a folder ``cues-<level>-00012/`` beside the latent shards: ``bodies.npy`` float16 ``[N, K, F, C]``,
``camera.npy`` ``[N, F, 7]`` and ``rhythm.npy`` ``[N, F, 2]`` in normal form (``spec/cues.py``), ``rows.jsonl`` with
"index" and "tokens". It appears whole or not at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from phonofilm.data.shards import CUES, write_whole
from phonofilm.model.timed_text import timed_text
from phonofilm.prompt.parse import parse
from phonofilm.spec.cues import normal
from phonofilm.theatre.cues import cues
from phonofilm.theatre.play import Play
from phonofilm.theatre.playbill import playbill
from phonofilm.theatre.stage.staging import stage

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
