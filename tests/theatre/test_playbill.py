"""The playwright: a pure function of the index, only known words, a fair mix, and nothing held out in training."""

from collections import Counter

import pytest

from phonofilm.errors import PromptError
from phonofilm.evals.heldout import load_suite
from phonofilm.prompt.parse import parse
from phonofilm.theatre.lexicon.repertoire import COLOURS, PERSON_ACTIONS, PROP_ACTIONS
from phonofilm.theatre.play import HOURS, PLACES
from phonofilm.theatre.playbill import is_held_out, playbill
from phonofilm.theatre.reading.reading import read
from phonofilm.theatre.stage.staging import labels_of, stage


@pytest.mark.parametrize("level", [0, 1, 2])
def test_bills_parse_and_stage_without_an_unknown_word(level):
    for index in range(200):
        bill = playbill(index, level)
        script = parse(bill.text)
        cast = []
        for n, shot in enumerate(script.shots):
            assert read(script.caption(n), cast, [line.speaker for line in shot.lines]).unknown == [], bill.text
        if not script.lines and index < 60:
            play = stage(script, bill.seconds, bill.seed)
            assert play.labels == labels_of(script, bill.seconds, bill.seed)
            assert len(play.shots) == len(script.shots)


def test_a_bill_is_a_function_of_its_index():
    assert [playbill(n, 2) for n in range(20)] == [playbill(n, 2) for n in range(20)]
    assert len({playbill(n, 0).text for n in range(300)}) > 290


@pytest.mark.parametrize("count", [40, pytest.param(150, marks=pytest.mark.nightly)])
def test_training_never_shows_what_is_held_out(count):
    for level in (0, 1, 2):
        for index in range(count):
            for split in ("train", "heldout"):
                bill = playbill(index, level, split)
                assert is_held_out(labels_of(parse(bill.text), bill.seconds, bill.seed)) == (split == "heldout"), bill


def test_eight_to_ten_in_a_hundred_combinations_are_held_out():
    said = [
        {"kind": kind, "colour": c, "place": p, "action": a}
        for kind, actions in [*PROP_ACTIONS.items(), ("person", PERSON_ACTIONS)]
        for a in actions
        for c in COLOURS
        for p in PLACES
    ]
    share = sum(map(is_held_out, said)) / len(said)
    assert 0.07 < share < 0.11
    assert not is_held_out({})


def test_no_value_crowds_out_the_others():
    labels = [labels_of(parse(b.text), 5.0, b.seed) for b in (playbill(n, 0) for n in range(600))]
    for key, values, most in (("colour", COLOURS, 0.15), ("place", PLACES, 0.22), ("hour", HOURS, 0.35)):
        count = Counter(row[key] for row in labels)
        assert set(count) == set(values) and max(count.values()) / 600 < most, (key, count)
    assert max(Counter(row["action"] for row in labels).values()) / 600 < 0.2


def test_the_frozen_prompts_are_read_as_their_authors_meant():
    wrong, total = [], 0
    for prompt in load_suite():
        script = parse(prompt.text)
        labels = labels_of(script, prompt.seconds, 1)
        for key, value in prompt.labels.items():
            total += 1
            if labels[key] != value:
                wrong.append((prompt.id, key, value, labels[key]))
    assert len(wrong) <= 0.01 * total, wrong


def test_wrong_arguments_are_told():
    for bad in ({"level": 3}, {"split": "test"}, {"index": -1}):
        with pytest.raises(PromptError):
            playbill(**({"index": 0} | bad))
