"""What a shot's size and angle in words come to: how large its subject is in the picture, and where."""

import math

import numpy as np
import pytest

from phonofilm.prompt import parse
from phonofilm.theatre.camera import HALF_WIDTH, project
from phonofilm.theatre.draw import paint
from phonofilm.theatre.paper.figures import joints
from phonofilm.theatre.play import Actor, Camera, Play, Shot
from phonofilm.theatre.reframe import reframed
from phonofilm.theatre.stage.staging import stage

pytestmark = pytest.mark.usefixtures("drawings")


def staged(text: str, seconds: float = 4.0) -> Play:
    return stage(parse(text), seconds, 1)


def seen(shot: Shot, actor: Actor, time: float) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a thing in picture heights."""
    camera, state = shot.camera(time), actor.at(time)
    x, y, z = state.position
    u, v, scale = project(camera, (x, y if actor.look is None else y + actor.size[1] / 2, z))
    return (
        u - scale * actor.size[0] / 2,
        u + scale * actor.size[0] / 2,
        v - scale * actor.size[1] / 2,
        v + scale * actor.size[1] / 2,
    )


def joint(shot: Shot, actor: Actor, name: str, time: float) -> tuple[float, float]:
    state = actor.at(time)
    assert actor.look is not None and state.pose is not None
    x, y = joints(actor.look.height, state.pose, state.facing * math.pi / 2, state.facing < 0)[name]
    u, v, _ = project(shot.camera(time), (state.position[0] + x, state.position[1] + y, state.position[2]))
    return u, v


def horizon(camera: Camera) -> float:
    return -camera.focal * math.tan(camera.pitch)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_a_medium_shot_is_from_the_waist_up_from_its_start_to_its_end(share: float) -> None:
    shot = staged("Medium shot: a woman in a white robe smiles in a bathroom, slow push-in.").shots[0]
    actor, time = shot.actors[0], 4.0 * share
    assert joint(shot, actor, "knee_r", time)[1] < -0.5 < joint(shot, actor, "shoulder_r", time)[1]
    assert 0.1 < joint(shot, actor, "head", time)[1] < 0.5


@pytest.mark.parametrize("time", [0.0, 2.0, 3.9])
def test_a_macro_fills_the_picture_with_what_it_names_before_a_soft_background(time: float) -> None:
    shot = staged("Extreme macro of a boiled egg in a bowl.").shots[0]
    boxes = [
        seen(shot, actor, time) for actor in shot.actors if actor.cutout is not None and actor.cutout.kind != "effect"
    ][:2]
    assert (
        max(box[3] for box in boxes) - min(box[2] for box in boxes) > 0.6
        or max(box[1] for box in boxes) - min(box[0] for box in boxes) > 1.2
    )
    assert shot.soft


def test_a_macro_of_hands_at_work_leaves_the_body_out() -> None:
    shot = staged("Macro close-up: a barista slowly pours hot water into a cup in a cafe.").shots[0]
    person = next(actor for actor in shot.actors if actor.look is not None)
    cup = next(actor for actor in shot.actors if actor.kind == "cup")
    left, right, bottom, top = seen(shot, cup, 2.0)
    assert -HALF_WIDTH < left < right < HALF_WIDTH and -0.5 < bottom < top < 0.5 and top - bottom > 0.2
    assert joint(shot, person, "knee_r", 2.0)[1] < -0.5
    assert joint(shot, person, "head", 2.0)[1] > 0.45


def test_a_soft_background_has_no_hard_edges() -> None:
    sharp = staged("A red cup in a kitchen.").shots[0]
    soft = staged("A red cup in a kitchen, shallow depth of field.").shots[0]
    edges = [np.abs(np.diff(paint.frame(shot, 1.0, 320, 180)[:60].astype(int), axis=1)).max() for shot in (sharp, soft)]
    assert edges[1] < 0.6 * edges[0]


def test_the_camera_ends_on_the_eyes() -> None:
    shot = staged("A knight stands in the rain, the camera pushes in on his eyes.").shots[0]
    actor = shot.actors[0]
    u, v = joint(shot, actor, "head", 3.98)
    assert abs(u) < 0.25 and abs(v) < 0.25
    assert (
        project(shot.camera(3.98), actor.at(3.98).position)[2] * 0.31 * actor.size[1] > 0.9
    )  # the head is as high as the picture


def test_a_low_angle_has_its_horizon_low_and_rises_with_a_leap() -> None:
    play = staged(
        "A basketball player leaps and slams the ball through the hoop. Low-angle tracking shot that follows him from"
        " the floor to the rim.",
        5.0,
    )
    shot = play.shots[0]
    player = next(actor for actor in shot.actors if actor.look is not None)
    peak = max(np.linspace(0, 5, 101), key=lambda time: player.at(time).position[1])
    assert horizon(shot.camera(0.2)) < -0.3
    assert seen(shot, player, 0.2)[3] - seen(shot, player, 0.2)[2] > 0.6
    assert shot.camera(peak).position[1] > shot.camera(0.2).position[1] + 0.8
    hoop = next(actor for actor in shot.actors if actor.kind == "hoop")
    assert seen(shot, hoop, peak)[2] < 0.1  # the rim's board is in the picture


def test_a_selfie_has_the_face_large_an_arm_to_the_lens_and_no_phone() -> None:
    play = staged("Selfie video, a woman in a beige hoodie sits in her car, holds the phone at arm's length.")
    shot = play.shots[0]
    assert [actor.kind for actor in shot.actors] == ["person"] and shot.arm in (-1, 1)
    for aspect, least in ((16 / 9, 0.5), (9 / 16, 0.3)):
        one = reframed(play, aspect).shots[0]
        scale = project(one.camera(1.0), one.actors[0].at(1.0).position)[2]
        assert scale * 0.31 * one.actors[0].size[1] > least
    with_arm, without = (
        paint.frame(one, 1.0, 320, 180)
        for one in (shot, staged("A woman in a beige hoodie sits in her car, close-up.").shots[0])
    )
    corner = with_arm[165:, 295:] if shot.arm > 0 else with_arm[165:, :25]
    assert corner.std(axis=(0, 1)).max() < 30 and corner.mean() > 100  # the sleeve
    assert without[150:, 270:].mean() < 100 or without[150:, :50].mean() < 100  # the dark wheel and board


def test_a_narrow_picture_holds_head_and_shoulders_of_a_medium_shot() -> None:
    play = staged("Medium shot: a girl holds a cup of coffee in a cafe, slow push-in.")
    shot = reframed(play, 9 / 16).shots[0]
    person = next(actor for actor in shot.actors if actor.look is not None)
    assert joint(shot, person, "foot_r", 3.9)[1] < -0.5
