"""The perceiver in training: slots in either order, worn latents, a toy world it can learn."""

from dataclasses import replace

import numpy as np
import torch

from phonofilm.data import shards
from phonofilm.model import perceiver, weights
from phonofilm.model.perceiver import Perceiver, PerceiverConfig
from phonofilm.spec.cues import BODY, CHANNEL, PULSE
from phonofilm.train import perceive


def cues(count, frames, seed):
    """Bodies that are there throughout, one to the left and one to the right, with a contact each."""
    g = torch.Generator().manual_seed(seed)
    bodies = 0.1 * torch.randn(count, 2, frames, len(BODY), generator=g)
    bodies[..., 0], bodies[..., 1] = 1, -0.9
    bodies[:, 0, :, CHANNEL["u"]], bodies[:, 1, :, CHANNEL["u"]] = -1, 1
    bodies[..., CHANNEL["contact"]] = 0
    bodies[:, 0, frames // 2, CHANNEL["contact"]] = 1 / PULSE
    return bodies, torch.randn(count, frames, 7, generator=g)


def test_the_order_of_the_slots_is_its_own():
    torch.manual_seed(0)
    net = Perceiver(PerceiverConfig(width=16, blocks=1, hidden=24))
    video, (bodies, camera) = torch.randn(3, 16, 5, 6, 8), cues(3, 17, 1)
    made = net(video)
    assert (
        made.bodies_BKFC.shape == (3, 2, 17, len(BODY))
        and made.camera_BFC.shape == (3, 17, 7)
        and made.looked_BSKhw.shape == (3, 5, 2, 3, 4)
    )
    assert torch.allclose(made.looked_BSKhw.exp().sum((3, 4)), torch.ones(3, 5, 2), atol=1e-5)
    one, other = (perceive.loss(made, (b, camera))[0] for b in (bodies, bodies.flip(1)))
    assert torch.allclose(one, other, rtol=1e-6)
    mixed = bodies.clone()
    mixed[1] = mixed[1].flip(0)
    assert torch.allclose(perceive.loss(made, (mixed, camera))[0], one, rtol=1e-6)  # each clip by itself


def test_worn_latents_are_a_function_of_the_generator():
    x = torch.randn(4, 16, 5, 6, 8)
    a, b = (perceive.worn(x, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(a, b) and not torch.equal(a, x)
    assert torch.equal(perceive.worn(x, torch.Generator().manual_seed(3), noise=0, blur=0, flicker=0, coarse=0), x)


def test_it_learns_where_things_are_and_is_read_back(tmp_path):
    """A bright patch is the body: its place in the latents is its place in the cues."""

    def clip(seed):
        dice = np.random.default_rng(seed)
        row, column = int(dice.integers(1, 5)), int(dice.integers(1, 7))
        video = 0.05 * dice.normal(size=(16, 13, 6, 8))
        video[0, :, row, column] = 4
        bodies = np.zeros((2, 49, len(BODY)), np.float32)
        bodies[..., 0] = [[1], [-1]]
        bodies[0, :, CHANNEL["u"]] = ((column + 0.5 - 4) / 6) / 0.23
        bodies[0, :, CHANNEL["v"]] = (0.5 - (row + 0.5) / 6 + 0.1) / 0.11
        bodies[0, 24, CHANNEL["contact"]] = 1 / PULSE
        parts = {
            "video": video,
            "audio": np.zeros((32, 49)),
            "reference": np.zeros((16, 1, 6, 8)),
            "weight": np.zeros((13, 6, 8)),
        }
        parts |= {"bodies": bodies, "camera": np.zeros((49, 7)), "rhythm": np.zeros((49, 2))}
        return parts, {"text": "", "labels": {}, "index": seed, "tokens": [["ball", -1000.0, 1000.0]]}

    for name, first in (("data", 0), ("held", 100)):
        shards.write(tmp_path / name, "shard-00000", (clip(first + i) for i in range(16)))
    size, how = (
        PerceiverConfig(width=32, blocks=1, hidden=48),
        replace(perceive.usual(1), minutes=0, steps=2, rate=8e-3),
    )
    short, longer = (
        perceive.train(tmp_path / "data", tmp_path / f"run{n}", tmp_path / "held", replace(how, steps=n), network=size)
        for n in (2, 160)
    )
    out = tmp_path / "run160" / "perceiver.safetensors"
    assert longer["middle"] < 0.5 * short["middle"] and longer["steps"] == 160
    net = perceiver.load(out)
    assert (
        net.config.threshold == longer["threshold"]
        and float(weights.load(out, "perceiver").notes["steps"]) == longer["steps"]
    )
