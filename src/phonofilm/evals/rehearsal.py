"""What the judges learn from: plays of the theatre made small, with their truth. Used for training and for testing the judges, never for judging.

The lines staged here are plain and evenly spread over everything there is to tell apart; the judges see only pictures or only sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from phonofilm.evals.lines import TEST, TRAIN

SECONDS = 5.0
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black", "brown")
PLACES = {
    "meadow": "in a meadow", "beach": "on a beach", "city": "in a city street", "stage": "on a stage", "room": "in a room",
    "snow": "in a snowy field", "forest": "in a forest", "desert": "in a desert",
}
HOURS = {"dawn": "at dawn", "noon": "at noon", "dusk": "at dusk", "night": "at night"}
WEATHERS = {"clear": "under a clear sky", "rain": "in the rain", "snow": "while snow falls", "fog": "in the fog", "wind": "in a strong wind"}
CAMERAS = {
    "static": "static camera", "push_in": "the camera pushes in", "pull_out": "the camera pulls out", "pan_left": "the camera pans left", "pan_right": "the camera pans right",
    "tilt_up": "the camera tilts up", "tilt_down": "the camera tilts down", "track": "tracking shot", "crane": "crane shot", "orbit": "the camera orbits",
}
DEEDS = (
    ("ball", "bounces"), ("ball", "bounces"), ("ball", "rolls"), ("ball", "collides with a {other} ball"), ("bell", "rings"), ("bell", "rings"),
    ("cup", "falls and breaks"), ("bottle", "falls and breaks"), ("box", "drops"), ("car", "drives"), ("bird", "flies and chirps"), ("balloon", "floats"), ("door", "opens and closes"),
    ("P", "walks"), ("P", "walks"), ("P", "runs"), ("P", "jumps"), ("P", "jumps"), ("P", "claps"), ("P", "claps"), ("P", "plays a drum"), ("P", "plays a drum"), ("P", "knocks on a door"), ("P", "knocks on a door"),
    ("P", "dances"), ("P", "talks"),
)
MOODS = ("cheerful", "calm", "sad", "tense", "playful", "epic")
LANGUAGES = {"en": "English", "zh": "Mandarin", "yue": "Cantonese", "ja": "Japanese", "ko": "Korean", "es": "Spanish", "fr": "French", "de": "German"}


def line(rng: np.random.Generator, held_out: bool = False) -> str:
    """One plain prompt: subject, deed, place, and most of the time hour, weather and camera; sometimes music or a spoken line.
    ``held_out`` takes the sentences the recogniser never trains on."""
    kind, deed = DEEDS[int(rng.integers(len(DEEDS)))]
    colour, other = (str(c) for c in rng.choice(COLOURS, 2, replace=False))
    if kind == "P":
        wear = str(rng.choice(("coat", "shirt", "dress", "hoodie")))
        subject = f"a {rng.choice(('man', 'woman', 'girl', 'boy'))} in a {colour} {wear}"
    else:
        subject = f"a {colour} {kind}"
    place = str(rng.choice(list(PLACES)))
    parts = [f"{subject} {deed.format(other=other)} {PLACES[place]}"]
    if rng.random() < 0.85:
        parts.append(HOURS[str(rng.choice(list(HOURS)))])
    if place not in ("room", "stage") and rng.random() < 0.6:
        parts.append(WEATHERS[str(rng.choice(list(WEATHERS)))])
    text = f"{' '.join(parts)}, {CAMERAS[str(rng.choice(list(CAMERAS)))]}"
    if rng.random() < 0.25:
        text += f", {rng.choice(MOODS)} music"
    text = text.replace("a orange", "an orange")
    text = text[0].upper() + text[1:] + "."
    if kind == "P" and (deed == "talks" or rng.random() < 0.1):
        code = str(rng.choice(list(LANGUAGES)))
        said = TEST[code] if held_out else [s.strip() for s in TRAIN[code].split("/")]
        text += f' The {subject.split()[1]} says in {LANGUAGES[code]}: "{rng.choice(said)}"'
    return text
