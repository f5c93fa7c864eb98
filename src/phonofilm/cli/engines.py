"""``phonofilm engines``: an engine on somebody else's machine is recorded, walked through its recording, and held
against it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phonofilm.cli.serve import settings_of
from phonofilm.errors import EngineError, MediaError, RequestError
from phonofilm.spec.request import Generate

if TYPE_CHECKING:
    from phonofilm.engines.remote.recording import Recording
    from phonofilm.engines.remote.vendor import Remote

REMOTE = ("ark", "videos_api")
NOWHERE = "http://recording.invalid/v1"
PROMPT = "A red ball bounces twice on a wooden floor."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """record, replay, compare."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    record = actions.add_parser(
        "record",
        help="make a clip with a remote engine and keep every request and answer, without secrets; it is billed",
    )
    record.add_argument("engine", metavar="NAME", help="as phonofilm.toml names it")
    record.add_argument("prompt", metavar="PROMPT", nargs="?", default=PROMPT, help="default: %(default)s")
    record.add_argument("--duration", type=float, metavar="S", help="seconds; default the shortest it makes")
    record.add_argument("--seed", type=int, default=0, help="default %(default)s")
    record.add_argument("--resolution", help="default the first it makes")
    record.add_argument("--ratio", default="16:9", help="default %(default)s")
    record.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="a new folder for recording.json and the clip as it came"
    )
    record.set_defaults(act=_record)
    replay = actions.add_parser(
        "replay", help="walk the engine through a recording: does it still read it? No line, no key, no bill"
    )
    replay.add_argument("recording", type=Path, metavar="DIR", help="what 'record' made")
    replay.add_argument(
        "--out", type=Path, metavar="MP4", help="also make the clip of it: checked, marked and signed like any other"
    )
    replay.set_defaults(act=_replay)
    compare = actions.add_parser(
        "compare",
        help="make the same request again and say what of the answers changed; exit code 1 where something did",
    )
    compare.add_argument("recording", type=Path, metavar="DIR", help="what 'record' made")
    compare.add_argument(
        "newer",
        type=Path,
        metavar="NEWER",
        nargs="?",
        help="another recording of it, in place of asking (and paying) again",
    )
    compare.add_argument("--out", type=Path, metavar="DIR", help="keep the new recording there")
    compare.add_argument("--engine", metavar="NAME", help="ask this engine; default the one that was recorded")
    compare.add_argument("--json", action="store_true", help="as data")
    compare.set_defaults(act=_compare)
    for action in (record, compare):
        action.add_argument(
            "--home",
            type=Path,
            metavar="DIR",
            help="folder of the installation whose phonofilm.toml names the engine; default ~/.phonofilm",
        )


def run(options: argparse.Namespace) -> int:
    """Act."""
    return int(options.act(options))


def _record(options: argparse.Namespace) -> int:
    engine, settings = _engine(options, options.engine)
    able = engine.capability()
    seconds = options.duration or (min(able.lengths) if able.lengths else max(4.0, able.min_seconds))
    resolution = options.resolution or able.resolutions[0]
    request = Generate(
        prompt=options.prompt,
        seconds=seconds,
        seed=options.seed,
        resolution=resolution,
        ratio=options.ratio,
        sound=able.sound,
        engine=engine.name,
    )
    made = _recorded(engine, settings, request, options.out)
    print(
        f"{made.file}: {len(made.exchanges)} requests; "
        "the clip beside it is as it came, neither checked nor marked: not for publishing"
    )
    return 0


