"""Our video decoder against diffusers' LTX-2-class decoder set to the same task: 8x8 pixels and 4 frames to 16
channels.

The other is built with patch 4, channels (64, 128) and one layer a stage; of its two orders of upsampling (time first
or space first) the faster, time first, is taken. Random weights; the same latents in, all frames out, both in one pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.timing import Times, interleave
from phonofilm.model.video_vae import VideoVae, VideoVaeConfig

OURS, LTX2 = "ours (VideoVae)", "LTX-2 class"


@dataclass(frozen=True, kw_only=True)
class Clip:
    """Frames (4k + 1), height and width, multiples of 8."""

    frames: int
    height: int
    width: int

    @property
    def megapixel_frames(self) -> float:
        """What a decoder's seconds are divided by."""
        return self.frames * self.height * self.width / 1e6

    def __str__(self) -> str:
        return f"{self.frames} x {self.width}x{self.height}"


CLIPS = (Clip(frames=33, height=256, width=448), Clip(frames=121, height=144, width=256))
TOY = Clip(frames=5, height=32, width=32)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One clip in one dtype."""

    clip: Clip
    dtype: torch.dtype
    parameters: dict[str, int]
    times: dict[str, Times]


def ltx2(channels: tuple[int, int] = (64, 128), latent: int = 16) -> Any:
    """diffusers' video autoencoder at 8x / 4t; its encoder is cut to next to nothing, since it is not run."""
    from diffusers import AutoencoderKLLTX2Video

    return AutoencoderKLLTX2Video(
        latent_channels=latent,
        block_out_channels=(8,),
        down_block_types=("LTX2VideoDownBlock3D",),
        layers_per_block=(1, 1),
        spatio_temporal_scaling=(True,),
        downsample_type=("spatial",),
        decoder_block_out_channels=channels,
        decoder_layers_per_block=(1, 1, 1),
        decoder_spatio_temporal_scaling=(True, True),
        decoder_inject_noise=(False, False, False),
        upsample_type=("temporal", "spatiotemporal"),
        upsample_residual=(True, True),
        upsample_factor=(2, 2),
        patch_size=4,
        spatial_compression_ratio=8,
        temporal_compression_ratio=4,
    )


def run(
    clip: Clip, dtype: torch.dtype, device: torch.device, rounds: int, config: VideoVaeConfig | None = None
) -> Outcome:
    """Time both decoders, interleaved."""
    torch.manual_seed(0)
    ours, other = VideoVae(config), ltx2()
    for model in (ours, other):
        model.to(device=device, dtype=dtype).eval().requires_grad_(False)
    ours.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    z = torch.randn(1, 16, (clip.frames - 1) // 4 + 1, clip.height // 8, clip.width // 8, device=device, dtype=dtype)
    shape = (1, 3, clip.frames, clip.height, clip.width)

    def mine() -> None:
        assert ours.decode(z).shape == shape

    def theirs() -> None:
        assert other.decode(z, return_dict=False)[0].shape == shape

    count = {
        OURS: sum(p.numel() for n, p in ours.named_parameters() if n.startswith(("dec_", "linear_out"))),
        LTX2: sum(p.numel() for p in other.decoder.parameters()),
    }
    return Outcome(
        clip=clip, dtype=dtype, parameters=count, times=interleave({OURS: mine, LTX2: theirs}, rounds, device)
    )
