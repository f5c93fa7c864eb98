"""Clean plates: where the units of a moving camera's pictures lie, and who may tell whom."""

import math

import numpy as np
import pytest
import torch

from phonofilm.model import plates
from phonofilm.spec.cues import CAMERA, CAMERA_FORM, PULSE

ROWS, COLUMNS, HEIGHT, WIDTH, FRAMES = 9, 16, 18, 32, 9
STEPS = range(3)


def camera(**tracks):
    """Normal form of a camera 1.5 m up, 2 m before the stage; a track is a number or one of each frame."""
    stand = {"x": 0.0, "y": 1.5, "z": -2.0, "yaw": 0.0, "pitch": 0.0, "focal": 1.0, "orbit": 0.0} | tracks
    x = np.stack([np.broadcast_to(np.asarray(stand[name], np.float32), FRAMES) for name in CAMERA], -1).copy()
    x[:, CAMERA.index("focal")] = np.log(x[:, CAMERA.index("focal")])
    form = np.array(CAMERA_FORM, np.float32)
    return torch.from_numpy((x - form[:, 0]) / form[:, 1])[None]


def view(camera_BFC, cut=None, cover=None):
    rhythm = torch.zeros(1, FRAMES, 2)
    if cut is not None:
        rhythm[:, cut, 1] = 1 / PULSE
    cover = torch.zeros(1, len(STEPS), ROWS * COLUMNS) if cover is None else cover
    return plates.view(camera_BFC, rhythm, cover, STEPS, ROWS, COLUMNS, HEIGHT, WIDTH)


def places(v):
    """Row and column on the plate of each unit, ``[S, h, w, 2]``, in units from the frame's own upper left one."""
    onto = v.onto_BTP[0].view(len(STEPS), ROWS, COLUMNS, v.rows, v.columns)
    weight = onto.sum((-2, -1))
    row = (onto.sum(-1) * torch.arange(v.rows)).sum(-1) / weight - ROWS // plates.MARGIN
    column = (onto.sum(-2) * torch.arange(v.columns)).sum(-1) / weight - COLUMNS // plates.MARGIN
    return torch.stack([row, column], -1), weight


def at_frames(*values):
    """A track with these values at the middle of each latent step (frames 0, 2 and 6)."""
    return np.interp(np.arange(FRAMES), (0, 2, 6), values)


def test_under_a_still_camera_every_unit_lies_on_its_own_place():
    place, weight = places(view(camera()))
    own = torch.stack(torch.meshgrid(torch.arange(ROWS), torch.arange(COLUMNS), indexing="ij"), -1).float()
    assert torch.allclose(place, own.expand_as(place), atol=1e-3) and torch.allclose(weight, torch.ones_like(weight), atol=1e-3)


def test_a_pan_moves_all_by_as_much_and_a_tilt_what_is_upright():
    """u = focal (x / z - tan yaw): a yaw of atan(2 units) shifts the picture by two units, whatever the depth."""
    unit = 2 / HEIGHT
    place, weight = places(view(camera(yaw=np.arctan(at_frames(-unit, 0, unit)))))
    column = torch.arange(COLUMNS).float()
    inside = (weight > 0.999)[..., None]
    for s, moved in enumerate((-1, 0, 1)):
        want = (column + moved).expand(ROWS, COLUMNS)
        assert torch.allclose(torch.where(inside[s, ..., 0], place[s, ..., 1], want), want, atol=1e-3)
    place, weight = places(view(camera(pitch=np.arctan(at_frames(-unit, 0, unit)))))
    for s, moved in enumerate((1, 0, -1)):  # who looks down sees what lies lower
        assert torch.allclose(place[s, 1:3, :, 0], torch.tensor([1.0, 2.0])[:, None].expand(2, COLUMNS) + moved, atol=1e-3)


def test_a_camera_that_walks_passes_the_near_ground_faster_than_the_backdrop():
    place, weight = places(view(camera(x=at_frames(-0.3, 0, 0.3))))
    way = place[2, ..., 1] - place[0, ..., 1]
    per_unit = HEIGHT / 2  # picture heights -> units
    assert way[1, 8] == pytest.approx(0.6 / (plates.UPRIGHT + 2) * per_unit, abs=1e-2)
    below = -(0.5 - (2 * 8 + 1) / HEIGHT)  # slope of the lowest row's ray under focal 1
    assert way[8, 8] == pytest.approx(0.6 / (1.5 / below) * per_unit, abs=1e-2)
    assert math.isclose(float(weight[1].min()), 1, abs_tol=1e-3)


def trained(width=8):
    torch.manual_seed(1)
    plate = plates.Plate(width)
    torch.nn.init.normal_(plate.out.weight, std=0.3)
    torch.nn.init.normal_(plate.seen, std=0.3)
    return plate


def told(plate, x, v, noise=None):
    """What the plate adds to each step, ``[S, h w W]``."""
    ones = torch.ones(1, len(STEPS), x.shape[-1])
    return (plate(x, 0 * ones, ones, torch.ones(1, len(STEPS)) if noise is None else noise, v) - x)[0].flatten(1)


def test_it_adds_nothing_before_it_is_trained():
    x = torch.randn(1, len(STEPS), ROWS, COLUMNS, 8)
    assert told(plates.Plate(8), x, view(camera())).abs().max() == 0


def test_what_a_body_covers_tells_nobody_and_a_cut_parts_shots():
    x, plate = torch.randn(1, len(STEPS), ROWS, COLUMNS, 8), trained()
    other = x.clone()
    other[:, 2] = torch.randn_like(other[:, 2])
    plain = view(camera())
    assert (told(plate, x, plain)[0] - told(plate, other, plain)[0]).abs().max() > 0.05  # one shot: the last step tells the first
    covered = torch.zeros(1, len(STEPS), ROWS * COLUMNS)
    covered[:, 2] = 1
    hidden = view(camera(), cover=covered)
    assert torch.allclose(told(plate, x, hidden)[0], told(plate, other, hidden)[0], atol=1e-5)
    for frame in (5, 6, 7, 8):  # wherever within the step the cut falls
        parted = view(camera(), cut=frame)
        assert parted.shot_BS.tolist() == [[0, 0, 1]] and parted.shots == 2
        assert torch.allclose(told(plate, x, parted)[:2], told(plate, other, parted)[:2], atol=1e-5)
        assert (told(plate, x, parted)[2] - told(plate, other, parted)[2]).abs().max() > 0.05


def test_a_step_that_is_given_outweighs_those_that_are_noise():
    x, plate, v = torch.randn(1, len(STEPS), ROWS, COLUMNS, 8), trained(), view(camera())
    known = torch.tensor([[0.0, 1.0, 1.0]])
    alone = x[:, :1].expand_as(x)
    like_first = (told(plate, x, v, known)[1] - told(plate, alone, v, known)[1]).abs().mean()
    like_all = (told(plate, x, v)[1] - told(plate, alone, v)[1]).abs().mean()
    assert like_first < 0.1 * like_all
