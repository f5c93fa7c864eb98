"""Prompt checks without any model: words of concepts in eight languages, and rules that say which concepts together are
harm.

A concept ("explosive", "instruct", "minor") is a list of words in ``terms/<language>.toml``; a rule in
``terms/rules.toml`` names the concepts that must stand near each other, its category and its severity. ``allow``
phrases ("shoot a photo", "bomb cyclone") cover the shorter words inside them. In scripts with spaces a word counts only
as a whole word ("bomb" is not in "bombastic"), with a plural s; ``word*`` takes any ending, ``*word`` any beginning.
Chinese, Japanese and Korean words count wherever they stand; the longest match wins there too.

All languages are looked for in every prompt: what a word means in one must not be harm in another, which the lists
mind. Beside them what has a shape rather than a meaning: keys and passwords, card and identity numbers, orders to a
language model.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from phonofilm.trust.letters import Folded, View, drawn_out, fold, is_cjk, plain, single, skeleton, views
from phonofilm.trust.policy import CATEGORIES, SEVERITIES, Finding, Policy, Terms

LANGUAGES = ("en", "zh", "yue", "ja", "ko", "es", "fr", "de")
ALLOW = "allow"
_NEAR = 48
"""Letters that may stand between the words of a rule, unless it says otherwise; a Chinese, Japanese or Korean letter
counts three times."""
_LOOSE_LEAST = 3
"""Shortest Latin word that is looked for inside letters written apart (k i l l)."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Concepts that together are a finding."""

    name: str
    category: str
    severity: str
    all: tuple[str, ...]
    """Concepts; ``a|b`` means either."""
    unless: tuple[str, ...] = ()
    """Concepts anywhere in the prompt that make it harmless."""
    near: int = _NEAR


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A concept's word in the prompt: characters [start, end) of the original."""

    concept: str
    start: int
    end: int
    size: int
    """Letters matched: the longer match wins."""


