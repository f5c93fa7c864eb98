"""Money: reserved when a job is submitted, settled when it is done, released when it fails. Append-only, whole
micro-dollars.

    reserve R     opens a job's account: R is held against the tenant's month
    settle  A     closes it: A was spent
    release R     closes it: nothing was spent
    credit  C     C on top of the month's budget

Every function is part of the caller's transaction, and all that touch one tenant's month queue up at its row of
``balances``, which holds the running totals: two submits at once cannot both have the last dollar. A step that is
walked twice books once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.notify import webhook
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.locks import add_once
from phonofilm.jobs.store.tables import TERMINAL, Balance, Budget, Event, Job, LedgerEntry

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database

ALERTS = (80, 100, 120)
"""Per cent of a budget at which its tenant is told, once a month each."""
_WALKS = 20


@dataclass(frozen=True, kw_only=True)
class Account:
    """A tenant's month. All amounts in micro-dollars."""

    tenant: str
    month: str
    spent: int
    reserved: int
    credited: int
    monthly: int | None
    """The budget; None: there is none."""
    hard: bool

    @property
    def allowed(self) -> int | None:
        """Budget and credit together; None: no limit."""
        return None if self.monthly is None else self.monthly + self.credited

    @property
    def left(self) -> int | None:
        """What may still be spent, below zero where a bill came out higher than its reserve; None: no limit."""
        return None if self.allowed is None else self.allowed - self.spent - self.reserved

    @property
    def percent(self) -> float | None:
        """Spent and reserved in per cent of what is allowed; None without a budget."""
        used = self.spent + self.reserved
        return (
            None
            if self.allowed is None
            else 100.0 * used / self.allowed
            if self.allowed
            else (100.0 if used == 0 else float("inf"))
        )


def month_of(seconds: float) -> str:
    """The UTC month of a time: "2026-11"."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m")


def reserve(session: Session, job: Job, amount: int, price_version: str = "") -> LedgerEntry:
    """Hold ``amount`` for a job. Raises JobError budget_exceeded where a hard budget does not allow it; then nothing is
    booked.

    Again for the same job: the reserve that is there, unless it was released, in which case a new one is opened.
    """
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < 0:
        raise ValueError(f"an amount is whole micro-dollars from 0 up, not {amount!r}")
    opened, closed, balance = _last(session, job)
    if opened is not None and (closed is None or closed.kind == "settle"):
        job.cost_reserved = opened.amount
        return opened
    if opened is not None:
        balance = _locked(session, job.tenant, month_of(now()))  # sent on its way again: the present month pays
    budget = session.get(Budget, job.tenant)
    if budget and budget.hard and balance.spent + balance.reserved + amount > budget.monthly + balance.credited:
        left = max(0, budget.monthly + balance.credited - balance.spent - balance.reserved)
        raise JobError(
            "budget_exceeded",
            f"this costs {usd(amount)} and {usd(left)} of this month's budget are left; raise the budget or ask for"
            " less",
        )
    entry = _open(session, balance, job, amount, price_version or job.price_version)
    job.cost_reserved = amount
    job.price_version = entry.price_version
    _alert(session, balance)
    return entry


def settle(session: Session, job: Job, amount: int) -> LedgerEntry:
    """Close a job's reserve with what it really cost, even beyond the budget: the bill is the bill.

    Already settled: that entry, and nothing is booked. Where the reserve was given back, or there never was one, the
    amount is reserved and settled in one go: a job that a person sent on its way again is not free.
    """
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < 0:
        raise ValueError(f"an amount is whole micro-dollars from 0 up, not {amount!r}")
    opened, closed, balance = _last(session, job)
    if opened is None or (closed is not None and closed.kind == "release"):
        balance = _locked(session, job.tenant, month_of(now()))
        opened, closed = _open(session, balance, job, amount, job.price_version), None
    if closed is None:
        closed = _append(session, balance, str(opened.job), "settle", amount, opened.price_version)
        balance.reserved -= opened.amount
        balance.spent += amount
        _alert(session, balance)
    job.cost_settled = closed.amount
    return closed


def release(session: Session, job: Job) -> LedgerEntry | None:
    """Give a job's reserve back: it failed, was cancelled or refused. Already closed: the entry that closed it. None:
    nothing was reserved."""
    opened, closed, balance = _last(session, job)
    if opened is None:
        return None
    if closed is None:
        closed = _append(session, balance, str(opened.job), "release", opened.amount, opened.price_version)
        balance.reserved -= opened.amount
    if closed.kind == "release":
        job.cost_settled = 0
    return closed


def tally(session: Session, job: Job, before: str, after: str) -> None:
    """Count a job that ends, or whose end changes, in the month it was asked for: what
    :func:`phonofilm.jobs.library.lookup.usage` tells without counting."""
    counts = [(state, step) for state, step in ((before, -1), (after, 1)) if state in TERMINAL]
    if not counts or before == after:
        return
    balance = _locked(session, job.tenant, month_of(job.created))
    ended = dict(balance.ended or {})
    for state, step in counts:
        ended[state] = max(0, ended.get(state, 0) + step)
        if state == "succeeded":
            balance.seconds = max(0.0, (balance.seconds or 0.0) + step * float((job.result or {}).get("seconds") or 0))
    balance.ended = {state: number for state, number in ended.items() if number}
    session.flush()


def credit(session: Session, tenant: str, amount: int, actor: str, note: str) -> LedgerEntry:
    """Give a tenant ``amount`` on top of this month's budget, with the reason in the audit log."""
    if isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0:
        raise JobError("invalid_parameter", "a credit is a whole number of micro-dollars above 0", field="amount")
    balance = _locked(session, tenant, month_of(now()))
    entry = _append(session, balance, None, "credit", amount, "")
    balance.credited += amount
    audit.record(session, actor, "ledger.credit", tenant, {"amount": amount, "month": balance.month, "note": note})
    return entry


