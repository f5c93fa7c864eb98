"""One device or many, by the same path: torch's own FSDP2 where torchrun started several processes, nothing where
not."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

WHOLE = StateDictOptions(full_state_dict=True, cpu_offload=True)


@dataclass(frozen=True)
class World:
    """Who we are among how many, and on which device."""

    rank: int
    size: int
    device: str

    @property
    def first(self) -> bool:
        """The process that writes files and logs."""
        return self.rank == 0


def join(device: str | None = None) -> World:
    """Join the processes torchrun started (gloo on CPU, nccl on CUDA); alone without torchrun."""
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return World(0, 1, device)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device == "cuda" else "gloo")
    if device == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    return World(dist.get_rank(), size, device)


def shard(model: nn.Module, world: World) -> None:
    """Split the parameters over all processes, block by block where the model has ``blocks`` (FSDP2); nothing to do
    for one process."""
    if world.size == 1:
        return
    mesh = init_device_mesh(world.device, (world.size,))
    for block in getattr(model, "blocks", ()):
        fully_shard(block, mesh=mesh)
    fully_shard(model, mesh=mesh)


def model_state(model: nn.Module, world: World) -> dict[str, torch.Tensor]:
    """The whole model's tensors on the CPU (on the first process; empty elsewhere)."""
    if world.size == 1:
        return {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}
    return get_model_state_dict(model, options=WHOLE)  # type: ignore[return-value]


def optimiser_state(model: nn.Module, optimiser: torch.optim.Optimizer, world: World) -> dict[str, object]:
    """The whole optimiser's state on the CPU."""
    if world.size == 1:
        return optimiser.state_dict()
    return get_optimizer_state_dict(model, optimiser, options=WHOLE)  # type: ignore[return-value]


def restore(
    model: nn.Module,
    optimiser: torch.optim.Optimizer | None,
    model_tensors: dict[str, torch.Tensor],
    optimiser_tensors: dict,
    world: World,
) -> None:
    """Put a whole state back, however many processes share it now."""
    if world.size == 1:
        model.load_state_dict(model_tensors)
        if optimiser is not None:
            optimiser.load_state_dict(optimiser_tensors)
        return
    options = StateDictOptions(full_state_dict=True)
    set_model_state_dict(model, model_tensors, options=options)
    if optimiser is not None:
        set_optimizer_state_dict(model, optimiser, optimiser_tensors, options=options)


def mean(value: float, world: World) -> float:
    """The mean of a number over all processes."""
    if world.size == 1:
        return value
    total = torch.tensor(value, dtype=torch.float64)
    if world.device == "cuda":
        total = total.cuda()
    dist.all_reduce(total)
    return float(total) / world.size
