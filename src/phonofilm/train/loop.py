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


def run(
    model: nn.Module,
    blocks: nn.ModuleList | None,
    step_loss: StepLoss,
    config: LoopConfig,
    out: Path,
    *,
    header: dict[str, Any],
    minutes: float | None = None,
    until: int | None = None,
    world: World | None = None,
    figures: Figures | None = None,
) -> int:
    """Train to the end of ``config`` (or to step ``until``, or for ``minutes``), resuming from ``out/checkpoint.pt``
    where there is one.

    Returns the number of steps done in all. SIGTERM and Ctrl-C save before they end the run. The log is
    ``out/log.jsonl``; ``figures`` are taken of the averaged weights at the beginning of each leg and whenever the run
    is saved.
    """
    world = world or parallel.join()
    if config.optimiser == "muon" and world.size > 1:
        raise RequestError("muon trains on one process: use loop.optimiser=adamw on several")
    model.to(world.device)
    parallel.shard(model, blocks or nn.ModuleList(), world)
    optimiser = optimiser_for(model, config)
    ema = Ema(model)
    path, step, before = out / "checkpoint.pt", 0, 0.0
    if path.exists():
        state = read(path)
        parallel.restore(model, None, state["ema"], {}, world)
        ema = Ema(model)
        parallel.restore(model, optimiser, state["model"], state["optimiser"], world)
        step, before = state["step"], state.get("seconds", 0.0)
    stop = False

    def ask(*_: object) -> None:
        nonlocal stop
        stop = True

    old = (
        {s: signal.signal(s, ask) for s in (signal.SIGTERM, signal.SIGINT)}
        if threading.current_thread() is threading.main_thread()
        else {}
    )
    begin = saved = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    if world.first:
        (out / "config.json").write_text(json.dumps({"loop": asdict(config), **header}, indent=1, default=str))
    sums: dict[str, list[float]] = {}
    bar = tqdm(total=config.steps or None, initial=step, unit="step", disable=not world.first, mininterval=5)

    def note(row: dict[str, float]) -> None:
        row = {
            **row,
            "step": step,
            "rate": config.rate_at(step, before + time.monotonic() - begin),
            "seconds": round(time.monotonic() - begin, 1),
        }
        if world.first:
            with (out / "log.jsonl").open("a") as log:
                log.write(json.dumps(row) + "\n")

    def keep() -> None:
        save(path, model, ema, optimiser, step, header, world, before + time.monotonic() - begin)

    def look() -> None:
        if figures is not None and world.size == 1:
            ema.swap(model)
            model.eval()
            note({k: round(v, 5) for k, v in figures(model).items()})
            model.train()
            ema.swap(model)

    look()
    model.train()
    try:
        while (
            not stop
            and (until is None or step < until)
            and (minutes is None or time.monotonic() - begin < minutes * 60)
        ):
            spent = before + time.monotonic() - begin
            if config.done(step, spent) >= 1:
                break
            for group in optimiser.param_groups:
                group["lr"] = config.rate_at(step, spent)
            with torch.autocast(world.device, torch.bfloat16, enabled=config.bf16 and fast_bf16(world.device)):
                loss, parts = step_loss(model, step)
            loss.backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), config.clip)
            if not torch.isfinite(norm):
                raise WeightsError(f"the gradient of step {step} is not finite: resume from {path} with a lower --rate")
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            step += 1
            ema.update(model, step)
            for key, value in (*parts.items(), ("loss", loss.item()), ("norm", float(norm))):
                sums.setdefault(key, []).append(value)
            bar.update()
            if step % config.log_every == 0 or step == config.steps:
                row = (
                    {k: round(parallel.mean(sum(v) / len(v), world), 5) for k, v in sorted(sums.items())}
                    if world.size == 1
                    else {"loss": parallel.mean(sum(sums["loss"]) / len(sums["loss"]), world)}
                )
                sums = {}
                bar.set_postfix(loss=row["loss"])
                note(row)
            if world.size == 1 and time.monotonic() - saved > config.save_minutes * 60:
                keep()
                look()
                saved = time.monotonic()
        keep()
    finally:
        bar.close()
        for s, handler in old.items():
            signal.signal(s, handler)
    return step
