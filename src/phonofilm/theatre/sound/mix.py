"""The mix: a play's contacts, voices, music and air as one stereo sound, every onset exact to the sample.

Sounds lie at their bearing (constant power), fall with distance, and share a short reverberation of the place. Stems
keep fixed relations (air about 20 dB below impacts, music about 10 dB below them and 9 dB below voices while they
speak); then the whole is brought to -18 LUFS below -1 dBTP. A clip of nothing but air is brought to -24 LUFS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, oaconvolve, resample_poly, sosfilt

from phonofilm.spec import clock
from phonofilm.theatre.play import XYZ, Camera, Play
from phonofilm.theatre.sound import ambience, foley, music, speech
from phonofilm.theatre.sound.loudness import CEILING, SILENT, limit, loudness, true_peak
from phonofilm.theatre.sound.tracks import Track, as_music, as_voice
from phonofilm.theatre.sound.voices import RECIPES as VOICES

Floats = NDArray[np.float32]
Array = NDArray[Any]
_R = clock.THEATRE_RATE
TARGET = -18.0
"""LUFS of a mix."""
TARGET_AIR = -24.0
"""LUFS of a mix that holds ambience only."""
_MOST_LIMITING = 10 ** (12 / 20)
DUCK_DB, DUCK_IN, DUCK_OUT = 6.0, 0.15, 0.4
NOISE_DB = 15.0
"""By how much what is heard of things and animals (a train, a roar, a fire) gives way to a voice."""
PLACES = {
    "meadow": (0.0, 0.0, 8000.0),
    "beach": (0.2, 0.10, 7000.0),
    "city": (0.7, 0.20, 6000.0),
    "street": (0.7, 0.20, 6000.0),
    "stage": (1.1, 0.30, 7000.0),
    "room": (0.35, 0.30, 6500.0),
    "snow": (0.08, 0.05, 1800.0),
    "forest": (0.5, 0.12, 3500.0),
    "desert": (0.0, 0.0, 8000.0),
    "studio": (0.25, 0.15, 6500.0),
    "kitchen": (0.4, 0.30, 7000.0),
    "bathroom": (0.7, 0.40, 8000.0),
    "cafe": (0.4, 0.22, 5500.0),
    "office": (0.3, 0.20, 5000.0),
    "corridor": (1.2, 0.40, 5500.0),
    "car_interior": (0.08, 0.10, 3500.0),
    "train_interior": (0.2, 0.15, 4500.0),
    "shop": (0.4, 0.15, 6000.0),
    "rooftop": (0.2, 0.06, 6500.0),
    "stadium": (1.8, 0.35, 5500.0),
    "mountain": (0.9, 0.08, 4500.0),
    "pool": (0.2, 0.08, 7000.0),
    "platform": (1.4, 0.40, 5500.0),
    "water": (0.1, 0.05, 7000.0),
    "underwater": (0.6, 0.40, 900.0),
    "waterfall": (0.4, 0.12, 5000.0),
    "planet": (0.0, 0.0, 5000.0),
    "space": (0.15, 0.10, 2500.0),
}
"""Place -> (time in which the reverberation falls by 60 dB, its level, its low-pass in Hz)."""


@dataclass(frozen=True, kw_only=True)
class Levels:
    """By how much each stem of a clip was raised: what continues the clip lies as loud. None: the clip had no such
    stem."""

    effects: float | None = None
    music: float | None = None
    air: float | None = None
    whole: float | None = None
    """On the sum of all, before the limiter."""


def bearing(camera: Camera, point: XYZ) -> tuple[float, float]:
    """(pan -1 left .. 1 right, distance in metres) of a point as the camera sees it.

    Pan is the angle from the middle of the picture over 60 degrees, so that the edge of a 16:9 picture lies near
    0.6."""
    x, y, z = (p - c for p, c in zip(point, camera.position, strict=True))
    angle = math.atan2(x, max(z, 0.1)) - camera.yaw
    return max(-1.0, min(1.0, angle / (math.pi / 3))), math.sqrt(x * x + y * y + z * z)


@lru_cache(maxsize=16)
def impulse_response(place: str) -> Array | None:
    """The place's reverberation, stereo [2, n] without the direct sound, or None for a dry place."""
    seconds, level, low_pass = PLACES.get(place, PLACES["room"])
    if level == 0.0:
        return None
    rng = np.random.default_rng(sum(map(ord, place)))
    t = np.arange(int(seconds * 1.1 * _R)) / _R
    tail = rng.standard_normal((2, t.size)) * 10 ** (-3 * t / seconds)
    tail = sosfilt(butter(1, [180, low_pass], btype="band", fs=_R, output="sos"), tail, axis=1)
    tail *= np.minimum(1.0, t / 0.006)
    # The first reflections come after the direct sound: onsets stay where they are.
    tail = np.concatenate([np.zeros((2, int(0.009 * _R))), tail], 1)
    return level * tail / np.sqrt((tail**2).sum(1, keepdims=True))  # type: ignore[no-any-return]


