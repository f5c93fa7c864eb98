"""What a request costs, before it is made: a versioned book of rates, in whole micro-dollars.

A request for which the book has no rate is refused, never given away: a silent zero is how budgets stop meaning
anything.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_UP, Decimal
from importlib import resources
from pathlib import Path
from typing import Any

from phonofilm.errors import RequestError
from phonofilm.jobs.codes import JobError
from phonofilm.spec import clock, media
from phonofilm.spec.request import Generate

MICRO = 1_000_000
"""Micro-dollars of a dollar."""
MOST_INPUT = 15.0
"""Seconds of clips a request may bring along, taken as given where their true length is not known yet."""
_KEYS = {"by", "usd", "usd_with_video", "silent", "input", "sizes", "model", "models", "like"}


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What one model of one engine costs."""

    by: str
    """second | token."""
    usd: dict[str, Decimal]
    """Per finished second, or per million tokens, by resolution."""
    usd_with_video: dict[str, Decimal]
    """The same where a clip is brought along; empty: no difference."""
    silent: Decimal = Decimal(1)
    input: Decimal = Decimal(0)
    sizes: str | None = None
    """Whose table of widths and heights the vendor bills by."""

    def per(self, resolution: str, with_video: bool) -> Decimal | None:
        """The rate for a resolution, or None where there is none."""
        table = self.usd_with_video if with_video and self.usd_with_video else self.usd
        return table.get(resolution.lower())


