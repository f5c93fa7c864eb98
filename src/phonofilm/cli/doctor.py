"""``phonofilm doctor``: what an installation still lacks."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict


def doctor(options: argparse.Namespace) -> int:
    """Print the list; 1 where something is wrong, 0 where there is advice at most."""
    from phonofilm.cli.serve import settings_of

    settings = settings_of(options)
    from phonofilm.server.doctor import examine

    found = examine(settings)
    if options.json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
    else:
        for one in found:
            print(f"{one.level:<6}  {one.part}: {one.text}" + (f"\n        {one.remedy}" if one.remedy else ""))
    return int(any(one.level == "wrong" for one in found))
