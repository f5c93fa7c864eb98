"""The prompts are frozen: their hash, their number and their balance."""

import hashlib
from collections import Counter

import pytest

from phonofilm.errors import MediaError, RequestError
from phonofilm.evals import heldout
from phonofilm.prompt import parse
from phonofilm.theatre.playbill import is_held_out
from phonofilm.theatre.stage.staging import stage


def test_the_file_is_the_one_that_was_frozen():
    assert hashlib.sha256(heldout.suite_path("heldout").read_bytes()).hexdigest() == heldout.SHA256


def test_enough_prompts_and_no_attribute_value_dominates():
    prompts = heldout.load_suite()
    assert len(prompts) >= 120 and sum(p.simple for p in prompts) >= 80
    assert len({p.text for p in prompts}) == len({p.id for p in prompts}) == len(prompts)
    for attribute in heldout.ATTRIBUTES:
        counts = Counter(p.labels[attribute] for p in prompts if attribute in p.labels)
        share = max(counts.values()) / sum(counts.values())
        assert share < (0.6 if attribute == "kind" else 0.3), (attribute, counts)
    assert all(4.0 <= p.seconds <= 15.0 for p in prompts)


def test_unknown_suite_and_broken_line(tmp_path):
    with pytest.raises(RequestError):
        heldout.load_suite("nowhere")
    (tmp_path / "x.jsonl").write_text('{"id": 1}\n')
    with pytest.raises(MediaError, match="line 1"):
        heldout.load_suite(str(tmp_path / "x.jsonl"))


def test_every_prompt_stages_as_its_labels_say_and_knows_its_combination():
    prompts = heldout.load_suite()
    for p in prompts:
        play = stage(parse(p.text), p.seconds, 0)
        assert not play.unknown, (p.text, play.unknown)
        assert {k: play.labels[k] for k in p.labels} == p.labels, p.text
        assert p.seen is not is_held_out(p.labels), p.text
        assert not p.simple or any(c.visible for c in play.contacts), p.text
    assert sum(not p.seen for p in prompts) >= 30
