"""Other people's rights: leave to show a person, notices that a clip must go, legal holds, and a user's own wish to be
forgotten."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from pydantic import Field

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.library import lookup
from phonofilm.jobs.moderation import consents, takedown
from phonofilm.jobs.run import retention
from phonofilm.jobs.store.tables import Consent as ConsentRow
from phonofilm.jobs.store.tables import Notice as NoticeRow
from phonofilm.server import threads, words
from phonofilm.server.dialects.native import known
from phonofilm.server.errors import Refused
from phonofilm.server.files import serve
from phonofilm.votes import sittings

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

_CONSENT = {
    "id": "con_01k3v8f0qk7c3m4n5p6q7r8s9t", "object": "consent", "subject": "Ana Lopez", "scope": ["face"],
    "evidence": "release-2026-118.pdf",
    "created": 1795212345.2, "expires": None, "revoked": None,
}  # fmt: skip
_NOTICE = {
    "id": "ntc_01k3v8f0qk7c3m4n5p6q7r8s9t", "object": "notice", "generation": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t",
    "category": "likeness", "state": "open",
    "reporter": "ana@example.com", "reason": "It shows me and I never agreed.", "reviewer": None, "statement": None,
    "created": 1795212345.2,
    "due": 1795298745.2, "decided": None, "prompt": "Ana Lopez waves.",
    "files": ["/v1/admin/notices/ntc_01k3v8f0qk7c3m4n5p6q7r8s9t/files/0"],
}  # fmt: skip
Category = Literal[
    "intimate", "minors", "likeness", "violence", "hate", "deception", "privacy", "copyright", "trademark", "other"
]


class NewConsent(words.Body):
    """A person's leave."""

    model_config = words.shows({"subject": "Ana Lopez", "scope": ["face"], "evidence": "release-2026-118.pdf"})
    subject: Annotated[words.Text, Field(min_length=1, max_length=200)]
    scope: Annotated[list[Literal["face", "voice", "body"]], Field(min_length=1, max_length=3)]
    evidence: Annotated[words.Text, Field(max_length=4000)] = Field("", description="where the signed release is kept")
    expires: Annotated[words.Number, Field(gt=0, le=1e11)] | None = None


class Consent(words.Answer):
    model_config = words.shows(_CONSENT)
    id: str
    object: Literal["consent"] = "consent"
    subject: str
    scope: list[str]
    evidence: str
    created: float
    expires: float | None
    revoked: float | None


class ConsentList(words.Answer):
    model_config = words.shows({"object": "list", "data": [_CONSENT]})
    object: Literal["list"] = "list"
    data: list[Consent]


class Revoked(words.Answer):
    """What a revocation did."""

    model_config = words.shows(
        {"id": _CONSENT["id"], "removed": ["gen_01k3v8f0qk7c3m4n5p6q7r8s9t"], "stopped": [], "assets": []}
    )
    id: str
    removed: list[str] = Field(description="generations whose clips are gone")
    stopped: list[str] = Field(description="generations on their way that were stopped")
    assets: list[str]


class NewNotice(words.Body):
    """A clip that must go."""

    model_config = words.shows({name: _NOTICE[name] for name in ("generation", "reporter", "reason", "category")})
    generation: Annotated[words.Text, Field(max_length=64)]
    reporter: Annotated[
        words.Text, Field(min_length=1, max_length=200, description="who reports it and how to reach them")
    ]
    reason: Annotated[words.Text, Field(min_length=1, max_length=4000)]
    category: Category = "other"


class Receipt(words.Answer):
    """That a notice is on record."""

    model_config = words.shows({"id": _NOTICE["id"], "state": "open", "created": 1795212345.2, "due": 1795298745.2})
    id: str
    state: str
    created: float
    due: float


class Notice(words.Answer):
    model_config = words.shows(_NOTICE)
    id: str
    object: Literal["notice"] = "notice"
    generation: str
    category: str
    state: str
    reporter: str
    reason: str
    reviewer: str | None
    statement: dict[str, Any] | None
    created: float
    due: float
    decided: float | None
    prompt: str | None
    files: list[str] = Field(description="where to see what the notice is about, with a reviewer's key")


