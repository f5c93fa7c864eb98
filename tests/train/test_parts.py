"""A part of the network learns alone, and the rest stays as it was."""

import pytest
import torch

from phonofilm.data import shards
from phonofilm.errors import PhonofilmError
from phonofilm.model import weights
from phonofilm.train import canvases
from phonofilm.train.canvases import Levels
from phonofilm.train.loop import LoopConfig
from phonofilm.train.pretrain import Recipe, pretrain

from .test_strikes import build, clip

SHAPE = {"patch_time": 1, "patch_rows": 3, "patch_columns": 4, "motion": 8, "detail_blocks": 1, "guess_error": 0.06}


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A folder of shards, and a network to begin from."""
    root = tmp_path_factory.mktemp("parts")
    shards.write(root / "data", "shard-0", (clip(i) for i in range(16)))
    pretrain(Recipe(data=root / "data", out=root / "whole", preset="tiny", batch=4, loop=LoopConfig(steps=1, warmup=1, bf16=False), overrides=SHAPE))
    return root


@pytest.mark.parametrize(("part", "learns"), [
    ("motion", {"motion"}),
    ("sound", {"motion", "audio", "blocks.0.audio", "blocks.1.audio"}),
    ("detail", {"detail"}),
])  # fmt: skip
def test_a_part_learns_alone(begun, part, learns):
    start = begun / "whole" / "tiny.safetensors"
    pretrain(Recipe(
        data=begun / "data", out=begun / part, preset="tiny", batch=4, loop=LoopConfig(steps=6, rate=1e-2, warmup=1, bf16=False), part=part, start=start,
    ))  # fmt: skip
    before, after = weights.load(start, "dit").tensors, weights.load(begun / part / "tiny.safetensors", "dit").tensors
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert {name for name in moved if not any(name.startswith(f"{one}.") for one in learns)} == set()
    assert all(any(name.startswith(f"{one}.") for name in moved) for one in learns)


def test_a_part_that_is_not_there_is_refused(begun, tmp_path):
    with pytest.raises(PhonofilmError, match="choose motion or sound or detail"):
        pretrain(Recipe(data=begun / "data", out=tmp_path, preset="tiny", batch=4, loop=LoopConfig(steps=1), part="voice"))
    with pytest.raises(PhonofilmError, match=r"--set model.motion=48"):
        pretrain(Recipe(data=begun / "data", out=tmp_path, preset="tiny", batch=4, loop=LoopConfig(steps=1), part="motion"))
    with pytest.raises(PhonofilmError, match=r"--set model.detail=48"):
        pretrain(Recipe(data=begun / "data", out=tmp_path, preset="tiny", batch=4, loop=LoopConfig(steps=1), part="detail", overrides={"detail": 0}))


def test_the_picture_leads_where_it_is_told_to(begun):
    rows = shards.Shards(begun / "data")
    for leading in (0.0, 1.0):
        met = []
        for step in range(40):
            batch = canvases.build(
                [rows[i] for i in range(4)], canvases.Vocabulary(["ball"]), canvases.Patch(1, 3, 4), seed=1, step=step, text_length=4, task="text",
                levels=Levels(independent=1.0, leading=leading, most_lead=50.0),
            )  # fmt: skip
            t, a = batch.video.noise_BS[:, 0], batch.audio.noise_BS[:, 0]
            met.append(a * (1 - t) / (t * (1 - a)))
        lead = torch.cat(met)
        assert bool(((lead >= 0.999) & (lead <= 50.1)).all()) == bool(leading)
    assert build(rows).video.noise_BS.max() == 0, "a picture that is known has no level"
