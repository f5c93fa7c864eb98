"""From the raw clip to the files a client gets. The raw clip in the bucket is the truth; everything here can be made again from it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import av

from phonofilm.engines.base import stop_if
from phonofilm.errors import PhonofilmError
from phonofilm.jobs import steps
from phonofilm.jobs.records import prompt_hash
from phonofilm.jobs.walk import Carry, Walk
from phonofilm.media.package import CONTENT_TYPES, Packed, package
from phonofilm.media.subtitles import Cue, cues, timed
from phonofilm.prompt import parse
from phonofilm.prompt.script import Line
from phonofilm.spec.version import VERSION
from phonofilm.trust import profile as profiles

log = logging.getLogger("phonofilm.jobs")


def mezzanine(walk: Walk, carry: Carry) -> Path:
    """The raw clip as a file on this machine."""
    from phonofilm.jobs.making import MEZZANINE

    path = walk.folder / MEZZANINE
    if not path.exists():
        walk.folder.mkdir(parents=True, exist_ok=True)
        walk.tools.bucket.get(carry["generate"]["mezzanine"], path)
    return path


# the files


def packaged(walk: Walk, carry: Carry) -> list[Packed]:
    """Marked, labelled and encoded in this execution's scratch; made once in it, and again by an execution that takes over."""
    from phonofilm.trust.watermark import Marker  # brings scipy, which a server that only answers never needs

    if (done := walk.made.get("packaged")) is not None:
        return list(done)
    rules = profiles.profile(walk.profile)
    marker = Marker(walk.tools.watermark_key, walk.watermark, fps=_fps(mezzanine(walk, carry))) if rules.watermark else None

    def tell(share: float) -> None:
        stop_if(walk.cancelled)
        walk.report(share)

    made = package(
        mezzanine(walk, carry),
        walk.folder / "package",
        mark=marker.picture if marker else None,
        mark_sound=marker.sound if marker and walk.request.sound else None,
        label=rules.label_for(_wish(walk.extra)),
        subtitles=_subtitles(walk, carry),
        hls=walk.hls,
        stills=walk.hls,
        max_bytes=walk.tools.config.max_bytes,
        metadata=_metadata(walk, rules),
        progress=tell,
    )
    walk.made["packaged"] = list(made.files)
    return list(made.files)


def _fps(path: Path) -> float:
    with av.open(str(path)) as container:
        return float(container.streams.video[0].average_rate or 24)


def _wish(extra: dict[str, Any]) -> bool | None:
    wanted = extra.get("watermark")
    return wanted if isinstance(wanted, bool) else None


def _metadata(walk: Walk, rules: profiles.Profile) -> dict[str, str]:
    about = {"comment": f"Made by Phonofilm {VERSION}, {walk.job}: a generated clip, not a recording"}
    if title := str(walk.extra.get("title", "")):  # only where the caller keeps the file: a service's files do not carry prompts
        about["title"] = title.encode("utf-8", "replace").decode()
    return {**about, **rules.metadata(provider=walk.tools.config.provider, job=walk.job)}


def _subtitles(walk: Walk, carry: Carry) -> list[Cue]:
    """What the engine says is spoken and when; where it does not say, the prompt's dialogue, spread over its shots."""
    result = carry["generate"]["result"]
    if not walk.request.sound:
        return []
    lines = result.get("details", {}).get("lines")
    if lines is None:
        return cues(parse(walk.request.prompt), float(result["seconds"]))
    said = [(one["start"], one["end"], Line(speaker=one["speaker"], text=one["text"], language=one["language"])) for one in lines]
    return timed(said, float(result["seconds"]))


def signed(walk: Walk, carry: Carry) -> list[Packed]:
    """Every rendition that can carry one with its signed manifest, and the clip's manifest beside it."""
    if (done := walk.made.get("signed")) is not None:
        return list(done)
    from phonofilm.trust.provenance import SIGNABLE, sign

    files = packaged(walk, carry)
    if not profiles.profile(walk.profile).sign or not walk.signs:
        return files
    manifest = _manifest(walk, carry)
    folder = walk.folder / "signed"
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for file in files:
        if "/" in file.name or file.path.suffix not in SIGNABLE:
            out.append(file)
            continue
        stop_if(walk.cancelled)
        target = folder / file.name
        data = sign(file.path, target, manifest, walk.tools.signer)
        out.append(_as(file, target))
        if file.name == "video.mp4":
            beside = folder / "manifest.c2pa"
            beside.write_bytes(data)
            out.append(Packed(name="manifest.c2pa", path=beside, content_type=CONTENT_TYPES[".c2pa"], bytes=len(data)))
    walk.made["signed"] = out
    return list(out)


def _as(file: Packed, path: Path) -> Packed:
    return Packed(name=file.name, path=path, content_type=file.content_type, bytes=path.stat().st_size, width=file.width, height=file.height)


def _manifest(walk: Walk, carry: Carry) -> Any:
    from phonofilm.trust.provenance import SIGNABLE, Ingredient, Manifest

    made = carry["generate"]
    details = made["result"].get("details", {})
    version = details.get("model_version") or details.get("checkpoint") or details.get("model") or f"{made['engine']} {VERSION}"
    local = steps.local_request(walk, carry)
    ingredients = tuple(
        Ingredient(path=Path(str(reference.path)), title=reference.name or f"{reference.kind}{number + 1}", is_parent=reference.role == "source")
        for number, reference in enumerate(local.references)
        if Path(str(reference.path)).suffix.lower() in SIGNABLE
    )
    return Manifest(
        job=walk.job, engine=made["engine"], model_version=str(version), created=walk.created, prompt_hash=prompt_hash(walk.request.prompt),
        ingredients=ingredients, watermark=walk.watermark if profiles.profile(walk.profile).watermark else None, profile=walk.profile,
        provider=walk.tools.config.provider,
    )  # fmt: skip


def stored(walk: Walk, carry: Carry) -> list[dict[str, Any]]:
    """Every file of the clip in the bucket, as rows of ``outputs``."""
    made = carry["generate"]
    if not walk.tools.config.package:
        result = made["result"]
        plain = {"name": "video.mp4", "key": made["mezzanine"], "content_type": "video/mp4", "bytes": made["bytes"], "sha256": made["sha256"]}
        return [{**plain, "width": result["width"], "height": result["height"]}]
    rows = []
    files = signed(walk, carry)
    for number, file in enumerate(files):
        stop_if(walk.cancelled)
        kept = walk.tools.bucket.put(f"{walk.prefix}/{file.name}", file.path, file.content_type)
        rows.append(
            {
                "name": file.name, "key": kept.key, "content_type": file.content_type, "bytes": kept.bytes, "sha256": kept.sha256,
                "width": file.width, "height": file.height,
            }
        )  # fmt: skip
        walk.report((number + 1) / len(files))
    return rows


def tidy(walk: Walk, carry: Carry) -> None:
    """The raw clip goes once its renditions are published; where that fails it is left to retention."""
    if not walk.tools.config.package:
        return
    try:
        walk.tools.bucket.delete(carry["generate"]["mezzanine"])
    except PhonofilmError as error:
        log.warning("the raw clip of %s could not be removed yet: %s", walk.job, error)
