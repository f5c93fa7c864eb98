"""The shots of a script moved, said twice, left out."""

import pytest

from phonofilm.errors import PromptError
from phonofilm.prompt import parse
from phonofilm.prompt.editing.arrange import arranged

TIMED = (
    'A beach at dusk. [0-2s] A dog runs. [2-3s] Close-up of the dog. girl: "Come!" [en]\n[3-6s] A cat'
    " sleeps.\nNEGATIVE: music\n--ar 9:16"
)


@pytest.mark.parametrize(
    ("order", "words", "times", "seconds"),
    [
        ([2, 0, 1], ["A cat sleeps.", "A dog runs.", "Close-up of the dog."], [(0, 3), (3, 5), (5, 6)], 6),
        (
            [0, 0, 1, 2],
            ["A dog runs.", "A dog runs.", "Close-up of the dog.", "A cat sleeps."],
            [(0, 2), (2, 4), (4, 5), (5, 8)],
            8,
        ),
        ([0, 2], ["A dog runs.", "A cat sleeps."], [(0, 2), (2, 5)], 5),
        ([1], ["Close-up of the dog."], [(0, 4)], 4),  # no clip is shorter
        ([2] * 6, ["A cat sleeps."] * 6, [(2.5 * n, 2.5 * n + 2.5) for n in range(6)], 15),  # nor longer
    ],
)
def test_each_shot_keeps_its_words_lines_and_length(order, words, times, seconds):
    script, length = arranged(parse(TIMED), order, 6)
    assert [shot.text for shot in script.shots] == words and length == seconds
    assert list(script.times(length)) == times
    assert (script.preamble, script.negative, script.settings) == ("A beach at dusk.", ("music",), (("ratio", "9:16"),))
    assert [line.text for line in script.lines] == ["Come!"] * order.count(1)
    assert parse(str(script)) == script, "what is printed is read as the same script"


def test_shots_without_times_share_the_same_clip():
    script, length = arranged(parse("Shot 1: A dog runs. Shot 2: A cat sleeps."), [1, 0, 1], 6)
    assert length == 6 and [shot.start for shot in script.shots] == [None] * 3
    assert parse(str(script)) == script


def test_a_length_that_the_prompt_states_follows():
    script, length = arranged(parse("[0-2s] A dog runs. [2-6s] A cat sleeps. --duration 6"), [1], 6)
    assert length == 4 and dict(script.settings)["duration"] == 4


@pytest.mark.parametrize("order", [[], [3], [-1], [0] * 201])
def test_an_order_of_no_shots_is_refused(order):
    with pytest.raises(PromptError, match="counted from 0"):
        arranged(parse(TIMED), order, 6)
