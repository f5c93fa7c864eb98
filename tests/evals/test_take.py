"""A take against its prompt: cuts, what is shown, lines and impacts, each judged from the file alone or not at all."""

import json
import math

import numpy as np
import pytest

from phonofilm.cli.main import main
from phonofilm.errors import PromptError
from phonofilm.evals import take
from phonofilm.evals.take import Check, Report
from phonofilm.media.video import write_clip
from phonofilm.prompt import parse
from phonofilm.spec import clock
from phonofilm.theatre.draw import paint
from phonofilm.theatre.sound import mix
from phonofilm.theatre.stage.staging import stage

TWO = (
    "A boy in a red coat is in a meadow at night. [0-2.5s] The boy jumps, static camera. [2.5-5s] Close-up of the boy."
    ' He says: "Look at the stars tonight!"'
)


@pytest.fixture(scope="module")
def staged():
    play = stage(parse(TWO), 5.0, 4)
    return np.stack(list(paint.picture(play, 256, 144))), mix.sound(play, clock.SAMPLE_RATE)


def asked(text, seconds=5.0):
    return list(take._asked(parse(text), seconds, text))


def test_what_is_asked_of_each_shot():
    first, second = asked(TWO)
    assert first == {
        "colour": ["red"],
        "kind": ["person"],
        "action": ["jump"],
        "place": ["meadow"],
        "hour": ["night"],
        "camera": ["static"],
    }
    assert second["action"] == ["talk"] and "camera" not in second, "a framing is no move"
    (only,) = asked("A bell.")
    assert only == {"kind": ["bell"]}, "what the theatre adds of its own is not asked"
    (both,) = asked("A green box collides with a blue ball in the rain.")
    assert set(both["colour"]) == {"green", "blue"} or both["colour"] == ["green"]


def test_cuts_are_found_and_nothing_else():
    rng = np.random.default_rng(0)
    base = rng.integers(60, 120, (2, 90, 160, 3))
    base = np.repeat(np.repeat(base[:, ::10, ::10], 10, axis=1), 10, axis=2)
    frames = np.stack([np.roll(base[int(n >= 30)] + 60 * (n >= 30), n, axis=1) for n in range(60)]).astype(
        np.uint8
    )  # a pan over two sets
    smooth = np.stack([np.full((90, 160, 3), 60 + n, np.uint8) for n in range(60)])  # a slow fade
    noise = rng.integers(0, 255, (60, 90, 160, 3)).astype(np.uint8)
    hard = np.concatenate([smooth[:30], 255 - smooth[30:]])
    assert take.cuts(hard) == [30]
    assert take.cuts(frames) == [30]
    assert take.cuts(smooth) == [] and take.cuts(noise) == []


def test_a_staged_clip_keeps_its_own_prompt_and_not_another(staged):
    frames, sound = staged
    own = take.judge(frames, sound, clock.SAMPLE_RATE, TWO)
    by_what = {(check.shot, check.what): check.verdict for check in own.checks}
    assert by_what[2, "cut at 2.50 s"] == "kept"
    assert by_what[1, "hour night"] == "kept"
    assert by_what[2, 'says "Look at the stars tonight!"'] == "kept"
    assert own.count("missed") <= 1 and own.score > 0.8
    other = (
        'A green box in a desert at noon. [0-4s] The box drops. [4-5s] A woman says: "Where have you been all'
        ' afternoon, my dear friend?"'
    )
    wrong = take.judge(frames, sound, clock.SAMPLE_RATE, other)
    missed = {check.what for check in wrong.checks if check.verdict == "missed"}
    assert {"cut at 4.00 s", "no other cut", "hour noon"} <= missed
    assert take.ranked([wrong, own]) == [1, 0]


def test_a_take_is_made_small_once_for_all_judges(staged, monkeypatch):
    """That was nine tenths of the work, four times over; the verdicts are those of the pictures as they were given."""
    from phonofilm.evals.judges import sync

    frames, sound = staged
    small, made = sync.small(frames), []
    whole = take.judge(small, sound, clock.SAMPLE_RATE, TWO)
    real = sync.fitted
    monkeypatch.setattr(sync, "fitted", lambda *given: made.append(given) or real(*given))
    assert take.judge(frames, sound, clock.SAMPLE_RATE, TWO) == whole and len(made) == 1


def test_what_cannot_be_judged_is_not_guessed(staged):
    frames, sound = staged
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 255, (48, 144, 256, 3)).astype(np.uint8)
    report = take.judge(noise, np.zeros((2, 48_000), np.float32), 24_000, "A red ball.")
    assert {check.what: check.verdict for check in report.checks if check.what.startswith("impacts")} == {
        "impacts are heard when they are seen": "not judged"
    }
    crowd = take.judge(
        frames[:60], sound[:, :60_000], clock.SAMPLE_RATE, "A green box collides with a blue ball in a meadow."
    )
    assert all(
        check.verdict == "not judged"
        for check in crowd.checks
        if check.what.startswith(("colour", "kind")) and "several" in check.found
    )
    short = take.judge(frames[:13], sound[:, :13_000], clock.SAMPLE_RATE, "A boy in a red coat.")
    assert all(check.verdict == "not judged" for check in short.checks)
    assert math.isnan(short.score) and short.as_dict()["score"] is None
    with pytest.raises(PromptError):
        take.judge(frames, sound, clock.SAMPLE_RATE, "")


def test_takes_are_ranked_by_what_they_keep():
    def report(kept, missed):
        rows = [Check(what="x", shot=0, verdict="kept", found="", sure=1.0)] * kept + [
            Check(what="x", shot=0, verdict="missed", found="", sure=1.0)
        ] * missed
        return Report(checks=tuple(rows))

    assert take.ranked([report(1, 3), report(0, 0), report(2, 0), report(4, 0), report(3, 1)]) == [3, 2, 4, 0, 1]


def test_the_command_line_ranks_files(tmp_path, capsys):
    prompt = "A red ball bounces on a beach at night."
    for name, text, seed in (("right", prompt, 1), ("wrong", "A woman walks in a room at noon.", 2)):
        play = stage(parse(text), 4.0, seed)
        frames = np.stack(list(paint.picture(play, 256, 144)))
        write_clip(tmp_path / f"{name}.mp4", frames, mix.sound(play, clock.SAMPLE_RATE), metadata={"title": text})
    capsys.readouterr()
    files = [str(tmp_path / "wrong.mp4"), str(tmp_path / "right.mp4")]
    assert main(["judge", *files, "--prompt", prompt, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["clip"] for row in rows] == files[::-1] and rows[0]["score"] > rows[1]["score"]
    assert {check["verdict"] for row in rows for check in row["checks"]} <= {"kept", "missed", "not judged"}
    assert main(["judge", files[1]]) == 0  # its title is its prompt
    assert "hour night" in capsys.readouterr().out
    assert main(["judge", *files]) == 2
    assert "different prompts" in capsys.readouterr().err
    assert main(["judge", str(tmp_path / "none.mp4")]) == 2