class NoticeList(words.Answer):
    model_config = words.shows({"object": "list", "data": [_NOTICE], "waiting": 1})
    object: Literal["list"] = "list"
    data: list[Notice]
    waiting: int


class NoticeDecision(words.Body):
    """What becomes of a notice."""

    model_config = words.shows(
        {
            "decision": "upheld",
            "facts": "The face is the reporter's; no consent is on record.",
            "ground": "terms of use 4.2",
        }
    )
    decision: Literal["upheld", "rejected"]
    facts: Annotated[words.Text, Field(min_length=1, max_length=4000)]
    ground: Annotated[words.Text, Field(max_length=1000)] = ""


class Hold(words.Body):
    """Set or lift a legal hold."""

    model_config = words.shows({"on": True, "note": "court order 2026/118"})
    on: bool
    note: Annotated[words.Text, Field(min_length=1, max_length=1000)]


class Held(words.Answer):
    model_config = words.shows({"id": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t", "legal_hold": True})
    id: str
    legal_hold: bool


class Forgotten(words.Answer):
    """What was deleted with a user."""

    model_config = words.shows({"keys": 1, "jobs": 4, "stopped": 0, "assets": 2, "held": 0, "votes": 12})
    keys: int
    jobs: int
    stopped: int
    assets: int
    held: int = Field(description="clips hidden but kept, under a legal hold")
    votes: int


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """Consents for tenants, notices for everybody, decisions for reviewers, holds and deletion for operators."""
    routes = APIRouter(prefix="/v1", tags=["rights"], responses=words.ERRORS)
    _leave(routes, service, auth)
    _reported(routes, service, auth)
    _kept(routes, service, auth)
    return routes


def _leave(routes: APIRouter, service: "Service", auth: "Auth") -> None:
    Reader = Annotated[Caller, Depends(auth.needs("read"))]
    Maker = Annotated[Caller, Depends(auth.needs("generate"))]

    def consent(row: ConsentRow) -> Consent:
        return Consent(**{name: getattr(row, name) for name in Consent.model_fields if name != "object"})

    @routes.post("/consents", status_code=201, summary="Put a person's leave on record")
    async def create_consent(body: Annotated[NewConsent, Body()], caller: Maker) -> Consent:
        """Assets that show or sound like this person name it; without one they are held."""

        def make() -> Consent:
            with service.db.session() as session:
                return consent(
                    consents.create(
                        session,
                        caller.tenant,
                        body.subject,
                        body.scope,
                        actor=caller.actor,
                        evidence=body.evidence,
                        expires=body.expires,
                    )
                )

        return await threads.run_sync(make)

    @routes.get("/consents", summary="Your consents")
    async def list_consents(caller: Reader) -> ConsentList:
        """Those that are over included, newest first."""

        def look() -> ConsentList:
            with service.db.reading() as session:
                return ConsentList(data=[consent(row) for row in consents.listed(session, caller.tenant)])

        return await threads.run_sync(look)

    @routes.delete("/consents/{consent_id}", summary="Withdraw a person's leave")
    async def revoke(consent_id: Annotated[str, Path(max_length=64)], caller: Maker) -> Revoked:
        """Jobs that use it stop, clips made with it are taken down, its assets are deleted."""
        done = await threads.run_sync(
            lambda: consents.revoke(service.db, service.bucket, caller.tenant, consent_id, actor=caller.actor)
        )
        return Revoked(id=consent_id, removed=list(done.removed), stopped=list(done.stopped), assets=list(done.assets))


def _reported(routes: APIRouter, service: "Service", auth: "Auth") -> None:
    Reviewer = Annotated[Caller, Depends(auth.needs("review"))]

    def notice(row: NoticeRow) -> Notice:
        found = lookup.evidence(service.db, row.job)
        same = {
            name: getattr(row, name)
            for name in Notice.model_fields
            if name not in ("object", "generation", "prompt", "files")
        }
        files = [f"/v1/admin/notices/{row.id}/files/{number}" for number in range(len(found.files))]
        return Notice(generation=row.job, prompt=found.prompt, files=files, **same)

    @routes.post("/notices", status_code=201, summary="Report a clip")
    async def report(body: Annotated[NewNotice, Body()]) -> Receipt:
        """Open to everybody, a few times a minute. A person decides by the time that the answer names; intimate
        pictures and minors first."""

        def make() -> Receipt:
            with service.db.session() as session:
                row = takedown.notify(session, known(body.generation), body.reporter, body.reason, body.category)
                return Receipt(id=row.id, state=row.state, created=row.created, due=row.due)

        return await threads.run_sync(make)

    @routes.get("/admin/notices", summary="Undecided notices")
    async def list_notices(caller: Reviewer, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> NoticeList:
        """The one due first on top."""

        def look() -> NoticeList:
            with service.db.reading() as session:
                return NoticeList(
                    data=[notice(row) for row in takedown.open_notices(session, limit)],
                    waiting=takedown.waiting(session),
                )

        return await threads.run_sync(look)

    media = {"video/mp4": {"schema": {"type": "string", "format": "binary"}}}

    @routes.get(
        "/admin/notices/{notice_id}/files/{number}",
        summary="What a notice is about",
        response_class=Response,
        responses={
            200: {"content": media, "description": "the file"},
            206: {"content": media, "description": "a range of it"},
        },
    )
    async def evidence(
        request: Request, notice_id: str, number: Annotated[int, Path(ge=0, le=100)], caller: Reviewer
    ) -> Response:
        """The clip, then the uploads it was made from; whoever decides must have seen them."""
        row = await threads.run_sync(takedown.find, service.db, notice_id)
        found = (
            None if row is None else await threads.run_sync(lookup.exhibit, service.db, service.bucket, row.job, number)
        )
        if found is None:
            raise Refused(404, "not_found", "there is no such file with this notice (any more)", field="number")
        return await serve(service.bucket, found, request, cache="no-store")

    @routes.post("/admin/notices/{notice_id}/decide", summary="Decide a notice")
    async def decide(notice_id: str, body: Annotated[NoticeDecision, Body()], caller: Reviewer) -> Notice:
        """Upheld, the clip and what was made of it go, and its pictures cannot come back. The statement of reasons is
        kept."""
        if not re.fullmatch(r"ntc_[a-z0-9]{1,40}", notice_id):
            raise Refused(404, "not_found", "there is no such notice", field="notice_id")

        def act() -> Notice:
            if body.decision == "upheld":
                return notice(
                    takedown.uphold(service.db, service.bucket, notice_id, caller.actor, body.facts, ground=body.ground)
                )
            return notice(takedown.reject(service.db, notice_id, caller.actor, body.facts, ground=body.ground))

        return await threads.run_sync(act)


def _kept(routes: APIRouter, service: "Service", auth: "Auth") -> None:
    Operator = Annotated[Caller, Depends(auth.needs("operate"))]

    @routes.put("/admin/generations/{generation}/hold", summary="Set or lift a legal hold")
    async def hold(generation: str, body: Annotated[Hold, Body()], caller: Operator) -> Held:
        """Held files are never destroyed, whoever asks; a clip taken down is hidden instead."""

        def act() -> Held:
            with service.db.session() as session:
                row = retention.hold(session, known(generation), body.on, actor=caller.actor, note=body.note)
                return Held(id=row.id, legal_hold=row.legal_hold)

        return await threads.run_sync(act)

    @routes.delete("/admin/tenants/{tenant}/users/{user:path}", summary="Forget a user")
    async def forget(
        tenant: Annotated[str, Path(max_length=63)], user: Annotated[str, Path(max_length=120)], caller: Operator
    ) -> Forgotten:
        """Keys revoked, jobs stopped, clips, uploads and votes deleted, the name replaced by a mark that leads
        nowhere."""
        votes = await threads.run_sync(lambda: sittings.forget(service.db, tenant, user, actor=caller.actor))
        counts = await threads.run_sync(
            lambda: retention.delete_user(service.db, service.bucket, tenant, user, actor=caller.actor)
        )
        auth.forget()
        return Forgotten(**counts, votes=votes)
