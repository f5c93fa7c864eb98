"""Framings beyond the camera's moves, as words tell them: macro, low, high, aerial, top-down, over the shoulder, point
of view, whip pan, rack focus; and the part a close-up is about (a label, eyes, hands, a wheel, the tip of a dropper).

The lens of the theatre is a shift lens before flat layers: what it can only come near to is shown so, and said.
"""

from __future__ import annotations

import re

from phonofilm.theatre.reading import lighting
from phonofilm.theatre.reading.plan import Plan

_WORDS: tuple[tuple[str, str, str], ...] = (
    # framing, how it is told, what is said of it
    ("macro", r"macro(?: shot| lens| close-?up)?|extreme close-?ups?|微距|大特写|マクロ", ""),
    ("medium", r"medium(?: close-?up| shot| wide)?|mid[- ]shot|cowboy shot|american shot|中景", ""),
    ("vast", r"extreme(?:ly)? wide(?: shot)?|extreme long shot|远景|大远景", ""),
    ("low", r"low[- ]angle(?: shot)?|from (?:down )?below|worm'?s[- ]eye(?: view)?|ローアングル|低角度|仰拍", ""),
    ("high", r"high[- ]angle(?: shot)?|from above|ハイアングル|高角度|俯拍", ""),
    (
        "aerial",
        r"aerial(?: drone)?(?: view| shot)?|drone (?:view|shot)|bird'?s[- ]eye(?: view)?|helicopter shot|航拍|空撮",
        "an aerial view is shown from as high as flat scenery allows",
    ),
    (
        "top",
        r"top[- ]down(?: view| shot)?|overhead(?: shot| view)?|flat[- ]lay|真上から|俯视",
        "a top-down view is shown from steeply above",
    ),
    (
        "shoulder",
        r"over[- ]the[- ]shoulder(?: shot)?|ots shot|过肩(?:镜头)?|肩越し",
        "over the shoulder is shown by a dark shoulder before the lens",
    ),
    (
        "pov",
        r"(?<![a-z])pov(?: shot)?|point of view|first[- ]person(?: view)?|fpv(?: drone)?|selfie(?: video)?|第一人称|主观镜头",
        "",
    ),
    ("pair", r"two[- ]shot|双人镜头", ""),
    (
        "settles",
        r"(?:settl(?:es?|ing)|com(?:es|ing) to rest|ends|ending|lands|landing|finish(?:es|ing)) on (?:the|its|her|his)",
        "",
    ),
    ("whip", r"whip[- ]pan|swish[- ]pan|甩镜头?", "a whip pan is shown as a fast pan"),
    (
        "rack",
        r"rack(?:ing)? focus|focus pull|pull(?:s)? focus|变焦点?|フォーカス送り",
        "a rack focus is shown as a push in",
    ),
    ("soft", r"shallow (?:depth of field|focus)|bokeh|blurr(?:ed|y) background|浅景深|背景虚化|ボケ味?", ""),
)
_FOUND = tuple(
    (name, re.compile(rf"(?<![a-z])(?:{told})(?![a-z])" if told[0] != "(" else told, re.IGNORECASE), note)
    for name, told, note in _WORDS
)
_HALF_TURN = re.compile(
    r"\b180(?:-|"
    r" )?(?:degrees?|°)(?=[^.;]{0,30}\b(?:orbit|arc|turn|rotation|circle))|\b(?:orbit|arc|circl)\w*[^.;]{0,20}?\b180\b|环绕180|180度(?:环绕|旋转)",
    re.IGNORECASE,
)
FILMED = re.compile(r"\b(?:filmed|shot|recorded|taken|captured)\s+by\s+\S+\s*$", re.IGNORECASE)
"""Before whoever holds the camera."""
_DIVES = re.compile(
    r"\b(?:drone|camera|fpv|lens|we)\b[^.]{0,40}\b(?:dives?|diving|swoops?|swooping|plunges?|plunging|plummets?)\b|俯冲|急降下",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"\b(?:visor|helmet|boots?|eyes?|face|hands?|fingers|feet|lips|cheeks|hooves|mane|mask|gloves?|wheels?|bumper|headlights)\b",
    re.IGNORECASE,
)


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
    if _HALF_TURN.search(text):
        plan.framings.append("half-turn")
    if "whip" in plan.framings:
        plan.pace = "fast"
    if "macro" in plan.framings:
        plan.close = True
    if {"vast", "aerial"} & set(plan.framings):
        plan.wide = True
    plan.part = _PARTS.search(text) is not None


