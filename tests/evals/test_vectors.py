"""Test vectors: what is measured, what is expected, and a suite through the real engine."""

import json
from collections import Counter

import numpy as np
import pytest

from phonofilm.cli.main import main
from phonofilm.errors import MediaError
from phonofilm.evals import vectors
from phonofilm.prompt import parse
from phonofilm.spec import clock

RATE = 24_000


def clip(seconds=3.0, cut=None, clicks=()):
    """A still picture, from ``cut`` on another; faint noise with bursts at ``clicks``."""
    rng = np.random.default_rng(5)
    frames = np.broadcast_to(
        rng.integers(0, 255, (1, 9, 16, 3), np.uint8).repeat(8, 1).repeat(8, 2), (clock.frames(seconds), 72, 128, 3)
    ).copy()
    if cut is not None:
        frames[cut:] = 255 - frames[cut:]
    sound = 1e-5 * rng.standard_normal((2, round(seconds * RATE))).astype(np.float32)
    for at in clicks:
        n = round(at * RATE)
        sound[:, n : n + 1200] += 0.4 * np.exp(-np.arange(1200) / 200) * rng.standard_normal(1200)
    return frames, sound


def test_twenty_vectors_five_of_each_style_all_of_them_readable():
    suite = vectors.load()
    assert len({v.id for v in suite}) == 20 and Counter(v.style for v in suite) == {
        "narrative": 5,
        "product": 5,
        "music": 5,
        "dialogue": 5,
    }
    for v in suite:
        script = parse(v.text)
        asked = len(script.times(v.seconds)) - 1
        assert v.expect["cuts"] == (asked, asked), v.id  # one cut for each shot after the first
        assert v.expect["seconds"] == (v.seconds, v.seconds)
        assert ("phoneme_error" in v.expect) <= bool(script.lines)


def test_what_is_measured_is_what_is_there():
    still = vectors.measure(*clip(), RATE, "A ball")
    assert set(still) == set(vectors.MEASURES)
    assert (
        still["seconds"] == 3
        and still["cuts"] == 0
        and still["motion"] == 0
        and still["silence"] == 1
        and still["loudness"] == -120
    )
    assert still["impacts"] == 0 and still["recall"] is None and still["phoneme_error"] is None and still["peak"] < -80
    loud = vectors.measure(*clip(cut=36, clicks=(0.5, 1.0, 1.5, 2.0)), RATE, "A ball")
    assert (
        loud["cuts"] == 1
        and loud["motion"] > 0
        and 3 <= loud["impacts"] <= 5
        and -10 < loud["peak"] < 6
        and loud["silence"] < 0.9
        and loud["loudness"] > -50
    )


def test_an_expectation_is_kept_within_its_range_and_not_where_nothing_is_measured():
    vector = vectors.Vector(
        id="x",
        style="music",
        text="A ball",
        seconds=3,
        expect={"cuts": (0, 0), "impacts": (2, 6), "recall": (0, 1), "peak": (-40, -20)},
    )
    got = {h.name: h.kept for h in vectors.held(vector, {"cuts": 0, "impacts": 7, "recall": None, "peak": -20})}
    assert got == {"cuts": True, "impacts": False, "recall": False, "peak": True}


@pytest.mark.parametrize("line", ['{"id": "a"}', "[1]",
        '{"id": "a", "style": "s", "text": "t", "seconds": 5, '
                                  '"expect": {"colour": [0, 1]}}',
                                  '{"id": "a", "style": "s", "text": "t", "seconds": 5, "expect": {"cuts": [1, 0]}}'])  # fmt: skip  # noqa: E501
def test_a_line_that_cannot_be_read_is_named(line, tmp_path):
    (tmp_path / "v.jsonl").write_text("\n" + line + "\n")
    with pytest.raises(MediaError, match="line 2"):
        vectors.load(str(tmp_path / "v.jsonl"))


