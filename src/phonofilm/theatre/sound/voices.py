"""Voices of cut-outs: what animals say, what engines and instruments sound like, each put together from a few tones and
noises."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.signal import sosfilt

from phonofilm.spec.clock import THEATRE_RATE
from phonofilm.theatre.play import Contact
from phonofilm.theatre.sound.modal import MATERIALS, Array, Rng, add, band, noise, ring

_R = THEATRE_RATE
Recipe = Callable[[Contact, Rng], Array]


def _low(contact: Contact, typical: float) -> float:
    """How much lower what is larger than ``typical`` metres sounds."""
    return float(np.clip((typical / max(contact.size, 0.08)) ** 0.5, 0.5, 2.0))


def _call(
    contact: Contact,
    rng: Rng,
    pitch: Sequence[float],
    seconds: float,
    *,
    size: float,
    formants: Sequence[tuple[float, float]],
    breath: float = 0.15,
    rough: float = 0.0,
) -> Array:
    """An animal's call: a buzz that follows ``pitch`` (Hz, evenly over the call), coloured by formants (Hz, gain), with
    breath and roughness."""
    n = int(seconds * _R)
    t = np.arange(n) / _R
    scale = _low(contact, size) * (1 + 0.04 * rng.standard_normal())
    f = np.interp(t, np.linspace(0, seconds, len(pitch)), pitch) * scale
    turn = np.cumsum(f) / _R
    buzz = sum(np.sin(2 * np.pi * h * turn + h) / h**0.7 for h in range(1, 14) if h * f.max() < 0.4 * _R)
    if rough:
        buzz = np.asarray(buzz) * (1 - rough * (0.5 + 0.5 * np.sin(2 * np.pi * 31 * t + 3 * rng.random())))
    air = rng.standard_normal(n) * breath * 3
    out = np.zeros(n)
    for centre, gain in formants:
        c = centre * scale**0.5
        out += gain * sosfilt(band(0.75 * c, 1.3 * c), np.asarray(buzz) + air)
    shape = np.minimum(1, t / 0.004) * np.minimum(1, (seconds - t) / (0.3 * seconds))
    return np.asarray(out * shape)


def _calling(
    pitch: Sequence[float],
    seconds: float,
    size: float,
    formants: Sequence[tuple[float, float]],
    *,
    breath: float = 0.15,
    rough: float = 0.0,
    times: int = 1,
    gap: float = 0.0,
) -> Recipe:
    def recipe(contact: Contact, rng: Rng) -> Array:
        parts = [
            (
                1.0,
                _call(contact, rng, pitch, seconds, size=size, formants=formants, breath=breath, rough=rough),
                k * gap,
            )
            for k in range(times)
        ]
        return add(*parts)

    return recipe


def _droning(
    pitch: float, seconds: float, low: float, high: float, *, size: float = 1.4, harmonics: int = 8, air: float = 0.3
) -> Recipe:
    """A motor: pieces of a growl that overlap into one."""

    def recipe(contact: Contact, rng: Rng) -> Array:
        n = int(seconds * 1.5 * _R)
        t = np.arange(n) / _R
        turn = pitch * _low(contact, size) * t + rng.random()
        growl = np.tanh(2 * sum(np.sin(2 * np.pi * h * turn + h * h) / h for h in range(1, harmonics)))
        body = sosfilt(band(low, high), growl + air * rng.standard_normal(n))
        return np.asarray(body * np.minimum(1, t / 0.004) * np.cos(np.pi * t / (3 * seconds)) ** 2)

    return recipe


def _hissing(
    low: float, high: float, seconds: float, *, bubbles: int = 0, attack: float = 0.004, curve: float = 3.0
) -> Recipe:
    """Noise in a band, with little pops in it where it bubbles or crackles."""

    def recipe(contact: Contact, rng: Rng) -> Array:
        parts: list[tuple[float, Array, float]] = [(0.6, noise(rng, seconds, low, high, attack, curve), 0.0)]
        for at in np.sort(rng.random(bubbles)) * 0.8 * seconds:
            parts.append((0.5 * rng.random(), noise(rng, 0.012, low, high, 0.0004), float(at)))
        return add(*parts)

    return recipe


def _tuned(
    notes: Sequence[float],
    seconds: float,
    harmonics: Sequence[float],
    *,
    decay: float = 3.0,
    attack: float = 0.004,
    spread: float = 0.0,
    vibrato: float = 0.0,
) -> Recipe:
    """Notes (Hz) one after the other or, with ``spread`` 0, at once."""

    def recipe(contact: Contact, rng: Rng) -> Array:
        t = np.arange(int(seconds * _R)) / _R
        root = 2 ** (int(rng.integers(0, 5)) / 12)
        parts = []
        for k, note in enumerate(notes):
            turn = np.cumsum(note * root * (1 + vibrato * np.sin(2 * np.pi * 5.5 * t))) / _R
            wave = sum(
                g * np.sin(2 * np.pi * (h + 1) * turn) * np.exp(-decay * (1 + 0.5 * h) * t)
                for h, g in enumerate(harmonics)
            )
            parts.append(
                (1.0, np.asarray(wave) * np.minimum(1, t / attack) * np.minimum(1, (seconds - t) / 0.04), k * spread)
            )
        return add(*parts)

    return recipe


def _ticking(contact: Contact, rng: Rng) -> Array:
    tick = ring(rng, MATERIALS["metal"], 0.06, 0.3, 0.04)
    return add((0.8, tick), (0.6, tick, 0.5))


def _shutter(contact: Contact, rng: Rng) -> Array:
    return add(
        (0.9, noise(rng, 0.02, 1500, 9000, 0.0003)),
        (0.7, noise(rng, 0.03, 900, 6000, 0.0004), 0.07),
        (0.3, ring(rng, MATERIALS["metal"], 0.08, 0.4, 0.05), 0.07),
    )


def _clink(contact: Contact, rng: Rng) -> Array:
    own = MATERIALS.get(contact.material, MATERIALS["glass"])
    return add((1.0, ring(rng, own, contact.size, 0.3)), (0.3, noise(rng, 0.008, 2000, 11000, 0.0003)))


def _siren(contact: Contact, rng: Rng) -> Array:
    tones = _tuned((620, 830), 0.55, (1.0, 0.5, 0.3), decay=0.2, spread=0.55)(contact, rng)
    return add((1.0, tones))


RECIPES: dict[str, Recipe] = {
    "meow": _calling((520, 780, 720, 430), 0.55, 0.5, ((900, 1.0), (1900, 0.5))),
    "neigh": _calling((900, 1250, 1050, 1150, 800, 900, 520, 420), 1.0, 1.6, ((1100, 1.0), (2100, 0.6)), rough=0.5,
        breath=0.25),
    "moo": _calling((150, 190, 185, 150), 1.0, 1.4, ((380, 1.0), (800, 0.35))),
    "baa": _calling((330, 360, 340, 300), 0.65, 0.9, ((800, 1.0), (1600, 0.6)), rough=0.6),
    "oink": _calling((190, 240, 170), 0.18, 0.8, ((500, 1.0), (1300, 0.5)), breath=0.5, rough=0.6, times=2, gap=0.26),
    "roar": _calling((95, 140, 120, 70), 1.1, 1.2, ((260, 1.0), (620, 0.7), (1300, 0.25)), breath=0.5, rough=0.7),
    "growl": _calling((80, 95, 85, 75), 0.8, 1.5, ((250, 1.0), (600, 0.6)), breath=0.4, rough=0.8),
    "howl": _calling((330, 520, 560, 540, 380), 1.2, 0.9, ((550, 1.0), (1100, 0.3)), breath=0.06),
    "trumpeting": _calling((420, 640, 700, 560, 480), 0.9, 2.4, ((800, 1.0), (1700, 0.8), (2600, 0.4)), breath=0.25,
        rough=0.3),
    "chatter": _calling((620, 900, 640), 0.12, 0.8, ((1100, 1.0), (2200, 0.5)), times=4, gap=0.15),
    "squeak": _calling((2100, 2700, 2200), 0.09, 0.3, ((2600, 1.0),), breath=0.05, times=2, gap=0.14),
    "croak": _calling((170, 220, 160), 0.22, 0.35, ((600, 1.0), (1500, 0.6)), rough=0.8, times=2, gap=0.3),
    "cluck": _calling((520, 760, 430), 0.09, 0.5, ((1000, 1.0), (2000, 0.5)), breath=0.2, times=3, gap=0.16),
    "quack": _calling((330, 360, 280), 0.17, 0.45, ((1000, 1.0), (2300, 0.8)), rough=0.5, times=2, gap=0.24),
    "screech": _calling((2300, 2900, 2500, 1900), 0.5, 0.7, ((2600, 1.0), (3900, 0.5)), breath=0.25, rough=0.3),
    "hiss": _hissing(2500, 9000, 0.7, curve=1.5),
    "buzz": _droning(190, 0.6, 150, 3500, size=0.3, harmonics=12, air=0.1),
    "bubble": _hissing(300, 2200, 0.5, bubbles=10),
    "motorbike": _droning(85, 0.5, 70, 2400, harmonics=10),
    "train": _droning(48, 0.55, 50, 1500, size=2.2, air=1.0),
    "jet": _hissing(250, 5200, 1.2, attack=0.02, curve=0.8),
    "propeller": _droning(24, 0.5, 60, 1600, harmonics=14, air=0.8),
    "siren": _siren,
    "crackle": _hissing(500, 7000, 0.7, bubbles=14, curve=1.2),
    "sizzle": _hissing(2500, 11000, 0.9, bubbles=8, curve=1.0),
    "pour": _hissing(500, 3800, 0.45, bubbles=12, curve=1.5),
    "rustle": _hissing(1500, 7500, 0.3, bubbles=5),
    "servo": _tuned((340, 510), 0.22, (1.0, 0.6, 0.4, 0.3), decay=0.5, spread=0.18),
    "pluck": _tuned((196, 246.9, 293.7, 392), 1.1, (1.0, 0.6, 0.45, 0.3, 0.2), spread=0.12),
    "keys": _tuned((261.6, 329.6, 392), 1.2, (1.0, 0.45, 0.25, 0.12), decay=2.4),
    "brass": _tuned((233.1, 349.2), 0.5, (1.0, 0.9, 0.8, 0.6, 0.4), decay=0.4, attack=0.02, spread=0.3, vibrato=0.004),
    "tick": _ticking, "shutter": _shutter, "clink": _clink,
}  # fmt: skip
"""Kind of contact -> its sound, beside those of ``foley``."""
LASTING = ("hiss", "buzz", "motorbike", "train", "jet", "propeller", "crackle", "sizzle", "rustle", "bubble")
"""Voices that lie under what happens."""
