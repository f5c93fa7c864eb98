"""Mouths are read in close-ups of the theatre, in the picture alone, and their voice is known from another's."""

import numpy as np
import pytest

from phonofilm.evals.judges import mouths, speech
from phonofilm.prompt.parse import parse
from phonofilm.spec import clock
from phonofilm.theatre.draw import paint
from phonofilm.theatre.sound import mix
from phonofilm.theatre.stage.staging import stage
from phonofilm.theatre.truth import truth

LINES = (
    (
        'Close-up of a girl in a red coat on a beach at noon. She says: "What a lovely day, we should go for a swim'
        ' together."'
    ),
    'Close-up of a man in a blue coat in a room. He says: "I have been waiting here for a very long time, my friend."',
)


@pytest.fixture(scope="module")
def clips():
    made = []
    for seed, line in enumerate(LINES):
        play = stage(parse(line), 5.0, seed)
        true = next(v for v in truth(play).mouths.values() if np.nanmax(v) > 0)
        made.append(
            (np.stack(list(paint.picture(play, 256, 144))), mix.sound(play, clock.SAMPLE_RATE), np.nan_to_num(true))
        )
    return made


def test_the_opening_follows_the_truth(clips):
    found = [float(np.corrcoef(mouths.opening(frames), true)[0, 1]) for frames, _, true in clips]
    assert min(found) > 0.45


def test_a_voice_fits_its_own_mouth_better_than_the_other_ones(clips):
    for k, (frames, sound, _) in enumerate(clips):
        own = speech.lip_sync(mouths.opening(frames), sound, clock.SAMPLE_RATE)
        other = speech.lip_sync(mouths.opening(frames), clips[1 - k][1], clock.SAMPLE_RATE)
        assert own.at_zero > other.at_zero + 0.15 and abs(own.lag) <= 2


def test_a_voice_that_comes_late_is_found_late(clips):
    frames, sound, _ = clips[0]
    late = np.pad(sound, ((0, 0), (4 * clock.SAMPLES_PER_FRAME, 0)))[:, : sound.shape[1]]
    there = speech.lip_sync(mouths.opening(frames), sound, clock.SAMPLE_RATE)
    assert speech.lip_sync(mouths.opening(frames), late, clock.SAMPLE_RATE).lag - there.lag == 4


def test_size_matters_little_and_stillness_not_at_all(clips):
    frames = clips[0][0]
    large = frames.repeat(3, 1).repeat(3, 2)
    assert np.corrcoef(mouths.opening(frames), mouths.opening(large))[0, 1] > 0.99
    assert not mouths.opening(np.full((40, 144, 256, 3), 90, np.uint8)).any()
    assert mouths.opening(frames[:5]).tolist() == [0] * 5
