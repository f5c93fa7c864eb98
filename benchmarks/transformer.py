"""One denoising step of our transformer against diffusers' joint audio-video transformers, random weights throughout.

Matched: total parameters (within 5 %), picture and sound tokens, text length, batch, dtype. The others keep our widths
and head counts; their depth (and Kandinsky's feed-forward width) is set so that the parameters agree. Where there is a
choice the others get the cheaper one: no text padding mask, one noise level for the clip, positions worked out
beforehand; ours packs its canvas and reads timed text through a mask, within the timed step, and runs its text encoder
there too, since its parameters are counted; the row ``beforehand`` is the step as generation takes it, with words read
and cues made before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from benchmarks.timing import Times, interleave
from phonofilm.model.canvas import TokenGroup, pack, token_steps
from phonofilm.model.cues import CueGroup
from phonofilm.model.dit import PRESETS, DiTConfig, DualBranchDiT
from phonofilm.model.text_encoder import FOREVER, TextBatch
from phonofilm.spec import clock
from phonofilm.spec.cues import BODY, CAMERA, RHYTHM

TOLERANCE = 0.05
"""How far the others' total parameters may lie from ours."""
LARGE = replace(
    PRESETS["small"],
    patch_time=1,
    width=640,
    heads=10,
    audio_width=480,
    audio_heads=10,
    layers=7,
    text_width=384,
    text_layers=3,
    text_heads=6,
)
"""About 100 million parameters, one token step per latent step."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """What is timed: a network, a canvas (latent steps, rows, columns; sound steps), a batch and a text length."""

    name: str
    config: DiTConfig
    latents: tuple[int, int, int] = (31, 18, 32)
    sound: int = clock.audio_steps(5.0)
    batch: int = 1
    words: int = 64

    @property
    def grid(self) -> tuple[int, int, int]:
        """Token steps, rows and columns of the picture."""
        c = self.config
        return (
            token_steps(self.latents[0], c.patch),
            -(-self.latents[1] // c.patch_rows),
            -(-self.latents[2] // c.patch_columns),
        )


SIZES = {
    "nano": Size(name="nano", config=PRESETS["nano"], batch=2),
    "large": Size(name="large", config=LARGE),
    "toy": Size(name="toy", config=PRESETS["tiny"], latents=(5, 6, 8), sound=17, words=8),
}
"""``nano`` is the shipped network at five seconds, guided (batch 2); ``toy`` is for tests."""


def parameters(model: nn.Module) -> int:
    """All of them."""
    return sum(p.numel() for p in model.parameters())


def ltx2(size: Size, layers: int, head: int, audio_head: int) -> nn.Module:
    """diffusers' LTX-2 transformer with our head count, head widths as given."""
    from diffusers import LTX2VideoTransformer3DModel

    c, steps = size.config, size.grid
    patch = c.patch_time * c.patch_rows * c.patch_columns * c.video_channels
    return LTX2VideoTransformer3DModel(
        in_channels=patch,
        out_channels=patch,
        num_attention_heads=c.heads,
        attention_head_dim=head,
        cross_attention_dim=c.heads * head,
        vae_scale_factors=(4 * c.patch_time, 8 * c.patch_rows, 8 * c.patch_columns),
        base_height=8 * size.latents[1],
        base_width=8 * size.latents[2],
        audio_in_channels=c.audio_channels,
        audio_out_channels=c.audio_channels,
        audio_num_attention_heads=c.heads,
        audio_attention_head_dim=audio_head,
        audio_cross_attention_dim=c.heads * audio_head,
        num_layers=layers,
        caption_channels=c.text_width,
        rope_type="split",
        pos_embed_max_pos=steps[0],
    )


