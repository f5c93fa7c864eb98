"""``python -m benchmarks.load --minutes 10``: how many clips a minute this machine sustains, what the service adds to
each, how fast it answers.

The fake engine makes 5 s at 854x480. Without packaging first (its plain file is published), then with full packaging:
watermark, label, streaming renditions, stills and signatures. Submits keep the queue just full. The service's own
overhead of a job is the time from submit to published less what the engine took to generate and write, measured one job
at a time, so that nobody waits for a place.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.kill import database_url

PROMPT = "A red ball bounces on a beach at dusk, take {number}."


def work(config: Any) -> None:
    """A worker process."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from phonofilm.jobs.run.worker import run_worker

    (config.home / "logs").mkdir(exist_ok=True)
    log = (config.home / "logs" / f"{os.getpid()}.log").open("w", buffering=1)
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    sys.exit(run_worker(config))


@dataclass(frozen=True, kw_only=True)
class Sustained:
    """A stretch of steady work."""

    packaged: bool
    seconds: float
    submitted: int
    succeeded: int
    other: int
    per_minute: float
    latency: float
    """Median seconds from submit to published, waiting in the queue included."""


class Bench:
    """A service, its workers and its books."""

    def __init__(self, home: Path, database: str, workers: int, concurrency: int, seconds: float) -> None:
        from phonofilm.jobs.accounts import keys
        from phonofilm.jobs.accounts.caller import Caller
        from phonofilm.jobs.config import Config
        from phonofilm.jobs.service import Service
        from phonofilm.jobs.store.database import Database
        from phonofilm.storage.bucket import Bucket

        self.config = Config(
            home=home,
            database_url=database,
            engines={"fake": {}},
            profile="eu",
            queue_poll=0.01,
            concurrency=concurrency,
            tenant_concurrency=1000,
            package=False,
        )
        self.db = Database(self.config.database)
        self.db.migrate()
        keys.ensure_tenant(self.db, "bench")
        with self.db.session() as session:
            from phonofilm.jobs.store.tables import Tenant

            session.get_one(Tenant, "bench").settings = {"daily_clips": None, "open_jobs": None}
        self.service = Service(self.db, Bucket.open(self.config.files), self.config)
        self.caller = Caller(tenant="bench", user="bench", scopes=frozenset({"generate", "read"}))
        self.workers, self.length, self.number = workers, seconds, 0
        self._crew: list[Any] = []

    def crew(self, **changes: Any) -> None:
        """Replace the workers by ones with other settings."""
        self.dismiss()
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["phonofilm.jobs.run.worker", "phonofilm.trust.provenance"])
        for _ in range(changes.pop("workers", self.workers)):
            process = context.Process(target=work, args=(replace(self.config, **changes),), daemon=True)
            process.start()
            self._crew.append(process)

    def dismiss(self) -> None:
        """End the workers."""
        for process in self._crew:
            process.terminate()
        for process in self._crew:
            process.join(60)
            process.kill()
        self._crew = []

    def submit(self) -> Any:
        """One job."""
        from phonofilm.spec.request import Generate

        self.number += 1
        request = Generate(
            prompt=PROMPT.format(number=self.number), engine="fake", seed=self.number, seconds=self.length
        )
        return self.service.submit(self.caller, request, model="fake", dialect="native")

    def ended(self, job_id: str) -> Any:
        """Wait for a job's end."""
        from phonofilm.jobs.store.tables import TERMINAL

        while (job := self.service.get(self.caller, job_id)).state not in TERMINAL:
            time.sleep(0.005)
        return job

    def sustain(self, minutes: float, packaged: bool) -> Sustained:
        """Keep every worker busy for so long; count what is published in that time."""
        from sqlalchemy import select

        from phonofilm.jobs.store.tables import Job

        self.crew(package=packaged)
        self.ended(self.submit().id)  # warm
        begin, first = time.time(), self.number
        ids = []
        while time.time() - begin < minutes * 60:
            if (
                self.service.list(self.caller, limit=1, states=("queued", "running"))[1]
                < 3 * self.workers * self.config.concurrency
            ):
                ids.append(self.submit().id)
            else:
                time.sleep(0.02)
        seconds = time.time() - begin
        with self.db.reading() as session:
            done = len(
                session.scalars(
                    select(Job.id).where(
                        Job.state == "succeeded", Job.finished >= begin, Job.finished < begin + seconds
                    )
                ).all()
            )
        ended = [self.ended(job_id) for job_id in ids]
        good = [job for job in ended if job.state == "succeeded"]
        latency = statistics.median(job.finished - job.created for job in good) if good else float("nan")
        return Sustained(
            packaged=packaged,
            seconds=round(seconds, 1),
            submitted=self.number - first,
            succeeded=len(good),
            other=len(ended) - len(good),
            per_minute=round(60 * done / seconds, 1),
            latency=round(latency, 2),
        )

    def overhead(self, count: int) -> list[float]:
        """Milliseconds the service adds to a job, one at a time, packaging left out."""
        self.crew(package=False, workers=1)
        self.ended(self.submit().id)
        out = []
        for _ in range(count):
            begin = time.time()
            job = self.ended(self.submit().id)
            timings = job.result["timings"]
            out.append(1000 * (job.finished - begin - timings["engine"] - timings["write"]))
        return out

    def gets(self, rows: int, count: int = 500) -> list[float]:
        """Milliseconds of a GET with so many jobs on record."""
        from sqlalchemy import func, insert, select

        from phonofilm.jobs.store.database import new_id
        from phonofilm.jobs.store.tables import Job

        with self.db.session() as session:
            like = session.scalars(select(Job).where(Job.state == "succeeded").limit(1)).one()
            plain = {column.key: getattr(like, column.key) for column in Job.__table__.columns}
            there = session.scalar(select(func.count()).select_from(Job)) or 0
            copies = [{**plain, "id": new_id("gen"), "watermark": None} for _ in range(max(0, rows - there))]
            if copies:
                session.execute(insert(Job), copies)
            ids = session.scalars(select(Job.id).order_by(func.random()).limit(count)).all()
        out = []
        for job_id in ids:
            begin = time.perf_counter()
            self.service.get(self.caller, job_id)
            self.service.outputs(job_id)
            out.append(1000 * (time.perf_counter() - begin))
        return out


