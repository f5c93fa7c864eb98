"""``phonofilm theatre``: a prompt staged, drawn, sounded, and its truth written down."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from phonofilm.cli.generate import Bar, say
from phonofilm.engines.run import run
from phonofilm.errors import MediaError
from phonofilm.media.video import check_writable
from phonofilm.prompt import parse
from phonofilm.spec import clock
from phonofilm.spec.request import Generate
from phonofilm.theatre import staging
from phonofilm.theatre.play import Play


def theatre(options: argparse.Namespace) -> int:
    """Write the clip and, when asked, its truth and its card."""
    request = Generate(
        prompt=options.prompt, seconds=options.duration, seed=options.seed, resolution=options.resolution, ratio=options.ratio, engine="animatic"
    )
    for path, suffixes in ((options.truth, (".json",)), (options.card, (".png", ".jpg"))):
        if path:
            check_writable(path, suffixes)
    with Bar(options.quiet) as bar:
        result = run(request, options.out, progress=bar)
    play = staging.stage(parse(request.prompt), request.seconds, request.seed)
    if options.truth:
        _save(Path(options.truth), truth(play))
    if options.card:
        from phonofilm.cli.card import save_card

        save_card(options.out, options.card, title=request.prompt, marks=[(contact.time, contact.kind) for contact in play.contacts if contact.visible])
    say(result)
    return 0


def truth(play: Play) -> dict[str, Any]:
    """What happens in a play, as plain data: times in seconds, lengths in metres, one entry per frame where things move."""
    count = clock.frames(play.seconds)
    return {
        "seconds": play.seconds,
        "seed": play.seed,
        "fps": clock.FPS,
        "frames": count,
        "unknown": list(play.unknown),
        "labels": play.labels,
        "contacts": [asdict(contact) for contact in play.contacts],
        "speech": [asdict(line) for line in play.speech],
        "music": asdict(play.music) if play.music else None,
        "ambience": [{"start": start, "end": end, "sound": sound, "gain": gain} for start, end, sound, gain in play.ambience],
        "shots": [
            {
                "start": shot.start,
                "end": shot.end,
                "place": shot.place,
                "hour": shot.hour,
                "weather": shot.weather,
                "camera_move": shot.camera_move,
                "actors": [{"name": actor.name, "kind": actor.kind, "colour": actor.colour_name, "material": actor.material} for actor in shot.actors],
            }
            for shot in play.shots
        ],
        "per_frame": [_frame(play, clock.frame_time(frame)) for frame in range(count)],
    }


def _frame(play: Play, time: float) -> dict[str, Any]:
    shot = play.shot_at(time)
    actors = {}
    for actor in shot.actors:
        state = actor.at(time)
        actors[actor.name] = {"position": state.position, "angle": state.angle, "visible": state.visible}
        if state.pose:
            actors[actor.name]["mouth_open"] = state.pose.mouth_open
    return {"time": round(time, 6), "camera": asdict(shot.camera(time)), "actors": actors}


def _save(path: Path, facts: dict[str, Any]) -> None:
    partial = path.with_name(f".{path.name}.part")
    try:
        partial.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise MediaError(f"'{path}' could not be written ({error.strerror}); free some space or choose another folder") from error
    finally:
        partial.unlink(missing_ok=True)
