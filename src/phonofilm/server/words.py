"""The words of our own API: what bodies may hold and what answers look like. Strict: a field nobody knows is refused by
its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from phonofilm.server.dialects import wire
from phonofilm.spec import clock, media
from phonofilm.spec.request import MAX_CHARACTERS, MAX_GUIDANCE, MAX_SEED, MAX_STEPS


def _printable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold a NUL character; leave it out")
    return text


def _whole(value: object) -> object:
    """JSON does not tell 5.0 from 5."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, AfterValidator(_printable)]
Whole = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, Field(allow_inf_nan=False)]
MONEY = "micro-dollars (1,000,000 is one dollar)"


def shows(*examples: Mapping[str, object]) -> ConfigDict:
    """Settings of a model that shows these examples in the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": cast("list[JsonValue]", list(examples))})


class Body(BaseModel):
    """What comes in."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def readable(cls, value: object) -> object:
        """Half characters, NULs and bodies without a floor are refused before anything looks at them, by the place
        where they stand."""
        wire.check(value)
        return value


class Answer(BaseModel):
    """What goes out."""

    model_config = ConfigDict(extra="forbid")


def examples_of(model: type[BaseModel]) -> list[object]:
    """The examples a body or an answer shows."""
    extra = model.model_config.get("json_schema_extra")
    found = extra.get("examples") if isinstance(extra, dict) else None
    return list(found) if isinstance(found, list) else []


def models() -> list[type[BaseModel]]:
    """Every body and answer of our own API."""
    return [*Body.__subclasses__(), *Answer.__subclasses__()]


class ErrorDetail(Answer):
    code: str = Field(
        description=(
            "what a program acts on: invalid_parameter, not_found, rate_limited, budget_exceeded, input_blocked ..."
        )
    )
    message: str = Field(description="one line that names the remedy")
    field: str | None = Field(description="the part of the request at fault")
    request_id: str
    position: int | None = Field(
        None, description="of trouble with a prompt: where, in Unicode characters; left out where there is no place"
    )


class ErrorBody(Answer):
    """The one error body."""

    model_config = shows(
        {
            "error": {
                "code": "invalid_parameter",
                "message": "'duration': Input should be less than or equal to 15",
                "field": "duration",
                "request_id": "req_7c0f",
            }
        }
    )
    error: ErrorDetail


class NewReference(Body):
    """A picture, clip or sound the prompt may call ``@name``. Exactly one of ``asset`` and ``url``."""

    kind: Literal["image", "video", "audio"]
    role: Literal["reference", "first_frame", "last_frame", "source"] = "reference"
    name: Annotated[str, Field(pattern=r"^([A-Za-z_][A-Za-z0-9_]{0,63})?$")] = ""
    asset: Annotated[Text, Field(max_length=64)] | None = None
    url: Annotated[Text, Field(max_length=64_000_000)] | None = None
    strength: Annotated[Number, Field(ge=0, le=1)] = 1.0
    person: bool | None = Field(
        None, description="does it show or sound like a real person? Undeclared ones are held for review"
    )


class NewGeneration(Body):
    """A clip to be made."""

    model_config = shows(
        {
            "prompt": "A red ball bounces on a beach at dusk, the camera pushes in.",
            "model": "animatic",
            "duration": 5,
            "seed": 7,
        },
        {
            "prompt": "@image1 comes to life: leaves rustle, a bird calls.",
            "model": "fake",
            "resolution": "720p",
            "ratio": "16:9",
            "references": [
                {"kind": "image", "role": "first_frame", "asset": "asset_01k3v8f0qk7c3m4n5p6q7r8s9t", "person": False}
            ],
        },
    )
    prompt: Annotated[Text, Field(max_length=MAX_CHARACTERS)]
    model: Annotated[Text, Field(min_length=1, max_length=128)] | None = Field(
        None, description="an engine's name or one mapped to it; see /v1/engines"
    )
    task: Literal["generate", "edit", "extend"] = "generate"
    duration: Annotated[Number, Field(ge=clock.MIN_SECONDS, le=clock.MAX_SECONDS)] = Field(5.0, description="seconds")
    resolution: Literal["480p", "720p", "1080p", "2k"] = "480p"
    ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"] = "16:9"
    seed: Annotated[Whole, Field(ge=0, le=MAX_SEED)] | None = Field(
        None, description="the same seed gives the same clip; left out, one is drawn"
    )
    steps: Annotated[Whole, Field(ge=1, le=MAX_STEPS)] | None = None
    guidance: Annotated[Number, Field(ge=0, le=MAX_GUIDANCE)] | None = None
    sound: bool = True
    references: Annotated[list[NewReference], Field(max_length=15)] = []
    edit_strength: Annotated[Number, Field(ge=0, le=1)] | None = None
    label: bool = Field(True, description="the visible label; False only where the compliance profile allows it")
    priority: Annotated[Whole, Field(ge=0, le=9)] = 0
    expires_in: Annotated[Whole, Field(ge=60, le=259_200)] = Field(
        172_800, description="seconds; not finished by then, the job expires"
    )
    parent: Annotated[Text, Field(max_length=64)] | None = Field(
        None, description="the generation this one follows from"
    )
    project: Annotated[Text, Field(max_length=60)] | None = Field(
        None, description="the project it is laid into; there from its first clip on"
    )
    metadata: Annotated[
        dict[Annotated[Text, Field(max_length=64)], Annotated[Text, Field(max_length=512)]], Field(max_length=16)
    ] = {}