class _Stage:
    """Stereo sheets of one stem: the direct sound, and what each place's walls shall hear of it."""

    def __init__(self, play: Play, n: int) -> None:
        self.play, self.n = play, n
        self.direct = np.zeros((2, n))
        self.sends: dict[str, Array] = {}

    def put(self, time: float, wave: Floats, point: XYZ, send: float = 1.0) -> None:
        """Lay a sound heard from 1 m at the sample of ``time``, as seen by the camera of that instant."""
        start = clock.sample_at(time, _R)
        if not 0 <= start < self.n:
            return
        shot = self.play.shot_at(time)
        pan, r = bearing(shot.camera(time), point)
        piece = wave[: self.n - start].astype(np.float64)
        if r > 4.0:
            pole = math.exp(-2 * math.pi * 15_000 / (1 + (r - 4) / 12) / _R)
            piece = lfilter([1 - pole], [1, -pole], piece)
        piece *= 1.0 / max(1.0, r)
        angle = (pan + 1) * math.pi / 4
        self.direct[0, start : start + piece.size] += math.cos(angle) * piece
        self.direct[1, start : start + piece.size] += math.sin(angle) * piece
        if PLACES.get(shot.place, PLACES["room"])[1] > 0:
            # Walls hear a source as loud wherever it stands: what is far away sounds wetter.
            self.sends.setdefault(shot.place, np.zeros(self.n))[start : start + piece.size] += (
                send * min(2.0, max(1.0, r) ** 0.3) * piece
            )

    def done(self) -> Array:
        """Direct sound and reverberation together, [2, n]."""
        out = self.direct
        for place, dry in self.sends.items():
            response = impulse_response(place)
            if response is not None:
                out = out + oaconvolve(dry[None], response, axes=1)[:, : self.n]
        return out


