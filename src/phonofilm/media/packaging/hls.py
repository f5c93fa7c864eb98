"""Streaming: the finished clip as fragmented MP4 in two sizes, with playlists any HLS player takes.

One rule for every rung, copied or encoded: players that know no edit lists (Media Source Extensions) must find each
frame at its own time. So picture and sound begin at 0 (negative composition offsets, the encoder's priming packet left
out), all rungs are cut at the same key frames, each packet of sound lies in the segment of the picture it belongs to,
and what would be a short last segment joins the one before.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from phonofilm.errors import MediaError
from phonofilm.media.packaging import ffmpeg

RUNGS = (360, 720)
"""Short sides of the two rungs."""
SEGMENT = 4
"""Seconds a segment lasts; the last one may have half as much again. Key frames come twice as often."""
_MOST = {360: 900_000, 720: 3_200_000}
"""Bits per second a rung may take at its peak."""
_NEAR = Fraction(1, 1000)
"""Seconds within which two times are one: rungs may count in different ticks."""


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One size of the clip: ``name`` is its folder."""

    name: str
    width: int
    height: int


@dataclass(frozen=True)
class _Plan:
    """Where every rung is cut: times in seconds from the first frame."""

    keys: tuple[Fraction, ...]
    """Of the source's key frames; the first is 0."""
    starts: tuple[Fraction, ...]
    """Of the segments: some of ``keys``."""
    end: Fraction

    @property
    def lengths(self) -> list[float]:
        """Seconds of each segment."""
        return [float(b - a) for a, b in zip(self.starts, (*self.starts[1:], self.end), strict=True)]


