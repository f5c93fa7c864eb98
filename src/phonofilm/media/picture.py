"""The one loader for pictures: upright, 8-bit sRGB, on a ground, whatever the file holds; its writer's notes and broken
profiles are no damage."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from phonofilm.errors import MediaError

GROUND = (255, 255, 255)
"""sRGB behind what is transparent: paper, as pages and print have it."""
_PNG = b"\x89PNG\r\n\x1a\n"
_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"eXIf", b"sBIT", b"acTL", b"fcTL", b"fdAT"}
"""Chunks of a PNG that say what it looks like. Texts (prompts, workflows) are left out before the decoder sees, and
limits, them."""
_TEXT = 64 << 20
"""Bytes a PNG's texts may unpack to."""
_PROFILE = 16 << 20
"""Bytes a colour profile may have; those of printers have one or two million."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
}  # fmt: skip


@dataclass
class Opened:
    """A picture's file whose pixels have not been decoded yet."""

    image: Image.Image
    profile: bytes | None
    """Its ICC profile."""
    ignored: list[str] = field(default_factory=list)
    """What of the file is not used, in words; grows while it is decoded."""


def load(path: Path | str) -> NDArray[np.uint8]:
    """A picture as uint8 [height, width, 3], sRGB: upright, its own colours converted, what is transparent on
    ``GROUND``.

    Raises MediaError, naming the file, for what is no picture.
    """
    colours, opacity = load_layers(path)
    if opacity is None:
        return colours
    ground = Image.new("RGB", (colours.shape[1], colours.shape[0]), GROUND)
    return np.asarray(Image.composite(Image.fromarray(colours), ground, Image.fromarray(opacity)))


def load_layers(path: Path | str, side: int | None = None) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """As ``load``, colours and opacity (uint8 [height, width], None where nothing is transparent) apart. ``side``:
    small will do, at least so large."""
    try:
        opened = open_picture(path)
        if side:
            opened.image.draft("RGB", (side, side))
        return decode(opened)
    except (OSError, ValueError, SyntaxError, zlib.error, struct.error, Image.DecompressionBombError) as error:
        raise MediaError(f"'{Path(path).name}' cannot be read as a picture; give a PNG, JPEG or WebP file") from error


def open_picture(path: Path | str, formats: list[str] | None = None) -> Opened:
    """Read a file up to its size and kind. Raises OSError, ValueError or SyntaxError for what is no picture."""
    data = Path(path).read_bytes()
    profile: bytes | None = None
    ignored: list[str] = []
    if data.startswith(_PNG):
        data, profile, ignored = _without_notes(data)
    image = Image.open(io.BytesIO(data), formats=formats)
    return Opened(image, profile or image.info.get("icc_profile") or None, ignored)


def decode(opened: Opened) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """Colours [height, width, 3] and opacity [height, width] of an opened picture. Raises OSError or ValueError where
    its data are damaged."""
    image = opened.image
    image.load()
    turn = orientation(opened)
    opacity = _opacity(image)
    image.info.pop("transparency", None)
    image = _srgb(_eight_bits(image), opened)
    if turn in _TURNS:
        image = image.transpose(_TURNS[turn])
        opacity = opacity.transpose(_TURNS[turn]) if opacity else None
    return np.asarray(image), np.asarray(opacity) if opacity else None


def look(opened: Opened) -> tuple[int, int]:
    """Decode an opened picture without converting it; (width, height) as it is shown. What is not used of it is in
    ``ignored`` afterwards.

    Raises OSError or ValueError where its data are damaged.
    """
    image = opened.image
    image.load()
    _conversion(_plain(image.mode), opened)
    return image.size if orientation(opened) < 5 else (image.height, image.width)


def orientation(opened: Opened) -> int:
    """How the camera was held, 1 to 8 as EXIF counts; 1 where its notes cannot be read."""
    try:
        found = opened.image.getexif().get(0x0112, 1)
    except Exception:  # a camera's notes may be anything, and their reader raises anything
        opened.ignored.append("the camera's notes (EXIF): they cannot be read")
        return 1
    return found if found in _TURNS else 1


