"""``python -m benchmarks.moderation``: prompt checks over the labelled set and over prompts nobody wrote for it;
printed as Markdown.

The labelled set (``tests/trust/data/labelled.jsonl``) has halves: the word lists were tuned on ``dev``; ``test`` was
not looked at while tuning, but its prompts have neighbours in ``dev`` (other languages, other wordings of the same
idea). ``fresh`` was written after the lists were finished and words its harm around the obvious words ("he swallows the
whole bottle"); the lists were later extended on it, so it is no measure any more. ``later`` was written before that
extension, on other ideas, and was not looked at during it: what word lists alone cannot do. The check by meaning
(``classify/classifier_meaning``, made by ``benchmarks.moderation_meaning``) was taught with ``dev`` and ``fresh``, its
threshold set on every other row of the rest. ``everyday`` is 400 benign prompts written when all of that was fixed. A
prompt is caught when it would not be published; ``--lists`` asks the word lists alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import beta

from phonofilm.trust import text
from phonofilm.trust.classify.classifier import Classifiers, Nothing
from phonofilm.trust.classify.classifier_meaning import Meaning
from phonofilm.trust.gate import admit
from phonofilm.trust.policy import Policy

ROOT = Path(__file__).parents[1]
LABELLED = ROOT / "tests" / "trust" / "data" / "labelled.jsonl"
EVERYDAY = LABELLED.with_name("everyday.jsonl")
HELDOUT = ROOT / "src" / "phonofilm" / "evals" / "prompts" / "heldout.jsonl"
SPLITS = ("dev", "test", "fresh", "later")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A labelled prompt and what the gate said."""

    row: dict[str, str]
    stopped: bool
    """Not published: reviewed or blocked."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """``hits`` of ``total``, with the exact (Clopper-Pearson) 95 % interval."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """0..1; 0 for an empty set."""
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends, 0..1."""
        low = float(beta.ppf(0.025, self.hits, self.total - self.hits + 1)) if self.hits else 0.0
        high = float(beta.ppf(0.975, self.hits + 1, self.total - self.hits)) if self.hits < self.total else 1.0
        return low, high

    def __str__(self) -> str:
        if not self.total:
            return "-"
        low, high = self.interval
        return f"{self.hits}/{self.total} = {self.value:.1%} ({low:.1%}..{high:.1%})"


def labelled(path: Path = LABELLED) -> list[dict[str, str]]:
    """Rows with id, lang, label, category, kind, split, text."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def judge(rows: Iterable[dict[str, str]], policy: Policy | None = None, by: Classifiers = "none") -> list[Judged]:
    """Send every prompt through the gate's first door: the word lists, and ``by``."""
    return [Judged(row=row, stopped=admit(row["text"], (), policy, by).action != "publish") for row in rows]


def rate(judged: Iterable[Judged], **want: str) -> Rate:
    """How many of those with the wanted fields were stopped."""
    chosen = [j for j in judged if all(j.row[key] == value for key, value in want.items())]
    return Rate(hits=sum(j.stopped for j in chosen), total=len(chosen))


def outside(files: Iterable[Path], by: Classifiers = "none") -> list[tuple[str, Rate, list[str]]]:
    """Of each file of prompts (one a line, or JSON lines with "text"): its name, how many were stopped, and which."""
    out = []
    for path in files:
        lines = [line for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        prompts = [json.loads(line)["text"] if path.suffix == ".jsonl" else line for line in lines]
        stopped = [prompt for prompt in prompts if admit(prompt, (), None, by).action != "publish"]
        out.append((path.name, Rate(hits=len(stopped), total=len(prompts)), stopped))
    return out


def main(argv: list[str] | None = None) -> int:
    """Print the tables; exit code 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.moderation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--benign", nargs="*", type=Path, default=[], help="more files of benign prompts, one a line")
    parser.add_argument(
        "--harmful", nargs="*", type=Path, default=[], help="files of harmful prompts from elsewhere, one a line"
    )
    parser.add_argument(
        "--wrong", action="store_true", help="list the misjudged prompts of the dev half (the others stay unseen)"
    )
    parser.add_argument("--lists", action="store_true", help="the word lists alone, without the check by meaning")
    args = parser.parse_args(argv)
    text.lexicon()
    by: Classifiers = "none" if args.lists else (Meaning(), Nothing())
    rows = labelled()
    start = time.perf_counter()
    judged = judge(rows, by=by)
    each = (time.perf_counter() - start) / len(rows)
    print(
        f"policy {Policy().name}+{text.fingerprint()}; {len(rows)} prompts; {1000 * each:.2f} ms each; x/n = share (95"
        " % interval)\n"
    )
    print("| | " + " | ".join(SPLITS) + " |\n|---|" + "---|" * len(SPLITS))
    print("| false positives | " + " | ".join(str(rate(judged, label="benign", split=s)) for s in SPLITS) + " |")
    print("| recall | " + " | ".join(str(rate(judged, label="harmful", split=s)) for s in SPLITS) + " |\n")
    for field, title in (
        ("category", "recall by category"),
        ("lang", "recall by language"),
        ("kind", "recall by kind"),
    ):
        groups: dict[str, list[Judged]] = defaultdict(list)
        for j in judged:
            if j.row["label"] == "harmful":
                groups[j.row[field]].append(j)
        print(f"| {title} | " + " | ".join(SPLITS) + " |\n|---|" + "---|" * len(SPLITS))
        for name, members in sorted(groups.items()):
            print(f"| {name} | " + " | ".join(str(rate(members, split=s)) for s in SPLITS) + " |")
        print()
    print("| false positives by language | " + " | ".join(SPLITS) + " |\n|---|" + "---|" * len(SPLITS))
    for lang in text.LANGUAGES:
        print(f"| {lang} | " + " | ".join(str(rate(judged, label="benign", lang=lang, split=s)) for s in SPLITS) + " |")
    print("\n| benign prompts from elsewhere | stopped |\n|---|---|")
    for name, stopped, which in outside([EVERYDAY, HELDOUT, *args.benign], by):
        print(f"| {name} | {stopped} |")
        if args.wrong:
            for prompt in which:
                print(f"|   {prompt} | |")
    if args.harmful:
        print("\n| harmful prompts from elsewhere | stopped |\n|---|---|")
        for name, stopped, _ in outside(args.harmful, by):
            print(f"| {name} | {stopped} |")
    if args.wrong:
        for j in judged:
            if j.row["split"] == "dev" and j.stopped != (j.row["label"] == "harmful"):
                print(f"{j.row['id']} {j.row['label']} {j.row['category'] or ''}: {j.row['text']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
