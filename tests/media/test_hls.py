"""The stream's packaging rule: same times and aligned cuts in every rung, nothing that a player has to guess. The
browser's word: test_hls_browser.py."""

from fractions import Fraction

import av
import numpy as np
import pytest

from phonofilm.media.packaging import ffmpeg
from phonofilm.media.packaging.package import package
from phonofilm.media.packaging.subtitles import Cue

from .hls_rules import breaches

RATE = 48_000


def clip(path, frames, *, fps=24, size=(320, 180), cut=31, times=None):
    """A clip whose picture is cut every ``cut`` frames, so that the encoder wants key frames of its own."""
    rng = np.random.default_rng(5)
    back = [rng.integers(0, 255, (size[1] // 4, size[0] // 4, 3), np.uint8).repeat(4, 0).repeat(4, 1) for _ in range(4)]
    with av.open(str(path), "w") as container:
        picture, voice = (
            container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001), options={"preset": "veryfast"}),
            container.add_stream("aac", rate=RATE, layout="stereo"),
        )
        picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
        picture.codec_context.time_base = Fraction(1, 12_000)
        last = 0.0
        for n in range(frames):
            last = n / fps if times is None else times[n]
            frame = av.VideoFrame.from_ndarray(np.roll(back[n // cut % 4], n, 1), format="rgb24")
            frame.pts, frame.time_base = round(last * 12_000), Fraction(1, 12_000)
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        sound = av.AudioFrame.from_ndarray(
            np.zeros((2, round((last + 1 / fps) * RATE)), np.float32), format="fltp", layout="stereo"
        )
        sound.sample_rate, sound.pts, sound.time_base = RATE, 0, Fraction(1, RATE)
        container.mux(voice.encode(sound))
        container.mux(voice.encode(None))
    return path


@pytest.fixture(params=["with ffmpeg", "without"])
def program(request, monkeypatch):
    if request.param == "without":
        monkeypatch.setenv("FFMPEG", "none")
    ffmpeg.find.cache_clear()
    yield request.param
    ffmpeg.find.cache_clear()


@pytest.mark.parametrize(
    ("frames", "fps", "size", "segments"),
    [
        (193, 24, (640, 360), 2),
        (289, 24, (160, 90), 3),
        (121, 24, (90, 160), 1),
        (25, 24, (160, 90), 1),
        (145, 25, (160, 90), 1),
        (240, 30000 / 1001, (160, 90), 2),
    ],
)
def test_every_rung_has_the_same_times_and_keeps_the_rules(tmp_path, program, frames, fps, size, segments):
    raw = clip(tmp_path / "raw.mp4", frames, fps=fps, size=size)
    cues = [Cue(start=0.2, end=0.9, text="Hello", language="en")]
    made = package(raw, tmp_path / "p", stills=False, subtitles=cues)
    assert made.frames == frames and breaches(tmp_path / "p" / "hls") == []
    names = [file.name for file in made.files if file.name.endswith(".m4s")]
    assert len(names) == segments * (2 if program == "with ffmpeg" else 1), names


def test_a_clip_of_uneven_times_is_cut_alike_too(tmp_path):
    times = np.cumsum(np.random.default_rng(2).choice([1 / 30, 1 / 24, 1 / 12], 150)).tolist()
    package(clip(tmp_path / "raw.mp4", 150, times=[time - times[0] for time in times]), tmp_path / "p", stills=False)
    # the last frame's length is the encoder's guess, everything before is the clip's own
    assert [one for one in breaches(tmp_path / "p" / "hls") if "end" not in one] == []
    got = []
    for path in (tmp_path / "p/video.mp4", *sorted((tmp_path / "p/hls").glob("*/index.m3u8"))):
        options = {"allowed_extensions": "ALL", "extension_picky": "0"} if path.suffix == ".m3u8" else {}
        with av.open(str(path), options=options) as container:
            seen = [frame.time for frame in container.decode(video=0)]
            got.append([round(time - seen[0], 2) for time in seen])
    assert got[0] == got[1] == got[2] and len(got[0]) == 150


def test_the_rules_see_what_is_broken(tmp_path):
    package(clip(tmp_path / "raw.mp4", 193, size=(640, 360), cut=1000), tmp_path / "p", stills=False)
    folder = tmp_path / "p" / "hls"
    master, index = folder / "master.m3u8", folder / "360p" / "index.m3u8"
    good = {path: path.read_bytes() for path in (master, index)}
    for path, old, new in (
        (master, b"BANDWIDTH=", b"BANDWIDTH=1"),
        (master, b"640x360", b"640x362"),
        (index, b"DURATION:4", b"DURATION:3"),
        (index, b"EXTINF:4.0", b"EXTINF:3.9"),
        (index, b"#EXT-X-ENDLIST", b""),
    ):
        path.write_bytes(good[path].replace(old, new, 1))
        assert breaches(folder), (old, new)
        path.write_bytes(good[path])
    assert breaches(folder) == []
