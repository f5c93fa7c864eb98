"""What a process holds ready for its walks: engines, prices, policy, keys. Each is made on first use and once."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phonofilm.engines import registry
from phonofilm.engines.base import Engine
from phonofilm.jobs.config import Config
from phonofilm.jobs.prices import PriceBook
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate
from phonofilm.trust.policy import Policy

if TYPE_CHECKING:
    from phonofilm.jobs.database import Database
    from phonofilm.jobs.house import House
    from phonofilm.storage.bucket import Bucket
    from phonofilm.trust.certificates import Signer, Trust


class Tools:
    """Safe to use from several threads. ``db`` is None where no database stands behind the walk (command line, Python)."""

    def __init__(self, config: Config, db: Database | None, bucket: Bucket | None) -> None:
        self.config = config
        self._db = db
        self._bucket = bucket
        self._lock = threading.RLock()
        self._blocked: tuple[float, list[str]] = (-1e9, [])
        self.hurry: Callable[[], None] = lambda: None
        """Called when messages wait to be delivered."""

    @property
    def db(self) -> Database:
        """The database."""
        assert self._db is not None
        return self._db

    @property
    def bucket(self) -> Bucket:
        """Where files are kept."""
        assert self._bucket is not None
        return self._bucket

    @cached_property
    def house(self) -> House:
        """How this process's disk, bucket and database are."""
        from phonofilm.jobs.house import House

        return House(self.config, self.bucket)

    @cached_property
    def policy(self) -> Policy:
        """The gate's policy."""
        return Policy.load(self.config.policy)

    @cached_property
    def classifiers(self) -> tuple[Any, ...]:
        """The classifiers both doors ask."""
        from phonofilm.trust.classifier import build

        setting = self.config.classifiers
        if isinstance(setting, str):
            return build(setting)
        options = self.config.classifier_options
        return build([{"kind": name, **options.get(name, {})} for name in setting])

    @cached_property
    def prices(self) -> PriceBook:
        """The price book."""
        return PriceBook.load(self.config.prices)

    def price(self, request: Generate, extra: dict[str, Any], *, tokens: int | None = None) -> int:
        """Micro-dollars of a request at its engine; by the tokens a vendor counted, where it did."""
        model = str(extra.get("model", ""))
        if tokens is not None:
            return self.prices.price_tokens(request.engine, request, tokens, model)
        return self.prices.price(request.engine, request, model)

    @cached_property
    def engines(self) -> registry.Engines:
        """Every engine offered: built-in ones by name, others by the settings their entry holds."""
        configured = [{"name": name, **settings} for name, settings in self.config.engines.items() if "kind" in settings]
        return registry.Engines(configured, only=[name for name, settings in self.config.engines.items() if "kind" not in settings])

    def engine(self, name: str) -> Engine:
        """The engine of that name with the operator's settings. Raises RequestError for one that is not offered."""
        with self._lock:
            return self.engines.get(name)

    def made_engines(self) -> dict[str, Engine]:
        """Those in use so far, by name."""
        return dict(self.engines._made) if "engines" in self.__dict__ else {}

    def capabilities(self) -> list[Capability]:
        """What every engine offered can do; one whose package is absent is left out."""
        with self._lock:
            return self.engines.capabilities()

    def blocked(self) -> list[str]:
        """Perceptual hashes of pictures that must not come back; looked up again every half minute."""
        if self._db is None:
            return []
        if time.monotonic() - self._blocked[0] > 30.0:
            from sqlalchemy import select

            from phonofilm.jobs.tables import BlockedHash

            with self._db.reading() as session:
                self._blocked = (time.monotonic(), list(session.scalars(select(BlockedHash.phash))))
        return self._blocked[1]

    def own(self, tenant: str) -> dict[str, Any]:
        """What the operator has set for this tenant alone; empty where no database stands behind the walk."""
        if self._db is None:
            return {}
        from phonofilm.jobs.tables import Tenant

        with self._db.reading() as session:
            row = session.get(Tenant, tenant)
            return dict(row.settings or {}) if row is not None else {}

    def profile(self, tenant: str) -> str:
        """The compliance profile of a tenant's clips: its own, or else the installation's."""
        return str(self.own(tenant).get("profile") or self.config.profile)

    def keep_days(self, tenant: str) -> float:
        """Days a tenant's clips and uploads are kept."""
        own = own_days(self.own(tenant))
        return self.config.keep_days if own is None else own

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
        return Signer.load(config.certificate, key, anchors=config.certificate_anchors, timestamps=config.timestamps or None)

    @cached_property
    def trust(self) -> Trust:
        """Whose signatures the reader takes for whole and ours."""
        from phonofilm.trust.certificates import trust

        return trust(self.config.home, self.config.certificate, self.config.certificate_anchors)

    def close(self) -> None:
        """Give connections and child processes back."""
        if "engines" in self.__dict__:
            self.engines.close()


def own_days(settings: dict[str, Any] | None) -> float | None:
    """A tenant's own ``retention_days``; None where it has none."""
    own = (settings or {}).get("retention_days")
    return float(own) if isinstance(own, (int, float)) and not isinstance(own, bool) and own >= 0 else None


def secret_file(path: Path, count: int = 32) -> bytes:
    """A random key that is made on first use and readable by its owner alone. Two processes that start at once agree on one."""
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
