"""For how many of the 500 commonest concrete nouns of prompts the stage has a drawing.

    python -m benchmarks.nouns [--show]

The list (``data/nouns.csv``: noun; prompts that say it; collections that do; what is right) was counted over the 6,406
prompts of six public collections: VBench (1,742 by category and dimension), VBench-2.0, EvalCrafter, T2V-CompBench,
PartiPrompts and FETV. A noun is one whose commonest sense in WordNet is an animal, an artefact, a body or its part,
food, an object, a person, a plant, a substance or a phenomenon; names of people, words about the film and its style
(camera, photo, watercolour) and materials that describe something else (leather, wooden) were left out by hand. Only
counts were kept.

Each noun stands alone: "A truck." Drawn is what a person who looked at it found to be a picture of that very thing; "-"
marks nouns that the stage shows by something near ("lake" by the sea) or not at all. A noun that means anything else
than what stands beside it counts as not drawn.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from benchmarks.words import TELLING, meaning_of
from phonofilm.theatre.reading.scan import tokens_of

LIST = Path(__file__).with_name("data") / "nouns.csv"


def meaning(noun: str) -> str:
    """What the stage understands of the noun alone; "" for nothing."""
    tokens, _ = tokens_of(f"A {noun}.")
    return "+".join(meaning_of(token) for token in tokens if token.category in (*TELLING, "card"))


def measure() -> tuple[list[str], list[str]]:
    """The nouns that are drawn, and a line for each that is not."""
    drawn, lost = [], []
    with LIST.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter=";"):
            said = meaning(row["noun"])
            if said == row["right"]:
                drawn.append(row["noun"])
            else:
                lost.append(f"{row['noun']} ({row['prompts']} prompts) -> {said or 'nothing'}")
    return drawn, lost


def main(argv: list[str] | None = None) -> int:
    """Print the share. Exit code 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.nouns", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--show", action="store_true", help="also what is not drawn")
    options = parser.parse_args(argv)
    drawn, lost = measure()
    print(f"{len(drawn)} of {len(drawn) + len(lost)} nouns are drawn: {len(drawn) / (len(drawn) + len(lost)):.1%}")
    if options.show:
        print("\n".join(lost))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
