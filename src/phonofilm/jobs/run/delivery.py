"""From what an engine made to the files a client gets. The packaged clip in the bucket is the truth; all else can be
made again from it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from phonofilm.clip import moderate
from phonofilm.clip.package import beside, package
from phonofilm.clip.sign import sign
from phonofilm.engines.base import stop_if
from phonofilm.errors import MediaError, PhonofilmError
from phonofilm.jobs.run.carried import Carry, Row
from phonofilm.jobs.run.orders import ordered
from phonofilm.jobs.run.walk import Walk
from phonofilm.media.footage import Footage
from phonofilm.media.packaging.package import Packed, as_it_is

log = logging.getLogger("phonofilm.jobs")


def packed(walk: Walk, carry: Carry, source: Footage | Path, low: float) -> list[Packed]:
    """The clip marked, labelled and encoded in this execution's scratch, the main file first. ``low``: the share of the
    step done before."""
    plain, watch = not walk.tools.config.package, moderate.Watch(walk.tools)
    if plain and isinstance(source, Path):
        return [as_it_is(source)]
    try:
        made = package(
            ordered(walk, carry),
            source,
            walk.folder / "package",
            walk.tools,
            watch,
            stills=walk.hls and not plain,
            plain=plain,
            report=lambda share: walk.report(low + (1 - low) * share),
            cancel=walk.cancelled,
        )
    except MediaError as error:  # of what an engine made, not of what the caller brought
        error.code = error.code or "engine_failed"
        raise
    walk.made.watch = watch
    return list(made.files)


def kept(walk: Walk, files: Sequence[Packed]) -> list[Row]:
    """The packaged files in the bucket, so that any worker can go on from here; a row for each."""
    return [_kept(walk, file, f"made/{file.name}") for file in files]


def watched(walk: Walk, carry: Carry) -> moderate.Watch:
    """What the second door looks at: seen while the clip was packaged, or read from the file where another process did
    that."""
    if walk.made.watch is not None:
        return walk.made.watch
    watch = moderate.Watch(walk.tools)
    watch.file(_files(walk, carry)[0].path)
    return watch


def _files(walk: Walk, carry: Carry) -> list[Packed]:
    """The packaged files on this machine, the main one first."""
    out = []
    for row in carry["generate"]["files"]:
        path = walk.folder / "package" / row["name"]
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            walk.tools.bucket.get(row["key"], path)
        out.append(
            Packed(
                name=row["name"],
                path=path,
                content_type=row["content_type"],
                bytes=row["bytes"],
                width=row["width"],
                height=row["height"],
            )
        )
    return out


def packaged(walk: Walk, carry: Carry) -> list[Packed]:
    """All files before they are signed; made once in this execution's scratch, and again by an execution that takes
    over."""
    if (done := walk.made.packaged) is not None:
        return list(done)
    files, result = _files(walk, carry), carry["generate"]["result"]
    if walk.tools.config.package:
        seconds, details = float(result["seconds"]), result.get("details", {})
        files += beside(
            ordered(walk, carry), files[0], walk.folder / "package", seconds=seconds, details=details, hls=walk.hls
        )
    walk.made.packaged = files
    return list(files)


def signed(walk: Walk, carry: Carry) -> list[Packed]:
    """Every rendition that can carry one with its signed manifest, and the clip's manifest beside it."""
    if (done := walk.made.signed) is not None:
        return list(done)
    files, made = packaged(walk, carry), carry["generate"]
    if walk.tools.config.package:
        details = made["result"].get("details", {})
        files = sign(
            ordered(walk, carry),
            files,
            walk.folder / "signed",
            walk.tools,
            engine=made["engine"],
            details=details,
            cancel=walk.cancelled,
        )
    walk.made.signed = files
    return list(files)


def stored(walk: Walk, carry: Carry) -> list[Row]:
    """Every file of the clip in the bucket, as rows of ``outputs``."""
    rows = []
    files = signed(walk, carry)
    for number, file in enumerate(files):
        stop_if(walk.cancelled)
        rows.append(_kept(walk, file, file.name))
        walk.report((number + 1) / len(files))
    return rows


def _kept(walk: Walk, file: Packed, name: str) -> Row:
    kept = walk.tools.bucket.put(f"{walk.prefix}/{name}", file.path, file.content_type)
    return {
        "name": file.name,
        "key": kept.key,
        "content_type": file.content_type,
        "bytes": kept.bytes,
        "sha256": kept.sha256,
        "width": file.width,
        "height": file.height,
    }


def tidy(walk: Walk, carry: Carry) -> None:
    """What the steps left in the bucket goes once the clip is published; where that fails it is left to retention."""
    made = carry["generate"]
    try:
        for key in [*([made["raw"]] if made["raw"] else []), *(row["key"] for row in made["files"])]:
            walk.tools.bucket.delete(key)
    except PhonofilmError as error:
        log.warning("the unpublished files of %s could not be removed yet: %s", walk.job, error)
