"""Every way people mark shots divides a prompt in two, and what it cannot be sure of stays prose."""

import json
from pathlib import Path

import pytest

from phonofilm.errors import PromptError
from phonofilm.prompt import parse
from phonofilm.prompt.editing.advice import advise

CASES = Path(__file__).parent / "cases"
STYLES = [json.loads(line) for line in (CASES / "shot-markers.jsonl").read_text(encoding="utf-8").splitlines()]
MORE = [json.loads(line) for line in (CASES / "more-markers.txt").read_text(encoding="utf-8").splitlines()]


def _two(text):
    script = parse(text)
    first, second = script.shots
    assert "waves" in first.text and "jumps" in second.text and "waves" not in second.text
    assert parse(str(script)) == script
    return script


@pytest.mark.parametrize("case", STYLES, ids=lambda case: case["style"])
def test_the_styles_that_were_found(case):
    assert case["shots"] == len(_two(case["text"]).shots)


@pytest.mark.parametrize("style", MORE)
def test_their_kinds(style):
    _two(style.replace("{A}", "A girl waves.").replace("{B}", "A boy jumps."))


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("Shot 1 (2s): a girl waves. Shot 2 (4s): a boy jumps.", [(0, 2), (2, 6)]),
        ("[0:00] A girl waves.\n[0:03] A boy jumps.", [(0, 3), (3, 6)]),
        ("[0-3s] A girl waves.\n[2-6s] A boy jumps.", [(0, 2), (2, 6)]),
        ("[0-3s] A girl waves.\n[3s-end] A boy jumps.", [(0, 3), (3, 6)]),
        ("[0-2s] A girl waves.\nShot 2: A boy jumps.", [(0, 2), (2, 6)]),
        ("[0-2s] A girl waves. Cut to: a boy jumps. [4-6s] A ball.", [(0, 2), (2, 4), (4, 6)]),
        ("A girl waves.\n[2-6s] A boy jumps.", [(0, 2), (2, 6)]),
        ("第1镜（2秒）：女孩跑。第2镜（4秒）：男孩跳。", [(0, 2), (2, 6)]),
        ("前2秒：女孩跑。\n后4秒：男孩跳。", [(0, 2), (2, 6)]),
        ("00:00:00:00-00:00:01:12 A girl\n00:00:01:12-00:00:06:00 A boy", [(0, 1.5), (1.5, 6)]),
    ],
)  # fmt: skip
def test_times_that_follow_from_each_other(text, times):
    assert list(parse(text).times(6)) == [pytest.approx(pair) for pair in times]


@pytest.mark.parametrize(
    "text",
    [
        "A 5-6 seconds long video of a girl who waves.", "16:9 vertical video of a dog.", "At 3 a.m. a man waits.",
        "She picks 2-3 apples. Then she eats.", "A scene of two dancers on stage.",
        "The first shot of espresso. She drinks.", "Shot on 35mm film, a girl waves.", "Cut to black.",
        "Wide shot: a castle in the fog.", "- cinematic\n- 4K\n- a girl waves",
        "A man, aged 30-40, waits (2 seconds) and leaves.", "Scene from a film. Cut flowers on a table.",
        "Start with a smile. End with a wave.", "1. A list of one",
        "She turns left - then right. It takes 0:30 to boil.",
        "A man writes No. 5 on the wall. He smiles.",
        "She counts 1 - 2 - 3 and jumps.",
        "A girl runs. The camera switches to handheld as she turns.",
        "Character 1: a tall man in a coat.\nCharacter 2: a small dog.\nThey walk.",
        'Man 1: "Hello."\nMan 2: "Hi there."',
        "Image 1: the girl.\nImage 2: the room.\nShe dances in the room.",
        "A dog runs. Then the dog barks. Next to it a cat sleeps.",
        "Final scene: a man walks in the rain.",
        "Close-up – a girl waves.",
        "A girl waves.\nRules:\n- The camera stays still.\n- The girl smiles.",
        "10 - 20 people dance.",
        "A woman (30s) in a red coat walks. A man (40s) follows.",
        "1/2 cup of sugar is poured into a bowl.",
        "It is a two-shot – a boy and a girl.",
        "女孩在海边奔跑。最后，她笑了。",
        "Person 1: a chef.\nPerson 2: a waiter.\nThey argue.",
        "A score of 3 - 2 on the board. The crowd cheers.",
        "The second shot of tequila: she drinks it.",
        "A view of the sea. Page 3 of a book turns.",
        "He said at the end: go. Then: silence.",
        "16:9, 24fps, 4K. A girl waves.",
        "A clock shows 10:30. A man waits. At 10:31 the bell rings.",
        "Timelapse from 6:00 to 18:00 of a street.",
        "A phone shows 00:30. A girl waits.",
        "Price: $5 - $10 on a sign. A man buys a can.",
        "A girl, 5'10 tall, walks.",
        "Style: photoreal\nCamera: slow push in\nLighting: soft\nA girl waves.",
        "Subject: a girl\nAction: she waves\nScene: a beach\nCamera: static",
        "The scene opens on a girl. She cuts to the left and runs.",
        "The first scene I remember: a girl waves.",
        "A girl in a v1 jersey. A 3D render.",
        "Duration: 5 seconds. A girl waves.",
        "The player cuts to the basket. He scores.",
        "We transition to adulthood, says the man.",
        "Act as a director: A girl waves.",
        "Two frames hang: one red, one blue.",
        "Part of a bridge - 3 men - 2 dogs.",
        "He wakes at 7:30. 8:00 is too late; 9:00 he runs.",
        "She waits. 9:00-17:00 the shop is open.",
    ],
)  # fmt: skip
def test_prose_stays_one_shot(text):
    assert len(parse(text).shots) == 1


