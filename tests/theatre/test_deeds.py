"""Deeds: what one of the cast does to another, what passes, falls and flies about them, and close-ups of a part; by
where things are, not that something ran."""

import math

import numpy as np
import pytest

from phonofilm.prompt import parse
from phonofilm.theatre.camera import project
from phonofilm.theatre.draw import paint, tags
from phonofilm.theatre.moves import playing
from phonofilm.theatre.places import lands
from phonofilm.theatre.play import Actor, Play, Shot
from phonofilm.theatre.reading import framing
from phonofilm.theatre.stage import stagehand
from phonofilm.theatre.stage.staging import plans_of, stage_text

pytestmark = pytest.mark.usefixtures("drawings")
TIMES = [0.2 + 0.3 * k for k in range(13)]


def _play(text: str, seed: int = 1) -> Play:
    return stage_text(text, 4, seed)


def _shot(text: str, seed: int = 1) -> Shot:
    return _play(text, seed).shots[0]


def _of(shot: Shot, kind: str) -> Actor:
    return next(actor for actor in shot.actors if actor.kind == kind)


def _all(shot: Shot, kind: str) -> list[Actor]:
    return [actor for actor in shot.actors if actor.kind == kind]


@pytest.mark.parametrize(
    "text",
    [
        "A basketball player leaps and slams the ball through the hoop in a stadium.",
        "A knight dunks a basketball in a stadium.",
    ],
)
def test_a_dunk_goes_from_above_through_the_ring_to_the_floor(text):
    play = _play(text)
    shot = play.shots[0]
    player, ball, hoop = (
        _of(shot, "person"),
        next(a for a in shot.actors if a.kind in ("ball", "basketball")),
        _of(shot, "hoop"),
    )
    hit = next(c.time for c in play.contacts if c.kind == "hit")
    x, y, _ = hoop.at(hit).position
    ring = (
        x + (-0.28 if hoop.at(hit).facing * hoop.cutout.nature.faces > 0 else 0.28) * hoop.size[0],
        y + 0.245 * hoop.size[1],
    )
    assert player.at(hit).position[1] > 0.25
    assert ball.at(hit - 0.02).position[1] > ring[1] > ball.at(hit + 0.3).position[1]
    assert abs(ball.at(hit + 0.1).position[0] - ring[0]) < 0.15
    assert ball.at(3.9).position[1] < 0.6 and player.at(0.2).position[1] < 0.05


@pytest.mark.parametrize(("text", "animal", "thing"), [
    ("A cat runs through a market with a fish in its mouth.", "cat", "fish"),
    ("A dog carries a stick in its mouth on a rooftop.", "dog", "stick"),
    ("猫が魚をくわえて走り去る、商店街。", "cat", "fish"),
])  # fmt: skip
def test_what_an_animal_carries_is_at_its_mouth(text, animal, thing):
    shot = _shot(text)
    holder, held = _of(shot, animal), _of(shot, thing)
    assert max(held.size[:2]) < 0.6 * holder.size[1]
    for time in TIMES:
        x, y, _ = stagehand.mouth(holder, holder.at(time))
        assert math.dist(held.at(time).position[:2], (x, y)) < 0.25 * holder.size[1]


@pytest.mark.parametrize(("text", "target"), [
    ("A barista pours hot water into a cup in a cafe.", "cup"),
    ("Macro: broth pours over a bowl of noodles in a studio.", "steaming-bowl"),
    ("咖啡馆里，咖啡师把热水缓缓注入杯子，蒸汽升起。", "cup"),
])  # fmt: skip
def test_what_is_poured_runs_from_a_vessel_into_what_is_below_it(text, target):
    play = _play(text)
    shot = play.shots[0]
    stream, cup = _of(shot, "stream"), _of(shot, target)
    vessel = next(a for a in shot.actors if a.kind in ("teapot", "bottle"))
    x, y, _ = stream.at(2.0).position
    assert stream.at(2.0).visible and not stream.at(0.05).visible
    assert abs(x - cup.at(2.0).position[0]) < 0.5 * cup.size[0]
    assert (
        y - stream.size[1] / 2 <= cup.at(2.0).position[1] + cup.size[1] / 2
        and y + stream.size[1] / 2 <= vessel.at(2.0).position[1] + 0.2
    )
    assert abs(vessel.at(2.0).angle) > 0.4 > 0.2 > abs(vessel.at(0.02).angle)
    assert any(contact.kind == "pour" for contact in play.contacts)


