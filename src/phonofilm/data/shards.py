"""Latent shards: clips encoded once, read by memory map.

A shard is a folder ``shard-00012/`` of plain arrays with one row per clip, all of one length:

    video.npy      float16 [N, 16, F, h, w]   normalised picture latents
    audio.npy      float16 [N, C, A]          normalised sound latents
    reference.npy  float16 [N, 16, 1, h, w]   one frame of the clip, encoded as a still
    weight.npy     uint8   [N, F, h, w]       share of the foreground in each latent cell, 0..255
    bodies.npy, camera.npy, rhythm.npy        float16, the cues in normal form (``spec/cues.py``); absent where nobody knows them
    rows.jsonl     one object per clip: "tokens" (text, start, end), "text", "labels", "index"

Beside them, ``channels.json`` holds how much each latent channel matters to the eye and the ear (``video``, ``audio``:
the deviation it causes in the picture or the mel, relative to the mean): a loss that treats unit-variance channels
alike would spend most of its effort on the faintest ones. ``words-<level>.json`` lists the words of many captions, for
the vocabulary.

Beside them too, ``cues-<level>-00012/`` hold the cues and words of plays that were never drawn (``plays.py``).

A shard is written under a temporary name and renamed when whole, so a reader never meets half of one.
"""  # noqa: E501

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from phonofilm.errors import MediaError
from phonofilm.model.text_encoder import TimedToken

ARRAYS = ("video", "audio", "reference", "weight")
CUES = ("bodies", "camera", "rhythm")


@dataclass(frozen=True)
class Example:
    """One clip as the trainer meets it (arrays as in the shard, without N)."""

    video: np.ndarray
    audio: np.ndarray
    reference: np.ndarray
    weight: np.ndarray
    tokens: tuple[TimedToken, ...]
    cues: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
    """Bodies, camera and rhythm in normal form; None where the shard does not say."""


def write(root: Path, name: str, examples: Iterable[tuple[dict[str, np.ndarray], dict[str, Any]]]) -> Path:
    """Write one shard ``root/name`` from (arrays, row) pairs; replaces one of the same name whole or not at all."""
    arrays: dict[str, list[np.ndarray]] = {}
    rows = []
    for parts, row in examples:
        for key, array in parts.items():
            arrays.setdefault(key, []).append(array)
        rows.append(row)
    final = root / name
    write_whole(
        final, {k: np.stack(v).astype(np.uint8 if k == "weight" else np.float16) for k, v in arrays.items()}, rows
    )
    return final


def write_whole(final: Path, arrays: dict[str, np.ndarray], rows: list[dict[str, Any]]) -> None:
    """A shard's folder with its arrays and rows: under a temporary name first, then renamed; replaces one of the same
    name."""
    temporary = final.with_name(f".{final.name}.{os.getpid()}")
    temporary.mkdir(parents=True, exist_ok=True)
    for key, array in arrays.items():
        np.save(temporary / f"{key}.npy", array)
    (temporary / "rows.jsonl").write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
    )
    if final.exists():
        shutil.rmtree(final)
    os.replace(temporary, final)


