"""``python -m benchmarks.ha --minutes 10``: two API replicas and three workers behind the shipped proxy, and every
20 s one of the five is killed (-9).

Each process has a home of its own, as a container has; PostgreSQL, the bucket and the secrets are shared. The proxy
is nginx with ``deploy/compose/nginx.conf``. Clients submit through it (with an Idempotency-Key, again with the same
one where they got no answer), poll, list, follow event streams and fetch finished clips. Whoever is killed is started
again at once; the last replica that is ready is never killed, for then there is no service. Afterwards everything is
let run to its end and the books are compared as by ``benchmarks.kill``. An answer of 5xx, or a line that breaks, is
excused only where an API replica was killed while it was under way.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.callers import Answer, Clients, ask
from benchmarks.crash import PRICES
from benchmarks.kill import Report, compare, database_url

ROOT = Path(__file__).parents[1]
START = """
import sys
from benchmarks import doubles
doubles.offer()
from phonofilm.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@dataclass
class Found(Report):
    """What came out, the clients' side too."""

    killed: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    excused: list[str] = field(default_factory=list)
    unexcused: list[str] = field(default_factory=list)
    spared: int = 0
    """How often the last ready replica was drawn, and a worker taken in its place."""
    back_seconds: list[float] = field(default_factory=list)
    median_ms: float = 0.0
    p99_ms: float = 0.0
    most_ms: float = 0.0

    @property
    def good(self) -> bool:
        """The books agree, and nobody was answered 5xx but on a line of a replica that was killed."""
        return super().good and not self.unexcused


class Crew:
    """The five processes; whichever ends is started again at once."""

    def __init__(self, home: Path, settings: dict[str, str], ports: list[int]) -> None:
        self._home, self._settings, self._stop = home, settings, threading.Event()
        self.words = {f"api-{n}": ["serve", "--no-worker", "--port", str(port)] for n, port in enumerate(ports, 1)}
        self.words |= {f"worker-{n}": ["worker", "--worker-id", f"worker-{n}"] for n in (1, 2, 3)}
        self.ports = dict(zip(self.words, ports))
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.kills: list[tuple[float, str]] = []
        self.wrong: list[str] = []
        self._expected: set[int] = set()
        for name in self.words:
            self._start(name)
        self._thread = threading.Thread(target=self._mind, daemon=True)
        self._thread.start()

    def _start(self, name: str) -> None:
        environment = {
            **os.environ,
            **self._settings,
            "PHONOFILM_HOME": str(self._home / name),
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
        }
        with (self._home / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-c", START, *self.words[name]]
            self.running[name] = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)

    def _mind(self) -> None:
        while not self._stop.wait(0.1):
            for name, process in list(self.running.items()):
                if process.poll() is not None and not self._stop.is_set():
                    if process.pid not in self._expected:
                        self.wrong.append(f"{name} ended by itself with {process.returncode}")
                    self._start(name)

    def kill(self, name: str) -> None:
        """At once, and noted when."""
        process = self.running[name]
        self._expected.add(process.pid)
        self.kills.append((time.monotonic(), name))
        process.kill()

    def ready(self, name: str) -> bool:
        """Does this replica answer /readyz with 200?"""
        return ask(self.ports[name], "GET", "/readyz", timeout=6.0)[0] == 200

    def end(self) -> None:
        """SIGTERM for all; whoever does not end in order is wrong. Once is enough."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._thread.join()
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for name, process in self.running.items():
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                self.wrong.append(f"{name} does not end when told to")


@contextmanager
def proxy(home: Path, ports: list[int]) -> Iterator[int]:
    """nginx with the shipped configuration, its upstreams on this machine. Yields its port.

    Raises SystemExit where nginx is not installed.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise SystemExit("nginx is not installed; install it with: apt-get install nginx-light")
    port = free_port()
    text = configured(
        (ROOT / "deploy" / "compose" / "nginx.conf").read_text(),
        home,
        port,
        {f"api-{n}": one for n, one in enumerate(ports, 1)},
    )
    (home / "nginx.conf").write_text(text)
    words = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    with (home / "nginx.log").open("wb") as log:
        process = subprocess.Popen([program, "-c", str(home / "nginx.conf"), "-g", words], stdout=log, stderr=log)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(30)


