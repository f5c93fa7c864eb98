"""Files on their way in: forms streamed to disk as they arrive, with a cap on every size, and addresses fetched
safely."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from phonofilm.server import threads
from phonofilm.server.errors import Refused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FIELD_BYTES = 65_536
"""Bytes of a plain field of a form."""
FIELDS = 64
"""Parts of a form, at most."""


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One file of a form, on disk while the request lasts."""

    field: str
    name: str
    """What the sender called it, without folders; never used as a path."""
    content_type: str
    """What the sender says it is; not to be believed."""
    path: Path
    bytes: int


@dataclass(kw_only=True)
class Form:
    """A form as it was sent."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: list[Upload] = field(default_factory=list)

    def one(self, name: str, default: str = "") -> str:
        """A field's value; Refused where it was given twice."""
        values = self.fields.get(name, [])
        if len(values) > 1:
            raise Refused(400, "invalid_parameter", f"'{name}' was given {len(values)} times; give it once", field=name)
        return values[0] if values else default

    def flag(self, name: str) -> bool | None:
        """A yes or no; None where it was not given."""
        value = self.one(name).strip().lower()
        if value not in ("", "true", "false", "1", "0", "yes", "no"):
            raise Refused(400, "invalid_parameter", f"'{name}' is true or false", field=name)
        return None if not value else value in ("true", "1", "yes")

    def only(self, *names: str) -> None:
        """Refuse fields the route does not know, by name."""
        for name in [*self.fields, *(file.field for file in self.files)]:
            if name not in names:
                raise Refused(
                    400,
                    "invalid_parameter",
                    f"there is no field '{name[:80]}' here; leave it out or check its spelling",
                    field=name[:80],
                )


def kind_of(request: Request) -> str:
    """The body's media type, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


@asynccontextmanager
async def form(
    request: Request, folder: Path, *, max_file: int, max_files: int = 1, max_field: int = FIELD_BYTES
) -> AsyncIterator[Form]:
    """The request's form, its files in a folder that is gone afterwards. Raises Refused for anything malformed, cut off
    or too large."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 1 <= len(boundary) <= 200:
        raise Refused(415, "unsupported_media_type", "send multipart/form-data with a boundary", field="Content-Type")
    await threads.run_sync(lambda: folder.mkdir(parents=True, exist_ok=True))
    with tempfile.TemporaryDirectory(prefix="form-", dir=folder, ignore_cleanup_errors=True) as place:
        reader = _Reader(Path(place), max_file, max_files, max_field)
        try:
            parser = MultipartParser(boundary, reader.callbacks(), max_header_count=8)
            async for chunk in request.stream():
                await threads.run_sync(parser.write, chunk) if len(chunk) > 1 << 18 else parser.write(chunk)
        except FormParserError as error:
            raise _malformed() from error
        finally:
            reader.close()
        if not reader.ended:
            raise Refused(
                400,
                "invalid_parameter",
                "the form ends before its last boundary: the upload was cut off; send it again",
                field="body",
            )
        yield reader.form


class _Reader:
    """Takes a form's parts as the parser finds them."""

    def __init__(self, place: Path, max_file: int, max_files: int, max_field: int = FIELD_BYTES) -> None:
        self.place, self.max_file, self.max_files, self.max_field = place, max_file, max_files, max_field
        self.form, self.ended, self.parts = Form(), False, 0
        self._header = self._value = b""
        self._headers: dict[str, bytes] = {}
        self._open: BinaryIO | None = None
        self._name = self._filename = self._type = ""
        self._text = bytearray()
        self._count = 0

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _begin(self) -> None:
        self.parts += 1
        if self.parts > FIELDS:
            raise Refused(400, "invalid_parameter", f"the form has more than {FIELDS} parts; send fewer", field="body")
        self._headers, self._header, self._value = {}, b"", b""
        self._text, self._count = bytearray(), 0

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._header.decode("latin-1").lower()] = self._value
        self._header, self._value = b"", b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition"))
        if b"name" not in options:
            raise Refused(
                400, "invalid_parameter", "a part of the form has no name; give every field one", field="body"
            )
        self._name = options[b"name"].decode("utf-8", "replace")
        self._filename = options.get(b"filename", b"").decode("utf-8", "replace")
        self._type = self._headers.get("content-type", b"").decode("latin-1")
        if b"filename" in options:
            if len(self.form.files) >= self.max_files:
                raise Refused(
                    400, "invalid_parameter", f"one form takes at most {self.max_files} of files", field=self._name[:80]
                )
            self._open = (self.place / f"file{len(self.form.files)}").open("wb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._count += end - start
        if self._open is None:
            if self._count > self.max_field:
                raise Refused(
                    413,
                    "too_large",
                    f"'{self._name[:80]}' is longer than {self.max_field} bytes; shorten it",
                    field=self._name[:80],
                )
            self._text += data[start:end]
            return
        if self._count > self.max_file:
            raise Refused(
                413,
                "too_large",
                f"the file is larger than {self.max_file} bytes; send a smaller one",
                field=self._name[:80],
            )
        self._open.write(data[start:end])

    def _end(self) -> None:
        if self._open is None:
            try:
                text = self._text.decode()
            except UnicodeDecodeError:
                raise Refused(
                    400, "invalid_parameter", f"'{self._name[:80]}' is not UTF-8 text", field=self._name[:80]
                ) from None
            self.form.fields.setdefault(self._name, []).append(text)
            return
        path = Path(self._open.name)
        self.close()
        name = os.path.basename(self._filename.replace("\\", "/"))[:200]
        self.form.files.append(
            Upload(field=self._name, name=name, content_type=self._type, path=path, bytes=self._count)
        )

    def _finish(self) -> None:
        self.ended = True


def _malformed() -> Refused:
    return Refused(
        400, "invalid_parameter", "the form cannot be read; send well-formed multipart/form-data", field="body"
    )
