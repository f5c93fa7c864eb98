"""How often one user may submit: a moving window per user, 10 a minute unless set otherwise. Polls are free."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from phonofilm.server.errors import Refused


class Limits:
    """Counts submits. In memory for one server process; several share one by ``redis://...``."""

    def __init__(self, per_minute: int = 10, storage: str = "memory://") -> None:
        self.per_minute = per_minute
        store = storage_from_string(storage)
        assert isinstance(store, Storage)
        self._window = MovingWindowRateLimiter(store)

    def submit(self, tenant: str, user: str, per_minute: int | None = None, *, only_look: bool = False) -> None:
        """Count one submit of a user; raise Refused (429, with the seconds to wait) beyond the limit. 0: no limit.

        ``only_look``: refuse without counting, before a body is read that the route will count.
        """
        most = self.per_minute if per_minute is None else per_minute
        self._count(most, "submit", tenant, user, f"more than {most} requests within a minute", only_look)

    def upload(self, tenant: str, user: str, per_minute: int, *, only_look: bool = False) -> None:
        """Count one upload, apart from submits."""
        self._count(per_minute, "upload", tenant, user, f"more than {per_minute} uploads within a minute", only_look)

    def visitor(self, address: str, per_minute: int) -> None:
        """The same for callers without a key, by their address."""
        self._count(
            per_minute, "visitor", address, "", f"more than {per_minute} requests within a minute from one address"
        )

    def preview(self, tenant: str, user: str, per_minute: int) -> None:
        """Count one preview, apart from submits."""
        self._count(per_minute, "preview", tenant, user, f"more than {per_minute} previews within a minute")

    def look(self, address: str, per_minute: int) -> None:
        """Count one visit of a shared link."""
        self._count(per_minute, "look", address, "", f"more than {per_minute} visits within a minute from one address")

    def note(self, address: str, per_minute: int) -> None:
        """Count one note left over a shared link."""
        self._count(per_minute, "note", address, "", f"more than {per_minute} notes within a minute from one address")

    def sign_in(self, address: str, per_minute: int) -> None:
        """Count one try to sign in."""
        self._count(
            per_minute, "sign_in", address, "", f"more than {per_minute} sign-ins within a minute from one address"
        )

    def _count(self, most: int, kind: str, who: str, user: str, trouble: str, only_look: bool = False) -> None:
        if most <= 0:
            return
        item = RateLimitItemPerMinute(most)
        if not (self._window.test if only_look else self._window.hit)(item, kind, who, user):
            reset, _ = self._window.get_window_stats(item, kind, who, user)
            wait = max(1, math.ceil(reset - time.time()))
            raise Refused(429, "rate_limited", f"{trouble}; wait {wait} s and send it again", retry_after=wait)
