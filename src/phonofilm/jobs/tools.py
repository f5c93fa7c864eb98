"""What a process holds ready for its walks: what clips are made with, database, bucket, prices. Each is made on first
use and once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from phonofilm.clip.kit import Kit
from phonofilm.engines.base import Engine
from phonofilm.engines.offered import Engines
from phonofilm.jobs.config import Config
from phonofilm.jobs.money.prices import PriceBook
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate

if TYPE_CHECKING:
    from phonofilm.jobs.observe.house import House
    from phonofilm.jobs.store.database import Database
    from phonofilm.storage.bucket import Bucket


class Tools(Kit):
    """What clips are made with, and what a service keeps besides."""

    config: Config

    def __init__(self, config: Config, db: Database, bucket: Bucket) -> None:
        super().__init__(config)
        self.db, self.bucket = db, bucket
        self._lock = threading.RLock()
        self._blocked: tuple[float, list[str]] = (-1e9, [])
        self.hurry: Callable[[], None] = lambda: None
        """Called when messages wait to be delivered."""

    @cached_property
    def house(self) -> House:
        """How this process's disk, bucket and database are."""
        from phonofilm.jobs.observe.house import House

        return House(self.config, self.bucket)

    @cached_property
    def engines(self) -> Engines:
        """Every engine offered: built-in ones by name, others by the settings their entry holds."""
        configured = [
            {"name": name, **settings} for name, settings in self.config.engines.items() if "kind" in settings
        ]
        return Engines(
            configured, only=[name for name, settings in self.config.engines.items() if "kind" not in settings]
        )

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

    @cached_property
    def prices(self) -> PriceBook:
        """The price book."""
        return PriceBook.load(self.config.prices, self.config.engines)

    def price(self, request: Generate, extra: dict[str, Any], *, tokens: int | None = None) -> int:
        """Micro-dollars of a request at its engine; by the tokens a vendor counted, where it did."""
        model = str(extra.get("model", ""))
        if tokens is not None:
            return self.prices.price_tokens(request.engine, request, tokens, model)
        return self.prices.price(request.engine, request, model)

    def blocked(self) -> list[str]:
        """Perceptual hashes of pictures that must not come back; looked up again every half minute."""
        if time.monotonic() - self._blocked[0] > 30.0:
            from sqlalchemy import select

            from phonofilm.jobs.store.tables import BlockedHash

            with self.db.reading() as session:
                self._blocked = (time.monotonic(), list(session.scalars(select(BlockedHash.phash))))
        return self._blocked[1]

    def own(self, tenant: str) -> dict[str, Any]:
        """What the operator has set for this tenant alone."""
        from phonofilm.jobs.store.tables import Tenant

        with self.db.reading() as session:
            row = session.get(Tenant, tenant)
            return dict(row.settings or {}) if row is not None else {}

    def profile(self, tenant: str) -> str:
        """The compliance profile of a tenant's clips: its own, or else the installation's."""
        return str(self.own(tenant).get("profile") or self.config.profile)

    def keep_days(self, tenant: str) -> float:
        """Days a tenant's clips and uploads are kept."""
        own = own_days(self.own(tenant))
        return self.config.keep_days if own is None else own

    def close(self) -> None:
        """Give connections and child processes back."""
        if "engines" in self.__dict__:
            self.engines.close()


def own_days(settings: dict[str, Any] | None) -> float | None:
    """A tenant's own ``retention_days``; None where it has none."""
    own = (settings or {}).get("retention_days")
    return float(own) if isinstance(own, (int, float)) and not isinstance(own, bool) and own >= 0 else None
