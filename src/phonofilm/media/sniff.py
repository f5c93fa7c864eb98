"""What a file is, told by its first bytes: names and headers lie."""

from __future__ import annotations

KINDS = {
    "image/jpeg": "image", "image/png": "image", "image/webp": "image",
    "video/mp4": "video", "video/quicktime": "video",
    "audio/wav": "audio", "audio/mpeg": "audio", "audio/mp4": "audio",
}  # fmt: skip
"""Content types we take, and their kinds."""
SUFFIXES = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "video/mp4": ".mp4", "video/quicktime": ".mov",
    "audio/wav": ".wav", "audio/mpeg": ".mp3", "audio/mp4": ".m4a",
}  # fmt: skip
WANTED = {"image": "JPG, PNG or WebP", "video": "MP4 or MOV", "audio": "WAV, MP3 or M4A"}
HEAD = 64
"""Bytes ``sniff`` wants to see."""
_OTHERS = (
    (b"GIF8", "a GIF"), (b"BM", "a BMP"), (b"II*\0", "a TIFF"), (b"MM\0*", "a TIFF"),
    (b"\x1aE\xdf\xa3", "WebM or Matroska"), (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"), (b"%PDF", "a PDF"), (b"PK\x03\x04", "a ZIP archive"), (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"BZh", "bzip2 data"), (b"\xfd7zXZ", "xz data"), (b"7z\xbc\xaf", "a 7z archive"), (b"Rar!", "a RAR archive"),
    (b"(\xb5/\xfd", "zstd data"),
    (b"MZ", "a program"), (b"\x7fELF", "a program"), (b"#!", "a script"), (b"<?xml", "XML"), (b"<svg", "SVG"),
    (b"<!DOC", "a web page"),
    (b"<html", "a web page"), (b"<HTML", "a web page"), (b"{", "JSON"), (b"FLV", "Flash video"),
    (b"#EXTM3U", "a playlist"), (b"FORM", "AIFF"),
)  # fmt: skip
_CONVERT = {
    "WebM or Matroska": "browsers' recorders write it: convert it with "
    "ffmpeg -i FILE -pix_fmt yuv420p clip.mp4, or for sound alone ffmpeg -i FILE sound.wav",
    "Ogg": "convert it with ffmpeg -i FILE sound.wav", "FLAC": "convert it with ffmpeg -i FILE sound.wav",
    "AIFF": "convert it with ffmpeg -i FILE sound.wav",
    "Flash video": "convert it with ffmpeg -i FILE -pix_fmt yuv420p clip.mp4", "HEIC or AVIF": "save it as JPG or PNG",
    "a TIFF": "save it as PNG",
    "a BMP": "save it as PNG",
    "a GIF": "save a still of it as PNG, or all of it with ffmpeg -i FILE -pix_fmt yuv420p clip.mp4",
    "SVG": "save it as PNG",
}  # fmt: skip
_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_STILLS = (b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")


def sniff(head: bytes) -> str | None:
    """The content type of a file beginning with ``head`` (64 bytes are enough), one of ``KINDS``; None for anything
    else.

    An MP4 that turns out to hold sound alone is only known by reading it (``media.probe``).
    """
    if head[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in _STILLS:
            return None
        return {b"qt  ": "video/quicktime", b"M4A ": "audio/mp4", b"M4B ": "audio/mp4"}.get(brand, "video/mp4")
    if head[4:8] in _ATOMS:
        return "video/quicktime"
    if head[:3] == b"ID3" or _is_mp3_frame(head):
        return "audio/mpeg"
    return None


def describe(head: bytes) -> str:
    """What a file looks like, in words for an error message."""
    if head[4:8] == b"ftyp":
        return "HEIC or AVIF" if head[8:12] in _STILLS else "an MP4"
    if not head:
        return "empty"
    return next(
        (name for magic, name in _OTHERS if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(magic)),
        "of a kind we do not know",
    )


def remedy(head: bytes, kinds: tuple[str, ...] = ("image", "video", "audio")) -> str:
    """What to do with a file that is not taken: how it is converted, where that is one step, else what to give."""
    return _CONVERT.get(describe(head)) or f"give {', '.join(WANTED[kind] for kind in kinds)}"


def _is_mp3_frame(head: bytes) -> bool:
    """Is this the header of an MPEG audio layer III frame (sync, layer, bit rate, sample rate)?"""
    return (
        len(head) >= 4
        and head[0] == 0xFF
        and head[1] & 0xE6 == 0xE2
        and head[1] & 0x18 != 0x08
        and head[2] >> 4 not in (0, 15)
        and head[2] & 0x0C != 0x0C
    )
