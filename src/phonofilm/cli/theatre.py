"""``phonofilm theatre``: a prompt staged, drawn, sounded, checked, marked and signed as every clip, and its truth
written down."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from phonofilm.cli.generate import Bar, asked, say
from phonofilm.clip.make import make
from phonofilm.media.video import check_writable, whole
from phonofilm.prompt import parse
from phonofilm.theatre.reframe import reframed
from phonofilm.theatre.stage import staging
from phonofilm.theatre.truth import truth


def theatre(options: argparse.Namespace) -> int:
    """Write the clip and, when asked, its truth and its card."""
    request = asked(options, engine="animatic")
    for path, suffixes in ((options.truth, (".json",)), (options.card, (".png", ".jpg"))):
        if path:
            check_writable(path, suffixes)
    with Bar(options.quiet) as bar:
        result = make(request, options.out, progress=bar)
    play = reframed(
        staging.stage(parse(request.prompt), request.seconds, request.seed), request.size[0] / request.size[1]
    )
    if options.truth:
        _save(Path(options.truth), truth(play).to_json() | {"unknown": list(play.unknown)})
    if options.card:
        from phonofilm.cli.card import save_card

        save_card(
            options.out,
            options.card,
            title=request.prompt,
            marks=[(contact.time, contact.kind) for contact in play.contacts if contact.visible],
        )
    say(result)
    return 0


def _save(path: Path, facts: dict[str, Any]) -> None:
    with whole(path) as partial:
        partial.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
