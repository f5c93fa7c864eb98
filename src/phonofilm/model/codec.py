"""What the rest of the machine knows of codecs: two protocols, and the shipped pair that implements them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.errors import RequestError
from phonofilm.model import mel, weights
from phonofilm.model.audio_vae import AudioVae, AudioVaeConfig
from phonofilm.model.precision import fast_dtype
from phonofilm.model.video_vae import VideoVae, VideoVaeConfig
from phonofilm.model.vocoder import Vocoder, VocoderConfig
from phonofilm.spec.clock import SAMPLES_PER_FRAME


@runtime_checkable
class VideoCodec(Protocol):
    """Pictures to latents and back."""

    def encode(self, video_BCFHW: Tensor) -> Tensor:
        """[B, 3, 4k+1, H, W] in -1..1 -> normalised latents [B, C, k+1, H/8, W/8]."""
        ...

    def decode(self, z_BCfhw: Tensor) -> Tensor:
        """Inverse of ``encode``."""
        ...


@runtime_checkable
class AudioCodec(Protocol):
    """Stereo sound to latents and back."""

    def encode(self, wave_B2N: Tensor) -> Tensor:
        """[B, 2, 1000 S] at 24 kHz -> normalised latents [B, C, S]; step n covers samples [1000 n, 1000 (n + 1))."""
        ...

    def decode(self, z_BCS: Tensor) -> Tensor:
        """Inverse of ``encode``."""
        ...


class SoundCodec(nn.Module):
    """Our :class:`AudioCodec`: log-mel, :class:`AudioVae`, :class:`Vocoder`."""

    def __init__(self, vae: AudioVae, vocoder: Vocoder) -> None:
        super().__init__()
        self.vae, self.vocoder = vae, vocoder

    def encode(self, wave_B2N: Tensor) -> Tensor:
        """See :class:`AudioCodec`. Raises RequestError when N is not a multiple of 1000 or the sound is not stereo."""
        if wave_B2N.ndim != 3 or wave_B2N.shape[1] != 2 or wave_B2N.shape[2] % SAMPLES_PER_FRAME:
            raise RequestError(
                f"the audio codec takes [B, 2, {SAMPLES_PER_FRAME} S], not {list(wave_B2N.shape)}: pad or cut the sound"
            )
        return self.vae.encode_mel(mel.log_mel(wave_B2N.float()))

    def decode(self, z_BCS: Tensor) -> Tensor:
        """See :class:`AudioCodec`."""
        wave = self.vocoder(self.vae.decode_mel(z_BCS.float()))
        return wave.clamp(-1.0, 1.0)


def load_video_codec(path: str | Path | None = None, device: str = "cpu", dtype: torch.dtype | None = None) -> VideoVae:
    """The video codec at ``path`` (default: the shipped one), ready to use, in ``dtype`` (default: the format
    ``device`` is fast in). Raises WeightsError."""
    file = weights.load(path or weights.shipped("video_vae"), "video_vae")
    vae = VideoVae(weights.config_of(file, VideoVaeConfig))
    weights.fill(vae, file)
    vae = vae.to(device=device, dtype=dtype or fast_dtype(device), memory_format=torch.channels_last)  # type: ignore[call-overload]
    vae.mean, vae.std = file.tensors["mean"].to(device), file.tensors["std"].to(device)
    return vae.eval().requires_grad_(False)


def load_audio_vae(path: str | Path | None = None, device: str = "cpu") -> AudioVae:
    """The audio codec without its vocoder: log-mels to latents and back. Raises WeightsError."""
    file = weights.load(path or weights.shipped("audio_vae"), "audio_vae")
    vae = AudioVae(weights.config_of(file, AudioVaeConfig))
    weights.fill(vae, file)
    return vae.to(device).eval().requires_grad_(False)


def load_audio_codec(
    vae_path: str | Path | None = None, vocoder_path: str | Path | None = None, device: str = "cpu"
) -> SoundCodec:
    """The audio codec (default: the shipped pair), in float32: it is small. Raises WeightsError."""
    vae = load_audio_vae(vae_path, device)
    file = weights.load(vocoder_path or weights.shipped("vocoder"), "vocoder")
    vocoder = Vocoder(weights.config_of(file, VocoderConfig))
    weights.fill(vocoder, file)
    return SoundCodec(vae, vocoder).to(device).eval().requires_grad_(False)


def to_uint8(video_BCFHW: Tensor) -> Tensor:
    """Pictures in -1..1 [B, 3, F, H, W] -> bytes [B, F, H, W, 3], frame by frame to spare memory."""
    batch, _, n, height, width = video_BCFHW.shape
    out = torch.empty(batch, n, height, width, 3, dtype=torch.uint8)
    for f in range(n):
        out[:, f] = (
            ((video_BCFHW[:, :, f].float() + 1) * 127.5).round().clamp_(0, 255).permute(0, 2, 3, 1).to(torch.uint8)
        )
    return out


def from_uint8(frames_BFHWC: Tensor) -> Tensor:
    """Bytes [B, F, H, W, 3] -> pictures in -1..1 [B, 3, F, H, W], float32."""
    return frames_BFHWC.permute(0, 4, 1, 2, 3).float() / 127.5 - 1


def fitted(frames_FHWC: np.ndarray, height: int, width: int) -> Tensor:
    """Pictures as bytes of any size -> float ``[F, 3, height, width]`` in 0..1, area-averaged; other ratios are padded
    with their edge, never squeezed."""
    x = torch.from_numpy(np.ascontiguousarray(frames_FHWC)).permute(0, 3, 1, 2)
    h, w = x.shape[-2:]
    if (h, w) == (height, width):
        return x.float() / 255
    scale = min(height / h, width / w)
    size = (max(1, round(h * scale)), max(1, round(w * scale)))
    # by two: what fits a cache goes three times as fast
    down = torch.cat(
        [
            F.interpolate(part.float() / 255, size=size, mode="bilinear", antialias=True, align_corners=False)
            for part in x.split(2)
        ]
    )
    top, left = (height - size[0]) // 2, (width - size[1]) // 2
    return F.pad(down, (left, width - size[1] - left, top, height - size[0] - top), mode="replicate")
