"""Whom a reference stands for, and how its colours are worn: only clothes and bodies change, by as much as its strength
says."""

import dataclasses

import numpy as np
import pytest

from phonofilm.media.palette import delta_e
from phonofilm.prompt import parse
from phonofilm.theatre.draw import paint
from phonofilm.theatre.playbill import playbill
from phonofilm.theatre.reading.plan import Dress
from phonofilm.theatre.stage import staging

TEAL, PLUM, GOLD = (0.04, 0.55, 0.47), (0.45, 0.15, 0.40), (0.85, 0.65, 0.13)


def cast(prompt, *names, seed=3, strength=1.0, colours=(TEAL, PLUM, GOLD)):
    return staging.stage(parse(prompt), 5.0, seed, {name: Dress(colours=colours, strength=strength) for name in names})


@pytest.mark.parametrize(
    ("prompt", "names", "expected"),
    [
        ("A girl @mia dances on the beach.", ["mia"], {"mia": ("person-1", True)}),
        ("@mia dances on the beach.", ["mia"], {"mia": ("person-1", True)}),
        ("@mia waves on a meadow.", ["mia"], {"mia": ("person-1", True)}),
        ("@mia drums on the beach.", ["mia"], {"mia": ("person-1", True)}),
        ("On the beach at dusk, @mia dances.", ["mia"], {"mia": ("person-1", True)}),
        ("@Image1, a green bottle, stands on a stage.", ["image1"], {"image1": ("bottle-1", True)}),
        ("@image1 as the cup falls and breaks.", ["image1"], {"image1": ("cup-1", True)}),
        ("@image1 bounces in a room.", ["image1"], {"image1": ("ball-1", True)}),
        ("A boy kicks a ball @image2 in the park.", ["image2"], {"image2": ("ball-2", True)}),
        ("A boy @image1 kicks a ball like @image2 in the park.", ["image1", "image2"],
            {"image1": ("person-1", True), "image2": ("ball-2", True)}),
        ("A woman in a coat like @image1 walks in the city.", ["image1"], {"image1": ("person-1", True)}),
        ("A girl and a boy @tim dance in a meadow.", ["tim"], {"tim": ("person-2", True)}),
        ('A girl and a boy wait in a meadow. @tim: "Hello there!"', ["tim"], {"tim": ("person-1", True)}),
        ("[0-2s] A girl @mia walks in the snow. [2-5s] Close-up, the camera pushes in on @mia.", ["mia"],
            {"mia": ("person-1", True)}),
        ("A girl stands in a meadow. The camera pushes in on @mia.", ["mia"], {"mia": ("person-1", True)}),
        # not told whom: the first who wears none yet
        ("A red ball bounces on a beach.", ["image1"], {"image1": ("ball-1", False)}),
        ("A girl @a and a boy dance.", ["a", "b"], {"a": ("person-1", True), "b": ("person-2", False)}),
        ("A red ball bounces on a beach.", ["a", "b"], {"a": ("ball-1", False)}),
    ],
)  # fmt: skip
def test_whom_a_reference_stands_for(prompt, names, expected):
    play = cast(prompt, *names)
    assert play.dressed == expected
    assert play.unknown == ()
    for actor in (actor for shot in play.shots for actor in shot.actors):
        worn = actor.name in {name for name, _ in expected.values()}
        assert (actor.colour == pytest.approx(TEAL)) == worn, actor.name


def test_clothes_change_and_skin_hair_and_shapes_do_not():
    prompt = "A girl @mia with a hat and a bag walks on the beach."
    bare, worn = (play.shots[0].actors[0].look for play in (cast(prompt), cast(prompt, "mia")))
    changed = {
        field.name for field in dataclasses.fields(bare) if getattr(bare, field.name) != getattr(worn, field.name)
    }
    assert changed == {"coat", "legs", "hat_colour", "extra_colour"}
    assert (
        worn.coat == pytest.approx(TEAL) and worn.legs == pytest.approx(PLUM) and worn.hat_colour == pytest.approx(GOLD)
    )
    one = cast(prompt, "mia", colours=(TEAL,)).shots[0].actors[0].look
    assert one.coat == pytest.approx(TEAL) and one.legs == bare.legs and one.hat_colour == bare.hat_colour


def test_a_reference_keeps_staging_and_timing():
    prompt = "A girl @mia kicks a ball in the park. The camera orbits."
    bare, worn = (
        staging.stage(parse("A girl kicks a ball in the park. The camera orbits."), 5.0, 9),
        cast(prompt, "mia", seed=9),
    )
    assert worn.contacts == bare.contacts and worn.ambience == bare.ambience
    for time in (0.0, 1.3, 4.9):
        assert worn.shots[0].camera(time) == bare.shots[0].camera(time)
        assert [a.at(time) for a in worn.shots[0].actors] == [a.at(time) for a in bare.shots[0].actors]


def test_without_references_nothing_changes():
    for index in range(12):
        bill = playbill(index)
        script = parse(bill.text)
        assert [s.actors[0].colour for s in staging.stage(script, 5.0, bill.seed).shots] == [
            s.actors[0].colour for s in staging.stage(script, 5.0, bill.seed, {}).shots
        ]


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("A girl @x waves in a meadow at noon.", "x"),
        ("A cup like @x stands in a room by day.", "x"),
        ("A car @x drives in the city at noon.", "x"),
    ],
)
def test_the_stronger_the_nearer_in_the_picture_itself(prompt, name):
    """Measured on the drawn frame: the subject's pixels against the picture's dominant colour, in the mean."""
    apart, staged = [], []
    for strength in (0.0, 0.25, 0.5, 0.75, 1.0):
        shot = cast(prompt, name, strength=strength, colours=(PLUM,), seed=5).shots[0]
        staged.append(delta_e(shot.actors[0].colour, PLUM))
        picture = paint.frame(shot, 2.0, 256, 144) / 255.0
        body = picture[paint.ids(shot, 2.0, 256, 144) == 1]
        apart.append(float(np.mean([delta_e(tuple(pixel), PLUM) for pixel in body[:: max(1, len(body) // 300)]])))
        assert len(body) > 100
    assert staged == sorted(staged, reverse=True) and staged[-1] == pytest.approx(0, abs=1e-6) and staged[0] > 20
    assert apart == sorted(apart, reverse=True) and apart[0] - apart[-1] > 8, apart


def test_who_waves_is_no_sea():
    for prompt, names in (
        ("A girl @mia waves in a meadow.", ["mia"]),
        ("@mia waves in a meadow.", ["mia"]),
        ("A girl called Mia. Mia waves in a meadow.", []),
    ):
        play = cast(prompt, *names)
        assert play.labels["action"] == "wave" and not any(name == "waves" for _, _, name, _ in play.ambience), prompt
