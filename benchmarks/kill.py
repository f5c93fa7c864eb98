"""``python -m benchmarks.kill --kills 200 --database sqlite|postgres|URL``: workers are killed (-9) at every step, and
nothing may be lost.

Workers are processes of their own. Each kill is ordered for one step and one moment of it: before its work, after its
work and before it is checkpointed, a random moment later, or (for paid engines) just when the vendor has accepted a
submit and has not answered. Afterwards everything is let run to its end and the books are compared: jobs, outputs,
events, ledger, the bucket, and the vendors' own counts.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from benchmarks.crash import ENGINES, PHASES, configuration, work

SETTLED = 3.0
"""Seconds after the last order by which whoever it kills is dead."""


@dataclass
class Report:
    """What came out."""

    database: str
    kills: int = 0
    orders: Counter[str] = field(default_factory=Counter)
    jobs: int = 0
    states: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Nothing lost, nothing twice, nothing repeated, books that agree."""
        return not (self.lost or self.twice or self.repeated or self.wrong)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {**self.__dict__, "orders": dict(self.orders), "states": dict(self.states), "good": self.good}


def orders(kills: int) -> list[tuple[str, str]]:
    """Spread over every step and moment; each paid moment as often as a whole step."""
    from phonofilm.jobs.run import workflow

    kinds = [(step.name, phase) for phase in PHASES for step in workflow.STEPS] + [("generate", "accepted")] * 3
    return [kinds[number % len(kinds)] for number in range(kills)]


def run(
    home: Path,
    database: str,
    kills: int,
    *,
    workers: int = 2,
    seed: int = 0,
    patience: float = 900.0,
    say: Callable[[str], None] = print,
) -> Report:
    """Kill ``kills`` times, let everything finish, compare the books."""
    from benchmarks import doubles

    doubles.offer()
    from phonofilm.jobs.accounts import keys
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.database import Database
    from phonofilm.storage.bucket import Bucket

    started = time.monotonic()
    chance = random.Random(seed)
    config = configuration(home, database)
    doubles.small_clip(home / "vendors")
    db = Database(config.database)
    db.migrate()
    keys.ensure_tenant(db, "acme")
    service = Service(db, Bucket.open(config.files), config)
    caller = Caller(tenant="acme", user="bench", scopes=frozenset({"generate", "read"}))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["benchmarks.crash", "benchmarks.doubles", "phonofilm.jobs.run.worker", "phonofilm.trust.provenance"]
    )
    crew: list[BaseProcess] = []
    report = Report(database=db.engine.dialect.name)
    due, quiet_since = orders(kills), time.monotonic()

    def keep_crew() -> None:
        for process in list(crew):
            if not process.is_alive():
                if process.exitcode == -signal.SIGKILL:
                    report.kills += 1
                else:
                    report.wrong.append(f"a worker ended by itself with {process.exitcode}")
                process.join()
                crew.remove(process)
        while len(crew) < workers:
            process = context.Process(target=work, args=(config,), daemon=True)
            process.start()
            crew.append(process)

    def open_jobs() -> int:
        return service.list(caller, limit=1, states=("queued", "running"))[1]

    def submit() -> None:
        engine = ENGINES[report.jobs % len(ENGINES)]
        _submit(service, caller, engine, report.jobs)
        report.jobs += 1

    deadline = time.monotonic() + patience
    told = -1
    try:
        while (report.kills < kills or due) and time.monotonic() < deadline:
            keep_crew()
            while open_jobs() < 3 * workers:
                submit()
            standing = list(home.glob("kill-*.json"))
            if due and len(standing) < workers:
                step, phase = due.pop(0)
                path = home / f"kill-{step}-{phase}.json"
                if path.exists():
                    due.append((step, phase))
                else:
                    partial = home / "order.tmp"
                    partial.write_text(json.dumps({"delay": chance.uniform(0.0, 0.6)}))
                    partial.rename(path)
                    report.orders[f"{step} {phase}"] += 1
            if due or standing:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > SETTLED:
                # an order carried out on a worker that was dying already killed nobody: so many are given again
                issued, missing = sum(report.orders.values()), kills - report.kills
                due += orders(issued + missing)[issued:]
            if report.kills // 20 != told:
                told = report.kills // 20
                say(f"{report.kills} kills, {report.jobs} jobs, {time.monotonic() - started:.0f} s")
            time.sleep(0.02)
        for path in home.glob("kill-*.json"):
            path.unlink(missing_ok=True)
        while open_jobs() and time.monotonic() < deadline + 120:
            keep_crew()
            time.sleep(0.05)
        time.sleep(0.5)
        keep_crew()
    finally:
        for process in crew:
            process.terminate()
        for process in crew:
            process.join(20)
            if process.is_alive():
                process.kill()
    compare(report, service, home)
    db.close()
    report.seconds = round(time.monotonic() - started, 1)
    return report


def _submit(service: Any, caller: Any, engine: str, number: int) -> Any:
    from phonofilm.spec.request import Generate

    request = Generate(prompt=f"A red ball bounces on a beach at dusk, take {number}.", engine=engine, seed=number)
    return service.submit(caller, request, model=engine, dialect="native", idempotency_key=f"kill-{number}")


