"""From a batch of clips to canvases with noise, and the loss on what the network makes of them.

All tasks are the same network on another canvas; each training batch is of one task, drawn with the shares below. Noise,
levels and drops come from (seed, step, sample), so that they are equal on any split of the batch over processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from phonofilm.data.shards import Example
from phonofilm.flow import path, schedule
from phonofilm.flow.noise import generator
from phonofilm.model.canvas import Patch, Role, Stream, TokenGroup, clean_padding, pack, patchify, token_steps
from phonofilm.model.text_encoder import TextBatch, Vocabulary
from phonofilm.spec import clock

SHARES = {
    "text": 0.52,  # both unknown
    "picture": 0.04,  # picture alone: the first half of a cascade
    "score": 0.18,  # picture known, sound unknown
    "animate": 0.08,  # sound known, picture unknown
    "first_frame": 0.06,
    "prefix": 0.06,
    "reference": 0.06,
}
"""Share of the batches each task gets from the start, so that later capabilities begin from this checkpoint."""


@dataclass(frozen=True, kw_only=True)
class Levels:
    """How training draws noise levels and weighs them."""

    mean: float = 2.2
    """Mean of the logit-normal, near the logarithm of the sampler's shift: thousands of redundant cells are seen through much noise, so
    layout and timing are decided there, and a mean near 0 would hardly train it. For 5 s at 256x144 (17,856 cells)."""
    std: float = 1.5
    floor: float = 0.5
    """The velocity loss divides by t squared; the division stops growing below this level."""
    independent: float = 0.35
    """Share of samples whose picture and sound get levels of their own: the one that is clearer teaches the other to look at it."""
    leading: float = 0.0
    """Share of those samples in which the picture is the clearer one by a lead of 1 to ``most_lead`` (log-uniform), as while clips are sampled
    (``Sampling.lead``)."""
    most_lead: float = 100.0
    foreground: float = 6.0
    """Extra weight of a wholly foreground cell over a background one."""
    onset: float = 4.0
    """Extra weight of a sound step in which something is struck over one in which the sound goes on as before."""
    audio: float = 1.0
    """Weight of the sound loss beside the picture loss."""
    channel_power: float = 1.0
    """Exponent of each channel's share of the picture (or mel) in its weight: 0 treats all alike, 2 is the error in pixels."""
    strike: float = 0.3
    """Weight of telling from the picture when things are struck (``model/motion.py``), where the clips' rows say so."""
    text_drop: float = 0.1
    window: int = 0
    """Latent steps of the clip, at a random place, that the task ``picture`` trains on; 0 all of them. What things look like is learnt from
    a part of a clip as well, at a part of the cost."""


@dataclass(frozen=True)
class Batch:
    """A canvas ready for the network, with what the loss needs."""

    video: Stream | None
    audio: Stream | None
    text: TextBatch
    clean_video: Tensor | None
    """x0 patches ``[B, V, P]``."""
    clean_audio: Tensor | None
    weight_video: Tensor | None
    """``[B, V, P]``; 0 on padding and on known tokens."""
    weight_audio: Tensor | None
    task: str
    strikes: Tensor | None = None
    """``[B, A]`` 1 at sound steps in which something is seen to be struck, nan where the row does not say."""


def task_of(seed: int, step: int, shares: Mapping[str, float] = SHARES) -> str:
    """The task of a step: a pure function of seed and step."""
    draw = torch.rand((), generator=generator(seed, "task", step)).item() * sum(shares.values())
    for task, share in shares.items():
        if draw < share:
            return task
        draw -= share
    return "text"


