"""A real installation on this machine for the length of a measurement: ``phonofilm serve`` and, beside it, ``phonofilm
worker``."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.kill import database_url

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Installation:
    """A server at ``port`` and its processes by name."""

    home: Path
    port: int
    database: str
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def key(self, tenant: str, user: str = "bench") -> str:
        """A new key of a tenant."""
        from phonofilm.jobs.accounts import keys
        from phonofilm.jobs.store.database import Database

        db = Database(self.database)
        try:
            return keys.create(db, tenant=tenant, user=user, scopes=keys.SCOPES)[1]
        finally:
            db.close()

    def call(self, method: str, path: str, key: str, body: Any = None) -> Any:
        """One request of a client that takes its time."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data=data, method=method, headers=headers
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read() or b"null")

    def spent(self) -> dict[str, float]:
        """Processor seconds of each process so far."""
        out = {}
        for name, process in self.processes.items():
            fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            out[name] = (int(fields[11]) + int(fields[12])) / TICKS
        return out

    def resident(self, name: str) -> float:
        """Megabytes a process holds in memory."""
        lines = Path(f"/proc/{self.processes[name].pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


@contextmanager
def installed(database: str = "sqlite", *, apart: bool = True, **settings: Any) -> Iterator[Installation]:
    """Start it, wait until it answers, end it. ``apart``: the worker is a process of its own; ``settings`` as in
    ``phonofilm.toml``."""
    home = Path(tempfile.mkdtemp(prefix="phonofilm-bench-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        url = stack.enter_context(database_url(database, home))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        wanted = {
            "home": str(home),
            "database_url": url,
            "port": port,
            "log_level": "warning",
            "engines": {"fake": {}},
            "default_model": "fake",
            **settings,
        }
        names = {
            f"PHONOFILM_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
            for name, value in wanted.items()
        }
        here = Installation(home=home, port=port, database=url)
        parts = {"server": ["serve", "--no-worker"], "worker": ["worker"]} if apart else {"server": ["serve"]}
        for name, words in parts.items():
            with (home / f"{name}.log").open("wb") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "phonofilm", *words], env={**os.environ, **names}, stdout=log, stderr=log
                )
            here.processes[name] = process
            stack.callback(_end, process)
            if name == "server":
                _answers(here)
        yield here


def _answers(here: Installation) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and here.processes["server"].poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{here.port}/livez", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"the server does not answer: {(here.home / 'server.log').read_text()[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
