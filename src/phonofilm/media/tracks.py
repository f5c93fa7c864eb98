"""Which tracks of a file are meant: those that can be decoded, without covers; every reader takes the first, as players
do."""

from __future__ import annotations

import av
import av.container
import av.stream


def pictures(container: av.container.InputContainer) -> list[av.VideoStream]:
    """The tracks of moving pictures that can be decoded."""
    return [stream for stream in container.streams.video if stream.codec_context is not None and not is_cover(stream)]


def sounds(container: av.container.InputContainer) -> list[av.AudioStream]:
    """The tracks of sound that can be decoded."""
    return [stream for stream in container.streams.audio if stream.codec_context is not None]


def is_cover(stream: av.VideoStream) -> bool:
    """The still picture of an album, kept as a video track."""
    attached = getattr(getattr(av.stream, "Disposition", None), "attached_pic", None)
    return bool(attached and stream.disposition & attached) or stream.codec_context.name in ("png", "bmp", "gif")


def ignored(container: av.container.InputContainer, used: list[av.stream.Stream]) -> list[str]:
    """What of a file's picture and sound is not used, in words."""
    out = []
    for kind, streams in (("picture", container.streams.video), ("sound", container.streams.audio)):
        for stream in streams:
            if stream in used:
                continue
            if stream.codec_context is None:
                out.append(f"a track of {kind}: nothing here can decode it")
            elif isinstance(stream, av.VideoStream) and is_cover(stream):
                out.append("the cover picture")
            else:
                out.append(f"a further track of {kind}")
    return out
