"""A canvas through the sampler: the loop that every task shares. Cues are made first or ahead (``Sampling.lag``),
picture and sound follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import torch
from torch import Tensor

from phonofilm.flow import guidance, schedule
from phonofilm.flow.noise import noise
from phonofilm.flow.sampler import SAMPLERS, Levels, OnStep, State, _quiet
from phonofilm.model.canvas import Stream, TokenGroup, pack, token_steps, unpack
from phonofilm.model.cues import CueGroup, Plan, step_of_frame
from phonofilm.model.dit import DualBranchDiT
from phonofilm.model.text_encoder import TextBatch


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How a canvas is sampled. What a network is sampled best with stands in its weight file's header
    (``pipeline/generate.py``)."""

    steps: int = 24
    """Of picture and sound."""
    sampler: str = "ancestral"
    """Of ``flow.sampler.SAMPLERS``. A network trained for minutes takes some noise for picture: fresh noise lets it
    judge again."""
    guidance: float = 3.0
    """Text guidance of picture and sound; 1 is none."""
    rescale: float = 0.5
    shift: float = 1.5
    """At 1024 latent cells; grows with the square root of their number (``schedule.resolution_shift``): 6 for 5 s at
    256x144. Cells count, not tokens: it is the redundancy of neighbouring cells and frames that lets the network see
    through noise."""
    lag: float = 1.0
    """How far the cues are ahead, as a share of the way: 0 is one clock, from 1 on they are done before picture and
    sound begin (a cascade)."""
    cue_steps: int = 48
    """Of the cues where they are done first. One costs a thirtieth of a step of picture and sound."""
    cue_guidance: float = 1.6
    cue_shift: float = 2.0
    """Cues have little redundancy, whatever the clip's size: far less than a picture's."""

    def __post_init__(self) -> None:
        if self.sampler not in SAMPLERS:
            raise ValueError(f"no sampler {self.sampler!r}: choose one of {', '.join(SAMPLERS)}")
        if self.lag < 0:
            raise ValueError(f"a lag is 0 or more, not {self.lag}")


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is known and what is to be made. Everything has a batch of one; known parts carry their values.

    A modality that is None is dropped: the others work alone."""

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
    cues: State | None = None
    """Bodies ``[1, K, F, C]``, camera ``[1, F, 7]`` and rhythm ``[1, F, 2]`` in normal form; nan where unknown."""


class Filled(NamedTuple):
    """A finished canvas; None where dropped."""

    video: Tensor | None
    audio: Tensor | None
    cues: State | None


class Canvas:
    """A task that can be asked what the network sees of it at a noise level, and what it makes of that. Guided, batches
    are two: without words, with."""

    def __init__(
        self, model: DualBranchDiT, task: Task, text: TextBatch, null: TextBatch, sampling: Sampling, seed: int
    ) -> None:
        self.model, self.task, self.sampling, self.seed = model, task, sampling, seed
        self.dtype = next(model.parameters()).dtype
        self.text = TextBatch(torch.cat([null.id_BL, text.id_BL]), torch.cat([null.window_BL2, text.window_BL2]))
        self.context = model.text(self.text)  # once: the words stay while the noise falls
        self.held = [g for g in task.references if g.noise.min() < 1]
        patch = model.config.patch
        self.known: list[Tensor] = []
        self.unknown: list[Tensor] = []
        """Per frame of each modality, shaped to multiply."""
        self.of_step: list[list[int]] = []
        """Token step of each frame."""
        for name, given in (("video", task.video_unknown), ("audio", task.audio_unknown)):
            part = getattr(task, name)
            if part is None:
                continue
            steps = token_steps(part.shape[2], patch) if name == "video" else part.shape[2]
            self.unknown.append(torch.ones(steps) if given is None else given)
            self.of_step.append(
                [(f + patch.time - 1) // patch.time for f in range(part.shape[2])]
                if name == "video"
                else list(range(steps))
            )
            self.known.append(part)
        self.start: State = tuple(
            noise(tuple(part.shape), seed, "video" if part.ndim == 5 else "audio") for part in self.known
        )
        self.cue_start: State = ()
        if task.cues is not None:
            self.cue_start = tuple(noise(tuple(part.shape), seed, "cues", k) for k, part in enumerate(task.cues))
            bodies, camera, rhythm = (part[0].isnan().any(-1).float() for part in task.cues)
            tracks_RF = torch.cat([bodies, camera[None], rhythm[None]])
            steps = torch.tensor(step_of_frame(tracks_RF.shape[1])).expand_as(tracks_RF)
            self.cues_unknown = torch.zeros(len(tracks_RF), int(steps[0, -1]) + 1).scatter_reduce(
                1, steps, tracks_RF, "amax"
            )
            """``[K + 2, latent steps]``: 0 where all of a track is known, else 1."""

    def words(self, batch: int) -> tuple[TextBatch, Tensor]:
        """The words as a batch of two or, without guidance, of one, and what the encoder made of them."""
        return TextBatch(self.text.id_BL[-batch:], self.text.window_BL2[-batch:]), self.context[-batch:]

    @property
    def cells(self) -> int:
        """Latent cells of picture and sound."""
        return sum(part[0, 0].numel() for part in self.known)

    def cues_at(self, state: State, t: float, batch: int) -> CueGroup:
        """The cues at level ``t``: as given where all of a track is known; a single known channel goes along with its
        track, at the track's level."""
        assert self.task.cues is not None
        names = torch.arange(1, self.cues_unknown.shape[0] - 1).expand(batch, -1)
        group = CueGroup(*self.task.cues, (self.cues_unknown * t)[None], names[:1])
        parts = [
            torch.where(known.isnan(), x, (1 - level) * known + level * start)
            for x, known, start, level in zip(state, self.task.cues, self.cue_start, group.levels(), strict=True)
        ]
        return CueGroup(*(p.expand(batch, *p.shape[1:]) for p in parts), group.noise_BRS.expand(batch, -1, -1), names)  # type: ignore[misc]

    def clip_at(self, state: State, t: float, batch: int) -> list[TokenGroup]:
        """Picture and sound at level ``t``, and the references."""
        groups = []
        for x, known, start, unknown, of in zip(state, self.known, self.start, self.unknown, self.of_step, strict=True):
            shape = (1, 1, -1) + (1,) * (x.ndim - 3)
            mixed = _blend(x, known, start, (unknown * t)[of].reshape(shape), unknown[of].reshape(shape))
            groups.append(TokenGroup(latents=mixed, noise=(unknown * t)[None]))
        every = (*groups, *self.held)
        return [
            replace(
                g, latents=g.latents.expand(batch, *g.latents.shape[1:]).to(self.dtype), noise=g.noise.expand(batch, -1)
            )
            for g in every
        ]

    def tell(self, state: State, t: float) -> State:
        """Clean cues, guided."""
        assert self.task.cues is not None
        batch = _batch(self.sampling.cue_guidance)
        plan = self.model.tell(self.cues_at(state, t, batch), *self.words(batch))
        guided = (guidance.text(part[-1:], part[:1], self.sampling.cue_guidance) for part in plan.parts)
        return tuple(torch.where(known.isnan(), x, known) for x, known in zip(guided, self.task.cues, strict=True))

    def plan(self, cues: State, t: float) -> Plan:
        """What picture and sound follow; finished (``t`` 0) it is drawn once for all steps."""
        batch = _batch(self.sampling.guidance)
        bodies, camera, rhythm = (part.expand(batch, *part.shape[1:]) for part in cues)
        names = torch.arange(1, bodies.shape[1] + 1).expand(batch, -1)
        plan = Plan(bodies, camera, rhythm, names, torch.full((batch, camera.shape[1]), t))
        video = [g for g in self.clip_at(self.start, 1.0, batch) if g.modality == "video"]
        return (
            self.model.drawn(plan, pack(video, self.model.config.patch), *self.words(batch))
            if video and t == 0
            else plan
        )

    def follow(self, state: State, t: float, plan: Plan | None) -> State:
        """Clean picture and sound, guided."""
        batch = _batch(self.sampling.guidance)
        groups = self.clip_at(state, t, batch)
        video, audio = ([g for g in groups if g.modality == name] for name in ("video", "audio"))
        patch = self.model.config.patch
        streams: list[Stream | None] = [pack(video, patch), pack(audio, patch)]
        made = self.model.follow(*streams, *self.words(batch), plan)
        out = []
        for x, part in zip(made, (video, audio), strict=True):
            if x is not None:
                latents = unpack(x.float(), part, patch)[0]
                guided = guidance.text(latents[-1:], latents[:1], self.sampling.guidance)
                out.append(guidance.rescale(guided, latents[-1:], self.sampling.rescale))
        return tuple(out)

    def fresh(self, step: int, like: State) -> State:
        """Noise for a step; a part's is its own whatever it is made beside."""
        names = [f"cues {k}" for k in range(3)] if len(like) >= 3 else []
        names += ["video" if part.ndim == 5 else "audio" for part in self.known] if len(like) != 3 else []
        return tuple(noise(tuple(x.shape), self.seed, "fresh", step, name) for x, name in zip(like, names, strict=True))

    def kept(self, clip: State, cues: State | None) -> Filled:
        """What was made, with what was known put back to the bit."""
        named: dict[str, Tensor] = {}
        for x, known, unknown, of in zip(clip, self.known, self.unknown, self.of_step, strict=True):
            given = (unknown == 0)[of].reshape((1, 1, -1) + (1,) * (x.ndim - 3))
            named["video" if x.ndim == 5 else "audio"] = torch.where(given, known, x)
        return Filled(named.get("video"), named.get("audio"), cues)


