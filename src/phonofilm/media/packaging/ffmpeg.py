"""The ffmpeg program: found once, run as a process of its own with a time limit."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from phonofilm.errors import MediaError

LEAST_VERSION = 6


@functools.cache
def find() -> str | None:
    """Path of an ffmpeg we can use: ``$FFMPEG``, else the system's from version 6 on, else the one inside
    imageio-ffmpeg; None: none.

    ``FFMPEG=none`` says that none is to be used. Raises MediaError where ``$FFMPEG`` names something else.
    """
    named = os.environ.get("FFMPEG")
    if named == "none":
        return None
    if named:
        if _version(named) is None:
            raise MediaError(f"FFMPEG is set to '{named}', which does not run as ffmpeg; correct or unset it")
        return named
    system = shutil.which("ffmpeg")
    if system and (_version(system) or 0) >= LEAST_VERSION:
        return system
    try:
        import imageio_ffmpeg

        bundled = str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        return None
    return bundled if _version(bundled) is not None else None


def run(arguments: Sequence[str], *, folder: Path, seconds: float = 300.0) -> None:
    """Run ffmpeg in ``folder``; raises MediaError with its last words when it fails or takes longer than
    ``seconds``."""
    program = find()
    if program is None:
        raise MediaError("no ffmpeg was found; install imageio-ffmpeg or set FFMPEG to a program of version 6 or newer")
    command = [program, "-hide_banner", "-nostdin", "-loglevel", "error", "-y", *arguments]
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise MediaError(
            f"ffmpeg took longer than {seconds:g} s and was ended; try again on a less busy machine"
        ) from error
    except OSError as error:
        raise MediaError(
            f"ffmpeg could not be started ({error.strerror or error}); set FFMPEG to a program that runs"
        ) from error
    if done.returncode != 0:
        words = " ".join(done.stderr.decode("utf-8", "replace").split())[-300:]
        raise MediaError(f"ffmpeg failed ({words or done.returncode}); check the space left on the disk")


def _version(program: str) -> int | None:
    """Major version; 99 for a build that only has a date or a hash; None where it does not run."""
    try:
        said = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.match(r"ffmpeg version n?(\d+)?", said.stdout)
    if said.returncode != 0 or not match:
        return None
    return int(match.group(1)) if match.group(1) and int(match.group(1)) < 100 else 99
