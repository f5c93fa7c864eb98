"""The dual-branch diffusion transformer with its plan: a video branch and a narrower audio branch, block beside block,
and the cues both follow.

The cue branch (``cues.py``) goes first; what it tells of the clip is drawn into the picture's cells (``cue_maps.py``)
and added to the sound step of the same frame. Then per block and branch: self-attention over all groups of the
modality, cross-attention to timed text, cross-attention to the other branch (at chosen blocks, both directions reading
the streams as they were before either wrote), SwiGLU. Convolutions on a finer grid lie around the video branch
(``video_ends.py``). Each token is modulated by its *own* noise level. All heads predict x0. Shape letters: see
``rope.py``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model.canvas import Grid, Patch, Role, Stream
from phonofilm.model.cues import NAMES, CueBranch, CueGroup, Plan, step_of_frame
from phonofilm.model.layers import Attention, NoiseEmbedding, Rope, SwiGLU, attend, modulate, sinusoid
from phonofilm.model.rope import axial, temporal
from phonofilm.model.text_encoder import TextBatch, TextEncoder, window_mask
from phonofilm.model.video_ends import VideoEnds
from phonofilm.spec.cues import BODY, CAMERA, RHYTHM


@dataclass(frozen=True, kw_only=True)
class DiTConfig:
    """Everything needed to build the network; carried in the weight file's header."""

    video_channels: int = 16
    """Fewer than the codec's: it composes in its first ones, and ``model/completion.py`` tells the others."""
    audio_channels: int = 32
    patch_time: int = 1
    patch_rows: int = 6
    patch_columns: int = 4
    width: int = 256
    heads: int = 4
    audio_width: int = 192
    audio_heads: int = 4
    layers: int = 4
    cross_every: int = 1
    """Video and audio attend to each other in every n-th block (the last of each n)."""
    cross_window: float = 0.5
    """Seconds within which they do; 0 means everywhere."""
    trunk: int = 128
    """Channels of the convolutions on units of 2 x 2 latent cells around the video branch."""
    trunk_before: int = 3
    trunk_after: int = 5
    """How many of them lie before and after it."""
    cue_width: int = 256
    """Width of the cue branch; 0 leaves cues out."""
    cue_heads: int = 4
    cue_layers: int = 6
    layout: str = "full"
    """``full``: all video tokens attend to all. ``decoupled``: even blocks within a step (space), odd blocks along
    time."""
    time_window: int = 8
    """Token steps to either side a temporal block of the decoupled layout sees at least (chunks of this many, and both
    neighbours)."""
    text_width: int = 192
    text_layers: int = 2
    text_heads: int = 4
    text_length: int = 160
    vocabulary: int = 2048

    @property
    def patch(self) -> Patch:
        """Video patch in latent steps, rows and columns."""
        return Patch(self.patch_time, self.patch_rows, self.patch_columns)

    def as_dict(self) -> dict[str, int | float | str]:
        """Plain values for a JSON header."""
        return asdict(self)


PRESETS: dict[str, DiTConfig] = {
    "tiny": DiTConfig(
        width=64,
        heads=2,
        audio_width=32,
        audio_heads=1,
        layers=2,
        trunk=16,
        trunk_before=1,
        trunk_after=1,
        cue_width=32,
        cue_heads=1,
        cue_layers=2,
        text_width=32,
        text_layers=1,
        text_heads=1,
        vocabulary=64,
    ),
    "nano": DiTConfig(video_channels=4, layers=3),
    "small": DiTConfig(
        video_channels=4,
        width=384,
        heads=6,
        audio_width=256,
        layers=6,
        trunk=192,
        trunk_before=4,
        trunk_after=6,
        cue_width=384,
        cue_heads=6,
        cue_layers=8,
        text_width=256,
        text_layers=3,
        vocabulary=4096,
    ),
    "base": DiTConfig(
        patch_rows=2,
        patch_columns=2,
        width=1536,
        heads=24,
        audio_width=1024,
        audio_heads=16,
        layers=14,
        cross_every=2,
        trunk=512,
        trunk_before=0,
        trunk_after=0,
        cue_width=512,
        cue_heads=8,
        cue_layers=8,
        text_width=2048,
        text_heads=16,
        text_length=512,
        vocabulary=65_536,
        cross_window=0.0,
    ),
    "full": DiTConfig(
        audio_channels=64,
        patch_rows=2,
        patch_columns=2,
        width=4096,
        heads=32,
        audio_width=2048,
        audio_heads=16,
        layers=17,
        cross_every=2,
        trunk=1024,
        trunk_before=0,
        trunk_after=0,
        cue_width=1024,
        cue_heads=16,
        cue_layers=12,
        text_width=4096,
        text_heads=32,
        text_length=1024,
        vocabulary=65_536,
        cross_window=0.0,
        layout="decoupled",
    ),
}
"""One dial from a laptop to many GPUs; ``tiny`` exists for tests."""


