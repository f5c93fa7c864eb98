"""``python -m benchmarks.watermark --clips N --attack all``: is the mark seen, is it heard, does it last, is it found where there is none?

Clips: six in ten from the theatre (animatic engine, prompts held out from training, five picture shapes), two from the fake engine, two
synthetic textures (photograph-like or noise), 480p, 4 s. Each is marked, written as the service would write it (CRF 17, AAC 192 kbit/s),
attacked through real encoders, and read from the attacked file alone. Unmarked clips are read the same way: halves, mirror pictures and
other tempi of the theatre's own clips, fake clips, textures and synthetic sounds.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import signal

import phonofilm
from benchmarks.attacks import PICTURE, SOUND, attack_picture, attack_sound
from benchmarks.audibility import Heard, measure
from phonofilm.media.video import read_clip, write_clip
from phonofilm.trust import payload
from phonofilm.trust.watermark import Found, Marker, detect
from phonofilm.trust.watermark_picture import LEAST_FIT, PictureReader
from phonofilm.trust.watermark_sound import RATE, SoundReader

KEY = b"benchmark key: not a secret"
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
    """A texture whose amplitudes fall with frequency like a photograph's (slope 1) or stay as noise's (0); mean 0, deviation 1."""
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
            line += sum(0.2 / h * np.sin(2 * np.pi * pitch * h * age) * np.exp(-age * 3 * h) * (times >= start) for h in range(1, 9))
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
    place = number % 10
    if place < 8:
        engine = "animatic" if place < 6 else "fake"
        number = number // 10 * (6 if place < 6 else 2) + place % 6
        path = cache / f"{engine[0]}{number:03d}.mp4"
        if not path.exists():
            lines = (resources.files("phonofilm.evals") / "prompts" / "heldout.jsonl").read_text("utf-8").splitlines()
            prompt = json.loads(lines[number % len(lines)])["text"]
            phonofilm.generate(prompt, path, engine=engine, seconds=SECONDS, ratio=RATIOS[number % 10], seed=number)
        clip = read_clip(path)
        return Material(kind="theatre" if place < 6 else "fake", frames=clip.frames, sound=clip.sound, rate=clip.rate)
    frames = np.stack(list(texture(number, int(SECONDS * 24) + 1)))
    return Material(kind="texture", frames=frames, sound=synthetic_sound(number), rate=48_000)


@dataclass(kw_only=True)
class Results:
    """What was measured so far."""

    found: dict[tuple[str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))
    """(attack, kind of clip) -> found with the right reference?"""
    wrong: int = 0
    """Marks read with another reference than was written."""
    psnr: list[float] = field(default_factory=list)
    least_psnr: list[float] = field(default_factory=list)
    heard: list[tuple[str, Heard]] = field(default_factory=list)
    fits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def run_clip(number: int, cache: Path, attacks: list[str], results: Results, extra: bool) -> list[str]:
    """Mark one clip, attack it in every way, read it; the attacks after which it was not found."""
    missed = []
    clip = material(number, cache)
    reference = payload.reference_of(f"clip {number}")
    marker = Marker(KEY, reference)
    marked = [marker.picture(frame, index) for index, frame in enumerate(clip.frames)]
    sound = marker.sound(clip.sound, clip.rate)
    errors = [float(np.mean(np.square(a.astype(np.float32) - b))) for a, b in zip(marked[::8], clip.frames[::8], strict=True)]
    results.psnr.append(10 * np.log10(255**2 / np.mean(errors)))
    results.least_psnr.append(10 * np.log10(255**2 / max(errors)))
    results.heard.append((clip.kind, measure(clip.sound, sound, clip.rate)))
    with TemporaryDirectory() as folder:
        whole = write_clip(Path(folder) / "marked.mp4", marked, sound, rate=clip.rate)
        sent = read_clip(whole)
        for name in ["none", *(a for a in attacks if a in PICTURE and (extra or PICTURE[a].required))]:
            path = whole if name == "none" else Path(folder) / "attacked.mp4"
            if name != "none":
                attack_picture(sent.frames, path, PICTURE[name], number)
            missed += _note(results, name, clip.kind, detect(path, [KEY]).picture, reference)
        for name in ["none (sound)", *(a for a in attacks if a in SOUND and (extra or SOUND[a].required))]:
            path = whole if name.startswith("none") else Path(folder) / "attacked.m4a"
            if path != whole:
                attack_sound(sent.sound, sent.rate, path, SOUND[name])
            missed += _note(results, name, clip.kind, detect(path, [KEY]).sound, reference)
    return missed


def _note(results: Results, attack: str, kind: str, found: Found | None, reference: int) -> list[str]:
    read = found.reference if found else None
    results.found[attack, kind].append(read == reference)
    results.wrong += read is not None and read != reference
    return [] if read == reference else [attack]


def halved(clip: Material) -> Material:
    """The clip at half size and every second frame, for the many readings without a mark."""
    return Material(kind=clip.kind, frames=np.ascontiguousarray(clip.frames[::2, ::2, ::2]), sound=clip.sound, rate=clip.rate)


def unmarked(count: int, clips: list[Material], results: Results, first: int, until: float) -> dict[str, int]:
    """Read ``count`` unmarked pictures and sounds: how many were called marked."""
    called = {"picture": 0, "sound": 0}
    for number in range(first, first + count):
        rng = np.random.default_rng(1_000_000 + number)
        clip = clips[number % len(clips)] if clips and number % 2 else None
        reader = PictureReader(854, 480)
        for index, frame in enumerate(_unmarked_picture(number, clip, rng)):
            small = Image.fromarray(frame[:, :, 1]).resize(reader.size, Image.Resampling.BOX)
            reader.add(np.asarray(small), index / 12)
        ear = SoundReader(_unmarked_sound(number, clip, rng))
        for name, seen in (("picture", reader), ("sound", ear)):
            results.fits[name].append(float(payload.fits(seen.candidates(KEY)).max()))
            if results.fits[name][-1] >= LEAST_FIT and seen.read(KEY):
                called[name] += 1
        if number % 50 == 49:
            print(f"{number + 1} unmarked clips read, called marked: {called}", flush=True)
        if time.monotonic() > until:
            break
    return called


def _unmarked_picture(number: int, clip: Material | None, rng: np.random.Generator) -> Iterator[Picture]:
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


def _unmarked_sound(number: int, clip: Material | None, rng: np.random.Generator) -> NDArray[np.float64]:
    """A clip's sound in another tempo, from another moment on, or a synthetic one."""
    if clip is None:
        return synthetic_sound(number, rate=RATE)[0].astype(np.float64)
    line = clip.sound.mean(axis=0).astype(np.float64)
    line = np.roll(line, int(rng.integers(len(line)))) * rng.uniform(0.2, 1.0)
    tempo = int(rng.integers(80, 126))
    return np.asarray(signal.resample_poly(signal.resample_poly(line, RATE // 1000, clip.rate // 1000), tempo, 100))


def interval(hits: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not count:
        return 0.0, 1.0
    z = 1.96
    share = hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def speed(frames: NDArray[np.uint8], sound: Sound, rate: int) -> tuple[float, float]:
    """Frames a second of processor time at the frames' size, and seconds of sound marked per second."""
    marker = Marker(KEY, 1)
    marker.picture(frames[0], 0)
    began = time.process_time()
    for index, frame in enumerate(frames):
        marker.picture(frame, index)
    pictures = len(frames) / (time.process_time() - began)
    marker.sound(sound, rate)
    began = time.process_time()
    marker.sound(sound, rate)
    return pictures, sound.shape[1] / rate / max(time.process_time() - began, 1e-6)


def report(results: Results, made: str) -> None:
    """Print the tables, Markdown."""
    kinds = sorted({kind for _, kind in results.found})
    print(f"\n{made}\n\n| attack | found | 95 % interval | " + " | ".join(kinds) + " |\n" + "|---" * (3 + len(kinds)) + "|")
    order = ["none", *PICTURE, "none (sound)", *SOUND]
    for name in sorted({attack for attack, _ in results.found}, key=order.index):
        every = [hit for kind in kinds for hit in results.found.get((name, kind), [])]
        low, high = interval(sum(every), len(every))
        about = {**PICTURE, **SOUND}.get(name)
        label = ("" if about is None or about.required else "(beyond) ") + (about.about if about else name)
        parts = [f"{sum(hits)}/{len(hits)}" for hits in (results.found.get((name, kind), []) for kind in kinds)]
        print(f"| {label} | {sum(every)}/{len(every)} | {100 * low:.1f}-{100 * high:.1f} % | " + " | ".join(parts) + " |")
    print(f"\nread with a wrong reference: {results.wrong}")
    if results.psnr:
        print(f"picture PSNR: mean {np.mean(results.psnr):.1f}, least clip {min(results.psnr):.1f}, least frame looked at {min(results.least_psnr):.1f} dB")
        for kind in kinds:
            mine = [heard for k, heard in results.heard if k == kind]
            snr = [h.segmental_snr for h in mine if np.isfinite(h.segmental_snr)]
            print(
                f"sound, {kind}: noise-to-mask ratio mean {np.mean([h.mean for h in mine]):.1f} dB, worst clip {max(h.mean for h in mine):.1f} dB; above the "
                f"mask in {100 * np.mean([h.over for h in mine]):.2f} % of frames and bands; segmental SNR {np.mean(snr) if snr else float('nan'):.1f} dB"
            )


def main(argv: list[str] | None = None) -> int:
    """Exit code 0; 2 for an unknown attack."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watermark", description=__doc__)
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="number of the first clip, marked or not")
    parser.add_argument("--attack", default="all", help=f"all, required, or a list with commas: {', '.join([*PICTURE, *SOUND])}")
    parser.add_argument("--extra", type=int, default=10, help="clips that also go through the attacks nobody promised to survive")
    parser.add_argument("--unmarked", type=int, default=1000)
    parser.add_argument("--cache", type=Path, default=Path(".watermark-clips"), help="where the theatre's clips are kept between runs")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no further clip, marked or not, after this time")
    args = parser.parse_args(argv)
    names = [*PICTURE, *SOUND] if args.attack in ("all", "required") else args.attack.split(",")
    if unknown := set(names) - {*PICTURE, *SOUND}:
        parser.error(f"no attack {', '.join(sorted(unknown))}: choose from {', '.join([*PICTURE, *SOUND])}")
    if args.attack == "required":
        names, args.extra = [n for n in names if {**PICTURE, **SOUND}[n].required], 0
    args.cache.mkdir(parents=True, exist_ok=True)
    results, began, done = Results(), time.monotonic(), 0
    for number in range(args.first, args.first + args.clips):
        if time.monotonic() - began > 60 * args.minutes:
            break
        missed = run_clip(number, args.cache, names, results, number - args.first < args.extra)
        done += 1
        print(f"clip {number}: {time.monotonic() - began:.0f} s, {results.psnr[-1]:.1f} dB, not found after: {', '.join(missed) or '-'}", flush=True)
    report(results, f"{done} clips, key fixed, libavcodec {'.'.join(map(str, av.library_versions['libavcodec']))}")
    if args.unmarked:
        sources = [halved(material(n, args.cache)) for n in range(0, 20) if n % 10 < 6]
        for name, count in unmarked(args.unmarked, sources, results, args.first, began + 60 * args.minutes).items():
            fits = np.array(results.fits[name])
            print(
                f"unmarked, {name}: {count} of {len(fits)} called marked (95 % interval to {100 * interval(count, len(fits))[1]:.2f} %); "
                f"best fit of each: mean {fits.mean():.3f}, most {fits.max():.3f}, above {LEAST_FIT} in {100 * np.mean(fits > LEAST_FIT):.1f} % of clips, "
                f"of which one in 2**24 then passes version, key number and CRC"
            )
    clip = material(0, args.cache)
    pictures_, sounds_ = speed(clip.frames, clip.sound, clip.rate)
    size = f"{clip.frames.shape[2]}x{clip.frames.shape[1]}"
    print(f"embedding: {pictures_:.0f} frames/s at {size}, {sounds_:.0f} s of sound a second, one core's processor time")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
