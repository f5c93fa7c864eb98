"""Log-mel pictures of sound, and back-and-forth between waves and complex spectra, on the clock's grid.

A window of 1000 samples (24 Hz per bin, one video frame long) moves by 250: mel frame j is centred on sample 250 j +
125, so the four mel frames of audio step n are centred inside samples [1000 n, 1000 (n + 1)) and a step never shares
one. Letters: B batch, N samples, T mel frames (N / 250), K spectral bins (501), M mel bins.
"""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from phonofilm.spec.clock import MEL_HOP, SAMPLE_RATE

WINDOW = 4 * MEL_HOP
"""Samples in one analysis window."""
PAD = (WINDOW - MEL_HOP) // 2
"""Zeros before and after the sound, so that N samples give N / 250 frames."""
SPECTRUM = WINDOW // 2 + 1
BINS = 80
"""Mel bins per channel."""
FLOOR = 1e-4
"""Added before the logarithm: -80 dB of a full-scale tone."""


@cache
@torch.inference_mode(False)  # kept, so it must serve training as well as inference
def _window(device: torch.device) -> Tensor:
    return torch.hann_window(WINDOW, device=device)


@cache
@torch.inference_mode(False)
def filters(device: torch.device) -> Tensor:
    """Triangles on the mel scale (Slaney's), 0 to 12 kHz, each summing to 1: [80, 501]."""
    edges = _mel_to_hz(
        torch.linspace(0.0, float(_hz_to_mel(torch.tensor(SAMPLE_RATE / 2))), BINS + 2, dtype=torch.float64)
    )
    hz = torch.linspace(0, SAMPLE_RATE / 2, SPECTRUM, dtype=torch.float64)
    rise = (hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - hz) / (edges[2:] - edges[1:-1])[:, None]
    triangles = torch.minimum(rise, fall).clamp_min(0.0)
    return (triangles / triangles.sum(1, keepdim=True).clamp_min(1e-9)).float().to(device)


def spectrum(wave_BN: Tensor) -> Tensor:
    """Complex spectrum [..., 501, N/250] of waves [..., N]; a full-scale tone has magnitude about 1 at its bin."""
    flat = F.pad(wave_BN.flatten(0, -2), (PAD, PAD))
    s = torch.stft(flat, WINDOW, MEL_HOP, window=_window(flat.device), center=False, return_complex=True) * (4 / WINDOW)
    return s.unflatten(0, wave_BN.shape[:-1])


def wave(spectrum_BKT: Tensor) -> Tensor:
    """Least-squares inverse of :func:`spectrum`: complex [..., 501, T] -> waves [..., 250 T]."""
    s = spectrum_BKT.flatten(0, -3)
    window = _window(s.device)
    frames = torch.fft.irfft(s * (WINDOW / 4), n=WINDOW, dim=1) * window[:, None]
    length = (s.shape[-1] - 1) * MEL_HOP + WINDOW
    fold = {"output_size": (1, length), "kernel_size": (1, WINDOW), "stride": (1, MEL_HOP)}
    total = F.fold(frames, **fold)[:, 0, 0, PAD:-PAD]
    weight = F.fold((window**2)[None, :, None].expand(1, -1, s.shape[-1]), **fold)[:, 0, 0, PAD:-PAD]
    return (total / weight.clamp_min(1e-3)).unflatten(0, spectrum_BKT.shape[:-2])


def log_mel(wave_BN: Tensor) -> Tensor:
    """Natural-log mel picture [..., 80, N/250] of waves [..., N]; silence is log(1e-4) = -9.2, a loud tone about -1."""
    return torch.log(mel_of_magnitude(spectrum(wave_BN).abs()) + FLOOR)


def mel_of_magnitude(magnitude: Tensor) -> Tensor:
    """Magnitudes [..., 501, T] -> mel magnitudes [..., 80, T]."""
    return filters(magnitude.device) @ magnitude


def mid_side(left_right: Tensor) -> Tensor:
    """Stereo log-mels [B, 2, M, T] as mean and half difference of left and right (its own inverse up to a factor 2)."""
    left, right = left_right.unbind(1)
    return torch.stack([(left + right) / 2, (left - right) / 2], 1)


def left_right(mid_side: Tensor) -> Tensor:
    """Inverse of :func:`mid_side`."""
    mid, side = mid_side.unbind(1)
    return torch.stack([mid + side, mid - side], 1)


def _hz_to_mel(hz: Tensor) -> Tensor:
    return torch.where(
        hz < 1000.0, hz * 3 / 200, 15 + torch.log(hz.clamp_min(1.0) / 1000.0) * (27 / torch.log(torch.tensor(6.4)))
    )


def _mel_to_hz(mel: Tensor) -> Tensor:
    return torch.where(
        mel < 15.0,
        mel * 200 / 3,
        1000.0 * torch.exp((mel - 15) * (torch.log(torch.tensor(6.4, dtype=torch.float64)) / 27)),
    )
