"""An Ark create request as ours. Body parameters are checked strictly, null counts as absent, keys nobody knows are
tolerated."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from phonofilm.engines.remote.seedance import Family, family_of
from phonofilm.errors import PhonofilmError
from phonofilm.prompt import parse
from phonofilm.server.dialects.ark_content import Content, read_content
from phonofilm.server.dialects.ark_flags import read_flags
from phonofilm.server.dialects.wire import drawn, mentions, nearest_ratio, wrong
from phonofilm.spec import clock, media
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import MAX_SEED, Generate

ADAPTIVE = "adaptive"
EXPIRES = (3600, 259_200)
FROM_DRAFT = ("seed", "ratio", "duration", "frames", "generate_audio", "camera_fixed", "draft")
_VERTICAL = re.compile(
    r"\b(vertical|portrait format|portrait video|9\s?:\s?16|for (?:a )?phone)\b|竖屏|竖版", re.IGNORECASE
)
_SQUARE = re.compile(r"\b(square (?:format|video|frame|picture)|1\s?:\s?1)\b|方形", re.IGNORECASE)
_WIDE = re.compile(r"\b(21\s?:\s?9|ultra-?wide|cinemascope)\b|宽银幕", re.IGNORECASE)
OWN = Family(resolutions=("480p", "720p", "1080p", "2k"), resolution="480p", sound_alone=True, camera_fixed=True)
"""Our engines under their own names: everything in our vocabulary; each refuses what it cannot do."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for, before the references are here."""

    model: str
    family: Family
    content: Content
    prompt: str
    task: str
    resolution: str
    ratio: str
    seconds: float | None
    """None: to be chosen."""
    frames: bool
    """Was the length given in frames?"""
    seed: int | None
    """None: to be drawn."""
    sound: bool
    draft: bool
    priority: int
    expires: int
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Brought:
    """A reference that is here, with its measures."""

    reference: Reference
    width: int | None = None
    height: int | None = None
    seconds: float | None = None


def read(body: dict[str, Any]) -> Asked:
    """The body, checked. Raises Refused in the order a client would look: model, content, parameters."""
    body = {name: value for name, value in body.items() if value is not None}
    model = body.get("model")
    if model is None:
        raise wrong("add a model's name", "model", code="missing_parameter")
    if not isinstance(model, str) or not 1 <= len(model) <= 128:
        raise wrong("it must be a model's name of at most 128 characters", "model")
    if "content" not in body:
        raise wrong("add an array of content items", "content", code="missing_parameter")
    family = family_of(model) or OWN
    task = _choice(body, "omni_reference_task_type", ("auto", "reference", "edit", "extend"), "auto")
    if task != "auto" and not family.tasks:
        raise wrong("this model has no task types; leave it out", "omni_reference_task_type")
    content = read_content(body["content"], family, task)
    if content.draft_task:
        given = [name for name in FROM_DRAFT if name in body]
        if given:
            raise wrong("it is taken from the draft; leave it out", given[0])
    prompt, said = read_flags(content.text)
    values = said | body
    _refuse_what_is_not_here(values, family)
    draft = _yes_no(values, "draft", False)
    resolution = _resolution(values, family, draft)
    ratio = _choice(values, "ratio", (*media.RATIOS, ADAPTIVE), ADAPTIVE)
    seconds, frames = _length(values, family, task)
    if task in ("edit", "extend") and ratio != ADAPTIVE:
        raise wrong(f"to {task} takes the shape of the clip; leave ratio out or say adaptive", "ratio")
    seed = _whole(values, "seed", -1, MAX_SEED, -1)
    sound = _yes_no(values, "generate_audio", family.sound)
    if sound and not family.sound:
        raise wrong("this model makes no sound; leave it out or say false", "generate_audio")
    if _yes_no(values, "camera_fixed", False):
        if not family.camera_fixed:
            raise wrong("this model has no such parameter; say in the prompt that the camera is static", "camera_fixed")
        if any(item.role == "reference" for item in content.items):
            raise wrong("it cannot be used with reference media; leave it out", "camera_fixed")
        prompt = f"{prompt.rstrip()} Static camera.".strip()
    last_frame = _yes_no(values, "return_last_frame", False)
    if draft and last_frame:
        raise wrong("a draft returns no last frame; leave it out", "return_last_frame")
    priority = _whole(values, "priority", 0, 9, 0)
    if priority and not family.priority:
        raise wrong("this model has no priorities; leave it out", "priority")
    expires = _whole(values, "execution_expires_after", *EXPIRES, 172_800)
    extra = {
        "watermark": _yes_no(values, "watermark", False), "return_last_frame": last_frame, "service_tier": "default",
        "execution_expires_after": expires,
        "draft": draft, "safety_identifier": _text(values, "safety_identifier", 64),
        "callback_url": _text(values, "callback_url", 2048),
        "omni_reference_task_type": task if "omni_reference_task_type" in values else None, "frames": frames,
    }  # fmt: skip
    return Asked(
        model=model,
        family=family,
        content=content,
        prompt=mentions(prompt, [item.kind for item in content.items]) or _wordless(content),
        task=task,
        resolution=resolution,
        ratio=ratio,
        seconds=seconds,
        frames=frames,
        seed=None if seed == -1 else seed,
        sound=sound,
        draft=draft,
        priority=priority,
        expires=expires,
        extra={name: value for name, value in extra.items() if value is not None},
    )