class GenerationChange(Body):
    """What a clip is called and where it lies. What is left out stays as it is; null or an empty text takes a name or
    project away."""

    model_config = shows({"name": "Opening, calmer", "project": "Lighthouse", "favourite": True})
    name: Annotated[Text, Field(max_length=120)] | None = None
    project: Annotated[Text, Field(max_length=60)] | None = None
    favourite: bool = Field(default_factory=bool)  # a default that is told would promise to be set

    @model_validator(mode="after")
    def something(self) -> GenerationChange:
        if not self.model_fields_set:
            raise ValueError("the body changes nothing; send name, project or favourite")
        return self


class File(Answer):
    """One file of a finished generation."""

    model_config = shows(
        {
            "name": "video.mp4",
            "url": "http://127.0.0.1:8600/media/main/2026/11/gen_01k3v8f0qk7c3m4n5p6q7r8s9t/video.mp4?exp=1795298400&sig=6f1c",
            "content_type": "video/mp4",
            "bytes": 812345,
            "sha256": "9b0c",
            "width": 854,
            "height": 480,
        }
    )
    name: str
    url: str = Field(description="signed; works for a while (a day by default) without a key")
    content_type: str
    bytes: int
    sha256: str
    width: int | None
    height: int | None


class JobFault(Answer):
    code: str
    message: str
    field: str | None = None


class Cost(Answer):
    reserved: int = Field(description=MONEY)
    settled: int | None = Field(description=f"{MONEY}; null until the job has ended")
    price_version: str


_EXAMPLE: dict[str, Any] = {
    "id": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t", "object": "generation", "state": "succeeded", "step": "notify",
    "progress": 1.0, "model": "animatic",
    "engine": "animatic", "task": "generate", "prompt": "A red ball bounces on a beach at dusk, the camera pushes in.",
    "duration": 5.0,
    "resolution": "480p", "ratio": "16:9", "seed": 7, "sound": True, "steps": None, "guidance": None,
    "edit_strength": None,
    "references": [], "priority": 0, "created": 1795212345.2, "started": 1795212345.4,
    "finished": 1795212351.0, "expires": 1795385145.2, "error": None, "held": None,
    "result": {"seconds": 5.0, "width": 854, "height": 480},
    "cost": {"reserved": 0, "settled": 0, "price_version": "2026-11"}, "parent": None, "metadata": {}, "label": True,
    "group": "9b0c4f00c2a917ee",
    "name": "Opening, calmer", "project": "Lighthouse", "favourite": True,
    "queue_position": None, "remaining": None,
    "outputs": [{
        "name": "video.mp4", "url": "http://127.0.0.1:8600/media/main/2026/11/gen_01k3v8f0qk7c3m4n5p6q7r8s9t/video.mp4?exp=1795298400&sig=6f1c",
        "content_type": "video/mp4", "bytes": 812345, "sha256": "9b0c", "width": 854, "height": 480,
    }],
}  # fmt: skip


class Hold(Answer):
    """Why a generation waits for a person, and what its owner can do."""

    stage: str = Field(description="admit: before it is made; release: before it is shown")
    message: str
    reasons: list[dict[str, str]] = Field(description="category and place of each")
    ask: list[str] = Field(
        description="assets of which nobody said whether they show a real person: answer with PATCH /v1/assets/{asset}"
    )
    since: float
    due: float = Field(description="a reviewer decides by then")


