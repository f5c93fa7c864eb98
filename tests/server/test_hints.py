"""Hints are true and few: held against what the stage heard, the gravest first, and what many shots lack said once."""

import pytest

from phonofilm.server.routes.prompting import Draft, read


def hints(text, seconds=6, model="animatic", **entry):
    return [
        hint.message for hint in read(Draft(prompt=text, duration=seconds, model=model, seed=3), model, entry).hints
    ]


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("Birds sing. A girl walks through a forest.", ("actions", "sound", "place", "names no action")),
        ("A beach with waves and gulls.", ("actions", "sound")),
        ("A girl stands at the sea, waves crash on the rocks.", ("sound", "place")),
        ("A dog barks at a ball.", ("names no action", "sound")),
        ("一只白猫在森林里奔跑，镜头推近。不要音乐。", ("action", "camera", "sound", "place")),
        ("A woman in a kitchen. She pours coffee, gentle dolly out.", ("camera", "place")),
    ],
)
def test_nothing_is_missed_that_the_stage_heard(text, never):
    told = hints(text)
    assert not [one for one in told for word in never if word in one], told


def test_the_camera_that_nobody_names_is_the_one_the_seed_gives():
    (told,) = [
        one for one in hints("[0-3s] A girl walks on a beach. [3-6s] A dog runs on a beach. Music.") if "camera" in one
    ]
    assert told.startswith("shots 1 and 2 name no camera move; this seed gives ") and "stands still" not in told
    (told,) = [one for one in hints("A girl walks on a beach. Music.", model="seedance", kind="ark") if "camera" in one]
    assert told == "the prompt names no camera move; without one the engine chooses"


def test_many_unknown_words_are_one_hint_and_a_lost_subject_goes_before_it():
    text = "Smooth gimbal walkthrough, moody hyperreal bokeh, unfathomable vibes."
    told = hints(text)
    assert len(told) <= 6 and sum("does not know" in one for one in told) == 1
    assert "nobody and nothing in the prompt" in told[0] and "more; they have no effect" in next(
        one for one in told if "does not know" in one
    )


@pytest.mark.parametrize("model", ["animatic", "seedance"])
def test_a_camera_word_that_nobody_knows_refuses_nothing(model):
    found = read(
        Draft(prompt="The camera skims over the water.", model=model),
        model,
        {"kind": "ark"} if model == "seedance" else {},
    )
    assert not [hint for hint in found.hints if hint.severity == "error"]
    assert model == "animatic" or not [hint for hint in found.hints if "skims" in hint.message], (
        "another engine's camera may know it"
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("[0-4s] A girl waves. [4-5.5s] She runs.", 6), ("A girl waves. --duration 8", 8), ("A girl waves.", None)],
)
def test_the_length_that_a_prompt_asks_for_is_told(text, seconds):
    assert read(Draft(prompt=text, duration=4, model="animatic"), "animatic", {}).seconds == seconds
