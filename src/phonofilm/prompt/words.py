"""Words of a prompt: one tokeniser for the model's text encoder and for the theatre, so both see the same words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Character ranges written without spaces: each character is a token of its own (Hangul too, which keeps the vocabulary
small)."""

_WORD = re.compile(rf"[{CJK}]|\d+(?:\.\d+)?|[^\W\d_{CJK}]+(?:['\u2019][^\W\d_{CJK}]+)?")


class Word(NamedTuple):
    """One token: ``text`` in lower case, ``start`` and ``end`` its character offsets in the original."""

    text: str
    start: int
    end: int


def tokenise(text: str) -> list[Word]:
    """Lower-case words of ``text`` with their positions.

    Punctuation is dropped, hyphens split ("push-in" is two words), a possessive 's is cut off ("girl's" is "girl"),
    a decimal number is one token, and every Chinese, Japanese or Korean character is one token.
    """
    return list(_words(text))


@lru_cache(maxsize=512)
def _words(text: str) -> tuple[Word, ...]:
    words = []
    for match in _WORD.finditer(text):
        word = match.group().lower().replace("\u2019", "'")
        if word.endswith("'s"):
            word = word[:-2]
        words.append(Word(word, match.start(), match.end()))
    return tuple(words)