def test_what_overlaps_is_mended_and_said():
    script = parse("[0-3s] A girl waves. [2-6s] A boy jumps.")
    ((note, place),) = script.notes
    assert "ends where this begins" in note and place == 21
    assert [
        hint.message
        for hint in advise("[0-3s] A girl waves. [2-6s] A boy jumps.", 6).hints
        if hint.severity == "warning"
    ] == [note]


def test_an_opening_without_a_time_is_a_shot_of_its_own():
    assert parse("On a beach a girl waves. [2-4s] A boy jumps.").preamble == ""
    assert parse("On a beach. [2-4s] A boy jumps.").preamble == "On a beach."


def test_places_are_those_of_the_text_as_it_was_written():
    text = (
        '{"scenes": [{"start": 0, "end": 3, "visual": "A girl waves."}, {"start": 3, "end": 6, "visual": "A boy'
        ' jumps."}]}'
    )
    first, second = advise(text, 6).shots
    assert text[second.position :].startswith("A boy jumps.") or text[: second.position].rstrip().endswith(".")
    assert not first.marked and first.marker_length == 0


SCREENPLAY = """INT. KITCHEN - NIGHT

A WITCH stirs a pot.

WITCH
(whispering)
One more drop.

EXT. GARDEN - DAY

A boy runs.

BOY
Wait for me!
"""


def test_a_screenplay_has_its_dialogue():
    script = parse(SCREENPLAY)
    assert [(line.speaker, line.text) for line in script.lines] == [
        ("Witch", "One more drop."),
        ("Boy", "Wait for me!"),
    ]
    assert len(script.shots) == 2 and script.shots[0].text.startswith("KITCHEN, NIGHT.")


def test_json_has_its_dialogue_its_negatives_and_its_settings():
    case = next(
        json.loads(line)
        for line in (CASES / "prompts.jsonl").read_text(encoding="utf-8").splitlines()
        if '"id": "21"' in line
    )
    script = parse(case["text"])
    assert [(line.speaker, line.text) for line in script.lines] == [("Robot", "You are safe now.")]
    assert dict(script.settings) == {"duration": 6.0, "ratio": "16:9"} and script.negative == (
        "blurry",
        "text",
        "watermark",
    )


@pytest.mark.parametrize(
    "text",
    [
        "[" * 2500 + "]" * 2500, "[shot 1" * 700, "{" * 4000, '{"a":' * 800 + "1" + "}" * 800, "[0-1s] " * 700,
        "(" * 5000, "**" * 2500, "- " * 2500, "1. " * 1600,
        '"' * 4999, "Shot 1: " * 600, "\n" * 4990 + "a", "|" * 5000, "|a|\n|-|\n" * 600,
        "INT. A - DAY\nBOB\nHi\n" * 230, "no " * 1600, "no a, " * 800, "不要" * 2500, "@图片1" * 1200,
        "<Subject_1> " * 400, "--ar " * 1000, "0-3s " * 1000, "cut to " * 700, "NEGATIVE: " * 500, " " * 4990 + "a",
        "--no " * 1000, "a" + "\t" * 4000 + "b", "Shot 1:" + " " * 4900 + "a", "a, " * 1600 + "or b",
        "\n".join(f"{n}-{n + 1}s: a ball bounces" for n in range(200)),
    ],
)  # fmt: skip
def test_nonsense_is_read_or_refused_with_a_place(text):
    try:
        script = parse(text[:5000])
    except PromptError as error:
        assert 0 <= error.position <= 5000 and "\n" not in str(error)
    else:
        assert parse(str(script)) == script
