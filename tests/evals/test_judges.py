"""The judges on real plays of the theatre they never trained on, and the proof that the ruler can fail."""

import numpy as np
import pytest

from phonofilm.evals import report
from phonofilm.evals.judges import parser, rehearsal, sync
from phonofilm.evals.judges.matching import match
from phonofilm.evals.judges.speech import mono24
from phonofilm.spec import clock

TEXTS = (
    "A red ball bounces in a meadow at noon under a clear sky, static camera.",
    "A woman in a blue coat claps on a stage, the camera pushes in.",
    "A yellow bell rings in a snowy field at dusk, the camera pans left.",
    "A boy in a green shirt jumps on a beach at dawn, static camera.",
    "A man in an orange coat walks in a desert at noon, tracking shot.",
    "A girl in a purple hoodie plays a drum in a room, the camera orbits.",
    "A man in a red shirt knocks on a door in a city street at night, static camera.",
    "A white cup falls and breaks in a room, the camera tilts down.",
)


@pytest.fixture(scope="module")
def scenes():
    return [rehearsal.scene(text, 777_000 + k) for k, text in enumerate(TEXTS)]


def pooled(pairs):
    found = [match(a, b) for a, b in pairs]
    hits = sum(m.matched for m in found)
    return hits / sum(m.visual for m in found), hits / sum(m.onsets for m in found)


def test_the_eye_finds_contacts_in_pictures_alone(scenes):
    recall, precision = pooled((sync.merged(s.seen), sync.visual_contacts(s.frames)) for s in scenes)
    # The aim is 0.9. The shipped eye was trained for minutes only (its weight file and docs/model-card.md say what it
    # reaches): raise this with it.
    assert recall >= 0.5 and precision >= 0.8


def test_the_ear_finds_onsets_in_sound_alone(scenes):
    recall, precision = pooled((sync.merged(s.heard), sync.sound_onsets(s.sound, clock.SAMPLE_RATE)) for s in scenes)
    assert recall >= 0.9 and precision >= 0.9


def rows_of(scenes, late=0.0):
    pad = np.zeros(round(late * clock.SAMPLE_RATE), np.float32)
    return [
        {
            "contacts": sync.visual_contacts(s.frames).tolist(),
            "onsets": sync.sound_onsets(np.concatenate([pad, s.sound])[: len(s.sound)], clock.SAMPLE_RATE).tolist(),
            "seconds": 5.0,
        }
        for s in scenes
    ]


def test_a_sound_track_moved_by_three_frames_is_found_out(scenes):
    """The ruler itself: true contacts against onsets found in the sound, then the sound three frames late."""
    true = [sync.merged(s.seen).tolist() for s in scenes]
    good = report.sync_table([{**row, "contacts": t} for row, t in zip(rows_of(scenes), true, strict=True)])
    late = report.sync_table(
        [{**row, "contacts": t} for row, t in zip(rows_of(scenes, 3 / clock.FPS), true, strict=True)]
    )
    assert good["recall"].value > 0.85 and good["offset"][0] <= 1.0
    assert late["recall"].value < 0.3 and late["offset"][0] > 2.0


def test_the_eye_too_tells_late_sound_from_sound_in_time(scenes):
    good, late = report.sync_table(rows_of(scenes)), report.sync_table(rows_of(scenes, 3 / clock.FPS))
    assert good["recall"].value > late["recall"].value + 0.15
    assert good["recall"].value > report.chance_sync(rows_of(scenes), 50)["recall"].value


def test_silence_and_stillness_give_nothing():
    assert sync.visual_contacts(np.full((49, 72, 128, 3), 128, np.uint8)).size == 0
    assert sync.sound_onsets(np.zeros((2, 48_000), np.float32), 24_000).size == 0


def test_the_parser_names_what_it_sees(scenes):
    right = {name: [] for name in parser.known_classes()}
    for s in scenes:
        for name, value in parser.describe(s.frames).items():
            if name in s.labels:
                right[name].append(value == s.labels[name])
    assert np.mean([np.mean(marks) for marks in right.values()]) > 0.8
    assert all(np.mean(right[name]) >= 0.75 for name in ("colour", "place", "kind", "hour", "camera"))


def test_a_still_shuffled_in_time_loses_its_camera_not_its_colour(scenes):
    s = scenes[0]
    other = parser.describe(np.repeat(s.frames[60:61], 121, 0))
    assert other["colour"] == s.labels["colour"] and other["place"] == s.labels["place"] and other["camera"] == "static"


def test_peaks_by_hand():
    p = np.array([0, 0.2, 0.9, 0.2, 0, 0.5, 0.8, 0, 0.3, 0])
    assert np.allclose(sync.peaks(p, 0.4, 1), [2.0, 6 - 0.5 / 1.3], atol=1e-6)
    assert len(sync.peaks(p, 0.25, 5)) == 2 and sync.peaks(p, 0.95, 1).size == 0
    assert np.allclose(sync.merged(np.array([0.30, 0.0, 0.02]), 0.05), [0.0, 0.3])


def test_any_size_ratio_and_rate_is_taken():
    tall = np.random.default_rng(0).integers(0, 255, (5, 160, 90, 3), dtype=np.uint8)
    assert sync.small(tall).shape == (5, 3, 72, 128)
    assert len(mono24(np.zeros((2, 44_100), np.float32), 44_100)) == 24_000
