"""What a person must decide: a queue by risk and age, leases that run out, decisions with reasons, two people where one
is not enough.

    pending --lease--> leased --decide--> decided
       ^                 | lease runs out, or one of two reviewers has spoken
       +-----------------+

Nobody reviews his own work, and where two must agree they are two others, as far as there are as many: of the people
who hold a key for reviews, those besides the owner count. An installation of one person is not stuck: who alone holds
such a key decides his own cases too, which the audit log says, but those about minors, for which there must be somebody
else.

A decision is on record before the workflow is woken. Should the waking be lost with its process, :func:`wake_waiting`
does it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.moderation import effects
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.database import new_id, now, retried
from phonofilm.jobs.store.locks import changed
from phonofilm.jobs.store.tables import ApiKey, Asset, Job, Notice, Review
from phonofilm.trust.gate import FindingPlain

if TYPE_CHECKING:
    from phonofilm.jobs.store.locks import changed
from phonofilm.jobs.store.database import Database

Wake = Callable[[str, str], object]
"""(job id, decision): tells a waiting workflow."""

STAGES = {
    "admit": ("publish", "block"),
    "release": ("publish", "block"),
    "asset": ("publish", "block"),
    "appeal": ("publish", "block"),
    "outcome": ("retry", "settle", "block"),
}
"""What can be decided at each stage. ``outcome``: the paid submit never arrived and may be sent anew (retry), it was
billed and is lost (settle), or it was not billed and nothing more is tried (block)."""
DUAL = frozenset({"person", "likeness", "minors"})
"""Categories that two reviewers must both pass; one alone may block."""
SLA = 24 * 3600.0
"""Seconds within which a review is due."""
LEASE = 900.0
"""Seconds a reviewer has a case to himself."""
_RISK = {"low": 10, "medium": 50, "high": 90}
_NOTE = 4_000


def risk_of(reasons: Sequence[FindingPlain]) -> int:
    """0..100 from the gravest finding, somewhat more where two people must look."""
    grave = max((_RISK.get(str(reason.get("severity")), 50) for reason in reasons), default=50)
    return min(100, grave + (10 if _is_dual(reasons) else 0))


def open_review(
    session: Session,
    *,
    tenant: str,
    subject: str,
    stage: str,
    reasons: Sequence[FindingPlain],
    risk: int | None = None,
    appeal_of: str | None = None,
    note: str = "",
) -> Review:
    """Put a job or an asset before a person. A case of the same subject and stage that is still open is given back
    instead of a second one."""
    if stage not in STAGES:
        raise ValueError(f"there is no stage '{stage}'; use one of {', '.join(STAGES)}")
    waiting = select(Review).where(Review.subject == subject, Review.stage == stage, Review.state != "decided")
    if (found := session.scalars(waiting.limit(1)).first()) is not None:
        return found
    review = Review(
        id=new_id("rev"),
        tenant=tenant,
        subject=subject,
        stage=stage,
        reasons=list(reasons),
        risk=risk_of(reasons) if risk is None else risk,
        state="pending",
        note=note,
        votes=[],
        needed=2 if _is_dual(reasons) and stage != "outcome" else 1,
        appeal_of=appeal_of,
        created=now(),
        due=now() + SLA,
    )
    session.add(review)
    session.flush()
    audit.record(
        session,
        "system",
        "review.open",
        review.id,
        {"subject": subject, "stage": stage, "risk": review.risk, "needed": review.needed},
    )
    return review


def queue(session: Session, *, stages: Sequence[str] = (), limit: int = 50) -> list[Review]:
    """Open cases, most urgent first: risk (0..100), and age, of which the whole time limit counts as much as the whole
    risk."""
    urgency = Review.risk + 100.0 * (now() - Review.created) / (Review.due - Review.created)
    chosen = (
        select(Review).where(Review.state != "decided").order_by(urgency.desc(), Review.created, Review.id).limit(limit)
    )
    return list(session.scalars(chosen.where(Review.stage.in_(stages)) if stages else chosen))


@retried
def lease(
    db: Database, reviewer: str, *, review_id: str | None = None, stages: Sequence[str] = (), seconds: float = LEASE
) -> Review | None:
    """Take the most urgent case this reviewer may decide, or the one named, for ``seconds``. None: there is none.

    A case named is refused with JobError: not_found, conflict (another has it, or it is decided), forbidden (he has
    decided it before). Leasing a case one holds already makes the lease longer.
    """
    with db.session() as session:
        if review_id is None:
            free = (
                review
                for review in queue(session, stages=stages, limit=200)
                if _free(review, reviewer) and not _may_not(session, review, reviewer)
            )
            return next((review for review in free if _take(session, review, reviewer, seconds)), None)
        review = session.get(Review, review_id)
        if review is None:
            raise JobError("not_found", f"there is no review {review_id}")
        if why := _may_not(session, review, reviewer):
            raise JobError("forbidden", why)
        if not _free(review, reviewer) or not _take(session, review, reviewer, seconds):
            raise JobError(
                "conflict",
                "it is decided already" if review.state == "decided" else "another reviewer has it; take another one",
            )
        return review


@retried
def give_back(db: Database, reviewer: str, review_id: str) -> None:
    """Put a leased case back without a decision. Somebody else's stays."""
    with db.session() as session:
        mine = (Review.id == review_id) & (Review.state == "leased") & (Review.reviewer == reviewer)
        session.execute(update(Review).where(mine).values(state="pending", reviewer=None, lease_until=None))


