"""The review desk: what a person must decide, taken one at a time, decided with a reason, and appealed to somebody
else."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from pydantic import Field

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.library import lookup
from phonofilm.jobs.moderation import appeal, review
from phonofilm.jobs.run import queue
from phonofilm.jobs.store.tables import Review as ReviewRow
from phonofilm.server import threads, words
from phonofilm.server.errors import Refused
from phonofilm.server.files import serve

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.tables import Review as Row
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

Stage = Literal["admit", "release", "asset", "appeal", "outcome"]
_EXAMPLE = {
    "id": "rev_01k3v8f0qk7c3m4n5p6q7r8s9t", "object": "review", "tenant": "main",
    "subject": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t", "stage": "admit",
    "reasons": [{"category": "violence", "severity": "medium", "where": "prompt", "detail": "knife"}], "risk": 50,
    "state": "leased", "reviewer": "ana",
    "lease_until": 1795213245.2, "decision": None, "note": "", "votes": [], "needed": 1, "appeal_of": None,
    "created": 1795212345.2, "due": 1795298745.2,
    "decided": None, "prompt": "A knife on a table.", "files": [],
}  # fmt: skip


class Review(words.Answer):
    """A case before a person."""

    model_config = words.shows(_EXAMPLE)
    id: str
    object: Literal["review"] = "review"
    tenant: str
    subject: str = Field(description="a generation's or an asset's id")
    stage: Stage
    reasons: list[dict[str, Any]]
    risk: int
    state: Literal["pending", "leased", "decided"]
    reviewer: str | None
    lease_until: float | None
    decision: str | None
    note: str
    votes: list[dict[str, Any]]
    needed: int = Field(
        description=(
            "reviewers who must agree before it is published; fewer than two where there are not as many besides the"
            " owner"
        )
    )
    appeal_of: str | None
    created: float
    due: float
    decided: float | None
    prompt: str | None
    files: list[str] = Field(description="where to see what is to be judged, with a reviewer's key")


class ReviewList(words.Answer):
    model_config = words.shows({"object": "list", "data": [_EXAMPLE], "waiting": 1})
    object: Literal["list"] = "list"
    data: list[Review]
    waiting: int


class Lease(words.Body):
    """Which case to take."""

    model_config = words.shows({"stages": ["admit", "release"]})
    review: Annotated[words.Text, Field(max_length=64)] | None = Field(
        None, description="this one; left out, the most urgent this reviewer may decide"
    )
    stages: Annotated[list[Stage], Field(max_length=5)] = Field(default=[])


class Decision(words.Body):
    """A reviewer's word."""

    model_config = words.shows({"decision": "block", "note": "shows a real person without consent"})
    decision: Literal["publish", "block", "retry", "settle"] = Field(
        description="retry and settle answer an unknown outcome"
    )
    note: Annotated[words.Text, Field(max_length=4000)] = Field(
        "", description="the reason; needed for everything but publish, and told to the owner"
    )


class Appeal(words.Body):
    """Why a decision is wrong."""

    model_config = words.shows({"note": "The knife is a butter knife in a cooking lesson."})
    note: Annotated[words.Text, Field(min_length=1, max_length=4000)]


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """The desk's routes (scope ``review``) and the owner's way to it (scope ``generate``)."""
    routes = APIRouter(prefix="/v1", tags=["review"], responses=words.ERRORS)
    _deciding(routes, service, auth)
    _appealing(routes, service, auth)
    return routes


def _shown(service: "Service", row: "Row", *, whole: bool = False) -> Review:
    prompt, files = None, []
    if whole:
        found = lookup.evidence(service.db, row.subject)
        prompt, files = (
            found.prompt,
            [f"/v1/admin/reviews/{row.id}/files/{number}" for number in range(len(found.files))],
        )
    same = {
        name: getattr(row, name) for name in Review.model_fields if name not in ("object", "needed", "prompt", "files")
    }
    with service.db.reading() as session:
        needed = review.votes_needed(session, row)
    return Review(**same, needed=needed, prompt=prompt, files=files)


