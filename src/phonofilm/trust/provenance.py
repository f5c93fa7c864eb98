"""Where a clip comes from, signed into it (C2PA), and read back. Signing is the last thing done to a file: any later
change breaks it."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import c2pa

from phonofilm.errors import MediaError
from phonofilm.media.sniff import HEAD, describe, sniff
from phonofilm.spec.version import VERSION
from phonofilm.trust.certificates import Signer

__all__ = ["SIGNABLE", "Ingredient", "Manifest", "Provenance", "Signer", "read", "sign"]

_log = logging.getLogger(__name__)
SIGNABLE = {
    ".mp4": "video/mp4", ".mov": "video/quicktime", ".m4a": "audio/mp4", ".wav": "audio/wav", ".mp3": "audio/mpeg",
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp",
}  # fmt: skip
"""Files that carry a manifest. Pieces of an HLS rung do not; their clip's manifest stands beside them."""
_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED, COMPOSITE = _SOURCE + "trainedAlgorithmicMedia", _SOURCE + "compositeWithTrainedAlgorithmicMedia"
ALGORITHM = "org.phonofilm.spread.v1"
"""Name of our invisible watermark in the soft binding."""
LABEL = "org.phonofilm.generation"
"""Our own assertion: who made it, with what, when, under which id."""


