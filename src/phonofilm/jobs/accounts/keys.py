"""API keys and the tenants they belong to: ``pf_<id>_<secret>``. The secret is random (256 bits), so its SHA-256 is all
that is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from phonofilm.errors import RequestError
from phonofilm.jobs.store.tables import ApiKey, Tenant, WebSession

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database

SCOPES = ("generate", "read", "review", "operate")
"""generate: submit, cancel, delete, upload; read: look; review: decide in the queue; operate: keys, budgets, engines,
takedown."""
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split(key: str) -> tuple[str, str] | None:
    """(id, secret) of a key as written, or None where it is no key."""
    found = re.fullmatch(r"pf_([a-z0-9]{12})_([A-Za-z0-9]{40,64})", key)
    return (found[1], found[2]) if found else None


def ensure_tenant(db: Database, tenant: str, name: str = "") -> None:
    """Make the tenant if it is not there. Raises RequestError for a name that cannot be a tenant's."""
    from phonofilm.jobs.store.database import now

    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", tenant):
        raise RequestError(f"'{tenant}' cannot name a tenant; use lower-case letters, digits, - and _ , at most 63")
    with db.session() as session:
        if session.get(Tenant, tenant) is None:
            session.add(Tenant(id=tenant, name=name or tenant, created=now(), settings={}))


def create(
    db: Database,
    *,
    tenant: str,
    user: str,
    scopes: Sequence[str] = ("generate", "read"),
    name: str = "",
    expires: float | None = None,
) -> tuple[ApiKey, str]:
    """A new key: its row, and the whole key, which is shown now and never again. Raises RequestError for an unknown
    scope."""
    from phonofilm.jobs.store.database import now

    wrong = [scope for scope in scopes if scope not in SCOPES]
    if wrong or not scopes:
        raise RequestError(f"there is no scope '{wrong[0] if wrong else ''}'; choose from {', '.join(SCOPES)}")
    if not re.fullmatch(r"[^\s\x00-\x1f]{1,120}", user):
        raise RequestError("a user is 1 to 120 characters without spaces; choose another name")
    ensure_tenant(db, tenant)
    ident = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    secret = "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789") for _ in range(46))
    row = ApiKey(
        id=ident,
        tenant=tenant,
        user=user,
        name=name[:255],
        hash=digest(secret),
        scopes=list(dict.fromkeys(scopes)),
        created=now(),
        expires=expires,
        revoked=None,
        last_used=None,
    )
    with db.session() as session:
        session.add(row)
        session.flush()
        session.expunge(row)
    return row, f"pf_{ident}_{secret}"


def find(db: Database, ident: str) -> tuple[ApiKey, dict[str, object]] | None:
    """The key's row and its tenant's settings."""
    with db.reading() as session:
        row = session.get(ApiKey, ident)
        if row is None:
            return None
        tenant = session.get(Tenant, row.tenant)
        session.expunge(row)
        return row, dict(tenant.settings if tenant else {})


def every(db: Database, tenant: str | None = None) -> list[ApiKey]:
    """All keys, or one tenant's, oldest first."""
    with db.reading() as session:
        query = select(ApiKey).order_by(ApiKey.created)
        rows = list(session.scalars(query.where(ApiKey.tenant == tenant) if tenant else query))
        session.expunge_all()
        return rows


def revoke(db: Database, ident: str) -> bool:
    """From now on the key opens nothing, and who signed in with it is signed out. False where there is no such key."""
    from phonofilm.jobs.store.database import now

    with db.session() as session:
        row = session.get(ApiKey, ident)
        if row is None:
            return False
        row.revoked = row.revoked or now()
        session.execute(delete(WebSession).where(WebSession.key == ident))
        return True


def touch(db: Database, ident: str) -> None:
    """Note that the key was used."""
    from phonofilm.jobs.store.database import now

    with db.session() as session:
        row = session.get(ApiKey, ident)
        if row is not None:
            row.last_used = now()


def first(db: Database) -> str | None:
    """On an installation without keys: make one that may do everything, and return it. Otherwise None. Safe when two
    processes start at once."""
    with db.reading() as session:
        if session.scalar(select(ApiKey.id).limit(1)) is not None:
            return None
    return create(db, tenant="main", user="owner", scopes=SCOPES, name="first key")[1]
