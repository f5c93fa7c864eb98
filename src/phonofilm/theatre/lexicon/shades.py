"""Shades: colour words finer than the twelve names, each with its own sRGB. What a prompt asks for is drawn as just
that; the families stay what the training plays are drawn from (``repertoire.COLOURS``)."""

from __future__ import annotations

from phonofilm.theatre.lexicon.repertoire import COLOURS
from phonofilm.theatre.light import RGB, rgb

_SHADES = """
red: scarlet #E0301E, crimson #B5122F, ruby #9B111E, cherry #C2183A, cherry red #C2183A, vermilion #E2452B, tomato red #E24A33, bright red #F01F1F, burgundy #6D1029, maroon #701820, wine red #6D1B2E, oxblood #5A1117, brick red #A8442F, coral #F4765E, 酒红 #6D1029, 酒红色 #6D1029
orange: tangerine #F28500, amber #F2A01E, pumpkin #E8761C, bright orange #FF7A00, apricot #F6B27A, burnt orange #C05A1A, terracotta #C4623F, peach #FBC7A1, copper #B87145
yellow: gold #D4A72C, golden #DDAE35, lemon #F7E24A, lemon yellow #F7E24A, canary yellow #FBE34B, bright yellow #FFE000, mustard #CFA32A, sunny yellow #FCD62D, champagne #EBD8B0, pale yellow #F6EBA6, pastel yellow #F8EDAE, 金色 #D4A72C, 金色の #D4A72C, dorado #D4A72C, doré #D4A72C, golden #DDAE35
green: emerald #1E9E63, olive #7A7C33, lime #A4D62B, bright green #35D13B, grass green #4FA63A, leaf green #4F9A3C, mint #A8E0C4, mint green #A8E0C4, dark green #1C4F2E, forest green #22512F, sage #A3B18A, khaki #A99F72, jade #2FA77C, pistachio #B5CF8B, light green #9BDC94, pale green #BDE3B4, neon green #4BF03C, 墨绿 #1C4F2E, 军绿 #5D6B3A
turquoise: turquoise #30D5C8, teal #0E7C7B, cyan #18C7E0, aqua #3FD8DC, aquamarine #6FE0C6, blue green #1C9A92, 绿松石 #30D5C8, 青绿 #30C5B0
blue: navy #1B2A55, navy blue #1B2A55, azure #2E8FE6, cobalt #1F4FB4, sky blue #87CEEB, bright blue #1E6BFF, dark blue #17306B, sapphire #1648A6, royal blue #2A4FD0, deep blue #143A8C, light blue #9CCBF0, baby blue #A9D3F0, powder blue #B4D5E6, pastel blue #AECFE8, midnight blue #151E4A, denim #4A6A95, steel blue #5880A6, ice blue #CFE8F5, 深蓝 #17306B, 藏青 #1B2A55, 紺 #1B2A55, 天蓝 #87CEEB, 浅蓝 #9CCBF0, 水色 #9CD3EA
purple: violet #7A3CC0, lilac #C3A5DE, lavender #C1AEE6, mauve #B084B8, plum #6E2C5C, indigo #3A2A8C, deep purple #45186B, aubergine #452042, pastel purple #CDB8E6, 紫罗兰 #7A3CC0
pink: rose #E8688C, rosy #EE8FA6, magenta #E0218A, fuchsia #E22BA0, salmon #F89A86, hot pink #FF4FA3, rose coloured #E8688C, bright pink #FF5FAE, blush #F3C6C6, pale pink #F8D3DA, pastel pink #F7CBD6, baby pink #F5C4D0, rose gold #D9A08F, dusty pink #D8A4A4, 玫红 #E0218A, 粉红 #F58FB0
white: ivory #F7F2DF, snow white #FAFBFD, cream #F3E6C8, cream coloured #F3E6C8, creamy #F3E6C8, pale white #F1F0EC, pure white #FCFCFC, chalk white #F4F4EE, whitewashed #F2EFE6, off white #F2EEE2, pearl #EFEAE0, eggshell #EFE7D2, 米白 #F3E9D2, 奶白 #F3E9D2, 象牙白 #F7F2DF
black: jet black #0B0B0D, ebony #241C1A, coal black #141416, pitch black #08080A, inky #12142A, blackened #26262C, charcoal black #242529, matte black #1A1A1C
brown: chestnut #7A3F22, chocolate #4E2A17, tan #CBA479, beige #DCC8A3, chocolate brown #4E2A17, hazel #8A6436, rust #A9491F, rusty #A9491F, bronze #9C6B33, walnut #5A3B25, camel #C19A63, caramel #B8742F, sand coloured #D9C39A, taupe #8B7B6B, mocha #6F4E3A, sepia #704A2A, nude #DDBBA0, sandy beige #DCC8A3, 米色 #DCC8A3, ベージュ #DCC8A3, 베이지 #DCC8A3, 驼色 #C19A63, 咖啡色 #6B4630, beis #DCC8A3, beige #DCC8A3
grey: silver #C9CED6, slate #5D6875, ash grey #A8ABA8, silvery #CDD2D9, stone grey #9A968C, ash #A8ABA8, charcoal #36393F, charcoal grey #36393F, dark grey #484B50, light grey #C4C7CA, dark gray #484B50, light gray #C4C7CA, gunmetal #3F464E, graphite #3A3D42, chrome #D3D8DE, platinum #DAD9D3, pewter #8E9296, 银色 #C9CED6, 银灰 #B9BEC6, 銀色 #C9CED6, シルバー #C9CED6, 은색 #C9CED6, plateado #C9CED6, plateada #C9CED6, argenté #C9CED6, argentée #C9CED6, silbern #C9CED6, silberne #C9CED6
"""


def _read() -> tuple[dict[str, RGB], dict[str, str]]:
    own, families = {}, {}
    for line in _SHADES.strip().splitlines():
        family, _, rest = line.partition(":")
        for one in rest.split(","):
            word, _, code = one.strip().rpartition(" ")
            own[word], families[word] = rgb(code), family
    return own, families


SHADES, FAMILIES = _read()
"""word -> sRGB; word -> the one of the twelve that is nearest in meaning."""


class Named(str):
    """One of the twelve colour names that remembers the word it was asked for with; equal to the plain name."""

    word: str

    def __new__(cls, family: str, word: str) -> Named:
        made = super().__new__(cls, family)
        made.word = word
        return made


def asked(name: str) -> RGB | None:
    """The very colour that words asked for; None for a name that nobody said."""
    return SHADES.get(name.word, COLOURS[name]) if isinstance(name, Named) else None
