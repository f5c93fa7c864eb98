"""``python -m benchmarks.mixed``: many callers at once, on PostgreSQL: is anybody told of a deadlock, and is the audit
log whole all the while?

Sixteen threads submit, read, list, cancel and delete, set budgets, make and revoke keys, and forget users, as the
server's threads do, while jobs are taken and ended. One more checks the audit log over and over. ``--pooled`` puts
PgBouncer in transaction pooling before the database, and at last has a worker make real clips through it: all must
succeed and be settled.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.kill import database_url

TENANTS, USERS = ("acme", "beta", "gamma", "worked"), ("ann", "bob", "eve", "kim")


@contextmanager
def pooled(url: str, *, size: int = 20) -> Iterator[str]:
    """PgBouncer in transaction pooling, with ``size`` connections, before a database on a socket; the URL through it.
    Raises SystemExit where it is not installed."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        raise SystemExit("PgBouncer is not installed; install it with: apt-get install pgbouncer")
    from sqlalchemy import make_url

    place, folder = make_url(url), Path(tempfile.mkdtemp(prefix="phonofilm-pool-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "users").write_text('"phonofilm" ""\n')
    (folder / "ini").write_text(
        f"[databases]\n{place.database} = host={place.query['host']} dbname={place.database}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = trust\n"
        f"auth_file = {folder}/users\nunix_socket_dir =\n"
        f"pool_mode = transaction\nmax_client_conn = 500\ndefault_pool_size = {size}\n"
        f"logfile = {folder}/log\npidfile = {folder}/pid\n"
    )
    before: list[str] = []
    if os.geteuid() == 0:  # it refuses to be root
        shutil.chown(folder, "nobody")
        before = ["runuser", "-u", "nobody", "--"]
    folder.chmod(0o711)
    with subprocess.Popen(
        [*before, program, str(folder / "ini")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            for _ in range(100):
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"postgresql+psycopg://phonofilm@127.0.0.1:{port}/{place.database}"
        finally:
            process.terminate()
    shutil.rmtree(folder, ignore_errors=True)


class Crowd:
    """The callers and what they saw."""

    def __init__(self, home: Path, url: str, operations: int) -> None:
        from phonofilm.jobs.accounts import keys
        from phonofilm.jobs.config import Config
        from phonofilm.jobs.service import Service
        from phonofilm.jobs.store.database import Database
        from phonofilm.jobs.store.tables import Tenant
        from phonofilm.storage.bucket import Bucket

        self.config = Config(home=home, database_url=url, engines={"fake": {}}, package=False, tenant_concurrency=1000)
        self.db = Database(url, pool=20)
        self.db.migrate()
        for tenant in TENANTS:
            keys.ensure_tenant(self.db, tenant)
            with self.db.session() as session:
                session.get_one(Tenant, tenant).settings = {"daily_clips": None, "open_jobs": None}
        self.service = Service(self.db, Bucket.open(self.config.files), self.config)
        self.left, self._lock = operations, threading.Lock()
        self.done: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.jobs: list[tuple[Any, str]] = []
        self.over = threading.Event()

    def caller(self, chance: random.Random) -> Any:
        from phonofilm.jobs.accounts.caller import Caller

        return Caller(
            tenant=chance.choice(TENANTS[:3]), user=chance.choice(USERS), scopes=frozenset({"generate", "read"})
        )

    def take(self) -> bool:
        """Is there one more to do?"""
        with self._lock:
            self.left -= 1
            return self.left >= 0

    def work(self, seed: int) -> None:
        """One caller after another until all operations are done."""
        from phonofilm.jobs.codes import JobError
        from phonofilm.jobs.store.database import retried

        chance = random.Random(seed)
        names, weights = zip(*((act, share) for act, share in SHARES.items()), strict=True)
        while self.take():
            act = chance.choices(names, weights)[0]
            try:
                retried(act)(self, chance)
                self.answers["done"] += 1
            except JobError as error:  # cancelled already, gone: an answer as it should be
                self.answers[error.code] += 1
            except Exception as error:
                self.answers[
                    f"FAULT {type(error).__name__} {getattr(getattr(error, 'orig', None), 'sqlstate', '')}"
                ] += 1
            self.done[act.__name__] += 1

    def audit(self) -> None:
        """Is the log whole, over and over."""
        from phonofilm.jobs.observe import audit

        while not self.over.wait(1.0):
            self.answers["audit whole" if audit.check(self.db)[0] is None else "FAULT audit not whole"] += 1

    def some(self, chance: random.Random) -> tuple[Any, str]:
        if not self.jobs:
            submit(self, chance)
        return chance.choice(self.jobs[-300:])


def submit(crowd: Crowd, chance: random.Random) -> None:
    from phonofilm.spec.request import Generate

    caller = crowd.caller(chance)
    request = Generate(prompt="A red ball bounces on a beach.", engine="fake", seed=chance.randrange(1000))
    crowd.jobs.append((caller, crowd.service.submit(caller, request, model="fake", dialect="native").id))


def get(crowd: Crowd, chance: random.Random) -> None:
    crowd.service.get(*crowd.some(chance))


def page(crowd: Crowd, chance: random.Random) -> None:
    crowd.service.list(crowd.caller(chance))


def cancel(crowd: Crowd, chance: random.Random) -> None:
    crowd.service.cancel(*crowd.some(chance))


def discard(crowd: Crowd, chance: random.Random) -> None:
    crowd.service.discard(*crowd.some(chance))


def budget(crowd: Crowd, chance: random.Random) -> None:
    from phonofilm.jobs.money import ledger

    with crowd.db.session() as session:
        ledger.set_budget(session, chance.choice(TENANTS[:3]), 10**12, actor="bench")


def key(crowd: Crowd, chance: random.Random) -> None:
    from phonofilm.jobs.accounts import keys

    caller = crowd.caller(chance)
    keys.revoke(crowd.db, keys.create(crowd.db, tenant=caller.tenant, user=caller.user)[0].id)


def forget(crowd: Crowd, chance: random.Random) -> None:
    from phonofilm.jobs.run import retention

    caller = crowd.caller(chance)
    retention.delete_user(crowd.db, crowd.service.bucket, caller.tenant, caller.user, actor="bench")


def walk(crowd: Crowd, chance: random.Random) -> None:
    """Take the next job and end it, as a worker does."""
    from phonofilm.jobs.codes import JobError
    from phonofilm.jobs.lifecycle import finish
    from phonofilm.jobs.run import queue
    from phonofilm.jobs.store.tables import Job

    with crowd.db.session() as session:
        taken = queue.pick(crowd.db, session, crowd.config, "bench")
        taken_id = taken.id if taken is not None else None
    if taken_id is not None:
        with crowd.db.session() as session:
            job = session.get_one(Job, taken_id, with_for_update=True)
            if job.state == "running":
                finish.finish(
                    session, job, "failed", error=JobError("engine_failed", "for the measurement"), keep_days=30
                )


SHARES: dict[Callable[[Crowd, random.Random], None], float] = {
    submit: 25,
    get: 20,
    page: 5,
    cancel: 15,
    discard: 5,
    budget: 3,
    key: 5,
    forget: 2,
    walk: 20,
}


def clips(crowd: Crowd, count: int) -> Counter[str]:
    """Real clips by a worker; how they ended."""
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.run.worker import Worker
    from phonofilm.jobs.store.tables import TERMINAL
    from phonofilm.spec.request import Generate

    worker = Worker(crowd.config, crowd.db, crowd.service.bucket)
    worker.start()
    try:
        caller = Caller(tenant="worked", user="bench", scopes=frozenset({"generate", "read"}))
        made = [
            crowd.service.submit(
                caller,
                Generate(prompt="A red ball bounces.", engine="fake", seed=seed, seconds=4),
                model="fake",
                dialect="native",
            ).id
            for seed in range(count)
        ]
        ended: Counter[str] = Counter()
        for job_id in made:
            while (job := crowd.service.get(caller, job_id)).state not in TERMINAL:
                time.sleep(0.1)
            ended[
                (
                    "succeeded and settled"
                    if job.state == "succeeded" and job.cost_settled is not None
                    else f"{job.state} {job.error}"
                )
            ] += 1
        return ended
    finally:
        worker.stop()


def main(argv: list[str] | None = None) -> int:
    """0 where nobody was answered with a fault and the log was whole each time; 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixed", description=__doc__)
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--pooled", action="store_true", help="through PgBouncer in transaction pooling")
    parser.add_argument("--clips", type=int, default=12, help="clips a worker makes at last")
    args = parser.parse_args(argv)
    home = Path(tempfile.mkdtemp(prefix="phonofilm-mixed-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        direct = stack.enter_context(database_url("postgres", home))
        crowd = Crowd(home, stack.enter_context(pooled(direct)) if args.pooled else direct, args.operations)
        began = time.monotonic()
        threads = [threading.Thread(target=crowd.work, args=(seed,)) for seed in range(args.threads)]
        auditor = threading.Thread(target=crowd.audit)
        for thread in (*threads, auditor):
            thread.start()
        for thread in threads:
            thread.join()
        crowd.over.set()
        auditor.join()
        took = time.monotonic() - began
        with crowd.db.engine.connect() as link:
            deadlocks = link.exec_driver_sql("SELECT sum(deadlocks) FROM pg_stat_database").scalar()
        how = "through PgBouncer, transaction pooling" if args.pooled else "direct"
        print(
            f"{sum(crowd.done.values())} operations of {args.threads} threads in {took:.0f} s, {how}:"
            f" {dict(crowd.done)}"
        )
        print(
            f"answers: {dict(crowd.answers)}; deadlocks the database undid and that were tried again: {deadlocks}",
            flush=True,
        )
        ended = clips(crowd, args.clips) if args.clips else Counter()
        print(f"clips: {dict(ended)}")
        crowd.db.close()
    faults = [answer for answer in crowd.answers if answer.startswith("FAULT")]
    return 1 if faults or any(not end.startswith("succeeded") for end in ended) else 0


if __name__ == "__main__":
    sys.exit(main())