@retried
def decide(
    db: Database, reviewer: str, review_id: str, decision: str, note: str = "", *, wake: Wake | None = None
) -> Review:
    """Decide a case one has leased. Raises JobError: not_found, forbidden, conflict (lease run out), invalid_parameter
    (field ``decision`` or ``note``: a block needs its reason).

    Where two must agree, the first "publish" puts the case back for another reviewer; a "block" by either decides it.
    """
    with db.session(durable=True) as session:
        # the job before its case, as whatever ends a job and its cases does
        session.execute(
            select(Job.id)
            .where(Job.id == select(Review.subject).where(Review.id == review_id).scalar_subquery())
            .with_for_update()
        )
        review = session.scalars(select(Review).where(Review.id == review_id).with_for_update()).one_or_none()
        if review is None:
            raise JobError("not_found", f"there is no review {review_id}")
        allowed = STAGES[review.stage]
        if decision not in allowed:
            raise JobError(
                "invalid_parameter",
                f"'{decision}' cannot be decided here; choose {' or '.join(allowed)}",
                field="decision",
            )
        if len(note) > _NOTE or (decision != "publish" and not note.strip()):
            raise JobError(
                "invalid_parameter",
                f"give the reason in the note, at most {_NOTE} characters; it is told to the owner",
                field="note",
            )
        if review.state == "decided":
            raise JobError("conflict", f"it is decided already: {review.decision}")
        if why := _may_not(session, review, reviewer):
            raise JobError("forbidden", why)
        if review.state != "leased" or review.reviewer != reviewer or (review.lease_until or 0) < now():
            raise JobError("conflict", "it is not leased to you, or the lease has run out; lease it again")
        review.votes = [*review.votes, {"reviewer": reviewer, "decision": decision, "note": note, "at": now()}]
        agreed, needed = sum(vote["decision"] == "publish" for vote in review.votes), votes_needed(session, review)
        if decision == "publish" and agreed < needed:
            review.state, review.reviewer, review.lease_until = "pending", None, None
        else:
            review.state, review.decision, review.note, review.decided, review.lease_until = (
                "decided",
                decision,
                note,
                now(),
                None,
            )
            effects.carry_out(session, review)
        said = {
            "decision": decision,
            "subject": review.subject,
            "stage": review.stage,
            "vote": len(review.votes),
            "of": needed,
        }
        if _alone(session, review, reviewer):
            said["alone"] = True
        audit.record(session, reviewer, "review.decide", review.id, said)
    if review.state == "decided" and wake is not None and effects.to_wake(db, review):
        wake(review.subject, decision)
    return review


