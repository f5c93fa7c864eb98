"""``phonofilm settings``: what an installation is told, and what each setting means."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict


def settings(options: argparse.Namespace) -> int:
    """Print what differs from the defaults, or all of it."""
    from phonofilm.cli.serve import settings_of

    in_force = settings_of(options)
    from phonofilm.server import settings_guide

    if options.markdown:
        print(settings_guide.page(), end="")
        return 0
    rows = settings_guide.described(in_force)
    if options.json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        if options.all or row.value != row.default:
            print(
                f"{row.name} = {row.value or '(empty)'}"
                + (f"   (default {row.default})" if row.value != row.default and row.default else "")
            )
            if options.all:
                print(f"    {row.meaning}")
    return 0
