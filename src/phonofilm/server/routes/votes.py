"""/v1/votes: blind pairs and ratings in the browser, and what they add up to."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from pydantic import Field

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.lifecycle.finish import outputs_of_all
from phonofilm.jobs.store.tables import Job
from phonofilm.server import threads, words
from phonofilm.server.dialects.native import known
from phonofilm.server.files import Links
from phonofilm.server.routes.shares import title_of
from phonofilm.votes import ranking, sittings, studies

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings
    from phonofilm.votes.tables import Sitting as Row
    from phonofilm.votes.tables import Study as StudyRow

_CLIP = {"generation": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t", "role": "test", "low": 1, "high": 5}
_STUDY = {
    "id": "std_01k3v8f0qk7c3m4n5p6q7r8s9t", "object": "study", "name": "Beaches, second round", "clips": [_CLIP],
    "traps": 1, "votes": 40,
    "created": 1795212345.2, "closed": None,
}  # fmt: skip
_SHOWN = {
    "url": "http://127.0.0.1:8600/media/main/video.mp4?exp=1795298400&sig=6f1c",
    "poster": None,
    "seconds": 5.0,
    "width": 854,
    "height": 480,
}
_SITTING = {
    "id": "sit_01k3v8f0qk7c3m4n5p6q7r8s9t", "object": "sitting", "kind": "arena", "study": None, "items": 10, "done": 3,
    "opened": True, "closed": False,
    "next": {"item": 3, "prompt": "A red ball bounces on a beach.", "training": False, "left": _SHOWN, "right": _SHOWN,
        "asked": None},
}  # fmt: skip
_PLAYED = {"seconds": 5.0, "muted": False, "volume": 1.0, "frames": 121, "dropped": 0, "took": 1800}
_STANDING = {
    "name": "native",
    "score": 1062.1,
    "low": 1010.0,
    "high": 1118.4,
    "elo": 1048.0,
    "votes": 120,
    "wins": 71.5,
}
Ident = Annotated[str, Path(pattern=r"^(sit|std)_[a-z0-9]{1,40}$")]


class StudyClip(words.Body):
    """A clip of a study. ``low`` and ``high``: of a gold clip, the ratings that are expected."""

    model_config = words.shows(_CLIP)
    generation: Annotated[words.Text, Field(max_length=64)]
    role: Literal["test", "reference", "gold", "training"] = "test"
    low: Annotated[words.Whole, Field(ge=1, le=5)] = 1
    high: Annotated[words.Whole, Field(ge=1, le=5)] = 5


class NewStudy(words.Body):
    """Clips to be rated, and how many traps each sitting holds."""

    model_config = words.shows({"name": "Beaches, second round", "clips": [_CLIP], "traps": 1})
    name: Annotated[words.Text, Field(min_length=1, max_length=120)]
    clips: Annotated[list[StudyClip], Field(min_length=1, max_length=studies.MOST_CLIPS)]
    traps: Annotated[words.Whole, Field(ge=0, le=studies.MOST_TRAPS)] = 1


class Study(words.Answer):
    """Clips that people rate from 1 (bad) to 5 (excellent)."""

    model_config = words.shows(_STUDY)
    id: str
    object: Literal["study"] = "study"
    name: str
    clips: list[dict[str, Any]]
    traps: int
    votes: int
    created: float
    closed: float | None


class StudyList(words.Answer):
    model_config = words.shows({"object": "list", "data": [_STUDY]})
    object: Literal["list"] = "list"
    data: list[Study]


class ClipScore(words.Answer):
    """What people say of a clip."""

    generation: str
    engine: str
    role: str
    votes: int
    mean: float | None = Field(description="of the ratings as they are")
    mos: float | None = Field(description="with each rater's bias and inconsistency taken out (ITU-T P.910, annex E)")
    low: float | None = Field(description="95 % interval of the MOS, by bootstrap over the raters")
    high: float | None
    difference: float | None = Field(description="against the hidden reference of its prompt; 5 is as good as it")


class Rater(words.Answer):
    """One person, by a number."""

    number: int
    votes: int
    bias: float | None
    inconsistency: float | None
    left_out: str = Field(description="why the ratings do not count; empty: they do")


class Results(words.Answer):
    """What a study says so far."""

    model_config = words.shows(
        {
            "study": _STUDY,
            "alpha": 0.71,
            "good": 0.75,
            "left_out": 0,
            "clips": [
                {
                    "generation": _CLIP["generation"],
                    "engine": "native",
                    "role": "test",
                    "votes": 12,
                    "mean": 4.1,
                    "mos": 4.2,
                    "low": 4.0,
                    "high": 4.4,
                    "difference": 4.8,
                }
            ],
            "raters": [{"number": 1, "votes": 12, "bias": 0.2, "inconsistency": 0.4, "left_out": ""}],
        }
    )
    study: Study
    clips: list[ClipScore]
    raters: list[Rater]
    alpha: float | None = Field(description="Krippendorff's alpha of ranks: 1 is agreement, 0 is chance")
    good: float | None = Field(description="share of the tested clips with a MOS of 4 and above")
    left_out: int = Field(description="ratings that do not count")


class NewSitting(words.Body):
    """Begin to vote: on pairs, or with ``study`` on its clips."""

    model_config = words.shows({"kind": "arena", "pairs": 10}, {"kind": "rating", "study": _STUDY["id"]})
    kind: Literal["arena", "rating"]
    pairs: Annotated[words.Whole, Field(ge=1, le=sittings.MOST_PAIRS)] = 10
    study: Annotated[words.Text, Field(max_length=64)] | None = None


class Shown(words.Answer):
    """A clip without anything that tells who made it."""

    url: str
    poster: str | None
    seconds: float
    width: int | None
    height: int | None


class Item(words.Answer):
    """What to vote on next."""

    item: int
    prompt: str
    training: bool
    left: Shown
    right: Shown | None = Field(description="null: one clip, to be rated")
    asked: int | None = Field(
        description="a check of attention: the rating that is asked for, told over the second half of the clip"
    )


class Sitting(words.Answer):
    """Where a sitting stands."""

    model_config = words.shows(_SITTING)
    id: str
    object: Literal["sitting"] = "sitting"
    kind: Literal["arena", "rating"]
    study: str | None
    items: int
    done: int
    opened: bool = Field(description="false: screen and sound are checked first")
    closed: bool
    next: Item | None


class Screen(words.Body):
    width: Annotated[words.Whole, Field(ge=0, le=100_000)] = Field(description="of the picture, CSS pixels")
    height: Annotated[words.Whole, Field(ge=0, le=100_000)]
    scale: Annotated[words.Number, Field(gt=0, le=100)] = 1.0


class Checked(words.Body):
    """How many beeps were heard, and how large the picture is."""

    model_config = words.shows({"heard": 3, "screen": {"width": 854, "height": 480, "scale": 2.0}})
    heard: Annotated[words.Whole, Field(ge=0, le=99)]
    screen: Screen


class Played(words.Body):
    """How it was watched; of a pair the less watched side."""

    seconds: Annotated[words.Number, Field(ge=0, le=100_000)]
    muted: bool
    volume: Annotated[words.Number, Field(ge=0, le=1)]
    frames: Annotated[words.Whole, Field(ge=0, le=10**9)] = 0
    dropped: Annotated[words.Whole, Field(ge=0, le=10**9)] = 0
    took: Annotated[words.Whole, Field(ge=0, le=10**9)] = Field(0, description="milliseconds until the vote")


class NewVote(words.Body):
    """A vote: ``choice`` of a pair, ``score`` of a clip."""

    model_config = words.shows(
        {"item": 3, "choice": "left", "playback": _PLAYED}, {"item": 4, "score": 4, "playback": _PLAYED}
    )
    item: Annotated[words.Whole, Field(ge=0, le=10_000)]
    choice: Literal["left", "right", "tie"] | None = None
    score: Annotated[words.Whole, Field(ge=1, le=5)] | None = None
    playback: Played


class Standing(words.Answer):
    """How an engine or a take stands."""

    name: str
    score: float = Field(
        description="Bradley-Terry on Elo's scale: 400 points are odds of ten to one, 1,000 is the middle"
    )
    low: float = Field(description="95 % interval by bootstrap over the voters")
    high: float
    elo: float = Field(description="Elo after the votes in their order")
    votes: int
    wins: float = Field(description="ties count half")


class Take(words.Answer):
    """A take among the takes of its prompt."""

    generation: str
    title: str
    engine: str
    prompt_hash: str
    score: float
    votes: int
    wins: float


class Ranking(words.Answer):
    """What the votes of your tenant say."""

    model_config = words.shows(
        {
            "engines": [_STANDING],
            "votes": 120,
            "voters": 6,
            "settled": True,
            "verdict": "native leads, and more votes would not change that.",
            "total": 1,
            "takes": [
                {
                    "generation": _CLIP["generation"],
                    "title": "A red ball bounces on a beach",
                    "engine": "native",
                    "prompt_hash": "9b0c",
                    "score": 1080.0,
                    "votes": 8,
                    "wins": 6.5,
                }
            ],
        }
    )
    engines: list[Standing]
    takes: list[Take]
    total: int = Field(description="takes that were voted on")
    votes: int
    voters: int
    settled: bool = Field(description="more votes would not change who leads; holds whenever it is looked at")
    verdict: str


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """Voting and looking with scope ``read``, studies with ``generate``."""
    routes = APIRouter(prefix="/v1/votes", tags=["votes"], responses=words.ERRORS)
    links = Links(service.bucket, settings)
    Reader = Annotated[Caller, Depends(auth.needs("read"))]
    Maker = Annotated[Caller, Depends(auth.needs("generate"))]
    db = service.db

    def study(row: "StudyRow", votes: int = 0) -> Study:
        return Study(
            id=row.id,
            name=row.name,
            clips=row.clips,
            traps=row.traps,
            votes=votes,
            created=row.created,
            closed=row.closed,
        )

    def sitting(caller: Caller, ident: str, base: str) -> Sitting:
        with db.reading() as session:
            row: Row = sittings.mine(session, caller, ident)
            place, done = sittings.upcoming(session, row)
            over = row.closed is not None or place is None
            item = None
            if row.opened is not None and not over and place is not None:
                laid = row.items[place]
                jobs = [session.get_one(Job, laid[side]) for side in ("left", "right") if side in laid]
                files = outputs_of_all(session, [job.id for job in jobs])
                shown = [clip(job, files.get(job.id, []), base) for job in jobs]
                item = Item(
                    item=place,
                    prompt=str(jobs[0].request.get("prompt", "")),
                    training=laid["role"] == "training",
                    left=shown[0],
                    right=shown[1] if len(shown) > 1 else None,
                    asked=laid.get("asked"),
                )
            return Sitting(
                id=row.id,
                kind=row.kind,  # type: ignore[arg-type]
                study=row.study,
                items=len(row.items),
                done=done,
                opened=row.opened is not None,
                closed=over,
                next=item,
            )

    def clip(job: Job, files: list[Any], base: str) -> Shown:
        by_name = {file.name: file for file in files}
        video, poster = by_name["video.mp4"], by_name.get("poster.webp")
        seconds = float((job.result or {}).get("seconds") or job.request.get("seconds") or 0.0)
        return Shown(
            url=links.url(video.key, base=base),
            poster=links.url(poster.key, base=base) if poster else None,
            seconds=seconds,
            width=video.width,
            height=video.height,
        )

    @routes.post("/studies", status_code=201, summary="Lay out a study")
    async def create_study(body: Annotated[NewStudy, Body()], caller: Maker) -> Study:
        """Finished clips of yours; one of each prompt may be its hidden reference."""
        clips = [{**one.model_dump(), "generation": known(one.generation)} for one in body.clips]
        return study(await threads.run_sync(lambda: studies.create(db, caller, body.name, clips, body.traps)))

    @routes.get("/studies", summary="Your studies")
    async def list_studies(caller: Reader) -> StudyList:
        """Newest first."""
        return StudyList(data=[study(row, votes) for row, votes in await threads.run_sync(studies.every, db, caller)])

    @routes.get("/studies/{ident}", summary="What a study says")
    async def read_study(ident: Ident, caller: Maker) -> Results:
        """Ratings of sittings that missed a trap, and those given while pictures were dropped, are left out."""
        row, found = await threads.run_sync(studies.results, db, caller, ident)
        return Results(
            study=study(row, sum(one.votes for one in found.clips) + found.left_out),
            clips=[ClipScore(**one.__dict__) for one in found.clips],
            raters=[Rater(**one.__dict__) for one in found.raters],
            alpha=found.alpha,
            good=found.good,
            left_out=found.left_out,
        )

    @routes.post("/studies/{ident}/close", summary="Close a study")
    async def close_study(ident: Ident, caller: Maker) -> Study:
        """Open sittings end with it; the votes stay."""
        return study(await threads.run_sync(studies.close, db, caller, ident))

    @routes.post("/sittings", status_code=201, summary="Begin to vote")
    async def begin(request: Request, body: Annotated[NewSitting, Body()], caller: Reader) -> Sitting:
        """409 where there is nothing (more) to vote on."""

        def make() -> Sitting:
            if body.kind == "arena":
                row = sittings.begin_arena(db, caller, body.pairs)
            else:
                row = sittings.begin_rating(db, caller, body.study or "")
            return sitting(caller, row.id, str(request.base_url))

        return await threads.run_sync(make)

    @routes.get("/sittings/{ident}", summary="What to vote on next")
    async def look(request: Request, response: Response, ident: Ident, caller: Reader) -> Sitting:
        """Clips that were taken down meanwhile are passed over."""
        response.headers["Cache-Control"] = "no-store"
        return await threads.run_sync(sitting, caller, ident, str(request.base_url))

    audio = {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}

    @routes.get(
        "/sittings/{ident}/sound",
        summary="The sound check",
        response_class=Response,
        responses={200: {"content": audio, "description": "beeps"}},
    )
    async def sound(ident: Ident, caller: Reader) -> Response:
        """Some beeps; how many is asked."""

        def make() -> bytes:
            with db.reading() as session:
                return sittings.beeps(sittings.mine(session, caller, ident))

        return Response(await threads.run_sync(make), media_type="audio/wav", headers={"Cache-Control": "no-store"})

    @routes.post("/sittings/{ident}/checks", summary="Check screen and sound")
    async def check(request: Request, ident: Ident, body: Annotated[Checked, Body()], caller: Reader) -> Sitting:
        """A rating sitting opens with it."""

        def act() -> Sitting:
            sittings.check(db, caller, ident, heard=body.heard, screen=body.screen.model_dump())
            return sitting(caller, ident, str(request.base_url))

        return await threads.run_sync(act)

    @routes.post("/sittings/{ident}/votes", status_code=201, summary="Vote")
    async def vote(request: Request, ident: Ident, body: Annotated[NewVote, Body()], caller: Reader) -> Sitting:
        """409 for a second vote on the same, 410 for a clip that is gone; the answer holds what comes next."""

        def act() -> Sitting:
            sittings.vote(
                db, caller, ident, body.item, choice=body.choice, score=body.score, playback=body.playback.model_dump()
            )
            return sitting(caller, ident, str(request.base_url))

        return await threads.run_sync(act)

    @routes.post("/sittings/{ident}/close", summary="Stop voting")
    async def close(request: Request, ident: Ident, caller: Reader) -> Sitting:
        """The votes stay."""

        def act() -> Sitting:
            sittings.close(db, caller, ident)
            return sitting(caller, ident, str(request.base_url))

        return await threads.run_sync(act)

    @routes.get("/ranking", summary="Who leads")
    async def rank(caller: Reader, limit: Annotated[int, Query(ge=0, le=1000)] = 100) -> Ranking:
        """Engines and takes by the pairs people voted on; of the takes the best ``limit`` that are still there."""

        def make() -> Ranking:
            found = ranking.ranking(db, caller.tenant)
            takes = []
            for job, one in ranking.shown(db, found, limit):
                title = job.name or title_of(str(job.request.get("prompt", "")))
                score = {"score": round(one.score, 1), "votes": one.votes, "wins": one.wins}
                takes.append(
                    Take(generation=job.id, title=title, engine=job.engine, prompt_hash=one.script_hash, **score)  # type: ignore[arg-type]
                )
            engines = [
                Standing(
                    **{field: round(one.__dict__[field], 1) for field in ("score", "low", "high", "elo")},
                    name=one.name,
                    votes=one.votes,
                    wins=one.wins,
                )
                for one in found.engines
            ]
            return Ranking(
                engines=engines,
                takes=takes,
                total=len(found.takes),
                votes=found.votes,
                voters=found.voters,
                settled=found.settled,
                verdict=found.verdict,
            )

        return await threads.run_sync(make)

    return routes
