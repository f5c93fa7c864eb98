"""The rules on figures alone."""

import pytest

from phonofilm.rollout import rules
from phonofilm.rollout.rules import Arm, Walk, step
from phonofilm.votes.studies import Judged

GOOD = Judged(250, 4.2, 0.9)
PASSED = frozenset(rules.SUITES)
CALM = Arm(ended=200, errors=1, slow=1, late=4)


def stepped(walk, seconds=60.0, candidate=CALM, control=CALM, rated=GOOD, control_rated=GOOD, passed=PASSED):
    return step(walk, seconds, candidate, control, rated=rated, control_rated=control_rated, passed=passed)


def soaked(hours, **more):
    return Walk(soaked=hours * 3600.0 - 60.0, candidate=CALM, control=CALM, **more)


def test_it_goes_by_5_25_100_when_every_gate_is_passed():
    walk = stepped(soaked(72))
    assert (walk.state, walk.stage, rules.percent(walk), walk.soaked) == ("walking", 1, 25, 0.0)
    assert rules.percent(stepped(Walk(soaked=71.9 * 3600))) == 5
    walk = stepped(soaked(48, stage=1))
    assert (walk.state, walk.stage, rules.percent(walk)) == ("done", 2, 100)


@pytest.mark.parametrize(
    ("given", "waits"),
    [
        ({"rated": Judged(199, 4.2, 0.9)}, "1 more ratings"), ({"rated": Judged(200, 3.7, 0.1)}, "MOS 3.70"),
        ({"passed": frozenset({"unit"})}, "vectors"),
        ({"candidate": Arm(200, 4, 0, 0)}, "errors 1.2%"), ({"candidate": Arm(200, 0, 4, 30)}, "p95 above 5,000 ms"),
    ],
)  # fmt: skip
def test_one_gate_that_is_shut_is_enough_and_named(given, waits):
    walk = stepped(soaked(72), **given)
    assert (walk.state, walk.stage) == ("walking", 0) and waits in walk.reason


def test_bare_chance_does_not_send_it_back_but_a_fault_does():
    assert stepped(Walk(), candidate=Arm(60, 2, 0, 0)).state == "walking"  # 3 % of sixty
    walk = stepped(Walk(), candidate=Arm(400, 24, 0, 0))
    assert walk.state == "rolled_back" and rules.percent(walk) == 0 and "errors above 2%" in walk.reason
    assert stepped(Walk(), candidate=Arm(400, 0, 80, 90)).reason.startswith("p95 above 8,000 ms")
    assert stepped(Walk(), candidate=Arm(40, 20, 0, 0)).state == "walking"  # too few to say


def test_what_ails_the_control_arm_too_is_not_the_candidates_fault():
    walk = Walk()
    for _ in range(40):
        walk = stepped(walk, candidate=Arm(50, 10, 5, 8), control=Arm(950, 190, 95, 150))
    assert walk.state == "walking"


def test_people_send_it_back_only_where_they_are_sure():
    assert stepped(Walk(), rated=Judged(200, 3.2, 0.9)).reason.startswith("MOS 3.20")
    assert stepped(Walk(), rated=Judged(40, 3.4, 1.2)).state == "walking"  # not sure
    assert (
        stepped(Walk(), rated=Judged(200, 3.2, 0.9), control_rated=Judged(200, 3.1, 0.9)).state == "walking"
    )  # no worse than what is there


def test_clocks_that_jump_do_not_age_it():
    walk = stepped(Walk(), seconds=400 * 3600.0)
    assert walk.soaked == rules.GAP and walk.stage == 0
    assert stepped(walk, seconds=-500.0).soaked == rules.GAP


def test_held_it_stays_and_still_goes_back():
    held = rules.hold(soaked(80), "legal")
    assert stepped(held).state == "held" and rules.percent(held) == 5
    assert stepped(held, candidate=Arm(400, 40, 0, 0)).state == "rolled_back"
    assert rules.go_on(held, "now").stage == 1 and rules.go_on(Walk(stage=1), "now").state == "done"


def test_what_was_rolled_back_stays_so():
    gone = rules.back(Walk(), "by hand")
    assert stepped(gone) is gone
