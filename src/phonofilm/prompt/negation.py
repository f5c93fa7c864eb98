"""Scope of negation: which stretches of a description say what is *not* to be seen or heard, and what that is.

"No people, no music", "without text or logos", "不要字幕", "字幕なし", "자막 없이", "sin gente", "pas de musique", "ohne Text". How
a camera stands ("no camera movement", "does not move") and idioms ("no longer", "not only") are no negations of things.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from phonofilm.prompt.clauses import classify
from phonofilm.prompt.shots import blocks

_KINDS = {
    "people": "people person persons humans human anyone anybody somebody someone man woman men women actors characters pedestrians crowd crowds crowds "
    "faces nobody no-one passersby "
    "人 人物 行人 人类 路人 人影 人間 人々 사람 인물 행인 gente persona personas gens personne personnes humains menschen leute personen",
    "music": "music soundtrack score song songs bgm background-music musik música musique 音乐 音樂 配乐 配樂 背景音乐 背景音樂 音楽 배경음악 음악",
    "voice": "voice voices dialogue dialog speech talking speaking narration narrator voiceover voice-over vo spoken-words words 对白 對白 旁白 人声 人聲 "
    "台词 台詞 对话 對話 "
    "说话 セリフ ナレーション 声 会話 "
    "대사 내레이션 목소리 음성 diálogo diálogos voz voces narración voix dialogues parole paroles dialoge stimme stimmen sprache",
    "text": "text texts subtitle subtitles caption captions title titles letters lettering typography words-on-screen on-screen-text writing watermark-text "
    "字幕 文字 字体 文本 标题 テキスト テロップ 자막 글자 글씨 텍스트 문자 "
    "texto textos subtítulos letras overlay overlays text-overlay text-overlays burned-in-text graphics texte sous-titres untertitel schrift schriftzug",
}
_BY_WORD = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_HEDGED = r"(?:longer|matter|doubt|only|just|yet|far|more|less|sooner|need|problem|wonder|idea|way|\d)"
_STILL = r"(?:camera\s+(?:movement|motion|move)s?|(?:camera\s+)?mov(?:e|es|ing|ement)\b(?:\s+of\s+the\s+camera)?|cuts?|cutting|sound|audio)"
"""What the camera does not do is a way of standing; "no sound" is silence, which is a sound."""
_STOPS = (
    r"(?:(?:and|but|just|only|while|as|then|with|yet|instead|except|besides|beyond|in|on|at|are|is|was|visible|appears?|plays?|the"
    r" camera)\b)"
)
_TRIGGER = re.compile(
    rf"(?<![\w-])(?:no|zero|without(?:\s+any)?|avoid(?:ing)?(?:\s+any)?|exclud(?:e|ing)(?:\s+any)?|free\s+of|devoid\s+of|(?:do(?:es)?\s+not|don['’]t|"
    rf"doesn['’]t|must\s+not|never)\s+(?:show|include|add|use|contain|depict|feature)s?(?:\s+any)?|not\s+any|"
    rf"sin|ning[uú]n[ao]?|sans|pas\s+d[e'’]|aucune?|ohne|keine?[nmrs]?|senza|sem)(?:\s+|(?<=['’]))(?!{_HEDGED}\b)(?!{_STILL}\b)(?!one\b)",
    re.I,
)
_NOT = re.compile(
    r"\b(?:(?:does|do|did|is|are|was|will|must|should|can)\s+not|(?:does|do|did|is|are|was|wo|must|should|ca)n['’]t|never|not|"
    r"cannot)\s+(?!only\b|just\b|even\b|yet\b|(?:mov|show|includ|add|us|contain|depict|featur)\w*)(?P<what>\w+(?:ing|s|e)?)\b",
    re.I,
)
_NOBODY = re.compile(
    r"\b(?:nobody|no\s?-?one|not a soul)\b(?:\s+(?:is|in|around|there|else|appears?|visible|on|to be seen)\b)*", re.I
)
_FREE = re.compile(
    r"\b(?P<what>text|music|people|logo|watermark|dialogue|subtitle|caption)-free\b|\b(?:people|text|music)less\b", re.I
)
_WORD = re.compile(r"\s*+(?P<word>[^\s,;.!?:。，；()\[\]\"/]+)")
_LIST = re.compile(r"\s*+(?:,?\s*+\b(?:or|nor|and/or|oder|ou|ni)\b\s*+|/\s*+)(?:any\s+|no\s+)?", re.I)
_COMMA = re.compile(r"\s*+,\s*+")
_AND = re.compile(
    r"\s+(?:and|und|et|y|e)\s+(?P<rest>(?!(?:an?|the|she|he|they|it|only|just)\b)[^\s,;.!?]+(?:\s+[^\s,;.!?]+){0,2})\s*+(?=[,;.!?)\n]|$)",
    re.I,
)
_USUAL = re.compile(
    r"\s*+,\s*+(?=(?:[\w-]+\s+)?(?:texts?|watermarks?|logos?|subtitles?|captions?|blur(?:ry)?|distort\w+|jitter|artifacts?|artefacts?|morphing|warping|"
    r"flicker(?:ing)?|deform\w+|extra\s+\w+|ugly|low\s+quality)\s*+(?:[,;.!?\n]|$|and\b))",
    re.I,
)
"""What stands in nearly every negative list: it goes on with these even where no "or" closes it."""
_ZH = re.compile(
    r"(?:不要(?:有|出现|出現|任何)*|唔好(?:有|出現|加)?|唔要|冇(?:任何)?|没有(?:任何)?|沒有(?:任何)?|不出现|不出現|不含|不带|不能(?:有|出现)|不得(?:有|出现)?|禁止(?:出现)?|避免(?:出现)?|无需|"
    r"無需|勿|"
    r"(?<![\u3400-\u9fff])[无無](?![人数數限缝縫论論边邊尽盡比声聲法所])|(?<=[，。、"
    r",\s])[无無](?=字幕|水印|文字|人物|音乐|音樂|对白|旁白))"
    r"(?P<what>[^，。；;,.!！?？\n\s)）\]】]{1,24})"
)
_JA = re.compile(
    r"(?P<what>[^、。，"
    r",;；\s（）()「」]{1,16}?)(?:なし(?:で|に)?|無し(?:で|に)?|は不要|を入れない(?:で)?|は入れない(?:で)?|を表示しない|"
    r"を使わない|禁止|はいない|がいない|がない|のない)"
)
_KO = re.compile(
    r"(?P<what>(?:[가-힣A-Za-z]+(?:[/,·]\s*+|\s+(?:및|과|와)\s+|나\s+|이나\s+))?[가-힣A-Za-z]+?)(?:은|는|이|가|을|를|도)?\s*+(?:없이|없음|없는|"
    r"없다|없고|금지|제외|빼고|넣지\s*+마)"
)
_PART = re.compile(r"\s*+(?:[,、，/]|\b(?:or|nor|and|oder|ou|ni|y|et|und)\b|和|与|與|或|及|・|や|と|및)\s*+", re.I)
_LEADING = re.compile(
    r"^(?:any|no|a|an|the|other|visible|extra|added|on-?screen|background|任何|de|d['’]|出现|出現|有)\s+|^(?:任何|出现|出現)",
    re.I,
)


_NOT_AT_ALL = re.compile(r"not\b|n['’]t\b|never", re.I)
_WIDE = re.compile("[\u2e80-\uffff]")
_ZH_SIGN = re.compile("[不没沒无無禁避勿唔冇]")
_JA_SIGN = re.compile("なし|無し|不要|ない|禁止")
_KO_SIGN = re.compile("없|금지|제외|빼고|넣지")


class Span(NamedTuple):
    """A stretch that is negated."""

    start: int
    end: int
    what: tuple[str, ...]
    """``people music voice text`` for those kinds, otherwise the words themselves in small letters."""


@lru_cache(maxsize=128)
def find(text: str) -> tuple[Span, ...]:
    """The negated stretches of ``text`` in order; they do not overlap. Linear in its length."""
    found = [
        Span(block.position, block.end, _things(text[block.start : block.end]))
        for block in blocks.find(text)
        if block.kind == "negative"
    ]
    for match in _TRIGGER.finditer(text):
        end, what = _noun(text, match.end())
        if what:
            found.append(Span(match.start(), end, what))
    found += [Span(match.start(), match.end(), ("people",)) for match in _NOBODY.finditer(text)]
    found += [
        Span(match.start(), match.end(), (kind(match["what"] or match.group()[:-4]),)) for match in _FREE.finditer(text)
    ]
    if _NOT_AT_ALL.search(text):
        found += [
            Span(match.start(), match.end(), (match["what"].lower(),))
            for match in _NOT.finditer(text)
            if not _still(text, match)
        ]
    if _WIDE.search(text):
        for pattern in [
            pattern for pattern, sign in ((_ZH, _ZH_SIGN), (_JA, _JA_SIGN), (_KO, _KO_SIGN)) if sign.search(text)
        ]:
            found += [
                Span(match.start(), match.end(), _things(match["what"]))
                for match in pattern.finditer(text)
                if _things(match["what"])
            ]
    kept: list[Span] = []
    for span in sorted(found):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return tuple(kept)


def kind(word: str) -> str:
    """``people``, ``music``, ``voice`` or ``text`` for a word of that kind, otherwise the word itself."""
    word = word.strip().lower()
    return (
        _BY_WORD.get(word.replace(" ", "-"))
        or _BY_WORD.get(word)
        or _BY_WORD.get(word.split()[-1] if word.split() else "")
        or word
    )


def kept_out(text: str) -> tuple[str, ...]:
    """Everything ``text`` negates, each once, in order."""
    return tuple(dict.fromkeys(what for span in find(text) for what in span.what))


def masked(text: str) -> str:
    """``text`` with what is negated blanked out; every other character keeps its place."""
    for span in find(text):
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return text


def _acts(word: str) -> bool:
    return classify(word) == "action"


def _still(text: str, match: re.Match[str]) -> bool:
    """Is it the camera that does not do this?"""
    before = text[max(0, match.start() - 40) : match.start()].lower()
    return "camera" in re.split(r"[.;!?\n]", before)[-1]


def _noun(text: str, at: int) -> tuple[int, tuple[str, ...]]:
    """The things named from ``at`` on: (where they end, what they are). "people or animals", "text, logos or
    watermarks"."""
    end, things, here = at, [], at
    listed = _listed(text, at)
    while True:
        begin, words = here, list[str]()
        while len(words) < 4 and (word := _WORD.match(text, here)) is not None:
            if words and re.fullmatch(_STOPS, word["word"], re.I):
                break
            if re.fullmatch(r"or|nor|oder|ou|ni|and/or|und|et|y|e", word["word"], re.I):
                break
            if words and (
                _acts(word["word"])
                or (re.fullmatch(r"an?", words[0], re.I) and len(words) > 1 and word["word"].endswith("s"))
            ):
                break
            words.append(word["word"])
            here = word.end()
        if not words:
            break
        end = here
        things.append(_LEADING.sub("", text[begin:here].strip()).lower())
        more = (
            _LIST.match(text, here) or (_COMMA.match(text, here) if here < listed else None) or _USUAL.match(text, here)
        )
        if more is None and (also := _AND.match(text, here)) and not any(_acts(one) for one in also["rest"].split()):
            here = also.start("rest")
            continue
        if more is None or more.end() >= len(text) or _TRIGGER.match(text, more.end()):
            break
        here = more.end()
    return end, tuple(dict.fromkeys(kind(thing) for thing in things if thing))


def _listed(text: str, at: int) -> int:
    """Where a list that "or" closes ends ("no text, logos, or watermarks"); ``at`` where there is none."""
    stop = re.compile(r"[.;!?\n:。]|$").search(text, at, at + 200)
    clause = text[at : stop.start() if stop else at + 200]
    last = None
    for match in re.finditer(r",\s*+(?:or|nor)\s+|(?<=\w)\s+(?:or|nor)\s+", clause):
        last = match
    if last is None:
        return at
    listed = clause[: last.start()]
    if re.search(r"\b(?:is|are|with|while|then|the camera)\b", listed) or any(
        len(part.split()) > 3 for part in listed.split(",")
    ):
        return at
    return at + last.start()


def _things(words: str) -> tuple[str, ...]:
    parts = [_LEADING.sub("", part.strip(" \t\n.。-*•\"'")) for part in _PART.split(words.replace("\n", ","))]
    return tuple(dict.fromkeys(kind(part) for part in parts if part))
