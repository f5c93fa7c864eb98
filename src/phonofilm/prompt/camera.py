"""Camera words: which move a prompt asks for, and which words the camera does not understand."""

from __future__ import annotations

import re

from phonofilm.prompt.words import tokenise

MOVES = (
    "static",
    "push_in",
    "pull_out",
    "pan_left",
    "pan_right",
    "tilt_up",
    "tilt_down",
    "track",
    "crane",
    "orbit",
    "dolly_zoom",
    "handheld",
)
"""The moves a camera knows."""

_SOFTLY = r"(?: \w+ly)?"
_PHRASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("dolly_zoom", (r"dolly zoom\w*", "hitchcock zoom", "vertigo (?:effect|shot)", "zolly", "contra zoom")),
    ("handheld", ("hand ?held", r"shaky cam\w*", "camera shakes?", "wobbl(?:es|y|ing)", "shoulder camera")),
    (
        "orbit",
        (
            r"orbit\w*",
            "arc shot",
            "circles",
            "circling",
            r"arc(?:s|ing)",
            r"revolv\w+",
            "arcs",
            (
                rf"(?:circl\w+|revolv\w+|moves?|moving|goes|going|swings?|wheels?|rotat\w+|turns?|arcs?|travels?|walks?|spins?|flies){_SOFTLY}"
                r" (?:a?round)"
            ),
        ),
    ),
    (
        "crane",
        (
            r"crane\w*",
            "craning",
            "boom shot",
            r"jib\w*",
            "booms? up",
            "rises up",
            "rises above",
            "rising shot",
            "lifts up",
            "moves? up",
            "goes up",
            "floats upwards?",
            (
                rf"(?:camera|shot|view){_SOFTLY} (?:rises|rising|lifts|ascends|climbs|descends|sinks|lowers|soars|is"
                r" lifted)"
            ),
            "ascends",
            "soars",
        ),
    ),
    (
        "pull_out",
        (
            r"pull\w*(?: out| back| away)?",
            rf"zoom\w*{_SOFTLY} (?:out|back)",
            rf"doll(?:y|ies|ying){_SOFTLY} (?:out|back|away)",
            "widens",
            "widening",
            "retreats",
            "retreating",
            (
                rf"(?:moves?|moving|backs?|backing|draws?|drawing|tracks?|goes|glides?){_SOFTLY}"
                r" (?:back|backwards?|away|out|off)"
            ),
        ),
    ),
    (
        "push_in",
        (
            rf"push\w*{_SOFTLY}(?: in)?",
            rf"zoom\w*{_SOFTLY}(?: in| toward\w*| on)?",
            rf"doll(?:y|ies|ying){_SOFTLY}(?: in| forward)?",
            "approach(?:es|ing)?",
            "nears",
            "nearing",
            rf"(?:moves?|moving|glides?|drifts?|creeps?|comes?|coming|goes|gets?|getting|eases?|closes?|closing|drives?|tracks?|inches|edges|leans){_SOFTLY} "
            r"(?:in|closer|forwards?|nearer|toward\w*)",
        ),
    ),
    (
        "pan_left",
        (
            rf"pan\w*{_SOFTLY}(?: (?:to|toward\w*)(?: the)?| from right to| over to the)? left",
            rf"(?:turns?|swings?|sweeps?|swivels?|looks?|whips?){_SOFTLY} (?:to the )?left",
            "right to left",
        ),
    ),
    (
        "pan_right",
        (
            r"pan\w*",
            "whip pan",
            "sweep(?:s|ing)?",
            r"swivel\w*",
            "left to right",
            rf"(?:turns?|swings?|sweeps?|swivels?|looks?|whips?){_SOFTLY} (?:to the )?right",
        ),
    ),
    ("tilt_down", (rf"tilt\w*{_SOFTLY} down\w*", f"camera{_SOFTLY} looks down", "nods down")),
    ("tilt_up", (rf"tilt\w*{_SOFTLY}(?: up\w*)?", f"camera{_SOFTLY} looks up", "nods up")),
    (
        "track",
        (
            r"track\w*",
            r"follow\w*",
            "steadicam",
            "travell?ing shot",
            r"truck\w*",
            r"slid(?:es?|ing)(?: \w+)?",
            r"glid(?:es?|ing)(?: \w+)?",
            r"drift\w*(?: \w+)?",
            "side by side",
            (
                rf"(?:moves?|moving|goes|travels?|walks?|runs?|rolls?|floats?){_SOFTLY}"
                r" (?:along|sideways|with|left|right|alongside)"
            ),
            "pursues",
            "chases",
            "flies",
            "accompanies",
            "keeps? (?:up|pace)(?: with)?",
        ),
    ),
    (
        "static",
        (
            "static",
            "fixed",
            r"locked\w*",
            "tripod",
            "motionless",
            "still camera",
            "camera (?:is |stays |holds |remains |stands |keeps )?(?:still|steady|put)",
            "no camera movement",
            "steady shot",
            "holds",
            "holding",
            "stays",
            "stands",
            "remains",
            "rests",
            "waits",
            "watches",
            "lingers",
            "unmoving",
            "(?:doesn't|does not|never|not|without) mov(?:es?|ing)",
            "is still",
        ),
    ),
)
_COMPILED = tuple((move, re.compile(rf"\b(?:{'|'.join(patterns)})\b")) for move, patterns in _PHRASES)
_SUBJECT = re.compile(
    r"(?:^|[.,;:!?\u2014]|\b(?:and|while|as|then|the|our|a|static|handheld|whose)\b)\s*\bcamera\b(?!\s*(?:man|woman|person|crew|bag|flash))"
)
_HELD = re.compile(
    r"\b(?:with|hold(?:ing|s)|has|carr(?:ies|ying)|her|his|their|my|old|picks|takes|to|at|into|towards?|before|facing|in|of|on|from|for|near)"
    r"\s+(?:up\s+)?(?:the|a|our)?\s*$"
)
_ABOUT = re.compile(
    r"\b(?:camera|shot|lens|zoom\w*|pan|pans|panning|tilts?|tilting|dolly|crane|orbit\w*|handheld|hand held|view)\b"
)
_SHOT_FIRST = re.compile(r"(?:static|handheld|hand held|fixed|tracking)\b")
_FILLER = frozenset(
    "is was then slow fast and to start starts starting begin begins beginning very just now we keep keeps continue"
    " continues will can be gets itself it all the a".split()
)
_NEUTRAL = frozenset(
    "moves moving move show shows showing see sees looks looking captures capturing films filming frames framing"
    " focuses focusing reveals angle view shot movement motion at in on from with low high close wide near far up down"
    " left right behind above below over into through past works work rises rising drops lowers goes comes travels cuts"
    " settles ends turns turning rolling records catches finds faces sits swings shakes shaking establishing".split()
)


