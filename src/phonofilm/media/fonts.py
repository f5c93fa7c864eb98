"""A font that can write what people write: Pillow's own for Latin letters, for other scripts one of the fonts of this
machine."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "/System/Library/Fonts",
    "/Library/Fonts", "~/Library/Fonts",
    "C:/Windows/Fonts",
)  # fmt: skip
_LIKED = (
    "notosanscjk", "sourcehansans", "notoserifcjk", "wqy", "droidsansfallback", "pingfang", "hiragino", "msyh",
    "yugoth", "malgun", "ipag", "takao", "nanum",
    "applesdgothic", "arialuni", "notosans-", "dejavusans.", "freesans.", "unifont",
)  # fmt: skip
"""Parts of file names (small letters), the better ones first."""


@lru_cache(maxsize=1)
def _files() -> tuple[str, ...]:
    """Font files of this machine that may help, the liked ones first."""
    found = []
    folders = [Path(sys.prefix) / "share" / "fonts", *(Path(os.path.expanduser(folder)) for folder in _FOLDERS)]
    for folder in folders:
        if folder.is_dir():
            found += [path for path in folder.rglob("*") if path.suffix.lower() in (".ttf", ".ttc", ".otf")][:2000]
    rank = {
        path: next((n for n, part in enumerate(_LIKED) if part in path.name.lower()), len(_LIKED)) for path in found
    }
    return tuple(
        str(path)
        for path in sorted(found, key=lambda path: (rank[path], "bold" in path.name.lower(), path.name))
        if rank[path] < len(_LIKED)
    )[:40]


@lru_cache(maxsize=64)
def _opened(file: str | None, size: int) -> Font:
    return ImageFont.load_default(size) if file is None else ImageFont.truetype(file, size)


@lru_cache(maxsize=8192)
def _has(file: str | None, character: str) -> bool:
    font = _opened(file, 24)
    if not isinstance(font, ImageFont.FreeTypeFont):
        return ord(character) < 0x100
    drawn, none = font.getmask(character), font.getmask("\U0010fffe")
    return (drawn.size, bytes(drawn)) != (none.size, bytes(none))


@lru_cache(maxsize=1024)
def file_for(characters: str) -> str | None:
    """The font file that has most of these characters; None: Pillow's own font has them all."""
    best, most = None, -1
    for file in (None, *_files()):
        try:
            known = sum(_has(file, character) for character in characters)
        except OSError:
            continue
        if known > most:
            best, most = file, known
        if known == len(characters):
            break
    return best


def font_for(text: str, size: int) -> Font:
    """The font of ``size`` pixels that has most of the text's characters; Pillow's own where it has all of them."""
    characters = "".join(sorted({character for character in text if not character.isspace()}))[:200]
    return _opened(file_for(characters), size)


def writable(text: str) -> bool:
    """Is there a font here for every character of ``text``?"""
    characters = "".join(sorted({character for character in text if not character.isspace()}))[:200]
    return all(_has(file_for(characters), character) for character in characters)
