"""Delivery: what goes out plays, streams, is small enough, carries its label, and is made of the engine's own
frames."""

import json
import re

import av
import numpy as np
import pytest
from PIL import Image

from phonofilm.errors import MediaError
from phonofilm.media.packaging import ffmpeg
from phonofilm.media.packaging.label import Label
from phonofilm.media.packaging.package import package
from phonofilm.media.packaging.subtitles import Cue
from phonofilm.media.video import read_clip, write_clip

N, RATE, SIZE = 121, 24_000, (256, 144)
CUES = [
    Cue(start=0.5, end=2.0, text="Hello <there> & {you} --> me", speaker="old man", language="en"),
    Cue(start=2.5, end=4.0, text="Bye", language="en"),
]


def _frames(count=N):
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    for n in range(count):
        picture = np.stack([x / 2 + 40, y + 20, np.full_like(x, 60)], -1).astype(np.uint8)
        picture[40:100, n : n + 40] = (230, 200, 40)
        yield picture


def _clicks():
    sound = np.zeros((2, N * RATE // 24), np.float32)
    for second in (1, 2, 3, 4):
        sound[:, second * RATE : second * RATE + 240] = 0.8 * np.sin(np.arange(240) / 3)
    return sound


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("mezzanine") / "raw.mp4", _frames(), _clicks(), rate=RATE)


@pytest.fixture(scope="module")
def packed(clip, tmp_path_factory):
    seen = []

    def mark(frame, index):
        seen.append(index)
        out = frame.copy()
        out[:16, :16] = (255, 0, 255)
        return out

    told = []
    made = package(
        clip,
        tmp_path_factory.mktemp("package"),
        mark=mark,
        mark_sound=lambda sound, rate: sound * 0.5,
        label=Label(text="AI-generated", seconds=2.0, height=0.1),
        subtitles=CUES,
        metadata={"title": "A tide", "AIGC": '{"Label":"1"}'},
        progress=told.append,
    )
    assert seen == list(range(N)) and told == sorted(told) and told[-1] == 1.0
    return made


def test_every_file_is_there_with_its_type_and_size(packed):
    names = [file.name for file in packed.files]
    assert names[0] == "video.mp4"
    assert {
        "subtitles.vtt",
        "last_frame.png",
        "poster.webp",
        "spritesheet.jpg",
        "waveform.png",
        "hls/master.m3u8",
        "hls/360p/index.m3u8",
        "hls/720p/index.m3u8",
        "hls/subtitles.m3u8",
    } <= set(names)
    for file in packed.files:
        assert file.path.stat().st_size == file.bytes > 0 and file.content_type and "part" not in file.name
    assert (packed.width, packed.height, packed.frames, packed.fps, packed.has_sound) == (*SIZE, N, 24, True)
    assert abs(packed.seconds - N / 24) < 1e-6
    assert (packed.file("hls/720p/000.m4s").width, packed.file("hls/720p/000.m4s").height) == (1280, 720)
    with pytest.raises(KeyError):
        packed.file("nothing")


def test_the_main_file_starts_at_once_and_keeps_time(packed):
    path = packed.file("video.mp4").path
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    got = read_clip(path)
    assert got.frames.shape == (N, SIZE[1], SIZE[0], 3) and got.fps == 24 and got.rate == RATE
    for n, wanted in enumerate(_frames()):
        if n % 30 == 7:
            assert np.abs(got.frames[n, 40:100, n + 4 : n + 36].astype(int) - (230, 200, 40)).mean() < 6
            assert np.abs(got.frames[n][110:, :60].astype(int) - wanted[110:, :60]).mean() < 6
    for second in (1, 2, 3, 4):
        start = second * RATE
        near = got.sound[0, start - 600 : start + 900]
        lag = int(np.argmax(np.correlate(near, 0.4 * np.sin(np.arange(240) / 3), "valid"))) - 600
        assert abs(lag) <= 30
    assert 0.3 < np.abs(got.sound).max() < 0.55
    with av.open(str(path)) as container:
        assert container.metadata["title"] == "A tide" and json.loads(container.metadata["AIGC"]) == {"Label": "1"}
        codec = container.streams.video[0].codec_context
        assert (codec.name, codec.pix_fmt, codec.colorspace, codec.color_range) == ("h264", "yuv420p", 1, 1)


def test_mark_and_label_are_on_the_frames_they_belong_on(packed):
    got = read_clip(packed.file("video.mp4").path)
    left, top, right, bottom = Label(text="AI-generated", height=0.1).on(*SIZE).box
    plain = np.stack(list(_frames()))
    difference = np.abs(got.frames[:, top:bottom, left:right].astype(int) - plain[:, top:bottom, left:right]).mean(
        (1, 2, 3)
    )
    assert difference[:48].min() > 25 and difference[48:80].max() < 8
    assert np.abs(got.frames[:, 4:12, 4:12].astype(int) - (255, 0, 255)).mean() < 12
    last = np.asarray(Image.open(packed.file("last_frame.png").path))
    assert (
        last.shape == (SIZE[1], SIZE[0], 3)
        and np.abs(last[top:bottom, left:right].astype(int) - plain[-1, top:bottom, left:right]).mean() < 8
    )
    assert np.abs(last[4:12, 4:12].astype(int) - (255, 0, 255)).mean() < 12


def test_stills(packed):
    poster = Image.open(packed.file("poster.webp").path)
    assert poster.format == "WEBP" and poster.size == SIZE
    sheet = Image.open(packed.file("spritesheet.jpg").path)
    assert sheet.format == "JPEG" and sheet.size == (5 * 160, 5 * 90)
    wave = np.asarray(Image.open(packed.file("waveform.png").path).convert("RGBA"))[..., 3]
    columns = wave.sum(0)
    assert wave.shape == (160, 1200) and columns.max() > 4 * np.median(columns[columns > 0])


@pytest.mark.parametrize("rung", ["360p", "720p"])
def test_each_rung_plays_from_its_playlist(packed, rung):
    with av.open(
        str(packed.file(f"hls/{rung}/index.m3u8").path), options={"allowed_extensions": "ALL", "extension_picky": "0"}
    ) as container:
        frames = [frame.time for frame in container.decode(container.streams.video[0])]
        size = container.streams.video[0].codec_context
        assert min(size.width, size.height) == int(rung[:-1]) and size.width % 2 == 0
        assert container.streams.audio[0].codec_context.name == "aac"
    assert len(frames) == N and abs(frames[-1] - frames[0] - (N - 1) / 24) < 0.01


def test_the_playlists_are_whole(packed):
    master = packed.file("hls/master.m3u8")
    text = master.path.read_text()
    assert text.startswith("#EXTM3U\n") and text.count("#EXT-X-STREAM-INF") == 2
    for line in text.splitlines():
        if line.startswith("#EXT-X-STREAM-INF"):
            found = dict(re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', line))
            assert int(found["BANDWIDTH"]) >= int(found["AVERAGE-BANDWIDTH"]) > 10_000
            assert re.fullmatch(r'"avc1\.[0-9a-f]{6},mp4a\.40\.2"', found["CODECS"]) and found["SUBTITLES"] == '"subs"'
        elif not line.startswith("#"):
            assert (master.path.parent / line).is_file()
    for rung in ("360p", "720p"):
        playlist = packed.file(f"hls/{rung}/index.m3u8").path
        text = playlist.read_text()
        lengths = [float(value) for value in re.findall(r"#EXTINF:([\d.]+)", text)]
        assert text.rstrip().endswith("#EXT-X-ENDLIST") and abs(sum(lengths) - N / 24) < 0.06
        assert max(lengths) <= int(re.search(r"TARGETDURATION:(\d+)", text).group(1)) + 0.5
        for name in re.findall(r"^(?!#)(\S+)$|URI=\"([^\"]+)\"", text, re.MULTILINE):
            assert (playlist.parent / (name[0] or name[1])).is_file()
    with av.open(str(packed.file("hls/subtitles.vtt").path)) as container:
        assert container.streams.subtitles


def test_without_any_program_one_rung_is_left_and_plays(clip, tmp_path, monkeypatch):
    monkeypatch.setenv("FFMPEG", "none")
    ffmpeg.find.cache_clear()
    try:
        made = package(clip, tmp_path / "p")
    finally:
        ffmpeg.find.cache_clear()
    rungs = [file for file in made.files if file.name.endswith("index.m3u8")]
    assert [file.name for file in rungs] == ["hls/144p/index.m3u8"]
    with av.open(str(rungs[0].path), options={"allowed_extensions": "ALL", "extension_picky": "0"}) as container:
        assert sum(1 for _ in container.decode(container.streams.video[0])) == N
    assert (
        "subtitles.vtt" not in [file.name for file in made.files]
        and "SUBTITLES" not in made.file("hls/master.m3u8").path.read_text()
    )


def test_a_tall_clip_and_one_of_another_speed_and_without_sound(tmp_path):
    with av.open(str(tmp_path / "raw.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 90, 160, "yuv420p"
        for n in range(45):
            container.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.full((160, 90, 3), 5 * n, np.uint8), format="rgb24"))
            )
        container.mux(stream.encode(None))
    made = package(tmp_path / "raw.mp4", tmp_path / "p", stills=False)
    assert made.fps == 30 and made.frames == 45 and not made.has_sound
    assert (made.file("hls/360p/index.m3u8").width, made.file("hls/360p/index.m3u8").height) == (360, 640)
    got = read_clip(made.file("video.mp4").path)
    assert got.fps == 30 and len(got.frames) == 45 and got.has_sound and np.abs(got.sound).max() < 1e-3


def test_noise_is_kept_under_the_size(tmp_path):
    rng = np.random.default_rng(3)
    noise = [rng.integers(0, 255, (180, 320, 3), np.uint8) for _ in range(6)]
    raw = write_clip(
        tmp_path / "raw.mp4",
        (noise[n % 6] for n in range(49)),
        rng.normal(0, 0.3, (2, 49_000)).astype(np.float32),
        rate=24_000,
    )
    made = package(raw, tmp_path / "p", hls=False, stills=False, max_bytes=400_000)
    assert raw.stat().st_size > 1_000_000 and 130_000 < made.file("video.mp4").bytes <= 400_000


@pytest.mark.parametrize("content", [b"", b"not a clip" * 100, None])
def test_what_is_no_clip_is_an_error_and_leaves_nothing(tmp_path, clip, content):
    raw = tmp_path / "raw.mp4"
    raw.write_bytes(clip.read_bytes()[:3000] if content is None else content)
    with pytest.raises(MediaError):
        package(raw, tmp_path / "p")
    assert not (tmp_path / "p" / "video.mp4").exists() and list((tmp_path / "p").glob(".*")) == []


def test_stopping_halfway_leaves_nothing(tmp_path, clip):
    class Stopped(Exception):
        pass

    def stop(share):
        if share > 0.3:
            raise Stopped

    with pytest.raises(Stopped):
        package(clip, tmp_path / "p", progress=stop)
    assert [path.name for path in (tmp_path / "p").iterdir()] == []


def test_a_wrong_ffmpeg_is_named(monkeypatch):
    monkeypatch.setenv("FFMPEG", "/bin/false")
    ffmpeg.find.cache_clear()
    try:
        with pytest.raises(MediaError, match="/bin/false"):
            ffmpeg.find()
    finally:
        ffmpeg.find.cache_clear()
