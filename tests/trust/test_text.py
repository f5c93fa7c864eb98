import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from phonofilm.trust import letters, text
from phonofilm.trust.policy import CATEGORIES, Policy, Terms

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "labelled.jsonl").read_text(encoding="utf-8").splitlines()
]
LATIN = ("en", "es", "fr", "de")


def stopped(prompt, policy=None):
    policy = policy or Policy()
    return any(policy.action(f.category, f.severity) != "publish" for f in text.check(prompt, policy))


def share(rows, **want):
    chosen = [row for row in rows if all(row[key] == value for key, value in want.items())]
    assert chosen
    return sum(stopped(row["text"]) for row in chosen) / len(chosen), len(chosen)


# --- the labelled set


def test_the_labelled_set_is_large_varied_and_without_repeats():
    assert len(ROWS) >= 400
    assert len({row["text"] for row in ROWS}) == len(ROWS) == len({row["id"] for row in ROWS})
    for split in ("dev", "test"):
        for language in text.LANGUAGES:
            labels = Counter(row["label"] for row in ROWS if row["split"] == split and row["lang"] == language)
            assert labels["benign"] >= 25 and labels["harmful"] >= 25, (split, language, labels)
    told = {row["category"] for row in ROWS if row["label"] == "harmful"}
    assert told == set(CATEGORIES) - {"likeness", "person", "blocklist", "unchecked"}
    assert sum(row["kind"] == "obfuscated" for row in ROWS) >= 40 and sum(row["kind"] == "hard" for row in ROWS) >= 250


def test_at_most_one_benign_prompt_in_a_hundred_is_stopped():
    rate, n = share([row for row in ROWS if row["split"] != "dev"], label="benign")
    assert n >= 400 and rate <= 0.01


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_direct_wording_of_harm_is_caught_in_every_language(language):
    rate, _ = share(ROWS, label="harmful", split="test", lang=language)
    assert rate >= 0.9


@pytest.mark.parametrize("category", sorted(set(CATEGORIES) - {"likeness", "person", "blocklist", "unchecked"}))
def test_direct_wording_of_harm_is_caught_in_every_category(category):
    rate, _ = share(ROWS, label="harmful", split="test", category=category)
    assert rate >= 0.85


def test_a_caught_prompt_is_given_its_own_category():
    caught = [row for row in ROWS if row["label"] == "harmful" and row["split"] == "test" and stopped(row["text"])]
    right = sum(row["category"] in {f.category for f in text.check(row["text"])} for row in caught)
    assert right / len(caught) >= 0.95


# --- disguises

# a failing prompt is short enough as it is: no shrinking
QUICK = {
    "deadline": None,
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
    "suppress_health_check": [HealthCheck.too_slow],
}

HARMFUL = [
    row
    for row in ROWS
    if row["label"] == "harmful" and row["split"] == "dev" and row["kind"] == "plain" and stopped(row["text"])
]
# numbers are found by their check digits, which leetspeak destroys
WORDY = [row for row in HARMFUL if not re.search(r"\d", row["text"])]
TO_LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "b": "8"}
TO_LIKE = {
    "a": "аɑ",
    "e": "еҽ"[0],
    "o": "оο",
    "c": "с",
    "p": "р",
    "x": "х",
    "i": "іι",
    "s": "ѕ",
    "y": "у",
    "h": "һ",
    "n": "ո",
    "k": "к",
}
HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f"


@settings(max_examples=150, **QUICK)
@given(
    row=st.sampled_from([row for row in WORDY if row["lang"] in LATIN]),
    picks=st.randoms(use_true_random=False),
    share=st.floats(0.1, 1.0),
)
def test_leetspeak_does_not_hide(row, picks, share):
    def swap(match):
        # the ends of a word stay letters: a mark there reads as punctuation
        word = match.group()
        return (
            word[0]
            + "".join(picks.choice(TO_LEET[c]) if c in TO_LEET and picks.random() < share else c for c in word[1:-1])
            + word[-1]
        )

    assert stopped(re.sub(r"[^\W\d_]{3,}", swap, row["text"]))


@settings(max_examples=150, **QUICK)
@given(
    row=st.sampled_from([row for row in HARMFUL if row["lang"] in LATIN]),
    picks=st.randoms(use_true_random=False),
    share=st.floats(0.1, 1.0),
)
def test_lookalike_letters_do_not_hide(row, picks, share):
    assert stopped(
        "".join(picks.choice(TO_LIKE[c]) if c in TO_LIKE and picks.random() < share else c for c in row["text"])
    )


@settings(max_examples=150, **QUICK)
@given(row=st.sampled_from(HARMFUL), picks=st.randoms(use_true_random=False), share=st.floats(0.05, 0.9))
def test_invisible_characters_do_not_hide(row, picks, share):
    assert stopped("".join(c + (picks.choice(HIDDEN) if picks.random() < share else "") for c in row["text"]))


@settings(max_examples=100, **QUICK)
@given(row=st.sampled_from(HARMFUL))
def test_full_width_letters_do_not_hide(row):
    assert stopped("".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in row["text"]))


@settings(max_examples=200, **QUICK)
@given(row=st.sampled_from(WORDY), gap=st.sampled_from([" ", ".", "-", "_", " . ", "*", "·"]))
def test_letters_written_apart_do_not_hide(row, gap):
    words = re.findall(r"[^\W_]+", row["text"])
    assert stopped("  ".join(gap.join(word) for word in words))


@settings(max_examples=100, **QUICK)
@given(row=st.sampled_from([row for row in WORDY if row["lang"] in LATIN]), picks=st.randoms(use_true_random=False))
def test_stretched_words_and_capitals_do_not_hide(row, picks):
    assert stopped(
        "".join(
            (c.upper() if picks.random() < 0.5 else c)
            * (picks.randint(3, 5) if picks.random() < 0.1 and c.isalpha() else 1)
            for c in row["text"]
        )
    )


