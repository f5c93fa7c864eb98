"""The languages a line of dialogue can be spoken in, and the names people use for them."""

from __future__ import annotations

import re

LANGUAGES = ("en", "zh", "yue", "ja", "ko", "es", "fr", "de")
"""Codes of the eight languages."""

_NAMES = {
    "en": ("english",),
    "zh": (
        "chinese",
        "mandarin",
        "putonghua",
        "cmn",
        "\u4e2d\u6587",
        "\u6c49\u8bed",
        "\u666e\u901a\u8bdd",
        "\u56fd\u8bed",
    ),
    "yue": ("cantonese", "\u7ca4\u8bed", "\u5e7f\u4e1c\u8bdd", "\u5ee3\u6771\u8a71", "\u7cb5\u8a9e"),
    "ja": ("japanese", "\u65e5\u8bed", "\u65e5\u672c\u8a9e"),
    "ko": ("korean", "\u97e9\u8bed", "\ud55c\uad6d\uc5b4"),
    "es": ("spanish", "espa\u00f1ol", "\u897f\u73ed\u7259\u8bed"),
    "fr": ("french", "fran\u00e7ais", "\u6cd5\u8bed"),
    "de": ("german", "deutsch", "\u5fb7\u8bed"),
}
_BY_NAME = {name: code for code, names in _NAMES.items() for name in (code, *names)}
NAMES = tuple(_BY_NAME)
"""Every accepted spelling, lower case."""


def language_code(name: str) -> str | None:
    """Code of a language given by name or code, in any case ("Spanish", "es"); None when it is not one of the eight."""
    return _BY_NAME.get(name.strip().lower())


def guess_language(text: str) -> str:
    """Most likely language of a spoken line that names none: by its letters, English where Latin letters say
    nothing."""
    if re.search("[\u3040-\u30ff]", text):
        return "ja"
    if re.search("[\uac00-\ud7af]", text):
        return "ko"
    if re.search("[\u5514\u4fc2\u5605\u54cb\u5497\u5572\u55ba\u4f62\u51a7]", text):
        return "yue"
    if re.search("[\u3400-\u9fff]", text):
        return "zh"
    if re.search(
        "[\u00f1\u00bf\u00a1]|\\b(?:hola|gracias|buenos|buenas|el|los|las|una?|muy|est\u00e1|qu\u00e9|c\u00f3mo)\\b",
        text.lower(),
    ):
        return "es"
    if re.search("[\u00e4\u00f6\u00fc\u00df]|\\b(?:und|ich|nicht|guten|der|das|ist|wie|hallo|danke)\\b", text.lower()):
        return "de"
    if re.search(
        "[\u00e0\u00e2\u00e7\u00e8\u00ea\u0153]|\\b(?:bonjour|merci|je|nous|vous|est|les|une|tr\u00e8s|salut)\\b",
        text.lower(),
    ):
        return "fr"
    return "en"
