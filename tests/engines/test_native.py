"""What our network's engine does with what the network made."""

import numpy as np

from phonofilm.engines.native import below_full_scale
from phonofilm.spec import clock
from phonofilm.theatre.sound.loudness import true_peak


def test_peaks_of_the_network_are_held_below_full_scale():
    seconds = np.arange(clock.samples(1.0)) / clock.SAMPLE_RATE
    tone = np.sin(2 * np.pi * 440 * seconds) * np.where((seconds > 0.4) & (seconds < 0.5), 1.4, 0.3)
    loud = np.stack([tone, 0.5 * tone]).astype(np.float32)
    held = below_full_scale(loud)
    assert true_peak(loud) > 1.3 and 0.8 < true_peak(held) <= 10 ** (-1 / 20)
    assert np.array_equal(held[:, :9000], loud[:, :9000])  # before 0.4 s nothing is changed
    np.testing.assert_allclose(held[1], held[0] / 2, atol=1e-6)
    assert below_full_scale(0.5 * loud) is not loud and np.array_equal(below_full_scale(0.5 * loud), 0.5 * loud)
