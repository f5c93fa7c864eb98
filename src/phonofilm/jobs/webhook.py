"""Telling others: Standard Webhooks to a tenant's addresses, and plain callbacks that a dialect promised. The table is the queue.

A message is written in the transaction of the change it tells of, under an id made from what it tells, so a step walked twice tells once.
It is sent at least once, always under the same ``webhook-id``, and tried again for up to 72 hours. Nothing is sent to private addresses.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import random
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from phonofilm.jobs import audit
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.database import new_id, now
from phonofilm.jobs.locks import add_once
from phonofilm.jobs.post import Answer, check_url, post
from phonofilm.jobs.tables import Delivery, Event, Job, Webhook

if TYPE_CHECKING:
    from phonofilm.jobs.database import Database

log = logging.getLogger("phonofilm.jobs.webhook")
Build = Callable[[Job, str], dict[str, Any] | None]
"""(job, event type) -> the body of a message, or None for nothing. The server and the dialects pass theirs in."""
_WORDS: dict[str, Build] = {}

EVENTS = (
    "generation.queued", "generation.running", "generation.review", "generation.succeeded", "generation.failed", "generation.cancelled",
    "generation.expired", "generation.unknown_outcome", "generation.removed", "budget.alert",
)  # fmt: skip
"""What a webhook can ask for; ``*`` and ``generation.*`` ask for all of a kind."""
PATIENCE = 72 * 3600.0
"""Seconds a message is tried for."""
LEASE = 60.0
"""Seconds a sender has for one try before another may; more than ``post`` can take."""
_FIRST, _GROWTH, _LONGEST = 5.0, 3.0, 6 * 3600.0


def add(session: Session, tenant: str, url: str, events: Sequence[str] = ("*",), *, actor: str, allow: Sequence[str] = ()) -> Webhook:
    """Register an address. The secret (``whsec_...``) is on the row and is to be shown once. Raises JobError for an unfit address or event."""
    check_url(url, allow)
    for pattern in events:
        if not isinstance(pattern, str) or not any(fnmatchcase(event, pattern) for event in EVENTS):
            raise JobError("invalid_parameter", f"there is no event '{pattern}'; choose from {', '.join(EVENTS)}, or *", field="events")
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


def enqueue(session: Session, job: Job, event: Event | str, *, build: Build | None = None, callback: Build | None = None, once: str = "") -> int:
    """Write the messages about a job's ``event`` to its tenant's webhooks, and to ``extra["callback_url"]`` in its dialect's words.

    ``build`` and ``callback`` word them; by default what :func:`speak` was told. A builder that returns None has nothing to say.
    The same event is told once however often this is called (``once`` tells two of one type apart, where ``event`` is no row of its own).
    Returns how many messages are new.
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
    """Write the messages about something that is no job's (a budget alert). Told once per tenant, event and ``once``."""
    hooks = _wanting(session, tenant, event)
    return sum(_put(session, tenant, "", hook.url, _envelope(event, data), f"{tenant}:{event}:{once}", hook.id) for hook in hooks)


def plain(job: Job, event: str) -> dict[str, Any]:
    """The body where nobody passed a better one in: what has become of the job, without prompt and files."""
    return {"id": job.id, "state": job.state, "model": job.model, "created": job.created, "finished": job.finished, "error": job.error}


def deliver_due(db: Database, *, allow: Sequence[str] = (), limit: int = 100, senders: int = 8, send: Callable[..., Answer] = post) -> int:
    """Send what is due, several at a time; returns how many were accepted. To be called every second or so, by any number of processes.

    ``allow``: private hosts an operator lets messages go to.
    """
    claimed = _claim(db, limit)
    if not claimed:
        return 0
    with ThreadPoolExecutor(max_workers=min(senders, len(claimed)), thread_name_prefix="webhook") as pool:
        return sum(pool.map(lambda one: _deliver(db, one[0], one[1], allow, send), claimed))


def delay(tries: int) -> float:
    """Seconds before the next try after ``tries``: 5, 15, 45 ... up to six hours, a fifth more or less so that they do not come in step."""
    return float(min(_FIRST * _GROWTH ** min(tries - 1, 30), _LONGEST) * random.uniform(0.8, 1.2))


def _claim(db: Database, limit: int) -> list[tuple[Delivery, str | None]]:
    """Messages that are due, ours for ``LEASE`` seconds, each with the secret to sign it by."""
    due = select(Delivery).where(Delivery.state == "pending", Delivery.next_try <= now()).order_by(Delivery.next_try).limit(limit)
    with db.reading() as session:
        if session.scalars(due.limit(1)).first() is None:
            return []
    claimed: list[tuple[Delivery, str | None]] = []
    with db.session() as session:
        for row in session.scalars(due.with_for_update(skip_locked=True)):
            hook = session.get(Webhook, row.webhook) if row.webhook else None
            if row.webhook and (hook is None or hook.disabled is not None):
                row.state, row.last_status = "failed", "webhook disabled"
                continue
            row.tries += 1
            row.next_try = now() + LEASE
            claimed.append((row, hook.secret if hook else None))
    return claimed


def _deliver(db: Database, row: Delivery, secret: str | None, allow: Sequence[str], send: Callable[..., Answer]) -> bool:
    answer = send(row.url, row.body, {**row.headers, "webhook-id": row.id}, secret=secret, allow=allow)
    accepted = 200 <= answer.status < 300
    deadline = row.created + PATIENCE
    values: dict[str, Any] = {"last_status": answer.text[:255]}
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
        "id": ident, "tenant": tenant, "webhook": hook, "job": job, "url": url, "body": body, "headers": {}, "state": "pending", "tries": 0,
        "next_try": now(), "created": now(), "last_status": "",
    }  # fmt: skip
    return int(add_once(session, Delivery, values))


def _envelope(event: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"type": event, "timestamp": datetime.fromtimestamp(now(), UTC).isoformat(timespec="milliseconds"), "data": data}