def write(
    source: Path,
    folder: Path,
    *,
    width: int,
    height: int,
    fps: float,
    seconds: float,
    subtitles: Path | None = None,
    language: str = "en",
) -> list[Rung]:
    """Write ``folder``/master.m3u8 and its rungs from ``source`` (H.264 and AAC, with a key frame at least every two
    seconds).

    With ffmpeg: 360p and 720p, the source's own stream where it has that size. Without: one rung, the source's own.
    Raises MediaError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = Rung(name=f"{min(width, height)}p", width=width, height=height)
    rungs = [own] if ffmpeg.find() is None else [_rung(short, width, height) for short in RUNGS]
    heavy = source.stat().st_size * 8 / max(seconds, 0.1) > _MOST[720]
    made = [rung for rung in rungs if rung is not own and ((rung.width, rung.height) != (width, height) or heavy)]
    partial = {rung.name: folder / f".{rung.name}.part.mp4" for rung in made}
    try:
        plan = _plan(source)
        if made:
            _encode(source, folder, {partial[rung.name].name: rung for rung in made}, plan)
        sizes = {rung.name: _pack(partial.get(rung.name, source), source, folder / rung.name, plan) for rung in rungs}
    except (OSError, av.FFmpegError) as error:
        raise MediaError(
            f"the streaming files could not be written ({getattr(error, 'strerror', None) or error}); check the space"
            " left on the disk"
        ) from error
    finally:
        for path in partial.values():
            path.unlink(missing_ok=True)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    group, words = "", 0
    if subtitles is not None:
        words = _subtitles(subtitles, folder, float(plan.end))
        lines.append(
            f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="{language}",LANGUAGE="{language}",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI="subtitles.m3u8"'
        )
        group = ',SUBTITLES="subs"'
    for rung in rungs:
        peak, mean = _rates(sizes[rung.name], plan.lengths)
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={peak + words},AVERAGE-BANDWIDTH={mean + words},RESOLUTION={rung.width}x{rung.height},"  # noqa: E501
            f"FRAME-RATE={fps:.3f},"
            f'CODECS="{_codecs(folder / rung.name / "init.mp4")}"{group}'
        )
        lines.append(f"{rung.name}/index.m3u8")
    (folder / "master.m3u8").write_text("\n".join(lines) + "\n")
    return rungs


def _rung(short: int, width: int, height: int) -> Rung:
    scale = short / min(width, height)
    return Rung(name=f"{short}p", width=2 * round(width * scale / 2), height=2 * round(height * scale / 2))


def _plan(source: Path) -> _Plan:
    keys: list[Fraction] = []
    end = first = Fraction(0)
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        tick = stream.time_base or Fraction(1, 1)
        for packet in container.demux(stream):
            if packet.pts is None:
                continue
            if not keys:
                first = packet.pts * tick
            if packet.is_keyframe:
                keys.append(packet.pts * tick - first)
            end = max(end, (packet.pts + (packet.duration or 0)) * tick - first)
    if not keys or keys[0]:
        raise MediaError("the clip does not begin with a key frame; encode it anew")
    starts = [keys[0]]
    for key in keys:
        if key >= len(starts) * SEGMENT and key > starts[-1] and end - key >= SEGMENT / 2:
            starts.append(key)
    return _Plan(tuple(keys), tuple(starts), end)


def _encode(source: Path, folder: Path, made: dict[str, Rung], plan: _Plan) -> None:
    """The source's picture in other sizes, frame for frame at the same times, with its key frames."""
    names = "".join(f"[s{n}]" for n in range(len(made)))
    graph = [f"[0:v]split={len(made)}{names}"] + [
        f"[s{n}]scale={r.width}:{r.height}:flags=bicubic[v{n}]" for n, r in enumerate(made.values())
    ]
    arguments = [
        "-threads",
        "1",
        "-protocol_whitelist",
        "file",
        "-i",
        str(source.resolve()),
        "-filter_complex",
        ";".join(graph),
    ]
    with av.open(str(source)) as container:
        tick = container.streams.video[0].time_base or Fraction(1, 90_000)
    keys = ",".join(
        f"{max(0.0, float(key) - 0.001):.6f}" for key in plan.keys
    )  # the first frame from there on: rounding must not make it the next
    for number, (name, rung) in enumerate(made.items()):
        most = _MOST[min(rung.width, rung.height)]
        settings = {
            "map": f"[v{number}]", "fps_mode": "passthrough", "enc_time_base": f"{tick.numerator}:{tick.denominator}",
            "c:v": "libx264",
            "preset": "superfast" if most < 1_000_000 else "ultrafast", "crf": 23, "maxrate": most, "bufsize": 2 * most,
            "profile:v": "main",
            "pix_fmt": "yuv420p", "bf": 0, "g": 100_000, "sc_threshold": 0, "forced-idr": 1, "force_key_frames": keys,
            "threads": 1,
            "video_track_timescale": tick.denominator, "f": "mp4",
        }  # fmt: skip
        for key, value in settings.items():
            arguments += [f"-{key}", str(value)]
        arguments += ["-an", name]
    ffmpeg.run(arguments, folder=folder)


def _pack(picture: Path, sound: Path, folder: Path, plan: _Plan) -> list[int]:
    """One rung: the packets of ``picture`` and of ``sound`` as init.mp4, segments and index.m3u8 in ``folder``; bytes
    of each segment."""
    folder.mkdir(exist_ok=True)
    lengths, sizes = plan.lengths, []
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(1, round(max(lengths)))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
    ]
    lines += ["#EXT-X-INDEPENDENT-SEGMENTS", '#EXT-X-MAP:URI="init.mp4"']
    with av.open(str(picture)) as seen, av.open(str(sound)) as heard:
        given, voice = seen.streams.video[0], heard.streams.audio[0]
        pictures = [packet for packet in seen.demux(given) if packet.pts is not None and packet.dts is not None]
        sounds = [
            packet for packet in heard.demux(voice) if packet.pts is not None and packet.pts >= 0
        ]  # before 0: the encoder's priming
        for number, (start, length) in enumerate(zip(plan.starts, lengths, strict=True)):
            last = number == len(lengths) - 1
            mine = _until(pictures, None if last else plan.starts[number + 1])
            if not mine or not mine[0].is_keyframe or abs(_time(mine[0]) - start) > _NEAR:
                raise MediaError(
                    "the key frames of a streaming rung are not where the clip has them; check the ffmpeg in use"
                )
            data = _fragment((given, mine), (voice, _until(sounds, None if last else plan.starts[number + 1])), number)
            if number == 0:
                (folder / "init.mp4").write_bytes(data[: data.index(b"moof") - 4])
            name = f"{number:03d}.m4s"
            (folder / name).write_bytes(data[data.index(b"moof") - 4 :])
            sizes.append((folder / name).stat().st_size)
            lines += [f"#EXTINF:{length:.6f},", name]
    (folder / "index.m3u8").write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))
    return sizes


