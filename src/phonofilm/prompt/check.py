"""What cannot be made, and what could be said better: ``check`` raises, ``unheard`` and ``lint`` advise."""

from __future__ import annotations

from phonofilm.errors import PromptError
from phonofilm.prompt import camera
from phonofilm.prompt.clauses import classify
from phonofilm.prompt.script import Script

MAX_SHOTS_PER_SECOND = 2.0
"""More cuts than this flicker."""


def check(script: Script, seconds: float) -> None:
    """Raise PromptError where a script does not fit a clip of ``seconds``: a shot beyond its end, or too many shots."""
    for shot in script.shots:
        if shot.end is not None and shot.end > seconds + 1e-6:
            raise PromptError(
                f"this shot ends at {shot.end:g} s but the clip lasts {seconds:g} s; shorten it or ask for a longer"
                " clip",
                shot.position,
            )
        if shot.end is None and len(script.shots) > MAX_SHOTS_PER_SECOND * seconds:
            raise PromptError(
                f"{len(script.shots)} shots do not fit into {seconds:g} s; ask for at most two a second", shot.position
            )


def unheard(script: Script) -> tuple[tuple[str, int], ...]:
    """What the camera of the theatre and of our networks does not understand, one sentence for each part of the script,
    with its place in the prompt."""
    known = ", ".join(move.replace("_", " ") for move in camera.MOVES)
    parts = [(script.preamble, 0), *((shot.text, shot.position) for shot in script.shots)]
    found = [(trouble, offset) for text, offset in parts if (trouble := camera.unknown(text)) is not None]
    return tuple(
        (f"the camera does not know '{word}' and does without; it knows {known}", offset + at)
        for (word, at), offset in found
    )


def lint(script: Script) -> tuple[str, ...]:
    """Gentle hints, one line each, for a prompt that is valid but could be clearer. Never raises."""
    hints = []
    many = len(script.shots) > 1
    for number, shot in enumerate(script.shots, 1):
        where = f"shot {number}" if many else "the prompt"
        actions = [clause for clause in shot.clauses if clause.kind == "action"]
        if len(actions) > 1:
            hints.append(f"{where} has {len(actions)} actions; one action per shot is followed best")
        if not actions and not shot.lines:
            hints.append(f"{where} names no action; say what happens")
        if not camera.moves(script.caption(number - 1)):
            hints.append(f"{where} names no camera move; without one the engine chooses")
    if not script.lines and not any(classify(clause.text) == "sound" for clause in script.clauses):
        hints.append("no sound is named; without one you hear what the picture shows")
    if any(clause.kind == "environment" for clause in script.clauses) is False:
        hints.append("no place is named; without one the engine chooses")
    return tuple(hints)