def _replay(options: argparse.Namespace) -> int:
    from phonofilm.clip.make import make
    from phonofilm.engines.registry import made
    from phonofilm.engines.remote.recording import read
    from phonofilm.engines.remote.replay import check

    recording = read(options.recording)
    settings = {name: value for name, value in recording.engine.items() if name != "kind"}
    engine: Remote = made(_class(recording), settings["name"], {"base_url": NOWHERE, **settings, "replay": recording})  # type: ignore[assignment]
    try:
        check(recording, engine)
        try:
            result = make(recording.wanted(), options.out, engine=engine)
        except EngineError as error:
            last = engine.replay.last if engine.replay else ""
            raise EngineError(
                f"'{recording.file}', {last}: {error}; so it was recorded: "
                "make the recording anew, or mend the engine's reading"
            ) from error
    finally:
        engine.close()
    width, height = result.native_size
    where = f"; {options.out}" if options.out else ""
    print(
        f"{recording.file}: read, {len(recording.exchanges)} requests, "
        f"a clip of {result.n_frames} frames at {width}x{height}{where}"
    )
    return 0


def _compare(options: argparse.Namespace) -> int:
    from phonofilm.engines.remote.changes import changes, timings
    from phonofilm.engines.remote.recording import read

    before = read(options.recording)
    if options.newer and (options.out or options.engine):
        raise RequestError(
            "two recordings are compared as they are: leave --out and --engine out, or the second recording"
        )
    with tempfile.TemporaryDirectory() as folder:
        if options.newer:
            after = read(options.newer)
        else:
            engine, settings = _engine(options, options.engine or str(before.engine["name"]))
            after = _recorded(engine, settings, before.wanted(), options.out or Path(folder))
        if after.request != before.request:
            raise RequestError(
                f"'{options.newer}' is of another request; "
                "only two recordings of one request say what the vendor changed"
            )
        found, times = changes(before, after, _class(before).states), timings(before, after)
    if options.json:
        print(
            json.dumps(
                {"changes": [asdict(one) for one in found], "timings": [asdict(one) for one in times]},
                ensure_ascii=False,
                indent=2,
            )
        )
    else:
        print("\n".join(str(one) for one in found) or f"nothing changed since {before.recorded}")
        for one in times:
            print(f"time: {one.call}: {one.after:g} s, was {one.before:g} s ({one.times[1]} and {one.times[0]} times)")
    return 1 if found else 0


def _class(recording: Recording) -> type[Remote]:
    """The class of engine that was recorded."""
    from phonofilm.engines.registry import KINDS

    kind = str(recording.engine["kind"])
    if kind not in REMOTE:
        raise MediaError(
            f"'{recording.file}', field engine.kind: '{kind}' is no remote engine; it is one of {', '.join(REMOTE)}"
        )
    module, _, name = KINDS[kind].partition(":")
    found: type[Remote] = getattr(import_module(module), name)
    return found


def _engine(options: argparse.Namespace, name: str) -> tuple[Remote, dict[str, Any]]:
    """The remote engine that the installation calls so, and its settings."""
    from phonofilm.engines.offered import Engines

    configured = settings_of(options).config().engines
    remote = {one: said for one, said in configured.items() if said.get("kind") in REMOTE}
    if name not in remote:
        there = f"there are {', '.join(remote)}" if remote else "there is none"
        raise RequestError(
            f"no remote engine here is called '{name}'; {there}: "
            f"name it in phonofilm.toml with its kind ({' or '.join(REMOTE)})"
        )
    engine: Remote = Engines([{"name": name, **remote[name]}], only=()).get(name)  # type: ignore[assignment]
    return engine, dict(remote[name])


def _recorded(engine: Remote, settings: dict[str, Any], request: Generate, out: Path) -> Recording:
    """Make the clip, and keep how that went, even where it did not."""
    from phonofilm.clip.make import make

    able = engine.capability()
    price = f", about ${able.usd_per_second * request.seconds:.2f}" if able.usd_per_second else ""
    recorder = engine.record(out)
    print(f"{engine.name} is asked for {request.seconds:g} s at {request.resolution}{price}", file=sys.stderr)
    try:
        make(request, engine=engine)
    except EngineError as error:
        raise EngineError(f"{error} (recorded so in '{recorder.save(engine.name, settings, request).file}')") from error
    finally:
        engine.close()
    return recorder.save(engine.name, settings, request)
