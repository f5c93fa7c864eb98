"""Every exception Phonofilm raises, one tree; each message names the remedy.

    PhonofilmError            exit code 2 at the command line
    +-- PromptError           the text cannot be read; carries the position
    +-- RequestError          a value outside what is offered (length, size, engine ...)
    +-- MediaError            a file that cannot be read or written
    +-- WeightsError          a weight file missing, damaged or of another shape
    +-- MissingExtra          an optional package is absent; names the command that installs it
    +-- EngineError           an engine failed on a valid request
    +-- StorageError          files could not be stored or read back
    +-- FetchError            a URL that may not, or cannot, be fetched (also a RequestError)
"""

from __future__ import annotations


class PhonofilmError(Exception):
    """Base of all errors a user can meet. The message is one line and names the remedy."""


class PromptError(PhonofilmError):
    """The prompt cannot be read. ``position`` is the character offset of the trouble in the text."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(f"{message} (at character {position})")
        self.position = position


class RequestError(PhonofilmError):
    """A request asks for something outside what is offered."""


class MediaError(PhonofilmError):
    """A media file cannot be read or written."""


class WeightsError(PhonofilmError):
    """A weight file is missing, damaged or does not fit the network."""


class MissingExtra(PhonofilmError):
    """An optional package is not installed."""


class EngineError(PhonofilmError):
    """An engine failed on a request it had accepted."""


class StorageError(PhonofilmError):
    """Files could not be stored or read back."""


class FetchError(RequestError):
    """A URL that may not be fetched, or did not give what it should. ``reason`` says which, for programs."""

    def __init__(self, message: str, reason: str = "failed") -> None:
        super().__init__(message)
        self.reason = reason
        """refused (address, scheme, port) | failed (network, status) | too_large | wrong_type | timeout"""
