"""The queue: rows of ``jobs``, taken in turn of their tenants, a tenant's by priority and age; each walked as a durable
workflow on DBOS.

The row a client sees *is* the queue's entry, so that submitting is one transaction and nothing can fall between two
stores. DBOS remembers which steps of a walk are done; the row says who may walk it (``owner``), and only that
execution's writes count.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from dbos._queue import queue_worker_thread
from sqlalchemy import ColumnElement, Engine, create_engine, event, func, make_url, or_, select, update
from sqlalchemy.orm import Session

from phonofilm.jobs.config import Config, sqlite_url
from phonofilm.jobs.lifecycle import takeover
from phonofilm.jobs.lifecycle.finish import emit, finish
from phonofilm.jobs.lifecycle.recovery import wake
from phonofilm.jobs.observe import tracing
from phonofilm.jobs.run import workflow
from phonofilm.jobs.run.carried import Outcome
from phonofilm.jobs.run.durable import DurableWalk, why
from phonofilm.jobs.run.walk import Fenced
from phonofilm.jobs.store.database import UNPREPARED, Database, now, retried
from phonofilm.jobs.store.recorded import SCHEMA, steps_file
from phonofilm.jobs.store.tables import TERMINAL, Job, Tenant, Turn, Worker
from phonofilm.jobs.tools import Tools

log = logging.getLogger("phonofilm.jobs")
PICK_LOCK = 7_305_112_022
"""Number of the advisory lock under which PostgreSQL's workers pick, one at a time."""

_RESUME = 30.0
"""Seconds a resumed walk is waited for."""

_current: Runner | None = None
"""DBOS is one per process, and so is what its workflow function works with."""


@DBOS.workflow(name="generation", max_recovery_attempts=1000)
def walk_job(job_id: str) -> str:
    """One walk over one job, as DBOS runs it; also again, where it goes on after a worker died."""
    runner = _current
    if runner is None:
        raise Fenced
    return runner.walk(job_id)