# parts

_PART_WORDS: tuple[tuple[str, str], ...] = (
    ("eyes", r"eyes?|gaze|stare|iris|pupils?|eyelashes|眼睛|眼神|眼|目|瞳|눈|ojos?|yeux|augen?"),
    (
        "face",
        r"face|visor|lips|mouth|cheeks?|helmet|mask|expression|smile|tears?|nose|mane|snout|muzzle|beak|jaws?|fangs|表情|脸|顔|口元|얼굴|cara|visage|gesicht",
    ),
    ("hands", r"hands?|fingers?|fingertips|gloves?|fists?|palms?|nails|手指|双手|手|指|손|manos?|mains?|hände"),
    (
        "feet",
        r"boots?|feet|foot|shoes?|sneakers|heels|hooves|hoof|paws?|claws|talons|footsteps|脚|靴|足|蹄|발|pies|pieds|füße",
    ),
    ("wheel", r"wheels?|tyres?|tires?|rims|车轮|轮胎|タイヤ|車輪|바퀴|ruedas?|roues?|räder|rad"),
    ("front", r"headlights?|grille|bumper|hood ornament|emblem|badge|车灯|车头|ヘッドライト|faros|phares|scheinwerfer"),
    (
        "label",
        (
            r"labels?|logos?|engraving|inscription|brand"
            r" name|wordmark|标签|商标|ラベル|ロゴ|라벨|로고|etiqueta|étiquette|etikett"
        ),
    ),
    ("top", r"caps?|lids?|nozzles?|stoppers?|corks?|bulb|瓶盖|盖子|蓋|キャップ|뚜껑|tapa|bouchon|deckel"),
    ("tip", r"drops?|droplets?|tips?|nibs?|points?|水滴|滴|しずく|방울|gota|goutte|tropfen|spitze"),
    ("sole", r"soles?|treads?|outsoles?|鞋底|靴底|밑창|suela|semelle|sohle"),
)
_CLOSE = r"(?:close[- ]?ups?|macro(?: shot| lens)?|detail(?: shot)?|insert(?: shot)?|close)"
_MOVE = (
    r"(?:(?:settl|rest|land|end|finish|arriv|push|zoom|mov|dolli|glid|tilt|pan|clos|focus|rack|pull|drift|hold|linger)\w*(?:"
    r" focus| in| down| up| closer| shot)*|focus)"
)
_PART_PATTERNS = tuple(
    (
        part,
        re.compile(
            rf"\b{_CLOSE} (?:of|on) (?:[\w'’-]+ ){{0,7}}?(?:{words})\b|(?:特写|クローズアップ|アップ|클로즈업)[^，。、,.]{{0,5}}(?:{words})|(?:{words})(?:的|の)?(?:特写|クローズアップ|アップ)",
            re.IGNORECASE,
        ),
        re.compile(
            rf"\b{_MOVE} (?:on|onto|to|into|at) (?:(?:the|his|her|its|their|an?|[\w-]+'s) )(?:[\w'’-]+ ){{0,2}}?(?:{words})\b",
            re.IGNORECASE,
        ),
    )
    for part, words in _PART_WORDS
)


def part_of(text: str, opening: int) -> tuple[str, bool]:
    """(the part a shot is about or "", does the camera only come to rest on it?)."""
    own = text[opening:]
    settled = [(match.start(), part) for part, _, move in _PART_PATTERNS if (match := move.search(own)) is not None]
    seen = [(match.end(), part) for part, close, _ in _PART_PATTERNS if (match := close.search(own)) is not None]
    if seen:
        return min(seen)[1], False
    return (max(settled)[1], True) if settled else ("", False)
