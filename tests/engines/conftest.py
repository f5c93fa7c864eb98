"""A clip that the double vendor delivers, and the double itself."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from vendor_double import Double

from phonofilm.engines.fake import FakeEngine
from phonofilm.media.video import write_clip
from phonofilm.spec.request import Generate


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """Four seconds at 160x96 with sound: enough packets to be cut in the middle."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    made = FakeEngine().generate(Generate(prompt="A ball", seconds=4, engine="fake", seed=3))
    noise = np.random.default_rng(0)
    frames = [
        np.repeat(np.repeat(noise.integers(0, 255, (12, 20, 3)).astype(np.uint8), 8, 0), 8, 1)
        for _ in range(made.n_frames)
    ]
    return write_clip(path, frames, made.sound, rate=made.rate)


@pytest.fixture
def double(clip):
    """A vendor on loopback, closed at the end."""
    server = Double(clip)
    yield server
    server.close()
