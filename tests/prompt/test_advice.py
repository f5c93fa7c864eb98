"""What the editor is told: every place is the place in the text, and every hint has a reason."""

import pytest

from phonofilm.prompt import camera
from phonofilm.prompt.editing.advice import advise, find
from phonofilm.prompt.editing.templates import TEMPLATES
from phonofilm.prompt.editing.vocabulary import cameras, languages

TWO = """A girl in red stands on a beach.
[0-2.5s] She waves.  girl: “Hello   there” [en] The camera pushes in on @mia.
[2.5-5s] A ball bounces. Static shot. Calm music."""


def at(text, place):
    return text[place.position : place.position + place.length]


def test_shots_markers_lines_and_mentions_are_where_the_text_has_them():
    found = advise(TWO, 5)
    first, second = found.shots
    assert (
        at(TWO, first).startswith("[0-2.5s] She waves.")
        and at(TWO, first).endswith("@mia.\n")
        and at(TWO, second).startswith("[2.5-5s]")
    )
    assert TWO[first.position :][: first.marker_length] == "[0-2.5s]" and (
        first.start,
        first.end,
        first.marked,
        first.timed,
    ) == (0.0, 2.5, True, True)
    (line,) = first.lines
    assert at(TWO, line) == "Hello   there" and (line.speaker, line.language, line.text) == (
        "girl",
        "en",
        "Hello there",
    )
    (mention,) = found.mentions
    assert at(TWO, mention) == "@mia" and mention.name == "mia"
    assert [hint.message for hint in found.hints] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.id)
def test_every_place_in_the_templates(template):
    found = advise(template.prompt, float(template.duration))
    assert [hint.message for hint in found.hints] == []
    for shot in found.shots:
        assert shot.marked == (template.prompt[shot.position] == "[")
        for line in shot.lines:
            assert at(template.prompt, line) == line.text
    assert found.shots[-1].position + found.shots[-1].length == len(template.prompt)


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("A girl says \"hello", "\"hello", "never closed"), ("", "", "empty"),
        ("[0-2s] a ball [2-9s] a box", "[2-9s]", "ends at 9 s"),
        ("(a ball", "(a", "bracket"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_an_error_with_its_place(text, place, says):
    hint = advise(text, 5).hints[0]
    assert (
        hint.severity == "error"
        and says in hint.message
        and at(text, hint) == place
        and "(at character" not in hint.message
    )


def test_an_overlong_prompt_is_marked_where_it_gets_too_long():
    text = "a ball " * 800
    (hint,) = advise(text, 5).hints
    assert (hint.severity, hint.position, hint.length) == ("error", 5000, len(text) - 5000)
    text = "A ball bounces on a beach, waves crash, static shot. " * 4
    (hint,) = [hint for hint in advise(text, 5, most_words=20).hints if "reads 20 words" in hint.message]
    assert (
        hint.severity == "warning"
        and text[hint.position :].startswith("A ball")
        and hint.position == text.index("A ball", 60)
    )
    assert not [hint for hint in advise(text, 5).hints if "words" in hint.message]


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("A girl waves and jumps on a beach. Static shot. Music.", "jumps"),
        ("A girl walks, a ball bounces on a beach. Static shot. Music.", "bounces"),
        ("On a beach a dog runs and then happily jumps. Static shot. Music.", "jumps"),
    ],
)  # fmt: skip
def test_one_action_per_shot(text, second):
    (hint,) = [hint for hint in advise(text, 5).hints if "actions" in hint.message]
    assert hint.severity == "warning" and hint.shot == 1 and at(text, hint).startswith(second)


@pytest.mark.parametrize(
    "text",
    [
        "A cup drops and breaks on a beach. Static shot. Music.",
        "A door opens and closes in a room. Static shot. Music.",
    ],
)
def test_one_motion_is_one_action(text):
    assert advise(text, 5).hints == ()


def test_camera_sound_place_and_action_are_missed():
    said = {hint.message: hint for hint in advise("A ball.", 5).hints}
    assert {hint.severity for hint in said.values()} == {"info"}
    for word in ("camera", "sound", "place", "action"):
        assert any(word in message for message in said), word
    second = [
        hint
        for hint in advise("[0-2s] A ball bounces, static shot. [2-5s] A box slides.", 5).hints
        if "camera" in hint.message
    ]
    assert [hint.shot for hint in second] == [2]


def test_speech_that_does_not_fit_and_shots_that_flash_by():
    text = (
        '[0-1s] girl: "I have so very much to tell you about everything" static shot on a beach [1-1.5s] A ball'
        " bounces, static shot."
    )
    warnings = {hint.shot: hint for hint in advise(text, 5).hints if hint.severity == "warning"}
    assert (
        "to say this takes about" in warnings[1].message
        and at(text, warnings[1]) == "I have so very much to tell you about everything"
    )
    assert "to say this" in advise("少女: \u201c" + "你好" * 30 + "\u201d", 5).hints[0].message
    flash = "[0-0.5s] A ball bounces, static shot, music, a beach. [0.5-5s] A box slides, static shot."
    assert any("0.5 s" in hint.message and hint.shot == 1 for hint in advise(flash, 5).hints)


def test_mentions_of_nobody_only_where_the_references_are_known():
    text = "@mia and @image1 stand on a beach. Static shot. Music."
    assert not [hint for hint in advise(text, 5).hints if "@" in hint.message]
    (hint,) = [hint for hint in advise(text, 5, names={"image1": 1}).hints if "reference" in hint.message]
    assert hint.severity == "error" and at(text, hint) == "@mia" and "@image1" in hint.message


def test_nothing_breaks_it():
    for text in (
        "\n",
        "\x00",
        "[",
        "]]]",
        "[0-3s]",
        "\ud83d\ude00" * 3,
        "「",
        "a\u200b" * 50,
        '[0-1s] "" [1-2s] x',
        "@",
        "@@a",
        'girl: "a" "b" "a"',
    ):
        for hint in advise(text, 4, names=(), most_words=1).hints:
            assert 0 <= hint.position <= len(text) and 0 <= hint.length <= len(text) - hint.position


def test_find_minds_neither_spaces_nor_quotes():
    assert find("she  said \u201chi\u201d", 'she said "hi"') == (0, 14)
    assert find("abc", "x") is None and find("abc", "") is None


def test_camera_words_are_read_as_the_moves_they_stand_for():
    assert [one.name for one in cameras()] == list(camera.MOVES)
    for one in cameras():
        for word in one.words:
            assert camera.moves(word) == (one.name,) and camera.unknown(word) is None, word
        assert one.description
    assert [code for code, _ in languages()] == ["en", "zh", "yue", "ja", "ko", "es", "fr", "de"]
