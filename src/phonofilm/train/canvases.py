"""From a batch of clips to canvases with noise, and the loss on what the network makes of them.

All tasks are the same network on another canvas; each training step is of one task, drawn with the shares below. Noise,
levels and drops come from (seed, step, sample), so that they are equal on any split of the batch over processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from phonofilm.data.shards import Example
from phonofilm.flow import path, schedule
from phonofilm.flow.noise import generator
from phonofilm.model.canvas import Patch, Role, Stream, TokenGroup, clean_padding, pack, patchify, token_steps
from phonofilm.model.cues import CueGroup
from phonofilm.model.text_encoder import TextBatch, Vocabulary
from phonofilm.train import cues as cue_training
from phonofilm.train.cues import CueLevels


@dataclass(frozen=True, kw_only=True)
class Task:
    """A kind of training step."""

    share: float
    """Of the steps."""
    batch: float = 1.0
    """Its clips, as a multiple of the recipe's batch: a step of whole clips costs what four of parts do."""


TASKS = {
    "picture": Task(share=0.33, batch=1.375),  # video alone, from a moment of a clip: what things look like
    "scene": Task(share=0.15, batch=0.5),  # video alone, from a longer part: what stays while bodies and camera move
    "sound": Task(share=0.14, batch=2.0),  # audio alone
    "text": Task(share=0.12, batch=0.375),  # both unknown
    "score": Task(share=0.05, batch=0.375),  # video known, audio unknown
    "animate": Task(share=0.03, batch=0.375),  # audio known, video unknown
    "first_frame": Task(share=0.02, batch=0.375),
    "prefix": Task(share=0.02, batch=0.375),
    "reference": Task(share=0.02, batch=0.375),
    "cues": Task(share=0.12, batch=4.0),  # cues alone, from plays that were never drawn
}


@dataclass(frozen=True, kw_only=True)
class Levels:
    """How training draws noise levels and weighs them."""

    mean: float = 2.4
    """Mean of the logit-normal: high, for what the words say of colours, places and hours is decided above 0.98.
    Neighbouring cells say the same, and a colour shows through all noise below. With 1.6 and a deviation of 1.5 the
    words were worth 1 % at full noise after 700 steps (``docs/log.md``)."""
    std: float = 1.6
    floor: float = 0.35
    """The velocity loss divides by t squared; the division stops growing below this level."""
    independent: float = 0.35
    """Share of samples whose video and audio get levels of their own: the one that is clearer teaches the other to look
    at it."""
    foreground: float = 6.0
    """Extra weight of a wholly foreground cell over a background one."""
    onset: float = 4.0
    """Extra weight of a sound step in which something is struck over one in which the sound goes on as before."""
    audio: float = 1.0
    """Weight of the audio loss beside the video loss."""
    channel_power: float = 1.0
    """Exponent of each channel's share of the picture (or mel) in its weight: 0 treats all alike, 2 is the error in
    pixels."""
    text_drop: float = 0.1
    window: int = 5
    """Latent steps of the clip, at a random place, that the task ``picture`` trains on; 0 all of them."""
    scene: int = 16
    """The same of the task ``scene``. In five steps, 0.8 s, a camera moves by less than a cell: what it does is not
    learnt from them."""
    no_cues: float = 0.08
    """Share of the steps without cues: people's own clips have none."""
    clear_cues: float = 0.7
    """Share of samples whose cues are nearly clear, as where they are made first; the others are ahead by a lag, as
    where all is made together."""
    clear_to: float = 0.25
    """Highest level of nearly clear cues: what was made is never as right as the truth (Latent Forcing trains with 0.25
    too)."""
    most_lag: float = 0.6
    shift: float = 4.0
    cue_shift: float = 2.0
    """The sampler's shifts, which tie the levels of cues that are ahead to those of video and audio."""


@dataclass(frozen=True)
class Batch:
    """A canvas ready for the network, with what the loss needs."""

    video: Stream | None
    audio: Stream | None
    cues: CueGroup | None
    text: TextBatch
    clean_video: Tensor | None
    """x0 patches ``[B, V, P]``."""
    clean_audio: Tensor | None
    weight_video: Tensor | None
    """``[B, V, P]``; 0 on padding and on known tokens."""
    weight_audio: Tensor | None
    task: str


def task_of(seed: int, step: int, shares: Mapping[str, float]) -> str:
    """The task of a step: a pure function of seed and step."""
    draw = torch.rand((), generator=generator(seed, "task", step)).item() * sum(shares.values())
    for task, share in shares.items():
        if draw < share:
            return task
        draw -= share
    return "text"


@dataclass(frozen=True)
class Drawn:
    """What chance decides for a batch."""

    video_B: Tensor
    audio_B: Tensor
    cues_B: Tensor
    drop_B: Tensor
    known_B: Tensor
    """Share of the clip that is known, for the task ``prefix``."""
    noise_video: Tensor
    noise_audio: Tensor


