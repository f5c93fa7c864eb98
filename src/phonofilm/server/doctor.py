"""What an installation still lacks before strangers rely on it. Looks at the running parts and the settings; changes
nothing but a trial file that goes."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from phonofilm.errors import PhonofilmError
from phonofilm.jobs.library import lookup
from phonofilm.jobs.observe import audit
from phonofilm.jobs.observe.house import House
from phonofilm.jobs.store.database import Database, now
from phonofilm.jobs.store.tables import Delivery, Review, Webhook
from phonofilm.jobs.tools import Tools
from phonofilm.media.packaging import ffmpeg
from phonofilm.server.routes.studio import BUILT
from phonofilm.server.settings import Settings
from phonofilm.storage.bucket import Bucket
from phonofilm.trust.certificates import Signer
from phonofilm.trust.classify.classifier import Nothing

log = logging.getLogger("phonofilm.server")
Level = Literal["ok", "advice", "wrong"]
SOON = timedelta(days=30)
"""A certificate that ends sooner is told of."""
LATE = 3_600.0
"""Seconds after which a message that is still to be delivered, and is due, is told of."""
WAITING = 86_400.0
"""The same of a case that waits for a reviewer."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the list."""

    part: str
    level: Level
    text: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Everything there is to say about the installation of ``settings``, in the order of the list."""
    found = [*_home(settings), *_address(settings)]
    config = settings.config()
    url = make_url(config.database)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        return [
            *found,
            Finding(
                part="database",
                level="wrong",
                text="nothing has been started here yet",
                remedy="start it once: phonofilm serve",
            ),
        ]
    try:
        db, bucket = Database(config.database), Bucket.open(config.files)
    except PhonofilmError as error:
        return [*found, Finding(part="database", level="wrong", text=str(error), remedy="see database_url and bucket")]
    try:
        here = list(_database(db, settings))
        found += here
        if all(one.level != "wrong" for one in here):
            found += [*_workers(db, settings), *_records(db)]
        house = House(config, bucket)
        for part, wrong in house.look().items():
            remedy = {"disk": "make room, or see home and min_free", "bucket": "see bucket and its access keys"}[part]
            found.append(_said(part, wrong, "a trial write came back", remedy))
        tools = Tools(config, db, bucket)
        return [*found, *_certificate(settings), *_moderation(tools, settings), *_engines(tools), *_programs()]
    finally:
        db.close()


def _said(part: str, wrong: str, well: str, remedy: str) -> Finding:
    return Finding(part=part, level="wrong" if wrong else "ok", text=wrong or well, remedy=remedy if wrong else "")


def _home(settings: Settings) -> Iterator[Finding]:
    home = settings.home.expanduser()
    secrets = [home / name for name in ("secret.key", "watermark.key", "phonofilm.toml", "certificates/signer.key")]
    open_ones = [path.name for path in secrets if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o044]
    if open_ones:
        yield Finding(
            part="home",
            level="wrong",
            text=f"other users of this machine may read {', '.join(open_ones)}",
            remedy="chmod 600 them",
        )
    else:
        yield Finding(part="home", level="ok", text="its secrets are readable for their owner alone")


def _address(settings: Settings) -> Iterator[Finding]:
    alone = settings.host in ("127.0.0.1", "::1", "localhost")
    if settings.public_url.startswith("https://"):
        yield Finding(part="address", level="ok", text=f"clients come by {settings.public_url}")
    elif alone:
        yield Finding(part="address", level="ok", text="it listens to this machine alone")
    else:
        remedy = 'put a proxy with TLS before it and set public_url = "https://..." and trusted_proxies'
        yield Finding(
            part="address",
            level="wrong",
            text="it is served as plain HTTP: keys and clips can be read on the way",
            remedy=remedy,
        )
    if settings.public_url and not settings.trusted_proxies and not alone:
        remedy = 'trusted_proxies = ["address of the proxy"]'
        yield Finding(
            part="address",
            level="advice",
            text="every caller looks like the proxy: limits by address count all as one",
            remedy=remedy,
        )


def _database(db: Database, settings: Settings) -> Iterator[Finding]:
    try:
        lookup.alive(db)
        current, head = db.versions()
    except SQLAlchemyError as error:
        log.debug("the database does not answer: %s", error)
        yield Finding(
            part="database", level="wrong", text="it does not answer", remedy="see database_url, and whether it runs"
        )
        return
    if current != head:
        text = f"its tables are those of another version ({current or 'none'}, not {head})"
        yield Finding(part="database", level="wrong", text=text, remedy="start this version's server once")
        return
    yield Finding(part="database", level="ok", text="it answers, and its tables are this version's")
    if db.sqlite and not settings.worker:
        remedy = 'database_url = "postgresql+psycopg://..." for more'
        yield Finding(
            part="database", level="advice", text="SQLite serves the processes of one machine only", remedy=remedy
        )
    if not db.sqlite and settings.limits_storage.startswith("memory:"):
        remedy = 'limits_storage = "redis://..." where there are several'
        yield Finding(part="limits", level="advice", text="each server counts requests for itself", remedy=remedy)


def _workers(db: Database, settings: Settings) -> Iterator[Finding]:
    beating = [one for one in lookup.workers(db) if one.heartbeat > now() - settings.heartbeat_dead]
    remedy = "phonofilm serve (with its own worker) or phonofilm worker"
    yield _said(
        "workers", "" if beating else "none has been heard of lately: jobs wait", f"{len(beating)} at work", remedy
    )


def _records(db: Database) -> Iterator[Finding]:
    broken, _ = audit.check(db)
    remedy = "compare with a back-up: somebody changed the records, or lost part of them"
    yield _said(
        "audit log",
        "" if broken is None else f"entry {broken} is not what was written",
        "every entry is what was written",
        remedy,
    )
    with db.reading() as session:
        old = (Delivery.state == "pending") & (Delivery.created < now() - LATE)
        late = session.scalar(select(func.count()).select_from(Delivery).where(old)) or 0
        off = session.scalar(select(func.count()).select_from(Webhook).where(Webhook.disabled.is_not(None))) or 0
        undecided = (Review.state != "decided") & (Review.created < now() - WAITING)
        waiting = session.scalar(select(func.count()).select_from(Review).where(undecided)) or 0
    if late or off:
        text = f"{late} messages have waited for more than an hour, {off} addresses are switched off"
        yield Finding(
            part="webhooks", level="advice", text=text, remedy="their receivers do not answer: GET /v1/webhooks"
        )
    else:
        yield Finding(part="webhooks", level="ok", text="nothing waits")
    if waiting:
        remedy = "the studio's console decides them"
        yield Finding(
            part="reviews",
            level="advice",
            text=f"{waiting} cases have waited for a person for more than a day",
            remedy=remedy,
        )


def _certificate(settings: Settings) -> Iterator[Finding]:
    if settings.certificate is None or settings.certificate_key is None:
        remedy = "certificate and certificate_key: one that names you, from an authority that others trust"
        yield Finding(
            part="certificate",
            level="advice",
            text="clips are signed by a development certificate that nobody else trusts",
            remedy=remedy,
        )
    else:
        try:
            signer = Signer.load(settings.certificate, settings.certificate_key, anchors=settings.certificate_anchors)
        except PhonofilmError as error:
            yield Finding(
                part="certificate", level="wrong", text=str(error), remedy="see certificate and certificate_key"
            )
            return
        end = x509.load_pem_x509_certificates(signer.chain)[0].not_valid_after_utc
        if end - datetime.now(UTC) < SOON:
            yield Finding(part="certificate", level="wrong", text=f"it ends on {end:%Y-%m-%d}", remedy="renew it")
        else:
            yield Finding(part="certificate", level="ok", text=f"{signer.subject()}, until {end:%Y-%m-%d}")
    if not settings.timestamps:
        remedy = "timestamps: the address of an RFC 3161 service"
        yield Finding(
            part="certificate",
            level="advice",
            text="without time stamps every file is called expired when the certificate ends",
            remedy=remedy,
        )


def _moderation(tools: Tools, settings: Settings) -> Iterator[Finding]:
    if settings.classifiers == "none":
        remedy = 'classifiers = "default", or checkers of your own'
        yield Finding(part="moderation", level="wrong", text="nothing but word lists is asked", remedy=remedy)
        return
    try:
        asked = tools.classifiers
        _ = tools.policy
    except PhonofilmError as error:
        yield Finding(
            part="moderation", level="wrong", text=str(error), remedy="see classifiers, classifier_options and policy"
        )
        return
    if any(isinstance(one, Nothing) for one in asked):
        yield Finding(
            part="moderation",
            level="advice",
            text="no checker looks at pictures",
            remedy="pip install 'phonofilm[moderation]'",
        )
    else:
        yield Finding(part="moderation", level="ok", text=", ".join(type(one).__name__ for one in asked))
    if not settings.review:
        remedy = "review = true, and somebody who decides"
        yield Finding(
            part="moderation", level="advice", text="what is doubtful is refused, for no person is asked", remedy=remedy
        )


def _engines(tools: Tools) -> Iterator[Finding]:
    for name in tools.engines.names():
        try:
            tools.engine(name)
        except PhonofilmError as error:
            yield Finding(part="engines", level="wrong", text=str(error), remedy="or leave it out of engines")


def _programs() -> Iterator[Finding]:
    yield _advised(
        "studio",
        (BUILT / "index.html").is_file(),
        "it is built",
        "it is not built: / shows no page",
        "make studio, or install a wheel",
    )
    try:
        lacks = "not found: streams have one size instead of two"
        yield _advised(
            "ffmpeg", ffmpeg.find() is not None, "found", lacks, "install ffmpeg 6 or newer, or imageio-ffmpeg"
        )
    except PhonofilmError as error:
        yield Finding(part="ffmpeg", level="wrong", text=str(error))


def _advised(part: str, good: bool, well: str, lacks: str, remedy: str) -> Finding:
    return Finding(
        part=part, level="ok" if good else "advice", text=well if good else lacks, remedy="" if good else remedy
    )
