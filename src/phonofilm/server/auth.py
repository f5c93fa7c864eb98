"""Who is calling: ``Authorization: Bearer pf_<id>_<secret>``, compared in constant time against a hash. A route says which scope it needs.

    caller: Caller = Depends(auth.needs("read"))
    caller: Caller = Depends(auth.needs("generate", counts=True))     # counts against the user's requests per minute
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from fastapi import Request

from phonofilm.jobs import keys
from phonofilm.server.errors import Refused
from phonofilm.server.limits import Limits

if TYPE_CHECKING:
    from phonofilm.jobs.database import Database
    from phonofilm.jobs.service import Caller
    from phonofilm.jobs.tables import ApiKey

FRESH = 5.0
"""Seconds a key's row is trusted before it is read again: a key revoked by another process works so long at most."""
_NOBODY = keys.digest("nobody")


class Auth:
    """Finds the caller of a request and counts submits."""

    def __init__(self, db: Database, limits: Limits) -> None:
        self.db, self.limits = db, limits
        self._seen: dict[str, tuple[float, ApiKey | None, dict[str, Any]]] = {}
        self._touched: dict[str, float] = {}

    def identify(self, authorization: str | None) -> Caller:
        """The caller a header stands for. Raises Refused (401). May read the database."""
        parts = keys.split(_token(authorization))
        if parts is None:
            raise _unknown()
        self._load(parts[0])
        return self._judge(parts)

    async def caller(self, request: Request) -> Caller:
        """The same for a request, with the database asked in a thread and only now and then."""
        parts = keys.split(_token(request.headers.get("authorization")))
        if parts is None:
            raise _unknown()
        kept = self._seen.get(parts[0])
        if kept is None or time.monotonic() - kept[0] > FRESH:
            await to_thread.run_sync(self._load, parts[0])
        return self._judge(parts)

    def needs(self, scope: str, *, counts: bool = False) -> Callable[[Request], Awaitable[Caller]]:
        """A dependency that gives the caller, refuses one without the scope (403), and counts a submit (429)."""

        async def dependency(request: Request) -> Caller:
            caller = await self.caller(request)
            if scope not in caller.scopes:
                raise Refused(403, "forbidden", f"this key lacks the scope '{scope}'; use a key that has it", field="Authorization")
            if counts:
                self.count(caller)
            request.state.caller = caller
            return caller

        return dependency

    def count(self, caller: Caller) -> None:
        """Count one submit; raises Refused (429) beyond the limit."""
        settings = self._seen.get(caller.key, (0.0, None, {}))[2]
        own = settings.get("requests_per_minute")
        self.limits.submit(caller.tenant, caller.user, int(own) if isinstance(own, int | float) else None)

    def forget(self, ident: str | None = None) -> None:
        """Read a key's row again at its next use (after revoking it)."""
        if ident is None:
            self._seen.clear()
        else:
            self._seen.pop(ident, None)

    def _load(self, ident: str) -> None:
        found = keys.find(self.db, ident)
        if found is not None:
            if len(self._seen) > 10_000:
                self._seen.clear()
            self._seen[ident] = (time.monotonic(), *found)
            if time.monotonic() - self._touched.get(ident, -1e9) > 60:
                self._touched[ident] = time.monotonic()
                keys.touch(self.db, ident)

    def _judge(self, parts: tuple[str, str]) -> Caller:
        from phonofilm.jobs.service import Caller

        ident, secret = parts
        row = self._seen.get(ident, (0.0, None, {}))[1]
        right = hmac.compare_digest(row.hash if row else _NOBODY, keys.digest(secret))  # as long for an id nobody has
        if row is None or not right:
            raise _unknown()
        if row.revoked is not None or (row.expires is not None and row.expires <= time.time()):
            raise Refused(401, "unauthenticated", "this key was revoked or has expired; ask for a new one", field="Authorization")
        return Caller(tenant=row.tenant, user=row.user, scopes=frozenset(row.scopes), key=row.id)


def _token(header: str | None) -> str:
    kind, _, token = (header or "").strip().partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _unknown() -> Refused:
    return Refused(401, "unauthenticated", "a valid API key is needed; send it as 'Authorization: Bearer pf_...'", field="Authorization")
