"""The owner's numbers: who uses the place, what is made, what a generation costs, what moderation does and what
becomes of clips.

Worked out here alone; the API, the console, ``phonofilm numbers`` and ``/metrics`` show the same figures. Counts only:
nobody is named.

Everything is about the generations *asked for* on the days in question, which are UTC calendar days, the last one
(today) as far as it has come.
Read out of an index made for it (``ix_jobs_numbers``), so that it costs what the days hold, not what the tables hold.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Integer, case, cast, exists, func, literal, or_, select, union_all

from phonofilm.jobs.codes import BLAMELESS
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.tables import Job, Review, Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from phonofilm.jobs.store.database import Database

DAY = 86_400.0
MOST_DAYS = 92
OUTCOMES = ("made", "blocked", "failed", "dropped", "open")
"""Of a generation. made: a clip was published, also where it was removed since. blocked: moderation refused it.
failed: for no fault of the caller.
dropped: cancelled, or refused for the caller's doing (no budget, a reference that cannot be read). open: on its way or
before a reviewer."""
ALERT_PERCENT = 120.0
"""Of the cap: a generation that costs more raises the alert (``deploy/alerts.yaml``)."""
COST_DAYS = 2
"""Days over which the cost per generation is held against its cap: yesterday and today, so that it does not start from
nothing at midnight."""
ACTIVE = (1, 7, 30)
"""Days over which active users are counted: DAU, WAU, MAU."""
_WHO = Job.tenant + "\n" + Job.user
"""A user. One word and not two: told apart by both, SQLite reads another index, which is slower by far."""
_BLOCKED = frozenset({"input_blocked", "output_blocked", "person_without_consent"})


@dataclass(kw_only=True)
class Tally:
    """Generations by outcome, and what they cost (settled, micro-dollars)."""

    made: int = 0
    blocked: int = 0
    failed: int = 0
    dropped: int = 0
    open: int = 0
    cost: int = 0

    @property
    def asked(self) -> int:
        """All of them."""
        return sum(self.counts())

    @property
    def cost_per_generation(self) -> float | None:
        """Micro-dollars per clip made, what failures cost included; None where none was made."""
        return self.cost / self.made if self.made else None

    def counts(self) -> tuple[int, ...]:
        """By outcome, in the order of :data:`OUTCOMES`."""
        return tuple(getattr(self, name) for name in OUTCOMES)

    def plain(self) -> dict[str, Any]:
        """As data."""
        return {**asdict(self), "asked": self.asked, "cost_per_generation": _rounded(self.cost_per_generation)}

    def add(self, outcome: str, count: int, cost: int) -> None:
        """Count so many more."""
        setattr(self, outcome, getattr(self, outcome) + count)
        self.cost += cost


@dataclass(frozen=True, kw_only=True)
class Day:
    """One UTC day: ``date`` is its ISO date, ``users`` those who asked for something on it."""

    date: str
    users: int
    total: Tally = field(default_factory=Tally)
    engines: dict[str, Tally] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Moderation:
    """Generations that moderation refused, held for a person, and about which somebody appealed."""

    blocked: int
    held: int
    appealed: int


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Of the clips that are still there: those whose owner did something further with them. One clip may count in all
    three.

    kept: starred, named or put into a project. shared: there is, or was of late, a link. continued: extended, edited
    or remixed.
    """

    there: int
    kept: int
    shared: int
    continued: int
    used: int
    """By at least one of the three."""

    @property
    def percent(self) -> float | None:
        """The publish rate: ``used`` in per cent of ``there``; None where no clip is there."""
        return 100.0 * self.used / self.there if self.there else None


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """All of them, at ``at`` (UTC seconds) and over ``days``."""

    at: float
    days: list[Day]
    active: dict[int, int]
    """Who asked for a generation within the last 1, 7 and 30 days (DAU, WAU, MAU). A user is a name a key was made
    for, within its tenant."""
    moderation: Moderation
    publish: Kept
    cap: int | None
    """Micro-dollars that a generation may cost, above 0; None: none is set."""
    total: Tally = field(default_factory=Tally)
    engines: dict[str, Tally] = field(default_factory=dict)

    @property
    def cost_per_generation(self) -> float | None:
        """Micro-dollars, over the last :data:`COST_DAYS` days; None where nothing was made."""
        cost = sum(day.total.cost for day in self.days[-COST_DAYS:])
        made = sum(day.total.made for day in self.days[-COST_DAYS:])
        return cost / made if made else None

    @property
    def cap_percent(self) -> float | None:
        """That cost in per cent of the cap; None without a cap or a clip."""
        per = self.cost_per_generation
        return None if self.cap is None or per is None else 100.0 * per / self.cap

    @property
    def alert(self) -> bool:
        """Does a generation cost more than :data:`ALERT_PERCENT` of its cap?"""
        return self.cap_percent is not None and self.cap_percent > ALERT_PERCENT

    def per_thousand(self, count: int) -> float | None:
        """So many of a thousand generations; None where none was asked for."""
        return round(1000.0 * count / self.total.asked, 2) if self.total.asked else None

    def plain(self) -> dict[str, Any]:
        """As the API and ``phonofilm numbers --json`` show it: money in micro-dollars, shares rounded."""
        said = asdict(self.moderation)
        return {
            "object": "numbers", "at": self.at, "since": self.days[0].date, "until": self.days[-1].date,
            "active_users": dict(zip(("day", "week", "month"), self.active.values(), strict=True)),
            "generations": self.total.plain(),
            "engines": [{"engine": engine, **tally.plain()} for engine, tally in self.engines.items()],
            "days": [
                {
                    "date": day.date, "users": day.users, **day.total.plain(),
                    "engines": [{"engine": engine, **tally.plain()} for engine, tally in sorted(day.engines.items())],
                }
                for day in self.days
            ],
            "cost": {
                "per_generation": _rounded(self.cost_per_generation), "cap": self.cap, "alert": self.alert,
                "percent_of_cap": _rounded(self.cap_percent),
            },
            "moderation": {**said, "per_thousand": {name: self.per_thousand(count) for name, count in said.items()}},
            "publish": {**asdict(self.publish), "percent": _rounded(self.publish.percent)},
        }  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def numbers(db: Database, days: int = 30, *, cap: int | None = None) -> Numbers:
    """The numbers of the last ``days`` UTC days (1 to :data:`MOST_DAYS`), today's included; ``cap`` in micro-dollars.
    Raises ValueError."""
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"numbers are given for 1 to {MOST_DAYS} days, not {days}")
    moment = now()
    today = int(moment // DAY)
    first = today - days + 1
    with db.reading() as session:
        cells = _cells(session, _day(db), first * DAY)
        users = _users(session, _day(db), first * DAY)
        active = _active(session, today)
        held, appealed = _moderation(session, first * DAY)
        there = sum(count for _, _, state, _, count, _ in cells if state == "succeeded")
        publish = _publish(session, first * DAY, there)
    rows = [
        Day(date=datetime.fromtimestamp(day * DAY, UTC).date().isoformat(), users=users.get(day, 0))
        for day in range(first, today + 1)
    ]
    total = Tally()
    engines: dict[str, Tally] = {}
    for day, engine, _, name, count, cost in cells:
        if not first <= day <= today:
            continue  # asked for while this was read, after midnight
        row = rows[day - first]
        for tally in (total, engines.setdefault(engine, Tally()), row.total, row.engines.setdefault(engine, Tally())):
            tally.add(name, count, cost)
    return Numbers(
        at=moment,
        days=rows,
        active=active,
        moderation=Moderation(blocked=total.blocked, held=held, appealed=appealed),
        publish=publish,
        cap=cap,
        total=total,
        engines=dict(sorted(engines.items())),
    )


def _day(db: Database) -> ColumnElement[int]:
    """The UTC day a job was asked for on, counted from 1970. A cast cuts off on SQLite and rounds on PostgreSQL, which
    has ``floor`` for it."""
    days = Job.created / DAY
    return cast(days if db.sqlite else func.floor(days), Integer)


def _cells(session: Session, day: ColumnElement[int], since: float) -> list[tuple[int, str, str, str, int, int]]:
    """(day, engine, state, outcome, how many, micro-dollars). Most come out of the index alone; of the few that failed
    or were removed the row itself says why."""
    at, cost = day.label("day"), func.coalesce(Job.cost_settled, 0).label("cost")
    asked, told = Job.created >= since, Job.state.in_(("failed", "removed"))
    plain = (
        select(at, Job.engine, Job.state, func.count(), func.sum(cost))
        .where(asked, ~told)
        .group_by(at, Job.engine, Job.state)
    )
    code = Job.error["code"].as_string().label("code")
    clip = Job.result["seconds"].as_float().is_not(None).label("clip")
    rows = select(at, Job.engine, Job.state, code, clip, cost).where(asked, told).subquery()
    keys = rows.c.day, rows.c.engine, rows.c.state, rows.c.code, rows.c.clip
    reasoned = session.execute(select(*keys, func.count(), func.sum(rows.c.cost)).group_by(*keys))
    return [
        *(
            (int(when), engine, state, outcome(state), int(count), int(paid))
            for when, engine, state, count, paid in session.execute(plain)
        ),
        *(
            (int(when), engine, state, outcome(state, why, bool(made)), int(count), int(paid))
            for when, engine, state, why, made, count, paid in reasoned
        ),
    ]


def outcome(state: str, code: str | None = None, made: bool = False) -> str:
    """What became of a job, of :data:`OUTCOMES`: by its state, the code of its error, and of a removed one whether
    there was a clip."""
    if state == "succeeded" or (state == "removed" and made):
        return "made"
    if code in _BLOCKED:
        return "blocked"
    if state == "cancelled" or code in BLAMELESS or (state == "removed" and code is None):
        return "dropped"
    return "open" if state in ("queued", "running", "review") else "failed"


def _users(session: Session, day: ColumnElement[int], since: float) -> dict[int, int]:
    seen = select(day.label("day"), _WHO.label("who")).where(Job.created >= since).distinct().subquery()
    return {int(at): int(count) for at, count in session.execute(select(seen.c.day, func.count()).group_by(seen.c.day))}


def _active(session: Session, today: int) -> dict[int, int]:
    begins = [(today - days + 1) * DAY for days in ACTIVE]
    seen = select(func.max(Job.created).label("last")).where(Job.created >= min(begins)).group_by(_WHO).subquery()
    counts = [func.coalesce(func.sum(case((seen.c.last >= begin, 1), else_=0)), 0) for begin in begins]
    return dict(zip(ACTIVE, map(int, session.execute(select(*counts)).one()), strict=True))


def _moderation(session: Session, since: float) -> tuple[int, int]:
    """Generations held for a person, and those appealed about. What an appeal sets going again is no second holding."""
    subjects: Counter[str] = Counter()
    held = Review.stage.in_(("admit", "release")) & Review.appeal_of.is_(None)
    kind = case((held, "held"), (Review.stage == "appeal", "appealed"), else_="").label("kind")
    of_jobs = exists().where(Job.id == Review.subject, Job.created >= since)
    chosen = (
        select(kind, Review.subject)
        .where(Review.created >= since, or_(held, Review.stage == "appeal"), of_jobs)
        .distinct()
        .subquery()
    )
    for name, count in session.execute(select(chosen.c.kind, func.count()).group_by(chosen.c.kind)):
        subjects[name] = int(count)
    return subjects["held"], subjects["appealed"]


def _publish(session: Session, since: float, there: int) -> Kept:
    clip = (Job.created >= since) & (Job.state == "succeeded")
    ways = (
        or_(
            Job.favourite.is_not(None), Job.name.is_not(None), Job.project.is_not(None)
        ),  # the condition of the index ix_jobs_kept
        Job.id.in_(select(Share.job)),
        Job.id.in_(select(Job.parent).where(Job.parent > "")),
    )
    flags = [f"way{number}" for number in range(len(ways))]
    found = [
        select(Job.id, *(literal(int(flag == f"way{number}")).label(flag) for flag in flags)).where(clip, way)
        for number, way in enumerate(ways)
    ]
    rows = union_all(*found).subquery()
    clips = select(*(func.max(rows.c[flag]).label(flag) for flag in flags)).group_by(rows.c.id).subquery()
    counts = select(*(func.coalesce(func.sum(clips.c[flag]), 0) for flag in flags), func.count())
    kept, shared, continued, used = map(int, session.execute(counts.select_from(clips)).one())
    return Kept(there=there, kept=kept, shared=shared, continued=continued, used=used)
