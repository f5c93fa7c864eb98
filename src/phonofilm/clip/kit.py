"""What clips are made with: settings, policy, checkers, keys. Each is made on first use and once."""

from __future__ import annotations

import os
import secrets
import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phonofilm.trust.classify.classifier import Classifier
from phonofilm.trust.policy import Policy

if TYPE_CHECKING:
    from phonofilm.trust.certificates import Signer, Trust


@dataclass(frozen=True, kw_only=True)
class ClipConfig:
    """The settings that a clip is made by; frozen, so that two parts never see different values."""

    home: Path
    """Folder of this installation: keys, certificates; a service's database, files and scratch as well."""
    provider: str = "Phonofilm"
    """Who answers for the clips: named in their provenance and, where the law asks for it, their metadata."""
    profile: str = "eu"
    """Compliance profile: eu | cn | us-ca | none."""
    classifiers: tuple[str, ...] | str = "none"
    """Checkers that both doors ask: "default" (the shipped ones that are installed), "none" (a choice, recorded in
    every verdict), or their kinds."""
    classifier_options: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Settings of each classifier by its name."""
    policy: Path | None = None
    """Policy file of the gate; None: the shipped one."""
    undeclared: str = "review"
    """What a reference means of which nobody said whether it shows or sounds like a real person: ``review`` holds the
    job until its owner or a reviewer says; ``refuse`` asks before, by refusing the submit; ``person`` and ``no_person``
    count as said so, and the operator answers for it."""
    watermark_key: bytes = b""
    """Key of the invisible watermark; empty: ``home/watermark.key``, made on first use."""
    certificate: Path | None = None
    """Certificate chain that signs provenance; None: a development certificate in ``home``."""
    certificate_key: Path | None = None
    """Its private key (PEM)."""
    certificate_anchors: Path | None = None
    """Authorities (PEM) whose signatures are this service's; None: its own certificate counts, by the authorities in
    its chain."""
    timestamps: str = ""
    """Address of an RFC 3161 time-stamping service that every signature is sent to; empty: none, and what is signed is
    called expired with its certificate."""
    max_bytes: int = 20_000_000
    """Size the main file is kept under."""
    fetch_allow: tuple[str, ...] = ()
    """Private hosts that references may be fetched from, as an operator's exception."""
    max_upload: int = 200_000_000
    """Bytes a reference may have."""


class Kit:
    """Safe to use from several threads."""

    def __init__(self, config: ClipConfig) -> None:
        self.config = config

    @cached_property
    def policy(self) -> Policy:
        """The gate's policy."""
        return Policy.load(self.config.policy)

    @cached_property
    def classifiers(self) -> tuple[Classifier, ...]:
        """The classifiers both doors ask."""
        from phonofilm.trust.classify.classifiers import build

        setting = self.config.classifiers
        if isinstance(setting, str):
            return build(setting)
        options = self.config.classifier_options
        return build([{"kind": name, **options.get(name, {})} for name in setting])

    def blocked(self) -> list[str]:
        """Perceptual hashes of pictures that must not come back."""
        return []

    @cached_property
    def watermark_key(self) -> bytes:
        """The key of the invisible watermark."""
        return self.config.watermark_key or secret_file(self.config.home / "watermark.key")

    @cached_property
    def signer(self) -> Signer:
        """Who signs provenance."""
        from phonofilm.trust.certificates import Signer

        config = self.config
        if config.certificate is None:
            return Signer.development(config.home)
        key = config.certificate_key or config.certificate
        return Signer.load(
            config.certificate, key, anchors=config.certificate_anchors, timestamps=config.timestamps or None
        )

    @cached_property
    def trust(self) -> Trust:
        """Whose signatures the reader takes for whole and ours."""
        from phonofilm.trust.certificates import trust

        return trust(self.config.home, self.config.certificate, self.config.certificate_anchors)


def secret_file(path: Path, count: int = 32) -> bytes:
    """A random key that is made on first use and readable by its owner alone. Two processes that start at once agree on
    one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    if not path.exists():
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(count))
        try:
            os.link(partial, path)
        except FileExistsError:
            pass
        finally:
            partial.unlink(missing_ok=True)
    return path.read_bytes()
