"""The theatre's playbill -> latent shards. Everything is a function of a bill's index, so parts can run side by side
and be repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from phonofilm.data import shards
from phonofilm.data.plays import cue_arrays, words_of
from phonofilm.model.codec import VideoCodec, from_uint8
from phonofilm.prompt.parse import parse
from phonofilm.prompt.words import tokenise
from phonofilm.spec import clock
from phonofilm.theatre.draw import paint
from phonofilm.theatre.play import Play
from phonofilm.theatre.playbill import playbill
from phonofilm.theatre.sound import mix
from phonofilm.theatre.stage.staging import stage

CAPTIONS = 4_000
"""Bills whose words go into the vocabulary: reading a prompt costs nothing beside drawing it."""
WIDTH, HEIGHT = 256, 144
"""Picture size the shipped presets work at; every ratio is cut from it."""
CELL = 8
"""Pixels of a latent cell."""


def foreground(play: Play, seconds: float) -> np.ndarray:
    """uint8 ``[F, h, w]``: share of each latent cell that shows an actor, 0..255, at the middle frame of each latent
    step."""
    out = []
    for step in range(clock.latent_steps(seconds)):
        time = clock.latent_time(step)
        ids = paint.ids(play.shot_at(time), time, WIDTH // 2, HEIGHT // 2) > 0
        half = CELL // 2
        out.append(ids.reshape(HEIGHT // CELL, half, WIDTH // CELL, half).mean((1, 3)) * 255)
    return np.stack(out).round().astype(np.uint8)


@torch.no_grad()
def channel_shares(vae: Any) -> list[float]:
    """Deviation each unit-variance latent channel causes in the output through the codec's linear backbone, mean 1."""
    share = vae.linear_out.weight.float().flatten(1).norm(dim=0) * vae.std.float()
    return (share / share.mean()).tolist()


@torch.no_grad()
def encode_bill(
    index: int, level: int, split: str, video_codec: VideoCodec, audio_codec: Any, device: str = "cpu"
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """One clip of the playbill: its arrays and its row (see ``shards``). ``device`` is where the picture codec is."""
    bill = playbill(index, level, split)
    play = stage(parse(bill.text), bill.seconds, bill.seed)
    frames = torch.from_numpy(np.stack(list(paint.picture(play, WIDTH, HEIGHT))))
    sound = torch.from_numpy(np.ascontiguousarray(mix.sound(play, clock.SAMPLE_RATE)))
    video = from_uint8(frames[None].to(device))
    still = int(np.random.default_rng([index, 7]).integers(len(frames)))
    arrays = {
        "video": video_codec.encode(video)[0].float().cpu().numpy(),
        "audio": audio_codec.encode(sound[None])[0].float().numpy(),
        "reference": video_codec.encode(video[:, :, still : still + 1])[0].float().cpu().numpy(),
        "weight": foreground(play, bill.seconds),
        **cue_arrays(play),
    }
    return arrays, {
        "index": index,
        "level": level,
        "text": bill.text,
        "labels": play.labels,
        "tokens": words_of(play, bill.text, bill.seconds),
    }


def encode(
    root: Path,
    shard_numbers: list[int],
    *,
    level: int,
    split: str,
    video_codec: VideoCodec,
    audio_codec: Any,
    size: int = 32,
    device: str = "cpu",
) -> None:
    """Write the shards ``shard_numbers`` of ``size`` clips each; shard k holds bills ``k * size ...``. Whole ones are
    not made again."""
    words = root / f"words-{level}.json"
    if not words.exists():
        count = Counter(word.text for index in range(CAPTIONS) for word in tokenise(playbill(index, level, split).text))
        shards.write_json(words, sorted(word for word, n in count.items() if n > 1))
    shards.write_channels(root, channel_shares(video_codec), channel_shares(audio_codec.vae))
    for number in tqdm(shard_numbers, unit="shard"):
        name = f"shard-{level}-{number:05d}"
        if (root / name).exists():
            continue

        def examples(number: int = number) -> Iterator[tuple[dict[str, np.ndarray], dict[str, Any]]]:
            for index in range(number * size, (number + 1) * size):
                yield encode_bill(index, level, split, video_codec, audio_codec, device)

        shards.write(root, name, examples())
