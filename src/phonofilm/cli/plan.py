"""``phonofilm plan``: what the stage heard in a prompt, before anything is drawn."""

from __future__ import annotations

import argparse
import json

from phonofilm.media.video import check_writable
from phonofilm.prompt import check, parse
from phonofilm.prompt.settled import ORDINARY, settled
from phonofilm.spec import cue_file
from phonofilm.theatre.cues import cues
from phonofilm.theatre.heard import heard, told
from phonofilm.theatre.stage.staging import stage


def plan(options: argparse.Namespace) -> int:
    """Print the plan: for people, or as JSON."""
    seconds = options.duration or settled(options.prompt).get("seconds", ORDINARY)
    if options.cues:
        check_writable(options.cues, (".json",))
    script = parse(options.prompt)
    check(script, seconds)
    found = heard(script, seconds, options.seed, options.prompt)
    if options.cues:
        cue_file.write(options.cues, cues(stage(script, seconds, options.seed)))
    print(json.dumps(found, ensure_ascii=False, indent=2) if options.json else told(found))
    return 0
