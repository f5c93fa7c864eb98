"""How many everyday words of the eight languages the theatre understands: 200 of each, about people, animals, colours,
places, hours, verbs and camera.

    python -m benchmarks.words [--half first|second] [--show] [--plain]
    python -m benchmarks.words --thresholds | --anchors

The list (``data/words.csv``) was written before anything was measured on it. The tables were mended on its first half
(every other line) and by kind, never by the second, which judges them; later only the names of new places were added to
what is right. A word stands alone behind a short sentence of its language; right is one of the meanings listed beside
it and nothing else, wrong any other meaning, unknown none. ``--plain`` goes without the sentence encoder, by the tables
alone.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from pathlib import Path

from benchmarks.timing import table
from phonofilm.prompt import meaning
from phonofilm.theatre.lexicon import cutouts, nouns, sense, tongues
from phonofilm.theatre.reading.scan import Token, tokens_of

LIST = Path(__file__).with_name("data") / "words.csv"
LANGUAGES = ("en", "zh", "yue", "ja", "ko", "es", "fr", "de")
BEFORE = {
    "en": ("This is what we see and what it is. ", "Somebody is there and "), "zh": ("这是一个画面。", "有人"),
    "yue": ("呢個係一個畫面，喺度有嘢。", "佢喺度"),
    "ja": ("これはその画面です。", "誰かが"), "ko": ("이것은 화면이다. ", "누군가 "),
    "es": ("Esto es lo que se ve en la escena y es así. ", "En la escena alguien "),
    "fr": ("C'est ce que l'on voit dans la scène et qui est là. ", "Dans la scène il y a quelqu'un qui "),
    "de": ("Das ist, was man in der Szene sieht, und so ist es. ", "In der Szene ist jemand, der "),
}  # fmt: skip
"""What stands before a noun, and before a verb."""
TELLING = (
    "person", "profession", "kind", "cutout", "likeness", "colour", "place", "weak_place", "backdrop", "hour",
    "weather", "action", "camera", "music", "sound",
    "clothes",
)  # fmt: skip
"""Categories of a token that are an answer."""


def meaning_of(token: Token) -> str:
    """Category and value of a token, as the list writes them."""
    category, value = token.category, token.value
    if category == "profession":
        return f"person {nouns.professions()[value][0]}"
    if category in ("cutout", "likeness"):
        found = cutouts.find(value, "en") or cutouts.find(value)
        return f"cutout {found.name if found is not None else value}"
    if category == "backdrop":
        return f"place {nouns.places()[value][0]}"
    return f"{'place' if category == 'weak_place' else category} {value}"


def judge(word: str, kind: str, right: set[str], language: str) -> tuple[str, list[str]]:
    """right, wrong or unknown, and what was understood."""
    before = BEFORE[language][kind == "verbs"]
    tokens, _ = tokens_of(f"{before}{word}{'。' if language in ('zh', 'yue', 'ja') else '.'}")
    found = [meaning_of(token) for token in tokens if token.at >= len(before) and token.category in TELLING]
    wrong = [one for one in found if one not in right]
    return "wrong" if wrong else "right" if found else "unknown", found


def rows(half: str | None = None) -> list[dict[str, str]]:
    """The list, or every other line of it."""
    with LIST.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file, delimiter=";"))
    return lines if half is None else lines[half == "second" :: 2]


def measure(half: str | None = None) -> tuple[dict[str, Counter[str]], list[str]]:
    """Verdicts by language and by kind, and a line for each word that was not right."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in LANGUAGES}
    failed = []
    for row in rows(half):
        counts.setdefault(row["kind"], Counter())
        for language in LANGUAGES:
            verdict, found = judge(row[language], row["kind"], set(row["right"].split("|")), language)
            counts[language][verdict] += 1
            counts[row["kind"]][verdict] += 1
            if verdict != "right":
                failed.append(
                    f"{language:3} {verdict:7} {row['kind']:8} {row[language]} ({row['right']}) -> {', '.join(found)}"
                )
    return counts, failed


def _shares(count: Counter[str]) -> list[str]:
    return [f"{count[verdict] / count.total():.1%}" for verdict in ("right", "wrong", "unknown")]


def thresholds() -> str:
    """How often the nearest English anchor means what a wording of the tables means, by category, likeness and lead,
    and of how many wordings."""
    vectors, entries, meant = sense._table()
    asked = [(word, entry) for one in tongues.LANGUAGES for word, entry in tongues.table(one).items()]
    likeness = meaning.embed([word for word, _ in asked]) @ vectors.T
    found = []
    for (_, entry), row in zip(asked, likeness, strict=True):
        best = int(row.argmax())
        same = sense._same(entries[best])
        found.append(
            (same[0], same == sense._same(entry), float(row[best]), float(row[best] - row[meant != meant[best]].max()))
        )
    lines = []
    for category in ("person", "kind", "place", "colour", "hour", "weather", "action", "cutout"):
        for least in (0.6, 0.7, 0.75, 0.8):
            for lead in (0.0, 0.05, 0.1, 0.15):
                hits = [
                    right for name, right, like, ahead in found if name == category and like >= least and ahead >= lead
                ]
                lines.append(
                    [category, f"{least:g}", f"{lead:g}", str(len(hits)), f"{sum(hits) / max(1, len(hits)):.1%}"]
                )
    return table(["meaning", "likeness", "lead", "wordings", "right"], lines)


def main(argv: list[str] | None = None) -> int:
    """Print the table. Exit code 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.words", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", choices=("first", "second"), help="every other line of the list; default all")
    parser.add_argument("--show", action="store_true", help="also what was not right, of the first half only")
    parser.add_argument("--plain", action="store_true", help="without the sentence encoder")
    parser.add_argument(
        "--thresholds",
        action="store_true",
        help="instead: what the encoder makes of the tables' own wordings, by threshold",
    )
    parser.add_argument(
        "--anchors",
        action="store_true",
        help="instead: make lexicon/sense.npz anew after the tables have changed",
    )
    options = parser.parse_args(argv)
    if options.anchors or options.thresholds:
        print(f"{sense.write()} words" if options.anchors else thresholds())
        return 0
    if options.plain:
        meaning.available = lambda: False
    counts, failed = measure(options.half)
    print(
        table(
            ["", "words", "right", "wrong", "unknown"],
            [[name, str(count.total()), *_shares(count)] for name, count in counts.items()],
        )
    )
    if options.show:
        print("\n".join(failed if options.half == "first" else ["(only the first half may be looked at)"]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
