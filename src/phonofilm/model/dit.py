"""The dual-branch diffusion transformer: a picture branch and a narrower sound branch, block beside block.

Per block and branch: self-attention over all groups of the modality, cross-attention to timed text, cross-attention to the
other branch (at chosen blocks, both directions reading the streams as they were before either wrote), SwiGLU. Each
token is modulated by its *own* noise level. The head predicts x0. Shape letters: see ``rope.py``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model.canvas import Grid, Patch, Role, Stream
from phonofilm.model.layers import Attention, NoiseEmbedding, Rope, SwiGLU, modulate
from phonofilm.model.motion import Motion
from phonofilm.model.rope import axial, temporal
from phonofilm.model.text_encoder import TextBatch, TextEncoder, window_mask

NAMES = 16
"""@names a canvas can tell apart (0 is none)."""


@dataclass(frozen=True, kw_only=True)
class DiTConfig:
    """Everything needed to build the network; carried in the weight file's header."""

    video_channels: int = 16
    """Fewer than the codec's: it composes in its first ones, and ``model/completion.py`` tells the others."""
    audio_channels: int = 32
    patch_time: int = 2
    patch_rows: int = 6
    patch_columns: int = 8
    width: int = 256
    heads: int = 4
    audio_width: int = 192
    audio_heads: int = 4
    layers: int = 6
    cross_every: int = 1
    """Picture and sound attend to each other in every n-th block (the last of each n)."""
    cross_window: float = 0.5
    """Seconds within which they do; 0 means everywhere."""
    motion: int = 0
    """Channels of the convolutions that find for the sound what moves in the picture (``model/motion.py``); 0 leaves them out."""
    layout: str = "full"
    """``full``: all picture tokens attend to all. ``decoupled``: even blocks within a step (space), odd blocks along time."""
    time_window: int = 8
    """Token steps to either side a temporal block of the decoupled layout sees at least (chunks of this many, and both neighbours)."""
    text_width: int = 192
    text_layers: int = 2
    text_heads: int = 4
    text_length: int = 160
    vocabulary: int = 2048
    guess_error: float = 0.0
    """Squared error the coarse x0 is taken to have (in latents of unit variance) when it is weighed against the noisy latents themselves, whose error is
    known; 0 leaves them out, and the network has to copy what it sees through all its layers."""
    detail: int = 48
    """Channels of the convolutions that mend each patch's fine detail after the last block; 0 leaves them out."""
    detail_blocks: int = 0
    """Residual blocks in their middle that also look along time, each twice as far as the one before."""

    @property
    def patch(self) -> Patch:
        """Picture patch in latent steps, rows and columns."""
        return Patch(self.patch_time, self.patch_rows, self.patch_columns)

    def as_dict(self) -> dict[str, int | float | str]:
        """Plain values for a JSON header."""
        return asdict(self)


PRESETS: dict[str, DiTConfig] = {
    "tiny": DiTConfig(width=64, heads=2, audio_width=32, audio_heads=1, layers=2, text_width=32, text_layers=1, text_heads=1, vocabulary=64, detail=8),
    "nano": DiTConfig(video_channels=4, patch_time=1, detail=32, detail_blocks=3, motion=48, guess_error=0.06),
    "small": DiTConfig(
        video_channels=4, patch_rows=3, patch_columns=4, width=384, heads=6, audio_width=256, audio_heads=4, layers=8, text_width=256, text_layers=3,
        vocabulary=4096, detail=48, detail_blocks=3, motion=48, guess_error=0.06,
    ),
    "base": DiTConfig(
        patch_rows=2, patch_columns=2, patch_time=1, width=1536, heads=24, audio_width=1024, audio_heads=16, layers=14, cross_every=2,
        text_width=2048, text_layers=2, text_heads=16, text_length=512, vocabulary=65_536, cross_window=0.0, detail=0, motion=64,
    ),
    "full": DiTConfig(
        audio_channels=64, patch_rows=2, patch_columns=2, patch_time=1, width=4096, heads=32, audio_width=2048, audio_heads=16, layers=17, cross_every=2,
        text_width=4096, text_layers=2, text_heads=32, text_length=1024, vocabulary=65_536, cross_window=0.0, layout="decoupled", detail=0, motion=64,
    ),
}  # fmt: skip
"""One dial from a laptop to many GPUs; ``tiny`` exists for tests."""