@dataclass(frozen=True, kw_only=True)
class Ingredient:
    """A file that went into the clip."""

    path: Path
    title: str
    """What the request calls it: ``image1``."""
    is_parent: bool = False
    """The clip that was edited or extended."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What the signature vouches for."""

    job: str
    engine: str
    model_version: str
    created: float
    """UTC seconds."""
    prompt_hash: str = ""
    ingredients: tuple[Ingredient, ...] = ()
    """References and sources; each keeps the manifest it came with."""
    watermark: int | None = None
    """The 40-bit reference written into picture and sound."""
    profile: str = "eu"
    provider: str = "Phonofilm"
    version: str = ""
    """Of this system; empty: the package's own."""
    title: str = ""
    is_composite: bool | None = None
    """Do real recordings remain in the clip? None: when it has ingredients."""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What a file says about itself, and whether that holds."""

    state: str
    """none | invalid | expired | valid | trusted. ``valid``: picture and sound unchanged since they were signed, by
    somebody we have no reason to trust. ``expired``: unchanged too, but the certificate has ended and no time stamp
    proves that it was signed before."""
    problems: tuple[str, ...] = ()
    """Codes of what does not hold."""
    signed_by: str = ""
    serial: str = ""
    """Number of the certificate, in decimal digits."""
    generator: str = ""
    title: str = ""
    source_type: str = ""
    """The last word of C2PA's digital source type, such as trainedAlgorithmicMedia."""
    created: str = ""
    job: str = ""
    engine: str = ""
    model_version: str = ""
    provider: str = ""
    watermark: int | None = None
    ingredients: tuple[dict[str, Any], ...] = ()
    """Title, relation, and the state of the ingredient's own manifest where it had one."""

    @property
    def is_generated(self) -> bool:
        """Does a manifest that holds say that a machine made it?"""
        return self.state in ("expired", "valid", "trusted") and "lgorithmic" in self.source_type

    def summary(self) -> dict[str, Any]:
        """The same as plain data, without what is empty; for JSON."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
            if value not in ("", None, ())
        }


def sign(src: Path | str, dst: Path | str, manifest: Manifest, signer: Signer) -> bytes:
    """Write ``src`` with its signed manifest to ``dst`` (they may be the same), whole or not at all; returns the
    manifest's bytes, which can be kept beside the file for when a platform strips it. Raises MediaError."""
    src, dst = Path(src), Path(dst)
    form = SIGNABLE.get(src.suffix.lower())
    if form is None or src.suffix.lower() != dst.suffix.lower():
        raise MediaError(f"'{src.name}' cannot carry a signed manifest; sign one of {', '.join(SIGNABLE)}")
    partial = dst.with_name(f".{dst.stem[:150]}.{os.getpid()}.signed{dst.suffix}")
    try:
        with _context(signer) as context, c2pa.Builder(_definition(src, form, manifest), context) as builder:
            for number, ingredient in enumerate(manifest.ingredients):
                _add(builder, ingredient, _id(number))
            info = c2pa.C2paSignerInfo(
                alg=signer.algorithm.encode(),
                sign_cert=signer.chain,
                private_key=signer.key,
                ta_url=signer.timestamps.encode() if signer.timestamps else None,
            )
            partial.unlink(missing_ok=True)
            with c2pa.Signer.from_info(info) as key, src.open("rb") as source, partial.open("w+b") as target:
                data = builder.sign(key, form, source, target)
        partial.replace(dst)
        return bytes(data)
    except (c2pa.C2paError, OSError) as error:
        if signer.timestamps and isinstance(
            error, c2pa.C2paError
        ):  # most likely the service for time stamps: a clip without one is better than none
            _log.warning("no time stamp from %s: %s", signer.timestamps, " ".join(str(error).split())[:200])
            return sign(src, dst, manifest, replace(signer, timestamps=None))
        raise MediaError(
            f"'{src.name}' could not be signed ({' '.join(str(error).split())[:200]}); check the file and the"
            " certificate"
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def read(path: Path | str, *, anchors: bytes = b"") -> Provenance:
    """What a file's manifest says and whether it holds. ``anchors`` (PEM) are the authorities to trust. Raises
    MediaError for a file that cannot be read at all; a file without a manifest has state ``none``."""
    path = Path(path)
    form = _form(path)
    try:
        with _context(None, anchors) as context, path.open("rb") as file:
            reader = c2pa.Reader.try_create(form, file, context=context)
            if reader is None:
                return Provenance(state="none")
            with reader:
                store = json.loads(reader.json())
    except OSError as error:
        raise MediaError(f"'{path.name}' cannot be read ({error.strerror or error}); check the name") from error
    except c2pa.C2paError as error:
        text = " ".join(str(error).split())
        if text.startswith("ManifestNotFound"):
            return Provenance(state="none")
        return Provenance(state="invalid", problems=(text[:200],))
    return _told(store)


def _form(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except (OSError, ValueError) as error:
        raise MediaError(
            f"'{path}' cannot be read ({getattr(error, 'strerror', None) or error}); check the name"
        ) from error
    found = sniff(head)
    if found is None:
        raise MediaError(f"'{path.name}' is {describe(head)}; give a clip, picture or sound")
    return found


def _context(signer: Signer | None, anchors: bytes = b"") -> c2pa.Context:
    trusted = (signer.anchors if signer else anchors).decode()
    settings: dict[str, Any] = {
        # Nothing is fetched for a stranger's file: no remote manifests, no certificates' status.
        "verify": {
            "verify_trust": bool(trusted),
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
            "verify_after_sign": False,
        },
        "builder": {"thumbnail": {"enabled": False}},
    }
    if trusted:
        settings["trust"] = {"trust_anchors": trusted}
    return c2pa.Context(settings=c2pa.Settings.from_dict(settings))


def _definition(src: Path, form: str, manifest: Manifest) -> dict[str, Any]:
    version = manifest.version or VERSION
    composite = bool(manifest.ingredients) if manifest.is_composite is None else manifest.is_composite
    when = datetime.fromtimestamp(manifest.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    agent = {"name": f"Phonofilm {manifest.engine}", "version": manifest.model_version or version}
    created: dict[str, Any] = {
        "action": "c2pa.created",
        "when": when,
        "softwareAgent": agent,
        "digitalSourceType": COMPOSITE if composite else GENERATED,
        "description": f"Picture and sound made by a machine from a written prompt"
        f"{' and references' if manifest.ingredients else ''}",
    }
    actions = [created]
    parents = [n for n, ingredient in enumerate(manifest.ingredients) if ingredient.is_parent]
    if parents:
        # A file either was created or has a parent that was opened.
        created |= {"action": "c2pa.edited"}
        actions = [{"action": "c2pa.opened", "when": when, "parameters": {"ingredientIds": [_id(parents[0])]}}, created]
    placed = [_id(n) for n in range(len(manifest.ingredients)) if n not in parents[:1]]
    if placed:
        actions.append({"action": "c2pa.placed", "when": when, "parameters": {"ingredientIds": placed}})
    generation = {
        "provider": manifest.provider, "system": "Phonofilm", "version": version, "time": when, "id": manifest.job,
        "engine": manifest.engine,
        "model_version": manifest.model_version, "prompt_sha256": manifest.prompt_hash, "profile": manifest.profile,
    }  # fmt: skip
    assertions: list[dict[str, Any]] = [
        {"label": "c2pa.actions.v2", "data": {"actions": actions}},
        {"label": LABEL, "data": generation},
        {
            "label": "cawg.training-mining",
            "data": {
                "entries": {
                    f"cawg.{use}": {"use": "notAllowed"}
                    for use in ("ai_generative_training", "ai_training", "data_mining", "ai_inference")
                }
            },
        },
    ]
    if manifest.watermark is not None:
        value = f"{manifest.watermark:010x}"
        assertions.append(
            {"label": "c2pa.soft-binding", "data": {"alg": ALGORITHM, "blocks": [{"scope": {}, "value": value}]}}
        )
        actions.append(
            {"action": "c2pa.watermarked", "when": when, "description": "Invisible watermark in picture and sound"}
        )
    return {
        "claim_generator_info": [{"name": manifest.provider, "version": version}],
        "title": (manifest.title or src.name)[:200],
        "format": form,
        "assertions": assertions,
    }


def _id(number: int) -> str:
    return f"reference-{number + 1}"


def _add(builder: c2pa.Builder, ingredient: Ingredient, name: str) -> None:
    form = _form(ingredient.path)
    relation = "parentOf" if ingredient.is_parent else "componentOf"
    about = {"title": ingredient.title, "relationship": relation, "label": name, "instance_id": name}
    with ingredient.path.open("rb") as file:
        builder.add_ingredient(about, form, file)


_EXPIRED = "signingCredential.expired"


def _told(store: dict[str, Any]) -> Provenance:
    active = store.get("manifests", {}).get(store.get("active_manifest", ""), {})
    assertions = {item.get("label", "").split("__")[0]: item.get("data", {}) for item in active.get("assertions", [])}
    actions = (assertions.get("c2pa.actions.v2") or assertions.get("c2pa.actions") or {}).get("actions", [])
    made: dict[str, Any] = next((action for action in actions if action.get("digitalSourceType")), {})
    generation = assertions.get(LABEL, {})
    if not isinstance(generation, dict):
        generation = {}
    binding = assertions.get("c2pa.soft-binding", {})
    watermark = None
    if binding.get("alg") == ALGORITHM:
        try:
            watermark = int(binding["blocks"][0]["value"], 16)
        except (KeyError, IndexError, TypeError, ValueError):
            watermark = None
    problems = tuple(
        dict.fromkeys(
            item.get("code", "")
            for item in store.get("validation_status", [])
            if item.get("code") != "signingCredential.untrusted"
        )
    )
    generator = (active.get("claim_generator_info") or [{}])[0]
    return Provenance(
        state="expired" if problems == (_EXPIRED,) else str(store.get("validation_state", "Invalid")).lower(),
        problems=problems,
        signed_by=str(
            (active.get("signature_info") or {}).get("common_name")
            or (active.get("signature_info") or {}).get("issuer")
            or ""
        ),
        serial=str((active.get("signature_info") or {}).get("cert_serial_number") or ""),
        generator=" ".join(str(generator.get(key, "")) for key in ("name", "version")).strip(),
        title=str(active.get("title", "")),
        source_type=str(made.get("digitalSourceType", "")).rsplit("/", 1)[-1],
        created=str(generation.get("time") or made.get("when", "")),
        job=str(generation.get("id", "")),
        engine=str(generation.get("engine", "")),
        model_version=str(generation.get("model_version", "")),
        provider=str(generation.get("provider", "")),
        watermark=watermark,
        ingredients=tuple(_ingredient(item, store) for item in active.get("ingredients", [])),
    )


def _ingredient(item: dict[str, Any], store: dict[str, Any]) -> dict[str, Any]:
    own = store.get("manifests", {}).get(item.get("active_manifest", ""))
    return {
        "title": str(item.get("title", "")),
        "relationship": str(item.get("relationship", "")),
        "has_manifest": own is not None,
    }
