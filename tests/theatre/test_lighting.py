"""What words say of light, weather, colour and camera is seen in the picture, and a stand-in carries its word."""

import colorsys
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from phonofilm.prompt import parse
from phonofilm.theatre.draw import paint, tags
from phonofilm.theatre.lexicon import cutouts, shades
from phonofilm.theatre.lexicon.repertoire import COLOURS
from phonofilm.theatre.playbill import playbill
from phonofilm.theatre.stage.staging import plans_of, stage

PROMPTS = {
    case["id"]: case
    for case in map(
        json.loads,
        (Path(__file__).parents[1] / "prompt" / "cases" / "prompts.jsonl").read_text(encoding="utf-8").splitlines(),
    )
}


def staged(text, seconds=4.0):
    return stage(parse(text), seconds, 1)


def seen(text, at=0.5, width=212, height=120, seconds=4.0):
    play = staged(text, seconds)
    return np.array(paint.frame(play.shot_at(at), at, width, height)).astype(float) / 255


def light_of(picture):
    return float((picture @ np.array([0.2126, 0.7152, 0.0722])).mean())


# --- what is said once holds
# -------------------------------------------------------------------------------------------


def plans(number):
    case = PROMPTS[number]
    return plans_of(parse(case["text"]), case["seconds"], 1)[0]


def test_a_storm_told_before_the_first_shot_rains_through_all_of_them():
    assert [(plan.hour, plan.weather, "storm" in plan.lights) for plan in plans("19")] == [("night", "rain", True)] * 3


def test_an_overcast_pass_stays_overcast_also_where_fog_comes():
    assert [("overcast" in plan.lights, plan.weather) for plan in plans("15")] == [
        (True, "clear"),
        (True, "clear"),
        (True, "fog"),
    ]


def test_late_afternoon_is_no_noon():
    assert plans("37")[0].hour == "dusk" and "golden" in plans("37")[0].lights


def test_light_holds_until_something_else_is_said():
    found, _ = plans_of(
        parse("[0-2s] A robot in a neon city. [2-4s] The robot waits. [4-6s] At noon the robot walks."), 6, 1
    )
    assert [(plan.hour, "neon" in plan.lights) for plan in found] == [("night", True), ("night", True), ("noon", False)]


# --- and is seen
# -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["kitchen", "office", "street", "platform", "cafe"])
def test_night_is_darker_than_noon_everywhere(place):
    noon, night = (light_of(seen(f"A robot stands in a {place} at {hour}.")) for hour in ("noon", "night"))
    assert night < 0.62 * noon


def test_overcast_takes_the_blue_from_the_sky_and_a_storm_the_light():
    clear, dull, storm = (
        seen(f"A robot stands on a mountain{words}.")[:30].mean(axis=(0, 1))
        for words in ("", ", overcast", " in a storm")
    )
    assert clear[2] - clear[0] > 0.20 > 0.12 > dull[2] - dull[0]
    assert storm.mean() < 0.75 * dull.mean()


def test_rain_streaks_are_seen_at_the_size_of_a_thumbnail():
    """Between two instants the picture of a resting camera changes where rain falls, and nowhere else."""

    def moved(words):
        play = staged(f"A statue stands in a meadow{words}.")
        one, two = (np.array(paint.frame(play.shots[0], time, 426, 240)).astype(int) for time in (1.0, 1.1))
        return float((np.abs(one - two).max(axis=2) > 12).mean())

    assert moved("") < 0.002 < 0.02 < moved(", heavy rain")


def test_lightning_stands_in_the_sky_less_than_three_times_a_second():
    play = staged("A statue stands in a meadow in a thunderstorm.", 6)
    sky = [light_of(np.array(paint.frame(play.shots[0], n / 12, 212, 120))[:40].astype(float) / 255) for n in range(72)]
    rises = sum(b > a + 0.01 for a, b in zip(sky, sky[1:], strict=False))
    assert 1 <= rises <= 6 * 3


def test_neon_colours_both_sides_and_candles_warm_the_middle():
    picture = seen("A robot stands in a corridor, neon light.")
    left, right = picture[:, :40].mean(axis=(0, 1)), picture[:, -40:].mean(axis=(0, 1))
    assert left[0] - left[1] > 0.08 and right[2] - right[0] > 0.08  # magenta there, cyan here
    candle = seen("A robot stands in a room, candlelight.")
    edge, middle = candle[:, :12].mean(axis=(0, 1)), candle[40:90, 60:90].mean(axis=(0, 1))
    assert (
        light_of(candle[40:90, 60:90]) > 1.4 * light_of(candle[:, :12]) and middle[0] > middle[2] and edge.mean() < 0.35
    )


