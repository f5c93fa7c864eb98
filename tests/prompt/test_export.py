"""A script in other engines' dialects, read back by our own reader."""

import json
from pathlib import Path

import pytest

from phonofilm.cli.main import main
from phonofilm.errors import PromptError
from phonofilm.prompt import parse
from phonofilm.prompt.editing.export import DIALECTS, export, fields

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases/prompts.jsonl").read_text(encoding="utf-8").splitlines()
]
OWN = [
    {
        "id": "own-1",
        "seconds": 6,
        "text": (
            'A beach at dusk. [0-2.5s] A girl waves. girl: "Hola" [es] [2.5-6s] The camera barrel-rolls. man'
            ' (whispering): "Now."'
        ),
    },
    {"id": "own-2", "seconds": 8, "text": "A cat sleeps.\nNEGATIVE: people, text\n--ar 9:16 --seed 4"},
    {"id": "own-3", "seconds": 9, "text": "[shot 1] 一只猫。[shot 2] A dog barks. No music. [shot 3] @mia dances."},
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("case", [*CASES, *OWN], ids=lambda case: case["id"])
def test_every_dialect_is_read_as_the_same_script(case, dialect):
    script, seconds = parse(case["text"]), case["seconds"]
    again = parse(export(script, dialect, seconds))
    assert len(again.shots) == len(script.shots)
    assert [shot.lines for shot in again.shots] == [shot.lines for shot in script.shots]
    assert [shot.text for shot in again.shots] == [
        shot.text for shot in script.shots
    ] and again.preamble == script.preamble
    assert again.kept_out == script.kept_out and again.mentions == script.mentions
    if len(script.shots) > 1:
        assert sum(again.times(seconds), ()) == pytest.approx(sum(script.times(seconds), ()), abs=0.0011)
    said = dict(again.settings) | fields(script, dialect, seconds)
    assert all(said[name] == value for name, value in script.settings if name not in ("duration", "fps"))


def test_the_command_writes_it_and_says_what_else_to_set(capsys):
    assert main(["export", OWN[0]["text"], "--for", "sora", "--duration", "6"]) == 0
    out = capsys.readouterr()
    assert out.out.startswith(
        'A beach at dusk.\nShot 1 (0-2.5s): A girl waves.\ngirl (in Spanish): "Hola"\nShot 2 (2.5-6s): The camera'
        " barrel-rolls."
    )
    assert "duration 6" in out.err
    with pytest.raises(SystemExit):
        main(["export", "a", "--for", "betamax"])


def test_a_dialect_nobody_knows_is_refused():
    with pytest.raises(PromptError, match="seedance, veo, sora, kling"):
        export(parse("a"), "betamax", 4)
