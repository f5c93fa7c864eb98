"""The transformer and its canvas, at toy size."""

from dataclasses import replace

import pytest
import torch

from phonofilm.errors import RequestError
from phonofilm.flow.noise import noise
from phonofilm.model.canvas import Patch, Role, TokenGroup, pack, patchify, token_steps, unpack, unpatchify
from phonofilm.model.dit import PRESETS, DualBranchDiT
from phonofilm.model.info import info
from phonofilm.model.text_encoder import TimedToken, Vocabulary, window_mask

TINY = PRESETS["tiny"]
WORDS = Vocabulary(["a", "red", "ball", "bounces", "/o/"])


def text(*prompts):
    return WORDS.encode([[TimedToken(text=w) for w in p.split()] for p in prompts], 20)


def groups(batch=2, frames=7, height=6, width=8, t=0.5):
    steps = token_steps(frames, TINY.patch)
    v = TokenGroup(latents=noise((batch, 16, frames, height, width), 1, "v"), noise=torch.full((batch, steps), t))
    a = TokenGroup(latents=noise((batch, 32, 25), 1, "a"), noise=torch.full((batch, 25), t))
    return v, a


def model(**changes):
    torch.manual_seed(3)
    net = DualBranchDiT(replace(TINY, **changes))
    for block in net.blocks:  # connections start at zero: give them something to say
        for branch in (block.video, block.audio):
            torch.nn.init.normal_(branch.cross_attention.out.weight, std=0.2)
    for ends in (net.video, net.audio):
        torch.nn.init.normal_(ends.noise.table.weight, std=0.05)
        torch.nn.init.normal_(ends.role.weight, std=0.5)
    torch.nn.init.normal_(net.video.split.weight, std=0.1)
    for block in net.video.blocks:
        torch.nn.init.normal_(block.time.weight, std=0.1)
    return net.eval()


@pytest.mark.parametrize("shape", [(1, 16, 7, 18, 32), (2, 16, 1, 18, 32), (1, 4, 4, 5, 7), (1, 16, 31, 18, 32)])
@pytest.mark.parametrize("patch", [Patch(2, 4, 4), Patch(1, 3, 4), Patch(2, 6, 8)])
def test_patchify_is_inverted_and_frame_zero_stands_alone(shape, patch):
    z = noise(shape, 2, "z")
    tokens, (steps, rows, columns) = patchify(z, patch)
    assert tokens.shape[1] == steps * rows * columns
    assert torch.equal(unpatchify(tokens, patch, shape), z)
    changed = z.clone()
    changed[:, :, 0] += 1
    moved = (patchify(changed, patch)[0] != tokens).any(-1).reshape(-1, steps, rows * columns).any(-1).any(0)
    assert moved[0] and not moved[1:].any()  # the first frame has a token step, and so a noise level, of its own


def test_five_seconds_have_the_tokens_the_design_counts():
    assert token_steps(31, Patch(2, 4, 4)) * 5 * 8 == 640
    assert token_steps(31, Patch(1, 3, 4)) * 6 * 8 == 1488


def test_shapes_and_both_branches_answer():
    v, a = groups()
    out_v, out_a, _ = model()(pack([v], TINY.patch), pack([a], TINY.patch), text("a red ball", "ball"))
    assert unpack(out_v, [v], TINY.patch)[0].shape == v.latents.shape
    assert unpack(out_a, [a], TINY.patch)[0].shape == a.latents.shape


def test_picture_and_sound_hear_each_other():
    net, (v, a) = model(), groups()
    louder = replace(a, latents=a.latents * 3)
    t = text("a red ball", "ball")
    heard, other = (net(pack([v], TINY.patch), pack([sound], TINY.patch), t).video for sound in (a, louder))
    assert not torch.allclose(heard, other, atol=1e-4)
    alone = net(pack([v], TINY.patch), None, t)
    assert alone.audio is None and not torch.allclose(alone.video, heard, atol=1e-4)


@pytest.mark.parametrize(("window", "reached"), [(0.25, [False] * 6 + [True]), (0.0, [True] * 7)])
def test_cross_window_limits_reach_to_nearby_seconds(window, reached):
    net, (v, a) = model(cross_window=window, layers=1), groups()
    net.blocks[0].audio.self_attention.out.weight.data.zero_()  # so that sound tokens do not tell each other first
    net.blocks[0].video.self_attention.out.weight.data.zero_()
    for block in net.video.blocks:  # nor picture steps
        block.time.weight.data.zero_()
    late = a.latents.clone()
    late[:, :, -1] += 5  # the sound's last 1/24 s

    def picture(latents):
        return net(pack([v], TINY.patch), pack([replace(a, latents=latents)], TINY.patch), text("ball", "ball"))[0]

    moved = (picture(late) - picture(a.latents)).abs().amax((0, 2)).reshape(7, -1).amax(1)
    assert (moved > 0).tolist() == reached


