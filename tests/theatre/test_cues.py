"""Cues: measured from a play, into the numbers a network composes in and back, and in shards of plays that were never
drawn."""

from __future__ import annotations

import numpy as np
import pytest

from phonofilm.data import plays, shards
from phonofilm.prompt.parse import parse
from phonofilm.spec import clock
from phonofilm.spec.cues import BODY, CAMERA, CHANNEL, natural, normal
from phonofilm.theatre.cues import cues
from phonofilm.theatre.playbill import playbill
from phonofilm.theatre.stage.staging import stage
from phonofilm.theatre.truth import truth


def staged(text: str, seconds: float = 5.0, seed: int = 3):
    return stage(parse(text), seconds, seed)


def test_contacts_lie_in_the_frame_that_shows_them() -> None:
    play = staged("A red ball bounces on a beach at noon.")
    told = cues(play)
    due = sorted({clock.frame_at(c.time) for c in play.contacts if c.visible and c.kind == "bounce"})
    assert len(due) > 3 and np.flatnonzero(told.body("contact")[0]).tolist() == due
    apart = [
        n for n in due if not {n - 1, n + 1} & set(due)
    ]  # of neighbouring frames one is kept: a ball that trembles lies
    assert set(apart) <= {frame for frame, body, _ in told.contacts() if body == 0} <= set(due)
    n = due[0]
    height = told.body("v")[0]
    assert height[n] <= height[n - 3] and height[n] <= height[n + 3]  # it turns there


def test_a_body_is_where_the_truth_says_it_is_drawn() -> None:
    play = staged("A girl in a yellow dress walks through a city at dusk.")
    told, true = cues(play), truth(play)
    name = told.names[0]
    u, v, _ = true.picture[name].T
    assert np.allclose(told.body("u")[0], u, atol=1e-5)
    assert np.allclose(
        told.body("v")[0] - told.body("height")[0] / 2, v, atol=1e-5
    )  # a person's place is between its feet
    assert (told.body("person")[0] == 1).all()
    assert np.allclose(told.camera, true.camera, atol=1e-5)
    feet = told.body("foot_l_y")[0], told.body("foot_r_y")[0]
    assert np.minimum(*feet).max() < 0.12  # one foot is near the floor
    assert (told.body("head_y")[0] > 0.7).all()


def test_normal_form_and_back() -> None:
    for index in range(12):
        bill = playbill(index, 2)
        told = cues(stage(parse(bill.text), bill.seconds, bill.seed))
        again = natural(*normal(told), told.names)
        assert np.allclose(again.camera, told.camera, atol=1e-4) and np.allclose(again.rhythm, told.rhythm, atol=1e-6)
        assert np.allclose(again.bodies, told.bodies, atol=2e-3)


def test_what_is_absent_is_zero_and_what_is_wild_comes_back_lawful() -> None:
    told = cues(staged("A bell rings in the snow."))
    bodies, camera, rhythm = normal(told)
    assert bodies[1, :, 0].max() == -1 and not bodies[1, :, 1:].any()
    wild = natural(bodies * 50, camera * 50, rhythm * 50)
    assert np.isfinite(wild.bodies).all() and np.isfinite(wild.camera).all()
    assert wild.body("contact").max() <= 1 and wild.rhythm.max() <= 1 and wild.body("width").min() >= 0
    here = wild.body("present") > 0
    assert np.allclose(np.hypot(wild.body("roll_sin"), wild.body("roll_cos"))[here], 1, atol=1e-4)


def test_a_cut_is_in_its_first_frame() -> None:
    told = cues(staged("[0-2s] A boy claps in a room. [2-5s] A red ball bounces on a beach."))
    assert np.flatnonzero(told.rhythm[:, 1]).tolist() == [clock.cut_frame(2.0)]
    assert (
        told.body("present")[0][: clock.cut_frame(2.0)].all()
        and not told.body("present")[1][: clock.cut_frame(2.0)].any()
    )


def test_shards_hold_the_plays_of_the_playbill(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plays, "SIZE", 3)
    plays.encode(tmp_path, [0, 1], level=0)
    held = shards.Plays(tmp_path)
    assert len(held) == 6
    (bodies, camera, rhythm), tokens = held[4]
    bill = playbill(4, 0)
    play = stage(parse(bill.text), bill.seconds, bill.seed)
    frames = clock.frames(bill.seconds)
    assert (
        bodies.shape == (plays.SLOTS, frames, len(BODY))
        and camera.shape == (frames, len(CAMERA))
        and rhythm.shape == (frames, 2)
    )
    assert np.allclose(bodies, plays.cue_arrays(play)["bodies"], atol=0.02, rtol=2e-3)
    assert [t.text for t in tokens] == [row[0] for row in plays.words_of(play, bill.text, bill.seconds)]
    before = (tmp_path / "cues-0-00000" / "bodies.npy").stat().st_mtime_ns
    plays.encode(tmp_path, [0], level=0)  # whole ones are not made again
    assert (tmp_path / "cues-0-00000" / "bodies.npy").stat().st_mtime_ns == before


def test_channels_are_named_once() -> None:
    assert len(set(BODY)) == len(BODY) == len(CHANNEL)
