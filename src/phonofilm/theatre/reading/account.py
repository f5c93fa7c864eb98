"""The tool's own account: what of a prompt's camera, time, actions and references the animatic shows otherwise than
said, or not at all.

One short line for each kind, the most important first. Nothing here changes what is staged.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from phonofilm.prompt import camera
from phonofilm.prompt.negation import masked
from phonofilm.prompt.script import Script
from phonofilm.theatre.lexicon import families
from phonofilm.theatre.lexicon.cutout_table import ALIVE
from phonofilm.theatre.reading import deeds
from phonofilm.theatre.reading.plan import Plan

LINES = 6
"""How many notes there are at most, as long as those that are left out only say what else is shown in their place."""


def _any(*told: str) -> re.Pattern[str]:
    return re.compile("|".join(told), re.IGNORECASE)


_CAMERA: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        _any(r"\b(?:fish-?eye|anamorphic|tilt-shift|infrared|x-ray|thermal)\b(?: lens| view| shot)?|鱼眼|魚眼"),
        "is not drawn",
    ),
    (
        _any(
            r"\bdutch (?:angle|tilt)\b|\bcanted (?:angle|frame)\b|\bbarrel[- ]?rolls?\b|\bcamera"
            r" (?:rolls|spins)\b|倾斜构图|ダッチアングル"
        ),
        "is shown upright",
    ),
    (_any(r"\bsplit[- ]?screen\b|\bpicture-in-picture\b|分屏|分割画面"), "is shown as one picture"),
    (
        _any(
            r"\b(?:cut|fade|smash cut)s? to (?:black|white)\b|\b(?:cross-?)?dissolves?\b|\bfades? (?:in|out)\b|\bmatch"
            r" cuts?\b|\bjump cuts?\b|\bwipe transition\b|淡出|淡入|フェード|暗転"
        ),
        "is not played",
    ),
)
_AROUND = _any(
    r"\b(?:180|270|360)(?:-|"
    r" )?(?:degrees?|°)?(?=[^.;]{0,30}\b(?:orbit|arc|turn|rotation|circle|spin))|\borbit\w*[^.;]{0,20}?\b(?:180|270|360)\b"
)
_DIVE = _any(
    r"\b(?:fpv )?(?:drone|camera) (?:shot )?(?:\w+ly"
    r" )?(?:dives?|diving|swoops?|swooping|plunges?|plunging|plummets?)\b|\b(?:drone|camera) dive\b|俯冲|急降下"
)
_BEHIND = _any(
    r"(?<=\bdrone )chas(?:es|ing)|\b(?<=and )(?:chas(?:es|ing)|pursu(?:es|ing))\b(?= (?:a|the|him|her|it)\b)|\bcamera"
    r" (?:\w+ly )?(?:chas(?:es|ing)|pursu(?:es|ing))\b|\b(?:follow|track|chas|trail|pursu)\w*(?: shot)?[^.,;]{0,30}?"
    r" from behind\b|\bchase cam(?:era)?\b",
    r"(?:カメラ|镜头|鏡頭)[^。，、]{0,6}(?:後ろから|背後から|从后|从背后|后方)|(?:後ろから|背後から)[^。、"
    r"]{0,4}(?:追|撮)|(?:从(?:后面|背后|后方)|身后)(?:跟|追)[拍随]?",
)
_TIME = (
    (_any(deeds.SLOW_MOTION.pattern, r"\b(?:120|240|480|960|1000) ?fps\b"), "movements take their natural time"),
    (_any(r"\btime[- ]?lapse\b|\bhyper[- ]?lapse\b|\bfast[- ]?motion\b|延时|タイムラプス|타임랩스"),
        "time runs evenly"),
    (_any(r"\bspeed[- ]ramp\w*|变速"), "time runs evenly"),
    (_any(r"\bfreeze[- ]frames?\b|定格画面|静止画で"), "nothing is frozen"),
    (_any(r"\b(?:in reverse|backwards in time|reversed footage|rewinds?)\b|倒放|逆再生"), "time runs forward"),
    (_any(r"\b(?:strong |tight )?beat[- ]?sync(?:ed|hroni[sz]ed)?\b|\bsync(?:ed|hroni[sz]ed)? to the beat\b|\b(?:cuts?|moves?|edited) on (?:the|every) beat\b|卡点|音ハメ"), "cuts and movements keep their own time"),
)  # fmt: skip
_MOVE_WORDS = {
    "push_in": "push in", "pull_out": "pull out", "pan_left": "pan left", "pan_right": "pan", "tilt_up": "tilt up",
    "tilt_down": "tilt down", "dolly_zoom": "dolly zoom",
}  # fmt: skip
_ONE_PIECE = ("hold", "reach", "give", "work", "throw", "embrace")
"""Families of movement that take hands, which a cut-out in one piece has none of."""
_HEARD = frozenset(
    "ticks hums buzzes beeps rings roars thunders rumbles clicks crackles sizzles howls echoes plays cools slurps"
    " hisses whistles chimes clatters rattles".split()
)
_WHO = r"(?:he|she|it|they|who|someone|everyone)"
_NEXT = r"(?=\s*[,.;!]|\s*$|\s+(?:the|an?|his|her|its|their|one|two|him|them|up|down|out|off|away|over|inches|oranges|in|on|at|to|into|with|from|across|through|against|[a-z]+s)\b)"
_CROWD = _any(
    r"\b(?:crowd|audience|fans|spectators) (?:\w+ly )?(?:explodes?|erupts?|cheers?|goes wild|go"
    r" wild|roars?|jumps?|applauds?)\b|观众(?:欢呼|沸腾)|観客が(?:沸|歓声)"
)
_GIVEN = re.compile(r"\b(?:in|from|to|of|with|on)\s+(Video|Audio|Image|Picture)\s?(\d)\b")


def account(script: Script, plans: Sequence[Plan], given: Collection[str] = ()) -> list[str]:
    """The lines for a script whose shots are ``plans``; ``given``: names of the references a picture was given for, in
    small letters."""
    whole = masked(" ".join(part for part in (script.preamble, *(shot.text for shot in script.shots)) if part))
    lines = [
        _camera(whole, plans),
        _time(script, whole, plans),
        _actions(whole, plans),
        _references(script, whole, given),
    ]
    return [line for line in lines if line]


def ranked(first: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """All notes, each once: ``first`` before the ``others``, and of too many those left out that only say who plays
    whom or what is kept out."""
    found = list(dict.fromkeys([*first, *others]))
    for minor in ("played by paper cut-outs", "kept out"):
        found = found if len(found) <= LINES else [note for note in found if not note.startswith(minor)]
    return tuple(found)


def placed(plan: Plan) -> list[str]:
    """A shot's own notes; where its place was changed after a note was made of it, the note says what is shown."""
    head = " is shown as the place nearest to it: "
    shown = {place.replace("_", " ") for place in (plan.place, *plan.passed) if place}
    return [
        (
            note
            if head not in note or note.split(head)[1] in shown
            else f"{note.split(head)[0]} is shown from outside: {' and '.join(sorted(shown))}"
        )
        for note in plan.notes
    ]


