"""An operator's own picture classifier as an ONNX file, through onnxruntime (extra ``moderation``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from phonofilm.errors import MissingExtra, RequestError
from phonofilm.trust.classify.classifier import Score
from phonofilm.trust.policy import CATEGORIES

ACTIVATIONS = ("softmax", "sigmoid", "none")
_BATCH = 16


class OnnxClassifier:
    """One picture in, one number per label out.

    path: the .onnx file; labels: one per output, a category of the policy or "-" for one that is no harm ("safe");
    size: side of the square input; layout: "nchw" or "nhwc"; scale: pixels are divided by it, then (x - mean) / std per
    channel; activation: what turns outputs into 0..1. Raises RequestError for a bad field or file, MissingExtra without
    onnxruntime.
    """

    looks_at = frozenset({"frames"})

    def __init__(
        self,
        *,
        path: str,
        labels: Sequence[str],
        name: str = "onnx",
        size: int = 224,
        layout: str = "nchw",
        scale: float = 255.0,
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        std: Sequence[float] = (1.0, 1.0, 1.0),
        activation: str = "softmax",
        timeout: float = 30.0,
    ) -> None:
        if not labels or (unknown := [label for label in labels if label != "-" and label not in CATEGORIES]):
            said = f"unknown label '{unknown[0]}'" if labels else "labels are missing"
            raise RequestError(f"{said}; give one per output, of {', '.join(CATEGORIES)}, or '-' for harmless")
        if layout not in ("nchw", "nhwc"):
            raise RequestError(f"layout {layout!r} is not known; choose nchw or nhwc")
        if activation not in ACTIVATIONS:
            raise RequestError(f"activation {activation!r} is not known; choose one of {', '.join(ACTIVATIONS)}")
        if isinstance(size, bool) or not isinstance(size, int) or not 8 <= size <= 2048:
            raise RequestError(f"size {size!r} is out of range; give the side of the square input, 8 to 2048")
        if len(mean) != 3 or len(std) != 3 or any(s <= 0 for s in std) or scale <= 0:
            raise RequestError("mean and std must be three numbers each, std and scale above 0")
        if not 0 < timeout <= 600:
            raise RequestError(f"timeout {timeout!r} is out of range; give seconds above 0, at most 600")
        if not Path(path).is_file():
            raise RequestError(f"path {path} does not exist; give the ONNX file of your classifier")
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtra("an ONNX classifier needs onnxruntime: pip install 'phonofilm[moderation]'") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._session: Any = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise RequestError(
                f"{path} is not a model onnxruntime can read: {str(error).splitlines()[0][:160]}"
            ) from error
        self._input = self._session.get_inputs()[0].name
        self.name, self.timeout = name, float(timeout)
        self._labels, self._size, self._layout, self._activation = tuple(labels), size, layout, activation
        self._scale, self._mean, self._std = float(scale), np.asarray(mean, np.float32), np.asarray(std, np.float32)

    def score(
        self, *, frames: Sequence[NDArray[np.uint8]] = (), sound: NDArray[np.float32] | None = None, text: str = ""
    ) -> list[Score]:
        """A score per frame and harmful label. Raises ValueError when the model's output does not fit the labels."""
        scores: list[Score] = []
        for start in range(0, len(frames), _BATCH):
            batch = np.stack([self._prepare(frame) for frame in frames[start : start + _BATCH]])
            out = np.asarray(self._session.run(None, {self._input: batch})[0], dtype=np.float64).reshape(len(batch), -1)
            if out.shape[1] != len(self._labels):
                raise ValueError(
                    f"the model gives {out.shape[1]} outputs, the setting names {len(self._labels)} labels"
                )
            for row, values in enumerate(self._activate(out)):
                scores += [
                    Score(category=c, value=float(v), frame=start + row)
                    for c, v in zip(self._labels, values, strict=True)
                    if c != "-"
                ]
        return scores

    def _prepare(self, frame: NDArray[np.uint8]) -> NDArray[np.float32]:
        picture = Image.fromarray(frame).resize((self._size, self._size), Image.Resampling.BILINEAR)
        values = (np.asarray(picture, np.float32) / self._scale - self._mean) / self._std
        return values.transpose(2, 0, 1) if self._layout == "nchw" else values

    def _activate(self, out: NDArray[np.float64]) -> NDArray[np.float64]:
        if self._activation == "sigmoid":
            return 1.0 / (1.0 + np.exp(-np.clip(out, -60, 60)))
        if self._activation == "softmax":
            power = np.exp(out - out.max(axis=1, keepdims=True))
            return np.asarray(power / power.sum(axis=1, keepdims=True))
        return out