class Branch(nn.Module):
    """One modality's half of a block."""

    ROWS = 9
    """Modulation rows: shift, scale, gate for self-attention, the other branch, and the feed-forward layer."""

    def __init__(self, width: int, heads: int, text_width: int, other_width: int | None, cross_width: int, cross_heads: int) -> None:
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
        """The block's nine modulation rows, each ``[B, T, D]``; of each three the scale and the gate have 1 added, before they
        are spread over the tokens, where it costs least."""
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
        self.video = Branch(c.width, c.heads, c.text_width, c.audio_width if self.crosses else None, c.audio_width, c.audio_heads)
        self.audio = Branch(c.audio_width, c.audio_heads, c.text_width, c.width if self.crosses else None, c.audio_width, c.audio_heads)

    def _read(self, branch: Branch, x_BTD: Tensor, side: Side, mod: tuple[Tensor, ...], context_BLD: Tensor, picture: bool) -> Tensor:
        """Self-attention, then the text."""
        h = torch.addcmul(mod[0], branch.norm_self(x_BTD), mod[1])
        if picture and self.spatial is not None:
            out = decoupled(branch.self_attention, h, side, self.spatial, self.time_window)
        else:
            out = branch.self_attention(h, rope_q=side.rope, rope_k=side.rope)
        x_BTD = torch.addcmul(x_BTD, mod[2], out)
        return x_BTD + branch.text_attention(branch.norm_text(x_BTD), context_BLD, mask=side.text_mask)

    def _exchange(self, branch: Branch, x: Tensor, side: Side, mod: tuple[Tensor, ...], other: Tensor, there: Side, mask: Tensor | None) -> Tensor:
        """What this modality takes from the other one."""
        h = torch.addcmul(mod[3], branch.norm_cross(x), mod[4])
        out = branch.cross_attention(h, branch.norm_other(other), rope_q=side.cross_rope, rope_k=there.cross_rope, mask=mask)
        return torch.addcmul(x, mod[5], out)

    def forward(
        self, v: Tensor | None, a: Tensor | None, video: Side | None, audio: Side | None, context_BLD: Tensor,
        cross_mask: tuple[Tensor | None, Tensor | None], isolated: bool,
    ) -> tuple[Tensor | None, Tensor | None]:
        """``v`` ``[B, V, D]`` and ``a`` ``[B, A, D]`` -> the same; ``cross_mask`` is ``[B, 1, V, A]`` and
        ``[B, 1, A, V]`` (or None); ``isolated`` skips the exchange."""
        mod_v = video.rows(self.video.bias) if video is not None else ()
        mod_a = audio.rows(self.audio.bias) if audio is not None else ()
        if v is not None and video is not None:
            v = self._read(self.video, v, video, mod_v, context_BLD, True)
        if a is not None and audio is not None:
            a = self._read(self.audio, a, audio, mod_a, context_BLD, False)
        if self.crosses and not isolated and v is not None and a is not None and video is not None and audio is not None:
            # both directions read the streams as they were before either wrote
            # a picture branch that does not learn passes no gradient on
            heard = a if self.video.bias.requires_grad else a.detach()
            v, a = (
                self._exchange(self.video, v, video, mod_v, heard, audio, cross_mask[0]),
                self._exchange(self.audio, a, audio, mod_a, v, video, cross_mask[1]),
            )
        if v is not None:
            v = torch.addcmul(v, mod_v[8], self.video.feed(torch.addcmul(mod_v[6], self.video.norm_feed(v), mod_v[7])))
        if a is not None:
            a = torch.addcmul(a, mod_a[8], self.audio.feed(torch.addcmul(mod_a[6], self.audio.norm_feed(a), mod_a[7])))
        return v, a


