"""Who leads by the pairs people voted on: engines, and takes of one prompt. And the same votes as lines a reward model
learns from."""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from phonofilm.jobs.store.tables import Job, Output
from phonofilm.votes.pairs import Ballot, Standing, lead, standings, within
from phonofilm.votes.tables import Vote

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database

_BATCH = 500


class Take(NamedTuple):
    """How a take stands among the takes of its prompt. Without an interval: few votes lie behind one."""

    script_hash: str
    generation: str
    score: float
    votes: int
    wins: float


@dataclass(frozen=True)
class Ranking:
    """Of one tenant's votes."""

    engines: list[Standing]
    takes: list[Take]
    """Best first."""
    votes: int
    voters: int
    settled: bool
    """More votes would not change who leads."""
    verdict: str


def ranking(db: Database, tenant: str, *, samples: int = 200) -> Ranking:
    """The standings as they are now. Pairs of one engine count for its takes alone; clips that are gone still speak for
    their engine."""
    columns = (Vote.user, Vote.left, Vote.right, Vote.left_engine, Vote.right_engine, Vote.choice, Vote.script_hash)
    with db.reading() as session:
        rows = session.execute(
            select(*columns).where(Vote.tenant == tenant, Vote.kind == "pair").order_by(Vote.id)
        ).all()
    engines = [Ballot(user, one, str(other), str(choice)) for user, _, _, one, other, choice, _ in rows if one != other]
    prompts: dict[str, list[Ballot]] = defaultdict(list)
    for user, left, right, _, _, choice, script in rows:
        prompts[script].append(Ballot(user, left, str(right), str(choice)))
    ranked = standings(engines, samples=samples)
    done, verdict = lead(engines, [one.name for one in ranked])
    takes = [Take(script, *one) for script, group in zip(prompts, within(list(prompts.values()))) for one in group]
    takes.sort(key=lambda one: (-one.score, one.generation))
    return Ranking(ranked, takes, len(rows), len({row[0] for row in rows}), done, verdict)


def shown(db: Database, found: Ranking, most: int) -> list[tuple[Job, Take]]:
    """The best ``most`` takes that are still there."""
    fine = (Job.state == "succeeded", Job.delete_requested.is_(False))
    with db.reading() as session:
        there = set(session.scalars(select(Job.id).where(Job.id.in_([one.generation for one in found.takes]), *fine)))
        best = [one for one in found.takes if one.generation in there][:most]
        jobs = {job.id: job for job in session.scalars(select(Job).where(Job.id.in_([one.generation for one in best])))}
    return [(jobs[one.generation], one) for one in best]


def pairs(db: Database, tenant: str | None = None) -> Iterator[dict[str, Any]]:
    """Each vote on a pair as one line: prompt, both clips with their files, who was chosen, and by whom: a mark that is
    the same for all of one person's votes in this export, another in the next, and leads back to nobody.

    Votes on clips that are gone are left out, for there is nothing to learn from.
    """
    after, salt = "", secrets.token_hex(16)
    while True:
        with db.reading() as session:
            asked = select(Vote).where(Vote.kind == "pair", Vote.id > after).order_by(Vote.id).limit(_BATCH)
            votes = list(session.scalars(asked.where(Vote.tenant == tenant) if tenant else asked))
            clips = {clip for vote in votes for clip in (vote.left, vote.right) if clip}
            jobs = {
                job.id: job
                for job in session.scalars(
                    select(Job).where(Job.id.in_(clips), Job.state == "succeeded", Job.delete_requested.is_(False))
                )
            }
            files = {
                row.job: row
                for row in session.scalars(select(Output).where(Output.job.in_(jobs), Output.name == "video.mp4"))
            }
        if not votes:
            return
        after = votes[-1].id
        for vote in votes:
            left, right = jobs.get(vote.left), jobs.get(vote.right or "")
            if left is None or right is None or left.id not in files or right.id not in files:
                continue
            yield {
                "vote": vote.id,
                "prompt": left.request.get("prompt", ""),
                "script_hash": vote.script_hash,
                "left": _clip(left, vote.left_engine, files[left.id]),
                "right": _clip(right, vote.right_engine or "", files[right.id]),
                "choice": vote.choice,
                "voter": hashlib.sha256(f"{salt}/{vote.tenant}/{vote.user}".encode()).hexdigest()[:16],
                "created": vote.created,
                "playback": vote.playback,
            }


def _clip(job: Job, engine: str, file: Output) -> dict[str, Any]:
    return {
        "generation": job.id,
        "engine": engine,
        "seed": job.seed,
        "file": file.key,
        "sha256": file.sha256,
        "seconds": (job.result or {}).get("seconds"),
    }
