"""Training with cues: from plays that were never drawn, and beside clips that have some."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from phonofilm.data import shards
from phonofilm.errors import MediaError
from phonofilm.model.canvas import Patch
from phonofilm.model.cues import step_of_frame
from phonofilm.spec.cues import BODY, CHANNEL, OF_PERSONS
from phonofilm.train import canvases, loop
from phonofilm.train import cues as cue_training
from phonofilm.train.canvases import Levels
from phonofilm.train.cues import CueLevels
from phonofilm.train.loop import LoopConfig
from phonofilm.train.pretrain import Recipe, pretrain, vocabulary_of
from phonofilm.train.validate import validate

FRAMES = 25


def planned(seed: int):
    """A body that stands left or right, as the word says; the second slot is empty."""
    bodies = np.zeros((2, FRAMES, len(BODY)), np.float32)
    bodies[0, :, 0], bodies[1, :, 0] = 1, -1
    bodies[0, :, CHANNEL["u"]] = 1 if seed % 2 else -1
    dice = np.random.default_rng(seed)
    return {
        "bodies": bodies,
        "camera": dice.normal(size=(FRAMES, 7)).astype(np.float32),
        "rhythm": np.zeros((FRAMES, 2), np.float32),
    }


def words(seed: int):
    return [["right" if seed % 2 else "left", -1000.0, 1000.0]]


def clip(seed: int):
    dice = np.random.default_rng(seed)
    parts = {
        "video": dice.normal(size=(16, 7, 6, 8)),
        "audio": dice.normal(size=(32, FRAMES)),
        "reference": dice.normal(size=(16, 1, 6, 8)),
        "weight": np.zeros((7, 6, 8)),
    }
    return parts | planned(seed), {"text": "", "labels": {}, "index": seed, "tokens": words(seed)}


@pytest.fixture
def data(tmp_path):
    root = tmp_path / "data"
    shards.write(root, "shard-0", (clip(i) for i in range(8)))
    rows = [planned(i) for i in range(32)]
    shards.write_whole(
        root / "cues-0-00000",
        {k: np.stack([r[k] for r in rows]) for k in rows[0]},
        [{"index": i, "tokens": words(i)} for i in range(32)],
    )
    return root


def clean(count=4):
    return tuple(
        torch.stack([torch.from_numpy(planned(i)[k]) for i in range(count)]) for k in ("bodies", "camera", "rhythm")
    )


def test_noise_and_levels_are_the_samples_own():
    levels = CueLevels(given=0.0)
    whole = cue_training.noised(clean(4), seed=1, step=3, levels=levels)
    half = cue_training.noised(tuple(part[2:] for part in clean(4)), seed=1, step=3, levels=levels, first=2)
    assert all(torch.equal(x[2:], y) for x, y in zip(whole.parts, half.parts, strict=True)) and torch.equal(
        whole.noise_BRS[2:], half.noise_BRS
    )
    assert (whole.noise_BRS == whole.noise_BRS[:, :1, :1]).all()


def test_given_tracks_are_clean_and_ask_for_nothing():
    levels, truth = CueLevels(given=1.0), clean(16)
    group = cue_training.noised(truth, seed=1, step=0, levels=levels)
    known = (group.noise_BRS == 0).all(2)
    assert known.any() and not known.all()
    assert all(torch.equal(group.bodies_BKFC[i, k], truth[0][i, k]) for i, k in known[:, :2].nonzero().tolist())
    wrong = tuple(part + 1 for part in truth)
    told = [torch.where(level > 0, y, x) for level, x, y in zip(group.levels(), truth, wrong, strict=True)]
    value, _ = cue_training.loss(tuple(told), truth, group, levels)
    same, _ = cue_training.loss(wrong, truth, group, levels)
    assert value > 0 and torch.equal(value, same)


def test_what_is_not_there_counts_little_but_counts():
    levels, truth = CueLevels(given=0.0), clean(2)
    group = cue_training.noised(truth, seed=1, step=0, levels=levels, level_B=torch.full((2,), 0.5))

    def cost(slot: int, channel: int) -> float:
        bodies = truth[0].clone()
        bodies[:, slot, :, channel] += 1
        return cue_training.loss((bodies, *truth[1:]), truth, group, levels)[0].item()

    unit = cost(0, CHANNEL["u"])
    assert cost(1, CHANNEL["u"]) == pytest.approx(levels.absent * unit) == pytest.approx(cost(0, OF_PERSONS[0]))
    assert cost(0, CHANNEL["contact"]) == pytest.approx(levels.contact * unit)


def test_a_clip_has_its_cues_on_the_canvas_unless_dropped(data):
    rows = shards.Shards(data)
    how = {
        "vocabulary": vocabulary_of(rows),
        "patch": Patch(1, 6, 4),
        "seed": 1,
        "step": 0,
        "text_length": 8,
        "task": "text",
    }
    batch = canvases.build(
        [rows[0], rows[1]], **how, levels=Levels(no_cues=0.0, clear_cues=1.0), cue_levels=CueLevels(given=0.0)
    )
    assert batch.cues is not None and batch.cues.noise_BRS.max() <= Levels().clear_to
    late = canvases.build(
        [rows[0], rows[1]], **how, levels=Levels(no_cues=0.0, clear_cues=0.0), cue_levels=CueLevels(given=0.0)
    ).cues
    assert (late.noise_BRS[:, 0, 0] <= batch.video.noise_BS[:, 0]).all()  # ahead of the picture
    assert canvases.build([rows[0]], **how, levels=Levels(no_cues=1.0), cue_levels=CueLevels()).cues is None
    assert canvases.build([rows[0]], **how, levels=Levels(no_cues=0.0)).cues is None
    bare = replace(rows[0], cues=None)
    assert canvases.build([bare], **how, levels=Levels(no_cues=0.0), cue_levels=CueLevels()).cues is None


def test_words_say_where_a_body_is(data, tmp_path):
    run = Recipe(
        data=data,
        out=tmp_path / "run",
        preset="tiny",
        batch=8,
        loop=LoopConfig(steps=80, bf16=False, warmup=5, rate=4e-3),
        task="cues",
    )
    pretrain(run)
    rows = validate(run.out / "tiny.safetensors", data, clips=8)
    state = loop.read(run.out / "checkpoint.pt")
    assert state["header"]["plays"] == ["cues-0-00000"]
    assert rows["cues"]["bodies"] < 0.5 * rows["cues"]["camera"]  # the camera is chance


def test_resume_with_cues_is_exact_to_the_bit(data, tmp_path):
    def at(out):
        return Recipe(
            data=data,
            out=tmp_path / out,
            preset="tiny",
            batch=2,
            loop=LoopConfig(steps=8, bf16=False, warmup=2),
            shares={"cues": 0.5, "text": 0.5},
        )

    pretrain(at("straight"))
    pretrain(at("halves"), until=4)
    pretrain(at("halves"))
    straight, halves = (loop.read(tmp_path / out / "checkpoint.pt") for out in ("straight", "halves"))
    assert all(torch.equal(straight[kind][k], halves[kind][k]) for kind in ("model", "ema") for k in straight["model"])


def test_no_shards_of_cues_are_named(tmp_path):
    with pytest.raises(MediaError, match="train encode --plays"):
        shards.Plays(tmp_path)


def test_every_frame_has_its_latent_step():
    assert step_of_frame(9) == [0, 1, 1, 1, 1, 2, 2, 2, 2]
