"""The sound is given what moves in the picture at that instant, and nothing of any other."""

from dataclasses import replace

import pytest
import torch

from phonofilm.flow.noise import noise
from phonofilm.model.canvas import Patch, Role, TokenGroup, pack, token_steps
from phonofilm.model.dit import PRESETS, DualBranchDiT
from phonofilm.model.motion import Motion
from phonofilm.model.text_encoder import TimedToken, Vocabulary
from phonofilm.spec import clock

E = 8


def streams(patch, frames=11, audio=41, reference=False, flash=None, level=0.5):
    latents = noise((1, 16, frames, 6, 8), 1, "v")
    if flash is not None:
        latents[:, :, flash, 2, 5] += 2
    groups = [TokenGroup(latents=latents, noise=torch.full((1, token_steps(frames, patch)), level))]
    if reference:
        groups.append(TokenGroup(latents=noise((1, 16, 1, 6, 8), 2, "r"), noise=torch.zeros(1, token_steps(1, patch)), role=Role.REFERENCE, away=True, name=1))
    sound = TokenGroup(latents=noise((1, 32, audio), 1, "a"), noise=torch.full((1, audio), 0.5))
    return pack(groups, patch), pack([sound], patch)


def opened(patch):
    torch.manual_seed(1)
    motion = Motion(16, patch, 12, E)
    torch.nn.init.normal_(motion.out.weight)
    return motion


@pytest.mark.parametrize("patch", [Patch(1, 3, 4), Patch(2, 3, 4), Patch(1, 2, 2)])
@pytest.mark.parametrize("latent", [1, 5, 10])
def test_a_flash_reaches_the_sound_of_its_own_seconds_and_what_is_near(patch, latent):
    motion = opened(patch)
    moved = (motion(*streams(patch))[0] != motion(*streams(patch, flash=latent))[0]).any(-1)[0].nonzero().flatten()
    token = (latent + patch.time - 1) // patch.time
    own = range(4 * patch.time * (token - 1), 4 * patch.time * token)
    assert set(own) <= set(moved.tolist())
    reach = 4 * patch.time * 4  # differences, two convolutions and the gathering: one step to either side each
    assert own.start - reach <= min(moved) and max(moved) < own.stop + reach


def test_it_sees_no_references_and_knows_how_noisy_the_picture_is():
    motion, patch = opened(Patch(1, 3, 4)), Patch(1, 3, 4)
    plain = motion(*streams(patch))[0]
    assert torch.equal(plain, motion(*streams(patch, reference=True))[0])
    assert not torch.equal(plain, motion(*streams(patch, level=0.9))[0])
    assert plain.shape == (1, 41, E) and not torch.equal(plain[:, 0], plain[:, 20])


def test_sounds_of_another_length_are_left_to_attention():
    assert not opened(Patch(1, 3, 4)).fits(*streams(Patch(1, 3, 4), audio=40))


def network():
    torch.manual_seed(3)
    return DualBranchDiT(replace(PRESETS["tiny"], motion=12, patch_time=1, patch_rows=3, patch_columns=4)).eval()


def test_a_new_one_changes_nothing_and_an_open_one_the_sound_unless_isolated():
    net = network()
    video, audio = streams(Patch(1, 3, 4))
    words = Vocabulary(["a", "ball"]).encode([[TimedToken(text="a"), TimedToken(text="ball")]], 4)
    struck = []
    before = net(video, audio, words, strikes=struck)
    assert [tuple(x.shape) for x in struck] == [(1, 41)] and clock.audio_steps(40 / clock.FPS) == 41
    bare = network()
    bare.motion = None
    assert all(torch.equal(x, y) for x, y in zip(before, bare(video, audio, words), strict=True))
    alone = net(video, audio, words, isolated=True)
    torch.nn.init.normal_(net.motion.out.weight)
    assert (before[1] - net(video, audio, words)[1]).abs().max() > 1e-3
    assert all(torch.equal(x, y) for x, y in zip(alone, net(video, audio, words, isolated=True), strict=True))
    assert net(video, None, words)[1] is None and net(None, audio, words)[0] is None


def test_a_picture_that_does_not_learn_passes_no_gradient_and_gives_the_same():
    net = network()
    video, audio = streams(Patch(1, 3, 4))
    words = Vocabulary(["a"]).encode([[TimedToken(text="a")]], 4)
    whole = net(video, audio, words)
    for name, parameter in net.named_parameters():
        parameter.requires_grad_("audio" in name or "motion" in name)
    part = net(video, audio, words)
    assert all(torch.equal(x, y) for x, y in zip(whole, part, strict=True))
    assert not part[0].requires_grad and part[1].requires_grad