def configured(text: str, home: Path, port: int, replicas: dict[str, int]) -> str:
    """The shipped configuration for these ports; nothing else of it is changed, but that names are not looked up again:
    here are none, and nginx before 1.27.3 cannot.
    """
    for name, at in replicas.items():
        text = text.replace(f"server {name}:8600", f"server 127.0.0.1:{at}")
    text = text.replace(" resolve;", ";").replace("/tmp/", f"{home}/").replace("/dev/stderr", "stderr")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("resolver ")]
    return "\n".join(lines).replace("listen 8080;", f"listen 127.0.0.1:{port};")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def run(
    home: Path,
    database: str,
    *,
    minutes: float = 10.0,
    every: float = 20.0,
    seed: int = 0,
    say: Callable[[str], None] = print,
) -> Found:
    """Kill one of five every ``every`` seconds for so long; let everything finish; compare."""
    from benchmarks import doubles

    doubles.offer()
    from phonofilm.jobs.accounts import keys
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.config import Config
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.database import Database
    from phonofilm.jobs.store.tables import Tenant
    from phonofilm.storage.bucket import Bucket

    started, chance = time.monotonic(), random.Random(seed)
    (home / "prices.toml").write_text(PRICES)
    doubles.small_clip(home / "vendors")
    folder = str(home / "vendors")
    engines = {
        "local": {"kind": "double_local", "folder": folder, "seconds": 1.0},
        "vendor": {"kind": "double_vendor", "folder": folder, "seconds": 1.0},
    }
    bucket = (home / "files").as_uri()
    config = Config(
        home=home, database_url=database, bucket=bucket, engines=engines, prices=home / "prices.toml", profile="none"
    )
    db = Database(config.database)
    db.migrate()
    keys.ensure_tenant(db, "acme")
    with db.session() as session:
        session.get_one(Tenant, "acme").settings = {"daily_clips": None}
    key = keys.create(db, tenant="acme", user="bench", scopes=keys.SCOPES)[1]
    wanted = {
        "database_url": database,
        "bucket": bucket,
        "secret": "5ec" * 21,
        "watermark_key": "ab" * 32,
        "profile": "none",
        "log_level": "warning",
        "engines": json.dumps(engines),
        "default_model": "local",
        "prices": str(home / "prices.toml"),
        "requests_per_minute": "0",
        "tenant_concurrency": "50",
        "trusted_proxies": '["127.0.0.1"]',
        "engine_poll": "0.2",
    }
    report = Found(database=db.engine.dialect.name)
    service = Service(db, Bucket.open(config.files), config)
    with ExitStack() as stack:
        stack.callback(db.close)
        crew = Crew(
            home, {f"PHONOFILM_{name.upper()}": value for name, value in wanted.items()}, [free_port(), free_port()]
        )
        stack.callback(crew.end)
        port = stack.enter_context(proxy(home, list(crew.ports.values())))
        _until(lambda: all(crew.ready(name) for name in crew.ports), 180, "the replicas do not get ready")
        clients = Clients(port, key)
        clients.start()
        say(f"two replicas, three workers and the proxy are there after {time.monotonic() - started:.0f} s")
        began = time.monotonic()
        while time.monotonic() - began < minutes * 60:
            time.sleep(every)
            name = chance.choice(sorted(crew.words))
            if name in crew.ports and not all(crew.ready(other) for other in crew.ports if other != name):
                report.spared += 1
                name = chance.choice(sorted(set(crew.words) - set(crew.ports)))
            crew.kill(name)
            if name in crew.ports:
                threading.Thread(target=_time_back, args=(crew, name, report), daemon=True).start()
            say(
                f"{time.monotonic() - began:4.0f} s: {name} killed; {clients.submitted} submitted, "
                f"{len(clients.answers)} answers"
            )
        clients.stop()
        caller = Caller(tenant="acme", user="bench", scopes=frozenset({"read"}))
        _until(
            lambda: not service.list(caller, limit=1, states=("queued", "running"))[1], 300, "jobs stay on their way"
        )
        crew.end()
        report.jobs, report.kills = len(clients.jobs), len(crew.kills)
        report.killed = Counter(name for _, name in crew.kills)
        report.wrong += [*clients.wrong, *crew.wrong]
        compare(report, service, home)
        judge(report, clients.answers, crew.kills)
    report.seconds = round(time.monotonic() - started, 1)
    return report


