"""The completion: what the transformer composes in, and the latents it stands for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from phonofilm.data import shards
from phonofilm.errors import WeightsError
from phonofilm.model.completion import Completion, CompletionConfig, load, save
from phonofilm.train import canvases, complete

TINY = CompletionConfig(channels=16, given=3, width=8, blocks=1)


def test_what_is_given_stays_and_the_rest_begins_as_zeros():
    few = torch.randn(2, 3, 3, 4, 5)
    made = Completion(TINY)(few)
    assert torch.equal(made[:, :3], few) and made.shape == (2, 16, 3, 4, 5) and not made[:, 3:].any()


def edges(root: Path) -> Path:
    """Clips whose last channels follow from how the first change from cell to cell."""

    def clip(seed: int):
        dice = np.random.default_rng(seed)
        first = dice.normal(size=(4, 9, 6, 8))
        video = np.concatenate([first, *[np.roll(first, shift, 3) - first for shift in (1, -1)], np.roll(first, 1, 2)])
        parts = {
            "video": video,
            "audio": dice.normal(size=(32, 33)),
            "reference": video[:, :1],
            "weight": dice.integers(0, 255, (9, 6, 8)),
        }
        return parts, {"text": "", "labels": {}, "index": seed, "tokens": [["ball", -1000.0, 1000.0]]}

    shards.write(root / "data", "shard-00000", (clip(i) for i in range(16)))
    return root / "data"


def test_training_tells_more_than_nothing_and_the_file_comes_back(tmp_path):
    run, out = tmp_path / "run", tmp_path / "run" / "completion.safetensors"
    figures = complete.train(edges(tmp_path), run, replace(complete.usual(1), minutes=0, steps=120), given=4, width=32)
    assert figures["error"] < 0.5 * figures["without"]
    net = load(out)
    x = torch.randn(1, 4, 2, 6, 8)
    assert net(x).shape == (1, 16, 2, 6, 8) and torch.equal(net(x)[:, :4], x)
    save(Completion(replace(TINY, given=5)), out)
    assert load(out).config.given == 5
    with pytest.raises(WeightsError):
        load(tmp_path / "missing.safetensors")


def test_onsets_are_found_where_the_sound_changes():
    audio = 0.01 * torch.randn(1, 32, 40, generator=torch.Generator().manual_seed(0))
    audio[:, :, 20:24] += 3
    found = canvases.onsets(audio, torch.ones(32))[0]
    assert found[19:22].min() == 1 and found[5:15].max() < 0.2 and found[28:].max() < 0.2