def make(asked: Asked, brought: list[Brought], engine: str, key: str | None) -> Generate:
    """The request, once the references are here. Raises RequestError or Refused.

    With an idempotency key a seed left open is drawn from it, so that the same submit twice is the same request.
    """
    source = next((one for one in brought if one.reference.role == "source"), None)
    seconds = asked.seconds if asked.seconds is not None else _seconds_meant(asked, source)
    ratio = asked.ratio if asked.ratio != ADAPTIVE else _ratio_meant(asked, brought, source)
    return Generate(
        prompt=asked.prompt,
        seconds=seconds,
        seed=drawn(key) if asked.seed is None else asked.seed,
        resolution=asked.resolution,
        ratio=ratio,
        engine=engine,
        task=asked.task if asked.task in ("edit", "extend") else "generate",
        references=tuple(one.reference for one in brought),
        sound=asked.sound,
        sizes=asked.family.sizes,
    )


def from_draft(asked: Asked, draft: Generate, engine: str) -> Generate:
    """The full clip of a draft: the same words, references, seed and length."""
    return replace(draft, engine=engine, resolution=asked.resolution, sizes=asked.family.sizes)


def _wordless(content: Content) -> str:
    """Words for a request without any: engines read a prompt."""
    return (
        ""
        if not content.items
        else "The picture comes to life."
        if content.items[0].kind == "image"
        else "A clip after the references."
    )


def _refuse_what_is_not_here(values: dict[str, Any], family: Family) -> None:
    tier = _choice(values, "service_tier", ("default", "flex"), "default")
    if tier == "flex":
        raise wrong("service_tier flex is not offered; leave it out or say default", "service_tier")
    if _choice(values, "output_format", ("mp4", "mov"), "mp4") == "mov":
        raise wrong("mov is not offered; leave it out or say mp4", "output_format")
    tools = values.get("tools", [])
    if not isinstance(tools, list):
        raise wrong("it must be an array", "tools")
    if tools:
        raise wrong("tools such as web_search are not offered; leave it out", "tools")
    if "bitrate_mode" in values and _choice(values, "bitrate_mode", ("standard", "high"), "standard") == "high":
        raise wrong("bitrate_mode high is not offered; leave it out", "bitrate_mode")
    if "framespersecond" in values and _whole(values, "framespersecond", 1, 240, clock.FPS) != clock.FPS:
        raise wrong(f"clips have {clock.FPS} frames a second; leave it out", "framespersecond")
    if "frames" in values and not family.frames:
        raise wrong("this model has no frames parameter; use duration", "frames")


def _resolution(values: dict[str, Any], family: Family, draft: bool) -> str:
    resolution = _choice(values, "resolution", family.resolutions, "480p" if draft else family.resolution)
    if draft and resolution != "480p":
        raise wrong("a draft is 480p; leave it out or say 480p", "resolution")
    if resolution not in media.RESOLUTIONS:
        raise wrong(
            f"{resolution} is not offered; choose one of"
            f" {', '.join(name for name in family.resolutions if name in media.RESOLUTIONS)}",
            "resolution",
        )
    return resolution


