"""Light: what an hour, a weather and the lights that words ask for (``reading/framing``) do to colours, air, shadows
and the sky.

Colours are graded once, when a shape is made, never per pixel: grading is free at any picture size.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

RGB = tuple[float, float, float]


def rgb(hexadecimal: str) -> RGB:
    """ "#4FA3E3" as (r, g, b) in 0..1."""
    h = hexadecimal.lstrip("#")
    return int(h[0:2], 16) / 255, int(h[2:4], 16) / 255, int(h[4:6], 16) / 255


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """``share`` of the way from a to b."""
    k = 1.0 - share
    return a[0] * k + b[0] * share, a[1] * k + b[1] * share, a[2] * k + b[2] * share


def times(a: RGB, b: RGB) -> RGB:
    """Channel by channel product: paper a under light b (clipped to 1)."""
    return min(1.0, a[0] * b[0]), min(1.0, a[1] * b[1]), min(1.0, a[2] * b[2])


def lighter(a: RGB, share: float) -> RGB:
    """Toward warm paper white."""
    return mix(a, (1.0, 0.98, 0.93), share)


def darker(a: RGB, share: float) -> RGB:
    """Toward blue-violet: shadows are never just black."""
    return mix(a, (0.13, 0.10, 0.26), share)


def vivid(a: RGB, factor: float) -> RGB:
    """Saturation times ``factor``."""
    h, s, v = colorsys.rgb_to_hsv(*a)
    return colorsys.hsv_to_rgb(h, min(1.0, s * factor), v)


def luminance(a: RGB) -> float:
    """Perceived lightness L*, 0..100."""
    y = sum(
        w * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
        for w, c in zip((0.2126, 0.7152, 0.0722), a, strict=True)
    )
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


def lab(a: RGB) -> tuple[float, float, float]:
    """CIE L*a*b* of an sRGB colour (D65)."""
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in a)
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(a: RGB, b: RGB) -> float:
    """Delta E (CIE 1976) between two colours."""
    return math.dist(lab(a), lab(b))


@dataclass(frozen=True, kw_only=True)
class Hour:
    """Everything one hour under one weather sets."""

    name: str
    sky_top: RGB
    sky_low: RGB
    tint: RGB
    """Light that falls on scenery: multiplies its colours."""
    veil: RGB
    veil_share: float
    """Scenery leans this far toward ``veil``."""
    shadow: tuple[float, float]
    """Where the tip of a shadow falls on the floor per metre of height: (right, away from the camera)."""
    shadow_strength: float
    side: float
    """Which side the key light comes from: -1 left, +1 right."""
    rim: RGB
    rim_strength: float
    sun: RGB
    sun_at: tuple[float, float]
    """Place of sun or moon in the sky: picture heights right of and above the horizon's middle."""
    air_length: float
    """Metres over which air hides 63 % of a thing."""
    air: RGB
    dark: bool
    """Lamps and windows are lit."""
    edge: float
    """How bright the edges of scenery paper are, 0..1."""
    actor_share: float
    """How much of the grading the cast takes (its own colours must stay readable)."""

    def grade(self, colour: RGB, share: float = 1.0) -> RGB:
        """A colour of the scenery in this light."""
        out = mix(times(colour, self.tint), self.veil, self.veil_share)
        return out if share >= 1.0 else mix(colour, out, share)

    def at_depth(self, colour: RGB, depth: float) -> RGB:
        """A graded colour seen through ``depth`` metres of air."""
        return mix(colour, self.air, 1.0 - math.exp(-max(0.0, depth) / self.air_length))

    def cast(self, colour: RGB) -> RGB:
        """A colour of the cast in this light."""
        return self.grade(colour, self.actor_share)


_HOURS: dict[str, dict[str, Any]] = {
    "dawn": {
        "sky_top": rgb("#6C80B4"),
        "sky_low": rgb("#FBC3A4"),
        "tint": (1.02, 0.90, 0.88),
        "veil": rgb("#E9A9A6"),
        "veil_share": 0.10,
        "shadow": (1.0, -0.50),
        "shadow_strength": 0.30,
        "side": -1.0,
        "rim": rgb("#FFE3C2"),
        "rim_strength": 0.55,
        "sun": rgb("#FFF0CF"),
        "sun_at": (-0.40, 0.20),
        "dark": False,
        "actor_share": 0.75,
    },
    "noon": {
        "sky_top": rgb("#4AA0E6"),
        "sky_low": rgb("#CFEBFA"),
        "tint": (1.0, 1.0, 0.98),
        "veil": rgb("#CFEBFF"),
        "veil_share": 0.0,
        "shadow": (0.30, -0.34),
        "shadow_strength": 0.34,
        "side": -1.0,
        "rim": rgb("#FFFBEA"),
        "rim_strength": 0.0,
        "sun": rgb("#FFFBE2"),
        "sun_at": (-0.55, 0.45),
        "dark": False,
        "actor_share": 1.0,
    },
    "dusk": {
        "sky_top": rgb("#43306A"),
        "sky_low": rgb("#F6935A"),
        "tint": (0.92, 0.70, 0.71),
        "veil": rgb("#4A2B5E"),
        "veil_share": 0.16,
        "shadow": (-1.1, -0.55),
        "shadow_strength": 0.38,
        "side": 1.0,
        "rim": rgb("#FFB066"),
        "rim_strength": 1.0,
        "sun": rgb("#FFD98A"),
        "sun_at": (0.44, 0.19),
        "dark": True,
        "actor_share": 0.55,
    },
    "night": {
        "sky_top": rgb("#0D1334"),
        "sky_low": rgb("#2B3C72"),
        "tint": (0.40, 0.48, 0.70),
        "veil": rgb("#131C46"),
        "veil_share": 0.22,
        "shadow": (0.6, -0.45),
        "shadow_strength": 0.34,
        "side": -1.0,
        "rim": rgb("#BFD4FF"),
        "rim_strength": 0.8,
        "sun": rgb("#F2F0DC"),
        "sun_at": (-0.46, 0.40),
        "dark": True,
        "actor_share": 0.32,
    },
}
_WEATHER = {
    "rain": (rgb("#76859A"), 0.62, 26.0),
    "snow": (rgb("#D8E2EE"), 0.55, 34.0),
    "fog": (rgb("#D3DADF"), 0.72, 11.0),
}


