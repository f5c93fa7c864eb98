"""``python -m benchmarks.lists``: lists, searches and sums over a crowded database, asked of the service.

Of each question the processor time, this process's and the database's, and beside it the time that passed, of several.
What counts is the first: the second also tells what else the machine had to do.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.crowd import crowd
from benchmarks.installation import TICKS
from benchmarks.kill import database_url

MOST = 100.0
"""Milliseconds of processor time that a question may take."""


def questions(service: Any, caller: Any) -> dict[str, Callable[[], Any]]:
    """What is asked for often, and the searches that are hardest."""
    return {
        "first page": lambda: service.list(caller, limit=20),
        "page of a hundred, failed": lambda: service.list(caller, limit=100, states=("failed",)),
        "another model": lambda: service.list(caller, models=("elsewhere",)),
        "search, one rare word": lambda: service.list(caller, search="take3999"),
        "search, one common word": lambda: service.list(caller, search="beach"),
        "search, a single letter": lambda: service.list(caller, search="a"),
        "search, no such word": lambda: service.list(caller, search="zeppelin"),
        "search, eight common words": lambda: service.list(caller, search="red ball rolls over a beach at dusk"),
        "search, a common and a rare word": lambda: service.list(caller, search="waves take3999"),
    }


def spent(db: Any) -> float:
    """Processor seconds so far, of this process and of the database's."""
    from sqlalchemy import text

    out = time.process_time()
    if not db.sqlite:
        with db.engine.connect() as link:
            pids = set(link.scalars(text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")))
        stats = {pid: Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids}
        keeper = (
            Path(f"/proc/{next(iter(stats.values()))[1]}/stat").read_text().rsplit(")", 1)[1].split()
        )  # its ended children: parallel workers
        out += (
            sum(int(tick) for fields in stats.values() for tick in fields[11:13]) / TICKS
            + sum(int(tick) for tick in keeper[13:15]) / TICKS
        )
    return out


def measure(database: str, rows: int, count: int) -> dict[str, tuple[float, float]]:
    """Milliseconds of each question: of processors, the mean of ``count``, and of time, their median."""
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.config import Config
    from phonofilm.jobs.library import lookup
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.database import Database
    from phonofilm.storage.bucket import Bucket

    caller = Caller(tenant="main", user="u", scopes=frozenset({"read"}))
    out = {}
    with tempfile.TemporaryDirectory(prefix="phonofilm-lists-") as folder, database_url(database, Path(folder)) as url:
        config = Config(home=Path(folder), database_url=url, engines={"fake": {}})
        db = Database(url)
        db.migrate()
        crowd(db, rows, main=0.5)
        service = Service(db, Bucket.open(config.files), config)
        for name, ask in {**questions(service, caller), "usage": lambda: lookup.usage(db, "main")}.items():
            ask()
            took, before = [], spent(db)
            for _ in range(count):
                began = time.perf_counter()
                ask()
                took.append(1000 * (time.perf_counter() - began))
            out[name] = 1000 * (spent(db) - before) / count, statistics.median(took)
        db.close()
    return out


def main(argv: list[str] | None = None) -> int:
    """0 where no question took longer than it may."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lists", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000, help="jobs on record, half of them the asking tenant's")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument(
        "--database", action="append", help="sqlite, postgres (a private cluster) or a URL; default both"
    )
    args = parser.parse_args(argv)
    good = True
    for database in args.database or ["sqlite", "postgres"]:
        print(f"{database}, {args.rows} jobs on record, load {os.getloadavg()[0]:.1f}", flush=True)
        for name, took in measure(database, args.rows, args.count).items():
            good = good and took[0] <= MOST
            print(f"  {name}: {took[0]:.1f} ms of processors, {took[1]:.1f} ms passed", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
