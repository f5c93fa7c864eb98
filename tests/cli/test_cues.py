"""A clip's plan at the command line: written by the stage, kept by the network, told again, drawn over the frames."""

import json

import numpy as np
import pytest

from phonofilm.cli.main import main
from phonofilm.spec import cue_file

PROMPT = "A red ball bounces on the beach"


def test_a_plan_is_kept_and_told_again(tmp_path, capsys):
    plan, again, clip, card = (tmp_path / name for name in ("plan.json", "again.json", "clip.mp4", "card.png"))
    assert main(["plan", PROMPT, "--duration", "4", "--cues", str(plan)]) == 0
    arguments = [
        "generate",
        PROMPT,
        "--duration",
        "4",
        "--steps",
        "2",
        "--quiet",
        "--out",
        str(clip),
        "--cues",
        str(plan),
        "--save-cues",
        str(again),
    ]
    assert main(arguments) == 0
    asked, told = cue_file.read(plan), cue_file.read(again)
    assert asked.contacts() and [c[0] for c in told.contacts()] == [c[0] for c in asked.contacts()]
    assert np.allclose(told.bodies[0], asked.bodies[0], atol=2e-3) and np.allclose(told.camera, asked.camera, atol=2e-3)
    assert main(["card", str(clip), "--cues", str(plan), "--out", str(card)]) == 0 and card.stat().st_size > 1000


@pytest.mark.parametrize(("arguments", "words"), [
    (["generate", PROMPT, "--duration", "5", "--cues", "PLAN"], "97 frames"),
    (["generate", PROMPT, "--engine", "animatic", "--cues", "PLAN"], "takes no cues"),
    (["generate", PROMPT, "--cues", "none.json"], "cannot be read"),
    (["generate", PROMPT, "--cues", "ODD"], "frames is not right"),
    (["generate", PROMPT, "--save-cues", "a.txt"], ".json"),
    (["plan", PROMPT, "--cues", "nowhere/a.json"], "create it first"),
])  # fmt: skip
def test_plans_that_do_not_fit_are_one_line_and_leave_nothing(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["plan", PROMPT, "--duration", "4", "--cues", "PLAN.json"]) == 0
    (tmp_path / "ODD.json").write_text(json.dumps({"phonofilm_cues": 1, "frames": 3}))
    before = sorted(tmp_path.iterdir())
    capsys.readouterr()
    given = [f"{a}.json" if a in ("PLAN", "ODD") else a for a in arguments] + (
        ["--out", "a.mp4", "--quiet"] if arguments[0] == "generate" else []
    )
    assert main(given) == 2
    error = capsys.readouterr().err.strip()
    assert words in error and "\n" not in error
    assert sorted(tmp_path.iterdir()) == before
