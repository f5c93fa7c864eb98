"""Subtitle rows: broken where each script allows, about in the middle, in bounded time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uniseg.graphemecluster import grapheme_cluster_boundaries

from phonofilm.media.packaging.subtitles import Cue, breaks, rows, to_srt, to_vtt


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Good evening.", ["Good evening."]),
        (
            "Good evening, and a very warm welcome to all of you.",
            ["Good evening, and a very", "warm welcome to all of you."],
        ),
        (
            "如果你明天还想见到他的话，那我们现在就必须马上出发去车站。",
            ["如果你明天还想见到他的话，", "那我们现在就必须马上出发去车站。"],
        ),
        (
            "今天我在商店里买了一部非常便宜的新的iPhone给妈妈用。",
            ["今天我在商店里买了一部非常", "便宜的新的iPhone给妈妈用。"],
        ),
        (
            "오늘 저녁에는 친구들과 함께 강가에서 불꽃놀이를 보려고 합니다",
            ["오늘 저녁에는 친구들과 함께", "강가에서 불꽃놀이를 보려고 합니다"],
        ),
        (
            "明日の朝はとても早いので、今夜はちゃんと寝ておいたほうがいいよ。",
            ["明日の朝はとても早いので、今夜は", "ちゃんと寝ておいたほうがいいよ。"],
        ),
        (
            "彼は静かに言った。「もうあの古い家には二度と帰らない」と。",
            ["彼は静かに言った。「もうあの", "古い家には二度と帰らない」と。"],
        ),
    ],
)
def test_rows_are_broken_where_the_script_allows(text, expected):
    assert rows(text) == expected


@pytest.mark.parametrize(
    ("text", "never_before", "never_after"),
    [
        ("他说你好，我们走吧！然后呢？没有了。（他笑了）" * 3, "，！？。）", "（"),
        ("ちょっとカップラーメンをいっしょに食べようって、彼がゃっと言ったー。" * 3, "ょっャュョゃー、。", ""),
        ("「はい」と『いいえ』は〈同じ〉だ・・・" * 4, "」』〉・", "「『〈"),
    ],
)
def test_kinsoku(text, never_before, never_after):
    places = breaks(text)
    assert len(places) > 3
    assert not [n for n in places if text[n] in never_before or text[n - 1] in never_after]


@pytest.mark.parametrize(
    "word", ["iPhone", "3.14159", "1,000,000", "don't", "ÉCOLE", "안녕하세요", "👨‍👩‍👧‍👦", "e\u0301\u0302", "🇩🇪"]
)
@pytest.mark.parametrize(
    "before", ["他昨天晚上在商店里买了一个", "彼女は昨日の夜に店で買った", "어제 저녁에 가게에서 산 "]
)
def test_no_word_number_or_cluster_is_cut(word, before):
    text = before * 2 + word + before * 2
    at = text.index(word)
    assert not [n for n in breaks(text) if at < n < at + len(word)]


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=60)
def test_nothing_is_lost_and_no_cluster_is_cut(text):
    line = " ".join(text.split())
    made = rows(line)
    assert len(made) <= 2 and "".join("".join(made).split()) == "".join(line.split())
    assert set(breaks(line)) <= set(grapheme_cluster_boundaries(line)) if line else True


def test_long_text_is_read_near_its_middle_alone():
    text = "新しいiPhoneを買った。" * 2000
    assert abs(len(rows(text)[0]) - len(text) / 2) < 20
    assert max(breaks(text)) - min(breaks(text)) <= 120  # reading all of it would take seconds
    assert rows("a" * 5000) == ["a" * 5000]


def test_files_of_subtitles_are_broken_so():
    cue = Cue(start=0, end=3, text="如果你明天还想见到他的话，那我们现在就必须马上出发去车站。", speaker="王")
    assert "如果你明天还想见到他的话，\n那我们现在就必须马上出发去车站。" in to_srt([cue])
    assert "<v 王>如果你明天还想见到他的话，\n那我们现在" in to_vtt([cue])
