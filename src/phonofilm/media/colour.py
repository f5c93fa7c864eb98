"""Decoded frames as pictures: the one place that knows which colours a clip's numbers mean."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
HIGH = 720
"""Rows from which a clip that does not say its matrix is taken for BT.709, as browsers do (measured in Chromium 156);
below it is BT.601."""
_MATRICES = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
"""Of ITU-T H.273's matrices, those the converter knows; 5 and 6 are the same."""


def matrix(frame: av.VideoFrame) -> int:
    """The colour matrix that a frame's numbers are to be read with: its own, else what players assume."""
    return _MATRICES.get(int(frame.colorspace), Colorspace.ITU709 if frame.height >= HIGH else Colorspace.ITU601)


class Pictures:
    """Frames to pictures. Keeps one converter: a new one for every frame costs three times as much. Not for several
    threads."""

    def __init__(self, **options: Any) -> None:
        self._converter, self._options = VideoReformatter(), options

    def __call__(self, frame: av.VideoFrame) -> Picture:
        """A frame as [h, w, 3] sRGB, a copy."""
        given = ColorRange.JPEG if frame.color_range == ColorRange.JPEG else ColorRange.MPEG
        made = self._converter.reformat(
            frame,
            format="rgb24",
            src_colorspace=matrix(frame),
            dst_colorspace=Colorspace.ITU709,
            src_color_range=given,
            dst_color_range=ColorRange.JPEG,
            **self._options,
        )
        return np.asarray(made.to_ndarray(), np.uint8)
