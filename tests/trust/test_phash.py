import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from phonofilm.trust import phash


def scene(seed, size=(320, 180)):
    """A picture with the spectrum of a photograph: soft shapes, some edges."""
    draw = np.random.default_rng(seed)
    coarse = Image.fromarray(draw.integers(0, 255, (6, 9, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    picture = np.asarray(coarse).copy()
    for _ in range(4):
        x, y = draw.integers(0, size[0] - 60), draw.integers(0, size[1] - 50)
        picture[y : y + draw.integers(20, 50), x : x + draw.integers(20, 60)] = draw.integers(0, 255, 3)
    return picture


def encoded(picture, quality):
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "JPEG", quality=quality)
    return np.asarray(Image.open(packed).convert("RGB"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), quality=st.integers(20, 95), scale=st.floats(0.3, 2.0), gain=st.floats(0.8, 1.1))
def test_the_hash_survives_coding_size_and_brightness(seed, quality, scale, gain):
    picture = scene(seed)
    other = Image.fromarray(encoded(picture, quality)).resize(
        (int(320 * scale), int(180 * scale)), Image.Resampling.LANCZOS
    )
    changed = np.clip(np.asarray(other).astype(float) * gain, 0, 255).astype(np.uint8)
    assert phash.distance(phash.phash_image(picture), phash.phash_image(changed)) <= phash.NEAR


def test_different_pictures_are_far_apart():
    hashes = [phash.phash_image(scene(seed)) for seed in range(60)]
    apart = [phash.distance(a, b) for i, a in enumerate(hashes) for b in hashes[:i]]
    assert min(apart) > phash.NEAR and 26 < np.mean(apart) < 38


def test_the_nearest_blocked_picture_is_found_and_mirrors_too():
    pictures = [scene(seed) for seed in range(20)]
    blocked = [phash.phash_image(picture) for picture in pictures]
    hit = phash.match([phash.phash_image(encoded(pictures[7], 40))], blocked)
    assert hit is not None and hit.hash == blocked[7] and hit.distance <= phash.NEAR
    flipped = np.ascontiguousarray(pictures[7][:, ::-1])
    assert phash.match([phash.phash_image(flipped)], blocked) is None
    assert phash.match(phash.with_mirror(flipped), blocked) is not None
    assert phash.match([phash.phash_image(scene(99))], blocked) is None


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_flat_picture_matches_nothing(value):
    flat = phash.phash_image(np.full((90, 160, 3), value, np.uint8))
    assert phash.match([flat], [flat, phash.phash_image(scene(1))]) is None


def test_distance_counts_bits_and_refuses_other_lengths():
    assert phash.distance("0" * 16, "f" * 16) == 64 and phash.distance("0" * 15 + "3", "0" * 16) == 2
    with pytest.raises(ValueError, match="16 hex"):
        phash.distance("00", "0" * 16)


@pytest.mark.parametrize(
    "bad", [np.zeros((4, 4, 3)), np.zeros((4, 4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8), np.zeros(4, np.uint8)]
)
def test_what_is_no_picture_is_refused(bad):
    with pytest.raises(ValueError, match="uint8"):
        phash.phash_image(bad)