class Generation(Answer):
    """A generation on its way or done. Times are UTC seconds."""

    model_config = shows(_EXAMPLE)
    id: str
    object: Literal["generation"] = "generation"
    state: Literal[
        "queued",
        "running",
        "review",
        "succeeded",
        "failed",
        "cancelled",
        "expired",
        "unknown_outcome",
        "crashed",
        "removed",
    ]
    step: str
    progress: float
    model: str
    engine: str
    task: str
    prompt: str
    duration: float
    resolution: str
    ratio: str
    seed: int
    sound: bool
    steps: int | None = Field(description="as asked for; null left it to the engine, like the next two")
    guidance: float | None
    edit_strength: float | None
    references: list[dict[str, Any]]
    priority: int
    created: float
    started: float | None
    finished: float | None
    expires: float
    error: JobFault | None
    held: Hold | None = Field(None, description="why it is in review")
    result: dict[str, Any] | None
    cost: Cost
    parent: str | None
    metadata: dict[str, str]
    label: bool = Field(description="was the visible label asked for?")
    group: str = Field(
        description="the same for every take: of prompts that say the same, whatever times they give their shots"
    )
    name: str | None = Field(description="what its owner calls it")
    project: str | None
    favourite: bool
    queue_position: int | None = Field(
        description="from 1, while it is queued; tenants take turns, so it is no promise"
    )
    remaining: float | None = Field(
        description=(
            "seconds of making that are probably left, while it is queued or running; null where nothing can be said"
        )
    )
    outputs: list[File]


class GenerationList(Answer):
    """A page of generations."""

    model_config = shows({"object": "list", "data": [_EXAMPLE], "total": 1, "next": None})
    object: Literal["list"] = "list"
    data: list[Generation]
    total: int
    next: str | None = Field(description="give it as ``after`` for the next page; null on the last")


class Project(Answer):
    name: str
    clips: int


class ProjectList(Answer):
    """Projects, the one with the newest clip first; at most 500."""

    model_config = shows({"object": "list", "data": [{"name": "Lighthouse", "clips": 12}]})
    object: Literal["list"] = "list"
    data: list[Project]


class Deleted(Answer):
    model_config = shows({"id": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t", "deleted": True})
    id: str
    deleted: Literal[True] = True


class EngineCard(Answer):
    """What an engine offers."""

    name: str
    tasks: list[str]
    min_seconds: float
    max_seconds: float
    resolutions: list[str]
    ratios: list[str]
    languages: list[str]
    sound: bool
    guided: bool
    references: list[str] = Field(description="kind/role pairs, such as image/first_frame")
    remote: bool
    step_seconds: float = Field(description="lengths come in steps of so many seconds; 0: any length")
    usd_per_second: float
    models: list[str] = Field(description="other model names that mean this engine")


class EngineList(Answer):
    model_config = shows(
        {
            "object": "list",
            "data": [
                {
                    "name": "fake",
                    "tasks": ["generate"],
                    "min_seconds": 4.0,
                    "max_seconds": 15.0,
                    "resolutions": list(media.RESOLUTIONS),
                    "ratios": list(media.RATIOS),
                    "languages": ["en"],
                    "sound": True,
                    "guided": False,
                    "references": [],
                    "remote": False,
                    "step_seconds": 0.0,
                    "usd_per_second": 0.0,
                    "models": [],
                }
            ],
        }
    )
    object: Literal["list"] = "list"
    data: list[EngineCard]


class Usage(Answer):
    """What a tenant made and spent in a month."""

    model_config = shows(
        {
            "month": "2026-11",
            "generations": {"succeeded": 12, "failed": 1},
            "seconds": 60.0,
            "spent": 1200000,
            "reserved": 0,
            "budget": {"monthly": 5000000, "hard": True, "credited": 0},
        }
    )
    month: str
    generations: dict[str, int]
    seconds: float
    spent: int = Field(description=MONEY)
    reserved: int = Field(description=MONEY)
    budget: dict[str, Any] | None


ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorBody, "description": "refused"},
    "5XX": {"model": ErrorBody, "description": "our fault"},
}
"""Documented with every route."""
