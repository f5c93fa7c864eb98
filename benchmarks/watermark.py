"""``python -m benchmarks.watermark --clips N --attack all``: is the mark seen, is it heard, does it last, is it found
where there is none?

Each clip of ``watermark_clips`` is marked, written as the service would write it (CRF 17, AAC 192 kbit/s), attacked
through real encoders, and read from the attacked file alone, picture and sound each judged by itself. What was measured
is appended to ``--records``, one line a clip, and never measured again: an interrupted run goes on where it was, and
``--share 0/2`` and ``--share 1/2`` are two processes' halves. ``--report`` prints what the records say.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.attacks import PICTURE, SOUND, attack_picture, attack_sound
from benchmarks.audibility import measure
from benchmarks.watermark_clips import Material, Sound, halved, heard, material, unmarked_picture, unmarked_sound
from phonofilm.media.video import read_clip, write_clip
from phonofilm.trust.watermarks import payload
from phonofilm.trust.watermarks.watermark import Found, Marker, detect
from phonofilm.trust.watermarks.watermark_picture import LEAST_FIT, PictureReader
from phonofilm.trust.watermarks.watermark_sound import SoundReader

KEY = b"benchmark key: not a secret"
RATES = ("fps30", "fps25", "fps12")


class Records:
    """What was measured so far: a file of one JSON object a line, appended to by any number of processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.rows: list[dict[str, Any]] = (
            [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        )

    def add(self, row: dict[str, Any]) -> None:
        """One line, in one write."""
        self.rows.append(row)
        with self.path.open("ab", buffering=0) as file:
            file.write(json.dumps(row).encode() + b"\n")

    def clips(self) -> list[dict[str, Any]]:
        """Of marked clips; where a clip was measured in parts, its parts together."""
        whole: dict[int, dict[str, Any]] = {}
        for row in self.rows:
            if "clip" in row:
                before = whole.get(row["clip"])
                whole[row["clip"]] = {**before, **row, "found": {**before["found"], **row["found"]}} if before else row
        return [whole[number] for number in sorted(whole)]

    def unmarked(self) -> list[dict[str, Any]]:
        """Of clips without a mark."""
        return [*{row["unmarked"]: row for row in self.rows if "unmarked" in row}.values()]


def run_clip(number: int, cache: Path, attacks: list[str]) -> dict[str, Any]:
    """Mark one clip, attack it in every way, read it. ``found``: attack -> the right reference (true), none (false),
    another (its number)."""
    clip = material(number, cache)
    reference = payload.reference_of(f"clip {number}")
    marker = Marker(KEY, reference)
    marked = [marker.picture(frame, index) for index, frame in enumerate(clip.frames)]
    sound = marker.sound(clip.sound, clip.rate)
    errors = [
        float(np.mean(np.square(a.astype(np.float32) - b))) for a, b in zip(marked[::8], clip.frames[::8], strict=True)
    ]
    heard = measure(clip.sound, sound, clip.rate)
    found: dict[str, Any] = {}

    def note(name: str, read: Found | None) -> None:
        found[name] = read is not None and (True if read.reference == reference else read.reference)

    with TemporaryDirectory() as folder:
        whole = write_clip(Path(folder) / "marked.mp4", marked, sound, rate=clip.rate)
        sent, seen = read_clip(whole), detect(whole, [KEY])
        note("none", seen.picture)
        note("none (sound)", seen.sound)
        for name in attacks:
            path = Path(folder) / ("attacked.mp4" if name in PICTURE else "attacked.m4a")
            if name in PICTURE:
                attack_picture(sent.frames, path, PICTURE[name], number)
                note(name, detect(path, [KEY]).picture)
            else:
                attack_sound(sent.sound, sent.rate, path, SOUND[name])
                note(name, detect(path, [KEY]).sound)
    return {
        "clip": number,
        "kind": clip.kind,
        "found": found,
        "psnr": round(10 * np.log10(255**2 / np.mean(errors)), 2),
        "least_psnr": round(10 * np.log10(255**2 / max(errors)), 2),
        "nmr": round(heard.mean, 2),
        "over": round(heard.over, 5),
        "snr": round(heard.segmental_snr, 2) if np.isfinite(heard.segmental_snr) else None,
    }


def run_sound(number: int, attacks: list[str]) -> dict[str, Any]:
    """The sound of one clip alone: seconds instead of half a minute."""
    kind, clean, rate = heard(number)
    reference = payload.reference_of(f"clip {number}")
    sound = Marker(KEY, reference).sound(clean, rate)
    measured = measure(clean, sound, rate)
    found: dict[str, Any] = {}
    with TemporaryDirectory() as folder:
        for name in attacks:
            path = Path(folder) / "attacked.m4a"
            attack_sound(sound, rate, path, SOUND[name])
            read = detect(path, [KEY]).sound
            found[name] = read is not None and (True if read.reference == reference else read.reference)
    snr = round(measured.segmental_snr, 2) if np.isfinite(measured.segmental_snr) else None
    return {
        "clip": number,
        "kind": kind,
        "found": found,
        "nmr": round(measured.mean, 2),
        "over": round(measured.over, 5),
        "snr": snr,
    }


def run_unmarked(number: int, clips: list[Material]) -> dict[str, Any]:
    """Read one picture and one sound without a mark: the best fit of each, and whether it was called marked."""
    rng = np.random.default_rng(1_000_000 + number)
    clip = clips[number % len(clips)] if number % 2 else None
    reader = PictureReader(854, 480)
    for index, frame in enumerate(unmarked_picture(number, clip, rng)):
        small = Image.fromarray(frame[:, :, 1]).resize(reader.size, Image.Resampling.BOX)
        reader.add(np.asarray(small), index / 12)
    row: dict[str, Any] = {"unmarked": number}
    for name, seen in (("picture", reader), ("sound", SoundReader(unmarked_sound(number, clip, rng)))):
        fit = float(payload.fits(seen.candidates(KEY)).max())
        row[name] = {"fit": round(fit, 4), "called": fit >= LEAST_FIT and seen.read(KEY) is not None}
    return row


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


def table(clips: list[dict[str, Any]]) -> str:
    """Per attack, Markdown: found with the right reference, Wilson's 95 % interval, and the same per kind of clip."""
    kinds = sorted({clip["kind"] for clip in clips})
    lines = ["| attack | found | 95 % interval | " + " | ".join(kinds) + " |", "|---" * (3 + len(kinds)) + "|"]
    for name in ["none", *PICTURE, "none (sound)", *SOUND]:
        hits: dict[str, list[bool]] = defaultdict(list)
        for clip in clips:
            if name in clip["found"]:
                hits[clip["kind"]].append(clip["found"][name] is True)
        every = [hit for kind in kinds for hit in hits[kind]]
        if not every:
            continue
        low, high = interval(sum(every), len(every))
        about = {**PICTURE, **SOUND}.get(name)
        label = name if about is None else ("" if about.required else "(beyond) ") + about.about
        parts = [f"{sum(hits[kind])}/{len(hits[kind])}" for kind in kinds]
        lines.append(
            f"| {label} | {sum(every)}/{len(every)} | {100 * low:.1f}-{100 * high:.1f} % | " + " | ".join(parts) + " |"
        )
    return "\n".join(lines)


def report(records: Records) -> str:
    """Everything the records say, for people."""
    clips, lines = records.clips(), []
    if clips:
        wrong = sum(not isinstance(found, bool) for clip in clips for found in clip["found"].values())
        missed = [
            f"{clip['clip']}: {name}"
            for clip in clips
            for name, found in clip["found"].items()
            if found is not True and _required(name)
        ]
        lines += [
            f"{len(clips)} clips, key fixed, libavcodec {'.'.join(map(str, av.library_versions['libavcodec']))}",
            "",
            table(clips),
            "",
        ]
        lines += [f"read with a wrong reference: {wrong}; missed though required: {', '.join(missed) or 'none'}"]
        seen = [clip for clip in clips if "psnr" in clip]
        least, each = min((clip["least_psnr"] for clip in seen), default=0.0), [clip["psnr"] for clip in seen] or [0.0]
        lines += [
            f"picture PSNR: mean {np.mean(each):.1f}, least clip {min(each):.1f}, least frame looked at {least:.1f} dB"
        ]
        for kind in sorted({clip["kind"] for clip in clips}):
            mine = [clip for clip in clips if clip["kind"] == kind and "nmr" in clip]
            if not mine:
                continue
            snr = [clip["snr"] for clip in mine if clip["snr"] is not None]
            nmr, over = [clip["nmr"] for clip in mine], 100 * np.mean([clip["over"] for clip in mine])
            lines.append(
                f"sound, {kind}: noise-to-mask ratio mean {np.mean(nmr):.1f} dB, worst clip {max(nmr):.1f} dB; above"
                f" the mask in {over:.2f} % of frames and bands; segmental SNR"
                f" {np.mean(snr) if snr else float('nan'):.1f} dB"
            )
    rows = records.unmarked()
    for name in ("picture", "sound") if rows else ():
        fits = np.array([row[name]["fit"] for row in rows])
        count = sum(row[name]["called"] for row in rows)
        lines.append(
            f"unmarked, {name}: {count} of {len(fits)} called marked (95 % interval to"
            f" {100 * interval(count, len(fits))[1]:.2f} %); best fit of each: mean {fits.mean():.3f}, most"
            f" {fits.max():.3f}, above {LEAST_FIT} in {100 * np.mean(fits > LEAST_FIT):.1f} % of clips, of which one in"
            " 2**24 then passes version, key number and CRC"
        )
    return "\n".join(lines)


def _required(name: str) -> bool:
    about = {**PICTURE, **SOUND}.get(name)
    return about is None or about.required


def main(argv: list[str] | None = None) -> int:
    """Exit code 0; 2 for an unknown attack."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watermark", description=__doc__)
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="number of the first clip, marked or not")
    parser.add_argument(
        "--attack", default="all", help=f"all, required, or a list with commas: {', '.join([*PICTURE, *SOUND])}"
    )
    parser.add_argument(
        "--extra",
        type=int,
        default=10,
        help="clips that also go through the attacks nobody promised to survive (--attack all)",
    )
    parser.add_argument("--unmarked", type=int, default=1000)
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path("runs/watermark/clips"),
        help="where the engines' clips are kept between runs",
    )
    parser.add_argument(
        "--records",
        type=Path,
        default=Path("runs/watermark/records.jsonl"),
        help="what was measured; delete it to measure anew",
    )
    parser.add_argument("--share", default="0/1", help="I/N: only the clips whose number leaves I when divided by N")
    parser.add_argument(
        "--rotate",
        action="store_true",
        help=f"one of the changes of frame rate ({', '.join(RATES)}) for each clip in turn, not all",
    )
    parser.add_argument(
        "--minutes", type=float, default=1e9, help="begin no further clip, marked or not, after this time"
    )
    parser.add_argument("--report", action="store_true", help="measure nothing, print what the records say")
    args = parser.parse_args(argv)
    names = [*PICTURE, *SOUND] if args.attack in ("all", "required") else args.attack.split(",")
    if unknown := set(names) - {*PICTURE, *SOUND}:
        parser.error(f"no attack {', '.join(sorted(unknown))}: choose from {', '.join([*PICTURE, *SOUND])}")
    if args.attack == "required":
        names = [name for name in names if _required(name)]
    part, parts = (int(word) for word in args.share.split("/"))
    records = Records(args.records)
    if not args.report:
        args.cache.mkdir(parents=True, exist_ok=True)
        _measure(records, args, names, part, parts)
    print(report(records))
    return 0


def _measure(records: Records, args: argparse.Namespace, names: list[str], part: int, parts: int) -> None:
    began = time.monotonic()
    done = {clip["clip"]: set(clip["found"]) for clip in records.clips()}
    for number in range(args.first, args.first + args.clips):
        if time.monotonic() - began > 60 * args.minutes:
            break
        mine = [name for name in names if args.attack != "all" or _required(name) or number - args.first < args.extra]
        if args.rotate:
            mine = [name for name in mine if name not in RATES or name == RATES[number % len(RATES)]]
        due = [name for name in mine if name not in done.get(number, ())]
        if number % parts != part or (not due and number in done):
            continue
        row = run_sound(number, due) if all(name in SOUND for name in due) else run_clip(number, args.cache, due)
        records.add(row)
        missed = [name for name, found in row["found"].items() if found is not True]
        print(
            f"clip {number}: {time.monotonic() - began:.0f} s, {row.get('psnr', 'sound alone')} dB, not found after:"
            f" {', '.join(missed) or '-'}",
            flush=True,
        )
    there = {row["unmarked"] for row in records.unmarked()}
    due_unmarked = [n for n in range(args.first, args.first + args.unmarked) if n not in there and n % parts == part]
    sources = [halved(material(n, args.cache)) for n in range(20) if n % 10 < 6] if due_unmarked else []
    for number in due_unmarked:
        if time.monotonic() - began > 60 * args.minutes:
            break
        records.add(run_unmarked(number, sources))
        if number % 50 < parts:
            print(f"unmarked clip {number} read: {time.monotonic() - began:.0f} s", flush=True)
    if args.clips and any(name in PICTURE for name in names):
        clip = material(args.first, args.cache)
        pictures, sounds = speed(clip.frames, clip.sound, clip.rate)
        size = f"{clip.frames.shape[2]}x{clip.frames.shape[1]}"
        print(
            f"embedding: {pictures:.0f} frames/s at {size}, {sounds:.0f} s of sound a second, one core's processor time"
            f" (process {os.getpid()})"
        )


if __name__ == "__main__":
    raise SystemExit(main())
