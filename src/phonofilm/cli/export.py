"""``phonofilm export``: a prompt in the words of another engine."""

from __future__ import annotations

import argparse
import sys

from phonofilm.prompt import check, parse
from phonofilm.prompt.export import export as written
from phonofilm.prompt.export import fields
from phonofilm.prompt.settled import ORDINARY, settled


def export(options: argparse.Namespace) -> int:
    """Print the prompt; on stderr what is to be set beside it, and what was mended."""
    seconds = options.duration or settled(options.prompt).get("seconds", ORDINARY)
    script = parse(options.prompt)
    check(script, seconds)
    print(written(script, options.dialect, seconds))
    beside = fields(script, options.dialect, seconds).items()
    print("set beside it:", ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in beside), file=sys.stderr)
    for note, _ in script.notes:
        print(f"note: {note}", file=sys.stderr)
    return 0