def _length(values: dict[str, Any], family: Family, task: str) -> tuple[float | None, bool]:
    """(seconds, or None where they are to be chosen; were they given in frames?)"""
    if "frames" in values:
        frames = _whole(values, "frames", 29, 289, 121)
        if (frames - 25) % 4:
            raise wrong("frames must be 25 + 4n, from 29 to 289", "frames")
        seconds = clock.seconds_of_frames(frames)
        if not clock.MIN_SECONDS <= seconds <= clock.MAX_SECONDS:
            raise wrong(
                f"clips have {clock.frames(clock.MIN_SECONDS)} to {clock.frames(clock.MAX_SECONDS)} frames here",
                "frames",
            )
        return seconds, True
    least, most = family.seconds
    default = -1 if task == "edit" else family.default_seconds
    duration = _whole(values, "duration", -1, 10**6, default)
    if duration == -1 and (family.chooses or task == "edit"):
        return None, False
    if task == "edit":
        raise wrong("to edit keeps the clip's length; leave duration out or say -1", "duration")
    if not least <= duration <= most:
        raise wrong(
            f"this model makes {least} to {most} s{', or -1 to let it choose' if family.chooses else ''}", "duration"
        )
    if not clock.MIN_SECONDS <= duration <= clock.MAX_SECONDS:
        raise wrong(f"clips of {clock.MIN_SECONDS:g} to {clock.MAX_SECONDS:g} s are made here", "duration")
    return float(duration), False


def _seconds_meant(asked: Asked, source: Brought | None) -> float:
    """A length that was left open: an edit keeps its clip's, a script with times says its own, else five seconds."""
    if asked.task == "edit" and source is not None and source.seconds:
        if not clock.MIN_SECONDS - 0.1 <= source.seconds <= clock.MAX_SECONDS + 0.5:
            raise wrong(
                f"the clip lasts {source.seconds:.1f} s; clips of {clock.MIN_SECONDS:g} to {clock.MAX_SECONDS:g} s can"
                " be edited",
                "content",
            )
        return min(max(clock.MIN_SECONDS, float(round(source.seconds))), clock.MAX_SECONDS)
    try:
        end = max((shot.end or 0.0 for shot in parse(asked.prompt).shots), default=0.0)
    except PhonofilmError:
        end = 0.0  # the prompt's own check says what is wrong with it
    most = min(float(asked.family.seconds[1]), clock.MAX_SECONDS)
    return min(max(float(-(-end // 1)), clock.MIN_SECONDS), most) if end else 5.0


def _ratio_meant(asked: Asked, brought: list[Brought], source: Brought | None) -> str:
    """A shape that was left open: the clip's or the first frame's, else what the words say, else 16:9."""
    shown = source or next((one for one in brought if one.reference.role == "first_frame"), None)
    if shown is not None and shown.width and shown.height:
        return nearest_ratio(shown.width, shown.height)
    for pattern, ratio in ((_VERTICAL, "9:16"), (_SQUARE, "1:1"), (_WIDE, "21:9")):
        if pattern.search(asked.prompt):
            return ratio
    return media.DEFAULT_RATIO


def _choice(values: dict[str, Any], name: str, offered: tuple[str, ...], default: str) -> str:
    value = values.get(name, default)
    if not isinstance(value, str) or value not in offered:
        raise wrong(f"it must be one of {', '.join(offered)}", name)
    return value


def _yes_no(values: dict[str, Any], name: str, default: bool) -> bool:
    value = values.get(name, default)
    if not isinstance(value, bool):
        raise wrong("it must be true or false", name)
    return value


def _whole(values: dict[str, Any], name: str, least: int, most: int, default: int) -> int:
    value = values.get(name, default)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise wrong(f"it must be a whole number from {least} to {most}", name)
    return value


def _text(values: dict[str, Any], name: str, most: int) -> str | None:
    value = values.get(name)
    if value is not None and (not isinstance(value, str) or not 1 <= len(value) <= most):
        raise wrong(f"it must be a string of 1 to {most} characters", name)
    return value


def place_of(error: PhonofilmError, asked: Asked) -> str | None:
    """Where in an Ark body our trouble lies."""
    where = getattr(error, "field", None) or ""
    found = re.match(r"references?[\[.](\d+)", where)
    if found and int(found[1]) < len(asked.content.items):
        return asked.content.items[int(found[1])].place
    known = {
        "prompt": "content",
        "references": "content",
        "task": "omni_reference_task_type",
        "seconds": "duration",
        "sound": "generate_audio",
        "engine": "model",
    }
    return known.get(where, where) if where else "content"
