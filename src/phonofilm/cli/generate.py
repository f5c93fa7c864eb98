"""``phonofilm generate``: a prompt in, an MP4 out, with a progress bar."""

from __future__ import annotations

import argparse
import sys
from types import TracebackType
from typing import Any

from tqdm import tqdm

from phonofilm.clip.make import make
from phonofilm.errors import RequestError
from phonofilm.media.video import check_writable
from phonofilm.prompt.settled import settled
from phonofilm.spec import cue_file
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result


class Bar:
    """A bar per stage on stderr; silent where nobody watches (no terminal) or when asked to be quiet."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.stage = ""
        self.bar: tqdm[None] | None = None

    def __call__(self, progress: Progress) -> None:
        if self.bar is None or progress.stage != self.stage:
            self._close()
            self.stage = progress.stage
            self.bar = tqdm(
                total=progress.total, desc=f"{progress.stage:8s}", disable=True if self.quiet else None, leave=True
            )
        self.bar.update(progress.done - self.bar.n)

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


def asked(options: argparse.Namespace, **more: Any) -> Generate:
    """The request of a command line: what it leaves open the prompt settles."""
    named = {
        "seconds": options.duration,
        "seed": options.seed,
        "resolution": options.resolution,
        "ratio": options.ratio,
    }
    fields = {name: value for name, value in named.items() if value is not None}
    return Generate(prompt=options.prompt, **settled(options.prompt, fields), **fields, **more)


def generate(options: argparse.Namespace) -> int:
    """Make the clip the options describe and say what was made."""
    request = asked(options, engine=options.engine, steps=options.steps, guidance=options.guidance, cues=options.cues)
    for path, suffixes in ((options.card, (".png", ".jpg")), (options.save_cues, (".json",))):
        if path:
            check_writable(path, suffixes)
    with Bar(options.quiet) as bar:
        result = make(request, options.out, weights=options.weights, progress=bar)
    if options.save_cues:
        if result.cues is None:
            raise RequestError(
                f"engine {result.engine} tells no cues: leave --save-cues out or choose the engine native"
                f" ({result.path} is made)"
            )
        cue_file.write(options.save_cues, result.cues)
    if options.card:
        from phonofilm.cli.card import save_card

        marks = result.details.get("contacts")
        save_card(
            result.path or options.out,
            options.card,
            title=request.prompt,
            note=_line(result),
            marks=marks if isinstance(marks, list) else [],
        )
    say(result)
    return 0


def say(result: Result) -> None:
    """One line on stdout about the clip; its notes on stderr."""
    print(f"{result.path}: {_line(result)}")
    for note in result.notes:
        print(f"note: {note}", file=sys.stderr)


def _line(result: Result) -> str:
    native = "" if result.native_size == result.size else f", made at {result.native_size[0]}x{result.native_size[1]}"
    took = sum(result.timings.values())
    return (
        f"{result.seconds:g} s, {result.size[0]}x{result.size[1]}{native}, engine {result.engine}, seed {result.seed},"
        f" {took:.1f} s"
    )
