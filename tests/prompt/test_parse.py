"""The prompt language: parse and print are inverse, free wording parses, errors carry the position."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonofilm.errors import PromptError
from phonofilm.prompt import Line, camera, check, clauses, lint, parse, tokenise, unheard

PIECES = [
    "A girl in a red coat stands on a windy meadow", "says", "the old man", "[0-3s]", "[3-6s]", "[shot 2]", "Shot 1:",
    "0-2s:", "[", "]", "(", ")",
    '"', "\u201c", "\u201d", "\u300c", "\u300d", ":", "girl:", "(in Spanish)", "[es]", "@mia", "\n", ".",
    "A sign reads", "she whispers", ",", "5",
    "camera pushes in", "\u5973\u5b69\u8bf4", "x", "Hola", "in German", "Mia", "!", "\u00ab", "\u00bb", "[close-up]",
    "'", "and", "she", "voice:",
]  # fmt: skip


def _stable(text: str) -> None:
    try:
        script = parse(text)
    except PromptError as error:
        assert 0 <= error.position <= max(len(text), 5000)
        return
    assert parse(str(script)) == script
    assert str(parse(str(script))) == str(script)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=14).flatmap(
        lambda parts: st.sampled_from([" ", ""]).map(lambda gap: gap.join(parts))
    )
)
def test_print_is_the_inverse_of_parse_on_marks_in_any_order(text):
    _stable(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120))
def test_print_is_the_inverse_of_parse_on_any_text(text):
    _stable(text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.25, 3), st.sampled_from(["A ball bounces.", "A girl walks to the sea", "rain"])),
        min_size=1,
        max_size=5,
    )
)
def test_timed_shots_come_back_as_written(shots):
    clock, text = 0.0, "On a meadow."
    for length, words in shots:
        text += f" [{clock:.2f}-{clock + length:.2f}s] {words}"
        clock += length
    script = parse(text)
    assert [shot.text for shot in script.shots] == [words for _, words in shots]
    assert parse(str(script)) == script


@pytest.mark.parametrize(
    ("text", "speaker", "said", "language"),
    [
        ('A girl in a red coat stands on a meadow and says: "Hello"', "girl", "Hello", None),
        ('The girl says (in Spanish): "Hola"', "girl", "Hola", "es"),
        ('girl: "Hi" [es]', "girl", "Hi", "es"),
        ("The girl waves to the boy. He whispers in German: \u201cGuten Tag.\u201d", "boy", "Guten Tag.", "de"),
        ("\u5973\u5b69\u8bf4\uff1a\u201c\u4f60\u597d\u201d", "\u5973\u5b69", "\u4f60\u597d", None),
        (
            "\u5c11\u5973\u304c\u8a00\u3046\uff1a\u300c\u3053\u3093\u306b\u3061\u306f\u300d",
            "\u5c11\u5973",
            "\u3053\u3093\u306b\u3061\u306f",
            None,
        ),
        ('"Come here!" shouts the old man.', "old man", "Come here!", None),
        ('A dancer on a stage. "Watch me!"', "dancer", "Watch me!", None),
        ('@mia says "x"', "@mia", "x", None),
        ('"Nobody is here"', "voice", "Nobody is here", None),
    ],
)
def test_dialogue_knows_its_speaker_and_language(text, speaker, said, language):
    assert parse(text).lines == (Line(speaker=speaker, text=said, language=language),)


def test_description_keeps_its_words_and_loses_the_dialogue():
    shot = parse('A girl waves and says "Hello!" Then she walks past a sign that reads "OPEN" with @mia.').shots[0]
    assert shot.text == "A girl waves and says. Then she walks past a sign that reads \u2018OPEN\u2019 with @mia."
    assert [line.text for line in shot.lines] == ["Hello!"]
    assert [mention.name for mention in shot.mentions] == ["mia"]


@pytest.mark.parametrize(
    "text",
    [
        "[0-3s] A [3-6s] B",
        "[0-3] A [3-6] B",
        "[0:00-0:03] A [0:03 - 0:06] B",
        "0-3s: A\n3-6s: B",
        "[0-3 sec]: A [3 to 6]: B",
    ],
)
def test_shots_in_all_spellings(text):
    script = parse(text)
    assert [(shot.start, shot.end, shot.text) for shot in script.shots] == [(0, 3, "A"), (3, 6, "B")]
    assert script.times(7) == ((0, 3), (3, 7))


def test_preamble_and_untimed_shots():
    script = parse('A red ball on a beach. "Look!" says the boy. Shot 1: it bounces. Shot 2: it rolls away.')
    assert script.preamble == "A red ball on a beach. says the boy."
    assert script.caption(1).endswith("it rolls away.")
    assert script.times(5) == ((0, 2.5), (2.5, 5))
    assert script.shots[0].lines[0].speaker == "boy"


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "empty"),
        (" \n ", 0, "empty"),
        ("...", 0, "empty"),
        ("a" * 5001, 5000, "5000"),
        ("[3-1s] a", 0, "backwards"),
        ("[3-6s] a [0-3s] b", 9, "order"),
        ("[0-3s] [3-5s] b", 0, "empty"),
        ('the girl says "hello', 14, "never closed"),
        ("a ball [on a beach", 7, "never closed"),
        ("a (red ball", 2, "never closed"),
        ('she says (in Klingon): "nuqneH"', 23, "Klingon"),
    ],
)
def test_errors_carry_the_position_and_the_remedy(text, position, words):
    with pytest.raises(PromptError, match=words) as caught:
        parse(text)
    assert caught.value.position == position
    assert "\n" not in str(caught.value)


def test_shot_beyond_the_clip():
    script = parse("On a beach. [0-3s] a ball [3-6s] a bell")
    check(script, 6)
    with pytest.raises(PromptError, match="lasts 5 s") as caught:
        check(script, 5)
    assert caught.value.position == 26


@pytest.mark.parametrize(
    "text",
    [
        "A bell. The camera barrel-rolls.",
        "A bell, camera barrel rolls over it",
        "Camera: barrel roll",
        "the camera somersaults",
    ],
)
def test_unknown_camera_words_are_noted_with_the_known_moves_and_refuse_nothing(text):
    script = parse(text)
    check(script, 5)
    ((note, at),) = unheard(script)
    assert "push in, pull out" in note and text[at:].lower().startswith(note.split("'")[1].lower())


@pytest.mark.parametrize(
    "text",
    [
        "A woman with a camera walks",
        "The camera slowly pushes in",
        "static camera",
        "handheld camera follows the girl",
        "camera: slow dolly zoom",
        "A camera stands on a table",
    ],
)
def test_ordinary_camera_wording_passes(text):
    check(parse(text), 5)


def test_lint_is_gentle():
    assert lint(parse("A red ball bounces on a beach at dusk, the camera pushes in, sound of waves.")) == ()
    assert any("camera" in hint for hint in lint(parse("A red ball bounces on a beach")))


def test_tokens():
    words = tokenise("The girl's PUSH-in lasts 1.5 s: \u4f60\u597d don\u2019t")
    assert [word.text for word in words] == [
        "the",
        "girl",
        "push",
        "in",
        "lasts",
        "1.5",
        "s",
        "\u4f60",
        "\u597d",
        "don't",
    ]
    assert words[1].start == 4


HOSTILE = (
    "cut to ", "at 1 s ", "with ", "under ", "\u201ca\u201d", "\u304c\u300ca\u300d", 'sign "a" ', 'he says "a" ',
    "the camera pans ", "a girl softly ", "while ", "(", "1 ", "says: ",
)  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_reading_takes_time_in_proportion_to_the_length(unit, monkeypatch):
    """Counted in characters looked at for words, where the reading spends its time; twice the prompt may not take four
    times as many."""

    def looked_at(length):
        count = 0

        def counted(text):
            nonlocal count
            count += len(text)
            return tokenise(text)

        for module in (clauses, camera):
            monkeypatch.setattr(module, "tokenise", counted)
        text = (unit * length)[:length]
        with contextlib.suppress(PromptError):
            check(parse(text), 15)
        return count

    short, long = looked_at(2_000), looked_at(4_000)
    assert long <= 2.6 * short + 1_000
    assert long <= 60 * 4_000


@pytest.mark.parametrize("words", ["softly " * 500, "softly and then " * 200, "ly " * 1_000, "a" * 4_000, "-" * 4_000])
def test_no_wording_before_a_quotation_is_tried_in_every_combination(words):
    """A pattern that can match the same words in two ways tries all 2^n of them: this test would not end."""
    script = parse(f'a {words}; says "x"')
    assert [line.text for line in script.lines] == ["x"]
