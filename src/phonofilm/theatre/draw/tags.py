"""Paper tags: at the foot of what only stands in for a word hangs that word, small and readable, never over a face."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from phonofilm.media.fonts import font_for, writable
from phonofilm.theatre.camera import project
from phonofilm.theatre.lexicon.cutouts import stands_in
from phonofilm.theatre.paper.pen import Canvas
from phonofilm.theatre.play import Actor, Camera, State

LETTER = 0.064
"""Height of the letters' square in picture heights: 15 pixels of 240, and nine of a picture of a contact sheet."""
LONGEST = 26
"""Letters of a word at most."""
Box = tuple[float, float, float, float]


def word_of(actor: Actor) -> str:
    """What stands on an actor's tag; "" for whoever is drawn as what it is, and for a card, which has its word on it.
    Where no font here can write the word, the drawing's own name: empty boxes tell nobody anything."""
    cutout = actor.cutout
    if cutout is None or cutout.kind in ("card", "picture") or not stands_in(cutout):
        return ""
    word = " ".join((cutout.word or cutout.name).split())
    word = word if writable(word) else cutout.name.replace("-", " ")
    return word if len(word) <= LONGEST else word[: LONGEST - 1] + "\u2026"


def draw(canvas: Canvas, cast: Sequence[tuple[Actor, State]], camera: Camera, width: int, height: int) -> list[Box]:
    """Hang the tags of a cast; where they hang as (left, top, right, bottom) in pixels."""
    faces = {
        actor.name: _head(actor, state, camera, width, height)
        for actor, state in cast
        if actor.look is not None or _lives(actor)
    }
    placed: list[Box] = []
    done: set[str] = set()
    for actor, state in reversed(cast):
        word = word_of(actor)
        if not word or word in done:
            continue
        x, y, z = state.position
        u, v, scale = project(camera, (x, max(0.0, y - actor.size[1] / 2 * state.squash), z))
        half = actor.size[0] / 2 * scale
        if u + half < -width / height / 2 or u - half > width / height / 2 or v > 0.5:
            continue
        done.add(word)
        sheet = _tag(word, max(9, round(LETTER * height)))
        wide, tall = sheet.shape[1], sheet.shape[0]
        margin = 0.02 * height
        px = min(max(width / 2 + u * height, wide / 2 + margin), width - wide / 2 - margin)
        py = min(height / 2 - v * height + tall / 2 + 0.012 * height, height - tall / 2 - margin)
        heads = [face for name, face in faces.items() if name != actor.name]
        box = _clear((px - wide / 2, py - tall / 2, px + wide / 2, py + tall / 2), heads, placed, width, height)
        placed.append(box)
        canvas.group((wide, 0, (box[0] + box[2]) / 2, 0, -tall, (box[1] + box[3]) / 2))
        canvas.picture(sheet)
        canvas.leave()
    return placed


def _lives(actor: Actor) -> bool:
    return actor.cutout is not None and actor.cutout.nature.move in ("walk", "hop", "crawl", "swim")


def _head(actor: Actor, state: State, camera: Camera, width: int, height: int) -> Box:
    """Where the face is: of a person the head, of an animal its upper half."""
    if actor.look is None:
        x, y, z = state.position
        u, v, scale = project(camera, (x, y, z))
        px, py, s = width / 2 + u * height, height / 2 - v * height, scale * height
        return (
            px - 0.5 * actor.size[0] * s,
            py - 0.5 * actor.size[1] * s,
            px + 0.5 * actor.size[0] * s,
            py + 0.05 * actor.size[1] * s,
        )
    tall = actor.look.height
    x, y, z = state.position
    at = state.pose.joints["head"] if state.pose is not None else (0.0, 0.88 * tall)
    u, v, scale = project(camera, (x + at[0] * state.facing, y + at[1], z))
    px, py, r = width / 2 + u * height, height / 2 - v * height, 0.15 * tall * scale * height
    return px - r, py - r, px + r, py + r


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _clear(box: Box, heads: Sequence[Box], placed: Sequence[Box], width: int, height: int) -> Box:
    """The box, moved below the faces it would cover, or to their free side, and off other tags."""
    for other in heads:
        if not _meet(box, other):
            continue
        wide, tall = box[2] - box[0], box[3] - box[1]
        if other[3] + tall <= height:
            box = (box[0], other[3], box[2], other[3] + tall)
        elif (box[0] + box[2]) / 2 >= (other[0] + other[2]) / 2 and other[2] + wide <= width:
            box = (other[2], box[1], other[2] + wide, box[3])
        else:
            box = (other[0] - wide, box[1], other[0], box[3])
    for other in placed:
        if _meet(box, other):
            tall = box[3] - box[1]
            box = (box[0], other[1] - tall, box[2], other[1])
    return box


@lru_cache(maxsize=128)
def _tag(word: str, size: int) -> np.ndarray:
    """The word on a strip of paper: premultiplied RGBA uint8 [H, W, 4]."""
    font = font_for(word, size)
    pad = round(0.32 * size)
    wide = int(font.getlength(word)) + 2 * pad + 1
    tall = (
        round(1.36 * size) if all(unicodedata.east_asian_width(one) not in "WF" for one in word) else round(1.5 * size)
    )
    image = Image.new("RGBA", (wide, tall), (0, 0, 0, 0))
    pencil = ImageDraw.Draw(image)
    pencil.rounded_rectangle(
        (0, 0, wide - 1, tall - 1), round(0.22 * size), fill=(250, 246, 234, 255), outline=(120, 110, 104, 255)
    )
    pencil.text((wide / 2, tall / 2), word, fill=(38, 32, 44, 255), font=font, anchor="mm")
    pixels = np.asarray(image).astype(np.uint16)
    pixels[..., :3] = pixels[..., :3] * pixels[..., 3:] // 255
    return pixels.astype(np.uint8)
