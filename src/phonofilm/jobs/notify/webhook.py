"""Telling others: Standard Webhooks to a tenant's addresses, and plain callbacks that a dialect promised. The table is
the queue.

A message is written in the transaction of the change it tells of, under an id made from what it tells, so a step walked
twice tells once. It is sent at least once, always under the same ``webhook-id``, and tried again for up to 72 hours.
Nothing is sent to private addresses.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import math
import random
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.notify.post import Answer, check_url, post
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store import stored
from phonofilm.jobs.store.database import new_id, now, retried
from phonofilm.jobs.store.locks import add_once
from phonofilm.jobs.store.tables import Delivery, Event, Job, Webhook

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database

log = logging.getLogger("phonofilm.jobs.notify.webhook")
Build = Callable[[Job, str], dict[str, Any] | None]
"""(job, event type) -> the body of a message, or None for nothing. The server and the dialects pass theirs in."""
_WORDS: dict[str, Build] = {}
MEDIA = "/media/"
"""Before a file's key in its address."""
_makers: list[Callable[[str], str]] = []
"""How links to files are made: the last that was told."""

EVENTS = (
    "generation.queued", "generation.running", "generation.review", "generation.succeeded", "generation.failed",
    "generation.cancelled",
    "generation.expired", "generation.unknown_outcome", "generation.crashed", "generation.removed", "budget.alert",
)  # fmt: skip
"""What a webhook can ask for; ``*`` and ``generation.*`` ask for all of a kind."""
PATIENCE = 72 * 3600.0
"""Seconds a message is tried for."""
LEASE = 60.0
"""Seconds a sender has for one try before another may; more than ``post`` can take."""
SENDERS, EACH, TO_ONE = 16, 4, 2
"""Messages sent at a time by one process: in all, for one tenant, and to one address."""
MOST_HOOKS = 20
"""Webhooks of a tenant."""
_FIRST, _GROWTH, _LONGEST = 5.0, 3.0, 6 * 3600.0


def add(
    session: Session, tenant: str, url: str, events: Sequence[str] = ("*",), *, actor: str, allow: Sequence[str] = ()
) -> Webhook:
    """Register an address. The secret (``whsec_...``) is on the row and is to be shown once. Raises JobError for an
    unfit address or event."""
    check_url(url, allow)
    if (session.scalar(select(func.count()).select_from(Webhook).where(Webhook.tenant == tenant)) or 0) >= MOST_HOOKS:
        raise JobError(
            "conflict", f"there are {MOST_HOOKS} webhooks already, as many as one tenant may have; remove one first"
        )
    for pattern in events:
        if not isinstance(pattern, str) or not any(fnmatchcase(event, pattern) for event in EVENTS):
            raise JobError(
                "invalid_parameter",
                f"there is no event '{pattern}'; choose from {', '.join(EVENTS)}, or *",
                field="events",
            )
    if not events:
        raise JobError("invalid_parameter", 'a webhook needs at least one event; give ["*"] for all', field="events")
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    hook = Webhook(id=new_id("wh"), tenant=tenant, url=url, secret=secret, events=list(events), created=now())
    session.add(hook)
    audit.record(session, actor, "webhook.add", hook.id, {"tenant": tenant, "events": list(events)})
    return hook


def listed(session: Session, tenant: str) -> list[Webhook]:
    """A tenant's webhooks, those disabled by a 410 included, oldest first."""
    return list(session.scalars(select(Webhook).where(Webhook.tenant == tenant).order_by(Webhook.created)))


def remove(session: Session, tenant: str, webhook_id: str, *, actor: str) -> None:
    """Forget an address; messages still waiting for it are given up. Raises JobError not_found for another tenant's."""
    hook = session.get(Webhook, webhook_id)
    if hook is None or hook.tenant != tenant:
        raise JobError("not_found", f"there is no webhook {webhook_id}")
    waiting = update(Delivery).where(Delivery.webhook == webhook_id, Delivery.state == "pending")
    session.execute(waiting.values(state="failed", last_status="webhook removed"))
    session.delete(hook)
    audit.record(session, actor, "webhook.remove", webhook_id, {"tenant": tenant})


def speak(dialect: str, build: Build) -> None:
    """Say how a dialect words its messages. "native" words webhooks; any other words the callbacks of its own jobs.

    To be called at start by every process that serves or works, so that a callback reads the same whoever writes it.
    """
    _WORDS[dialect] = build


def linking(make: Callable[[str], str]) -> None:
    """Say how a link to a file is made. To be called at start by every process that sends, like :func:`speak`.

    A message may wait for days and links end: it is written with the address alone (... ``MEDIA`` and the file's key),
    and what makes it work for a while is put on when it is sent.
    """
    _makers[:] = [make]


