"""A clip against its plan: a disc that goes where its cue goes, and one that does not."""

import numpy as np
import pytest

from phonofilm.evals import report
from phonofilm.evals.judges import planned
from phonofilm.spec.cues import BODY, CHANNEL, Cues


def plan(path_v, contacts=()):
    """One body of 0.14 heights in the middle, at the heights ``path_v``."""
    bodies = np.zeros((1, len(path_v), len(BODY)), np.float32)
    bodies[0, :, CHANNEL["present"]] = 1
    bodies[0, :, CHANNEL["v"]] = path_v
    bodies[0, :, CHANNEL["width"]] = bodies[0, :, CHANNEL["height"]] = 0.14
    bodies[0, list(contacts), CHANNEL["contact"]] = 1
    return Cues(("ball",), bodies, np.zeros((len(path_v), 7), np.float32), np.zeros((len(path_v), 2), np.float32))


def pictures(path_v):
    yy, xx = np.mgrid[:72, :128]
    frames = np.full((len(path_v), 72, 128, 3), (120, 180, 230), np.uint8)
    for frame, v in zip(frames, path_v, strict=True):
        frame[(xx - 63.5) ** 2 + (yy - (0.5 - v) * 72) ** 2 < 25] = (220, 30, 30)
    return frames


BOUNCE = np.array([-0.2 + 1.2 * (n % 24) / 24 * (1 - (n % 24) / 24) for n in range(97)], np.float32)
STILL = np.full(97, 0.35, np.float32)


@pytest.fixture(autouse=True)
def perceiver(monkeypatch):
    """Sees contacts a frame late, whatever it is shown."""
    monkeypatch.setattr(planned, "perceive", lambda frames: plan(BOUNCE, (25, 49)))


def test_a_subject_that_keeps_to_its_cue_is_told_from_one_that_does_not():
    rows = [
        planned.measure(pictures(found), plan(told, (24, 48, 72)), "red")
        for found, told in ((BOUNCE, BOUNCE), (STILL, BOUNCE))
    ]
    good, bad = rows
    assert (
        planned.inside(good["box"], good["track"]) == (97, 97) and planned.together(good["box"], good["track"]) > 0.99
    )
    hits, n = planned.inside(bad["box"], bad["track"])
    assert n == 97 and hits == 0 and np.isnan(planned.together(bad["box"], bad["track"]))
    assert good["planned"] == [1.0, 2.0, 3.0] and good["turned"] == [True] * 3
    assert planned.measure(pictures(STILL), plan(STILL, (24,)), "red")["turned"] == [False]
    assert "track" not in planned.measure(pictures(BOUNCE), plan(BOUNCE), None)  # white, black and brown have no hue


def test_shares_of_contacts_and_of_another_clips_plan():
    rows = []
    for k in range(6):
        clip = planned.measure(pictures(BOUNCE), plan(BOUNCE, (24, 48, 72)), "red") | {
            "onsets": [1.01, 2.0, 3.5],
            "contacts": [],
        }
        rows.append(
            {
                "plan": clip | {"planned": [t + 0.1 * k for t in clip["planned"]]},
                "onsets": [t + 0.1 * k for t in clip["onsets"]],
                "contacts": [],
            }
        )
    held = planned.rows_of([*rows, {"onsets": [], "contacts": []}])
    own = planned.table(held)
    assert (
        len(held) == 6
        and own["contacts planned that are heard"].hits == 12
        and own["contacts planned that are heard"].n == 18
    )
    assert own["onsets heard that were planned"].n == 18 and own["contacts planned that the eye sees"].hits == 0
    assert own["frames in which the subject, found by its colour, is in its cue's box"].value == 1
    held = [row | {"seconds": 4.0} for row in held]
    shuffled = planned.table(held, report.derangements(held, 20))
    assert shuffled["contacts planned that are heard"].value < 0.2 < own["contacts planned that are heard"].value
    told = dict(planned.own(held))
    assert told["contacts planned a clip"] == "3.0" and told[
        "contacts planned on a turn of the body's own path"
    ].startswith("100 %")


def test_the_theatres_backdrop_goes_where_its_camera_says_and_a_still_picture_does_not():
    """Real plays, painted small: pans and tilts; and a picture that stands still under them."""
    from phonofilm.prompt import parse
    from phonofilm.theatre.cues import cues
    from phonofilm.theatre.draw import paint
    from phonofilm.theatre.stage.staging import stage

    rows, still = [], []
    for seed, move in enumerate(("pans left", "pans right", "tilts up", "holds still")):
        play = stage(parse(f"A red ball bounces in a city street at noon, the camera {move}."), 4.0, seed)
        frames = np.stack([paint.painter(play.shot_at(n / 24), 256, 144).exposed(n / 24).copy() for n in range(0, 97)])
        row = {"swept": [planned.swept_by(cues(play)).tolist(), planned.swept_in(frames).tolist()]}
        rows.append(row)
        still.append({"swept": [row["swept"][0], planned.swept_in(np.repeat(frames[:1], 97, 0)).tolist()]})
    share, alike = planned.follows(rows, rows)
    assert 0.7 < share < 1.2 and alike > 0.9
    assert planned.follows(rows, [*rows[1:], *rows[:1]])[1] < 0.2  # after another plan: it pans the other way
    assert planned.follows(still, still) == (0.0, 0.0)
    assert np.abs(np.array(rows[3]["swept"])).max() < 0.01 and np.isnan(planned.follows(rows[3:], rows[3:])[0])


def test_a_cut_is_no_sweep():
    told = plan(STILL)
    told.camera[:, 5] = 1.5
    told.camera[48:, 3] = 0.1
    assert np.abs(planned.swept_by(told)[0, 3]) > 0.1
    told.rhythm[48, 1] = 1
    assert np.abs(planned.swept_by(told)).max() == 0
