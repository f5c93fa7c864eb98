"""The registry, pictures drawn ahead, cancelling, and the animatic end to end."""

import threading

import numpy as np
import pytest

import phonofilm
from phonofilm.engines import registry
from phonofilm.errors import EngineError, MissingExtra, RequestError
from phonofilm.media.ahead import Ahead
from phonofilm.spec.request import Generate


def test_unknown_engines_and_missing_packages_name_the_remedy(monkeypatch):
    with pytest.raises(RequestError, match="native"):
        registry.load("nobody")
    monkeypatch.setitem(registry.ENGINES, "lame", "package_that_is_absent:Engine")
    with pytest.raises(MissingExtra, match="pip install package_that_is_absent"):
        registry.load("lame")


def test_cancel_leaves_no_file(tmp_path):
    asked = []
    with pytest.raises(EngineError, match="cancelled"):
        phonofilm.generate(
            "A ball", tmp_path / "a.mp4", engine="fake", seconds=4, cancel=lambda: asked.append(1) or len(asked) > 8
        )
    assert list(tmp_path.iterdir()) == []


def test_progress_covers_the_writing(tmp_path):
    seen = []
    phonofilm.generate("A ball", tmp_path / "a.mp4", engine="fake", seconds=4, progress=seen.append)
    assert (seen[-1].stage, seen[-1].done, seen[-1].total) == ("package", 100, 100)


def test_pictures_drawn_ahead_keep_order_repeat_and_stop():
    pictures = [np.full((2, 2, 3), index, np.uint8) for index in range(50)]
    ahead = Ahead(lambda: iter(pictures), 12, limit_bytes=48)
    for _ in range(2):
        assert [int(picture[0, 0, 0]) for picture in ahead] == list(range(50))
    walk = iter(Ahead(lambda: iter(pictures), 12, limit_bytes=48))
    next(walk)
    walk.close()
    Ahead(lambda: iter(pictures), 12, limit_bytes=48).close()
    assert not [thread for thread in threading.enumerate() if thread.name == "draw-ahead"]


def test_an_error_while_drawing_ahead_is_raised_to_the_walker():
    def broken():
        yield np.zeros((2, 2, 3), np.uint8)
        raise ValueError("pen broke")

    with pytest.raises(ValueError, match="pen broke"):
        list(Ahead(broken, 12))


def test_the_animatic_draws_sounds_and_reports_unknown_words():
    engine = registry.load("animatic")
    request = Generate(
        prompt="A red ball bounces on a beach at noon, next to a zorbofex.",
        seconds=4,
        engine="animatic",
        resolution="480p",
    )
    result = engine.generate(request)
    pictures = [picture for index, picture in enumerate(result.frames) if index % 32 == 0]
    assert result.n_frames == 97 and result.sound.shape == (2, 97 * 2000)
    assert all(picture.shape == (480, 854, 3) and picture.dtype == np.uint8 for picture in pictures)
    assert np.abs(pictures[0].astype(int) - pictures[1]).max() > 30
    assert 0.01 < np.abs(result.sound).max() <= 1
    assert any("zorbofex" in note for note in result.notes)
    again = engine.generate(request)
    assert np.array_equal(again.sound, result.sound)
    assert np.array_equal(next(iter(again.frames)), pictures[0])
