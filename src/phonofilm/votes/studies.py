"""Studies: which clips are rated, and what the ratings say once those of people who did not look are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Job
from phonofilm.votes import ratings
from phonofilm.votes.tables import Sitting, Study, Vote

if TYPE_CHECKING:
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.store.database import Database

WORDS = {5: "Excellent", 4: "Good", 3: "Fair", 2: "Poor", 1: "Bad"}
"""The five-level quality scale of absolute category rating, ITU-T P.910 (10/2023)."""
MOST_CLIPS, MOST_TRAPS = 200, 10
DROPPED = 0.1
"""A rating given while more of the pictures than this were dropped says something about the machine."""
NEAR = 1
"""Steps that a rating of a gold clip may lie outside of what is expected."""
GOOD = 4.0
"""A clip of this MOS and above is good."""
_SAID = (
    Vote.user,
    Vote.sitting,
    Vote.study,
    Vote.item,
    Vote.role,
    Vote.left,
    Vote.left_engine,
    Vote.score,
    Vote.playback,
    Vote.created,
)
"""What is read of many votes: whole rows take five times as long."""


@dataclass(frozen=True)
class ClipScore:
    """What people say of one clip."""

    generation: str
    engine: str
    role: str
    votes: int
    mean: float | None
    mos: float | None
    low: float | None
    high: float | None
    difference: float | None
    """MOS against the hidden reference of its prompt: 5 is as good as it (ACR-HR)."""


@dataclass(frozen=True)
class Rater:
    """One person, by a number."""

    number: int
    votes: int
    bias: float | None
    inconsistency: float | None
    left_out: str
    """Why the ratings do not count; empty: they do."""


@dataclass(frozen=True)
class Results:
    """Of one study."""

    clips: list[ClipScore]
    raters: list[Rater]
    alpha: float | None
    good: float | None
    """Share of the tested clips with a MOS of 4 and above."""
    left_out: int
    """Ratings that do not count."""


def create(db: Database, caller: Caller, name: str, clips: list[dict[str, Any]], traps: int) -> Study:
    """A study of finished clips of the caller's tenant. Raises JobError invalid_parameter naming ``clips[n]``."""
    caller.needs("generate")
    with db.session() as session:
        found = {
            job.id: job for job in session.scalars(select(Job).where(Job.id.in_([one["generation"] for one in clips])))
        }
        seen: set[str] = set()
        references: set[str] = set()
        for place, one in enumerate(clips):
            job, field = found.get(one["generation"]), f"clips[{place}]"
            if job is None or job.tenant != caller.tenant or job.state != "succeeded" or job.delete_requested:
                raise JobError(
                    "invalid_parameter",
                    f"there is no finished clip {one['generation'][:80]}; leave it out",
                    field=field,
                )
            if job.id in seen:
                raise JobError("invalid_parameter", "the same clip stands there twice; leave one out", field=field)
            seen.add(job.id)
            if one["role"] == "gold" and not 1 <= one["low"] <= one["high"] <= 5:
                raise JobError(
                    "invalid_parameter",
                    "a gold clip needs the ratings that are expected, low to high, of 1 to 5",
                    field=field,
                )
            if one["role"] == "reference":
                if job.script_hash in references:
                    raise JobError(
                        "invalid_parameter", "there is one reference for each prompt; this is the second", field=field
                    )
                references.add(job.script_hash)
        if not any(one["role"] == "test" for one in clips):
            raise JobError("invalid_parameter", "nothing would be tested; give one clip the role test", field="clips")
        row = Study(
            id=new_id("std"),
            tenant=caller.tenant,
            user=caller.user,
            name=name,
            clips=clips,
            traps=traps,
            created=now(),
            closed=None,
        )
        session.add(row)
        session.flush()
        audit.record(session, caller.actor, "study.create", row.id, {"clips": len(clips), "traps": traps})
        return row


