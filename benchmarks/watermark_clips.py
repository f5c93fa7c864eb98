"""The clips the watermark is tried on: made from their number alone, always the same.

Six in ten are the theatre's (prompts held out from training, five picture shapes), two the fake engine's, two synthetic
textures (photograph-like or noise) with synthetic sounds; 480p, 4 s. Drawing costs most, so every play is used twice,
the second time mirrored and with its sound turned round by a second and a half. Clips without a mark are halves, mirror
pictures and other tempi of the theatre's, fake clips, textures and synthetic sounds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from benchmarks.plain import run
from phonofilm.engines import registry
from phonofilm.media.video import read_clip
from phonofilm.prompt import parse
from phonofilm.spec import clock
from phonofilm.spec.request import Generate
from phonofilm.theatre.sound import mix
from phonofilm.theatre.stage import staging
from phonofilm.trust.watermarks.watermark_sound import RATE

SECONDS = 4.0
RATIOS = ("16:9",) * 6 + ("9:16", "1:1", "4:3", "21:9")
Picture = NDArray[np.uint8]
Sound = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """One clip without a mark."""

    kind: str
    frames: NDArray[np.uint8]
    sound: Sound
    rate: int


def fractal(rng: np.random.Generator, height: int, width: int, slope: float) -> NDArray[np.float64]:
    """A texture whose amplitudes fall with frequency like a photograph's (slope 1) or stay as noise's (0); mean 0,
    deviation 1."""
    frequency = np.hypot(np.fft.fftfreq(height)[:, None] * height, np.fft.rfftfreq(width)[None] * width)
    frequency[0, 0] = np.inf
    spectrum = (rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)) * frequency**-slope
    plane = np.fft.irfft2(spectrum, s=(height, width))
    return np.asarray(plane / plane.std())


def texture(number: int, count: int, height: int = 480, width: int = 854, *, pan: float = 0.0) -> Iterator[Picture]:
    """A still texture with another one crossing it in a window, or a whole picture panned by ``pan`` pixels a frame."""
    rng = np.random.default_rng(number)
    slope = (1.0, 1.3, 0.0, 0.8)[number % 4]
    ground = 120 + rng.uniform(15, 45) * fractal(rng, height, width + int(pan * count), slope)
    other = 120 + 40 * fractal(rng, height // 3, width // 5, 1.1)
    tint = rng.uniform(0.75, 1.1, 3)
    for index in range(count):
        shift = int(pan * index)
        picture = ground[:, shift : shift + width].copy()
        if not pan:
            left = index * (width - other.shape[1]) // count
            picture[height // 3 : height // 3 + other.shape[0], left : left + other.shape[1]] = other
        yield np.clip(picture[:, :, None] * tint, 0, 255).astype(np.uint8)


def synthetic_sound(number: int, seconds: float = SECONDS, rate: int = 48_000) -> Sound:
    """In turn: digital silence, pink noise, a plucked melody, white noise at -50 dB, a tone, clicks far apart."""
    rng = np.random.default_rng(number)
    count = int(seconds * rate)
    times = np.arange(count) / rate
    which = number % 6
    if which == 1:
        line = 0.08 * fractal(rng, 1, count, 0.5)[0]
    elif which == 2:
        line = np.zeros(count)
        for start in np.arange(0, seconds, 0.25):
            pitch, age = 220 * 2 ** (rng.integers(0, 25) / 12), np.maximum(times - start, 0)
            line += sum(
                0.2 / h * np.sin(2 * np.pi * pitch * h * age) * np.exp(-age * 3 * h) * (times >= start)
                for h in range(1, 9)
            )
        line *= 0.7 / max(np.abs(line).max(), 1e-9)
    elif which == 3:
        line = rng.normal(0, 10 ** (-50 / 20), count)
    elif which == 4:
        line = 0.3 * np.sin(2 * np.pi * rng.uniform(100, 4000) * times)
    else:
        line = np.zeros(count)
        if which == 5:
            line[:: int(rate * rng.uniform(0.4, 1.3))] = 0.8
    return np.stack([line, line]).astype(np.float32)


def material(number: int, cache: Path) -> Material:
    """Clip ``number``, always the same."""
    place, decade = number % 10, number // 10
    if place < 8:
        engine = "animatic" if place < 6 else "fake"
        drawn = decade // 2 * (6 if place < 6 else 2) + place % 6
        path = cache / f"{engine[0]}{drawn:03d}.mp4"
        if not path.exists():
            lines = (resources.files("phonofilm.evals") / "prompts" / "heldout.jsonl").read_text("utf-8").splitlines()
            prompt = json.loads(lines[drawn % len(lines)])["text"]
            # the engine alone: phonofilm.generate() would put a mark into it already
            partial = cache / f"{os.getpid()}-{path.name}"
            run(Generate(prompt=prompt, seconds=SECONDS, ratio=RATIOS[drawn % 10], seed=drawn, engine=engine), partial)
            partial.replace(path)
        clip = read_clip(path)
        again = decade % 2
        frames = np.ascontiguousarray(clip.frames[:, :, ::-1]) if again else clip.frames
        sound = np.roll(clip.sound, int(1.5 * clip.rate), axis=1) if again else clip.sound
        return Material(kind="theatre" if place < 6 else "fake", frames=frames, sound=sound, rate=clip.rate)
    frames = np.stack(list(texture(number, int(SECONDS * 24) + 1)))
    return Material(kind="texture", frames=frames, sound=synthetic_sound(number), rate=48_000)


def heard(number: int) -> tuple[str, Sound, int]:
    """(kind, sound, rate) of clip ``number`` without drawing it: straight from the engine's mix."""
    place, decade = number % 10, number // 10
    if place >= 8:
        return "texture", synthetic_sound(number), 48_000
    drawn = decade // 2 * (6 if place < 6 else 2) + place % 6
    lines = (resources.files("phonofilm.evals") / "prompts" / "heldout.jsonl").read_text("utf-8").splitlines()
    prompt = json.loads(lines[drawn % len(lines)])["text"]
    if place < 6:
        rate = clock.THEATRE_RATE
        sound = np.asarray(mix.sound(staging.stage(parse(prompt), SECONDS, drawn), rate), np.float32)
    else:
        made = registry.load("fake").generate(Generate(prompt=prompt, seconds=SECONDS, seed=drawn, engine="fake"))
        sound, rate = made.sound, made.rate
    return "theatre" if place < 6 else "fake", np.roll(sound, int(1.5 * rate), axis=1) if decade % 2 else sound, rate