class _Trie:
    """Words by their letters; each end carries (concept, exact)."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}

    def add(self, word: str, concept: str, exact: bool) -> None:
        node = self.root
        for char in word:
            node = node.setdefault(char, {})
        node.setdefault("", set()).add((concept, exact))

    def walk(self, text: str, start: int) -> Iterator[tuple[int, str, bool]]:
        """(end, concept, exact) of every word that begins at ``start``."""
        node = self.root
        for i in range(start, len(text)):
            if text[i] not in node:
                return
            node = node[text[i]]
            for concept, exact in node.get("", ()):
                yield i + 1, concept, exact


class Lexicon:
    """All concepts' words, ready to be looked for, and the rules over them."""

    def __init__(self, concepts: dict[str, list[str]], rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._words, self._inner = _Trie(), _Trie()  # from a word's beginning; anywhere in a word
        self._bare, self._bare_inner = _Trie(), _Trie()  # the same after ``skeleton``
        self._single, self._single_inner = _Trie(), _Trie()  # with single letters, for words drawn out
        self._loose = _Trie()  # without spaces, after ``skeleton``
        for concept, words in concepts.items():
            for word in words:
                self._add(word, concept)

    def _add(self, word: str, concept: str) -> None:
        inner, open_end = word.startswith("*"), word.endswith("*")
        letters = plain(word.strip("*"))
        if not letters:
            raise ValueError(f"terms: {concept}: {word!r} holds no letters")
        exact = not open_end and not is_cjk(letters[-1])
        (self._inner if inner else self._words).add(letters, concept, exact)
        bare = skeleton(letters)
        (self._bare_inner if inner else self._bare).add(bare, concept, exact)
        (self._single_inner if inner else self._single).add(skeleton(single(letters)), concept, exact)
        squeezed = bare.replace(" ", "")
        if len(squeezed) >= (2 if is_cjk(squeezed[0]) else _LOOSE_LEAST):
            self._loose.add(squeezed, concept, False)

    def hits(self, folded: Folded) -> list[Hit]:
        """Every word of every concept, in all readings of the prompt, less those a longer allowed phrase covers."""
        found: set[Hit] = set()
        for view in views(folded):
            if view.loose:
                found.update(self._loose_hits(view))
            elif view.changed is None:
                found.update(_find(view, view.text, self._words, self._inner))
            elif view.single:
                found.update(_find(view, skeleton(view.text), self._single, self._single_inner))
            else:
                found.update(_find(view, skeleton(view.text), self._bare, self._bare_inner))
        allowed = [hit for hit in found if hit.concept == ALLOW]
        kept = [
            h
            for h in found
            if h.concept != ALLOW
            and not any(a.start <= h.start and h.end <= a.end and a.size > h.size for a in allowed)
        ]
        return sorted(kept, key=lambda hit: (hit.start, -hit.size, hit.concept))

    def _loose_hits(self, view: View) -> Iterator[Hit]:
        text = skeleton(view.text)
        for start in range(len(text)):
            for end, concept, _ in self._loose.walk(text, start):
                yield Hit(concept=concept, start=view.source[start], end=view.source[end - 1] + 1, size=end - start)


def _find(view: View, text: str, words: _Trie, inner: _Trie) -> Iterator[Hit]:
    for start, char in enumerate(text):
        if char == " ":
            continue
        begins = start == 0 or is_cjk(char) or _border(text[start - 1], char)
        for trie in (words, inner) if begins else (inner,):
            for end, concept, exact in trie.walk(text, start):
                if exact and not _ends(text, end):
                    continue
                if view.changed is not None and not any(view.changed[start:end]):
                    continue
                yield Hit(concept=concept, start=view.source[start], end=view.source[end - 1] + 1, size=end - start)


def _border(before: str, after: str) -> bool:
    """Does a word begin between the two? Latin letters and digits stick to their own kind only."""
    return before == " " or is_cjk(before) or is_cjk(after) or before.isdigit() != after.isdigit()


def _ends(text: str, end: int) -> bool:
    """Is a word over at ``end``, a plural s aside?"""
    for plural in ("", "s", "es"):
        if text.startswith(plural, end):
            after = end + len(plural)
            if after == len(text) or _border(text[after - 1], text[after]) or text[after] == " ":
                return True
    return False


@lru_cache(maxsize=8)
def lexicon(extra: tuple[Terms, ...] = ()) -> Lexicon:
    """The shipped words and rules, with an operator's own words; read once."""
    concepts: dict[str, list[str]] = {}
    folder = resources.files("phonofilm.trust") / "terms"
    for name in (*LANGUAGES, "people", "indirect"):
        for concept, words in tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8")).items():
            concepts.setdefault(concept, []).extend(words)
    rules = [_rule(item) for item in tomllib.loads((folder / "rules.toml").read_text(encoding="utf-8"))["rule"]]
    for rule in rules:
        for name in (n for group in (*rule.all, *rule.unless) for n in group.split("|")):
            if name not in concepts:
                raise ValueError(f"terms/rules.toml: {rule.name}: no list has the concept '{name}'")
    for index, terms in enumerate(extra):
        concept = f"operator {index}"
        concepts[concept] = list(terms.words)
        rules.append(
            Rule(name="the operator's own words", category=terms.category, severity=terms.severity, all=(concept,))
        )
    return Lexicon(concepts, rules)


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """First 8 hex digits of SHA-256 over the shipped words and rules: part of what a verdict calls its policy."""
    folder = resources.files("phonofilm.trust") / "terms"
    whole = b"".join((folder / f"{name}.toml").read_bytes() for name in (*LANGUAGES, "people", "indirect", "rules"))
    return hashlib.sha256(whole).hexdigest()[:8]


def _rule(item: dict[str, Any]) -> Rule:
    if item["category"] not in CATEGORIES or item["severity"] not in SEVERITIES:
        raise ValueError(f"terms/rules.toml: {item['name']}: unknown category or severity")
    return Rule(
        name=item["name"],
        category=item["category"],
        severity=item["severity"],
        all=tuple(item["all"]),
        unless=tuple(item.get("unless", ())),
        near=int(item.get("near", _NEAR)),
    )


def check(prompt: str, policy: Policy | None = None) -> tuple[Finding, ...]:
    """Findings of a prompt, worst first; severities as the policy counts them. Never repeats the words found."""
    policy = policy or Policy()
    words = lexicon(policy.terms)
    folded = fold(prompt)
    hits = words.hits(folded)
    by_concept: dict[str, list[Hit]] = {}
    for hit in hits:
        by_concept.setdefault(hit.concept, []).append(hit)
    weights = _weights(folded, len(prompt))
    found = []
    for rule in words.rules:
        if any(name in by_concept for group in rule.unless for name in group.split("|")):
            continue
        span = _together(
            [[h for name in group.split("|") for h in by_concept.get(name, ())] for group in rule.all],
            rule.near,
            weights,
        )
        if span:
            found.append(
                Finding(
                    category=rule.category,
                    severity=rule.severity,
                    where=f"prompt[{span[0]}:{span[1]}]",
                    detail=rule.name,
                )
            )
    found += shapes(prompt)
    counted = {
        Finding(category=f.category, severity=policy.severity(f.category, f.severity), where=f.where, detail=f.detail)
        for f in found
    }
    return tuple(sorted(counted, key=lambda f: (-SEVERITIES.index(f.severity), f.where, f.detail)))


def _weights(folded: Folded, size: int) -> list[int]:
    """Letters before each character of the original, CJK counted three times, those that draw a word out not at
    all."""
    own, more = [0] * (size + 1), drawn_out(folded.text)
    for i, (char, place) in enumerate(zip(folded.text, folded.source, strict=True)):
        if char.isalnum() and i not in more:
            own[place + 1] += 3 if is_cjk(char) else 1
    for i in range(size):
        own[i + 1] += own[i]
    return own


def _together(groups: list[list[Hit]], near: int, weights: list[int]) -> tuple[int, int] | None:
    """The span of one hit per group with no gap above ``near`` between neighbours; None where there is none."""
    if not all(groups):
        return None
    spans = [(hit.start, hit.end) for hit in groups[0]]
    for group in groups[1:]:
        spans = [
            (min(a, hit.start), max(b, hit.end))
            for a, b in spans
            for hit in group
            if weights[max(a, hit.start)] - weights[min(b, hit.end)] <= near
        ]
        spans = sorted(set(spans))[:200]
        if not spans:
            return None
    return min(spans, key=lambda span: (span[1] - span[0], span))


_SECRETS = {
    "a private key": r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----",
    "an API key": (
        r"\b(?:sk-(?:proj-|ant-)?[A-Za-z0-9_-]{20,}|pf_[a-z0-9]{4,}_[A-Za-z0-9_-]{16,}"
        r"|gh[pousr]_[A-Za-z0-9]{30,}|AIza[0-9A-Za-z_-]{30,}|xox[abprs]-[0-9A-Za-z-]{10,})"
    ),
    "an access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a signed token": r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}",
}
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\d.])(?:\d[ -]?){12,18}\d(?![\d.])")
_CHINESE_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_SSN = re.compile(r"(?i)\b(?:ssn|social security)\D{0,24}(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}\b")
_KOREAN_ID = re.compile(r"(?<!\d)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}(?!\d)")


