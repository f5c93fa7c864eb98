"""The mark in the picture, through real encoders."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from benchmarks.attacks import PICTURE, attack_picture
from benchmarks.watermark_clips import texture

from phonofilm.engines.fake import FakeEngine
from phonofilm.errors import MediaError, RequestError
from phonofilm.media.video import write_clip
from phonofilm.spec.request import Generate
from phonofilm.trust.watermarks.watermark import Detection, Found, Marker, detect
from phonofilm.trust.watermarks.watermark_picture import LEAST_PSNR, PictureReader, cells

KEY, OTHER = b"the key of these tests", b"a key that marked nothing"
SILENCE = np.zeros((2, 48_000), np.float32)


def _flat() -> np.ndarray:
    return np.stack(list(FakeEngine().generate(Generate(prompt="x", engine="fake", seconds=4, seed=3)).frames))[
        :, ::2, ::2
    ][:, :, :-1]


@pytest.fixture(scope="module")
def clips() -> dict[str, np.ndarray]:
    """Flat grey with a moving square, the hard one to hide in; and a photograph-like texture, the hard one to be heard
    over."""
    return {"flat": _flat(), "texture": np.stack(list(texture(5, 97, 360, 640)))}


@pytest.fixture(scope="module")
def marked(clips: dict[str, np.ndarray]) -> dict[str, list[np.ndarray]]:
    marker = Marker(KEY, 4242)
    return {
        name: [marker.picture(frame, index) for index, frame in enumerate(frames)] for name, frames in clips.items()
    }


@pytest.mark.parametrize("name", ["crf28", "360p", "fps30", "fps25", "fps12", "crop5"])
@pytest.mark.parametrize("kind", ["flat", "texture"])
def test_read_blind_after(kind: str, name: str, marked: dict[str, list[np.ndarray]], tmp_path: Path) -> None:
    attack_picture(marked[kind], tmp_path / "a.mp4", PICTURE[name], number=3 if kind == "flat" else 0)
    found = detect(tmp_path / "a.mp4", [OTHER, KEY]).picture
    assert found and (found.reference, found.key) == (4242, 1) and found.confidence > 0.62


def test_read_after_the_beginning_is_cut(marked: dict[str, list[np.ndarray]], tmp_path: Path) -> None:
    attack_picture(marked["flat"][19:], tmp_path / "a.mp4", PICTURE["crf28"], 0)
    found = detect(tmp_path / "a.mp4", [KEY]).picture
    assert found and found.reference == 4242


@pytest.mark.parametrize("kind", ["flat", "texture"])
def test_hardly_changes_the_picture(
    kind: str, clips: dict[str, np.ndarray], marked: dict[str, list[np.ndarray]]
) -> None:
    for before, after in zip(clips[kind][::7], marked[kind][::7], strict=True):
        error = np.mean(np.square(before.astype(np.float64) - after))
        assert error > 0 and 10 * np.log10(255**2 / error) > min(LEAST_PSNR, 42.5) - 0.4
    if kind == "flat":
        assert np.abs(clips[kind][10].astype(int) - marked[kind][10])[:40].max() <= 3


def test_the_picture_given_is_left_alone(clips: dict[str, np.ndarray]) -> None:
    before = clips["flat"][0].copy()
    Marker(KEY, 1).picture(clips["flat"][0], 0)
    assert np.array_equal(before, clips["flat"][0])


@pytest.mark.parametrize("kind", ["flat", "texture"])
def test_nothing_is_found_without_a_mark_or_with_the_wrong_key(
    kind: str, clips: dict[str, np.ndarray], marked: dict[str, list[np.ndarray]], tmp_path: Path
) -> None:
    assert detect(write_clip(tmp_path / "a.mp4", clips[kind], SILENCE), [KEY, OTHER]) == Detection(
        picture=None, sound=None
    )
    assert detect(write_clip(tmp_path / "b.mp4", marked[kind], SILENCE), [OTHER]).picture is None


@pytest.mark.parametrize("size", [(240, 426), (320, 320), (480, 360), (1280, 548)])
def test_other_shapes(size: tuple[int, int], tmp_path: Path) -> None:
    width, height = size
    marker = Marker(KEY, 7)
    frames = [marker.picture(np.full((height, width, 3), (90, 140, 60), np.uint8), index) for index in range(49)]
    attack_picture(frames, tmp_path / "a.mp4", PICTURE["crop5"], 1)
    found = detect(tmp_path / "a.mp4", [KEY]).picture
    assert found and found.reference == 7


def test_a_crop_never_changes_the_number_of_cells() -> None:
    for width, height in ((1920, 1080), (1080, 1920), (1440, 1080), (1080, 1440), (1000, 1000), (2520, 1080)):
        for x in (0.9, 1.0):
            for y in (0.9, 1.0):
                assert cells(round(width * x), round(height * y)) == cells(width, height)


def test_quick_enough_for_sixty_frames_a_second() -> None:
    frame = np.stack([*texture(1, 1)])[0]
    marker = Marker(KEY, 1)
    marker.picture(frame, 0)
    began = time.process_time()
    for index in range(20):
        marker.picture(frame, index)
    assert 20 / (time.process_time() - began) > 60


@pytest.mark.parametrize(
    "frame", [np.zeros((100, 100), np.uint8), np.zeros((100, 100, 3), np.float32), np.zeros((20, 100, 3), np.uint8)]
)
def test_what_is_no_picture_is_refused(frame: np.ndarray) -> None:
    with pytest.raises(MediaError, match="uint8"):
        Marker(KEY, 1).picture(frame, 0)


def test_bad_files_and_keys_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"not a clip at all" * 50)
    with pytest.raises(MediaError, match="cannot be read"):
        detect(tmp_path / "a.mp4", [KEY])
    with pytest.raises(MediaError, match="no file"):
        detect(tmp_path / "b.mp4", [KEY])
    with pytest.raises(RequestError, match="16 bytes"):
        detect(tmp_path / "a.mp4", [b"short"])
    with pytest.raises(MediaError, match="no picture"):
        PictureReader(640, 360).read(KEY)


def test_picture_and_sound_that_disagree_name_no_job() -> None:
    one, two = (Found(reference=n, key=0, confidence=0.9) for n in (1, 2))
    assert Detection(picture=one, sound=None).reference == 1
    assert Detection(picture=one, sound=two).reference is None