def _said(*ways: tuple[str, str]) -> str:
    """ "'a', 'b' are not played; 'c' is shown upright"."""
    told: dict[str, list[str]] = {}
    for word, how in ways:
        quoted = f"'{' '.join(word.split())}'"
        if quoted not in told.setdefault(how, []):
            told[how].append(quoted)
    return "; ".join(
        f"{', '.join(words)} {how.replace('is ', 'are ', 1) if len(words) > 1 and how.startswith('is ') else how}"
        for how, words in told.items()
    )


_MACRO = re.compile(r"extreme macro|extreme close-?up|macro(?: lens| shot)?|微距(?:特写)?|大特写|マクロ", re.IGNORECASE)


def _camera(whole: str, plans: Sequence[Plan]) -> str:
    ways = []
    for plan in plans:
        text = masked(plan.told)
        if plan.camera == "dive" and (match := _DIVE.search(text)):
            ways.append((match[0], "is played as a push in from high up"))
        if (match := _BEHIND.search(text)) and (
            match[0][:4].lower() not in ("chas", "purs")
            or re.search(r"\b(?:drone|camera|lens|fpv|shot)\b", text, re.IGNORECASE)
        ):
            ways.append((match[0], "is shown from the side"))
        if plan.camera == "orbit" and (match := _AROUND.search(text)):
            people = all(turn.role.kind == "person" for turn in plan.turns)
            if "half-turn" not in plan.framings:
                ways.append((match[0], "is a shorter turn"))
            elif not people:
                ways.append((match[0], "shows a flat drawing's front from behind as well"))
        done = {
            plan.camera,
            plan.then,
            *(
                ("push_in", "track", "handheld")
                if plan.camera == "dive" or {"rack", "pov"} & set(plan.framings)
                else ()
            ),
        }
        kinds = {(one or "").split("_")[0] for one in done}
        left = [
            move
            for move in camera.moves(text)
            if move != "static"
            and move.split("_")[0] not in kinds
            and not (move == "track" and plan.camera in ("push_in", "crane", "orbit"))
        ]
        names = _MOVE_WORDS | {
            "handheld": "camera shake" if re.search(r"camera shake", text, re.IGNORECASE) else "handheld"
        }
        one = plan.camera or "static"
        ways += [
            (names.get(move, move), f"is left out: the camera does '{names.get(one, one)}'")
            for move in left
            if one != "static"
        ]
        if "macro" in plan.framings:
            near = _MACRO.search(text)
            ways.append((near[0] if near else "macro", "is as near as the drawing allows"))
    ways += [(match[0], how) for pattern, how in _CAMERA for match in [pattern.search(whole)] if match is not None]
    return _said(*ways)


