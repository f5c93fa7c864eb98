"""The mathematics against closed forms."""

import math

import pytest
import torch

from phonofilm.flow import guidance, path, schedule
from phonofilm.flow.noise import noise
from phonofilm.flow.sampler import SAMPLERS, ancestral, euler, heun, multistep

F64 = torch.float64


def gaussian_x0(mean: float, std: float):
    """The exact E[x0 | x_t] where the data is N(mean, std^2): what a perfect network would predict."""

    def denoise(state, levels):
        x, t = state[0], levels[0]
        variance = (1 - t) ** 2 * std**2 + t**2
        return (mean + (1 - t) * std**2 / variance * (x - (1 - t) * mean),)

    return denoise


def exact_end(x1: torch.Tensor, mean: float, std: float) -> torch.Tensor:
    """The flow of a Gaussian carries x1 at t=1 to mean + std * x1 at t=0."""
    return mean + std * x1


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_constant_prediction_is_reached_exactly(name):
    target = torch.tensor([0.3, -1.7], dtype=F64)
    start = torch.tensor([2.0, 5.0], dtype=F64)
    for steps in (1, 2, 7):
        (end,) = SAMPLERS[name](lambda state, t: (target,), (start,), schedule.grid(steps, 1.7))
        assert torch.allclose(end, target, atol=1e-12)


@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("heun", 2), ("multistep", 1.75)])
def test_order_of_convergence_on_a_gaussian(name, order):
    mean, std = 1.5, 0.4
    start = torch.linspace(-2, 2, 9, dtype=F64)
    errors = []
    for steps in (40, 80, 160):
        (end,) = SAMPLERS[name](gaussian_x0(mean, std), (start,), schedule.grid(steps))
        errors.append((end - exact_end(start, mean, std)).abs().max().item())
    rate = math.log2(errors[1] / errors[2])
    assert rate > order - 0.25, (errors, rate)
    assert errors[-1] < (0.02 if name == "euler" else 0.002)


def test_the_ancestral_sampler_keeps_the_marginals_of_a_gaussian():
    mean, std = 1.5, 0.4
    start, ends = noise((200_000,), 3, "start").double(), []
    for steps in (20, 160):
        (end,) = ancestral(gaussian_x0(mean, std), (start,), schedule.grid(steps))
        assert abs(end.mean().item() - mean) < 0.01
        assert abs(torch.corrcoef(torch.stack([start, end]))[0, 1].item()) < 0.3  # the noise it began with is forgotten
        ends.append(abs(end.std().item() - std))
    assert ends[1] < 0.01 < ends[0]


def test_both_states_of_a_joint_canvas_move_on_one_clock():
    seen = []

    def denoise(state, t):
        seen.append(t)
        return tuple(torch.zeros_like(x) for x in state)

    end = euler(denoise, (torch.ones(2), torch.ones(3)), schedule.grid(4))
    assert seen == [(t, t) for t in (1.0, 0.75, 0.5, 0.25)]
    assert all(x.abs().max() == 0 for x in end)


def test_evaluations_per_step():
    for sampler, calls in ((euler, 6), (heun, 11), (multistep, 6), (ancestral, 6)):
        count = 0

        def denoise(state, t):
            nonlocal count
            count += 1
            return state

        sampler(denoise, (torch.ones(1),), schedule.grid(6))
        assert count == calls


def test_path_ends_and_round_trips():
    x0, e = (
        torch.randn(4, 3, 2, dtype=F64, generator=torch.Generator().manual_seed(1)),
        torch.randn(4, 3, 2, dtype=F64, generator=torch.Generator().manual_seed(2)),
    )
    assert torch.equal(path.interpolate(x0, e, torch.zeros(4, dtype=F64)), x0)
    assert torch.equal(path.interpolate(x0, e, torch.ones(4, dtype=F64)), e)
    t = torch.tensor([0.1, 0.4, 0.7, 0.99], dtype=F64)
    x_t = path.interpolate(x0, e, t)
    v = path.velocity(x0, e)
    assert torch.allclose(path.velocity_to_x0(v, x_t, t), x0)
    assert torch.allclose(path.x0_to_velocity(x0, x_t, t), v)
    assert torch.allclose(path.x0_to_noise(x0, x_t, t), e)


