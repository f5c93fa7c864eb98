"""A canvas through the sampler: the one joint loop that every task shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from phonofilm.flow import guidance, schedule
from phonofilm.flow.noise import noise
from phonofilm.flow.sampler import SAMPLERS, OnStep, State, _quiet
from phonofilm.model.canvas import Role, Stream, TokenGroup, pack, token_steps, unpack
from phonofilm.model.dit import DualBranchDiT
from phonofilm.model.text_encoder import TextBatch


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How a canvas is sampled."""

    steps: int = 24
    sampler: str = "ancestral"
    """Of ``flow.sampler.SAMPLERS``. A network trained for minutes takes some noise for picture: fresh noise lets it judge again."""
    guidance: float = 3.0
    """Text guidance; 1 is none."""
    cross_guidance: float = 1.0
    """Cross-modal guidance; 1 is none."""
    lead: float = 1.0
    """How much stronger the sound's noise is at each moment where both are to be made: the picture is clear first and the sound follows what it
    shows. 1 is one clock for both; at ``lead`` L the sound is at level ``L t / (1 + (L - 1) t)`` while the picture is at ``t``."""
    rescale: float = 0.5
    shift: float = 1.5
    """At 1024 latent cells; grows with the square root of their number (``schedule.resolution_shift``): 6 for 5 s at 256x144. Cells count, not
    tokens: it is the redundancy of neighbouring cells and frames that lets the network see through noise."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is known and what is to be made. Latents have a batch of one; known parts carry their values.

    A modality that is None is dropped: the other branch works alone."""

    video: Tensor | None
    """``[1, C, F, h, w]``: known values, anything where unknown."""
    audio: Tensor | None
    """``[1, C, A]``."""
    video_unknown: Tensor | None = None
    """``[S]`` 1 unknown, 0 known, between: trusted in part, per token step; None is all unknown."""
    audio_unknown: Tensor | None = None
    """``[A]``."""
    references: tuple[TokenGroup, ...] = field(default=())
    """Held groups; those of zero strength (noise 1) are left out."""


