"""A suite: made, judged, stopped, resumed, shared out; and a folder of ready clips."""

import json

import numpy as np
import pytest

from phonofilm.errors import RequestError
from phonofilm.evals import report, suite
from phonofilm.evals.heldout import Prompt
from phonofilm.evals.measure import hues_of
from phonofilm.media.video import at_24, read_clip, write_clip

PROMPTS = [
    Prompt(
        id=f"p{k}",
        text=f"a {c} ball bounces in a meadow at noon",
        seconds=4.0,
        labels={"colour": c, "kind": "ball", "place": "meadow"},
    )
    for k, c in enumerate(("red", "blue", "green"))
]


class Maker:
    """A disc that jumps, with a click wherever it lands; counts its work and can be made to fail."""

    def __init__(self, fail_at=None):
        self.made, self.fail_at = [], fail_at

    def __call__(self, prompt, seed, out):
        if self.fail_at is not None and len(self.made) == self.fail_at:
            raise KeyboardInterrupt
        self.made.append((prompt.id, seed))
        yy, xx = np.mgrid[:72, :128]
        frames = np.full((97, 72, 128, 3), (120, 180, 230), np.uint8)
        sound = np.zeros((2, 97_000), np.float32)
        for n in range(97):
            phase = (n % 24) / 24
            frames[n][(xx - 64) ** 2 + (yy - 60 + 160 * phase * (1 - phase)) ** 2 < 50] = (220, 30, 30)
        for n in range(24, 95, 24):
            sound[:, n * 1000 : n * 1000 + 2000] = 0.5 * np.exp(-np.arange(2000) / 300) * np.sin(np.arange(2000) * 0.5)
        write_clip(out, frames, sound, rate=24_000)


def test_a_suite_stopped_half_way_goes_on_where_it_was(tmp_path):
    first = Maker(fail_at=2)
    with pytest.raises(KeyboardInterrupt):
        suite.run("native", first, PROMPTS, tmp_path)
    before = {p.name: p.read_bytes() for p in (tmp_path / "native").glob("*.json")}
    assert sorted(before) == ["p0-0.json", "p1-0.json"]
    (tmp_path / "native" / "p1-0.json").unlink()  # made, not judged
    second = Maker()
    assert suite.run("native", second, PROMPTS, tmp_path) == 1 and second.made == [("p2", 0)]
    rows = suite.columns_in(tmp_path)["native"]
    assert [r["prompt"] for r in rows] == ["p0", "p1", "p2"] and rows[1] == json.loads(before["p1-0.json"])
    assert suite.run("native", Maker(), PROMPTS, tmp_path) == 0
    assert "N=" in report.write(tmp_path, {"native": rows}, "phonofilm evaluate").read_text()


def test_parts_share_the_prompts_out(tmp_path):
    makers = [Maker(), Maker()]
    for k, maker in enumerate(makers, 1):
        suite.run("native", maker, PROMPTS, tmp_path, part=suite.Part.of(f"{k}/2"))
    assert [m.made for m in makers] == [[("p0", 0), ("p2", 0)], [("p1", 0)]]
    for bad in ("0/2", "3/2", "x", "1"):
        with pytest.raises(RequestError):
            suite.Part.of(bad)


def test_a_folder_of_clips_by_name_and_by_manifest(tmp_path):
    Maker()(PROMPTS[0], 0, tmp_path / "made.mp4")
    read = read_clip(tmp_path / "made.mp4")
    frames, sound, rate = read.frames, read.sound, read.rate
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("p1.mp4", "p2-7.mp4", "other.mp4"):
        write_clip(clips / name, frames, sound, rate=rate)
    assert [(p.name, q.id, s) for p, q, s in suite.clips_of(clips, PROMPTS)] == [
        ("p1.mp4", "p1", 0),
        ("p2-7.mp4", "p2", 7),
    ]
    (clips / "manifest.jsonl").write_text(
        json.dumps({"file": "other.mp4", "text": "a red ball", "labels": {"colour": "red"}}) + "\n"
    )
    assert suite.judge_folder("theirs", clips, PROMPTS, tmp_path / "out") == 1
    assert suite.columns_in(tmp_path / "out")["theirs"][0]["labels"] == {"colour": "red"}
    with pytest.raises(RequestError, match="bears the id"):
        suite.clips_of(tmp_path, PROMPTS)


def test_other_rates_and_hues():
    assert (
        len(at_24(np.zeros((60, 2, 2, 3), np.uint8), 30.0)) == 48
        and len(at_24(np.zeros((25, 2, 2, 3), np.uint8), 24.0)) == 25
    )
    assert hues_of("A Red ball hits a blue one, a red one") == ["red", "blue"]
