"""Notes on frames of a shared clip: left by whoever has a link, read, settled and deleted by the clip's owner."""

import re
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import Field

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.library import notes
from phonofilm.server import threads, words
from phonofilm.server.dialects.native import known
from phonofilm.server.errors import Refused
from phonofilm.server.routes.shares import secret
from phonofilm.spec import clock

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.tables import ShareNote as Row
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

_NOTE = {
    "id": "nte_01k3v8f0qk7c3m4n5p6q7r8s9t", "object": "note", "share": "shr_01k3v8f0qk7c3m4n5p6q7r8s9t", "frame": 36,
    "seconds": 1.5, "shot": 1,
    "author": "Mia", "text": "Could the ball come in a little later?", "created": 1795212399.1, "resolved": False,
}  # fmt: skip


class NewNote(words.Body):
    """A note to be left. ``author`` is whatever you want to be called; nothing else is kept of you."""

    model_config = words.shows({"frame": 36, "text": "Could the ball come in a little later?", "author": "Mia"})
    frame: Annotated[words.Whole, Field(ge=0, le=100_000)] = Field(description="from 0")
    text: Annotated[words.Text, Field(max_length=2 * notes.LONGEST)] = Field(
        description=f"at most {notes.LONGEST:,} characters are kept"
    )
    author: Annotated[words.Text, Field(max_length=2 * notes.LONGEST_NAME)] = ""


class NoteChange(words.Body):
    model_config = words.shows({"resolved": True})
    resolved: bool


class Note(words.Answer):
    """What somebody wrote about a frame."""

    model_config = words.shows(_NOTE)
    id: str
    object: Literal["note"] = "note"
    share: str | None = Field(description="the link it was left over; told to the clip's owner alone")
    frame: int
    seconds: float = Field(description="where the frame is")
    shot: int = Field(description="of the script, from 1: the one that shows the frame")
    author: str
    text: str
    created: float
    resolved: bool


class NoteList(words.Answer):
    """Notes in the order of their frames."""

    model_config = words.shows({"object": "list", "data": [_NOTE]})
    object: Literal["list"] = "list"
    data: list[Note]


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """Two routes open to whoever has a link, three for the clip's tenant."""
    routes = APIRouter(prefix="/v1", tags=["shares"], responses=words.ERRORS)
    reads, makes = auth.needs("read"), auth.needs("generate")

    def shown(row: "Row", *, owner: bool) -> Note:
        return Note(
            id=row.id,
            share=row.share if owner else None,
            frame=row.frame,
            seconds=round(clock.frame_time(row.frame), 4),
            shot=row.shot,
            author=row.author,
            text=row.text,
            created=row.created,
            resolved=row.resolved is not None,
        )

    @routes.get("/shared/{token}/notes", summary="The notes left over a link")
    async def over(request: Request, response: Response, token: str) -> NoteList:
        """Open to whoever has the link; 410 once it has expired or was taken back."""
        auth.limits.look(request.client.host if request.client else "", settings.looks_per_minute)
        rows = await threads.run_sync(notes.over, service.db, secret(token))
        response.headers.update(
            {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
        )
        return NoteList(data=[shown(row, owner=False) for row in rows])

    @routes.post("/shared/{token}/notes", status_code=201, summary="Leave a note on a frame")
    async def leave(token: str, body: Annotated[NewNote, Body()]) -> Note:
        """Open to whoever has the link, a few times a minute, where it takes notes (403). Its words are held to the
        rules of a prompt's (400)."""
        row = await threads.run_sync(
            lambda: notes.leave(
                service.db, service.tools, secret(token), frame=body.frame, text=body.text, author=body.author
            ),
            lane="media",
        )
        return shown(row, owner=False)

    @routes.get("/generations/{generation}/notes", summary="The notes on a clip")
    async def of(generation: str, caller: Annotated[Caller, Depends(reads)]) -> NoteList:
        """Over all its links, ended ones included for 30 days; a link that is taken back takes its notes along."""
        rows = await threads.run_sync(notes.of, service.db, caller, known(generation))
        return NoteList(data=[shown(row, owner=True) for row in rows])

    @routes.patch("/notes/{note}", summary="Mark a note as done, or open again")
    async def settle(note: str, body: Annotated[NoteChange, Body()], caller: Annotated[Caller, Depends(makes)]) -> Note:
        """Whoever has the link sees that too."""
        return shown(await threads.run_sync(notes.settle, service.db, caller, _known(note), body.resolved), owner=True)

    @routes.delete("/notes/{note}", summary="Delete a note")
    async def delete(note: str, caller: Annotated[Caller, Depends(makes)]) -> words.Deleted:
        """For everybody."""
        await threads.run_sync(notes.remove, service.db, caller, _known(note))
        return words.Deleted(id=note)

    return routes


def _known(note: str) -> str:
    if not re.fullmatch(r"nte_[a-z0-9]{1,40}", note):
        raise Refused(404, "not_found", "there is no such note; ids look like nte_01k3v8f0...", field="note")
    return note
