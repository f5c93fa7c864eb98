"""Places beyond the eight of the training plays: named by words, drawn for every hour, never drawn by lot."""

from dataclasses import replace

import numpy as np
import pytest

from phonofilm.theatre.draw import paint
from phonofilm.theatre.play import HOURS, MORE_PLACES, Play
from phonofilm.theatre.stage.staging import stage_text


def _stage(text: str, seconds: float = 4, seed: int = 1) -> Play:
    return stage_text(text, seconds, seed)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("A perfume bottle on a white background.", ["studio"]),
        ("A chef chops onions on the kitchen counter.", ["kitchen"]),
        ("A woman in a bright bathroom smiles.", ["bathroom"]),
        ("A barista in a coffee shop.", ["cafe"]), ("An office worker in an office at night.", ["office"]),
        ("A nurse runs down a hospital corridor.", ["corridor"]),
        ("A woman sits in her car and talks.", ["car_interior"]), ("A man on the train looks out.", ["train_interior"]),
        ("She walks through a street market.", ["shop"]),
        ("A dancer on a city rooftop.", ["rooftop"]), ("A striker in a packed stadium.", ["stadium"]),
        ("A car on a mountain road.", ["mountain"]),
        ("A villa with an infinity pool.", ["pool"]), ("A girl waits on a subway platform.", ["platform"]),
        ("A surfer in a barrel wave.", ["water"]),
        ("A turtle at a coral reef.", ["underwater"]), ("A waterfall in a misty rainforest.", ["waterfall"]),
        ("A rover on Mars.", ["planet"]), ("An astronaut in outer space.", ["space"]),
        ("A red ball bounces on a beach.", ["beach"]), ("A fox in the mountains.", ["mountain"]),
        ("A fox on a beach below the mountains.", ["beach"]),
        ("Walk through a villa: past a kitchen island, out to an infinity pool.", ["kitchen", "pool"]),
        ("[0-2s] A quokka on a rooftop. [2-4s] The quokka jumps.", ["rooftop", "rooftop"]),
        ("[0-2s] A quokka jumps. [2-4s] It is on a rooftop.", ["rooftop", "rooftop"]),
        ("A quokka jumps.", ["studio"]),
    ],
)  # fmt: skip
def test_words_name_the_place_and_a_scene_keeps_it(text, places):
    assert {tuple(shot.place for shot in _stage(text, seed=seed).shots) for seed in (1, 2)} == {tuple(places)}


def test_what_a_place_only_stands_in_for_is_said_and_what_it_is_is_not():
    assert any(
        "'hospital' is shown as the place nearest to it: corridor" in note
        for note in _stage("A nurse in a hospital.").notes
    )
    assert not any("nearest to it" in note for note in _stage("A quokka on a rooftop.").notes)


def test_a_blank_backdrop_takes_a_colour_of_the_prompt_that_nobody_wears():
    assert _stage("A quokka on a blue backdrop.").shots[0].tone == pytest.approx((0.13, 0.36, 0.84))
    assert _stage("A quokka jumps.").shots[0].tone is None


@pytest.mark.parametrize("place", MORE_PLACES)
def test_every_place_has_a_light_for_every_hour_and_moves_with_the_camera(place):
    shot = replace(
        _stage("A woman in a red coat stands on a beach, the camera pans left.").shots[0], place=place, weather="clear"
    )
    seen = [np.array(paint.frame(replace(shot, hour=hour), 1.0, 64, 36), int) for hour in HOURS]
    assert all(picture.std() > 8 for picture in seen)
    assert np.abs(seen[1] - seen[3]).mean() > (1 if place == "space" else 4)
    assert np.abs(np.array(paint.frame(replace(shot, hour="noon"), 3.5, 64, 36), int) - seen[1]).mean() > 2


def test_what_is_small_stands_on_a_table_in_a_room():
    assert _stage("A perfume bottle in a kitchenette.").shots[0].table
    assert not _stage("A woman in a kitchenette.").shots[0].table


def test_where_words_go_beyond_the_repertoire_nothing_that_is_seen_is_left_to_the_seed():
    for seed in range(6):
        shot = _stage("A woman with an oddment and a bottle on a rooftop.", seed=seed).shots[0]
        person, bottle = shot.actors
        assert person.look is not None and (person.look.hat, person.look.extra) == ("none", "none")
        assert bottle.at(3.5).part == 0 and shot.camera_move == "static"
