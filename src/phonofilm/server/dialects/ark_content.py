"""The ``content`` of an Ark request: words, pictures, clips, sounds, and the parts they play."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from phonofilm.engines.remote.seedance import Family
from phonofilm.server.dialects.wire import wrong
from phonofilm.spec.reference import LIMITS, TOTAL

_MEDIA = {"image_url": "image", "video_url": "video", "audio_url": "audio"}
_ROLES = {
    "image": ("first_frame", "last_frame", "reference_image"),
    "video": ("reference_video",),
    "audio": ("reference_audio",),
}
_FRAMES = ("first_frame", "last_frame")
MAX_URL = 44_000_000
"""Characters of an address: a picture of 30 MB as base64 is 40 million."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One picture, clip or sound as it was sent."""

    kind: str
    role: str
    """first_frame | last_frame | reference | source"""
    url: str
    place: str
    """``content[2].image_url``: what an error names."""
    person: bool | None = None
    """Our own addition, which the vendor's clients pass on: does it show or sound like a real person?"""


@dataclass(frozen=True, kw_only=True)
class Content:
    """All of it."""

    text: str = ""
    items: tuple[Item, ...] = ()
    draft_task: str | None = None


def read_content(content: object, family: Family, task: str) -> Content:
    """The content, checked by the vendor's rules. Raises Refused."""
    if not isinstance(content, list) or not content:
        raise wrong("it must be an array with at least one item", "content")
    if len(content) > 64:
        raise wrong("it has too many items; give at most one text and 12 references", "content")
    texts, media, drafts = [], [], []
    for index, item in enumerate(content):
        place = f"content[{index}]"
        if not isinstance(item, dict):
            raise wrong("every item must be an object with a type", place)
        kind = item.get("type")
        if kind == "text":
            texts.append(_string(item.get("text"), f"{place}.text"))
        elif kind in _MEDIA:
            media.append((kind, item, place))
        elif kind == "draft_task":
            inner = item.get("draft_task")
            drafts.append(_string(inner.get("id") if isinstance(inner, dict) else None, f"{place}.draft_task.id"))
        else:
            raise wrong("type must be text, image_url, video_url, audio_url or draft_task", f"{place}.type")
    if drafts:
        if len(content) > 1:
            raise wrong("a draft_task stands alone; send no other item beside it", "content")
        return Content(draft_task=drafts[0])
    items = _parts([_medium(*one) for one in media], family, task)
    text = "\n".join(text for text in texts if text.strip())
    if not text and not items:
        raise wrong("the text is empty; describe what to show", "content")
    return Content(text=text, items=items)


def _string(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise wrong("it must be a string", place)
    return value


def _medium(kind: str, item: dict[str, Any], place: str) -> tuple[str, str | None, str, str, bool | None]:
    """(kind, role as sent, address, place, person)."""
    inner = item.get(kind)
    url = inner.get("url") if isinstance(inner, dict) else None
    medium, place = _MEDIA[kind], f"{place}.{kind}"
    if not isinstance(url, str) or not url.strip():
        raise wrong("its url is missing or empty; give an http(s) address, a data: address or asset://<id>", place)
    if len(url) > MAX_URL:
        raise wrong(f"its url is longer than {MAX_URL} characters; give an address instead of data", place)
    if not re.match(r"(https?://|data:|asset://)", url, re.IGNORECASE):
        raise wrong("its url must begin with http://, https://, data: or asset://", place)
    role, person = item.get("role"), item.get("person")
    if role is not None and role not in _ROLES[medium]:
        raise wrong(f"role must be {' or '.join(_ROLES[medium])}", place.rpartition(".")[0] + ".role")
    if person is not None and not isinstance(person, bool):
        raise wrong("person must be true or false", place.rpartition(".")[0] + ".person")
    return medium, role, url.strip(), place, person


def _parts(media: list[tuple[str, str | None, str, str, bool | None]], family: Family, task: str) -> tuple[Item, ...]:
    """Roles as meant: a picture alone is the first frame; the three ways of giving pictures exclude each other;
    counts."""
    images = [one for one in media if one[0] == "image"]
    roles = [one[1] for one in images]
    if len(images) == 1 and len(media) == 1 and roles == [None]:
        roles = ["first_frame"]
    if None in roles:
        raise wrong("role must be specified for image contents", "content")
    if any(role is None for kind, role, *_ in media if kind != "image"):
        kind = next(kind for kind, role, *_ in media if role is None and kind != "image")
        raise wrong(f"role must be specified for {kind} contents: reference_{kind}", "content")
    frames = [role for role in roles if role in _FRAMES]
    if frames:
        if len(frames) < len(media):
            raise wrong(
                "first/last frame content cannot be mixed with reference media content; use one of them", "content"
            )
        if roles.count("first_frame") != 1 or roles.count("last_frame") > 1:
            raise wrong("give one first_frame, or one first_frame and one last_frame", "content")
    elif media:
        _count(media, family)
    source = next((one for one in media if one[0] == "video"), None) if task in ("edit", "extend") else None
    if task in ("edit", "extend") and source is None:
        raise wrong(f"to {task} needs a reference_video", "content")
    sent = iter(roles)
    items = []
    for one in media:
        kind, _, url, place, person = one
        role = next(sent) if kind == "image" else None
        items.append(
            Item(
                kind=kind,
                role="source" if one is source else role if role in _FRAMES else "reference",
                url=url,
                place=place,
                person=person,
            )
        )
    return tuple(items)


def _count(media: list[tuple[str, str | None, str, str, bool | None]], family: Family) -> None:
    if not family.references:
        raise wrong("this model takes first and last frames only, no reference media; choose another model", "content")
    for kind, most in LIMITS.items():
        count = sum(one[0] == kind for one in media)
        if count > most:
            raise wrong(f"{count} items with role reference_{kind} are too many; give at most {most}", "content")
    if len(media) > TOTAL:
        raise wrong(f"{len(media)} reference items are too many; give at most {TOTAL} together", "content")
    if not family.sound_alone and all(one[0] == "audio" for one in media):
        raise wrong("reference_audio needs a reference_image or reference_video beside it", "content")