def test_late_sun_is_warm_and_light():
    golden, night = (
        seen("A robot stands in a meadow in late afternoon sun."),
        seen("A robot stands in a meadow at night."),
    )
    assert golden[..., 0].mean() - golden[..., 2].mean() > 0.08 and light_of(golden) > 1.8 * light_of(night)


def test_spotlights_light_the_subject_and_darken_the_rest():
    plain, lit = seen("A robot stands in a stadium."), seen("A robot stands in a stadium, spotlights.")
    assert light_of(lit[:, :20]) < 0.75 * light_of(plain[:, :20]) and light_of(lit[100:, 80:130]) > light_of(
        lit[100:, :20]
    )


# --- colours
# -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", ["silver", "beige", "turquoise", "cream", "navy", "burgundy", "gold", "olive", "teal", "charcoal"]
)
def test_a_shade_is_drawn_as_itself_on_clothes_and_cutouts(word):
    coat = staged(f"A singer in a {word} jacket stands in an office.").shots[0].actors[0].look.coat
    assert coat == shades.SHADES[word]
    car = staged(f"A {word} sports car drives through an office.").shots[0].actors[0]
    assert car.tint == shades.SHADES[word] and car.colour == shades.SHADES[word]


@pytest.mark.parametrize("word", sorted(COLOURS))
def test_an_asked_colour_has_no_jitter(word):
    expected = shades.SHADES.get(word, COLOURS[word])
    for seed in (1, 2, 3):
        play = stage(parse(f"A singer in a {word} jacket stands in an office."), 3, seed)
        assert play.shots[0].actors[0].look.coat == expected


def test_the_shade_is_in_the_pixels():
    picture = seen("A singer in a burgundy jacket stands in an office at noon.", 0.5, 426, 240)
    off = np.abs(picture - np.array(shades.SHADES["burgundy"])).max(axis=2)
    assert (off < 0.04).sum() > 200


def test_a_training_play_knows_no_shades_lights_or_tags():
    for index in range(12):
        bill = playbill(index, 1)
        for shot in stage(parse(bill.text), bill.seconds, bill.seed).shots:
            assert shot.lights == () and shot.walls is None and shot.accent is None and shot.angle == ""
            assert all(tags.word_of(actor) == "" for actor in shot.actors)


def test_a_place_has_the_colour_said_of_it():
    white = seen("A bright white bathroom. A robot stands in it.")[20:60, :40].mean(axis=(0, 1))
    assert min(white) > 0.75 and max(colorsys.rgb_to_hsv(*white)[1:2]) < 0.15
    wave = seen("A surfer in a huge turquoise barrel wave.", 1.0)
    h, s, _ = colorsys.rgb_to_hsv(*wave[70:110, 150:200].mean(axis=(0, 1)))
    assert 0.42 < h < 0.55 and s > 0.35


# --- camera
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "the camera orbits the robot",
        "the camera cranes up",
        "the camera tilts down",
        "a drone dives toward the robot",
        "the camera pushes in",
    ],
)
def test_a_move_shows_between_the_pictures_of_a_sheet(words):
    play = staged(f"A robot stands on a beach, {words}.", 5)
    frames = [np.array(paint.frame(play.shots[0], 5 * (k + 0.5) / 8, 212, 120)).astype(int) for k in range(8)]
    changed = [float((np.abs(a - b).max(axis=2) > 16).mean()) for a, b in zip(frames, frames[1:], strict=False)]
    assert sum(changed) > 0.75 and max(changed[2:5]) > 0.1


def test_the_truth_still_says_what_the_camera_did():
    orbit = staged("A robot stands on a beach, the camera orbits it.", 5).shots[0]
    first, last = orbit.camera(0.0), orbit.camera(5.0)
    assert orbit.camera_move == "orbit" and last.orbit - first.orbit == pytest.approx(1.9, abs=0.02)
    assert last.position[0] - first.position[0] > 2.0
    dive = staged("An FPV drone dives toward a surfer at sea.", 5).shots[0]
    assert dive.camera_move == "dive" and dive.camera(0.0).position[1] > 2.5 * dive.camera(5.0).position[1]


def test_one_move_follows_another():
    shot = staged(PROMPTS["13"]["text"], 5).shots[0]
    assert shot.camera(2.4).position[1] == pytest.approx(shot.camera(0.0).position[1], abs=0.05)
    assert shot.camera(5.0).position[1] > 2 * shot.camera(2.4).position[1]