def every(db: Database, caller: Caller) -> list[tuple[Study, int]]:
    """The tenant's studies, newest first, each with how many ratings it has."""
    with db.reading() as session:
        rows = list(
            session.scalars(select(Study).where(Study.tenant == caller.tenant).order_by(Study.id.desc()).limit(200))
        )
        counted = (
            select(Vote.study, func.count())
            .where(Vote.study.in_([row.id for row in rows]), Vote.role != "training")
            .group_by(Vote.study)
        )
        votes = {str(study): count for study, count in session.execute(counted)}
        return [(row, votes.get(row.id, 0)) for row in rows]


def close(db: Database, caller: Caller, study_id: str) -> Study:
    """Nobody rates in it any more, open sittings included."""
    caller.needs("generate")
    with db.session() as session:
        row = _mine(session, caller, study_id)
        if row.closed is None:
            row.closed = now()
            for sitting in session.scalars(select(Sitting).where(Sitting.study == study_id, Sitting.closed.is_(None))):
                sitting.closed = row.closed
            audit.record(session, caller.actor, "study.close", study_id, {})
        return row


def results(db: Database, caller: Caller, study_id: str, *, samples: int = 200) -> tuple[Study, Results]:
    """A study and what its ratings say. JobError not_found for anybody else's."""
    with db.reading() as session:
        study = _mine(session, caller, study_id)
        of_study = Vote.study == study_id, Vote.role != "training"
        votes = session.execute(select(*_SAID).where(*of_study).order_by(Vote.id)).all()
        asked = {row.id: row.items for row in session.scalars(select(Sitting).where(Sitting.study == study_id))}
        jobs = {
            job.id: job
            for job in session.scalars(select(Job).where(Job.id.in_([one["generation"] for one in study.clips])))
        }
    clips = [one for one in study.clips if one["role"] != "training"]
    expected = {(study_id, one["generation"]): (one["low"], one["high"]) for one in clips if one["role"] == "gold"}
    careless = _careless(votes, asked, expected)
    users = sorted({vote.user for vote in votes})
    counted = [vote for vote in votes if vote.role != "trap" and vote.sitting not in careless and not _stuttered(vote)]
    given: dict[tuple[str, str], list[int]] = {}
    for vote in counted:
        given.setdefault((vote.left, vote.user), []).append(int(vote.score or 0))
    cast, having = Counter(vote.user for vote in votes), {vote.user for vote in counted}
    column = {user: place for place, user in enumerate(user for user in users if user in having)}
    faults: dict[str, set[str]] = {}
    for vote in votes:
        if vote.sitting in careless:
            faults.setdefault(vote.user, set()).add(careless[vote.sitting])
    matrix = np.full((len(clips), len(column)), np.nan)
    rows = {one["generation"]: place for place, one in enumerate(clips)}
    for (clip, user), scores in given.items():
        matrix[rows[clip], column[user]] = sum(scores) / len(scores)
    raters = []
    fitted = ratings.fit(matrix) if column else None
    low, high = ratings.interval(matrix, samples=samples) if len(column) > 1 else (np.full(len(clips), np.nan),) * 2
    for number, user in enumerate(users, 1):
        place = column.get(user)
        bias, spread = (
            (fitted.bias[place], fitted.inconsistency[place]) if fitted and place is not None else (None, None)
        )
        why = "; ".join(sorted(faults.get(user, ())))
        raters.append(Rater(number, cast[user], _plain(bias), _plain(spread), why))
    scored = _scored(clips, jobs, matrix, fitted.quality if fitted else None, (low, high))
    tested = [one.mos for one in scored if one.role == "test" and one.mos is not None]
    judged = sum(vote.role != "trap" for vote in votes)
    agreement = _plain(ratings.alpha(matrix)) if column else None
    return study, Results(
        scored,
        raters,
        agreement,
        sum(mos >= GOOD for mos in tested) / len(tested) if tested else None,
        judged - len(counted),
    )


