"""What RFC 8216 and Apple's authoring rules ask of a finished clip's stream, checked on its files: every breach in
words, none for a good stream."""

import re
import struct
from fractions import Fraction


def breaches(folder):
    """The rules that the stream in ``folder`` (with master.m3u8) breaks."""
    found = []
    lines = (folder / "master.m3u8").read_text().splitlines()
    if lines[0] != "#EXTM3U" or "#EXT-X-INDEPENDENT-SEGMENTS" not in lines:
        found.append("the master playlist does not begin rightly or does not say that segments are independent")
    rungs = {}
    for line, after in zip(lines, lines[1:], strict=False):
        if line.startswith("#EXT-X-STREAM-INF:"):
            said = dict(re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', line))
            rungs[after] = _rung(folder / after, said, found)
    if not rungs:
        found.append("the master playlist names no rung")
    for what in (
        "lengths",
        "starts",
        "sounds",
        "target",
        "end",
    ):  # 6.2.4: the same time is the same content, cut at the same places
        if len({repr(one[what]) for one in rungs.values()}) > 1:
            found.append(f"rungs differ in {what}: { {name: one[what] for name, one in rungs.items()} }")
    if len({len(set(line.split(","))) for line in lines if line.startswith("#EXT-X-STREAM-INF")}) > 1:
        found.append("one rung declares what another does not")
    return found


def _rung(playlist, said, found):
    name, lines = playlist.parent.name, playlist.read_text().splitlines()
    tags = {tag: value for tag, _, value in (line.partition(":") for line in lines if line.startswith("#EXT-X-"))}
    if (
        int(tags.get("#EXT-X-VERSION", 1)) < 6
        or "#EXT-X-MAP" not in tags
        or tags.get("#EXT-X-PLAYLIST-TYPE") != "VOD"
        or lines[-1] != "#EXT-X-ENDLIST"
    ):
        found.append(f"{name}: version, map, type or end of the playlist are wrong")
    lengths = [float(line[8:].rstrip(",")) for line in lines if line.startswith("#EXTINF:")]
    files = [playlist.parent / line for line in lines if line and not line.startswith("#")]
    target = int(tags["#EXT-X-TARGETDURATION"])
    if any(round(length) > target for length in lengths):
        found.append(f"{name}: a segment is longer than the target duration {target}: {lengths}")
    if len(lengths) > 1 and lengths[-1] < target / 2:
        found.append(f"{name}: the last segment is a remainder of {lengths[-1]} s")
    sizes = [8 * file.stat().st_size for file in files]
    peaks = [
        sum(sizes[a:b]) / sum(lengths[a:b])
        for a in range(len(sizes))
        for b in range(a + 1, len(sizes) + 1)
        if 0.5 * target <= sum(lengths[a:b]) <= 1.5 * target
    ]
    mean = sum(sizes) / sum(lengths)
    if (
        int(said["BANDWIDTH"]) < max([*peaks, mean])
        or not 0.95 * mean <= int(said["AVERAGE-BANDWIDTH"]) <= 1.1 * mean + 2000
        or int(said["BANDWIDTH"]) > 1.2 * max([*peaks, mean]) + 2000
    ):
        found.append(
            f"{name}: {said['BANDWIDTH']} and {said['AVERAGE-BANDWIDTH']} bits a second declared,"
            f" {max([*peaks, mean]):.0f} and {mean:.0f} are true"
        )
    init = (playlist.parent / "init.mp4").read_bytes()
    if b"elst" in init:
        found.append(f"{name}: an edit list, which browsers do not apply")
    tracks = _tracks(init)
    if (
        said["RESOLUTION"] != "x".join(str(side) for side in tracks["vide"]["size"])
        or f'"avc1.{init[init.index(b"avcC") + 5 :][:3].hex()},mp4a.40.2"' != said["CODECS"]
    ):
        found.append(f"{name}: RESOLUTION or CODECS are not those of the stream")
    starts, sounds, at, end, heard = [], [], Fraction(0), Fraction(0), Fraction(0)
    for file, length in zip(files, lengths, strict=True):
        shown, voice = (_samples(file.read_bytes(), tracks[kind]) for kind in ("vide", "soun"))
        if not shown[0]["sync"] or shown[0]["shown"] != min(one["shown"] for one in shown):
            found.append(f"{name}: {file.name} does not begin with a key frame")
        if abs(shown[0]["shown"] - at) > Fraction(1, 1000) or abs(shown[0]["shown"] - end) > Fraction(1, 1000):
            found.append(
                f"{name}: {file.name} begins at {float(shown[0]['shown'])}, the playlist says {float(at)}, the one"
                f" before ends at {float(end)}"
            )
        end, at = max(one["shown"] + one["length"] for one in shown), at + Fraction(length)
        if voice[0]["shown"] != heard:
            found.append(
                f"{name}: the sound of {file.name} begins at {float(voice[0]['shown'])}, the one before ends at"
                f" {float(heard)}"
            )
        heard = voice[-1]["shown"] + voice[-1]["length"]
        if abs(voice[0]["shown"] - shown[0]["shown"]) > Fraction(1, 20):
            found.append(
                f"{name}: in {file.name} picture and sound begin {float(voice[0]['shown'] - shown[0]['shown'])} s apart"
            )
        starts.append(float(shown[0]["shown"]))
        sounds.append(float(voice[0]["shown"]))
    if abs(end - at) > Fraction(1, 1000) or abs(heard - end) > Fraction(1, 20):
        found.append(
            f"{name}: the picture ends at {float(end)}, the sound at {float(heard)}, the playlist at {float(at)}"
        )
    return {"lengths": lengths, "starts": starts, "sounds": sounds, "target": target, "end": round(float(end), 3)}


def boxes(data, start=0, end=None):
    """(name, start of the content, end) of the boxes in a span of an MP4."""
    end = len(data) if end is None else end
    while start < end:
        size, name = struct.unpack(">I4s", data[start : start + 8])
        yield name.decode("latin-1"), start + 8, start + size
        start += size


def _inside(data, path, start=0, end=None):
    for name, a, b in boxes(data, start, end):
        if name == path[0]:
            yield from _inside(data, path[1:], a, b) if path[1:] else [(a, b)]


def _tracks(init):
    tracks = {}
    for a, b in _inside(init, ["moov", "trak"]):
        head, media = next(_inside(init, ["tkhd"], a, b))[0], next(_inside(init, ["mdia", "mdhd"], a, b))[0]
        kind = init[next(_inside(init, ["mdia", "hdlr"], a, b))[0] + 8 :][:4].decode()
        number = struct.unpack(">I", init[head + (20 if init[head] else 12) :][:4])[0]
        size = tuple(struct.unpack(">I", init[head + (84 if init[head] else 76) + n :][:4])[0] >> 16 for n in (0, 4))
        tracks[kind] = {
            "number": number,
            "tick": Fraction(1, struct.unpack(">I", init[media + (20 if init[media] else 12) :][:4])[0]),
            "size": size,
        }
    return tracks


def _samples(data, track):
    """The samples of one track in a segment, in decoding order, as a player without edit lists times them."""
    out = []
    for a, b in _inside(data, ["moof", "traf"]):
        head = next(_inside(data, ["tfhd"], a, b))[0]
        flags, number = (
            int.from_bytes(data[head + 1 : head + 4], "big"),
            struct.unpack(">I", data[head + 4 : head + 8])[0],
        )
        if number != track["number"]:
            continue
        place = head + 8 + 8 * bool(flags & 1) + 4 * bool(flags & 2)
        usual = [0, 0, 0]  # duration, size, flags
        for n, bit in enumerate((8, 16, 32)):
            if flags & bit:
                usual[n] = struct.unpack(">I", data[place : place + 4])[0]
                place += 4
        base = next(_inside(data, ["tfdt"], a, b))[0]
        time = struct.unpack(">Q" if data[base] else ">I", data[base + 4 :][: 8 if data[base] else 4])[0]
        for at, _ in _inside(data, ["trun"], a, b):
            told, count = int.from_bytes(data[at + 1 : at + 4], "big"), struct.unpack(">I", data[at + 4 : at + 8])[0]
            place = at + 8 + 4 * bool(told & 1)
            first = struct.unpack(">I", data[place : place + 4])[0] if told & 4 else None
            place += 4 * bool(told & 4)
            for n in range(count):
                values = [usual[0], usual[1], first if n == 0 and first is not None else usual[2], 0]
                for index, (bit, form) in enumerate(
                    ((0x100, ">I"), (0x200, ">I"), (0x400, ">I"), (0x800, ">i" if data[at] else ">I"))
                ):
                    if told & bit:
                        values[index] = struct.unpack(form, data[place : place + 4])[0]
                        place += 4
                out.append(
                    {
                        "shown": (time + values[3]) * track["tick"],
                        "length": values[0] * track["tick"],
                        "sync": not values[2] & 0x10000,
                    }
                )
                time += values[0]
    return out
