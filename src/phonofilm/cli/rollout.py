"""``phonofilm rollout``: an engine's new version enters by canary and leaves by rollback."""

from __future__ import annotations

import argparse
import getpass
from typing import TYPE_CHECKING

from phonofilm.cli.serve import settings_of

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database
    from phonofilm.server.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """begin, list, hold, go, back, passed, look."""
    from pathlib import Path

    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    begin = actions.add_parser("begin", help="a candidate enters at 5 %% of the tenants")
    begin.add_argument("model", metavar="MODEL", help="the name callers ask for, such as seedance_v2")
    begin.add_argument("--control", required=True, metavar="ENGINE", help="what it means now")
    begin.add_argument("--candidate", required=True, metavar="ENGINE")
    begin.set_defaults(act=_begin)
    actions.add_parser("list", help="where each stands and what it waits for").set_defaults(act=_list)
    for name, told in (
        ("hold", "stay where it is"),
        ("go", "to the next stage, or on walking"),
        ("back", "nobody gets the candidate any more"),
    ):
        action = actions.add_parser(name, help=told)
        action.add_argument("id", metavar="ID")
        action.add_argument("--note", required=True, help="why; it goes into the log of decisions")
        action.set_defaults(act=_act, action=name)
    passed = actions.add_parser("passed", help="the candidate has passed a suite")
    passed.add_argument("id", metavar="ID")
    passed.add_argument("suite", choices=("unit", "vectors"))
    passed.add_argument("--not", dest="failed", action="store_true", help="it has not")
    passed.set_defaults(act=_passed)
    actions.add_parser("look", help="look at them now; the service does so every half minute").set_defaults(act=_look)
    for action in actions.choices.values():
        action.add_argument("--home", type=Path, metavar="DIR", help="folder of the installation; default ~/.phonofilm")
        action.add_argument("--database-url", metavar="URL", help="its database; default SQLite in the home")


def run(options: argparse.Namespace) -> int:
    """Open the installation's database and act."""
    settings = settings_of(options)
    from phonofilm.jobs.store.database import Database

    db = Database(settings.config().database)
    db.migrate()
    return int(options.act(db, options, settings))


def _who() -> str:
    return f"cli/{getpass.getuser()}"


def _begin(db: Database, options: argparse.Namespace, settings: Settings) -> int:
    from phonofilm.rollout import control

    row = control.begin(
        db,
        frozenset(settings.engines),
        model=options.model,
        control=options.control,
        candidate=options.candidate,
        actor=_who(),
    )
    print(f"{row.id}: 5 % of the tenants get {row.candidate} for {row.model}")
    return 0


def _list(db: Database, options: argparse.Namespace, settings: Settings) -> int:
    from phonofilm.rollout import control

    for row in control.every(db):
        walk = control.walk_of(row)
        stands = f"{row.state.replace('_', ' ')}, {control.percent_of(row)} %, {walk.soaked / 3600:.1f} h"
        print(f"{row.id}  {row.model}: {row.control} -> {row.candidate}  {stands}")
        print(f"    {walk.candidate.ended} clips, {walk.candidate.errors} errors in this stage; {row.reason}")
    file = control.FlagFile(settings.flags, frozenset(settings.engines)) if settings.flags else None
    if file is not None:
        file.flags()
        print(f"flags: {file.trouble or 'read'}")
    return 0


def _act(db: Database, options: argparse.Namespace, settings: Settings) -> int:
    from phonofilm.rollout import control

    row = control.act(db, options.id, options.action, actor=_who(), note=options.note)
    print(f"{row.id}: {row.state.replace('_', ' ')}, {control.percent_of(row)} %")
    return 0


def _passed(db: Database, options: argparse.Namespace, settings: Settings) -> int:
    from phonofilm.rollout import control

    row = control.passed(db, options.id, options.suite, not options.failed, actor=_who())
    print(f"{row.id}: passed {', '.join(row.passed) or 'nothing'}")
    return 0


def _look(db: Database, options: argparse.Namespace, settings: Settings) -> int:
    from phonofilm.rollout import control

    for row in control.look(db):
        print(f"{row.id}: {row.state.replace('_', ' ')}, {control.percent_of(row)} %; {row.reason}")
    return 0