@pytest.mark.parametrize(
    "text", ["A chef slices a tomato in a kitchen.", "Macro of an avocado being sliced open in a studio."]
)
def test_what_is_sliced_is_whole_and_then_two_halves(text):
    play = _play(text)
    shot = play.shots[0]
    fruit = next(a for a in shot.actors if a.kind in ("tomato", "avocado"))
    halves = _all(shot, "half")
    cut = next(c.time for c in play.contacts if c.kind == "knock")
    assert fruit.at(cut - 0.1).visible and not any(half.at(cut - 0.1).visible for half in halves)
    assert not fruit.at(cut + 0.1).visible and len(halves) == 2 and all(half.at(cut + 0.1).visible for half in halves)
    apart = [halves[1].at(t).position[0] - halves[0].at(t).position[0] for t in (cut, cut + 1.0)]
    assert apart[1] > apart[0] > 0
    knife = _of(shot, "kitchen-knife")
    assert knife.at(cut).position[1] < knife.at(cut - 0.6).position[1]


@pytest.mark.parametrize(
    "text", ["A dragon spreads its wings on a tower, roaring fire into the sky.", "一条巨龙展开翅膀，喷火，城堡。"]
)
def test_wings_open_and_fire_comes_out_of_the_mouth(text):
    shot = _shot(text)
    dragon, wings, fire = _of(shot, "dragon"), _of(shot, "wings"), _of(shot, "breath")
    assert wings.at(0.1).part < 0.1 and wings.at(3.0).part == 1.0 and wings.size[0] > dragon.size[0]
    assert not fire.at(0.5).visible and fire.at(3.5).visible
    state = fire.at(3.5)
    x, y, _ = stagehand.mouth(dragon, dragon.at(3.5))
    ahead = math.copysign(1.0, state.facing)
    near = (
        state.position[0] - ahead * fire.size[0] / 2 * math.cos(state.angle),
        state.position[1] - fire.size[0] / 2 * abs(math.sin(state.angle)),
    )
    assert math.dist(near, (x, y)) < 0.05
    assert (state.position[0] - x) * ahead > 0


def test_what_is_kept_out_does_not_happen():
    shot = _shot("A dragon spreads its wings on a tower, no fire, without steam.")
    assert _all(shot, "wings") and not _all(shot, "breath") and not _all(shot, "steam")


@pytest.mark.parametrize(("text", "kind"), [
    ("A woman with a red umbrella stands on a platform as a train rushes past.", "train"),
    ("A bus rushes past a girl in a city, wind in her hair.", "bus"),
    ("雨の夜、駅のホームに女性が立っている。電車が通り過ぎる。", "train"),
])  # fmt: skip
def test_a_vehicle_passes_behind_whoever_stands_there(text, kind):
    shot = _shot(text)
    person, vehicle = _of(shot, "person"), _of(shot, kind)
    seen = [vehicle.at(t).position[0] for t in TIMES if vehicle.at(t).visible]
    assert seen[0] * seen[-1] < 0 and abs(seen[-1] - seen[0]) > 4
    assert all(vehicle.at(t).position[2] > person.at(t).position[2] + 0.5 for t in TIMES)
    u, _, scale = project(shot.camera(2.0), person.at(2.0).position)
    assert person.size[1] * scale > 0.3 and abs(u) < 0.7
    assert vehicle.cutout.name == kind and tags.word_of(vehicle) == ""  # one drawing of a train, passing or not


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("A flock of parrots crosses the frame over a waterfall.", "parrot"),
        ("A herd of horses gallops through the desert.", "horse"),
    ],
)
def test_a_flock_crosses_the_picture_together(text, kind):
    shot = _shot(text)
    flock = _all(shot, kind)
    assert len(flock) >= 5
    for actor in flock:
        assert abs(actor.at(3.8).position[0] - actor.at(0.2).position[0]) > 4
    assert len({round(actor.at(2.0).position[0], 2) for actor in flock}) >= 3


