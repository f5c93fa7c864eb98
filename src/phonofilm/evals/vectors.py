"""Test vectors: twenty prompts, five of each style, with the ranges in which what can be measured of a clip must lie
whatever engine made it. A suite says where an engine stands, and whether it still stands there after a change.

A vector is a line of ``prompts/vectors.jsonl``: ``id``, ``style``, ``text``, ``seconds`` and ``expect``, from a name of
:data:`MEASURES` to the least and the most that the prompt allows (a second shot is one cut, "no music" over a bell is
onsets and not silence). They are wide on purpose: inside them a clip is no better for it.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from phonofilm.errors import MediaError
from phonofilm.evals import suite, take
from phonofilm.evals.heldout import Prompt, suite_path
from phonofilm.evals.judges import motion, speech, sync
from phonofilm.evals.measure import expected_phonemes
from phonofilm.media.sheet import contact_sheet
from phonofilm.media.video import at_24, read_clip
from phonofilm.spec import clock
from phonofilm.theatre.sound.loudness import loudness, true_peak

MEASURES = {
    "seconds": "length of the picture, s",
    "cuts": "cuts seen",
    "motion": "mean change of brightness from frame to frame, of 255",
    "flicker": "trembling where nothing moves, of 255",
    "loudness": "integrated loudness, LUFS",
    "peak": "true peak, dB of full scale",
    "silence": "share of tenths of a second below -60 dB",
    "impacts": "impact onsets heard",
    "recall": "share of the contacts seen that are heard",
    "phoneme_error": "sounds of the line that are other ones, as a share",
}
"""What is measured, and in what."""


@dataclass(frozen=True, kw_only=True)
class Vector:
    """A prompt and what is expected of its clip."""

    id: str
    style: str
    text: str
    seconds: float
    expect: dict[str, tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Held:
    """One expectation and how it went."""

    name: str
    least: float
    most: float
    value: float | None
    """None where it cannot be measured."""

    @property
    def kept(self) -> bool:
        """What cannot be measured is not kept."""
        return self.value is not None and self.least <= self.value <= self.most


def load(name: str = "vectors") -> list[Vector]:
    """The vectors of a suite that comes with the package, or of a file. RequestError where there is none, MediaError
    where a line cannot be read."""
    out = []
    for number, line in enumerate(suite_path(name).read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            expect = {key: (float(least), float(most)) for key, (least, most) in row["expect"].items()}
            vector = Vector(
                id=str(row["id"]),
                style=str(row["style"]),
                text=str(row["text"]),
                seconds=float(row["seconds"]),
                expect=expect,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MediaError(
                f"line {number} of the vectors {name!r} cannot be read ({error}): each is an object with id, style,"
                " text, seconds, expect"
            ) from error
        odd = [key for key in expect if key not in MEASURES] or [
            key for key, (least, most) in expect.items() if not least <= most
        ]
        if odd:
            raise MediaError(
                f"line {number} of the vectors {name!r} expects {odd[0]!r} as nothing can be: give one of"
                f" {', '.join(MEASURES)} its least and its most"
            )
        out.append(vector)
    return out


def measure(frames: np.ndarray, sound: np.ndarray, rate: int, text: str) -> dict[str, float | None]:
    """Every one of :data:`MEASURES` of a clip: pictures uint8 [F, H, W, 3] at 24 frames a second, sound [2, n]; None
    where there is nothing to measure."""
    pictures = (sync.small(frames).permute(0, 2, 3, 1).numpy() * 255).round().astype(np.uint8)
    lively, met = motion.liveliness(pictures), sync.sync(frames, sound, rate)
    block = rate // 10
    levels = (
        np.abs(sound).max(0)[: sound.shape[1] // block * block].reshape(-1, block).max(1)
        if sound.shape[1] >= block
        else np.zeros(1)
    )
    peak = true_peak(sound)
    out: dict[str, float | None] = {
        "seconds": clock.seconds_of_frames(len(frames)), "cuts": len(take.cuts(frames)), "motion": lively.amount,
        "flicker": lively.flicker,
        "loudness": loudness(sound, rate), "peak": 20 * math.log10(max(peak, 1e-6)),
        "silence": float((levels < 1e-3).mean()), "impacts": met.onsets,
        "recall": met.recall if met.visual else None, "phoneme_error": None,
    }  # fmt: skip
    if wanted := expected_phonemes(text):
        edits, count = speech.phoneme_errors(wanted, sound, rate)
        out["phoneme_error"] = edits / count
    return {name: None if value is None else round(float(value), 4) for name, value in out.items()}


def held(vector: Vector, measured: dict[str, float | None]) -> list[Held]:
    """The vector's expectations against what was measured."""
    return [
        Held(name=name, least=least, most=most, value=measured.get(name))
        for name, (least, most) in vector.expect.items()
    ]


