"""Everything the judges have to say about one clip, from its pictures and its sound alone."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from phonofilm.errors import PromptError
from phonofilm.evals.heldout import Prompt
from phonofilm.evals.judges import motion, mouths, parser, speech, sync
from phonofilm.prompt import parse
from phonofilm.prompt.language import guess_language
from phonofilm.spec import clock
from phonofilm.theatre.sound import speech as voices

Row = dict[str, Any]


def measure(frames: np.ndarray, sound: np.ndarray, rate: int, prompt: Prompt) -> Row:
    """Judge a clip: pictures uint8 [F, H, W, 3] at 24 frames a second, sound [2, n].

    The row (ready for JSON) holds: prompt, seconds, contacts and onsets (times), seen (parser) and labels (the
    prompt's, both folded to the parser's classes), motion, and where the prompt gives cause for it lips, phoneme_error,
    fall, momentum_error (None where not measurable).
    """
    pictures = (sync.small(frames).permute(0, 2, 3, 1).numpy() * 255).round().astype(np.uint8)
    contacts, onsets = sync.visual_contacts(pictures), sync.sound_onsets(sound, rate)
    table = parser.known_classes()
    labels = {k: parser.folded(k, v) for k, v in prompt.labels.items()}
    row: Row = {
        "prompt": prompt.id,
        "text": prompt.text,
        "simple": prompt.simple,
        "seen_combination": prompt.seen,
        "seconds": clock.seconds_of_frames(len(frames)),
        "contacts": _rounded(contacts),
        "onsets": _rounded(onsets),
        "seen": parser.describe(pictures),
        "labels": {k: v for k, v in labels.items() if v in table.get(k, ())},
        "motion": vars(motion.liveliness(pictures)),
    }
    spoken = expected_phonemes(prompt.text)
    if spoken:
        lips = speech.lip_sync(mouths.opening(frames), sound, rate)
        row["lips"] = {k: _finite(v) for k, v in vars(lips).items()}
        edits, count = speech.phoneme_errors(spoken, sound, rate)
        row["phoneme_error"] = edits / count
    hues = hues_of(prompt.text)
    action = prompt.labels.get("action")
    if action == "bounce" and prompt.labels.get("camera", "static") == "static" and hues:
        row["fall"] = {
            k: _finite(v) for k, v in vars(motion.free_fall(motion.follow(pictures, hues[0]), contacts)).items()
        }
    if action == "collide" and len(hues) == 2 and len(contacts):
        tracks = [motion.follow(pictures, hue) for hue in hues]
        errors = [motion.momentum_error(tracks[0], tracks[1], float(t)) for t in contacts]
        row["momentum_error"] = next((e for e in errors if math.isfinite(e)), None)
    return row


def expected_phonemes(text: str) -> list[str]:
    """What the lines of dialogue in a prompt sound like, in order; empty without any."""
    try:
        lines = parse(text).lines
    except PromptError:
        return []
    return [
        p.symbol
        for line in lines
        for p in voices.phonemes(line.text, line.language or guess_language(line.text))
        if p.symbol != "_"
    ]


def hues_of(text: str) -> list[str]:
    """Colours with a hue that the text names, in order, each once."""
    found = re.findall("|".join(motion.HUES), text.lower())
    return list(dict.fromkeys(found))


def _rounded(times: np.ndarray) -> list[float]:
    return [round(float(t), 4) for t in times]


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