def _until(packets: list[av.Packet[Any]], end: Fraction | None) -> list[av.Packet[Any]]:
    """Take the packets before ``end`` away from the front (all for None): up to its key frame, or to the sound that
    begins there."""
    for count, packet in enumerate(packets):
        if end is not None and packet.is_keyframe and _time(packet) > end - _NEAR:
            taken, packets[:] = packets[:count], packets[count:]
            return taken
    taken, packets[:] = packets[:], []
    return taken


def _time(packet: av.Packet[Any]) -> Fraction:
    return (packet.pts or 0) * (packet.time_base or Fraction(1, 1))


def _fragment(
    picture: tuple[av.VideoStream, list[av.Packet[Any]]],
    sound: tuple[av.AudioStream, list[av.Packet[Any]]],
    number: int,
) -> bytes:
    """A fragmented MP4 of one fragment with these packets, each at its own time."""
    out = io.BytesIO()
    options = {
        "movflags": "cmaf+frag_discont+skip_trailer",
        "frag_duration": "1000000000",
        "fragment_index": str(number + 1),
        "fflags": "+bitexact",
    }
    with av.open(out, "w", format="mp4", options=options) as made:
        streams = [(made.add_stream_from_template(given), packets) for given, packets in (picture, sound)]
        for stream, packets in streams:
            for packet in packets:
                packet.stream = stream
                made.mux(packet)
    return out.getvalue()


def _subtitles(source: Path, folder: Path, seconds: float) -> int:
    """Write the subtitles and their playlist; bits per second they take."""
    text = source.read_text(encoding="utf-8").replace(
        "WEBVTT", "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000", 1
    )
    (folder / "subtitles.vtt").write_text(text, encoding="utf-8")
    head = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(1, round(seconds))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
    ]
    (folder / "subtitles.m3u8").write_text(
        "\n".join([*head, f"#EXTINF:{seconds:.6f},", "subtitles.vtt", "#EXT-X-ENDLIST", ""])
    )
    return round(len(text.encode()) * 8 / max(seconds, 0.1))


def _rates(sizes: Sequence[int], lengths: Sequence[float]) -> tuple[int, int]:
    """Peak and mean bits per second of a rung's segments, as RFC 8216 (4.3.4.2) counts them.

    The peak is that of any segments in a row that last half to one and a half of the target duration.
    """
    target = max(1, round(max(lengths)))
    peaks = [sum(sizes) * 8 / sum(lengths)]
    for first in range(len(sizes)):
        for last in range(first + 1, len(sizes) + 1):
            span = sum(lengths[first:last])
            if 0.5 * target <= span <= 1.5 * target:
                peaks.append(sum(sizes[first:last]) * 8 / span)
    return int(max(peaks)) + 1, round(peaks[0])


def _codecs(init: Path) -> str:
    """The codecs of an init segment, as RFC 6381 writes them."""
    data = init.read_bytes()
    at = data.find(b"avcC")
    if at < 0:
        raise MediaError("a streaming rung has no H.264 picture; check the ffmpeg in use")
    return f"avc1.{data[at + 5 : at + 8].hex()},mp4a.40.2"
