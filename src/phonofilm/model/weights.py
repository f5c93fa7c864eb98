"""Weight files: safetensors with the network's frozen config and a SHA-256 of the tensors in the header.

Matrices are kept in bfloat16, vectors (biases, statistics) in float32. A file appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from phonofilm.errors import WeightsError

FOLDER = Path(__file__).resolve().parent.parent / "weights"
"""Where the weights that come with the package lie."""
FORMAT = "1"
C = TypeVar("C")


@dataclass(frozen=True, kw_only=True)
class WeightFile:
    """What a weight file holds."""

    kind: str
    config: dict[str, Any]
    tensors: dict[str, Tensor]
    notes: dict[str, str]
    """Free facts for the model card: data, steps, figures."""


def shipped(name: str) -> Path:
    """Path of a weight file that comes with the package: ``video_vae``, ``audio_vae``, ``vocoder``, a preset's name."""
    return FOLDER / f"{name}.safetensors"


def save(
    path: str | Path, kind: str, config: Any, tensors: Mapping[str, Tensor], notes: Mapping[str, str] | None = None
) -> None:
    """Write ``tensors`` with ``config`` (a dataclass or a dict) under ``kind``; through a temporary file and a rename.

    Raises WeightsError when the disk refuses.
    """
    path = Path(path)
    kept = {k: _pack(v) for k, v in tensors.items()}
    settings = config if isinstance(config, dict) else asdict(config)
    header = {
        "format": FORMAT,
        "kind": kind,
        "config": json.dumps(settings),
        "sha256": digest(kept),
        "notes": json.dumps(dict(notes or {})),
    }
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(kept, str(beside), metadata=header)
        beside.chmod(0o644)  # safetensors writes for the owner alone
        os.replace(beside, path)
    except (OSError, SafetensorError) as error:
        raise WeightsError(
            f"cannot write weights to {path} ({error}): free some space or choose another folder"
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def load(path: str | Path, kind: str) -> WeightFile:
    """Read and verify a weight file of ``kind``. Raises WeightsError when it is missing, damaged or of another kind."""
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"no weights at {path}: reinstall phonofilm, or train them with `phonofilm train pretrain`")
    try:
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            tensors = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118 - not a dict
        config, notes = json.loads(header["config"]), json.loads(header["notes"])
        stated, found = header["sha256"], header["kind"]
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise WeightsError(f"weight file {path} is damaged or not ours: fetch or train it again") from error
    if stated != digest(tensors):
        raise WeightsError(f"weight file {path} is damaged (its SHA-256 does not match): fetch or train it again")
    if found != kind:
        raise WeightsError(f"weight file {path} holds a {found}, not a {kind}: give the path of the right file")
    return WeightFile(kind=found, config=config, tensors=tensors, notes=notes)


def config_of(file: WeightFile, config_class: type[C]) -> C:
    """The file's config as the frozen dataclass it was saved from (lists become tuples again)."""
    known = {f.name for f in fields(config_class)}  # type: ignore[arg-type]
    if set(file.config) - known:
        raise WeightsError(
            f"this {file.kind} was made by another version (unknown settings {sorted(set(file.config) - known)}):"
            " update phonofilm"
        )
    return config_class(**{k: tuple(v) if isinstance(v, list) else v for k, v in file.config.items()})


def fill(module: nn.Module, file: WeightFile) -> None:
    """Copy the file's tensors into ``module``, all of them or none. Raises WeightsError when names or shapes differ."""
    wanted = module.state_dict()
    odd = sorted(set(wanted) ^ set(file.tensors)) or sorted(
        k for k in wanted if wanted[k].shape != file.tensors[k].shape
    )
    if odd:
        raise WeightsError(
            f"these {file.kind} weights do not fit the network (first at {odd[0]!r}): use the config in their header,"
            " or update phonofilm"
        )
    module.load_state_dict(file.tensors)


def fill_matching(module: nn.Module, file: WeightFile) -> list[str]:
    """Copy those tensors of the file whose name and shape ``module`` has; returns the module's names that were left as
    they are."""
    wanted = module.state_dict()
    fitting = {k: v for k, v in file.tensors.items() if k in wanted and wanted[k].shape == v.shape}
    module.load_state_dict(fitting, strict=False)
    return sorted(set(wanted) - set(fitting))


def digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, dtypes, shapes and bytes, in the order of names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        t = tensors[name].detach().cpu().contiguous()
        total.update(f"{name} {t.dtype} {list(t.shape)} ".encode())
        total.update(t.reshape(-1).view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def _pack(t: Tensor) -> Tensor:
    t = t.detach().cpu()
    if t.is_floating_point():
        t = t.to(torch.bfloat16 if t.ndim > 1 else torch.float32)
    return t.contiguous().clone()