@pytest.mark.parametrize(("text", "kind", "body"), [
    ("Water droplets roll down a perfume bottle in a studio.", "beads", "perfume-bottle"),
    ("A steaming cup of tea stands in a kitchen, steam rises.", "steam", "hot-beverage"),
    ("A horse gallops along a beach, hooves kicking up spray.", "spray", "horse"),
])  # fmt: skip
def test_what_clings_to_a_body_goes_with_it(text, kind, body):
    shot = _shot(text)
    trace, actor = _of(shot, kind), next(a for a in shot.actors if a.kind in (body, "cup"))
    for time in (0.3, 2.0, 3.7):
        assert math.dist(trace.at(time).position[:2], actor.at(time).position[:2]) < 0.75 * max(actor.size[:2]) + 0.3
    size = (240, 135)
    before, after = (paint.frame(shot, t, *size).astype(int) for t in (1.0, 1.4))
    assert np.abs(before - after).max() > 20


def test_bits_fall_from_above_and_come_to_rest():
    shot = _shot("Cherry blossoms fall down slowly over a knight in a garden.")
    bits = [actor for actor in shot.actors if actor.kind == "cherry-blossom"][1:]
    assert len(bits) >= 6
    for bit in bits:
        heights = [bit.at(t).position[1] for t in TIMES if bit.at(t).visible]
        assert heights[0] > heights[-1] and bit.at(3.99).position[1] < 1.6


def test_a_burning_place_burns_in_all_of_its_shots():
    play = stage_text("[0-2s] A robot walks through a burning city street. [2-4s] The robot kneels.", 4, 1)
    assert all(len(_all(shot, "fire")) >= 3 for shot in play.shots)


def test_who_waves_turns_to_us_and_the_hand_is_beside_the_head():
    shot = _shot("A woman on a rooftop waves at strangers, an astronaut.")
    woman = _of(shot, "person")
    state = woman.at(2.5)
    x, y = playing.hand(state, woman.look.height)
    head = state.pose.joints["head"]
    assert abs(state.facing) < 0.3 and y > state.position[1] + state.pose.joints["shoulder"][1]
    assert abs(x - state.position[0] - head[0]) > 0.08 * woman.look.height


def test_a_look_into_the_lens_is_a_look_into_the_lens():
    state = _of(_shot("A singer on a subway platform looks straight into the lens."), "person").at(2.0)
    assert abs(state.facing) < 0.2 and state.pose.gaze == (0.0, 0.0)


def test_what_is_tossed_to_the_camera_comes_at_it():
    shot = _shot("A woman at a market tosses an orange to the camera.")
    fruit = _of(shot, "tangerine")
    go = playing._go(shot.start, shot.end - shot.start)
    sizes = [project(shot.camera(t), fruit.at(t).position)[2] for t in (go, go + 0.5, go + 0.9)]
    assert sizes == sorted(sizes) and sizes[-1] > 1.5 * sizes[0] and not fruit.at(3.9).visible


def test_an_umbrella_is_over_the_head_and_hides_no_face():
    shot = _shot("A woman holds a red umbrella on a rooftop.")
    woman, umbrella = _of(shot, "person"), _of(shot, "umbrella")
    size = (480, 270)
    ids = paint.ids(shot, 2.0, *size)
    state = woman.at(2.0)
    u, v, _ = project(
        shot.camera(2.0),
        (state.position[0] + state.pose.joints["head"][0], state.pose.joints["head"][1], state.position[2]),
    )
    at = ids[int(size[1] * (0.5 - v)), int(size[0] / 2 + u * size[1])]
    assert shot.actors[at - 1].name == woman.name
    assert umbrella.at(2.0).position[1] + umbrella.size[1] / 2 > woman.size[1] * 1.05


@pytest.mark.parametrize(("text", "told"), [
    ("Close-up of a man's hands holding a cup.", ("hands", False)),
    ("Extreme close-up of a serum dropper releasing one drop.", ("tip", False)),
    ("The camera orbits before settling on the label.", ("label", True)),
    ("He stands up, camera pushes in on his eyes.", ("eyes", True)), ("A woman claps, close-up.", ("", False)),
    ("Low-angle close-up of the front wheel spitting gravel", ("wheel", False)),
    ("A dog with big eyes in a park.", ("", False)),
])  # fmt: skip
def test_a_part_is_told_by_what_the_camera_is_on(text, told):
    assert framing.part_of(text, 0) == told


