"""Codecs: shapes, causality, the PCA backbone, the sound's grid, weight files, and the shipped weights' figures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from phonofilm.errors import RequestError, WeightsError
from phonofilm.model import audio_vae, codec, mel, video_vae, weights
from phonofilm.model.audio_vae import AudioVae, AudioVaeConfig
from phonofilm.model.codec import AudioCodec, SoundCodec, VideoCodec
from phonofilm.model.video_vae import VideoVae, VideoVaeConfig
from phonofilm.model.vocoder import Vocoder, VocoderConfig

TINY = VideoVaeConfig(near=(8, 8), far=(8, 12), near_blocks=(1, 1), far_blocks=(1, 2))
TINY_AUDIO = AudioVaeConfig(latent=8, fine=8, coarse=12, blocks=(1, 1))
TINY_VOCODER = VocoderConfig(width=16, inner=16, blocks=1, rounds=2)


def shaken(net: torch.nn.Module) -> torch.nn.Module:
    """Random weights everywhere: what starts at zero would hide mistakes."""
    torch.manual_seed(0)
    with torch.no_grad():
        for p in net.parameters():
            p.add_(torch.randn_like(p) * 0.1)
    return net.eval()


@pytest.fixture
def vae() -> VideoVae:
    return shaken(VideoVae(TINY))  # type: ignore[return-value]


def sound_codec() -> SoundCodec:
    return SoundCodec(shaken(AudioVae(TINY_AUDIO)), shaken(Vocoder(TINY_VOCODER)))  # type: ignore[arg-type]


@torch.no_grad()
def test_video_shapes_and_protocols(vae: VideoVae) -> None:
    for frames, height, width in ((1, 16, 24), (5, 32, 16), (13, 16, 16)):
        z = vae.encode(torch.rand(2, 3, frames, height, width) * 2 - 1)
        assert z.shape == (2, 16, (frames + 3) // 4, height // 8, width // 8)
        assert vae.decode(z).shape == (2, 3, frames, height, width)
    assert isinstance(vae, VideoCodec) and isinstance(sound_codec(), AudioCodec)


@torch.no_grad()
def test_earlier_latents_and_frames_never_depend_on_later_ones(vae: VideoVae) -> None:
    a = torch.rand(1, 3, 13, 16, 16) * 2 - 1
    for first_changed in (1, 5, 9):
        b = a.clone()
        b[:, :, first_changed:] = torch.rand_like(b[:, :, first_changed:])
        za, zb = vae.encode(a), vae.encode(b)
        kept = (first_changed + 3) // 4
        assert torch.equal(za[:, :, :kept], zb[:, :, :kept])
        assert not torch.allclose(za[:, :, kept], zb[:, :, kept])
        assert torch.allclose(vae.decode(za)[:, :, :first_changed], vae.decode(zb)[:, :, :first_changed], atol=1e-6)


@torch.no_grad()
def test_one_picture_is_the_first_frame_of_any_clip(vae: VideoVae) -> None:
    clip = torch.rand(1, 3, 9, 16, 16) * 2 - 1
    assert torch.allclose(vae.encode(clip[:, :, :1]), vae.encode(clip)[:, :, :1], atol=1e-5)


@torch.no_grad()
def test_decoding_in_chunks_changes_nothing(vae: VideoVae) -> None:
    z = torch.randn(1, 16, 14, 2, 2)
    assert torch.allclose(vae.decode(z, chunk=4), vae.decode(z, chunk=100), atol=1e-5)


@torch.no_grad()
def test_pca_start_reproduces_what_is_linear() -> None:
    """A picture made of 16 basis blocks comes back exactly: fold, unfold, both shuffles and both biases agree."""
    torch.manual_seed(1)
    vae = VideoVae(TINY).eval()
    basis = torch.linalg.qr(torch.randn(video_vae.BLOCK, 16)).Q.T
    mean = torch.randn(video_vae.BLOCK) * 0.01
    vae.set_linear(mean, basis, torch.rand(16) + 0.5)
    rows = (torch.randn(2 * 3 * 4, 16) @ basis) * 0.05 + mean
    fine = torch.nn.functional.pixel_shuffle(rows.view(4, 2, 3, video_vae.BLOCK).permute(0, 3, 1, 2), 2)
    groups = torch.nn.functional.pixel_shuffle(fine, 4)
    video = video_vae.unfold(groups, 1)[:, :, 1:]  # three whole groups
    shown = torch.cat([video[:, :, :1], video], 2)
    back = vae.decode(vae.encode(shown))
    assert torch.allclose(back[:, :, 1:], video, atol=1e-4)


def test_fold_and_unfold_are_inverse() -> None:
    clip = torch.rand(2, 3, 9, 16, 8)
    assert torch.allclose(video_vae.unfold(video_vae.fold(clip), 2), clip)
    steps = torch.rand(2, 6, 12)
    assert torch.equal(audio_vae.unfold(audio_vae.fold(steps)), steps)


def test_odd_shapes_are_refused_with_the_remedy(vae: VideoVae) -> None:
    for shape in ((1, 3, 4, 16, 16), (1, 3, 5, 15, 16), (3, 5, 16, 16)):
        with pytest.raises(RequestError, match="multiples of 8"):
            vae.encode(torch.zeros(shape))
    with pytest.raises(RequestError, match="pad or cut"):
        sound_codec().encode(torch.zeros(1, 2, 1500))


def test_spectrum_and_wave_are_inverse() -> None:
    torch.manual_seed(0)
    wave = torch.randn(1, 2, 6000) * 0.1
    again = mel.wave(mel.spectrum(wave))
    assert again.shape == wave.shape
    assert float((again - wave)[..., 250:-250].abs().max()) < 1e-4


def test_a_tone_reads_as_its_level_in_its_bin() -> None:
    time = torch.arange(24000) / 24000
    magnitude = mel.spectrum(0.5 * torch.sin(2 * torch.pi * 1200 * time)[None])[0].abs()
    assert int(magnitude[:, 40].argmax()) == 50
    assert float(magnitude[50, 40]) == pytest.approx(0.5, rel=0.01)


def test_a_click_is_heard_in_its_own_audio_step() -> None:
    """Sample 1000 n + 500 is the middle of step n: its energy peaks in mel frames 4n + 1 and 4n + 2."""
    wave = torch.zeros(1, 2, 10000)
    wave[..., 4500] = 1.0
    energy = mel.log_mel(wave)[0, 0].mean(0)
    assert int(energy.argmax()) in (17, 18)
    assert energy.shape == (40,)


@torch.no_grad()
def test_audio_latents_look_one_step_aside_at_most() -> None:
    sound = sound_codec()
    assert sound.encode(torch.zeros(2, 2, 7000)).shape == (2, 8, 7)
    assert sound.decode(torch.randn(2, 8, 7)).shape == (2, 2, 7000)
    torch.manual_seed(0)
    a = torch.randn(1, 2, 9000) * 0.1
    b = a.clone()
    b[..., 4000:5000] = 0.3
    changed = (sound.encode(a) - sound.encode(b)).abs().amax((0, 1)) > 1e-6
    assert changed[4] and not changed[:3].any() and not changed[6:].any()


@torch.no_grad()
def test_mono_stays_mono() -> None:
    vocoder = Vocoder(TINY_VOCODER).eval()
    same = mel.log_mel(torch.randn(1, 1, 8000).expand(-1, 2, -1) * 0.1)
    magnitude, phasor = vocoder.predict(same)
    assert magnitude.shape == phasor.shape == (1, 2, 501, 32)
    assert torch.allclose(mel.left_right(mel.mid_side(same)), same, atol=1e-5)


def test_weights_round_trip_and_refuse_damage(tmp_path: Path, vae: VideoVae) -> None:
    path = tmp_path / "w.safetensors"
    weights.save(path, "video_vae", TINY, vae.state_dict(), {"clips": "3"})
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]
    file = weights.load(path, "video_vae")
    assert weights.config_of(file, VideoVaeConfig) == TINY and file.notes == {"clips": "3"}
    again = codec.load_video_codec(path, dtype=torch.float32)
    assert torch.allclose(again.dec_in.weight, vae.dec_in.weight, atol=2e-2) and torch.equal(again.mean, vae.mean)

    with pytest.raises(WeightsError, match="not a vocoder"):
        weights.load(path, "vocoder")
    with pytest.raises(WeightsError, match="no weights"):
        weights.load(tmp_path / "absent.safetensors", "video_vae")
    with pytest.raises(WeightsError, match="do not fit"):
        weights.fill(VideoVae(VideoVaeConfig(near=(8, 8), far=(8, 16), near_blocks=(1, 1), far_blocks=(1, 2))), file)

    raw = bytearray(path.read_bytes())
    raw[-5] ^= 1
    path.write_bytes(raw)
    with pytest.raises(WeightsError, match="SHA-256"):
        weights.load(path, "video_vae")
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(WeightsError, match="damaged"):
        weights.load(path, "video_vae")


def test_bytes_and_floats() -> None:
    frames = torch.arange(2 * 3 * 8 * 8 * 3).remainder(256).to(torch.uint8).view(1, 6, 8, 8, 3)
    assert torch.equal(codec.to_uint8(codec.from_uint8(frames)), frames)
    assert np.isclose(float(codec.from_uint8(frames).min()), -1.0)


def test_freezing_the_encoder_leaves_latents_as_they_were() -> None:
    from phonofilm.train.codec_stages import VideoStage
    from phonofilm.train.muon import Muon

    stage = VideoStage(TINY)
    shaken(stage.net)
    stage.freeze_encoder()
    clip = torch.rand(1, 3, 5, 16, 16) * 2 - 1
    before, std, shown = (
        stage.net.squeeze(clip).detach(),
        stage.net.std.clone(),
        stage.net.expand(stage.net.squeeze(clip)).detach(),
    )
    optimiser = Muon([p for p in stage.net.parameters() if p.requires_grad], lr=1e-2)
    loss, _ = stage.loss((clip, torch.ones(1, 1, 5, 16, 16)))
    loss.backward()
    optimiser.step()
    assert torch.equal(stage.net.squeeze(clip), before) and torch.equal(stage.net.std, std)
    assert not torch.allclose(stage.net.expand(before), shown)


def test_training_a_codec_resumes_and_writes_its_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one loop, on a minute world of moving squares: it stops, goes on at the same step, and writes what it
    learnt."""
    from phonofilm.train.codec import train
    from phonofilm.train.codec_data import HELD_OUT, Clips
    from phonofilm.train.codec_stages import VideoStage

    rng = np.random.default_rng(0)
    for seed in (0, 1, 2, HELD_OUT):
        video = np.full((9, 32, 32, 3), rng.integers(40, 200, 3), np.uint8)
        mask = np.zeros((9, 32, 32), np.uint8)
        for f in range(9):
            x = 2 + 2 * f
            video[f, 8:20, x : x + 10], mask[f, 8:20, x : x + 10] = (250, 20, 90), 1
        for name, array in (("video", video), ("mask", mask), ("sound", np.zeros((9000, 2), np.int16))):
            np.save(tmp_path / f"{seed:05d}.{name}.npy", array)

    class Small(VideoStage):
        count, size, groups = 4, 16, (1, 2)

    clips, out = Clips.open(tmp_path), tmp_path / "run"
    assert len(clips.training) == 3 and len(clips.held_out) == 1
    train(Small(TINY), clips, out, steps=20)
    figures = train(Small(TINY), clips, out, steps=80)
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    judged = [x for x in lines if "psnr" in x]
    assert [x["step"] for x in judged] == [0, 20]  # where the first run ended the second began
    assert abs(figures["psnr_cast"] - judged[0]["psnr_cast"]) > 1e-3 and figures["psnr"] > judged[0]["psnr"] - 1.5
    assert lines[-1]["step"] == 80 and [x["step"] for x in lines] == sorted(x["step"] for x in lines)
    net = codec.load_video_codec(out / "video_vae.safetensors")
    assert float((net.std - 1).abs().max()) > 0

    # The decoder alone goes on from the weight file: what was encoded with it stays valid.
    from phonofilm.train.cli import main

    command = [
        "codec",
        "video",
        "--data",
        str(tmp_path),
        "--out",
        str(tmp_path / "on"),
        "--start",
        str(out / "video_vae.safetensors"),
        "--freeze-encoder",
    ]
    monkeypatch.setattr("phonofilm.train.codec.VideoStage", lambda: Small(TINY))
    assert main([*command, "--minutes", "0.02"]) == 0
    on = codec.load_video_codec(tmp_path / "on" / "video_vae.safetensors")
    clip = torch.rand(1, 3, 5, 16, 16) * 2 - 1
    assert torch.equal(on.encode(clip), net.encode(clip)) and not torch.equal(
        on.decode(net.encode(clip)), net.decode(net.encode(clip))
    )
    with pytest.raises(RequestError, match="--start"):  # nothing to freeze
        main([*command[:-3], "--freeze-encoder", "--out", str(tmp_path / "new")])


