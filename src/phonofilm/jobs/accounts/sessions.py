"""Browsers signed in with a key. The cookie's value is random (256 bits) and only its SHA-256 is kept, so that a copied
database opens nothing.

A session is worth what its key is worth: scopes and expiry are read from the key at each request, and a revoked key
ends it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from sqlalchemy import delete

from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.tables import ApiKey, WebSession

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database


def digest(token: str) -> str:
    """What is kept of a cookie's value."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf(token: str) -> str:
    """What a page must send along with a change: follows from the cookie's value, which no page can read and no other
    site can know."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def open(db: Database, key: ApiKey, seconds: float) -> tuple[WebSession, str]:
    """A new session of a key, for ``seconds`` or until the key expires: its row, and the cookie's value, which nobody
    else ever sees."""
    token = secrets.token_urlsafe(32)
    moment = now()
    expires = min(moment + seconds, key.expires if key.expires is not None else moment + seconds)
    row = WebSession(id=digest(token), key=key.id, created=moment, expires=expires)
    with db.session() as session:
        session.execute(delete(WebSession).where(WebSession.expires < moment))
        session.add(row)
        session.flush()
        session.expunge(row)
    return row, token


def find(db: Database, ident: str) -> WebSession | None:
    """The session under the hash of a cookie's value, unless it is over."""
    with db.reading() as session:
        row = session.get(WebSession, ident)
        return None if row is None or row.expires <= now() else row


def close(db: Database, ident: str) -> None:
    """Signed out."""
    with db.session() as session:
        session.execute(delete(WebSession).where(WebSession.id == ident))
