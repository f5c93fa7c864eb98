"""Narrow pictures: nobody is cut at the sides, nothing moves in time, wide pictures stay as they are."""

import numpy as np
import pytest

from phonofilm.prompt import parse
from phonofilm.theatre.camera import project
from phonofilm.theatre.draw import paint
from phonofilm.theatre.playbill import playbill
from phonofilm.theatre.reframe import reframed
from phonofilm.theatre.stage import staging

PROMPTS = (
    "Close-up: a woman in an orange hoodie talks to us on the beach at noon. The camera is handheld.",
    "A boy in a red shirt kicks a yellow ball in the park in the afternoon. The camera holds still.",
    "A blue ball rolls into a red ball on the stage by day. The camera holds still.",
    "A girl in pink and a boy in blue dance in a meadow at dusk. The camera circles around them.",
    "A red car drives through the desert at sunset. The camera tracks with the car.",
)


def test_wide_pictures_are_the_same_play():
    for index in range(5):
        bill = playbill(index)
        play = staging.stage(parse(bill.text), bill.seconds, bill.seed)
        assert reframed(play, 16 / 9) is play and reframed(play, 854 / 480) is play and reframed(play, 21 / 9) is play


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("ratio", [(9, 16), (1, 1)])
def test_the_cast_is_inside_a_narrow_picture(prompt, ratio):
    width, height = (90, 160) if ratio == (9, 16) else (120, 120)
    for seed in range(3):
        play = staging.stage(parse(prompt), 5.0, seed)
        narrow = reframed(play, width / height)
        assert narrow.contacts == play.contacts and narrow.speech == play.speech
        shot = narrow.shots[0]
        main = shot.actors[0]
        for time in (0.3, 1.5, 2.5, 4.5):
            u, _, _ = project(shot.camera(time), main.at(time).position)
            assert abs(u) < 0.5 * width / height, (seed, time)
        seen = [paint.ids(shot, time, width, height) > 0 for time in (0.3, 2.5, 4.5)]
        cut = np.mean([np.mean(one[:, [0, -1]]) for one in seen])
        assert cut < 0.2, "at most what a ball's way over the whole stage makes unavoidable"


def test_the_horizon_stays_and_the_camera_does_not_jerk():
    play = staging.stage(
        parse("A blue ball rolls into a red ball on the stage by day. The camera holds still."), 5.0, 4
    )
    wide, narrow = play.shots[0].camera, reframed(play, 9 / 16).shots[0].camera
    for time in np.linspace(0, 5, 11):
        a, b = wide(float(time)), narrow(float(time))
        assert a.position == b.position
        assert np.isclose(a.focal * np.tan(a.pitch), b.focal * np.tan(b.pitch))
    path = np.array([project(narrow(t), (0.0, 0.0, 6.0))[0] for t in np.arange(0, 5, 1 / 24)])
    assert np.abs(np.diff(path, 2)).max() < 0.01, "less than a hundredth of the height per frame and frame"
