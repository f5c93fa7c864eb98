"""The bridge hands over what happens at the instant it happens, and to nobody else."""

from dataclasses import replace

import pytest
import torch

from phonofilm.flow.noise import noise
from phonofilm.model.bridge import Bridge
from phonofilm.model.canvas import Patch, Role, TokenGroup, pack
from phonofilm.model.dit import PRESETS, DualBranchDiT
from phonofilm.model.text_encoder import TimedToken, Vocabulary
from phonofilm.spec import clock

D, E = 16, 8


def streams(patch, frames=7, audio=25, reference=False):
    groups = [TokenGroup(latents=noise((1, 16, frames, 6, 8), 1, "v"), noise=torch.full((1, -(-(frames + patch.time - 1) // patch.time)), 0.5))]
    if reference:
        steps = -(-(1 + patch.time - 1) // patch.time)
        groups.append(TokenGroup(latents=noise((1, 16, 1, 6, 8), 2, "r"), noise=torch.zeros(1, steps), role=Role.REFERENCE, away=True, name=1))
    sound = TokenGroup(latents=noise((1, 32, audio), 1, "a"), noise=torch.full((1, audio), 0.5))
    return pack(groups, patch), pack([sound], patch)


def open_bridge(patch_time):
    torch.manual_seed(1)
    bridge = Bridge(D, E, patch_time)
    for linear in (bridge.to_audio, bridge.to_video):
        torch.nn.init.normal_(linear.weight)
    return bridge


@pytest.mark.parametrize("patch", [Patch(1, 3, 4), Patch(2, 3, 4)])
@pytest.mark.parametrize("latent", [1, 3, 5])
def test_what_a_latent_step_shows_reaches_the_sound_of_its_own_seconds_and_its_neighbours(patch, latent):
    video, audio = streams(patch)
    bridge, grid = open_bridge(patch.time), video.grids[0]
    v, a = torch.randn(1, grid.count, D), torch.randn(1, 25, E)
    token = (latent + patch.time - 1) // patch.time
    changed = v.clone()
    changed[:, token * grid.rows * grid.columns : (token + 1) * grid.rows * grid.columns] += 1
    moved = (bridge(v, a, video, audio)[1] != bridge(changed, a, video, audio)[1]).any(-1)[0].nonzero().flatten()
    span = 4 * patch.time / clock.FPS
    end = ((token * patch.time) * 4) / clock.FPS  # a token step ends with its last latent step
    heard = [(clock.audio_time(int(k))) for k in moved]
    assert end - 2 * span <= min(heard) and max(heard) <= end + span  # itself and, through the differences, one step to either side
    assert any(end - span < t < end for t in heard)


def test_what_a_sound_step_says_reaches_the_tokens_that_show_that_instant():
    video, audio = streams(Patch(1, 3, 4))
    bridge, grid = open_bridge(1), video.grids[0]
    v, a = torch.randn(1, grid.count, D), torch.randn(1, 25, E)
    changed = a.clone()
    changed[:, clock.audio_step_at(0.5)] += 1  # frames 12 and 13 meet at 0.5 s: what sounds then is shown by latent step 4
    moved = (bridge(v, a, video, audio)[0] != bridge(v, changed, video, audio)[0]).any(-1)[0].unflatten(0, (grid.steps, -1))
    assert moved.all(1).nonzero().flatten().tolist() == [clock.latent_of_frame(clock.frame_at(0.5 + 1e-6))]


def test_references_take_no_part():
    video, audio = streams(Patch(1, 3, 4), reference=True)
    bridge, count = open_bridge(1), video.grids[0].count
    total = sum(grid.count for grid in video.grids)
    told = bridge(torch.randn(1, total, D), torch.randn(1, 25, E), video, audio)[0]
    assert total > count and not told[:, count:].any() and told[:, :count].any()


def test_sounds_of_another_length_are_left_to_attention():
    video, audio = streams(Patch(1, 3, 4), audio=20)
    assert not Bridge(D, E, 1).fits(video, audio)


def network(**changes):
    torch.manual_seed(3)
    return DualBranchDiT(replace(PRESETS["tiny"], bridge_every=1, patch_time=1, patch_rows=3, patch_columns=4, **changes)).eval()


def canvas():
    video, audio = streams(Patch(1, 3, 4))
    words = Vocabulary(["a", "ball"])
    return video, audio, words.encode([[TimedToken(text="a"), TimedToken(text="ball")]], 4)


def test_a_new_bridge_changes_nothing_and_an_open_one_does_unless_isolated():
    net = network()
    video, audio, words = canvas()
    struck = []
    before = net(video, audio, words, strikes=struck)
    assert [tuple(x.shape) for x in struck] == [(1, 25), (1, 25)]
    bare = network()
    for block in bare.blocks:
        block.bridge = None
    assert all(torch.equal(x, y) for x, y in zip(before, bare(video, audio, words), strict=True))
    alone = net(video, audio, words, isolated=True)
    for block in net.blocks:
        torch.nn.init.normal_(block.bridge.to_audio.weight)
        torch.nn.init.normal_(block.bridge.to_video.weight)
    after = net(video, audio, words)
    assert all((x - y).abs().max() > 1e-3 for x, y in zip(before, after, strict=True))
    assert all(torch.equal(x, y) for x, y in zip(alone, net(video, audio, words, isolated=True), strict=True))
