"""The light that words ask for beyond the four hours and five weathers: overcast, storm, late sun, candles, neon,
spotlights, fire, and what holds on.

Only staged prompts know it (``Completing.faithful``): the plays that networks learn from have hours and weathers alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from phonofilm.theatre.light import RGB, Hour, mix, rgb, times
from phonofilm.theatre.plan import Plan

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


# what each does to the light of an hour

_NIGHT_INSIDE: dict[str, tuple[RGB, RGB, float]] = {
    # tint, veil, share of the veil
    "": ((0.50, 0.46, 0.66), rgb("#1A1B3E"), 0.20),
    "candle": ((0.62, 0.41, 0.27), rgb("#2A1510"), 0.26),
    "neon": ((0.52, 0.47, 0.82), rgb("#251448"), 0.22),
    "dark": ((0.36, 0.36, 0.48), rgb("#10121F"), 0.30),
    "moon": ((0.38, 0.46, 0.70), rgb("#121B3E"), 0.24),
}
COLOURED: dict[str, tuple[RGB, RGB]] = {
    "neon": (rgb("#FF3EA5"), rgb("#38C8FF")),
    "candle": (rgb("#FFB45A"), rgb("#FF8A3C")),
}
"""The two hues of pools of light."""


def lit(hour: Hour, lights: Sequence[str], indoors: bool) -> Hour:
    """An hour in the light that words ask for."""
    if hour.air_length < 12:
        hour = replace(hour, air_length=21.0)  # the learnt fog hides what words ask to see
    if indoors and hour.name == "night":
        kind = next((name for name in ("candle", "neon", "dark", "moon") if name in lights), "")
        tint, veil, share = _NIGHT_INSIDE[kind]
        hour = replace(
            hour, tint=tint, veil=veil, veil_share=share, rim_strength=0.9, edge=0.3, actor_share=0.50 if kind else 0.42
        )
    elif indoors and hour.name == "dusk" and "golden" not in lights:
        hour = replace(hour, tint=times(hour.tint, (0.88, 0.86, 0.92)))
    if "golden" in lights and hour.name == "dusk":
        low, top = rgb("#FFCF8F"), rgb("#7FA6CC")
        hour = replace(
            hour,
            sky_low=low if hour.air_length > 50 else mix(hour.sky_low, low, 0.4),
            sky_top=top if hour.air_length > 50 else mix(hour.sky_top, top, 0.4),
            tint=(1.03, 0.90, 0.74),
            veil=rgb("#FFB765"),
            veil_share=0.08,
            rim=rgb("#FFE0A0"),
            rim_strength=1.0,
            dark=False,
            shadow=(-1.5, -0.5),
            air=mix(low, hour.sky_low, 0.3),
            edge=0.9,
            actor_share=0.7,
        )
    if "overcast" in lights or "storm" in lights:
        level = {"dawn": 0.9, "noon": 1.0, "dusk": 0.72, "night": 0.34}[hour.name] * (
            0.52 if "storm" in lights else 1.0
        )
        grey, share = times(rgb("#B4BCC4"), (level, level, level * 1.02)), 0.92 if hour.name != "night" else 0.6
        dull: RGB = (0.60, 0.66, 0.76) if "storm" in lights and hour.name != "night" else (0.80, 0.84, 0.90)
        hour = replace(
            hour,
            sky_low=mix(hour.sky_low, grey, share),
            sky_top=mix(hour.sky_top, times(grey, (0.74, 0.77, 0.82)), share),
            tint=times(hour.tint, dull),
            air=mix(hour.air, grey, 0.8),
            shadow_strength=0.3 * hour.shadow_strength,
            rim_strength=0.3 * hour.rim_strength,
            air_length=min(hour.air_length, 40.0) if not indoors else hour.air_length,
        )
    if "tungsten" in lights:
        hour = replace(
            hour,
            tint=times(hour.tint, (1.04, 0.91, 0.75)),
            veil=rgb("#FFB765"),
            veil_share=max(hour.veil_share, 0.05),
            actor_share=0.6,
        )
    if "fire" in lights:
        low, top = rgb("#F07A34"), rgb("#3A2230")
        hour = replace(
            hour,
            sky_low=mix(hour.sky_low, low, 0.85),
            sky_top=mix(hour.sky_top, top, 0.8),
            tint=times(hour.tint, (0.92, 0.72, 0.62)),
            air=mix(low, top, 0.35),
            air_length=34.0,
            rim=rgb("#FFA04A"),
            rim_strength=1.0,
            dark=True,
        )
    if "spot" in lights:
        hour = replace(
            hour,
            tint=times(hour.tint, (0.66, 0.66, 0.78) if hour.name != "night" else (0.9, 0.9, 1.0)),
            rim=rgb("#FFF6DC"),
            rim_strength=0.9,
            actor_share=0.3,
        )
    if "neon" in lights:
        hour = replace(hour, rim=COLOURED["neon"][0], rim_strength=1.0)
    if "bright" in lights and hour.name in ("dawn", "noon"):
        hour = replace(hour, tint=(1.0, 0.99, 0.97), veil_share=0.0)
    return hour
