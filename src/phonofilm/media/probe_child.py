"""The child that opens strangers' files: forks for each, with limits on memory and CPU, and answers in one line of
JSON."""

from __future__ import annotations

import json
import os
import signal
import sys
import warnings
from typing import Any

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space beyond what the warm child has."""
CPU_SECONDS = 10
MAX_PIXELS = 36_000_000
"""6000 x 6000; checked before anything is decoded."""
MAX_SIDE = 8192
MAX_SECONDS = 3600.0
MAX_PACKETS = 400_000
DECODED_SECONDS = 20.0
"""So much sound is decoded to see that it can be; the rest is only counted."""
PLACEHOLDER = 1 << 30
"""Bytes from which on a WAV's promised length is no length: who streams does not know it and writes 0x7ffff000,
0x7fffffff, 2,000,000,000, 0xffffffff ..."""
CODECS = {
    "video": ("h264", "hevc", "av1", "vp9", "mpeg4", "mjpeg", "prores"),
    "audio": ("aac", "mp3", "alac", "ac3", "eac3", "opus", "flac"),
}


class Refused(Exception):
    """The file is not taken; the message says why and what to give instead."""


def serve() -> None:
    """Read lines ``[path, content type]`` from standard input until it ends, answer each with one line of JSON."""
    import av  # noqa: F401  (loaded once here, so that each fork starts warm)
    from PIL import Image

    import phonofilm.media.picture  # noqa: F401

    Image.init()
    for line in sys.stdin:
        path, content_type = json.loads(line)
        answer = _forked(path, content_type) if hasattr(os, "fork") else _examined(path, content_type)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _forked(path: str, content_type: str) -> dict[str, Any]:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(read)
            _limit()
            os.write(write, json.dumps(_examined(path, content_type)).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read(65536)
    _, status = os.waitpid(pid, 0)
    if data:
        return dict(json.loads(data))
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
        return {"error": "the file takes too long to read; give a shorter or plainer one"}
    return {"error": "the file is damaged or needs too much memory; save it again and retry"}


def _limit() -> None:
    import resource

    with open("/proc/self/statm", "rb") if os.path.exists("/proc/self/statm") else open(os.devnull, "rb") as file:
        pages = int((file.read().split() or [b"0"])[0])
    if pages:
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _examined(path: str, content_type: str) -> dict[str, Any]:
    try:
        return _image(path, content_type) if content_type.startswith("image/") else _timed(path, content_type)
    except Refused as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "the file needs too much memory; give a smaller picture or a shorter clip"}
    except Exception:  # a decoder may raise anything; its words are for us, not for the caller
        return {"error": "the file is damaged or not what it seems; save it again and retry"}


def _image(path: str, content_type: str) -> dict[str, Any]:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked first
    warnings.simplefilter("ignore")
    from phonofilm.media.picture import look, open_picture, orientation

    form = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}[content_type]
    opened = open_picture(path, [form])
    width, height = opened.image.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise Refused(f"a picture of {width}x{height} is too large; scale it to 6000x6000 or less")
    if getattr(opened.image, "n_frames", 1) > 1 and form != "JPEG":  # a JPEG's further pictures are a camera's previews
        raise Refused("the picture moves; give a still one, or a clip")
    width, height = look(opened)
    rotation = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}.get(orientation(opened), 0)
    return {"width": width, "height": height, "codec": form.lower(), "rotation": rotation, "ignored": opened.ignored}


def _timed(path: str, content_type: str) -> dict[str, Any]:
    import av

    from phonofilm.media import tracks

    av.logging.set_level(av.logging.PANIC)
    form = {"audio/wav": "wav", "audio/mpeg": "mp3"}.get(content_type, "mov")
    if form != "mp3" and _is_cut(path, form):
        raise Refused("the file is truncated: it says it is longer than it is; fetch or save it again")
    # Playlists and references to other files inside a container must not be followed.
    options = {"protocol_whitelist": "file", "enable_drefs": "0", "use_absolute_path": "0"}
    with av.open(path, format=form, container_options=options, metadata_errors="ignore") as container:
        pictures, sounds = tracks.pictures(container), tracks.sounds(container)
        ignored = tracks.ignored(container, [*pictures[:1], *sounds[:1]])
        if content_type.startswith("audio/") and not sounds:
            raise Refused("the file holds no sound that can be decoded; give WAV, MP3 or M4A")
        if not pictures and any("picture: nothing" in word for word in ignored):
            raise Refused("the picture has a codec we do not read; save it as H.264 in an MP4")
        if not pictures and not sounds:
            raise Refused("the file holds neither picture nor sound that can be decoded; give an MP4 or MOV clip")
        if len(container.streams) > 32:
            raise Refused("the file holds too many tracks; save it with one of picture and one of sound")
        answer = _sound(sounds[0]) if sounds else {}
        if pictures and not content_type.startswith("audio/"):
            return (
                _clip(container, pictures[0], sounds[0] if sounds else None)
                | {"has_sound": bool(sounds), "ignored": ignored}
                | {key: answer[key] for key in ("rate", "channels") if key in answer}
            )
        counted = _count(container, sounds[0])
        _check_whole(container, counted["seconds"])
        content_type = "audio/mp4" if form == "mov" else content_type
        _decode_some(path, form, options)
        return answer | counted | {"kind": "audio", "content_type": content_type, "has_sound": True, "ignored": ignored}


def _is_cut(path: str, form: str) -> bool:
    """Does a box (MP4, MOV) or the data chunk (WAV) reach beyond the end of the file?"""
    end = os.path.getsize(path)
    with open(path, "rb") as file:
        if form == "wav":
            begin, said = _samples(file)
            return said < PLACEHOLDER and begin + said > end + 1
        position = 0
        for _ in range(10_000):
            if position + 8 > end:
                return False
            file.seek(position)
            size, name = int.from_bytes(file.read(4), "big"), file.read(4)
            if size == 1:
                size = int.from_bytes(file.read(8), "big")
            if size == 0 or not all(32 <= byte < 127 for byte in name):  # to the end; or padding after the last box
                return False
            if size < 8 or position + size > end:
                return True
            position += size
    return True


def _samples(file: Any) -> tuple[int, int]:
    """Where the samples of a WAV begin, and how many bytes of them its header promises; zeros for one without."""
    end, position = os.fstat(file.fileno()).st_size, 12
    while position + 8 <= end:
        file.seek(position)
        name, size = file.read(4), int.from_bytes(file.read(4), "little")
        position += 8
        if name == b"data":
            return position, size
        position += size + size % 2
    return 0, 0


def _codec(context: Any) -> str:
    """The codec's own name: a decoder may be called mp3float or libdav1d."""
    return "" if context is None else str(getattr(context.codec, "canonical_name", None) or context.name)