def run(
    engine: str, vectors: Sequence[Vector], out: Path, *, seed: int = 0, tell: Callable[[str], None] = lambda _: None
) -> list[dict[str, Any]]:
    """Make, measure and judge the clips of an engine: ``out/ENGINE/ID.mp4``, ``.jpg`` and ``.json``. What lies there
    whole is kept. One row a vector."""
    folder, rows = out / engine, []
    make = suite.engine_maker(engine)
    folder.mkdir(parents=True, exist_ok=True)
    for vector in vectors:
        clip, told = folder / f"{vector.id}.mp4", folder / f"{vector.id}.json"
        if not told.is_file():
            if not clip.is_file():
                make(Prompt(id=vector.id, text=vector.text, seconds=vector.seconds), seed, clip)
            read = read_clip(clip)
            frames = at_24(read.frames, read.fps)
            contact_sheet(frames, folder / f"{vector.id}.jpg", 6, columns=6)
            report = take.judge(frames, read.sound, read.rate, vector.text)
            beside = told.with_suffix(f".{os.getpid()}.tmp")
            beside.write_text(
                json.dumps(
                    {"measured": measure(frames, read.sound, read.rate, vector.text), "judged": report.as_dict()},
                    ensure_ascii=False,
                ),
                "utf-8",
            )
            os.replace(beside, told)
        row = json.loads(told.read_text("utf-8"))
        rows.append(
            {
                "engine": engine,
                "id": vector.id,
                "expected": [{**asdict(h), "kept": h.kept} for h in held(vector, row["measured"])],
                **row,
            }
        )
        tell(f"{engine} {vector.id}")
    return rows


def page(vectors: Sequence[Vector], results: dict[str, list[dict[str, Any]]], command: str) -> str:
    """The report as HTML, with a contact sheet of each clip beside it (``ENGINE/ID.jpg``)."""
    engines = list(results)
    by = {(row["engine"], row["id"]): row for rows in results.values() for row in rows}
    head = "".join(f"<th>{escape(name)}</th>" for name in engines)
    summary = "".join(
        f"<tr><th>{style}</th>"
        + "".join(f"<td>{_share([by[name, v.id] for v in vectors if v.style == style])}</td>" for name in engines)
        + "</tr>"
        for style in dict.fromkeys(v.style for v in vectors)
    )
    parts = []
    for vector in vectors:
        cells = "".join(f"<section><h3>{escape(name)}</h3>{_clip(by[name, vector.id])}</section>" for name in engines)
        parts.append(
            f"<article><h2>{escape(vector.id)} <small>{escape(vector.style)}</small></h2><p"
            f" class=prompt>{escape(vector.text)}</p>{cells}</article>"
        )
    return _PAGE.format(command=escape(command), head=head, summary=summary, parts="\n".join(parts))


def _share(rows: Sequence[dict[str, Any]]) -> str:
    every = [h for row in rows for h in row["expected"]]
    judged = [row["judged"] for row in rows]
    kept, asked = sum(j["kept"] for j in judged), sum(j["kept"] + j["missed"] for j in judged)
    return f"{sum(h['kept'] for h in every)} of {len(every)} in range; {kept} of {asked} judged kept"


def _clip(row: dict[str, Any]) -> str:
    lines = "".join(_line(h) for h in row["expected"])
    checks = "".join(
        f"<li class={c['verdict'].split()[0]}>{escape(c['what'])}: {escape(c['verdict'])} ({escape(c['found'])})</li>"
        for c in row["judged"]["checks"]
    )
    where = f"{escape(row['engine'])}/{escape(row['id'])}"
    return f'<img src="{where}.jpg" alt="six frames" loading="lazy"><table>{lines}</table><ul>{checks}</ul>'


def _line(h: dict[str, Any]) -> str:
    value = "not measurable" if h["value"] is None else f"{h['value']:g}"
    kept = "kept" if h["kept"] else "missed"
    return (
        f"<tr class={kept}><td>{escape(MEASURES[h['name']])}</td><td>{value}</td><td>{h['least']:g} to"
        f" {h['most']:g}</td></tr>"
    )


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Test vectors</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #2a2636; background: #faf7f0 }}
img {{ width: 100%; border-radius: 6px }} article {{ border-top: 1px solid #ded6cc; margin-top: 2rem }} .prompt {{ white-space: pre-wrap }}
table {{ border-collapse: collapse; margin: .5rem 0 }} td, th {{ padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top }}
.missed {{ color: #b3261e; font-weight: 600 }} .kept {{ color: inherit }} .not {{ color: #77707c }} small {{ color: #77707c; font-weight: 400 }}
</style>
<h1>Test vectors</h1>
<p>Twenty prompts, each with the ranges in which what can be measured of its clip must lie whatever engine made it, and what the judges say of it. In range is not good: it is
what may be asked of anybody. The judges know the paper theatre; what they are not sure of is <em>not judged</em>.</p>
<pre>{command}</pre>
<table><tr><th></th>{head}</tr>{summary}</table>
{parts}
</html>
"""  # noqa: E501
