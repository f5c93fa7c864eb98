"""Cues as a file: JSON that a person can read and write, in natural units; what it does not say is unknown and is made.

    {"phonofilm_cues": 1, "frames": 121,
     "bodies": {"ball": {"present": 1, "person": 0, "u": [0.1, ...], "v": [...], "contacts": [{"frame": 18, "speed":
     2.5}]}}, "camera": {"yaw": 0, ...}, "beats": [0, 12, 24], "cuts": []}

A channel (``spec/cues.py``) is a number for the whole clip, or a list with one a frame; null is unknown. Bodies that
are not named are unknown, and so are ``contacts``, ``beats`` and ``cuts`` where they are absent; an empty list says
that there are none.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from phonofilm.errors import MediaError, RequestError
from phonofilm.spec import clock
from phonofilm.spec.cues import BODY, CAMERA, CHANNEL, RHYTHM, Cues, Floats

VERSION = 1
MOST_BYTES = 8 << 20
MOST_BODIES = 16
PLAIN = tuple(name for name in BODY if name not in ("contact", "speed"))
SHARES = ("present", "person", "part", "mouth", "blink")
SIZES = ("width", "height", "squash")
FAR = 4.0
"""Picture heights from the middle beyond which a body is not taken for one of this clip."""


def to_json(cues: Cues) -> dict[str, Any]:
    """The file's content; frames in which a channel is unknown hold null, channels that are unknown throughout are left
    out."""
    bodies: dict[str, Any] = {}
    for k, name in enumerate(cues.names):
        row = _channels(cues.bodies[k], BODY, PLAIN)
        if not np.isnan(cues.bodies[k, :, CHANNEL["contact"]]).any():
            row["contacts"] = [{"frame": f, "speed": round(v, 4)} for f, body, v in cues.contacts() if body == k]
        bodies[name] = row
    out: dict[str, Any] = {
        "phonofilm_cues": VERSION,
        "frames": cues.frames,
        "bodies": bodies,
        "camera": _channels(cues.camera, CAMERA, CAMERA),
    }
    for i, name in enumerate(RHYTHM):
        if not np.isnan(cues.rhythm[:, i]).any():
            out[name + "s"] = [int(n) for n in np.flatnonzero(cues.rhythm[:, i] >= 0.5)]
    return out


def _channels(x_FC: Floats, names: tuple[str, ...], wanted: tuple[str, ...]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name in wanted:
        column = x_FC[:, names.index(name)]
        if np.isnan(column).all():
            continue
        rounded = [None if math.isnan(v) else round(float(v), 4) for v in column]
        out[name] = rounded[0] if len(set(rounded)) == 1 else rounded
    return out


def write(path: Path, cues: Cues) -> None:
    """Write the file whole or not at all. Raises MediaError."""
    partial = path.with_name(f".{path.name}.part")
    try:
        partial.write_text(json.dumps(to_json(cues), ensure_ascii=False), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise MediaError(
            f"'{path}' could not be written ({error.strerror}); free some space or choose another folder"
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def read(path: Path) -> Cues:
    """The cues of a file; nan where it does not say. Raises RequestError with the place of what is wrong, MediaError
    where it cannot be read."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RequestError(
                f"cues '{path}': larger than {MOST_BYTES >> 20} MiB; a clip's cues take some hundred KiB"
            )
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MediaError(f"cues '{path}' cannot be read ({error.strerror}); give the path of a cue file") from error
    except (ValueError, RecursionError) as error:
        raise RequestError(
            f"cues '{path}' are no JSON: write them with `phonofilm plan --cues`, or see docs/guide/cues.md"
        ) from error
    return from_json(content)


