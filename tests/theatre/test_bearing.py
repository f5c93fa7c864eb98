"""Who bears whom, and the gestures of arms and hands; by where things are."""

import math

import numpy as np
import pytest

from phonofilm.prompt import parse
from phonofilm.theatre.camera import project
from phonofilm.theatre.draw import paint
from phonofilm.theatre.reading import deeds
from phonofilm.theatre.stage.staging import plans_of, stage_text

pytestmark = pytest.mark.usefixtures("drawings")


def _of(shot, kind):
    return next(actor for actor in shot.actors if actor.kind == kind)


@pytest.mark.parametrize(
    "text",
    [
        "A dragon sits on a tower and roars.",
        "A cat sits on a roof.",
        "An owl on a branch.",
        "A dragon unfolding its wings on the tower, roaring fire into the sky.",
        "屋根の上の猫。",
        "树枝上有一只猫头鹰。",
    ],
)
def test_an_animal_on_something_high_is_on_top_of_it(text):
    shot = stage_text(text, 4, 1).shots[0]
    animal = next(actor for actor in shot.actors if actor.kind in ("dragon", "cat", "owl"))
    bearer = next(actor for actor in shot.actors if actor.kind in ("tower", "house", "branch"))
    for time in (0.2, 2.0, 3.9):
        (x, y, _), (bx, by, _) = animal.at(time).position, bearer.at(time).position
        feet, top = y - animal.size[1] / 2 * animal.at(time).squash, by + bearer.size[1] / 2
        assert abs(feet - top) < 0.2 * bearer.size[1] + 0.1 and feet > 0.8
        assert abs(x - bx) < 0.5 * bearer.size[0]
        u, v, scale = project(shot.camera(time), animal.at(time).position)
        assert abs(v) + animal.size[1] * scale / 2 < 0.62 and abs(u) < 0.8


def test_a_child_is_held_upright_before_the_chest_with_its_face_free():
    shot = stage_text("A knight runs toward a castle carrying a child.", 4, 1).shots[0]
    knight, child = (actor for actor in shot.actors if actor.kind == "person")
    state, held = knight.at(2.5), child.at(2.5)
    ahead = math.copysign(1.0, state.facing)
    assert held.angle == 0.0 and held.facing * ahead < 0
    hip = held.position[1] + held.pose.joints["hip"][1]
    assert 0.5 < hip / knight.size[1] < 0.75
    assert 0.15 < ahead * (held.position[0] - state.position[0]) / knight.size[1] < 0.35
    assert held.pose.joints["foot_r"][1] > 0.15 * child.size[1], "the legs are drawn up, not stood on"


def test_a_robot_that_carries_a_child_has_it_before_its_chest():
    shot = stage_text("A giant robot carries a child through a city.", 4, 1).shots[0]
    robot, child = _of(shot, "robot"), _of(shot, "person")
    for time in (0.5, 3.5):
        (x, y, z), (cx, cy, cz) = robot.at(time).position, child.at(time).position
        assert abs(x - cx) < 0.2 * robot.size[0] and cz < z
        assert abs(cy + child.at(time).pose.joints["hip"][1] - y) < 0.15 * robot.size[1]
    assert child.size[1] < 0.6 * robot.size[1]


def test_a_robot_kneels_by_folding_and_its_hand_opens_at_its_own_size():
    shots = stage_text(
        "0-2s: A giant robot walks through a city. 2-4s: A girl runs to the robot. 4-8s: The robot kneels and opens its"
        " hand.",
        8,
        1,
    ).shots
    robots = [_of(shot, "robot") for shot in shots]
    assert len({robot.size for robot in robots}) == 1
    parts = [robots[2].at(time).part for time in (4.1, 6.2, 7.9)]
    assert parts[0] > -0.2 and parts[1] <= -0.99 and parts[2] < -1.9
    assert all(robots[2].at(time).squash == 1.0 for time in (4.1, 6.2, 7.9))
    pictures = [np.array(paint.frame(shots[2], time, 160, 90)).astype(int) for time in (4.1, 6.2, 7.9)]
    assert np.abs(pictures[0] - pictures[1]).mean() > 1.0 and np.abs(pictures[1] - pictures[2]).max() > 40


@pytest.mark.parametrize(
    "text",
    [
        "On a rooftop an android-like singer spins with arms wide.",
        "A woman stands on a cliff by a lighthouse with her arms outstretched.",
        "灯台の前で女性が両手を広げる。",
    ],
)
def test_arms_are_wide_from_every_side(text):
    from phonofilm.theatre.paper.figures import joints

    actor = next(actor for actor in stage_text(text, 4, 1).shots[0].actors if actor.look is not None)
    for time in (1.5, 2.5, 3.5):
        state = actor.at(time)
        h = actor.look.height
        found = joints(h, state.pose, state.facing * math.pi / 2, state.facing < 0)
        assert abs(found["hand_r"][0] - found["hand_l"][0]) > 0.55 * h
        assert all(
            abs(found[hand][1] - found["shoulder"][1]) < 0.14 * h
            for hand in ("hand_r", "hand_l")
            if "shoulder" in found
        )


@pytest.mark.parametrize(
    "text",
    [
        "In a shop beside a castle an old man turns round and shouts.",
        "灯台の魚屋、店主のおじさんが振り返り「こら！」と叫ぶ。",
    ],
)
def test_who_shouts_shakes_a_fist_with_an_open_mouth(text):
    actor = next(actor for actor in stage_text(text, 4, 1).shots[0].actors if actor.look is not None)
    quiet, loud = actor.at(0.02).pose, [actor.at(2 + k / 10).pose for k in range(15)]
    assert quiet.joints["hand_r"][1] < quiet.joints["shoulder"][1]
    assert all(pose.joints["hand_r"][1] > pose.joints["head"][1] and pose.mouth_open > 0.01 for pose in loud)
    assert np.ptp([pose.joints["hand_r"][1] for pose in loud]) > 0.01


def test_a_cat_that_runs_off_under_a_following_camera_covers_ground():
    shot = stage_text(
        "A cat runs away through a market with a fish in its mouth, the camera follows from behind.", 4, 1
    ).shots[0]
    cat = _of(shot, "cat")
    assert shot.camera_move == "track"
    gone = abs(cat.at(3.5).position[0] - cat.at(0.5).position[0])
    assert gone > 7.0
    assert abs(shot.camera(3.5).position[0] - shot.camera(0.5).position[0]) == pytest.approx(gone, rel=0.05)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("She shouts his name", "shout"),
        ("with arms wide", "arms"),
        ("The robot opens its hand", "palm"),
        ("a crow on the wall", "perch"),
        ("彼が叫ぶ", "shout"),
    ],
)
def test_gestures_are_told_in_words(text, kind):
    assert kind in [deed.kind for deed in deeds.read(text, plans_of(parse(text), 4, 1)[0][0], 0)]


@pytest.mark.parametrize(
    "text", ["The man holds a phone", "A cat on the table", "an open arm chair", "a city with wide streets"]
)
def test_and_nothing_else_is(text):
    assert not {"shout", "arms", "palm", "perch"} & {
        deed.kind for deed in deeds.read(text, plans_of(parse(text), 4, 1)[0][0], 0)
    }