class Predicted(NamedTuple):
    """x0 of each part of a canvas; None where the part is not there."""

    video: Tensor | None
    """``[B, V, P]`` patches."""
    audio: Tensor | None
    """``[B, A, C]``."""
    cues: tuple[Tensor, Tensor, Tensor] | None
    """Bodies ``[B, K, F, C]``, camera ``[B, F, 7]``, rhythm ``[B, F, 2]`` in normal form."""


class Branch(nn.Module):
    """One modality's half of a block."""

    ROWS = 9
    """Modulation rows: shift, scale, gate for self-attention, the other branch, and the feed-forward layer."""

    def __init__(
        self, width: int, heads: int, text_width: int, other_width: int | None, cross_width: int, cross_heads: int
    ) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(self.ROWS, width))
        self.norm_self = nn.RMSNorm(width, elementwise_affine=False, eps=1e-6)
        self.self_attention = Attention(width, heads)
        self.norm_text = nn.RMSNorm(width, elementwise_affine=False, eps=1e-6)
        self.text_attention = Attention(width, heads, context=text_width)
        self.norm_feed = nn.RMSNorm(width, elementwise_affine=False, eps=1e-6)
        self.feed = SwiGLU(width)
        self.cross_heads = cross_heads
        if other_width is not None:
            self.norm_cross = nn.RMSNorm(width, elementwise_affine=False, eps=1e-6)
            self.norm_other = nn.RMSNorm(other_width, elementwise_affine=False, eps=1e-6)
            self.cross_attention = Attention(width, cross_heads, context=other_width, inner=cross_width, out_zero=True)


@dataclass(frozen=True)
class Side:
    """What a modality's blocks share: everything but the tokens themselves."""

    stream: Stream
    rope: Rope
    cross_rope: Rope
    text_mask: Tensor
    table_BSRD: Tensor

    def rows(self, bias_RD: Tensor) -> tuple[Tensor, ...]:
        """The block's nine modulation rows, each ``[B, T, D]``; of each three the scale and the gate have 1 added,
        before they are spread over the tokens, where it costs least."""
        shift, scale, gate = (self.table_BSRD[:, :, : len(bias_RD)] + bias_RD).unflatten(2, (-1, 3)).unbind(3)
        triples = zip(shift.unbind(2), (1 + scale).unbind(2), (1 + gate).unbind(2), strict=True)
        return tuple(self.spread(row) for triple in triples for row in triple)

    def spread(self, row_BSD: Tensor) -> Tensor:
        """``[B, T, D]`` for the tokens, or ``[1 or B, 1, D]`` where all share one noise level."""
        return row_BSD if row_BSD.shape[1] == 1 else self.stream.spread(row_BSD)


