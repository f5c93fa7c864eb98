"""The projection in closed form; every move keeps its subject in the picture."""

import math

import pytest

from phonofilm.prompt.camera import MOVES
from phonofilm.theatre.camera import HALF_WIDTH, HORIZON, Frame, direct, project
from phonofilm.theatre.play import Camera

FRAME = Frame(left=-0.5, right=0.5, bottom=0.0, top=1.75, depth=6.0)


def test_projection_in_closed_form():
    eye = Camera(position=(1.0, 1.5, 2.0), focal=1.2)
    assert project(eye, (3.0, 0.5, 8.0)) == pytest.approx((1.2 * 2 / 6, -1.2 / 6, 0.2))
    turned = Camera(position=(0.0, 0.0, 0.0), yaw=0.3, pitch=-0.2, focal=1.5)
    assert project(turned, (0.0, 0.0, 5.0)) == pytest.approx((-1.5 * math.tan(0.3), 1.5 * math.tan(0.2), 0.3))


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("pace", ["slow", "normal", "fast"])
def test_the_subject_stays_in_the_picture_and_large_enough(move, pace):
    rig = direct(move, start=0.0, end=5.0, frame=FRAME, pace=pace, seed=3)
    for n in range(51):
        eye = rig(n / 10)
        feet, head = project(eye, (0.0, 0.0, 6.0)), project(eye, (0.0, 1.75, 6.0))
        assert abs(feet[0]) < HALF_WIDTH - 0.1 and feet[1] > -0.5 and head[1] < 0.5, (move, n)
        assert 0.33 < head[1] - feet[1] < 0.75


def test_moves_are_what_they_are_called():
    def ends(move):
        rig = direct(move, start=1.0, end=4.0, frame=FRAME)
        return rig(1.0), rig(4.0)

    a, b = ends("static")
    assert a == b
    # At rest the horizon lies between 38 and 45 % of the height.
    assert project(a, (0.0, a.position[1], 1e6))[1] == pytest.approx(HORIZON) and 0.38 <= 0.5 + HORIZON <= 0.45
    a, b = ends("push_in")
    assert b.position[2] > a.position[2] + 0.5
    a, b = ends("pull_out")
    assert b.position[2] < a.position[2] - 0.5
    a, b = ends("pan_right")
    assert b.yaw > a.yaw + 0.1
    a, b = ends("pan_left")
    assert b.yaw < a.yaw - 0.1
    a, b = ends("tilt_up")
    assert b.pitch > a.pitch + 0.1
    a, b = ends("tilt_down")
    assert b.pitch < a.pitch - 0.1
    a, b = ends("crane")
    assert b.position[1] > 1.5 * a.position[1]
    a, b = ends("orbit")
    assert b.orbit - a.orbit > 0.8


def test_a_dolly_zoom_keeps_the_subject_and_stretches_the_rest():
    rig = direct("dolly_zoom", start=0.0, end=4.0, frame=FRAME)
    sizes = [project(rig(t), (0.0, 1.0, 6.0))[2] for t in (0.0, 1.3, 2.0, 4.0)]
    assert sizes == pytest.approx([sizes[0]] * 4)
    assert project(rig(4.0), (0.0, 0.0, 40.0))[2] < 0.8 * project(rig(0.0), (0.0, 0.0, 40.0))[2]


def test_a_tracking_camera_follows():
    rig = direct(
        "track", start=0.0, end=4.0, frame=Frame(left=-3, right=3, bottom=0, top=1.75, depth=6, follow=lambda t: -2 + t)
    )
    assert [project(rig(t), (-2 + t, 1.0, 6.0))[0] for t in (0.0, 2.0, 4.0)] == pytest.approx([0, 0, 0])