def from_json(content: Any) -> Cues:
    """The cues a file's content says. Raises RequestError."""
    known = {"phonofilm_cues", "frames", "bodies", "camera", "beats", "cuts"}
    _is(
        isinstance(content, dict) and content.get("phonofilm_cues") == VERSION,
        "the file",
        f'begin it with "phonofilm_cues": {VERSION}',
    )
    _known(content, known, "the file")
    frames = content.get("frames")
    low, high = clock.frames(clock.MIN_SECONDS), clock.frames(clock.MAX_SECONDS)
    _is(
        isinstance(frames, int) and not isinstance(frames, bool) and low <= frames <= high,
        "frames",
        f"give a whole number from {low} to {high}",
    )
    given = content.get("bodies", {})
    _is(
        isinstance(given, dict) and len(given) <= MOST_BODIES,
        "bodies",
        f"give an object of at most {MOST_BODIES} bodies by name",
    )
    bodies = np.full((len(given), frames, len(BODY)), np.nan, np.float32)
    for k, (name, row) in enumerate(given.items()):
        _is(isinstance(row, dict), f"bodies.{name}", "give an object of channels")
        _known(row, {*PLAIN, "contacts"}, f"bodies.{name}")
        _fill(bodies[k], BODY, row, f"bodies.{name}")
        _contacts(bodies[k], row.get("contacts"), frames, f"bodies.{name}.contacts")
        _within(bodies[k], f"bodies.{name}")
    camera = np.full((frames, len(CAMERA)), np.nan, np.float32)
    eye = content.get("camera", {})
    _is(isinstance(eye, dict), "camera", "give an object of channels")
    _known(eye, set(CAMERA), "camera")
    _fill(camera, CAMERA, eye, "camera")
    focal = camera[:, CAMERA.index("focal")]
    _is(not (focal <= 0).any(), "camera.focal", "give a length above 0 in picture heights", focal <= 0)
    rhythm = np.full((frames, len(RHYTHM)), np.nan, np.float32)
    for i, name in enumerate(RHYTHM):
        marks = content.get(name + "s")
        if marks is not None:
            _is(
                isinstance(marks, list) and all(_frame(n, frames) for n in marks),
                name + "s",
                f"list frames from 0 to {frames - 1}",
            )
            rhythm[:, i] = 0
            rhythm[marks, i] = 1
    return Cues(tuple(str(name) for name in given), bodies, camera, rhythm)


def _is(right: bool, place: str, remedy: str, wrong: Any = None) -> None:
    if not right:
        where = f"[{int(np.flatnonzero(wrong)[0])}]" if wrong is not None else ""
        raise RequestError(f"cues: {place}{where} is not right: {remedy}")


def _known(row: dict[str, Any], names: set[str], place: str) -> None:
    for key in row:
        if key not in names:
            raise RequestError(f"cues: {place} has no channel {key!r}: known are {', '.join(sorted(names))}")


def _frame(n: Any, frames: int) -> bool:
    return isinstance(n, int) and not isinstance(n, bool) and 0 <= n < frames


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _fill(x_FC: Floats, names: tuple[str, ...], row: dict[str, Any], place: str) -> None:
    for key, value in row.items():
        if key == "contacts" or value is None:
            continue
        if isinstance(value, list):
            _is(
                len(value) == len(x_FC),
                f"{place}.{key}",
                f"it has {len(value)} numbers; give {len(x_FC)}, one a frame, or one number for all",
            )
            for n, one in enumerate(value):
                _is(
                    one is None or _number(one),
                    f"{place}.{key}[{n}]",
                    "give a finite number, or null where it is unknown",
                )
            x_FC[:, names.index(key)] = [np.nan if one is None else one for one in value]
        else:
            _is(_number(value), f"{place}.{key}", "give a finite number, or a list of them")
            x_FC[:, names.index(key)] = value


def _contacts(x_FC: Floats, marks: Any, frames: int, place: str) -> None:
    if marks is None:
        return
    _is(isinstance(marks, list), place, 'list objects such as {"frame": 18, "speed": 2.5}')
    x_FC[:, [CHANNEL["contact"], CHANNEL["speed"]]] = 0
    for i, mark in enumerate(marks):
        fits = isinstance(mark, dict) and set(mark) <= {"frame", "speed"} and _frame(mark.get("frame"), frames)
        _is(fits, f"{place}[{i}]", f'give {{"frame": 0 to {frames - 1}, "speed": metres per second}}')
        speed = mark.get("speed", 1.0)
        _is(_number(speed) and speed >= 0, f"{place}[{i}].speed", "give metres per second from 0 on")
        x_FC[mark["frame"], [CHANNEL["contact"], CHANNEL["speed"]]] = 1, speed


def _within(x_FC: Floats, place: str) -> None:
    """Values that no body can have, and what contradicts itself."""
    for name in SHARES:
        column = x_FC[:, CHANNEL[name]]
        _is(
            not ((column < 0) | (column > 1)).any(),
            f"{place}.{name}",
            "give shares from 0 to 1",
            (column < 0) | (column > 1),
        )
    for name in SIZES:
        column = x_FC[:, CHANNEL[name]]
        gone = x_FC[:, 0] <= 0.5
        _is(not ((column <= 0) & ~gone).any(), f"{place}.{name}", "give a size above 0", (column <= 0) & ~gone)
    for name in ("u", "v"):
        column = np.abs(x_FC[:, CHANNEL[name]])
        remedy = f"give picture heights from the middle, at most {FAR:g}: the body is far outside the picture"
        _is(not (column > FAR).any(), f"{place}.{name}", remedy, column > FAR)
    touches = (x_FC[:, CHANNEL["contact"]] > 0.5) & (x_FC[:, 0] <= 0.5)
    _is(
        not touches.any(),
        f"{place}.contacts",
        "a body that is not present touches nothing; make it present in that frame or take the contact out",
        touches,
    )
