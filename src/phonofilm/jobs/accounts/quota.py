"""How much one tenant and one user may ask for: clips a day, jobs open at a time. Overrides per tenant; money is the
ledger's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.money import ledger
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.tables import Job, Tenant

DAY = 86_400.0
OPEN = ("queued", "running", "review")
"""States of a job that still wants something."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Most that is allowed; None: no limit."""

    daily_clips: int | None = 5_000
    """Submits of a tenant in a UTC day."""
    daily_clips_per_user: int | None = None
    open_jobs: int | None = 1_000
    """Jobs of a tenant that are queued, running or in review at a time. How many *run* at a time is the queue's
    ``concurrency``."""

    def of(self, settings: dict[str, Any]) -> Limits:
        """These limits with a tenant's own over them; 0 allows nothing, None lifts a limit, anything else that is no
        whole number is ignored."""
        own = {
            name: settings[name] for name in ("daily_clips", "daily_clips_per_user", "open_jobs") if name in settings
        }
        fit = {
            name: value
            for name, value in own.items()
            if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)
        }
        return replace(self, **fit)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What is used up now."""

    today: int
    today_user: int
    open: int
    limits: Limits


DEFAULT = Limits()


def check(session: Session, tenant: str, user: str, limits: Limits = DEFAULT) -> None:
    """Raise JobError quota_exceeded, with the seconds to wait, or budget_exceeded where a hard budget is used up.

    Part of the submit's transaction: submits of one tenant queue up here, so that two at once cannot both take the last
    place.
    """
    # no foreign key is waited for: only another submit of the tenant
    row = session.scalars(
        select(Tenant)
        .where(Tenant.id == tenant)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise JobError("forbidden", f"tenant {tenant} does not exist; make a key for it first")
    used = usage(session, tenant, user, limits.of(row.settings or {}))
    allowed = used.limits
    midnight = DAY - now() % DAY
    if allowed.daily_clips is not None and used.today >= allowed.daily_clips:
        raise JobError(
            "quota_exceeded",
            f"{allowed.daily_clips} clips a day are allowed and were asked for; come back after midnight UTC",
            retry_after=midnight,
        )
    if allowed.daily_clips_per_user is not None and used.today_user >= allowed.daily_clips_per_user:
        limit = allowed.daily_clips_per_user
        raise JobError(
            "quota_exceeded",
            f"{limit} clips a day are allowed to each user and were asked for; come back after midnight UTC",
            retry_after=midnight,
        )
    if allowed.open_jobs is not None and used.open >= allowed.open_jobs:
        raise JobError(
            "quota_exceeded",
            f"{allowed.open_jobs} jobs are open, as many as are allowed; wait until one is done",
            retry_after=10.0,
        )
    account = ledger.balance(session, tenant)
    if account.hard and account.left is not None and account.left < 0:
        raise JobError("budget_exceeded", "this month's budget is used up; raise the budget or wait for the next month")


def usage(session: Session, tenant: str, user: str, limits: Limits = DEFAULT) -> Usage:
    """What a tenant and its user have used: clips submitted since midnight UTC, jobs open now."""
    today = select(func.count()).select_from(Job).where(Job.tenant == tenant, Job.created >= now() // DAY * DAY)
    still_open = select(func.count()).select_from(Job).where(Job.tenant == tenant, Job.state.in_(OPEN))
    return Usage(
        today=session.scalar(today) or 0,
        today_user=session.scalar(today.where(Job.user == user)) or 0 if limits.daily_clips_per_user is not None else 0,
        open=session.scalar(still_open) or 0 if limits.open_jobs is not None else 0,
        limits=limits,
    )
