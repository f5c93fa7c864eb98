"""/v1/generations/{id}/judgement: a finished take against its prompt, and its rank among the takes of the same words.

The judges need torch, which a server does without: ``phonofilm judge`` runs in a process of its own, one at a time. Its
report lies beside the clip's other files and goes with them; another version of the judges judges anew.
"""

import importlib.util
import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.lifecycle.recovery import place
from phonofilm.server import threads, words
from phonofilm.server.dialects.native import known
from phonofilm.server.errors import Refused
from phonofilm.spec.version import VERSION

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.tables import Job
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

log = logging.getLogger("phonofilm.server")
NEEDED = "torch"
LIMIT = 180.0
"""Seconds the judges may take: far beyond what they take, even on a machine that is busy with other things."""
MOST_TAKES = 20
"""The newest takes of the same words that are ranked."""
_CHECK = {"what": "hour night", "shot": 1, "verdict": "kept", "found": "hour night", "sure": 0.93}
_SHARE = {"score": 1.0, "kept": 1, "missed": 0, "not_judged": 0}


class TakeCheck(words.Answer):
    """One thing the prompt asks of the clip."""

    what: str = Field(description="such as: colour red; cut at 2.00 s")
    shot: int = Field(description="counted from 1; 0 for the whole clip")
    verdict: Literal["kept", "missed", "not judged"]
    found: str = Field(description="what is there instead, or why nothing is said")
    sure: float = Field(description="0 to 1; below what was measured to be reliable it is not judged")


class Kept(words.Answer):
    """How much of a prompt a take keeps."""

    score: float | None = Field(description="share kept of what was judged; null where nothing was")
    kept: int
    missed: int
    not_judged: int


class TakeReport(Kept):
    """What the judges say of one take."""

    checks: list[TakeCheck]


class JudgedTake(Kept):
    """A judged take among those of the same words."""

    id: str


class Judgement(words.Answer):
    """What the judges say of a take, and how it stands among the others."""

    model_config = words.shows(
        {
            "id": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t",
            "object": "judgement",
            "report": {**_SHARE, "checks": [_CHECK]},
            "takes": [{**_SHARE, "id": "gen_01k3v8f0qk7c3m4n5p6q7r8s9t"}],
            "waiting": 1,
        }
    )
    id: str
    object: Literal["judgement"] = "judgement"
    report: TakeReport | None = Field(description="null where nobody has asked for it yet: POST does")
    takes: list[JudgedTake] = Field(
        description=f"of the newest {MOST_TAKES} takes of the same words those that are judged, the best first"
    )
    waiting: int = Field(description="of those the ones that are not judged yet")


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """Scope ``read`` to see a judgement, ``generate`` to have one made."""
    routes = APIRouter(prefix="/v1", tags=["generations"], responses=words.ERRORS)

    @routes.get("/generations/{generation}/judgement", summary="What the judges said of a take")
    async def see(
        generation: str, response: Response, caller: Annotated[Caller, Depends(auth.needs("read"))]
    ) -> Judgement:
        """What holds of the prompt, what does not, and what no judge here can tell; and the ranking of the takes of the
        same words."""
        response.headers["Cache-Control"] = "no-store"
        return await threads.run_sync(
            lambda: _told(service, caller, _finished(service, caller, generation)), lane="media"
        )

    @routes.post("/generations/{generation}/judgement", summary="Have a take judged")
    async def ask(
        generation: str, response: Response, caller: Annotated[Caller, Depends(auth.needs("generate"))]
    ) -> Judgement:
        """Takes some seconds the first time; afterwards the same report is given again. Refused (409) for what is not
        finished, and for edits and extensions, whose words do not say what the whole clip shows; 503 where the server
        has no judges."""
        response.headers["Cache-Control"] = "no-store"
        job = await threads.run_sync(_finished, service, caller, generation)
        if await threads.run_sync(_kept, service, job, lane="media") is None:
            await threads.run_sync(_judge, service, caller, job, lane="judge")
        return await threads.run_sync(_told, service, caller, job, lane="media")

    return routes


