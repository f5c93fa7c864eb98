"""What an editor needs while a prompt is written: the linter with places, words to complete, templates, price and time
before submitting."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import Field

from phonofilm.errors import PromptError
from phonofilm.jobs import checks
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.observe import forecast
from phonofilm.prompt import check, parse
from phonofilm.prompt.editing import advice, vocabulary
from phonofilm.prompt.editing.arrange import MOST, arranged
from phonofilm.prompt.editing.export import DIALECTS
from phonofilm.prompt.editing.export import export as written
from phonofilm.prompt.settled import ORDINARY, settled
from phonofilm.server import hinting, models, threads, understood, words
from phonofilm.server.dialects.native import wish
from phonofilm.spec import clock
from phonofilm.spec.reference import Reference, named
from phonofilm.spec.request import MAX_CHARACTERS, MAX_SEED
from phonofilm.theatre.lexicon import repertoire

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

FILE: dict[str, Any] = {
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    "description": "the file",
}
MOST_TEXT = 20_000
"""Characters of a text that is looked at; more than a prompt may have, so that the hint can say so."""
ROLES = {
    "reference": "looks, moves or sounds like this",
    "first_frame": "the clip begins with this picture",
    "last_frame": "the clip ends with this picture",
    "source": "the clip that is edited or extended",
}


class Named(words.Body):
    """A reference at hand, as far as a prompt can speak of it."""

    kind: Literal["image", "video", "audio"]
    role: Literal["reference", "first_frame", "last_frame", "source"] = "reference"
    name: Annotated[str, Field(pattern=r"^([A-Za-z_][A-Za-z0-9_]{0,63})?$")] = ""


class Draft(words.Body):
    """A prompt while it is written."""

    model_config = words.shows(
        {"prompt": '[0-2s] A girl waves and jumps. [2-4s] girl: "Hello" [en]', "duration": 4, "model": "animatic"}
    )
    prompt: Annotated[words.Text, Field(max_length=MOST_TEXT)]
    duration: Annotated[words.Number, Field(ge=clock.MIN_SECONDS, le=clock.MAX_SECONDS)] = 5.0
    model: Annotated[words.Text, Field(min_length=1, max_length=128)] | None = None
    seed: Annotated[words.Whole, Field(ge=0, le=MAX_SEED)] = Field(
        0, description="settles what the words leave open, such as the camera"
    )
    references: Annotated[list[Named], Field(max_length=15)] | None = Field(
        None, description="those at hand; left out, no @name is called unknown"
    )
    units: Literal["characters", "utf16"] = Field(
        "characters", description="what positions and lengths count: Unicode characters, or JavaScript's"
    )


class ReadLine(words.Answer):
    speaker: str
    language: str
    text: str
    position: int
    length: int


class ReadShot(words.Answer):
    """A shot. Positions and lengths are those of the text as it was sent, in the units asked for."""

    number: int
    start: float
    end: float
    marked: bool = Field(description="does a marker open it?")
    timed: bool = Field(description="does its marker say from when to when?")
    marker_length: int = Field(description="characters of the marker, from position on")
    text: str
    position: int
    length: int
    lines: list[ReadLine]


class Hint(words.Answer):
    message: str
    severity: Literal["info", "warning", "error"]
    position: int
    length: int
    shot: int | None = Field(description="number of the shot it is about; null: the whole prompt")


class UnknownWord(words.Answer):
    word: str
    position: int
    length: int


class Mentioned(words.Answer):
    name: str
    position: int
    length: int
    known_role: str | None = Field(description="the part this reference plays; null where there is none of this name")


class Reading(words.Answer):
    """A prompt as it is understood. One that cannot be read has a hint of severity error, and no shots."""

    model_config = words.shows(
        {
            "shots": [
                {
                    "number": 1,
                    "start": 0.0,
                    "end": 2.0,
                    "marked": True,
                    "timed": True,
                    "marker_length": 6,
                    "text": "A girl waves and jumps.",
                    "position": 0,
                    "length": 31,
                    "lines": [],
                }
            ],
            "hints": [
                {
                    "message": "no place is named; without one the engine chooses",
                    "severity": "info",
                    "position": 0,
                    "length": 31,
                    "shot": None,
                }
            ],
            "unknown": [{"word": "quokka", "position": 9, "length": 6}],
            "mentions": [{"name": "image1", "position": 12, "length": 7, "known_role": "reference"}],
            "seconds": None,
        }
    )
    shots: list[ReadShot]
    hints: list[Hint]
    unknown: list[UnknownWord] = Field(description="words without effect on this engine")
    mentions: list[Mentioned]
    seconds: float | None = Field(
        description="the length that the prompt asks for, by what it says or by where its shots end; null: none"
    )


class Wanted(words.Body):
    """A prompt to be understood, not made."""

    model_config = words.shows(
        {"prompt": '[0-2s] A quokka dances on a beach. [2-4s] girl: "Hello" [en]', "duration": 4, "seed": 7}
    )
    prompt: Annotated[words.Text, Field(min_length=1, max_length=MAX_CHARACTERS)]
    duration: Annotated[words.Number, Field(ge=clock.MIN_SECONDS, le=clock.MAX_SECONDS)] | None = Field(
        None, description="left out, what the prompt says, or 5"
    )
    seed: Annotated[words.Whole, Field(ge=0, le=MAX_SEED)] = Field(0, description="settles what the words leave open")
    units: Literal["characters", "utf16"] = Field(
        "characters", description="what positions and lengths count: Unicode characters, or JavaScript's"
    )


class Player(words.Answer):
    word: str = Field(description="as the prompt says it")
    how: Literal["drawn", "stand-in", "card"] = Field(
        description="as itself, by the nearest drawing there is, or as a card with the word on it"
    )


class PlannedLine(words.Answer):
    speaker: str
    text: str
    language: str | None = Field(description="null where the prompt names none")


class PlannedShot(words.Answer):
    start: float
    end: float
    cast: list[Player]
    place: str
    through: list[str] = Field(description="further places that this shot comes through")
    hour: str
    weather: str
    camera: str
    lines: list[PlannedLine]


class PlannedWord(words.Answer):
    word: str
    state: Literal["staged", "stand-in", "ignored", "kept out", "unknown"]
    means: str = Field(description="what it means to the theatre; empty where it stages nothing")
    position: int = Field(description="-1 where it does not stand in the prompt as it was read")
    length: int


class Plan(words.Answer):
    """What the stage heard. A line \"MEANS: quokka = cat\" in the prompt says what a word is to mean."""

    model_config = words.shows(
        {
            "shots": [
                {
                    "start": 0.0,
                    "end": 4.0,
                    "cast": [{"word": "quokka", "how": "card"}],
                    "place": "beach",
                    "through": [],
                    "hour": "noon",
                    "weather": "clear",
                    "camera": "static",
                    "lines": [],
                }
            ],
            "kept_out": ["music"],
            "references": [],
            "settings": {"ratio": "9:16"},
            "notes": ["kept out: music"],
            "words": [{"word": "beach", "state": "staged", "means": "place beach", "position": 21, "length": 5}],
        }
    )
    shots: list[PlannedShot]
    kept_out: list[str] = Field(description="people, music, voice, text for those kinds, else the prompt's own word")
    references: list[str]
    settings: dict[str, str | float] = Field(
        description="what the prompt says of the clip itself: duration, ratio, resolution, seed, fps"
    )
    notes: list[str]
    words: list[PlannedWord] = Field(description="of the description, in order; what is spoken is not among them")


