"""How long the plan of a prompt takes once everything is loaded: what ``phonofilm plan`` and ``POST /v1/plan`` do.

    python -m benchmarks.plan [--characters 3000] [--rounds 20]

Every round has other texts, so that no round finds what an earlier one remembered. The prompts are made of the given
ones (``tests/prompt/cases/prompts.jsonl``), joined as shots until they have the characters; English ones, Chinese and
Japanese ones, and one of 2,000 nouns. Processor time of this process, the median and the most of all rounds; the first,
which loads, stands apart.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
from pathlib import Path

from benchmarks.timing import table
from phonofilm.prompt import parse
from phonofilm.theatre.heard import heard

GIVEN = Path(__file__).parents[1] / "tests/prompt/cases/prompts.jsonl"


def prompts(characters: int, turn: int = 0) -> dict[str, str]:
    """Name -> text of at most so many characters; ``turn``: how many of its parts go from the front to the back."""
    given = [json.loads(line)["text"] for line in GIVEN.read_text(encoding="utf-8").splitlines()]
    plain = [
        re.sub(r"[\d\"“”「」\[\]]", "", " ".join(text.split())) for text in given if not text.lstrip().startswith("{")
    ]  # words alone
    english = [text for text in plain if text.isascii()]
    wide = [text for text in plain if sum(letter > "\u2e80" for letter in text) > len(text) / 3]
    nouns = (Path(__file__).with_name("data") / "nouns.csv").read_text(encoding="utf-8").splitlines()[1:]
    nouns = nouns[17 * turn :] + nouns[: 17 * turn]
    said = ", ".join("a " + line.partition(";")[0] for line in nouns * 4)

    def joined(texts: list[str]) -> str:
        turned = texts[turn % len(texts) :] + texts[: turn % len(texts)]
        whole = "\n".join(f"Shot {n}: {text}{'!' * turn}" for n, text in enumerate(turned * 20, 1))[:characters]
        return whole if len(whole.rpartition("\n")[2]) > 20 else whole.rpartition("\n")[0]

    return {"English": joined(english), "Chinese, Japanese": joined(wide), "nouns": said[:characters]}


def timed(text: str) -> float:
    """Milliseconds of the processor for one plan."""
    begin = time.process_time()
    heard(parse(text), 15.0, 0, text)
    return (time.process_time() - begin) * 1e3


def main(argv: list[str] | None = None) -> int:
    """Print the table. Exit code 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.plan", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--characters", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args(argv)
    rows = []
    for name in prompts(options.characters):
        texts = [prompts(options.characters, turn)[name] for turn in range(options.rounds + 1)]
        first, *others = [timed(text) for text in texts]
        text = texts[0]
        rows.append([name, str(len(text)), f"{first:.0f}", f"{statistics.median(others):.1f}", f"{max(others):.1f}"])
    print(table(["prompt", "characters", "first, ms", "median, ms", "most, ms"], rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
