"""Clips: picture and sound come back in step, and nothing half-written is left behind."""

import resource
import signal
import subprocess
import sys

import av
import numpy as np
import pytest

from phonofilm.errors import MediaError
from phonofilm.media.video import check_writable, read_clip, write_clip

N, RATE = 25, 24_000


def _frames(count=N):
    for index in range(count):
        picture = np.zeros((64, 96, 3), np.uint8)
        picture[:] = (200, 60, 30)
        picture[32:] = (40, 120, 200)
        picture[:32, 3 * index : 3 * index + 12] = 250
        yield picture


def _sound(clicks=(0.2, 0.5, 0.9)):
    sound = np.zeros((2, N * RATE // 24), np.float32)
    for time in clicks:
        start = round(time * RATE)
        sound[0, start : start + 240] = np.sin(np.arange(240) / 4) * 0.7
    return sound


def test_round_trip_keeps_colour_length_and_the_sample(tmp_path):
    sound = _sound()
    clip = read_clip(write_clip(tmp_path / "a.mp4", _frames(), sound, rate=RATE))
    assert clip.frames.shape == (N, 64, 96, 3) and clip.fps == 24 and clip.rate == RATE and clip.has_sound
    assert clip.sound.shape == sound.shape
    assert np.abs(clip.frames[5, 50, 80].astype(int) - (40, 120, 200)).max() <= 4
    assert np.abs(clip.frames[5, 8, 80].astype(int) - (200, 60, 30)).max() <= 4
    assert np.abs(clip.sound[1]).max() < 0.01 < np.abs(clip.sound[0]).max()
    for time in (0.2, 0.5, 0.9):
        start = round(time * RATE)
        lags = [
            float(np.dot(clip.sound[0, start + lag : start + lag + 240], sound[0, start : start + 240]))
            for lag in range(-400, 400)
        ]
        assert abs(int(np.argmax(lags)) - 400) <= 1


def test_streams_are_h264_and_stereo_aac_of_equal_length_and_start_at_once(tmp_path):
    path = write_clip(tmp_path / "a.mp4", _frames(), np.zeros(99, np.float32), rate=RATE)
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert video.codec_context.pix_fmt == "yuv420p" and audio.codec_context.layout.name == "stereo"
        assert abs(float(video.duration * video.time_base) - float(audio.duration * audio.time_base)) <= 1 / 24
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_same_input_same_file(tmp_path):
    first, second = (
        write_clip(tmp_path / name, _frames(), _sound(), rate=RATE).read_bytes() for name in ("a.mp4", "b.mp4")
    )
    assert first == second


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, ValueError, OSError])
def test_trouble_in_the_middle_leaves_no_file_and_keeps_the_old_one(tmp_path, trouble):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"old")

    def breaks():
        yield from _frames(8)
        raise trouble

    with pytest.raises(MediaError if trouble is OSError else trouble):
        write_clip(path, breaks(), _sound(), rate=RATE)
    assert [item.name for item in tmp_path.iterdir()] == ["a.mp4"]
    assert path.read_bytes() == b"old"


def test_a_full_disk_is_one_clear_error(tmp_path):
    code = f"""
import resource, signal, numpy as np
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from phonofilm.media.video import write_clip
from phonofilm.errors import MediaError
rng = np.random.default_rng(0)
try:
    write_clip({str(tmp_path / "a.mp4")!r}, (rng.integers(0, 255, (256, 256, 3), dtype=np.uint8) for _ in range(30)), np.zeros((2, 30_000), np.float32))
except MediaError as error:
    print("MediaError", error)
"""  # noqa: E501
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("MediaError") and "free some space" in done.stdout, done.stderr
    assert list(tmp_path.iterdir()) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 20_000 and signal.getsignal(signal.SIGXFSZ) is not None


@pytest.mark.parametrize(
    ("name", "words"), [("a.avi", "must end"), ("no/a.mp4", "create it first"), ("dir.mp4", "is a folder")]
)
def test_paths_are_checked_before_the_work(tmp_path, name, words):
    (tmp_path / "dir.mp4").mkdir()
    with pytest.raises(MediaError, match=words):
        check_writable(tmp_path / name)


def test_odd_sizes_no_pictures_and_unreadable_files(tmp_path):
    with pytest.raises(MediaError, match="even"):
        write_clip(tmp_path / "a.mp4", [np.zeros((63, 96, 3), np.uint8)], _sound())
    with pytest.raises(MediaError, match="at least one"):
        write_clip(tmp_path / "a.mp4", [], _sound())
    (tmp_path / "text.mp4").write_text("no clip")
    with pytest.raises(MediaError, match="cannot be read"):
        read_clip(tmp_path / "text.mp4")
    with pytest.raises(MediaError, match="there is no file"):
        read_clip(tmp_path / "none.mp4")
    assert [item.name for item in tmp_path.iterdir()] == ["text.mp4"]
