"""The mark in the sound, through real AAC."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.attacks import SOUND, OnSound, attack_sound
from benchmarks.audibility import measure
from benchmarks.watermark_clips import synthetic_sound

from phonofilm.errors import MediaError
from phonofilm.trust.watermarks.watermark import Marker, detect

KEY, OTHER = b"the key of these tests", b"a key that marked nothing"
KINDS = {"silence": 0, "pink noise": 1, "melody": 2, "faint noise": 3, "tone": 4, "clicks": 5}


@pytest.mark.parametrize("attack", ["aac64", "aac64-44", "aac64-mono"])
@pytest.mark.parametrize("kind", KINDS)
def test_read_blind_after(kind: str, attack: str, tmp_path: Path) -> None:
    sound = Marker(KEY, 4242).sound(synthetic_sound(KINDS[kind]), 48_000)
    attack_sound(sound, 48_000, tmp_path / "a.m4a", SOUND[attack])
    found = detect(tmp_path / "a.m4a", [OTHER, KEY]).sound
    assert found and (found.reference, found.key) == (4242, 1)


@pytest.mark.parametrize("rate", [24_000, 44_100, 48_000])
def test_any_rate_and_any_beginning(rate: int, tmp_path: Path) -> None:
    sound = Marker(KEY, 77).sound(synthetic_sound(2, rate=rate), rate)
    attack_sound(sound[:, 12_345:], rate, tmp_path / "a.m4a", SOUND["aac64"])
    found = detect(tmp_path / "a.m4a", [KEY]).sound
    assert found and found.reference == 77


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_found_without_a_mark_or_with_the_wrong_key(kind: str, tmp_path: Path) -> None:
    sound = synthetic_sound(KINDS[kind])
    attack_sound(sound, 48_000, tmp_path / "a.m4a", OnSound(about="as it is", bits=192_000))
    assert detect(tmp_path / "a.m4a", [KEY, OTHER]).sound is None
    attack_sound(
        Marker(KEY, 1).sound(sound, 48_000), 48_000, tmp_path / "b.m4a", OnSound(about="as it is", bits=192_000)
    )
    assert detect(tmp_path / "b.m4a", [OTHER]).sound is None


@pytest.mark.parametrize("kind", KINDS)
def test_cannot_be_heard(kind: str) -> None:
    """A second psychoacoustic model calls it inaudible: on the mean, and in all but a few places."""
    sound = synthetic_sound(KINDS[kind])
    heard = measure(sound, Marker(KEY, 1).sound(sound, 48_000), 48_000)
    assert heard.mean < -3 and heard.over < 0.02


def test_the_measure_hears_what_is_loud() -> None:
    sound = synthetic_sound(2)
    noise = np.random.default_rng(0).normal(0, 0.05, sound.shape).astype(np.float32)
    heard = measure(sound, sound + noise, 48_000)
    assert heard.mean > 3 and heard.over > 0.5 and heard.segmental_snr < 20


def test_silence_gets_a_hiss_92_decibels_down() -> None:
    marked = Marker(KEY, 1).sound(np.zeros((2, 96_000), np.float32), 48_000)
    assert -94 < 10 * np.log10(np.mean(np.square(marked))) < -90


def test_shape_and_limits_are_kept() -> None:
    loud = np.sign(synthetic_sound(4)).astype(np.float32)
    before = loud.copy()
    marked = Marker(KEY, 1).sound(loud, 48_000)
    assert (
        marked.shape == loud.shape
        and marked.dtype == np.float32
        and np.abs(marked).max() <= 1
        and np.array_equal(loud, before)
    )
    assert Marker(KEY, 1).sound(np.zeros((2, 0), np.float32), 48_000).shape == (2, 0)
    assert Marker(KEY, 1).sound(np.zeros((1, 100), np.float32), 48_000).shape == (1, 100)


def test_what_is_no_sound_is_refused() -> None:
    with pytest.raises(MediaError, match="resample"):
        Marker(KEY, 1).sound(np.zeros(100, np.float32), 48_000)
    with pytest.raises(MediaError, match="resample"):
        Marker(KEY, 1).sound(np.zeros((2, 100), np.float32), 8000)
