"""What the judges learn from: plays of the theatre made small, with their truth. Used for training and for testing the
judges, never for judging.

The lines staged here are plain and evenly spread over everything there is to tell apart; the judges see only pictures
or only sound.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from phonofilm.evals.judges.lines import TEST, TRAIN
from phonofilm.evals.judges.parser import folded
from phonofilm.evals.judges.sync import CONTACTS, HEIGHT, WIDTH, small
from phonofilm.prompt import parse
from phonofilm.spec import clock
from phonofilm.theatre.camera import project
from phonofilm.theatre.play import Play
from phonofilm.theatre.sound import mix
from phonofilm.theatre.stage.staging import stage

SECONDS = 5.0
SOFTEST = 0.4
"""Contacts slower than this (m/s: the last trembling of a ball) are neither asked for nor expected to be found."""
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black", "brown")
PLACES = {
    "meadow": "in a meadow",
    "beach": "on a beach",
    "city": "in a city street",
    "stage": "on a stage",
    "room": "in a room",
    "snow": "in a snowy field",
    "forest": "in a forest",
    "desert": "in a desert",
}
HOURS = {"dawn": "at dawn", "noon": "at noon", "dusk": "at dusk", "night": "at night"}
WEATHERS = {
    "clear": "under a clear sky",
    "rain": "in the rain",
    "snow": "while snow falls",
    "fog": "in the fog",
    "wind": "in a strong wind",
}
CAMERAS = {
    "static": "static camera",
    "push_in": "the camera pushes in",
    "pull_out": "the camera pulls out",
    "pan_left": "the camera pans left",
    "pan_right": "the camera pans right",
    "tilt_up": "the camera tilts up",
    "tilt_down": "the camera tilts down",
    "track": "tracking shot",
    "crane": "crane shot",
    "orbit": "the camera orbits",
}
DEEDS = (
    ("ball", "bounces"),
    ("ball", "bounces"),
    ("ball", "rolls"),
    ("ball", "collides with a {other} ball"),
    ("bell", "rings"),
    ("bell", "rings"),
    ("cup", "falls and breaks"),
    ("bottle", "falls and breaks"),
    ("box", "drops"),
    ("car", "drives"),
    ("bird", "flies and chirps"),
    ("balloon", "floats"),
    ("door", "opens and closes"),
    ("P", "walks"),
    ("P", "walks"),
    ("P", "runs"),
    ("P", "jumps"),
    ("P", "jumps"),
    ("P", "claps"),
    ("P", "claps"),
    ("P", "plays a drum"),
    ("P", "plays a drum"),
    ("P", "knocks on a door"),
    ("P", "knocks on a door"),
    ("P", "dances"),
    ("P", "talks"),
)
MOODS = ("cheerful", "calm", "sad", "tense", "playful", "epic")
LANGUAGES = {
    "en": "English",
    "zh": "Mandarin",
    "yue": "Cantonese",
    "ja": "Japanese",
    "ko": "Korean",
    "es": "Spanish",
    "fr": "French",
    "de": "German",
}


def line(rng: np.random.Generator, held_out: bool = False) -> str:
    """One plain prompt: subject, deed, place, and most of the time hour, weather and camera; sometimes music or a
    spoken line. ``held_out`` takes the sentences the recogniser never trains on."""
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


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One play made small, with its truth."""

    frames: np.ndarray
    """uint8 [F, 72, 128, 3]."""
    sound: np.ndarray
    """float32 [n], mono, 24 kHz."""
    seen: np.ndarray
    """Times of contacts the camera sees."""
    where: np.ndarray
    """[seen, 2] where in the picture each of them is: x from the left, y from the top, both 0..1."""
    heard: np.ndarray
    """Times of all contacts."""
    mouth: np.ndarray
    """[F] opening of the widest mouth in metres times 20."""
    subject: np.ndarray
    """[F, 3] the main subject: its middle's x and y as in ``where``, and its height in picture heights (0 where it is
    off stage)."""
    labels: dict[str, str]
    text: str


