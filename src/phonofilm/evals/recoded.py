"""The theatre sent through our codecs and back: what any checkpoint that thinks in these latents can reach at best."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from phonofilm.evals.heldout import Prompt
from phonofilm.media.scale import Scaled
from phonofilm.media.video import write_clip
from phonofilm.model.codec import from_uint8, load_audio_codec, load_video_codec, to_uint8
from phonofilm.prompt import parse
from phonofilm.spec import clock, media
from phonofilm.spec.cues import Cues
from phonofilm.theatre.cues import cues
from phonofilm.theatre.draw import paint
from phonofilm.theatre.sound import mix
from phonofilm.theatre.stage.staging import stage

WIDTH, HEIGHT = 256, 144
"""Picture size the latents are made at."""


class Recoded:
    """A maker (see ``made.Maker``): stage the prompt, encode picture and sound, decode them, scale the picture up as
    the native engine does."""

    def __init__(self, resolution: str = media.DEFAULT_RESOLUTION) -> None:
        self.size = media.size(resolution)
        self.video, self.audio = load_video_codec(), load_audio_codec()

    @torch.no_grad()
    def __call__(self, prompt: Prompt, seed: int, out: Path) -> Cues:
        play = stage(parse(prompt.text), prompt.seconds, seed)
        frames = torch.from_numpy(np.stack(list(paint.picture(play, WIDTH, HEIGHT))))[None]
        sound = torch.from_numpy(np.ascontiguousarray(mix.sound(play, clock.SAMPLE_RATE)))[None]
        latents = self.video.encode(from_uint8(frames))
        seen = to_uint8(self.video.decode(latents.to(next(self.video.parameters()).dtype)))[0].numpy()
        heard = self.audio.decode(self.audio.encode(sound))[0].float().numpy()
        write_clip(out, Scaled(seen, self.size), heard, rate=clock.SAMPLE_RATE)
        return cues(play)