def _time(script: Script, whole: str, plans: Sequence[Plan]) -> str:
    """Slow motion is played where nobody speaks; no other way with time is."""
    slowed = any(plan.slow > 1 and not shot.lines for plan, shot in zip(plans, script.shots, strict=True))
    return _said(
        *(
            (match[0], f"is not played: {how}")
            for n, (pattern, how) in enumerate(_TIME)
            for match in [pattern.search(whole)]
            if match is not None and not (n == 0 and slowed)
        )
    )


def _actions(whole: str, plans: Sequence[Plan]) -> str:
    """Verbs that nothing was made of: unknown ones where a verb stands, and what takes hands of somebody who is one
    drawing."""
    lost: list[str] = []
    for plan in plans:
        text = masked(plan.told)
        done = " ".join(deed.word.lower() for deed in plan.deeds)
        roles = [
            re.escape(turn.role.word.split()[-1]) for turn in plan.turns if turn.role.word.isascii() and turn.role.word
        ]
        before = rf"(?:\b(?:{'|'.join([_WHO, *roles])})\s+(?:\w+ly\s+)?|\b(?:the|an?|his|her|its|their)\s+[\w-]+\s+|,\s+(?:then\s+)?|\band\s+(?:then\s+)?)"
        for word in plan.unknown:
            if not re.fullmatch(r"[a-z]{3,}(?<!s)s", word) or word in _HEARD or word in done:
                continue
            direct = re.search(rf"{before}{word}\b{_NEXT}", text, re.IGNORECASE)
            if direct is not None and not (
                direct[0][0] in ",a"
                and not re.search(rf"\b{word}\s+(?:the|an?|his|her|its|their|one|inches|up|out|off|away|down)\b", text)
            ):
                lost.append(word)
        acting = [
            turn
            for turn in plan.turns
            if turn.subject is None and turn.role.cutout is not None and turn.role.cutout.nature.move in ALIVE
        ]
        if acting and all(turn.role.kind != "person" for turn in plan.turns):
            table = families.families()
            verbs = [
                word
                for word in re.findall(r"[a-z]+", text.lower())
                if table.get(word) in _ONE_PIECE and word.endswith("s")
            ]
            lost += [word for word in verbs if word not in done]
        if (match := _CROWD.search(text)) and not re.search(
            "crowd|cheer|audience", " ".join(deed.kind for deed in plan.deeds)
        ):
            lost.append(match[0])
    return _said(*((word, "is not played") for word in dict.fromkeys(lost[:6])))


def _references(script: Script, whole: str, given: Collection[str]) -> str:
    names = [mention.name.lower() for mention in script.mentions]
    names += [f"{kind.lower()}{number}" for kind, number in _GIVEN.findall(whole)]
    names = [name for name in dict.fromkeys(names) if name not in given]
    pictures = [f"@{name}" for name in names if not name.startswith(("video", "audio"))]
    others = [f"@{name}" for name in names if name.startswith(("video", "audio"))]
    told = []
    if pictures:
        told.append(
            f"{', '.join(pictures)}: used only where a picture is given, for {'their' if len(pictures) > 1 else 'its'}"
            " colours or as first or last frame"
        )
    if others:
        told.append(f"{', '.join(others)}: not used by the animatic")
    return "; ".join(told)
