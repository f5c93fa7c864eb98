"""The one training loop where a run is measured in minutes, and a judge on it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from phonofilm.errors import RequestError
from phonofilm.evals.judges.sync import Ear, EarConfig
from phonofilm.train import judges, loop
from phonofilm.train.loop import LoopConfig


def slope(net, step):
    """Learn y = 2 x."""
    x = torch.randn(16, 1, generator=torch.Generator().manual_seed(step))
    return ((net(x) - 2 * x) ** 2).mean(), {}


def test_a_run_of_minutes_ends_by_its_own_clock_and_more_of_them_prolong_it(tmp_path):
    net = nn.Linear(1, 1)
    config = LoopConfig(minutes=0.01, rate=3e-2, warmup=1, bf16=False, log_every=10)
    seen = []

    def figures(averaged):
        seen.append(averaged.weight.item())
        return {"slope": seen[-1]}

    first = loop.run(net, slope, config, tmp_path, header={}, figures=figures)
    assert first > 10 and loop.run(net, slope, config, tmp_path, header={}) == first  # its time is up
    longer = loop.run(net, slope, replace(config, minutes=0.03), tmp_path, header={}, figures=figures)
    assert longer > first
    state = loop.averaged(net, tmp_path)
    assert state["step"] == longer and state["seconds"] >= 0.03 * 60 and abs(net.weight.item() - 2) < 0.1
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    judged = [row for row in rows if "slope" in row]
    assert [row["step"] for row in judged] == [0, first] and judged[1]["slope"] == pytest.approx(seen[1], abs=1e-4)
    assert rows[-1]["rate"] < 3e-2 * 0.5  # it fell towards the end


def test_a_run_is_measured_in_one_way():
    for wrong in ({}, {"steps": 5, "minutes": 1.0}):
        with pytest.raises(RequestError, match="steps"):
            LoopConfig(**wrong)
    by_step, by_clock = LoopConfig(steps=100, warmup=1), LoopConfig(minutes=10, warmup=1)
    assert by_step.rate_at(90) == pytest.approx(by_clock.rate_at(90, 9 * 60)) and by_step.rate_at(79) == pytest.approx(
        1e-3
    )


def test_what_is_frozen_stays(tmp_path):
    net = nn.Sequential(nn.Linear(1, 4), nn.Linear(4, 1))
    net[0].requires_grad_(False)
    before = [p.clone() for p in net.parameters()]
    for optimiser in ("adamw", "muon"):
        loop.run(
            net,
            slope,
            LoopConfig(steps=5, bf16=False, optimiser=optimiser, orthogonal=(".",)),
            tmp_path / optimiser,
            header={},
        )
    after = list(net.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before[:2], after[:2], strict=True)) and not torch.equal(
        before[2], after[2]
    )


def test_the_ear_learns_on_the_loop_to_hear_clicks(tmp_path):
    """Clicks in faint noise, a hundred steps: found again in sounds it was not trained on."""
    from phonofilm.evals.judges.rehearsal import Scene

    def scene(seed):
        rng = np.random.default_rng(seed)
        sound = 1e-3 * rng.standard_normal(72_000).astype(np.float32)
        times = np.sort(rng.choice(np.arange(2, 28), 5, replace=False)) / 10 + rng.uniform(0, 0.05, 5)
        for t in times:
            at = int(t * 24_000)
            sound[at : at + 600] += (rng.standard_normal(600) * np.exp(-np.arange(600) / 150)).astype(np.float32)
        blank = {name: np.zeros(0) for name in ("frames", "seen", "where", "mouth", "subject")}
        return Scene(**blank, sound=sound, heard=times, labels={}, text="")

    how = replace(judges.usual(1), minutes=0, steps=100)
    ear, notes = judges.train_onsets(
        Ear(EarConfig()), [scene(k) for k in range(6)], lambda: [scene(100 + k) for k in range(4)], how, tmp_path, 0
    )
    assert set(notes) == {"recall on held-out scenes", "precision on held-out scenes"}
    found = [judges.sound_onsets(s.sound, 24_000, ear) for s in (scene(200), scene(201))]
    recall, precision = judges.score(found, [scene(200).heard, scene(201).heard])
    assert recall.value >= 0.7 and precision.value >= 0.7
