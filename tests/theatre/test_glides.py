"""One gliding shot through several places, and how far an orbit goes."""

import math

import numpy as np
import pytest

from phonofilm.prompt import parse
from phonofilm.theatre.camera import project
from phonofilm.theatre.draw import paint
from phonofilm.theatre.stage.staging import stage

pytestmark = pytest.mark.usefixtures("drawings")
VILLA = (
    "Smooth gimbal walkthrough of a modern villa: the camera glides through the front door, past a marble kitchen"
    " island, out through glass to an infinity pool. No people."
)


def test_a_walkthrough_passes_from_place_to_place_without_a_cut():
    play = stage(parse(VILLA), 5.0, 1)
    first, second = play.shots
    assert first.onto is second and first.door and second.onto is None
    before, after = (
        paint.frame(shot, time, 160, 90).astype(int)
        for shot, time in ((first, first.end - 1e-4), (second, second.start))
    )
    assert np.abs(before - after).mean() < 3.0
    # The next place is seen in the middle of the first before it fills the picture, and the door's wall around the
    # first.
    plain = paint.frame(first, first.start + 0.01, 160, 90)
    assert plain[:8].std(axis=(0, 1)).max() < 1.0
    # The camera does not stop between them.
    speed = [
        abs(shot.camera(time).position[2] - shot.camera(time - 0.1).position[2])
        for shot, time in ((first, first.end), (second, second.start + 0.1))
    ]
    assert min(speed) > 0.5 * max(speed) > 0.0


def test_an_orbit_of_half_a_turn_goes_half_round_and_ends_before_the_whole_bottle():
    text = (
        "A perfume bottle with a gold cap stands on a plinth, the camera makes a slow 180-degree orbit before settling"
        " on the label. Macro lens."
    )
    shot = stage(parse(text), 5.0, 1).shots[0]
    assert shot.camera(0.0).orbit == pytest.approx(-math.pi, abs=0.01) and shot.camera(4.99).orbit == pytest.approx(
        0.0, abs=0.05
    )
    bottle = shot.actors[0]
    for time in (2.5, 4.99):
        x, y, z = bottle.at(time).position
        _, v, scale = project(shot.camera(time), (x, y, z))
        assert v + scale * bottle.size[1] / 2 < 0.5 and v - scale * bottle.size[1] / 2 > -0.5


def test_a_glide_reaches_its_last_place_at_four_fifths_and_moves_evenly_through_a_door():
    play = stage(parse(VILLA), 5.0, 1)
    first, last = play.shots
    assert last.start == pytest.approx(4.0) and first.island
    speeds = [
        shot.camera(t + 0.2).position[2] - shot.camera(t).position[2]
        for shot, t in ((first, 0.1), (first, 2.0), (first, 3.7), (last, 4.1), (last, 4.7))
    ]
    assert min(speeds) > 0.9 * max(speeds) > 0
    picture = paint.frame(first, 0.05, 320, 180).astype(int)
    wall, leaf = picture[40, 20], picture[120, 100]
    assert np.abs(wall - (219, 212, 201)).max() < 4 and leaf[0] > leaf[2] + 50  # a wooden leaf beside the opening
    assert np.abs(picture[-3, 20] - wall).max() > 20  # and the ground that it stands on
