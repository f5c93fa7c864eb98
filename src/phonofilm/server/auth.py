"""Who is calling: ``Authorization: Bearer pf_<id>_<secret>``, compared in constant time against a hash, or the cookie
of a browser that signed in with such a key. A change that comes with the cookie must carry the session's
``X-CSRF-Token``. A route says which scope it needs.

    caller: Caller = Depends(auth.needs("read"))
    caller: Caller = Depends(auth.needs("generate", counts=True))     # counts against the user's requests per minute
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.requests import cookie_parser

from phonofilm.jobs.accounts import keys, sessions
from phonofilm.server import threads
from phonofilm.server.errors import Refused
from phonofilm.server.limits import Limits

if TYPE_CHECKING:
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.store.database import Database
    from phonofilm.jobs.store.tables import ApiKey, WebSession

COOKIE, SECURE_COOKIE = "pf_session", "__Host-pf_session"
"""The session's cookie, and its name over https: no other host of the domain can set that one."""
CSRF_HEADER = "X-CSRF-Token"
FRESH = 5.0
"""Seconds a key's row is trusted before it is read again: a key revoked by another process works so long at most."""
_NOBODY = keys.digest("nobody")


class Auth:
    """Finds the caller of a request and counts submits."""

    def __init__(self, db: Database, limits: Limits, *, secure: bool = False) -> None:
        self.db, self.limits = db, limits
        self._secure = secure
        """Is the service reached over https, whatever a proxy before it speaks with us?"""
        self._seen: dict[str, tuple[float, ApiKey | None, dict[str, Any]]] = {}
        self._touched: dict[str, float] = {}
        self._touching: set[asyncio.Task[None]] = set()
        self._sessions: dict[str, tuple[float, WebSession]] = {}

    def cookie_name(self, scheme: str) -> str:
        """The name of the session's cookie; over https only that which no other host of the domain can have planted."""
        return SECURE_COOKIE if self._secure or scheme == "https" else COOKIE

    def cookie(self, headers: Mapping[str, str], scheme: str) -> str | None:
        """The session's cookie among a request's headers (their names in small letters); None where there is none, or a
        key counts more."""
        if headers.get("authorization") is not None:
            return None
        return cookie_parser(headers.get("cookie") or "").get(self.cookie_name(scheme)) or None

    def identify(self, headers: Mapping[str, str], scheme: str = "http") -> Caller:
        """The caller a request's headers stand for. Raises Refused (401). May read the database."""
        cookie = self.cookie(headers, scheme)
        if cookie is not None:
            self._load_session(sessions.digest(cookie))
            ident = self._session(cookie).key
            self._load(ident)
            return self._caller(self._seen.get(ident, (0.0, None, {}))[1])
        parts = keys.split(_token(headers.get("authorization")))
        if parts is None:
            raise _unknown()
        self._load(parts[0])
        return self._judge(parts)

    async def caller(self, request: Request) -> Caller:
        """The same for a request, with the database asked in a thread and only now and then; a change by cookie alone
        is refused (403)."""
        caller, session = await self.known(request.headers, request.url.scheme)
        if session is not None:
            self._csrf(request, session)
        return caller

    async def known(self, headers: Mapping[str, str], scheme: str) -> tuple[Caller, WebSession | None]:
        """The caller, and the session where it came by cookie; from here on the request's work is done in the caller's
        lanes. Raises Refused (401)."""
        session = None
        if (cookie := self.cookie(headers, scheme)) is not None:
            ident = sessions.digest(cookie)
            kept = self._sessions.get(ident)
            if kept is None or time.monotonic() - kept[0] > FRESH:
                await threads.run_sync(self._load_session, ident, lane="auth")
            session = self._session(cookie)
            await self._fresh(session.key)
            caller = self._caller(self._seen.get(session.key, (0.0, None, {}))[1])
        else:
            parts = keys.split(_token(headers.get("authorization")))
            if parts is None:
                raise _unknown()
            await self._fresh(parts[0])
            caller = self._judge(parts)
        threads.who.set(caller.tenant)
        return caller, session

    def _csrf(self, request: Request, session: WebSession) -> None:
        cookie = self.cookie(request.headers, request.url.scheme) or ""
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            sent = request.headers.get(CSRF_HEADER, "")
            if not hmac.compare_digest(sent.encode(), sessions.csrf(cookie).encode()):
                told = (
                    f"a change made with the session's cookie needs the header {CSRF_HEADER}; GET /v1/session tells its"
                    " value"
                )
                raise Refused(403, "csrf", told, field=CSRF_HEADER)
        request.state.session = session

    async def _fresh(self, ident: str) -> None:
        kept = self._seen.get(ident)
        if kept is None or time.monotonic() - kept[0] > FRESH:
            await threads.run_sync(self._load, ident, False, lane="auth")
            if self._due(ident):  # by itself: who only reads does not wait until something can be written
                task = asyncio.create_task(self._touch(ident))
                self._touching.add(task)
                task.add_done_callback(self._touching.discard)

    def needs(self, scope: str, *, counts: bool = False) -> Callable[[Request], Awaitable[Caller]]:
        """A dependency that gives the caller, refuses one without the scope (403), and counts a submit (429)."""

        async def dependency(request: Request) -> Caller:
            caller = await self.caller(request)
            if scope not in caller.scopes:
                raise Refused(
                    403,
                    "forbidden",
                    f"this key lacks the scope '{scope}'; use a key that has it",
                    field="Authorization",
                )
            if counts:
                self.count(caller)
            request.state.caller = caller
            return caller

        return dependency

    def door(self, request: Request) -> str:
        """What a request came in with: the same for all that come with the same key, or from the same signed-in
        browser."""
        cookie = self.cookie(request.headers, request.url.scheme)
        return keys.digest(_token(request.headers.get("authorization")) if cookie is None else cookie)

    async def still(self, request: Request, scope: str) -> bool:
        """May whoever sent a request that is still being answered go on? The key or session is read again every
        ``FRESH`` seconds."""
        try:
            return scope in (await self.caller(request)).scopes
        except Refused:
            return False

    def count(self, caller: Caller, *, only_look: bool = False) -> None:
        """Count one submit; raises Refused (429) beyond the limit. ``only_look``: it will be counted later."""
        settings = self._seen.get(caller.key, (0.0, None, {}))[2]
        own = settings.get("requests_per_minute")
        self.limits.submit(
            caller.tenant, caller.user, int(own) if isinstance(own, int | float) else None, only_look=only_look
        )

    def forget(self, ident: str | None = None) -> None:
        """Read a key's row again at its next use (after revoking it)."""
        if ident is None:
            self._seen.clear()
        else:
            self._seen.pop(ident, None)

    def forget_session(self, ident: str) -> None:
        """Read a session's row again at its next use (after it was closed)."""
        self._sessions.pop(ident, None)

    def _due(self, ident: str) -> bool:
        """Is it time to note that a key was used? Then it counts as noted."""
        if ident not in self._seen or time.monotonic() - self._touched.get(ident, -1e9) <= 60:
            return False
        self._touched[ident] = time.monotonic()
        return True

    async def _touch(self, ident: str) -> None:
        threads.who.set("touch")
        with suppress(Exception):  # a database in trouble is told of by those who need it
            await threads.run_sync(keys.touch, self.db, ident, lane="auth")

    def _load(self, ident: str, touch: bool = True) -> None:
        found = keys.find(self.db, ident)
        if found is None:
            self._seen.pop(ident, None)
        else:
            if len(self._seen) > 10_000:
                self._seen.clear()
            self._seen[ident] = (time.monotonic(), *found)
            if touch and self._due(ident):
                keys.touch(self.db, ident)

    def _load_session(self, ident: str) -> None:
        found = sessions.find(self.db, ident)
        if found is None:
            self._sessions.pop(ident, None)
            return
        if len(self._sessions) > 10_000:
            self._sessions.clear()
        self._sessions[ident] = (time.monotonic(), found)

    def _session(self, cookie: str) -> WebSession:
        kept = self._sessions.get(sessions.digest(cookie))
        if kept is None or kept[1].expires <= time.time():
            raise Refused(401, "unauthenticated", "you are signed out; sign in again", field="Cookie")
        return kept[1]

    def _judge(self, parts: tuple[str, str]) -> Caller:
        ident, secret = parts
        row = self._seen.get(ident, (0.0, None, {}))[1]
        right = hmac.compare_digest(row.hash if row else _NOBODY, keys.digest(secret))  # as long for an id nobody has
        if row is None or not right:
            raise _unknown()
        return self._caller(row)

    @staticmethod
    def _caller(row: ApiKey | None) -> Caller:
        from phonofilm.jobs.accounts.caller import Caller

        if row is None:
            raise _unknown()
        if row.revoked is not None or (row.expires is not None and row.expires <= time.time()):
            raise Refused(
                401, "unauthenticated", "this key was revoked or has expired; ask for a new one", field="Authorization"
            )
        return Caller(tenant=row.tenant, user=row.user, scopes=frozenset(row.scopes), key=row.id)


def _token(header: str | None) -> str:
    kind, _, token = (header or "").strip().partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _unknown() -> Refused:
    return Refused(
        401,
        "unauthenticated",
        "a valid API key is needed; send it as 'Authorization: Bearer pf_...'",
        field="Authorization",
    )