def _finished(service: "Service", caller: Caller, generation: str) -> "Job":
    """A take that can be judged. Raises JobError not_found, Refused (409)."""
    job = service.get(caller, known(generation))
    if job.state != "succeeded":
        raise Refused(
            409, "conflict", f"it is {job.state}; only a clip that has succeeded can be judged", field="generation"
        )
    if job.request.get("task", "generate") != "generate":
        raise Refused(
            409,
            "conflict",
            "an edit or extension cannot be judged: its words do not say what the whole clip shows",
            field="generation",
        )
    return job


def _key(job: "Job") -> str:
    return f"{place(job.tenant, job.created, job.id)}/judgement-{VERSION}.json"


def _kept(service: "Service", job: "Job") -> dict[str, Any] | None:
    """The report that lies beside the clip, if there is one."""
    key = _key(job)
    found: dict[str, Any] | None = json.loads(service.bucket.read(key)) if service.bucket.exists(key) else None
    return found


def _told(service: "Service", caller: Caller, job: "Job") -> Judgement:
    takes, _ = service.list(caller, limit=MOST_TAKES, states=("succeeded",), take_of=job.id)
    reports = {one.id: _kept(service, one) for one in takes if one.request.get("task", "generate") == "generate"}
    mine = reports[job.id] if job.id in reports else _kept(service, job)
    judged = ranked({ident: report for ident, report in reports.items() if report})
    return Judgement(
        id=job.id, report=TakeReport(**mine) if mine else None, takes=judged, waiting=len(reports) - len(judged)
    )


def ranked(reports: dict[str, dict[str, Any]]) -> list[JudgedTake]:
    """By the share kept, then by how many checks that is, as ``phonofilm judge`` ranks files; what could not be judged
    comes last."""
    takes = [JudgedTake(id=ident, **{name: report[name] for name in _SHARE}) for ident, report in reports.items()]
    return sorted(takes, key=lambda one: (-1.0 if one.score is None else one.score, one.kept), reverse=True)


def _judge(service: "Service", caller: Caller, job: "Job") -> None:
    """Have the report made and put beside the clip. Raises Refused (409, 503), StorageError."""
    if _kept(service, job) is not None:  # somebody asked while this waited
        return
    if importlib.util.find_spec(NEEDED) is None:
        message = (
            f"this server has no judges: they need the package {NEEDED}; have its operator install it with: pip install"
            " 'phonofilm[native]'"
        )
        raise Refused(503, "engine_unavailable", message)
    clip = service.output(caller, job.id, "video.mp4")
    with tempfile.TemporaryDirectory(prefix="phonofilm-judge-", ignore_cleanup_errors=True) as folder:
        path = service.bucket.get(clip.key, Path(folder) / "video.mp4")
        command = [sys.executable, "-P", "-m", "phonofilm", "judge", str(path), "--prompt", "-", "--json"]
        try:  # the words by its standard input: command lines are seen by everybody on the machine
            done = subprocess.run(
                command, input=job.request["prompt"], capture_output=True, encoding="utf-8", timeout=LIMIT, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise Refused(
                503, "engine_unavailable", f"the judges took longer than {LIMIT:.0f} s; try again later", retry_after=60
            ) from error
    if done.returncode:
        log.warning("judging %s ended with %d: %s", job.id, done.returncode, done.stderr[-2000:])
        if done.returncode == 2:
            raise Refused(
                409,
                "conflict",
                "the judges cannot read this clip or its words; make another take of it",
                field="generation",
            )
        raise Refused(503, "engine_unavailable", "the judges failed; try again later", retry_after=60)
    (row,) = json.loads(done.stdout)
    report = TakeReport(**{name: row[name] for name in (*_SHARE, "checks")})
    service.bucket.put(_key(job), report.model_dump_json().encode(), "application/json")
    try:
        _finished(service, caller, job.id)
    except Exception:  # deleted in the meantime, and its files are swept already
        service.bucket.delete(_key(job))
        raise