def set_budget(session: Session, tenant: str, monthly: int, *, hard: bool = True, actor: str) -> Budget:
    """What a tenant may spend in a month, in micro-dollars. ``hard`` refuses what would go over; otherwise there are
    only alerts."""
    if isinstance(monthly, bool) or not isinstance(monthly, int) or monthly < 0:
        raise JobError("invalid_parameter", "a budget is a whole number of micro-dollars from 0 up", field="monthly")
    balance = _locked(session, tenant, month_of(now()))
    budget = session.get(Budget, tenant)
    if budget is None:
        budget = Budget(tenant=tenant, monthly=monthly, hard=hard, alerted={})
        session.add(budget)
    # a raised budget starts its alerts anew where spending is below them again
    budget.monthly, budget.hard = monthly, hard
    percent = _account(balance, budget).percent or 0.0
    budget.alerted = {balance.month: [level for level in budget.alerted.get(balance.month, []) if percent >= level]}
    session.flush()
    _alert(session, balance)
    audit.record(session, actor, "budget.set", tenant, {"monthly": monthly, "hard": hard})
    return budget


def balance(session: Session, tenant: str, month: str | None = None) -> Account:
    """A tenant's month as it stands; None: this month."""
    month = month or month_of(now())
    row = session.get(Balance, (tenant, month), populate_existing=True)
    return _account(
        row or Balance(tenant=tenant, month=month, reserved=0, spent=0, credited=0), session.get(Budget, tenant)
    )


def note_refusal(db: Database, tenant: str) -> None:
    """Tell a tenant that its hard budget has just refused a job, as the 100 % alert (the refusal's own transaction was
    rolled back)."""
    with db.session() as session:
        _alert(session, _locked(session, tenant, month_of(now())), reached=100)


def mismatches(session: Session) -> list[str]:
    """Months whose running totals are not what their entries add up to, in words; empty: the books agree."""
    opened, closing = aliased(LedgerEntry), aliased(LedgerEntry)
    still_open = ~select(closing.id).where(closing.job == opened.job, closing.kind.in_(("settle", "release"))).exists()
    truth: dict[tuple[str, str], list[int]] = {}
    for column, rows in enumerate(
        (
            session.execute(
                select(opened.tenant, opened.month, func.sum(opened.amount))
                .where(opened.kind == "reserve", still_open)
                .group_by(opened.tenant, opened.month)
            ),
            session.execute(_sums("settle")),
            session.execute(_sums("credit")),
        )
    ):
        for tenant, month, total in rows:
            truth.setdefault((tenant, month), [0, 0, 0])[column] = int(total)
    kept = {
        (row.tenant, row.month): [row.reserved, row.spent, row.credited] for row in session.scalars(select(Balance))
    }
    wrong = [key for key in sorted(truth.keys() | kept.keys()) if truth.get(key, [0, 0, 0]) != kept.get(key, [0, 0, 0])]
    return [
        f"{tenant} {month}: entries say {truth.get((tenant, month))}, the running totals {kept.get((tenant, month))}"
        for tenant, month in wrong
    ]


