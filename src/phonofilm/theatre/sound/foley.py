"""Foley: every contact of a play as sound, by modal synthesis.

A body rings in a few decaying sinusoids (its *modes*, ratios and decays after ``MATERIALS``); a contact strikes the
modes of both bodies with a raised-cosine pulse that is shorter the harder and faster the blow, so that hard blows are
brighter. Soft ground answers with shaped noise instead. Every sound begins with its attack at sample 0 and is loudest
within a few milliseconds of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter, sosfilt

from phonofilm.spec.clock import THEATRE_RATE
from phonofilm.theatre.play import Contact
from phonofilm.theatre.sound import voices
from phonofilm.theatre.sound.modal import (
    FLOOR_STONE,
    FLOOR_WOOD,
    GROUNDS,
    MATERIALS,
    Array,
    Material,
    Rng,
    add,
    band,
    noise,
    ring,
)

_R = THEATRE_RATE


def level(speed: float) -> float:
    """Peak of a blow of ``speed`` m/s heard from 1 m: 0.5 at 2 m/s, power 1.2, between 0.06 and 1.2."""
    return float(np.clip(0.5 * (max(speed, 0.0) / 2.0) ** 1.2, 0.06, 1.2))


def _width(first: Material, second: Material | None, speed: float) -> float:
    softest = max(first.softness, second.softness if second else 0.0)
    return softest / (0.6 + 0.4 * max(0.2, min(speed, 8.0)))


def impact(contact: Contact, rng: Rng) -> Array:
    """Two bodies meet: the modes of both, damped by soft ground."""
    own = MATERIALS.get(contact.material, MATERIALS["wood"])
    ground = GROUNDS.get(contact.other_material)
    other = (
        {"wood": FLOOR_WOOD, "street": FLOOR_STONE}.get(contact.other_material)
        if contact.other == "floor"
        else MATERIALS.get(contact.other_material)
    )
    width = _width(own, other, contact.speed)
    bright = 1500 + 1200 * min(contact.speed, 6.0) + 6000 * max(0.0, 1 - own.softness / 3)
    parts: list[tuple[float, Array]] = [
        (own.gain, ring(rng, own, contact.size, width, ground.ring if ground else 1.0)),
        (own.click, noise(rng, 0.012, 250, bright, 0.0004)),
    ]
    if other is not None:
        parts.append(
            (0.5 * other.gain, ring(rng, other, 0.3 if contact.other == "floor" else contact.size * 1.1, width))
        )
    if ground is not None and ground.level > 0.2:
        parts.append((ground.level, noise(rng, ground.seconds, ground.low, ground.high, 0.0008)))
    return add(*parts)


def step(contact: Contact, rng: Rng) -> Array:
    """A footfall: the heel at 0 and, much softer and rounder, the toe a tenth of a second later."""
    ground = contact.other_material
    toe = 0.09 + 0.03 * rng.random()
    if ground == "snow":
        heel = grains(rng, 25, 0.12, 900, 4500)
    elif ground == "wood":
        heel = add((0.9, ring(rng, FLOOR_WOOD, 0.3, 1.6)), (0.3, noise(rng, 0.012, 400, 2500, 0.0004)))
        if rng.random() < 0.15:
            t = np.arange(int(0.16 * _R)) / _R
            creak = np.sin(2 * np.pi * np.cumsum(420 + 160 * t / 0.16 + 25 * np.sign(np.sin(2 * np.pi * 38 * t))) / _R)
            return add((1.0, heel), (0.15, heel, toe), (0.05, creak * np.hanning(t.size), 0.05))
    elif ground == "street" or ground in ("stone", "metal", "glass"):
        heel = add(
            (0.8, ring(rng, FLOOR_STONE, 0.3, 0.7)),
            (0.5, noise(rng, 0.015, 900, 6000, 0.0003)),
            (0.4, ring(rng, MATERIALS["skin"], 0.6, 3.0)),
        )
    else:
        g = GROUNDS.get(ground, GROUNDS["grass"])
        heel = add((0.8, noise(rng, g.seconds, g.low, g.high, 0.0012)), (0.5, ring(rng, MATERIALS["skin"], 0.6, 4.0)))
    return add((1.0, heel), (0.16, heel[: int(0.05 * _R)], toe))


def grains(rng: Rng, count: int, seconds: float, low: float, high: float) -> Array:
    """A crunch: the first grain at 0 and loudest, the others anywhere after it, falling."""
    times = np.concatenate([[0.0], np.sort(rng.random(count - 1)) * seconds])
    parts = [
        (
            1.0 if k == 0 else (0.25 + 0.5 * rng.random()) * (1 - 0.7 * t / seconds),
            noise(rng, 0.006 + 0.008 * rng.random(), low, high, 0.0004),
            t,
        )
        for k, t in enumerate(times)
    ]
    return add(*parts)


def land(contact: Contact, rng: Rng) -> Array:
    """A body comes down on both feet: a low thump and the ground's answer, one time and a half as long as a step's."""
    g = GROUNDS.get(contact.other_material, GROUNDS["wood"])
    thump = ring(rng, Material(modes=(1, 1.8), low=62, high=62, decay=0.16, softness=3, click=0, gain=1), 0.6, 3.5)
    answer = step(contact, rng)[: int(0.085 * _R)]
    return add((0.7, thump), (0.9, answer), (0.5, noise(rng, 1.5 * max(g.seconds, 0.04), g.low, g.high, 0.001)))


def clap(contact: Contact, rng: Rng) -> Array:
    """Two hands: a bright burst with two ghosts within 8 ms and a short cavity ring."""
    centre = 1150 * (1 + 0.12 * rng.standard_normal())
    body = noise(rng, 0.07, 0.6 * centre, 2.6 * centre, 0.0005, curve=6)
    return add((1.0, body), (0.5, noise(rng, 0.03, 1500, 7000, 0.0003)), (0.35, body, 0.004), (0.2, body, 0.008))


def drum(contact: Contact, rng: Rng) -> Array:
    """A stick on a skin: the modes bend down a little from the blow."""
    skin = ring(rng, MATERIALS["drum"], contact.size, _width(MATERIALS["drum"], None, contact.speed))
    bent = np.interp(
        np.arange(skin.size) * 1.0, np.arange(skin.size) - 30 * (1 - np.exp(-np.arange(skin.size) / 1500)), skin
    )
    return add((1.0, bent), (0.3, noise(rng, 0.02, 900, 6000, 0.0003)), (0.15, noise(rng, 0.12, 1500, 5000, 0.0006)))


def bell(contact: Contact, rng: Rng) -> Array:
    """A bell or a piece of metal is rung."""
    own = MATERIALS[
        (
            "bell"
            if contact.material in ("bell", "skin", "wood")
            else contact.material
            if contact.material in MATERIALS
            else "bell"
        )
    ]
    return add(
        (1.0, ring(rng, own, contact.size, own.softness / (0.7 + 0.3 * contact.speed))),
        (0.12, noise(rng, 0.006, 2500, 9000, 0.0003)),
    )


def knock(contact: Contact, rng: Rng) -> Array:
    """Knuckles on a board."""
    board = MATERIALS.get(contact.material if contact.material != "skin" else contact.other_material, MATERIALS["wood"])
    return add(
        (1.0, ring(rng, board, max(contact.size, 0.4), 1.1, 0.9)),
        (0.4, ring(rng, FLOOR_WOOD, 0.3, 1.5)),
        (0.25, noise(rng, 0.01, 500, 3500, 0.0004)),
    )


def close(contact: Contact, rng: Rng) -> Array:
    """A door falls shut: a deep panel, the frame, and the latch a moment later."""
    panel = ring(
        rng, Material(modes=(1, 2.2, 3.7, 5.9), low=78, high=78, decay=0.2, softness=1.5, click=0.2, gain=1), 0.6, 1.6
    )
    latch = ring(rng, MATERIALS["metal"], 0.08, 0.4, 0.08)
    return add((1.0, panel), (0.5, noise(rng, 0.05, 150, 2500, 0.0006)), (0.18, latch, 0.022), (0.12, latch, 0.041))


def shatter(contact: Contact, rng: Rng) -> Array:
    """Something breaks: a burst, then 6 to 14 shards that land over 0.4 s with falling energy."""
    own = MATERIALS.get(contact.material, MATERIALS["glass"])
    hard = contact.material in ("glass", "metal", "stone", "bell")
    parts: list[tuple[float, Array, float]] = [
        (0.9, noise(rng, 0.09, 1500 if hard else 300, 11000 if hard else 4000, 0.0003), 0.0),
        (0.5, ring(rng, own, contact.size, 0.3, 0.5), 0.0),
    ]
    for t in np.sort(0.03 + 0.4 * rng.random(int(rng.integers(6, 15))) ** 1.3):
        shard = ring(
            rng, own, contact.size * (0.15 + 0.5 * rng.random()), 0.2, 0.35 + 0.3 * rng.random(), 1 + 0.5 * rng.random()
        )
        parts.append((0.42 * (1 - t / 0.5) * (0.4 + 0.6 * rng.random()), shard, float(t)))
    return add(*parts)


def roll(contact: Contact, rng: Rng) -> Array:
    """One tick of something that rolls or slides (the staging sends a stream of them): a soft touch of its modes and a
    little rumble."""
    own = MATERIALS.get(contact.material, MATERIALS["wood"])
    ground = GROUNDS.get(contact.other_material, GROUNDS["wood"])
    touch = ring(rng, own, contact.size, own.softness * 1.2, 0.5 * ground.ring)[: int(0.12 * _R)]
    rumble = noise(rng, 0.09, max(60, ground.low * 0.5), 0.5 * ground.high, 0.001, curve=4)
    bright = 900 + 6000 * max(0.0, 1 - own.softness / 2)
    parts: list[tuple[float, Array]] = [(0.8, touch), (0.5, rumble), (0.2, noise(rng, 0.01, 200, bright, 0.0004))]
    if contact.actor.startswith("car"):
        # The stream of ticks carries the motor: pieces of its growl that overlap into one.
        t = np.arange(int(0.6 * _R)) / _R
        turn = (50 + 8 * min(contact.speed, 6.0)) * t + rng.random()
        growl = sum(
            g * np.sin(2 * np.pi * h * turn + h)
            for h, g in ((1, 0.7), (2, 1.0), (3, 0.6), (4, 0.5), (6, 0.3), (9, 0.15))
        )
        parts.append((0.1, np.asarray(growl) * np.minimum(1, t / 0.003) * np.cos(np.pi * t / 1.2) ** 2))
    return add(*parts)


def _tones(
    seconds: float, voices: list[tuple[float, float]], attack: float = 0.003, release: float = 0.03, harmonics: int = 6
) -> Array:
    t = np.arange(int(seconds * _R)) / _R
    out = sum(
        g / h**1.1 * np.sin(2 * np.pi * f * h * t)
        for f, g in voices
        for h in range(1, harmonics + 1)
        if f * h < 0.4 * _R
    )
    return np.asarray(out * np.minimum(1, t / attack) * np.minimum(1, (t[-1] - t) / release))


def horn(contact: Contact, rng: Rng) -> Array:
    """A car's horn: two notes a third apart for 0.4 s, led by the click of its membrane."""
    return add((0.5, _tones(0.42, [(392, 1.0), (494, 0.9)], harmonics=9)), (0.9, noise(rng, 0.01, 400, 5000, 0.0005)))


