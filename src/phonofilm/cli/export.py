"""``phonofilm export``: a prompt in the words of another engine, as a storyboard, for an editor, or as a cue sheet."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from phonofilm.media.video import check_writable, whole
from phonofilm.prompt import check, parse
from phonofilm.prompt.editing.export import DIALECTS, fields
from phonofilm.prompt.editing.export import export as written
from phonofilm.prompt.script import Script
from phonofilm.prompt.settled import ORDINARY, settled


def export(options: argparse.Namespace) -> int:
    """Print the prompt; on stderr what is to be set beside it, and what was mended."""
    seconds = options.duration or settled(options.prompt).get("seconds", ORDINARY)
    script = parse(options.prompt)
    check(script, seconds)
    if options.dialect not in DIALECTS:
        return _file(options, script, seconds)
    print(written(script, options.dialect, seconds))
    beside = fields(script, options.dialect, seconds).items()
    print(
        "set beside it:",
        ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in beside),
        file=sys.stderr,
    )
    _tell(script)
    return 0


def _file(options: argparse.Namespace, script: Script, seconds: float) -> int:
    """Write it, and print where."""
    from phonofilm.theatre.board import Board  # with the theatre's drawing, which a dialect does without

    out = check_writable(options.out or Path(options.dialect), (Path(options.dialect).suffix,))
    ratio = options.ratio or settled(options.prompt).get("ratio", "16:9")
    board = Board(script=script, seconds=seconds, seed=options.seed, ratio=ratio)
    with whole(out) as partial:
        partial.write_bytes(board.write(options.dialect))
    print(out)
    _tell(script)
    return 0


def _tell(script: Script) -> None:
    for note, _ in script.notes:
        print(f"note: {note}", file=sys.stderr)