def build(
    examples: list[Example], vocabulary: Vocabulary, patch: Patch, *, seed: int, step: int, levels: Levels, text_length: int,
    task: str | None = None, first: int = 0, device: str = "cpu", channels: tuple[Tensor, Tensor] | None = None, kept: int | None = None,
) -> Batch:  # fmt: skip
    """The canvas of one training step. ``first`` is the place of ``examples[0]`` in the whole batch (for a split over processes);
    ``channels`` how much each latent channel of picture and sound matters (``Shards.channels``); ``kept`` how many of the picture's the network composes in
    (``DiTConfig.video_channels``)."""
    task = task or task_of(seed, step)
    video = torch.stack([torch.tensor(e.video, dtype=torch.float32) for e in examples])
    audio = torch.stack([torch.tensor(e.audio, dtype=torch.float32) for e in examples])
    share = torch.stack([torch.tensor(e.weight, dtype=torch.float32) for e in examples]) / 255
    reference = torch.stack([torch.tensor(e.reference, dtype=torch.float32) for e in examples])
    kept = kept or video.shape[1]
    video, reference = video[:, :kept], reference[:, :kept]
    n = len(examples)
    begin = 0
    if task == "picture" and 0 < levels.window < video.shape[2]:
        begin = int(torch.randint(video.shape[2] - levels.window + 1, (), generator=generator(seed, "window", step)))
        begin -= (begin - 1) % patch.time if begin else 0
        video, share = video[:, :, begin : begin + levels.window], share[:, begin : begin + levels.window]
    frames, sounds = video.shape[2], audio.shape[2]
    steps = token_steps(frames, patch, begin)
    t_v, t_a, noise_v, noise_a, drop, known = [], [], [], [], [], []
    for i in range(n):
        g = generator(seed, "noise", step, first + i)
        pair = schedule.logit_normal(2, g, mean=levels.mean, std=levels.std)
        apart = torch.rand((), generator=g).item() < levels.independent
        if apart and levels.leading and torch.rand((), generator=g).item() < levels.leading:
            lead = levels.most_lead ** torch.rand((), generator=g).item()
            pair = torch.stack([schedule.shifted(pair[1], 1 / lead), pair[1]])
        t_v.append(pair[0])
        t_a.append(pair[1] if apart else pair[0])
        drop.append(torch.rand((), generator=g).item() < levels.text_drop)
        known.append(1 + int(torch.randint(max(1, steps // 2), (), generator=g)))
        noise_v.append(torch.randn(video.shape[1:], generator=g))
        noise_a.append(torch.randn(audio.shape[1:], generator=g))
    level_v = torch.stack(t_v)[:, None].expand(n, steps).clone()
    level_a = torch.stack(t_a)[:, None].expand(n, sounds).clone()
    if task == "score":
        level_v[:] = 0
    elif task == "animate":
        level_a[:] = 0
    elif task == "first_frame":
        level_v[:, 0] = 0
    elif task == "prefix":
        for i, k in enumerate(known):  # the first k token steps of both are known
            level_v[i, :k] = 0
            level_a[i, : max(0, (k - 1) * patch.time * 4) + 1] = 0
    x_v, x_a = torch.stack(noise_v), torch.stack(noise_a)
    front = 0 if begin else patch.time - 1
    by_frame = level_v[:, [(f + front) // patch.time for f in range(frames)]]
    noisy_v = path.interpolate(video, x_v, by_frame[:, None, :, None, None])
    noisy_a = path.interpolate(audio, x_a, level_a[:, None])
    groups = [TokenGroup(latents=noisy_v, noise=level_v, role=Role.TARGET, first_step=begin)]
    if task == "reference":
        groups.append(
            TokenGroup(latents=reference, noise=torch.zeros(n, token_steps(1, patch)), role=Role.REFERENCE, away=True, name=1, held=True)
        )
    stream_v = pack(groups, patch)
    stream_a = pack([TokenGroup(latents=noisy_a, noise=level_a)], patch) if task != "picture" else None
    assert stream_v is not None
    clean_v = patchify(video, patch, begin)[0]
    matter_v, matter_a = channels or (torch.ones(kept), torch.ones(audio.shape[1]))
    matter_v, matter_a = _matter(matter_v[:kept], levels), _matter(matter_a, levels)
    by_cell = (1 + levels.foreground * share)[:, None] * matter_v[None, :, None, None, None]
    weight_v = patchify(by_cell, patch, begin)[0] * clean_padding(video, patch, begin)
    count = clean_v.shape[1]
    weight_v = weight_v * _velocity_weight(stream_v.spread(stream_v.noise_BS)[:, :count], levels)[..., None]
    text = vocabulary.encode([e.tokens for e in examples], text_length).dropped(torch.tensor(drop))
    struck = (1 + levels.onset * onsets(audio, matter_a)) / (1 + levels.onset * 0.2)
    weight_a = (_velocity_weight(level_a, levels) * struck)[..., None] * matter_a if stream_a is not None else None

    struck_BA = torch.stack([_strikes(e, sounds) for e in examples])

    def move(stream: Stream | None) -> Stream | None:
        if stream is None:
            return None
        return Stream(*(getattr(stream, k).to(device) for k in ("patches_BTP", "coords_BTX", "noise_BS", "role_T", "name_T")), stream.grids)

    return Batch(
        move(stream_v), move(stream_a), text.to(device), clean_v.to(device), audio.transpose(1, 2).to(device) if stream_a is not None else None,
        weight_v.to(device), weight_a.to(device) if weight_a is not None else None, task, struck_BA.to(device),
    )  # fmt: skip


def onsets(audio_BCT: Tensor, matter_C: Tensor) -> Tensor:
    """How much each sound step is an onset, ``[B, T]`` in 0..1: the change from the step before against the clip's median change
    (0 up to twice that, 1 from ten times on), and the steps beside it. Found in the clean latents alone."""
    change = (audio_BCT * matter_C[:, None]).diff(dim=2).norm(dim=1)
    change = torch.cat([change[:, :1], change], 1)
    share = ((change / change.median(1, keepdim=True).values.clamp(min=1e-6) - 2) / 8).clamp(0, 1)
    return F.max_pool1d(share[:, None], 3, 1, 1)[:, 0]


def _strikes(example: Example, sounds: int) -> Tensor:
    """``[A]``: 1 at the sound step of a strike, 0.3 beside it, else 0; all nan where the example does not say."""
    if example.strikes is None:
        return torch.full((sounds,), float("nan"))
    out = torch.zeros(sounds)
    for seconds in example.strikes:
        at = clock.audio_step_at(seconds)
        for near, value in ((at - 1, 0.3), (at + 1, 0.3), (at, 1.0)):
            if 0 <= near < sounds:
                out[near] = max(float(out[near]), value)
    return out


def _matter(channels: Tensor, levels: Levels) -> Tensor:
    """Weight of each channel, mean 1."""
    weight = channels**levels.channel_power
    return weight / weight.mean()


def _velocity_weight(level_BT: Tensor, levels: Levels) -> Tensor:
    """The velocity loss as a weight on the squared x0 error: ``1 / max(t, floor)^2``; 0 where the token is known."""
    return torch.where(level_BT > 0, 1 / level_BT.clamp(min=levels.floor) ** 2, torch.zeros_like(level_BT))


def strike_loss(logits: list[Tensor], batch: Batch, levels: Levels) -> tuple[Tensor, dict[str, float]]:
    """Weighted cross-entropy of the logits against when things are struck, weighed down where the picture is mostly noise."""
    if not logits or batch.strikes is None or batch.video is None or not levels.strike:
        return torch.zeros((), device=batch.text.id_BL.device), {}
    known = ~batch.strikes[:, 0].isnan()
    if not bool(known.any()):
        return torch.zeros((), device=batch.strikes.device), {}
    clear_B1 = (1 - batch.video.noise_BS[:, : batch.video.grids[0].steps].mean(1, keepdim=True)[known]).clamp(min=0.05)
    target, rare = batch.strikes[known], torch.tensor(6.0, device=batch.strikes.device)
    each = F.binary_cross_entropy_with_logits(logits[0][known].float(), target, pos_weight=rare, reduction="none")
    value = (each * clear_B1).mean() / clear_B1.mean()
    return levels.strike * value, {"strike": value.item()}


def loss(predicted: tuple[Tensor | None, Tensor | None], batch: Batch, levels: Levels) -> tuple[Tensor, dict[str, float]]:
    """Weighted mean squared x0 error of both modalities (equal to the velocity loss above the floor), and its parts for the log.
    Each part is divided by the weights' mean over *unknown* tokens only where any exist."""
    out_v, out_a = predicted
    total = torch.zeros((), device=batch.text.id_BL.device)
    parts: dict[str, float] = {}
    if out_v is not None and batch.clean_video is not None and batch.weight_video is not None and bool(batch.weight_video.any()):
        error = (out_v[:, : batch.clean_video.shape[1]].float() - batch.clean_video) ** 2 * batch.weight_video
        part = error.mean() / (1 + levels.foreground * 0.15)
        total, parts["video"] = total + part, part.item()
    if out_a is not None and batch.clean_audio is not None and batch.weight_audio is not None and bool(batch.weight_audio.any()):
        part = ((out_a.float() - batch.clean_audio) ** 2 * batch.weight_audio).mean()
        total, parts["audio"] = total + levels.audio * part, part.item()
    return total, parts
