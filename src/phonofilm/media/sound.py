"""Sound files as arrays."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from phonofilm.errors import MediaError
from phonofilm.media import tracks


def read_audio(path: Path | str, rate: int, most: float = 60.0) -> NDArray[np.float32]:
    """The first sound of a file as stereo [2, n] at ``rate`` samples a second, at most ``most`` seconds of it.

    Raises MediaError for a file without sound.
    """
    try:
        with av.open(str(path)) as container:
            if not tracks.sounds(container):
                raise MediaError(f"'{Path(path).name}' holds no sound; give a sound file")
            resampler = av.AudioResampler(format="fltp", layout="stereo", rate=rate)
            blocks: list[NDArray[np.float32]] = []
            for frame in container.decode(tracks.sounds(container)[0]):
                frame.pts = None
                blocks += [np.asarray(piece.to_ndarray(), np.float32) for piece in resampler.resample(frame)]
                if sum(block.shape[1] for block in blocks) >= most * rate:
                    break
            blocks += [np.asarray(piece.to_ndarray(), np.float32) for piece in resampler.resample(None)]
    except (OSError, av.FFmpegError, ValueError) as error:
        raise MediaError(f"'{Path(path).name}' cannot be read as sound; give a WAV, MP3 or M4A file") from error
    sound = np.concatenate(blocks, axis=1) if blocks else np.zeros((2, 0), np.float32)
    return np.ascontiguousarray(sound[:, : round(most * rate)], np.float32)
