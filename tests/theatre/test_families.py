"""Families of movement: what people and things of every kind do when words beyond the repertoire's verbs tell it, and
how they are framed."""

import math

import numpy as np
import pytest

from phonofilm.theatre.camera import project
from phonofilm.theatre.draw import paint
from phonofilm.theatre.lexicon.families import told
from phonofilm.theatre.moves import playing
from phonofilm.theatre.play import Actor, Play, Shot, State
from phonofilm.theatre.stage import stagehand
from phonofilm.theatre.stage.staging import stage_text

pytestmark = pytest.mark.usefixtures("drawings")


def _shot(text: str, seed: int = 1) -> Shot:
    return _play(text, seed).shots[0]


def _play(text: str, seed: int = 1) -> Play:
    return stage_text(text, 4, seed)


def _head(state: State) -> float:
    assert state.pose is not None
    x, y = state.pose.joints["head"]
    return state.position[1] + math.sin(state.angle) * x + math.cos(state.angle) * y


def _of(shot: Shot, kind: str) -> Actor:
    return next(actor for actor in shot.actors if actor.kind == kind)


@pytest.mark.parametrize(
    ("verb", "share"),
    [
        ("kneels", (0.6, 0.9)),
        ("sits down", (0.6, 0.9)),
        ("lies asleep", (0.0, 0.3)),
        ("collapses", (0.0, 0.3)),
        ("waits", (0.97, 1.03)),
    ],
)
def test_people_go_down_as_told(verb, share):
    shot = _shot(f"A quokka keeper {verb} on a rooftop.".replace("quokka keeper", "knight"))
    knight = _of(shot, "person")
    assert knight.look is not None
    tall = 0.442 + 0.29 + 0.135
    assert share[0] < _head(knight.at(3.9)) / (tall * knight.look.height) < share[1]


def test_people_come_and_go_within_the_shot():
    came, went = (_of(_shot(f"A knight {verb} on a rooftop."), "person").at for verb in ("enters", "leaves"))
    assert abs(came(0.1).position[0]) > 1.5 > 0.3 > abs(came(3.9).position[0])
    assert abs(went(0.1).position[0]) < 0.3 < 1.5 < abs(went(3.9).position[0])
    nearer = _of(_shot("A knight advances on a rooftop."), "person").at
    assert nearer(0.1).position[2] - nearer(3.9).position[2] > 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("A woman holds an umbrella on a rooftop.", "umbrella"),
        ("A knight draws a glowing sword.", "sword"),
        ("A woman sips lemonade on a rooftop.", "tropical-drink"),
    ],
)
def test_what_somebody_holds_goes_where_the_hand_goes(text, kind):
    shot = _shot(text)
    person, thing = _of(shot, "person"), _of(shot, kind)
    for time in (0.5, 1.7, 3.0):
        x, y = playing.hand(person.at(time), person.look.height)
        state = thing.at(time)
        across, up = state.position[0] - x, state.position[1] - y
        c, s = math.cos(state.angle), math.sin(state.angle)
        assert (
            abs(c * across + s * up) < 0.02 and 0 <= c * up - s * across < 0.6
        )  # the hand is on its axis, below its middle


def test_a_throw_flies_from_the_hand_to_whoever_catches_it_in_the_air():
    shot = _shot("A man throws a frisbee in a park, a dog leaps and catches it.")
    man, dog, disc = _of(shot, "person"), _of(shot, "dog"), _of(shot, "flying-disc")
    caught = shot.start + 0.6 * (shot.end - shot.start)  # a throw of some metres takes its time
    x, y, _ = stagehand.mouth(dog, dog.at(caught))
    assert (
        abs(disc.at(0.2).position[0] - man.at(0.2).position[0]) < 0.6
        and math.dist(disc.at(caught).position[:2], (x, y)) < 0.1
    )
    assert dog.at(caught).position[1] > dog.at(0.2).position[1] + 0.3


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("A horse gallops on a rooftop.", "horse"),
        ("A dolphin swims underwater.", "dolphin"),
        ("An eagle glides over the mountains.", "eagle"),
        ("A bus leaves a plaza.", "bus"),
    ],
)
def test_kinds_get_on_in_their_own_way(text, kind):
    at = _of(_shot(text), kind).at
    assert abs(at(3.8).position[0] - at(0.2).position[0]) > 0.8


def test_a_surfer_rides_a_board():
    shot = _shot("A surfer in a barrel wave.")
    board, surfer = _of(shot, "surfboard").at, _of(shot, "person").at
    assert surfer(2.0).position[1] > 0.1 and abs(surfer(2.0).position[0] - board(2.0).position[0]) < 0.1


@pytest.mark.parametrize(
    ("angle", "horizon"),
    [
        ("Low angle", (-0.5, -0.15)),
        ("Aerial view", (0.25, 2.0)),
        ("Top-down view", (0.3, 3.0)),
        ("A shot", (-0.1, -0.06)),
    ],
)
def test_framings_move_the_eye_and_leave_the_subject_in_the_picture(angle, horizon):
    shot = _shot(f"{angle} of a knight on a rooftop.")
    camera = shot.camera(1.0)
    assert horizon[0] < project(camera, (0.0, camera.position[1], 1000.0))[1] < horizon[1]
    for y in (0.1, 1.5):
        assert abs(project(camera, (0.0, y, 6.0))[1]) < 0.5


def test_what_a_framing_only_comes_near_to_is_said():
    notes = " ".join(_play("Rack focus to a knight on a rooftop, then a whip pan.").notes)
    assert "a rack focus is shown as a push in" in notes and "a whip pan is shown as a fast pan" in notes


def test_verbs_are_told_from_nouns():
    assert [
        told(words.split(), before)
        for words, before in (
            ("looks away", "she"),
            ("look here", "authentic"),
            ("look up", "to"),
            ("stands up", "knight"),
            ("toss it", "and"),
        )
    ] == [
        "look",
        None,
        "look",
        "rise",
        "throw",
    ]


def test_the_preamble_makes_no_crowd_and_what_films_is_not_seen():
    play = _play(
        "Luxury car commercial, mountain road. [0-2s] A silver sports car drives. [2-4s] The car stops, the camera"
        " tracks from a helicopter."
    )
    assert [[actor.kind for actor in shot.actors] for shot in play.shots] == [["sports-car"], ["sports-car"]]


def test_a_shoulder_stands_before_the_lens_and_a_line_that_is_cut_is_said():
    plain, over = _shot("A knight on a rooftop."), _shot("Over-the-shoulder shot of a knight on a rooftop.")
    assert (plain.shoulder, abs(over.shoulder)) == (0, 1)
    picture = np.array(paint.frame(over, 1.0, 96, 54), int)
    side = picture[30:50, 4:20] if over.shoulder < 0 else picture[30:50, -20:-4]
    assert side.mean() < 90 < np.array(paint.frame(plain, 1.0, 96, 54), int).mean()
    said = _play(
        'A woman on a rooftop says: "'
        + "This line is a good deal longer than four seconds of anybody's speech, and then some more of it."
        + '"'
    )
    assert any("is cut where its shot ends" in note for note in said.notes)