class Exported(words.Body):
    """A prompt to be written as something else."""

    model_config = words.shows(
        {
            "prompt": "[0-2s] A dog runs on a beach. [2-4s] Close-up of the dog.",
            "duration": 4,
            "format": "storyboard.pdf",
        }
    )
    prompt: Annotated[words.Text, Field(min_length=1, max_length=MAX_CHARACTERS)]
    format: Literal[
        "seedance", "veo", "sora", "kling", "storyboard.pdf", "timeline.otio", "timeline.edl", "cues.csv", "cues.mid"
    ] = Field(
        description=(
            "the prompt in the words of another engine; a storyboard; shots for an editor; what happens when, as a"
            " table or for a sequencer"
        )
    )
    duration: Annotated[words.Number, Field(ge=clock.MIN_SECONDS, le=clock.MAX_SECONDS)] | None = Field(
        None, description="left out, what the prompt says, or 5"
    )
    seed: Annotated[words.Whole, Field(ge=0, le=MAX_SEED)] = Field(0, description="settles what the words leave open")
    ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"] | None = Field(
        None, description="shape of the pictures; left out, what the prompt says, or 16:9"
    )


class Order(words.Body):
    """The shots of a prompt in another order."""

    model_config = words.shows({"prompt": "[0-2s] A dog runs. [2-5s] A cat sleeps.", "duration": 5, "order": [1, 0]})
    prompt: Annotated[words.Text, Field(min_length=1, max_length=MAX_CHARACTERS)]
    order: Annotated[list[Annotated[words.Whole, Field(ge=0)]], Field(min_length=1, max_length=MOST)] = Field(
        description=(
            "numbers of shots, counted from 0: one that stands twice is said twice, one that is missing is left out"
        )
    )
    duration: Annotated[words.Number, Field(ge=clock.MIN_SECONDS, le=clock.MAX_SECONDS)] = 5.0


