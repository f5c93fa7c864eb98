"""Do cues have to be done first? One weight file, one seed a prompt, the same number of steps for picture and sound;
only the cues' clock differs.

    python -m benchmarks.leading --out runs/leading --limit 28

Columns: *cascade* (cues are done before picture and sound begin: what is shipped), *lag 0.3*, *lag 0.1* and *lag 0*
(all is made together, the cues ahead by that share of the way or not at all), *without* (no cues on the canvas; the
network met that in 8 % of its training, so this is no equal training), *8 steps* (the cascade, picture and sound in 8
steps instead of the weight file's). Each is judged as ``phonofilm evaluate`` does; run again to go on.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from phonofilm.evals import report, suite
from phonofilm.evals.heldout import Prompt
from phonofilm.media.video import write_clip
from phonofilm.pipeline import generate
from phonofilm.pipeline.denoise import denoise
from phonofilm.prompt import parse
from phonofilm.spec.cues import Cues

COLUMNS: dict[str, dict[str, Any]] = {
    "cascade": {}, "lag 0.3": {"lag": 0.3}, "lag 0.1": {"lag": 0.1}, "lag 0": {"lag": 0.0}, "without": {},
    "8 steps": {"steps": 8},
}  # fmt: skip


def make(column: str, loaded: generate.Loaded, prompt: Prompt, seed: int, out: Path) -> Cues | None:
    """A clip of the network with the column's sampling."""
    sampling, script = replace(loaded.sampling, **COLUMNS[column]), parse(prompt.text)
    if column == "without":
        tokens, _ = generate.text_of(loaded, script, prompt.seconds, ())
        text = loaded.vocabulary.encode([tokens], loaded.model.config.text_length)
        task = replace(generate.blank(loaded, prompt.seconds), cues=None)
        done = denoise(loaded.model, task, text, text.dropped(torch.tensor([True])), sampling, seed)
        assert done.video is not None and done.audio is not None
        clip = generate.decode(loaded, done.video, done.audio)
    else:
        clip = generate.generate(loaded, script, prompt.seconds, seed, sampling)
    write_clip(out, clip.frames, clip.sound, rate=24_000)
    return clip.cues


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=28, help="so many held-out prompts, spread evenly")
    parser.add_argument("--weights", type=Path, help="default: the shipped ones")
    parser.add_argument("--column", action="append", choices=tuple(COLUMNS), help="default: all")
    a = parser.parse_args()
    loaded = generate.load(a.weights)
    prompts = suite.prompts_of("heldout", simple=True, limit=a.limit)
    for column in a.column or COLUMNS:
        suite.run(column, partial(make, column, loaded), prompts, a.out, tell=partial(print, flush=True))
    print(report.write(a.out, suite.columns_in(a.out), "python -m benchmarks.leading"))


if __name__ == "__main__":
    main()
