"""Which colours a clip's numbers mean: said, or taken as players take it, and the same in every reader."""

from fractions import Fraction

import av
import numpy as np
import pytest

from phonofilm.clip.moderate import first_picture
from phonofilm.engines.recorded import Recorded
from phonofilm.media.colour import Pictures, matrix
from phonofilm.media.video import read_clip

COEFFICIENTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""ITU-T H.273 matrix -> the shares of red and of blue in brightness."""


def meant(y, u, v, kind, full=False):
    """sRGB of limited-range numbers, by the standards' formulae."""
    red, blue = COEFFICIENTS[kind]
    light = y / 255 if full else (y - 16) / 219
    cb, cr = ((u - 128) / 255, (v - 128) / 255) if full else ((u - 128) / 224, (v - 128) / 224)
    r, b = light + 2 * (1 - red) * cr, light + 2 * (1 - blue) * cb
    return 255 * np.clip((r, (light - red * r - blue * b) / (1 - red - blue), b), 0, 1)


def plain(y, u, v, size, kind=2, full=False):
    frame = av.VideoFrame(*size, "yuv420p")
    for plane, value in zip(frame.planes, (y, u, v), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    frame.colorspace, frame.color_range = kind, 2 if full else 1
    return frame


@pytest.mark.parametrize("numbers", [(100, 90, 180), (150, 180, 100), (60, 128, 128)])
@pytest.mark.parametrize(
    ("kind", "size", "expected"),
    [
        (1, (320, 180), 1),
        (6, (1280, 720), 6),
        (5, (1280, 720), 6),
        (2, (320, 180), 6),
        (2, (1280, 718), 6),
        (2, (1280, 720), 1),
        (2, (1920, 1080), 1),
        (9, (1280, 720), 9),
    ],
)
def test_a_frame_means_what_it_says_and_untagged_what_players_take(numbers, kind, size, expected):
    picture = Pictures()(plain(*numbers, size, kind))
    assert picture.shape == (size[1], size[0], 3)
    assert np.abs(picture[10, 10] - meant(*numbers, expected)).max() <= 3


def test_full_range_is_full():
    assert np.abs(Pictures()(plain(255, 128, 128, (320, 180), 1, full=True))[5, 5].astype(int) - 255).max() <= 1
    assert (
        np.abs(
            Pictures()(plain(100, 90, 180, (320, 180), 1, full=True))[5, 5] - meant(100, 90, 180, 1, full=True)
        ).max()
        <= 2
    )


@pytest.mark.parametrize("size", [(320, 180), (1280, 720)])
def test_every_reader_of_an_untagged_clip_sees_the_same(tmp_path, size):
    path, numbers = tmp_path / "vendor.mp4", (100, 90, 180)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt, stream.options = (
            *size,
            "yuv420p",
            {"qp": "0", "preset": "ultrafast"},
        )
        for n in range(3):
            frame = plain(*numbers, size)
            frame.pts, frame.time_base, frame.color_range = n, Fraction(1, 24), 0
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with av.open(str(path)) as container:
        assert int(next(container.decode(video=0)).colorspace) == 2  # nothing is said
    expected = meant(*numbers, 1 if size[1] >= 720 else 6)
    seen = [read_clip(path).frames[0], first_picture(path, "video"), next(iter(Recorded(path, size, 3)))]
    for picture in seen:
        assert np.abs(np.asarray(picture)[20, 20] - expected).max() <= 3
    assert matrix(plain(*numbers, size)) == (1 if size[1] >= 720 else 5)
