"""The clock: every pair of conversions comes back, and the statements of its docstring hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonofilm.spec import clock

SECONDS = st.integers(4 * 6, 15 * 6).map(lambda sixths: sixths / 6)


@given(SECONDS)
def test_frames_and_seconds_are_inverse(seconds):
    assert clock.frames(seconds) == round(24 * seconds) + 1
    assert clock.seconds_of_frames(clock.frames(seconds)) == pytest.approx(seconds)
    assert clock.latent_steps(seconds) == round(6 * seconds) + 1
    assert clock.samples(seconds) == clock.frames(seconds) * 1000
    assert clock.audio_steps(seconds) == clock.frames(seconds)


@given(st.integers(0, 400))
def test_a_frame_shows_the_interval_that_ends_at_its_time(frame):
    assert clock.frame_at(clock.frame_time(frame)) == frame
    assert clock.frame_at(clock.frame_time(frame) + 0.001) == frame + 1


@given(st.integers(1, 15))
def test_a_cut_on_a_whole_second_falls_between_latent_groups(second):
    first = clock.cut_frame(second)
    assert first == 24 * second + 1
    assert clock.latent_of_frame(first) == clock.latent_of_frame(first - 1) + 1


def test_latents_hold_one_frame_then_four():
    assert [clock.latent_of_frame(frame) for frame in range(10)] == [0, 1, 1, 1, 1, 2, 2, 2, 2, 3]
    assert clock.latent_time(1) == pytest.approx(2 / 24)
    assert clock.cut_frame(0) == 0