def wake_waiting(db: Database, wake: Wake) -> int:
    """Wake jobs that are held though their case is decided: the process that decided it died before it could. Returns
    how many.

    Only decisions older than ten seconds: younger ones are being carried out.
    """
    latest = select(func.max(Review.created)).where(Review.subject == Job.id).correlate(Job).scalar_subquery()
    settled = and_(
        Review.subject == Job.id, Review.state == "decided", Review.decided < now() - 10, Review.created == latest
    )
    with db.reading() as session:
        stuck = session.execute(
            select(Job.id, Review.decision).join(Review, settled).where(Job.state == "review")
        ).all()
    for job, decision in stuck:
        wake(job, str(decision))
    return len(stuck)


def waiting(session: Session) -> int:
    """How many cases are undecided."""
    return session.scalar(select(func.count()).select_from(Review).where(Review.state != "decided")) or 0


def votes_needed(session: Session, review: Review) -> int:
    """How many must agree: as many as the findings ask for, or fewer where there are not as many people besides the
    owner."""
    if review.needed < 2 or not (people := _people(session)):
        return review.needed
    owner = _owner(session, review)
    return max(1, min(review.needed, sum(not (owner and same(owner, one)) for one in people)))


def _people(session: Session) -> set[str]:
    """Who holds a key for reviews that is open, as ``tenant/user``."""
    usable = and_(ApiKey.revoked.is_(None), or_(ApiKey.expires.is_(None), ApiKey.expires > now()))
    rows = session.execute(select(ApiKey.tenant, ApiKey.user, ApiKey.scopes).where(usable))
    return {f"{tenant}/{user}" for tenant, user, scopes in rows if "review" in scopes}


def _owner(session: Session, review: Review) -> str | None:
    subject = session.get(Asset, review.subject) or session.get(Job, review.subject)
    return None if subject is None else f"{subject.tenant}/{subject.user}"


def _alone(session: Session, review: Review, reviewer: str) -> bool:
    """Is it his own work, and is there nobody else who could decide?"""
    owner = _owner(session, review)
    return owner is not None and same(owner, reviewer) and _people(session) == {owner}


def _is_dual(reasons: Sequence[FindingPlain]) -> bool:
    return any(reason.get("category") in DUAL for reason in reasons)


def _free(review: Review, reviewer: str) -> bool:
    return review.state == "pending" or (
        review.state == "leased" and (review.reviewer == reviewer or (review.lease_until or 0) < now())
    )


def _may_not(session: Session, review: Review, reviewer: str) -> str:
    """Why this reviewer may not decide; empty where he may."""
    if _alone(session, review, reviewer):
        if not any(reason.get("category") == "minors" for reason in review.reasons):
            return ""
        return (
            "what may show minors is never decided by its owner alone; give somebody else a key with the scope review"
            " (Console, Keys), or cancel it"
        )
    if any(same(vote["reviewer"], reviewer) for vote in review.votes or ()):
        return "you have decided this case once; it needs another reviewer"
    first = review
    while first.appeal_of and (before := session.get(Review, first.appeal_of)) is not None:
        if any(same(vote["reviewer"], reviewer) for vote in before.votes or ()):
            return "this is an appeal against your own decision; it needs another reviewer"
        first = before
    upheld = select(Notice.reviewer).where(Notice.job == review.subject, Notice.state == "upheld")
    if review.stage == "appeal" and any(same(str(name), reviewer) for name in session.scalars(upheld)):
        return "this is an appeal against your own decision; it needs another reviewer"
    if (owner := _owner(session, review)) is not None and same(owner, reviewer):
        return "nobody reviews his own work; it needs another reviewer"
    return ""


def same(one: str, other: str) -> bool:
    """Are these names one person's? They are ``tenant/user``; where a record has a user's name alone, he may be any
    tenant's."""
    if one == other:
        return True
    return one.partition("/")[2] == other or other.partition("/")[2] == one


def _take(session: Session, review: Review, reviewer: str, seconds: float) -> bool:
    """Take it if nobody else was faster."""
    free = or_(
        Review.state == "pending",
        and_(Review.state == "leased", or_(Review.reviewer == reviewer, Review.lease_until < now())),
    )
    values = {"state": "leased", "reviewer": reviewer, "lease_until": now() + seconds}
    taken = changed(
        session,
        update(Review)
        .where(Review.id == review.id, free)
        .values(**values)
        .execution_options(synchronize_session=False),
    )
    session.refresh(review)
    return taken == 1
