"""Our own model: picture and sound out of one denoising pass, on whatever machine is at hand."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from phonofilm.engines import declared
from phonofilm.engines.base import Cancel, Report, script_of, stop_if
from phonofilm.media.scale import Scaled
from phonofilm.pipeline import generate as pipeline
from phonofilm.prompt import unheard
from phonofilm.prompt.script import Script
from phonofilm.spec import clock, cue_file
from phonofilm.spec.capability import Capability
from phonofilm.spec.cues import Cues
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result
from phonofilm.theatre import cues as measured
from phonofilm.theatre.sound.loudness import CEILING, limit
from phonofilm.theatre.stage import staging


def below_full_scale(sound: np.ndarray) -> np.ndarray:
    """The network's sound [2, n] with its peaks held below -1 dBTP (EBU R 128); one that has none such is as it was."""
    return limit(sound, CEILING, clock.SAMPLE_RATE)


class NativeEngine:
    """The dual-branch transformer with the shipped checkpoint (or another one, by path)."""

    name: ClassVar[str] = "native"
    cascaded: ClassVar[bool] = False

    def __init__(self, weights: Path | None = None) -> None:
        self.weights = weights

    def capability(self) -> Capability:
        """What the shipped checkpoint was trained for."""
        return declared.native(self.name, {})

    def cues(self, script: Script, request: Generate) -> Cues | None:
        """The cues to keep, if any."""
        return None if request.cues is None else cue_file.read(request.cues)

    def generate(
        self,
        request: Generate,
        *,
        script: Script | None = None,
        progress: Report | None = None,
        cancel: Cancel | None = None,
    ) -> Result:
        """Read, denoise picture and sound together, decode; scaled to the size asked for while it is written."""

        def tell(stage: str, done: int, total: int) -> None:
            stop_if(cancel)
            if progress:
                progress(Progress(stage=stage, done=done, total=total))

        started = time.perf_counter()
        script = script or script_of(request)
        loaded = pipeline.load(self.weights)
        given = self.cues(script, request)
        tell("read", 1, 1)
        usual = loaded.sampling
        sampling = replace(
            usual,
            steps=request.steps if request.steps is not None else usual.steps,
            guidance=request.guidance if request.guidance is not None else usual.guidance,
        )
        read = time.perf_counter()
        made = pipeline.generate(
            loaded,
            script,
            request.seconds,
            request.seed,
            sampling,
            phonemes=_phonemes(script, request),
            cues=given,
            cascaded=self.cascaded,
            progress=tell,
        )
        native = (made.frames.shape[2], made.frames.shape[1])
        scaled = f"composed at {native[0]}x{native[1]} and scaled to {request.size[0]}x{request.size[1]}"
        if request.ratio != "16:9":
            scaled += f", cut from 16:9 to {request.ratio}"
        return Result(
            frames=Scaled(made.frames, request.size),
            n_frames=len(made.frames),
            sound=below_full_scale(made.sound) if request.sound else np.zeros_like(made.sound),
            rate=clock.SAMPLE_RATE,
            size=request.size,
            native_size=native,
            prompt=request.prompt,
            engine=self.name,
            seed=request.seed,
            notes=(*made.notes, *(note for note, _ in unheard(script)), scaled),
            timings={"read": read - started, "generate": time.perf_counter() - read},
            cues=made.cues,
            details={
                "steps": sampling.steps,
                "guidance": sampling.guidance,
                "sampler": sampling.sampler,
                "cascaded": self.cascaded,
            },
        )


class CascadedEngine(NativeEngine):
    """The same network asked for the picture first and then for the sound of that picture: the baseline of the joint
    pass."""

    name: ClassVar[str] = "native-cascaded"
    cascaded: ClassVar[bool] = True


class OracleEngine(NativeEngine):
    """The same network after the cues of the theatre's own staging: what picture and sound could be if every plan were
    right."""

    name: ClassVar[str] = "native-oracle"

    def cues(self, script: Script, request: Generate) -> Cues | None:
        """Of the staged play."""
        return measured.cues(staging.stage(script, request.seconds, request.seed))


def _phonemes(script: Script, request: Generate) -> list[tuple[str, float, float]]:
    """When each sound of the dialogue is spoken, as the theatre would time it (none where nobody speaks)."""
    if not any(shot.lines for shot in script.shots):
        return []
    play = staging.stage(script, request.seconds, request.seed)
    return [(p.symbol, p.start, p.end) for line in play.speech for p in line.phonemes]
