"""``phonofilm votes``: what people said of clips, as lines a reward model learns from."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from phonofilm.cli.serve import settings_of
from phonofilm.media.video import whole

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """export, ranking."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    export = actions.add_parser(
        "export", help="every vote on a pair as one line of JSON: prompt, both clips, who was chosen"
    )
    export.add_argument("--out", type=Path, default=Path("pairs.jsonl"), metavar="FILE", help="default %(default)s")
    export.set_defaults(act=_export)
    rank = actions.add_parser("ranking", help="how engines stand by these votes")
    rank.set_defaults(act=_ranking)
    for action in (export, rank):
        action.add_argument("--tenant", help="only this tenant's; a ranking is of 'main' where none is named")
        action.add_argument("--home", type=Path, metavar="DIR", help="folder of the installation; default ~/.phonofilm")
        action.add_argument("--database-url", metavar="URL", help="its database; default SQLite in the home")


def run(options: argparse.Namespace) -> int:
    """Open the installation's database and act."""
    settings = settings_of(options)
    from phonofilm.jobs.store.database import Database

    db = Database(settings.config().database)
    db.migrate()
    return int(options.act(db, options))


def _export(db: Database, options: argparse.Namespace) -> int:
    from phonofilm.votes import ranking

    count = 0
    with whole(options.out) as partial, partial.open("w", encoding="utf-8") as out:
        for line in ranking.pairs(db, options.tenant):
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
    print(f"{options.out}: {count} pair{'' if count == 1 else 's'}; the files are named as they lie in the bucket")
    return 0


def _ranking(db: Database, options: argparse.Namespace) -> int:
    from phonofilm.votes import ranking

    found = ranking.ranking(db, options.tenant or "main")
    print(f"{'engine':<24} {'score':>7} {'95 %':>15} {'Elo':>7} {'votes':>6}")
    for one in found.engines:
        print(
            f"{one.name:<24} {one.score:>7.0f} {f'{one.low:.0f} to {one.high:.0f}':>15} {one.elo:>7.0f} {one.votes:>6}"
        )
    print(found.verdict)
    return 0
