"""References on their way to a remote engine: checked local files as bytes or data addresses, their kind read from the
content."""

from __future__ import annotations

import base64
from pathlib import Path

from phonofilm.errors import EngineError, RequestError
from phonofilm.spec.reference import Reference, named

MEGABYTE = 1 << 20


def kind_of(head: bytes) -> str | None:
    """The content type that the first bytes of a file show, of those that may be references; None: another."""
    for magic, name in (
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"BM", "image/bmp"),
        (b"ID3", "audio/mp3"),
    ):
        if head.startswith(magic):
            return name
    if head[:4] in (b"II*\0", b"MM\0*"):
        return "image/tiff"
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "audio/mp3"
    return None


def read(reference: Reference, limit: int) -> tuple[bytes, str]:
    """(bytes, content type) of a reference's local file, at most ``limit`` bytes.

    Raises RequestError where the file is not what the reference says or too large, EngineError where there is no file.
    """
    what = f"@{reference.name}" if reference.name else f"the {reference.kind} reference"
    if reference.path is None:
        raise EngineError(f"{what} has not been fetched yet; engines take checked local files only")
    path = Path(reference.path)
    try:
        if path.stat().st_size > limit:
            raise RequestError(f"{what} is larger than {limit // MEGABYTE} MB; this engine takes no larger one")
        data = path.read_bytes()
    except OSError as error:
        raise EngineError(f"{what} cannot be read ({error.strerror})") from error
    found = kind_of(data[:16])
    if found is None or found.split("/")[0] != reference.kind:
        raise RequestError(
            f"{what} is no {reference.kind} this engine takes (its content is {found or 'of an unknown kind'})"
        )
    return data, found


def data_url(reference: Reference, limit: int) -> str:
    """A reference as a data address. Raises as ``read``."""
    data, kind = read(reference, limit)
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def suffix_of(kind: str) -> str:
    """A file name's ending for a content type."""
    return {"image/jpeg": ".jpg", "video/quicktime": ".mov", "audio/mp3": ".mp3"}.get(kind, "." + kind.split("/")[1])


def renamed(prompt: str, references: tuple[Reference, ...], form: str = "[{kind} {number}]") -> str:
    """The prompt with every @name of a reference as the vendor says it, by default ``[Image 1]``: kind and number
    within its kind."""
    import re

    numbers: dict[str, str] = {}
    counts: dict[str, int] = {}
    labels: dict[int, str] = {}
    for reference in references:
        counts[reference.kind] = counts.get(reference.kind, 0) + 1
        labels[id(reference)] = form.format(kind=reference.kind.capitalize(), number=counts[reference.kind])
    for name, reference in named(references).items():
        numbers[name.lower()] = labels[id(reference)]

    def swap(match: re.Match[str]) -> str:
        return numbers.get(match.group(1).lower(), match.group(0))

    return re.sub(r"@([A-Za-z_][A-Za-z0-9_]{0,63})", swap, prompt)
