"""Nouns of prompts: which are drawn, and in which of their senses."""

import pytest

from benchmarks import nouns as listed
from phonofilm.prompt import parse
from phonofilm.theatre.heard import heard
from phonofilm.theatre.lexicon import cutouts, nouns
from phonofilm.theatre.stage.staging import stage

pytestmark = pytest.mark.usefixtures("drawings")


def test_nine_of_ten_of_the_commonest_nouns_are_drawn():
    drawn, lost = listed.measure()
    assert len(drawn) + len(lost) == 500
    assert len(drawn) >= 450, lost


def test_every_word_with_a_drawing_of_its_own_finds_it():
    for word in (*nouns._SUBJECTS, *nouns._ALONE):
        name = nouns.drawn_as(word)
        found = cutouts.find(name, "en")
        assert found is not None and found.kind != "card", word


def _shot(text):
    (shot,) = heard(parse(text), 5, 0, text)["shots"]
    return shot


def _cast(text):
    return [one["word"] for one in _shot(text)["cast"]]


@pytest.mark.parametrize(
    ("text", "cast"),
    [
        # a colour, a move of the camera, a piece of clothing - or a subject of its own
        ("A pumpkin glows on a table.", ["pumpkin", "table"]), ("A girl in a pumpkin scarf jumps.", ["girl"]),
        ("A girl in a salmon dress and a rose jumps.", ["girl", "rose"]),
        ("Two red trucks race on a road.", ["trucks", "trucks"]), ("The camera trucks left past a man.", ["man"]),
        ("A truck drives through a forest.", ["truck"]),
        ("An orange rolls off a table.", ["orange", "table"]), ("An orange cat sleeps.", ["cat"]),
        ("A drone shot of a man on a beach.", ["man"]), ("A drone hovers over a beach.", ["drone"]),
        ("A red hat.", ["hat"]), ("A man in a red hat waves.", ["man"]), ("A cloud drifts over a meadow.", ["cloud"]),
        ("A girl waves at a cloud.", ["girl"]),
        ("A race car speeds along a road.", ["race car"]), ("A cowboy hat lies on a table.", ["cowboy hat", "table"]),
        ("A fire hydrant on a street.", ["fire hydrant"]),
        # the phrase decides, not the stray word
        ("A 28-year-old woman waves on a beach.", ["woman"]), ("A forty-year-old man walks.", ["man"]),
        ("A 75-year-old man walks.", ["old man"]), ("A girl wears running shoes and waves.", ["girl"]),
        ("A surfer in a barrel wave.", ["surfer"]), ("A man in a gold cap waves.", ["man"]),
        ("A golden retriever sits on a meadow.", ["golden retriever"]),
        ("A fox in an open-world game.", ["fox"]), ("A glass bottle falls off a table.", ["glass bottle", "table"]),
    ],
)  # fmt: skip
def test_a_word_is_staged_in_the_sense_it_has_here(text, cast):
    assert _cast(text) == cast


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("A surfer in a barrel wave.", "water"), ("A woman stirs soup in the kitchen.", "kitchen"),
        ("A woman stands in a bright kitchen.", "kitchen"), ("A woman reads in the living room.", "room"),
        ("A girl waves under a tree.", "forest"),
    ],
)  # fmt: skip
def test_a_place_is_the_one_that_is_named(text, place):
    assert _shot(text)["place"] == place


def test_a_golden_retriever_is_not_yellow_nor_running_shoes_run():
    words = {
        one["word"]: one["means"]
        for one in heard(parse("A girl in running shoes sits. A golden retriever sits. A man opens in the sun."), 5)[
            "words"
        ]
    }
    assert not any("yellow" in means or means == "run" for means in words.values()), words
    plan = heard(parse("An open-world landscape. A door stands in a meadow."), 5)
    assert not any("close" in one["means"] for one in plan["words"]), "nothing is opened"


def test_a_profession_that_speaks_keeps_its_clothes():
    play = stage(parse('A chef throws a pancake. chef: "Catch!" [en]'), 5, 0)
    (chef,) = [actor for actor in play.shots[0].actors if actor.kind == "person"]
    assert chef.look.hat == "tophat", chef.look
    assert play.speech[0].actor == chef.name
