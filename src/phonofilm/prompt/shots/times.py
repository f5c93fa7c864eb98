"""Times, lengths and numbers as people write them: patterns, and what a match says in seconds or as a number."""

from __future__ import annotations

import re
import unicodedata

END = r"(?:the\s+)?(?:end|fin(?:al)?|ende|fine|\u043a\u043e\u043d\u0435\u0446|结尾|結尾|结束|結束|末尾?|最后|終わり|最後|끝)"
"""The end of the clip, in place of a time."""
UNIT = (
    r"(?:seconds?|secondes?|segundos?|secondi|sekunden?|secs?|sek|seg|s|секунд[аыу]?|сек|с|秒間?目?|秒钟|秒鐘|"
    r"초)(?![^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])\.?"
)
"""Seconds, in the languages prompts are written in."""
CLOCK = r"\d{1,4}(?::\d\d){1,3}(?:[.,]\d+)?"
NUMBER = r"\d{1,6}(?:[.,]\d+)?"
SEPARATOR = (
    r"(?:-->|-|\u2010|\u2011|\u2012|\u2013|\u2014|\u2212|~|\u301c|\uff5e|\uff0d|\u2192|to|until|till|through|thru|bis|hasta|\u00e0|al|a|au|"
    r"\u0434\u043e|\u5230|\u81f3|\u304b\u3089|\ubd80\ud130|\uc5d0\uc11c)"
)
SPAN = (
    rf"(?:\u7b2c\s*+)?(?P<start>{CLOCK}|{NUMBER})["
    rf" \t]*+(?P<unit1>{UNIT})?\s*+{SEPARATOR}\s*+(?:\u7b2c\s*+)?(?:(?P<stop>{CLOCK}|{NUMBER})[ "
    rf"\t]*(?P<unit2>{UNIT})?(?:까지|まで)?|(?P<end>{END}))"
)
"""From when to when."""
LENGTH = rf"(?P<length>{NUMBER})\s*+(?:-\s*+)?{UNIT}"

_WORDS = {
    **{word: n for n, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)},
    **{word: n for n, word in enumerate("uno dos tres cuatro cinco seis siete ocho nueve diez".split(), 1)},
    **{word: n for n, word in enumerate("un deux trois quatre cinq six sept huit neuf dix".split(), 1)},
    **{word: n for n, word in enumerate("eins zwei drei vier f\u00fcnf sechs sieben acht neun zehn".split(), 1)},
    **{word: n for n, word in enumerate("i ii iii iv v vi vii viii ix x".split(), 1)},
    **{word: n for n, word in enumerate("\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341", 1)},
    **{word: n for n, word in enumerate("abcdefgh", 1)},
}
WORDED = "|".join(sorted((word for word in _WORDS if len(word) > 1), key=len, reverse=True))
COUNT = (
    rf"(?:\d{{1,3}}(?!\d)|[\u2460-\u2473\u2776-\u277f]|[\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341]{{1,3}}|(?:{WORDED}|"
    rf"[a-hivx])(?![^\W_]))"
)
"""The number of a shot: a digit, a circled one, a word, a letter, a Roman or a Chinese numeral."""


_NARROW = str.maketrans(
    {letter: unicodedata.normalize("NFKC", letter) for letter in map(chr, (0xFF5C, 0xFF0D, *range(0xFF10, 0xFF1A)))}
)


_INCHES = re.compile(r"(?:^|(?<=\n))[ \t*\[(【（-]*\d{1,3}[\"″”]?\s?[-–—~]\s?\d{1,3}[\"″”](?!\w)")
"""Seconds as 0"-3"."""
_PRIMES = re.compile(r"(?<!\d)\d{1,2}'\d\d(?=\s*[-–—:：]|\s)")
"""Minutes and seconds as 0'03."""


def plain(text: str) -> str:
    """Digits and colons of full width as narrow ones, everything else as it is, so that every character keeps its
    place."""
    text = text.translate(_NARROW)
    if '"' in text or "″" in text or "'" in text:
        text = _INCHES.sub(lambda match: re.sub('["″”]', "s", match.group()), text)
        text = _PRIMES.sub(lambda match: match.group().replace("'", ":"), text)
    return text


def seconds(written: str) -> float:
    """Seconds of ``1:02.5``, ``0:00:03``, ``00:00:03:12`` (the last part frames of 24) or ``2,5``."""
    parts = written.replace(",", ".").split(":")
    frames = float(parts.pop()) / 24 if len(parts) == 4 else 0.0
    total = frames
    for place, part in enumerate(reversed(parts)):
        total += float(part) * 60**place
    return round(total, 3)


def count(written: str) -> int | None:
    """The number of a match of ``COUNT``; None for what is none."""
    word = written.strip().lower()
    if word.isdigit() and not ("\u2460" <= word <= "\u277f"):
        return int(word)
    if len(word) == 1 and "\u2460" <= word <= "\u2473":
        return ord(word) - 0x245F
    if len(word) == 1 and "\u2776" <= word <= "\u277f":
        return ord(word) - 0x2775
    if len(word) > 1 and "\u5341" in word:
        tens, _, ones = word.partition("\u5341")
        return 10 * _WORDS.get(tens, 1) + _WORDS.get(ones, 0)
    return _WORDS.get(word)