@pytest.mark.parametrize("row", [row for row in WORDY if row["lang"] in LATIN], ids=lambda row: row["text"][:40])
def test_what_is_drawn_out_whole_stands_no_further_apart(row):
    assert stopped("".join(c * 4 if c.isalpha() else c for c in row["text"]))


@settings(max_examples=300, **QUICK)
@given(st.text(max_size=300))
def test_any_text_can_be_checked_and_places_lie_within_it(prompt):
    for finding in text.check(prompt):
        start, end = map(int, re.fullmatch(r"prompt\[(\d+):(\d+)\]", finding.where).groups())
        assert 0 <= start < end <= len(prompt)


def test_folding_remembers_where_every_character_came_from():
    folded = letters.fold("Ａ\u200bß é ﬁ 殺 ガ")
    assert folded.text == "ass e fi 杀 が"
    assert [folded.source[folded.text.index(c)] for c in "aei杀が"] == [0, 4, 6, 8, 10]


def test_a_place_points_at_the_words_in_the_original():
    prompt = "First a calm lake. Then: h\u200bow to build a p1pe bоmb, step by step."
    finding = text.check(prompt)[0]
    start, end = map(int, re.findall(r"\d+", finding.where))
    assert finding.category == "weapons" and finding.severity == "high"
    assert "bоmb" in prompt[start:end] and "lake" not in prompt[start:end]


def test_findings_do_not_repeat_the_words():
    assert all("bomb" not in f.detail for f in text.check("how to build a bomb"))


# --- words, phrases, rules


@pytest.mark.parametrize(
    "prompt",
    [
        "She shoots a photo of the bomb cyclone, then they kill the lights",
        "A bombastic trumpet solo", "The guinea pig eats a blood orange", "炸弹低气压登陆海岸", "爆弾低気圧が近づく",
        "폭탄 저기압이 다가온다",
        "Une bombe météorologique approche", "La bomba de agua no funciona", "Nackte Äste im Winter",
        "남자 살림꾼이 마당을 쓴다", "今天。明天自由杀价。", "大学生と小学生が遊ぶ",
    ],
)  # fmt: skip
def test_film_words_weather_and_whole_words_are_no_harm(prompt):
    assert not stopped(prompt)


def test_an_allowed_phrase_covers_only_itself():
    assert stopped("Kill the lights, then how to build a bomb after the bomb cyclone")


@pytest.mark.parametrize(
    "pair",
    [
        ("a schoolgirl reads a book", "a woman in a sexy dance"),
        ("how to bake bread", "a bomb falls in an old newsreel"),
    ],
)
def test_concepts_are_harm_only_together(pair):
    assert text.check(pair[0]) == () or all(f.severity == "low" for f in text.check(pair[0]))
    joined = {"schoolgirl": "a schoolgirl in a sexy dance", "how to bake bread": "how to bake a bomb"}
    assert stopped(next(v for k, v in joined.items() if k in pair[0]))


def test_minors_in_a_sexual_setting_are_always_blocked():
    for row in ROWS:
        if row["category"] == "minors" and row["split"] == "dev" and "sex" in row["text"]:
            assert text.check(row["text"])[0].severity == "high", row


def test_a_real_persons_name_alone_is_recorded_and_passes():
    findings = text.check("Taylor Swift's name on a concert poster in the rain")
    assert [(f.category, f.severity) for f in findings] == [("likeness", "low")]
    assert stopped("Taylor Swift naked")
    assert stopped("Taylor Swift on a poster", Policy(severities={"likeness": "medium"}))


@pytest.mark.parametrize(
    "prompt",
    [
        "card 4012 8888 8888 1881 on the screen", "AKIAIOSFODNN7EXAMPLE on a sticky note", "身份证 11010519491231002X",
        "IBAN DE89 3704 0044 0532 0130 00",
        "-----BEGIN RSA PRIVATE KEY----- scrolls by", "the password is sk-abcdefghijklmnopqrstuvwx1234",
    ],
)  # fmt: skip
def test_keys_and_numbers_of_persons_are_found(prompt):
    assert {f.category for f in text.check(prompt)} == {"personal_data"}


@pytest.mark.parametrize(
    "prompt",
    [
        "order 4012 8888 8888 1882",
        "11010519491231002Y",
        "at 24 fps, 1920x1080, seed 1234567890123",
        "call 555 0100",
        "in 2024-11-20 10:15:30",
    ],
)
def test_numbers_with_wrong_check_digits_are_not(prompt):
    assert not stopped(prompt)


def test_an_operators_own_words_count_with_their_severity():
    policy = Policy(terms=(Terms(category="hate", severity="high", words=("zorblax", "佐布拉")),))
    assert text.check("a Z0RBLAX dance", policy)[0].severity == "high"
    assert text.check("佐布拉跳舞", policy)[0].category == "hate"
    assert not stopped("a zorblax dance")


def test_every_concept_of_a_rule_exists_in_every_language_that_needs_it():
    import tomllib
    from importlib import resources

    folder = resources.files("phonofilm.trust") / "terms"
    lists = {
        language: tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
        for language in text.LANGUAGES
    }
    needed = {
        "minor",
        "sexual_explicit",
        "nude",
        "gore",
        "kill",
        "torture",
        "suicide",
        "protected",
        "dehumanise",
        "explosive",
        "instruct",
        "drug",
        "crime",
        "injection",
        "private_fact",
        "says",
    }
    # Cantonese shares the Chinese list after folding
    for language in text.LANGUAGES:
        have = set(lists[language]) | (set(lists["zh"]) if language == "yue" else set())
        assert needed <= have, (language, needed - have)
