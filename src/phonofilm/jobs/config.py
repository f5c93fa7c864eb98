"""What jobs and workers need to know, as plain values. The server's settings make one of these."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from phonofilm.clip.kit import ClipConfig

UNCONFIGURED = ("native", "animatic", "fake")
"""Engines that a service offers which was told of none."""


@dataclass(frozen=True, kw_only=True)
class Config(ClipConfig):
    """Everything a service or a worker needs; frozen, so that two parts never see different values."""

    database_url: str = ""
    """``sqlite:///...`` or ``postgresql+psycopg://...``; empty: ``home/phonofilm.db``."""
    bucket: str = ""
    """``file:///dir`` or ``s3://bucket/prefix?endpoint=...``; empty: ``home/files``."""
    public_url: str = "http://127.0.0.1:8600"
    """Where clients reach the service, without a slash at the end."""
    review: bool = True
    """Hold what the gate calls doubtful for a person; False blocks it instead."""
    engines: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in UNCONFIGURED})
    """Engines offered, by name: a built-in one with {}, any other with its ``kind`` and that kind's settings
    (``engines.offered.Engines``)."""
    models: dict[str, str] = field(default_factory=dict)
    """Model names of callers and the engines they mean; an engine's own name always means itself."""
    route_by: str = "capability"
    """capability | price."""
    fallback: bool = True
    """Another engine may take over before the first accepted submit."""
    prices: Path | None = None
    """Price book; None: the shipped one."""
    cost_cap: float | None = None
    """Dollars that a generation may cost, failures included: the owner's numbers are held against it, and above 120 %
    of it the alert GenerationCost goes off. Nothing is refused. None: no cap."""
    keep_days: float = 30.0
    """Finished clips and uploads are deleted after so many days."""
    package: bool = True
    """False leaves HLS, poster, subtitles, watermark, label and signature out: the engine's plain file is published
    (for load tests)."""
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
    """Seconds a walk waits in its place for a disk, bucket or database in trouble; then its job waits for another
    worker."""
    min_free: int = 200_000_000
    """Bytes that must be free on the disk of the scratch folder before a job is taken (a twentieth of a disk smaller
    than twenty times that)."""
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
    def cap(self) -> int | None:
        """``cost_cap`` in micro-dollars."""
        return None if self.cost_cap is None else max(1, round(self.cost_cap * 1e6))

    @property
    def files(self) -> str:
        """The bucket's URL, with the default filled in."""
        return self.bucket or (self.home / "files").resolve().as_uri()

    @property
    def scratch(self) -> Path:
        """Folder for work in progress on this machine."""
        return self.home / "scratch"

    def engine_of(self, model: str) -> str:
        """The engine a model's name means, by its exact name or the longest that ends in ``*`` and fits; the name
        itself where nothing else is set."""
        if model in self.models:
            return self.models[model]
        fits = [name for name in self.models if name.endswith("*") and "/" not in name and model.startswith(name[:-1])]
        return self.models[max(fits, key=len)] if fits else model


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file. A path is no URL: what means something in one (?, %, #) is written so that it means
    itself."""
    return f"sqlite:///{quote(str(path), safe='/ ')}"
