"""Pictures, clips and sounds a prompt speaks of: ``@mia``, ``@图片1``, ``@Image 1``, ``[Image1]``, ``Image 1``,
``<Subject_1>`` - all become ``@name``."""

from __future__ import annotations

import re

_KINDS = {
    "image": "图片 图像 圖片 圖像 图 圖 照片 画像 写真 이미지 사진 image img picture pic photo imagen foto bild",
    "video": "视频 視頻 影片 動画 ビデオ 영상 비디오 video vid clip vidéo",
    "audio": "音频 音頻 音乐 音声 オーディオ 음성 오디오 audio sound voice sonido son ton",
}
_BY_WORD = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_CJK = "|".join(
    sorted((word for word in _BY_WORD if not word.isascii() and ord(word[0]) > 0x2E7F), key=len, reverse=True)
)
_LATIN = "|".join(sorted((word for word in _BY_WORD if ord(word[0]) < 0x2E80), key=len, reverse=True))
_CALLED = re.compile(
    rf"(?<![A-Za-z0-9_.@])@(?:(?P<kind>{_CJK})\s?(?P<number>\d{{1,2}})(?!\d)|(?P<latin>(?i:{_LATIN}))["
    r" _-]?(?P<n>\d{1,2})(?![\w])|"
    rf"(?P<name>[A-Za-z][A-Za-z0-9_-]*))"
    rf"|[\[<【(（{{]{{1,3}}\s*+@?(?:(?P<kind2>{_CJK})\s?(?P<number2>\d{{1,2}})|(?P<latin2>(?i:{_LATIN}))["
    r" _-]?(?P<n2>\d{1,2}))\s*+[\]>】)）}]{1,3}"
    rf"|(?<![A-Za-z0-9_@])(?P<latin3>Image|Picture|Photo|Video|Audio|Img|IMAGE|VIDEO|AUDIO|Imagen|Bild)["
    rf" _]?(?P<n3>\d{{1,2}})(?![\w:.-]|\s*+[:：])"
    rf"|(?<![@A-Za-z0-9_])(?P<kind4>图片|图像|圖片|视频|視頻|音频|音頻|参考图|參考圖|图|画像|動画)(?P<n4>\d{{1,2}})(?![\d秒:：])",
)
_DEFINED = re.compile(
    r"(?P<what>(?:the|an?)\s+(?:[\w-]+\s+){0,4}?[\w-]+)\s+(?:in|from|of|on)\s+(?P<where>@[\w-]+)\s+(?:as|to\s+be|"
    r"is)\s+<(?P<tag>[A-Za-z][\w -]{0,30})>",
    re.I,
)
_DEFINED_CJK = re.compile(
    r"(?P<where>@[A-Za-z0-9_]+)\s*+(?:中|里|裡|内|內)?(?:的)?(?P<what>[\u3400-\u9fff]{1,8}?)(?:定义为|設為|设为|作为|记为|定義為|"
    r"为)\s*+<(?P<tag>[A-Za-z\u3400-\u9fff][\w -]{0,30})>"
)
_TAG = re.compile(r"<(?P<tag>[A-Za-z\u3400-\u9fff][\w -]{0,30})>")


def find(text: str) -> list[tuple[str, int, int]]:
    """(name, position, length) of every reference as it is written in ``text``."""
    return [
        (_name(match), match.start(), match.end() - match.start()) for match in _CALLED.finditer(text) if _name(match)
    ]


def rewritten(text: str, known: dict[str, str]) -> str:
    """The words with every reference as ``@name``, and every defined ``<Subject_1>`` as what it was defined to be:
    ``known`` remembers that."""
    spaced = _CALLED.sub(_spaced, text)

    def define(match: re.Match[str]) -> str:
        what = match["what"]
        known[_key(match["tag"])] = re.sub(r"^an?\s+", "the ", what, flags=re.I)
        return f"{what} {match['where']}"

    spaced = _DEFINED_CJK.sub(define, _DEFINED.sub(define, spaced))
    return _TAG.sub(lambda match: known.get(_key(match["tag"]), match.group()), spaced) if known else spaced


def _key(tag: str) -> str:
    return re.sub(r"[\s_-]+", "", tag).lower()


def _name(match: re.Match[str]) -> str:
    got = match.groupdict()
    if got["name"]:
        return got["name"]
    word = next((got[key] for key in ("kind", "latin", "kind2", "latin2", "latin3", "kind4") if got[key]), "")
    number = next((got[key] for key in ("number", "n", "number2", "n2", "n3", "n4") if got[key]), "")
    return f"{_BY_WORD.get(word.lower().removeprefix('参考').removeprefix('參考'), 'image')}{number}" if number else ""


def _spaced(match: re.Match[str]) -> str:
    if match["name"]:
        text = match.group()
    else:
        text = "@" + _name(match)
    before = match.string[match.start() - 1 : match.start()]
    after = match.string[match.end() : match.end() + 1]
    return " " * (before > "\u2e7f" and not _mark(before)) + text + " " * (after > "\u2e7f" and not _mark(after))


def _mark(letter: str) -> bool:
    return not letter.isalnum()
