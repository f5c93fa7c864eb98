"""Streaming: the finished clip as fragmented MP4 in two sizes, with playlists any HLS player takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import av

from phonofilm.errors import MediaError
from phonofilm.media import ffmpeg

RUNGS = (360, 720)
"""Short sides of the two rungs."""
SEGMENT = 4
"""Seconds a segment lasts; key frames come twice as often."""
_MOST = {360: 900_000, 720: 3_200_000}
"""Bits per second a rung may take at its peak."""


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One size of the clip: ``name`` is its folder."""

    name: str
    width: int
    height: int


def write(
    source: Path, folder: Path, *, width: int, height: int, fps: float, seconds: float, subtitles: Path | None = None, language: str = "en"
) -> list[Rung]:
    """Write ``folder``/master.m3u8 and its rungs from ``source`` (H.264 and AAC, key frames at least every two seconds).

    With ffmpeg: 360p and 720p in one run, the source's own stream where it has that size. Without: one rung, the source's own.
    Raises MediaError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if ffmpeg.find() is None:
        rungs = [_copy(source, folder, width, height)]
    else:
        rungs = [_rung(short, width, height) for short in RUNGS]
        _encode(source, folder, rungs, width, height, fps, seconds)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    group = ""
    if subtitles is not None:
        (folder / "subtitles.vtt").write_bytes(subtitles.read_bytes())
        duration = max(seconds, 0.1)
        head = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{int(duration) + 1}", "#EXT-X-PLAYLIST-TYPE:VOD"]
        (folder / "subtitles.m3u8").write_text("\n".join([*head, f"#EXTINF:{duration:.3f},", "subtitles.vtt", "#EXT-X-ENDLIST", ""]))
        lines.append(
            f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="{language}",LANGUAGE="{language}",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI="subtitles.m3u8"'
        )
        group = ',SUBTITLES="subs"'
    for rung in rungs:
        peak, mean = _rates(folder / rung.name)
        lines.append(
            f'#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={mean},RESOLUTION={rung.width}x{rung.height},FRAME-RATE={fps:.3f},'
            f'CODECS="{_codecs(folder / rung.name)}"{group}'
        )  # fmt: skip
        lines.append(f"{rung.name}/index.m3u8")
    (folder / "master.m3u8").write_text("\n".join(lines) + "\n")
    return rungs


def _rung(short: int, width: int, height: int) -> Rung:
    scale = short / min(width, height)
    return Rung(name=f"{short}p", width=2 * round(width * scale / 2), height=2 * round(height * scale / 2))


def _encode(source: Path, folder: Path, rungs: list[Rung], width: int, height: int, fps: float, seconds: float) -> None:
    made = [rung for rung in rungs if (rung.width, rung.height) != (width, height) or source.stat().st_size * 8 / max(seconds, 0.1) > _MOST[720]]
    names = "".join(f"[s{n}]" for n in range(len(made)))
    graph = [f"[0:v]split={len(made)}{names}"] + [f"[s{n}]scale={r.width}:{r.height}:flags=bicubic[v{n}]" for n, r in enumerate(made)]
    arguments = ["-threads", "1", "-protocol_whitelist", "file", "-i", str(source.resolve())]
    if made:
        arguments += ["-filter_complex", ";".join(graph)]
    for rung in rungs:
        arguments += ["-map", f"[v{made.index(rung)}]" if rung in made else "0:v", "-map", "0:a"]
    step = max(1, round(fps * SEGMENT / 2))
    for number, rung in enumerate(rungs):
        if rung not in made:
            arguments += [f"-c:v:{number}", "copy"]
            continue
        most = _MOST[min(rung.width, rung.height)]
        settings = {"c:v": "libx264", "preset:v": "superfast" if most < 1_000_000 else "ultrafast", "crf:v": "23", "maxrate:v": most, "bufsize:v": 2 * most}
        settings |= {"g:v": step, "keyint_min:v": step, "sc_threshold:v": 0, "threads:v": 1, "profile:v": "main", "pix_fmt:v": "yuv420p"}
        for key, value in settings.items():
            arguments += [f"-{key}:{number}", str(value)]
    arguments += ["-c:a", "copy", "-f", "hls", "-hls_time", str(SEGMENT), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]
    arguments += ["-hls_flags", "independent_segments", "-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", "%v/%03d.m4s"]
    arguments += ["-var_stream_map", " ".join(f"v:{n},a:{n},name:{rung.name}" for n, rung in enumerate(rungs)), "%v/index.m3u8"]
    for rung in rungs:
        (folder / rung.name).mkdir(exist_ok=True)
    ffmpeg.run(arguments, folder=folder)


def _copy(source: Path, folder: Path, width: int, height: int) -> Rung:
    """One rung without any program: the clip's own packets, cut at key frames."""
    rung = Rung(name=f"{min(width, height)}p", width=width, height=height)
    target = folder / rung.name
    target.mkdir(exist_ok=True)
    options = {
        "hls_time": str(SEGMENT), "hls_playlist_type": "vod", "hls_segment_type": "fmp4", "hls_flags": "independent_segments",
        "hls_fmp4_init_filename": "init.mp4", "hls_segment_filename": str(target / "%03d.m4s"),
    }  # fmt: skip
    try:
        with av.open(str(source)) as given, av.open(str(target / "index.m3u8"), "w", format="hls", options=options) as made:
            streams = {stream.index: made.add_stream_from_template(stream) for stream in (given.streams.video[0], given.streams.audio[0])}
            for packet in given.demux(*(given.streams[index] for index in streams)):
                if packet.dts is not None:
                    packet.stream = streams[packet.stream.index]
                    made.mux(packet)
    except (OSError, av.FFmpegError) as error:
        raise MediaError(f"the streaming files could not be written ({error}); check the space left on the disk") from error
    return rung


def _rates(folder: Path) -> tuple[int, int]:
    """Peak and mean bits per second over the segments of a rung."""
    found = re.findall(r"#EXTINF:([\d.]+),\s*\n([^#\n]+)", (folder / "index.m3u8").read_text())
    if not found:
        raise MediaError("a streaming rung came out empty; check the space left on the disk")
    sizes = [((folder / name.strip()).stat().st_size * 8, float(length)) for length, name in found]
    peak = max(bits / max(length, 0.1) for bits, length in sizes if length >= 1.0 or len(sizes) == 1)
    return round(peak), round(sum(bits for bits, _ in sizes) / sum(length for _, length in sizes))


def _codecs(folder: Path) -> str:
    """The codecs of a rung's init segment, as RFC 6381 writes them."""
    init = re.search(r'#EXT-X-MAP:URI="([^"]+)"', (folder / "index.m3u8").read_text())
    data = (folder / init.group(1)).read_bytes() if init else b""
    at = data.find(b"avcC")
    if at < 0:
        raise MediaError("a streaming rung has no H.264 picture; check the ffmpeg in use")
    return f"avc1.{data[at + 5 : at + 8].hex()},mp4a.40.2"