@pytest.fixture(scope="module")
def clips() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    from phonofilm.train.codec_data import HELD_OUT, render_clip

    return [render_clip(HELD_OUT + n, 33) for n in (500, 501)]


@torch.no_grad()
def test_shipped_video_codec_holds_its_figures(clips: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> None:
    """Held-out theatre at 256x144. Reached so far: about 33 dB over the picture and 24 over the cast (28 is the aim:
    docs/log.md)."""
    net = codec.load_video_codec()
    whole, cast = [], []
    for video, mask, _ in clips:
        x = codec.from_uint8(torch.from_numpy(video)[None])
        z = net.encode(x)
        error = (net.decode(z).float() - x).square().mean(1)[0]
        whole.append(float(10 * torch.log10(4 / error.mean())))
        cast.append(float(10 * torch.log10(4 / error[torch.from_numpy(mask) > 0].mean())))
        assert 0.4 < float(z.std()) < 2.0
    assert np.mean(whole) > 30.5, whole
    assert np.mean(cast) > 21.0, cast


@torch.no_grad()
def test_shipped_sound_codec_holds_its_figures(clips: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> None:
    net = codec.load_audio_codec()
    for _, _, sound in clips:
        wave = torch.from_numpy(sound.T.astype(np.float32) / 32767)[None, :, : 72 * 1000]
        z = net.encode(wave)
        assert z.shape == (1, 32, 72)
        back = net.decode(z)
        assert back.shape == wave.shape and bool(back.isfinite().all())
        picture, again = mel.log_mel(wave), mel.log_mel(back)
        assert float((net.vae.decode_mel(z) - picture).abs().mean()) < 0.35
        assert float((again - picture).abs().mean()) < 0.45
