"""Dominant colours: of plain fields, of a thing on a background, of photographs turned on their side."""

import numpy as np
import pytest
from PIL import Image

from phonofilm.errors import MediaError
from phonofilm.media.palette import colours_of, delta_e, lab, palette


def field(*colours, size=60):
    """Vertical stripes of equal width."""
    return np.concatenate([np.full((size, size // len(colours), 3), colour, np.uint8) for colour in colours], axis=1)


def test_lab_has_the_published_values():
    assert np.allclose(lab((1.0, 1.0, 1.0)), (100, 0, 0), atol=0.02)
    assert np.allclose(lab((1.0, 0.0, 0.0)), (53.24, 80.09, 67.20), atol=0.05)
    assert delta_e((0, 0, 0), (1, 1, 1)) == pytest.approx(100, abs=0.05)


def test_one_colour_is_found_exactly():
    (only,) = colours_of(field((200, 30, 60)))
    assert only.hex == "#c81e3c" and only.share == 1.0


def test_the_larger_colour_comes_first():
    picture = field((20, 90, 200), (20, 90, 200), (20, 90, 200), (240, 200, 30))
    first, second = colours_of(picture)
    assert (first.hex, second.hex) == ("#145ac8", "#f0c81e") and first.share > second.share


def test_a_plain_background_does_not_count_but_the_thing_on_it_does():
    picture = np.full((80, 80, 3), 255, np.uint8)
    picture[25:55, 30:50] = (10, 140, 120)
    assert colours_of(picture)[0].hex == "#0a8c78"
    # nothing but background: then that is the colour
    assert colours_of(np.full((40, 40, 3), 250, np.uint8))[0].hex == "#fafafa"


def test_transparent_parts_do_not_count(tmp_path):
    picture = np.zeros((50, 50, 4), np.uint8)
    picture[..., :3] = (255, 0, 0)
    picture[10:40, 10:40] = (30, 60, 220, 255)
    Image.fromarray(picture).save(tmp_path / "a.png")
    (only,) = palette(tmp_path / "a.png")
    assert only.hex == "#1e3cdc"


def test_noise_and_gradients_give_few_colours_that_occur():
    rng = np.random.default_rng(1)
    noisy = np.clip(
        field((180, 60, 60), (60, 60, 180)).astype(int) + rng.integers(-14, 15, (60, 60, 3)), 0, 255
    ).astype(np.uint8)
    first, second = colours_of(noisy, 2)
    for found in (first, second):
        assert (
            min(
                delta_e(found.rgb, (180 / 255, 60 / 255, 60 / 255)), delta_e(found.rgb, (60 / 255, 60 / 255, 180 / 255))
            )
            < 8
        )
    assert delta_e(first.rgb, second.rgb) > 60
    assert palette_is_stable(noisy)


def palette_is_stable(picture):
    return colours_of(picture) == colours_of(picture.copy())


def test_a_file_that_is_no_picture_is_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture at all")
    with pytest.raises(MediaError, match="cannot be read as a picture"):
        palette(tmp_path / "a.png")