def test_no_move_is_dizzying():
    """Never more than a picture's height and a half in a second."""
    for number, case in PROMPTS.items():
        for shot in stage(parse(case["text"]), case["seconds"], 1).shots:
            rates = []
            times = np.linspace(shot.start, shot.end, 49)
            for a, b in zip(times, times[1:], strict=False):
                one, two = shot.camera(float(a)), shot.camera(float(b))
                slide = abs(two.focal * math.tan(two.yaw) - one.focal * math.tan(one.yaw)) + abs(
                    two.focal * math.tan(two.pitch) - one.focal * math.tan(one.pitch)
                )
                rates.append(slide / max(1e-6, b - a))
            assert max(rates) < 1.6, number


def test_cardboard_is_seen_narrower_from_beside():
    play = staged("A perfume bottle stands in a studio, the camera orbits it.", 5)
    shot = play.shots[0]

    def wide(time):
        ids = paint.ids(shot, time, 212, 120) == 1
        return int(ids.any(axis=0).sum())

    assert wide(0.05) < 0.75 * wide(2.5) > 0 and wide(4.95) < 0.75 * wide(2.5)


def test_an_orbit_that_settles_ends_before_the_front():
    shot = staged(PROMPTS["01"]["text"], 5).shots[0]
    assert shot.camera(5.0).orbit == pytest.approx(0.0, abs=1e-6) and shot.camera(0.0).orbit < -1.0


# --- drawings
# ----------------------------------------------------------------------------------------------------------


def test_a_serum_a_sports_car_a_ruin_and_armour_are_no_wine_sedan_toy_or_suit():
    def kinds(number):
        case = PROMPTS[number]
        return [[actor.kind for actor in shot.actors] for shot in stage(parse(case["text"]), case["seconds"], 1).shots]

    assert "serum-bottle" in kinds("03")[2] and "bottle" not in kinds("03")[2]
    assert all("sports-car" in shot and "car" not in shot for shot in kinds("15"))
    play = stage(parse(PROMPTS["19"]["text"]), 8, 1)
    assert any(actor.kind == "ruined-castle" for shot in play.shots for actor in shot.actors)
    knight = next(actor for actor in play.shots[0].actors if actor.look is not None)
    assert knight.look.coat_shape == "armour" and knight.look.coat == shades.SHADES["blackened"]


def test_a_wine_bottle_stays_one():
    assert staged("A bottle of wine falls next to a serum dropper.").shots[0].actors[0].kind != "serum-bottle"


# --- tags
# --------------------------------------------------------------------------------------------------------------


def test_a_stand_in_carries_its_word_and_what_is_drawn_as_itself_none():
    play = staged("A seagull and a dog stand on a beach next to eucalyptus leaves.")
    words = {actor.kind: tags.word_of(actor) for actor in play.shots[0].actors}
    assert words["herb"] == "eucalyptus leaves" and words["dog"] == ""
    dog = next(actor for actor in play.shots[0].actors if actor.kind == "dog")
    for word in ("metro", "express train", "trains"):  # all seen from their side, as the one train there is
        train = cutouts.find(word, "en")
        assert train.name == "train" and tags.word_of(replace(dog, cutout=train)) == ""


def test_a_tag_is_never_written_in_empty_boxes(monkeypatch):
    play = staged("Eucalyptus leaves stand on a beach.")
    monkeypatch.setattr(tags, "writable", lambda text: False)  # as where no font has the script
    assert [tags.word_of(actor) for actor in play.shots[0].actors if actor.kind == "herb"] == ["herb"]


@pytest.mark.parametrize("size", [(426, 240), (854, 480)])
def test_the_tag_hangs_at_the_foot_and_glides_with_the_body(size, monkeypatch):
    play = staged("Eucalyptus leaves stand on a beach, the camera pushes in.")
    shot, hung = play.shots[0], []
    own = tags.draw
    monkeypatch.setattr(tags, "draw", lambda *arguments: hung.append(own(*arguments)) or hung[-1])
    for time in (0.2, 2.0, 3.8):
        paint.frame(shot, time, *size)
    boxes = [found[0] for found in hung]
    assert all(box[3] - box[1] >= 0.08 * size[1] for box in boxes)  # letters of 15 pixels at 240
    assert all(box[0] >= 0 and box[2] <= size[0] and box[3] <= size[1] for box in boxes)
    ids = np.array(paint.ids(shot, 0.2, *size)) == 1
    low = float(np.nonzero(ids.any(axis=1))[0].max())
    assert boxes[0][1] > low - 0.05 * size[1]


def test_a_tag_never_covers_a_face():
    face, tag = (100.0, 100.0, 140.0, 140.0), (90.0, 120.0, 150.0, 140.0)
    moved = tags._clear(tag, [face], [], 426, 240)
    assert not tags._meet(moved, face)


def test_a_card_has_its_word_on_it_alone():
    play = staged("A wombat stands on a beach.")
    card = next(actor for actor in play.shots[0].actors if actor.cutout is not None and actor.cutout.kind == "card")
    assert tags.word_of(card) == ""
