"""Published video codecs (diffusers' ``AutoencoderKLWan`` and ``AutoencoderKLLTX2Video``) behind our ``VideoCodec``
protocol.

For the large presets. Needs the optional packages of ``pip install phonofilm[bench]``; they are imported on first use
only. The codecs' own sizes differ from ours (LTX-2: 32x32 pixels, 8 frames), so ``space`` and ``time`` say what one
latent covers.
"""

from __future__ import annotations

import importlib
from typing import Any

import torch
from torch import Tensor

from phonofilm.errors import MissingExtra, RequestError

CLASSES = ("AutoencoderKLWan", "AutoencoderKLLTX2Video")


class DiffusersVideoCodec:
    """``encode`` and ``decode`` as in :class:`phonofilm.model.codec.VideoCodec`, through a diffusers autoencoder."""

    def __init__(self, autoencoder: Any) -> None:
        self.net = autoencoder.eval().requires_grad_(False)
        config = autoencoder.config
        self.space: int = _ratio(config, ("scale_factor_spatial", "spatial_compression_ratio"), autoencoder)
        self.time: int = _ratio(config, ("scale_factor_temporal", "temporal_compression_ratio"), autoencoder)
        mean, std = _statistic(autoencoder, "latents_mean"), _statistic(autoencoder, "latents_std")
        self.mean = torch.zeros(1) if mean is None else mean
        self.std = torch.ones(1) if std is None else std

    @torch.no_grad()
    def encode(self, video_BCFHW: Tensor) -> Tensor:
        """[B, 3, time*k+1, H, W] in -1..1 -> normalised latents [B, C, k+1, H/space, W/space]. Raises RequestError on
        another shape."""
        frames, height, width = video_BCFHW.shape[2:]
        if frames % self.time != 1 or height % self.space or width % self.space:
            raise RequestError(
                f"this codec takes {self.time}k+1 frames with sides in multiples of {self.space}, not"
                f" {list(video_BCFHW.shape)}: pad or crop the clip"
            )
        z = self.net.encode(video_BCFHW.to(self.net.dtype)).latent_dist.mode().float()
        return (z - self._shape(self.mean, z)) / self._shape(self.std, z)

    @torch.no_grad()
    def decode(self, z_BCfhw: Tensor) -> Tensor:
        """Inverse of ``encode``, in -1..1."""
        z = z_BCfhw.float() * self._shape(self.std, z_BCfhw) + self._shape(self.mean, z_BCfhw)
        return self.net.decode(z.to(self.net.dtype)).sample.clamp(-1.0, 1.0)

    @staticmethod
    def _shape(values: Tensor, like: Tensor) -> Tensor:
        return values.to(like.device, torch.float32).view(1, -1, 1, 1, 1)


def load(class_name: str, path: str, dtype: torch.dtype = torch.bfloat16) -> DiffusersVideoCodec:
    """The published codec at ``path`` (a folder or a hub name). Raises MissingExtra without diffusers, RequestError for
    another class."""
    return DiffusersVideoCodec(_class(class_name).from_pretrained(path, torch_dtype=dtype))


def build(class_name: str, **config: Any) -> DiffusersVideoCodec:
    """The same with random weights and any configuration, for tests and speed comparisons."""
    return DiffusersVideoCodec(_class(class_name)(**config))


def _class(name: str) -> Any:
    if name not in CLASSES:
        raise RequestError(f"no adapter for {name!r}: choose {' or '.join(CLASSES)}")
    try:
        return getattr(importlib.import_module("diffusers"), name)
    except (ImportError, AttributeError) as error:
        raise MissingExtra(f"{name} needs a recent diffusers: pip install 'phonofilm[bench]'") from error


def _ratio(config: Any, names: tuple[str, ...], net: Any) -> int:
    for holder in (config, net):
        for name in names:
            value = getattr(holder, name, None)
            if value is not None:
                return int(value)
    raise RequestError(f"cannot tell how many pixels a latent of {type(net).__name__} covers: update diffusers")


def _statistic(net: Any, name: str) -> Tensor | None:
    value = getattr(net, name, None)
    if value is None:
        value = getattr(net.config, name, None)
    return None if value is None else torch.as_tensor(value, dtype=torch.float32)
