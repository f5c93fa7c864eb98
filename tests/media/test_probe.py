"""Strangers' files: what they really hold, and that bombs, lies and fragments are refused in little memory and time."""

import io
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import time
import wave
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from phonofilm.errors import MediaError, RequestError
from phonofilm.media.picture import load
from phonofilm.media.probe import ARK, Limits, Probed, check_reference, check_together, probe
from phonofilm.media.sniff import describe, sniff
from phonofilm.media.sound import read_audio
from phonofilm.media.video import read_clip, write_clip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 255, (96, 160, 3), np.uint8)
    for name in ("a.png", "a.jpg", "a.webp"):
        Image.fromarray(noise).save(folder / name)
    tone = (0.3 * np.sin(np.arange(72_000) / 20)).astype(np.float32)
    write_clip(folder / "a.mp4", (np.roll(noise, 3 * n, 1) for n in range(60)), tone, rate=24_000)
    with wave.open(str(folder / "a.wav"), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(24_000)
        out.writeframes((np.repeat(tone, 2) * 30_000).astype("<i2").tobytes())
    for name, codec, form in (("a.mp3", "libmp3lame", "mp3"), ("a.m4a", "aac", "ipod"), ("b.mp4", "aac", "mp4")):
        _encode_sound(folder / name, codec, form, tone)
    _remux(folder / "a.mp4", folder / "a.mov", "mov")
    return folder


def _encode_sound(path, codec, form, tone):
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=24_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 24_000, 0, Fraction(1, 24_000)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _remux(source, target, form):
    with av.open(str(source)) as given, av.open(str(target), "w", format=form) as made:
        streams = {stream.index: made.add_stream_from_template(stream) for stream in given.streams}
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                made.mux(packet)


@pytest.mark.parametrize(
    ("name", "kind", "content_type"),
    [("a.png", "image", "image/png"), ("a.jpg", "image", "image/jpeg"), ("a.webp", "image", "image/webp"),
        ("a.mp4", "video", "video/mp4"), ("a.mov", "video", "video/quicktime"),
     ("a.wav", "audio", "audio/wav"), ("a.mp3", "audio", "audio/mpeg"), ("a.m4a", "audio", "audio/mp4"),
     ("b.mp4", "audio", "audio/mp4")],
)  # fmt: skip
def test_every_kind_that_is_taken(folder, name, kind, content_type):
    found = probe(folder / name)
    assert (found.kind, found.content_type, found.bytes) == (kind, content_type, (folder / name).stat().st_size)
    if kind != "audio":
        assert (found.width, found.height) == (160, 96)
    if kind == "video":
        assert (
            found.frames == 60
            and found.fps == 24
            and abs(found.seconds - 2.5) < 0.05
            and found.has_sound
            and found.codec == "h264"
        )
    if kind == "audio":
        assert (
            abs(found.seconds - 3.0) < 0.15 and found.rate == 24_000 and found.channels == (2 if name == "a.wav" else 1)
        )


def test_sizes_are_as_shown(folder, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(folder / "a.png").save(tmp_path / "t.jpg", exif=exif)
    found = probe(tmp_path / "t.jpg")
    assert (found.width, found.height, found.rotation) == (96, 160, 90)


def _chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width, height, rows=b""):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    )


