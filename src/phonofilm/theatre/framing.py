"""Framings beyond the camera's moves: macro, low, high, aerial, top-down, over the shoulder, point of view, whip pan, rack focus.

The lens of the theatre is a shift lens before flat layers: what it can only come near to is shown so, and said.
"""

from __future__ import annotations

import re

from phonofilm.theatre import lighting
from phonofilm.theatre.plan import Plan

_WORDS: tuple[tuple[str, str, str], ...] = (
    # framing, how it is told, what is said of it
    ("macro", r"macro(?: shot| lens| close-?up)?|extreme close-?ups?|微距|大特写|マクロ", ""),
    ("medium", r"medium(?: close-?up| shot| wide)?|mid[- ]shot|cowboy shot|american shot|中景", ""),
    ("vast", r"extreme(?:ly)? wide(?: shot)?|extreme long shot|远景|大远景", ""),
    ("low", r"low[- ]angle(?: shot)?|from (?:down )?below|worm'?s[- ]eye(?: view)?|ローアングル|低角度|仰拍", ""),
    ("high", r"high[- ]angle(?: shot)?|from above|ハイアングル|高角度|俯拍", ""),
    ("aerial", r"aerial(?: drone)?(?: view| shot)?|drone (?:view|shot)|bird'?s[- ]eye(?: view)?|helicopter shot|航拍|空撮", "an aerial view is shown from as high as flat scenery allows"),
    ("top", r"top[- ]down(?: view| shot)?|overhead(?: shot| view)?|flat[- ]lay|真上から|俯视", "a top-down view is shown from steeply above"),
    ("shoulder", r"over[- ]the[- ]shoulder(?: shot)?|ots shot|过肩(?:镜头)?|肩越し", "over the shoulder is shown by a dark shoulder before the lens"),
    ("pov", r"(?<![a-z])pov(?: shot)?|point of view|first[- ]person(?: view)?|fpv(?: drone)?|selfie(?: video)?|第一人称|主观镜头", ""),
    ("pair", r"two[- ]shot|双人镜头", ""),
    ("settles", r"(?:settl(?:es?|ing)|com(?:es|ing) to rest|ends|ending|lands|landing|finish(?:es|ing)) on (?:the|its|her|his)", ""),
    ("whip", r"whip[- ]pan|swish[- ]pan|甩镜头?", "a whip pan is shown as a fast pan"),
    ("rack", r"rack(?:ing)? focus|focus pull|pull(?:s)? focus|变焦点?|フォーカス送り", "a rack focus is shown as a push in: the theatre has no blur"),
)
_FOUND = tuple((name, re.compile(rf"(?<![a-z])(?:{told})(?![a-z])" if told[0] != "(" else told, re.IGNORECASE), note) for name, told, note in _WORDS)
FILMED = re.compile(r"\b(?:filmed|shot|recorded|taken|captured)\s+by\s+\S+\s*$", re.IGNORECASE)
"""Before whoever holds the camera."""
_DIVES = re.compile(r"\b(?:drone|camera|fpv|lens|we)\b[^.]{0,40}\b(?:dives?|diving|swoops?|swooping|plunges?|plunging|plummets?)\b|俯冲|急降下", re.IGNORECASE)
_PARTS = re.compile(r"\b(?:visor|helmet|boots?|eyes?|face|hands?|fingers|feet|lips|cheeks|hooves|mane|mask|gloves?|wheels?|bumper|headlights)\b", re.IGNORECASE)


def read(text: str, plan: Plan) -> None:
    """Put the framings and lights of a shot's words into its plan; their words are no longer unknown."""
    lighting.read(text, plan)
    for name, pattern, note in _FOUND:
        match = pattern.search(text)
        if match is None:
            continue
        plan.framings.append(name)
        told = set(re.findall(r"[\w']+", match[0].lower()))
        plan.unknown = [word for word in plan.unknown if word.lower() not in told]
        if note:
            plan.notes.append(note)
    if plan.camera in (None, "static", "handheld") and _DIVES.search(text):
        plan.camera = "dive"
    for name, move in (("whip", "pan"), ("rack", "push_in"), ("pov", "handheld")):
        if name in plan.framings and plan.camera in (None, "static"):
            plan.camera = move
    if "whip" in plan.framings:
        plan.pace = "fast"
    if "macro" in plan.framings:
        plan.close = True
    if {"vast", "aerial"} & set(plan.framings):
        plan.wide = True
    plan.part = _PARTS.search(text) is not None
