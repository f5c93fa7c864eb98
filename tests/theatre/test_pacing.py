"""Pacing: slow motion fills its shot, a throw goes metres, and who runs goes on running."""

import pytest

from phonofilm.theatre.camera import project
from phonofilm.theatre.reading import deeds
from phonofilm.theatre.stage import stagehand
from phonofilm.theatre.stage.staging import stage_text

pytestmark = pytest.mark.usefixtures("drawings")


def _of(shot, kind):
    return next(actor for actor in shot.actors if actor.kind == kind)


@pytest.mark.parametrize(("text", "by"), [
    ("A dancer leaps in slow motion.", 2.0), ("Ultra slow motion: a dancer leaps.", 3.0), ("slow-mo of a cat", 2.0),
    ("慢动作，女孩跳起来", 2.0), ("スローモーションで跳ぶ", 2.0), ("Zeitlupe: ein Hund", 2.0),
    ("A slow motor boat.", 1.0), ("The camera moves slowly.", 1.0),
])  # fmt: skip
def test_slow_motion_is_read_in_many_tongues(text, by):
    assert deeds.slowness(text) == by


def _aloft(play, high):
    player = _of(play.shots[0], "person")
    return sum(player.at(k / 50).position[1] > high for k in range(250)) / 50


def test_a_dunk_in_slow_motion_fills_its_shot_and_its_sounds_come_as_much_later():
    text = "a basketball player leaps and slams the ball through the hoop in a stadium."
    usual, slow = stage_text(f"A clip: {text}", 5, 1), stage_text(f"Ultra slow motion: {text}", 5, 1)
    assert _aloft(usual, 0.1) < 1.5
    assert 2.2 < _aloft(slow, 0.1) < 3.6  # of five seconds
    for play in (usual, slow):
        hit = next(c.time for c in play.contacts if c.kind == "hit")
        hoop, ball = (
            _of(play.shots[0], "hoop"),
            next(a for a in play.shots[0].actors if a.kind in ("ball", "basketball")),
        )
        assert abs(ball.at(hit).position[1] - hoop.at(hit).position[1] - 0.245 * hoop.size[1]) < 0.25, (
            "what is heard is seen"
        )

    def fall(play):
        """Metres that the ball falls in the first 0.2 s after the ring."""
        hit = next(c.time for c in play.contacts if c.kind == "hit")
        ball = next(a for a in play.shots[0].actors if a.kind in ("ball", "basketball"))
        return ball.at(hit + 0.01).position[1] - ball.at(hit + 0.21).position[1]

    assert fall(slow) < 0.25 * fall(usual)


def test_a_line_spoken_in_slow_motion_keeps_its_lips():
    play = stage_text('In slow motion a woman in a park walks and says: "Hello there my friend."', 5, 1)
    line = play.speech[0]
    opened = [_of(play.shots[0], "person").at(k / 50).pose.mouth_open for k in range(250)]
    moving = [k / 50 for k in range(250) if opened[k] > 0.008]
    assert (
        line.start - 0.1 < moving[0]
        and moving[-1] < line.end + 0.1
        and moving[-1] - moving[0] > 0.6 * (line.end - line.start)
    )


@pytest.mark.parametrize(
    "text",
    [
        "A man throws a frisbee in a park, a dog leaps and catches it mid-air.",
        "In slow motion a man throws a frisbee in a park, a dog leaps and catches it mid-air.",
    ],
)
def test_a_throw_goes_metres_and_the_dog_leaps_for_it_late_in_the_shot(text):
    play = stage_text(text, 5, 1)
    shot = play.shots[0]
    man, dog, disc = _of(shot, "person"), _of(shot, "dog"), _of(shot, "flying-disc")
    high = max((dog.at(k / 50).position[1], k / 50) for k in range(250))
    assert 2.4 < high[1] < 3.6 and high[0] > 0.5 * dog.size[1] + 0.6
    assert abs(disc.at(high[1]).position[0] - man.at(0.1).position[0]) > 3.0
    x, y, _ = stagehand.mouth(dog, dog.at(high[1] + 0.05))
    assert abs(disc.at(high[1] + 0.05).position[0] - x) < 0.3 and abs(disc.at(high[1] + 0.05).position[1] - y) < 0.4
    assert abs(dog.at(4.9).position[0] - dog.at(high[1]).position[0]) > 0.4, "it goes on after the catch"
    for time in (0.2, 2.0, high[1], 4.8):
        for actor in (man, dog):
            assert abs(project(shot.camera(time), actor.at(time).position)[0]) < 0.95


@pytest.mark.parametrize(
    "text",
    [
        "女孩穿着红色连衣裙在海边慢慢奔跑，参考@视频1的运镜，镜头从侧面跟拍，她回头微笑并挥手。",
        "Tracking shot: a girl runs along a beach past a lighthouse, turns around, laughs and waves.",
    ],
)
def test_who_runs_goes_on_running_while_she_turns_and_waves(text):
    play = stage_text(text, 5, 1)
    shot = play.shots[0]
    girl = _of(shot, "person")
    xs = [girl.at(k / 2).position[0] for k in range(1, 10)]
    steps = [abs(b - a) for a, b in zip(xs, xs[1:], strict=False)]
    assert min(steps) > 0.5 * max(steps) > 0.1, "at an even pace to the end"
    facing = [abs(girl.at(k / 10).facing) for k in range(50)]
    assert facing[3] > 0.8 and min(facing) < 0.4
    pose = girl.at(4.6).pose
    assert max(pose.joints["hand_r"][1], pose.joints["hand_l"][1]) > pose.joints["head"][1]
    for k in range(1, 10):
        assert abs(project(shot.camera(k / 2), girl.at(k / 2).position)[0]) < 0.6
