"""Test vectors: twenty prompts, five of each style, with the ranges in which what can be measured of a clip must lie
whatever engine made it. A suite says where an engine stands, and whether it still stands there after a change.

A vector is a line of ``prompts/vectors.jsonl``: ``id``, ``style``, ``text``, ``seconds`` and ``expect``, from a name of
:data:`MEASURES` to the least and the most that the prompt allows (a second shot is one cut, "no music" over a bell is
onsets and not silence). They are wide on purpose: inside them a clip is no better for it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from phonofilm.errors import MediaError, PhonofilmError
from phonofilm.evals import suite, take
from phonofilm.evals.heldout import Prompt, suite_path
from phonofilm.evals.judges import motion, speech, sync
from phonofilm.evals.made import Maker
from phonofilm.evals.measure import expected_phonemes
from phonofilm.media.sheet import contact_sheet
from phonofilm.media.video import at_24, read_clip, whole
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


def run(engine: str, vectors: Sequence[Vector], out: Path, *, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Make, measure and judge the clips of an engine: ``out/ENGINE/ID.mp4``, ``.webp`` and ``.json``. What lies there
    whole is kept.

    One row a vector, as it is done. A clip that cannot be made or read is a row with ``failed``, in words, and nothing
    kept; the others go on, and another run tries it again.
    """
    folder = out / engine
    make = suite.engine_maker(engine)
    folder.mkdir(parents=True, exist_ok=True)
    for vector in vectors:
        row: dict[str, Any] = {"measured": {}, "judged": take.Report(checks=()).as_dict()}
        try:
            row |= _done(folder, vector) or _made(folder, vector, make, seed)
        except PhonofilmError as error:
            row["failed"] = str(error)
        expected = [{**asdict(h), "kept": h.kept} for h in held(vector, row["measured"])]
        yield {"engine": engine, "id": vector.id, "expected": expected, **row}


def _done(folder: Path, vector: Vector) -> dict[str, Any] | None:
    """What was measured before; None where that is not there or not whole."""
    try:
        row = json.loads((folder / f"{vector.id}.json").read_text("utf-8"))
        return {"measured": dict(row["measured"]), "judged": dict(row["judged"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _made(folder: Path, vector: Vector, make: Maker, seed: int) -> dict[str, Any]:
    clip, told = folder / f"{vector.id}.mp4", folder / f"{vector.id}.json"
    if not clip.is_file():
        make(Prompt(id=vector.id, text=vector.text, seconds=vector.seconds), seed, clip)
    read = read_clip(clip)
    frames = at_24(read.frames, read.fps)
    contact_sheet(frames, clip.with_suffix(".webp"), 6, columns=6)
    judged = take.judge(frames, read.sound, read.rate, vector.text).as_dict()
    row = {"measured": measure(frames, read.sound, read.rate, vector.text), "judged": judged}
    with whole(told) as beside:
        beside.write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    return row


def page(vectors: Sequence[Vector], results: dict[str, list[dict[str, Any]]], command: str) -> str:
    """The report as HTML, with a contact sheet of each clip beside it (``ENGINE/ID.webp``); of a run that was
    interrupted what there is."""
    engines = list(results)
    by = {(row["engine"], row["id"]): row for rows in results.values() for row in rows}
    head = "".join(f"<th>{escape(name)}</th>" for name in engines)
    styles = {style: [v.id for v in vectors if v.style == style] for style in dict.fromkeys(v.style for v in vectors)}
    shares = {
        style: [_share([by[name, one] for one in ids if (name, one) in by]) for name in engines]
        for style, ids in styles.items()
    }
    summary = "".join(
        f"<tr><th>{style}</th>{''.join(f'<td>{share}</td>' for share in row)}</tr>" for style, row in shares.items()
    )
    parts = []
    for vector in vectors:
        clips = {name: _clip(by.get((name, vector.id))) for name in engines}
        cells = "".join(f"<section><h3>{escape(name)}</h3>{told}</section>" for name, told in clips.items())
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


def _clip(row: dict[str, Any] | None) -> str:
    if row is None:
        return "<p class=not>not made yet</p>"
    if "failed" in row:
        return f"<p class=missed>no clip: {escape(row['failed'])}</p>"
    lines = "".join(_line(h) for h in row["expected"])
    checks = "".join(
        f"<li class={c['verdict'].split()[0]}>{escape(c['what'])}: {escape(c['verdict'])} ({escape(c['found'])})</li>"
        for c in row["judged"]["checks"]
    )
    where = f"{escape(row['engine'])}/{escape(row['id'])}"
    return f'<img src="{where}.webp" alt="six frames" loading="lazy"><table>{lines}</table><ul>{checks}</ul>'


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
