"""A walk with the database behind it: every write asks first whether the job still runs and is still this
execution's."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

from sqlalchemy import func, select, update
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    TimeoutError,
)
from sqlalchemy.orm import Session

from phonofilm.errors import MediaError
from phonofilm.jobs.codes import JobError, as_job_error
from phonofilm.jobs.library import assets
from phonofilm.jobs.library.origins import origin_of
from phonofilm.jobs.lifecycle import finish, recovery
from phonofilm.jobs.moderation import holds, review
from phonofilm.jobs.money import ledger
from phonofilm.jobs.observe import metrics
from phonofilm.jobs.observe.house import nameless
from phonofilm.jobs.run.carried import Here, Learned, Row, Try
from phonofilm.jobs.run.walk import Ended, Fenced, Hold, Throttle
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.locks import changed
from phonofilm.jobs.store.tables import Asset, Attempt, Job, Review, Worker
from phonofilm.jobs.tools import Tools
from phonofilm.media.probe import Probed
from phonofilm.spec.plain import ResultPlain, from_plain
from phonofilm.spec.reference import Origin, Reference
from phonofilm.trust.gate import VerdictPlain

log = logging.getLogger("phonofilm.jobs")
_PAUSE, _PAUSE_MOST = 0.2, 5.0
"""Seconds before a step that the house failed is tried again: doubled, up to the longest."""
_ELSEWHERE = 60.0
"""Seconds a job that waited too long for the house is left alone."""


TROUBLE = (OperationalError, InterfaceError, InternalError, ProgrammingError, TimeoutError)
"""Faults of the database, of its pooler or of the way there (``TimeoutError``: no connection is free): the house's,
never the job's."""
_MADE = (DBAPIError, TimeoutError)
"""The same where the clip is made and only the record of it is wanting: no answer of the database ends it there."""


