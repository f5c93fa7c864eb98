"""Settings of an installation: command line, then environment (PHONOFILM_...), then ``phonofilm.toml`` in its home,
then these defaults."""

from __future__ import annotations

import os
import secrets
import tomllib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from phonofilm.errors import RequestError
from phonofilm.jobs.config import UNCONFIGURED, Config

FILE = "phonofilm.toml"


class Settings(BaseSettings):
    """Everything the server and its workers can be told. Lists and tables come from the environment as JSON. What jobs
    need of it is explained in ``jobs.config``; ``phonofilm settings`` tells all of it."""

    model_config = SettingsConfigDict(env_prefix="PHONOFILM_", extra="forbid", frozen=True, hide_input_in_errors=True)

    home: Path = Path("~/.phonofilm")
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(8600, ge=0, le=65535)
    """Port to listen on; 0 picks a free one."""
    public_url: str = ""
    """Where clients reach the service; empty: the address it listens on."""
    worker: bool = True
    """Walk jobs in this process; False where separate workers do."""
    database_url: str = Field("", repr=False)
    bucket: str = Field("", repr=False)
    provider: str = Field("Phonofilm", min_length=1, max_length=200)
    profile: Literal["eu", "cn", "us-ca", "none"] = "eu"
    classifiers: tuple[str, ...] | str = "default"
    classifier_options: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)
    policy: Path | None = None
    review: bool = True
    undeclared: Literal["review", "refuse", "person", "no_person"] = "review"
    engines: dict[str, dict[str, Any]] = Field({name: {} for name in UNCONFIGURED}, repr=False)
    models: dict[str, str] = Field(default_factory=dict)
    """Model names and the engines they mean, over the shipped map."""
    flags: Path | None = None
    """A file of flags in flagd's form: models whose engine it switches (phonofilm rollout does it in steps)."""
    default_model: str = "native"
    """What a native request without ``model`` gets."""
    route_by: Literal["capability", "price"] = "capability"
    fallback: bool = True
    prices: Path | None = None
    cost_cap: float | None = Field(None, gt=0, le=1e6, allow_inf_nan=False)
    keep_days: float = Field(30.0, gt=0)
    package: bool = True
    certificate: Path | None = None
    certificate_key: Path | None = None
    certificate_anchors: Path | None = None
    timestamps: str = Field("", pattern=r"^(https?://\S+)?$")
    max_bytes: int = Field(20_000_000, gt=0)
    fetch_allow: tuple[str, ...] = ()
    max_upload: int = Field(200_000_000, gt=0)
    """Bytes one uploaded file may have."""
    max_body: int = Field(67_108_864, gt=0)
    """Bytes of any other body (64 MiB: references may come as data URIs)."""
    concurrency: int = Field(2, ge=1)
    tenant_concurrency: int = Field(2, ge=1)
    queue_poll: float = Field(0.05, gt=0)
    queue_idle: float = Field(0.5, gt=0)
    cancel_poll: float = Field(0.25, gt=0)
    engine_poll: float = Field(2.0, gt=0)
    engine_poll_most: float = Field(30.0, gt=0)
    engine_patience: float = Field(600.0, ge=0)
    heartbeat: float = Field(5.0, gt=0)
    heartbeat_dead: float = Field(60.0, gt=0)
    house_patience: float = Field(300.0, ge=0)
    min_free: int = Field(200_000_000, ge=0)
    sweep: float = Field(600.0, gt=0)
    worker_id: str = ""
    requests_per_minute: int = Field(30, ge=0)
    """Submits per user and minute, of which one click of the studio may send four; 0: no limit."""
    uploads_per_minute: int = Field(120, ge=0)
    """Uploads per user and minute; 0: no limit."""
    visits_per_minute: int = Field(10, ge=0)
    """Verifications and reports per address and minute, of callers without a key; 0: no limit."""
    previews_per_minute: int = Field(60, ge=0)
    """Animatic previews per user and minute; 0: no limit."""
    preview_processes: int = Field(2, ge=1, le=64)
    """Previews drawn at a time, each in a process of its own that starts when it is needed."""
    looks_per_minute: int = Field(120, ge=0)
    """Visits of shared links per address and minute; 0: no limit."""
    notes_per_minute: int = Field(6, ge=0)
    """Notes left over shared links per address and minute, refused ones too; 0: no limit."""
    sign_ins_per_minute: int = Field(60, ge=0)
    """Sign-ins per address and minute, failed ones too; 0: no limit."""
    session_hours: float = Field(168.0, gt=0)
    """How long a browser stays signed in."""
    limits_storage: str = Field("memory://", repr=False)
    """``redis://...`` where several servers share the count."""
    secret: SecretStr = SecretStr("")
    """Signs media links; servers of one installation need the same. Empty: ``home/secret.key``, made on first use."""
    watermark_key: SecretStr = SecretStr("")
    """Key of the invisible watermark, as hexadecimal; empty: ``home/watermark.key``."""
    link_seconds: int = Field(86_400, ge=1)
    """How long a link to a file works."""
    store_links: int = Field(0, ge=0, le=3600)
    """Seconds for which a request for a file may be sent on to a cloud bucket's own link, which nobody can take back
    meanwhile; 0: files come from here."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody's by
    default."""
    cors_origins: tuple[str, ...] = ()
    """Web pages of other origins that may call the API; none by default."""
    events_poll: float = Field(1.0, gt=0)
    """Seconds after which followed jobs are looked at for what other processes did; of this process's doing streams
    hear at once."""
    events_heartbeat: float = Field(15.0, gt=0)
    """Seconds of silence after which an event stream says that it lives."""
    log_prompts: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Lines of the log from this level on."""
    otlp: str = ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, file."""
        home = init_settings().get("home") or os.environ.get("PHONOFILM_HOME") or cls.model_fields["home"].default
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, toml_file=Path(home).expanduser() / FILE),
        )

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Settings from every source; what is None in ``given`` counts as not given. Raises RequestError naming the
        setting."""
        try:
            settings = cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise RequestError(
                f"setting '{name}' is not right: {first['msg']}; mend it in {FILE}, PHONOFILM_{name.upper()} or the"
                " command"
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RequestError(f"{FILE} cannot be read: {error}; mend the file") from error
        except Exception as error:  # pydantic-settings wraps what JSON in the environment it cannot read
            if type(error).__name__ != "SettingsError":
                raise
            raise RequestError(f"{error}; lists and tables in the environment are JSON") from error
        home = settings.home.expanduser().absolute()
        return settings.model_copy(update={"home": home})

    def at(self, host: str, port: int) -> Self:
        """The same settings, once the address is known. ``public_url`` stays as set: where it is not, links begin with
        the address each caller asked."""
        return self.model_copy(update={"host": host, "port": port})

    def reached(self) -> str:
        """Where clients reach the service, as far as it knows: the public address, else the one it listens on. Links
        told to nobody in particular (webhooks) begin so."""
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::") else f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{shown}:{self.port}"

    def config(self) -> Config:
        """What jobs and workers need of it."""
        same = {name: getattr(self, name) for name in Config.__dataclass_fields__}
        same["public_url"] = self.reached()
        same["watermark_key"] = _hexadecimal(self.watermark_key.get_secret_value())
        same["models"] = self.model_map()
        return Config(**same)

    def model_map(self) -> dict[str, str]:
        """Every model name that means an engine of another name: the shipped map, then the operator's."""
        shipped: dict[str, str] = {}
        path = Path(__file__).parent / "models.toml"
        if path.exists():
            table = tomllib.loads(path.read_text())
            shipped = {
                str(name): str(engine) for name, engine in table.get("models", table).items() if isinstance(engine, str)
            }
        return shipped | self.models

    def signing_key(self) -> bytes:
        """The secret behind media links."""
        given = self.secret.get_secret_value()
        return given.encode() if given else keep_secret(self.home / "secret.key")


def keep_secret(path: Path) -> bytes:
    """A random secret kept in a file of this user alone; made on first use, safe when two processes start at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.new")
    if not path.exists():
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        try:
            os.link(fresh, path)  # fails where another process was first
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes().strip()


def _hexadecimal(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise RequestError(
            "setting 'watermark_key' is not right: it is hexadecimal; give an even number of 0-9 a-f"
        ) from None