def _bombs(folder):
    clip, sound = (folder / "a.mp4").read_bytes(), (folder / "a.wav").read_bytes()
    yield "a pixel bomb of 30000 x 30000 in a few bytes", _png(30_000, 30_000, b"\0" * 10_000_000)
    yield "a picture two billion wide", _png(2**31 - 1, 1)
    yield "a picture of no size", _png(0, 0)
    yield "a picture whose rows are missing", _png(2000, 2000, b"\0" * 100)
    out = io.BytesIO()
    Image.new("L", (20_000, 20_000)).save(out, "JPEG", quality=10)
    yield "a JPEG of 400 million pixels", out.getvalue()
    yield (
        "a PNG whose text unpacks to 200 MB",
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
        + _chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 200_000_000, 9)),
    )
    frames = [Image.new("RGB", (64, 64), (n, 0, 0)) for n in range(20)]
    for form in ("WEBP", "PNG"):
        out = io.BytesIO()
        frames[0].save(out, form, save_all=True, append_images=frames[1:])
        yield f"a {form} that moves", out.getvalue()
    yield "half a clip", clip[: len(clip) // 2]
    yield "a clip without its last bytes", clip[:-500]
    yield "a clip that is only its index", clip[: clip.index(b"mdat") - 4]
    yield "a sound cut in two", sound[: len(sound) // 2]
    yield "a sound that says it has 500 MB", sound[:40] + struct.pack("<I", 500_000_000) + sound[44:]
    yield "a sound with 65535 channels", sound[:22] + struct.pack("<H", 65535) + sound[24:]
    yield "a sound of no rate", sound[:24] + struct.pack("<I", 0) + sound[28:]
    yield "a clip 400 times as long by its header", _stretched(clip)
    yield "an MP4 in name", b"\0\0\0\x18ftypisom" + os.urandom(5000)
    yield "a picture in name", b"\xff\xd8\xff\xe0" + os.urandom(5000)
    yield "an MP3 in name", b"ID3\x04\0\0\0\0\0\0" + b"\0" * 5000
    yield "a box inside itself", b"\0\0\0\x18ftypisom\0\0\0\0isomisom" + b"\0\0\0\x08moov" * 2000
    yield (
        "1,200 boxes within each other",
        b"\0\0\0\x18ftypisom\0\0\0\0isomisom"
        + b"".join(struct.pack(">I4s", 8 * (1200 - n), b"moov") for n in range(1200)),
    )
    yield "a playlist", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
    yield "a web page", b"<!DOCTYPE html><script>1</script>"
    yield "a ZIP", b"PK\x03\x04" + b"\0" * 100
    yield "an SVG", b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    yield "nothing", b""


def _stretched(clip):
    """Every duration and every sample's length times 400: all headers agree with each other, and lie."""
    out = bytearray(clip)
    for name in (b"mdhd", b"mvhd", b"tkhd", b"elst", b"stts"):
        at = out.find(name)
        while at >= 0:
            place = at + {b"mdhd": 20, b"mvhd": 20, b"tkhd": 24, b"elst": 12, b"stts": 16}[name]
            out[place : place + 4] = struct.pack(
                ">I", min(2**31 - 1, 400 * struct.unpack(">I", out[place : place + 4])[0])
            )
            at = out.find(name, at + 4)
    return bytes(out)


def test_bombs_lies_and_fragments_are_refused(folder, tmp_path):
    taken, slow = [], []
    for name, data in _bombs(folder):
        (tmp_path / "x").write_bytes(data)
        started = time.monotonic()
        try:
            found = probe(tmp_path / "x")
            check_reference(found)
            taken.append((name, found))
        except (MediaError, RequestError) as error:
            assert "\n" not in str(error) and str(tmp_path) not in str(error), name
        if time.monotonic() - started > 15:
            slow.append(name)
    assert taken == [] and slow == []
    assert probe(folder / "a.png").width == 160


@pytest.mark.parametrize("said", [0, 0x7FFFF000, 0x7FFFFFFF, 2_000_000_000, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF])
def test_a_streamed_sound_has_a_placeholder_for_its_length(folder, tmp_path, said):
    whole = (folder / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(
        whole[:4] + struct.pack("<I", said) + whole[8:40] + struct.pack("<I", said) + whole[44:]
    )
    found = probe(tmp_path / "a.wav")
    assert found.seconds == probe(folder / "a.wav").seconds == 3.0
    assert read_audio(tmp_path / "a.wav", 24_000).shape == (2, 72_000)


def test_what_espeak_streams_is_a_sound(tmp_path):
    if not (tool := shutil.which("espeak-ng")):
        pytest.skip("needs espeak-ng")
    (tmp_path / "a.wav").write_bytes(
        subprocess.run([tool, "--stdout", "good morning"], capture_output=True, check=True).stdout
    )
    assert 0.3 < probe(tmp_path / "a.wav").seconds < 5


@pytest.mark.parametrize("kind", ["video", "audio"])
@pytest.mark.parametrize("known", [False, True])
def test_a_second_track_is_ignored_and_named(folder, tmp_path, kind, known):
    path = tmp_path / "a.mp4"
    with av.open(str(folder / "a.mp4")) as given, av.open(str(path), "w") as made:
        streams = {stream.index: [made.add_stream_from_template(stream)] for stream in given.streams}
        twice = getattr(given.streams, kind)[0]
        streams[twice.index].append(made.add_stream_from_template(twice))
        for packet in given.demux():
            for stream in streams[packet.stream.index] if packet.dts is not None else ():
                copy = av.Packet(bytes(packet))
                copy.pts, copy.dts, copy.duration, copy.time_base, copy.is_keyframe, copy.stream = (
                    packet.pts,
                    packet.dts,
                    packet.duration,
                    packet.time_base,
                    packet.is_keyframe,
                    stream,
                )
                made.mux(copy)
    data = bytearray(path.read_bytes())
    if not known:  # the last description of that kind gets a name that no decoder bears
        at = max(
            n
            for n in range(len(data) - 20)
            if data[n : n + 4] == b"stsd" and data[n + 16 : n + 20] == {"video": b"avc1", "audio": b"mp4a"}[kind]
        )
        data[at + 16 : at + 20] = b"zzzz"
        if kind == "audio":
            esds = data.index(b"esds", at)
            data[esds : esds + 4] = b"free"
    path.write_bytes(data)
    found, word = probe(path), {"video": "picture", "audio": "sound"}[kind]
    assert found.frames == 60 and found.has_sound
    assert found.ignored == (
        (f"a further track of {word}",) if known else (f"a track of {word}: nothing here can decode it",)
    )
    clip = read_clip(path)
    assert len(clip.frames) == 60 and clip.has_sound


@pytest.mark.parametrize(
    ("head", "words"),
    [(b"\x1aE\xdf\xa3" + bytes(60), "ffmpeg -i FILE -pix_fmt yuv420p clip.mp4"), (b"OggS" + bytes(60), "sound.wav"),
        (b"II*\0" + bytes(60), "save it as PNG"),
     (b"\0\0\0\x18ftypheic" + bytes(50), "save it as JPG"), (b"%PDF" + bytes(60), "give JPG, PNG or WebP")],
)  # fmt: skip
def test_what_is_not_taken_is_told_how_to_be(tmp_path, head, words):
    (tmp_path / "x").write_bytes(head)
    with pytest.raises(MediaError, match=re.escape(words)):
        probe(tmp_path / "x")


def test_no_message_bears_the_name_of_an_exception(folder, tmp_path):
    said = []
    for number, (_, data) in enumerate(_bombs(folder)):
        (tmp_path / f"{number}.mp4").write_bytes(data)
        for read in (probe, read_clip, lambda path: read_audio(path, 24_000), load):
            try:
                read(tmp_path / f"{number}.mp4")
            except MediaError as error:
                said.append(str(error))
    assert len(said) > 40 and not [words for words in said if re.search(r"[A-Z][a-z]+Error|Errno|Exception", words)]


def test_a_size_that_only_the_container_claims_is_not_believed(folder, tmp_path):
    clip = (folder / "a.mp4").read_bytes()
    size = clip.index(b"avc1", clip.index(b"stsd")) + 28
    assert struct.unpack(">HH", clip[size : size + 4]) == (160, 96)
    (tmp_path / "x").write_bytes(clip[:size] + struct.pack(">HH", 16_000, 16_000) + clip[size + 4 :])
    try:
        assert probe(tmp_path / "x").width == 160
    except MediaError as error:
        assert "16000" in str(error)


def test_no_file_is_read_for_another(folder, tmp_path):
    """A name that is no path, a folder, a missing file."""
    for path in (tmp_path, tmp_path / "missing", "a\0b"):
        with pytest.raises(MediaError, match="cannot be read"):
            probe(path)


def test_a_dead_child_is_replaced(folder, monkeypatch):
    from phonofilm.media import probe as module

    assert probe(folder / "a.png").width == 160
    for child in list(module._idle):
        child.process.kill()
        child.process.wait()
    assert probe(folder / "a.png").width == 160
    module.close()
    assert module._idle == [] and probe(folder / "a.png").width == 160


def test_memory_and_time_have_a_limit(folder, monkeypatch, tmp_path):
    """The child itself refuses: where memory is short a large picture is too much, and the next file is read all the
    same."""
    Image.new("RGB", (4000, 4000)).save(tmp_path / "large.png")
    code = (
        "import json, sys; from phonofilm.media import probe_child as child; child.MEMORY = 1_000_000; import av; from"
        " PIL import Image; Image.init()\nprint(json.dumps(child._forked(sys.argv[1], 'image/png')))\nchild.MEMORY ="
        " 2**30; print(json.dumps(child._forked(sys.argv[1], 'image/png')))\nchild._examined = lambda *_: [0 for _ in"
        " iter(int, 1)]; child.CPU_SECONDS = 1; print(json.dumps(child._forked(sys.argv[1], 'image/png')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "large.png")],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    tight, roomy, endless = (json.loads(line) for line in done.stdout.splitlines())
    assert "error" in tight and roomy["width"] == 4000 and "too long" in endless["error"]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_damaged_files_never_raise_anything_else(folder, tmp_path, data):
    name = data.draw(st.sampled_from(["a.png", "a.jpg", "a.webp", "a.mp4", "a.mov", "a.wav", "a.mp3", "a.m4a"]))
    content = bytearray((folder / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        if data.draw(st.booleans()):
            at = data.draw(st.integers(0, min(len(content) - 1, 2000)))
            content[at] = data.draw(st.integers(0, 255))
        else:
            del content[data.draw(st.integers(40, len(content))) :]
            break
    (tmp_path / "x").write_bytes(content)
    try:
        found = probe(tmp_path / "x")
    except MediaError:
        return
    assert (
        found.kind in ("image", "video", "audio") and found.seconds < 3700 and found.width * found.height <= 36_000_000
    )


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_can_be_sniffed(data):
    assert sniff(data) is None or isinstance(sniff(data), str)
    assert describe(data)


def _clip(**changes):
    return Probed(
        **{
            "kind": "video",
            "content_type": "video/mp4",
            "bytes": 10**6,
            "width": 1280,
            "height": 720,
            "seconds": 5.0,
            "fps": 24.0,
            "frames": 120,
        }
        | changes
    )


@pytest.mark.parametrize(
    ("probed", "words"),
    [(_clip(bytes=51 * 2**20), "too large"), (_clip(seconds=1.5), "2 to 15 s"), (_clip(seconds=16), "2 to 15 s"),
        (_clip(width=40), "pixels"), (_clip(width=6001, height=6001), "pixels"),
     (_clip(width=3000, height=300), "long and thin"), (_clip(width=5000, height=5000), "3840x2160"),
     (_clip(fps=0.5), "frames a second"), (_clip(kind="image", content_type="image/png"), "this is a picture"),
     (_clip(kind="audio", seconds=15.5), "0 to 15 s"), (_clip(kind="audio", bytes=16 * 2**20), "15 MB")],
)  # fmt: skip
def test_limits_name_the_field_and_the_remedy(probed, words):
    with pytest.raises(RequestError, match=words) as raised:
        check_reference(probed, field="references[2]", kind="video" if words == "this is a picture" else None)
    assert str(raised.value).startswith("references[2]: ")


def test_what_is_just_inside_passes():
    for probed in (
        _clip(bytes=50 * 2**20),
        _clip(seconds=2.0),
        _clip(seconds=15.05),
        _clip(width=64, height=64),
        _clip(width=3840, height=2160),
        _clip(kind="image", bytes=30 * 2**20, width=6000, height=6000),
    ):
        check_reference(probed, kind=probed.kind)
    with pytest.raises(RequestError):
        check_reference(_clip(width=299, height=299), ARK)
    check_reference(_clip(bytes=199 * 2**20, fps=59.94), ARK)
    check_reference(_clip(seconds=20), Limits(max_video_seconds=30))


@pytest.fixture(scope="module")
def whole(folder):
    """A clip as bytes, its index in front and boxes of every kind in it."""
    frames = [np.full((96, 160, 3), 4 * number, np.uint8) for number in range(60)]
    return write_clip(folder / "boxes.mp4", frames, np.zeros((2, 120_000), np.float32), rate=48_000).read_bytes()


@pytest.mark.parametrize("name", [b"moov", b"trak", b"mdia", b"stsz", b"stco", b"mdhd"])
@pytest.mark.parametrize("lie", [0, 1, 7, 2**31, 2**32 - 1])
def test_boxes_that_lie_about_their_size_are_refused(whole, tmp_path, name, lie):
    place = whole.find(name)
    assert place >= 4
    (tmp_path / "a.mp4").write_bytes(whole[: place - 4] + lie.to_bytes(4, "big") + whole[place:])
    with pytest.raises(MediaError, match=r"do not fit|damaged|cannot|no picture|truncated|holds"):
        probe(tmp_path / "a.mp4")


def test_sloppy_but_whole_files_are_taken(whole, tmp_path):
    for number, body in enumerate([whole, whole + b"\0" * 5, whole + (16).to_bytes(4, "big") + b"free" + b"\0" * 8]):
        (tmp_path / f"{number}.mp4").write_bytes(body)
        assert probe(tmp_path / f"{number}.mp4").frames == 60


def test_lengths_count_together():
    check_together([("video", 7.5), ("video", 7.5), ("audio", 15.0), ("image", 0.0)])
    check_together([("video", 121 / 24)] * 3)
    for kind in ("video", "audio"):
        with pytest.raises(RequestError, match=rf"references: 16\.0 s of {kind} together"):
            check_together([(kind, 8.0), (kind, 8.0), ("image", 0.0)])
