"""What references mean to the animatic: colours that dress the cast, pictures it opens or ends on, music and voices,
the script of a clip to go on from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phonofilm.errors import MediaError, RequestError
from phonofilm.media.palette import Colour, palette
from phonofilm.media.picture import load
from phonofilm.media.scale import cover
from phonofilm.media.sound import read_audio
from phonofilm.prompt.editing.join import followed
from phonofilm.prompt.parse import parse
from phonofilm.prompt.script import Script
from phonofilm.spec import clock
from phonofilm.spec.reference import Origin, Reference, named
from phonofilm.spec.request import Generate
from phonofilm.theatre.camera import ease
from phonofilm.theatre.play import Play
from phonofilm.theatre.reading import scan
from phonofilm.theatre.reading.plan import Dress
from phonofilm.theatre.sound.mix import Levels
from phonofilm.theatre.sound.tracks import Track, loops

Picture = NDArray[np.uint8]
DISSOLVE = 0.5
"""Seconds in which a first frame gives way to the scene, and the scene to a last frame."""
_VOICE = re.compile(r"voice|narrat|speech|speak|spoken|dialog|says|reads|vo\b|talk", re.IGNORECASE)
_MUSIC = re.compile(r"music|bgm|song|score|soundtrack|melod|tune|theme|beat|track", re.IGNORECASE)
_SCENE = ("filler", "pronoun", "glue", "link", "hour", "weather", "place", "weak_place", "music", "mood", "sound")
"""Kinds of words that leave cast, action and camera alone."""


@dataclass(kw_only=True)
class Staging:
    """A request as the theatre is asked to stage it."""

    script: Script
    seconds: float
    """Where the play ends."""
    seed: int
    parts: tuple[float, ...] = ()
    changes: tuple[tuple[int, str], ...] = ()
    levels: Levels | None = None
    music_on: bool = False
    """Music was brought along with the source; given again, it plays on."""
    dress: dict[str, Dress] = field(default_factory=dict)
    tracks: list[Track] = field(default_factory=list)
    opening: tuple[Picture, float] | None = None
    """A picture of the clip's size and how strongly it covers the first frame."""
    ending: tuple[Picture, float] | None = None
    notes: list[str] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    """For the result's details: every reference and what became of it."""
    colours: dict[str, tuple[Colour, ...]] = field(default_factory=dict)

    @property
    def begin(self) -> float:
        """Where the clip begins in the play."""
        return self.parts[-1] if self.parts else 0.0

    def origin(self, prompt: str, levels: Levels) -> dict[str, Any]:
        """What goes on record, so that this clip can be gone on from: ``spec.Origin`` as plain data."""
        worn = {
            name: {"colours": [list(colour) for colour in dress.colours], "strength": dress.strength}
            for name, dress in self.dress.items()
        }
        raised = {name: value for name, value in vars(levels).items() if value is not None}
        more = {"dress": worn, "levels": raised, "music": any(track.part == "music" for track in self.tracks)}
        changes = [list(change) for change in self.changes]
        return {
            "prompt": prompt,
            "seconds": self.seconds,
            "seed": self.seed,
            "parts": list(self.parts),
            "changes": changes,
            "more": more,
        }


def understood(request: Generate, words: Script) -> Staging:
    """The request with every reference looked at and listened to. Raises MediaError for a file that cannot be read,
    RequestError for an edit that is neither a change of scene nor a whole one, and for a source whose script is not
    known."""
    source = next((reference for reference in request.references if reference.role == "source"), None)
    staging = Staging(script=words, seconds=request.seconds, seed=request.seed)
    if source is not None:
        if source.origin is None:
            raise RequestError(
                "the script of the source is not known (any more); name a clip that was made here and is still there"
            )
        staging = (_extended if request.task == "extend" else _edited)(request, words, source.origin)
    called = _names(request.references, words)
    for reference in request.references:
        if reference.role == "source":
            continue
        name = called[id(reference)]
        if reference.strength == 0:
            staging.notes.append(f"@{name} is left out: its strength is 0")
            staging.told.append({"name": name, "as": "nothing"})
        elif reference.kind == "audio":
            _listen(staging, reference, name, request)
        elif reference.role == "reference":
            _look(staging, reference, name)
        else:
            _frame(staging, reference, request)
    return staging