def _deciding(routes: APIRouter, service: "Service", auth: "Auth") -> None:
    Reviewer = Annotated[Caller, Depends(auth.needs("review"))]

    @routes.get("/admin/reviews", summary="What waits for a decision")
    async def every(
        caller: Reviewer,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        stage: Annotated[list[Stage] | None, Query(max_length=5)] = None,
    ) -> ReviewList:
        """Most urgent first: by risk, and by how much of its time is gone."""

        def look() -> ReviewList:
            with service.db.reading() as session:
                rows = review.queue(session, stages=stage or (), limit=limit)
                return ReviewList(data=[_shown(service, row) for row in rows], waiting=review.waiting(session))

        return await threads.run_sync(look)

    @routes.post(
        "/admin/reviews/lease",
        summary="Take a case",
        response_model=Review,
        responses={204: {"description": "nothing for this reviewer"}},
    )
    async def lease(body: Annotated[Lease, Body()], caller: Reviewer) -> Review | Response:
        """For a quarter of an hour; again for as long. Nobody gets their own work, nor the appeal against their own
        decision, unless nobody else has a key for reviews; and what may show minors not even then."""

        def take() -> Review | Response:
            row = review.lease(service.db, caller.actor, review_id=body.review, stages=body.stages)
            return Response(status_code=204) if row is None else _shown(service, row, whole=True)

        return await threads.run_sync(take)

    media = {"video/mp4": {"schema": {"type": "string", "format": "binary"}}}

    @routes.get(
        "/admin/reviews/{review_id}/files/{number}",
        summary="What is to be judged",
        response_class=Response,
        responses={
            200: {"content": media, "description": "the file"},
            206: {"content": media, "description": "a range of it"},
        },
    )
    async def evidence(
        request: Request, review_id: str, number: Annotated[int, Path(ge=0, le=100)], caller: Reviewer
    ) -> Response:
        """A held clip, a reference or an upload; ranges work. Nobody else can see it."""
        row = await threads.run_sync(_row, service, _known(review_id))
        found = await threads.run_sync(lookup.exhibit, service.db, service.bucket, row.subject, number)
        if found is None:
            raise Refused(404, "not_found", "there is no such file in this case (any more)", field="number")
        return await serve(service.bucket, found, request, cache="no-store")

    @routes.post("/admin/reviews/{review_id}/release", summary="Put a case back")
    async def give_back(review_id: str, caller: Reviewer) -> Review:
        """Without a decision."""

        def release() -> Review:
            review.give_back(service.db, caller.actor, _known(review_id))
            return _shown(service, _row(service, review_id))

        return await threads.run_sync(release)

    @routes.post("/admin/reviews/{review_id}/decide", summary="Decide a case")
    async def decide(review_id: str, body: Annotated[Decision, Body()], caller: Reviewer) -> Review:
        """A waiting job goes on, or ends, at once. Where two must agree, the first publish puts the case back for
        another reviewer."""

        def act() -> Review:
            wake = lambda job, decision: queue.wake(service.db, service.config, job, decision)  # noqa: E731
            return _shown(
                service, review.decide(service.db, caller.actor, _known(review_id), body.decision, body.note, wake=wake)
            )

        return await threads.run_sync(act)


def _appealing(routes: APIRouter, service: "Service", auth: "Auth") -> None:
    makes = auth.needs("generate")

    def appealed(caller: Caller, subject: str, note: str) -> Review:
        return _shown(service, appeal.appeal(service.db, caller, subject, note))

    @routes.post("/generations/{generation}/appeal", status_code=201, summary="Appeal against a refusal")
    async def appeal_generation(
        generation: str, body: Annotated[Appeal, Body()], caller: Annotated[Caller, Depends(makes)]
    ) -> Review:
        """Once; another reviewer decides."""
        return await threads.run_sync(appealed, caller, generation, body.note)

    @routes.post("/assets/{asset}/appeal", status_code=201, summary="Appeal against a blocked file")
    async def appeal_asset(
        asset: str, body: Annotated[Appeal, Body()], caller: Annotated[Caller, Depends(makes)]
    ) -> Review:
        """Once; another reviewer decides."""
        return await threads.run_sync(appealed, caller, asset, body.note)


def _known(review_id: str) -> str:
    if not re.fullmatch(r"rev_[a-z0-9]{1,40}", review_id):
        raise Refused(404, "not_found", "there is no such review", field="review_id")
    return review_id


def _row(service: "Service", review_id: str) -> ReviewRow:
    with service.db.reading() as session:
        row = session.get(ReviewRow, review_id)
    if row is None:
        raise Refused(404, "not_found", "there is no such review", field="review_id")
    return row
