"""What may happen to a clip on its way: re-encoding, scaling, cutting, other frame rates; and to its sound. Through
real encoders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage, signal

Picture = NDArray[np.uint8]
Sound = NDArray[np.float32]
Change = Callable[[Picture, int], Picture]
"""(frame, number of the clip) -> frame."""


@dataclass(frozen=True, kw_only=True)
class OnPicture:
    """One attack on the picture: a change of every frame, a new frame rate, and x264's constant quality."""

    about: str
    change: Change | None = None
    fps: float | None = None
    speed: float = 1.0
    crf: int = 23
    preset: str = "veryfast"
    required: bool = True
    """Whether the mark has to survive it."""


@dataclass(frozen=True, kw_only=True)
class OnSound:
    """One attack on the sound: a change of the samples, another rate or number of channels, and AAC's bits per
    second."""

    about: str
    change: Callable[[Sound, int], Sound] | None = None
    rate: int | None = None
    mono: bool = False
    bits: int = 64_000
    required: bool = True


def scaled(height: int) -> Change:
    """To a height in pixels, the width along with it, both even."""

    def change(frame: Picture, _: int) -> Picture:
        width = round(frame.shape[1] * height / frame.shape[0] / 2) * 2
        return np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.BICUBIC))

    return change


def cut(share: float) -> Change:
    """Cut by ``share`` of the size: of all four sides, of one corner, or of one side, by the number of the clip."""
    # left, right, top, bottom
    ways = [
        (1, 1, 1, 1),
        (1, 0, 1, 0),
        (0, 1, 1, 0),
        (1, 0, 0, 1),
        (0, 1, 0, 1),
        (1, 0, 0, 0),
        (0, 1, 0, 0),
        (0, 0, 1, 0),
        (0, 0, 0, 1),
    ]

    def change(frame: Picture, number: int) -> Picture:
        height, width = frame.shape[:2]
        left, right, top, bottom = (
            round(share * size * on)
            for size, on in zip((width, width, height, height), ways[number % len(ways)], strict=True)
        )
        kept = frame[top : height - bottom, left : width - right]
        return np.ascontiguousarray(kept[: kept.shape[0] // 2 * 2, : kept.shape[1] // 2 * 2])

    return change


def turned(degrees: float) -> Change:
    """Turned about the middle, the corners cut."""
    return lambda frame, _: np.asarray(Image.fromarray(frame).rotate(degrees, Image.Resampling.BICUBIC))


def filmed(frame: Picture, number: int) -> Picture:
    """As if filmed off a screen: a little keystone, blur and noise."""
    height, width = frame.shape[:2]
    corners = (
        0.02 * width,
        0.03 * height,
        0.01 * width,
        0.98 * height,
        0.985 * width,
        0.995 * height,
        0.97 * width,
        0.01 * height,
    )
    seen = Image.fromarray(frame).transform((width, height), Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)
    soft = ndimage.gaussian_filter(np.asarray(seen, np.float32), (1.5, 1.5, 0))
    noise = np.random.default_rng(number).normal(0, 3, (height, width, 1))
    return np.asarray(np.clip(soft + noise, 0, 255), np.uint8)


def blurred(sigma: float) -> Change:
    """Gaussian blur, in pixels."""
    return lambda frame, _: np.asarray(ndimage.gaussian_filter(frame, (sigma, sigma, 0)))


def faster(sound: Sound, rate: int) -> Sound:
    """Played 5 % faster, pitch and all."""
    return np.asarray(signal.resample_poly(sound, 20, 21, axis=1), np.float32)


def shifted(sound: Sound, rate: int) -> Sound:
    """Half a semitone up at the same length."""
    _, _, spectrum = signal.stft(sound, rate, nperseg=2048)
    out = np.zeros_like(spectrum)
    source = np.arange(spectrum.shape[1]) / 2 ** (0.5 / 12)
    out[:] = spectrum[:, np.round(source).astype(int)]
    _, heard = signal.istft(out, rate, nperseg=2048)
    return np.asarray(heard[:, : sound.shape[1]], np.float32)


def noisy(sound: Sound, rate: int) -> Sound:
    """White noise 30 dB under the sound."""
    level = float(np.sqrt(np.mean(np.square(sound)))) * 10 ** (-30 / 20)
    return sound + np.random.default_rng(0).normal(0, max(level, 1e-9), sound.shape).astype(np.float32)


PICTURE: dict[str, OnPicture] = {
    "crf28": OnPicture(about="re-encoded, x264 medium, CRF 28", crf=28, preset="medium"),
    "360p": OnPicture(about="scaled to 360p, CRF 23", change=scaled(360)),
    "fps30": OnPicture(about="24 -> 30 frames/s, CRF 23", fps=30),
    "fps25": OnPicture(about="24 -> 25 frames/s, CRF 23", fps=25),
    "fps12": OnPicture(about="24 -> 12 frames/s, CRF 23", fps=12),
    "crop5": OnPicture(about="cropped by 5 % (four sides, a corner or a side in turn), CRF 23", change=cut(0.05)),
    "360p28": OnPicture(about="scaled to 360p and CRF 28", change=scaled(360), crf=28, required=False),
    "crop5-360p28": OnPicture(
        about="cropped by 5 %, 360p, CRF 28",
        change=lambda f, n: scaled(360)(cut(0.05)(f, n), n),
        crf=28,
        required=False,
    ),
    "240p": OnPicture(about="scaled to 240p, CRF 23", change=scaled(240), required=False),
    "crf35": OnPicture(about="re-encoded at CRF 35", crf=35, required=False),
    "crop10": OnPicture(about="cropped by 10 %, as above", change=cut(0.10), required=False),
    "blur": OnPicture(about="blurred, sigma 3 pixels", change=blurred(3), required=False),
    "speed": OnPicture(about="played 5 % faster", speed=1.05, required=False),
    "turn": OnPicture(about="turned by 2 degrees", change=turned(2), required=False),
    "mirror": OnPicture(about="mirrored", change=lambda f, n: np.ascontiguousarray(f[:, ::-1]), required=False),
    "filmed": OnPicture(about="as filmed off a screen", change=filmed, required=False),
}
SOUND: dict[str, OnSound] = {
    "aac64": OnSound(about="AAC at 64 kbit/s"),
    "aac64-44": OnSound(about="resampled to 44.1 kHz, AAC at 64 kbit/s", rate=44_100),
    "aac64-mono": OnSound(about="mono, AAC at 64 kbit/s", mono=True),
    "aac32": OnSound(about="AAC at 32 kbit/s", bits=32_000, required=False),
    "noise": OnSound(about="white noise 30 dB under it", change=noisy, required=False),
    "speed-sound": OnSound(about="played 5 % faster", change=faster, required=False),
    "pitch": OnSound(about="half a semitone up", change=shifted, required=False),
}


def attack_picture(frames: Iterable[Picture], path: Path, attack: OnPicture, number: int, fps: float = 24) -> None:
    """Write ``frames`` after the attack."""
    frames = list(frames)
    if attack.fps:
        count = int(len(frames) / fps * attack.fps)
        frames = [frames[min(int(i / attack.fps * fps + 1e-6), len(frames) - 1)] for i in range(count)]
    rate = Fraction(attack.fps or fps * attack.speed).limit_denominator(1000)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264", rate=rate, options={"crf": str(attack.crf), "preset": attack.preset, "threads": "1"}
        )
        stream.pix_fmt = "yuv420p"
        for index, image in enumerate(frames):
            if attack.change:
                image = attack.change(image, number)
            if index == 0:
                stream.height, stream.width = image.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24").reformat(
                format="yuv420p",
                src_colorspace=Colorspace.ITU709,
                dst_colorspace=Colorspace.ITU709,
                src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.MPEG,
            )
            frame.pts, frame.time_base = index, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def attack_sound(sound: Sound, rate: int, path: Path, attack: OnSound) -> None:
    """Write ``sound`` [2, n] after the attack."""
    if attack.change:
        sound = attack.change(sound, rate)
    if attack.mono:
        sound = sound.mean(axis=0, keepdims=True)
    if attack.rate and attack.rate != rate:
        sound = signal.resample_poly(sound, attack.rate, rate, axis=1)
    rate = attack.rate or rate
    layout = "mono" if attack.mono else "stereo"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=rate, layout=layout, bit_rate=attack.bits)
        for start in range(0, sound.shape[1], 1024):
            block = np.ascontiguousarray(np.clip(sound[:, start : start + 1024], -1, 1), np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
