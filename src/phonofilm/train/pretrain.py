"""Stage 1: pretraining the dual-branch transformer on latent shards of clips with their sound."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from phonofilm.data.shards import Shards, indices, tokens_of
from phonofilm.errors import RequestError
from phonofilm.model import weights
from phonofilm.model.dit import PRESETS, DiTConfig, DualBranchDiT
from phonofilm.model.text_encoder import Vocabulary
from phonofilm.train import canvases, loop, parallel
from phonofilm.train.canvases import SHARES, Levels
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
    overrides: dict[str, Any] = field(default_factory=dict)
    """Changes to the preset, e.g. ``{"layout": "decoupled"}``."""
    task: str | None = None
    """Train one task alone (for ablations); None draws from ``shares``."""
    shares: dict[str, float] = field(default_factory=lambda: dict(SHARES))
    """How much of the batches each task gets."""
    part: str | None = None
    """``motion``: only the telling of when things are struck (``model/motion.py``), without the transformer: nine times as many clips an hour.
    ``sound``: that and the sound branch; picture and words stay as they were begun with: twice as many. ``detail``: the convolutions that mend
    the picture. None: everything learns."""
    compile: bool = False
    start: Path | None = None
    """Begin from the weights (and the words) of this file instead of from nothing, e.g. the shipped checkpoint. With ``overrides`` the
    network changes shape: tensors that still fit are kept, the others begin anew."""


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
    """Run (or resume) stage 1; returns the steps done. Writes ``out/checkpoint.pt``, ``out/log.jsonl`` and, at the end of each
    leg, the averaged weights ``out/<preset>.safetensors``. A resumed run keeps the clips it began with, to the bit; with ``grow`` it
    takes in those that were encoded since."""
    torch.manual_seed(recipe.seed)
    world = parallel.join()
    path = recipe.out / "checkpoint.pt"
    if path.exists():  # the words and the clips of a run are fixed by its first leg
        header = loop.read(path)["header"]
        shards = Shards(recipe.data, None if grow else header["shards"])
        header["shards"] = shards.names
        vocabulary, config = Vocabulary(header["vocabulary"]), DiTConfig(**header["config"])
    else:
        shards = Shards(recipe.data)
        begun = weights.load(recipe.start, "dit") if recipe.start else None
        vocabulary = Vocabulary(begun.config["vocabulary"]) if begun else vocabulary_of(shards)
        config = replace(DiTConfig(**begun.config["dit"]), **recipe.overrides) if begun else config_for(recipe, shards, vocabulary)
        header = {"config": config.as_dict(), "vocabulary": vocabulary.words, "shards": shards.names, "recipe": _plain(recipe)}
    model = DualBranchDiT(config)
    if recipe.start and not path.exists():
        if not recipe.overrides:
            weights.fill(model, weights.load(recipe.start, "dit"))
        elif new := weights.fill_matching(model, weights.load(recipe.start, "dit")):
            print(f"begun anew, as {recipe.start.name} has none of that shape: {', '.join(new)}")
    shares = recipe.shares
    if recipe.part is not None:
        _hold_still(model, recipe.part)
        idle = ("score",) if recipe.part == "detail" else ("picture", "animate")  # canvases that ask nothing of it
        shares = {**shares, **dict.fromkeys(idle, 0.0)}
    if recipe.batch % world.size:
        raise RequestError(f"--batch {recipe.batch} does not divide over {world.size} processes: choose a multiple")
    share = recipe.batch // world.size
    channels = torch.from_numpy(shards.channels("video")), torch.from_numpy(shards.channels("audio"))
    forward: Any = torch.compile(model, dynamic=False) if recipe.compile else model

    def step_loss(_: nn.Module, step: int) -> tuple[Tensor, dict[str, float]]:
        first = world.rank * share
        picked = indices(recipe.seed, step, recipe.batch, len(shards))[first : first + share]
        batch = canvases.build(
            [shards[i] for i in picked], vocabulary, config.patch, seed=recipe.seed, step=step, levels=recipe.levels,
            text_length=config.text_length,
            task=recipe.task or canvases.task_of(recipe.seed, step, shares), first=first, device=world.device, channels=channels, kept=config.video_channels,
        )  # fmt: skip
        if recipe.part == "motion":
            struck, more = canvases.strike_loss([model.motion(batch.video, batch.audio)[1]], batch, recipe.levels)  # type: ignore[misc]
            return struck, {f"{batch.task}.{k}": v for k, v in more.items()}
        strikes: list[Tensor] = []
        value, parts = canvases.loss(forward(batch.video, batch.audio, batch.text, strikes=strikes), batch, recipe.levels)
        struck, more = canvases.strike_loss(strikes, batch, recipe.levels)
        return value + struck, {f"{batch.task}.{k}": v for k, v in (parts | more).items()}

    done = loop.run(model, model.blocks, step_loss, recipe.loop, recipe.out, header=header, minutes=minutes, until=until, world=world)
    if world.first:
        export(recipe.out, recipe.out / f"{recipe.preset}.safetensors")
    return done


PARTS = {"motion": ("motion.",), "sound": ("motion.", "audio.", ".audio."), "detail": ("detail.",)}
"""Names of the tensors that learn where a part learns alone: those that begin with, or have in them, one of these."""


def _hold_still(model: DualBranchDiT, part: str) -> None:
    """Let the named part alone learn."""
    if part not in PARTS:
        raise RequestError(f"no part {part!r}: choose {' or '.join(PARTS)}, or leave it out")
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(any(name.startswith(key) or (key.startswith(".") and key in name) for key in PARTS[part]))
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise RequestError(f"this network has no {part} to train: give --set model.{part}=48")


def export(run: Path, path: Path, notes: dict[str, str] | None = None) -> None:
    """The averaged weights of a run's checkpoint as a weight file that ``phonofilm generate`` loads."""
    state = loop.read(run / "checkpoint.pt")
    header = state["header"]
    told = {"steps": str(state["step"]), "recipe": str(header["recipe"]), "clips": str(len(header["shards"])) + " shards"}
    weights.save(path, "dit", {"dit": header["config"], "vocabulary": header["vocabulary"]}, state["ema"], told | (notes or {}))


def _plain(recipe: Recipe) -> dict[str, Any]:
    """The recipe as numbers and text, without this machine's paths."""
    out = asdict(recipe)
    out["data"], out["out"] = Path(recipe.data).name, Path(recipe.out).name
    out["start"] = Path(recipe.start).name if recipe.start else None
    return out
