"""The one training loop, of the transformer, the codecs, the completion, the perceiver and the judges: step, clip,
average, log, save by wall clock, resume.

Everything random in step ``n`` is a function of (seed, n), so a checkpoint needs no generator state: N steps straight
equal N/2, a resume and N/2, bit for bit (``tests/train/test_pretrain.py``). A run may be measured in minutes instead of
steps: in those of its own clock, which the checkpoint keeps.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from phonofilm.errors import RequestError, WeightsError
from phonofilm.model.precision import fast_bf16
from phonofilm.train import parallel
from phonofilm.train.ema import Ema
from phonofilm.train.muon import Muon
from phonofilm.train.parallel import World

StepLoss = Callable[[nn.Module, int], tuple[Tensor, dict[str, float]]]
"""``(model, step) -> (loss, parts for the log)``; draws its own batch from the step number."""
Figures = Callable[[nn.Module], dict[str, float]]
"""What the averaged weights reach on held-out data, for the log."""


@dataclass(frozen=True, kw_only=True)
class LoopConfig:
    """How a run is driven."""

    steps: int = 0
    """Length of the whole run; the learning rate falls over its last fifth."""
    minutes: float = 0.0
    """The same in minutes of the run's own clock, where ``steps`` is 0."""
    rate: float = 1e-3
    warmup: int = 200
    decay_from: float = 0.8
    """Share of the run after which the rate falls linearly to a twentieth."""
    weight_decay: float = 0.02
    clip: float = 1.0
    betas: tuple[float, float] = (0.9, 0.97)
    optimiser: str = "adamw"
    """``adamw``, or ``muon`` for the blocks' matrices and kernels (one process only)."""
    orthogonal: tuple[str, ...] = (".blocks.",)
    """Which matrices and kernels are Muon's own: those whose name holds one of these (and a dot before the first
    part)."""
    save_minutes: float = 3.0
    log_every: int = 20
    bf16: bool = True
    """Mixed precision, where the device is fast in it (``model/precision.py``)."""

    def __post_init__(self) -> None:
        if (self.steps > 0) == (self.minutes > 0):
            raise RequestError(
                f"a run is so many steps or so many minutes long, not {self.steps} steps and {self.minutes} minutes"
            )

    def done(self, step: int, seconds: float) -> float:
        """Share of the run that is over after ``step`` steps and ``seconds``; 1 and more at its end."""
        return step / self.steps if self.steps else seconds / 60 / self.minutes

    def rate_at(self, step: int, seconds: float = 0.0) -> float:
        """Learning rate of step ``step`` (0-based) at that time of the run's clock: warm up, hold, fall."""
        late = min(1.0, max(0.0, (self.done(step, seconds) - self.decay_from) / max(1e-6, 1 - self.decay_from)))
        return self.rate * min(1.0, (step + 1) / self.warmup) * (1 - 0.95 * late)


def optimiser_for(model: nn.Module, config: LoopConfig) -> torch.optim.Optimizer:
    """AdamW: matrices decay, vectors (biases, embeddings of levels) do not. Muon: the same, but the blocks' matrices
    and kernels are its own. What is frozen stays."""
    free = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if config.optimiser == "muon":
        inner = {
            n
            for n, p in free.items()
            if p.ndim >= 2 and any(part in f".{n}" for part in config.orthogonal) and not n.endswith("bias")
        }
        own = [p for name, p in free.items() if name in inner]
        rest = [p for name, p in free.items() if name not in inner]
        return Muon([{"params": own}, {"params": rest, "orthogonal": False}], lr=config.rate, decay=config.weight_decay)  # type: ignore[list-item]
    if config.optimiser != "adamw":
        raise RequestError(f"no optimiser {config.optimiser!r}: choose adamw or muon")
    matrices = [p for p in free.values() if p.ndim >= 2]
    vectors = [p for p in free.values() if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.rate, betas=config.betas, fused=True)


def save(
    path: Path,
    model: nn.Module,
    ema: Ema,
    optimiser: torch.optim.Optimizer,
    step: int,
    header: dict[str, Any],
    world: World,
    seconds: float = 0.0,
) -> None:
    """Write a checkpoint whole or not at all (temporary file, then rename)."""
    state = {
        "model": parallel.model_state(model, world),
        "optimiser": parallel.optimiser_state(model, optimiser, world),
        "step": step,
        "header": header,
    }
    state["seconds"] = seconds
    ema.swap(model)
    state["ema"] = parallel.model_state(model, world)
    ema.swap(model)
    if world.first:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        torch.save(state, temporary)
        os.replace(temporary, path)