def hour(name: str, weather: str, indoors: bool = False) -> Hour:
    """The light of an hour under a weather; indoors neither sun nor weather reaches the stage."""
    base = dict(_HOURS.get(name, _HOURS["noon"]))
    air, length = base["sky_low"], 60.0
    if weather in _WEATHER:
        grey, share, length = _WEATHER[weather]
        level = {"dawn": 0.90, "noon": 1.0, "dusk": 0.60, "night": 0.24}.get(name, 1.0)
        grey = times(
            grey,
            (
                level * (1.06 if name in ("dawn", "dusk") else 0.96),
                level * 0.97,
                level * (1.15 if name == "night" else 1.0),
            ),
        )
        base["sky_low"] = mix(base["sky_low"], grey, share)
        base["sky_top"] = mix(base["sky_top"], times(grey, (0.80, 0.82, 0.90)), share)
        if weather == "fog" and name in ("dawn", "dusk"):
            base["sky_low"] = mix(base["sky_low"], _HOURS[name]["sky_low"], 0.35)
        air = base["sky_low"]
        if not indoors:
            base["tint"] = mix(times(base["tint"], (0.88, 0.90, 0.95)), base["tint"], 0.3)
            base["shadow_strength"] *= 0.45
            base["rim_strength"] *= 0.5
    if indoors:
        length = 400.0
        base["shadow"], base["shadow_strength"] = (0.30 * -base["side"], -0.22), 0.26
        base["veil_share"] *= 0.5
        base["tint"] = {"night": (0.74, 0.60, 0.62), "dusk": (0.98, 0.78, 0.68)}.get(name, base["tint"])
        base["actor_share"] *= 0.8
    return Hour(
        name=name,
        air=air,
        air_length=length,
        edge={"night": 0.35, "dusk": 0.7}.get(name, 0.8) * (0.4 if weather == "fog" else 1.0),
        **base,
    )


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
    if indoors:
        hour = _inside(hour, lights)
    if "golden" in lights and hour.name == "dusk":
        hour = _golden(hour)
    if "overcast" in lights or "storm" in lights:
        hour = _overcast(hour, lights, indoors)
    if "tungsten" in lights:
        hour = _tungsten(hour)
    if "fire" in lights:
        hour = _fire(hour)
    if "spot" in lights:
        hour = _spot(hour)
    if "neon" in lights:
        hour = replace(hour, rim=COLOURED["neon"][0], rim_strength=1.0)
    if "bright" in lights and hour.name in ("dawn", "noon"):
        hour = replace(hour, tint=(1.0, 0.99, 0.97), veil_share=0.0)
    return hour


def _inside(hour: Hour, lights: Sequence[str]) -> Hour:
    if hour.name == "night":
        kind = next((name for name in ("candle", "neon", "dark", "moon") if name in lights), "")
        tint, veil, share = _NIGHT_INSIDE[kind]
        hour = replace(
            hour, tint=tint, veil=veil, veil_share=share, rim_strength=0.9, edge=0.3, actor_share=0.50 if kind else 0.42
        )
    elif hour.name == "dusk" and "golden" not in lights:
        hour = replace(hour, tint=times(hour.tint, (0.88, 0.86, 0.92)))
    return hour


def _golden(hour: Hour) -> Hour:
    low, top = rgb("#FFCF8F"), rgb("#7FA6CC")
    return replace(
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


def _overcast(hour: Hour, lights: Sequence[str], indoors: bool) -> Hour:
    level = {"dawn": 0.9, "noon": 1.0, "dusk": 0.72, "night": 0.34}[hour.name] * (0.52 if "storm" in lights else 1.0)
    grey, share = times(rgb("#B4BCC4"), (level, level, level * 1.02)), 0.92 if hour.name != "night" else 0.6
    dull: RGB = (0.60, 0.66, 0.76) if "storm" in lights and hour.name != "night" else (0.80, 0.84, 0.90)
    return replace(
        hour,
        sky_low=mix(hour.sky_low, grey, share),
        sky_top=mix(hour.sky_top, times(grey, (0.74, 0.77, 0.82)), share),
        tint=times(hour.tint, dull),
        air=mix(hour.air, grey, 0.8),
        shadow_strength=0.3 * hour.shadow_strength,
        rim_strength=0.3 * hour.rim_strength,
        air_length=min(hour.air_length, 40.0) if not indoors else hour.air_length,
    )


def _tungsten(hour: Hour) -> Hour:
    return replace(
        hour,
        tint=times(hour.tint, (1.04, 0.91, 0.75)),
        veil=rgb("#FFB765"),
        veil_share=max(hour.veil_share, 0.05),
        actor_share=0.6,
    )


def _fire(hour: Hour) -> Hour:
    low, top = rgb("#F07A34"), rgb("#3A2230")
    return replace(
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


def _spot(hour: Hour) -> Hour:
    return replace(
        hour,
        tint=times(hour.tint, (0.66, 0.66, 0.78) if hour.name != "night" else (0.9, 0.9, 1.0)),
        rim=rgb("#FFF6DC"),
        rim_strength=0.9,
        actor_share=0.3,
    )
