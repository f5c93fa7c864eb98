"""``python -m benchmarks.numbers``: the owner's numbers over a crowded database.

Processor time, this process's and the database's, and beside it the time that passed; what counts is the first.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from benchmarks.crowd import crowd
from benchmarks.kill import database_url
from benchmarks.lists import spent

MOST = 200.0
"""Milliseconds of processor time that the numbers may take."""


def owned(db: Any, rows: int) -> None:
    """``rows`` jobs of the last twenty days by two thousand users: paid for, one in 25 refused or held, one in a
    hundred shared."""
    from phonofilm.jobs.store.database import new_id
    from phonofilm.jobs.store.tables import Review, Share

    crowd(db, rows, main=0.5)
    with db.session() as session:
        session.execute(text("UPDATE jobs SET \"user\" = 'u' || (seed % 2000), cost_settled = 70000"))
        session.execute(
            text('UPDATE jobs SET error = \'{"code": "input_blocked", "message": ""}\' WHERE state = \'failed\'')
        )
        some = session.execute(text("SELECT id, tenant, created, seed FROM jobs WHERE seed % 25 = 0")).all()
        common = {"reasons": [], "risk": 50, "state": "decided", "votes": [], "needed": 1, "note": "", "due": 0.0}
        reviews = [
            {
                **common,
                "id": new_id("rev"),
                "tenant": tenant,
                "subject": job,
                "created": created,
                "stage": "admit" if seed % 50 else "appeal",
            }
            for job, tenant, created, seed in some
        ]
        session.execute(insert(Review), reviews)
        same = {"user": "u", "prompt": False, "expires": 1e12}
        shares = [
            {**same, "id": new_id("shr"), "tenant": tenant, "job": job, "hash": job, "created": created}
            for job, tenant, created, seed in some
            if seed % 100 == 0
        ]
        session.execute(insert(Share), shares)
    with db.engine.connect() as link:
        link.execute(text("ANALYZE"))
        link.commit()


def measure(database: str, rows: int, count: int, days: int) -> tuple[float, float]:
    """Milliseconds of the numbers: of processors, the mean of ``count``, and of time, their median."""
    from phonofilm.jobs.observe.numbers import numbers
    from phonofilm.jobs.store.database import Database

    with (
        tempfile.TemporaryDirectory(prefix="phonofilm-numbers-") as folder,
        database_url(database, Path(folder)) as url,
    ):
        db = Database(url)
        db.migrate()
        owned(db, rows)
        numbers(db, days)
        took, before = [], spent(db)
        for _ in range(count):
            began = time.perf_counter()
            numbers(db, days)
            took.append(1000 * (time.perf_counter() - began))
        processors = 1000 * (spent(db) - before) / count
        db.close()
        return processors, statistics.median(took)


def main(argv: list[str] | None = None) -> int:
    """0 where they took no longer than they may."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.numbers", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000, help="generations of the last twenty days")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument(
        "--database", action="append", help="sqlite, postgres (a private cluster) or a URL; default both"
    )
    args = parser.parse_args(argv)
    good = True
    for database in args.database or ["sqlite", "postgres"]:
        processors, passed = measure(database, args.rows, args.count, args.days)
        good = good and processors <= MOST
        took = f"{processors:.1f} ms of processors, {passed:.1f} ms passed"
        print(f"{database}, {args.rows} generations, load {os.getloadavg()[0]:.1f}: {took}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