class Runner:
    """Takes jobs and walks them, ``config.concurrency`` at a time, under the name of one worker."""

    def __init__(self, config: Config, db: Database, tools: Tools, worker: str) -> None:
        self.config, self.db, self.tools, self.worker = config, db, tools, worker
        self._lock = threading.Lock()
        self._walking: dict[str, str] = {}
        self._alone = ""
        """A suspected job: nothing is begun beside it."""
        self._held: tuple[str, int] | None = None
        """The same, while it waits for the others to end: job and attempt."""
        self._stop = threading.Event()
        self._lost = threading.Event()
        self.freed = threading.Event()
        """Set when a walk has ended: there is room."""
        self._steps_engine: Engine | None = None
        self._resumed: dict[str, threading.Event] = {}
        """Jobs whose walks DBOS was asked to resume and that have not begun."""

    # DBOS

    def launch(self) -> None:
        """Start DBOS in this process. Its version is the list's contract, its name this worker's: it recovers nothing
        by itself."""
        global _current
        logging.getLogger("dbos").setLevel(logging.ERROR)
        settings: DBOSConfig = {
            "name": "phonofilm",
            "executor_id": self.worker,
            "application_version": workflow.VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
            "console_log_level": "ERROR",
            "max_executor_threads": max(64, self.config.concurrency * 4),
            "notification_listener_polling_interval_sec": 0.05,
            "enable_otlp": False,
        }
        if self.db.sqlite:
            self._steps_engine = steps_engine(make_url(self.db.url).database or "")
            settings["system_database_engine"] = self._steps_engine
        else:
            settings["system_database_url"] = (
                make_url(self.db.url).set(drivername="postgresql").render_as_string(hide_password=False)
            )
            self._steps_engine = create_engine(
                make_url(self.db.url).set(drivername="postgresql+psycopg"),
                pool_size=10,
                max_overflow=20,
                pool_pre_ping=True,
                connect_args=UNPREPARED,
            )
            settings["system_database_engine"] = self._steps_engine
            settings["dbos_system_schema"] = SCHEMA
            settings["use_listen_notify"] = False
        _current = self
        self._dbos = DBOS(config=settings)
        DBOS.launch()
        for asking in (*self._dbos.background_thread_stop_events, self._dbos._background_jobs_stop_event):
            # its own queues, delays, deadlines and schedules, asked for three times a second: none is used here
            asking.set()
        self._dbos._sys_db._run_background_processes = (
            False  # nor are its messages: who looks for them would be waited for at the end
        )

    def close(self, grace: float) -> bool:
        """Stop taking jobs, wait up to ``grace`` seconds for those under way, hand back the rest. True where none had
        to be."""
        global _current
        self._stop.set()
        with self._lock:
            if self._held is not None:
                self._walking.pop(self._held[0], None)
                self._held = None
        deadline = now() + grace
        while self._walking and now() < deadline:
            self.freed.wait(0.1)
            self.freed.clear()
        self._lost.set()
        for begun in list(self._resumed.values()):
            begun.set()
        clean = not self._walking
        DBOS.destroy(workflow_completion_timeout_sec=0)
        if _current is self:
            _current = None
        if self._steps_engine is not None:
            self._steps_engine.dispose()
        return clean

    def lose(self) -> None:
        """This worker was declared dead: every walk of it ends without another word."""
        self._stop.set()
        self._lost.set()

    def room(self) -> int:
        """Walks that can still be begun."""
        if self._alone and self._alone in self.walking():
            return 0
        return max(0, self.config.concurrency - len(self._walking))

    def walking(self) -> set[str]:
        """Jobs being walked here."""
        with self._lock:
            return set(self._walking)

    # taking

    def take(self) -> bool:
        """Take the next job and begin to walk it. False where there is none or no room."""
        if self._held is not None and not self._stop.is_set() and self.walking() == {self._alone}:
            (job_id, attempt), self._held = self._held, None
            return self._begun(job_id, attempt, again=True, fresh=True)
        if self._stop.is_set() or not self.room() or not self.tools.house.well():
            return False
        with self.db.reading() as session:
            if session.scalar(select(Job.id).where(_waiting()).limit(1)) is None:
                return False
        taken = self._pick()
        if taken is None:
            return False
        job_id, attempt, before, suspect = taken
        with self._lock:
            self._walking[job_id] = ""
            self._alone, self._held = (job_id, (job_id, attempt)) if suspect else ("", None)
        return suspect or self._begun(job_id, attempt, again=before)

    def _begun(self, job_id: str, attempt: int, *, again: bool, fresh: bool = False) -> bool:
        try:
            self._begin(job_id, attempt, again=again, fresh=fresh)
        except Exception:
            log.exception("job %s could not be begun; it goes back", job_id)
            with self._lock:
                self._walking.pop(job_id, None)
            give_back(self.db, self.worker, job_id)
            return False
        return True

    @retried
    def _pick(self) -> tuple[str, int, bool, bool] | None:
        with self.db.session() as session:
            taken = pick(self.db, session, self.config, self.worker)
            return (
                None
                if taken is None
                else (taken.id, taken.attempt, taken.started is not None, takeover.suspected(taken))
            )

    def _begin(self, job_id: str, attempt: int, *, again: bool, fresh: bool) -> None:
        name = f"{job_id}.{attempt}"
        status = DBOS.get_workflow_status(name) if again else None
        if status is None:
            with SetWorkflowID(name):
                DBOS.start_workflow(walk_job, job_id)
        elif (
            fresh
            or status.status in ("SUCCESS", "ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
            or status.app_version != workflow.VERSION
        ):
            # that walk cannot go on (another contract, or it gave the job up half-way), or must go on in this very
            # process (DBOS resumes one in whichever has room): a new one finds what it left
            with self.db.session() as session:
                following = session.execute(
                    update(Job).where(Job.id == job_id).values(attempt=Job.attempt + 1).returning(Job.attempt)
                ).scalar_one()
            with SetWorkflowID(f"{job_id}.{following}"):
                DBOS.start_workflow(walk_job, job_id)
        else:
            begun = threading.Event()
            with self._lock:
                self._resumed[job_id] = begun
                self._walking.pop(job_id, None)  # whichever worker DBOS gives it to counts it
            DBOS.resume_workflow(name)
            self._take_up(begun)

    def _take_up(self, begun: threading.Event) -> None:
        """Have DBOS look into its queue, in which resumed walks lie, until this one has begun here; elsewhere it may
        have, hence not for ever."""
        queue = self._dbos._registry.get_internal_queue()
        threading.Thread(
            target=queue_worker_thread, args=(begun, self._dbos, queue), name="phonofilm-resume", daemon=True
        ).start()
        over = threading.Timer(_RESUME, begun.set)
        over.daemon = True
        over.start()

    # walking

    def walk(self, job_id: str) -> str:
        """Claim the job for this execution, walk the list, tell how it ended."""
        token = secrets.token_hex(4)
        with self._lock:
            self._walking[job_id] = token
            resumed = self._resumed.pop(job_id, None)
        if resumed is not None:
            resumed.set()
        try:
            walk = claim(self.db, self.tools, self.worker, job_id, token, self._lost.is_set)
            if walk is None:
                return "not ours"
            try:
                with tracing.span("generation", carried=walk.extra, job=job_id, worker=self.worker):
                    carry = workflow.walk_through(walk, _durably, walk.end)
            finally:
                walk.leave()
            return "succeeded" if carry is not None else "ended"
        finally:
            with self._lock:
                if self._walking.get(job_id) == token:
                    self._walking.pop(job_id)
            self.freed.set()


def _durably(name: str, act: Callable[[], Outcome]) -> Outcome:
    with tracing.span(f"step {name}"):
        outcome: Outcome = DBOS.run_step({"name": name}, act)
    return outcome


@retried
def claim(
    db: Database, tools: Tools, worker: str, job_id: str, token: str, stopping: Callable[[], bool]
) -> DurableWalk | None:
    """Make this execution the owner of a running job. None where it ended meanwhile; Fenced where this worker was
    declared dead."""
    owner = f"{worker}:{token}"
    with db.session() as session:
        alive = session.scalar(select(Worker.id).where(Worker.id == worker, Worker.stopped.is_(None)))
        if alive is None or stopping():
            raise Fenced
        moment = now()
        done = session.execute(
            update(Job)
            .where(Job.id == job_id, Job.state == "running")
            .values(owner=owner, updated=moment)
            .returning(Job.id)
        ).first()
        if done is None:
            return None
        job = session.get(Job, job_id)
    assert job is not None
    return DurableWalk(tools, job, owner, stopping)


def _waiting() -> ColumnElement[bool]:
    return or_(Job.state == "queued", (Job.state == "running") & Job.owner.is_(None)) & _due()


def _due() -> ColumnElement[bool]:
    return or_(Job.not_before.is_(None), Job.not_before <= now())


def pick(db: Database, session: Session, config: Config, worker: str) -> Job | None:
    """The job to walk next, now running and this worker's: of the tenant with the fewest running, of several such the
    one served longest ago, its highest priority first, then its oldest. So nobody's priority delays anybody else.

    Jobs of dead workers come before all: their tenants' places are theirs still. Jobs that somebody else holds just
    then are left for later.
    """
    with db.locked(session, PICK_LOCK):
        moment = now()
        orphans = select(Job).where(Job.state == "running", Job.owner.is_(None), _due()).order_by(Job.created)
        orphan = session.scalar(orphans.limit(1).with_for_update(skip_locked=True))
        if orphan is not None:
            orphan.owner, orphan.updated = f"{worker}:", moment
            return orphan
        counted = session.execute(select(Job.tenant, func.count()).where(Job.state == "running").group_by(Job.tenant))
        running = {tenant: int(count) for tenant, count in counted}
        waiting = session.execute(
            select(Job.tenant, func.min(Job.created))
            .where(Job.state == "queued", Job.expires > moment, _due())
            .group_by(Job.tenant)
        ).all()
        served = {
            turn.tenant: turn.at
            for turn in session.scalars(select(Turn).where(Turn.tenant.in_([tenant for tenant, _ in waiting])))
        }
        for tenant, _ in sorted(waiting, key=lambda row: (running.get(row[0], 0), served.get(row[0], 0.0), row[1])):
            if running.get(tenant, 0) >= _allowed(session, config, tenant):
                continue
            chosen = select(Job).where(Job.state == "queued", Job.tenant == tenant, Job.expires > moment, _due())
            job = session.scalar(
                chosen.order_by(Job.priority.desc(), Job.created, Job.id).limit(1).with_for_update(skip_locked=True)
            )
            if job is None:
                continue
            job.state, job.owner, job.started, job.updated = "running", f"{worker}:", job.started or moment, moment
            emit(session, job, "running")
            session.merge(Turn(tenant=tenant, at=moment))
            return job
        return None


def _allowed(session: Session, config: Config, tenant: str) -> int:
    row = session.get(Tenant, tenant)
    own = (row.settings or {}).get("concurrency") if row else None
    return own if isinstance(own, int) and not isinstance(own, bool) and own > 0 else config.tenant_concurrency


@retried
def give_back(db: Database, worker: str, job_id: str | None = None) -> int:
    """Jobs this worker owns belong to nobody again, so that another may take them. Returns how many."""
    with db.session() as session:
        chosen = select(Job.id).where(Job.state == "running", Job.owner.startswith(f"{worker}:", autoescape=True))
        if job_id is not None:
            chosen = chosen.where(Job.id == job_id)
        jobs = session.scalars(chosen.order_by(Job.id).with_for_update()).all()
        session.execute(update(Job).where(Job.id.in_(jobs)).values(owner=None, updated=now()))
        return len(jobs)


@retried
def expire(db: Database, config: Config, most: int = 100) -> int:
    """End what was not finished in its time, queued or held; a running job's own walk looks at the clock itself, and is
    ended a minute later here."""
    moment = now()
    with db.reading() as session:
        late = or_(
            Job.state.in_(("queued", "review")) & (Job.expires < moment),
            (Job.state == "running") & (Job.expires < moment - 60),
        )
        found = session.scalars(select(Job.id).where(late).limit(most)).all()
    for job_id in found:
        with db.session() as session:
            job = session.scalar(select(Job).where(Job.id == job_id, late).with_for_update())
            if job is not None:
                finish(session, job, "expired", error=why("expired"), keep_days=config.keep_days)
    return len(found)


def forget(db: Database, *, older: float = 86_400.0, most: int = 1000) -> int:
    """Remove DBOS's memory of walks whose jobs ended a day ago; the rows of ours stay."""
    with db.reading() as session:
        over = select(Job.id, Job.attempt).where(
            Job.finished < now() - older, Job.finished > now() - older - 7 * 86_400.0, Job.state.in_(TERMINAL)
        )
        names = [
            f"{row.id}.{number}"
            for row in session.execute(over.order_by(Job.finished).limit(most))
            for number in range(row.attempt + 1)
        ]
    if names:
        known = [
            status.workflow_id
            for status in DBOS.list_workflows(workflow_ids=names, load_input=False, load_output=False)
        ]
        if known:
            DBOS.delete_workflows(known)
    return len(names)


def steps_engine(database: str) -> Engine:
    """DBOS's own file beside ours: write-ahead log, as DBOS does not set it, and its transactions immediate, as it
    expects."""
    path = steps_file(Path(database))
    engine = create_engine(sqlite_url(path), pool_size=10, max_overflow=40, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            "busy_timeout=30000",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    return engine


__all__ = ["Runner", "claim", "expire", "forget", "give_back", "pick", "steps_engine", "wake"]
