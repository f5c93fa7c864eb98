"""``phonofilm judge``: takes against the prompt they were made for."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from phonofilm.errors import RequestError
from phonofilm.evals import take
from phonofilm.media.video import at_24, read_clip

LONGEST = 60.0
"""Seconds of a clip that is judged."""


def judge(options: argparse.Namespace) -> int:
    """Print what was kept of the prompt, the best take first, and how long that was looked at."""
    texts, reports = [], []
    for path in options.clips:
        clip = read_clip(path, max_seconds=LONGEST)
        text = options.prompt or clip.title
        if not text.strip():
            raise RequestError(f"'{path}' does not carry its prompt: say what it was made for with --prompt TEXT")
        texts.append(text)
        reports.append(take.judge(at_24(clip.frames, clip.fps), clip.sound, clip.rate, text))
    if len(reports) > 1 and len(set(texts)) > 1:
        raise RequestError("these clips were made for different prompts and cannot be ranked: give one --prompt TEXT, or judge them one by one")
    order = take.ranked(reports)
    if options.json:
        rows = [{"clip": str(options.clips[i]), "prompt": texts[i], **reports[i].as_dict()} for i in order]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    for i in order:
        print("\n".join(told(options.clips[i], reports[i])))
    return 0


def told(path: Path, report: take.Report) -> list[str]:
    """For people: a line for the take, then one for each check."""
    share = "nothing could be judged" if np.isnan(report.score) else f"{report.score:.0%} kept of {report.count('kept') + report.count('missed')} judged"
    lines = [f"{path}: {share}, {report.count('not judged')} not judged"]
    for check in report.checks:
        where = f"shot {check.shot}, " if check.shot else ""
        lines.append(f"  {check.verdict:<10}  {where}{check.what}: {check.found}")
    return lines