def scene(text: str, seed: int, seconds: float = SECONDS, *, picture: bool = True) -> Scene:
    """Stage, paint (unless ``picture`` is False: frames of shape [0, ...]) and sound one prompt."""
    play = stage(parse(text), seconds, seed)
    count = clock.frames(seconds)
    frames = np.zeros((0, HEIGHT, WIDTH, 3), np.uint8)
    if picture:
        from phonofilm.theatre.draw import paint

        # Drawn larger and made small, as clips under judgement are: thin things look alike then.
        large = np.stack(list(paint.picture(play, 2 * WIDTH, 2 * HEIGHT)))
        frames = (small(large).permute(0, 2, 3, 1).numpy() * 255).round().astype(np.uint8)
    sound = np.ascontiguousarray(mix.sound(play, clock.SAMPLE_RATE).mean(0), np.float32)
    struck = [c for c in play.contacts if c.kind in CONTACTS and c.speed >= SOFTEST]
    mouth = np.zeros(count, np.float32)
    for n in range(count):
        at = clock.frame_time(n)
        poses = [a.at(at).pose for a in play.shot_at(at).actors]
        mouth[n] = max((20 * p.mouth_open for p in poses if p is not None), default=0.0)
    seen = [c for c in struck if c.visible]
    spots = [project(play.shot_at(c.time).camera(c.time), c.position) for c in seen]
    where = np.array([(0.5 + u * HEIGHT / WIDTH, 0.5 - v) for u, v, _ in spots]).reshape(-1, 2)
    return Scene(
        frames=frames,
        sound=sound,
        seen=np.array([c.time for c in seen]),
        where=where,
        heard=np.array([c.time for c in struck]),
        mouth=mouth,
        subject=subject_track(play),
        labels={k: folded(k, v) for k, v in play.labels.items()},
        text=text,
    )


def subject_track(play: Play) -> np.ndarray:
    """[F, 3], see :class:`Scene`: the first actor of the first shot that has the labelled kind and colour."""
    shot, labels = play.shots[0], play.labels
    fitting = [a for a in shot.actors if a.colour_name == labels.get("colour") and a.kind == labels.get("kind", a.kind)]
    out = np.zeros((clock.frames(play.seconds), 3), np.float32)
    for n in range(len(out)):
        at = clock.frame_time(n)
        if not fitting or at > shot.end:
            break
        state = fitting[0].at(at)
        x, y, z = state.position
        middle = y + 0.55 * fitting[0].size[1] if fitting[0].kind == "person" else y
        u, v, scale = project(shot.camera(at), (x, middle, z))
        out[n] = (0.5 + u * HEIGHT / WIDTH, 0.5 - v, scale * fitting[0].size[1] if state.visible else 0.0)
    return out


def cached(folder: Path, index: int, *, picture: bool = True, held_out: bool = False) -> Scene:
    """Scene number ``index`` of the rehearsal lines, from ``folder`` or made and put there. Held-out ones use other
    seeds and sentences."""
    number = index + (10_000_000 if held_out else 0)
    name = folder / f"{number}{'' if picture else '-sound'}.npz"
    if not name.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        s = scene(line(np.random.default_rng([number, 3]), held_out), number, picture=picture)
        meta = json.dumps({"labels": s.labels, "text": s.text})
        beside = name.with_name(f".{os.getpid()}-{name.name}")
        np.savez(
            beside,
            frames=s.frames,
            sound=(np.clip(s.sound, -1, 1) * 32767).astype(np.int16),
            seen=s.seen,
            where=s.where,
            heard=s.heard,
            mouth=s.mouth,
            subject=s.subject,
            meta=np.array(meta),
        )
        os.replace(beside, name)
    with np.load(name) as z:
        meta = json.loads(str(z["meta"]))
        return Scene(
            frames=z["frames"],
            sound=z["sound"].astype(np.float32) / 32767,
            seen=z["seen"],
            where=z["where"],
            heard=z["heard"],
            mouth=z["mouth"],
            subject=z["subject"],
            labels=meta["labels"],
            text=meta["text"],
        )
