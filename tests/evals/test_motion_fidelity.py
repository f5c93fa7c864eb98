"""Motion and fidelity on pictures whose answer is known."""

import math

import numpy as np
import pytest

from phonofilm.errors import RequestError
from phonofilm.evals.judges import fidelity, motion
from phonofilm.spec import clock


def discs(positions, colours, size=(72, 128), radius=6):
    """Frames with coloured discs: positions [bodies, F, 2] in picture heights (y up)."""
    h, w = size
    yy, xx = np.mgrid[:h, :w]
    frames = np.full((len(positions[0]), h, w, 3), 200, np.uint8)
    for path, colour in zip(positions, colours, strict=True):
        for k, (x, y) in enumerate(path):
            frames[k][(xx + 0.5 - x * h) ** 2 + (yy + 0.5 - (1 - y) * h) ** 2 < radius**2] = colour
    return frames


def test_a_thrown_ball_fits_a_parabola_and_a_sliding_one_does_not():
    t = (np.arange(49) - 0.5) / clock.FPS
    phase = np.mod(t, 0.5)
    y = 0.1 + 8.0 * phase * (0.5 - phase)
    track = motion.follow(discs([np.stack([0.3 + 0.4 * t, y], 1)], [(220, 20, 20)]), "red")
    assert track.seen.all() and np.abs(track.y - y).max() < 0.02
    fall = motion.free_fall(track, np.array([0.5, 1.0, 1.5]))
    assert fall.arcs == 4 and fall.error < 0.03 and fall.gravity_spread < 0.1 and fall.heights_fall == 1.0
    zigzag = 0.1 + np.abs(phase - 0.25) * -2 + 0.5
    wrong = motion.free_fall(
        motion.follow(discs([np.stack([0.3 + 0.4 * t, zigzag], 1)], [(220, 20, 20)]), "red"), np.array([0.5, 1.0, 1.5])
    )
    assert wrong.error > 2 * fall.error


def test_momentum_is_kept_and_lost():
    t = (np.arange(25) - 0.5) / clock.FPS
    still, hit = np.minimum(0.3 + 0.8 * t, 0.7), np.where(t > 0.5, 0.9 + 0.8 * (t - 0.5), 0.9)
    y = np.full_like(t, 0.3)
    frames = discs([np.stack([still, y], 1), np.stack([hit, y], 1)], [(220, 20, 20), (30, 60, 230)])
    red, blue = motion.follow(frames, "red"), motion.follow(frames, "blue")
    assert motion.momentum_error(red, blue, 0.5) < 0.1
    gone = discs([np.stack([still, y], 1), np.stack([np.full_like(t, 0.9), y], 1)], [(220, 20, 20), (30, 60, 230)])
    assert motion.momentum_error(motion.follow(gone, "red"), motion.follow(gone, "blue"), 0.5) > 0.8
    assert math.isnan(motion.momentum_error(red, motion.follow(frames, "green"), 0.5))


def test_flicker_tells_boiling_noise_from_stillness():
    still = np.full((9, 20, 30, 3), 120, np.uint8)
    noisy = np.clip(still + np.random.default_rng(0).normal(0, 3, still.shape), 0, 255).astype(np.uint8)
    assert (
        motion.liveliness(still).flicker == 0
        and motion.liveliness(noisy).flicker > 1
        and motion.liveliness(still).moving == 0
    )


def test_psnr_and_mel_distance_against_known_values():
    a = np.full((2, 8, 8, 3), 100, np.uint8)
    assert fidelity.psnr(a, a) == math.inf
    assert fidelity.psnr(a, a + 10) == pytest.approx(10 * math.log10(255**2 / 100))
    mask = np.zeros((2, 8, 8), bool)
    b = a.copy()
    b[:, 0] = 150
    mask[:, 0] = True
    assert fidelity.psnr(a, b, mask) < fidelity.psnr(a, b) and math.isnan(fidelity.psnr(a, b, np.zeros_like(mask)))
    with pytest.raises(RequestError):
        fidelity.psnr(a, a[:, :4])
    tone = np.sin(np.arange(24000) * 0.2).astype(np.float32)
    assert fidelity.log_mel_distance(tone, tone, 24000) == 0
    hiss = np.random.default_rng(0).normal(0, 0.3, (2, 24000)).astype(np.float32)
    assert fidelity.log_mel_distance(hiss, hiss * 0.5, 24000) == pytest.approx(math.log(2), abs=0.02)