class Arranged(words.Answer):
    """The prompt as it says that, and the length of its clip."""

    model_config = words.shows({"prompt": "[0-3s] A cat sleeps.\n[3-5s] A dog runs.", "duration": 5.0})
    prompt: str
    duration: float


class Estimate(words.Answer):
    """What a clip would cost and how long it would take."""

    model_config = words.shows({"engine": "animatic", "cost": 0, "seconds": 6.4, "waiting": 2})
    engine: str
    cost: int = Field(description=words.MONEY)
    seconds: float | None = Field(
        description="from start to published, by what such clips took; null while there is no history"
    )
    waiting: int = Field(description="generations ahead of it")


class Term(words.Answer):
    name: str
    words: list[str] = Field(description="ways to say it, the plainest first")
    description: str


class Language(words.Answer):
    code: str
    name: str


class Vocabulary(words.Answer):
    """Words to complete a prompt with. Places, hours and the rest are those the theatre shows; other engines may know
    more."""

    model_config = words.shows(
        {
            "cameras": [
                {
                    "name": "push_in",
                    "words": ["the camera pushes in"],
                    "description": "Closer to the subject: attention, tension.",
                }
            ],
            "places": [{"name": "beach", "words": ["beach", "seaside"], "description": ""}],
            "hours": [],
            "weathers": [],
            "moods": [],
            "languages": [{"code": "en", "name": "English"}],
            "roles": [{"name": "reference", "words": [], "description": "looks, moves or sounds like this"}],
            "colours": [],
            "actions": [],
        }
    )
    cameras: list[Term]
    places: list[Term]
    hours: list[Term]
    weathers: list[Term]
    moods: list[Term] = Field(description="of music")
    languages: list[Language]
    roles: list[Term] = Field(description="parts a reference can play")
    colours: list[Term]
    actions: list[Term]


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """Reading routes (scope ``read``), none of which makes or keeps anything."""
    routes = APIRouter(prefix="/v1", tags=["writing"], responses=words.ERRORS)
    names, reads = settings.model_map(), auth.needs("read")

    def engine_of(model: str | None) -> str:
        model = model or settings.default_model
        return models.engine_of(model, names, service.tools.engines.names(), dialect="native") or model

    @routes.post("/lint", summary="Read a prompt")
    async def lint(body: Annotated[Draft, Body()], caller: Annotated[Caller, Depends(reads)]) -> Reading:
        """Its shots, lines and mentions with their places, what could be said better, and words that the engine does
        not know. Always 200."""
        engine = engine_of(body.model)
        return await threads.run_sync(read, body, engine, dict(settings.engines.get(engine, {})))

    @routes.post("/plan", summary="What the stage hears in a prompt")
    async def plan(body: Annotated[Wanted, Body()], caller: Annotated[Caller, Depends(reads)]) -> Plan:
        """Shots with their cast and place, what is kept out, and every word's state, before anything is drawn. 400
        where the prompt cannot be read."""
        return await threads.run_sync(planned, body)

    @routes.post("/arrange", summary="The shots of a prompt in another order")
    async def arrange(body: Annotated[Order, Body()], caller: Annotated[Caller, Depends(reads)]) -> Arranged:
        """Moved, said twice, left out; each keeps its words, lines and length, and the prompt is written anew. 400
        where it cannot be read."""
        script, seconds = await threads.run_sync(lambda: arranged(parse(body.prompt), body.order, body.duration))
        text = str(script)
        if len(text) > MAX_CHARACTERS:
            raise PromptError(
                f"with these shots the prompt has {len(text)} characters; {MAX_CHARACTERS} are the most, so shorten it"
                " first",
                0,
            )
        return Arranged(prompt=text, duration=seconds)

    @routes.post(
        "/export",
        summary="A prompt as a storyboard, for an editor, or for another engine",
        response_class=Response,
        responses={200: FILE},
    )
    async def export(body: Annotated[Exported, Body()], caller: Annotated[Caller, Depends(reads)]) -> Response:
        """The file, named as the format is; of what the theatre stages, without references. 400 where the prompt cannot
        be read."""
        auth.limits.preview(caller.tenant, caller.user, settings.previews_per_minute)
        data, kind = await threads.run_sync(exported, body, lane="preview")
        headers = {
            "Content-Disposition": f'attachment; filename="{body.format}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(data, media_type=kind, headers=headers)

    @routes.post("/estimate", summary="Price and time before submitting")
    async def estimate(
        body: Annotated[words.NewGeneration, Body()], caller: Annotated[Caller, Depends(reads)]
    ) -> Estimate:
        """The body of a submit, priced as a submit would be; of the prompt only what it says of the clip itself counts.
        400 where no engine can do it."""
        model = body.model or settings.default_model
        if not body.prompt.strip():
            body = body.model_copy(update={"prompt": "-"})

        def look() -> Estimate:
            request = checks.engine_for(service.tools, wish(body, engine_of(model), 0), model)
            engines = service.able(caller, request)
            cost = service.most(engines, request, model)
            seconds = forecast.expected(service.db, engines[0], body.duration, body.resolution)
            return Estimate(
                engine=engines[0],
                cost=cost,
                seconds=seconds,
                waiting=forecast.waiting(service.db, caller.tenant, body.priority),
            )

        return await threads.run_sync(look)

    listed = everything()

    @routes.get("/vocabulary", summary="Words to complete a prompt with")
    async def complete(request: Request, caller: Annotated[Caller, Depends(reads)]) -> Vocabulary:
        """Camera moves, places, hours, weathers, moods, languages, roles of references, colours and actions, each with
        ways to say it."""
        if "generate" in caller.scopes:
            request.app.state.previews.warm()  # an editor has been opened: it will want previews
        return listed

    return routes


def read(body: Draft, engine: str, entry: dict[str, Any]) -> Reading:
    """A draft as the linter sees it."""
    known = None if body.references is None else named(tuple(Reference(**one.model_dump()) for one in body.references))
    limits = understood.checkpoint(engine, entry)
    ours = limits is not None or engine == "animatic" or entry.get("kind") == "animatic"
    found = advice.advise(
        body.prompt, body.duration, names=known, most_words=limits.length if limits else None, ours=ours
    )
    strange = understood.unknown(parse(body.prompt), found.shots, body.prompt, engine, entry) if found.shots else []
    plan = None
    if ours and limits is None and found.shots and not any(hint.severity == "error" for hint in found.hints):
        from phonofilm.theatre.heard import heard  # with the theatre's drawing, which no start needs

        plan = heard(parse(body.prompt), body.duration, body.seed, body.prompt)
    told = hinting.hints(found, strange, "the theatre" if limits is None else "this checkpoint", plan)
    reading = Reading(
        shots=[
            ReadShot(**{**vars(shot), "lines": [ReadLine(**vars(line)) for line in shot.lines]}) for shot in found.shots
        ],
        hints=[Hint(**{name: value for name, value in vars(one).items() if name != "about"}) for one in told],
        unknown=[UnknownWord(**vars(one)) for one in strange],
        mentions=[Mentioned(**vars(one), known_role=_role(one.name, known)) for one in found.mentions],
        seconds=settled(body.prompt).get("seconds"),
    )
    if body.units == "utf16" and any(ord(letter) > 0xFFFF for letter in body.prompt):
        _in_utf16(reading, body.prompt)
    return reading


def exported(body: Exported) -> tuple[bytes, str]:
    """The file and its media type. Raises PromptError where the prompt cannot be read, MissingExtra where a library is
    not installed."""
    script = parse(body.prompt)
    said = settled(body.prompt)
    seconds = body.duration if body.duration is not None else said.get("seconds", ORDINARY)
    check(script, seconds)
    if body.format in DIALECTS:
        return written(script, body.format, seconds).encode(), "text/plain; charset=utf-8"
    from phonofilm.theatre.board import FORMS, Board  # with the theatre's drawing, which no start needs

    board = Board(script=script, seconds=seconds, seed=body.seed, ratio=body.ratio or said.get("ratio", "16:9"))
    return board.write(body.format), FORMS[body.format][0]


def planned(body: Wanted) -> Plan:
    """What the theatre understands of a prompt. Raises PromptError where it cannot be read."""
    from phonofilm.theatre.heard import heard  # with the theatre's drawing, which no start needs

    seconds = body.duration if body.duration is not None else settled(body.prompt).get("seconds", ORDINARY)
    script = parse(body.prompt)
    check(script, seconds)
    found = Plan(**heard(script, seconds, body.seed, body.prompt))
    if body.units == "utf16" and any(ord(letter) > 0xFFFF for letter in body.prompt):
        at = _utf16(body.prompt)
        for word in found.words:
            if word.position >= 0:
                word.position, word.length = at[word.position], at[word.position + word.length] - at[word.position]
    return found


def _utf16(text: str) -> list[int]:
    """How many UTF-16 units stand before each character, and before the end."""
    at = [0]
    for letter in text:
        at.append(at[-1] + (2 if ord(letter) > 0xFFFF else 1))
    return at


def _in_utf16(reading: Reading, text: str) -> None:
    """Recount every place in UTF-16 units: letters beyond the first plane, such as emoji, are two."""
    at = _utf16(text)
    placed: list[Any] = [
        *reading.shots,
        *reading.hints,
        *reading.unknown,
        *reading.mentions,
        *(line for shot in reading.shots for line in shot.lines),
    ]
    for one in placed:
        start = one.position
        if isinstance(one, ReadShot):
            one.marker_length = at[start + one.marker_length] - at[start]
        one.position, one.length = at[start], at[min(start + one.length, len(text))] - at[start]


def _role(name: str, known: dict[str, Reference] | None) -> str | None:
    reference = (known or {}).get(name) or (known or {}).get(name.lower())
    return reference.role if reference else None


def everything() -> Vocabulary:
    """The vocabulary; it does not change while the server runs."""

    def terms(category: str, concepts: Iterable[str]) -> list[Term]:
        return [Term(name=name, words=list(repertoire.wordings(category, name)), description="") for name in concepts]

    return Vocabulary(
        cameras=[
            Term(name=one.name, words=list(one.words), description=one.description) for one in vocabulary.cameras()
        ],
        places=terms("place", repertoire._PLACES),
        hours=terms("hour", repertoire._HOURS),
        weathers=terms("weather", repertoire._WEATHERS),
        moods=terms("mood", repertoire._MOODS),
        languages=[Language(code=code, name=name) for code, name in vocabulary.languages()],
        roles=[Term(name=name, words=[], description=told) for name, told in ROLES.items()],
        colours=terms("colour", repertoire._COLOUR_WORDS),
        actions=terms("action", repertoire._ACTIONS),
    )
