"""``python -m benchmarks.bounces --out FOLDER``: ten prompts with a ball that lands, in words of their own; for each a
strip of frames round its hardest landing with the spectrogram of the same instants under it, and, over all, how many of
the landings that were planned are heard within a frame."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from phonofilm.evals.judges import sync
from phonofilm.evals.judges.matching import match
from phonofilm.media import sheet
from phonofilm.pipeline import generate
from phonofilm.prompt import parse
from phonofilm.spec import clock

PROMPTS = (
    "A yellow ball hops across the sand of a beach in the morning.",
    "Someone has let go of a blue ball: it bounces and bounces on the wooden boards of a stage.",
    "In a dark forest at night a white ball drops to the ground and jumps up again.",
    "Snow everywhere. A red ball is falling, hits the ground and rebounds.",
    "A green rubber ball bounces in the living room, static camera.",
    "At dusk an orange ball bounces down in the city street.",
    "A pink ball leaps up and down in a meadow at noon.",
    "The desert at dawn, and a purple ball bouncing all alone.",
    "A brown ball drops onto the floor of a bedroom and bounces.",
    "A black ball bounces on a lawn under a bright sky.",
)
"""None of them is a sentence of the playbill's."""
REACH, EVERY = 8, 2
"""Frames to either side of the landing, and of which every how many are shown."""


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bounces", description=__doc__)
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for the strips and bounces.jpg, which holds them all"
    )
    parser.add_argument("--weights", type=Path, help="default: the shipped ones")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    loaded, found, pictures = generate.load(args.weights), [], []
    for k, prompt in enumerate(PROMPTS):
        made = generate.generate(loaded, parse(prompt), 5.0, args.seed, loaded.sampling)
        assert made.cues is not None
        landings = [c for c in made.cues.contacts() if c[1] == 0]
        m = match(np.array([f / clock.FPS for f, _, _ in landings]), sync.sound_onsets(made.sound, clock.SAMPLE_RATE))
        found.append((m.matched, m.visual, m.onsets))
        at = max(landings, key=lambda c: c[2])[0] if landings else REACH
        at = min(max(at, REACH), len(made.frames) - 1 - REACH)
        path = args.out / f"bounce-{k + 1:02}.png"
        told = f"{prompt}   {m.matched} of {m.visual} planned landings heard, {m.onsets} onsets"
        sheet.strip(made.frames, made.sound, path, range(at - REACH, at + REACH + 1, EVERY), cues=made.cues, title=told)
        pictures.append(Image.open(path).convert("RGB"))
        print(told, flush=True)
    page = Image.new("RGB", (pictures[0].width, sum(p.height for p in pictures)), sheet.PAPER)
    for k, picture in enumerate(pictures):
        page.paste(picture, (0, sum(p.height for p in pictures[:k])))
    page.save(args.out / "bounces.jpg", quality=80)
    hits, planned, heard = np.sum(found, 0)
    print(
        f"in all {hits} of {planned} landings heard ({hits / max(1, planned):.0%}), {hits} of {heard} onsets planned"
        f" ({hits / max(1, heard):.0%})"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
