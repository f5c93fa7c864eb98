"""Every exception Phonofilm raises, one tree; each message names the remedy.

PhonofilmError            exit code 2 at the command line
+-- PromptError           the text cannot be read; carries the position
+-- RequestError          a value outside what is offered (length, size, engine ...); names the field
+-- Blocked               policy refuses a request, or the clip that was made
+-- MediaError            a file that cannot be read or written
+-- WeightsError          a weight file missing, damaged or of another shape
+-- MissingExtra          an optional package is absent; names the command that installs it
+-- EngineError           an engine failed on a valid request
+-- StorageError          files could not be stored or read back
|   +-- MissingFile       there is no such file, however often it is asked for
+-- FetchError            a URL that may not, or cannot, be fetched (also a RequestError)
"""

from __future__ import annotations

import errno
import os


class PhonofilmError(Exception):
    """Base of all errors a user can meet. The message is one line and names the remedy."""

    code: str | None = None
    """What a program acts on (``jobs.codes.STATUS``); None: what its class means there."""
    field: str | None = None
    """The field of the request it is about, where that is known."""


class PromptError(PhonofilmError):
    """The prompt cannot be read. ``position`` is the character offset of the trouble in the text."""

    field = "prompt"

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(f"{message} (at character {position})")
        self.position = position


class RequestError(PhonofilmError):
    """A request asks for something outside what is offered, in the ``field`` named."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Blocked(PhonofilmError):
    """The gate lets a request or a clip not pass. ``code``: input_blocked | output_blocked | person_without_consent."""

    def __init__(self, message: str, *, code: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code, self.field = code, field


class MediaError(PhonofilmError):
    """A media file cannot be read or written."""


class WeightsError(PhonofilmError):
    """A weight file is missing, damaged or does not fit the network."""


class MissingExtra(PhonofilmError):
    """An optional package is not installed."""


EXTRAS = {
    "torch": "native",
    "safetensors": "native",
    "diffusers": "open-checkpoints",
    "transformers": "open-checkpoints",
}
"""Package -> the extra that brings it."""


def install(package: str) -> str:
    """The command that installs an optional package."""
    return f"pip install 'phonofilm[{EXTRAS[package]}]'" if package in EXTRAS else f"pip install {package}"


class EngineError(PhonofilmError):
    """An engine failed on a request it had accepted."""


class StorageError(PhonofilmError):
    """Files could not be stored or read back."""


class MissingFile(StorageError):
    """There is no such file: it was deleted or has expired."""


class FetchError(RequestError):
    """A URL that may not be fetched, or did not give what it should. ``reason`` says which, for programs."""

    def __init__(self, message: str, reason: str = "failed") -> None:
        super().__init__(message)
        self.reason = reason
        """refused (address, scheme, port) | failed (network, status) | too_large | wrong_type | timeout"""


def in_words(error: BaseException) -> str:
    """What went wrong on the way to somebody else, for a message: no class's name, no address and no words of a
    stranger."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & {"TimeoutError", "TimeoutException"}:
        return "no answer in time"
    if kinds & {"ConnectionRefusedError", "ConnectError", "gaierror"}:
        return "nobody answers there"
    if kinds & {"OSError", "TransportError", "HTTPException", "StreamError"}:
        return "the connection broke off"
    return "the answer makes no sense"


_MACHINE = tuple(
    getattr(errno, name)
    for name in (
        "ENOSPC",
        "EDQUOT",
        "EIO",
        "EROFS",
        "EMFILE",
        "ENFILE",
        "ESTALE",
        "ENODEV",
        "ENXIO",
        "ENOTCONN",
        "ESHUTDOWN",
    )
    if hasattr(errno, name)
)
"""What the machine's disks say when they, and not the file, are the trouble."""
_WORDS = tuple(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS))
"""The same from libraries that hand on words alone."""


def machine_fault(error: BaseException | None) -> str | None:
    """Did the machine or its storage fail rather than the work? "disk" (full, read-only, broken), "bucket" (away),
    None: neither.

    Looks at what the error was raised from, too: whoever caught it first may have taken it for a bad file.
    """
    found, seen = None, set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in _MACHINE:
            return "disk"
        if not isinstance(error, PhonofilmError) and any(words in str(error) for words in _WORDS):
            return "disk"
        if isinstance(error, StorageError) and not isinstance(error, MissingFile):
            found = "bucket"
        error = error.__cause__ or error.__context__
    return found