def dressed_notes(staging: Staging, play: Play) -> list[str]:
    """What became of every picture's colours, once the cast is known."""
    notes = []
    for name, colours in staging.colours.items():
        dress = staging.dress[name]
        hexes = ", ".join(colour.hex for colour in colours)
        if name not in play.dressed:
            notes.append(f"@{name} changed nothing: the cast has nobody left to wear its colours")
            staging.told.append({"name": name, "as": "nothing", "colours": [colour.hex for colour in colours]})
            continue
        actor, said = play.dressed[name]
        kind, _, number = actor.rpartition("-")
        who = f"person {number}" if kind == "person" else f"the {kind}"
        strength = "" if dress.strength == 1 else f" at strength {dress.strength:g}"
        guessed = "" if said else "; the words do not say whom it stands for"
        notes.append(
            f"@{name} dresses {who} in its colours ({hexes}){strength}; the theatre takes a picture's colours, not its"
            f" likeness{guessed}"
        )
        told = {
            "name": name,
            "as": "dress",
            "actor": actor,
            "colours": [colour.hex for colour in colours],
            "strength": dress.strength,
        }
        staging.told.append(told)
    return notes


def laid(staging: Staging, pictures: Iterable[Picture], fps: float = clock.FPS) -> Iterator[Picture]:
    """The pictures with the first and the last frame dissolved in."""
    length = staging.seconds - staging.begin
    for number, picture in enumerate(pictures):
        time = number / fps
        for still, behind in ((staging.opening, time), (staging.ending, length - time)):
            if still is not None and behind < DISSOLVE - 1e-6:
                share = still[1] * (1 - ease(max(0.0, behind) / DISSOLVE))
                picture = np.rint(picture * (1 - share) + still[0] * share).astype(np.uint8)
        yield picture


# going on and changing


def _extended(request: Generate, words: Script, origin: Origin) -> Staging:
    script = followed(parse(origin.prompt), origin.seconds, words, request.seconds)
    staging = _after(origin, script, origin.seconds + request.seconds, (*origin.parts, origin.seconds))
    staging.notes.append(
        f"goes on from {origin.seconds - (origin.parts[-1] if origin.parts else 0):g} s of its source with "  # noqa: E501
        f"the same cast, place and "
        f"music (seed {origin.seed}); the clip holds only what is new"
    )
    return staging


def _edited(request: Generate, words: Script, origin: Origin) -> Staging:
    kinds = {token.category for shot in range(len(words.shots)) for token in scan.tokens_of(words.caption(shot))[0]}
    if (
        kinds <= set(_SCENE)
        and kinds & {"hour", "weather", "place", "weak_place", "music", "mood", "sound"}
        and not words.lines
    ):
        script = parse(origin.prompt)
        staging = _after(origin, script, origin.seconds, origin.parts)
        change = " ".join(words.caption(shot) for shot in range(len(words.shots)))
        staging.changes = (*origin.changes, (len(script.shots), change))
        staging.levels = None
        staging.notes.append(
            f"changes the scene of its source and keeps cast, action, timing and camera (seed {origin.seed})"
        )
        if abs(request.seconds - (staging.seconds - staging.begin)) > 1e-6:
            raise RequestError(
                f"the source lasts {staging.seconds - staging.begin:g} s, and an edit keeps its timing; ask for just"
                " that length"
            )
        return staging
    if not kinds & {"person", "kind", "name"}:
        raise RequestError(
            "the animatic changes place, hour, weather, sound and music by a few words ('make it night and let it"
            " rain'), or stages the whole scene described anew; say one of them"
        )
    staging = _after(origin, words, request.seconds, ())
    staging.changes, staging.levels = (), None
    staging.notes.append(
        f"stages the words anew with the seed of its source ({origin.seed}): what they do not change stays as it was"
    )
    return staging


def _after(origin: Origin, script: Script, seconds: float, parts: tuple[float, ...]) -> Staging:
    worn = origin.more.get("dress") or {}
    dress = {
        name: Dress(colours=tuple(tuple(colour) for colour in one["colours"]), strength=float(one["strength"]))
        for name, one in worn.items()
    }
    staging = Staging(
        script=script, seconds=seconds, seed=origin.seed, parts=parts, changes=origin.changes, dress=dress
    )
    staging.levels = Levels(**(origin.more.get("levels") or {}))
    staging.music_on = bool(origin.more.get("music"))
    if staging.music_on:
        staging.notes.append("the music of the source was brought along; give the same sound again and it plays on")
    return staging


# references