def judge(report: Found, answers: list[Answer], kills: list[tuple[float, str]]) -> None:
    """The clients' side: what is excused was under way while a replica was killed."""
    moments = [moment for moment, name in kills if name.startswith("api")]
    report.answers = len(answers)
    report.statuses = Counter(str(one.status or "broken") for one in answers)
    for one in answers:
        if one.status == 0 or one.status >= 500:
            own = any(one.begun <= moment <= one.ended for moment in moments)
            told = (
                f"{one.kind}: {one.status or 'the line broke'} after {one.ended - one.begun:.2f} s {one.said}".rstrip()
            )
            (report.excused if own else report.unexcused).append(told)
    quick = sorted(
        1000 * (one.ended - one.begun) for one in answers if one.kind not in ("follow", "fetch") and one.status
    )
    report.median_ms, report.p99_ms, report.most_ms = (
        round(one, 1) for one in (statistics.median(quick), quick[int(0.99 * len(quick))], quick[-1])
    )


def _time_back(crew: Crew, name: str, report: Found) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < 120:
        if crew.ready(name):
            report.back_seconds.append(round(time.monotonic() - begun, 1))
            return
        time.sleep(0.2)


def _until(true: Callable[[], bool], patience: float, otherwise: str) -> None:
    deadline = time.monotonic() + patience
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit(f"{otherwise} within {patience:.0f} s")
        time.sleep(0.3)


def table(report: Found) -> str:
    """For people."""
    ended = ", ".join(f"{count} {state}" for state, count in sorted(report.states.items()))
    killed = ", ".join(f"{name} {count}" for name, count in sorted(report.killed.items()))
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(report.statuses.items()))
    lines = [
        f"{report.database}: {report.kills} kills ({killed}; {report.spared} times a worker for the last replica) "
        f"in {report.seconds:.0f} s",
        f"{report.jobs} generations: {ended}",
        f"lost {len(report.lost)}, done twice {len(report.twice)}, paid submits repeated {len(report.repeated)}, "
        f"wrong {len(report.wrong)}",
        f"{report.answers} answers through the proxy: {statuses}",
        f"median {report.median_ms} ms, p99 {report.p99_ms} ms, slowest {report.most_ms} ms",
        f"5xx and broken lines of a replica that was killed meanwhile: {len(report.excused)}; "
        f"any other: {len(report.unexcused)}",
        f"a killed replica answers /readyz again after {statistics.median(report.back_seconds):.1f} s"
        if report.back_seconds
        else "no replica was killed",
    ]
    problems = [*report.lost, *report.twice, *report.repeated, *report.wrong, *report.unexcused]
    return "\n".join(
        [*lines, *(f"  {problem}" for problem in problems[:20]), *(f"  (excused) {one}" for one in report.excused[:5])]
    )


def main(argv: list[str] | None = None) -> int:
    """0 where nothing was lost or doubled and nobody else's answer was 5xx; 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ha", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--every", type=float, default=20.0, help="seconds between two kills")
    parser.add_argument("--database", default="postgres", help="postgres (a private cluster) or a URL")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the report here")
    args = parser.parse_args(argv)
    home = Path(tempfile.mkdtemp(prefix="phonofilm-ha-"))
    home.chmod(0o755)
    with database_url(args.database, home) as url:
        report = run(
            home, url, minutes=args.minutes, every=args.every, seed=args.seed, say=lambda line: print(line, flush=True)
        )
    print(table(report))
    if args.json:
        args.json.write_text(json.dumps(report.plain(), indent=1))
    if report.good:
        shutil.rmtree(home, ignore_errors=True)
    else:
        print(f"the evidence is in {home}")
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