def beep(contact: Contact, rng: Rng) -> Array:
    """A short electric tone; smaller things beep higher, and anything as large as a car has a horn."""
    if contact.size > 1.0:
        return horn(contact, rng)
    return _tones(0.12, [(float(np.clip(320 / max(contact.size, 0.05), 700, 2400)), 1.0)], attack=0.001, harmonics=3)


def chirp(contact: Contact, rng: Rng) -> Array:
    """A bird's two-tone call, 0.22 s."""
    base = float(np.clip(600 / max(contact.size, 0.08), 2200, 4800)) * (1 + 0.05 * rng.standard_normal())
    t = np.arange(int(0.09 * _R)) / _R
    first = np.sin(2 * np.pi * np.cumsum(base * (1.25 - 0.3 * t / 0.09)) / _R)
    second = np.sin(2 * np.pi * np.cumsum(base * (0.9 + 0.35 * np.sin(np.pi * t / 0.09))) / _R)
    shape = np.minimum(1, t / 0.0015) * np.exp(-t / 0.05) * np.minimum(1, (t[-1] - t) / 0.01)
    return add((1.0, first * shape), (0.7, second * shape, 0.12))


def engine(contact: Contact, rng: Rng) -> Array:
    """A car starts or passes: a thump of the motor, then 1.2 s of its growl, sinking and fading."""
    n = int(1.2 * _R)
    t = np.arange(n) / _R
    turn = np.cumsum(62 * (1.1 - 0.25 * t / 1.2)) / _R
    growl = np.tanh(
        2.5 * (np.sin(2 * np.pi * turn) + 0.6 * np.sin(4 * np.pi * turn + 1) + 0.35 * np.sin(7 * np.pi * turn))
    )
    growl = sosfilt(band(45, 900), growl) * np.exp(-1.6 * t) * np.minimum(1, t / 0.003) * np.minimum(1, (1.2 - t) / 0.2)
    tyres = noise(rng, 1.2, 250, 2200, 0.002, curve=2.5) * np.minimum(1, (1.2 - t) / 0.2)
    return add((0.45, growl), (0.25, tyres), (0.9, ring(rng, FLOOR_WOOD, 0.3, 2.0)))


