"""Runs an engine over a suite of prompts, or takes a folder of clips, and keeps one MP4 and one JSON per clip: stop it,
resume it, share it out.

Layout of the output folder: ``COLUMN/ID-SEED.mp4`` and ``COLUMN/ID-SEED.json`` for every column (truth, native,
cascaded, ...), ``COLUMN/cues/ID-SEED.json`` for those made after cues, then ``report.md``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from phonofilm.clip.make import make
from phonofilm.errors import RequestError
from phonofilm.evals.heldout import Prompt, load_suite
from phonofilm.evals.judges import planned
from phonofilm.evals.made import Maker
from phonofilm.evals.measure import Row, hues_of, measure
from phonofilm.media.video import at_24, read_clip, whole
from phonofilm.prompt import parse
from phonofilm.spec import cue_file
from phonofilm.spec.cues import Cues
from phonofilm.spec.request import Generate
from phonofilm.theatre.cues import cues as staged_cues
from phonofilm.theatre.stage.staging import stage

TRUTH = "truth"
"""Column of the theatre itself: the engine ``animatic`` on the same prompts."""
CODEC = "codec"
"""Column of the theatre sent through our codecs and back, and the name it is asked for by."""
COLUMN_OF = {"animatic": TRUTH, "native-cascaded": "cascaded", "native-oracle": "oracle"}
"""Engine -> name of its column, where that differs."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Share k of n of a suite: every n-th prompt, from the k-th."""

    k: int = 1
    n: int = 1

    @classmethod
    def of(cls, text: str) -> Part:
        """From "k/n", 1 <= k <= n. RequestError otherwise."""
        try:
            k, n = (int(x) for x in text.split("/"))
        except ValueError:
            k, n = 0, 0
        if not 1 <= k <= n:
            raise RequestError(f"--part {text!r} is not a part: write k/n with k from 1 to n, such as 2/4")
        return cls(k=k, n=n)


def engine_maker(
    name: str, *, steps: int | None = None, guidance: float | None = None, resolution: str = "480p"
) -> Maker:
    """A maker that asks the registered engine ``name``. RequestError when there is none, MissingExtra or EngineError as
    the engine has it."""
    if name == CODEC:
        from phonofilm.evals.recoded import Recoded

        return Recoded(resolution)
    from phonofilm.engines import registry

    registry.load(name)
    wanted = Generate(
        prompt="-", steps=steps, guidance=guidance, resolution=resolution, engine=name
    )  # a wrong value is told before any work

    def clip(prompt: Prompt, seed: int, out: Path) -> Cues | None:
        result = make(replace(wanted, prompt=prompt.text, seconds=prompt.seconds, seed=seed), out)
        return (
            staged_cues(stage(parse(prompt.text), prompt.seconds, seed))
            if COLUMN_OF.get(name) == TRUTH
            else result.cues
        )

    return clip


