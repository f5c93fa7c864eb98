"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass

from phonofilm.jobs.codes import JobError


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks: resolved from an API key, or made by the command line."""

    tenant: str
    user: str
    scopes: frozenset[str]
    key: str = ""

    @property
    def actor(self) -> str:
        """As records name him: a user's name alone may be another tenant's too. A tenant's name has no slash, so this
        is nobody else's."""
        return f"{self.tenant}/{self.user}"

    def needs(self, scope: str) -> None:
        """Raise JobError forbidden without the scope."""
        if scope not in self.scopes:
            raise JobError("forbidden", f"this key may not do that; it needs the scope '{scope}'")