def compare(report: Report, service: Any, home: Path) -> None:
    """Every job against its files, its events, its money and what the vendors billed."""
    from sqlalchemy import select

    from benchmarks.doubles import Vendor
    from phonofilm.jobs.money import ledger
    from phonofilm.jobs.store.tables import TERMINAL, Attempt, Event, Job, LedgerEntry, Output

    billed = Vendor(folder=str(home / "vendors")).billed()
    with service.db.reading() as session:
        jobs = list(session.scalars(select(Job)))
        published = Counter(session.scalars(select(Event.job).where(Event.type == "generation.succeeded")))
        settled = Counter(session.scalars(select(LedgerEntry.job).where(LedgerEntry.kind == "settle")))
        names = Counter((row.job, row.name) for row in session.scalars(select(Output)))
        outputs = list(session.scalars(select(Output)))
        retried = Counter(session.scalars(select(Attempt.job).where(Attempt.vendor_id.is_not(None))))
        report.wrong += ledger.mismatches(session)
        report.wrong += [f"{job}: its reserve stays open" for job in ledger.stranded(session)]
    report.states = Counter(job.state for job in jobs)
    report.lost = [f"{job.id} is {job.state} at {job.step}" for job in jobs if job.state not in TERMINAL]
    report.lost += [f"{job.id} failed: {job.error}" for job in jobs if job.state in ("failed", "expired", "cancelled")]
    if len(jobs) != report.jobs:
        report.lost.append(f"{report.jobs} submitted, {len(jobs)} on record")
    report.twice = [f"{job}: {count} events" for job, count in published.items() if count > 1]
    report.twice += [f"{job}: {count} bills" for job, count in settled.items() if count > 1]
    report.twice += [f"{job}: {name} {count} times" for (job, name), count in names.items() if count > 1]
    report.repeated = [f"{job}: billed {count} times by the vendor" for job, count in billed.items() if count > 1]
    report.repeated += [f"{job}: {count} vendor ids" for job, count in retried.items() if count > 1]
    for job in jobs:
        mine = [output for output in outputs if output.job == job.id]
        if (job.state == "succeeded") != bool(mine):
            report.wrong.append(f"{job.id} is {job.state} with {len(mine)} files")
        if job.state == "unknown_outcome" and job.engine != "blind":
            report.wrong.append(f"{job.id} could have been looked up at {job.engine}")
        if job.state == "succeeded" and job.engine != "local" and not billed.get(job.id):
            report.wrong.append(f"{job.id} was never billed by its vendor")
    report.wrong += [
        f"{output.job}: {output.name} is not as recorded" for output in outputs if not _same(service.bucket, output)
    ]


def _same(bucket: Any, output: Any) -> bool:
    import hashlib

    return hashlib.sha256(bucket.read(output.key)).hexdigest() == output.sha256


@contextmanager
def database_url(name: str, home: Path) -> Iterator[str]:
    """The database asked for: a SQLite file, a private PostgreSQL cluster of Debian's packages, or a URL as given."""
    if name == "sqlite":
        yield f"sqlite:///{home / 'phonofilm.db'}"
    elif name == "postgres":
        from benchmarks.postgres import cluster

        with cluster() as url:
            yield url
    else:
        yield name


def table(report: Report) -> str:
    """For people."""
    lines = [f"{report.database}: {report.kills} kills, {report.jobs} jobs, {report.seconds:.0f} s", ""]
    lines += ["| step | before | during | after | accepted |", "|---|---|---|---|---|"]
    for step in dict.fromkeys(order.split()[0] for order in report.orders):
        counts = [report.orders.get(f"{step} {phase}", 0) for phase in ("before", "during", "after", "accepted")]
        lines.append(f"| {step} | " + " | ".join(str(count) for count in counts) + " |")
    ended = ", ".join(f"{count} {state}" for state, count in sorted(report.states.items()))
    lines += ["", f"ended: {ended}"]
    lines += [
        f"lost {len(report.lost)}, published twice {len(report.twice)}, paid submits repeated {len(report.repeated)},"
        f" wrong {len(report.wrong)}"
    ]
    lines += [f"  {problem}" for problem in [*report.lost, *report.twice, *report.repeated, *report.wrong][:20]]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """0 where nothing was lost, doubled or repeated; 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", default="sqlite", help="sqlite, postgres (a private cluster) or a URL")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--patience", type=float, default=3600.0, help="seconds at most")
    parser.add_argument("--json", type=Path, help="write the report here")
    args = parser.parse_args(argv)
    home = Path(tempfile.mkdtemp(prefix="phonofilm-kill-"))
    try:
        with database_url(args.database, home) as url:
            report = run(
                home,
                url,
                args.kills,
                workers=args.workers,
                seed=args.seed,
                patience=args.patience,
                say=lambda line: print(line, flush=True),
            )
        print(table(report))
        if args.json:
            args.json.write_text(json.dumps(report.plain(), indent=1))
        good = report.good and report.kills >= args.kills
        if good:
            shutil.rmtree(home, ignore_errors=True)
        else:
            print(f"the evidence is in {home}")
        return 0 if good else 1
    except BaseException:
        print(f"the evidence is in {home}")
        raise


if __name__ == "__main__":
    sys.exit(main())
