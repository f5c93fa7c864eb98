"""The command table. Each command imports its own world when it is called, so that help and errors come at once."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from phonofilm import __version__
from phonofilm.errors import EXTRAS, PhonofilmError, install
from phonofilm.spec.media import RATIOS

EXIT_ERROR, EXIT_INTERRUPT = 2, 130
FAST_STEPS = 5
"""Of ``--fast``. The plan is finished before picture and sound begin, so that these need few: on ten held-out prompts
nothing was lost (``docs/log.md``)."""
EXPORTS = (
    "seedance",
    "veo",
    "sora",
    "kling",
    "storyboard.pdf",
    "timeline.otio",
    "timeline.edl",
    "cues.csv",
    "cues.mid",
)
"""``prompt.export.DIALECTS`` and ``theatre.board.FORMS``, without loading either."""


class _Parser(argparse.ArgumentParser):
    """One line per mistake, like every other error."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_ERROR, f"phonofilm: {message}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code (0, 2 for an error the user can mend, 130 after Ctrl-C)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        with _no_interrupt_lost():
            return _run(arguments)
    except PhonofilmError as error:
        print(f"phonofilm: {' '.join(str(error).split())}", file=sys.stderr)
        return EXIT_ERROR
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        print(f"phonofilm: this needs the package '{package}'; install it with: {install(package)}", file=sys.stderr)
        return EXIT_ERROR
    except KeyboardInterrupt:
        kept = (
            "what was finished is kept: run the same command again to go on"
            if arguments[:1] in (["train"], ["evaluate"]) or "--suite" in arguments
            else "nothing was written"
        )
        print(f"phonofilm: interrupted; {kept}", file=sys.stderr)
        return EXIT_INTERRUPT
    except MemoryError:
        print("phonofilm: the memory is full; ask for a shorter clip or a smaller resolution", file=sys.stderr)
        return EXIT_ERROR
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except OSError as error:  # a disk or path that fails where nobody looked for it
        where = f"'{error.filename}': " if error.filename else ""
        print(
            f"phonofilm: {where}{error.strerror or error}; check the path, your permissions and the space left on the"
            " disk",
            file=sys.stderr,
        )
        return EXIT_ERROR


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["train"]:  # brings a parser of its own, one sub-command per stage
        from phonofilm.train.cli import main as train

        return train(arguments[1:], parser_class=_Parser)
    options = _parser(arguments[:1]).parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    return command(options)