def pop(contact: Contact, rng: Rng) -> Array:
    """A balloon bursts."""
    return add((1.0, noise(rng, 0.05, 500, 9000, 0.0002, curve=7)), (0.5, ring(rng, MATERIALS["drum"], 0.2, 0.8, 0.2)))


def splash(contact: Contact, rng: Rng) -> Array:
    """Water: a slap, then bubbles."""
    parts: list[tuple[float, Array, float]] = [(1.0, noise(rng, 0.25, 400, 5000, 0.001, curve=5), 0.0)]
    for t in 0.03 + 0.25 * rng.random(8):
        length = np.arange(int(0.03 * _R)) / _R
        bubble = np.sin(2 * np.pi * np.cumsum(500 + 900 * rng.random() + 9000 * length) / _R) * np.exp(-length / 0.008)
        parts.append((0.2, bubble, float(t)))
    return add(*parts)


def whoosh(contact: Contact, rng: Rng) -> Array:
    """Air past something quick: a throw, a jump, a beat of wings."""
    return noise(rng, 0.18, 350, 2200 + 500 * min(contact.speed, 6), 0.004, curve=5)


def bark(contact: Contact, rng: Rng) -> Array:
    """A short animal voice."""
    t = np.arange(int(0.18 * _R)) / _R
    f = 420 * (0.3 / max(contact.size, 0.1)) ** 0.3 * (1.2 - 1.5 * t)
    wave = sum(np.sin(2 * np.pi * h * np.cumsum(f) / _R) / h**0.8 for h in range(1, 9))
    return add(
        (0.6, np.asarray(wave) * np.exp(-t / 0.06) * np.minimum(1, t / 0.002)),
        (0.6, noise(rng, 0.05, 600, 3000, 0.0008)),
    )


