"""What of a vendor's talk may be kept in a file: its shape, the words that say where a task stands, and nothing that
opens a door or names an account.

Text is kept by name and left out otherwise (a new field of the vendor's is unknown, so it is not kept); numbers are
left out where their name says whose they are, or where they are long and no times or counts. What is kept is looked
through for the engine's key in any of its spellings and for what looks like one. Values that an engine must meet again
(a task's id, a file's address, the tag of a submit) become stand-ins: ``{task 1}``, ``{file 1}``, ``{tag}``.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

import httpx2

from phonofilm.engines.remote.calls import JSON_BYTES

TEXT, HIDDEN, NUMBER = "{text}", "{hidden}", "{number}"
"""Stand for text that is not kept, for what looks like a secret, and for a long number inside a text."""
KEPT = frozenset(
    "status state code type param object model role resolution ratio size quality seconds duration task_type "
    "omni_reference_task_type service_tier message detail reason text prompt fps num_frames width height seed "
    "num_inference_steps guidance_scale generate_audio".split()
)
"""Fields whose text is kept, once it was looked through. Forms send numbers and switches as text, hence their names."""
TAGS = frozenset({"safety_identifier"})
"""Fields in which a submit carries its tag, which the vendor tells back."""
_WHOSE = re.compile(
    r"(^|_)(id|ids|account|user|uid|uin|tenant|owner|org|organi[sz]ation|project|team|customer|client|phone|key|secret|token)(_|$)",
    re.I,
)
_COUNTED = re.compile(r"(_tokens|_at|_time|_ms|bytes|created|updated|expires|size)$")
_SECRETS = (
    re.compile(r"\bBearer\s+\S+", re.I),
    re.compile(r"\b(?:sk|pk|rk|ak|ark|ep|xox[a-z]|gh[a-z]|hf|key|tok)[-_][A-Za-z0-9_-]{8,}", re.I),
    re.compile(r"\b(?:AKIA|ASIA|AKLT|AIza)[A-Za-z0-9_-]{8,}"),
    re.compile(r"\beyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*"),
    re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z0-9+/=_-]*\d)(?=[A-Za-z0-9+/=_-]*[A-Za-z])[A-Za-z0-9+/=_-]{24,}"),
)
_LONG_NUMBER, _ADDRESS, _DATA = (
    re.compile(r"\d{6,}"),
    re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.I),
    re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,", re.I),
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class Scrubber:
    """Of one recording: it remembers which stand-in is whose. ``secrets`` are texts known to be secret (the engine's
    key); ``base_url`` is the vendor's.
    """

    def __init__(self, base_url: str, secrets: Iterable[str] = ()) -> None:
        self.base = httpx2.URL(base_url)
        self._known = sorted(
            {form for secret in secrets if len(secret) >= 4 for form in _spellings(secret)}, key=len, reverse=True
        )
        self._stands: dict[str, str] = {}
        self._files: dict[tuple[str, str], int] = {}

    def text(self, text: str) -> str:
        """``text`` without what opens a door: keys, addresses, long numbers, what looks like a token, and mail
        addresses.
        """
        for form in self._known:
            text = text.replace(form, HIDDEN)
        text = _ADDRESS.sub("{address}", text)
        text = _MAIL.sub(HIDDEN, text)
        for pattern in _SECRETS:
            text = pattern.sub(HIDDEN, text)
        return _LONG_NUMBER.sub(NUMBER, text)

    def task(self, vendor_id: str) -> None:
        """From here on this id is ``{task n}``."""
        if vendor_id not in self._stands:
            self._stands[vendor_id] = f"{{task {1 + sum(name.startswith('{task') for name in self._stands.values())}}}"

    def value(self, value: Any, name: str = "") -> Any:
        """A JSON value of the same shape, to be kept. ``name`` is the field it is in."""
        if isinstance(value, dict):
            return {self.text(key): self.value(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self.value(one, name) for one in value]
        if isinstance(value, str):
            return self._string(value, name)
        if isinstance(value, bool) or value is None:
            return value
        hidden = _WHOSE.search(_parted(name)) or (abs(value) >= 1_000_000 and not _COUNTED.search(name))
        return type(value)(0) if hidden else value

    def _string(self, value: str, name: str) -> str:
        if name in TAGS and value:
            self._stands.setdefault(value, "{tag}")
        if value in self._stands:
            return self._stands[value]
        if found := _DATA.match(value):
            return f"{{data {found[1]}, {len(value)} characters}}"
        if value.startswith(("http://", "https://")):
            return self.file(value)
        return self.text(value) if name in KEPT or not value else TEXT

    def file(self, url: str, host: str = "") -> str:
        """The stand-in of a file's address, whatever its query; ``host`` where the address names a number in its
        place.
        """
        return f"{{file {self._files.setdefault(_where(url, host), len(self._files) + 1)}}}"

    def path(self, url: str, host: str = "") -> str:
        """What was asked for: the path under the vendor's address, or the stand-in of a file elsewhere. Pieces that are
        neither words nor stand-ins are left out.
        """
        at, path = _where(url, host)
        own = self.base.path.rstrip("/")
        if (at, path) in self._files or at != self.base.netloc.decode() or not f"{path}/".startswith(f"{own}/"):
            return self.file(url, host)
        pieces = (unquote(one) for one in path.removeprefix(own).split("/"))
        return "/".join(
            self._stands.get(one) or (one if re.fullmatch(r"[a-z_]*|v\d+", one) else TEXT) for one in pieces
        )

    def query(self, url: str) -> dict[str, str]:
        """Names of the query; values only where they are short numbers (a page), for a signature is in a query."""
        return {
            self.text(name): value if value.isdigit() and len(value) <= 4 else TEXT
            for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)
        }

    def body(self, body: bytes, kind: str) -> dict[str, Any] | None:
        """A body as it is kept: JSON and forms by their fields, anything else by its length alone (``{"bytes":
        n}``).
        """
        if kind.startswith("multipart/"):
            return {"form": self._form(body, kind)}
        if not body:
            return None
        try:
            return {"json": self.value(json.loads(body))} if len(body) <= 16 * JSON_BYTES else {"bytes": len(body)}
        except (ValueError, RecursionError):
            return {"bytes": len(body)}

    def _form(self, body: bytes, kind: str) -> dict[str, Any]:
        from email.parser import BytesParser

        found: dict[str, Any] = {}
        for part in BytesParser().parsebytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + body).walk():
            name = part.get_param("name", header="content-disposition")
            if not isinstance(name, str):
                continue
            data = part.get_payload(decode=True) or b""
            assert isinstance(data, bytes)
            file = part.get_filename() is not None
            found[self.text(name)] = (
                f"{{data {part.get_content_type()}, {len(data)} bytes}}"
                if file
                else self.value(data.decode(errors="replace"), name)
            )
        return found


def _where(url: str, host: str) -> tuple[str, str]:
    """(host and port, the port only where it is not the scheme's own; path as it is sent)."""
    try:
        asked = httpx2.URL(url)
    except httpx2.InvalidURL:
        return "", url
    return host or asked.netloc.decode(), asked.raw_path.decode().partition("?")[0]


def _parted(name: str) -> str:
    """``accountId`` as ``account_Id``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


def _spellings(secret: str) -> Iterable[str]:
    """As it stands in headers, addresses, JSON and base64."""
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield json.dumps(secret)[1:-1]
    encoded = base64.b64encode(secret.encode()).decode()
    yield encoded
    yield encoded.rstrip("=")
    yield base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=")
