"""Who is alive. A worker says so every few seconds; one that is silent for long, or whose process is plainly gone, is
declared dead, and its jobs are nobody's again. A frozen worker that wakes finds itself declared dead: from then on
nothing it does counts.
"""

from __future__ import annotations

import os
import secrets
import socket
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from phonofilm.jobs.config import Config
from phonofilm.jobs.lifecycle import takeover
from phonofilm.jobs.store.database import Database, now, retried
from phonofilm.jobs.store.tables import Job, Worker


def register(db: Database, config: Config) -> str:
    """Enter a new worker; its name, unlike any before it, even of the same pod."""
    name = f"{config.worker_id or socket.gethostname()}-{secrets.token_hex(4)}"[:120].replace(":", "-")
    moment = now()
    with db.session() as session:
        session.add(Worker(id=name, started=moment, heartbeat=moment, stopped=None, host=address(os.getpid())))
    return name


@retried
def beat(db: Database, worker: str) -> bool:
    """Say that it lives. False where it has been declared dead: it must stop at once and may come back under a new
    name."""
    with db.session() as session:
        done = session.execute(
            update(Worker)
            .where(Worker.id == worker, Worker.stopped.is_(None))
            .values(heartbeat=now())
            .returning(Worker.id)
        ).first()
    return done is not None


@retried
def leave(db: Database, worker: str) -> None:
    """Say goodbye: what it still owned can be taken at once."""
    with db.session() as session:
        bury(session, worker)


def bury(session: Session, worker: str, *, died: Config | None = None) -> bool:
    """Strike a worker off and free its jobs, in one transaction. False where somebody else did already. ``died``: it
    did not go by itself."""
    done = session.execute(
        update(Worker).where(Worker.id == worker, Worker.stopped.is_(None)).values(stopped=now()).returning(Worker.id)
    ).first()
    if done is None:
        return False
    if died is not None:
        takeover.count(session, worker, keep_days=died.keep_days)
        session.flush()
    mine = select(Job.id).where(Job.state == "running", Job.owner.startswith(f"{worker}:", autoescape=True))
    jobs = session.scalars(mine.order_by(Job.id).with_for_update()).all()
    session.execute(update(Job).where(Job.id.in_(jobs)).values(owner=None, updated=now()))
    return True


@retried
def reap(db: Database, config: Config, own: str = "", *, heard: bool = True) -> list[str]:
    """Declare dead who is: names of those that were. Jobs of theirs go to whoever has room next.

    ``heard`` False: the database was away until just now, so that nobody's silence means anything yet.
    """
    with db.reading() as session:
        rows = session.execute(
            select(Worker.id, Worker.heartbeat, Worker.host).where(Worker.stopped.is_(None), Worker.id != own)
        ).all()
    silent = now() - config.heartbeat_dead
    dead = [row.id for row in rows if (heard and row.heartbeat < silent) or gone(row.host)]
    buried = []
    for name in dead:
        with db.session() as session:
            if bury(session, name, died=config):
                buried.append(name)
    return buried


def address(pid: int) -> str:
    """Names one process among all machines: host, boot, process namespace, number and start time; parts that cannot be
    told are empty."""
    return "|".join((socket.gethostname()[:60], *_machine(), str(pid), _start(pid)))


def gone(host: str) -> bool:
    """Has this process certainly ended? Only told of the same machine, boot and process namespace; all others may
    merely be silent."""
    parts = host.split("|")
    if len(parts) != 5 or parts[0] != socket.gethostname()[:60] or tuple(parts[1:3]) != _machine() or "" in parts[1:]:
        return False
    return _start(int(parts[3])) != parts[4]


@lru_cache
def _machine() -> tuple[str, str]:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:13]
        return boot, os.readlink("/proc/self/ns/pid").removeprefix("pid:")
    except OSError:
        return "", ""


def _start(pid: int) -> str:
    """When a process started, in clock ticks since boot; empty where there is none (or it is a zombie, which walks
    nothing)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = text.rsplit(")", 1)[-1].split()
    return "" if fields[0] in ("Z", "X") else fields[19]
