"""What counts as harm, how bad it is, and what is done about it: a small table with a version, loadable from an
operator's TOML.

    version = "acme-3"                  # yours, shown on every decision
    review_hours = 24

    [actions]                           # severity -> publish | review | block
    medium = "review"

    [severities]                        # category -> low | medium | high, over what the rules say; "as_found" keeps theirs
    likeness = "medium"

    [thresholds.violence]               # a classifier's score from which on a finding is of this severity
    medium = 0.6
    high = 0.9

    [[terms]]                           # words of your own: each is a finding of its category
    category = "hate"
    severity = "high"
    words = ["...", "..."]
"""  # noqa: E501

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from phonofilm.errors import RequestError

CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "sexual": "nudity and sexual acts of adults",
        "minors": "sexual or violent use of children",
        "violence": "gore, torture, cruelty to people and animals",
        "self_harm": "suicide and self-injury, shown, praised or explained",
        "hate": "contempt or violence against people for what they are",
        "harassment": "threats and humiliation of a private person",
        "terror": "praise of, recruiting for and planning of terrorist acts",
        "weapons": "instructions for making or hiding weapons and explosives",
        "drugs": "instructions for making or selling hard drugs",
        "crime": "instructions for theft, fraud, break-ins and attacks on computers",
        "deception": "fakes meant to deceive: false evidence, cloned voices, words put into a real person's mouth",
        "likeness": "a real, named public person is shown",
        "personal_data": "addresses, numbers and documents of real persons; secrets such as keys",
        "injection": "text that gives orders to a language model behind the service",
        "person": "a reference that shows or may show a real person without leave",
        "blocklist": "a picture that was taken down before",
        "unchecked": "a checker that should have looked could not",
    }
)
"""Every category and what it covers."""