def read(path: Path) -> dict[str, Any]:
    """A checkpoint's content. Raises WeightsError if it is damaged."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise WeightsError(f"checkpoint {path} cannot be read: delete it to start again, or restore a copy") from error


def averaged(model: nn.Module, out: Path) -> dict[str, Any]:
    """Fill ``model`` with the averaged weights of the run in ``out``; returns its checkpoint."""
    state = read(out / "checkpoint.pt")
    model.load_state_dict(state["ema"])
    return state


@dataclass(frozen=True, kw_only=True)
class Leg:
    """How far a run goes before it is resumed; without either, to its end."""

    minutes: float | None = None
    until: int | None = None
    """The step it ends at."""


def run(
    model: nn.Module,
    step_loss: StepLoss,
    config: LoopConfig,
    out: Path,
    *,
    header: dict[str, Any],
    leg: Leg | None = None,
    world: World | None = None,
    figures: Figures | None = None,
) -> int:
    """Train to the end of ``config``, or of this ``leg`` of it, resuming from ``out/checkpoint.pt`` where there is one.

    Returns the number of steps done in all. SIGTERM and Ctrl-C save before they end the run. The log is
    ``out/log.jsonl``; ``figures`` are taken of the averaged weights at the beginning of each leg and whenever the run
    is saved.
    """
    world, leg = world or parallel.join(), leg or Leg()
    if config.optimiser == "muon" and world.size > 1:
        raise RequestError("muon trains on one process: use loop.optimiser=adamw on several")
    going = _Run(model, config, out, header, world)
    stop = False

    def ask(*_: object) -> None:
        nonlocal stop
        stop = True

    old = (
        {s: signal.signal(s, ask) for s in (signal.SIGTERM, signal.SIGINT)}
        if threading.current_thread() is threading.main_thread()
        else {}
    )
    going.begin = saved = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    if world.first:
        (out / "config.json").write_text(json.dumps({"loop": asdict(config), **header}, indent=1, default=str))
    bar = tqdm(total=config.steps or None, initial=going.step, unit="step", disable=not world.first, mininterval=5)
    going.look(figures)
    model.train()
    try:
        while (
            not stop
            and (leg.until is None or going.step < leg.until)
            and (leg.minutes is None or time.monotonic() - going.begin < leg.minutes * 60)
            and config.done(going.step, going.spent) < 1
        ):
            going.advance(step_loss)
            bar.update()
            if going.step % config.log_every == 0 or going.step == config.steps:
                row = going.means()
                bar.set_postfix(loss=row["loss"])
                going.note(row)
            if world.size == 1 and time.monotonic() - saved > config.save_minutes * 60:
                going.keep()
                going.look(figures)
                saved = time.monotonic()
        going.keep()
    finally:
        bar.close()
        for s, handler in old.items():
            signal.signal(s, handler)
    return going.step


class _Run:
    """A run on its way: the model, its average, its optimiser and its clock, from the checkpoint where there is one."""

    def __init__(self, model: nn.Module, config: LoopConfig, out: Path, header: dict[str, Any], world: World) -> None:
        self.model, self.config, self.out, self.header, self.world = model, config, out, header, world
        model.to(world.device)
        parallel.shard(model, world)
        self.optimiser = optimiser_for(model, config)
        self.ema = Ema(model)
        self.path, self.step, self.before = out / "checkpoint.pt", 0, 0.0
        if self.path.exists():
            state = read(self.path)
            parallel.restore(model, None, state["ema"], {}, world)
            self.ema = Ema(model)
            parallel.restore(model, self.optimiser, state["model"], state["optimiser"], world)
            self.step, self.before = state["step"], state.get("seconds", 0.0)
        self.begin = time.monotonic()
        self.sums: dict[str, list[float]] = {}

    @property
    def spent(self) -> float:
        """Seconds of the run's own clock."""
        return self.before + time.monotonic() - self.begin

    def advance(self, step_loss: StepLoss) -> None:
        """One step. Raises WeightsError where its gradient is not finite."""
        model, config = self.model, self.config
        for group in self.optimiser.param_groups:
            group["lr"] = config.rate_at(self.step, self.spent)
        with torch.autocast(self.world.device, torch.bfloat16, enabled=config.bf16 and fast_bf16(self.world.device)):
            loss, parts = step_loss(model, self.step)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        if not torch.isfinite(norm):
            raise WeightsError(
                f"the gradient of step {self.step} is not finite: resume from {self.path} with a lower --rate"
            )
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.step += 1
        self.ema.update(model, self.step)
        for key, value in (*parts.items(), ("loss", loss.item()), ("norm", float(norm))):
            self.sums.setdefault(key, []).append(value)

    def means(self) -> dict[str, float]:
        """Of what was summed up since the last time."""
        sums, self.sums = self.sums, {}
        if self.world.size == 1:
            return {k: round(parallel.mean(sum(v) / len(v), self.world), 5) for k, v in sorted(sums.items())}
        return {"loss": parallel.mean(sum(sums["loss"]) / len(sums["loss"]), self.world)}

    def note(self, row: dict[str, float]) -> None:
        """A line of the log."""
        row = {
            **row,
            "step": self.step,
            "rate": self.config.rate_at(self.step, self.spent),
            "seconds": round(time.monotonic() - self.begin, 1),
        }
        if self.world.first:
            with (self.out / "log.jsonl").open("a") as log:
                log.write(json.dumps(row) + "\n")

    def keep(self) -> None:
        """Write the checkpoint."""
        save(self.path, self.model, self.ema, self.optimiser, self.step, self.header, self.world, self.spent)

    def look(self, figures: Figures | None) -> None:
        """Note what the averaged weights reach."""
        if figures is not None and self.world.size == 1:
            self.ema.swap(self.model)
            self.model.eval()
            self.note({k: round(v, 5) for k, v in figures(self.model).items()})
            self.model.train()
            self.ema.swap(self.model)
