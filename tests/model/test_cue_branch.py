"""The cue branch, and the cues drawn into the picture's cells, against closed forms."""

from dataclasses import replace

import pytest
import torch

from phonofilm.flow.noise import noise
from phonofilm.model import cue_maps
from phonofilm.model.canvas import TokenGroup, pack
from phonofilm.model.cues import CueGroup, step_of_frame
from phonofilm.model.dit import PRESETS, DualBranchDiT
from phonofilm.model.text_encoder import TimedToken, Vocabulary
from phonofilm.spec.cues import BODY, BODY_FORM, CAMERA, CHANNEL, JOINTS, LIMBS, RHYTHM

TINY = PRESETS["tiny"]
WORDS = Vocabulary(["a", "ball"]).encode([[TimedToken(text="a"), TimedToken(text="ball")]] * 2, 4)


def network():
    torch.manual_seed(3)
    net = DualBranchDiT(TINY)
    torch.nn.init.normal_(net.video.split.weight, std=0.1)
    for block in net.video.blocks:
        torch.nn.init.normal_(block.time.weight, std=0.1)
    for block in net.cues.blocks:
        torch.nn.init.normal_(block.near, std=0.3)
    return net.eval()


def group(level=0.5, batch=2, frames=25):
    parts = (
        noise((batch, 2, frames, len(BODY)), 1, "b"),
        noise((batch, frames, len(CAMERA)), 1, "c"),
        noise((batch, frames, len(RHYTHM)), 1, "r"),
    )
    parts[0][..., 0] = 1
    return CueGroup(*parts, torch.full((batch, 4, 7), level), torch.tensor([[1, 2]]).expand(batch, -1))


@torch.no_grad()
def told(net, cues):
    return net.tell(cues, WORDS, net.text(WORDS))


def test_tracks_that_are_known_come_back_as_they_were_given():
    cues = group()
    cues.noise_BRS[:, 1] = 0
    cues.noise_BRS[:, 2, :3] = 0
    plan = told(network(), cues)
    assert torch.equal(plan.bodies_BKFC[:, 1], cues.bodies_BKFC[:, 1]) and not torch.equal(
        plan.bodies_BKFC[:, 0], cues.bodies_BKFC[:, 0]
    )
    known = [step < 3 for step in step_of_frame(25)]
    assert [bool(same) for same in (plan.camera_BFC == cues.camera_BFC).all(-1).all(0)] == known


def test_bodies_may_be_permuted_with_their_names():
    net, cues = network(), group()
    cues.noise_BRS[:, 0] = 0.2
    turned = replace(
        cues,
        bodies_BKFC=cues.bodies_BKFC.flip(1),
        names_BK=cues.names_BK.flip(1),
        noise_BRS=cues.noise_BRS[:, [1, 0, 2, 3]],
    )
    one, other = told(net, cues), told(net, turned)
    assert torch.allclose(one.bodies_BKFC, other.bodies_BKFC.flip(1), atol=1e-5) and torch.allclose(
        one.camera_BFC, other.camera_BFC, atol=1e-5
    )
    stream = pack([TokenGroup(latents=noise((2, 16, 7, 6, 8), 1, "v"), noise=torch.full((2, 7), 0.5))], TINY.patch)
    with torch.no_grad():
        pictures = [net.follow(stream, None, WORDS, net.text(WORDS), plan)[0] for plan in (one, other)]
    assert torch.allclose(*pictures, atol=1e-4)
    swapped = told(net, replace(turned, names_BK=cues.names_BK))
    assert not torch.allclose(one.bodies_BKFC, swapped.bodies_BKFC.flip(1), atol=1e-3)  # it is the name that binds


def test_picture_and_sound_follow_the_plan_and_do_without():
    net, cues = network(), group(0.0)
    streams = (
        pack([TokenGroup(latents=noise((2, 16, 7, 6, 8), 1, "v"), noise=torch.full((2, 7), 0.5))], TINY.patch),
        pack([TokenGroup(latents=noise((2, 32, 25), 1, "a"), noise=torch.full((2, 25), 0.5))], TINY.patch),
    )
    with torch.no_grad():
        planned, plain = net(*streams, WORDS, cues), net(*streams, WORDS)
        bare = DualBranchDiT(replace(TINY, cue_width=0)).eval()
        bare.load_state_dict({key: value for key, value in net.state_dict().items() if key in bare.state_dict()})
        without = bare(*streams, WORDS)
    assert plain.cues is None and all(
        not torch.allclose(x, y, atol=1e-4) for x, y in zip(planned[:2], plain[:2], strict=True)
    )
    assert all(
        torch.allclose(x, y, atol=1e-6) for x, y in zip(plain[:2], without[:2], strict=True)
    )  # dropped is not there at all


def test_the_contact_of_a_frame_is_heard_in_its_own_sound_step_and_beside_it():
    net, cues = network(), group(0.0)
    quiet = told(net, cues)
    struck = replace(quiet, bodies_BKFC=quiet.bodies_BKFC.clone())
    struck.bodies_BKFC[0, 0, 9, CHANNEL["contact"]] += 3
    moved = (net.audio.heard(struck, 25) - net.audio.heard(quiet, 25)).abs().sum(-1)
    assert moved[0].nonzero().flatten().tolist() == [8, 9, 10] and not moved[1].any()


