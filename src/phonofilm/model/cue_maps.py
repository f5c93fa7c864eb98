"""Cues drawn into the picture's cells, without weights: boxes and limbs in their own coordinates, and the ground and
backdrop under the camera.

Attention alone would have to learn where a body is before it could learn to paint it (TrajLoc 2607.00861, CoMoVi); here
every cell is told what lies in it. Each latent step is drawn twice: at its last frame and at its middle one. Shape
letters: see ``rope.py``; K bodies, F frames, M maps.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from phonofilm.spec import clock
from phonofilm.spec.cues import BODY_FORM, CAMERA_FORM, CHANNEL, LIMBS, LOGARITHMIC

HEAD, LIMB = 0.11, 0.045
"""Radius of the head and of a limb, shares of the body's height."""
INSTANTS = 2
BODY_MAPS = INSTANTS * (9 + 4 + len(LIMBS))
CAMERA_MAPS = INSTANTS * 12
FAR = 60.0
"""Metres beyond which the ground is not told apart."""


def instants(step: int) -> tuple[int, int]:
    """The frames at which a latent step is drawn: its last, and its middle one."""
    last = step * clock.FRAMES_PER_LATENT
    return last, max(0, last - clock.FRAMES_PER_LATENT // 2)


def natural_bodies(x_C: Tensor) -> Tensor:
    """``spec.cues.natural`` for the bodies' channels of tensors ``[..., C]`` in normal form, with the presence as a
    share from 0 to 1."""
    mean, dev = torch.tensor(BODY_FORM, device=x_C.device).unbind(1)
    x = x_C * dev + mean
    logs = torch.zeros(len(BODY_FORM), dtype=torch.bool, device=x.device)
    logs[LOGARITHMIC] = True
    return torch.where(logs, x.clamp(-7, 2).exp(), x)


def _grid(rows: int, columns: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Picture heights right of and above the middle, of each cell: ``[1, w]`` and ``[h, 1]``."""
    u = (torch.arange(columns, device=like.device) + 0.5 - columns / 2) / rows
    v = 0.5 - (torch.arange(rows, device=like.device) + 0.5) / rows
    return u[None], v[:, None]


def bodies(bodies_BKFC: Tensor, frames: list[int], rows: int, columns: int) -> Tensor:
    """``[B, K, len(frames), rows, columns, BODY_MAPS / INSTANTS]`` float32: for each body at each of ``frames`` the box
    with its own coordinates, facing, moving part, whether it is a person, contact, a halo, what lies under it; the head
    with its own coordinates and mouth; the limbs. All 0 where absent."""
    x = natural_bodies(bodies_BKFC[:, :, frames].float())[..., None, None, :]
    of = {name: x[..., i] for name, i in CHANNEL.items()}
    here = ((bodies_BKFC[:, :, frames, 0].float() + 1) / 2).clamp(0, 1)[..., None, None]
    u, v = _grid(rows, columns, x)
    cell = 1 / rows
    size = (of["roll_sin"] ** 2 + of["roll_cos"] ** 2).sqrt().clamp(min=0.1)
    sin, cos = of["roll_sin"] / size, of["roll_cos"] / size
    right, up = u - of["u"], v - of["v"]
    tall = of["squash"].clamp(0.3, 2)
    half_w, half_h = of["width"] / tall / 2, of["height"] * tall / 2
    along, across = cos * right + sin * up, cos * up - sin * right

    def soft(inside: Tensor) -> Tensor:
        return (inside / cell + 0.5).clamp(0, 1)

    box = soft(half_w - along.abs()) * soft(half_h - across.abs()) * here
    a, b = (along / half_w.clamp(min=cell / 4)).clamp(-1.5, 1.5), (across / half_h.clamp(min=cell / 4)).clamp(-1.5, 1.5)
    person = of["person"].clamp(0, 1)
    halo = (-(right**2 + up**2) / (2 * 0.15**2)).exp() * here
    below = (-((right / half_w.clamp(min=cell)) ** 2)).exp() * soft(-(up + half_h)) * here
    maps = [
        box,
        box * a,
        box * b,
        box * of["facing"].clamp(-1, 1),
        box * of["part"].clamp(0, 1),
        box * person,
        box * of["contact"].clamp(0, 1),
        halo,
        below,
    ]
    whole = of["height"]
    foot = of["v"] - whole / 2

    def place(joint: str) -> tuple[Tensor, Tensor]:
        return of["u"] + of[joint + "_x"] * whole, foot + of[joint + "_y"] * whole

    share = here * person
    hu, hv = place("head")
    radius = (HEAD * whole).clamp(min=cell / 4)
    head = soft(radius - ((u - hu) ** 2 + (v - hv) ** 2).sqrt()) * share
    maps += [
        head,
        head * ((u - hu) / radius).clamp(-1.5, 1.5),
        head * ((v - hv) / radius).clamp(-1.5, 1.5),
        head * of["mouth"].clamp(0, 1),
    ]
    for one, other in LIMBS:
        (u0, v0), (u1, v1) = place(one), place(other)
        du, dv = u1 - u0, v1 - v0
        t = (((u - u0) * du + (v - v0) * dv) / (du**2 + dv**2).clamp(min=1e-6)).clamp(0, 1)
        away = ((u - u0 - t * du) ** 2 + (v - v0 - t * dv) ** 2).sqrt()
        maps.append(soft(LIMB * whole - away) * share)
    return torch.stack(maps, -1)


def camera(camera_BFC: Tensor, frames: list[int], rows: int, columns: int) -> Tensor:
    """``[B, len(frames), rows, columns, CAMERA_MAPS / INSTANTS]`` float32: where the ground is, waves of 3 m over it
    along and across, waves over upright planes 12 and 40 m away, and the height over the horizon. What stands still in
    the world moves in the picture as these waves do."""
    form = torch.tensor(CAMERA_FORM, device=camera_BFC.device)
    x = (camera_BFC[:, frames].float() * form[:, 1] + form[:, 0])[..., None, None, :]
    px, py, pz, yaw, pitch, focal, _ = x.unbind(-1)
    focal, py = focal.clamp(-1, 2).exp(), py.clamp(0.05, 10)
    u, v = _grid(rows, columns, x)
    right, up = u + focal * yaw.clamp(-1, 1).tan(), v + focal * pitch.clamp(-1, 1).tan()
    cell = 1 / rows
    far = (py * focal / (-up).clamp(min=1e-3)).clamp(max=FAR)
    ground = (-up / cell + 0.5).clamp(0, 1)

    def waves(metres: Tensor, length: float, per_cell: Tensor) -> list[Tensor]:
        """Sine and cosine over ``metres``; faded where a cell holds more than half a wave."""
        clear = (length / per_cell.clamp(min=1e-4) / 2 - 1).clamp(0, 1)
        phase = metres * (2 * math.pi / length)
        return [phase.sin() * clear, phase.cos() * clear]

    maps = [ground.expand(*ground.shape[:-1], columns)]
    maps += [m * ground for m in waves(px + right * far / focal, 3.0, far / focal * cell)]
    maps += [m * ground for m in waves(pz + far, 3.0, far**2 / (py * focal) * cell)]
    for depth, length in ((12.0, 4.0), (40.0, 14.0)):
        away = (depth - pz).clamp(min=2)
        maps += waves(px + right * away / focal, length, away / focal * cell)
    away = (12.0 - pz).clamp(min=2)
    maps += waves(py + up * away / focal, 4.0, away / focal * cell)
    maps.append((up * 3).clamp(-2, 2))
    return torch.stack([m.expand(*x.shape[:2], rows, columns) for m in maps], -1)


def gather(maps_BNhwM: Tensor, rows: int, columns: int) -> Tensor:
    """Instants side by side, and the cells of a unit of 2 x 2 side by side: ``[..., N, h, w, M] -> [..., N / INSTANTS,
    rows, columns, 4 INSTANTS M]``."""
    x = maps_BNhwM.unflatten(-4, (-1, INSTANTS))
    x = F.pad(x, (0, 0, 0, 2 * columns - x.shape[-2], 0, 2 * rows - x.shape[-3]))
    x = x.unflatten(-2, (columns, 2)).unflatten(-4, (rows, 2))  # [..., S, I, rows, 2, columns, 2, M]
    lead = range(x.ndim - 6)
    i, row, down, column, across, m = range(x.ndim - 6, x.ndim)
    return x.permute(*lead, row, column, i, down, across, m).flatten(-4)
