"""Rollouts in the database: begun, looked at every half minute, held, sent on and back by people, asked at each submit.
Every decision is logged."""

from __future__ import annotations

import logging
import threading
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from phonofilm.errors import RequestError
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.observe import audit
from phonofilm.jobs.observe.metrics import is_blameless
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Job
from phonofilm.rollout import rules
from phonofilm.rollout.flags import FlagFile, fractional
from phonofilm.rollout.rules import SUITES, Arm, Walk
from phonofilm.rollout.tables import Rollout
from phonofilm.votes.studies import judged

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.database import Database
    from phonofilm.spec.request import Generate

log = logging.getLogger("phonofilm.rollout")
EVERY = 30.0
"""Seconds between two looks."""
SETTLED = 5.0
"""Seconds after which a finished job is surely committed."""
_LIVE = ("walking", "held")


def begin(
    db: Database,
    engines: frozenset[str],
    *,
    model: str,
    control: str,
    candidate: str,
    actor: str,
    passed: tuple[str, ...] = (),
) -> Rollout:
    """A candidate enters at 5 % of the tenants. Raises JobError invalid_parameter, or conflict where the model has a
    rollout under way."""
    for field, engine in (("control", control), ("candidate", candidate)):
        if engine not in engines:
            raise JobError(
                "invalid_parameter",
                f"there is no engine '{engine[:80]}' here; choose one of {', '.join(sorted(engines))}",
                field=field,
            )
    if control == candidate:
        raise JobError(
            "invalid_parameter", "the candidate is the engine that is there already; name another", field="candidate"
        )
    with db.session() as session:
        before = _newest(session, model)
        if before is not None and before.state in _LIVE:
            raise JobError(
                "conflict", f"{before.id} of '{model}' is under way; send it on to its end or back first", field="model"
            )
        moment = now()
        row = Rollout(
            id=new_id("rol"),
            model=model,
            control=control,
            candidate=candidate,
            state="walking",
            walk=asdict(Walk()),
            passed=sorted(set(passed)),
            reason="begun",
            read=moment,
            looked=moment,
            created=moment,
            updated=moment,
        )
        session.add(row)
        session.flush()
        audit.record(
            session,
            actor,
            "rollout.begin",
            row.id,
            {"model": model, "control": control, "candidate": candidate, "percent": 5},
        )
        return row


def every(db: Database) -> list[Rollout]:
    """Newest first."""
    with db.reading() as session:
        return list(session.scalars(select(Rollout).order_by(Rollout.id.desc()).limit(100)))


def act(db: Database, ident: str, action: str, *, actor: str, note: str) -> Rollout:
    """hold, go (to the next stage, or on walking where it was held) or back, because a person says so. Raises JobError
    not_found, conflict."""
    with db.session() as session:
        row = _locked(session, ident)
        if row.state == "rolled_back" or (row.state == "done" and action != "back"):
            raise JobError("conflict", f"it is {row.state.replace('_', ' ')}; begin another rollout")
        walk = walk_of(row)
        if action == "go" and row.state == "held":
            walk = replace(walk, state="walking", reason=note)
        else:
            walk = {"hold": rules.hold, "go": rules.go_on, "back": rules.back}[action](walk, note)
        _keep(session, row, walk, actor, f"rollout.{action}")
        return row


def passed(db: Database, ident: str, suite: str, good: bool, *, actor: str) -> Rollout:
    """Put on record whether the candidate has passed a suite (unit, vectors)."""
    if suite not in SUITES:
        raise JobError(
            "invalid_parameter", f"there is no suite '{suite[:40]}'; choose one of {', '.join(SUITES)}", field="suite"
        )
    with db.session() as session:
        row = _locked(session, ident)
        row.passed = sorted({*row.passed, suite} if good else {*row.passed} - {suite})
        row.updated = now()
        audit.record(session, actor, "rollout.suite", ident, {"suite": suite, "passed": good})
        return row


def look(db: Database, *, moment: float | None = None) -> list[Rollout]:
    """Look at every rollout under way; where a rule says so it goes on or back. Returns those that changed. Safe from
    several processes at once."""
    moment = now() if moment is None else moment
    changed = []
    with db.reading() as session:
        live = list(session.scalars(select(Rollout.id).where(Rollout.state.in_((*_LIVE, "done")))))
        newest = set(session.scalars(select(func.max(Rollout.id)).group_by(Rollout.model)))
    for ident in live:
        if ident not in newest:
            continue
        with db.session() as session:
            row = _locked(session, ident)
            seconds = moment - row.looked
            if row.state == "rolled_back" or 0 <= seconds < EVERY / 2:
                continue  # another process was here
            until = moment - SETTLED
            arms = _arms(session, row, row.read, until)
            rated, beside = judged(session, [(row.candidate, row.created), (row.control, row.created)])
            walk = rules.step(
                walk_of(row), seconds, *arms, rated=rated, control_rated=beside, passed=frozenset(row.passed)
            )
            row.looked, row.read = moment, max(row.read, until)
            if (walk.state, walk.stage) != (row.state, row.walk["stage"]):
                _keep(session, row, walk, "system", "rollout.back" if walk.state == "rolled_back" else "rollout.go")
                changed.append(row)
            else:
                row.walk, row.reason = asdict(walk), walk.reason
    return changed


