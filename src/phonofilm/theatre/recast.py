"""What the words around a noun make of its drawing: a bottle in a skincare film is no wine bottle, a product's packaging no wooden box."""

from __future__ import annotations

import re
from collections.abc import Sequence

from phonofilm.theatre import cutouts
from phonofilm.theatre.plan import Plan
from phonofilm.theatre.repertoire import COLOURS
from phonofilm.theatre.shades import FAMILIES, Named

_SKIN = re.compile(r"\b(?:serum|skin-?care|skin care|cosmetics?|beauty|lotion|moisturi[sz]er|essential oil|face oil|toner)\b|精华|护肤|美容液|化粧|스킨케어|sérum|suero", re.IGNORECASE)
_SCENT = re.compile(r"\b(?:perfume|fragrance|cologne|eau de)\b|香水|향수|parfum", re.IGNORECASE)
_DRINK = re.compile(r"\b(?:wine|champagne|beer|whisk[e]?y|vodka|juice|milk|water|soda|cola|oil|ketchup|soy)[ -]bottles?\b|\bbottles? of\b", re.IGNORECASE)
_PACK = re.compile(r"pack(?:age|aging|et)?|包装|パッケージ|포장|verpackung|emballage|envase", re.IGNORECASE)
_ARMOUR = re.compile(r"((?:[a-z]+[ -]){1,3})armou?r(?![a-z])", re.IGNORECASE)
_ANY_CAR = ("", "car", "the car", "vehicle", "automobile", "wheel")
_STILL = (None, "stand")


def recast(plans: Sequence[Plan], text: str) -> None:
    """Give the props of a staged script the drawing that its words mean, and armour its colour."""
    fast = next((turn.role for plan in plans for turn in plan.turns if turn.role.kind == "sports-car"), None)
    for plan in plans:
        if fast is not None and all(turn.role is not fast for turn in plan.turns):
            for turn in plan.turns:
                if turn.role.kind == "car" and turn.role.word in _ANY_CAR:
                    plan.focus = fast if plan.focus is turn.role else plan.focus
                    turn.role = fast  # "the car" is the sports car
        for turn in plan.turns:
            role = turn.role
            if role.kind == "bottle" and turn.action in _STILL and not _DRINK.search(text):
                name = "serum-bottle" if _SKIN.search(text) else "perfume-bottle" if _SCENT.search(text) else ""
            elif role.kind == "box" and turn.action in _STILL and _PACK.fullmatch(role.word):
                name = "pouch"
            else:
                name = ""
            if name:
                role.cutout = cutouts.cutout(name, role.word)
                role.kind, role.tint = name, role.colour
            if role.clothes.get("coat", ("", None))[0] == "armour":
                said = [word for match in _ARMOUR.finditer(text) for word in match[1].lower().replace("-", " ").split()]
                hue = next((word for word in said if word in FAMILIES or word in COLOURS), None)
                if hue is not None:
                    named = Named(FAMILIES.get(hue, hue), hue)
                    role.clothes |= {"coat": ("armour", named), "legs": ("trousers", named), "shoes": ("", named), "hat": ("helm", named)}
                    role.colour = named