def test_renoise_keeps_the_marginal():
    g = torch.Generator().manual_seed(3)
    x0 = torch.full((200_000,), 2.0, dtype=F64)
    x = path.interpolate(x0, torch.randn(200_000, dtype=F64, generator=g), torch.tensor(0.3, dtype=F64))
    y = path.renoise(
        x, torch.randn(200_000, dtype=F64, generator=g), torch.tensor(0.3, dtype=F64), torch.tensor(0.8, dtype=F64)
    )
    assert abs(y.mean().item() - 0.4) < 0.01
    assert abs(y.std().item() - 0.8) < 0.01


def test_grid_and_shift():
    assert schedule.grid(4).tolist() == [1, 0.75, 0.5, 0.25, 0]
    shifted = schedule.grid(10, 3.0)
    assert shifted[0] == 1 and shifted[-1] == 0 and (shifted.diff() < 0).all()
    assert math.isclose(shifted[5].item(), 3 * 0.5 / (1 + 2 * 0.5))
    assert schedule.resolution_shift(4096) == 2 and schedule.resolution_shift(100) == 1
    with pytest.raises(ValueError, match="at least 1"):
        schedule.grid(0)


def test_training_levels_are_inside_and_follow_their_mean():
    low, high = (schedule.logit_normal(20_000, torch.Generator().manual_seed(1), mean=m) for m in (-1.0, 1.0))
    assert low.min() > 0 and high.max() < 1
    assert low.median() < 0.35 and high.median() > 0.65


def test_guidance_identities():
    c, u = (noise((2, 3, 4), 1, n) for n in "cu")
    assert torch.allclose(guidance.text(c, u, 1.0), c, atol=1e-6)
    assert torch.allclose(guidance.text(c, u, 0.0), u)
    assert torch.allclose(guidance.rescale(5 * c, c, 1.0), c, atol=1e-5)
    assert torch.equal(guidance.rescale(5 * c, c, 0.0), 5 * c)


def test_noise_depends_on_its_names_alone():
    assert torch.equal(noise((3,), 7, "video"), noise((3,), 7, "video"))
    assert not torch.equal(noise((3,), 7, "video"), noise((3,), 7, "audio"))
    assert not torch.equal(noise((3,), 7, "video"), noise((3,), 8, "video"))


@pytest.mark.parametrize("lag", [0.0, 0.3, 1.0])
def test_a_group_may_be_ahead_of_another(lag):
    times = schedule.lagged_grid(13, lag, 3.0, 1.5)
    assert times[0].tolist() == [1, 1] and times[-1].tolist() == [0, 0] and bool((times.diff(dim=0) <= 0).all())
    ahead, behind = (1 - schedule.unshifted(times[:, k], shift) for k, shift in ((0, 1.5), (1, 3.0)))
    moving = (behind > 0) & (ahead < 1)
    assert torch.allclose((ahead - behind)[moving], torch.full_like(behind[moving], lag), atol=1e-6)
    for a, t in times[moving]:
        assert torch.isclose(
            schedule.ahead(t, lag, 3.0, 1.5), a, atol=1e-6
        )  # training meets the pairs that sampling visits
    if lag == 0:
        assert torch.allclose(times[:, 1], schedule.grid(13, 3.0))
    with pytest.raises(ValueError, match="at least 1"):
        schedule.lagged_grid(0, lag, 3.0, 1.5)
    with pytest.raises(ValueError, match="0 or more"):
        schedule.lagged_grid(4, -lag - 0.1, 3.0, 1.5)


@pytest.mark.parametrize("sampler", SAMPLERS.values())
def test_each_tensor_has_its_own_clock(sampler):
    """A network that knows the answer is asked at the levels of each clock; both arrive, though the second stands still
    while the first moves, and after."""
    answer = torch.full((3,), 2.0, dtype=F64), torch.full((4,), -1.0, dtype=F64)
    met = []

    def knows(state, levels):
        met.append(levels)
        return answer

    times = torch.tensor([[1.0, 1.0], [0.5, 1.0], [0.0, 1.0], [0.0, 0.4], [0.0, 0.0]], dtype=F64)
    end = sampler(knows, (torch.ones(3, dtype=F64), torch.ones(4, dtype=F64)), times)
    assert all(torch.allclose(x, y) for x, y in zip(end, answer, strict=True))
    assert set(met) <= {tuple(row) for row in times.tolist()}