def shapes(text: str) -> list[Finding]:
    """Findings of secrets and personal numbers, with their place in ``text``. Numbers must pass their check digits."""
    # per character, so that places stay those of the original; wide digits become plain ones
    narrow = "".join(n if len(n := unicodedata.normalize("NFKC", c)) == 1 else c for c in text)
    found = []
    for what, pattern in _SECRETS.items():
        if hit := re.search(pattern, narrow):
            found.append(_finding(hit, f"{what} in the prompt"))
    for hit in _CARD.finditer(narrow):
        digits = re.sub(r"\D", "", hit.group())
        if digits[0] in "3456" and len(set(digits)) > 1 and _luhn(digits):
            found.append(_finding(hit, "a payment card number"))
            break
    for hit in _CHINESE_ID.finditer(narrow):
        if _chinese_id(hit.group()):
            found.append(_finding(hit, "an identity number"))
            break
    for hit in _IBAN.finditer(narrow):
        if _iban(hit.group().replace(" ", "")):
            found.append(_finding(hit, "a bank account number"))
            break
    for number in (_SSN, _KOREAN_ID):
        if hit := number.search(narrow):
            found.append(_finding(hit, "an identity number"))
    return found


def _finding(hit: re.Match[str], detail: str) -> Finding:
    return Finding(
        category="personal_data", severity="medium", where=f"prompt[{hit.start()}:{hit.end()}]", detail=detail
    )


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _chinese_id(number: str) -> bool:
    if not ("19" <= number[6:8] <= "20" and "01" <= number[10:12] <= "12" and "01" <= number[12:14] <= "31"):
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(w * int(d) for w, d in zip(weights, number)) % 11] == number[17].upper()


def _iban(number: str) -> bool:
    if not 15 <= len(number) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1
