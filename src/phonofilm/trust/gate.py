"""The two doors no job goes round: ``admit`` before anything is made, ``release`` before anything is shown. Pure; holds
no state.

Whatever could not be checked goes to a person: a classifier that raises, hangs or answers nonsense is a finding of its
own ("unchecked"), and so is having pictures and no classifier at all, unless "none" was said in so many words (then the
verdict records it).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from phonofilm.trust import consent as consents
from phonofilm.trust import phash, text
from phonofilm.trust.classify.classifier import Answer, Classifier, Classifiers, Nothing, ask
from phonofilm.trust.consent import Leave
from phonofilm.trust.policy import ACTIONS, SEVERITIES, Finding, Policy
from phonofilm.trust.sampling import Sample

__all__ = ["Finding", "Seen", "Verdict", "admit", "release"]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A reference as the gate sees it: a name, what it is, and what can be looked at."""

    name: str
    """As the prompt calls it, without the @."""
    kind: str
    """image | video | audio."""
    frames: tuple[NDArray[np.uint8], ...] = ()
    """The picture, or a clip's sampled frames: uint8 [H, W, 3]."""
    sound: NDArray[np.float32] | None = None
    """float32 [2, N] at 48 kHz."""
    person: bool | None = None
    """Declared by the uploader; None: not declared."""
    consent: Leave | None = None


class FindingPlain(TypedDict):
    """A finding as plain data."""

    category: str
    severity: str
    where: str
    detail: str


