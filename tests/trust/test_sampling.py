import numpy as np
import pytest

from phonofilm.trust.sampling import sample


def shots(lengths, size=(36, 64), seed=0):
    """Frames of still shots of these lengths, each of another grey."""
    for number, length in enumerate(lengths):
        for _ in range(length):
            yield np.full((*size, 3), 40 + 150 * (number % 2), np.uint8)


def test_every_cut_every_second_and_both_ends_are_seen():
    chosen = [s.index for s in sample(shots([30, 50, 41]), 24)]
    assert {0, 24, 30, 48, 72, 80, 96, 120} <= set(chosen) and chosen == sorted(chosen) and len(chosen) <= 12


@pytest.mark.parametrize(("frames", "least"), [(1, 1), (5, 5), (8, 8), (12, 8), (30, 8), (200, 8)])
def test_never_fewer_than_eight_where_there_are_so_many(frames, least):
    chosen = [s.index for s in sample(shots([frames]), 24)]
    assert len(chosen) >= least and len(set(chosen)) == len(chosen) and chosen[0] == 0 and chosen[-1] == frames - 1
    if frames >= 12:
        assert max(np.diff(chosen)) <= max(24, frames // 4)


def test_a_long_clip_is_thinned_and_an_empty_one_is_empty():
    chosen = [s.index for s in sample(shots([24 * 300], size=(18, 32)), 24)]
    assert (
        100 <= len(chosen) <= 120 and chosen[0] == 0 and chosen[-1] == 24 * 300 - 1 and max(np.diff(chosen)) <= 24 * 12
    )
    assert sample([], 24) == []


def test_the_pictures_are_those_of_their_places():
    frames = [np.full((36, 64, 3), i, np.uint8) for i in range(100)]
    assert all(s.picture[0, 0, 0] == s.index for s in sample(frames, 10))
