"""What has a shape rather than a meaning: keys and passwords, card and identity numbers, orders to a language model."""

from __future__ import annotations

import re
import unicodedata

from phonofilm.trust.policy import Finding

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


def check(text: str) -> list[Finding]:
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
