"""``python -m benchmarks.lists``: lists, searches and sums over a crowded database, asked of the service.

Processor time and wall time of each question, the median of several; nobody else asks meanwhile.
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
from benchmarks.kill import database_url

MOST = 100.0
"""Milliseconds that a question may take."""


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


def measure(database: str, rows: int, count: int) -> dict[str, float]:
    """Milliseconds of each question, the median of ``count``."""
    from phonofilm.jobs import lookup
    from phonofilm.jobs.config import Config
    from phonofilm.jobs.database import Database
    from phonofilm.jobs.service import Caller, Service
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
            took = []
            for _ in range(count):
                began = time.perf_counter()
                ask()
                took.append(1000 * (time.perf_counter() - began))
            out[name] = statistics.median(took)
        db.close()
    return out


def main(argv: list[str] | None = None) -> int:
    """0 where no question took longer than it may."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lists", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000, help="jobs on record, half of them the asking tenant's")
    parser.add_argument("--count", type=int, default=9)
    parser.add_argument("--database", action="append", help="sqlite, postgres (a private cluster) or a URL; default both")
    args = parser.parse_args(argv)
    good = True
    for database in args.database or ["sqlite", "postgres"]:
        print(f"{database}, {args.rows} jobs on record, load {os.getloadavg()[0]:.1f}", flush=True)
        for name, took in measure(database, args.rows, args.count).items():
            good = good and took <= MOST
            print(f"  {name}: {took:.1f} ms", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