@torch.no_grad()
def denoise(
    model: DualBranchDiT,
    task: Task,
    text: TextBatch,
    null: TextBatch,
    sampling: Sampling,
    seed: int,
    on_step: OnStep = _quiet,
) -> Filled:
    """Fill the canvas. Repeatable for a seed. ``on_step`` counts the steps of picture and sound where cues are done
    first, else all."""
    canvas = Canvas(model, task, text, null, sampling, seed)
    sample = SAMPLERS[sampling.sampler]
    shift = schedule.resolution_shift(canvas.cells, base_shift=sampling.shift)
    cues = task.cues if task.cues is not None and model.cues is not None else None
    if cues is not None and bool(canvas.cues_unknown.any()):
        if sampling.lag < 1 and canvas.known:

            def together(state: State, t: Levels) -> State:
                told = canvas.tell(state[:3], t[0])
                return (*told, *canvas.follow(state[3:], t[3], canvas.plan(told, t[0])))

            ahead, behind = schedule.lagged_grid(sampling.steps, sampling.lag, shift, sampling.cue_shift).unbind(1)
            times = torch.stack([ahead] * 3 + [behind] * len(canvas.known), 1)
            state = sample(together, (*canvas.cue_start, *canvas.start), times, on_step, canvas.fresh)
            return canvas.kept(state[3:], state[:3])
        times = schedule.grid(sampling.cue_steps, sampling.cue_shift)
        cues = sample(lambda state, t: canvas.tell(state, t[0]), canvas.cue_start, times, _quiet, canvas.fresh)
    plan = canvas.plan(cues, 0.0) if cues is not None else None
    clip = sample(
        lambda state, t: canvas.follow(state, t[0], plan),
        canvas.start,
        schedule.grid(sampling.steps, shift),
        on_step,
        canvas.fresh,
    )
    return canvas.kept(clip, cues)


def _batch(scale: float) -> int:
    """What a guidance scale asks for: 1 is none."""
    return 1 if scale == 1 else 2


def _blend(x: Tensor, known: Tensor, start: Tensor, level: Tensor, unknown: Tensor) -> Tensor:
    """The state where it is unknown; where it is known (or trusted in part), the known values at their own level."""
    return torch.where(unknown == 1, x, (1 - level) * known + level * start)


Progress = Callable[[str, int, int], None]
"""``(stage, done, total)``."""
