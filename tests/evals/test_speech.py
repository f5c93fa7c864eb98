"""The recogniser reads the theatre's voices in all eight languages; the mouth follows the voice or it does not."""

import numpy as np
import pytest

from phonofilm.evals.judges import speech
from phonofilm.evals.judges.lines import TEST
from phonofilm.theatre.sound import speech as voices

needs_voices = pytest.mark.skipif(
    voices.espeak_files() is None, reason="espeak-ng is not installed: pip install espeakng-loader"
)


@needs_voices
@pytest.mark.parametrize("language", list(TEST))
def test_phoneme_error_on_sentences_never_trained(language):
    edits = total = 0
    for text in TEST[language]:
        wave, timed = voices.speak(text, language, 1.1)
        e, n = speech.phoneme_errors([p.symbol for p in timed], np.pad(wave, 4800), 48_000)
        edits, total = edits + e, total + n
    assert edits / total <= 0.15 if language not in ("fr", "de") else edits / total <= 0.2


@needs_voices
def test_noise_is_not_speech_and_wrong_lines_are_wrong():
    wave, _ = voices.speak(TEST["en"][0], "en", 1.0)
    other = [p.symbol for p in voices.speak(TEST["ja"][1], "ja", 1.0)[1]]
    edits, n = speech.phoneme_errors(other, wave, 48_000)
    assert edits / n > 0.6


def test_edit_distance_by_hand():
    assert speech.edit_distance(list("kitten"), list("sitting")) == 3
    assert speech.edit_distance([], list("ab")) == 2 and speech.edit_distance(list("ab"), []) == 2


def test_lips_in_step_and_late():
    rng = np.random.default_rng(0)
    opening = np.repeat(rng.uniform(0, 1, 40), 3)[:118]
    sound = np.repeat(np.append(opening[1:], 0), 1000)  # frame n is the picture of second (n-1)/24 to n/24
    sound = sound * np.sin(np.arange(118_000) * 2 * np.pi * 700 / 24_000)
    good = speech.lip_sync(opening, sound, 24_000)
    late = speech.lip_sync(opening, np.concatenate([np.zeros(4000), sound[:-4000]]), 24_000)
    assert good.at_zero > 0.8 and abs(good.lag) <= 1 and late.lag - good.lag == 4 and late.at_zero < 0.6
    assert np.isnan(speech.lip_sync(np.zeros(118), sound, 24_000).correlation)
