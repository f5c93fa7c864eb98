"""The light that words ask for beyond the four hours and five weathers: overcast, storm, late sun, candles, neon,
spotlights, fire, and what holds on.

Only staged prompts know it (``Completing.faithful``): the plays that networks learn from have hours and weathers alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from phonofilm.theatre.reading.plan import Plan

_WORDS: tuple[tuple[str, str, str, str], ...] = (
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
_FOUND = tuple((name, re.compile(told, re.IGNORECASE), hour, weather) for name, told, hour, weather in _WORDS)
_BRINGS = {name: (hour, weather) for name, _, hour, weather in _WORDS}
_BESIDE = {"smoke", "flicker", "sweep", "bright"}
"""What does not end the light there was."""


def read(text: str, plan: Plan) -> None:
    """Put the lights of a shot's words into its plan; their words are no longer unknown."""
    for name, pattern, _, _ in _FOUND:
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
