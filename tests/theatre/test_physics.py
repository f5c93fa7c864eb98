"""The laws of motion against closed forms."""

import itertools
import math

import pytest

from phonofilm.theatre.moves import physics
from phonofilm.theatre.moves.physics import GRAVITY, Body, body_of, collide, launch, simulate, topple


def bounces(track):
    return [h for h in track.hits if h.kind == "bounce"]


@pytest.mark.parametrize("ground", ["wood", "street", "sand"])
def test_a_ball_lands_when_theory_says(ground):
    body = body_of((0.22, 0.22, 0.22), "rubber", True)
    (track,) = simulate([body], [launch(body, ground, start=0.0, x=0.0, y=1.5 + 0.11)], ground, 3.0)
    e, time, speed = body.bounce(ground), math.sqrt(2 * 1.5 / GRAVITY), math.sqrt(2 * 1.5 * GRAVITY)
    assert time == pytest.approx(0.553, abs=1e-3)
    for hit in bounces(track)[:5]:
        assert hit.time == pytest.approx(time, abs=1e-6)
        assert hit.speed == pytest.approx(speed, rel=1e-9)
        speed *= e
        time += 2 * speed / GRAVITY


def test_it_rests_below_a_tenth_of_a_metre_per_second():
    body = body_of((0.22, 0.22, 0.22), "rubber", True)
    (track,) = simulate([body], [launch(body, "wood", start=0.0, x=0.0, y=1.0)], "wood", 30.0)
    assert min(h.speed for h in bounces(track)) > physics.REST_SPEED
    assert track.pieces[-1].mode == "rest"
    assert track.at(30.0)[1] == pytest.approx(body.radius)


def test_contacts_lie_on_the_path_and_the_path_never_sinks():
    body = body_of((0.5, 0.5, 0.5), "rubber", True)
    (track,) = simulate([body], [launch(body, "grass", start=0.2, x=-1.0, y=1.4, vx=0.6, spin=3.0)], "grass", 5.0)
    for hit in bounces(track):
        assert track.at(hit.time)[1] == pytest.approx(body.radius, abs=1e-9)
        assert track.at(hit.time)[0] == pytest.approx(hit.x)
    assert all(track.at(0.2 + n / 200)[1] >= body.radius - 1e-9 for n in range(960))
    ends = [(a.at(b.start)[:2], (b.x, b.y)) for a, b in zip(track.pieces, track.pieces[1:])]
    assert all(p == pytest.approx(q, abs=1e-9) for p, q in ends)


def test_a_sliding_ball_grips_and_then_rolls_at_five_sevenths():
    body = body_of((0.4, 0.4, 0.4), "rubber", True)
    (track,) = simulate([body], [launch(body, "wood", start=0.0, x=0.0, y=0.2, vx=2.0)], "wood", 4.0)
    roll = next(p for p in track.pieces if p.mode == "roll")
    assert roll.vx == pytest.approx(2.0 * 5 / 7)
    assert roll.spin == pytest.approx(-roll.vx / body.radius)


@pytest.mark.parametrize(("ma", "mb", "va", "vb"), [(1.0, 1.0, 2.0, 0.0), (1.0, 3.0, 1.5, -0.5), (5.0, 0.2, 1.0, 0.9)])
def test_momentum_is_kept(ma, mb, va, vb):
    ua, ub = collide(ma, va, mb, vb, 0.8)
    assert ma * ua + mb * ub == pytest.approx(ma * va + mb * vb)
    assert ub - ua == pytest.approx(0.8 * (va - vb))


def test_two_balls_meet_where_they_touch_and_keep_their_momentum():
    a, b = (Body(radius=r, half_width=r, material="rubber", mass=m) for r, m in ((0.2, 1.0), (0.3, 2.0)))
    first = [
        launch(a, "wood", start=0.0, x=-1.5, y=0.2, vx=2.0, spin=-10.0),
        launch(b, "wood", start=0.0, x=1.0, y=0.3, vx=-0.5, spin=0.5 / 0.3),
    ]
    tracks = simulate([a, b], first, "wood", 4.0)
    hits = [[h for h in t.hits if h.kind == "collide"] for t in tracks]
    assert hits[0] and hits[0][0].time == hits[1][0].time
    when = hits[0][0].time
    (xa, *_), (xb, *_) = (t.at(when) for t in tracks)
    assert xb - xa == pytest.approx(2 * math.sqrt(0.2 * 0.3), abs=1e-9)

    def momentum(time):
        return sum(body.mass * t.piece(time).speed(time)[0] for body, t in zip((a, b), tracks))

    assert momentum(when + 1e-7) == pytest.approx(momentum(when - 1e-7), abs=1e-4)


def test_a_block_topples_with_the_energy_it_fell_through():
    fall = topple(0.3, 0.9, start=1.0, push=0.0)
    half, lean = math.hypot(0.3, 0.9) / 2, math.atan2(0.3, 0.9)
    # Energy about the edge: I w^2 / 2 with I = 4/3 m half^2, falling from the balance point to flat.
    began = (math.sqrt(2 * 0.75 * GRAVITY / half * (1 - math.cos(lean))) + 0.05) ** 2
    spin = math.sqrt(began + 2 * 0.75 * GRAVITY / half * (math.cos(lean) - math.cos(math.pi / 2 - lean)))
    assert fall.speed == pytest.approx(spin * 0.45, rel=2e-2)
    assert fall.at(1.0) == 0.0 and fall.at(fall.land - 1e-4) == pytest.approx(math.pi / 2, abs=2e-3)


def test_rolling_ticks_are_evenly_spaced_on_the_ground():
    body = body_of((0.4, 0.4, 0.4), "wood", True)
    (track,) = simulate([body], [launch(body, "street", start=0.0, x=0.0, y=0.2, vx=1.5, spin=-7.5)], "street", 2.0)
    ticks = [h.x for h in track.hits if h.kind == "roll"]
    assert len(ticks) > 10
    assert all(q - p == pytest.approx(physics.ROLL_SPACING, abs=1e-6) for p, q in itertools.pairwise(ticks))
