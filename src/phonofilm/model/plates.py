"""Clean plates: what stands still is seen in all of a shot's steps at once, and painted once for all of them.

In film a clean plate is the scene without its cast. Here each unit of each latent step that no body covers is laid, along the planned camera, onto one picture
of the shot that is wider than the frame; the mean is looked at by a convolution and handed back to every step along the same way. Convolutions along time at
one place can only hold a picture still; along the camera's way it may move. The ground is a plane; beyond ``UPRIGHT`` stands another.
Shape letters: see ``rope.py``; U units of a step, P units of a plate, W trunk width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model import cue_maps
from phonofilm.spec.cues import CAMERA_FORM, PULSE, RHYTHM

UPRIGHT = 12.0
"""Metres from the stage's front to the plane on which all lies that is farther than the ground before it (rooms end at 9.5, streets at 12)."""
EVERY = 2
"""A plate lies behind every so many blocks of the video ends."""
MARGIN = 4
"""A plate is wider than the frame by a share of 1 / MARGIN on each side."""


@dataclass(frozen=True)
class View:
    """How the steps of a clip lie on its plates; carries no gradient."""

    onto_BTP: Tensor
    """``[B, S U, P]``: bilinear weights of each unit, all 0 where it lies outside."""
    clear_BT: Tensor
    """``[B, S U]``: how much of the unit no body covers."""
    shot_BS: Tensor
    """Index of each step's shot."""
    rows: int
    columns: int
    """Of a plate."""

    @property
    def shots(self) -> int:
        """How many plates there are."""
        return int(self.shot_BS.max()) + 1


def view(
    camera_BFC: Tensor, rhythm_BFC: Tensor, cover_BSU: Tensor, steps: range, rows: int, columns: int, height: int, width: int,
    dtype: torch.dtype = torch.float32,
) -> View:  # fmt: skip
    """The view of ``steps`` (latent steps), each of ``rows`` x ``columns`` units of 2 x 2 cells, of a picture of ``height`` x ``width`` cells. Cues in normal
    form. The plate is what a camera would see that stands, looks and zooms in the middle of what the clip's does."""
    last = camera_BFC.shape[1] - 1
    frames = [min(cue_maps.instants(step)[1], last) for step in steps]
    form = torch.tensor(CAMERA_FORM, device=camera_BFC.device)
    x_BSC = camera_BFC[:, frames].float() * form[:, 1] + form[:, 0]
    px, py, pz, yaw, pitch, focal, _ = x_BSC[..., None, None, :].unbind(-1)  # each [B, S, 1, 1]
    focal, py = focal.clamp(-1, 2).exp(), py.clamp(0.05, 10)
    tan_yaw, tan_pitch = yaw.clamp(-1, 1).tan(), pitch.clamp(-1, 1).tan()
    u = (2 * torch.arange(columns, device=px.device) + 1 - width / 2) / height
    v = ((height / 2 - 1) - 2 * torch.arange(rows, device=px.device))[:, None] / height
    right, up = u / focal + tan_yaw, v / focal + tan_pitch  # slopes of the ray: [B, S, 1, w] and [B, S, h, 1]
    depth = torch.minimum(py / (-up).clamp(min=1e-3), (UPRIGHT - pz).clamp(min=2))
    at_x, at_y, at_z = px + right * depth, py + up * depth, pz + depth
    middle_x, middle_y, middle_z, middle_focal, middle_yaw, middle_pitch = (c.mean(1, keepdim=True) for c in (px, py, pz, focal, tan_yaw, tan_pitch))
    away = (at_z - middle_z).clamp(min=0.5)
    seen_u = middle_focal * ((at_x - middle_x) / away - middle_yaw)
    seen_v = middle_focal * ((at_y - middle_y) / away - middle_pitch)
    more_rows, more_columns = max(1, rows // MARGIN), max(1, columns // MARGIN)
    row = (height / 2 - 1 - seen_v * height) / 2 + more_rows
    column = (seen_u * height + width / 2 - 1) / 2 + more_columns
    tall, wide = rows + 2 * more_rows, columns + 2 * more_columns
    by_row = F.relu(1 - (row - torch.arange(tall, device=px.device)).abs())  # [B, S, h, tall]
    by_column = F.relu(1 - (column[..., None] - torch.arange(wide, device=px.device)).abs())  # [B, S, h, w, wide]
    onto = by_row[:, :, :, None, :, None] * by_column[:, :, :, :, None]
    # the cut's pulse, wherever among a step's frames it falls; the first frame's is none
    pulse_BF = F.pad(rhythm_BFC[:, 1:, RHYTHM.index("cut")].float(), (3, 3))
    cut_BS = torch.stack([pulse_BF[:, f + 1 : f + 5].amax(1) > 0.5 / PULSE for f in frames], 1)
    cut_BS[:, 0] = False
    return View(onto.flatten(-2).flatten(1, 3).to(dtype), (1 - cover_BSU.clamp(0, 1)).flatten(1), cut_BS.cumsum(1), tall, wide)


class Plate(nn.Module):
    """Onto the plate, a convolution, and back; adds nothing before it is trained."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.space = nn.Conv2d(width, width, 3, padding=1)
        self.seen = nn.Parameter(torch.zeros(width))
        self.out = nn.Linear(width, width, bias=False)
        nn.init.zeros_(self.out.weight)

    def forward(self, x_BShwW: Tensor, shift_BSW: Tensor, scale_BSW: Tensor, noise_BS: Tensor, view: View) -> Tensor:
        """``[B, S, h, w, W]`` -> the same. Steps at a lower noise level weigh more: a first frame that is given is what the others go on from."""
        batch, _, rows, columns, width = x_BShwW.shape
        h = F.rms_norm(x_BShwW, (width,), eps=1e-6)
        h = torch.addcmul(shift_BSW[:, :, None, None], h, scale_BSW[:, :, None, None]).view(batch, -1, width)
        onto_BTP = view.onto_BTP
        sure_BS = 1 / (noise_BS.float() ** 2 + 0.01)
        weight_BT = view.clear_BT * (sure_BS / sure_BS.mean(1, keepdim=True)).repeat_interleave(rows * columns, 1)
        back = torch.zeros_like(h)
        for shot in range(view.shots):
            here_BT1 = (view.shot_BS == shot).to(onto_BTP.dtype).repeat_interleave(rows * columns, 1)[..., None]
            weight_BT1 = weight_BT[..., None].to(onto_BTP.dtype) * here_BT1
            count_BP1 = onto_BTP.transpose(1, 2) @ weight_BT1
            plate = (onto_BTP.transpose(1, 2) @ (h.to(onto_BTP.dtype) * weight_BT1)) / (count_BP1 + 0.05)
            plate = torch.addcmul(plate, count_BP1.log1p(), self.seen.to(plate.dtype))
            plate = plate.view(batch, view.rows, view.columns, width).permute(0, 3, 1, 2)
            plate = self.out(F.silu(self.space(plate)).permute(0, 2, 3, 1).reshape(batch, -1, width))
            back = torch.addcmul(back, onto_BTP @ plate.to(onto_BTP.dtype), here_BT1)
        return x_BShwW + back.view_as(x_BShwW)


class Plates(nn.Module):
    """The plates of a network, in their order."""

    def __init__(self, width: int, count: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Plate(width) for _ in range(count))
