"""Where a clip comes from, signed into its files: the last thing that touches them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phonofilm.clip.kit import Kit
from phonofilm.clip.order import Order
from phonofilm.engines.base import Cancel, stop_if
from phonofilm.media.packaging.package import CONTENT_TYPES, Packed
from phonofilm.spec.version import VERSION

if TYPE_CHECKING:
    from phonofilm.trust.provenance import Manifest

CAN_SIGN = find_spec("c2pa") is not None
"""Whoever keeps his clips himself may make them without that package; a service fails where it is missing."""
UNSIGNED = "not signed: install c2pa-python, and the clip's provenance is signed into it"


def sign(
    order: Order,
    files: Sequence[Packed],
    folder: Path,
    kit: Kit,
    *,
    engine: str,
    details: Mapping[str, Any],
    cancel: Cancel | None = None,
) -> list[Packed]:
    """Every file that can carry one with its signed manifest, in ``folder``, and the clip's manifest beside it. Raises
    MediaError."""
    if not order.profile.sign:
        return list(files)
    from phonofilm.trust import provenance

    manifest = _manifest(order, engine, details, kit.config.provider)
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for file in files:
        if "/" in file.name or file.path.suffix not in provenance.SIGNABLE:
            out.append(file)
            continue
        stop_if(cancel)
        target = folder / file.name
        data = provenance.sign(file.path, target, manifest, kit.signer)
        out.append(replace(file, path=target, bytes=target.stat().st_size))
        if file.name == "video.mp4":
            kept = folder / "manifest.c2pa"
            kept.write_bytes(data)
            out.append(Packed(name=kept.name, path=kept, content_type=CONTENT_TYPES[".c2pa"], bytes=len(data)))
    return out


def prompt_hash(prompt: str) -> str:
    """What logs and manifests carry in place of the words."""
    return hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()


def _manifest(order: Order, engine: str, details: Mapping[str, Any], provider: str) -> Manifest:
    from phonofilm.trust.provenance import SIGNABLE, Ingredient, Manifest

    version = details.get("model_version") or details.get("checkpoint") or details.get("model") or f"{engine} {VERSION}"
    ingredients = tuple(
        Ingredient(
            path=Path(str(reference.path)),
            title=reference.name or f"{reference.kind}{number + 1}",
            is_parent=reference.role == "source",
        )
        for number, reference in enumerate(order.request.references)
        if Path(str(reference.path)).suffix.lower() in SIGNABLE
    )
    return Manifest(
        job=order.job,
        engine=engine,
        model_version=str(version),
        created=order.created,
        prompt_hash=prompt_hash(order.request.prompt),
        ingredients=ingredients,
        watermark=order.watermark if order.profile.watermark else None,
        profile=order.profile.name,
        provider=provider,
    )