class Block(nn.Module):
    """A picture branch and a sound branch, side by side."""

    def __init__(self, config: DiTConfig, index: int) -> None:
        super().__init__()
        c = config
        self.crosses = (index + 1) % c.cross_every == 0
        self.spatial = index % 2 == 0 if c.layout == "decoupled" else None
        self.time_window = c.time_window
        self.video = Branch(
            c.width, c.heads, c.text_width, c.audio_width if self.crosses else None, c.audio_width, c.audio_heads
        )
        self.audio = Branch(
            c.audio_width, c.audio_heads, c.text_width, c.width if self.crosses else None, c.audio_width, c.audio_heads
        )

    def _read(
        self, branch: Branch, x_BTD: Tensor, side: Side, mod: tuple[Tensor, ...], context_BLD: Tensor, picture: bool
    ) -> Tensor:
        """Self-attention, then the text."""
        h = torch.addcmul(mod[0], branch.norm_self(x_BTD), mod[1])
        if picture and self.spatial is not None:
            out = decoupled(branch.self_attention, h, side, self.spatial, self.time_window)
        else:
            out = branch.self_attention(h, rope_q=side.rope, rope_k=side.rope)
        x_BTD = torch.addcmul(x_BTD, mod[2], out)
        return x_BTD + branch.text_attention(branch.norm_text(x_BTD), context_BLD, mask=side.text_mask)

    def _exchange(
        self,
        branch: Branch,
        x: Tensor,
        side: Side,
        mod: tuple[Tensor, ...],
        other: Tensor,
        there: Side,
        mask: Tensor | None,
    ) -> Tensor:
        """What this modality takes from the other one."""
        h = torch.addcmul(mod[3], branch.norm_cross(x), mod[4])
        out = branch.cross_attention(
            h, branch.norm_other(other), rope_q=side.cross_rope, rope_k=there.cross_rope, mask=mask
        )
        return torch.addcmul(x, mod[5], out)

    def forward(
        self,
        v: Tensor | None,
        a: Tensor | None,
        video: Side | None,
        audio: Side | None,
        context_BLD: Tensor,
        cross_mask: tuple[Tensor | None, Tensor | None],
    ) -> tuple[Tensor | None, Tensor | None]:
        """``v`` ``[B, V, D]`` and ``a`` ``[B, A, D]`` -> the same; ``cross_mask`` is ``[B, 1, V, A]`` and ``[B, 1, A,
        V]`` (or None)."""
        mod_v = video.rows(self.video.bias) if video is not None else ()
        mod_a = audio.rows(self.audio.bias) if audio is not None else ()
        if v is not None and video is not None:
            v = self._read(self.video, v, video, mod_v, context_BLD, True)
        if a is not None and audio is not None:
            a = self._read(self.audio, a, audio, mod_a, context_BLD, False)
        if self.crosses and v is not None and a is not None and video is not None and audio is not None:
            # both directions read the streams as they were before either wrote
            v, a = (
                self._exchange(self.video, v, video, mod_v, a, audio, cross_mask[0]),
                self._exchange(self.audio, a, audio, mod_a, v, video, cross_mask[1]),
            )
        if v is not None:
            v = torch.addcmul(v, mod_v[8], self.video.feed(torch.addcmul(mod_v[6], self.video.norm_feed(v), mod_v[7])))
        if a is not None:
            a = torch.addcmul(a, mod_a[8], self.audio.feed(torch.addcmul(mod_a[6], self.audio.norm_feed(a), mod_a[7])))
        return v, a


def levels(stream: Stream) -> Tensor:
    """The noise levels to embed: ``[B, S]``, or ``[1, 1]`` where all are one level, as while a clip is sampled with
    nothing given: no need to embed it a hundred times. Looked at on the CPU only: elsewhere the look would cost a
    wait."""
    noise_BS = stream.noise_BS
    if noise_BS.device.type != "cpu" or torch.is_grad_enabled() or torch.compiler.is_compiling():
        return noise_BS
    return noise_BS[:1, :1] if bool((noise_BS == noise_BS[0, 0]).all()) else noise_BS


