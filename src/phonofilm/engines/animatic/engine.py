"""The animatic: the prompt staged in the paper theatre, drawn and sounded. No network, no waiting."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from phonofilm.engines.animatic.references import Staging, dressed_notes, laid, understood
from phonofilm.engines.base import Cancel, Report, script_of, stop_if
from phonofilm.media.ahead import Ahead
from phonofilm.prompt import unheard
from phonofilm.prompt.script import Script
from phonofilm.spec import clock
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result
from phonofilm.theatre.continuing import staged
from phonofilm.theatre.draw import paint
from phonofilm.theatre.play import Play
from phonofilm.theatre.reframe import reframed
from phonofilm.theatre.sound import mix, speech

SKETCH = 2
"""Of a sketch's pictures, one in so many is drawn."""


class AnimaticEngine:
    """Shows a shot list as the theatre understands it; words it does not know are named in the notes."""

    name = "animatic"

    def __init__(self, sketch: bool = False) -> None:
        self.sketch = sketch
        """For previews: every second picture, each sharp, and sound at half the rate, three times as fast.
        ``Result.frames`` then holds 12 a second."""

    def capability(self) -> Capability:
        """Any size, all eight languages; steps and guidance mean nothing to it.

        Pictures dress the cast in their colours, or open and end the clip; sounds become its music or a voice-over;
        clips of its own it goes on from, or stages again with other words.
        """
        return Capability(
            engine=self.name,
            tasks=("generate", "edit", "extend"),
            languages=("en", "zh", "yue", "ja", "ko", "es", "fr", "de"),
            guided=False,
            strength=True,
            references=(
                ("image", "reference"),
                ("image", "first_frame"),
                ("image", "last_frame"),
                ("audio", "reference"),
                ("video", "source"),
            ),
            rules=("known_source", "frames_start_clips", "no_edit_strength"),
        )

    def generate(
        self,
        request: Generate,
        *,
        script: Script | None = None,
        progress: Report | None = None,
        cancel: Cancel | None = None,
    ) -> Result:
        """Stage, then draw (in a thread) while the sound is mixed. Drawn at the size asked for: nothing is scaled."""
        started = time.perf_counter()
        script = script or script_of(request)
        stop_if(cancel)
        wish = understood(request, script)
        play = staged(wish.script, wish.seconds, wish.seed, wish.dress, parts=wish.parts, changes=wish.changes)
        play = reframed(play, request.size[0] / request.size[1])
        ready = time.perf_counter()
        if progress:
            progress(Progress(stage="stage", done=1, total=1))
        frames = drawn(play, request.size, sketch=self.sketch, wish=wish)
        try:
            rate = clock.SAMPLE_RATE if self.sketch else clock.THEATRE_RATE
            sound, levels = np.zeros((2, clock.samples(request.seconds, rate)), np.float32), wish.levels or mix.Levels()
            if request.sound:
                sound, levels = mix.mixed(play, rate, wish.tracks, wish.levels)
            stop_if(cancel)
        except BaseException:
            frames.close()
            raise
        if progress:
            progress(Progress(stage="sound", done=1, total=1))
        return Result(
            frames=frames,
            n_frames=clock.frames(request.seconds),
            sound=np.asarray(sound, np.float32),
            rate=rate,
            size=request.size,
            native_size=request.size,
            prompt=request.prompt,
            engine=self.name,
            seed=wish.seed,
            notes=(*wish.notes, *dressed_notes(wish, play), *notes(play), *(note for note, _ in unheard(script))),
            timings={"stage": ready - started, "sound": time.perf_counter() - ready},
            details=_details(request, wish, play, levels),
        )


def _details(request: Generate, wish: Staging, play: Play, levels: mix.Levels) -> dict[str, object]:
    """When what happens and what is spoken, in seconds of the clip; what became of references; how to go on from
    here."""
    begin = play.begin
    details: dict[str, object] = {
        "contacts": [
            (contact.time - begin, contact.kind)
            for contact in play.contacts
            if contact.visible and (contact.time > begin or not begin)
        ],
        "origin": wish.origin(request.prompt if request.task == "generate" else str(wish.script), levels),
    }
    spoken = [line for line in play.speech if line.start >= begin]
    said = wish.script.lines[len(wish.script.lines) - len(spoken) :]  # lines of the clips before come first
    if len(said) == len(spoken):
        times = [{"start": round(line.start - begin, 3), "end": round(line.end - begin, 3)} for line in spoken]
        details["lines"] = [
            {**time, "speaker": line.speaker, "text": line.text, "language": line.language}
            for time, line in zip(times, said, strict=True)
        ]
    return details | ({"references": wish.told} if wish.told else {})


def drawn(play: Play, size: tuple[int, int], *, sketch: bool = False, wish: Staging | None = None) -> Ahead:
    """The pictures of a play at ``size`` (width, height), drawn ahead in a thread. ``sketch``: every second one,
    without motion blur."""
    width, height = size

    def draw() -> Iterator[NDArray[np.uint8]]:
        pictures = _sketched(play, width, height) if sketch else paint.picture(play, width, height, quick=True)
        return pictures if wish is None else laid(wish, pictures, clock.FPS / (SKETCH if sketch else 1))

    return Ahead(draw, width * height * 3)


def _sketched(play: Play, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    for number in range(0, clock.frames(play.seconds - play.begin), SKETCH):
        time = play.begin + clock.frame_time(number)
        yield paint.frame(play.shot_at(time), time, width, height)


def notes(play: Play) -> tuple[str, ...]:
    """What the user should know about a staged play."""
    lost = (f"the theatre does not know: {', '.join(play.unknown)}; these words had no effect",) if play.unknown else ()
    plain = play.speech and speech.speech_engine() != "espeak-ng"
    buzz = (
        (
            (
                "speech is a plain buzzing voice here, since espeak-ng is missing or does not answer: pip install"
                " espeakng-loader"
            ),
        )
        if plain
        else ()
    )
    return (*play.notes, *buzz, *lost)
