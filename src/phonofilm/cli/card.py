"""``phonofilm card``: a clip as one picture."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from phonofilm.errors import MediaError
from phonofilm.media import sheet
from phonofilm.media.video import check_writable, read_clip
from phonofilm.spec import clock, cue_file
from phonofilm.spec.cues import Cues


def card(options: argparse.Namespace) -> int:
    """Write the card of the clip the options name."""
    check_writable(options.out, (".png", ".jpg"))
    marks = _contacts(Path(options.truth)) if options.truth else []
    save_card(
        options.clip,
        options.out,
        title=options.title,
        marks=marks,
        cues=cue_file.read(options.cues) if options.cues else None,
    )
    print(options.out)
    return 0


def save_card(
    clip: Path | str,
    out: Path | str,
    *,
    title: str | None = None,
    note: str = "",
    marks: list[tuple[float, str]] | None = None,
    cues: Cues | None = None,
) -> None:
    """Read ``clip`` and save its eight frames and spectrogram under ``title``, with its plan drawn over it where
    ``cues`` are given."""
    if cues is not None and not marks:
        marks = [(frame / clock.FPS, "contact") for frame, _, _ in cues.contacts()]
    read = read_clip(clip)
    sheet.card(
        read.frames,
        read.sound,
        title or read.title or Path(clip).stem,
        out,
        marks or [],
        rate=read.rate,
        fps=read.fps,
        note=note,
        cues=cues,
    )


def _contacts(path: Path) -> list[tuple[float, str]]:
    try:
        truth = json.loads(path.read_text(encoding="utf-8"))
        return [(float(contact["time"]), str(contact["kind"])) for contact in truth["contacts"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MediaError(
            f"'{path}' is no truth file; make one with: phonofilm theatre PROMPT --truth {path}"
        ) from error
