"""``python -m benchmarks.gallery``: a contact sheet for each of twenty prompts as people write them, and one page that
shows them all.

The page lists beside each sheet what the stage heard. Only the eight pictures of each sheet are drawn.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from phonofilm.media.sheet import card
from phonofilm.prompt import parse
from phonofilm.spec import media
from phonofilm.theatre.draw import paint
from phonofilm.theatre.heard import heard
from phonofilm.theatre.reframe import reframed
from phonofilm.theatre.sound import mix
from phonofilm.theatre.stage.staging import stage

PROMPTS = Path(__file__).parents[1] / "tests" / "prompt" / "cases" / "prompts.jsonl"
FOLDER = Path(__file__).parents[1] / "docs" / "pictures" / "gallery"
PAGE = Path(__file__).parents[1] / "docs" / "gallery.md"
RATE = 16_000
PICTURES = 8
WIDE = 1080
"""Pixels across of a finished sheet."""


def sheet(text: str, seconds: float, ratio: str, path: Path, *, seed: int = 1, title: str = "") -> None:
    """The contact sheet of one staged prompt as WebP: eight pictures and the spectrogram with its contacts."""
    width, height = media.size("480p", ratio, media.PREVIEW)
    play = reframed(stage(parse(text), seconds, seed), width / height)
    # From just after the start to just before the end, so that every shot of two seconds has its pictures.
    times = [seconds * (k + 0.5) / PICTURES for k in range(PICTURES)]
    pictures = [np.array(paint.frame(play.shot_at(time), time, width, height)) for time in times]
    sound, _ = mix.mixed(play, RATE)
    contacts = [(contact.time, contact.kind) for contact in play.contacts if contact.visible]
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "sheet.png"
        card(pictures, np.asarray(sound, np.float32), title, whole, contacts, rate=RATE, times=times)
        with Image.open(whole) as image:
            image.resize((WIDE, round(WIDE * image.height / image.width)), Image.Resampling.LANCZOS).save(
                path, quality=72, method=6
            )


def told(text: str, seconds: float, ratio: str = "16:9") -> str:
    """What was heard of it, as Markdown: a line for each shot, every note, the references, and the shape where it was
    ordered or found."""
    found = heard(parse(text), seconds, 1)
    lines = []
    for shot in found["shots"]:
        cast = (
            ", ".join(one["word"] + (f" ({one['how']})" if one["how"] != "drawn" else "") for one in shot["cast"])
            or "nobody"
        )
        scene = (
            f"{', '.join([shot['place'], *shot['through']])}, {shot['hour']}, {shot['weather']}; camera"
            f" {shot['camera']}".replace("_", " ")
        )
        lines.append(f"- {shot['start']:g}-{shot['end']:g} s: {cast}; {scene}")
    notes = [f"- *{note}*" for note in found["notes"]]
    in_words = found["settings"].get("ratio", "none")
    if ratio != "16:9" or in_words != "none":
        notes.append(f"- *shape: {ratio} ordered, {in_words} found in the words*")
    if found["references"]:
        notes.append(
            f"- *references named: {', '.join('@' + name for name in found['references'])}; no file was given*"
        )
    return "\n".join([*lines, *notes])


def main(argv: list[str] | None = None) -> int:
    """Exit code 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gallery", description=__doc__)
    parser.add_argument("only", nargs="*", help="numbers of prompts; default all, and the page")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the sheets")
    args = parser.parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    page = [
        "# Gallery: prompts as people write them\n",
        (
            "Twenty prompts in the forms people use for video models, staged by the animatic: eight pictures each, the"
            " sound under them with its contacts marked.\nMade by `make gallery`; nothing is touched up. Under each"
            " sheet stands what `phonofilm plan` heard. Somebody who had no part in it called 14 of these sheets"
            " useful\nfor deciding about pacing, framing and order, 6 half useful and none useless; what is missing"
            " stands in [the log](log.md).\n"
        ),
    ]
    for line in PROMPTS.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if args.only and case["id"] not in args.only:
            continue
        file = args.out / f"{case['id']}.webp"
        sheet(case["text"], case["seconds"], case["ratio"], file)
        print(file, flush=True)
        quoted = "\n".join(f"> {row}  " if row.strip() else ">" for row in case["text"].splitlines())
        shown = f"![Eight pictures of the staged prompt](pictures/gallery/{file.name})"
        ordered = "" if case["ratio"] == "16:9" else f" (ordered at {case['ratio']})"
        page.append(
            f"## {case['id']}:"
            f" {case['form']}{ordered}\n\n{quoted}\n\n{shown}\n\n{told(case['text'], case['seconds'], case['ratio'])}\n"
        )
    if not args.only and args.out == FOLDER:
        PAGE.write_text("\n".join(page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