def body(**values):
    """One body in one frame, in normal form, from natural values."""
    x = torch.zeros(1, 1, 1, len(BODY))
    plain = {"u": 0.0, "v": 0.0, "width": 0.5, "height": 0.5, "roll_sin": 0.0, "roll_cos": 1.0, "squash": 1.0} | values
    for name, value in plain.items():
        mean, dev = BODY_FORM[CHANNEL[name]]
        number = torch.tensor(float(value))
        x[..., CHANNEL[name]] = ((number.log() if name in ("width", "height", "squash") else number) - mean) / dev
    x[..., 0] = 1
    return x


def drawn(x, rows=20, columns=40):
    return cue_maps.bodies(x, [0], rows, columns)[0, 0, 0]


def test_a_box_covers_its_own_share_of_the_picture_at_its_place():
    box = drawn(body(u=0.25, v=0.2, width=0.3, height=0.4))[..., 0]
    assert box.sum().item() / 20**2 == pytest.approx(0.3 * 0.4, rel=0.02)
    rows, columns = torch.meshgrid(torch.arange(20) + 0.5, torch.arange(40) + 0.5, indexing="ij")
    assert (box * columns).sum() / box.sum() == pytest.approx(20 + 0.25 * 20, abs=0.05)
    assert (box * rows).sum() / box.sum() == pytest.approx(10 - 0.2 * 20, abs=0.05)


def test_a_quarter_turn_exchanges_width_and_height():
    lying = drawn(body(width=0.2, height=0.6))[..., 0]
    turned = drawn(body(width=0.6, height=0.2, roll_sin=1.0, roll_cos=0.0))[..., 0]
    assert torch.allclose(lying, turned, atol=1e-4)


def test_coordinates_run_from_edge_to_edge_within_the_box():
    maps = drawn(body(width=0.8, height=0.8))
    inside = maps[..., 0] == 1
    across, up = maps[..., 1][inside], maps[..., 2][inside]
    assert across.min() > -1 and across.max() < 1 and across.max() - across.min() > 1.6 and up[0] > up[-1]


def test_who_is_absent_or_no_person_leaves_no_trace_where_only_persons_have_one():
    absent = body()
    absent[..., 0] = -1
    assert not drawn(absent).any()
    limbs = slice(9, 9 + 4 + len(LIMBS))
    joints = {f"{joint}_{axis}": 0.5 for joint in JOINTS for axis in "xy"}
    thing, person = drawn(body(person=0.0, **joints)), drawn(body(person=1.0, **joints))
    assert not thing[..., limbs].any() and person[..., limbs].any()


def test_a_limb_is_a_capsule_between_its_joints():
    joints = {f"{joint}_{axis}": 0.0 for joint in JOINTS for axis in "xy"} | {"neck_y": 0.9, "hip_y": 0.3}
    maps = drawn(body(person=1.0, height=1.0, width=0.4, **joints), 80, 160)
    trunk = maps[..., 13 + LIMBS.index(("neck", "hip"))]
    radius = cue_maps.LIMB
    assert trunk.sum().item() / 80**2 == pytest.approx(0.6 * 2 * radius + torch.pi * radius**2, rel=0.05)


def test_the_horizon_follows_the_pitch_and_the_ground_moves_with_the_camera():
    def camera(**values):
        from phonofilm.spec.cues import CAMERA_FORM

        x = torch.zeros(1, 1, len(CAMERA))
        natural = {"x": 0.0, "y": 1.0, "z": 0.0, "yaw": 0.0, "pitch": 0.0, "focal": 1.5, "orbit": 0.0} | values
        for i, name in enumerate(CAMERA):
            number = torch.tensor(natural[name])
            x[..., i] = ((number.log() if name == "focal" else number) - CAMERA_FORM[i][0]) / CAMERA_FORM[i][1]
        return cue_maps.camera(x, [0], 20, 40)[0, 0]

    level, up = camera(), camera(pitch=0.2)
    assert level[..., 0].sum() == pytest.approx(10 * 40, abs=1)  # the lower half is ground
    assert up[..., 0].sum() == pytest.approx((10 - 1.5 * torch.tan(torch.tensor(0.2)).item() * 20) * 40, abs=1)
    assert torch.allclose(
        camera(x=3.0)[..., 1:3], level[..., 1:3], atol=1e-3
    )  # waves of 3 m: moved by 3 m they look the same
    assert not torch.allclose(camera(x=1.5)[..., 1:3], level[..., 1:3], atol=0.1)


def test_cells_and_instants_are_gathered_into_units():
    maps = torch.arange(2 * 4 * 6).float().reshape(1, 2, 4, 6, 1)
    units = cue_maps.gather(maps, 2, 3)
    assert units.shape == (1, 1, 2, 3, 8)
    assert units[0, 0, 1, 2].tolist() == [
        maps[0, i, 2 + r, 4 + c, 0].item() for i in range(2) for r in range(2) for c in range(2)
    ]
