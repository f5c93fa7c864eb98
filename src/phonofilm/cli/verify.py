"""``phonofilm verify FILE``: what a clip says about its origin, and whether that holds."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from phonofilm.errors import MediaError, MissingExtra, RequestError

_WORDS = {
    "none": "no manifest",
    "invalid": "BROKEN: the file was changed after it was signed, or the manifest is damaged",
    "expired": (
        "picture and sound unchanged, but the certificate has ended and no time stamp says that it was signed before"
    ),
    "valid": "whole, by a signer that is not on this machine's list",
    "trusted": "whole, by a signer this machine trusts",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, and where keys and certificates are."""
    parser.add_argument("file", metavar="FILE", help="a clip, picture or sound")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="folder of the installation whose keys and certificates count; default ~/.phonofilm",
    )
    parser.add_argument(
        "--key",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a watermark key file besides the home's; may be repeated",
    )
    parser.add_argument("--trust", type=Path, metavar="PEM", help="certificate authorities to trust besides the home's")


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything a file says."""

    file: str
    manifest: dict[str, Any]
    picture: dict[str, Any] | None
    """The mark found in the picture; None: none."""
    sound: dict[str, Any] | None
    looked_for_marks: bool
    """False where there was no key to look with."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """``comment``, ``title`` and ``AIGC`` of the container, which anybody can write."""

    @property
    def is_ours(self) -> bool:
        """Does a mark or a trusted manifest say that it was made here?"""
        return bool(self.picture or self.sound or (self.manifest["state"] == "trusted" and self.manifest.get("job")))


def verify(options: argparse.Namespace) -> int:
    """Print what is found; 0 where something whole was found, 1 where nothing was or a manifest is broken."""
    home, keys, anchors = _secrets(options)
    report = examine(Path(options.file), keys=keys, anchors=anchors)
    if options.json:
        print(json.dumps(asdict(report) | {"made_here": report.is_ours}, ensure_ascii=False, indent=2))
    else:
        print(_told(report, home))
    whole = report.manifest["state"] in ("expired", "valid", "trusted") or (
        report.manifest["state"] == "none" and (report.picture or report.sound)
    )
    return 0 if whole else 1


def examine(path: Path, *, keys: list[bytes], anchors: bytes) -> Report:
    """Read manifest, marks and metadata of a file. Raises MediaError for what is no clip, picture or sound."""
    try:
        from phonofilm.media.probe import probe
        from phonofilm.trust import provenance
        from phonofilm.trust.watermarks.watermark import detect
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("phonofilm"):
            raise
        raise MissingExtra(
            f"verifying needs the package '{error.name}'; install it with: pip install 'phonofilm[server]'"
        ) from error
    manifest = provenance.read(path, anchors=anchors).summary()
    picture = sound = None
    kind = probe(path).kind  # refuses bombs before anything else decodes them
    marked = bool(keys) and kind != "image"
    if marked:
        found = detect(path, keys)
        picture, sound = _mark(found.picture), _mark(found.sound)
    return Report(
        file=path.name,
        manifest=manifest,
        picture=picture,
        sound=sound,
        looked_for_marks=marked,
        metadata=_metadata(path),
    )


def _mark(found: Any) -> dict[str, Any] | None:
    return (
        None
        if found is None
        else {"reference": f"{found.reference:010x}", "confidence": round(float(found.confidence), 4)}
    )


def _metadata(path: Path) -> dict[str, Any]:
    import av

    try:
        with av.open(str(path), metadata_errors="replace") as container:
            found: dict[str, Any] = {
                key: container.metadata[key] for key in ("title", "comment", "AIGC") if key in container.metadata
            }
    except (OSError, av.FFmpegError, ValueError):
        return {}
    if "AIGC" in found:
        try:
            return {**found, "AIGC": json.loads(found["AIGC"])}
        except ValueError:
            return found
    return found


def _secrets(options: argparse.Namespace) -> tuple[Path, list[bytes], bytes]:
    """The home, its watermark key where there is one with those of ``--key``, and the authorities to trust."""
    from phonofilm.cli.serve import settings_of
    from phonofilm.trust.certificates import trust

    config = settings_of(options).config()
    keys, anchors = [config.watermark_key] if config.watermark_key else [], b""
    try:
        own = config.home / "watermark.key"
        if not keys and own.is_file():
            keys.append(own.read_bytes())
        keys += [path.read_bytes() for path in options.key]
        anchors = trust(config.home, config.certificate, config.certificate_anchors).anchors
        if options.trust is not None:
            anchors += b"\n" + options.trust.read_bytes()
    except OSError as error:
        raise RequestError(
            f"'{error.filename}' cannot be read ({error.strerror}); check the path and its permissions"
        ) from error
    if any(len(key) < 16 for key in keys):
        raise MediaError("a watermark key has at least 16 bytes; give the file that the installation made")
    return config.home, keys, anchors


def _told(report: Report, home: Path) -> str:
    manifest, lines = report.manifest, []

    def say(name: str, value: object) -> None:
        if value not in ("", None, (), []):
            lines.append(f"{name:<12} {value}")

    say("file", report.file)
    say("manifest", _WORDS[manifest["state"]])
    say("", ", ".join(manifest.get("problems", [])))
    say("signed by", manifest.get("signed_by"))
    say("made by", " ".join(str(manifest.get(key, "")) for key in ("engine", "model_version")).strip())
    say("what", manifest.get("source_type"))
    say("when", manifest.get("created"))
    say("id", manifest.get("job"))
    for item in manifest.get("ingredients", []):
        say("made from", f"{item['title']} ({'with' if item['has_manifest'] else 'without'} a manifest of its own)")
    for name, found in (("picture", report.picture), ("sound", report.sound)):
        if not report.looked_for_marks:
            say(name, f"not looked at for marks: a still, or no key in {home}")
        else:
            say(
                name,
                (
                    f"mark {found['reference']} (confidence {found['confidence']:.2f})"
                    if found
                    else "no mark of these keys"
                ),
            )
    if manifest.get("watermark") is not None and report.looked_for_marks:
        agrees = any(
            found and int(found["reference"], 16) == manifest["watermark"] for found in (report.picture, report.sound)
        )
        say("", "the mark agrees with the manifest" if agrees else "the manifest names a mark that is not there")
    for name, value in report.metadata.items():
        say(name.lower(), json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value)
    return "\n".join(lines)
