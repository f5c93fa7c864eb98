"""What a preset costs: parameters, tokens, floating-point operations and memory per sampling step. Builds on the meta
device."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from phonofilm.errors import RequestError
from phonofilm.model.canvas import token_steps
from phonofilm.model.dit import PRESETS, DiTConfig, DualBranchDiT
from phonofilm.model.video_ends import UNIT
from phonofilm.spec import clock


@dataclass(frozen=True, kw_only=True)
class Info:
    """Costs of one forward pass for one clip."""

    preset: str
    parameters: int
    video_parameters: int
    audio_parameters: int
    video_tokens: int
    audio_tokens: int
    flops: float
    """Multiply-adds counted twice, one forward pass without guidance."""
    weight_bytes: int
    """In bfloat16."""
    activation_bytes: int
    """Largest live set of one block in bfloat16, roughly: streams, projections and the feed-forward layer."""

    def table(self) -> str:
        """A few lines for a terminal."""
        return "\n".join(
            (
                f"preset            {self.preset}",
                (
                    f"parameters        {self.parameters / 1e6:,.1f} M  (picture {self.video_parameters / 1e6:,.1f} M,"
                    f" sound {self.audio_parameters / 1e6:,.1f} M)"
                ),
                f"tokens            {self.video_tokens:,} picture + {self.audio_tokens:,} sound",
                f"FLOPs per step    {self.flops / 1e9:,.1f} G  (twice that with text guidance)",
                (
                    f"memory per step   {(self.weight_bytes + self.activation_bytes) / 2**20:,.0f} MiB  (weights"
                    f" {self.weight_bytes / 2**20:,.0f} MiB in bf16)"
                ),
            )
        )


def tokens(config: DiTConfig, seconds: float, width: int, height: int) -> tuple[int, int]:
    """Picture and sound tokens of a clip of ``width`` x ``height`` pixels."""
    steps = token_steps(clock.latent_steps(seconds), config.patch)
    return steps * -(-(height // 8) // config.patch_rows) * -(-(width // 8) // config.patch_columns), clock.audio_steps(
        seconds
    )


def info(preset: str, *, seconds: float = 5.0, width: int | None = None, height: int | None = None) -> Info:
    """Costs of ``preset`` at its own size (256x144 for nano and small, 854x480 above). Raises RequestError for an
    unknown one."""
    if preset not in PRESETS:
        raise RequestError(f"no preset {preset!r}: choose one of {', '.join(PRESETS)}")
    config = PRESETS[preset]
    laptop = preset in ("tiny", "nano", "small")
    width, height = width or (256 if laptop else 848), height or (144 if laptop else 480)
    with torch.device("meta"):
        model = DualBranchDiT(config)
    count = {name: p.numel() for name, p in model.named_parameters()}
    audio = sum(n for name, n in count.items() if name.startswith("audio.") or ".audio." in name)
    text = sum(n for name, n in count.items() if name.startswith("text."))
    plan = sum(n for name, n in count.items() if name.startswith("cues."))
    video = sum(count.values()) - audio - text - plan
    v, a = tokens(config, seconds, width, height)
    c = config
    trunk = sum(p.numel() for name, p in model.named_parameters() if name.startswith("video.blocks."))
    blocks = sum(n for name, n in count.items() if ".video." in name)
    units = v * c.patch_rows * c.patch_columns // UNIT**2
    frames = clock.frames(seconds)
    attended = (
        v * v
        if c.layout == "full"
        else v * (v // max(1, token_steps(clock.latent_steps(seconds), c.patch)) + 3 * c.time_window) / 2
    )
    crosses = c.layers // c.cross_every
    reach = min(1.0, 2 * c.cross_window / seconds) if c.cross_window else 1.0
    flops = 2.0 * (blocks * v + trunk * units + audio * a + plan * frames)
    flops += (
        4.0 * c.layers * (attended * c.width + a * a * c.audio_width) + 8.0 * crosses * v * a * c.audio_width * reach
    )
    flops += 4.0 * c.cue_layers * frames**2 * c.cue_width
    largest = v * c.width * (1 + 3 + 6) + a * c.audio_width * (1 + 3 + 6)
    return Info(
        preset=preset,
        parameters=sum(count.values()),
        video_parameters=video,
        audio_parameters=audio,
        video_tokens=v,
        audio_tokens=a,
        flops=flops,
        weight_bytes=2 * sum(count.values()),
        activation_bytes=2 * largest,
    )
