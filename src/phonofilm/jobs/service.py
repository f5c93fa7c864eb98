"""The one door of servers, dialects and assistants into jobs: everything is checked before it is recorded, and whose it
is before it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError

from phonofilm.clip.sign import prompt_hash
from phonofilm.errors import PhonofilmError
from phonofilm.jobs import checks
from phonofilm.jobs.accounts import quota
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.codes import JobError, as_job_error
from phonofilm.jobs.config import Config
from phonofilm.jobs.library import assets, origins, shelf
from phonofilm.jobs.lifecycle import recovery
from phonofilm.jobs.lifecycle.finish import emit, finish, outputs_of, outputs_of_all
from phonofilm.jobs.moderation import holds
from phonofilm.jobs.money import ledger
from phonofilm.jobs.observe import tracing
from phonofilm.jobs.store import search as searching
from phonofilm.jobs.store.database import Database, new_id, now, retried
from phonofilm.jobs.store.hashes import request_hash, script_hash
from phonofilm.jobs.store.tables import STATES, TERMINAL, Asset, Event, IdempotencyKey, Job, Output
from phonofilm.jobs.tools import Tools
from phonofilm.media.probe import check_reference, probe
from phonofilm.spec.capability import Capability
from phonofilm.spec.plain import to_plain
from phonofilm.spec.request import Generate
from phonofilm.storage.bucket import Bucket
from phonofilm.trust.watermarks.payload import reference_of

MOST_EVENTS = 1000
"""Events handed out at a time."""


class Service:
    """Safe to use from several threads. Rows it hands out are detached: read them, do not change them."""

    def __init__(self, db: Database, bucket: Bucket, config: Config) -> None:
        self.db, self.bucket, self.config = db, bucket, config
        self.tools = Tools(config, db, bucket)
        self.choose: Callable[[str, Generate, str, dict[str, Any]], tuple[Generate, dict[str, Any]]] | None = None
        """Whoever rolls an engine out: (tenant, request, model, extra) -> the request with the engine for that tenant,
        and what is kept with the job."""

    # generations

    def submit(
        self,
        caller: Caller,
        request: Generate,
        *,
        model: str,
        dialect: str,
        extra: dict[str, Any] | None = None,
        priority: int = 0,
        expires_in: float = 172_800.0,
        idempotency_key: str | None = None,
        parent: str | None = None,
        project: str | None = None,
    ) -> Job:
        """Check everything, reserve the cost and record the job, in one transaction that is on disk when this returns.

        ``priority`` 0 to 9, higher first; ``expires_in`` 60 s to 7 days. The same ``idempotency_key`` with the same
        request gives the same job, with another request JobError conflict. Raises JobError naming the field.
        """
        caller.needs("generate")
        extra = dict(extra or {})
        if isinstance(priority, bool) or not isinstance(priority, int) or not 0 <= priority <= 9:
            raise JobError("invalid_parameter", "priority is a whole number from 0 to 9", field="priority")
        if not 60.0 <= expires_in <= 604_800.0:
            raise JobError("invalid_parameter", "a job may be given 60 to 604,800 seconds", field="expires_in")
        same = {
            "model": model,
            "dialect": dialect,
            "extra": extra,
            "parent": parent,
            "priority": priority,
            "expires_in": expires_in,
        }
        project = shelf.label(project, "project")
        digest = request_hash(request, **same, **({"project": project} if project else {})) if idempotency_key else ""
        if idempotency_key and (before := self._before(caller, idempotency_key, digest)) is not None:
            return before
        if self.choose is not None:
            request, extra = self.choose(caller.tenant, request, model, extra)
        request = checks.engine_for(self.tools, request, model)
        checks.prompt(request)
        engines = self.able(caller, request)
        request = checks.references(self.tools, caller.tenant, caller.user, request)
        extra = tracing.carry({"model": model, **extra})
        amount = self.most(engines, request, model)
        try:
            said = {
                "model": model[:255],
                "dialect": dialect,
                "extra": extra,
                "priority": priority,
                "parent": parent,
                "project": project,
            }
            return self._record(caller, request, said, expires_in, amount, idempotency_key, digest)
        except IntegrityError:
            if idempotency_key and (before := self._before(caller, idempotency_key, digest)) is not None:
                return before
            raise
        except JobError as error:
            if error.code == "budget_exceeded":
                ledger.note_refusal(self.db, caller.tenant)
            raise

    def able(self, caller: Caller, request: Generate) -> list[str]:
        """The engines that could do it, the first choice first; what the source is known to be counts. Raises JobError
        where none could."""
        return checks.ability(self.tools, origins.traced(self.db, caller.tenant, request))

    def most(self, engines: list[str], request: Generate, model: str) -> int:
        """What it costs at most, in micro-dollars: the dearer of the engine and its fallback. Raises JobError naming
        ``model``."""
        try:
            return max(
                self.tools.prices.price(name, request, model) for name in engines[: 2 if self.config.fallback else 1]
            )
        except PhonofilmError as error:
            raise as_job_error(error, field="model") from error

    @retried
    def _record(
        self,
        caller: Caller,
        request: Generate,
        said: dict[str, Any],
        expires_in: float,
        amount: int,
        key: str | None,
        digest: str,
    ) -> Job:
        """The job's row, its money, its words and its first event in one transaction. ``said``: columns as the sender
        filled them."""
        moment, job_id, parent = now(), new_id("gen"), said["parent"]
        job = Job(
            id=job_id,
            tenant=caller.tenant,
            user=caller.user,
            state="queued",
            step="",
            progress=0.0,
            engine=request.engine,
            request=to_plain(request),
            prompt_hash=prompt_hash(request.prompt),
            script_hash=script_hash(request.prompt),
            seed=request.seed,
            attempt=0,
            created=moment,
            updated=moment,
            expires=moment + expires_in,
            cancel_requested=False,
            cost_reserved=0,
            price_version=self.tools.prices.version,
            watermark=reference_of(job_id),
            legal_hold=False,
            **said,
        )
        with self.db.session(durable=True) as session:
            if key:
                session.add(
                    IdempotencyKey(tenant=caller.tenant, key=key[:255], request_hash=digest, job=job_id, created=moment)
                )
                session.flush()
            if parent is not None:
                self._mine(session.get(Job, parent), caller, parent, field="parent")
            quota.check(session, caller.tenant, caller.user)
            session.add(job)
            session.flush()
            searching.keep(session, job)
            ledger.reserve(session, job, amount, self.tools.prices.version)
            emit(session, job, "queued")
        return job

    def _before(self, caller: Caller, key: str, digest: str) -> Job | None:
        with self.db.reading() as session:
            row = session.get(IdempotencyKey, (caller.tenant, key[:255]))
            if row is None:
                return None
            if row.request_hash != digest:
                raise JobError(
                    "conflict",
                    "this Idempotency-Key was used with another request; take a new key",
                    field="Idempotency-Key",
                )
            return session.get(Job, row.job)

    @staticmethod
    def _mine(job: Job | None, caller: Caller, job_id: str, *, field: str | None = None) -> Job:
        if job is None or job.tenant != caller.tenant or job.delete_requested:
            raise JobError("not_found", f"there is no generation {job_id[:80]}", field=field)
        return job

    def get(self, caller: Caller, job_id: str) -> Job:
        """A job of the caller's tenant. JobError not_found for anybody else's."""
        with self.db.reading() as session:
            return self._mine(session.get(Job, job_id), caller, job_id)

    @retried
    def cancel(self, caller: Caller, job_id: str) -> Job:
        """A queued or held job ends at once, a running one as soon as its engine can. JobError conflict where it has
        ended already."""
        caller.needs("generate")
        with self.db.session(durable=True) as session:
            job = self._mine(session.scalar(select(Job).where(Job.id == job_id).with_for_update()), caller, job_id)
            if job.state in TERMINAL:
                raise JobError("conflict", f"it has ended already ({job.state}); there is nothing to cancel")
            job.cancel_requested, job.updated = True, now()
            if job.state != "running":
                finish(
                    session,
                    job,
                    "cancelled",
                    error=JobError("cancelled", "cancelled by its owner"),
                    keep_days=self.config.keep_days,
                )
            return job

    @retried
    def delete(self, caller: Caller, job_id: str) -> Job:
        """Remove the files of a job that has ended; its row stays as ``removed``. JobError conflict while it runs or
        under a legal hold."""
        caller.needs("generate")
        from phonofilm.jobs.run import retention

        with self.db.reading() as session:
            job = self._mine(session.get(Job, job_id), caller, job_id)
        if job.state not in TERMINAL:
            raise JobError("conflict", f"it is still {job.state}; cancel it first")
        if job.legal_hold:
            raise JobError("conflict", "it is under a legal hold and cannot be deleted")
        return retention.remove(self.db, self.bucket, job_id, actor=caller.actor)

    def discard(self, caller: Caller, job_id: str) -> None:
        """Gone for its owner from now on: one that has ended is deleted, one on its way is stopped and its files go
        when it has ended."""
        caller.needs("generate")
        with self.db.session(durable=True) as session:
            job = self._mine(session.scalar(select(Job).where(Job.id == job_id).with_for_update()), caller, job_id)
            if job.legal_hold:
                raise JobError("conflict", "it is under a legal hold and cannot be deleted")
            if job.state == "running":
                job.delete_requested = job.cancel_requested = True
                job.updated = now()
                return
            if job.state not in TERMINAL:
                finish(session, job, "cancelled", error=JobError("cancelled", "deleted by its owner"))
        self.delete(caller, job_id)

    def rename(self, caller: Caller, job_id: str, **said: Any) -> Job:
        """Call a clip by a ``name``, lay it into a ``project``, make it a ``favourite`` (``jobs.library.shelf``); what
        is not said stays."""
        caller.needs("generate")
        return shelf.change(self.db, caller.tenant, job_id, **said)

    def events(self, caller: Caller, job_id: str, after: int = 0) -> list[Event]:
        """What happened to a job after the event ``after``, in order."""
        with self.db.reading() as session:
            self._mine(session.get(Job, job_id), caller, job_id)
            return list(
                session.scalars(
                    select(Event).where(Event.job == job_id, Event.id > after).order_by(Event.id).limit(MOST_EVENTS)
                )
            )

    def outputs(self, job_id: str) -> list[Output]:
        """The files of a job, the clip first. The caller has been let in by ``get``."""
        with self.db.reading() as session:
            return outputs_of(session, job_id)

    def outputs_of(self, jobs: Sequence[Job]) -> dict[str, list[Output]]:
        """The files of those among ``jobs`` that have some to show."""
        with self.db.reading() as session:
            return outputs_of_all(session, [job.id for job in jobs if job.state == "succeeded"])

    def output(self, caller: Caller, job_id: str, name: str) -> Output:
        """One file of a succeeded job, by name."""
        with self.db.reading() as session:
            job = self._mine(session.get(Job, job_id), caller, job_id)
            row = (
                session.scalar(select(Output).where(Output.job == job_id, Output.name == name))
                if job.state == "succeeded"
                else None
            )
        if row is None:
            raise JobError("not_found", f"generation {job_id} has no file {name[:120]}")
        return row

    def wake(self, job_id: str, decision: str) -> None:
        """Go on after a reviewer's decision: hand it to ``review.decide`` as its ``wake``."""
        recovery.wake(self.db, self.config, job_id, decision)

    # assets

    def add_asset(
        self,
        caller: Caller,
        path: Path,
        *,
        name: str,
        kind: str | None = None,
        person: bool | None = None,
        consent: str | None = None,
    ) -> Asset:
        """Keep a file: looked at by content, held to the limits and against the blocklist. Raises JobError, MediaError,
        RequestError."""
        caller.needs("generate")
        probed = probe(path)
        check_reference(probed, field="file", kind=kind)
        return assets.store(
            self.tools, caller.tenant, caller.user, path, probed, name=name, person=person, consent=consent
        )

    def reuse(self, caller: Caller, job_id: str, name: str, path: Path) -> Asset:
        """An output of a clip made here as an asset, with what its references said of real persons. ``path`` is free
        for the file meanwhile."""
        caller.needs("generate")
        job, row = self.get(caller, job_id), self.output(caller, job_id, name)
        person, consent = assets.said_of(self.tools, job)
        probed = probe(self.bucket.get(row.key, path))
        check_reference(probed, field="output")
        return assets.store(
            self.tools,
            caller.tenant,
            caller.user,
            path,
            probed,
            name=f"{job_id}-{name}",
            person=person,
            consent=consent,
        )

    def declare(self, caller: Caller, asset_id: str, *, person: bool, consent: str | None = None) -> Asset:
        """Say whether an asset shows a real person, where that was left open or is stricter; what was held for want of
        it goes on."""
        caller.needs("generate")
        return holds.declare(self.db, caller, asset_id, person, consent)

    def get_asset(self, caller: Caller, asset_id: str) -> Asset:
        """An asset of the caller's tenant that is still there."""
        with self.db.reading() as session:
            row = session.get(Asset, asset_id)
        if row is None or row.tenant != caller.tenant or row.state == "removed":
            raise JobError("not_found", f"there is no asset {asset_id[:80]}")
        return row

    def list_assets(self, caller: Caller, *, limit: int = 20, after: str | None = None) -> list[Asset]:
        """Assets of the caller's tenant, newest first."""
        chosen = (
            select(Asset)
            .where(Asset.tenant == caller.tenant, Asset.state != "removed")
            .order_by(Asset.id.desc())
            .limit(max(1, min(limit, 500)))
        )
        with self.db.reading() as session:
            return list(session.scalars(chosen.where(Asset.id < after) if after else chosen))

    @retried
    def delete_asset(self, caller: Caller, asset_id: str) -> Asset:
        """Remove an asset's file. JobError conflict under a legal hold, or while a job on its way needs it."""
        caller.needs("generate")
        self.get_asset(caller, asset_id)
        with self.db.session(durable=True) as session:
            row = session.scalar(select(Asset).where(Asset.id == asset_id).with_for_update())
            assert row is not None
            if row.legal_hold:
                raise JobError("conflict", "it is under a legal hold and cannot be deleted")
            waiting = session.scalars(
                select(Job.request).where(Job.tenant == caller.tenant, Job.state.in_(("queued", "running", "review")))
            )
            if any(
                reference.get("asset") == asset_id
                for request in waiting
                for reference in request.get("references") or ()
            ):
                raise JobError("conflict", "a generation on its way needs it; wait for it or cancel it")
            row.state = "removed"
        self.bucket.delete(row.key)
        return row

    # engines

    def engines(self) -> list[Capability]:
        """What every engine offered can do."""
        return self.tools.capabilities()

    # last, for its name hides the built-in one below it

    def list(
        self,
        caller: Caller,
        *,
        limit: int = 20,
        after: str | None = None,
        states: tuple[str, ...] = (),
        ids: tuple[str, ...] = (),
        models: tuple[str, ...] = (),
        dialect: str | None = None,
        order: str = "desc",
        page: int | None = None,
        search: str = "",
        take_of: str | None = None,
        parent: str | None = None,
        project: str | None = None,
        favourite: bool = False,
    ) -> tuple[list[Job], int]:
        """Jobs of the caller's tenant, newest first unless ``order`` is "asc", and how many there are in all that fit.

        ``after`` is the last id of the page before; ``page`` counts from 1 instead. Removed jobs are left out unless
        asked for. ``search``: words that words of the prompt begin with, each somewhere, in any case
        (``jobs.store.search``). ``take_of``: made with the words of this job, whatever times its shots have.
        ``parent``: made from it. ``project``: lies in it. ``favourite``: only those.
        """
        if not 1 <= limit <= 500:
            raise JobError("invalid_parameter", "a page holds 1 to 500", field="limit")
        if unknown := [state for state in states if state not in STATES]:
            raise JobError(
                "invalid_parameter", f"there is no state '{unknown[0]}'; choose from {', '.join(STATES)}", field="state"
            )
        if order not in ("asc", "desc") or (page is not None and not 1 <= page <= 1_000_000):
            raise JobError(
                "invalid_parameter",
                "order is asc or desc, a page counts from 1",
                field="order" if page is None else "page",
            )

        project = shelf.label(project, "project")

        def fitting(chosen: Select[Any]) -> Select[Any]:
            chosen = chosen.where(Job.tenant == caller.tenant)
            chosen = chosen.where(Job.state.in_(states)) if states else chosen.where(Job.state != "removed")
            chosen = chosen.where(Job.id.in_(ids)) if ids else chosen
            chosen = chosen.where(Job.model.in_(models)) if models else chosen
            for word in searching.sought(search):
                chosen = chosen.where(Job.id.in_(searching.matching(caller.tenant, word)))
            if take_of:
                chosen = chosen.where(
                    Job.script_hash
                    == select(Job.script_hash).where(Job.id == take_of, Job.tenant == caller.tenant).scalar_subquery()
                )
            chosen = chosen.where(Job.parent == parent) if parent else chosen
            chosen = chosen.where(Job.project == project) if project else chosen
            chosen = chosen.where(Job.favourite.is_not(None)) if favourite else chosen
            return chosen.where(Job.dialect == dialect) if dialect else chosen

        # their ids first, from an index alone: a search may walk through very many, and rows are wide
        page_of = fitting(select(Job.id)).order_by(Job.id.desc() if order == "desc" else Job.id).limit(limit)
        if after is not None:
            page_of = page_of.where(Job.id < after if order == "desc" else Job.id > after)
        elif page is not None:
            page_of = page_of.offset((page - 1) * limit)
        counted = fitting(select(func.count()).select_from(Job))
        with self.db.reading() as session:
            found = session.scalars(page_of).all()
            rows = {job.id: job for job in session.scalars(select(Job).where(Job.id.in_(found)))} if found else {}
            # those that are deleted and still stop are few and soon gone: leaving them out here keeps the count within
            # its index
            return [rows[one] for one in found if one in rows and not rows[one].delete_requested], int(
                session.scalar(counted) or 0
            )