@contextmanager
def _no_interrupt_lost() -> Iterator[None]:
    """Python drops a Ctrl-C that falls into a finalizer or a weak reference's callback (imports run many): it comes
    again a moment later."""
    before = sys.unraisablehook

    def dropped(told: sys.UnraisableHookArgs) -> None:
        if told.exc_type is KeyboardInterrupt:
            again = threading.Timer(0.05, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
            again.daemon = True
            again.start()
        else:
            before(told)

    sys.unraisablehook = dropped
    try:
        yield
    finally:
        sys.unraisablehook = before


Commands: TypeAlias = "argparse._SubParsersAction[Any]"


def _add_generate(commands: Commands) -> None:
    generate = commands.add_parser("generate", help="make a clip from a prompt")
    _add_request(generate)
    generate.add_argument(
        "--engine", default="native", help="native (our network) or animatic (the paper theatre); default native"
    )
    how_many = generate.add_mutually_exclusive_group()
    how_many.add_argument("--steps", type=int, help="denoising steps; more is finer and slower")
    how_many.add_argument(
        "--fast",
        dest="steps",
        action="store_const",
        const=FAST_STEPS,
        help=f"in {FAST_STEPS} steps instead of what the weight file says",
    )
    generate.add_argument("--guidance", type=float, help="how strictly the text is followed; 1 is no guidance")
    generate.add_argument(
        "--weights", metavar="FILE", help="a checkpoint of your own (phonofilm train export) for the native engine"
    )
    generate.add_argument(
        "--cues",
        metavar="JSON",
        type=Path,
        help="a plan to keep, whole or in part (phonofilm plan --cues writes one); the rest is made",
    )
    generate.add_argument("--save-cues", metavar="JSON", type=Path, help="also write the plan the clip was made after")
    generate.add_argument("--card", metavar="PNG", help="also save eight frames and the spectrogram as one picture")
    generate.set_defaults(command=_generate)


def _add_theatre(commands: Commands) -> None:
    theatre = commands.add_parser("theatre", help="stage a prompt in the paper theatre and export its truth")
    _add_request(theatre)
    theatre.add_argument(
        "--truth",
        metavar="JSON",
        help="also write what happens when: contacts, positions, mouths, camera, phonemes, beats",
    )
    theatre.add_argument("--card", metavar="PNG", help="also save eight frames and the spectrogram as one picture")
    theatre.set_defaults(command=_theatre)


def _add_plan(commands: Commands) -> None:
    plan = commands.add_parser(
        "plan", help="what the theatre understands of a prompt, word by word, before anything is drawn"
    )
    plan.add_argument("prompt", metavar="PROMPT", help="a prompt in any form")
    plan.add_argument(
        "--duration", type=float, metavar="S", help="seconds, 4 to 15; default what the prompt says, or 5"
    )
    plan.add_argument("--seed", type=int, default=0, help="settles what the words leave open; default 0")
    plan.add_argument(
        "--cues", metavar="JSON", type=Path, help="also write the staged play as cues, a plan for generate --cues"
    )
    plan.add_argument("--json", action="store_true", help="as data")
    plan.set_defaults(command=_plan)


def _add_perceive(commands: Commands) -> None:
    perceive = commands.add_parser(
        "perceive", help="the cues of a clip that is there: what moves where, and when it touches something"
    )
    perceive.add_argument(
        "clip",
        metavar="CLIP",
        type=Path,
        help="a video file of at most 60 s; trained on paper cut-outs, on other footage a guess",
    )
    perceive.add_argument("--out", metavar="JSON", type=Path, help="also write them as a plan for generate --cues")
    perceive.add_argument("--card", metavar="PNG", type=Path, help="also draw them over the clip's frames")
    perceive.set_defaults(command=_perceive)


def _add_judge(commands: Commands) -> None:
    judge = commands.add_parser(
        "judge", help="a take against its prompt: what was kept, what was missed, what no judge here can see"
    )
    judge.add_argument(
        "clips",
        metavar="CLIP",
        type=Path,
        nargs="*",
        help="video files of at most 60 s; several takes of one prompt are ranked",
    )
    judge.add_argument(
        "--prompt",
        metavar="TEXT",
        help="what they were made for, '-' reads it from standard input; default the title that our own files carry",
    )
    judge.add_argument("--json", action="store_true", help="as data, with how sure each judge is")
    judge.add_argument(
        "--suite",
        metavar="NAME",
        help="instead: make and measure the clips of 'vectors' (twenty prompts with expected ranges), or of a .jsonl",
    )
    judge.add_argument(
        "--engine",
        metavar="NAME",
        action="append",
        help="with --suite: an engine to run, may be given several times (default: animatic)",
    )
    judge.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("runs/vectors"),
        help="with --suite: for clips and report.html (default: %(default)s)",
    )
    judge.set_defaults(command=_judge)


def _add_card(commands: Commands) -> None:
    card = commands.add_parser("card", help="eight frames and the spectrogram of a clip as one picture")
    card.add_argument("clip", metavar="CLIP", help="a video file")
    card.add_argument("--out", required=True, metavar="PNG", help="the picture to write")
    card.add_argument("--title", help="words above the frames; default the title the clip carries, or its name")
    card.add_argument("--cues", metavar="JSON", type=Path, help="draw this plan over the frames")
    card.add_argument("--truth", metavar="JSON", help="mark the contacts of this truth file on the spectrogram")
    card.set_defaults(command=_card)


