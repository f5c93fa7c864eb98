"""``python -m benchmarks.outage --away disk|bucket|database --seconds 60``: what a worker needs goes away under its
jobs, and no job may be lost.

disk: the whole home (database, files, scratch) on a small file system of its own that is filled to the last byte (needs
root for the mount). bucket: an S3 server that stops. database: a PostgreSQL that is stopped at once. server: the
process is killed (-9) and started again eight times within ``--seconds``, over clips that take a while. Afterwards
everything is let run to its end and the books are compared as by ``benchmarks.kill``: jobs, outputs, events, ledger,
the bucket, and the vendors' own counts.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.crash import ENGINES, configuration
from benchmarks.kill import Report, compare, database_url

AWAY = ("disk", "bucket", "database", "server")
KILLS = 8
SMALL = 96 << 20
"""Bytes of the file system that is filled."""


@dataclass
class Outage:
    """Where things are, how one of them is taken away, and how it is brought back."""

    database: str
    bucket: str
    take: Callable[[], None]
    back: Callable[[], None]


def work(config: Any) -> None:
    """A worker process, its log in the temporary folder."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from benchmarks import doubles

    doubles.offer()
    from phonofilm.jobs.run.worker import run_worker

    log = open(os.environ["OUTAGE_LOG"], "a", buffering=1)  # noqa: SIM115 - the process's own until it ends
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    sys.exit(run_worker(config))