def test_a_suite_runs_reports_and_fails_where_an_expectation_is_not_kept(tmp_path, capsys):
    suite, out = tmp_path / "mine.jsonl", tmp_path / "out"
    row = {
        "id": "b1",
        "style": "music",
        "text": "A red ball <bounces> on a stage. No music.",
        "seconds": 4,
        "expect": {"seconds": [4, 4], "cuts": [0, 0], "impacts": [1, 20]},
    }
    suite.write_text(json.dumps(row))
    command = ["judge", "--suite", str(suite), "--engine", "animatic", "--out", str(out)]
    assert main(command) == 0
    assert "3 of 3 expectations in range" in capsys.readouterr().out
    page = (out / "report.html").read_text()
    assert (
        "&lt;bounces&gt;" in page
        and "<bounces>" not in page
        and 'src="animatic/b1.webp"' in page
        and (out / "animatic" / "b1.webp").stat().st_size > 1000
    )
    made = (out / "animatic" / "b1.mp4").stat().st_mtime_ns
    suite.write_text(json.dumps({**row, "expect": {"cuts": [1, 1]}}))
    assert main(command) == 1  # and the clip that lies there is not made again
    assert (
        "b1: cuts is 0.0, not 1 to 1" in capsys.readouterr().out
        and (out / "animatic" / "b1.mp4").stat().st_mtime_ns == made
    )
    assert (
        main(["judge"]) == 2 and main([*command, "--prompt", "x"]) == 2 and main(["judge", "--suite", "no-such"]) == 2
    )
    assert "--suite vectors" in capsys.readouterr().err


def test_a_clip_that_fails_is_told_and_the_others_go_on(tmp_path, capsys):
    suite, out = tmp_path / "mine.jsonl", tmp_path / "out"
    rows = [
        {"id": one, "style": "music", "text": f"A {one} ball.", "seconds": 4, "expect": {"cuts": [0, 0]}}
        for one in ("red", "blue")
    ]
    suite.write_text("\n".join(json.dumps(row) for row in rows))
    command = ["judge", "--suite", str(suite), "--engine", "fake-failing", "--engine", "fake", "--out", str(out)]
    assert main(command) == 1
    told = capsys.readouterr()
    assert "fake-failing: 0 of 2 expectations in range" in told.out and "fake: 2 of 2 expectations" in told.out
    assert "  red: no clip: " in told.out and "  red: cuts is None" not in told.out
    page = (out / "report.html").read_text()
    assert page.count("no clip: ") == 2 and "2 of 2 in range" in page
    assert not list((out / "fake-failing").iterdir()), "and another run tries it again"


def test_a_run_that_was_broken_off_goes_on_where_it_was(tmp_path):
    suite = tmp_path / "mine.jsonl"
    rows = [
        {"id": one, "style": "music", "text": f"A {one} ball.", "seconds": 4, "expect": {"cuts": [0, 0]}}
        for one in ("red", "blue")
    ]
    suite.write_text("\n".join(json.dumps(row) for row in rows))
    mine = vectors.load(str(suite))
    running = vectors.run("fake", mine, tmp_path)
    first = next(running)
    running.close()
    page = vectors.page(mine, {"fake": [first]}, "x")
    assert page.count("not made yet") == 1 and "1 of 1 in range" in page
    made = (tmp_path / "fake" / "red.mp4").stat().st_mtime_ns
    (tmp_path / "fake" / "red.json").write_text('{"measured": {"cuts"')  # half-written by another program
    again = list(vectors.run("fake", mine, tmp_path))
    assert [row["expected"][0]["kept"] for row in again] == [True, True] and again[0] == first
    assert (tmp_path / "fake" / "red.mp4").stat().st_mtime_ns == made
    assert json.loads((tmp_path / "fake" / "red.json").read_text())["measured"]["cuts"] == 0
    (tmp_path / "fake" / "red.json").unlink()
    (tmp_path / "fake" / "red.mp4").write_bytes(b"half a clip")
    assert "red.mp4" in next(vectors.run("fake", mine, tmp_path))["failed"]
