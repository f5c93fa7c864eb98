"""``python -m benchmarks.moderation_meaning``: make ``trust/meaning.npz`` anew from the examples, and print how it does
on what it was not taught.

Taught with ``benchmarks/data/meaning.txt`` and the splits ``dev`` and ``fresh`` of the labelled set. The splits
``test`` and ``later`` are halved by their rows (every other one): the threshold is the lowest that stops at most 1 % of
the benign prompts of the first half, word lists included, and the second half judges it.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np

from benchmarks.moderation import ROOT, labelled
from phonofilm.prompt import meaning
from phonofilm.trust.classify.classifier_meaning import kernel

EXAMPLES = ROOT / "benchmarks" / "data" / "meaning.txt"
SHIPPED = ROOT / "src" / "phonofilm" / "trust" / "meaning.npz"
TAUGHT = ("dev", "fresh")
RIDGE = 0.1
"""Chosen among 0.03, 0.1, 0.3 and 1 by leaving out one example after the other."""


def examples(path: Path = EXAMPLES) -> list[tuple[str, str]]:
    """(category or "benign", text) of everything it is taught with."""
    rows: list[tuple[str, str]] = []
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
        elif line and not line.startswith("#"):
            rows.append((name, line))
    return [*((row["category"] or "benign", row["text"]) for row in labelled() if row["split"] in TAUGHT), *rows]


def digest(rows: list[tuple[str, str]]) -> str:
    """16 hex digits that change with any example."""
    return hashlib.sha256("\n".join(f"{name}\t{text}" for name, text in rows).encode()).hexdigest()[:16]


def make(rows: list[tuple[str, str]]) -> dict[str, np.ndarray]:
    """The arrays of ``meaning.npz``: vectors int8 [N, 512] times ``scale``, weights float32 [N, 1 + C], categories,
    digest."""
    exact = meaning.embed([text for _, text in rows])
    scale = np.float32(np.abs(exact).max() / 127)
    vectors = np.rint(exact / scale).astype(np.int8)
    categories = sorted({name for name, _ in rows} - {"benign"})
    wanted = np.array(
        [[1.0 if name != "benign" else -1.0] + [1.0 if name == one else -1.0 for one in categories] for name, _ in rows]
    )
    rounded = vectors.astype(np.float32) * scale
    weights = np.linalg.solve(kernel(rounded, rounded).astype(np.float64) + RIDGE * np.eye(len(rows)), wanted)
    return {
        "vectors": vectors,
        "scale": scale,
        "weights": weights.astype(np.float32),
        "categories": np.array(categories),
        "digest": np.array(digest(rows)),
    }


def halves() -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The rows it was not taught, for choosing the threshold and for judging it."""
    rows = [row for row in labelled() if row["split"] not in TAUGHT]
    return rows[::2], rows[1::2]


def main(argv: list[str] | None = None) -> int:
    """Write the file, print the table; exit code 0."""
    form = argparse.RawDescriptionHelpFormatter
    argparse.ArgumentParser(
        prog="python -m benchmarks.moderation_meaning", description=__doc__, formatter_class=form
    ).parse_args(argv)
    from phonofilm.trust import text
    from phonofilm.trust.classify import classifier_meaning
    from phonofilm.trust.policy import Policy

    rows = examples()
    np.savez_compressed(SHIPPED, **make(rows))  # type: ignore[arg-type]
    classifier_meaning.examples.cache_clear()
    print(f"{len(rows)} examples, {SHIPPED.stat().st_size / 1e6:.2f} MB\n")
    print(
        "| threshold | stopped of the benign, 1st half | caught of the indirect, 1st half | benign, 2nd | indirect, 2nd"
        " |\n|---|---|---|---|---|"
    )
    policy, columns = Policy(), []
    for half in halves():
        listed = np.array(
            [any(policy.action(f.category, f.severity) != "publish" for f in text.check(row["text"])) for row in half]
        )
        means = np.array([classifier_meaning.harm(classifier_meaning.parts(row["text"]))[:, 0].max() for row in half])
        benign, indirect = (
            np.array([row["label"] == "benign" for row in half]),
            np.array([row["kind"] == "indirect" for row in half]),
        )
        columns.append((listed, means, benign, indirect))
    for threshold in np.arange(0.25, 0.7, 0.05):
        cells = [
            f"{(listed | (means >= threshold))[of].sum()}/{of.sum()}"
            for listed, means, benign, indirect in columns
            for of in (benign, indirect)
        ]
        print(f"| {threshold:.2f} | " + " | ".join(cells) + " |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
