"""Stage 1: pretraining the dual-branch transformer on latent shards of clips with their sound."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from phonofilm.data.shards import Plays, Shards, indices, play_names, tokens_of
from phonofilm.errors import RequestError
from phonofilm.model import weights
from phonofilm.model.dit import PRESETS, DiTConfig, DualBranchDiT
from phonofilm.model.text_encoder import Vocabulary
from phonofilm.train import canvases, loop, parallel
from phonofilm.train import cues as cue_training
from phonofilm.train.canvases import TASKS, Levels
from phonofilm.train.cues import CueLevels
from phonofilm.train.loop import LoopConfig


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A whole pretraining run; the resolved recipe is saved beside the checkpoint and in the weight file."""

    data: Path
    out: Path
    preset: str = "nano"
    batch: int = 8
    """Clips per step over all processes."""
    seed: int = 1
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(steps=20_000))
    levels: Levels = field(default_factory=Levels)
    cues: CueLevels = field(default_factory=CueLevels)
    overrides: dict[str, Any] = field(default_factory=dict)
    """Changes to the preset, e.g. ``{"layout": "decoupled"}``."""
    task: str | None = None
    """Train one task alone (for ablations); None draws from ``shares``."""
    shares: dict[str, float] = field(default_factory=lambda: {name: task.share for name, task in TASKS.items()})
    """How much of the batches each task gets."""
    compile: bool = False
    start: Path | None = None
    """Begin from the weights (and the words) of this file instead of from nothing, e.g. the shipped checkpoint. With
    ``overrides`` the network changes shape: tensors that still fit are kept, the others begin anew."""


def config_for(recipe: Recipe, shards: Shards, vocabulary: Vocabulary) -> DiTConfig:
    """The network of ``recipe`` for these latents and words."""
    if recipe.preset not in PRESETS:
        raise RequestError(f"no preset {recipe.preset!r}: choose one of {', '.join(PRESETS)}")
    example = shards[0]
    asked = replace(PRESETS[recipe.preset], **recipe.overrides)
    channels = example.video.shape[0]
    if asked.video_channels < DiTConfig.video_channels:  # composes in the first few of them
        channels = min(asked.video_channels, channels)
    return replace(asked, video_channels=channels, audio_channels=example.audio.shape[0], vocabulary=len(vocabulary))


def vocabulary_of(shards: Shards) -> Vocabulary:
    """The words and phonemes of the clips met at least twice, and the words of the set's longer list of captions."""
    met = Vocabulary.collect(tokens_of(shards.row(i)) for i in range(len(shards))).words
    return Vocabulary(list(dict.fromkeys([*met, *shards.words()])))