def _plain(mode: str) -> str:
    """The mode of eight bits without opacity that holds the colours of another."""
    return "L" if mode[0] in "I1F" or mode in ("LA", "La") else mode if mode in ("L", "CMYK", "LAB", "YCbCr") else "RGB"


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits (0..65535), or of floats (0..1), as grey of 8; everything else as it is."""
    if not (image.mode.startswith("I") or image.mode == "F"):
        return image
    values = np.asarray(image)
    if image.mode == "F":
        return Image.fromarray(np.clip(np.rint(values * 255), 0, 255).astype(np.uint8))
    return Image.fromarray(((np.clip(values, 0, 65535).astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8))


def _opacity(image: Image.Image) -> Image.Image | None:
    """The alpha channel as grey; None where everything is opaque."""
    clear = image.info.get("transparency")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        found = image.getchannel("A" if "A" in image.getbands() else "a")
    elif clear is None:
        return None
    elif image.mode == "P":
        found = image.convert("RGBA").getchannel("A")
    else:  # one colour stands for "nothing here"
        values = np.asarray(image)
        wanted = np.asarray(clear)
        if image.mode == "RGB" and wanted.max(initial=0) > 255:
            wanted = wanted >> 8  # written for 16 bits, of which 8 are left
        hit = values == wanted
        found = Image.fromarray(np.where(hit.all(-1) if hit.ndim == 3 else hit, 0, 255).astype(np.uint8))
    return None if found.getextrema() == (255, 255) else found


def _srgb(image: Image.Image, opened: Opened) -> Image.Image:
    """The colours of a picture in sRGB, by its profile where that can be used."""
    if image.mode in ("La", "RGBa"):  # multiplied by its opacity; only the way back leads on
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    if image.mode != (mode := _plain(image.mode)):
        image = image.convert(mode)
    found = _conversion(mode, opened)
    if found is None:
        return image.convert("RGB")
    mode, transform = found
    made = ImageCms.applyTransform(image if image.mode == mode else image.convert(mode), transform)
    return made if made is not None else image.convert("RGB")


def _conversion(mode: str, opened: Opened) -> tuple[str, ImageCms.ImageCmsTransform] | None:
    """(mode it takes, transform to sRGB) of a picture's profile; None for sRGB, for no profile, and, noted as ignored,
    for one that cannot be used."""
    if opened.profile is None:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(opened.profile))
        meant = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}.get(profile.profile.xcolor_space.strip(), "")
        if meant != mode and (meant, mode) not in (("L", "RGB"), ("RGB", "L")):
            raise ValueError("a profile for another kind of colours")
        if "sRGB" in (profile.profile.profile_description or ""):
            return None
        return meant, ImageCms.buildTransform(
            profile,
            ImageCms.createProfile("sRGB"),
            meant,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        opened.ignored.append("the colour profile: it cannot be read or is for another kind of picture")
        return None


def _without_notes(data: bytes) -> tuple[bytes, bytes | None, list[str]]:
    """A PNG without what it says beside the picture; its colour profile; what is ignored. Raises ValueError for texts
    that unpack without bounds."""
    out, profile, ignored, room, at = [_PNG], None, [], _TEXT, len(_PNG)
    while at + 8 <= len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        if name in _KEPT:
            out.append(data[at : at + 12 + size])
        elif name == b"iCCP":
            profile = _unpacked(body.partition(b"\0")[2][1:], _PROFILE)
            if profile is None:
                ignored.append("the colour profile: it cannot be read or is too large")
        elif name in (b"zTXt", b"iTXt"):
            _, _, rest = body.partition(b"\0")
            if name == b"zTXt" or rest[:1] == b"\1":
                packed = rest[1:] if name == b"zTXt" else rest[2:].split(b"\0", 2)[-1]
                text = _unpacked(packed, room)
                if text is None and _reaches(packed, room):
                    raise ValueError("a text that unpacks to more than any text has")
                room -= len(text or b"")
        at += 12 + size
    return b"".join(out), profile, ignored


def _unpacked(data: bytes, most: int) -> bytes | None:
    """Unpacked data of at most ``most`` bytes; None for more, and for what is damaged."""
    try:
        reader = zlib.decompressobj()
        found = reader.decompress(data, most)
    except zlib.error:
        return None
    return found if found and reader.eof else None


def _reaches(data: bytes, most: int) -> bool:
    """Do packed data unpack to ``most`` bytes and more?"""
    try:
        return len(zlib.decompressobj().decompress(data, most)) >= most
    except zlib.error:
        return False
