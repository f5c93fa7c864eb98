"""Where words begin in scripts that put no space between them (Chinese, Japanese, Thai), and one spelling for the two
Chinese ones.

ICU's dictionaries (package ``icu4py``) and OpenCC's tables (``opencc``), both of the extra ``languages`` and loaded
with the first text that needs them. Without them every character may begin a word, and characters stay as they are
written.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from typing import Any

UNSPACED = ("zh", "yue", "ja", "th")


def available() -> bool:
    """Is the package that finds words installed? Loads nothing."""
    return importlib.util.find_spec("icu4py") is not None


@lru_cache(maxsize=64)
def ends(text: str, language: str) -> frozenset[int] | None:
    """Character offsets at which a word of ``text`` ends or another begins, 0 and its length among them; None where
    nothing here knows them."""
    if language not in UNSPACED or not available():
        return None
    from icu4py.breakers import WordBreaker

    at, found = 0, {0}
    for piece in WordBreaker(text, "zh" if language == "yue" else language):
        at += len(str(piece))
        found.add(at)
    return frozenset(found)


@lru_cache(maxsize=1)
def _opencc() -> Any:
    if importlib.util.find_spec("opencc") is None:
        return None
    from opencc import OpenCC

    return OpenCC("t2s")


@lru_cache(maxsize=4096)
def simplified(word: str) -> str:
    """A Chinese word in simplified characters, as many as it had."""
    converter = None if word.isascii() else _opencc()
    plain = word if converter is None else converter.convert(word)
    return plain if len(plain) == len(word) else word
