"""Contact sheets, spectrograms, scaling."""

import numpy as np
import pytest
from PIL import Image

from phonofilm.errors import MediaError
from phonofilm.media import sheet
from phonofilm.media.scale import Scaled, cover, scale
from phonofilm.media.sheet import card, contact_sheet, spectrogram
from phonofilm.spec.cues import BODY, CHANNEL, Cues


def _clip():
    frames = np.zeros((49, 36, 64, 3), np.uint8)
    frames[:] = (np.arange(49) * 5)[:, None, None, None]
    sound = np.zeros((2, 49_000), np.float32)
    sound[:, 24_000:24_300] = np.sin(np.arange(300) / 24_000 * 2 * np.pi * 1000)
    return frames, sound


def test_card_shows_frames_in_order_and_the_sound_where_it_is(tmp_path):
    frames, sound = _clip()
    page = np.asarray(Image.open(card(frames, sound, "A title", tmp_path / "card.png", [(1.0, "bounce")])))
    assert page.shape[1] > 1500
    sheet = np.asarray(Image.open(contact_sheet(frames, tmp_path / "sheet.png")))
    row = sheet[100, :, 0].astype(int)
    assert row[30] < row[420] < row[800] < row[1200]
    panel = np.asarray(Image.open(spectrogram(sound, tmp_path / "s.png"))).astype(int)
    bright = panel[100:320, 60:].sum(axis=(0, 2))
    assert abs(int(bright.argmax()) / (panel.shape[1] - 58) - 1.0 / (49 / 24)) < 0.02


def test_marks_are_drawn(tmp_path):
    _, sound = _clip()
    plain, marked = (
        np.asarray(Image.open(spectrogram(sound, tmp_path / f"{len(marks)}.png", marks)))
        for marks in ([], [0.5, (1.0, "ring")])
    )
    assert (plain != marked).any(axis=-1).sum() > 300


def test_scaling_keeps_means_and_shapes():
    picture = np.random.default_rng(0).integers(0, 255, (144, 256, 3), dtype=np.uint8)
    assert abs(float(scale(picture, (64, 36)).mean()) - float(picture.mean())) < 1
    assert scale(picture, (854, 480)).shape == (480, 854, 3)
    assert scale(picture, (256, 144)) is picture
    assert [item.shape for item in Scaled([picture], (640, 640))] == [(640, 640, 3)]


def test_cover_cuts_evenly_instead_of_squeezing():
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, 50:150] = 255
    assert cover(picture, (100, 100)).min() == 255
    assert cover(picture, (200, 101)).shape == (101, 200, 3)


def test_a_strip_marks_a_contact_under_the_frame_that_shows_it(tmp_path):
    """A frame shows the interval that ends with it: the mark of a contact stands under the middle of its frame."""
    bodies = np.zeros((1, 49, len(BODY)), np.float32)
    bodies[0, :, CHANNEL["present"]], bodies[0, 20, CHANNEL["contact"]] = 1, 1
    cues = Cues(("ball",), bodies, np.zeros((49, 7), np.float32), np.zeros((49, 2), np.float32))
    frames, sound = np.full((49, 90, 160, 3), 200, np.uint8), np.zeros((2, 49_000), np.float32)
    sound[:, 19_400:19_600] = 0.5  # within frame 20
    shown = range(12, 29, 2)
    path = sheet.strip(frames, sound, tmp_path / "strip.png", shown, cues=cues, title="a ball")
    page = np.array(Image.open(path).convert("RGB"), int)
    each = (1440 - 58) // len(shown)
    marked = np.flatnonzero((np.abs(page - sheet.ACCENT).sum(2) < 12)[-100:].any(0))
    assert abs(float(np.median(marked)) - (58 + 4.5 * each)) < 4
    top = 30 + round((each - 4) * 90 / 160) + 26
    loud = np.flatnonzero((np.abs(page - sheet.INK).sum(2) < 30)[top : top + 12].any(0))
    assert abs(float(np.median(loud)) - (58 + 4.5 * each)) < each / 4
    with pytest.raises(MediaError):
        sheet.strip(frames, sound, tmp_path / "strip.gif", shown)