def levels(stream: Stream) -> Tensor:
    """The noise levels to embed: ``[B, S]``, or ``[1, 1]`` where all are one level, as while a clip is sampled with nothing given:
    no need to embed it a hundred times. Looked at on the CPU only: elsewhere the look would cost a wait."""
    noise_BS = stream.noise_BS
    if noise_BS.device.type != "cpu" or torch.is_grad_enabled() or torch.compiler.is_compiling():
        return noise_BS
    return noise_BS[:1, :1] if bool((noise_BS == noise_BS[0, 0]).all()) else noise_BS


def decoupled(attention: Attention, h_BTD: Tensor, side: Side, spatial: bool, window: int) -> Tensor:
    """Attention within a step (``spatial``) or along time at one place: cost linear in duration.

    Groups after the first (references, sources) are extra keys for every query, and attend among themselves and to nothing else.
    Along time, chunks of ``window`` steps see themselves and both neighbours."""
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
        out = F.scaled_dot_product_attention(*rows).permute(0, 2, 1, 3, 4)
    else:
        chunks = -(-main.steps // window)
        pad = chunks * window - main.steps
        columns = [F.pad(grid(x).permute(0, 3, 1, 2, 4), (0, 0, 0, pad)).unflatten(3, (chunks, window)) for x in (q, k, v)]
        there = F.pad(torch.ones(main.steps, dtype=torch.bool, device=q.device), (0, pad)).reshape(chunks, window)
        near = [torch.cat([F.pad(x, (0, 0, 0, 0, 1, 1))[:, :, :, i : i + chunks] for i in range(3)], 4) for x in columns[1:]]
        mask = torch.cat([F.pad(there, (0, 0, 1, 1))[i : i + chunks] for i in range(3)], 1)[:, None, :]
        if extra[1].shape[2]:
            more = [e[:, None, :, None].expand(-1, space, -1, chunks, -1, -1) for e in extra[1:]]
            near = [torch.cat([x, m], 4) for x, m in zip(near, more, strict=True)]
            mask = F.pad(mask, (0, extra[1].shape[2]), value=True)
        out = F.scaled_dot_product_attention(columns[0], *near, attn_mask=mask)
        out = out.flatten(3, 4)[:, :, :, : main.steps].permute(0, 2, 3, 1, 4)
    out = out.reshape(batch, heads, n, width)
    if extra[0].shape[2]:
        out = torch.cat([out, F.scaled_dot_product_attention(*extra)], 2)
    return attention.merge(out)


class Ends(nn.Module):
    """The way in and out of one branch: patch -> width, width -> patch, and the noise embedding."""

    def __init__(self, patch: int, width: int) -> None:
        super().__init__()
        self.into = nn.Linear(patch, width)
        self.role = nn.Embedding(len(Role), width)
        self.name = nn.Embedding(NAMES, width)
        nn.init.zeros_(self.role.weight)
        nn.init.zeros_(self.name.weight)
        self.noise = NoiseEmbedding(width, Branch.ROWS + 2)
        self.norm = nn.RMSNorm(width, elementwise_affine=False, eps=1e-6)
        self.out = nn.Linear(width, patch)
        nn.init.zeros_(self.out.bias)


class Detail(nn.Module):
    """Mends fine detail: 3x3 convolutions over each token step's latents, given the noisy latents and the coarse x0. A patch is wider than
    the stream that carries it; edges and small things come back here. ``blocks`` in their middle look along time as well: what stands still shines
    through the noise of every step, and what moves has to move on."""

    def __init__(self, channels: int, hidden: int, blocks: int = 0) -> None:
        super().__init__()
        self.into = nn.Conv2d(2 * channels + 1, hidden, 3, padding=1)
        self.middle = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.blocks = nn.ModuleList(SpaceTime(hidden, 2**i) for i in range(blocks))
        self.out = nn.Conv2d(hidden, channels, 3, padding=1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x_nChw: Tensor, steps: int) -> Tensor:
        """Noisy latents, coarse x0 and noise level as channels, ``[n, 2 C + 1, h, w]`` of clips of ``steps`` token steps each -> correction
        ``[n, C, h, w]``."""
        reuse = not torch.is_grad_enabled()
        x = F.silu(self.into(x_nChw), inplace=reuse)
        x = F.silu(self.middle(x), inplace=reuse)
        for block in self.blocks:
            x = block(x, steps)
        return self.out(x)


class SpaceTime(nn.Module):
    """A 3x3 convolution over space, then five taps along time, ``reach`` steps apart; adds nothing before it is trained."""

    TAPS = 5

    def __init__(self, width: int, reach: int) -> None:
        super().__init__()
        self.space = nn.Conv2d(width, width, 3, padding=1)
        self.time = nn.Conv2d(width, width, (self.TAPS, 1), padding=(self.TAPS // 2 * reach, 0), dilation=(reach, 1))
        nn.init.zeros_(self.time.weight)
        nn.init.zeros_(self.time.bias)

    def forward(self, x_nWhw: Tensor, steps: int) -> Tensor:
        """``[n, W, h, w]`` of clips of ``steps`` steps each -> the same."""
        h = F.silu(self.space(x_nWhw * x_nWhw.square().mean(1, keepdim=True).add(1e-6).rsqrt()))
        along = h.unflatten(0, (-1, steps)).flatten(3).transpose(1, 2)  # [B, W, S, h w]
        return x_nWhw + self.time(along).transpose(1, 2).reshape(x_nWhw.shape)


class DualBranchDiT(nn.Module):
    """The network. ``forward`` predicts x0 for every token of both streams in one pass; either stream may be absent."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        c = self.config = config
        self.text = TextEncoder(c.vocabulary, c.text_width, c.text_layers, c.text_heads)
        patch = c.patch_time * c.patch_rows * c.patch_columns * c.video_channels
        self.video = Ends(patch, c.width)
        self.audio = Ends(c.audio_channels, c.audio_width)
        self.blocks = nn.ModuleList(Block(c, i) for i in range(c.layers))
        self.detail = Detail(c.patch_time * c.video_channels, c.detail, c.detail_blocks) if c.detail else None
        self.motion = Motion(c.video_channels, c.patch, c.motion, c.audio_width) if c.motion else None
        for block in self.blocks:
            for branch in (block.video, block.audio):
                for linear in (branch.self_attention.out, branch.text_attention.out, branch.feed.down):
                    nn.init.normal_(linear.weight, std=0.02 / (2 * c.layers) ** 0.5)

    def _enter(self, ends: Ends, stream: Stream, text: TextBatch, heads: int, picture: bool) -> tuple[Tensor, Side]:
        seconds = stream.coords_BTX[..., 0]
        head = ends.into.out_features // heads
        x = ends.into(stream.patches_BTP) + ends.role(stream.role_T) + ends.name(stream.name_T)
        rope = axial(stream.coords_BTX, head) if picture else temporal(seconds, head)
        cross_rope = temporal(seconds, self.config.audio_width // self.config.audio_heads)
        return x, Side(stream, rope, cross_rope, window_mask(text, seconds), ends.noise(levels(stream)))

    def _leave(self, ends: Ends, x_BTD: Tensor, side: Side) -> Tensor:
        shift, scale = (side.spread(row) for row in side.table_BSRD[:, :, Branch.ROWS :].unbind(2))
        return ends.out(modulate(ends.norm(x_BTD), shift, scale))

    def _mend(self, stream: Stream, coarse_BTP: Tensor) -> Tensor:
        """Add the fine detail, step by step of each group."""
        c, parts, first = self.config, [], 0
        channels = c.patch_time * c.video_channels
        for grid in stream.grids:
            span = slice(grid.start, grid.start + grid.count)

            def picture(x_BTP: Tensor, grid: Grid = grid) -> Tensor:
                x = x_BTP.reshape(-1, grid.rows, grid.columns, channels, c.patch_rows, c.patch_columns)
                return x.permute(0, 1, 4, 2, 5, 3)  # [n, rows, patch rows, columns, patch columns, C]

            level = stream.noise_BS[:, first : first + grid.steps].reshape(-1)
            first += grid.steps
            noisy, coarse = picture(stream.patches_BTP[:, span]), picture(coarse_BTP[:, span])
            both = coarse.new_empty(*coarse.shape[:5], 2 * channels + 1)  # channels last, as the convolutions like them
            both[..., :channels], both[..., channels:-1], both[..., -1] = noisy, coarse, level.view(-1, 1, 1, 1, 1)
            fine = self.detail(both.flatten(3, 4).flatten(1, 2).permute(0, 3, 1, 2), grid.steps).permute(0, 2, 3, 1)  # type: ignore[misc]
            fine = fine.unflatten(2, (grid.columns, c.patch_columns)).unflatten(1, (grid.rows, c.patch_rows))
            parts.append(fine.permute(0, 1, 3, 5, 2, 4).reshape(coarse_BTP.shape[0], grid.count, -1))
        fine_BTP = parts[0] if len(parts) == 1 else torch.cat(parts, 1)
        if not c.guess_error:
            return coarse_BTP + fine_BTP
        # The best linear estimate from the guess (error e) and from x_t / (1 - t) (error (t / (1 - t))^2); what is mended has the size of the error left
        # (as the preconditioning of Karras et al., 2206.00364, but around the guess instead of around 0). Known steps come out as they went in.
        t = stream.spread(stream.noise_BS[..., None])
        power = c.guess_error * (1 - t) ** 2 + t**2
        blend = coarse_BTP + c.guess_error * (1 - t) / power * (stream.patches_BTP - (1 - t) * coarse_BTP)
        return blend + t / power.sqrt() * fine_BTP

    def forward(
        self, video: Stream | None, audio: Stream | None, text: TextBatch, *, isolated: bool = False, context_BLD: Tensor | None = None,
        strikes: list[Tensor] | None = None,
    ) -> tuple[Tensor | None, Tensor | None]:
        """Predicted clean patches ``[B, V, P]`` and ``[B, A, C]`` (None where the stream is). ``isolated`` keeps picture and
        sound from attending to each other (for cross-modal guidance). ``context_BLD`` is ``self.text(text)`` where a sampler
        worked it out beforehand: the text stays while the noise falls. A list given as ``strikes`` takes the logits ``[B, A]`` of something being
        struck in the picture (``model/motion.py``), for training."""
        c = self.config
        if context_BLD is None:
            context_BLD = self.text(text)
        v, picture = self._enter(self.video, video, text, c.heads, True) if video is not None else (None, None)
        a, sound = self._enter(self.audio, audio, text, c.audio_heads, False) if audio is not None else (None, None)
        cross_mask: tuple[Tensor | None, Tensor | None] = (None, None)
        if c.cross_window and video is not None and audio is not None:
            gap = video.coords_BTX[:, :, None, 0] - audio.coords_BTX[:, None, :, 0]
            near = gap.abs() <= c.cross_window
            # a reference with nothing beside it in time would have an empty row: it reads everything instead
            back = near.transpose(1, 2)
            cross_mask = ((near | ~near.any(2, keepdim=True))[:, None], (back | ~back.any(2, keepdim=True))[:, None])
        if self.motion is not None and video is not None and audio is not None and a is not None and not isolated and self.motion.fits(video, audio):
            moves, struck = self.motion(video, audio)
            a = a + moves
            if strikes is not None:
                strikes.append(struck)
        for block in self.blocks:
            v, a = block(v, a, picture, sound, context_BLD, cross_mask, isolated)
        out_v = self._leave(self.video, v, picture) if v is not None and picture is not None else None
        if out_v is not None and self.detail is not None and video is not None:
            out_v = self._mend(video, out_v)
        return out_v, self._leave(self.audio, a, sound) if a is not None and sound is not None else None