def denoise(
    model: DualBranchDiT, task: Task, text: TextBatch, null: TextBatch, sampling: Sampling, seed: int, on_step: OnStep = _quiet
) -> tuple[Tensor | None, Tensor | None]:
    """Fill the canvas; returns picture and sound latents (None where dropped). Repeatable for a seed."""
    patch = model.config.patch
    dtype = next(model.parameters()).dtype
    held = [g for g in task.references if g.noise.min() < 1]
    unknown_v = unknown_a = None
    state: list[Tensor] = []
    cells = 0
    both = all(x is not None and (given is None or bool(given.any())) for x, given in ((task.video, task.video_unknown), (task.audio, task.audio_unknown)))
    lead = sampling.lead if both else 1.0
    if task.video is not None:
        steps = token_steps(task.video.shape[2], patch)
        unknown_v = torch.ones(steps) if task.video_unknown is None else task.video_unknown
        state.append(noise(tuple(task.video.shape), seed, "video"))
        cells += task.video.shape[2] * task.video.shape[3] * task.video.shape[4]
    if task.audio is not None:
        unknown_a = torch.ones(task.audio.shape[2]) if task.audio_unknown is None else task.audio_unknown
        # (1 - t) x0 + t (L e), divided by 1 + (L - 1) t, is the path's point at level L t / (1 + (L - 1) t): stronger noise is a clock behind
        state.append(lead * noise(tuple(task.audio.shape), seed, "audio"))
        cells += task.audio.shape[2]
    start_noise = list(state)

    def canvas(state: State, t: float, batch: int) -> tuple[Stream | None, Stream | None, list[TokenGroup], list[TokenGroup]]:
        groups_v: list[TokenGroup] = []
        groups_a: list[TokenGroup] = []
        rest = list(state)
        if task.video is not None and unknown_v is not None:
            x = rest.pop(0)
            level = unknown_v * t
            of = _token_of_frame(task.video.shape[2], patch.time)
            mixed = _blend(x, task.video, start_noise[0], level[of], unknown_v[of])
            groups_v = [TokenGroup(latents=mixed.expand(batch, -1, -1, -1, -1), noise=level.expand(batch, -1), role=Role.TARGET)]
        if task.audio is not None and unknown_a is not None:
            x = rest.pop(0)
            behind = 1 + (lead - 1) * t
            level = unknown_a * (lead * t / behind)
            mixed = _blend(x / behind, task.audio, start_noise[-1] / lead, level, unknown_a)
            groups_a = [TokenGroup(latents=mixed.expand(batch, -1, -1), noise=level.expand(batch, -1), role=Role.TARGET)]
        for g in held:
            grown = replace(g, latents=g.latents.expand(batch, *g.latents.shape[1:]), noise=g.noise.expand(batch, -1))
            (groups_v if g.modality == "video" else groups_a).append(grown)
        groups_v = [replace(g, latents=g.latents.to(dtype)) for g in groups_v]
        groups_a = [replace(g, latents=g.latents.to(dtype)) for g in groups_a]
        return pack(groups_v, patch), pack(groups_a, patch), groups_v, groups_a

    def first(out_v: Tensor | None, out_a: Tensor | None, groups_v: list[TokenGroup], groups_a: list[TokenGroup]) -> list[Tensor]:
        out = []
        if out_v is not None and task.video is not None:
            out.append(unpack(out_v.float(), groups_v, patch)[0])
        if out_a is not None and task.audio is not None:
            out.append(unpack(out_a.float(), groups_a, patch)[0])
        return out

    texts = TextBatch(torch.cat([null.id_BL, text.id_BL]), torch.cat([null.window_BL2, text.window_BL2]))
    with torch.no_grad():
        told = model.text(texts)  # once: the words stay while the noise falls

    @torch.no_grad()
    def predict(state: State, t: float) -> State:
        guided = sampling.guidance != 1
        video, audio, groups_v, groups_a = canvas(state, t, 2 if guided else 1)
        both = first(*model(video, audio, texts if guided else text, context_BLD=told if guided else told[1:]), groups_v, groups_a)
        plain = [x[-1:] for x in both]
        alone = None
        if sampling.cross_guidance != 1 and task.video is not None and task.audio is not None:
            video, audio, groups_v, groups_a = canvas(state, t, 1)
            alone = first(*model(video, audio, text, isolated=True, context_BLD=told[1:]), groups_v, groups_a)
        out = []
        for k, c in enumerate(plain):
            u = both[k][:1] if guided else c
            g = guidance.joint(c, u, alone[k] if alone else None, sampling.guidance, sampling.cross_guidance)
            out.append(guidance.rescale(g, c, sampling.rescale) if sampling.rescale else g)
        return tuple(out)

    shift = schedule.resolution_shift(cells, base_shift=sampling.shift)
    times = schedule.grid(sampling.steps, shift) if lead == 1 else schedule.paired_grid(sampling.steps, shift, lead)

    def fresh(step: int, like: State) -> State:
        louder = (1.0, lead)  # a lone stream has no lead
        return tuple(loud * noise(tuple(x.shape), seed, "fresh", step, k) for k, (x, loud) in enumerate(zip(like, louder, strict=False)))

    state_out = list(SAMPLERS[sampling.sampler](predict, tuple(state), times, on_step, fresh))
    made_v = made_a = None
    if task.video is not None and unknown_v is not None:
        keep = (unknown_v == 0)[_token_of_frame(task.video.shape[2], patch.time)][None, None, :, None, None]
        made_v = torch.where(keep, task.video, state_out.pop(0))
    if task.audio is not None and unknown_a is not None:
        made_a = torch.where((unknown_a == 0)[None, None], task.audio, state_out.pop(0))
    return made_v, made_a


def _token_of_frame(frames: int, patch_time: int) -> Tensor:
    """Token step of each latent frame (the front is padded by ``patch_time - 1``)."""
    return (torch.arange(frames) + patch_time - 1) // patch_time


def _blend(x: Tensor, known: Tensor, start: Tensor, level_F: Tensor, unknown_F: Tensor) -> Tensor:
    """The state where steps are unknown; where they are known (or trusted in part), the known values at their own level."""
    shape = (1, 1, -1) + (1,) * (x.ndim - 3)
    level, unknown = level_F.reshape(shape).float(), unknown_F.reshape(shape)
    return torch.where(unknown == 1, x, (1 - level) * known + level * start)


Progress = Callable[[str, int, int], None]
"""``(stage, done, total)``."""