def _effects(play: Play, n: int, spoken: NDArray[np.bool_]) -> tuple[Array, float]:
    """(stem, in which things and animals give way while it is ``spoken``; level of an impact: RMS over the 50 ms after
    a contact, averaged in decibels)."""
    stage, noise = _Stage(play, n), _Stage(play, n)
    for k, contact in enumerate(play.contacts):
        wave = foley.strike(contact, np.random.default_rng([play.seed & 0x7FFFFFFF, k, 3]))
        (noise if contact.kind in VOICES else stage).put(
            contact.time, wave if contact.visible else 0.7 * wave, contact.position
        )
    out = stage.done()
    if noise.direct.any():
        out = out + noise.done() * ducking(spoken, NOISE_DB)
    # Rolling is a carpet of small ticks: where anything else happens, that decides.
    telling = [c for c in play.contacts if c.kind != "roll"] or play.contacts
    starts = [clock.sample_at(c.time, _R) for c in telling]
    levels = sorted(float(np.sqrt((out[:, s : s + _R // 20] ** 2).sum(0).mean())) for s in starts if 0 <= s < n)
    # In decibels, so that a few hard blows do not let the air bury the many soft ones; the faintest count as 12 dB
    # below the hardest.
    return out, float(np.exp(np.mean(np.log(np.maximum(levels, 0.25 * levels[-1] + 1e-9))))) if levels else 0.0


def _voices(play: Play, n: int) -> tuple[Array, float, Array]:
    """(stem, RMS while somebody speaks, mask [n] of when)."""
    stage = _Stage(play, n)
    mask = np.zeros(n, bool)
    for line in play.speech:
        wave, _ = speech.speak(line.text, line.language, line.voice)
        stage.put(line.start, wave, line.position, 0.5)
        start = max(0, clock.sample_at(line.start, _R))
        mask[start : start + wave.size] = True
    out = stage.done()
    return out, float(np.sqrt((out[:, mask] ** 2).sum(0).mean())) if mask.any() else 0.0, mask


def ducking(mask: NDArray[np.bool_], by: float = DUCK_DB) -> Array:
    """Gain [n] of the music, or of a noise: down by ``by`` decibels while the mask holds, falling over 150 ms before
    it, rising over 400 ms after.

    Pauses shorter than half a second do not let the music up."""
    step = _R // 1000
    coarse = mask[: mask.size // step * step].reshape(-1, step).any(1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], coarse.astype(int), [0]])))
    spans: list[list[int]] = []
    for first, last in edges.reshape(-1, 2):
        if spans and first - spans[-1][1] < 500:
            spans[-1][1] = int(last)
        else:
            spans.append([int(first), int(last)])
    ms = np.arange(coarse.size)
    depth = np.zeros(coarse.size)
    for first, last in spans:
        depth = np.maximum(
            depth, np.interp(ms, [first - 1000 * DUCK_IN, first, last, last + 1000 * DUCK_OUT], [0.0, 1.0, 1.0, 0.0])
        )
    gain = 10 ** (-by * (0.5 - 0.5 * np.cos(np.pi * depth)) / 20)
    return np.interp(np.arange(mask.size), (ms + 0.5) * step, gain)


def _air(play: Play, n: int) -> Array:
    out = np.zeros((2, n))
    edge = int(0.25 * _R)
    for k, (begin, end, name, gain) in enumerate(play.ambience):
        first, last = (
            max(0, clock.sample_at(begin, _R)),
            (n if end >= play.seconds - 1e-6 else min(n, clock.sample_at(end, _R))),
        )
        if last <= first or gain <= 0 or 0 < last <= clock.sample_at(play.begin, _R):
            continue
        piece = ambience.ambience(name, last - first, (play.seed * 1009 + 17 * k + 5) & 0x7FFFFFFF) * min(1.0, gain)
        ramp = np.linspace(0, 1, min(edge, piece.shape[1]))
        if first > max(0, clock.sample_at(play.begin, _R)):
            piece[:, : ramp.size] *= ramp
        if last < n:
            piece[:, piece.shape[1] - ramp.size :] *= ramp[::-1]
        out[:, first:last] += piece
    return out


def _rms(sound: Array) -> float:
    return float(np.sqrt((sound**2).sum(0).mean()))


def _balanced(play: Play, tracks: Sequence[Track], levels: Levels) -> tuple[dict[str, Array], Levels]:
    """The four stems at 48 kHz from the play's time 0, in relation to each other but not yet at their final level, and
    what raised them."""
    n = clock.samples(play.seconds, _R)
    voices, voice, mask = _voices(play, n)
    effects, impact = _effects(play, n, mask)
    spoken = [(track, *as_voice(track, n)) for track in tracks if track.part == "voice"]
    for track, wave, when in spoken:
        voices = voices + track.strength * (voice or impact or 0.1) * wave
        mask = mask | (when if track.strength > 0 else False)
    voice = voice or max((track.strength * (impact or 0.1) for track, _, _ in spoken), default=0.0)
    lift = levels.effects
    if impact and voice:
        # A clip with both: neither buries the other.
        lift = lift if lift is not None else float(np.clip(voice / impact, 0.5, 2.5))
        effects, impact = effects * lift, impact * lift
    foreground = min(level for level in (impact, voice) if level) if impact or voice else 0.0
    # Ducked by 6 dB, music shall lie 9 dB below a voice; where there are impacts, 10 dB below them.
    wanted = min(
        [voice * 10 ** (-3 / 20)] * bool(voice) + [impact * 10 ** (-10 / 20)] * bool(impact) + [0.12] * (not foreground)
    )
    score, played = np.zeros((2, n)), levels.music
    if play.music is not None:
        score = music.compose(play.music, play.seconds).astype(np.float64)
        played = played if played is not None else wanted / max(1e-9, _rms(score)) * 10 ** (play.music.level_db / 20)
        score *= played
        score *= ducking(mask)
        if play.begin > 0:
            # The clip before ended on a cadence: what follows comes in softly, on the same beat.
            start = clock.sample_at(play.begin, _R)
            score[:, start : start + int(0.3 * _R)] *= np.linspace(0, 1, int(0.3 * _R))
    brought = [track for track in tracks if track.part == "music"]
    if brought:
        share = max(track.strength for track in brought)
        score = (1 - share) * score + sum(
            track.strength * wanted / len(brought) ** 0.5 * as_music(track, n) for track in brought
        ) * ducking(mask)
    air, heard = _air(play, n), levels.air
    if air.any():
        # A gain of 1 lies 20 dB below what happens, 12 dB below music that plays alone.
        alone = 10 ** (-12 / 20) * _rms(score) if score.any() else 0.1
        reference = 10 ** (-20 / 20) * foreground if foreground else alone
        heard = heard if heard is not None else reference / (0.1 * math.sqrt(2))
        air *= heard
    return {"effects": effects, "speech": voices, "music": score, "ambience": air}, Levels(
        effects=lift, music=played, air=heard
    )


def _mastered(play: Play, tracks: Sequence[Track], levels: Levels) -> tuple[Floats, dict[str, Array], Levels]:
    """(final mix at 48 kHz from the clip's begin, stems before the gain on the whole, levels)."""
    parts, set_to = _balanced(play, tracks, levels)
    start = clock.sample_at(play.begin, _R)
    parts = {name: part[:, start:] for name, part in parts.items()} if start else parts
    raw = np.asarray(sum(parts.values())).astype(np.float32)
    level = loudness(raw)
    if level <= SILENT:
        return raw, parts, replace(set_to, whole=levels.whole or 1.0)
    events = any(parts[name].any() for name in ("effects", "speech", "music"))
    target = TARGET if events else TARGET_AIR
    peak = float(np.abs(raw).max())
    gain = 10 ** ((target - level) / 20) if levels.whole is None else levels.whole
    out = raw
    # The limiter takes a little loudness away: give it back, but never press peaks by more than 12 dB.
    for _ in range(4 if levels.whole is None else 0):
        gain = min(gain, CEILING * _MOST_LIMITING / peak)
        out = limit(raw * np.float32(gain), CEILING)
        missing = target - loudness(out)
        if abs(missing) < 0.2:
            break
        gain *= 10 ** (missing / 20)
    if levels.whole is not None:
        gain = min(gain, CEILING * _MOST_LIMITING / peak)
        out = limit(raw * np.float32(gain), CEILING)
    top = true_peak(out)
    allowed = 10 ** (-1.05 / 20)
    return (out * np.float32(allowed / top) if top > allowed else out), parts, replace(set_to, whole=gain)


def _at_rate(sound: Array | Floats, seconds: float, rate: int) -> Floats:
    n = clock.samples(seconds, rate)
    if rate != _R:
        common = math.gcd(rate, _R)
        sound = resample_poly(sound, rate // common, _R // common, axis=-1)
    if sound.shape[-1] < n:
        sound = np.pad(sound, ((0, 0), (0, n - sound.shape[-1])))
    return np.ascontiguousarray(sound[:, :n], dtype=np.float32)


def sound(play: Play, rate: int = _R, tracks: Sequence[Track] = ()) -> Floats:
    """The whole sound of a play: stereo float32 [2, ``clock.samples(play.seconds - play.begin, rate)``]. ``tracks``:
    sounds brought along.

    Integrated loudness -18 LUFS (a clip with very few short blows may stay below, a silent one is zeros), true peak
    below -1 dBTP, the same for the same play. Every contact sounds at sample ``clock.sample_at(contact.time,
    rate)``."""
    return mixed(play, rate, tracks)[0]


def mixed(
    play: Play, rate: int = _R, tracks: Sequence[Track] = (), levels: Levels | None = None
) -> tuple[Floats, Levels]:
    """The sound as :func:`sound` gives it, and its levels. With the ``levels`` of a clip that it continues it lies as
    loud as that clip, whatever loudness comes of it."""
    mastered, _, set_to = _mastered(play, tracks, levels or Levels())
    out = _at_rate(mastered, play.seconds - play.begin, rate)
    top = float(np.abs(out).max(initial=0.0))
    allowed = 10 ** (-1.02 / 20)
    return (out * np.float32(allowed / top) if top > allowed else out), set_to


def stems(play: Play, rate: int = _R, tracks: Sequence[Track] = ()) -> dict[str, Floats]:
    """The parts of :func:`sound`: "effects", "speech", "music", "ambience", each stereo [2, n] at the level it has in
    the mix.

    They add up to the mix, except where its limiter works."""
    _, parts, set_to = _mastered(play, tracks, Levels())
    return {
        name: _at_rate(part * (set_to.whole or 1.0), play.seconds - play.begin, rate) for name, part in parts.items()
    }
