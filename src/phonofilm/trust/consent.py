"""Real persons in references: paused unless declared, and leave is on record. Pure rules over values; the records are
the database's.

    declared person        needs a consent that is active and covers what is used (face, voice, body)
    not declared           a person looks at it first
    declared no person     passes, unless a face detector contradicts (that is a classifier, see ``trust.gate``)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from phonofilm.trust.policy import Finding

SCOPES = ("face", "voice", "body")


@dataclass(frozen=True, kw_only=True)
class Leave:
    """A person's consent as far as a decision needs it. Times are UTC seconds."""

    id: str
    scope: frozenset[str]
    """of ``SCOPES``."""
    expires: float | None = None
    revoked: float | None = None

    def active(self, now: float) -> bool:
        """Neither revoked nor run out."""
        return (self.revoked is None or self.revoked > now) and (self.expires is None or self.expires > now)


def stricter(declared: bool | None, said: bool | None, consent: str | None = None) -> bool | None:
    """Does a file show a real person, by what its upload ``declared`` (with the id of a ``consent``) and a request
    ``said``? None: nobody knows.

    A request may add a person or answer what was left open; it never takes a person away.
    """
    if declared or said or consent:
        return True
    return declared if declared is not None else said


def needed(kind: str, has_sound: bool = False) -> frozenset[str]:
    """Scopes that using a reference of this kind (image | video | audio) asks for."""
    if kind == "audio":
        return frozenset({"voice"})
    return frozenset({"face", "voice"}) if has_sound else frozenset({"face"})


def judge(
    *, kind: str, person: bool | None, consent: Leave | None, now: float, where: str, has_sound: bool = False
) -> Finding | None:
    """None: may be used. Otherwise a finding of category ``person``: medium where a person must look, high where leave
    is missing."""
    if person is None:
        return Finding(
            category="person",
            severity="medium",
            where=where,
            detail="not declared whether it shows or sounds like a real person",
        )
    if not person:
        return None
    if consent is None:
        return Finding(
            category="person", severity="high", where=where, detail="shows a real person without a consent on record"
        )
    if consent.revoked is not None and consent.revoked <= now:
        return Finding(category="person", severity="high", where=where, detail=f"consent {consent.id} was revoked")
    if not consent.active(now):
        return Finding(category="person", severity="high", where=where, detail=f"consent {consent.id} has expired")
    if missing := needed(kind, has_sound) - consent.scope:
        return Finding(
            category="person",
            severity="high",
            where=where,
            detail=f"consent {consent.id} does not cover {' and '.join(sorted(missing))}",
        )
    return None


def check_scope(scope: Iterable[str]) -> frozenset[str]:
    """The scopes as a set. Raises ValueError naming one that does not exist."""
    given = frozenset(scope)
    if unknown := sorted(given - set(SCOPES)):
        raise ValueError(f"unknown consent scope '{unknown[0]}'; choose from {', '.join(SCOPES)}")
    if not given:
        raise ValueError(f"a consent needs at least one scope of {', '.join(SCOPES)}")
    return given
