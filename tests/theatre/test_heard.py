"""What the stage heard: prompts as people write them, star by star; every word with its state; the command."""

import json
from pathlib import Path

import pytest

from phonofilm.cli.main import main
from phonofilm.prompt import parse
from phonofilm.prompt.settled import settled
from phonofilm.theatre.heard import heard
from phonofilm.theatre.stage.staging import stage

pytestmark = pytest.mark.usefixtures("drawings")
CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "prompt/cases/prompts.jsonl").read_text(encoding="utf-8").splitlines()
]
NOT_YET = {("17", "noodles"), ("29", "おじさん"), ("37", "villa")}
"""Stars that are neither in the cast nor the place by their own word: a person told of by another word, food within a
dish."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_given_prompts_have_their_shots_and_stars_and_nothing_that_is_kept_out(case):
    script = parse(case["text"])
    plan = heard(script, case["seconds"])
    assert len(plan["shots"]) == case["shots"]
    assert set(case["absent"]) <= set(plan["kept_out"])
    assert case["settings"].items() <= plan["settings"].items()
    cast = {one["word"].lower() for shot in plan["shots"] for one in shot["cast"]} | {
        place for shot in plan["shots"] for place in (shot["place"], *shot["through"])
    }
    missing = {
        (case["id"], star)
        for star in case["star"]
        if not any(star.lower() in word or word in star.lower() for word in cast)
    }
    assert missing == {one for one in NOT_YET if one[0] == case["id"]}
    play = stage(script, case["seconds"], 1)
    if "people" in case["absent"]:
        assert all(actor.look is None for shot in play.shots for actor in shot.actors)
    if "music" in case["absent"]:
        assert play.music is None


PASTED = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "prompt/cases/pasted.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("case", PASTED, ids=lambda case: case["id"])
def test_prompts_in_every_form_have_their_shots_stars_lines_and_nothing_that_is_kept_out(case):
    script = parse(case["text"])
    seconds = case.get("seconds") or settled(case["text"]).get("seconds", 5.0)
    plan = heard(script, seconds)
    assert len(plan["shots"]) == case["shots"]
    if "times" in case:
        assert [[shot["start"], shot["end"]] for shot in plan["shots"]] == case["times"]
    assert set(case.get("absent", ())) <= set(plan["kept_out"])
    assert case.get("settings", {}).items() <= plan["settings"].items()
    how = {one["word"].lower(): one["how"] for shot in plan["shots"] for one in shot["cast"]}
    for star in case["star"]:
        assert [
            kind for word, kind in how.items() if (star.lower() in word or word in star.lower()) and kind != "card"
        ], star
    assert [[line["speaker"], line["text"]] for shot in plan["shots"] for line in shot["lines"]] == case["lines"]


def test_what_somebody_does_in_one_shot_is_played_in_turn_and_what_does_not_fit_is_said():
    text = "She sits down, opens the letter and laughs."
    (shot,) = stage(parse(text), 6, 1).shots
    she = next(actor for actor in shot.actors if actor.look is not None)
    hips = [she.at(time).pose.joints["hip"][1] for time in (0.1, 2.2, 5.5)]
    assert hips[1] < 0.75 * hips[0] and hips[2] < 0.75 * hips[0]  # she stays on her seat
    hands = [she.at(time).pose.joints["hand_r"][1] - she.at(time).pose.joints["hip"][1] for time in (3.0, 5.5)]
    assert hands[1] > hands[0] + 0.1  # the letter is opened in the lap, she laughs behind her hand
    assert not any("time left" in note for note in heard(parse(text), 6)["notes"])
    (late,) = [
        note
        for note in heard(parse("A chef tastes the soup, waves, jumps, dances and falls."), 4)["notes"]
        if "time left" in note
    ]
    assert late.startswith("'falls': the shot of 4 s")


def test_every_word_has_its_state():
    plan = heard(parse("A quokka and a golden retriever run on a beach at a zorbly pace. No people."), 4)
    states = {one["word"].lower(): one["state"] for one in plan["words"]}
    assert (states["golden retriever"], states["beach"], states["zorbly"], states["no people"]) == (
        "stand-in",
        "staged",
        "unknown",
        "kept out",
    )
    assert states["a"] == "ignored"


def test_an_age_makes_nobody_old():
    (shot,) = heard(parse("A 28-year-old woman waves on a beach."), 4)["shots"]
    assert [one["word"] for one in shot["cast"]] == ["woman"]


def test_the_command_prints_it_for_people_and_as_data(capsys):
    assert main(["plan", "[0-3s] A dragon flies. [3-6s] A knight waves. No music. --ar 9:16", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [(shot["start"], shot["end"], shot["cast"]) for shot in plan["shots"]] == [
        (0, 3, [{"word": "dragon", "how": "drawn"}]),
        (3, 6, [{"word": "knight", "how": "drawn"}]),
    ]
    assert (plan["kept_out"], plan["settings"]) == (["music"], {"ratio": "9:16"})
    assert main(["plan", "A quokka dances."]) == 0
    out = capsys.readouterr().out
    assert "quokka (card)" in out and "a blank backdrop stands in" in out


@pytest.mark.parametrize(
    ("text", "stars", "nobody"),
    [
        (
            (
                "A singer in a silver jacket. 0-2s: Wide shot of her alone on an empty platform, neon flicker. 2-4s:"
                " She sings."
            ),
            ["singer", "singer"],
            "neon",
        ),
        ("カット1：茶トラの猫が魚を狙っている。\nカット2：猫が走り去る。", ["茶トラの猫", "茶トラの猫"], "トラ"),
        ("三毛猫が眠る。", ["三毛猫"], "毛"),
    ],
)
def test_light_is_no_thing_and_a_coat_no_other_animal(text, stars, nobody):
    shots = heard(parse(text), 4, text=text)["shots"]
    assert [shot["cast"][0]["word"] for shot in shots] == stars
    assert nobody not in [actor["word"] for shot in shots for actor in shot["cast"]]
