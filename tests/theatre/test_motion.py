"""Persons: feet stay where they stand, strikes meet their mark on time, mouths lead their sounds."""

import itertools
import math

import pytest

from phonofilm.theatre.moves.footwork import Leap, Leg, Part, Strike
from phonofilm.theatre.moves.motion import LEAD_IN, MOUTH, Performer, two_bone, wind_up
from phonofilm.theatre.play import Phoneme


def part(**more):
    return Part(**({"start": 0.0, "end": 5.0, "height": 1.7, "x": 0.0, "z": 6.0, "facing": ((0.0, 1.0),)} | more))


WALK = part(legs=(Leg(start=-2, end=7, x0=-3, x1=5),), step=0.52, swing=0.41)
RUN = part(legs=(Leg(start=-2, end=7, x0=-12, x1=12),), step=0.33, swing=0.45, running=True)
BACK = part(
    legs=(Leg(start=-2, end=2.4, x0=-3, x1=2), Leg(start=2.6, end=7, x0=2, x1=-3)),
    step=0.5,
    swing=0.39,
    facing=((0.0, 1.0), (2.7, -1.0)),
)


@pytest.mark.parametrize("plan", [WALK, RUN, BACK])
def test_a_planted_foot_does_not_slide(plan):
    performer = Performer(plan)
    stood = 0
    for which, plants in enumerate(performer.plants):
        for plant in plants:
            # Flat on the floor: after the toe is down, before the heel comes up.
            a, b = max(0.0, plant.land), min(5.0, plant.lift - 0.12)
            for k in range(6):
                if b - a > 0.02:
                    x, y, _ = performer.foot(which, a + (b - a) * k / 5)
                    assert x == pytest.approx(plant.x) and y == pytest.approx(0.04 * 1.7)
                    stood += 1
    assert stood > 30


def test_drawn_feet_stand_still_in_the_world():
    performer = Performer(WALK)
    plant = next(p for p in performer.plants[0] if p.land > 0.5)
    xs = []
    for k in range(8):
        state = performer(plant.land + (plant.lift - 0.13 - plant.land) * k / 7)
        xs.append(state.position[0] + state.pose.joints["foot_r"][0])
    assert max(xs) - min(xs) < 1e-6


def test_steps_alternate_at_an_even_pace_and_go_the_way():
    near, far = Performer(WALK).plants
    lands = sorted((p.land, which, p.x) for which, plants in enumerate((near, far)) for p in plants if 0 < p.land < 5)
    assert [w for _, w, _ in lands] == [(lands[0][1] + n) % 2 for n in range(len(lands))]
    assert all(b[0] - a[0] == pytest.approx(0.52) for a, b in itertools.pairwise(lands))
    assert all(0.3 < b[2] - a[2] < 0.7 for a, b in itertools.pairwise(lands))


def test_a_leap_follows_the_parabola_and_lands_on_time():
    leap = Leap(start=1.0, speed=2.5)
    performer = Performer(part(leaps=(leap,)))
    assert leap.land == pytest.approx(1.0 + 5.0 / 9.81)
    assert performer(1.0 + 2.5 / 9.81).position[1] == pytest.approx(2.5**2 / (2 * 9.81), abs=1e-6)
    assert performer(leap.land - 1e-4).position[1] < 1e-3 and performer(leap.land + 1e-4).position[1] == 0
    # Anticipation: the hips are down before the jump.
    assert performer(0.9).pose.joints["hip"][1] < performer(0.5).pose.joints["hip"][1] - 0.08


def test_hands_meet_in_a_clap_and_only_then():
    performer = Performer(part(claps=(1.0, 1.6, 2.2)))

    def apart(time):
        j = performer(time).pose.joints
        return math.dist(j["hand_l"], j["hand_r"])

    assert apart(1.6) < 1e-6 and apart(1.3) > 0.2
    assert apart(1.6 - 1 / 24) > 0.05


def test_a_strike_touches_its_target_at_its_times():
    times = (0.8, 1.2, 1.6, 2.0)
    performer = Performer(part(strike=Strike(times=times, targets=((0.28, 0.95), (0.36, 0.95)), back=(0.0, 0.25))))
    for n, t in enumerate(times):
        hand, target = (("hand_r", (0.28, 0.95)), ("hand_l", (0.36, 0.95)))[n % 2]
        assert performer(t).pose.joints[hand] == pytest.approx(target, abs=1e-3)
        assert performer(t - 0.1).pose.joints[hand][1] > 1.0


def test_wind_up_is_nought_on_a_hit():
    assert wind_up((1.0, 2.0), 1.0)[0] == 0 and wind_up((1.0, 2.0), 1.5) == (1.0, pytest.approx(1.0, abs=0.6))


def test_dance_steps_fall_on_the_beat():
    beats = tuple(0.5 * n for n in range(1, 10))
    near, far = Performer(part(beats=beats)).plants
    assert sorted(p.land for p in (*near, *far) if p.land > 0) == pytest.approx(beats)


def test_a_mouth_opens_60_ms_before_its_sound():
    sounds = (
        Phoneme(start=0.0, end=0.3, symbol="m", viseme="closed"),
        Phoneme(start=0.3, end=0.7, symbol="a", viseme="A"),
    )
    performer = Performer(part(speech=((1.0, sounds),)))
    assert performer.mouth(1.3 - LEAD_IN - 0.001)[0] == 0
    assert 0 < performer.mouth(1.3 - LEAD_IN / 2)[0] < MOUTH["A"][0]
    assert performer.mouth(1.3)[0] == pytest.approx(MOUTH["A"][0]) and performer.mouth(3.0)[0] == 0


def test_two_bones_reach_and_keep_their_length():
    for tip in ((0.3, -0.2), (0.0, -0.5), (0.05, 0.02)):
        joint, end = two_bone((0.0, 0.0), tip, 0.3, 0.25, 1.0)
        assert math.dist((0, 0), joint) == pytest.approx(0.3) and math.dist(joint, end) == pytest.approx(0.25, abs=1e-6)
        if 0.05 < math.hypot(*tip) < 0.55:
            assert end == pytest.approx(tip)
    _, end = two_bone((0.0, 0.0), (2.0, 0.0), 0.3, 0.25, 1.0)
    assert end[0] == pytest.approx(0.55, abs=1e-3)