def heartbeat(contact: Contact, rng: Rng) -> Array:
    """One beat of a heart, heard from within: two dull thumps."""

    def thump(base: float, fall: float) -> Array:
        t = np.arange(int(0.26 * _R)) / _R
        return np.asarray(np.sin(2 * np.pi * np.cumsum(base + 70 * np.exp(-t / 0.02)) / _R) * np.exp(-t / fall))

    return add((1.0, thump(52, 0.060), 0.0), (0.62, thump(60, 0.045), 0.27))


RECIPES: dict[str, Callable[[Contact, Rng], Array]] = {
    "bounce": impact,
    "collide": impact,
    "drop": impact,
    "hit": impact,
    "topple": impact,
    "kick": impact,
    "catch": impact,
    "place": impact,
    "step": step,
    "land": land,
    "stomp": land,
    "clap": clap,
    "drum": drum,
    "ring": bell,
    "bell": bell,
    "knock": knock,
    "close": close,
    "slam": close,
    "door": close,
    "open": knock,
    "break": shatter,
    "shatter": shatter,
    "roll": roll,
    "horn": horn,
    "honk": horn,
    "beep": beep,
    "chirp": chirp,
    "sing": chirp,
    "engine": engine,
    "pass": engine,
    "drive": engine,
    "start": engine,
    "pop": pop,
    "splash": splash,
    "whoosh": whoosh,
    "throw": whoosh,
    "jump": whoosh,
    "flap": whoosh,
    "bark": bark,
    "heartbeat": heartbeat,
    **voices.RECIPES,
}
"""Contact.kind -> its sound; kinds that are not here sound by their materials (``impact``)."""
_KIND_GAIN = {
    "step": 0.55,
    "roll": 0.18,
    "whoosh": 0.3,
    "throw": 0.3,
    "jump": 0.3,
    "flap": 0.3,
    "chirp": 0.5,
    "sing": 0.5,
    "beep": 0.5,
    "break": 1.2,
    **dict.fromkeys(voices.LASTING, 0.22),
}
_FIXED = (
    "chirp",
    "sing",
    "beep",
    "horn",
    "honk",
    "engine",
    "pass",
    "drive",
    "start",
    "bark",
    "clap",
    "heartbeat",
    *voices.RECIPES,
)
"""Kinds that have a voice of their own: loud whatever ``speed`` says."""


