"""A worker: takes jobs and walks them until it is told to stop. Inside a server, or a process of its own (``phonofilm
worker``)."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from phonofilm.jobs.config import Config
from phonofilm.jobs.lifecycle import heartbeat, recovery
from phonofilm.jobs.moderation import review
from phonofilm.jobs.notify import webhook
from phonofilm.jobs.observe import logs, metrics, tracing
from phonofilm.jobs.run import queue, retention
from phonofilm.jobs.run.durable import TROUBLE
from phonofilm.jobs.store.database import Database, Ear, now
from phonofilm.jobs.tools import Tools
from phonofilm.storage.bucket import Bucket

log = logging.getLogger("phonofilm.jobs")
GRACE = 30.0
"""Seconds a stopping worker waits for its walks; what is not done by then goes on elsewhere."""


QUIET = 10
"""Rests of ``queue_idle`` seconds after which a worker looks though nothing was committed: for what becomes due by the
clock."""
LETTERS = 0.1
"""Seconds between two looks for messages at least."""
ALIVE = "worker.alive"
"""File of the home that a worker's own process touches."""


class Worker:
    """One per process. ``start`` returns at once."""

    def __init__(self, config: Config, db: Database, bucket: Bucket) -> None:
        self.config, self.db = config, db
        self.tools = Tools(config, db, bucket)
        self.tools.hurry = self._hurry
        self.runner: queue.Runner | None = None
        self.name = ""
        self._heard = time.monotonic()
        """Since when the heartbeat has been written without a gap."""
        self.lost = 0
        """How often another worker has declared this one dead while it lived (frozen, or cut off from the database)."""
        self._stop = threading.Event()
        self._post = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def id(self) -> str:
        """Its name in ``workers``."""
        return self.name

    def start(self) -> None:
        """Sign on, launch, begin to take jobs."""
        logs.follow_jobs()
        if self.config.otlp and not tracing.on():
            tracing.setup(self.config.otlp)
        recovery.clear_scratch(self.db, self.config)
        self._begin()
        self.db.bell.listeners.append(self._post.set)
        for name, work in (
            ("hear", self._hear),
            ("take", self._take),
            ("beat", self._beat),
            ("tend", self._tend),
            ("post", self._deliver),
        ):
            thread = threading.Thread(target=work, name=f"phonofilm-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def _begin(self) -> None:
        heartbeat.reap(self.db, self.config, heard=False)
        self.name = heartbeat.register(self.db, self.config)
        self.runner = queue.Runner(self.config, self.db, self.tools, self.name)
        self.runner.launch()

    def stop(self, grace: float = GRACE) -> bool:
        """Take no more, finish what is under way within ``grace`` seconds, hand back the rest, sign off. True where
        nothing was left over."""
        self._stop.set()
        self.db.bell.ring()
        if self._post.set in self.db.bell.listeners:
            self.db.bell.listeners.remove(self._post.set)
        if self.runner:
            self.runner.freed.set()
        clean = self.runner.close(grace) if self.runner else True
        if self.name:
            heartbeat.leave(self.db, self.name)
        for thread in self._threads:
            thread.join(timeout=10.0)
        self.tools.close()
        return clean

    def whole(self) -> bool:
        """Do all its threads run?"""
        return all(thread.is_alive() for thread in self._threads)

    def _hear(self) -> None:
        """Rings this process's bell when another has committed something."""
        ear = Ear(self.db)
        while not self._stop.wait(self.config.queue_idle):
            try:
                if ear.changed():
                    self.db.bell.ring()
            except TROUBLE as error:
                self.tools.house.note("database", error)
                self._stop.wait(1.0)
            except Exception:
                if not self._stop.is_set():
                    log.exception("listening for what others do failed; trying again")
        ear.close()

    def _take(self) -> None:
        """Looks for a job when something was committed, and now and then for what has become due."""
        quiet = QUIET * self.config.queue_idle
        looked = 0.0
        while not self._stop.is_set():
            runner, heard = self.runner, self.db.bell.count
            self._stop.wait(max(0.0, looked + self.config.queue_poll - time.monotonic()))
            looked = time.monotonic()
            try:
                if runner is not None and runner.take():
                    looked = 0.0
                    continue
            except TROUBLE as error:
                self.tools.house.note("database", error)
                self._stop.wait(1.0)
            except Exception:
                log.exception("taking a job failed; trying again")
                self._stop.wait(1.0)
            if runner is not None and not runner.room():
                runner.freed.wait(quiet)
                runner.freed.clear()
            else:
                self.db.bell.wait(heard, quiet)

    def _beat(self) -> None:
        house, last = self.tools.house, now()
        while not self._stop.wait(self.config.heartbeat):
            if now() - last > self.config.heartbeat_dead / 2:  # this machine slept, and so may have all the others
                self._heard = time.monotonic()
            last = now()
            try:
                if not heartbeat.beat(self.db, self.name):
                    self._was_lost()
                house.over("database")
            except TROUBLE as error:
                self._heard = time.monotonic()
                house.note("database", error)
            except Exception:
                log.exception("the heartbeat could not be written; trying again")

    def _was_lost(self) -> None:
        """Nothing that was begun under this name counts any more: its walks end silently, and the worker comes back
        under another."""
        log.error("worker %s was declared dead; its jobs go on elsewhere, and it starts anew", self.name)
        self.lost += 1
        runner, self.runner = self.runner, None
        if runner is not None:
            runner.lose()
            runner.close(0.0)
        if not self._stop.is_set():
            self._begin()

    def _tend(self) -> None:
        """What somebody must do now and then; every worker does it, and it is safe to do twice."""
        swept = time.monotonic()
        while not self._stop.wait(min(self.config.heartbeat, 5.0)):
            heard = time.monotonic() - self._heard > 2 * self.config.heartbeat
            self._quietly(
                "declaring the dead",
                lambda heard=heard: heartbeat.reap(self.db, self.config, self.name, heard=heard),  # type: ignore[misc]
            )
            runner = self.runner
            if runner is not None:
                self._quietly(
                    "freeing strays",
                    lambda runner=runner: recovery.stray(self.db, self.name, runner.walking()),  # type: ignore[misc]
                )
            self._quietly("ending what ran out of time", lambda: queue.expire(self.db, self.config))
            self._quietly("waking what was decided", lambda: review.wake_waiting(self.db, self._wake))
            self._quietly("noting breakers", self._breakers)
            self._quietly("noting trouble", lambda: self.tools.house.keep(self.db, self.name))
            if time.monotonic() - swept > self.config.sweep:
                swept = time.monotonic()
                self._quietly("sweeping", self._sweep)

    def _sweep(self) -> object:
        retention.sweep(self.db, self.tools.bucket, keep_days=self.config.keep_days)
        recovery.clear_scratch(self.db, self.config)
        return queue.forget(self.db)

    def _wake(self, job: str, decision: str) -> object:
        return recovery.wake(self.db, self.config, job, decision)

    def _breakers(self) -> None:
        states = {
            name: engine.breaker.state
            for name, engine in self.tools.made_engines().items()
            if hasattr(engine, "breaker")
        }
        if states:
            with self.db.session() as session:
                for name, state in sorted(states.items()):
                    metrics.note_breaker(session, name, self.name, str(state))

    def _quietly(self, what: str, act: Callable[[], object]) -> None:
        try:
            act()
        except TROUBLE as error:
            self.tools.house.note("database", error)
        except Exception:
            if not self._stop.is_set():
                log.exception("%s failed; trying again later", what)

    def _hurry(self) -> None:
        self._post.set()

    def _deliver(self) -> None:
        sending = webhook.Post(self.db, allow=self.config.fetch_allow, freed=self._hurry)
        while not self._stop.wait(LETTERS):
            self._post.wait(max(0.0, min(sending.due - now(), QUIET * self.config.queue_idle)))
            self._post.clear()
            if not self._stop.is_set():
                self._quietly("delivering messages", sending.turn)
        sending.close(wait=False)


def run_worker(config: Config, *, ready: Callable[[str], None] | None = None) -> int:
    """Work until SIGTERM or SIGINT; a second one stops at once. Returns the exit status. Meanwhile a file in the home
    is touched with every heartbeat, for whoever restarts what hangs; a database that is away does not stop that.
    """
    alive = config.home / ALIVE
    alive.unlink(missing_ok=True)
    db = Database(config.database)
    db.migrate()
    worker = Worker(config, db, Bucket.open(config.files))
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        if stopping.is_set():
            raise SystemExit(128 + number)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    worker.start()
    if ready is not None:
        ready(worker.name)
    while worker.whole():
        with suppress(OSError):  # a full disk is told of elsewhere, and mended by no restart
            alive.touch()
        if stopping.wait(config.heartbeat):
            break
    else:
        log.error("a thread of worker %s has ended; it stops, and its jobs go on elsewhere", worker.name)
    alive.unlink(missing_ok=True)
    whole = worker.whole()
    worker.stop()
    db.close()
    return 0 if whole else 1