def test_text_moves_both_and_padding_does_not():
    net, (v, a) = model(), groups(batch=1)
    streams = pack([v], TINY.patch), pack([a], TINY.patch)
    red = net(*streams, text("a red ball"))
    plain = net(*streams, text("a ball"))
    assert all(not torch.allclose(x, y, atol=1e-5) for x, y in zip(red[:2], plain[:2], strict=True))
    padded = text("a red ball", "a red ball bounces a red")
    v2, a2 = groups(batch=2)
    out = net(
        pack([replace(v2, latents=v.latents.expand(2, -1, -1, -1, -1))], TINY.patch),
        pack([replace(a2, latents=a.latents.expand(2, -1, -1))], TINY.patch),
        padded,
    )
    assert torch.allclose(out[0][:1], red[0], atol=1e-4)


def test_a_token_reads_only_words_whose_window_holds_it():
    batch = WORDS.encode([[TimedToken(text="a"), TimedToken(text="/o/", start=1.0, end=1.2)]], 10)
    mask = window_mask(batch, torch.tensor([[0.5, 1.1, 1.3]]))[0, 0]
    assert mask.tolist() == [[True, False], [True, True], [True, False]]


def test_noise_level_is_the_tokens_own():
    net, (v, _) = model(layers=1), groups(batch=1)
    base = net(pack([v], TINY.patch), None, text("ball"))[0]
    level = v.noise.clone()
    level[:, -1] = 0.0
    other = net(pack([replace(v, noise=level)], TINY.patch), None, text("ball"))[0]
    gap = (base - other).abs().amax((0, 2)).reshape(7, -1).amax(1)
    assert gap[-1] > 0 and gap[-1] > gap[0]


@pytest.mark.parametrize("layout", ["full", "decoupled"])
def test_every_role_enters_and_reference_changes_the_target(layout):
    net, (v, a) = model(layout=layout, time_window=2, layers=2), groups(batch=1)
    still = noise((1, 16, 1, 6, 8), 4, "still")
    plain = net(pack([v], TINY.patch), pack([a], TINY.patch), text("ball"))[0]
    seen = []
    for role in Role:
        extra = TokenGroup(latents=still, noise=torch.zeros(1, 1), role=role, away=role is Role.REFERENCE, name=1)
        out = net(pack([v, extra], TINY.patch), pack([a], TINY.patch), text("ball"))[0]
        assert out.shape[1] == plain.shape[1] + 2
        assert not torch.allclose(out[:, :-2], plain, atol=1e-5)
        seen.append(out[:, :-2])
    assert not torch.allclose(*seen, atol=1e-6)


def test_decoupled_temporal_layer_equals_full_attention_when_the_window_holds_the_clip():
    """One spatial cell per step: a temporal layer whose window covers all steps is full attention."""
    torch.manual_seed(0)
    v, _ = groups(batch=1)
    full = DualBranchDiT(replace(TINY, layers=2, layout="full"))
    split = DualBranchDiT(replace(TINY, layers=2, layout="decoupled", time_window=4))
    split.load_state_dict(full.state_dict())
    full.blocks[0].video.self_attention.out.weight.data.zero_()  # leave block 1, the temporal one, to speak
    split.blocks[0].video.self_attention.out.weight.data.zero_()
    stream = pack([v], TINY.patch)
    assert torch.allclose(full(stream, None, text("ball"))[0], split(stream, None, text("ball"))[0], atol=1e-5)


def test_wrong_noise_shape_is_named():
    v, _ = groups()
    with pytest.raises(ValueError, match="needs noise"):
        pack([replace(v, noise=torch.zeros(2, 3))], TINY.patch)


def test_vocabulary_names_what_it_never_saw():
    tokens = [TimedToken(text=w) for w in ("a", "crimson", "ball", "crimson")]
    assert WORDS.unknown(tokens) == ["crimson"]


def test_golden_slice_of_the_tiny_network():
    """torch 2.13, CPU, float32, seed 3: a change of these numbers is a change of the network."""
    v, a = groups(batch=1)
    out_v, out_a, _ = model()(pack([v], TINY.patch), pack([a], TINY.patch), text("a red ball"))
    golden_v, golden_a = GOLDEN
    assert torch.allclose(out_v[0, 3, :6], torch.tensor(golden_v), atol=1e-4), out_v[0, 3, :6].tolist()
    assert torch.allclose(out_a[0, 7, :6], torch.tensor(golden_a), atol=1e-4), out_a[0, 7, :6].tolist()


GOLDEN = (
    [1.29424, 0.35272, -0.77892, -0.36649, -0.07962, 0.71533],
    [-0.50156, -0.71274, -0.40741, 0.02139, -0.23288, 0.19931],
)


def test_info_grows_with_the_preset_and_refuses_unknown_ones():
    sizes = [info(p).parameters for p in ("tiny", "nano", "small", "base", "full")]
    assert sizes == sorted(sizes)
    assert 0.7e9 < sizes[3] < 1.6e9 and 6e9 < sizes[4] < 9e9, sizes
    with pytest.raises(RequestError, match="choose one of"):
        info("huge")
