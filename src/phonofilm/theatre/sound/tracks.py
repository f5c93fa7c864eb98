"""Sounds that somebody brought along, made to lie under a play: music in place of the composer's, a voice over what
happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phonofilm.spec import clock

Array = NDArray[Any]
_R = clock.THEATRE_RATE
CROSSFADE = 0.25
"""Seconds over which music that is too short runs into its own beginning."""
FADE_OUT = 0.45
"""Seconds in which music that is too long ends with the clip."""
VOICE_AT = 0.3
"""Seconds of the clip before a voice-over begins."""
_QUIET = 10 ** (-40 / 20)
"""Below this share of a track's loud parts nobody speaks."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """One sound brought along."""

    part: str
    """music | voice"""
    sound: NDArray[np.float32]
    """[2, n] at 48 kHz; its loudness does not matter."""
    strength: float = 1.0
    """Music: 0 leaves the composer's, 1 replaces it, between they are mixed. Voice: its level, 0 silent."""
    at: float = 0.0
    """Seconds of the play at which it may begin."""


def loops(track: Track, n: int) -> int:
    """How often music begins anew to last ``n`` samples."""
    length = track.sound.shape[1]
    step = length - _join(length)
    return 0 if length >= n else -(-(n - length) // max(1, step))


def _join(length: int) -> int:
    """Samples of a loop's crossfade."""
    return min(int(CROSSFADE * _R), length // 4)


def as_music(track: Track, n: int) -> Array:
    """The track as music of ``n`` samples, [2, n]: looped over crossfades where it is shorter, faded out where it is
    longer. RMS 1 while it plays."""
    sound = track.sound.astype(np.float64)
    length, join = sound.shape[1], _join(sound.shape[1])
    out = np.zeros((2, n))
    begin = min(n, clock.sample_at(track.at, _R))
    if not length or begin == n:
        return out
    at, first = begin, True
    while at < n:
        piece = sound.copy()
        last = at + length >= n
        if join and not first:
            piece[:, :join] *= np.sin(np.linspace(0, np.pi / 2, join))
        if join and not last:
            piece[:, -join:] *= np.cos(np.linspace(0, np.pi / 2, join))
        end = min(n, at + length)
        out[:, at:end] += piece[:, : end - at]
        at, first = at + max(1, length - join), False
        if last:
            break
    fade = min(n, int(FADE_OUT * _R))
    out[:, -fade:] *= 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, fade))
    return out / max(1e-9, _rms(out[:, begin:]))


def as_voice(track: Track, n: int) -> tuple[Array, Array]:
    """(the track as a voice-over of ``n`` samples [2, n], mask [n] of when it speaks). RMS 1 while it speaks; cut with
    the clip."""
    out = np.zeros((2, n))
    start = min(n, clock.sample_at(track.at + VOICE_AT, _R))
    piece = track.sound[:, : n - start].astype(np.float64)
    if piece.shape[1] < track.sound.shape[1]:
        fade = min(piece.shape[1], int(0.1 * _R))
        piece[:, piece.shape[1] - fade :] *= np.linspace(1, 0, fade)
    out[:, start : start + piece.shape[1]] = piece
    mask = _speaking(out)
    loud = _rms(out[:, mask]) if mask.any() else 0.0
    return (out / loud if loud > 1e-9 else out), mask


def _speaking(sound: Array) -> Array:
    """Where the level over 50 ms is within 40 dB of the loud parts; pauses under 0.3 s count as speech."""
    block = _R // 20
    n = sound.shape[1]
    whole = n // block * block
    power = (sound[:, :whole] ** 2).sum(0).reshape(-1, block).mean(1)
    loud = (
        power > max(1e-12, np.percentile(power, 95) * _QUIET**2)
        if power.size and power.max() > 1e-12
        else np.zeros(power.size, bool)
    )
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(int), [0]]))).reshape(-1, 2)
    for (_, before), (after, _) in zip(edges[:-1], edges[1:], strict=True):
        if after - before <= 6:
            loud[before:after] = True
    mask = np.zeros(n, bool)
    mask[:whole] = np.repeat(loud, block)
    return mask


def _rms(sound: Array) -> float:
    return float(np.sqrt((sound**2).sum(0).mean())) if sound.size else 0.0
