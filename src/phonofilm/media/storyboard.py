"""A storyboard as PDF: a row for each shot, with its picture, time, words, lines and camera."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from phonofilm.errors import MissingExtra
from phonofilm.media import fonts

MISSING = "storyboards, time lines and cue sheets need the exports extra; run: pip install 'phonofilm[exports]'"
_CJK = {"ja": "HeiseiKakuGo-W5", "ko": "HYGothic-Medium", "zh": "STSong-Light"}
"""Fonts that every reader of PDF brings itself."""
_PICTURE = 168.0
"""Width of a picture in points."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One shot."""

    number: int
    start: float
    end: float
    """Seconds."""
    picture: NDArray[np.uint8] | None
    """RGB [height, width, 3]; None leaves the cell empty."""
    words: str
    lines: tuple[tuple[str, str], ...] = ()
    """(speaker, what is said)."""
    about: tuple[tuple[str, str], ...] = ()
    """(what, how): place, hour, camera and the like."""


def pdf(rows: Sequence[Row], title: str, note: str = "") -> bytes:
    """The storyboard on pages of A4, as many as it takes. ``note`` stands at the foot of each. Raises MissingExtra
    where reportlab is not installed."""
    try:
        from reportlab.lib.colors import HexColor
        from reportlab.lib.pagesizes import A4
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.platypus import Image as Picture
        from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle
    except ImportError as error:
        raise MissingExtra(MISSING) from error
    ink, faint = HexColor("#2a2636"), HexColor("#7d7480")
    plain = ParagraphStyle(
        "plain",
        fontName="Helvetica",
        fontSize=9.5,
        leading=13,
        textColor=ink,
        wordWrap="CJK" if not title.isascii() else None,
    )
    small = ParagraphStyle("small", parent=plain, fontSize=8, leading=11, textColor=faint)
    head = ParagraphStyle("head", parent=plain, fontName="Helvetica-Bold", fontSize=13, leading=17, spaceAfter=10)
    cells: list[list[Any]] = []
    for row in rows:
        time = Paragraph(
            f"<b>{row.number}</b><br/>{row.start:.2f}–{row.end:.2f} s<br/>{row.end - row.start:.2f} s", small
        )
        told = [Paragraph(_marked(row.words), plain)] * bool(row.words)
        told += [Paragraph(f"<b>{_marked(speaker)}:</b> “{_marked(said)}”", plain) for speaker, said in row.lines]
        told.append(Paragraph(" · ".join(f"{_marked(what)}: {_marked(how)}" for what, how in row.about), small))
        cells.append([time, _picture(row.picture, Picture), told])
    out = io.BytesIO()
    page = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=36,
        rightMargin=36,
        topMargin=36,
        bottomMargin=42,
        title=title[:200],
        author="Phonofilm",
        invariant=1,
    )
    table = Table(cells, colWidths=[54, _PICTURE + 12, A4[0] - 72 - 54 - _PICTURE - 12], splitInRow=1)
    everywhere = ((0, 0), (-1, -1))
    room = [(side, *everywhere, 8) for side in ("TOPPADDING", "BOTTOMPADDING")]
    table.setStyle(
        TableStyle([("VALIGN", *everywhere, "TOP"), ("LINEBELOW", *everywhere, 0.5, HexColor("#ded6cc")), *room])
    )

    def foot(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 7.5)
        canvas.setFillColor(faint)
        canvas.drawString(36, 24, note)
        canvas.drawRightString(A4[0] - 36, 24, str(document.page))

    page.build([Paragraph(_marked(title), head), table], onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _picture(pixels: NDArray[np.uint8] | None, kind: Any) -> Any:
    if pixels is None:
        return ""
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=88)
    data.seek(0)
    height, width = pixels.shape[:2]
    scale = min(_PICTURE / width, 1.4 * _PICTURE / height)
    return kind(data, width * scale, height * scale)


def _marked(text: str) -> str:
    """The text as reportlab's markup, each run of letters in a font that has them."""
    runs: list[tuple[str | None, str]] = []
    kana = any("\u3040" <= letter <= "\u30ff" for letter in text)
    for letter in text:
        font = _font(letter, kana)
        if runs and (runs[-1][0] == font or letter == " "):
            runs[-1] = (runs[-1][0], runs[-1][1] + letter)
        else:
            runs.append((font, letter))
    return "".join(
        escape(part) if font is None else f'<font name="{font}">{escape(part)}</font>' for font, part in runs
    )


@lru_cache(maxsize=4096)
def _font(letter: str, kana: bool) -> str | None:
    """The font for a letter, registered; None for the page's own."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    try:
        letter.encode("cp1252")
        return None
    except UnicodeEncodeError:
        pass
    wide = "\uac00" <= letter <= "\ud7af" or "\u1100" <= letter <= "\u11ff"
    if wide or "\u2e80" <= letter <= "\u9fff" or "\uf900" <= letter <= "\ufaff" or "\uff00" <= letter <= "\uffef":
        name = _CJK["ko" if wide else "ja" if kana else "zh"]
        pdfmetrics.registerFont(UnicodeCIDFont(name))
        return name
    file = fonts.file_for(letter)
    if file is None or not file.lower().endswith(".ttf"):
        return None
    try:
        pdfmetrics.registerFont(TTFont(file, file))
    except TTFError:
        return None
    return file
