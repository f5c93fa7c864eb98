"""The gallery: every template parses, lints clean, is staged in known words, and differs from the others to the eye."""

import io
import time
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from phonofilm.prompt import camera, parse
from phonofilm.prompt.check import check, lint
from phonofilm.prompt.clauses import classify
from phonofilm.prompt.editing.templates import CATEGORIES, TEMPLATES
from phonofilm.spec import media
from phonofilm.spec.request import Generate
from phonofilm.theatre.draw import paint
from phonofilm.theatre.reframe import reframed
from phonofilm.theatre.stage import staging
from phonofilm.theatre.thumbnail import thumbnail, thumbnail_size, thumbnail_webp


def test_there_are_enough_of_every_category():
    count = Counter(one.category for one in TEMPLATES)
    assert set(count) == set(CATEGORIES) and len(CATEGORIES) == 7
    assert len(TEMPLATES) >= 28 and min(count.values()) >= 4
    assert [one.category for one in TEMPLATES] == sorted((one.category for one in TEMPLATES), key=CATEGORIES.index)


def test_nothing_is_said_twice():
    for key in ("id", "title", "description", "prompt"):
        assert len({getattr(one, key) for one in TEMPLATES}) == len(TEMPLATES), key


@pytest.mark.parametrize("one", TEMPLATES, ids=lambda one: one.id)
def test_every_template_is_a_sound_request(one):
    request = Generate(prompt=one.prompt, seconds=one.duration, ratio=one.ratio, seed=one.seed, engine="animatic")
    assert request.ratio in media.RATIOS
    script = parse(one.prompt)
    check(script, one.duration)
    assert lint(script) == ()
    assert script.shots[-1].end in (None, one.duration), "its shots fill the clip"
    assert 0 <= one.moment <= one.duration
    assert one.title and one.description.endswith(".") and len(one.description) <= 90 and one.id == one.id.lower()


@pytest.mark.parametrize("one", TEMPLATES, ids=lambda one: one.id)
def test_every_template_is_staged_in_known_words_and_drawn(one):
    play = staging.stage(one.script, one.duration, one.seed)
    assert play.unknown == ()
    assert len(play.shots) == len(one.script.shots)
    said = camera.moves(one.script.caption(0))
    assert play.shots[0].camera_move in said, "the camera move that is named is the one that is played"
    assert len(play.speech) == len(one.script.lines)
    width, height = thumbnail_size(one.ratio)
    picture = thumbnail(one)
    assert picture.shape == (height, width, 3)
    play = reframed(play, width / height)
    seen = paint.ids(play.shot_at(one.moment), one.moment, width, height)
    share = np.mean(seen > 0)
    assert 0.01 < share < 0.6, "the subject is there and leaves room"
    assert np.mean(seen[:, [0, -1]] > 0) < 0.02, "and is not cut by the sides"
    assert np.array_equal(picture, thumbnail(one)), "the same picture every time"


def test_templates_look_different():
    small = {
        one.id: np.asarray(Image.fromarray(thumbnail(one)).resize((16, 16), Image.Resampling.BOX), float)
        for one in TEMPLATES
    }
    names = list(small)
    near = {(a, b): float(np.abs(small[a] - small[b]).mean()) for i, a in enumerate(names) for b in names[i + 1 :]}
    assert min(near.values()) > 5.0, min(near, key=near.get)


def test_a_thumbnail_is_a_small_webp_made_quickly():
    thumbnail_webp(TEMPLATES[0])  # fonts, lexicon and canvas are warm
    started = time.process_time()
    data = thumbnail_webp(TEMPLATES[0])
    assert time.process_time() - started < 1.0
    picture = Image.open(io.BytesIO(data))
    assert picture.format == "WEBP" and picture.size == thumbnail_size(TEMPLATES[0].ratio, 2) and len(data) < 60_000


def test_thumbnails_of_all_ratios_weigh_the_same():
    assert (
        thumbnail_size("16:9") == (320, 180)
        and thumbnail_size("9:16") == (180, 320)
        and thumbnail_size("1:1") == (240, 240)
    )
    for ratio in media.RATIOS:
        width, height = thumbnail_size(ratio)
        assert width % 2 == height % 2 == 0 and 0.97 < width * height / (320 * 180) < 1.03
        assert abs(width / height / media.ratio_value(ratio) - 1) < 0.02


def test_a_closeup_is_no_closing_and_a_static_camera_is_named():
    assert classify("Close-up of a cup") == "camera" == classify("Close up")
    assert classify("he closes the door") == "action"
    assert camera.moves("A ball lies there. Static camera.") == ("static",)
    assert camera.moves("Handheld camera, a man runs.") == ("handheld",)
    assert camera.moves("A fixed gaze, the camera pans left.") == ("pan_left",)
