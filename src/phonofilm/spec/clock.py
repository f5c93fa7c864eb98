"""The one clock: seconds <-> frames <-> samples <-> latent steps. The only place that divides by 24.

A clip of ``d`` seconds has ``24 d + 1`` frames. Frame 0 is the picture at time 0; frame ``n > 0`` shows the
interval ``((n-1)/24, n/24]``, so a cut at ``s`` seconds begins with frame ``24 s + 1``. The video codec is causal
and packs the first frame alone, then groups of four: ``6 d + 1`` video latent steps, one audio latent per frame.
"""

from __future__ import annotations

FPS = 24
"""Frames per second."""
FRAMES_PER_LATENT = 4
"""Frames packed into one video latent step (the first step holds frame 0 alone)."""
SAMPLE_RATE = 24_000
"""Samples per second of the laptop presets' sound."""
SAMPLES_PER_FRAME = SAMPLE_RATE // FPS
"""1000 samples of sound belong to one frame."""
MEL_HOP = 250
"""Samples between two mel frames: four mel frames per video frame."""
MELS_PER_FRAME = SAMPLES_PER_FRAME // MEL_HOP
THEATRE_RATE = 48_000
"""Samples per second inside the theatre."""
MIN_SECONDS, MAX_SECONDS = 4.0, 15.0
"""Lengths one pass may have."""


def frames(seconds: float) -> int:
    """Number of frames of a clip of ``seconds``: ``24 d + 1``, with d rounded to whole latent groups."""
    return latent_steps(seconds) * FRAMES_PER_LATENT - (FRAMES_PER_LATENT - 1)


def latent_steps(seconds: float) -> int:
    """Number of video latent steps: ``6 d + 1``."""
    return round(seconds * FPS / FRAMES_PER_LATENT) + 1


def audio_steps(seconds: float) -> int:
    """Number of audio latent steps: one per frame, so audio step t is video frame t."""
    return frames(seconds)


def samples(seconds: float, rate: int = SAMPLE_RATE) -> int:
    """Samples of sound a clip of ``seconds`` carries: one frame's worth for every frame."""
    return frames(seconds) * rate // FPS


def seconds_of_frames(n_frames: int) -> float:
    """Length in seconds of a clip of ``n_frames`` frames (inverse of :func:`frames`)."""
    return (n_frames - 1) / FPS


def frame_time(frame: int) -> float:
    """Time in seconds that frame ``frame`` shows (the end of its interval)."""
    return frame / FPS


def frame_at(seconds: float) -> int:
    """The frame whose interval ``((n-1)/24, n/24]`` holds ``seconds``; 0 for time 0."""
    return max(0, -int(-(seconds * FPS - 1e-9) // 1))


def cut_frame(seconds: float) -> int:
    """First frame of the shot that begins at ``seconds``."""
    return 0 if seconds <= 0 else round(seconds * FPS) + 1


def sample_at(seconds: float, rate: int = SAMPLE_RATE) -> int:
    """Sample index that sounds at ``seconds``: sample 0 is time 0, so frame n ends where its sound begins a new
    frame."""
    return round(seconds * rate)


def latent_of_frame(frame: int) -> int:
    """Video latent step that holds ``frame``."""
    return -(-frame // FRAMES_PER_LATENT)


def latent_time(step: int) -> float:
    """Time in seconds of the middle of video latent step ``step`` (0 for the first, which is one picture)."""
    return 0.0 if step == 0 else (step - 0.5) * FRAMES_PER_LATENT / FPS


def audio_step_at(seconds: float) -> int:
    """The sound step that holds an instant: step n covers n / 24 to (n + 1) / 24 s."""
    return max(0, int(seconds * FPS + 1e-9))


def audio_time(step: int) -> float:
    """Time in seconds of the middle of audio latent step ``step``."""
    return (step + 0.5) / FPS