@contextmanager
def small_disk(folder: Path, size: int = SMALL) -> Iterator[None]:
    """A file system of ``size`` bytes at ``folder``. Raises SystemExit where the machine does not allow a mount."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"no small disk can be mounted here ({done.stderr.strip()}); run this as root")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Write until nothing fits any more; the file to delete."""
    path = folder / "filler"
    block = b"\0" * 65536
    with path.open("ab", buffering=0) as file:
        while block:
            try:
                file.write(block)
            except OSError:
                block = block[: len(block) // 2]
    return path


@contextmanager
def s3_server() -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    """An S3 protocol server with the bucket ``clips``: its address, how to stop it and how to start it with all it
    held."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "testing")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "testing-secret")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    running = [server]
    boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1").create_bucket(Bucket="clips")

    def stop() -> None:
        while running:
            running.pop().stop()

    def start() -> None:
        again = ThreadedMotoServer(ip_address=host, port=port, verbose=False)
        again.start()
        running.append(again)

    try:
        yield f"http://{host}:{port}", stop, start
    finally:
        stop()


@contextmanager
def outage(away: str, home: Path) -> Iterator[Outage]:
    """Everything set up for one kind."""
    if away == "disk":
        with small_disk(home):
            yield Outage(
                f"sqlite:///{home / 'phonofilm.db'}", "", lambda: void(fill(home)), lambda: (home / "filler").unlink()
            )
    elif away == "server":
        yield Outage(f"sqlite:///{home / 'phonofilm.db'}", "", lambda: None, lambda: None)
    elif away == "bucket":
        with s3_server() as (address, stop, start):
            yield Outage(f"sqlite:///{home / 'phonofilm.db'}", f"s3://clips/made?endpoint={address}", stop, start)
    else:
        from benchmarks.postgres import control

        with database_url("postgres", home) as url:
            yield Outage(url, "", lambda: control(url, "stop"), lambda: control(url, "start"))


def void(_: object) -> None:
    """Nothing."""


def run(away: str, *, seconds: float, jobs: int, patience: float = 600.0, say: Callable[[str], None] = print) -> Report:
    """Submit, take away, wait, bring back, let all end, compare."""
    from benchmarks import doubles

    doubles.offer()
    from phonofilm.jobs.accounts import keys
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.database import Database
    from phonofilm.spec.request import Generate
    from phonofilm.storage.bucket import Bucket

    started = time.monotonic()
    home = Path(tempfile.mkdtemp(prefix="phonofilm-outage-"))
    os.environ["OUTAGE_LOG"] = str(home.with_suffix(".log"))
    report = Report(database=away)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        place = stack.enter_context(outage(away, home))
        config = configuration(home, place.database, bucket=place.bucket, concurrency=2)
        if away == "server":  # clips slow enough that every kill finds some under way
            slow = {**config.engines["local"], "seconds": 8.0}
            config = replace(config, engines={**config.engines, "local": slow})
        doubles.small_clip(home / "vendors")
        db = Database(config.database)
        stack.callback(db.close)
        db.migrate()
        keys.ensure_tenant(db, "acme")
        service = Service(db, Bucket.open(config.files), config)
        caller = Caller(tenant="acme", user="bench", scopes=frozenset({"generate", "read"}))
        for number in range(jobs):
            engine = ENGINES[number % 2 if away != "server" else 0]  # its own and a paid one
            request = Generate(
                prompt=f"A red ball bounces on a beach at dusk, take {number}.", engine=engine, seed=number
            )
            service.submit(caller, request, model=engine, dialect="native")
            report.jobs += 1
        process = _start(config)
        stack.callback(lambda: _end(process))

        def in_state(*states: str) -> int:
            return service.list(caller, limit=1, states=states)[1]

        _until(lambda: in_state("succeeded") >= 2 or not process.is_alive(), patience, "no job ends at all")
        place.take()
        say(f"{away} is away, {report.jobs} jobs submitted")
        if away == "server":
            for _ in range(KILLS):
                time.sleep(seconds / KILLS)
                process.kill()
                process.join()
                report.kills += 1
                process = _start(config)
        else:
            time.sleep(seconds)
        if not process.is_alive():
            report.wrong.append(f"the worker ended by itself with {process.exitcode}")
        if away != "database":
            report.orders["ended while it was away"] = in_state(
                "failed", "expired", "cancelled", "crashed", "unknown_outcome"
            )
        place.back()
        back = time.monotonic()
        say(f"{away} is back after {seconds:.0f} s")
        _until(lambda: not _quiet(lambda: in_state("queued", "running")), patience, "jobs stay on their way")
        say(f"all ended {time.monotonic() - back:.0f} s later")
        compare(report, service, home)
    report.seconds = round(time.monotonic() - started, 1)
    return report


def _start(config: Any) -> Any:
    process = multiprocessing.get_context("spawn").Process(target=work, args=(config,), daemon=True)
    process.start()
    return process


def _quiet(ask: Callable[[], int]) -> int:
    from sqlalchemy.exc import OperationalError

    try:
        return ask()
    except OperationalError:  # it has only just come back
        return 1


def _until(true: Callable[[], bool], patience: float, otherwise: str) -> None:
    deadline = time.monotonic() + patience
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit(f"{otherwise} within {patience:.0f} s")
        time.sleep(0.2)


def _end(process: Any) -> None:
    process.terminate()
    process.join(40)
    if process.is_alive():
        process.kill()


def main(argv: list[str] | None = None) -> int:
    """0 where no job was lost; 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outage", description=__doc__)
    parser.add_argument("--away", choices=AWAY, action="append", help="default: each in turn")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--jobs", type=int, default=12)
    parser.add_argument("--json", type=Path, help="write the reports here")
    args = parser.parse_args(argv)
    reports = []
    for away in args.away or AWAY:
        report = run(away, seconds=args.seconds, jobs=args.jobs, say=lambda line: print(line, flush=True))
        ended = ", ".join(f"{count} {state}" for state, count in sorted(report.states.items()))
        print(
            f"{away} away for {args.seconds:.0f} s: {report.jobs} jobs: {ended}; "
            f"lost {len(report.lost)}, published twice {len(report.twice)}, "
            f"paid submits repeated {len(report.repeated)}, wrong {len(report.wrong)}"
        )
        for problem in [*report.lost, *report.twice, *report.repeated, *report.wrong][:20]:
            print(f"  {problem}")
        reports.append(report)
    if args.json:
        args.json.write_text(json.dumps([report.plain() for report in reports], indent=1))
    return 0 if all(report.good for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