def _add_model(commands: Commands) -> None:
    model = commands.add_parser("model", help="facts about our networks")
    actions = model.add_subparsers(title="actions", metavar="ACTION", required=True)
    info = actions.add_parser("info", help="parameters, tokens, FLOPs and memory of a preset")
    info.add_argument("preset", metavar="PRESET", help="tiny, nano, small, base or full")
    info.set_defaults(command=_model_info)


def _add_service(commands: Commands, asked: Sequence[str]) -> None:
    """The platform's own commands."""
    serving = commands.add_parser("serve", help="the platform: API and worker from one command")
    working = commands.add_parser("worker", help="walk jobs that servers elsewhere have taken")
    moving = commands.add_parser("migrate", help="bring the tables to this version; serve and worker do so too")
    looking = commands.add_parser("doctor", help="what an installation still lacks before others rely on it")
    telling = commands.add_parser("settings", help="what an installation is told, and what each setting means")
    managing = commands.add_parser("keys", help="make, list and revoke API keys")
    if list(asked) in (["serve"], ["worker"], ["migrate"]):
        from phonofilm.cli import serve

        serve.add_arguments(serving, serving=True)
        serve.add_arguments(working, serving=False)
        serving.set_defaults(command=serve.serve)
        working.set_defaults(command=serve.worker)
        serve.add_arguments(moving, serving=True)
        moving.set_defaults(command=serve.migrate)
    if list(asked) == ["doctor"]:
        from phonofilm.cli import doctor, serve

        serve.add_arguments(looking, serving=True)
        looking.add_argument("--json", action="store_true", help="as data")
        looking.set_defaults(command=doctor.doctor)
    if list(asked) == ["settings"]:
        from phonofilm.cli import serve, settings

        serve.add_arguments(telling, serving=True)
        telling.add_argument("--all", action="store_true", help="those at their defaults too, each with its meaning")
        telling.add_argument("--json", action="store_true", help="as data")
        telling.add_argument(
            "--markdown", action="store_true", help="the reference, docs/guide/settings.md, whatever is set"
        )
        telling.set_defaults(command=settings.settings)
    if list(asked) == ["keys"]:
        from phonofilm.cli import keys

        keys.add_arguments(managing)
        managing.set_defaults(command=keys.run)


def _add_beside(commands: Commands, asked: Sequence[str]) -> None:
    """What goes with a service."""
    voting = commands.add_parser("votes", help="what people said of clips: the ranking, and pairs for a reward model")
    if list(asked) == ["votes"]:
        from phonofilm.cli import votes

        votes.add_arguments(voting)
        voting.set_defaults(command=votes.run)
    rolling = commands.add_parser(
        "rollout", help="an engine's new version by canary: begin, see, hold, send on and back"
    )
    counting = commands.add_parser("numbers", help="the owner's numbers: users, generations, their cost, moderation")
    modelling = commands.add_parser("income", help="what a month would bring at 0.1, 1 and 5 %% conversion")
    if list(asked) in (["numbers"], ["income"]):
        from phonofilm.cli import numbers

        numbers.add_arguments(counting)
        numbers.add_income_arguments(modelling)
    if list(asked) == ["rollout"]:
        from phonofilm.cli import rollout

        rollout.add_arguments(rolling)
        rolling.set_defaults(command=rollout.run)
    assisting = commands.add_parser("mcp", help="a server's tools for an assistant, over stdin and stdout")
    if list(asked) == ["mcp"]:
        from phonofilm.cli import mcp

        mcp.add_arguments(assisting)
        assisting.set_defaults(command=mcp.mcp)
    remote = commands.add_parser(
        "engines", help="a remote engine: record how it answers, replay that, and see what its vendor changed"
    )
    if list(asked) == ["engines"]:
        from phonofilm.cli import engines

        engines.add_arguments(remote)
        remote.set_defaults(command=engines.run)
    verifying = commands.add_parser(
        "verify", help="what a file says about its origin: manifest, invisible marks, label"
    )
    if list(asked) == ["verify"]:
        from phonofilm.cli import verify

        verify.add_arguments(verifying)
        verifying.set_defaults(command=verify.verify)


