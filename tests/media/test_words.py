"""What is written over and beside a clip: subtitles and the visible label."""

import numpy as np
import pysubs2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonofilm.errors import MediaError
from phonofilm.media.packaging.label import Label, glyph
from phonofilm.media.packaging.subtitles import Cue, cues, language_of, timed, to_srt, to_vtt
from phonofilm.prompt import parse

PROMPT = (
    '[0-3s] A girl stands in a room. girl: "Where were you last night?" old man: "At the harbour."\n[3-6s] A boy'
    ' laughs. The boy says: "Let us go!"'
)


def test_lines_stay_in_their_shots_in_order_and_do_not_overlap():
    made = cues(parse(PROMPT), 6)
    assert [(cue.speaker, cue.text) for cue in made] == [
        ("girl", "Where were you last night?"),
        ("old man", "At the harbour."),
        ("boy", "Let us go!"),
    ]
    assert 0 <= made[0].start < made[0].end <= made[1].start < made[1].end <= 3 <= made[2].start < made[2].end <= 6
    assert all(cue.end - cue.start >= 0.6 and cue.language == "en" for cue in made)


def test_too_many_words_are_said_faster_not_longer():
    made = cues(
        parse('[0-2s] girl: "' + "one two three four five " * 6 + '" boy: "And so on and on and on."\n[2-4s] A dog.'), 4
    )
    assert made[-1].end <= 2.0 and made[0].end <= made[1].start and made[1].end - made[1].start > 0.1


def test_known_times_win():
    script = parse(PROMPT)
    times = [(0.4, 1.2), (1.5, 2.4), (5.5, 7.0)]
    made = timed([(*time, line) for time, line in zip(times, script.lines, strict=True)], 6)
    assert [(cue.start, cue.end) for cue in made] == [(0.4, 1.2), (1.5, 2.4), (5.5, 6)]
    assert cues(parse("A red ball falls."), 5) == []


def test_webvtt_is_escaped_and_read_back():
    text = to_vtt(
        [
            Cue(start=0.5, end=1.75, text="a < b && c --> {d}\n\nnext", speaker="old <man>"),
            Cue(start=61.5, end=62, text="你好,世界"),
        ]
    )
    head, first, second = text.strip().split("\n\n")
    assert head == "WEBVTT" and "00:00:00.500 --> 00:00:01.750" in first and "00:01:01.500 --> 00:01:02.000" in second
    assert first.endswith("<v old  man >a &lt; b &amp;&amp; c --&gt; (d) next") and second.endswith("你好,世界")
    back = pysubs2.SSAFile.from_string(to_srt([Cue(start=1, end=2, text="Hello there")]), format_="srt")
    assert [(event.start, event.end, event.plaintext) for event in back] == [(1000, 2000, "Hello there")]


def test_long_lines_are_broken_once_near_the_middle():
    rows = (
        to_vtt([Cue(start=0, end=3, text="The quick brown fox jumps over the lazy dog by the river")])
        .strip()
        .split("\n")[-2:]
    )
    assert all(20 < len(row) < 35 for row in rows)
    chinese = (
        to_vtt([Cue(start=0, end=3, text="今天天气真好我们一起去公园散步然后在湖边吃一点东西吧")])
        .strip()
        .split("\n")[-2:]
    )
    assert all(10 <= len(row) <= 16 for row in chinese)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=80), st.text(max_size=20), st.floats(0, 100), st.floats(0.1, 9)), max_size=5)
)
def test_any_words_give_one_cue_each(lines):
    made = [Cue(start=start, end=start + length, text=text, speaker=speaker) for text, speaker, start, length in lines]
    text = to_vtt(made)
    assert text.count(" --> ") == sum(1 for _ in made) and text.startswith("WEBVTT")


def test_the_language_of_the_track():
    assert (
        language_of(
            [
                Cue(start=0, end=1, text="a", language="fr"),
                Cue(start=1, end=2, text="b", language="fr"),
                Cue(start=2, end=3, text="c", language="en"),
            ]
        )
        == "fr"
    )
    assert language_of([Cue(start=0, end=1, text="a", language="yue")]) == "zh-HK" and language_of([]) == "en"


@pytest.mark.parametrize("size", [(854, 480), (480, 854), (1920, 1080), (640, 640), (992, 432)])
@pytest.mark.parametrize(("text", "height"), [("AI-generated", 0.055), ("AI生成", 0.06)])
def test_letters_are_at_least_a_twentieth_of_the_short_side(size, text, height):
    """Measured on the picture: rows with ink of the first letter, an A, as tall as a capital."""
    overlay = Label(text=text, height=height, corner="top_left").on(*size)
    left, top, right, bottom = overlay.box
    plain = np.full((size[1], size[0], 3), 90, np.uint8)
    shown = overlay.lay(plain)
    assert (
        plain.max() == 90
        and (shown[bottom:] == 90).all()
        and (shown[:, right:] == 90).all()
        and (shown[:top] == 90).all()
    )
    inside = shown[top:bottom, left:right, 0] > 200
    columns = np.flatnonzero(inside.any(0))
    letter = inside[:, columns[0] : columns[0] + round(0.8 * min(size) * height)]
    rows = np.flatnonzero(letter.any(1))
    assert rows[-1] - rows[0] + 1 >= 0.05 * min(size)


def test_chinese_characters_are_as_tall_as_the_capitals():
    for character in "生成":
        ink = np.asarray(glyph(character, 40))[..., 3] > 128
        rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
        assert rows[-1] - rows[0] >= 33 and columns[-1] - columns[0] >= 33


@pytest.mark.parametrize("corner", ["top_left", "top_right", "bottom_left", "bottom_right"])
def test_corners(corner):
    left, top, right, bottom = Label(text="AI", corner=corner).on(320, 180).box
    assert (
        (left < 20) == corner.endswith("left")
        and (right > 300) == corner.endswith("right")
        and (top < 20) == corner.startswith("top")
        and (bottom > 160) == corner.startswith("bottom")
    )


def test_how_long_it_shows():
    assert (
        Label(text="AI", seconds=2).shows(1.99)
        and not Label(text="AI", seconds=2).shows(2.0)
        and Label(text="AI").shows(900)
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": "x" * 61},
        {"text": "人工"},
        {"text": "AI", "height": 0.01},
        {"text": "AI", "corner": "middle"},
    ],
)
def test_labels_that_cannot_be(wrong):
    with pytest.raises(MediaError):
        Label(**wrong)
    with pytest.raises(MediaError, match="wider"):
        Label(text="w" * 60).on(320, 180)
