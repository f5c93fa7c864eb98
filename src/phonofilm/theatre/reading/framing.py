"""Framings beyond the camera's moves, as words tell them: macro, low, high, aerial, top-down, over the shoulder, point
of view, whip pan, rack focus; the light they ask for beyond the four hours and five weathers (only staged prompts know
it: the plays that networks learn from have hours and weathers alone); and the part a close-up is about (a label, eyes, hands, a wheel, the tip of a dropper).

The lens of the theatre is a shift lens before flat layers: what it can only come near to is shown so, and said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    read_lights(text, plan)
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


_LIGHT_WORDS: tuple[tuple[str, str, str, str], ...] = (
    # light, how it is told, the hour and the weather that it brings where the words name none
    ("storm",
        r"(?<![a-z])(?:thunder)?storm(?:s|y|ing)?(?![a-z-])|thunder(?: and lightning)?(?![a-z])|lightning(?! bolt)|tempest|雷雨|暴风雨|嵐|폭풍|tormenta|orage|gewitter", "", "rain"),
    ("overcast",
        r"overcast|cloud[- ]covered|cloudy|gr[ae]y (?:sky|skies|day|light)|dull light|flat light|阴天|阴沉|曇り|曇天|흐린|nublado|nuageux|bewölkt", "", ""),
    ("golden",
        r"golden (?:hour|light|sun(?:light|set|shine)?|afternoon|rays)|magic hour|late[- ]afternoon|afternoon (?:sun|light|glow)|warm afternoon|low sun|夕日|夕方|夕暮れ|黄昏|黄金时刻|傍晚", "dusk", ""),
    ("candle",
        r"candle-?(?:lit|light|s)|by the fire(?:side|place)|firelight|firelit|lantern[- ]?light|烛光|キャンドル|ろうそく|촛불|luz de velas|bougies?|kerzenlicht", "night", ""),
    ("tungsten",
        r"tungsten|warm (?:lamp|indoor|interior|practical|kitchen) ?lights?(?:ing)?|incandescent|暖色调|暖色|暖かい(?:光|色)", "", ""),
    ("neon",
        r"neon(?! orange| green| pink| yellow)|cyberpunk|blue and magenta|magenta and blue|blue and pink light|霓虹|ネオン|네온", "night", ""),
    ("moon", r"moon-?(?:lit|light)|by the moon|月光|月明かり|달빛|luz de (?:la )?luna|clair de lune|mondlicht", "night",
        ""),
    ("spot", r"(?:arena |stage |single |harsh )?spot-?lights?|spotlit|stage lights|floodlights?|聚光灯|スポットライト",
        "", ""),
    ("fire",
        r"burning (?:city|town|street|village|house|building|forest|ruin)\w*|(?:city|town|street|village|building|forest|everything)s? (?:is |are |on |in )*(?:burning|on fire|in flames|ablaze)|battlefield", "dusk", ""),
    ("smoke",
        r"(?:volumetric |thick |drifting )?smoke(?! break)|smoky|steam(?:ing|y|s)?(?! train| engine)|hazy? light|dusty air|蒸汽|湯気|烟雾", "", ""),
    ("bright",
        r"bright (?:\w+ )?(?:bathroom|room|kitchen|studio|office|cafe|café|space|interior|daylight|set)|high[- ]key|airy", "", ""),
    ("dark",
        r"low[- ]key|dimly[- ]lit|dim light(?:ing)?|film noir|chiaroscuro|moody light(?:ing)?|dark (?:room|alley|street|corridor|hall|forest|interior)", "night", ""),
    ("flicker", r"flicker(?:s|ing)?|strobe|闪烁|点滅", "", ""),
    ("sweep", r"lights? (?:\w+ )?sweeps?|sweeping light|rim light sweeps", "", ""),
)  # fmt: skip
_LIGHTS = tuple((name, re.compile(told, re.IGNORECASE), hour, weather) for name, told, hour, weather in _LIGHT_WORDS)
_BRINGS = {name: (hour, weather) for name, _, hour, weather in _LIGHT_WORDS}
_BESIDE = {"smoke", "flicker", "sweep", "bright"}
"""What does not end the light there was."""


def read_lights(text: str, plan: Plan) -> None:
    """Put the lights of a shot's words into its plan; their words are no longer unknown."""
    for name, pattern, _, _ in _LIGHTS:
        matches = list(pattern.finditer(text))
        if not matches or (name == "flicker" and "neon" not in plan.lights and "candle" not in plan.lights):
            continue
        plan.lights.append(name)
        told = {word for match in matches for word in re.findall(r"[\w']+", match[0].lower())}
        plan.unknown = [word for word in plan.unknown if word.lower() not in told]


def settle(plans: Sequence[Plan]) -> None:
    """Hour, weather and light said once hold until something else is said; the first shot of all has daylight and clear
    air for want of words."""
    hour, weather, lights = "", "", list[str]()
    for plan in plans:
        new = set(plan.lights) - set(lights) - _BESIDE
        if not new and (plan.hour is None or plan.hour == hour) and (plan.weather is None or plan.weather == weather):
            plan.lights = list(dict.fromkeys([*(one for one in lights if one != "sweep"), *plan.lights]))
        for name in plan.lights:
            brings, air = _BRINGS[name]
            if brings and (plan.hour is None or (name == "golden" and plan.hour == "noon")):
                plan.hour = brings
            if air and plan.weather in (None, "wind", "clear"):
                plan.weather = air
        hour, weather, lights = plan.hour or hour or "noon", plan.weather or weather or "clear", plan.lights
        plan.hour, plan.weather = hour, weather