class VerdictPlain(TypedDict):
    """A verdict as plain data."""

    action: str
    findings: list[FindingPlain]
    policy_version: str
    checked: list[str]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is to happen, and why."""

    action: str
    """publish | review | block."""
    findings: tuple[Finding, ...]
    """Worst first."""
    policy_version: str
    """``version:hash+words``: the policy, its hash, and the hash of the shipped word lists and rules."""
    checked: tuple[str, ...] = ()
    """Who looked: "text", classifiers by name, "none" where that was chosen."""
    review_hours: float = 24.0

    @property
    def risk(self) -> int:
        """0..100, for the order of a review queue: high findings first, then many."""
        weights = {"low": 1, "medium": 10, "high": 40}
        return min(100, sum(weights[finding.severity] for finding in self.findings))

    def to_plain(self) -> VerdictPlain:
        """For a record: the decision with all its reasons."""
        return {
            "action": self.action,
            "findings": [
                {"category": f.category, "severity": f.severity, "where": f.where, "detail": f.detail}
                for f in self.findings
            ],
            "policy_version": self.policy_version,
            "checked": list(self.checked),
        }


def admit(
    prompt: str,
    references: Sequence[Seen] = (),
    policy: Policy | None = None,
    classifiers: Classifiers = (),
    *,
    blocked: Collection[str] = (),
    approved: Iterable[str] = (),
    now: float | None = None,
) -> Verdict:
    """May this be made? Prompt words, then each reference: blocked pictures, consent, classifiers.

    blocked: perceptual hashes that must not come back; approved: categories a person has already passed for this job
    (kept as low findings); now: UTC seconds by which consents are judged.
    """
    policy = policy or Policy()
    now = time.time() if now is None else now
    asked = _listed(classifiers)
    findings = list(text.check(prompt, policy))
    checked = ["text"]
    findings += _read(prompt, policy, asked, checked)
    for seen in references:
        where = f"@{seen.name}"
        findings += _blocked(seen.frames, blocked, where)
        if missing := consents.judge(
            kind=seen.kind,
            person=seen.person,
            consent=seen.consent,
            now=now,
            where=where,
            has_sound=seen.sound is not None,
        ):
            findings.append(missing)
        skip = frozenset({"person"}) if seen.person else frozenset()  # a declared person is what consent is about
        findings += _look(
            seen.frames,
            seen.sound,
            policy,
            asked,
            checked,
            where,
            [f"{where} frame {i}" for i in range(len(seen.frames))],
            skip,
        )
    return _verdict(findings, policy, checked, approved)


def release(
    frames_sampled: Sequence[Sample],
    sound: NDArray[np.float32] | None,
    prompt: str = "",
    policy: Policy | None = None,
    classifiers: Classifiers = (),
    *,
    blocked: Collection[str] = (),
    approved: Iterable[str] = (),
    persons: bool = True,
) -> Verdict:
    """May this be shown? The output's sampled frames (``trust.sampling.sample``) and sound; the prompt once more, for
    the policy may have changed.

    persons: False where the request involves no declared person, so that a face found in the output is worth a look.
    A clip without a single frame is not something that could be checked.
    """
    policy = policy or Policy()
    asked = _listed(classifiers)
    findings = list(text.check(prompt, policy)) if prompt else []
    checked = ["text"] if prompt else []
    frames = [sample.picture for sample in frames_sampled]
    if not frames:
        findings.append(Finding(category="unchecked", severity="medium", where="output", detail="no frame to look at"))
    findings += _blocked(frames, blocked, "output")
    skip = frozenset({"person"}) if persons else frozenset()
    findings += _look(
        frames,
        sound,
        policy,
        asked,
        checked,
        "output",
        [f"output frame {sample.index}" for sample in frames_sampled],
        skip,
    )
    return _verdict(findings, policy, checked, approved)


def _listed(classifiers: Classifiers) -> tuple[Classifier, ...]:
    if isinstance(classifiers, str):
        if classifiers != "none":
            raise ValueError(f"classifiers must be a sequence or 'none', not {classifiers!r}")
        return (Nothing(),)
    return tuple(classifiers)


def _read(prompt: str, policy: Policy, asked: tuple[Classifier, ...], checked: list[str]) -> list[Finding]:
    found = []
    for answer in ask(asked, text=prompt):
        found += _findings(answer, policy, checked, "prompt", [], frozenset())
    return found


def _look(
    frames: Sequence[NDArray[np.uint8]],
    sound: NDArray[np.float32] | None,
    policy: Policy,
    asked: tuple[Classifier, ...],
    checked: list[str],
    where: str,
    names: list[str],
    skip: frozenset[str],
) -> list[Finding]:
    explicit_none = any(isinstance(classifier, Nothing) for classifier in asked)
    if explicit_none and "none" not in checked:
        checked.append("none")
    found: list[Finding] = []
    if len(frames) and not explicit_none and not any("frames" in classifier.looks_at for classifier in asked):
        found.append(
            Finding(category="unchecked", severity="medium", where=where, detail="no picture classifier is configured")
        )
    for answer in ask(asked, frames=frames, sound=sound):
        found += _findings(answer, policy, checked, where, names, skip)
    return found


def _findings(
    answer: Answer, policy: Policy, checked: list[str], where: str, names: list[str], skip: frozenset[str]
) -> list[Finding]:
    """The worst score of each category as a finding; a checker in trouble as one."""
    if answer.trouble:
        return [
            Finding(
                category="unchecked",
                severity="medium",
                where=where,
                detail=f"classifier {answer.name}: {answer.trouble}",
            )
        ]
    if answer.name not in checked:
        checked.append(answer.name)
    worst: dict[str, Any] = {}
    for score in answer.scores:
        if score.category not in skip and (score.category not in worst or score.value > worst[score.category].value):
            worst[score.category] = score
    found = []
    for category, score in worst.items():
        if severity := score.severity or policy.from_score(category, score.value):
            place = where if score.frame is None else names[score.frame]
            found.append(
                Finding(
                    category=category,
                    severity=severity,
                    where=place,
                    detail=f"classifier {answer.name}: {score.value:.2f}",
                )
            )
    return found


def _blocked(frames: Iterable[NDArray[np.uint8]], blocked: Collection[str], where: str) -> list[Finding]:
    if not blocked:
        return []
    for index, frame in enumerate(frames):
        if hit := phash.match(phash.with_mirror(frame), blocked):
            detail = f"{hit.distance} of 64 bits from blocked picture {hit.hash}"
            return [Finding(category="blocklist", severity="high", where=f"{where} frame {index}", detail=detail)]
    return []


def _verdict(findings: list[Finding], policy: Policy, checked: list[str], approved: Iterable[str]) -> Verdict:
    """Severities as the policy counts them (a person's approval makes one low), the harshest action of all."""
    passed = frozenset(approved)
    counted = []
    for finding in findings:
        severity = policy.severity(finding.category, finding.severity)
        if finding.category in passed:
            severity, finding = "low", replace(finding, detail=f"{finding.detail} (passed by a reviewer)")
        counted.append(replace(finding, severity=severity))
    # a reviewer who passed "unchecked" has looked at it himself
    actions = [
        policy.actions["low"] if f.category in passed else policy.action(f.category, f.severity) for f in counted
    ]
    action = max(actions, key=ACTIONS.index, default="publish")
    ordered = tuple(sorted(counted, key=lambda f: (-SEVERITIES.index(f.severity), f.category, f.where)))
    version = f"{policy.name}+{text.fingerprint()}"
    return Verdict(
        action=action,
        findings=ordered,
        policy_version=version,
        checked=tuple(checked),
        review_hours=policy.review_hours,
    )