def _add_export(commands: Commands) -> None:
    export = commands.add_parser(
        "export", help="a prompt in the words of another engine, as a storyboard, for an editor or as a cue sheet"
    )
    export.add_argument("prompt", metavar="PROMPT", help="a prompt in any form")
    export.add_argument(
        "--for", dest="dialect", required=True, choices=EXPORTS, metavar="WHAT", help=", ".join(EXPORTS)
    )
    export.add_argument(
        "--out", type=Path, metavar="FILE", help="for what is a file; default its own name in this folder"
    )
    export.add_argument("--seed", type=int, default=0, help="settles what the words leave open; default 0")
    export.add_argument(
        "--ratio", choices=RATIOS, help="shape of a storyboard's pictures; default what the prompt says, or 16:9"
    )
    export.add_argument("--duration", type=float, metavar="S", help="seconds; default what the prompt says, or 5")
    export.set_defaults(command=_export)


def _parser(asked: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The command table; ``asked`` is the command typed, so that only its own world is imported."""
    parser = _Parser(prog="phonofilm", description="Picture and sound from a prompt, in one pass.")
    parser.add_argument("--version", action="version", version=f"phonofilm {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    _add_generate(commands)
    _add_theatre(commands)
    _add_plan(commands)
    _add_export(commands)
    _add_perceive(commands)
    _add_judge(commands)
    _add_card(commands)
    _add_model(commands)
    evaluate = commands.add_parser("evaluate", help="measure an engine or a folder of clips")
    if list(asked) == ["evaluate"]:
        from phonofilm.evals import cli as evals

        evals.add_arguments(evaluate)
        evaluate.set_defaults(command=evals.run)
    _add_service(commands, asked)
    _add_beside(commands, asked)
    commands.add_parser("train", help="train one stage of the recipe", add_help=False)
    return parser


def _add_request(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "prompt", metavar="PROMPT", help="what to show and to hear; [0-3s] marks a shot, quotes are spoken"
    )
    parser.add_argument("--out", default="clip.mp4", metavar="MP4", help="the file to write; default clip.mp4")
    parser.add_argument(
        "--duration", type=float, metavar="S", help="seconds, 4 to 15; default what the prompt says, or 5"
    )
    parser.add_argument("--seed", type=int, help="the same seed gives the same clip; default 0")
    parser.add_argument("--resolution", help="480p (default), 720p, 1080p or 2k")
    parser.add_argument("--ratio", help="16:9, 9:16, 1:1, 4:3, 3:4 or 21:9; default what the prompt says, or 16:9")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def _generate(options: argparse.Namespace) -> int:
    from phonofilm.cli.generate import generate

    return generate(options)


def _theatre(options: argparse.Namespace) -> int:
    from phonofilm.cli.theatre import theatre

    return theatre(options)


def _perceive(options: argparse.Namespace) -> int:
    from phonofilm.cli.perceive import perceive

    return perceive(options)


def _judge(options: argparse.Namespace) -> int:
    from phonofilm.cli.judge import judge

    return judge(options)


def _plan(options: argparse.Namespace) -> int:
    from phonofilm.cli.plan import plan

    return plan(options)


def _export(options: argparse.Namespace) -> int:
    from phonofilm.cli.export import export

    return export(options)


def _card(options: argparse.Namespace) -> int:
    from phonofilm.cli.card import card

    return card(options)


def _model_info(options: argparse.Namespace) -> int:
    from phonofilm.model.info import info

    print(info(options.preset).table())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