def draw(
    count: int,
    video_shape: torch.Size,
    audio_shape: torch.Size,
    levels: Levels,
    *,
    seed: int,
    step: int,
    first: int = 0,
) -> Drawn:
    """Levels, drops and noise of ``count`` samples from (seed, step, place in the whole batch)."""
    rows = []
    for i in range(count):
        g = generator(seed, "noise", step, first + i)
        pair = schedule.logit_normal(2, g, mean=levels.mean, std=levels.std)
        apart = torch.rand((), generator=g).item() < levels.independent
        chance = torch.rand(4, generator=g)
        noisier = torch.maximum(*pair) if apart else pair[0]
        lagged = schedule.ahead(noisier, chance[1] * levels.most_lag, levels.shift, levels.cue_shift)
        cue = chance[1] * levels.clear_to if chance[0] < levels.clear_cues else lagged
        numbers = torch.stack(
            [pair[0], pair[1] if apart else pair[0], torch.as_tensor(cue, dtype=pair.dtype), chance[2], chance[3]]
        )
        rows.append((numbers, torch.randn(video_shape, generator=g), torch.randn(audio_shape, generator=g)))
    numbers = torch.stack([row[0] for row in rows])
    return Drawn(
        numbers[:, 0],
        numbers[:, 1],
        numbers[:, 2],
        numbers[:, 3] < levels.text_drop,
        numbers[:, 4],
        torch.stack([row[1] for row in rows]),
        torch.stack([row[2] for row in rows]),
    )