_LOVES = frozenset(
    "loves likes adores hates fears knows wants needs seems feels belongs means costs remembers forgets misses flatters"
    " favours lies breaks falls drops lands clicks whirrs whirs hums beeps buzzes flashes blinks clatters rattles"
    " bounces appears disappears hangs works stops pauses waits dangles gleams glints smokes dies tells says brings"
    " leaves lets helps uses allows admires enjoys discovers gathers gazes peers stares glances notices observes wakes".split()
)
"""What a camera can do that is no way of moving it: "the camera loves her" is prose."""


_NEAR = 200
"""Characters round the word "camera" that say what it does."""
_WHOM = frozenset("her him them me us you it everyone everybody anyone nobody".split())
_WHOSE = frozenset("hers his its this ours yours theirs always sometimes perhaps".split())


def moves(text: str) -> tuple[str, ...]:
    """The camera moves named in ``text``, in the order they are said; () where none is.

    Read only in sentences about the camera or the shot, so that "a man follows a dog" moves no camera.
    """
    found: list[tuple[int, str]] = []
    for offset, sentence in _sentences(text):
        about = _ABOUT.search(sentence)
        if not about:
            continue
        # "camera" may stand late in the sentence: what stands before it speaks of the subject
        early = (
            _SHOT_FIRST.match(sentence.lstrip()) or _SHOT_FIRST.match(sentence[about.start() :]) or "shot" in sentence
        )
        start = 0 if early else max(0, sentence.find("camera"))
        taken: list[tuple[int, int]] = []
        for move, pattern in _COMPILED:
            for match in pattern.finditer(sentence, start):
                if not any(match.start() < end and begin < match.end() for begin, end in taken):
                    taken.append(match.span())
                    found.append((offset + match.start(), move))
    return tuple(dict.fromkeys(move for _, move in sorted(found)))


def unknown(text: str) -> tuple[str, int] | None:
    """The first camera word that names no known move ("camera barrel-rolls") and its position; None when all are
    known."""
    lowered = text.lower()
    for match in _SUBJECT.finditer(lowered):
        at = lowered.index("camera", match.start())
        if _HELD.search(lowered[max(0, at - _NEAR) : at]):
            continue
        rest = re.split(
            r"[.;,!?\u2014]|\b(?:while|as|and)\b", lowered[at + len("camera") : at + len("camera") + _NEAR], maxsplit=1
        )[0]
        words = [word for word in tokenise(rest) if word.text not in _FILLER and not word.text.endswith("ly")]
        if not words or any(pattern.search(_flat("camera" + rest)) for _, pattern in _COMPILED):
            continue
        first = words[0]
        label = rest.lstrip().startswith(":")
        if (
            (whom := re.match(r"[^\w-]*(\w+)", rest[first.end :]))
            and whom.group(1) in _WHOM
            and rest[first.end : first.end + 1] == " "
        ):
            continue  # done to somebody ("adores him"): prose, no way of moving
        verb = (
            any(word.text.endswith(("s", "ing")) and word.text not in _WHOSE for word in words[:2])
            or rest[first.end : first.end + 1] == "-"
        )
        if (verb and first.text not in _NEUTRAL | _LOVES) or (
            label and not any(word.text in _NEUTRAL for word in words)
        ):
            spelled = re.match(r"[\w-]+", rest[first.start :])
            return (spelled.group() if spelled else first.text), at + len("camera") + first.start
    return None


def _flat(text: str) -> str:
    return re.sub(r"[-_]", " ", text.lower())


def _sentences(text: str) -> list[tuple[int, str]]:
    return [(match.start(), match.group()) for match in re.finditer(r"[^.;!?\n]+", _flat(text))]
