"""``phonofilm judge``: takes against the prompt they were made for, and engines against a suite of test vectors."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from phonofilm.errors import RequestError
from phonofilm.evals import take
from phonofilm.media.video import at_24, read_clip, whole

LONGEST = 60.0
"""Seconds of a clip that is judged."""


def judge(options: argparse.Namespace) -> int:
    """Print what was kept of the prompt, the best take first; with ``--suite`` make and measure the clips of its
    vectors instead."""
    if options.suite:
        return _suite(options)
    if not options.clips:
        raise RequestError("there is nothing to judge: give CLIP files, or --suite vectors with --engine NAME")
    given = sys.stdin.read() if options.prompt == "-" else options.prompt
    texts, reports = [], []
    for path in options.clips:
        clip = read_clip(path, max_seconds=LONGEST)
        text = given or clip.title
        if not text.strip():
            raise RequestError(f"'{path}' does not carry its prompt: say what it was made for with --prompt TEXT")
        texts.append(text)
        reports.append(take.judge(at_24(clip.frames, clip.fps), clip.sound, clip.rate, text))
    if len(reports) > 1 and len(set(texts)) > 1:
        raise RequestError(
            "these clips were made for different prompts and cannot be ranked: give one --prompt TEXT, or judge them"
            " one by one"
        )
    order = take.ranked(reports)
    if options.json:
        rows = [{"clip": str(options.clips[i]), "prompt": texts[i], **reports[i].as_dict()} for i in order]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    for i in order:
        print("\n".join(told(options.clips[i], reports[i])))
    return 0


def _suite(options: argparse.Namespace) -> int:
    """Run a suite of vectors and write its report; 1 where an expectation was not kept, so that a pipeline can stop
    there."""
    from phonofilm.evals import vectors

    if options.clips or options.prompt:
        raise RequestError(
            "--suite makes its own clips: leave CLIP and --prompt out, and name the engines with --engine"
        )
    engines, suite = list(dict.fromkeys(options.engine or ["animatic"])), vectors.load(options.suite)
    command = " ".join(
        ["phonofilm judge --suite", options.suite, *(f"--engine {name}" for name in engines), "--out", str(options.out)]
    )
    report, results = options.out / "report.html", dict[str, list[dict[str, Any]]]()
    try:
        for name in engines:
            results[name] = []
            for row in vectors.run(name, suite, options.out):
                results[name].append(row)
                print(f"{name} {row['id']} {row.get('failed', '')}".rstrip(), file=sys.stderr, flush=True)
    finally:
        if any(results.values()):  # of a run that was broken off too
            with whole(report) as partial:
                partial.write_text(vectors.page(suite, results, command), encoding="utf-8")
    if options.json:
        print(json.dumps([row for rows in results.values() for row in rows], ensure_ascii=False, indent=2))
    kept = True
    for name, rows in results.items():
        every = [h for row in rows for h in row["expected"]]
        good = sum(h["kept"] for h in every)
        kept = kept and good == len(every)
        print(
            f"{name}: {good} of {len(every)} expectations in range, {len(rows)} clips; {report}",
            file=sys.stderr if options.json else sys.stdout,
        )
        for row in rows:
            if "failed" in row and not options.json:
                print(f"  {row['id']}: no clip: {row['failed']}")
            for h in () if "failed" in row else row["expected"]:
                if not h["kept"] and not options.json:
                    print(f"  {row['id']}: {h['name']} is {h['value']}, not {h['least']:g} to {h['most']:g}")
    return 0 if kept else 1


def told(path: Path, report: take.Report) -> list[str]:
    """For people: a line for the take, then one for each check."""
    share = (
        "nothing could be judged"
        if np.isnan(report.score)
        else f"{report.score:.0%} kept of {report.count('kept') + report.count('missed')} judged"
    )
    lines = [f"{path}: {share}, {report.count('not judged')} not judged"]
    for check in report.checks:
        where = f"shot {check.shot}, " if check.shot else ""
        lines.append(f"  {check.verdict:<10}  {where}{check.what}: {check.found}")
    return lines
