"""References brought in: fetched where they have an address, looked at by their content whatever their name says, each
a file of this machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from phonofilm.clip.kit import ClipConfig
from phonofilm.errors import PhonofilmError, RequestError
from phonofilm.media.probe import Probed, check_reference, check_together, probe
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate
from phonofilm.storage.fetch import fetch


@dataclass(frozen=True, kw_only=True)
class Brought:
    """A reference that is here."""

    reference: Reference
    """With its ``path``."""
    probed: Probed


def bring(request: Generate, folder: Path, config: ClipConfig) -> tuple[Generate, tuple[str, ...]]:
    """The request with every reference as a checked file, and a note for each part of one that is not used.

    Raises RequestError, FetchError, MediaError with the ``field`` of the reference they are about.
    """
    here: list[Brought] = []
    for number, reference in enumerate(request.references):
        with about(f"references[{number}]"):
            here.append(bring_one(reference, folder, number, config))
    with about("references"):
        check_together([(one.reference.kind, one.probed.seconds) for one in here])
    notes = tuple(
        f"references[{number}]: not used: {what}" for number, one in enumerate(here) for what in one.probed.ignored
    )
    return (replace(request, references=tuple(one.reference for one in here)) if here else request), notes


def bring_one(reference: Reference, folder: Path, number: int, config: ClipConfig) -> Brought:
    """One reference that is a path or an address; an address is fetched into ``folder``. Raises RequestError,
    FetchError, MediaError."""
    path = Path(reference.path) if reference.path is not None else None
    if path is None:
        if reference.url is None:
            raise RequestError("a reference needs a file or a url; give one of them")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"fetched-{number}"
        fetch(reference.url, path, kinds=(reference.kind,), max_bytes=config.max_upload, allow=config.fetch_allow)
    probed = probe(path)
    check_reference(probed, field="references", kind=reference.kind)
    return Brought(reference=replace(reference, path=str(path), url=None), probed=probed)


class about:
    """``with about("references[0]"):`` an error of ours raised within says that it is about this field, where it names
    none itself."""

    def __init__(self, field: str) -> None:
        self.field = field

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PhonofilmError) and error.field is None:
            error.field = self.field