def walk_of(row: Rollout) -> Walk:
    """Where it stands."""
    plain = dict(row.walk)
    return Walk(**{**plain, "candidate": Arm(**plain["candidate"]), "control": Arm(**plain["control"])})


def percent_of(row: Rollout) -> int:
    """Of the tenants that get the candidate now."""
    return rules.percent(walk_of(row))


class Chooser:
    """Says at each submit which engine a model's name means for a tenant: by its rollout, else by the file of flags,
    else None."""

    def __init__(self, db: Database, flags: FlagFile | None = None) -> None:
        self._db, self.flags = db, flags

    def __call__(self, tenant: str, model: str) -> tuple[str, dict[str, str]] | None:
        """(engine, what is kept with the job). One indexed query; a file that is broken leaves things as they were."""
        flag = self.flags.flags().get(model) if self.flags else None
        if flag is not None and not flag.enabled:
            return flag.engine(tenant), {"flag": model}
        with self._db.reading() as session:
            row = _newest(session, model)
        if row is not None:
            share = percent_of(row)
            arm = fractional(model, tenant, (("candidate", share), ("control", 100 - share)))
            return (row.candidate if arm == "candidate" else row.control), {"id": row.id, "arm": arm}
        return (flag.engine(tenant), {"flag": model}) if flag is not None else None


class Controller:
    """Looks at the rollouts every half minute, in a thread of its own."""

    def __init__(self, db: Database) -> None:
        self._db, self._stop = db, threading.Event()
        self._thread = threading.Thread(target=self._run, name="rollouts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            try:
                look(self._db)
            except Exception:
                log.exception("rollouts could not be looked at; it is tried again in %d s", EVERY)


def choose(
    service: Service, chooser: Chooser, tenant: str, request: Generate, model: str, extra: dict[str, Any]
) -> tuple[Generate, dict[str, Any]]:
    """The hook of ``Service.submit``: the request with the engine that a rollout chose for this tenant, kept with the
    job."""
    found = chooser(tenant, model)
    if found is None or found[0] not in service.tools.engines.names():
        return request, extra
    return replace(request, engine=found[0]), {**extra, "rollout": found[1]}


def flag_file(path: Any, engines: frozenset[str]) -> FlagFile | None:
    """The installation's file of flags, where one is set. Raises RequestError where it is broken at the start: nothing
    good came before it."""
    if path is None:
        return None
    file = FlagFile(path, engines)
    file.flags()
    if file.trouble:
        raise RequestError(f"flags: {file.trouble}; mend the file or take the setting 'flags' out")
    return file


def _arms(session: Session, row: Rollout, since: float, until: float) -> tuple[Arm, Arm]:
    """What became of both arms' jobs that finished in (since, until]."""
    if until <= since:
        return Arm(), Arm()
    columns = (Job.state, Job.error, Job.finished, Job.created, Job.extra)
    arms = {"candidate": Arm(), "control": Arm()}
    for state, error, finished, created, extra in session.execute(
        select(*columns).where(Job.finished > since, Job.finished <= until)
    ):
        said = (extra or {}).get("rollout") or {}
        if said.get("id") != row.id or is_blameless(state, error):
            continue
        good, took = state == "succeeded", (finished - created) * 1000.0
        one = Arm(1, int(not good), int(good and took > rules.BACK_P95), int(good and took > rules.MOST_P95))
        arms[said["arm"]] = arms[said["arm"]].plus(one)
    return arms["candidate"], arms["control"]


def _keep(session: Session, row: Rollout, walk: Walk, actor: str, action: str) -> None:
    before = percent_of(row)
    row.walk, row.state, row.reason, row.updated = asdict(walk), walk.state, walk.reason, now()
    told = {
        "model": row.model,
        "state": walk.state,
        "from": before,
        "percent": rules.percent(walk),
        "reason": walk.reason,
    }
    audit.record(session, actor, action, row.id, told)


def _newest(session: Session, model: str) -> Rollout | None:
    return session.scalars(select(Rollout).where(Rollout.model == model).order_by(Rollout.id.desc()).limit(1)).first()


def _locked(session: Session, ident: str) -> Rollout:
    row = session.scalars(select(Rollout).where(Rollout.id == ident).with_for_update()).one_or_none()
    if row is None:
        raise JobError("not_found", f"there is no rollout {ident[:80]}")
    return row
