"""A real PostgreSQL of our own for the tests: a private cluster in a temporary folder, on a socket there, gone
afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binaries() -> Path | None:
    """Folder of ``initdb`` and ``pg_ctl``; None where PostgreSQL is not installed."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


_KEEPER = """
import shutil, signal, subprocess, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
sys.stdin.read()
subprocess.run(sys.argv[2:], cwd=sys.argv[1], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
shutil.rmtree(sys.argv[1], ignore_errors=True)
"""


@contextmanager
def cluster() -> Iterator[str]:
    """Start a cluster; yields its socket folder. Its server refuses to run as root, so root runs it as another user."""
    place = binaries()
    assert place is not None, "PostgreSQL is not installed"
    folder = Path(tempfile.mkdtemp(prefix="pf-pg-", dir="/tmp"))
    before: list[str] = []
    if os.geteuid() == 0:
        user = next(name for name in ("postgres", "nobody") if _exists(name))
        shutil.chown(folder, user)
        folder.chmod(0o711)
        before = ["runuser", "-u", user, "--"]

    def run(*words: str) -> None:
        done = subprocess.run([*before, *words], cwd=folder, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{words[0]}: {done.stdout}{done.stderr}"

    data = folder / "data"
    try:
        run(
            str(place / "initdb"),
            "-D",
            str(data),
            "-U",
            "phonofilm",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        )
        settings = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c max_connections=200"
        stop = [*before, str(place / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"]
        # the keeper ends the server when our end of its pipe closes: at the end of the tests, or when they are killed
        with subprocess.Popen(
            [sys.executable, "-c", _KEEPER, str(folder), *stop], stdin=subprocess.PIPE, cwd="/tmp"
        ) as keeper:
            run(str(place / "pg_ctl"), "-D", str(data), "-l", str(folder / "log"), "-o", settings, "-w", "start")
            yield str(folder)
            assert keeper.stdin is not None
            keeper.stdin.close()
            keeper.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(socket: str, template: str = "template1") -> Iterator[str]:
    """A fresh database in the cluster, a copy of ``template``; yields its URL."""
    import psycopg

    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(host=socket, user="phonofilm", dbname="postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield f"postgresql+psycopg://phonofilm@/{name}?host={socket}"
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
