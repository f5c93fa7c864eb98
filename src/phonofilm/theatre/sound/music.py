"""A small composer: melody, chords, bass and kit for six moods; it begins on a beat at 0 and ends on a cadence when the
clip does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import oaconvolve

from phonofilm.spec import clock
from phonofilm.theatre.play import Music
from phonofilm.theatre.sound import instruments as play_on

Array = NDArray[Any]
_R = clock.THEATRE_RATE
MAJOR, LYDIAN, MINOR, PHRYGIAN = (
    (0, 2, 4, 5, 7, 9, 11),
    (0, 2, 4, 6, 7, 9, 11),
    (0, 2, 3, 5, 7, 8, 10),
    (0, 1, 3, 5, 7, 8, 10),
)
PENTATONIC = (0, 2, 4, 7, 9)


@dataclass(frozen=True, kw_only=True)
class Mood:
    """How a mood is written."""

    scale: tuple[int, ...]
    chords: tuple[int, ...]
    """Degrees of the roots, 0 is the tonic; each lasts a bar."""
    before_last: int
    """Degree of the chord that leads home."""
    tempo: tuple[float, float]
    lead: str
    """pluck | piano | muted | none"""
    register: int
    """MIDI note around which the melody moves."""
    notes: tuple[tuple[float, ...], ...]
    """Rhythms of a bar to choose from: beats on which the melody speaks."""
    kit: tuple[tuple[str, tuple[float, ...], float], ...]
    """(piece, beats of the bar, level)"""
    pad: float
    comp: float
    """Level of broken or struck chords."""
    bass_at: tuple[float, ...]


MOODS: dict[str, Mood] = {
    "cheerful": Mood(
        scale=MAJOR,
        chords=(0, 4, 5, 3),
        before_last=4,
        tempo=(110, 128),
        lead="pluck",
        register=74,
        pad=0.10,
        comp=0.30,
        bass_at=(0, 1.5, 2, 3),
        notes=((0, 1, 1.5, 2, 3), (0, 0.5, 1, 2, 2.5, 3), (0, 1.5, 2, 3, 3.5)),
        kit=(
            ("kick", (0, 2), 0.8),
            ("clap", (1, 3), 0.35),
            ("hat", (0.5, 1.5, 2.5, 3.5), 0.22),
            ("hat", (0, 1, 2, 3), 0.12),
        ),
    ),
    "calm": Mood(
        scale=MAJOR,
        chords=(0, 2, 3, 0),
        before_last=4,
        tempo=(66, 84),
        lead="piano",
        register=72,
        pad=0.30,
        comp=0.20,
        bass_at=(0,),
        notes=((0, 2), (0, 1.5, 3), (1, 2)),
        kit=(),
    ),
    "sad": Mood(
        scale=MINOR,
        chords=(0, 5, 2, 6),
        before_last=4,
        tempo=(60, 76),
        lead="piano",
        register=69,
        pad=0.34,
        comp=0.12,
        bass_at=(0,),
        notes=((0, 1.5, 2), (0, 2, 3), (0.5, 2)),
        kit=(),
    ),
    "tense": Mood(
        scale=PHRYGIAN,
        chords=(0, 0, 1, 0),
        before_last=1,
        tempo=(90, 120),
        lead="none",
        register=64,
        pad=0.30,
        comp=0.0,
        bass_at=(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5),
        notes=((0,),),
        kit=(("tick", (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5), 0.2), ("low_tom", (0, 2.5), 0.5)),
    ),
    "playful": Mood(
        scale=PENTATONIC,
        chords=(0, 0, 3, 3),
        before_last=3,
        tempo=(100, 130),
        lead="muted",
        register=77,
        pad=0.0,
        comp=0.35,
        bass_at=(0, 2),
        notes=((0, 0.5, 1, 2, 2.5, 3), (0, 0.75, 1.5, 2, 3), (0, 1, 1.25, 1.5, 2, 3.5)),
        kit=(("block", (1, 3), 0.35), ("hat", (0.5, 2.5), 0.12), ("kick", (0, 2), 0.4)),
    ),
    "epic": Mood(
        scale=MINOR,
        chords=(0, 5, 6, 0),
        before_last=6,
        tempo=(80, 100),
        lead="brass",
        register=67,
        pad=0.36,
        comp=0.0,
        bass_at=(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5),
        notes=((0, 1.5, 2), (0, 2, 3), (0, 1, 2)),
        kit=(("low_tom", (0, 1.5, 2), 0.9), ("tom", (2.5, 3, 3.25, 3.5), 0.55), ("snare", (1, 3), 0.2)),
    ),
}


def tempo_for(mood: str, rng: np.random.Generator) -> float:
    """A tempo in beats per minute that suits the mood."""
    low, high = MOODS.get(mood, MOODS["calm"]).tempo
    return float(round(rng.uniform(low, high)))


def beats(tempo: float, seconds: float) -> tuple[float, ...]:
    """Times of the beats in seconds from 0 up to and including ``seconds``."""
    return tuple(k * 60.0 / tempo for k in range(int(seconds * tempo / 60.0 + 1e-9) + 1))


class _Score:
    """A stereo sheet that notes are laid on."""

    def __init__(self, n: int) -> None:
        self.out = np.zeros((2, n))

    def put(self, time: float, wave: Array, gain: float, pan: float = 0.0) -> None:
        start = clock.sample_at(time, _R)
        piece = wave[: max(0, self.out.shape[1] - start)]
        angle = (pan + 1) * np.pi / 4
        self.out[0, start : start + piece.size] += (gain * np.cos(angle)) * piece
        self.out[1, start : start + piece.size] += (gain * np.sin(angle)) * piece


def _degree(scale: tuple[int, ...], degree: int) -> int:
    octave, step = divmod(degree, len(scale))
    return 12 * octave + scale[step]


def _triad(mood: Mood, degree: int) -> list[int]:
    if len(mood.scale) == 5:  # pentatonic: stacked from the major scale, so that chords are chords
        return [_degree(MAJOR, degree + k) for k in (0, 2, 4)]
    notes = [_degree(mood.scale, degree + k) for k in (0, 2, 4)]
    if mood.scale in (MINOR, PHRYGIAN) and degree == 4:
        notes[1] = 11  # the leading note of the dominant
    return notes


def _plan(mood: Mood, total: int, seconds: float, spb: float) -> tuple[list[tuple[int, int, int]], int]:
    """[(first beat, beats, degree)] and the beat of the last chord, which needs at least 1.1 s to ring."""
    room = max(1, int((seconds - 1.1) / spb))
    last = next((b for unit in (4, 2, 1) for b in [room // unit * unit] if b > 0 and (room - b) * spb < 1.3), room)
    slot = 4 if last >= 12 else 2
    chords = []
    for k, at in enumerate(range(0, last, slot)):
        chords.append((at, min(slot, last - at), mood.chords[k % len(mood.chords)]))
    if len(chords) > 1:
        chords[-1] = (*chords[-1][:2], mood.before_last)
    return chords, last


def compose(music: Music, seconds: float) -> NDArray[np.float32]:
    """The score of a clip of ``seconds``, stereo float32 [2, ``clock.samples(seconds, 48000)``] at 48 kHz.

    Beats fall exactly on ``beats(music.tempo, seconds)``; the last chord is the tonic and fades out with the clip. The
    same seed writes the same music. RMS is about 0.12; ``music.level_db`` is left to the mix. An unknown mood is
    written as calm."""
    mood = MOODS.get(music.mood, MOODS["calm"])
    rng = np.random.default_rng([music.seed, 77])
    n = clock.samples(seconds, _R)
    score = _Score(n)
    spb = 60.0 / music.tempo
    tonic = 48 + int(rng.integers(-3, 6))
    chords, last = _plan(mood, int(seconds / spb), seconds, spb)
    rhythms = [mood.notes[int(rng.integers(len(mood.notes)))] for _ in range(2)]
    height = 0
    for k, (at, length, degree) in enumerate([*chords, (last, 0, 0)]):
        final = length == 0
        held = seconds + 1 / clock.FPS - at * spb if final else length * spb
        triad = _triad(mood, degree)
        _harmony(score, mood, tonic, triad, at * spb, round(held + (0.0 if final else 0.12), 3), spb, length)
        root = tonic - 12 + triad[0] - (12 if triad[0] > 7 else 0)
        for b in (0.0,) if final else mood.bass_at:
            if final or b < length:
                short = len(mood.bass_at) > 4 and not final
                wave = play_on.bass(root, round(held if final else min(1.2, spb * 1.2), 2), short)
                score.put((at + b) * spb, wave, 0.42 if b in (0, 2) else 0.3)
        if not final:
            for piece, when, gain in mood.kit:
                for b in when:
                    if b < length:
                        touch = 0.6 * gain * (1 if b == 0 else 0.85 + 0.15 * rng.random())
                        score.put((at + b) * spb, play_on.beat(piece), touch, 0.25 if piece == "hat" else 0.0)
        elif mood.kit:
            score.put(at * spb, play_on.beat("cymbal" if music.mood == "epic" else mood.kit[0][0]), 0.4)
        bar = _Bar(triad=triad, at=at, length=length, spb=spb, held=held, rhythm=rhythms[k % 2])
        height = _melody(score, mood, tonic, bar, height, rng)
    out = score.out
    out = out + 0.22 * oaconvolve(out, _hall(), axes=1)[:, :n]
    fade = min(n, int(0.45 * _R))
    out[:, -fade:] *= 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, fade))
    return (out * (0.12 / max(1e-9, float(np.sqrt(np.mean(out**2)))))).astype(np.float32)  # type: ignore[no-any-return]


def _harmony(
    score: _Score, mood: Mood, tonic: int, triad: list[int], at: float, held: float, spb: float, length: int
) -> None:
    voicing = sorted(tonic + 12 + (note if note < 9 else note - 12) for note in triad)
    kind = "saw" if mood.lead == "brass" else "soft"
    for j, note in enumerate(voicing):
        pan = 0.5 * (j - 1)
        if mood.pad:
            score.put(at, play_on.pad(note, held, kind, 0.06 if length == 0 or at == 0 else 0.15), mood.pad * 0.6, pan)
        if mood.comp and mood.lead == "muted":
            for b in range(1, max(length, 2), 2) if length else (0,):
                score.put(at + b * spb, play_on.pluck(note, 0.35, 0.5, True), mood.comp, pan)
        elif mood.comp and mood.lead == "piano":
            # A broken chord: one tone to each half beat, up and back.
            for b in range(j, max(2 * length, 1), 4) if length else (0,):
                score.put(at + 0.5 * b * spb, play_on.piano(note, round(min(held, 1.6), 2)), mood.comp, pan)
        elif mood.comp:
            for beat in (0.0, 1.5, 3.0) if length else (0.0,):
                if beat < max(length, 1):
                    score.put(
                        at + beat * spb,
                        play_on.piano(note, round(min(held, 1.2), 2)),
                        mood.comp * (0.9 if beat == 0 else 0.6),
                        pan,
                    )


@dataclass(frozen=True, kw_only=True)
class _Bar:
    """A chord's stretch of the score."""

    triad: list[int]
    at: int
    """Beat it begins with."""
    length: int
    """Beats; 0 for the last chord."""
    spb: float
    """Seconds a beat."""
    held: float
    """Seconds the chord sounds."""
    rhythm: tuple[float, ...]
    """Beats of it that the melody has a note on."""


