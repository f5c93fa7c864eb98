"""What each codec learns from: one small class per codec with its network, its loss and its figures.

All three follow one shape (``Stage``), so that ``train.codec`` trains any of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model import audio_vae, mel, video_vae
from phonofilm.model.audio_vae import AudioVae, AudioVaeConfig
from phonofilm.model.codec import from_uint8
from phonofilm.model.precision import fast_bf16
from phonofilm.model.video_vae import VideoVae, VideoVaeConfig
from phonofilm.model.vocoder import Vocoder, VocoderConfig
from phonofilm.train.codec_data import Clips, sound_batch, video_batch

MEL_STD = 1.6
"""Typical standard deviation of a log-mel value; makes the audio losses of order one."""


class Stage(ABC):
    """A codec in training."""

    kind: str
    lr: float
    net: nn.Module
    config: Any

    trained = False
    """Begin from weights that are there: nothing is to be prepared."""
    frozen = False
    """Train the decoder alone: latents already encoded stay valid."""

    def freeze_encoder(self) -> None:
        """Keep the encoder and the latents' statistics as they are from now on."""
        self.frozen = True
        for name, p in self.net.named_parameters():
            if name.startswith("enc_"):
                p.requires_grad_(False)

    @abstractmethod
    def prepare(self, clips: Clips, rng: np.random.Generator) -> None:
        """Set whatever can be computed instead of learnt (PCA)."""

    @abstractmethod
    def batch(self, clips: Clips, rng: np.random.Generator) -> Any:
        """A training batch."""

    @abstractmethod
    def loss(self, batch: Any) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss to minimise, and its parts for the log."""

    @abstractmethod
    def figures(self, net: Any, clips: Clips, count: int = 3) -> dict[str, float]:
        """Figures of ``net`` (the averaged weights) on held-out clips."""

    def finish(self, net: Any, clips: Clips) -> None:  # noqa: B027 - optional
        """Last touch before saving (statistics of latents)."""


class VideoStage(Stage):
    """Weighted Charbonnier + gradient loss, and what trembles; a known share of noise on the latents makes the decoder
    forgiving."""

    kind = "video_vae"
    lr = 4e-3
    count, size, groups = 16, 64, (1, 2, 2, 3)
    cast_weight = 16.0
    motion_weight = 12.0
    """Weight of a change by one (half of the range) from a frame to its neighbour."""
    noise = 0.3
    """Largest noise added to half of the latents, in units of each channel's standard deviation: what a transformer
    makes is never clean."""

    def __init__(self, config: VideoVaeConfig | None = None) -> None:
        self.net = VideoVae(config)
        self.config = self.net.config
        for conv in (self.net.linear_in, self.net.linear_out):  # the PCA stays; the networks add to it
            conv.requires_grad_(False)

    def prepare(self, clips: Clips, rng: np.random.Generator) -> None:
        """PCA of blocks, half of them on the cast."""
        videos = [video_batch(clips, rng, batch=16, size=self.size, groups=(2,))[0] for _ in range(24)]
        self.net.set_linear(*_principal([video_vae.blocks(v) for v in videos], self.config.latent))
        self.net.set_entry(*_principal([video_vae.blocks(v, video_vae.NEAR) for v in videos], self.config.near[0]))

    def batch(self, clips: Clips, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Crops and masks."""
        return video_batch(clips, rng, batch=self.count, size=self.size, groups=self.groups)

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """See the class."""
        x, mask = batch
        net: VideoVae = self.net  # type: ignore[assignment]
        with torch.set_grad_enabled(not self.frozen):
            z = net.squeeze(x).float()
        if not self.frozen:
            std = z.detach().std((0, 2, 3, 4))
            net.std.lerp_(std, 1.0 if float(net.std.sum()) == len(net.std) else 0.02)
        level = (
            self.noise
            * torch.rand(len(z), 1, 1, 1, 1, device=z.device)
            * (torch.rand(len(z), 1, 1, 1, 1, device=z.device) < 0.5)
        )
        y = net.expand(z + torch.randn_like(z) * level * net.std.view(1, -1, 1, 1, 1)).float()
        weight = 1 + (self.cast_weight - 1) * F.max_pool3d(mask, (1, 5, 5), 1, (0, 2, 2))
        if x.shape[2] > 1:  # what moves fast is the hardest to keep and the first thing seen
            change = F.pad((x[:, :, 1:] - x[:, :, :-1]).abs().amax(1, keepdim=True), (0, 0, 0, 0, 1, 1))
            weight = weight + self.motion_weight * F.max_pool3d(change, (2, 5, 5), 1, (0, 2, 2))
        d = (y - x) * (weight / weight.mean()).sqrt()
        pixels = (d.square() + 2.5e-3).sqrt().mean() - 0.05
        edges = sum(d.diff(dim=k).abs().mean() for k in ((2, 3, 4) if d.shape[2] > 1 else (3, 4))) / 3
        # A still background that trembles weighs little in pixels, and is what an eye and a judge of contacts see
        # first.
        flicker = (y - x).diff(dim=2).abs().mean() if x.shape[2] > 1 else y.new_zeros(())
        # Blow-up of the latents is not rewarded (noise is relative), only kept in bounds.
        far = (z.mean((0, 2, 3, 4)).square() / net.std.square()).mean()
        parts = {"pixels": pixels.detach(), "edges": edges.detach(), "trembling": flicker.detach()}
        return pixels + 0.3 * edges + 0.5 * flicker + 1e-4 * far, parts

    @torch.inference_mode()
    def figures(self, net: Any, clips: Clips, count: int = 3) -> dict[str, float]:
        """PSNR in dB over the whole picture and over the cast, mean over clips; the same with noise 0.1 on the latents;
        and the change from frame to frame (0..255) of what stands still."""
        whole, cast, noisy, flicker = [], [], [], []
        device = next(net.parameters()).device
        for name in clips.held_out[:count]:
            pixels, mask = clips.video(name)
            x = from_uint8(torch.from_numpy(np.array(pixels[None]))).to(device)
            m = torch.from_numpy(np.array(mask)).bool().to(device)
            with torch.autocast(device.type, torch.bfloat16, enabled=fast_bf16(device.type)):
                z = net.squeeze(x).float()
                y = net.expand(z).float().clamp(-1, 1)
                u = net.expand(z + 0.1 * z.std((0, 2, 3, 4), keepdim=True) * torch.randn_like(z)).float().clamp(-1, 1)
            error = (y - x).square().mean(1)[0]
            whole.append(_psnr(error.mean()))
            noisy.append(_psnr((u - x).square().mean()))
            still = (x.diff(dim=2).abs().amax(1) < 0.5 / 127.5)[0]
            if still.any():
                flicker.append(float((y.diff(dim=2).abs().mean(1)[0][still]).mean() * 127.5))
            if m.any():
                cast.append(_psnr(error[m].mean()))
        return {
            "psnr": float(np.mean(whole)),
            "psnr_cast": float(np.mean(cast)),
            "psnr_noisy": float(np.mean(noisy)),
            "flicker": float(np.mean(flicker)),
        }

    @torch.inference_mode()
    def finish(self, net: Any, clips: Clips) -> None:
        """Mean and standard deviation of every latent channel."""
        device = next(net.parameters()).device
        names = clips.training[:: max(1, len(clips.training) // 48)][:48]
        z = []
        for name in names:
            with torch.autocast(device.type, torch.bfloat16, enabled=fast_bf16(device.type)):
                x = from_uint8(torch.from_numpy(np.array(clips.video(name)[0][None]))).to(device)
                z.append(net.squeeze(x).float().transpose(0, 1).flatten(1).cpu())
        _set_statistics(net, torch.cat(z, 1))


class AudioStage(Stage):
    """L1 of log-mels, latents noised as for video."""

    kind = "audio_vae"
    lr = 2e-3
    count, steps = 32, 24
    noise = 0.1

    def __init__(self, config: AudioVaeConfig | None = None) -> None:
        self.net = AudioVae(config)
        self.config = self.net.config
        for conv in (self.net.linear_in, self.net.linear_out):
            conv.requires_grad_(False)

    def prepare(self, clips: Clips, rng: np.random.Generator) -> None:
        """PCA of steps."""
        waves = (sound_batch(clips, rng, batch=32, steps=self.steps) for _ in range(32))
        self.net.set_linear(*_principal([audio_vae.blocks(mel.log_mel(w)) for w in waves], self.config.latent))

    def batch(self, clips: Clips, rng: np.random.Generator) -> Tensor:
        """Log-mels of random seconds."""
        return mel.log_mel(sound_batch(clips, rng, batch=self.count, steps=self.steps))

    def loss(self, batch: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """See the class."""
        net: AudioVae = self.net  # type: ignore[assignment]
        with torch.set_grad_enabled(not self.frozen):
            z = net.squeeze(batch).float()
        if not self.frozen:
            net.std.lerp_(z.detach().std((0, 2)), 1.0 if float(net.std.sum()) == len(net.std) else 0.02)
        level = (
            self.noise * torch.rand(len(z), 1, 1, device=z.device) * (torch.rand(len(z), 1, 1, device=z.device) < 0.7)
        )
        y = net.expand(z + torch.randn_like(z) * level * net.std[:, None]).float()
        d = (y - batch) / MEL_STD
        values = (d.square() + 1e-3).sqrt().mean()
        onsets = d.diff(dim=3).abs().mean()
        return values + 0.3 * onsets, {"values": values.detach(), "onsets": onsets.detach()}

    @torch.inference_mode()
    def figures(self, net: Any, clips: Clips, count: int = 16) -> dict[str, float]:
        """Log-mel distance: mean absolute difference of natural-log mels, and root mean square in dB."""
        l1, db = [], []
        for name in clips.held_out[:count]:
            x = mel.log_mel(torch.from_numpy(clips.sound(name).T.copy())[None]).to(next(net.parameters()).device)
            d = net.expand(net.squeeze(x)) - x
            l1.append(float(d.abs().mean()))
            db.append(float(d.square().mean().sqrt()) * 20 / np.log(10))
        return {"mel_l1": float(np.mean(l1)), "mel_rms_db": float(np.mean(db))}

    @torch.inference_mode()
    def finish(self, net: Any, clips: Clips) -> None:
        """Mean and standard deviation of every latent channel."""
        names = clips.training[:: max(1, len(clips.training) // 96)][:96]
        device = next(net.parameters()).device
        z = [net.squeeze(mel.log_mel(torch.from_numpy(clips.sound(n).T.copy())[None]).to(device))[0] for n in names]
        _set_statistics(net, torch.cat(z, 1).cpu())


class VocoderStage(Stage):
    """Multi-resolution spectra of left, right, mid and side, log-mels, and the predicted magnitude itself.

    When ``vae`` is given, half of the inputs are log-mels that went through the audio codec, as in use.
    """

    kind = "vocoder"
    lr = 1e-3
    count, steps = 12, 16
    windows = (128, 320, 800, 2048)

    def __init__(self, config: VocoderConfig | None = None, vae: AudioVae | None = None) -> None:
        self.net = Vocoder(config)
        self.config = self.net.config
        self.vae = vae

    def prepare(self, clips: Clips, rng: np.random.Generator) -> None:
        """Nothing: the network already starts from the mel picture."""

    def batch(self, clips: Clips, rng: np.random.Generator) -> Tensor:
        """Waves of two thirds of a second."""
        return sound_batch(clips, rng, batch=self.count, steps=self.steps)

    def loss(self, batch: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """See the class."""
        net: Vocoder = self.net  # type: ignore[assignment]
        given = mel.log_mel(batch)
        if self.vae is not None:
            with torch.no_grad():
                half = len(given) // 2
                z = self.vae.encode_mel(given[:half])
                given = torch.cat([self.vae.decode_mel(z + 0.05 * torch.randn_like(z)), given[half:]])
        magnitude, phasor = net.predict(given)
        true = mel.spectrum(batch).abs()
        direct = (torch.log(magnitude + mel.FLOOR) - torch.log(true + mel.FLOOR)).abs().mean()
        made = mel.wave(magnitude * phasor)
        spectra = sum(_spectral(_mixes(made), _mixes(batch), w) for w in self.windows) / len(self.windows)
        mels = (mel.log_mel(made) - mel.log_mel(batch)).abs().mean()
        return spectra + 0.5 * mels + 0.3 * direct, {
            "spectra": spectra.detach(),
            "mels": mels.detach(),
            "direct": direct.detach(),
        }

    @torch.inference_mode()
    def figures(self, net: Any, clips: Clips, count: int = 8) -> dict[str, float]:
        """From original log-mels: log-mel distance and spectral distance of the sound made."""
        out: dict[str, list[float]] = {"mel_l1": [], "spectral": []}
        for name in clips.held_out[:count]:
            x = torch.from_numpy(clips.sound(name).T.copy())[None].to(next(net.parameters()).device)
            given = mel.log_mel(x)
            y = net(given)
            out["mel_l1"].append(float((mel.log_mel(y) - given).abs().mean()))
            out["spectral"].append(float(sum(_spectral(y, x, w) for w in self.windows)) / len(self.windows))
        return {k: float(np.mean(v)) for k, v in out.items()}


def _mixes(wave: Tensor) -> Tensor:
    """Left and right with their mid and side: [B, 2, N] -> [B, 4, N]."""
    return torch.cat([wave, (wave[:, :1] + wave[:, 1:]) / 2, (wave[:, :1] - wave[:, 1:]) / 2], 1)


def _spectral(made: Tensor, true: Tensor, window: int) -> Tensor:
    """Spectral convergence + L1 of log magnitudes at one window length, a quarter of it as hop."""
    w = torch.hann_window(window, device=made.device)
    a, b = (
        torch.stft(v.flatten(0, 1), window, window // 4, window=w, return_complex=True).abs().mul(4 / window).add(1e-7)
        for v in (made, true)
    )
    return (a - b).norm() / b.norm() + ((a + 1e-3).log() - (b + 1e-3).log()).abs().mean()


def _psnr(error: Tensor) -> float:
    return float(10 * torch.log10(4.0 / error.clamp_min(1e-8)))


def _principal(parts: list[Tensor], k: int, floor: float = 0.01) -> tuple[Tensor, Tensor, Tensor]:
    """Mean, first ``k`` principal components (rows) and their standard deviations of the rows of ``parts``."""
    n = sum(len(p) for p in parts)
    mean = sum((p.double().sum(0) for p in parts), torch.zeros(parts[0].shape[1], dtype=torch.float64)) / n
    square = (
        sum((p.double().T @ p.double() for p in parts), torch.zeros((parts[0].shape[1],) * 2, dtype=torch.float64)) / n
    )
    values, vectors = torch.linalg.eigh(square - torch.outer(mean, mean))
    scale = (values[-k:].flip(0).clamp_min(0) + floor**2).sqrt()
    return mean.float(), vectors[:, -k:].flip(1).T.float().contiguous(), scale.float()


def _set_statistics(net: Any, z: Tensor) -> None:
    net.mean.copy_(z.mean(1).to(net.mean.device))
    net.std.copy_(z.std(1).clamp_min(1e-4).to(net.std.device))