def halved(clip: Material) -> Material:
    """The clip at half size and every second frame, for the many readings without a mark."""
    return Material(
        kind=clip.kind, frames=np.ascontiguousarray(clip.frames[::2, ::2, ::2]), sound=clip.sound, rate=clip.rate
    )


def unmarked_picture(number: int, clip: Material | None, rng: np.random.Generator) -> Iterator[Picture]:
    """A window of at least 60 % of a clip, mirrored or backwards by chance, or a fake or textured clip, small."""
    if clip is not None:
        frames = clip.frames[:: -1 if rng.random() < 0.5 else 1]
        height, width = frames.shape[1:3]
        share = rng.uniform(0.6, 1.0)
        top, left = (int(rng.uniform(0, 1 - share) * size) for size in (height, width))
        window = frames[:, top : top + int(share * height), left : left + int(share * width)]
        yield from (window[:, :, ::-1] if rng.random() < 0.5 else window)
    elif number % 4:
        yield from texture(number, 48, 144, 256, pan=float(rng.choice([0, 0.5, 1.0])))
    else:
        ground, colour = rng.integers(0, 255, 3), rng.integers(0, 255, 3)
        side = int(rng.integers(20, 80))
        for index in range(48):
            picture = np.full((144, 256, 3), ground, np.uint8)
            picture[30 : 30 + side, 2 * index : 2 * index + side] = colour
            yield picture


def unmarked_sound(number: int, clip: Material | None, rng: np.random.Generator) -> NDArray[np.float64]:
    """A clip's sound in another tempo, from another moment on, or a synthetic one."""
    if clip is None:
        return synthetic_sound(number, rate=RATE)[0].astype(np.float64)
    line = clip.sound.mean(axis=0).astype(np.float64)
    line = np.roll(line, int(rng.integers(len(line)))) * rng.uniform(0.2, 1.0)
    tempo = int(rng.integers(80, 126))
    return np.asarray(signal.resample_poly(signal.resample_poly(line, RATE // 1000, clip.rate // 1000), tempo, 100))