def kandinsky6(size: Size, layers: int, feed: float) -> nn.Module:
    """diffusers' Kandinsky 6 transformer with our widths and text depth, released switches on, feed-forward ``feed``
    times the width."""
    from diffusers import Kandinsky6Transformer3DModel

    c = size.config

    def axes(head: int) -> tuple[int, int, int]:
        space = head // 8 * 2
        return head - 2 * space, space, space

    return Kandinsky6Transformer3DModel(
        in_visual_dim=c.patch_time * c.video_channels,
        out_visual_dim=c.patch_time * c.video_channels,
        patch_size=(1, c.patch_rows, c.patch_columns),
        in_text_dim=c.text_width,
        in_text_dim2=c.text_width,
        time_dim=c.width // 4,
        model_dim=c.width,
        ff_dim=round(feed * c.width / 16) * 16,
        num_text_blocks=c.text_layers,
        num_visual_blocks=layers,
        axes_dims=axes(c.width // c.heads),
        visual_cond=False,
        in_audio_dim=c.audio_channels,
        out_audio_dim=c.audio_channels,
        model_dim_a=c.audio_width,
        time_dim_a=c.audio_width // 4,
        ff_dim_a=round(feed * c.audio_width / 16) * 16,
        axes_dims_a=axes(c.audio_width // c.audio_heads),
        ca_rope=c.width // c.heads == c.audio_width // c.audio_heads,
        cross_gates=True,
        fix_modulation=True,
    )


def matched(
    build: Callable[..., nn.Module], size: Size, wanted: int, settings: list[tuple[Any, ...]]
) -> tuple[Any, ...]:
    """(layers, *setting) whose parameters come nearest ``wanted``: the first setting that lies within the tolerance at
    some depth. A network's parameters are linear in its depth, so two tiny builds on the meta device tell all
    depths."""
    for setting in settings:
        with torch.device("meta"):
            one, two = parameters(build(size, 1, *setting)), parameters(build(size, 2, *setting))
        layers = max(1, round((wanted - one) / (two - one)) + 1)
        if abs(one + (layers - 1) * (two - one) - wanted) <= TOLERANCE * wanted:
            return (layers, *setting)
    raise ValueError(f"no {build.__name__} network within {TOLERANCE:.0%} of {wanted} parameters")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One size in one dtype."""

    size: Size
    dtype: torch.dtype
    parameters: dict[str, int]
    layers: dict[str, int]
    times: dict[str, Times]


OURS, OURS_TOLD = "ours (DualBranchDiT)", "ours, words read and cues made beforehand"
LTX2, LTX2_TOKENS, KANDINSKY = "LTX-2", "LTX-2, level per token", "Kandinsky 6"


def networks(size: Size) -> tuple[dict[str, nn.Module], dict[str, int]]:
    """The three networks with random weights, in float32, and their depths."""
    c = size.config
    torch.manual_seed(0)
    ours = DualBranchDiT(c)
    wanted = parameters(ours)
    head, audio_head = c.width // c.heads, c.audio_width // c.audio_heads
    wider = sorted(range(-head // 3 // 4 * 4, head // 3 + 4, 4), key=abs)  # our own width first
    built = matched(ltx2, size, wanted, [(head + d, max(8, audio_head * (head + d) // head // 4 * 4)) for d in wider])
    made = matched(kandinsky6, size, wanted, [(4 + d / 4,) for d in sorted(range(-8, 9), key=abs)])
    models = {OURS: ours, LTX2: ltx2(size, *built), KANDINSKY: kandinsky6(size, *made)}
    return models, {OURS: c.layers, LTX2: built[0], KANDINSKY: made[0]}


def run(size: Size, dtype: torch.dtype, device: torch.device, rounds: int) -> Outcome:
    """Time one step of each network, interleaved."""
    models, layers = networks(size)
    counts = {name: parameters(m) for name, m in models.items()}
    for m in models.values():
        m.to(device=device, dtype=dtype).eval().requires_grad_(False)
    cases = {OURS: _ours(models[OURS], size, dtype, device), OURS_TOLD: _ours(models[OURS], size, dtype, device, True)}
    cases |= {KANDINSKY: _kandinsky6(models[KANDINSKY], size, dtype, device)}
    for name, each in ((LTX2, False), (LTX2_TOKENS, True)):
        cases[name] = _ltx2(models[LTX2], size, dtype, device, each)
    for twin, name in ((OURS_TOLD, OURS), (LTX2_TOKENS, LTX2)):
        counts[twin], layers[twin] = counts[name], layers[name]
    order = [OURS, OURS_TOLD, LTX2, LTX2_TOKENS, KANDINSKY]
    return Outcome(
        size=size,
        dtype=dtype,
        parameters=counts,
        layers=layers,
        times=interleave({n: cases[n] for n in order}, rounds, device),
    )


def _ours(
    model: nn.Module, size: Size, dtype: torch.dtype, device: torch.device, beforehand: bool = False
) -> Callable[[], object]:
    c, b = size.config, size.batch
    video = torch.randn(b, c.video_channels, *size.latents, device=device, dtype=dtype)
    audio = torch.randn(b, c.audio_channels, size.sound, device=device, dtype=dtype)
    window = torch.tensor([-FOREVER, FOREVER]).repeat(b, size.words, 1)
    window[:, size.words // 2 :] = torch.tensor([0.0, 2.5])  # half the words speak of half the clip
    text = TextBatch(torch.randint(3, c.vocabulary, (b, size.words)), window).to(device)

    frames, slots = size.sound, 2
    cues = CueGroup(
        torch.randn(b, slots, frames, len(BODY)),
        torch.randn(b, frames, len(CAMERA)),
        torch.randn(b, frames, len(RHYTHM)),
        torch.full((b, slots + 2, clock.latent_of_frame(frames - 1) + 1), 0.5),
        torch.arange(1, slots + 1).expand(b, -1),
    )
    cues = replace(cues, **{name: value.to(device) for name, value in vars(cues).items()})
    context = model.text(text) if beforehand else None  # type: ignore[operator]
    plan = model.tell(cues, text, context) if beforehand else None  # type: ignore[operator]

    def step() -> object:
        v = TokenGroup(latents=video, noise=torch.full((b, size.grid[0]), 0.5, device=device, dtype=dtype))
        a = TokenGroup(latents=audio, noise=torch.full((b, size.sound), 0.5, device=device, dtype=dtype))
        streams = pack([v], c.patch), pack([a], c.patch)
        out = model.follow(*streams, text, context, plan) if beforehand else model(*streams, text, cues)  # type: ignore[operator]
        assert out[0].shape[1] == size.grid[0] * size.grid[1] * size.grid[2] and out[1].shape[1] == size.sound
        return out

    return step


def _ltx2(model: Any, size: Size, dtype: torch.dtype, device: torch.device, per_token: bool) -> Callable[[], object]:
    c, b, (s, h, w) = size.config, size.batch, size.grid
    patch = c.patch_time * c.patch_rows * c.patch_columns * c.video_channels
    video = torch.randn(b, s * h * w, patch, device=device, dtype=dtype)
    audio = torch.randn(b, size.sound, c.audio_channels, device=device, dtype=dtype)
    words = torch.randn(b, size.words, c.text_width, device=device, dtype=dtype)
    place = model.rope.prepare_video_coords(b, s, h, w, device)
    when = model.audio_rope.prepare_audio_coords(b, size.sound, device)
    level_v = torch.full((b, s * h * w if per_token else 1), 500.0, device=device)
    level_a = torch.full((b, size.sound if per_token else 1), 500.0, device=device)

    def step() -> object:
        return model(
            hidden_states=video,
            audio_hidden_states=audio,
            encoder_hidden_states=words,
            audio_encoder_hidden_states=words,
            timestep=level_v,
            audio_timestep=level_a,
            video_coords=place,
            audio_coords=when,
            return_dict=False,
        )

    return step


def _kandinsky6(model: Any, size: Size, dtype: torch.dtype, device: torch.device) -> Callable[[], object]:
    c, b, (s, h, w) = size.config, size.batch, size.grid
    video = torch.randn(
        b, s, h * c.patch_rows, w * c.patch_columns, c.patch_time * c.video_channels, device=device, dtype=dtype
    )
    audio = torch.randn(b, size.sound, c.audio_channels, device=device, dtype=dtype)
    words = torch.randn(b, size.words, c.text_width, device=device, dtype=dtype)
    pooled = torch.randn(b, c.text_width, device=device, dtype=dtype)
    level = torch.full((b,), 500.0, device=device)

    def step() -> object:
        return model(
            hidden_states=video,
            encoder_hidden_states=words,
            pooled_projections=pooled,
            timestep=level,
            audio_hidden_states=audio,
            return_dict=False,
        )

    return step
