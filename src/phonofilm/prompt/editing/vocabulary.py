"""Words an editor offers while a prompt is written, as far as the prompt language itself knows them: camera moves and
languages."""

from __future__ import annotations

from dataclasses import dataclass

from phonofilm.prompt import camera


@dataclass(frozen=True, kw_only=True)
class Term:
    """One thing that can be asked for."""

    name: str
    words: tuple[str, ...]
    """Ways to ask for it, the plainest first; each works as it stands."""
    description: str = ""


_CAMERAS: dict[str, tuple[str, str]] = {
    "static": ("the camera stands still, static shot, fixed camera", "Nothing moves but the scene."),
    "push_in": (
        "the camera pushes in, the camera dollies in, the camera moves closer, the camera zooms in",
        "Closer to the subject: attention, tension.",
    ),
    "pull_out": (
        "the camera pulls out, the camera dollies back, the camera moves away",
        "Away from the subject: reveals what is around it.",
    ),
    "pan_left": ("the camera pans left, the camera turns to the left", "Turns on the spot to the left."),
    "pan_right": ("the camera pans right, the camera turns to the right", "Turns on the spot to the right."),
    "tilt_up": ("the camera tilts up, the camera looks up", "Turns upward: height, awe."),
    "tilt_down": ("the camera tilts down, the camera looks down", "Turns downward."),
    "track": ("the camera tracks alongside, tracking shot, the camera follows", "Moves along with the subject."),
    "crane": ("the camera cranes up, crane shot, the camera rises up", "Rises above the scene."),
    "orbit": ("the camera orbits, arc shot of the camera, the camera circles around", "Travels round the subject."),
    "dolly_zoom": ("dolly zoom, vertigo shot", "Moves one way and zooms the other: the world stretches."),
    "handheld": ("handheld camera, handheld shot", "A living, documentary unrest."),
}
_LANGUAGES = {
    "en": "English", "zh": "Chinese", "yue": "Cantonese", "ja": "Japanese", "ko": "Korean", "es": "Spanish",
    "fr": "French", "de": "German",
}  # fmt: skip


def cameras() -> tuple[Term, ...]:
    """Every camera move, with wordings the parser reads as that move."""
    return tuple(
        Term(
            name=name, words=tuple(word.strip() for word in _CAMERAS[name][0].split(",")), description=_CAMERAS[name][1]
        )
        for name in camera.MOVES
    )


def languages() -> tuple[tuple[str, str], ...]:
    """(code, English name) of the languages of dialogue."""
    return tuple(_LANGUAGES.items())
