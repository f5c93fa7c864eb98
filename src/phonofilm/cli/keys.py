"""``phonofilm keys``: make, list and revoke API keys on the machine itself, without a key."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from phonofilm.cli.serve import settings_of
from phonofilm.errors import RequestError

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """create, list, revoke."""
    from pathlib import Path

    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a key; it is shown once")
    create.add_argument("--tenant", default="main", help="whose key; made if it is new; default main")
    create.add_argument("--user", default="owner", help="who uses it: limits per minute count per user; default owner")
    create.add_argument(
        "--scopes", default="generate,read", help="of generate, read, review, operate; default generate,read"
    )
    create.add_argument("--name", default="", help="a word to know it by")
    create.add_argument("--days", type=float, help="it ends after so many days; default never")
    create.set_defaults(act=_create)
    every = actions.add_parser("list", help="every key, without secrets")
    every.add_argument("--tenant", help="only this tenant's")
    every.set_defaults(act=_list)
    revoke = actions.add_parser("revoke", help="a key opens nothing from now on")
    revoke.add_argument("id", metavar="ID", help="the part between pf_ and the secret")
    revoke.set_defaults(act=_revoke)
    for action in (create, every, revoke):
        action.add_argument("--home", type=Path, metavar="DIR", help="folder of the installation; default ~/.phonofilm")
        action.add_argument("--database-url", metavar="URL", help="its database; default SQLite in the home")


def run(options: argparse.Namespace) -> int:
    """Open the installation's database and act."""
    settings = settings_of(options)
    from phonofilm.jobs.store.database import Database

    db = Database(settings.config().database)
    db.migrate()
    return int(options.act(db, options))


def _create(db: Database, options: argparse.Namespace) -> int:
    from phonofilm.jobs.accounts import keys

    if options.days is not None and not 0 < options.days < 36_500:
        raise RequestError("--days is above 0 and below 36500; choose a number between")
    scopes = [scope.strip() for scope in options.scopes.split(",") if scope.strip()]
    expires = None if options.days is None else time.time() + options.days * 86_400
    _, whole = keys.create(
        db,
        tenant=options.tenant,
        user=options.user,
        scopes=scopes,
        name=options.name,
        expires=expires,
    )
    print(whole)
    return 0


def _list(db: Database, options: argparse.Namespace) -> int:
    from phonofilm.jobs.accounts import keys

    print(f"{'id':<13} {'tenant':<16} {'user':<16} {'scopes':<30} {'state':<8} name")
    for row in keys.every(db, options.tenant):
        state = "revoked" if row.revoked else "expired" if row.expires and row.expires < time.time() else "good"
        print(f"{row.id:<13} {row.tenant:<16} {row.user:<16} {','.join(row.scopes):<30} {state:<8} {row.name}")
    return 0


def _revoke(db: Database, options: argparse.Namespace) -> int:
    from phonofilm.jobs.accounts import keys

    if not keys.revoke(db, options.id):
        raise RequestError(f"there is no key '{options.id}'; see: phonofilm keys list")
    print(f"{options.id} revoked")
    return 0