def pretrain(recipe: Recipe, *, minutes: float | None = None, until: int | None = None, grow: bool = False) -> int:
    """Run (or resume) stage 1; returns the steps done. The task ``cues`` reads plays that were never drawn
    (``data/plays.py``) where there are some beside the clips, and is left out where not. Writes ``out/checkpoint.pt``,
    ``out/log.jsonl`` and, at the end of each leg, the averaged weights ``out/<preset>.safetensors``. A resumed run
    keeps the clips it began with, to the bit; with ``grow`` it takes in those that were encoded since."""
    torch.manual_seed(recipe.seed)
    world = parallel.join()
    path = recipe.out / "checkpoint.pt"
    if path.exists():  # the words and the clips of a run are fixed by its first leg
        header = loop.read(path)["header"]
        shards = Shards(recipe.data, None if grow else header["shards"])
        header["shards"] = shards.names
        if grow:
            header["plays"] = play_names(recipe.data)
        vocabulary, config = Vocabulary(header["vocabulary"]), DiTConfig(**header["config"])
    else:
        shards = Shards(recipe.data)
        begun = weights.load(recipe.start, "dit") if recipe.start else None
        vocabulary = Vocabulary(begun.config["vocabulary"]) if begun else vocabulary_of(shards)
        config = (
            replace(DiTConfig(**begun.config["dit"]), **recipe.overrides)
            if begun
            else config_for(recipe, shards, vocabulary)
        )
        header = {"config": config.as_dict(), "vocabulary": vocabulary.words, "recipe": _plain(recipe)}
        header |= {"shards": shards.names, "plays": play_names(recipe.data)}
    model = DualBranchDiT(config)
    if recipe.start and not path.exists():
        if not recipe.overrides:
            weights.fill(model, weights.load(recipe.start, "dit"))
        elif new := weights.fill_matching(model, weights.load(recipe.start, "dit")):
            print(f"begun anew, as {recipe.start.name} has none of that shape: {', '.join(new)}")
    if recipe.batch % world.size:
        raise RequestError(f"--batch {recipe.batch} does not divide over {world.size} processes: choose a multiple")
    channels = torch.from_numpy(shards.channels("video")), torch.from_numpy(shards.channels("audio"))
    forward: Any = torch.compile(model, dynamic=False) if recipe.compile else model
    plays = Plays(recipe.data, header["plays"]) if header["plays"] and model.cues is not None else None
    shares = recipe.shares if plays else {**recipe.shares, "cues": 0.0}
    most = max(task.batch for task in TASKS.values())

    def mine(step: int, task: str, size: int) -> tuple[list[int], int]:
        """This process's examples of a step, and the place of the first in the whole batch."""
        share = max(1, round(TASKS[task].batch * recipe.batch / world.size))
        first = world.rank * share
        return indices(recipe.seed, step, round(most * recipe.batch), size)[first : first + share], first

    def step_loss(_: nn.Module, step: int) -> tuple[Tensor, dict[str, float]]:
        task = recipe.task or canvases.task_of(recipe.seed, step, shares)
        if task == "cues":
            assert plays is not None
            picked, first = mine(step, task, len(plays))
            return cue_training.step_loss(
                model, [plays[i] for i in picked], vocabulary, recipe.cues, seed=recipe.seed, step=step, first=first
            )
        picked, first = mine(step, task, len(shards))
        batch = canvases.build(
            [shards[i] for i in picked],
            vocabulary,
            config.patch,
            seed=recipe.seed,
            step=step,
            levels=recipe.levels,
            text_length=config.text_length,
            task=task,
            first=first,
            device=world.device,
            channels=channels,
            kept=config.video_channels,
            cue_levels=recipe.cues if model.cues is not None else None,
        )
        made = forward(batch.video, batch.audio, batch.text, batch.cues)
        value, parts = canvases.loss(made.video, made.audio, batch, recipe.levels)
        return value, {f"{task}.{k}": v for k, v in parts.items()}

    done = loop.run(
        model,
        step_loss,
        recipe.loop,
        recipe.out,
        header=header,
        leg=loop.Leg(minutes=minutes, until=until),
        world=world,
    )
    if world.first:
        export(recipe.out, recipe.out / f"{recipe.preset}.safetensors")
    return done


def export(run: Path, path: Path, notes: dict[str, str] | None = None, sampling: dict[str, Any] | None = None) -> None:
    """The averaged weights of a run's checkpoint as a weight file that ``phonofilm generate`` loads; ``sampling`` is
    what the network is sampled best with, as far as it is other than usual (fields of
    ``pipeline.denoise.Sampling``)."""
    state = loop.read(run / "checkpoint.pt")
    header = state["header"]
    told = {
        "steps": str(state["step"]),
        "recipe": str(header["recipe"]),
        "clips": str(len(header["shards"])) + " shards",
    }
    weights.save(
        path,
        "dit",
        {"dit": header["config"], "vocabulary": header["vocabulary"], "sampling": sampling or {}},
        state["ema"],
        told | (notes or {}),
    )


def _plain(recipe: Recipe) -> dict[str, Any]:
    """The recipe as numbers and text, without this machine's paths."""
    out = asdict(recipe)
    out["data"], out["out"] = Path(recipe.data).name, Path(recipe.out).name
    out["start"] = Path(recipe.start).name if recipe.start else None
    return out