def _names(references: Sequence[Reference], words: Script) -> dict[int, str]:
    """Every reference by the name the prompt uses, its own or ``image1``; where it uses none, by its own if it has
    one."""
    said = {mention.name.lower() for mention in words.mentions} | {
        line.speaker[1:].lower() for line in words.lines if line.speaker.startswith("@")
    }
    out: dict[int, str] = {}
    for name, reference in named(tuple(references)).items():
        if (
            name.lower() in said
            or id(reference) not in out
            or (name == reference.name and out[id(reference)].lower() not in said)
        ):
            out[id(reference)] = name
    return out


def _look(staging: Staging, reference: Reference, name: str) -> None:
    colours = _cloth(palette(_path(reference), 5), bool(reference.person))
    staging.colours[name.lower()] = colours
    staging.dress[name.lower()] = Dress(
        colours=tuple(colour.rgb for colour in colours), strength=float(reference.strength)
    )


def _cloth(colours: tuple[Colour, ...], person: bool) -> tuple[Colour, ...]:
    """Three colours to wear. Skin is no cloth: it counts only where it dominates, and of a person only where there is
    nothing else."""
    worn = [colour for number, colour in enumerate(colours) if not colour.like_skin or (number == 0 and not person)]
    return tuple(worn[:3]) or colours[:1]


def _listen(staging: Staging, reference: Reference, name: str, request: Generate) -> None:
    part, said = _part(name, request.prompt)
    if not request.sound:
        staging.notes.append(f"@{name} is not heard: the clip was asked for without sound")
        staging.told.append({"name": name, "as": "nothing"})
        return
    sound = read_audio(_path(reference), clock.THEATRE_RATE)
    if not sound.size or float(np.abs(sound).max()) < 1e-5:
        staging.notes.append(f"@{name} is silent and changes nothing")
        staging.told.append({"name": name, "as": "nothing"})
        return
    at = 0.0 if part == "music" and staging.music_on else staging.begin
    track = Track(part=part, sound=sound, strength=float(reference.strength), at=at)
    staging.tracks.append(track)
    room = clock.samples(staging.seconds - at, clock.THEATRE_RATE)
    again = loops(track, room) if part == "music" else 0
    fitted = f"looped {again + 1} times" if again else "cut to the clip" if sound.shape[1] > room else "whole"
    how = (
        "plays as the music, ducked under speech"
        if part == "music"
        else "is heard as a voice-over, with the music ducked under it"
    )
    strength = "" if reference.strength == 1 else f" at strength {reference.strength:g}"
    guessed = "" if said else "; the words do not say whether it is music or a voice"
    pace = "; who dances keeps the staged beat" if part == "music" and "danc" in request.prompt.lower() else ""
    staging.notes.append(f"@{name} {how} ({fitted}){strength}{pace}{guessed}")
    staging.told.append({"name": name, "as": part, "strength": reference.strength, "loops": again})


def _part(name: str, prompt: str) -> tuple[str, bool]:
    """(music or voice, do name or words say so?) of a sound: by its name, then by the words nearest to its @name."""
    for part, told in (("voice", _VOICE), ("music", _MUSIC)):
        if told.search(name):
            return part, True
    at = re.search(rf"@{re.escape(name)}\b", prompt, re.IGNORECASE)
    if at is None:
        return "music", False
    begin, middle = max(0, at.start() - 48), (at.start() + at.end()) / 2
    near = prompt[begin : at.end() + 48]
    hits = [(hit, part) for part, told in (("voice", _VOICE), ("music", _MUSIC)) for hit in told.finditer(near)]
    found = [(abs(begin + (hit.start() + hit.end()) / 2 - middle), part) for hit, part in hits]
    return (min(found)[1], True) if found else ("music", False)


def _frame(staging: Staging, reference: Reference, request: Generate) -> None:
    try:
        picture = load(_path(reference))
    except MediaError as error:
        raise MediaError(
            "the first or last frame cannot be read as a picture; give a PNG, JPEG or WebP file"
        ) from error
    still = (cover(picture, request.size), float(reference.strength))
    first = reference.role == "first_frame"
    staging.opening, staging.ending = (still, staging.ending) if first else (staging.opening, still)
    how = (
        "opens on the first frame and dissolves into the staged scene"
        if first
        else "dissolves into the last frame and ends on it"
    )
    staging.notes.append(f"the clip {how} within {DISSOLVE:g} s; the picture itself does not move")
    staging.told.append(
        {"name": reference.name or reference.role, "as": reference.role, "strength": reference.strength}
    )


def _path(reference: Reference) -> str:
    if reference.path is None:
        raise RequestError("a reference is not here as a file; give its path")
    return reference.path
