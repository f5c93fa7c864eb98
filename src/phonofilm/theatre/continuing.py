"""Clips that go on: a script of several clips staged so that each part is what was shown before, with the same cast,
place and music."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from phonofilm.prompt.script import Script
from phonofilm.theatre.play import Look, Play
from phonofilm.theatre.reading.plan import Dress
from phonofilm.theatre.stage.staging import stage

_PRINTED = 1e-3
"""Seconds that a printed script tells apart: a shot that begins where a part ends may be written half of it earlier."""
Change = tuple[int, str]
"""(how many shots there were when it was said, words)"""


def staged(
    script: Script,
    seconds: float,
    seed: int,
    dress: Mapping[str, Dress] | None = None,
    *,
    parts: Sequence[float] = (),
    changes: Sequence[Change] = (),
) -> Play:
    """The play of ``script`` from the end of its last part to ``seconds``.

    ``parts`` are the ends of the clips before this one: their shots are staged as they were then, whatever later words
    say of the same people, so that the first picture is the last one of the clip before. Without parts it is
    ``staging.stage``.
    """
    looks: dict[int, tuple[str, Look]] = {}
    before: Play | None = None
    for end in (*parts, seconds):
        shots = (
            tuple(shot for shot in script.shots if (shot.start or 0.0) < end - 0.6 * _PRINTED)
            if parts
            else script.shots
        )
        known = [change for change in changes if change[0] <= len(shots)]
        play = stage(replace(script, shots=shots), end, seed, dress, changes=known, looks=looks)
        before = play if before is None else _following(before, play)
    assert before is not None
    return before


def _following(before: Play, play: Play) -> Play:
    """``play`` from where ``before`` ended: until then it is ``before``."""
    begin, shots = before.seconds, len(before.shots)
    return replace(
        play,
        shots=before.shots + play.shots[shots:],
        contacts=before.contacts + tuple(contact for contact in play.contacts if contact.time > begin),
        speech=before.speech + tuple(line for line in play.speech if line.start >= begin),
        ambience=before.ambience + tuple(air for air in play.ambience if air[0] >= begin - 1e-6),
        unknown=tuple(word for word in play.unknown if word not in before.unknown),
        notes=tuple(note for note in play.notes if note not in before.notes),
        begin=begin,
    )