def run(
    home: Path,
    database: str,
    *,
    minutes: float,
    packaged_minutes: float,
    workers: int,
    concurrency: int,
    jobs: int,
    rows: int,
    seconds: float,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Every figure."""
    bench = Bench(home, database, workers, concurrency, seconds)
    out: dict[str, Any] = {
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "database": bench.db.engine.dialect.name,
    }
    out |= {"workers": workers, "concurrency": concurrency}
    try:
        own = bench.overhead(jobs)
        out["overhead_ms"] = {"median": round(statistics.median(own), 1), "most": round(max(own), 1), "jobs": jobs}
        say(
            f"own overhead of a job, submit to published: median {out['overhead_ms']['median']} ms of {jobs} jobs"
            " (engine, encoding, packaging excluded)"
        )
        for packaged in (False, True):
            found = bench.sustain(packaged_minutes if packaged else minutes, packaged)
            out["packaged" if packaged else "plain"] = found.__dict__
            how = "with full packaging" if packaged else "without packaging"
            counts = f"{found.submitted} submitted, {found.succeeded} succeeded, {found.other} otherwise"
            say(f"{how}: {found.per_minute} a minute over {found.seconds} s; {counts}")
        bench.dismiss()
        got = bench.gets(rows)
        out["get_ms"] = {
            "median": round(statistics.median(got), 2),
            "p95": round(sorted(got)[int(0.95 * len(got))], 2),
            "rows": rows,
        }
        say(f"a GET with {rows} jobs on record: median {out['get_ms']['median']} ms, p95 {out['get_ms']['p95']} ms")
    finally:
        bench.dismiss()
        bench.db.close()
    return out


def main(argv: list[str] | None = None) -> int:
    """0 where every job submitted succeeded; 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="of the stretch without packaging")
    parser.add_argument("--packaged-minutes", type=float, help="of the stretch with full packaging; default the same")
    parser.add_argument("--database", default="sqlite", help="sqlite, postgres (a private cluster) or a URL")
    parser.add_argument("--workers", type=int, default=1, help="worker processes")
    parser.add_argument("--concurrency", type=int, default=2, help="jobs each walks at a time")
    parser.add_argument("--jobs", type=int, default=30, help="jobs the overhead is measured on")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of the clips")
    parser.add_argument("--json", type=Path, help="write the figures here")
    args = parser.parse_args(argv)
    home = Path(tempfile.mkdtemp(prefix="phonofilm-load-"))
    try:
        with database_url(args.database, home) as url:
            out = run(
                home,
                url,
                minutes=args.minutes,
                packaged_minutes=args.packaged_minutes or args.minutes,
                workers=args.workers,
                concurrency=args.concurrency,
                jobs=args.jobs,
                rows=args.rows,
                seconds=args.seconds,
                say=lambda line: print(line, flush=True),
            )
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if args.json:
        args.json.write_text(json.dumps(out, indent=1))
    return 0 if out["plain"]["other"] == out["packaged"]["other"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
