"""The 64 bits of a watermark: packing, checks, error correction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonofilm.errors import RequestError
from phonofilm.trust.watermarks import payload

KEY, OTHER = b"sixteen bytes or more", b"and quite another key"


@given(st.integers(0, payload.MAX_REFERENCE))
@settings(max_examples=50, deadline=None)
def test_what_is_packed_is_unpacked(reference: int) -> None:
    bits = payload.pack(KEY, reference)
    assert bits.shape == (64,) and payload.unpack(KEY, bits) == reference


def test_every_single_wrong_bit_is_noticed() -> None:
    bits = payload.pack(KEY, 0x123456789A)
    for place in range(64):
        wrong = bits.copy()
        wrong[place] ^= 1
        assert payload.unpack(KEY, wrong) is None


def test_crc_is_the_published_one() -> None:
    assert payload.crc16(b"123456789") == 0x29B1


def test_noise_as_strong_as_the_signal_is_corrected() -> None:
    rng = np.random.default_rng(1)
    bits = payload.pack(KEY, 99)
    soft = payload.encode(bits) + rng.normal(size=(30, payload.CODED))
    assert np.mean(np.sign(soft) != payload.encode(bits)) > 0.1
    assert np.mean((payload.decode(soft) == bits).all(axis=1)) > 0.9


def test_noise_alone_is_not_read() -> None:
    soft = np.random.default_rng(2).normal(size=(200, payload.CODED))
    assert payload.read(KEY, soft, 0.62) is None
    assert 0.4 < payload.fits(soft).mean() < 0.6


def test_two_keys_have_nothing_in_common() -> None:
    a, b = (payload.signs(key, "picture", 20_000).astype(float) for key in (KEY, OTHER))
    assert abs(a.mean()) < 0.03 and abs(np.mean(a * b)) < 0.03
    assert sorted(payload.shuffle(KEY, "x", 500)) == list(range(500))
    assert payload.stream(KEY, "a", 8) != payload.stream(KEY, "b", 8)


def test_signs_never_change() -> None:
    """Marks written years ago must still be read."""
    assert payload.signs(KEY, "picture", 12).tolist() == [1, -1, 1, -1, 1, 1, -1, 1, 1, 1, -1, 1]
    assert payload.shuffle(KEY, "order", 8).tolist() == [3, 1, 5, 4, 7, 0, 2, 6]
    assert payload.reference_of("gen_1") == 159442355776


@pytest.mark.parametrize("reference", [-1, 1 << 40, 1.5, True, "7"])
def test_a_reference_that_is_none_is_refused(reference: object) -> None:
    with pytest.raises(RequestError, match="reference"):
        payload.pack(KEY, reference)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", [b"", b"short", "a text of more than sixteen"])
def test_a_key_that_is_none_is_refused(key: object) -> None:
    with pytest.raises(RequestError, match="16 bytes"):
        payload.check_key(key)  # type: ignore[arg-type]