def enqueue(
    session: Session,
    job: Job,
    event: Event | str,
    *,
    build: Build | None = None,
    callback: Build | None = None,
    once: str = "",
) -> int:
    """Write the messages about a job's ``event`` to its tenant's webhooks, and to ``extra["callback_url"]`` in its
    dialect's words.

    ``build`` and ``callback`` word them; by default what :func:`speak` was told. A builder that returns None has
    nothing to say. The same event is told once however often this is called (``once`` tells two of one type apart,
    where ``event`` is no row of its own). Returns how many messages are new.
    """
    kind, told = (event, once) if isinstance(event, str) else (event.type, str(event.id))
    if kind not in EVENTS:
        return 0
    new, told = 0, f"{job.id}:{kind}:{told}"
    hooks = _wanting(session, job.tenant, kind)
    data = _worded(build or _WORDS.get("native", plain), job, kind) if hooks else None
    for hook in hooks if data is not None else ():
        new += _put(session, job.tenant, job.id, hook.url, _envelope(kind, data or {}), told, hook.id)
    url = (job.extra or {}).get("callback_url")
    if isinstance(url, str) and url:
        body = _worded(callback or _WORDS.get(job.dialect, plain), job, kind)
        new += _put(session, job.tenant, job.id, url, body, told, None) if body is not None else 0
    return new


def announce(session: Session, tenant: str, event: str, data: dict[str, Any], *, once: str) -> int:
    """Write the messages about something that is no job's (a budget alert). Told once per tenant, event and
    ``once``."""
    hooks = _wanting(session, tenant, event)
    return sum(
        _put(session, tenant, "", hook.url, _envelope(event, data), f"{tenant}:{event}:{once}", hook.id)
        for hook in hooks
    )


def plain(job: Job, event: str) -> dict[str, Any]:
    """The body where nobody passed a better one in: what has become of the job, without prompt and files."""
    return {
        "id": job.id,
        "state": job.state,
        "model": job.model,
        "created": job.created,
        "finished": job.finished,
        "error": job.error,
    }


class Post:
    """Sends what is due, several at a time, and never more than a share of it for one tenant or to one address: whoever
    answers slowly delays his own messages. Any number of processes may do so at once.
    """

    def __init__(
        self,
        db: Database,
        *,
        allow: Sequence[str] = (),
        senders: int = SENDERS,
        send: Callable[..., Answer] | None = None,
        freed: Callable[[], None] = lambda: None,
    ) -> None:
        """``allow``: private hosts an operator lets messages go to. ``freed`` is called when a sender has become
        free."""
        self.db, self.allow, self.senders, self.send, self.freed = db, allow, senders, send or post, freed
        self.accepted = 0
        self.due = 0.0
        """When the next message is to be sent, as of the last turn; infinite where none waits."""
        self._pool = ThreadPoolExecutor(max_workers=senders, thread_name_prefix="webhook")
        self._lock = threading.Lock()
        self._under_way: dict[str, tuple[str, str]] = {}

    @property
    def busy(self) -> bool:
        """Is a message under way?"""
        with self._lock:
            return bool(self._under_way)

    def turn(self, limit: int = 1_000_000) -> int:
        """Begin to send what is due and has a sender free; does not wait for it. Returns how many were begun."""
        with self._lock:
            busy = list(self._under_way.values())
        self.due = _next(self.db)
        if self.due > now():
            return 0
        claimed = _claim(self.db, min(self.senders - len(busy), limit), busy)
        if not claimed:  # what is due waits for its share; whoever becomes free calls before this
            self.due = now() + 1.0
        for row, secret in claimed:
            with self._lock:
                self._under_way[row.id] = (row.tenant, row.url)
            self._pool.submit(self._one, row, secret)
        return len(claimed)

    def close(self, wait: bool = True) -> None:
        """Begin nothing more; with ``wait`` until what is under way has been answered."""
        self._pool.shutdown(wait=wait, cancel_futures=not wait)

    def _one(self, row: Delivery, secret: str | None) -> None:
        try:
            accepted = _deliver(self.db, row, secret, self.allow, self.send)
            with self._lock:
                self.accepted += accepted
        except Exception:
            log.exception("a message could not be sent; it is tried again")
        finally:
            with self._lock:
                del self._under_way[row.id]
            self.freed()


def deliver_due(
    db: Database,
    *,
    allow: Sequence[str] = (),
    limit: int = 100,
    senders: int = SENDERS,
    send: Callable[..., Answer] | None = None,
) -> int:
    """Send what is due, at most ``limit``, and wait for it; returns how many were accepted."""
    free = threading.Event()
    sending = Post(db, allow=allow, senders=senders, send=send, freed=free.set)
    begun = 0
    try:
        while begun < limit:
            free.clear()
            busy = sending.busy  # before the turn: whatever ends during it may have kept the next one waiting
            now_begun = sending.turn(limit - begun)
            begun += now_begun
            if not now_begun and not busy:
                break
            if not now_begun:
                free.wait(1.0)
    finally:
        sending.close()
    return sending.accepted


def delay(tries: int) -> float:
    """Seconds before the next try after ``tries``: 5, 15, 45 ... up to six hours, a fifth more or less so that they do
    not come in step."""
    return float(min(_FIRST * _GROWTH ** min(tries - 1, 30), _LONGEST) * random.uniform(0.8, 1.2))


