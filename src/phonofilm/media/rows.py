"""Text in rows, broken where its script allows: Unicode line breaking (UAX 14, with the rules of kinsoku), Korean
between words alone."""

from __future__ import annotations

import re
import unicodedata

ROW = 42
"""Columns of a row: a Latin letter takes one, a Chinese, Japanese or Korean one two."""
_NEAR = 60
"""Characters on both sides of a text's middle among which the break is looked for: reading is slow, and no row is that
uneven."""
_PAUSE = 8
"""Columns that the rows may differ by more where they are parted at a comma or full stop."""
_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")


def rows(text: str, most: int = ROW) -> list[str]:
    """A text of one line as it is within ``most`` columns, else in two rows of about the same width; one where nothing
    allows a break.

    Never within a grapheme cluster, a Latin or Korean word or a number, never before a closing mark, comma or small
    kana, never after an opening mark.
    """
    whole = _columns(text)
    if whole <= most:
        return [text]
    places = breaks(text)
    if not places:
        return [text]

    def cost(place: int) -> int:
        left = text[:place].rstrip()
        return abs(2 * _columns(left) - whole) - (_PAUSE if unicodedata.category(left[-1])[0] == "P" else 0)

    cut = min(places, key=cost)
    return [text[:cut].strip(), text[cut:].strip()]


def breaks(text: str) -> list[int]:
    """Where a line may be broken: indices into the text, near its middle."""
    from uniseg.linebreak import line_break_boundaries

    middle = _half(text)
    begin, end = max(0, middle - _NEAR), min(len(text), middle + _NEAR)
    found = [begin + n for n in line_break_boundaries(text[begin:end])]
    inner = [n for n in found if (n > begin + 8 or begin == 0) and n < end and 0 < n < len(text)]
    return [
        n
        for n in inner
        if text[:n].strip()
        and text[n:].strip()
        and (text[n - 1].isspace() or not (_HANGUL.match(text[n - 1]) or _HANGUL.match(text[n])))
    ]


def _half(text: str) -> int:
    """The index where half of the columns are over."""
    half, done = _columns(text) / 2, 0
    for number, character in enumerate(text):
        done += _columns(character)
        if done >= half:
            return number
    return len(text)


def _columns(text: str) -> int:
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
