"""What jobs and workers need to know, as plain values. The server's settings make one of these; so does the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything a service or a worker needs; frozen, so that two parts never see different values."""

    home: Path
    """Folder of this installation: database, files, keys, scratch."""
    database_url: str = ""
    """``sqlite:///...`` or ``postgresql+psycopg://...``; empty: ``home/phonofilm.db``."""
    bucket: str = ""
    """``file:///dir`` or ``s3://bucket/prefix?endpoint=...``; empty: ``home/files``."""
    public_url: str = "http://127.0.0.1:8600"
    """Where clients reach the service, without a slash at the end."""
    provider: str = "Phonofilm"
    """Who answers for the clips: named in their provenance and, where the law asks for it, their metadata."""
    profile: str = "eu"
    """Compliance profile: eu | cn | us-ca | none."""
    classifiers: tuple[str, ...] | str = "none"
    """Checkers that both doors ask: "default" (the shipped ones that are installed), "none" (a choice, recorded in every verdict), or their kinds."""
    classifier_options: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Settings of each classifier by its name."""
    policy: Path | None = None
    """Policy file of the gate; None: the shipped one."""
    review: bool = True
    """Hold what the gate calls doubtful for a person; False blocks it instead."""
    undeclared: str = "review"
    """What a reference means of which nobody said whether it shows or sounds like a real person: ``review`` holds the job until its owner or a reviewer
    says; ``refuse`` asks before, by refusing the submit; ``person`` and ``no_person`` count as said so, and the operator answers for it."""
    engines: dict[str, dict[str, Any]] = field(default_factory=lambda: {"native": {}, "animatic": {}, "fake": {}})
    """Engines offered, by name: a built-in one with {}, any other with its ``kind`` and that kind's settings (``engines.registry.Engines``)."""
    models: dict[str, str] = field(default_factory=dict)
    """Model names of callers and the engines they mean; an engine's own name always means itself."""
    route_by: str = "capability"
    """capability | price."""
    fallback: bool = True
    """Another engine may take over before the first accepted submit."""
    prices: Path | None = None
    """Price book; None: the shipped one."""
    keep_days: float = 30.0
    """Finished clips and uploads are deleted after so many days."""
    package: bool = True
    """False leaves HLS, poster, subtitles, watermark, label and signature out: the engine's plain file is published (for load tests)."""
    watermark_key: bytes = b""
    """Key of the invisible watermark; empty: ``home/watermark.key``, made on first use."""
    certificate: Path | None = None
    """Certificate chain that signs provenance; None: a development certificate in ``home``."""
    certificate_key: Path | None = None
    """Its private key (PEM)."""
    certificate_anchors: Path | None = None
    """Authorities (PEM) whose signatures are this service's; None: its own certificate counts, by the authorities in its chain."""
    timestamps: str = ""
    """Address of an RFC 3161 time-stamping service that every signature is sent to; empty: none, and what is signed is called expired with its certificate."""
    max_bytes: int = 20_000_000
    """Size the main file is kept under."""
    fetch_allow: tuple[str, ...] = ()
    """Private hosts that references may be fetched from, as an operator's exception."""
    max_upload: int = 200_000_000
    """Bytes a reference may have."""
    concurrency: int = 2
    """Jobs a worker walks at a time."""
    tenant_concurrency: int = 2
    """Jobs of one tenant at a time, over all workers."""
    queue_poll: float = 0.05
    """Seconds between two looks at the queue at least."""
    queue_idle: float = 0.5
    """Seconds after which a worker looks for what other processes have queued."""
    cancel_poll: float = 0.25
    """Seconds between two looks at the cancel flag while an engine works."""
    engine_poll: float = 2.0
    """Seconds before a remote engine is asked again; doubled up to ``engine_poll_most``."""
    engine_poll_most: float = 30.0
    """Seconds between two questions to a remote engine at most."""
    engine_patience: float = 600.0
    """Seconds a request waits for engines that are busy or away before it fails."""
    heartbeat: float = 5.0
    """Seconds between two heartbeats of a worker."""
    heartbeat_dead: float = 60.0
    """A worker silent for so many seconds is dead: its jobs are taken over."""
    house_patience: float = 300.0
    """Seconds a walk waits in its place for a disk, bucket or database in trouble; then its job waits for another worker."""
    min_free: int = 200_000_000
    """Bytes that must be free on the disk of the scratch folder before a job is taken (a twentieth of a disk smaller than twenty times that)."""
    sweep: float = 600.0
    """Seconds between two retention sweeps of a worker."""
    worker_id: str = ""
    """Stable name of this worker (a pod's name); empty: a new one per process."""
    log_prompts: bool = False
    """Prompts in logs; otherwise only their hashes."""
    otlp: str = ""
    """Address that traces are sent to; empty: none are."""

    @property
    def database(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database_url or sqlite_url(self.home / "phonofilm.db")

    @property
    def files(self) -> str:
        """The bucket's URL, with the default filled in."""
        return self.bucket or (self.home / "files").resolve().as_uri()

    @property
    def scratch(self) -> Path:
        """Folder for work in progress on this machine."""
        return self.home / "scratch"

    def engine_of(self, model: str) -> str:
        """The engine a model's name means, by its exact name or the longest that ends in ``*`` and fits; the name itself where nothing else is set."""
        if model in self.models:
            return self.models[model]
        fits = [name for name in self.models if name.endswith("*") and "/" not in name and model.startswith(name[:-1])]
        return self.models[max(fits, key=len)] if fits else model


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file. A path is no URL: what means something in one (?, %, #) is written so that it means itself."""
    return f"sqlite:///{quote(str(path), safe='/ ')}"
