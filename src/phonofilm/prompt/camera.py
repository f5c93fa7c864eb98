"""Camera words: which move a prompt asks for, and which words the camera does not understand."""

from __future__ import annotations

import re

from phonofilm.prompt.words import tokenise

MOVES = ("static", "push_in", "pull_out", "pan_left", "pan_right", "tilt_up", "tilt_down", "track", "crane", "orbit", "dolly_zoom", "handheld")
"""The moves a camera knows."""

_PHRASES = (
    ("dolly_zoom", r"dolly zoom\w*|hitchcock zoom|vertigo (?:effect|shot)|zolly|contra zoom"),
    ("handheld", r"hand ?held|shaky cam\w*|shaky camera|camera shakes?"),
    ("orbit", r"orbit\w*|arc shot|(?:circl\w+|revolv\w+|moves?|goes|swings?|rotat\w+|turns?|arcs?|travels?) (?:slowly )?(?:a?round)|circles|circling"),
    ("crane", r"crane\w*|boom shot|jib|booms? up|boom up|(?:camera|shot|view)(?: slowly| gently)? (?:rises|rising|lifts|ascends|climbs|descends|sinks|lowers|soars)|rises above"),
    ("pull_out", r"pull\w* (?:out|back|away)|zoom\w* (?:slowly )?out|doll(?:y|ies|ying) (?:slowly )?(?:out|back)|(?:moves?|moving|backs?|draws?|retreats?|tracks?) (?:slowly )?(?:back|backwards?|away|out)|camera retreats"),
    ("push_in", r"push\w*(?: slowly)?(?: in)?|zoom\w*(?: slowly)?(?: in| toward\w*| on)?|doll(?:y|ies|ying)(?: slowly)?(?: in| forward)?|(?:moves?|moving|glides?|drifts?|creeps?|comes|eases?|closes|drives?)(?: slowly| gently)? (?:in|closer|forward|toward\w*)|approaches|close in"),
    ("pan_left", r"pan\w*(?: \w+ly)?(?: to the| toward\w*(?: the)?| from right)? ?(?:to )?left|(?:turns?|swings?|sweeps?|looks?|whips?)(?: \w+ly)? (?:to the )?left"),
    ("pan_right", r"pan\w*(?: \w+ly)?(?: (?:to|toward\w*)(?: the)?)? right|pan\w*|whip pan|(?:turns?|swings?|sweeps?|looks?|whips?)(?: \w+ly)? (?:to the )?right|sweeps"),
    ("tilt_down", r"tilt\w*(?: \w+ly)? down\w*|camera(?: slowly)? looks down"),
    ("tilt_up", r"tilt\w*(?: \w+ly)?(?: up\w*)?|camera(?: slowly)? looks up"),
    ("track", r"track\w*|follow\w*|steadicam|travell?ing shot|truck\w*|slid(?:es?|ing)(?: \w+)?|glides?(?: \w+)?|drifts?(?: \w+)?|moves? (?:along|sideways|with|left|right|alongside)|walks? with|runs? with|pursues|chases|flies|accompanies"),
    ("static", r"static|fixed|locked(?: off| down)?|tripod|motionless|still camera|camera (?:is |stays |holds |remains |stands |keeps )?(?:still|steady|put)|no camera movement|steady shot|(?:holds|stays|stands|remains|rests|waits|watches|lingers|doesn't move|does not move|unmoving)"),
)
_COMPILED = tuple((move, re.compile(rf"\b(?:{pattern})\b")) for move, pattern in _PHRASES)
_SUBJECT = re.compile(r"(?:^|[.,;:!?\u2014]|\b(?:and|while|as|then|the|our|a|static|handheld|whose)\b)\s*\bcamera\b(?!\s*(?:man|woman|person|crew|bag|flash))")
_HELD = re.compile(r"\b(?:with|holding|holds|has|carries|carrying|her|his|their|my|old|picks|takes|to|at|into|toward|towards|before|facing|in|of|on|from|for|near)\s+(?:up\s+)?(?:the|a|our)?\s*$")
_FILLER = frozenset(
    "is was then slowly gently quickly smoothly softly steadily fast slow and to starts start begins begin starting beginning suddenly "
    "gradually very just now we keeps keep continues continue will can gracefully calmly carefully rapidly".split()
)
_NEUTRAL = frozenset(
    "moves moving shows showing sees looks looking captures capturing films filming frames framing focuses focusing reveals angle view shot "
    "movement motion move at in on from with low high close wide near far up down left right behind above below over into through past "
    "stays holds rests remains stands keeps watches rises drops lowers goes comes travels cuts work stops settles ends turns rolling".split()
)


def moves(text: str) -> tuple[str, ...]:
    """The camera moves named in ``text``, in the order they are said; () where none is.

    Read only in sentences about the camera or the shot, or from words that belong to cameras alone, so that
    "a man follows a dog" moves no camera.
    """
    found: list[tuple[int, int, str]] = []
    for sentence in _sentences(text):
        about_camera = re.search(r"\b(?:camera|shot|lens|zoom\w*|pan|pans|panning|tilts?|tilting|dolly|crane|orbit\w*|handheld|hand held|view)\b", sentence[1])
        if not about_camera:
            continue
        taken: list[tuple[int, int]] = []
        for move, pattern in _COMPILED:
            # "camera" may stand late in the sentence; what stands before it speaks of the subject
            start = max(0, sentence[1].find("camera")) if not re.match(r"(?:static|handheld|hand held|fixed|tracking)\b", sentence[1][about_camera.start() :]) else 0
            for match in pattern.finditer(sentence[1], start if "shot" not in sentence[1] else 0):
                if not any(match.start() < end and begin < match.end() for begin, end in taken):
                    taken.append(match.span())
                    found.append((sentence[0] + match.start(), len(found), move))
    ordered = [move for _, _, move in sorted(found)]
    return tuple(move for index, move in enumerate(ordered) if move not in ordered[:index])


def unknown(text: str) -> tuple[str, int] | None:
    """The first camera word that names no known move ("camera barrel-rolls") and its position; None when all are known."""
    lowered = text.lower()
    for match in _SUBJECT.finditer(lowered):
        at = lowered.index("camera", match.start())
        if _HELD.search(lowered[: at]):
            continue
        rest = re.split(r"[.;,!?\u2014]|\b(?:while|as|and)\b", lowered[at + len("camera") :])[0]
        label = bool(re.match(r"\s*:", rest))
        words = [word for word in tokenise(rest) if word.text not in _FILLER]
        if not words:
            continue
        flat = _flat("camera " + rest)
        if any(pattern.search(flat, 6) or pattern.match(flat) for _, pattern in _COMPILED):
            continue
        first = words[0]
        verb = any(word.text.endswith(("s", "ing")) for word in words[:2]) or re.match(rf"\s*(?:\w+ly\s+)*{re.escape(first.text)}-", rest)
        if (verb and first.text not in _NEUTRAL) or (label and not any(word.text in _NEUTRAL for word in words)):
            tail = re.match(r"[\w-]+", rest[first.start :])
            return (tail.group() if tail else first.text), at + len("camera") + first.start
    return None


def _flat(text: str) -> str:
    return re.sub(r"[-_]", " ", text.lower())


def _sentences(text: str) -> list[tuple[int, str]]:
    return [(match.start(), match.group()) for match in re.finditer(r"[^.;!?\n]+", _flat(text))]