def _sound(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    name = _codec(context)
    if not (name.startswith("pcm_") or name in CODECS["audio"]):
        raise Refused("the sound has a codec we do not read; save it as AAC, MP3 or WAV")
    if not 1 <= context.layout.nb_channels <= 16 or not 4000 <= context.sample_rate <= 192_000:
        raise Refused("the sound has a strange rate or number of channels; save it as 48 kHz stereo")
    return {"rate": context.sample_rate, "channels": context.layout.nb_channels, "codec": name}


def _count(container: Any, stream: Any) -> dict[str, Any]:
    """How long the packets really last; the header's word is compared with it."""
    first, last, count = None, 0.0, 0
    for packet in container.demux(stream):
        if packet.size == 0 or packet.pts is None:
            continue
        count += 1
        begin = float(packet.pts * packet.time_base)
        first = begin if first is None else min(first, begin)
        last = max(last, begin + float((packet.duration or 0) * packet.time_base))
        if count > MAX_PACKETS or last - first > MAX_SECONDS:
            raise Refused("the file lasts longer than an hour; cut it first")
    if first is None:
        raise Refused("the file is empty or truncated; save it again")
    seconds = last - first
    said = float(stream.duration * stream.time_base) if stream.duration else None
    if said is not None and (said > seconds * 1.1 + 0.5):
        raise Refused(
            f"the file says it lasts {said:.1f} s but holds {seconds:.1f} s; it is truncated or lies, save it again"
        )
    return {"seconds": round(seconds, 3)}


def _check_whole(container: Any, seconds: float) -> None:
    """The container's own word on its length is what careless readers make room for."""
    said = (container.duration or 0) / 1_000_000
    if said > seconds * 1.1 + 1.0:
        raise Refused(
            f"the file says it lasts {said:.1f} s but holds {seconds:.1f} s; it is truncated or lies, save it again"
        )


def _decode_some(path: str, form: str, options: dict[str, str]) -> None:
    import av

    from phonofilm.media import tracks

    heard = 0
    with av.open(path, format=form, container_options=options, metadata_errors="ignore") as container:
        stream = tracks.sounds(container)[0]
        rate = stream.codec_context.sample_rate
        for frame in container.decode(stream):
            heard += frame.samples
            if heard > DECODED_SECONDS * rate:
                break
    if not heard:
        raise Refused("the sound cannot be decoded; save it again")


def _clip(container: Any, picture: Any, sound: Any | None) -> dict[str, Any]:
    """Count every packet, decode every key frame: a size that changes halfway is seen, and nothing else is decoded."""
    context = picture.codec_context
    if _codec(context) not in CODECS["video"]:
        raise Refused("the picture has a codec we do not read; save it as H.264 in an MP4")
    width, height = context.width, context.height
    _check_size(width, height)
    context.thread_count = 1
    context.skip_frame = "NONKEY"
    times, shown, rotation, sized, heard = [], 0, 0, set(), [0.0, 0.0]
    for packet in container.demux([stream for stream in (picture, sound) if stream is not None]):
        at, length = (float((value or 0) * packet.time_base) for value in (packet.pts, packet.duration))
        if packet.stream.index != picture.index:
            heard = [min(heard[0], at), max(heard[1], at + length)]
            continue
        if packet.size and packet.pts is not None:
            times.append((at, length))
        if len(times) > MAX_PACKETS or (len(times) > 1 and times[-1][0] - times[0][0] > MAX_SECONDS):
            raise Refused("the clip lasts longer than an hour; cut it first")
        for frame in packet.decode():
            shown += 1
            sized.add((frame.width, frame.height))
            rotation = int(getattr(frame, "rotation", 0) or 0)
            _check_size(frame.width, frame.height)
    if not times or not shown:
        raise Refused("the clip holds no picture that can be decoded; it is truncated or damaged, save it again")
    if len(sized) > 1:
        raise Refused("the picture's size changes within the clip; save it in one size")
    if sized != {(width, height)}:
        raise Refused(f"the clip says {width}x{height} but holds another size; save it again")
    begin = min(time for time, _ in times)
    seconds = max(time + length for time, length in times) - begin
    said = float(picture.duration * picture.time_base) if picture.duration else seconds
    declared = picture.frames
    _check_whole(container, max(seconds, heard[1] - heard[0]))
    if said > seconds * 1.1 + 0.5 or (declared and len(times) < 0.95 * declared):
        raise Refused(
            f"the clip says it lasts {said:.1f} s but holds {seconds:.1f} s; it is truncated or lies, save it again"
        )
    turned = -rotation % 360
    upright = (height, width) if turned in (90, 270) else (width, height)
    return {
        "kind": "video",
        "width": upright[0],
        "height": upright[1],
        "seconds": round(seconds, 3),
        "frames": len(times),
        "fps": round(len(times) / seconds, 3) if seconds > 0 else 0.0,
        "codec": _codec(context),
        "rotation": turned,
    }


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1 or width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise Refused(f"a clip of {width}x{height} is too large; scale it to 3840x2160 or less")