def build(
    examples: list[Example],
    vocabulary: Vocabulary,
    patch: Patch,
    *,
    seed: int,
    step: int,
    levels: Levels,
    text_length: int,
    task: str,
    first: int = 0,
    device: str = "cpu",
    channels: tuple[Tensor, Tensor] | None = None,
    kept: int | None = None,
    cue_levels: CueLevels | None = None,
) -> Batch:
    """The canvas of one training step. ``first`` is the place of ``examples[0]`` in the whole batch (for a split over
    processes); ``channels`` how much each latent channel of video and audio matters (``Shards.channels``); ``kept`` how
    many of the video's the network composes in; no cues without ``cue_levels``."""
    video = torch.stack([torch.tensor(e.video, dtype=torch.float32) for e in examples])[:, :kept]
    audio = torch.stack([torch.tensor(e.audio, dtype=torch.float32) for e in examples])
    share = torch.stack([torch.tensor(e.weight, dtype=torch.float32) for e in examples]) / 255
    begin = 0
    window = {"picture": levels.window, "scene": levels.scene}.get(task, 0)
    if 0 < window < video.shape[2]:
        begin = int(torch.randint(video.shape[2] - window + 1, (), generator=generator(seed, "window", step)))
        begin -= (begin - 1) % patch.time if begin else 0
        video, share = video[:, :, begin : begin + window], share[:, begin : begin + window]
    drawn = draw(len(examples), video.shape[1:], audio.shape[1:], levels, seed=seed, step=step, first=first)
    level_v, level_a = known_steps(task, drawn, token_steps(video.shape[2], patch, begin), audio.shape[2], patch)
    by_frame = level_v[:, [(f + (0 if begin else patch.time - 1)) // patch.time for f in range(video.shape[2])]]
    stream_v = stream_a = None
    if task != "sound":
        noisy = path.interpolate(video, drawn.noise_video, by_frame[:, None, :, None, None])
        groups = [TokenGroup(latents=noisy, noise=level_v, first_step=begin)]
        if task == "reference":
            still = torch.stack([torch.tensor(e.reference, dtype=torch.float32) for e in examples])[:, :kept]
            groups.append(
                TokenGroup(
                    latents=still,
                    noise=torch.zeros(len(examples), token_steps(1, patch)),
                    role=Role.REFERENCE,
                    away=True,
                    name=1,
                    held=True,
                )
            )
        stream_v = pack(groups, patch)
    if task not in ("picture", "scene"):
        stream_a = pack(
            [TokenGroup(latents=path.interpolate(audio, drawn.noise_audio, level_a[:, None]), noise=level_a)], patch
        )
    matter_v, matter_a = channels or (torch.ones(video.shape[1]), torch.ones(audio.shape[1]))
    matter_v, matter_a = _matter(matter_v[: video.shape[1]], levels), _matter(matter_a, levels)
    weight_v = weight_a = None
    if stream_v is not None:
        by_cell = (1 + levels.foreground * share)[:, None] * matter_v[None, :, None, None, None]
        weight_v = patchify(by_cell, patch, begin)[0] * clean_padding(video, patch, begin)
        weight_v = (
            weight_v * _velocity_weight(stream_v.spread(stream_v.noise_BS)[:, : weight_v.shape[1]], levels)[..., None]
        )
    if stream_a is not None:
        struck = (1 + levels.onset * onsets(audio, matter_a)) / (1 + levels.onset * 0.2)
        weight_a = (_velocity_weight(level_a, levels) * struck)[..., None] * matter_a
    group = None
    cues = [e.cues for e in examples]
    with_cues = torch.rand((), generator=generator(seed, "no cues", step)).item() >= levels.no_cues
    if cue_levels is not None and with_cues and all(c is not None for c in cues):
        clean = tuple(torch.stack([torch.tensor(c[k], dtype=torch.float32) for c in cues]) for k in range(3))  # type: ignore[index]
        group = cue_training.noised(clean, seed=seed, step=step, levels=cue_levels, first=first, level_B=drawn.cues_B)
    text = vocabulary.encode([e.tokens for e in examples], text_length).dropped(drawn.drop_B)
    batch = Batch(
        stream_v,
        stream_a,
        group,
        text,
        patchify(video, patch, begin)[0] if stream_v is not None else None,
        audio.transpose(1, 2) if stream_a is not None else None,
        weight_v,
        weight_a,
        task,
    )
    return batch if device == "cpu" else moved(batch, device)


def known_steps(task: str, drawn: Drawn, steps: int, sounds: int, patch: Patch) -> tuple[Tensor, Tensor]:
    """Levels ``[B, S]`` and ``[B, A]`` of video and audio; 0 where the task gives them."""
    level_v, level_a = drawn.video_B[:, None].repeat(1, steps), drawn.audio_B[:, None].repeat(1, sounds)
    if task == "score":
        level_v[:] = 0
    elif task == "animate":
        level_a[:] = 0
    elif task == "first_frame":
        level_v[:, 0] = 0
    elif task == "prefix":  # the first k token steps of both
        for i, known in enumerate(drawn.known_B.tolist()):
            k = 1 + int(known * max(1, steps // 2))
            level_v[i, :k] = 0
            level_a[i, : max(0, (k - 1) * patch.time * 4) + 1] = 0
    return level_v, level_a


def moved(batch: Batch, device: str) -> Batch:
    """The same on another device."""

    def move(x: Stream | CueGroup | Tensor | None) -> Stream | CueGroup | Tensor | None:
        if x is None or isinstance(x, Tensor):
            return x if x is None else x.to(device)
        return replace(x, **{k: v.to(device) for k, v in vars(x).items() if isinstance(v, Tensor)})

    return replace(
        batch, text=batch.text.to(device), **{k: move(v) for k, v in vars(batch).items() if k not in ("text", "task")}
    )


def onsets(audio_BCT: Tensor, matter_C: Tensor) -> Tensor:
    """How much each sound step is an onset, ``[B, T]`` in 0..1: the change from the step before against the clip's
    median change (0 up to twice that, 1 from ten times on), and the steps beside it. Found in the clean latents
    alone."""
    change = (audio_BCT * matter_C[:, None]).diff(dim=2).norm(dim=1)
    change = torch.cat([change[:, :1], change], 1)
    share = ((change / change.median(1, keepdim=True).values.clamp(min=1e-6) - 2) / 8).clamp(0, 1)
    return F.max_pool1d(share[:, None], 3, 1, 1)[:, 0]


def _matter(channels: Tensor, levels: Levels) -> Tensor:
    """Weight of each channel, mean 1."""
    weight = channels**levels.channel_power
    return weight / weight.mean()


def _velocity_weight(level_BT: Tensor, levels: Levels) -> Tensor:
    """The velocity loss as a weight on the squared x0 error: ``1 / max(t, floor)^2``; 0 where the token is known."""
    return torch.where(level_BT > 0, 1 / level_BT.clamp(min=levels.floor) ** 2, torch.zeros_like(level_BT))


def loss(video: Tensor | None, audio: Tensor | None, batch: Batch, levels: Levels) -> tuple[Tensor, dict[str, float]]:
    """Weighted mean squared x0 error of both modalities (equal to the velocity loss above the floor), and its parts for
    the log."""
    total = torch.zeros((), device=batch.text.id_BL.device)
    parts: dict[str, float] = {}
    if (
        video is not None
        and batch.clean_video is not None
        and batch.weight_video is not None
        and bool(batch.weight_video.any())
    ):
        error = (video[:, : batch.clean_video.shape[1]].float() - batch.clean_video) ** 2 * batch.weight_video
        part = error.mean() / (1 + levels.foreground * 0.15)
        total, parts["video"] = total + part, part.item()
    if (
        audio is not None
        and batch.clean_audio is not None
        and batch.weight_audio is not None
        and bool(batch.weight_audio.any())
    ):
        part = ((audio.float() - batch.clean_audio) ** 2 * batch.weight_audio).mean()
        total, parts["audio"] = total + levels.audio * part, part.item()
    return total, parts