def decoupled(attention: Attention, h_BTD: Tensor, side: Side, spatial: bool, window: int) -> Tensor:
    """Attention within a step (``spatial``) or along time at one place: cost linear in duration.

    Groups after the first (references, sources) are extra keys for every query, and attend among themselves and to
    nothing else. Along time, chunks of ``window`` steps see themselves and both neighbours."""
    q, k, v = attention.project(h_BTD, h_BTD, side.rope, side.rope)
    main: Grid = side.stream.grids[0]
    n, space = main.count, main.rows * main.columns
    batch, heads, _, width = q.shape
    extra = [x[:, :, n:] for x in (q, k, v)]

    def grid(x: Tensor) -> Tensor:
        return x[:, :, :n].reshape(batch, heads, main.steps, space, width)

    if spatial:
        rows = [grid(x).permute(0, 2, 1, 3, 4) for x in (q, k, v)]  # [B, S, N, space, H]
        if extra[1].shape[2]:
            more = [e[:, None].expand(-1, main.steps, -1, -1, -1) for e in extra]
            rows[1:] = [torch.cat([r, m], 3) for r, m in zip(rows[1:], more[1:], strict=True)]
        out = attend(*rows).permute(0, 2, 1, 3, 4)
    else:
        chunks = -(-main.steps // window)
        pad = chunks * window - main.steps
        columns = [
            F.pad(grid(x).permute(0, 3, 1, 2, 4), (0, 0, 0, pad)).unflatten(3, (chunks, window)) for x in (q, k, v)
        ]
        there = F.pad(torch.ones(main.steps, dtype=torch.bool, device=q.device), (0, pad)).reshape(chunks, window)
        near = [
            torch.cat([F.pad(x, (0, 0, 0, 0, 1, 1))[:, :, :, i : i + chunks] for i in range(3)], 4) for x in columns[1:]
        ]
        mask = torch.cat([F.pad(there, (0, 0, 1, 1))[i : i + chunks] for i in range(3)], 1)[:, None, :]
        if extra[1].shape[2]:
            more = [e[:, None, :, None].expand(-1, space, -1, chunks, -1, -1) for e in extra[1:]]
            near = [torch.cat([x, m], 4) for x, m in zip(near, more, strict=True)]
            mask = F.pad(mask, (0, extra[1].shape[2]), value=True)
        out = attend(columns[0], *near, mask)
        out = out.flatten(3, 4)[:, :, :, : main.steps].permute(0, 2, 3, 1, 4)
    out = out.reshape(batch, heads, n, width)
    if extra[0].shape[2]:
        out = torch.cat([out, attend(*extra)], 2)
    return attention.merge(out)


class AudioEnds(nn.Module):
    """The way in and out of the audio branch, and its noise embedding. Cues of the same frame are added to each sound
    step."""

    REACH = 3
    """Frames of cues a sound step is given, its own in the middle."""

    def __init__(self, channels: int, width: int, with_cues: bool) -> None:
        super().__init__()
        self.into = nn.Linear(channels, width)
        self.role = nn.Embedding(len(Role), width)
        self.name = nn.Embedding(NAMES, width)
        nn.init.zeros_(self.role.weight)
        nn.init.zeros_(self.name.weight)
        self.noise = NoiseEmbedding(width, Branch.ROWS + 2)
        self.norm = nn.RMSNorm(width, elementwise_affine=False, eps=1e-6)
        self.out = nn.Linear(width, channels)
        nn.init.zeros_(self.out.bias)
        if with_cues:
            self.body = nn.Linear(self.REACH * len(BODY), width, bias=False)
            self.world = nn.Linear(self.REACH * (len(CAMERA) + len(RHYTHM)), width, bias=False)
            self.certainty = nn.Linear(256, width, bias=False)

    def heard(self, plan: Plan, steps: int) -> Tensor:
        """``[B, A, D]``: what the cues say of each sound step, whichever order the bodies are in."""
        bodies, camera, rhythm = (part[..., :steps, :].to(self.into.weight.dtype) for part in plan.parts)
        here = bodies[..., :1] > 0
        body = self.body(self._around(bodies * here)).sum(1)
        world = self.world(self._around(torch.cat([camera, rhythm], -1)))
        return body + world + self.certainty(sinusoid(plan.doubt_BF[:, :steps], 256).to(body.dtype))

    def _around(self, x_FC: Tensor) -> Tensor:
        """``[..., F, C] -> [..., F, REACH C]``: each frame with its neighbours, ends repeated."""
        before, after = (
            torch.cat([x_FC[..., :1, :], x_FC[..., :-1, :]], -2),
            torch.cat([x_FC[..., 1:, :], x_FC[..., -1:, :]], -2),
        )
        return torch.cat([before, x_FC, after], -1)


class DualBranchDiT(nn.Module):
    """The network. ``forward`` predicts x0 for every token of the canvas in one pass; any part may be absent."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        c = self.config = config
        self.text = TextEncoder(c.vocabulary, c.text_width, c.text_layers, c.text_heads)
        self.cues = CueBranch(c.cue_width, c.cue_heads, c.cue_layers, c.text_width) if c.cue_width else None
        self.video = VideoEnds(
            c.patch,
            c.video_channels,
            c.trunk,
            c.trunk_before,
            c.trunk_after,
            c.width,
            Branch.ROWS + 2,
            c.text_width,
            with_cues=bool(c.cue_width),
        )
        self.audio = AudioEnds(c.audio_channels, c.audio_width, bool(c.cue_width))
        self.blocks = nn.ModuleList(Block(c, i) for i in range(c.layers))
        for block in self.blocks:
            for branch in (block.video, block.audio):
                for linear in (branch.self_attention.out, branch.text_attention.out, branch.feed.down):
                    nn.init.normal_(linear.weight, std=0.02 / (2 * c.layers) ** 0.5)

    def tell(self, cues: CueGroup, text: TextBatch, context_BLD: Tensor) -> Plan:
        """What the cue branch makes of noisy cues."""
        if self.cues is None:
            raise ValueError("this network has no cue branch (cue_width is 0)")
        doubt_BF = cues.noise_BRS.mean(1)[:, step_of_frame(cues.camera_BFC.shape[1])]
        return Plan(*self.cues(cues, text, context_BLD), cues.names_BK, doubt_BF)

    def drawn(self, plan: Plan, video: Stream, text: TextBatch, context_BLD: Tensor) -> Plan:
        """The plan with what the picture shows of it drawn once, for all calls of ``follow`` with these words and a
        video of this shape."""
        return replace(plan, drawn_BShwW=self.video.draw(plan, video, text, context_BLD))

    def follow(
        self, video: Stream | None, audio: Stream | None, text: TextBatch, context_BLD: Tensor, plan: Plan | None
    ) -> tuple[Tensor | None, Tensor | None]:
        """Clean patches ``[B, V, P]`` and sound steps ``[B, A, C]``, both after the plan."""
        c = self.config
        v = a = sight = sound = kept = None
        if video is not None:
            kept = self.video.enter(video, text, context_BLD, plan)
            v, sight = kept.tokens_BTD, self._side(video, text, c.heads, c.width, self.video.noise(levels(video)), True)
        if audio is not None:
            a = self.audio.into(audio.patches_BTP) + self.audio.role(audio.role_T) + self.audio.name(audio.name_T)
            if plan is not None:
                steps = audio.grids[0].count
                a = a + F.pad(self.audio.heard(plan, steps), (0, 0, 0, a.shape[1] - steps))
            sound = self._side(audio, text, c.audio_heads, c.audio_width, self.audio.noise(levels(audio)), False)
        cross_mask: tuple[Tensor | None, Tensor | None] = (None, None)
        if c.cross_window and video is not None and audio is not None:
            gap = video.coords_BTX[:, :, None, 0] - audio.coords_BTX[:, None, :, 0]
            near = gap.abs() <= c.cross_window
            # a reference with nothing beside it in time would have an empty row: it reads everything instead
            back = near.transpose(1, 2)
            cross_mask = ((near | ~near.any(2, keepdim=True))[:, None], (back | ~back.any(2, keepdim=True))[:, None])
        for block in self.blocks:
            v, a = block(v, a, sight, sound, context_BLD, cross_mask)
        out_v = (
            self.video.leave(video, v, sight, kept)
            if video is not None and sight is not None and v is not None and kept is not None
            else None
        )
        out_a = None
        if a is not None and sound is not None:
            shift, scale = (sound.spread(row) for row in sound.table_BSRD[:, :, Branch.ROWS :].unbind(2))
            out_a = self.audio.out(modulate(self.audio.norm(a), shift, scale))
        return out_v, out_a

    def forward(
        self, video: Stream | None, audio: Stream | None, text: TextBatch, cues: CueGroup | None = None
    ) -> Predicted:
        """x0 of everything on the canvas in one pass; any part may be absent. Picture and sound follow what the cue
        branch predicts; that path carries no gradient, so that cues stay what can be seen: the branch learns where it
        is alone."""
        context_BLD = self.text(text)
        plan = None
        if cues is not None:
            with torch.set_grad_enabled(torch.is_grad_enabled() and video is None and audio is None):
                plan = self.tell(cues, text, context_BLD)
        out_v, out_a = self.follow(video, audio, text, context_BLD, plan)
        return Predicted(out_v, out_a, plan.parts if plan is not None else None)

    def _side(self, stream: Stream, text: TextBatch, heads: int, width: int, table_BSRD: Tensor, picture: bool) -> Side:
        seconds = stream.coords_BTX[..., 0]
        rope = axial(stream.coords_BTX, width // heads) if picture else temporal(seconds, width // heads)
        cross_rope = temporal(seconds, self.config.audio_width // self.config.audio_heads)
        return Side(stream, rope, cross_rope, window_mask(text, seconds), table_BSRD)
