"""A script's shots for an editor: OpenTimelineIO and CMX 3600 edit lists, written by ``opentimelineio``; and cue sheets
as CSV and MIDI."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from phonofilm.errors import MissingExtra
from phonofilm.media.storyboard import MISSING
from phonofilm.spec import clock

TICKS = 960
"""Of a beat in MIDI."""
TEMPO = 120.0
"""Beats a minute of a MIDI file whose clip has no music."""
_DRUMS = {
    "step": 36,
    "land": 36,
    "bounce": 38,
    "clap": 39,
    "drum": 41,
    "knock": 37,
    "ring": 56,
    "break": 49,
    "collide": 40,
    "drop": 45,
    "close": 43,
}
"""Notes of General MIDI's percussion by kind of contact; 42 for others."""


@dataclass(frozen=True, kw_only=True)
class Cue:
    """Something that happens at an instant."""

    time: float
    """Seconds."""
    kind: str
    """shot | line | contact | beat"""
    what: str
    """Kind of contact, number of the shot or of the beat, words of the line."""
    who: str = ""
    end: float | None = None
    """Where a shot or a line ends."""
    strength: float = 1.0
    """0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """One shot of a time line."""

    start: float
    end: float
    name: str
    told: dict[str, Any] = field(default_factory=dict)
    """What else an editor may want to know, as plain data."""


def otio(cuts: Sequence[Cut], cues: Sequence[Cue], title: str) -> bytes:
    """The time line as OpenTimelineIO JSON: a clip without media for each shot, in the frames of the MP4 that the same
    request makes; lines and contacts as markers. Raises MissingExtra."""
    return str(_library()[0].write_to_string(_timeline(cuts, cues, title), "otio_json")).encode()


def edl(cuts: Sequence[Cut], title: str) -> bytes:
    """The cuts as a CMX 3600 edit decision list. Raises MissingExtra."""
    return str(_library()[0].write_to_string(_timeline(cuts, (), title), "cmx_3600", rate=clock.FPS)).encode()


def _library() -> tuple[Any, Any]:
    try:
        from opentimelineio import adapters, schema
    except ImportError as error:
        raise MissingExtra(MISSING) from error
    return adapters, schema


def _timeline(cuts: Sequence[Cut], cues: Sequence[Cue], title: str) -> Any:
    _, schema = _library()
    from opentimelineio.opentime import RationalTime, TimeRange

    def span(first: int, after: int) -> Any:
        return TimeRange(RationalTime(first, clock.FPS), RationalTime(after - first, clock.FPS))

    timeline = schema.Timeline(title[:80] or "Phonofilm", global_start_time=RationalTime(0, clock.FPS))
    track = schema.Track("V1", kind=schema.TrackKind.Video)
    timeline.tracks.append(track)
    for cut in cuts:
        told = {"phonofilm": cut.told, "cmx_3600": {"reel": "AX"}}
        clip = schema.Clip(
            cut.name,
            schema.MissingReference(),
            span(clock.cut_frame(cut.start), clock.cut_frame(cut.end)),
            metadata=told,
        )
        for cue in cues:
            if cut.start <= cue.time < cut.end and cue.kind in ("line", "contact"):
                until = min(cue.end, cut.end) if cue.end is not None else cue.time
                name = f"{cue.who}: {cue.what}" if cue.who else cue.what
                colour = schema.MarkerColor.GREEN if cue.kind == "line" else schema.MarkerColor.RED
                lasts = span(clock.frame_at(cue.time), clock.frame_at(max(until, cue.time)))
                clip.markers.append(
                    schema.Marker(name, lasts, colour, metadata={"phonofilm": {"kind": cue.kind, "seconds": cue.time}})
                )
        track.append(clip)
    return timeline


def timecode(seconds: float) -> str:
    """Hours, minutes, seconds and frames: 00:00:02:12."""
    frame = clock.frame_at(seconds)
    whole, rest = divmod(frame, clock.FPS)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}:{rest:02}"


def cue_csv(cues: Sequence[Cue]) -> bytes:
    """The cues in order of time: seconds, timecode, frame, kind, what, who, end (seconds). UTF-8 with a mark, as
    spreadsheets want it."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["seconds", "timecode", "frame", "kind", "what", "who", "end"])
    for cue in sorted(cues, key=lambda cue: cue.time):
        told = [_cell(cue.kind), _cell(cue.what), _cell(cue.who)]
        sheet.writerow(
            [
                f"{cue.time:.3f}",
                timecode(cue.time),
                clock.frame_at(cue.time),
                *told,
                "" if cue.end is None else f"{cue.end:.3f}",
            ]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(text: str) -> str:
    """A spreadsheet takes what begins so for a formula; a prompt's words are none."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def cue_midi(cues: Sequence[Cue], tempo: float | None = None) -> bytes:
    """The cues as a MIDI file of three tracks: tempo, shots as markers and lines as lyrics; contacts as percussion;
    beats as a click. Raises MissingExtra."""
    try:
        from mido import MetaMessage, MidiFile, MidiTrack, bpm2tempo
    except ImportError as error:
        raise MissingExtra(MISSING) from error
    tempo = tempo or TEMPO
    file = MidiFile(type=1, ticks_per_beat=TICKS, charset="utf-8")
    head: list[tuple[float, Any]] = [(0.0, MetaMessage("set_tempo", tempo=bpm2tempo(tempo)))]
    head += [(cue.time, MetaMessage("marker", text=f"shot {cue.what}")) for cue in cues if cue.kind == "shot"]
    head += [(cue.time, MetaMessage("lyrics", text=f"{cue.who}: {cue.what}")) for cue in cues if cue.kind == "line"]
    contacts = [
        one
        for cue in cues
        if cue.kind == "contact"
        for one in _note(cue.time, _DRUMS.get(cue.what, 42), round(40 + 87 * min(1.0, cue.strength)))
    ]
    beats = [one for cue in cues if cue.kind == "beat" for one in _note(cue.time, 76, 100 if cue.what == "1" else 70)]
    for name, events in (("Phonofilm", head), ("contacts", contacts), ("beats", beats)):
        track = MidiTrack([MetaMessage("track_name", name=name)])
        at = 0
        for time, message in sorted(events, key=lambda event: event[0]):
            tick = round(time * tempo / 60 * TICKS)
            track.append(message.copy(time=tick - at))
            at = tick
        file.tracks.append(track)
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _note(time: float, note: int, velocity: int) -> list[tuple[float, Any]]:
    from mido import Message

    on = Message("note_on", channel=9, note=note, velocity=velocity)
    return [(time, on), (time + 0.05, Message("note_off", channel=9, note=note, velocity=0))]
