"""The network is taught to tell from the picture when something is struck, where the clips' rows say so."""

import numpy as np
import pytest
import torch

from phonofilm.data import shards
from phonofilm.errors import PhonofilmError
from phonofilm.model.canvas import Patch
from phonofilm.model.dit import DiTConfig, DualBranchDiT
from phonofilm.model.text_encoder import Vocabulary
from phonofilm.spec import clock
from phonofilm.train import canvases, cli, loop
from phonofilm.train.canvases import Levels
from phonofilm.train.loop import LoopConfig
from phonofilm.train.pretrain import Recipe, pretrain
from phonofilm.train.validate import average_precision, validate

SHAPE = {"patch_time": 1, "patch_rows": 3, "patch_columns": 4, "motion": 16}


def clip(seed: int, told: bool = True):
    """One cell flashes in one latent step; in the middle of that step something is struck."""
    dice = np.random.default_rng(seed)
    step = int(dice.integers(1, 7))
    video = 0.1 * dice.normal(size=(16, 7, 6, 8))
    video[:, step, int(dice.integers(6)), int(dice.integers(8))] += 3.0
    parts = {"video": video, "audio": dice.normal(size=(32, 25)), "reference": video[:, :1], "weight": np.zeros((7, 6, 8))}
    row = {"text": "", "labels": {}, "index": seed, "tokens": [["ball", -1000.0, 1000.0]]}
    return parts, row | ({"strikes": [clock.latent_time(step) + 0.001]} if told else {})


def build(rows, task="score", count=4):
    return canvases.build(
        [rows[i] for i in range(count)], Vocabulary(["ball"]), Patch(1, 3, 4), seed=1, step=0, levels=Levels(text_drop=0), text_length=4, task=task
    )


def test_a_strike_marks_the_sound_step_that_holds_it_and_faintly_those_beside_it(tmp_path):
    shards.write(tmp_path, "shard-0", (clip(i) for i in range(4)))
    rows = shards.Shards(tmp_path)
    for example, marks in zip((rows[i] for i in range(4)), build(rows).strikes, strict=True):
        at = int(example.strikes[0] * clock.FPS)
        assert marks[at] == 1 and marks[at - 1] == marks[at + 1] == pytest.approx(0.3) and marks.sum() == pytest.approx(1.6)


def test_rows_that_do_not_say_are_left_out_and_ask_for_nothing(tmp_path):
    shards.write(tmp_path / "mixed", "shard-0", (clip(i, told=i < 2) for i in range(4)))
    shards.write(tmp_path / "silent", "shard-0", (clip(i, told=False) for i in range(4)))
    logits = torch.zeros(4, 25, requires_grad=True)
    canvases.strike_loss([logits], build(shards.Shards(tmp_path / "mixed")), Levels())[0].backward()
    assert logits.grad[:2].abs().sum() > 0 and not logits.grad[2:].any()
    value, parts = canvases.strike_loss([logits], build(shards.Shards(tmp_path / "silent")), Levels())
    assert value.item() == 0 and parts == {}


def test_it_learns_when(tmp_path):
    shards.write(tmp_path / "data", "shard-0", (clip(i) for i in range(96)))
    shards.write(tmp_path / "fresh", "shard-0", (clip(i) for i in range(200, 232)))
    pretrain(Recipe(
        data=tmp_path / "data", out=tmp_path / "run", preset="tiny", batch=8, loop=LoopConfig(steps=120, rate=4e-3, warmup=10, bf16=False),
        levels=Levels(strike=3.0), shares={"score": 1.0}, overrides=SHAPE,
    ))  # fmt: skip
    state = loop.read(tmp_path / "run" / "checkpoint.pt")
    net = DualBranchDiT(DiTConfig(**state["header"]["config"]))
    net.load_state_dict(state["model"])
    rows = shards.Shards(tmp_path / "fresh")
    batch, said = build(rows, count=32), []
    with torch.no_grad():
        net.eval()(batch.video, batch.audio, batch.text, strikes=said)
    found = (said[-1].argmax(1) - (batch.strikes >= 1).float().argmax(1)).abs()
    assert (found <= 1).float().mean() > 0.7  # by chance 3 in 25
    told = validate(tmp_path / "run" / "tiny.safetensors", tmp_path / "fresh", clips=32)
    assert told["score"]["chance"] == pytest.approx(3 / 25) and told["score"]["strikes"] > 0.5
    assert "strikes" not in told["picture"]


def test_average_precision_in_closed_form():
    assert average_precision(torch.tensor([0.9, 0.8, 0.1, 0.7]), torch.tensor([True, False, True, False])) == pytest.approx((1 + 2 / 4) / 2)
    assert average_precision(torch.tensor([3.0, 2.0, 1.0]), torch.tensor([True, True, False])) == 1


def test_shares_are_set_by_name(tmp_path):
    for wrong in ("shares.dance=1", "shares.text=-1", "shares.text=much"):
        with pytest.raises(PhonofilmError, match="score"):
            cli.main(["pretrain", "--data", str(tmp_path), "--out", str(tmp_path), "--set", wrong])
    assert canvases.task_of(1, 0, {"text": 0.0, "score": 2.0}) == "score"