def _scored(
    clips: list[dict[str, Any]],
    jobs: dict[str, Job],
    matrix: ratings.Floats,
    quality: ratings.Floats | None,
    bounds: tuple[ratings.Floats, ratings.Floats],
) -> list[ClipScore]:
    """What is said of each clip; ``matrix`` (clips, raters), ``quality`` and ``bounds`` (clips,)."""
    low, high = bounds
    of_prompt = {
        jobs[one["generation"]].script_hash: place
        for place, one in enumerate(clips)
        if one["role"] == "reference" and one["generation"] in jobs
    }
    scored = []
    for place, one in enumerate(clips):
        job = jobs.get(one["generation"])
        reference = of_prompt.get(job.script_hash) if job else None
        mos = _plain(quality[place]) if quality is not None else None
        against = (
            _plain(quality[reference]) if quality is not None and reference is not None and reference != place else None
        )
        mine = matrix[place][~np.isnan(matrix[place])]
        mean = _plain(mine.mean()) if len(mine) else None
        difference = None if mos is None or against is None else round(mos - against + 5.0, 4)
        engine = job.engine if job else ""
        scored.append(
            ClipScore(
                one["generation"],
                engine,
                one["role"],
                len(mine),
                mean,
                mos,
                _plain(low[place]),
                _plain(high[place]),
                difference,
            )
        )
    return scored


@dataclass(frozen=True)
class Judged:
    """Ratings of an engine's clips, taken together."""

    count: int
    mean: float
    deviation: float


def judged(session: Session, asked: Sequence[tuple[str, float]]) -> list[Judged]:
    """For each (engine, since): all ratings that count, of any tenant, of tested clips that it made, cast after
    ``since``. Four queries, however many."""
    if not asked:
        return []
    of_engines = Vote.left_engine.in_({engine for engine, _ in asked}), Vote.created > min(since for _, since in asked)
    votes = session.execute(select(*_SAID).where(Vote.kind == "rating", Vote.role == "test", *of_engines)).all()
    sitting = {vote.sitting for vote in votes}
    shown = (
        {row.id: row.items for row in session.scalars(select(Sitting).where(Sitting.id.in_(sitting)))} if votes else {}
    )
    checks = (
        session.execute(select(*_SAID).where(Vote.sitting.in_(sitting), Vote.role.in_(("trap", "gold")))).all()
        if votes
        else []
    )
    of_study = {vote.study for vote in votes}
    gold = {
        (study.id, one["generation"]): (one["low"], one["high"])
        for study in (session.scalars(select(Study).where(Study.id.in_(of_study))) if votes else ())
        for one in study.clips
        if one["role"] == "gold"
    }
    careless = _careless(checks, shown, gold)
    counted = [vote for vote in votes if vote.sitting not in careless and not _stuttered(vote)]
    found = []
    for engine, since in asked:
        scores = [int(vote.score or 0) for vote in counted if vote.left_engine == engine and vote.created > since]
        found.append(
            Judged(len(scores), float(np.mean(scores)) if scores else 0.0, float(np.std(scores)) if scores else 0.0)
        )
    return found


def _careless(
    votes: Sequence[Any], asked: dict[str, list[Any]], expected: dict[tuple[str, str], tuple[int, int]]
) -> dict[str, str]:
    """Sitting -> why its ratings do not count: a trap was missed, or more than half of the gold clips by more than a
    step."""
    found: dict[str, str] = {}
    gold: dict[str, list[bool]] = {}
    for vote in votes:
        score = int(vote.score or 0)
        if vote.role == "trap" and score != asked[vote.sitting][vote.item]["asked"]:
            found[vote.sitting] = "missed a trap"
        if vote.role == "gold" and (said := expected.get((vote.study or "", vote.left))):
            low, high = said
            gold.setdefault(vote.sitting, []).append(not low - NEAR <= score <= high + NEAR)
    for sitting, missed in gold.items():
        if sum(missed) * 2 > len(missed):
            found.setdefault(sitting, "missed the gold clips")
    return found


def _stuttered(vote: Any) -> bool:
    frames, dropped = vote.playback.get("frames") or 0, vote.playback.get("dropped") or 0
    return bool(frames and dropped > DROPPED * frames)


def _mine(session: Session, caller: Caller, study_id: str) -> Study:
    row = session.get(Study, study_id)
    if row is None or row.tenant != caller.tenant:
        raise JobError("not_found", f"there is no study {study_id[:80]}")
    return row


def _plain(value: Any) -> float | None:
    return None if value is None or np.isnan(value) else round(float(value), 4)
