"""``phonofilm perceive``: the cues of a clip that is there, read off its picture."""

from __future__ import annotations

import argparse

import numpy as np

from phonofilm.media.video import at_24, check_writable, read_clip
from phonofilm.spec import clock, cue_file
from phonofilm.spec.cues import Cues


def perceive(options: argparse.Namespace) -> int:
    """Print what is seen in the clip, and write it as a plan."""
    from phonofilm.cli.card import save_card
    from phonofilm.pipeline.perceive import LONGEST
    from phonofilm.pipeline.perceive import perceive as read

    for path, suffixes in ((options.out, (".json",)), (options.card, (".png", ".jpg"))):
        if path:
            check_writable(path, suffixes)
    clip = read_clip(options.clip, max_seconds=LONGEST)
    cues = read(at_24(clip.frames, clip.fps))
    if options.out:
        cue_file.write(options.out, cues)
    if options.card:
        save_card(options.clip, options.card, cues=cues)
    print(told(cues))
    return 0


def told(cues: Cues) -> str:
    """For people: a line a body, its way and its contacts."""
    rows = []
    for k, name in enumerate(cues.names):
        here = np.flatnonzero(cues.bodies[k, :, 0] > 0.5)
        what = "a person" if np.median(cues.body("person")[k, here]) > 0.5 else "a thing"
        (a, b), (c, d) = ((float(cues.body(axis)[k, n]) for axis in "uv") for n in (here[0], here[-1]))
        rows.append(
            f"{name}: {what}, {clock.frame_time(int(here[0])):.2f} to {clock.frame_time(int(here[-1])):.2f} s, from"
            f" {a:+.2f} {b:+.2f} to {c:+.2f} {d:+.2f} (picture heights right of and above the middle),"
            f" {float(np.median(cues.body('height')[k, here])):.2f} high"
        )
        times = ", ".join(f"{frame / clock.FPS:.2f}" for frame, body, _ in cues.contacts() if body == k)
        rows.append(f"  contacts at {times} s" if times else "  no contacts")
    return "\n".join(rows or ["nobody is seen"])