class DurableWalk:
    """One execution over one row of ``jobs``. Made by :func:`claim`."""

    def __init__(self, tools: Tools, job: Job, owner: str, stopping: Callable[[], bool]) -> None:
        self.tools = tools
        self.owner = owner
        self.job, self.tenant, self.user = job.id, job.tenant, job.user
        self.request = from_plain(job.request)
        self.extra = dict(job.extra or {})
        self.profile = tools.profile(job.tenant)
        self.watermark = int(job.watermark or 0)
        self.created = job.created
        self.hls = True
        self.made = Here()
        self.trouble: tuple[type[Exception], ...] = TROUBLE
        self._published = False
        self._times: list[tuple[str, float]] = []
        token = owner.rsplit(":", 1)[-1]
        self.folder: Path = tools.config.scratch / f"{job.id}-{token}"
        self.prefix = f"{recovery.place(job.tenant, job.created, job.id)}/{token}"
        self._stopping = stopping
        self._step, self._begin, self._end = "", 0.0, 0.0
        self._told = Throttle(1.0, 0.01)
        self._shown = Throttle(2.0, 0.1)
        self._asked, self._answer = 0.0, False

    # the row

    def _own(self, session: Session, **values: object) -> None:
        """Write to the row if it is still ours. Raises Fenced or Ended otherwise."""
        done = session.execute(
            update(Job)
            .where(Job.id == self.job, Job.owner == self.owner, Job.state == "running")
            .values(updated=now(), **values)
            .returning(Job.cancel_requested, Job.expires)
        ).first()
        if done is None:
            raise self._lost(session)
        if self._stopping():
            raise Fenced
        if done.cancel_requested:
            raise Ended("cancelled")
        if done.expires < now():
            raise Ended("expired")

    def _lost(self, session: Session) -> BaseException:
        row = session.execute(select(Job.state, Job.owner).where(Job.id == self.job)).first()
        log.warning("job %s is no longer walked here (now %s)", self.job, row.state if row else "gone")
        return Fenced()

    def enter(self, step: str, progress: float) -> None:
        """Begin a step; after the publishing the row is nobody's any more."""
        if self._published:
            return
        from phonofilm.jobs.run.workflow import span

        self._step = step
        self.trouble = _MADE if step == "settle_cost" else TROUBLE
        self._begin, self._end = span(step)
        with self.tools.db.session() as session:
            self._own(session, step=step, progress=progress)

    def wait(self, part: str, error: BaseException, tries: int, since: float) -> None:
        """In this place while there is patience, in slices that hear a stop and a cancel; afterwards the job goes back
        into the queue."""
        house = self.tools.house
        house.note(part, error)
        pause = min(_PAUSE * 2 ** (tries - 1), _PAUSE_MOST)
        until = since + self.tools.config.house_patience
        while time.monotonic() < until:
            again = time.monotonic() + pause
            while time.monotonic() < again:
                if self._stopping():
                    raise Fenced
                if part != "database" and self.cancelled():
                    return
                time.sleep(min(self.tools.config.cancel_poll, max(again - time.monotonic(), 0.01)))
            if part == "database" or house.well():
                return
        log.error(
            "step %s of %s: the %s stays in trouble; the job goes back into the queue", self._step, self.job, part
        )
        if part != "database":
            self._hand_back()
        raise Fenced from error

    def _hand_back(self) -> None:
        with self.tools.db.session() as session:
            mine = update(Job).where(Job.id == self.job, Job.owner == self.owner, Job.state == "running")
            session.execute(mine.values(owner=None, updated=now(), not_before=now() + _ELSEWHERE))

    def worded(self, error: Exception, step: str) -> JobError:
        """Without this machine's folders; a file that is not readable is the caller's doing only where he brought
        one."""
        brought = bool(self.request.references) and step in ("fetch_references", "admit", "generate")
        known = as_job_error(error, code=None if brought or not isinstance(error, MediaError) else "internal")
        return JobError(known.code, nameless(str(known), self.folder, self.tools.config.home), field=known.field)

    def report(self, share: float) -> None:
        """Write how far the step is, at most once a second; tell followers more sparsely. Never raises: the next step's
        begin does."""
        whole = self._begin + (self._end - self._begin) * min(max(share, 0.0), 1.0)
        if not self._told.due(time.monotonic(), whole):
            return
        try:
            with self.tools.db.session() as session:
                mine = update(Job).where(Job.id == self.job, Job.owner == self.owner, Job.state == "running")
                if changed(session, mine.values(updated=now(), progress=whole)) and self._shown.due(
                    time.monotonic(), whole
                ):
                    job = session.get(Job, self.job)
                    assert job is not None
                    finish.emit(session, job, "progress", {"step": self._step, "progress": round(whole, 3)})
        except (
            self.trouble
        ) as error:  # an engine at work goes on: what it makes is not lost because nobody could be told
            self.tools.house.note("database", error)

    def cancelled(self) -> bool:
        """Ended from outside, taken over, expired, or this process is going away."""
        if self._stopping():
            return True
        if time.monotonic() - self._asked < self.tools.config.cancel_poll:
            return self._answer
        try:
            with self.tools.db.reading() as session:
                row = session.execute(
                    select(Job.state, Job.owner, Job.cancel_requested, Job.expires).where(Job.id == self.job)
                ).first()
        except self.trouble as error:
            self.tools.house.note("database", error)
            return self._answer
        finally:
            self._asked = time.monotonic()
        self._answer = (
            row is None
            or row.state != "running"
            or row.owner != self.owner
            or row.cancel_requested
            or row.expires < now()
        )
        return self._answer

    def leaving(self) -> bool:
        """The process stops, or another execution has the job now: then a vendor's task is not to be cancelled."""
        if self._stopping():
            return True
        try:
            with self.tools.db.reading() as session:
                row = session.execute(
                    select(Job.state, Job.owner, Job.cancel_requested).where(Job.id == self.job)
                ).first()
        except self.trouble:
            return True  # nobody can say that the job ends
        return row is not None and row.state == "running" and row.owner != self.owner

    # assets

    def asset(self, reference: Reference) -> assets.Given:
        """The row as plain values; ``leave``: the consent that goes with it."""
        return assets.given(self.tools.db, self.tenant, reference.asset)

    def origin(self, reference: Reference) -> Origin | None:
        """As the job that made the very same file recorded it."""
        with self.tools.db.reading() as session:
            return origin_of(session, self.tenant, reference.asset)

    def kept(self, number: int) -> str | None:
        """As another walk of this job has noted it."""
        ident = (self.extra.get("brought") or {}).get(str(number))
        with self.tools.db.reading() as session:
            row = session.get(Asset, ident) if ident else None
            return None if row is None or row.state == "removed" else row.id

    def keep(self, reference: Reference, path: Path, probed: Probed, number: int) -> str:
        """A fetched reference becomes an asset of the tenant, and the job says that it uses it, so that whoever takes
        that back finds the job."""
        row = assets.store(
            self.tools, self.tenant, self.user, path, probed, name=reference.name, person=reference.person, consent=None
        )
        with self.tools.db.session() as session:
            job = session.get(Job, self.job)
            if job is None or job.owner != self.owner:
                raise self._lost(session)
            extra = job.extra or {}
            used = list(dict.fromkeys([*extra.get("assets", []), row.id]))
            job.extra = {**extra, "assets": used, "brought": {**extra.get("brought", {}), str(number): row.id}}
        return row.id

    # people, money, engines

    def decided(self, stage: str) -> str | None:
        """The latest decision at that stage."""
        with self.tools.db.reading() as session:
            mine = select(Review.decision).where(
                Review.subject == self.job,
                Review.stage == stage,
                Review.state == "decided",
                Review.decision != "withdrawn",
            )
            return session.scalar(mine.order_by(Review.decided.desc()).limit(1))

    def note(self, stage: str, verdict: VerdictPlain) -> None:
        """Verdicts are kept on the job."""
        with self.tools.db.session() as session:
            job = session.get(Job, self.job)
            if job is None or job.owner != self.owner:
                raise self._lost(session)
            job.extra = {**job.extra, "verdicts": {**(job.extra or {}).get("verdicts", {}), stage: verdict}}

    def reserve(self, amount: int, version: str) -> None:
        """Reserve, unless the submit did and it still stands."""
        with self.tools.db.session() as session:
            job = session.get(Job, self.job)
            if job is None or job.owner != self.owner:
                raise self._lost(session)
            ledger.reserve(session, job, amount, version)

    def routed(self, engine: str) -> None:
        """The engine that makes it."""
        with self.tools.db.session() as session:
            self._own(session, engine=engine)

    def tries(self) -> list[Try]:
        """The rows of ``attempts``."""
        with self.tools.db.reading() as session:
            rows = session.scalars(select(Attempt).where(Attempt.job == self.job).order_by(Attempt.number)).all()
        return [_try(row) for row in rows]

    def intend(self, engine: str, *, paid: bool) -> Try:
        """A new row of state ``intended``; another execution's row of the same number means that we are fenced."""
        with self.tools.db.session(durable=paid) as session:
            self._own(session)
            number = (
                int(
                    session.scalar(select(func.coalesce(func.max(Attempt.number), 0)).where(Attempt.job == self.job))
                    or 0
                )
                + 1
            )
            row = Attempt(
                id=new_id("att"),
                job=self.job,
                number=number,
                engine=engine,
                tag=f"{self.job}-{number}",
                state="intended",
                detail={},
                created=now(),
                updated=now(),
            )
            session.add(row)
            try:
                session.flush()
            except IntegrityError:
                raise Fenced from None
            return _try(row)

    def learned(self, attempt: Try, state: str, *, vendor_id: str | None = None, detail: Learned | None = None) -> None:
        """What a vendor said is written down even by an execution that was fenced meanwhile: a vendor's id is never
        lost."""
        with self.tools.db.session(durable=vendor_id is not None) as session:
            row = session.scalar(select(Attempt).where(Attempt.job == self.job, Attempt.number == attempt.number))
            if row is None:
                raise Fenced
            if vendor_id is not None and row.vendor_id is None:
                row.vendor_id = vendor_id
            if row.state != "succeeded" or "files" not in (
                row.detail or {}
            ):  # a vendor's raw file first, then what was packaged of it
                row.state = "succeeded" if row.state == "succeeded" else state
                row.detail = {**row.detail, **json.loads(json.dumps(detail or {}, default=str))}
            row.updated = now()

    # the end

    def publish(self, outputs: list[Row], result: ResultPlain, amount: int) -> None:
        """One transaction, on disk before it returns. A worker that was declared dead may not, even where nobody took
        the job yet."""
        with self.tools.db.session(durable=True) as session:
            self._own(session)
            worker = session.get(Worker, self.owner.rsplit(":", 1)[0])
            if worker is None or worker.stopped is not None:
                raise Fenced
            job = session.get(Job, self.job, populate_existing=True)
            assert job is not None
            finish.publish(session, job, outputs, result, amount, keep_days=self.tools.keep_days(self.tenant))
        self._published = True

    def notify(self) -> None:
        """The deliveries were written with the event; here they are only hurried."""
        self.tools.hurry()

    def took(self, step: str, seconds: float) -> None:
        """Kept until the end of the walk: one transaction writes them all."""
        self._times.append((step, seconds))

    def leave(self) -> None:
        """Count the steps' times, remove this execution's scratch."""
        shutil.rmtree(self.folder, ignore_errors=True)
        try:
            with self.tools.db.session() as session:
                for step, seconds in sorted(self._times):
                    metrics.observe_step(session, step, self.request.engine, seconds)
        except self.trouble as error:
            log.warning("step times of %s are lost: %s", self.job, type(error).__name__)

    def end(self, state: str, error: JobError | None, hold: Hold | None) -> None:
        """Any end but success, if the job is still ours."""
        with self.tools.db.session(durable=True) as session:
            row = session.execute(
                update(Job)
                .where(Job.id == self.job, Job.owner == self.owner, Job.state == "running")
                .values(updated=now())
                .returning(Job.id)
            ).first()
            if row is None:
                raise self._lost(session)
            job = session.get(Job, self.job, populate_existing=True)
            assert job is not None
            if hold is None:
                finish.finish(
                    session, job, state, error=error or why(state), keep_days=self.tools.keep_days(self.tenant)
                )
                return
            case = review.open_review(
                session, tenant=job.tenant, subject=job.id, stage=hold.stage, reasons=hold.reasons, risk=hold.risk
            )
            if state == "unknown_outcome":
                told = JobError(
                    "unknown_outcome",
                    "whether the engine accepted the paid request is not known; a person looks it up, it is not sent"
                    " again",
                )
                finish.finish(session, job, state, error=told, keep_days=self.tools.keep_days(self.tenant))
            else:
                job.state, job.owner = state, None
                held = holds.describe(session, job, case)
                job.extra = {**(job.extra or {}), "held": held}
                finish.emit(session, job, state, {"stage": hold.stage, "message": held["message"], "ask": held["ask"]})


def why(state: str) -> JobError | None:
    """What a job's owner is told of an end from outside."""
    if state == "cancelled":
        return JobError("cancelled", "cancelled by its owner")
    if state == "expired":
        return JobError("expired", "not finished in the time it was given; submit it again or give it longer")
    return None


def _try(row: Attempt) -> Try:
    return Try(
        number=row.number,
        engine=row.engine,
        tag=row.tag,
        state=row.state,
        vendor_id=row.vendor_id,
        detail=cast(Learned, dict(row.detail or {})),
    )