def _next(db: Database) -> float:
    with db.reading() as session:
        first = session.scalar(select(func.min(Delivery.next_try)).where(Delivery.state == "pending"))
        return math.inf if first is None else first


@retried
def _claim(db: Database, most: int, busy: Sequence[tuple[str, str]] = ()) -> list[tuple[Delivery, str | None]]:
    """Up to ``most`` messages that are due, ours for ``LEASE`` seconds, each with the secret to sign it by. ``busy``:
    (tenant, address) of those under way, which count against the shares of :data:`EACH` and :data:`TO_ONE`."""
    due = (
        select(Delivery)
        .where(Delivery.state == "pending", Delivery.next_try <= now())
        .order_by(Delivery.next_try, Delivery.id)
    )
    if most <= 0:
        return []
    tenants, urls = Counter(tenant for tenant, _ in busy), Counter(url for _, url in busy)
    claimed: list[tuple[Delivery, str | None]] = []
    with db.session() as session:
        while len(claimed) < most:
            full = [tenant for tenant, count in tenants.items() if count >= EACH]
            slow = [url for url, count in urls.items() if count >= TO_ONE]
            chosen = due.where(
                Delivery.tenant.not_in(full),
                Delivery.url.not_in(slow),
                Delivery.id.not_in([row.id for row, _ in claimed]),
            )
            row = session.scalars(chosen.limit(1).with_for_update(skip_locked=True)).first()
            if row is None:
                break
            hook = session.get(Webhook, row.webhook) if row.webhook else None
            if row.webhook and (hook is None or hook.disabled is not None):
                row.state, row.last_status = "failed", "webhook disabled"
                session.flush()
                continue
            row.tries += 1
            row.next_try = now() + LEASE
            session.flush()
            tenants[row.tenant] += 1
            urls[row.url] += 1
            claimed.append((row, hook.secret if hook else None))
    return claimed


def _deliver(
    db: Database, row: Delivery, secret: str | None, allow: Sequence[str], send: Callable[..., Answer]
) -> bool:
    answer = send(
        row.url, _linked(db, row.job, row.body), {**row.headers, "webhook-id": row.id}, secret=secret, allow=allow
    )
    accepted = 200 <= answer.status < 300
    deadline = row.created + PATIENCE
    values: dict[str, object] = {"last_status": answer.text[:255]}
    if accepted:
        values |= {"state": "sent"}
    elif answer.status == 410 or now() >= deadline:
        values |= {"state": "failed"}
    else:
        values |= {"next_try": min(now() + max(delay(row.tries), answer.retry_after), deadline)}
    with db.session() as session:
        # somebody else may have tried meanwhile, if this one took longer than its lease: the later try has the word
        mine = (Delivery.id == row.id) & (Delivery.tries == row.tries) & (Delivery.state == "pending")
        session.execute(update(Delivery).where(mine).values(**values))
        if answer.status == 410 and row.webhook:
            session.execute(update(Webhook).where(Webhook.id == row.webhook).values(disabled=now()))
    return accepted


def _linked(db: Database, job: str, part: object) -> object:
    """A message with the links to its job's own files made, valid from now; None in place of a file that is gone."""
    if isinstance(part, dict):
        return {name: _linked(db, job, value) for name, value in part.items()}
    if isinstance(part, list):
        return [_linked(db, job, value) for value in part]
    if not (
        isinstance(part, str)
        and part.startswith(("http://", "https://"))
        and MEDIA in part
        and f"/{job}/" in part
        and _makers
    ):
        return part
    key = part.partition(MEDIA)[2]
    return _makers[0](key) if stored.file(db, key) is not None else None


def _worded(build: Build, job: Job, event: str) -> dict[str, Any] | None:
    """A builder's words; the plain ones where it fails, for a message must not stop the change it tells of."""
    try:
        return build(job, event)
    except Exception:
        log.exception("a message about %s could not be worded by its dialect; the plain words are sent", event)
        return plain(job, event)


def _wanting(session: Session, tenant: str, event: str) -> list[Webhook]:
    hooks = session.scalars(select(Webhook).where(Webhook.tenant == tenant, Webhook.disabled.is_(None)))
    return [hook for hook in hooks if any(fnmatchcase(event, pattern) for pattern in hook.events)]


def _put(session: Session, tenant: str, job: str, url: str, body: dict[str, Any], told: str, hook: str | None) -> int:
    """One message, unless it has been written before: its id is a hash of what it tells and to whom."""
    ident = "msg_" + hashlib.sha256(f"{told}|{hook or url}".encode()).hexdigest()[:40]
    values = {
        "id": ident, "tenant": tenant, "webhook": hook, "job": job, "url": url, "body": body, "headers": {},
        "state": "pending", "tries": 0,
        "next_try": now(), "created": now(), "last_status": "",
    }  # fmt: skip
    return int(add_once(session, Delivery, values))


def _envelope(event: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": event,
        "timestamp": datetime.fromtimestamp(now(), UTC).isoformat(timespec="milliseconds"),
        "data": data,
    }
