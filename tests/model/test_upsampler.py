"""The upsampler: what the transformer composes in, and the latents it stands for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from phonofilm.data import shards
from phonofilm.errors import WeightsError
from phonofilm.model.upsampler import Upsampler, UpsamplerConfig, coarse, load, save
from phonofilm.train import canvases, upsample
from phonofilm.train.pretrain import Recipe, pretrain

TINY = UpsamplerConfig(channels=16, width=8, blocks=1)


def test_it_begins_as_plain_repetition():
    few = torch.randn(2, 16, 3, 4, 5)
    assert torch.equal(Upsampler(TINY)(few), few.repeat_interleave(2, 3).repeat_interleave(2, 4))
    made = Upsampler(replace(TINY, kept=3, factor=1))(few[:, :3])
    assert torch.equal(made[:, :3], few[:, :3]) and not made[:, 3:].any()


def test_pooling_is_the_mean_of_neighbours_and_one_leaves_things_alone():
    fine = torch.arange(16.0).reshape(1, 1, 1, 4, 4)
    assert coarse(fine, 1, 2).flatten().tolist() == [2.5, 4.5, 10.5, 12.5]
    assert torch.equal(coarse(fine, 1), fine)
    assert torch.equal(coarse(fine.expand(1, 4, 1, 4, 4), 2), fine.expand(1, 2, 1, 4, 4))


def edges(root: Path) -> Path:
    """Clips whose fine cells follow from the coarse ones: each 2x2 block is brighter on its left the more it holds."""
    def clip(seed: int):
        dice = np.random.default_rng(seed)
        coarse = dice.normal(size=(16, 9, 3, 4))
        fine = coarse.repeat(2, 2).repeat(2, 3)
        fine[..., 0::2] += 0.8 * np.abs(coarse).repeat(2, 2)
        fine[..., 1::2] -= 0.8 * np.abs(coarse).repeat(2, 2)
        parts = {"video": fine, "audio": dice.normal(size=(32, 33)), "reference": fine[:, :1], "weight": dice.integers(0, 255, (9, 6, 8))}
        return parts, {"text": "", "labels": {}, "index": seed, "tokens": [["ball", -1000.0, 1000.0]]}

    shards.write(root / "data", "shard-00000", (clip(i) for i in range(16)))
    return root / "data"


def test_training_tells_more_than_repetition_and_the_file_comes_back(tmp_path):
    out = tmp_path / "upsampler.safetensors"
    figures = upsample.train(edges(tmp_path), out, kept=16, factor=2, width=128, steps=120)
    assert figures["error"] < 0.5 * figures["repetition"]
    net = load(out)
    x = torch.randn(1, 16, 2, 3, 4)
    assert net(x).shape == (1, 16, 2, 6, 8)
    save(Upsampler(replace(TINY, factor=3)), out)
    assert load(out).config.factor == 3
    with pytest.raises(WeightsError):
        load(tmp_path / "missing.safetensors")


def test_a_pooled_network_trains_on_the_same_shards(tmp_path):
    from phonofilm.train.loop import LoopConfig

    recipe = Recipe(
        data=edges(tmp_path), out=tmp_path / "run", preset="tiny", batch=2, loop=LoopConfig(steps=2, bf16=False, log_every=1, warmup=1),
        overrides={"pool": 2, "patch_time": 1, "patch_rows": 3, "patch_columns": 4},
    )  # fmt: skip
    assert pretrain(recipe) == 2
    assert (tmp_path / "run" / "tiny.safetensors").is_file()


def test_onsets_are_found_where_the_sound_changes():
    audio = 0.01 * torch.randn(1, 32, 40, generator=torch.Generator().manual_seed(0))
    audio[:, :, 20:24] += 3
    found = canvases.onsets(audio, torch.ones(32))[0]
    assert found[19:22].min() == 1 and found[5:15].max() < 0.2 and found[28:].max() < 0.2