@pytest.mark.parametrize(("text", "part", "seen"), [
    ("Close-up of a knight's eyes on a rooftop.", "head", 3.5),
    ("A knight stands on a rooftop, the camera pushes in on his eyes.", "head", 3.95),
    ("Close-up of an astronaut's boots.", "foot_r", 2.0),
])  # fmt: skip
def test_a_persons_part_fills_the_picture(text, part, seen):
    shot = _shot(text)
    person = _of(shot, "person")
    state = person.at(seen)
    x, y = state.pose.joints[part]
    u, v, scale = project(
        shot.camera(seen),
        (state.position[0] + x * math.copysign(1, state.facing), state.position[1] + y, state.position[2]),
    )
    assert abs(u) < 0.3 and abs(v) < 0.3 and person.size[1] * scale > 2.0


@pytest.mark.parametrize(("text", "kind", "up"), [
    ("A perfume bottle in a studio, the camera glides around it before settling on the label.", "perfume-bottle",
        -0.16), ("Close-up of the front wheel of a car in the mountains.", "car", -0.24),
])  # fmt: skip
def test_a_things_part_is_shown_enlarged(text, kind, up):
    shot = _shot(text)
    thing = _of(shot, kind)
    x, y, z = thing.at(3.95).position
    _, v, scale = project(shot.camera(3.95), (x, y + up * thing.size[1], z))
    assert abs(v) < 0.2 and thing.size[1] * scale > 1.1


def test_two_unnamed_people_of_one_prompt_are_two_people_and_stay_so():
    play = stage_text("0-2秒：咖啡馆，咖啡师倒咖啡。\n2-4秒：年轻女生捧起咖啡杯。\n4-6秒：咖啡师微笑。", 6, 1)
    first, second, third = (_of(shot, "person") for shot in play.shots)
    assert first.name == third.name != second.name
    assert first.look == third.look
    assert (first.look.hair, first.look.hair_shape) != (
        second.look.hair,
        second.look.hair_shape,
    ) and first.look.coat != second.look.coat


def test_a_cut_out_plays_several_things_in_turn_and_says_what_it_has_no_time_for():
    shot = _shot("A robot spins and then jumps on a rooftop.")
    at = _of(shot, "robot").at
    turned = {round(at(t).facing, 1) for t in np.arange(0.1, 1.9, 0.1)}
    high = [
        max(at(t).position[1] for t in np.arange(start, start + 1.9, 0.05)) - at(start).position[1]
        for start in (0.05, 2.05)
    ]
    assert len(turned) > 3 and high[1] > 0.2 > high[0]
    _, notes = plans_of(parse("A robot spins and then jumps on a rooftop."), 1.0, 1)
    assert any("robot" in note and "jump" in note for note in notes)


def test_deeds_leave_the_theatres_own_prompts_as_they_are():
    for text in (
        "A red ball bounces on a meadow in pouring rain.",
        "A car drives past and honks in a city.",
        "A girl in red waves at night.",
    ):
        assert all(actor.cutout is None for actor in _shot(text).actors)


def test_toppings_fall_into_the_bowl_and_what_is_cut_beside_it_is_smaller_than_it():
    shot = stage_text(
        "Macro of ramen: broth pours over noodles, a boiled egg is sliced open, spring onions fall in slow motion.",
        5,
        1,
    ).shots[0]
    bowl, egg = _of(shot, "steaming-bowl"), _of(shot, "egg")
    bits = [actor for actor in shot.actors if actor.kind == "leafy-green" and actor.at(4.95).visible]
    assert max(egg.size[:2]) < 0.5 * bowl.size[0] and len(bits) >= 5
    x, y, _ = bowl.at(4.95).position
    for bit in bits:
        bx, by, _ = bit.at(4.95).position
        assert abs(bx - x) < 0.4 * bowl.size[0] and by > y - 0.1 * bowl.size[1]


@pytest.mark.parametrize("text", [
    '雨の夜、駅のホームに女性が立っている。電車が通り過ぎ、彼女は静かに「さよなら」と言う。',
    'A woman stands on a platform at night. A train rushes past, then she says "goodbye, my friend".',
])  # fmt: skip
def test_who_speaks_after_a_train_has_passed_is_heard_when_it_is_gone(text):
    play = _play(text)
    train, line = _of(play.shots[0], "train"), play.speech[0]
    seen = [k / 20 for k in range(80) if train.at(k / 20).visible]
    assert seen and line.start >= max(seen) - 0.12 and line.end <= 4.0
    assert max(c.time for c in play.contacts if c.kind == "train") < line.start


