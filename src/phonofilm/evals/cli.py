"""``phonofilm evaluate``: measure an engine or a folder of clips against the held-out prompts."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from phonofilm.errors import RequestError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``phonofilm evaluate``."""
    parser.add_argument(
        "--engine",
        action="append",
        default=[],
        help=(
            "engine to run (may be given several times): animatic is the truth column, codec the truth through our"
            " codecs, native-cascaded the cascaded one, native-oracle the one after the theatre's cues"
        ),
    )
    parser.add_argument(
        "--clips",
        action="append",
        default=[],
        metavar="[NAME=]DIR",
        help="folder of ready clips, named after prompt ids or with a manifest.jsonl",
    )
    parser.add_argument("--suite", default="heldout", help="heldout, or the path of a .jsonl file of prompts")
    parser.add_argument("--out", required=True, type=Path, help="folder for clips, JSON and report.md")
    parser.add_argument("--seeds", type=int, default=1, help="clips per prompt (seeds 0, 1, ...)")
    parser.add_argument("--part", default="1/1", help="k/n: only every n-th prompt, from the k-th")
    parser.add_argument(
        "--resume", action=argparse.BooleanOptionalAction, default=True, help="keep what is already there (default)"
    )
    parser.add_argument("--simple", action="store_true", help="only the single-subject prompts")
    parser.add_argument("--limit", type=int, help="only so many prompts, spread evenly")
    parser.add_argument("--steps", type=int, help="denoising steps")
    parser.add_argument("--guidance", type=float, help="guidance")
    parser.add_argument("--resolution", default="480p", help="size the engines write")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make, judge, report. Returns the exit code."""
    from phonofilm.evals import report, suite

    if not args.engine and not args.clips and not args.out.is_dir():
        raise RequestError(
            "nothing to evaluate: give --engine NAME or --clips DIR, or an --out folder that already holds measured"
            " clips"
        )
    if args.seeds < 1:
        raise RequestError(f"--seeds {args.seeds} makes no clip: give 1 or more")
    part = suite.Part.of(args.part)
    prompts = suite.prompts_of(args.suite, simple=args.simple, limit=args.limit)
    folders = [(name, Path(folder)) for name, _, folder in (given.rpartition("=") for given in args.clips)]
    for _, path in folders:
        if not path.is_dir():
            raise RequestError(f"there is no folder '{path}': give a folder of clips to --clips")
    makers = [
        (name, suite.engine_maker(name, steps=args.steps, guidance=args.guidance, resolution=args.resolution))
        for name in args.engine
    ]
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(
            f"'{args.out}' cannot be made ({error.strerror}): choose a folder you may write to"
        ) from error

    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    for name, make in makers:
        suite.run(
            suite.COLUMN_OF.get(name, name),
            make,
            prompts,
            args.out,
            seeds=range(args.seeds),
            part=part,
            resume=args.resume,
            tell=tell,
        )
    for name, path in folders:
        suite.judge_folder(name or path.name, path, prompts, args.out, part=part, resume=args.resume, tell=tell)
    columns = suite.columns_in(args.out)
    if not columns:
        raise RequestError(f"'{args.out}' holds no measured clip: give --engine NAME or --clips DIR")
    words = [
        "phonofilm",
        "evaluate",
        *[w for e in args.engine for w in ("--engine", e)],
        *[w for c in args.clips for w in ("--clips", c)],
        "--suite",
        args.suite,
    ]
    words += (
        ["--seeds", str(args.seeds)] + ["--simple"] * args.simple + (["--limit", str(args.limit)] if args.limit else [])
    )
    words += (
        (["--steps", str(args.steps)] if args.steps else [])
        + (["--guidance", str(args.guidance)] if args.guidance is not None else [])
        + ["--out", args.out.name]
    )
    print(report.write(args.out, columns, shlex.join(words)))
    return 0