@dataclass(frozen=True, kw_only=True)
class PriceBook:
    """Rates of every engine and model. ``version`` is written on each job, so that a bill can be explained later."""

    version: str
    rates: dict[str, dict[str, Rate]] = field(default_factory=dict)
    """engine -> model -> rate; "" is the engine's own."""
    entries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The operator's engines by name: their ``kind`` has the rates where the name has none of its own, and their
    ``model`` is the one that is billed."""

    @classmethod
    def load(cls, path: Path | None = None, entries: Mapping[str, Mapping[str, Any]] | None = None) -> PriceBook:
        """The shipped book, with the engines of the operator's file over it; ``entries`` are the engines configured.
        Raises RequestError naming what the file has wrong."""
        return replace(cls._whole(path), entries=entries or {})

    @classmethod
    def _whole(cls, path: Path | None) -> PriceBook:
        shipped = tomllib.loads(
            (resources.files("phonofilm.jobs.money") / "books" / "prices.toml").read_text(encoding="utf-8")
        )
        if path is None:
            return cls._read(shipped, "the shipped price book")
        try:
            own = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise RequestError(
                f"the price book {path} cannot be read ({error.strerror}); correct the setting 'prices'"
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RequestError(f"the price book {path} is no valid TOML: {error}") from error
        if not isinstance(own.get("version"), str) or not own["version"]:
            raise RequestError(f'the price book {path} has no version; write version = "..." at its top')
        engines = own.get("engines", {})
        whole = {**own, "engines": {**shipped["engines"], **engines} if isinstance(engines, dict) else engines}
        return cls._read(whole, f"the price book {path}")

    @classmethod
    def _read(cls, data: dict[str, Any], name: str) -> PriceBook:
        tables = data.get("engines", {})
        if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
            raise RequestError(f"{name}: 'engines' must hold one table per engine")
        return cls(
            version=data["version"],
            rates={engine: _models(engine, table, tables, name) for engine, table in tables.items()},
        )

    def rate(self, engine: str, model: str = "") -> Rate:
        """The rate of a model at an engine. A dated vendor name (``dreamina-seedance-2-0-fast-260128``) finds the
        longest name it holds.

        An engine without rates under its own name has those of its kind; named ``ark-...`` or ``diffusers:...``, of the
        first part.
        """
        entry = self.entries.get(engine, {})
        first = engine.replace(":", "-").replace("_", "-").split("-")[0]
        known = self.rates.get(engine) or self.rates.get(str(entry.get("kind", ""))) or self.rates.get(first)
        if known is None:
            told = (
                f"no price for engine {engine}; add it to the file that the setting prices names: [engines.{engine}]"
                ' like = "ark", or rates of its own'
            )
            raise JobError("no_engine", f"the price book {self.version} has {told}", field="model")
        model = str(entry.get("model") or model)  # what is ordered of the vendor, whatever the caller calls it
        held = [name for name in known if name and name in model]
        return known[max(held, key=len)] if held else known[""]

    def price(self, engine: str, request: Generate, model: str = "", *, input_seconds: float | None = None) -> int:
        """Micro-dollars of a request. ``input_seconds`` is the length of the clips brought along; None: as long as they
        may be."""
        rate = self.rate(engine, model)
        brought = _input_seconds(request, input_seconds)
        per = rate.per(request.resolution, brought > 0)
        if per is None:
            offered = ", ".join(rate.usd)
            raise JobError(
                "invalid_parameter",
                f"{model or engine} has no price at {request.resolution}; choose one of {offered}",
                field="resolution",
            )
        if rate.by == "token":
            cost = per * tokens(request, brought, rate.sizes) / MICRO
        else:
            cost = per * (Decimal(str(request.seconds)) + rate.input * Decimal(str(brought)))
        return _micro(cost * (Decimal(1) if request.sound else rate.silent))

    def price_tokens(self, engine: str, request: Generate, used: int, model: str = "") -> int:
        """Micro-dollars of the tokens a vendor says it used; of an engine billed by the second, the price of the
        request."""
        rate = self.rate(engine, model)
        per = rate.per(request.resolution, _input_seconds(request, None) > 0)
        if rate.by != "token" or per is None:
            return self.price(engine, request, model)
        return _micro(per * used / MICRO * (Decimal(1) if request.sound else rate.silent))


def tokens(request: Generate, input_seconds: float = 0.0, sizes: str | None = None) -> int:
    """Tokens as the Seedance vendors bill them: frames x width x height / 1024.

    5 s at 720p 16:9 are 108,900. With clips brought along their frames count too, but at least 24 x ceil(5 d / 3) are
    billed.
    """
    width, height = media.size(request.resolution, request.ratio, sizes)
    frames = round(clock.FPS * (request.seconds + input_seconds)) + 1
    if input_seconds > 0:
        frames = max(frames, clock.FPS * math.ceil(5 * request.seconds / 3))
    return frames * width * height // 1024


def _input_seconds(request: Generate, known: float | None) -> float:
    if not any(reference.kind == "video" for reference in request.references):
        return 0.0
    return MOST_INPUT if known is None else known


def _micro(usd: Decimal) -> int:
    """Rounded up: a reserve must not fall short of the bill by a fraction."""
    return int((usd * MICRO).to_integral_value(ROUND_UP))


def _models(engine: str, table: dict[str, Any], tables: dict[str, Any], name: str) -> dict[str, Rate]:
    where = f"{name}, engine {engine}"
    if not isinstance(table.get("models", {}), dict) or not all(
        isinstance(own, dict) for own in table.get("models", {}).values()
    ):
        raise RequestError(f"{where}: 'models' must hold one table per model")
    if "like" in table:
        other = table["like"]
        if other not in tables or "like" in tables[other]:
            raise RequestError(f'{where}: like = "{other}" names no engine with rates of its own')
        table = {**tables[other], **{key: value for key, value in table.items() if key != "like"}}
    models = {key: _rate({**table, **own}, f"{where}, model {key}") for key, own in table.get("models", {}).items()}
    if "usd" in table:
        return {"": _rate(table, where), **models}
    default = table.get("model", "")
    if default not in models:
        raise RequestError(f'{where}: give usd = {{...}}, or models and which of them is the usual one (model = "...")')
    return {"": models[default], **models}


def _rate(table: dict[str, Any], where: str) -> Rate:
    if unknown := sorted(set(table) - _KEYS):
        raise RequestError(f"{where}: '{unknown[0]}' means nothing here; use {', '.join(sorted(_KEYS))}")
    if table.get("by") not in ("second", "token"):
        raise RequestError(f'{where}: by must be "second" or "token"')
    sizes = table.get("sizes")
    return Rate(
        by=table["by"],
        usd=_numbers(table.get("usd"), f"{where}, usd"),
        usd_with_video=_numbers(table.get("usd_with_video", {}), f"{where}, usd_with_video"),
        silent=_number(table.get("silent", 1), f"{where}, silent"),
        input=_number(table.get("input", 0), f"{where}, input"),
        sizes=sizes,
    )


def _numbers(table: Any, where: str) -> dict[str, Decimal]:
    if not isinstance(table, dict):
        raise RequestError(f'{where} must name a price per resolution, as in {{ "480p" = 0.01 }}')
    if unknown := [name for name in table if name not in media.RESOLUTIONS]:
        raise RequestError(f"{where}: there is no resolution '{unknown[0]}'; use {', '.join(media.RESOLUTIONS)}")
    return {name: _number(value, f"{where} at {name}") for name, value in table.items()}


def _number(value: Any, where: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise RequestError(f"{where} must be a number from 0 up, not {value!r}")
    return Decimal(str(value))
