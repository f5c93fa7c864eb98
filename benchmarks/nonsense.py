"""How long a plan of 5,000 characters of nonsense takes at most, each kind once: what is pasted by mistake or by malice
has a bounded time.

    python -m benchmarks.nonsense

Nested and unclosed brackets, JSON bombs, marks without words, 200 shots, 2,000 nouns, endless spaces. Processor time of
parse and plan; a prompt that is refused says where. Exit code 1 where one takes over ``LIMIT`` seconds or anything but
a clear refusal is raised.
"""

from __future__ import annotations

import time

from benchmarks.timing import table
from phonofilm.errors import PromptError
from phonofilm.prompt import parse
from phonofilm.theatre.heard import heard

LIMIT = 2.0
"""Seconds of the processor."""
NONSENSE = {
    "nested brackets": "[" * 2500 + "]" * 2500,
    "open brackets": "(" * 5000,
    "open marks": "[shot 1" * 700,
    "braces": "{" * 4000,
    "deep JSON": '{"a":' * 800 + "1" + "}" * 800,
    "wide JSON": '{"scenes":[' + ",".join(["{}"] * 1500) + "]}",
    "JSON of strings": '{"a":["' + '","'.join(["x"] * 1200) + '"]}',
    "open JSON": '{"scenes":[{"visual":"' * 230,
    "quotes": '"' * 4999,
    "an open quote": 'She says: "' + "la " * 1600,
    "marks without words": "[0-1s] " * 700,
    "spans": "0-3s " * 1000,
    "labels": "Shot 1: " * 600,
    "titles": "Shot 1 - a " * 450,
    "bold": "**" * 2500,
    "rules": "=" * 4999,
    "bullets": "- " * 2500,
    "numbers": "1. " * 1600,
    "new lines": "\n" * 4990 + "a",
    "bars": "|" * 5000,
    "tables": "|a|\n|-|\n" * 600,
    "commas": "a,b\n" * 1200,
    "screenplays": "INT. A - DAY\nBOB\nHi\n" * 230,
    "no": "no a, " * 800,
    "negatives": "NEGATIVE: " * 500,
    "flags": "--no " * 1000,
    "spaces": " " * 4990 + "a",
    "tabs": "a" + "\t" * 4000 + "b",
    "references": "@图片1" * 1200,
    "subjects": "<Subject_1> " * 400,
    "cuts": "cut to " * 700,
    "then cut to": "a, then cut to b" * 300,
    "framings": "wide (" * 800,
    "200 shots": "\n".join(f"{n}-{n + 1}s: a ball bounces" for n in range(200)),
    "nouns": "a dog, " * 710,
    "verbs": "She " + "sits, jumps, " * 380,
    "lines": 'Cat (a): "b" ' * 380,
    "他说": "他轻声说：“好”" * 620,
    "YAML": "a:\n b:\n" * 700,
    "one word": "a" * 5000,
    "emoji": "🎬" * 4999,
}


def main() -> int:
    """Print the table. Exit code 1 where a time or an error is out of bounds."""
    rows, failed = [], False
    for known in ("A cat sits zorbly.", "一只猫在海边奔跑。", "@图片1 走。"):
        heard(parse(known), 5.0)
    for name, text in NONSENSE.items():
        begin, told = time.process_time(), "read"
        try:
            script = parse(text[:5000])
            heard(script, 15.0, 0, text[:5000])
        except PromptError as error:
            told = str(error)[:60]
        took = time.process_time() - begin
        failed = failed or took > LIMIT
        rows.append([name, f"{took:.2f}", told])
    print(table(["what", "seconds", "result"], sorted(rows, key=lambda row: -float(row[1]))))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
