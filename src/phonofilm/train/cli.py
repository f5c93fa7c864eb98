"""``phonofilm train``: encode the theatre, pretrain, export; codecs, completion, perceiver and judges. Each leg can be
cut short and run again."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeAlias

from phonofilm.errors import RequestError


def _encode(args: argparse.Namespace) -> None:
    import torch

    from phonofilm.data import plays
    from phonofilm.data.encode import encode
    from phonofilm.model.codec import load_audio_codec, load_video_codec

    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", args.part)
    part, parts = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= part <= parts:
        raise RequestError(f"--part '{args.part}' is not a part: write k/n with k from 1 to n, such as 2/4")
    for option, value in (
        ("--clips", args.clips),
        ("--plays", args.plays),
        ("--shard-size", args.shard_size),
        ("--threads", args.threads),
    ):
        if value is not None and value < 1:
            raise RequestError(f"{option} {value} is too small: give 1 or more")
    torch.set_num_threads(args.threads)
    if args.plays is not None:
        plays.encode(
            Path(args.out),
            [n for n in range(-(-args.plays // plays.SIZE)) if n % parts == part - 1],
            level=args.level,
            split=args.split,
        )
        return
    numbers = [n for n in range(args.clips // args.shard_size) if n % parts == part - 1]
    encode(
        Path(args.out),
        numbers,
        level=args.level,
        split=args.split,
        size=args.shard_size,
        video_codec=load_video_codec(device=args.device, dtype=torch.float32 if args.fp32 else None),
        audio_codec=load_audio_codec(),
        device=args.device,
    )


def _changed(thing: Any, changes: dict[str, Any]) -> Any:
    known = {f.name for f in fields(thing)}
    for name in changes:
        if name not in known:
            raise RequestError(f"--set {name}: no such setting; known are {', '.join(sorted(known))}")
    return replace(thing, **changes)


def _shares(changes: dict[str, Any]) -> dict[str, float]:
    from phonofilm.train.canvases import TASKS

    for name, value in changes.items():
        if name not in TASKS or not isinstance(value, int | float) or value < 0:
            raise RequestError(f"--set shares.{name}={value}: give one of {', '.join(TASKS)} a number from 0 on")
    return {**{name: task.share for name, task in TASKS.items()}, **changes}


def _pretrain(args: argparse.Namespace) -> None:
    from phonofilm.train.canvases import Levels
    from phonofilm.train.cues import CueLevels
    from phonofilm.train.loop import LoopConfig
    from phonofilm.train.pretrain import Recipe, pretrain

    sets: dict[str, dict[str, Any]] = {"loop": {}, "levels": {}, "cues": {}, "model": {}, "shares": {}}
    for item in args.set:
        key, _, value = item.partition("=")
        part, _, name = key.partition(".")
        if part not in sets or not name or not value:
            raise RequestError(f"--set {item!r}: write loop, levels, cues, model or shares, then .NAME=VALUE")
        try:
            sets[part][name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            sets[part][name] = value
    recipe = Recipe(
        data=Path(args.data),
        out=Path(args.out),
        preset=args.preset,
        batch=args.batch,
        seed=args.seed,
        task=args.task,
        compile=args.compile,
        start=Path(args.start) if args.start else None,
        loop=_changed(LoopConfig(steps=args.steps, rate=args.rate), sets["loop"]),
        levels=_changed(Levels(), sets["levels"]),
        cues=_changed(CueLevels(), sets["cues"]),
        overrides=sets["model"],
        shares=_shares(sets["shares"]),
    )
    print(f"{pretrain(recipe, minutes=args.minutes, grow=args.grow)} steps done; averaged weights in {recipe.out}")


def _export(args: argparse.Namespace) -> None:
    from phonofilm.pipeline.denoise import Sampling
    from phonofilm.train.pretrain import export

    for item in args.note:
        if "=" not in item:
            raise RequestError(f"--note {item!r}: write KEY=VALUE")
    sampling = {}
    for item in args.set:
        name, _, value = item.partition("=")
        try:
            sampling[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            sampling[name] = value
    try:
        _changed(Sampling(), sampling)
    except ValueError as error:
        raise RequestError(f"--set: {error}") from error
    export(Path(args.run), Path(args.out), dict(item.split("=", 1) for item in args.note), sampling)


def _validate(args: argparse.Namespace) -> None:
    from phonofilm.model import weights
    from phonofilm.train.validate import table, validate

    print(
        table(
            validate(Path(args.weights) if args.weights else weights.shipped("nano"), Path(args.data), clips=args.clips)
        )
    )


def _codec(args: argparse.Namespace) -> None:
    import torch

    from phonofilm.train import codec

    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    folder = args.out if args.kind == "render" else args.data or args.out / "clips"
    clips = codec.clips_of(folder, args.clips, args.first, args.workers, all_of_them=args.kind == "render")
    if args.kind != "render":
        stage = codec.stage_of(
            args.kind,
            rate=args.rate,
            start=args.start,
            freeze_encoder=args.freeze_encoder,
            audio_vae=args.audio_vae,
            device=device,
        )
        print(
            codec.train(stage, clips, args.out, minutes=args.minutes, device=device, seed=args.seed, every=args.every)
        )


def _completion(args: argparse.Namespace) -> None:
    from phonofilm.train import complete

    print(complete.train(args.data, args.out, complete.usual(args.minutes), held=args.held))


def _perceiver(args: argparse.Namespace) -> None:
    from phonofilm.train import perceive

    print(perceive.train(args.data, args.out, args.held, perceive.usual(args.minutes)))


def _judge(args: argparse.Namespace) -> None:
    from phonofilm.train import judges, phonemes

    if args.judge == "phonemes":
        print(phonemes.train(args.out, judges.usual(args.minutes), args.seed))
        return
    print(
        judges.train(
            args.judge,
            args.out,
            minutes=args.minutes,
            scenes=args.scenes,
            clips=args.clips,
            first=args.from_clip,
            start=args.start,
            seed=args.seed,
        )
    )


def _plot(args: argparse.Namespace) -> None:
    from phonofilm.train.plot import plot

    plot(Path(args.run) / "log.jsonl", Path(args.out))


Stages: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add_encode(stages: Stages) -> None:
    p = stages.add_parser("encode", help="render the theatre's playbill and write latent shards")
    p.add_argument("--out", required=True)
    p.add_argument("--clips", type=int, default=2048)
    p.add_argument(
        "--plays",
        type=int,
        help=(
            "instead of clips: so many plays that are staged and not drawn, for their cues alone (a hundred times"
            " cheaper)"
        ),
    )
    p.add_argument(
        "--level",
        type=int,
        default=0,
        help="0 one body, 1 weather, music and talk, 2 shots, several actors and dialogue",
    )
    p.add_argument("--split", default="train", choices=("train", "heldout"))
    p.add_argument("--part", default="1/1", help="k/n: this process's share of the shards")
    p.add_argument("--shard-size", type=int, default=32)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument(
        "--fp32", action="store_true", help="encode pictures in float32 even where the machine is fast in bfloat16"
    )
    p.add_argument(
        "--device",
        default="cpu",
        help="where the picture codec runs, such as cuda; drawing and sound stay on the processor",
    )
    p.set_defaults(call=_encode)


def _add_pretrain(stages: Stages) -> None:
    p = stages.add_parser("pretrain", help="stage 1; run it again to resume")
    p.add_argument("--data", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--preset", default="nano")
    p.add_argument("--steps", type=int, default=20_000)
    p.add_argument(
        "--minutes", type=float, help="end this leg after so many minutes (checkpointed; run again to go on)"
    )
    p.add_argument("--batch", type=int, default=8)
    p.add_argument("--rate", type=float, default=1e-3)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--task", help="train one canvas alone, for ablations")
    p.add_argument(
        "--start", metavar="FILE", help="begin from the weights of this file, e.g. the shipped nano.safetensors"
    )
    p.add_argument(
        "--grow", action="store_true", help="on resume take in clips encoded since (a straight run would differ)"
    )
    p.add_argument("--compile", action="store_true")
    p.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PART.NAME=VALUE",
        help="change loop, levels, model or shares settings",
    )
    p.set_defaults(call=_pretrain)


def _add_export(stages: Stages) -> None:
    p = stages.add_parser("export", help="averaged weights of a run as a weight file")
    p.add_argument("--run", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--note", action="append", default=[], metavar="KEY=VALUE")
    p.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what it is sampled with: steps, guidance, sampler, shift ...",
    )
    p.set_defaults(call=_export)


def _add_validate(stages: Stages) -> None:
    p = stages.add_parser("validate", help="held-out loss of every canvas")
    p.add_argument("--data", required=True, help="shards of the held-out split: phonofilm train encode --split heldout")
    p.add_argument("--weights", help="a weight file (default: the shipped one)")
    p.add_argument("--clips", type=int, default=64)
    p.set_defaults(call=_validate)


def _add_codec(stages: Stages) -> None:
    p = stages.add_parser("codec", help="train a codec on clips of the theatre")
    p.add_argument("kind", choices=("render", "video", "audio", "vocoder"), help="render: make the clips and no more")
    p.add_argument("--out", type=Path, required=True, help="folder of the run (or, for render, of the clips)")
    p.add_argument("--data", type=Path, help="folder of clips (default: OUT/clips)")
    p.add_argument("--clips", type=int, default=400)
    p.add_argument("--first", type=int, default=0, help="seed of the first clip")
    p.add_argument("--minutes", type=float, default=20.0, help="of the run's own clock; more of them prolong it")
    p.add_argument("--device", help="default: cuda where there is one")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--every", type=float, default=60.0, help="seconds between figures")
    p.add_argument("--rate", type=float, help="peak learning rate")
    p.add_argument(
        "--start", type=Path, metavar="FILE", help="a weight file, or the folder of another run, to start from"
    )
    p.add_argument(
        "--freeze-encoder",
        action="store_true",
        help="with --start: train the decoder alone, so that encoded latents stay valid",
    )
    p.add_argument("--audio-vae", type=Path, help="for the vocoder: train on what this audio codec lets through")
    p.set_defaults(call=_codec)


def _add_completion_and_perceiver(stages: Stages) -> None:
    for name, call, minutes, what in (
        ("completion", _completion, 14.0, "train what fills in the codec's other channels"),
        ("perceiver", _perceiver, 30.0, "train what reads a clip's cues (needs --held)"),
    ):
        p = stages.add_parser(name, help=what)
        p.add_argument("--data", type=Path, required=True, help="latent shards (phonofilm train encode)")
        p.add_argument(
            "--held",
            type=Path,
            required=name == "perceiver",
            help="latent shards of the held-out split, for the figures",
        )
        p.add_argument("--out", type=Path, required=True, help="folder of the run; the weight file is written there")
        p.add_argument("--minutes", type=float, default=minutes, help="of the run's own clock; more of them prolong it")
        p.set_defaults(call=call)


def _add_judge(stages: Stages) -> None:
    p = stages.add_parser("judge", help="train a judge on scenes of the theatre")
    p.add_argument(
        "judge",
        choices=("parser", "contacts", "onsets", "phonemes", "scenes"),
        help="scenes: make the scenes and no more",
    )
    p.add_argument(
        "--out", type=Path, default=Path("runs/judge"), help="folder of the run; the weight file is written there"
    )
    p.add_argument("--minutes", type=float, default=5.0, help="of the run's own clock; more of them prolong it")
    p.add_argument("--clips", type=int, default=600, help="training scenes")
    p.add_argument(
        "--from-clip", type=int, default=0, help="first scene to make (with 'scenes', to share the work out)"
    )
    p.add_argument("--scenes", type=Path, default=Path("build/rehearsal"), help="folder of scenes, filled as needed")
    p.add_argument(
        "--start",
        type=Path,
        metavar="FILE",
        help="begin from the weights of this file, e.g. the shipped judge-contacts.safetensors",
    )
    p.add_argument("--seed", type=int, default=0)
    p.set_defaults(call=_judge)


def _add_plot(stages: Stages) -> None:
    p = stages.add_parser("plot", help="a run's curves as a PNG")
    p.add_argument("--run", required=True)
    p.add_argument("--out", required=True)
    p.set_defaults(call=_plot)


def main(
    argv: Sequence[str] | None = None, parser_class: type[argparse.ArgumentParser] = argparse.ArgumentParser
) -> int:
    """Entry point; errors of the tree are for the caller to print, and ``parser_class`` says how mistakes in the
    options are told."""
    parser = parser_class(prog="phonofilm train", description="Train the shipped recipe, or your own change of it.")
    stages = parser.add_subparsers(dest="stage", required=True)
    for add in (
        _add_encode,
        _add_pretrain,
        _add_export,
        _add_validate,
        _add_codec,
        _add_completion_and_perceiver,
        _add_judge,
        _add_plot,
    ):
        add(stages)
    args = parser.parse_args(argv)
    args.call(args)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