def _melody(score: _Score, mood: Mood, tonic: int, bar: _Bar, height: int, rng: np.random.Generator) -> int:
    """One bar of melody: chord tones on strong beats, steps of the scale between, never far from home. Returns where it
    stands."""
    if mood.lead == "none":
        return height
    length, spb = bar.length, bar.spb
    base = tonic + 12 * round((mood.register - tonic) / 12)
    steps = len(mood.scale)
    when = [b for b in bar.rhythm if b < length] if length else [0.0]
    for k, b in enumerate(when):
        strong = b in (0.0, 2.0)
        height += int(rng.choice([-2, -1, -1, 1, 1, 2] if strong else [-1, 1]))
        height = int(np.clip(height, -steps + 2, steps - 1))
        if strong or not length:
            wanted = {note % 12 for note in bar.triad} if length else {0}
            height = min(
                range(-steps, steps + 1),
                key=lambda d: (0 if _degree(mood.scale, d) % 12 in wanted else 99) + abs(d - height),
            )
        note = base + _degree(mood.scale, height)
        until = when[k + 1] if k + 1 < len(when) else float(length)
        lasts = round(bar.held if not length else max(0.25, (until - b) * spb * 1.1), 2)
        gain = (0.5 if strong else 0.4) * (0.9 + 0.2 * rng.random())
        if mood.lead in ("pluck", "muted"):
            wave = play_on.pluck(note, round(lasts + 0.3, 2), 0.75, mood.lead == "muted")
        elif mood.lead == "brass":
            wave, gain = play_on.pad(note, lasts, "saw", 0.03), gain * 0.55
        else:
            wave = play_on.piano(note, round(lasts + 0.4, 2))
        score.put((bar.at + b) * spb, wave, gain, 0.15)
    return height


def _hall() -> Array:
    rng = np.random.default_rng(5)
    t = np.arange(int(0.9 * _R)) / _R
    tail = rng.standard_normal((2, t.size)) * np.exp(-t / 0.25) * np.minimum(1, t / 0.02)
    tail = np.cumsum(tail, 1) * 0.15 + tail * 0.3
    tail -= np.stack([np.convolve(side, np.ones(400) / 400, "same") for side in tail])
    return tail / np.sqrt((tail**2).sum(1, keepdims=True))  # type: ignore[no-any-return]