SEVERITIES = ("low", "medium", "high")
ACTIONS = ("publish", "review", "block")
_DEFAULT_ACTIONS = {"low": "publish", "medium": "review", "high": "block"}
_DEFAULT_THRESHOLD = {"medium": 0.5, "high": 0.85}
_DEFAULT_THRESHOLDS = {
    "minors": {"medium": 0.2, "high": 0.5},
    "sexual": {"medium": 0.5, "high": 0.85},
    "self_harm": {"medium": 0.4, "high": 0.8},
    # a face is no harm: it only contradicts "no person", and that is for a person to look at
    "person": {"medium": 0.6, "high": 1.01},
}
_TOP = {"version", "review_hours", "actions", "severities", "thresholds", "terms"}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Words an operator adds: each hit is a finding of ``category`` and ``severity``."""

    category: str
    severity: str
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was noticed."""

    category: str
    severity: str
    """low | medium | high."""
    where: str
    """``prompt[12:18]`` (characters), ``@image1``, ``@image1 frame 3``, ``output frame 48``, ``output sound``,
    ``classifier nsfw``."""
    detail: str = ""
    """Why, without repeating the words themselves: rule or rule names, a score, an error."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Categories -> severities -> actions. Immutable; ``hash`` names it exactly."""

    version: str = "phonofilm-1"
    review_hours: float = 24.0
    """Medium findings are to be decided by a person within so many hours."""
    actions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict(_DEFAULT_ACTIONS)))
    severities: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Category -> severity that replaces what a rule or a score says."""
    thresholds: Mapping[str, Mapping[str, float]] = field(
        default_factory=lambda: MappingProxyType(dict(_DEFAULT_THRESHOLDS))
    )
    terms: tuple[Terms, ...] = ()

    def __post_init__(self) -> None:
        if not self.version or len(self.version) > 64:
            raise RequestError("policy: version must be 1 to 64 characters")
        if (
            isinstance(self.review_hours, bool)
            or not isinstance(self.review_hours, (int, float))
            or not 0 < self.review_hours <= 24 * 30
        ):
            raise RequestError(
                f"policy: review_hours {self.review_hours!r} is out of range; give hours above 0, at most 720"
            )
        for severity, action in self.actions.items():
            _one_of("actions", severity, SEVERITIES, "severity")
            _one_of(f"actions.{severity}", action, ACTIONS, "action")
        if missing := [s for s in SEVERITIES if s not in self.actions]:
            raise RequestError(f"policy: actions lacks '{missing[0]}'; name an action for low, medium and high")
        if self.actions["high"] == "publish":
            raise RequestError("policy: actions.high cannot be 'publish'; choose review or block")
        ranks = [ACTIONS.index(self.actions[s]) for s in SEVERITIES]
        if ranks != sorted(ranks):
            raise RequestError("policy: actions must not get milder as severity rises (publish, review, block)")
        for category, severity in self.severities.items():
            _one_of("severities", category, tuple(CATEGORIES), "category")
            _one_of(f"severities.{category}", severity, SEVERITIES, "severity")
        for category, limits in self.thresholds.items():
            _one_of("thresholds", category, tuple(CATEGORIES), "category")
            for severity, value in limits.items():
                _one_of(f"thresholds.{category}", severity, SEVERITIES, "severity")
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 2:
                    raise RequestError(
                        f"policy: thresholds.{category}.{severity} is {value!r}; give a score from 0 to 1 (above 1:"
                        " never)"
                    )
        for terms in self.terms:
            _one_of("terms.category", terms.category, tuple(CATEGORIES), "category")
            _one_of("terms.severity", terms.severity, SEVERITIES, "severity")
            if not terms.words or not all(isinstance(word, str) and word.strip() for word in terms.words):
                raise RequestError(f"policy: terms of {terms.category} must be a list of non-empty words")

    @property
    def hash(self) -> str:
        """First 16 hex digits of SHA-256 over the whole table: stored on every decision."""
        return hashlib.sha256(json.dumps(self.to_plain(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """``version:hash``, what a verdict calls its policy."""
        return f"{self.version}:{self.hash}"

    def severity(self, category: str, found: str) -> str:
        """The severity that counts: the operator's for the category, else the one found."""
        return self.severities.get(category, found)

    def action(self, category: str, severity: str) -> str:
        """publish | review | block. What could not be checked is never published, whatever the table says."""
        action = self.actions[severity]
        return "review" if category == "unchecked" and action == "publish" else action

    def from_score(self, category: str, score: float) -> str | None:
        """Severity of a classifier's score 0..1; None: below every threshold."""
        limits = self.thresholds.get(category, _DEFAULT_THRESHOLD)
        found = [severity for severity in SEVERITIES if score >= limits.get(severity, 2.0)]
        return found[-1] if found else None

    def to_plain(self) -> dict[str, Any]:
        """As plain data: what TOML or JSON holds."""
        return {
            "version": self.version,
            "review_hours": float(self.review_hours),
            "actions": dict(self.actions),
            "severities": dict(self.severities),
            "thresholds": {category: dict(limits) for category, limits in self.thresholds.items()},
            "terms": [{"category": t.category, "severity": t.severity, "words": list(t.words)} for t in self.terms],
        }

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Policy:
        """From plain data; what is not said is as in the default. Raises RequestError naming the field."""
        for key in data:
            _one_of("the file", key, tuple(sorted(_TOP)), "key")
        given: dict[str, Any] = {}
        if "version" in data:
            given["version"] = _typed(data, "version", str)
        if "review_hours" in data:
            given["review_hours"] = data["review_hours"]
        if "actions" in data:
            given["actions"] = MappingProxyType(_DEFAULT_ACTIONS | _typed(data, "actions", dict))
        if "severities" in data:
            said = _typed(data, "severities", dict)
            given["severities"] = MappingProxyType(
                {category: severity for category, severity in said.items() if severity != "as_found"}
            )
        if "thresholds" in data:
            said = _typed(data, "thresholds", dict)
            for category, limits in said.items():
                if not isinstance(limits, dict):
                    raise RequestError(
                        f"policy: thresholds.{category} must be a table such as {{ medium = 0.5, high = 0.9 }}"
                    )
            given["thresholds"] = MappingProxyType(
                _DEFAULT_THRESHOLDS | {category: dict(limits) for category, limits in said.items()}
            )
        if "terms" in data:
            given["terms"] = tuple(_terms(item, index) for index, item in enumerate(_typed(data, "terms", list)))
        return cls(**given)

    @classmethod
    def load(cls, path: Path | str | None = None) -> Policy:
        """The default policy, or an operator's TOML over it. Raises RequestError naming file, field and remedy."""
        if path is None:
            return cls()
        try:
            data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise RequestError(
                f"policy file {path} cannot be read ({error.strerror or error}); give the path of a TOML file"
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RequestError(f"policy file {path} is not TOML: {error}") from error
        try:
            return cls.from_plain(data)
        except RequestError as error:
            raise RequestError(f"{path}: {error}") from error


def _terms(item: Any, index: int) -> Terms:
    if not isinstance(item, dict) or set(item) != {"category", "severity", "words"}:
        raise RequestError(f"policy: terms[{index}] must have exactly category, severity and words")
    if not isinstance(item["words"], list):
        raise RequestError(f"policy: terms[{index}].words must be a list of words")
    return Terms(category=item["category"], severity=item["severity"], words=tuple(item["words"]))


def _typed(data: Mapping[str, Any], key: str, kind: type[str] | type[dict[str, Any]] | type[list[Any]]) -> Any:
    if not isinstance(data[key], kind):
        name = {"str": "text", "dict": "a table", "list": "a list of tables"}[kind.__name__]
        raise RequestError(f"policy: {key} must be {name}, not {type(data[key]).__name__}")
    return data[key]


def _one_of(where: str, value: object, choices: tuple[str, ...], what: str) -> None:
    if value not in choices:
        raise RequestError(f"policy: {where}: unknown {what} {value!r}; choose one of {', '.join(choices)}")
