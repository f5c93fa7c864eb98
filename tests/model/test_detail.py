"""The convolutions that mend the picture, and the guess weighed against what is seen."""

from dataclasses import replace

import pytest
import torch

from phonofilm.flow.noise import noise
from phonofilm.flow.path import interpolate
from phonofilm.model.canvas import Patch, Role, TokenGroup, pack, unpack
from phonofilm.model.dit import PRESETS, Detail, DualBranchDiT
from phonofilm.model.text_encoder import TimedToken, Vocabulary

PATCH = Patch(1, 3, 4)
WORDS = Vocabulary(["a"]).encode([[TimedToken(text="a")]] * 2, 4)


def network(**changes):
    torch.manual_seed(3)
    return DualBranchDiT(replace(PRESETS["tiny"], patch_time=1, patch_rows=3, patch_columns=4, **changes)).eval()


def clip(level, frames=9):
    x0, e = noise((2, 16, frames, 6, 8), 1, "x"), noise((2, 16, frames, 6, 8), 1, "e")
    return x0, [TokenGroup(latents=interpolate(x0, e, level[:, None, :, None, None]), noise=level)]


def answer(net, groups):
    with torch.no_grad():
        return unpack(net(pack(groups, PATCH), None, WORDS)[0], groups, PATCH)[0]


def test_new_blocks_change_nothing():
    detail, bare = Detail(16, 8, 3), Detail(16, 8)
    for net in (detail, bare):
        torch.manual_seed(2)
        torch.nn.init.normal_(net.out.weight)
    bare.load_state_dict({k: v for k, v in detail.state_dict().items() if not k.startswith("blocks.")})
    x = torch.randn(2 * 9, 33, 6, 8)
    assert torch.equal(detail(x, 9), bare(x, 9))


@pytest.mark.parametrize(("blocks", "reach"), [(1, 2), (2, 2 + 4), (3, 2 + 4 + 8)])
def test_blocks_look_along_the_time_of_their_own_clip(blocks, reach):
    torch.manual_seed(2)
    detail, steps, at = Detail(16, 8, blocks), 40, 20
    for block in detail.blocks:
        torch.nn.init.normal_(block.time.weight)
    torch.nn.init.normal_(detail.out.weight)
    x = torch.randn(2 * steps, 33, 6, 8)
    other = x.clone()
    other[at] += 1
    moved = (detail(x, steps) != detail(other, steps)).flatten(1).any(1).unflatten(0, (2, steps))
    assert not moved[1].any(), "the other clip of the batch"
    assert moved[0].nonzero().flatten().tolist() == list(range(at - reach, at + reach + 1))


def test_the_guess_is_weighed_against_what_is_seen():
    """Known steps come out as they went in; nothing of what is seen is left at full noise; between, with nothing to mend, it is the straight line of the two."""
    level = torch.tensor([[0.0, 0.05, 0.2, 0.5, 0.8, 0.99, 1.0, 0.0, 1.0]] * 2)
    x0, groups = clip(level)
    guess = answer(network(guess_error=0.0), groups)
    weighed = answer(network(guess_error=0.06), groups)
    known = level[0] == 0
    assert torch.allclose(weighed[:, :, known], x0[:, :, known], atol=1e-6)
    assert torch.allclose(weighed[:, :, level[0] == 1], guess[:, :, level[0] == 1], atol=1e-6)
    for step, t in enumerate(level[0].tolist()):
        if 0 < t < 1:
            share = 0.06 / (0.06 + (t / (1 - t)) ** 2)
            seen = groups[0].latents[:, :, step] / (1 - t)
            assert torch.allclose(weighed[:, :, step], share * seen + (1 - share) * guess[:, :, step], atol=1e-4)


def test_references_are_mended_by_themselves():
    level = torch.full((2, 9), 0.5)
    _, groups = clip(level)
    net = network(guess_error=0.06, detail_blocks=2)
    reference = TokenGroup(latents=noise((2, 16, 1, 6, 8), 2, "r"), noise=torch.zeros(2, 1), role=Role.REFERENCE, away=True, name=1, held=True)
    with torch.no_grad():
        out = unpack(net(pack([*groups, reference], PATCH), None, WORDS)[0], [*groups, reference], PATCH)
    assert torch.allclose(out[1], reference.latents, atol=1e-6) and out[0].isfinite().all()
