"""Files for the fuzz test: good ones in every format, and what people and attackers send instead."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

import av
import numpy as np
from PIL import Image

Made = tuple[str, str, bytes]
"""(what it is, a file name, the bytes)"""


def picture(chance: random.Random, kind: str = "PNG") -> bytes:
    """A noisy picture, 300 to 900 pixels a side."""
    size = chance.randint(300, 900), chance.randint(300, 900)
    pixels = (
        np.random.default_rng(chance.randrange(1 << 30))
        .integers(0, 255, (size[1] // 8, size[0] // 8, 3))
        .astype(np.uint8)
    )
    out = io.BytesIO()
    Image.fromarray(pixels).resize(size).save(out, kind)
    return out.getvalue()


def wave(seconds: float, rate: int = 16_000) -> bytes:
    """A tone as WAV."""
    data = (np.sin(np.arange(int(rate * seconds)) * 0.2) * 9000).astype("<i2").tobytes()
    head = struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16)
    return (
        b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + head + b"data" + struct.pack("<I", len(data)) + data
    )


def clip(seconds: float, width: int = 640, height: int = 360) -> bytes:
    """A small MP4."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index in range(round(seconds * 24)):
            frame = av.VideoFrame.from_ndarray(np.full((height, width, 3), index % 250, np.uint8), format="rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is enormous and is a few hundred bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 200_000, 9))
        + chunk(b"IEND", b"")
    )


def zipped() -> bytes:
    """A zip bomb: ten megabytes of nothing in ten kilobytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.png", b"\0" * 10_000_000)
    return out.getvalue()


class Shelf:
    """Makes each costly file once."""

    def __init__(self) -> None:
        chance = random.Random(1)
        self.good: list[Made] = [
            (f"good {kind.lower()}", f"a.{kind.lower()}", picture(chance, kind)) for kind in ("PNG", "JPEG", "WEBP")
        ]
        self.good += [("good wav", "a.wav", wave(3.0)), ("good mp4", "a.mp4", clip(2.5))]
        self.zip, self.long_clip, self.long_wave = zipped(), clip(16.5, 320, 240), wave(20.0)
        self.makers: list[Callable[[random.Random], Made]] = [
            self.cut, self.lying, self.corrupt_head, self.noise, self.markup, self.pixels, self.archive, self.shape,
            self.length, self.empty, self.boxes,
        ]  # fmt: skip

    def bad(self, chance: random.Random) -> Made:
        """Something that must not be taken."""
        return chance.choice(self.makers)(chance)

    def cut(self, chance: random.Random) -> Made:
        """A good file that ends too early."""
        what, name, body = chance.choice(
            [one for one in self.good if "mp4" in one[0] or "png" in one[0] or "jpeg" in one[0]]
        )
        return f"truncated {what[5:]}", name, body[: int(len(body) * chance.uniform(0.02, 0.6))]

    def lying(self, chance: random.Random) -> Made:
        """The first bytes of one thing, then something else."""
        heads = [
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff\xe0\0\x10JFIF\0",
            b"RIFF\x24\0\0\0WEBPVP8 ",
            b"RIFF\x24\0\0\0WAVEfmt ",
            b"\0\0\0\x20ftypisom\0\0\2\0",
            b"ID3\3\0\0\0",
        ]
        return "lying head", "a.png", chance.choice(heads) + chance.randbytes(chance.randint(0, 5000))

    def corrupt_head(self, chance: random.Random) -> Made:
        """A good PNG whose header's numbers are noise."""
        body = bytearray(self.good[0][2])
        body[16:24] = chance.randbytes(8)
        return "corrupt head", "a.png", bytes(body)

    def noise(self, chance: random.Random) -> Made:
        """Chance."""
        return (
            "noise",
            chance.choice(["a.png", "a.mp4", "", "../../x", "a\x00b"]),
            b"\x01" + chance.randbytes(chance.randint(0, 20_000)),
        )

    def markup(self, chance: random.Random) -> Made:
        """What a browser might run."""
        texts = ["<html><script>alert(1)</script>", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
                 "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>", "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
                 "ffconcat version 1.0\nfile /etc/passwd\n", "%PDF-1.7", "GIF89a", "#!/bin/sh\nid"]  # fmt: skip
        return (
            "markup",
            chance.choice(["a.svg", "a.png", "a.html", "a.m3u8"]),
            chance.choice(texts).encode() * chance.randint(1, 3),
        )

    def pixels(self, chance: random.Random) -> Made:
        """A pixel bomb."""
        side = chance.choice([7000, 20_000, 60_000, 2**31 - 1])
        return "pixel bomb", "a.png", bomb(side, chance.choice([7000, side]))

    def archive(self, chance: random.Random) -> Made:
        """A zip bomb under another name."""
        return "zip bomb", chance.choice(["a.zip", "a.png", "a.docx"]), self.zip

    def shape(self, chance: random.Random) -> Made:
        """A good picture of a shape nobody takes."""
        out = io.BytesIO()
        size = chance.choice([(1, 1), (16, 16), (5000, 300), (300, 5000), (40, 400)])
        Image.fromarray(np.zeros((size[1], size[0], 3), np.uint8)).save(out, "PNG")
        return "odd shape", "a.png", out.getvalue()

    def length(self, chance: random.Random) -> Made:
        """A good sound or clip that is too long or too short."""
        return chance.choice(
            [
                ("too long wav", "a.wav", self.long_wave),
                ("too long mp4", "a.mp4", self.long_clip),
                ("silence", "a.wav", wave(0.0)),
            ]
        )

    def empty(self, chance: random.Random) -> Made:
        """Nothing, or nearly."""
        return "empty", "a.png", b"" if chance.random() < 0.5 else b"\0" * chance.randint(1, 100)

    def boxes(self, chance: random.Random) -> Made:
        """An MP4 whose boxes lie about their sizes."""
        body = bytearray(self.good[-1][2])
        for _ in range(chance.randint(1, 3)):
            place = body.find(chance.choice([b"moov", b"trak", b"stsz", b"stco", b"mdhd"]))
            if place >= 4:
                body[place - 4 : place] = struct.pack(">I", chance.choice([0, 1, 7, 2**31, 2**32 - 1]))
        return "lying boxes", "a.mp4", bytes(body)