def run(
    column: str,
    maker: Maker,
    prompts: list[Prompt],
    out: Path,
    *,
    seeds: Iterable[int] = (0,),
    part: Part | None = None,
    resume: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> int:
    """Make and judge the clips of one column; returns how many were made now. With ``resume`` what lies there whole is
    kept: a clip without its JSON is judged anew, not made anew. Each file appears whole or not at all."""
    part, folder, made = part or Part(), out / column, 0
    folder.mkdir(parents=True, exist_ok=True)
    mine = [p for i, p in enumerate(prompts) if i % part.n == part.k - 1]
    for seed in seeds:
        for prompt in mine:
            clip, judged = folder / f"{prompt.id}-{seed}.mp4", folder / f"{prompt.id}-{seed}.json"
            if resume and judged.is_file():
                continue
            if not (resume and clip.is_file()):
                partial = clip.with_name(f".{clip.stem}.{os.getpid()}.part.mp4")
                try:
                    if (cues := maker(prompt, seed, partial)) is not None:
                        plan_of(clip).parent.mkdir(exist_ok=True)
                        cue_file.write(plan_of(clip), cues)
                    os.replace(partial, clip)  # only now: a clip that is there is there with its plan
                finally:
                    partial.unlink(missing_ok=True)
                made += 1
            judge_file(clip, judged, prompt, seed)
            tell(f"{column} {prompt.id} seed {seed}")
    return made


def plan_of(clip: Path) -> Path:
    """Where the cues of a clip lie."""
    return clip.parent / "cues" / f"{clip.stem}.json"


def judge_file(clip: Path, judged: Path, prompt: Prompt, seed: int) -> Row:
    """Judge one file (what a viewer would get, compression included), with its plan where one lies in ``cues/`` beside
    it, and write its JSON."""
    read = read_clip(clip)
    frames = at_24(read.frames, read.fps)
    row = {**measure(frames, read.sound, read.rate, prompt), "seed": seed}
    if plan_of(clip).is_file():
        row["plan"] = planned.measure(frames, cue_file.read(plan_of(clip)), next(iter(hues_of(prompt.text)), None))
    with whole(judged) as beside:
        beside.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    return row


def clips_of(folder: Path, prompts: list[Prompt]) -> list[tuple[Path, Prompt, int]]:
    """The clips of a folder with their prompts: named after a prompt's id (``s001.mp4``, ``s001-3.mp4`` for seed 3), or
    listed in its ``manifest.jsonl`` (lines with file, text, and if wished id, labels, seed). RequestError when nothing
    fits."""
    manifest = folder / "manifest.jsonl"
    if manifest.is_file():
        rows = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines() if line.strip()]
        known = {p.id: p for p in prompts}
        return [(folder / r["file"], _prompt_of(r, known), int(r.get("seed", 0))) for r in rows]
    by_id, found = {p.id: p for p in prompts}, []
    for path in sorted(folder.glob("*")):
        if path.suffix.lower() not in (".mp4", ".mov", ".webm", ".mkv"):
            continue
        name, _, seed = path.stem.partition("-")
        if name in by_id and (not seed or seed.isdigit()):
            found.append((path, by_id[name], int(seed or 0)))
    if not found:
        raise RequestError(
            f"no clip in '{folder}' bears the id of a prompt: name them like {prompts[0].id}.mp4, or add a"
            " manifest.jsonl with file and text"
        )
    return found


def _prompt_of(row: dict[str, Any], known: dict[str, Prompt]) -> Prompt:
    prompt = known.get(str(row.get("id", "")))
    if prompt is not None:
        return prompt
    if "text" not in row:
        raise RequestError(f"the manifest's line for {row.get('file')!r} has no text: add the clip's prompt")
    return Prompt(
        id=str(row.get("id", Path(row["file"]).stem)),
        text=str(row["text"]),
        seconds=5.0,
        labels=dict(row.get("labels", {})),
    )


def judge_folder(
    column: str,
    clips: Path,
    prompts: list[Prompt],
    out: Path,
    *,
    part: Part | None = None,
    resume: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> int:
    """Judge a folder of ready clips as one column; returns how many were judged now."""
    part, folder, done = part or Part(), out / column, 0
    folder.mkdir(parents=True, exist_ok=True)
    for i, (path, prompt, seed) in enumerate(clips_of(clips, prompts)):
        judged = folder / f"{path.stem}.json"
        if i % part.n != part.k - 1 or (resume and judged.is_file()):
            continue
        judge_file(path, judged, prompt, seed)
        done += 1
        tell(f"{column} {path.name}")
    return done


def rows_in(folder: Path) -> list[Row]:
    """The rows of one column, by name."""
    return [json.loads(p.read_text(encoding="utf-8")) for p in sorted(folder.glob("*.json"))]


def columns_in(out: Path) -> dict[str, list[Row]]:
    """All columns with at least one row, the truth first."""
    names = sorted((p.name for p in out.iterdir() if p.is_dir()), key=lambda n: (n != TRUTH, n != "native", n))
    return {name: rows for name in names if (rows := rows_in(out / name))}


def prompts_of(name: str, *, simple: bool = False, limit: int | None = None) -> list[Prompt]:
    """The prompts of a suite, at choice only the single-subject ones or the first ``limit``, spread evenly."""
    prompts = [p for p in load_suite(name) if p.simple or not simple]
    if limit and limit < len(prompts):
        prompts = [prompts[round(i * (len(prompts) - 1) / max(1, limit - 1))] for i in range(limit)]
    return prompts