def stranded(session: Session) -> list[str]:
    """Jobs that are over and whose reserve nobody closed. An unknown outcome rightly keeps its reserve until a person
    has looked."""
    opened, closing = aliased(LedgerEntry), aliased(LedgerEntry)
    still_open = ~select(closing.id).where(closing.job == opened.job, closing.kind.in_(("settle", "release"))).exists()
    over = [state for state in TERMINAL if state != "unknown_outcome"]
    jobs = (
        select(Job.id)
        .where(Job.state.in_(over), or_(opened.job == Job.id, opened.job.startswith(Job.id + "#")))
        .exists()
    )
    return [str(job) for job in session.scalars(select(opened.job).where(opened.kind == "reserve", still_open, jobs))]


def usd(amount: int) -> str:
    """Micro-dollars as people write them: $1.25; below a cent to the last digit that counts."""
    return f"${amount / 1e6:,.2f}" if amount % 10_000 == 0 else f"${amount / 1e6:,.6f}".rstrip("0")


def _sums(kind: str) -> Select[str, str, int]:
    entry = LedgerEntry
    return (
        select(entry.tenant, entry.month, func.sum(entry.amount))
        .where(entry.kind == kind)
        .group_by(entry.tenant, entry.month)
    )


def _locked(session: Session, tenant: str, month: str) -> Balance:
    """The running totals, ours alone until the transaction ends."""
    add_once(
        session,
        Balance,
        {"tenant": tenant, "month": month, "reserved": 0, "spent": 0, "credited": 0, "ended": {}, "seconds": 0.0},
    )
    chosen = select(Balance).where(Balance.tenant == tenant, Balance.month == month)
    return session.scalars(chosen.with_for_update().execution_options(populate_existing=True)).one()


def _walks(session: Session, job: str) -> list[tuple[LedgerEntry, LedgerEntry | None]]:
    """Each reserve of a job, in order, and what closed it."""
    keys = [job] + [f"{job}#{number}" for number in range(2, _WALKS + 1)]
    entries = session.scalars(select(LedgerEntry).where(LedgerEntry.job.in_(keys))).all()
    opened = {entry.job: entry for entry in entries if entry.kind == "reserve"}
    closed = {entry.job: entry for entry in entries if entry.kind in ("settle", "release")}
    return [(opened[key], closed.get(key)) for key in keys if key in opened]


def _last(session: Session, job: Job) -> tuple[LedgerEntry | None, LedgerEntry | None, Balance]:
    """A job's last reserve, what closed it, and the running totals of its month, which are ours from here on."""
    walks = _walks(session, job.id)
    balance = _locked(session, job.tenant, walks[-1][0].month if walks else month_of(now()))
    walks = _walks(session, job.id)  # again, now that nobody else can open or close one
    return (*walks[-1], balance) if walks else (None, None, balance)


def _open(session: Session, balance: Balance, job: Job, amount: int, price_version: str) -> LedgerEntry:
    number = len(_walks(session, job.id)) + 1
    entry = _append(session, balance, job.id if number == 1 else f"{job.id}#{number}", "reserve", amount, price_version)
    balance.reserved += amount
    return entry


def _append(
    session: Session, balance: Balance, job: str | None, kind: str, amount: int, price_version: str
) -> LedgerEntry:
    entry = LedgerEntry(
        id=new_id("led"),
        tenant=balance.tenant,
        job=job,
        kind=kind,
        amount=amount,
        month=balance.month,
        price_version=price_version,
        created=now(),
    )
    session.add(entry)
    session.flush()
    return entry


def _account(balance: Balance, budget: Budget | None) -> Account:
    return Account(
        tenant=balance.tenant,
        month=balance.month,
        spent=balance.spent,
        reserved=balance.reserved,
        credited=balance.credited,
        monthly=budget.monthly if budget else None,
        hard=bool(budget and budget.hard),
    )


def _alert(session: Session, balance: Balance, reached: float = 0.0) -> None:
    """Tell of each level that is reached and has not been told of this month. The caller holds the month's row, so
    nobody tells twice."""
    budget = session.get(Budget, balance.tenant, populate_existing=True)
    if budget is None:
        return
    account = _account(balance, budget)
    percent = max(account.percent or 0.0, reached)
    told = list(budget.alerted.get(balance.month, []))
    due = [
        level
        for level in ALERTS
        if percent >= level and level not in told and (account.spent + account.reserved or reached)
    ]
    for level in due:
        data = {
            "tenant": balance.tenant, "month": balance.month, "percent": level, "spent": account.spent,
            "reserved": account.reserved,
            "budget": account.monthly, "hard": account.hard,
        }  # fmt: skip
        session.add(Event(job="", tenant=balance.tenant, type="budget.alert", data=data, created=now()))
        webhook.announce(session, balance.tenant, "budget.alert", data, once=f"{balance.month}:{level}")
    if due:
        budget.alerted = {balance.month: sorted(told + due)}
        session.flush()
