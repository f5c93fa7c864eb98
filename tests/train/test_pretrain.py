"""Training: exact resume, two processes equal to one, canvases, and a loss that falls."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from phonofilm.data import shards
from phonofilm.errors import MediaError, PhonofilmError, RequestError, WeightsError
from phonofilm.model import weights
from phonofilm.model.canvas import Patch, Role
from phonofilm.pipeline.denoise import Sampling
from phonofilm.train import canvases, cli, loop
from phonofilm.train.canvases import TASKS, Levels
from phonofilm.train.loop import LoopConfig
from phonofilm.train.plot import plot
from phonofilm.train.pretrain import Recipe, pretrain, vocabulary_of
from phonofilm.train.validate import table, validate

PATCH = Patch(2, 6, 8)


def clip(seed: int):
    """A toy clip: which word it has decides its picture and its sound, so there is something to learn."""
    dice = np.random.default_rng(seed)
    loud = seed % 2
    parts = {
        "video": np.full((16, 7, 6, 8), 1.0 if loud else -1.0) + 0.1 * dice.normal(size=(16, 7, 6, 8)),
        "audio": np.full((32, 25), 1.0 if loud else -1.0) + 0.1 * dice.normal(size=(32, 25)),
        "reference": dice.normal(size=(16, 1, 6, 8)),
        "weight": dice.integers(0, 255, (7, 6, 8)),
    }
    return parts, {
        "text": "",
        "labels": {},
        "index": seed,
        "tokens": [["loud" if loud else "soft", -1000.0, 1000.0], ["/o/", 0.2, 0.4]],
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shards.write(tmp_path / "data", "shard-00000", (clip(i) for i in range(12)))
    shards.write(tmp_path / "data", "shard-00001", (clip(i) for i in range(12, 16)))
    return tmp_path / "data"


def recipe(data: Path, out: Path, **changes) -> Recipe:
    return Recipe(
        data=data,
        out=out,
        preset="tiny",
        batch=4,
        loop=LoopConfig(steps=8, bf16=False, log_every=2, warmup=2),
        **changes,
    )


def weights_of(out: Path) -> dict[str, torch.Tensor]:
    state = loop.read(out / "checkpoint.pt")
    return {f"{kind}.{k}": v for kind in ("model", "ema") for k, v in state[kind].items()}


@pytest.mark.parametrize("layout", ["full", "decoupled"])
def test_resume_is_exact_to_the_bit(data, tmp_path, layout):
    change = {"overrides": {"layout": layout}}
    pretrain(recipe(data, tmp_path / "straight", **change))
    assert pretrain(recipe(data, tmp_path / "halves", **change), until=4) == 4
    assert pretrain(recipe(data, tmp_path / "halves", **change)) == 8
    straight, halves = weights_of(tmp_path / "straight"), weights_of(tmp_path / "halves")
    assert all(torch.equal(straight[k], halves[k]) for k in straight)
    logs = [
        [json.loads(line)["loss"] for line in (tmp_path / run / "log.jsonl").read_text().splitlines()]
        for run in ("straight", "halves")
    ]
    assert logs[0] == logs[1]


def test_a_resumed_run_keeps_the_clips_it_began_with(data, tmp_path):
    pretrain(recipe(data, tmp_path / "straight"))
    pretrain(recipe(data, tmp_path / "halves"), until=4)
    shards.write(data, "shard-00002", (clip(i) for i in range(16, 20)))
    pretrain(recipe(data, tmp_path / "halves"))
    straight, halves = weights_of(tmp_path / "straight"), weights_of(tmp_path / "halves")
    assert all(torch.equal(straight[k], halves[k]) for k in straight)


@pytest.mark.nightly
def test_two_processes_train_what_one_does(data, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    arguments = [
        "pretrain",
        "--data",
        str(data),
        "--preset",
        "tiny",
        "--batch",
        "4",
        "--steps",
        "4",
        "--set",
        "loop.bf16=False",
        "--set",
        "loop.warmup=1",
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run(
        [sys.executable, "-m", "phonofilm.train.cli", *arguments, "--out", str(one)],
        check=True,
        env=environment,
        capture_output=True,
    )
    torchrun = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        "-m",
        "phonofilm.train.cli",
    ]
    done = subprocess.run([*torchrun, *arguments, "--out", str(two)], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    a, b = weights_of(one), weights_of(two)
    start = loop.read(one / "checkpoint.pt")
    assert start["step"] == 4 and a.keys() == b.keys()
    worst = max((a[k] - b[k]).abs().max().item() for k in a)
    assert worst < 2e-4, worst  # AdamW turns rounding in tiny gradients into small steps; the rate is 1e-3
    assert (tmp_path / "two" / "tiny.safetensors").exists()


def test_a_run_can_start_from_shipped_weights(data, tmp_path):
    pretrain(recipe(data, tmp_path / "first"))
    file = tmp_path / "first" / "tiny.safetensors"
    assert pretrain(recipe(data, tmp_path / "second", start=file), until=1) == 1
    first, second = (
        loop.read(tmp_path / "first" / "checkpoint.pt")["ema"],
        loop.read(tmp_path / "second" / "checkpoint.pt")["model"],
    )
    apart = max((first[k] - second[k]).abs().max().item() for k in first)
    assert apart < 0.02  # bf16 rounding and one small step
    assert loop.read(tmp_path / "second" / "checkpoint.pt")["header"]["recipe"]["start"] == "tiny.safetensors"


@pytest.mark.parametrize("optimiser", ["adamw", "muon"])
def test_bf16_and_muon_resume_exactly_too(data, tmp_path, optimiser):
    def at(out):
        return Recipe(
            data=data,
            out=tmp_path / out,
            preset="tiny",
            batch=4,
            loop=LoopConfig(steps=6, log_every=2, warmup=2, optimiser=optimiser),
        )

    pretrain(at("straight"))
    pretrain(at("halves"), until=3)
    pretrain(at("halves"))
    straight, halves = weights_of(tmp_path / "straight"), weights_of(tmp_path / "halves")
    assert all(torch.equal(straight[k], halves[k]) for k in straight)


def test_the_loss_falls(data, tmp_path):
    run = Recipe(
        data=data,
        out=tmp_path / "run",
        preset="tiny",
        batch=8,
        loop=LoopConfig(steps=60, bf16=False, log_every=10, warmup=5, rate=3e-3),
        task="text",
    )
    pretrain(run)
    rows = [json.loads(line) for line in (run.out / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["loss"] < 0.5 * rows[0]["loss"]


@pytest.mark.parametrize("task", [task for task in TASKS if task not in ("cues", "sound")])
def test_canvases_mark_what_is_known(data, task):
    rows = shards.Shards(data)
    batch = canvases.build(
        [rows[0], rows[1]],
        vocabulary_of(rows),
        PATCH,
        seed=1,
        step=3,
        levels=Levels(window=0),
        text_length=16,
        task=task,
    )
    assert batch.video is not None
    level = batch.video.noise_BS
    assert (batch.audio is None) == (task in ("picture", "scene"))
    if task == "score":
        assert (level == 0).all() and not batch.weight_video.any()
        assert torch.allclose(batch.video.patches_BTP, batch.clean_video)
    if task == "first_frame":
        assert (level[:, 0] == 0).all() and (level[:, 1:] > 0).all()
    if task == "animate":
        assert (batch.audio.noise_BS == 0).all() and torch.allclose(batch.audio.patches_BTP, batch.clean_audio)
    if task == "prefix":
        known = level == 0
        assert known[:, 0].all() and not known[:, -1].any()
        assert ((batch.audio.noise_BS == 0).sum(1) > 0).all()
    if task == "reference":
        assert batch.video.role_T[-1] == Role.REFERENCE and batch.video.coords_BTX[0, -1, 0] < -30
        assert batch.clean_video.shape[1] == batch.video.patches_BTP.shape[1] - 1
    if batch.weight_video.any():
        assert (batch.weight_video[:, 0] > 0).float().mean() == (
            0 if level[0, 0] == 0 else 0.5
        )  # half of the first token is padding


@pytest.mark.parametrize(("task", "patch_time"), [("picture", 1), ("picture", 2), ("scene", 1)])
def test_the_picture_alone_may_be_learnt_from_a_part_of_the_clip(data, task, patch_time):
    rows, patch = shards.Shards(data), Patch(patch_time, 6, 8)
    how = {"vocabulary": vocabulary_of(rows), "patch": patch, "seed": 1, "text_length": 16}
    only = {"picture": "window", "scene": "scene"}[task]
    whole = canvases.build([rows[0]], **how, step=0, levels=Levels(**{only: 0}), task=task)
    begins = set()
    for step in range(30):
        part = canvases.build([rows[0]], **how, step=step, levels=Levels(**{only: 3}), task=task)
        at = int((whole.video.coords_BTX[0, :, 0] - part.video.coords_BTX[0, 0, 0]).abs().argmin())
        count = part.video.patches_BTP.shape[1]
        assert count < whole.video.patches_BTP.shape[1]
        if patch_time == 1:  # a longer token may be cut short where the window ends
            assert torch.equal(part.clean_video, whole.clean_video[:, at : at + count])
        assert torch.equal(part.video.coords_BTX[0, 0], whole.video.coords_BTX[0, at]) and (part.weight_video > 0).any()
        begins.add(at)
    assert len(begins) >= 3
    text = canvases.build([rows[0]], **how, step=0, levels=Levels(window=3, scene=3), task="text")
    assert text.video.patches_BTP.shape == whole.video.patches_BTP.shape


def test_a_batch_split_over_processes_is_the_same_batch(data):
    rows = shards.Shards(data)
    how = {
        "vocabulary": vocabulary_of(rows),
        "patch": PATCH,
        "seed": 1,
        "step": 3,
        "levels": Levels(),
        "text_length": 16,
        "task": "text",
    }
    whole = canvases.build([rows[i] for i in range(4)], **how)
    half = canvases.build([rows[i] for i in (2, 3)], first=2, **how)
    assert torch.equal(whole.video.patches_BTP[2:], half.video.patches_BTP)
    assert torch.equal(whole.audio.noise_BS[2:], half.audio.noise_BS)


def test_tasks_come_in_their_shares():
    drawn = [canvases.task_of(1, step, {name: task.share for name, task in TASKS.items()}) for step in range(4000)]
    for task, kind in TASKS.items():
        assert abs(drawn.count(task) / 4000 - kind.share) < 0.03


def test_every_clip_is_met_once_a_pass():
    seen = [i for step in range(8) for i in shards.indices(5, step, 4, 16)]
    assert sorted(seen[:16]) == list(range(16)) and sorted(seen[16:]) == list(range(16)) and seen[:16] != seen[16:]


def test_validation_knows_what_was_learnt(data, tmp_path):
    run = Recipe(
        data=data,
        out=tmp_path / "run",
        preset="tiny",
        batch=8,
        loop=LoopConfig(steps=60, bf16=False, warmup=5, rate=3e-3),
        task="text",
    )
    pretrain(run)
    rows = validate(run.out / "tiny.safetensors", data, clips=8)
    assert set(rows) == {*TASKS, "no words", "no cues"} - {"cues"}
    assert rows["text"]["video"] < rows["no words"]["video"] and rows["text"]["audio"] < rows["no words"]["audio"]
    assert "video" not in rows["score"] and "audio" not in rows["picture"]
    assert "| text |" in table(rows)


def test_curves_are_drawn(data, tmp_path):
    pytest.importorskip("matplotlib")
    pretrain(recipe(data, tmp_path / "run", task="text"))
    plot(tmp_path / "run" / "log.jsonl", tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(MediaError, match="a run that has begun"):
        plot(tmp_path / "none.jsonl", tmp_path / "x.png")


def test_a_network_may_compose_in_fewer_channels_than_the_codec_has(data, tmp_path):
    assert pretrain(recipe(data, tmp_path / "few", overrides={"video_channels": 4}), until=2) == 2
    assert weights_of(tmp_path / "few")["model.video.into.weight"].shape[1] == 4 * 2 * 2
    assert "text" in validate(tmp_path / "few" / "tiny.safetensors", data, clips=4, batch=4)


def test_errors_name_the_remedy(data, tmp_path):
    with pytest.raises(MediaError, match="phonofilm train encode"):
        shards.Shards(tmp_path / "nothing")
    with pytest.raises(RequestError, match="choose one of"):
        pretrain(Recipe(data=data, out=tmp_path / "x", preset="giant"))
    (tmp_path / "y").mkdir()
    (tmp_path / "y" / "checkpoint.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(WeightsError, match="delete it to start again"):
        pretrain(recipe(data, tmp_path / "y"))


def test_what_a_network_is_sampled_with_stands_in_its_file(data, tmp_path):
    pretrain(recipe(data, tmp_path / "run", task="text"), until=1)
    file = tmp_path / "own.safetensors"
    cli.main(
        [
            "export",
            "--run",
            str(tmp_path / "run"),
            "--out",
            str(file),
            "--set",
            "guidance=2.5",
            "--set",
            "sampler=euler",
        ]
    )
    assert Sampling(**weights.load(file, "dit").config["sampling"]) == Sampling(guidance=2.5, sampler="euler")
    for wrong, place in (("tempo=2", "no such setting"), ("sampler=magic", "choose one of"), ("lag=-1", "0 or more")):
        with pytest.raises(PhonofilmError, match=place):
            cli.main(["export", "--run", str(tmp_path / "run"), "--out", str(file), "--set", wrong])
