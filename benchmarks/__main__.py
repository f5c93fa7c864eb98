"""``python -m benchmarks``: every comparison in one run, printed as Markdown."""

from __future__ import annotations

import argparse
import importlib.util
import platform
import statistics
import sys

import torch

from benchmarks import decoder, theatre, transformer
from benchmarks.timing import median, ratio, table

DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


def main(argv: list[str] | None = None) -> int:
    """Exit code 0; 2 when a comparison was asked for and diffusers is not installed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "parts",
        nargs="*",
        default=["transformer", "decoder", "theatre"],
        help="transformer, decoder, theatre (default: all)",
    )
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--sizes", nargs="+", default=["nano", "large"], choices=sorted(transformer.SIZES))
    parser.add_argument("--dtypes", nargs="+", default=list(DTYPES), choices=sorted(DTYPES))
    parser.add_argument("--toy", action="store_true", help="tiny sizes, one round: does it run at all")
    args = parser.parse_args(argv)
    for part in args.parts:
        if part not in ("transformer", "decoder", "theatre"):
            parser.error(f"no part {part!r}: choose from transformer, decoder, theatre")
    if {"transformer", "decoder"} & set(args.parts) and importlib.util.find_spec("diffusers") is None:
        print("the comparisons need diffusers: pip install -c constraints.txt 'phonofilm[bench]'", file=sys.stderr)
        return 2
    if args.threads:
        torch.set_num_threads(args.threads)
    device = torch.device(args.device)
    machine = f"{platform.machine()}, device {device}, {torch.get_num_threads()} threads"
    print(f"torch {torch.__version__}, {machine}, {args.rounds} rounds")
    print("ratio: their time / ours within a round, median (least..most); above 1 ours is faster")
    dtypes = {name: DTYPES[name] for name in args.dtypes}
    rounds = 1 if args.toy else args.rounds
    if "transformer" in args.parts:
        show_transformers(["toy"] if args.toy else args.sizes, dtypes, device, rounds)
    if "decoder" in args.parts:
        show_decoders((decoder.TOY,) if args.toy else decoder.CLIPS, dtypes, device, rounds)
    if "theatre" in args.parts:
        show_theatre(4.0 if args.toy else 5.0, 1 if args.toy else 3)
    return 0


def show_transformers(sizes: list[str], dtypes: dict[str, torch.dtype], device: torch.device, rounds: int) -> None:
    """One table: a row per network, size and dtype."""
    rows = []
    for name in sizes:
        for label, dtype in dtypes.items():
            out = transformer.run(transformer.SIZES[name], dtype, device, rounds)
            s, h, w = out.size.grid
            ours = out.times[transformer.OURS]
            for network, times in out.times.items():
                count = out.parameters[network]
                rows.append(
                    [
                        f"{name} {label}",
                        network,
                        f"{count / 1e6:.2f} M ({count / out.parameters[transformer.OURS] - 1:+.1%})",
                        str(out.layers[network]),
                        f"{out.size.batch} x ({s * h * w} + {out.size.sound}), text {out.size.words}",
                        f"{median(times.wall):.4f}",
                        f"{median(times.cpu):.4f}",
                        str(ratio(times.wall, ours.wall)),
                        str(ratio(times.cpu, ours.cpu)),
                    ]
                )
    head = [
        "size",
        "network",
        "parameters",
        "blocks",
        "tokens (picture + sound)",
        "s a step",
        "CPU s",
        "ratio, wall",
        "ratio, CPU time",
    ]
    print("\n## One denoising step\n\n" + table(head, rows), flush=True)


def show_decoders(
    clips: tuple[decoder.Clip, ...], dtypes: dict[str, torch.dtype], device: torch.device, rounds: int
) -> None:
    """One table: a row per decoder, clip and dtype."""
    rows = []
    for clip in clips:
        for label, dtype in dtypes.items():
            out = decoder.run(clip, dtype, device, rounds)
            ours = out.times[decoder.OURS]
            for network, times in out.times.items():
                rows.append(
                    [
                        f"{clip} {label}",
                        network,
                        f"{out.parameters[network] / 1e6:.2f} M",
                        f"{median(times.wall) / clip.megapixel_frames:.4f}",
                        f"{median(times.cpu) / clip.megapixel_frames:.4f}",
                        str(ratio(times.wall, ours.wall)),
                        str(ratio(times.cpu, ours.cpu)),
                    ]
                )
    head = ["clip", "decoder", "parameters", "s per Mpx-frame", "CPU s per Mpx-frame", "ratio, wall", "ratio, CPU time"]
    print("\n## Video decoder\n\n" + table(head, rows), flush=True)


def show_theatre(seconds: float, rounds: int) -> None:
    """One table, or the reason why there is none."""
    try:
        cases = {
            f"preview {theatre.PREVIEW[0]}x{theatre.PREVIEW[1]}, no file": theatre.preview,
            "1280x720, finished MP4": theatre.file,
        }
        rows = []
        for name, case in cases.items():
            runs = [case(seconds=seconds, seed=seed) for seed in range(rounds)]
            spans = [f"{statistics.median(x):.2f} ({min(x):.2f}..{max(x):.2f})" for x in zip(*runs, strict=True)]
            rows.append([name, f"{seconds:g} s", *spans])
    except ImportError as error:
        print(f"\nThe theatre cannot be timed: {error}")
        return
    print("\n## Paper theatre\n\n" + table(["clip", "length", "seconds to make", "CPU s"], rows), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
