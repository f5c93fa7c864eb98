"""A private PostgreSQL from Debian's packages: a cluster in a temporary folder, on a socket there, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binaries() -> Path:
    """Folder of ``initdb`` and ``pg_ctl``. Raises SystemExit naming the remedy where PostgreSQL is not installed."""
    for place in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            return place
    raise SystemExit("PostgreSQL is not installed; install it with: apt-get install postgresql")


def control(url: str, action: str) -> None:
    """Stop (at once, as a crash does) or start again the cluster that ``cluster`` gave the URL of."""
    folder = Path(url.partition("host=")[2])
    before = ["runuser", "-u", folder.owner(), "--"] if os.geteuid() == 0 else []
    words = (
        ["-m", "immediate", "-w", "stop"]
        if action == "stop"
        else ["-l", str(folder / "log"), "-o", settings(folder), "-w", "start"]
    )
    command = [*before, str(binaries() / "pg_ctl"), "-D", str(folder / "data"), *words]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)


def settings(folder: Path) -> str:
    """How the server of a cluster in ``folder`` is started."""
    return f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c max_connections=200"


@contextmanager
def cluster() -> Iterator[str]:
    """Start one, yield the URL of its database, stop it. The server refuses to run as root; root starts it as another
    user."""
    place = binaries()
    folder = Path(tempfile.mkdtemp(prefix="phonofilm-pg-"))
    before: list[str] = []
    if os.geteuid() == 0:
        names = {entry.pw_name for entry in pwd.getpwall()}
        user = "postgres" if "postgres" in names else "nobody"
        shutil.chown(folder, user)
        before = ["runuser", "-u", user, "--"]
    folder.chmod(0o711)

    def run(*words: str) -> None:
        subprocess.run([*before, *words], cwd=folder, check=True, capture_output=True, text=True, timeout=120)

    data = str(folder / "data")
    try:
        run(str(place / "initdb"), "-D", data, "-U", "phonofilm", "-A", "trust", "-E", "UTF8", "--locale=C")
        run(str(place / "pg_ctl"), "-D", data, "-l", str(folder / "log"), "-o", settings(folder), "-w", "start")
        try:
            yield f"postgresql+psycopg://phonofilm@/postgres?host={folder}"
        finally:
            run(str(place / "pg_ctl"), "-D", data, "-m", "fast", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