def write_json(path: Path, value: Any) -> None:
    """Write a small file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    os.replace(temporary, path)


def write_channels(root: Path, video: list[float], audio: list[float]) -> None:
    """Record how much each channel matters (see the module's text)."""
    write_json(root / "channels.json", {"video": video, "audio": audio})


class Shards:
    """All shards under ``root`` (or those named) as one indexable set. Order is by name, so indices are stable."""

    def __init__(self, root: Path, names: list[str] | None = None) -> None:
        self.root = root
        self.names = names if names is not None else sorted(p.name for p in root.glob("shard-*") if p.is_dir())
        if not self.names:
            raise MediaError(f"no latent shards under {root}: make some with `phonofilm train encode --out {root}`")
        self._arrays: list[dict[str, np.ndarray]] = []
        self._rows: list[list[dict[str, Any]]] = []
        self._where: list[tuple[int, int]] = []
        for s, name in enumerate(self.names):
            folder = root / name
            keys = [key for key in (*ARRAYS, *CUES) if key in ARRAYS or (folder / f"{key}.npy").exists()]
            self._arrays.append({key: np.load(folder / f"{key}.npy", mmap_mode="r") for key in keys})
            self._rows.append(
                [json.loads(line) for line in (folder / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
            )
            self._where += [(s, i) for i in range(len(self._rows[-1]))]

    def words(self) -> list[str]:
        """Words of many more captions than there are clips, where the set has such a list (``words-*.json``)."""
        return sorted(
            {word for path in self.root.glob("words-*.json") for word in json.loads(path.read_text(encoding="utf-8"))}
        )

    def channels(self, modality: str) -> np.ndarray:
        """float32 ``[C]``: how much each latent channel matters, mean 1; ones where the set does not say."""
        path = self.root / "channels.json"
        if not path.exists():
            return np.ones(self._arrays[0][modality].shape[1], np.float32)
        return np.asarray(json.loads(path.read_text())[modality], np.float32)

    def __len__(self) -> int:
        return len(self._where)

    def row(self, index: int) -> dict[str, Any]:
        """The text, labels and tokens of clip ``index``."""
        s, i = self._where[index]
        return self._rows[s][i]

    def __getitem__(self, index: int) -> Example:
        s, i = self._where[index]
        arrays = {key: np.asarray(array[i]) for key, array in self._arrays[s].items()}
        cues = tuple(arrays.pop(key) for key in CUES) if CUES[0] in arrays else None
        return Example(**arrays, tokens=tokens_of(self._rows[s][i]), cues=cues)  # type: ignore[arg-type]


Staged = tuple[tuple[np.ndarray, np.ndarray, np.ndarray], tuple[TimedToken, ...]]
"""Cues in normal form and the timed text of a play."""


def play_names(root: Path) -> list[str]:
    """The shards of cues under ``root``."""
    return sorted(p.name for p in root.glob("cues-*") if p.is_dir())


class Plays:
    """Shards of cues under ``root`` (all, or those named) as one indexable set, in the order of their names."""

    def __init__(self, root: Path, names: list[str] | None = None) -> None:
        self.names = names if names is not None else play_names(root)
        if not self.names:
            raise MediaError(
                f"no shards of cues under {root}: make some with `phonofilm train encode --plays N --out {root}`"
            )
        self._arrays = [[np.load(root / name / f"{key}.npy", mmap_mode="r") for key in CUES] for name in self.names]
        self._rows = [(root / name / "rows.jsonl").read_text(encoding="utf-8").splitlines() for name in self.names]
        self._ends = np.cumsum([len(rows) for rows in self._rows])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, index: int) -> Staged:
        """Bodies ``[K, F, C]``, camera ``[F, 7]`` and rhythm ``[F, 2]``, and the timed text."""
        s = int(np.searchsorted(self._ends, index, side="right"))
        i = index - (int(self._ends[s - 1]) if s else 0)
        bodies, camera, rhythm = (np.array(a[i], np.float32) for a in self._arrays[s])
        return (bodies, camera, rhythm), tokens_of(json.loads(self._rows[s][i]))


def tokens_of(row: dict[str, Any]) -> tuple[TimedToken, ...]:
    """The timed text of a row."""
    return tuple(TimedToken(text=t, start=a, end=b) for t, a, b in row["tokens"])


def indices(seed: int, step: int, batch: int, size: int) -> list[int]:
    """Which clips step ``step`` meets: a pure function, so that a resumed run draws what a straight one would have.
    Clips come in shuffled passes over the whole set."""
    out: list[int] = []
    orders: dict[int, np.ndarray] = {}
    for k in range(step * batch, (step + 1) * batch):
        epoch, place = divmod(k, size)
        if epoch not in orders:
            orders[epoch] = np.random.default_rng([seed, epoch]).permutation(size)
        out.append(int(orders[epoch][place]))
    return out