@pytest.mark.parametrize(
    "text",
    [
        'A woman on a platform says "goodbye" as a train rushes past.',
        'A woman on a platform says "goodbye". A train rushes past.',
        'As a train rushes past, a woman on a platform says "goodbye".',
    ],
)
def test_who_speaks_while_or_before_a_train_passes_does_not_wait(text):
    assert _play(text).speech[0].start == pytest.approx(0.4)


@pytest.mark.parametrize(
    "text",
    [
        "A barista pours hot water into a cup in a cafe.",
        "Macro: broth pours over a bowl of noodles in a studio.",
        "咖啡馆里，咖啡师把热水缓缓注入滤杯。",
    ],
)
def test_a_stream_begins_at_the_spout_and_ends_in_the_vessel(text):
    shot = _shot(text)
    stream, pot = _of(shot, "stream"), _of(shot, "teapot")
    vessel = next(a for a in shot.actors if a.kind in ("cup", "steaming-bowl", "dripper"))
    x, y, _ = stream.at(2.0).position
    held = pot.at(2.0)
    # The end of the drawing's spout, forward and up of its middle, turned with the pot.
    dx, dy = math.copysign(0.47, held.facing) * pot.size[0], 0.25 * pot.size[1]
    spout = (
        held.position[0] + dx * math.cos(held.angle) - dy * math.sin(held.angle),
        held.position[1] + dx * math.sin(held.angle) + dy * math.cos(held.angle),
    )
    assert math.dist(spout, (x, y + stream.size[1] / 2)) < 0.02
    into = vessel.at(2.0).position
    assert (
        abs(x - into[0]) < 0.2 * vessel.size[0]
        and -0.1 * vessel.size[1] < y - stream.size[1] / 2 - into[1] < 0.45 * vessel.size[1]
    )
    # The pot's spout is on the side of the vessel.
    assert (into[0] - held.position[0]) * held.facing > 0


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_who_looks_back_at_the_camera_that_comes_round_goes_on_the_same_way(seed):
    shot = _shot("女孩穿着红色连衣裙在海边慢慢奔跑，镜头从侧面跟拍，再绕到正面，她回头微笑并挥手。全程一镜到底。", seed)
    girl = _of(shot, "person")
    ways = [girl.at(b).position[0] - girl.at(a).position[0] for a, b in zip(TIMES, TIMES[1:], strict=False)]
    way = math.copysign(1.0, ways[0])
    assert all(one * way > 0 for one in ways)
    seen = [(girl.at(t).facing - shot.camera(t).orbit / (math.pi / 2)) * way for t in TIMES]
    assert min(seen) > 0.1 and seen[0] > 0.8 and seen[-1] < 0.5
    assert shot.camera(3.9).orbit * way > 0.3  # round to where she comes from the front


def test_a_stalking_animal_is_not_heard():
    play = _play("A cat sneaks up on a bird in a garden.")
    assert not [c for c in play.contacts if c.actor == _of(play.shots[0], "cat").name]


def test_a_car_stays_on_the_road_of_its_hairpin():
    shot = stage_text(
        "Aerial drone view, a silver sports car carves through a hairpin bend on an alpine pass.", 4, 1
    ).shots[0]
    car = _of(shot, "sports-car")
    z, far, bend, side, reach = lands._driven(shot, car)
    for time in np.linspace(0, 4, 30):
        x, _, at = car.at(float(time)).position
        beyond = max(0.0, (x - bend) * side) / reach
        across = (at - z - far / 2) / (far / 2)
        assert math.hypot(beyond, across) == pytest.approx(1.0, abs=0.12)


def test_the_word_of_what_falls_in_many_bits_hangs_at_one_of_them():
    shot = stage_text("Macro of ramen: broth pours over noodles, spring onions fall in slow motion.", 5, 1).shots[0]
    assert [tags.word_of(a) for a in _all(shot, "leafy-green") if a.at(4.9).visible].count("spring onions") == 1


def test_a_low_camera_that_goes_along_keeps_the_feet_in_the_picture():
    play = _play(
        "A basketball player leaps and slams the ball through the hoop in a stadium. Low-angle tracking shot that"
        " follows him from the floor to the rim."
    )
    player = _of(play.shots[0], "person")
    for time in TIMES:
        _, v, _ = project(play.shots[0].camera(time), player.at(time).position)
        assert -0.5 < v < -0.2