def _accent(sound: Array) -> Array:
    """Modes may beat and rise after the blow; hold what follows the first 4 ms below it, so that the attack is the
    strongest moment."""
    head, late = sound[: int(0.004 * _R)], sound[int(0.004 * _R) :]
    width = int(0.001 * _R)
    if late.size < width or not head.any():
        return sound
    box = np.ones(width) / width
    first = max(np.convolve(head**2, box, "valid").max(), 0.3 * float(np.abs(head).max()) ** 2)
    peak = max(
        float(np.abs(late).max()) / float(np.abs(head).max()),
        float(np.sqrt(np.convolve(late[: int(0.3 * _R)] ** 2, box, "valid").max() / first)),
    )
    if peak <= 0.85:
        return sound
    held = np.full(sound.size, 0.85 / peak)
    bend = int(0.0055 * _R)
    held[:bend] = np.interp(np.arange(bend), [0, 0.003 * _R, bend], [1.0, 1.0, 0.85 / peak])
    return np.asarray(sound * held)


def strike(contact: Contact, rng: Rng) -> NDArray[np.float32]:
    """The sound of one contact, mono [n] at 48 kHz as heard from 1 m, beginning exactly at the contact (sample 0).

    Its peak, within about 5 ms of the start, is ``level(contact.speed)`` times a gain of its kind and materials (at
    most 1.5)."""
    sound = RECIPES.get(contact.kind, impact)(contact, rng)
    # What sounds has no offset; a gentle high-pass at 30 Hz also keeps tiny loudspeakers safe.
    sound = lfilter([0.998, -0.998], [1.0, -0.996], sound)
    sound = _accent(sound)
    blow = level(max(contact.speed, 1.8) if contact.kind in _FIXED else contact.speed) * _KIND_GAIN.get(
        contact.kind, 1.0
    )
    sound = sound * (blow / max(1e-9, float(np.abs(sound).max())))
    tail = min(480, sound.size // 4)
    sound[-tail:] *= np.linspace(1, 0, tail)
    return sound.astype(np.float32)
