"""Sittings: what one person is shown, in which order, what is checked first, and each vote as it comes in."""

from __future__ import annotations

import io
import itertools
import random
import wave
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.locks import changed
from phonofilm.jobs.store.tables import Job
from phonofilm.votes.tables import Sitting, Study, Vote

if TYPE_CHECKING:
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.store.database import Database

MOST_PAIRS = 50
LOOKED_AT = 5_000
"""Clips, the newest first, among which pairs are sought."""
OF_ONE_PROMPT = 24
"""Takes of one prompt, drawn by chance, that are paired with each other."""
LEAST_SCREEN = (640, 360)
"""CSS pixels that the picture is shown in at least, so that a clip of 480p is not judged as a thumbnail."""
WATCHED_PAIR, WATCHED_RATING = 0.5, 0.95
"""How much of a clip must have been played, with sound, before a vote on it counts."""
_RATE = 24_000
_rng = random.SystemRandom()


def begin_arena(db: Database, caller: Caller, pairs: int = 10) -> Sitting:
    """A sitting of up to ``pairs`` (1 to 50) pairs of takes of one prompt, of different engines where there are such,
    least voted on first, sides by chance.

    Raises JobError conflict where there is nothing to vote on (any more).
    """
    caller.needs("read")
    with db.session() as session:
        chosen = _pairs(session, caller, pairs)
        if not chosen:
            raise JobError(
                "conflict",
                "there are no two takes of one prompt that you have not voted on; make the prompt with another engine"
                " or seed",
            )
        items = [{"role": "pair", "left": left, "right": right} for left, right in chosen]
        return _begin(session, caller, "arena", None, items, {}, opened=now())


def begin_rating(db: Database, caller: Caller, study_id: str) -> Sitting:
    """A sitting through a study's clips: training first, the rest by chance and no two of one prompt in a row where
    that can be, traps between them.

    It opens with :func:`check`. Raises JobError not_found, conflict for a study that is closed or whose clips are gone.
    """
    caller.needs("read")
    with db.session() as session:
        study = session.get(Study, study_id)
        if study is None or study.tenant != caller.tenant:
            raise JobError("not_found", f"there is no study {study_id[:80]}")
        if study.closed is not None:
            raise JobError("conflict", "this study is closed; nobody rates in it any more")
        jobs = {
            job.id: job
            for job in session.scalars(select(Job).where(Job.id.in_([one["generation"] for one in study.clips])))
            if _there(job)
        }
        clips = [one for one in study.clips if one["generation"] in jobs]
        if not clips:
            raise JobError("conflict", "the clips of this study are gone; close it")
        first = [one for one in clips if one["role"] == "training"]
        rest = [one for one in clips if one["role"] != "training"]
        _rng.shuffle(first)
        order = _apart(rest, lambda one: jobs[one["generation"]].script_hash)
        items = [{"role": one["role"], "left": one["generation"]} for one in (*first, *order)]
        tested = [one["generation"] for one in rest if one["role"] == "test"] or [one["generation"] for one in clips]
        for _ in range(study.traps):
            trap = {"role": "trap", "left": _rng.choice(tested), "asked": _rng.randint(1, 5)}
            items.insert(_rng.randint(min(len(first) + 1, len(items)), len(items)), trap)
        return _begin(session, caller, "rating", study_id, items, {"beeps": _rng.randint(2, 5)}, opened=None)


def beeps(sitting: Sitting) -> bytes:
    """The sound check as a WAV: as many beeps as nobody but the server and whoever hears them knows. Mono, 24 kHz."""
    time = np.arange(int(0.18 * _RATE)) / _RATE
    beep = np.concatenate([0.4 * np.sin(2 * np.pi * 880 * time) * np.hanning(len(time)), np.zeros(int(0.32 * _RATE))])
    sound = np.concatenate([np.zeros(int(0.3 * _RATE)), *[beep] * int(sitting.checks.get("beeps", 3))])
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, _RATE, 0, "NONE", "not compressed"))
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return out.getvalue()


def check(db: Database, caller: Caller, sitting_id: str, *, heard: int, screen: dict[str, Any]) -> Sitting:
    """Open a rating sitting: the beeps ``heard`` and the ``screen`` ({"width", "height"} of the picture in CSS pixels,
    "scale") are held to what is needed.

    Raises JobError invalid_parameter (``heard``, ``screen``); a wrong count of beeps may be tried again, each time with
    another number.
    """
    with db.session() as session:
        sitting = mine(session, caller, sitting_id)
        _open(sitting)
        if sitting.kind != "rating":
            raise JobError("conflict", "pairs need no check; vote")
        if screen["width"] < LEAST_SCREEN[0] or screen["height"] < LEAST_SCREEN[1]:
            has, needs = f"{screen['width']} x {screen['height']}", f"{LEAST_SCREEN[0]} x {LEAST_SCREEN[1]}"
            raise JobError(
                "invalid_parameter",
                f"the picture is {has} here and must be {needs} at least; make the window larger",
                field="screen",
            )
        right = heard == sitting.checks["beeps"]
        if right:
            sitting.checks = {**sitting.checks, "screen": screen}
            sitting.opened = now()
        else:
            sitting.checks = {
                **sitting.checks,
                "beeps": _rng.randint(2, 5),
                "missed": int(sitting.checks.get("missed", 0)) + 1,
            }
    if not right:
        told = (
            "that was not the number of beeps; turn the sound on and listen once more, there may be another number now"
        )
        raise JobError("invalid_parameter", told, field="heard")
    return sitting


def upcoming(session: Session, sitting: Sitting) -> tuple[int | None, int]:
    """The next item, None where nothing is left, and how many have been voted on. What is gone meanwhile is passed
    over."""
    done = set(session.scalars(select(Vote.item).where(Vote.sitting == sitting.id)))
    waiting = [place for place in range(len(sitting.items)) if place not in done]
    clips = {clip for place in waiting for clip in _clips(sitting.items[place])}
    there = {job.id for job in session.scalars(select(Job).where(Job.id.in_(clips))) if _there(job)}
    return next((place for place in waiting if _clips(sitting.items[place]) <= there), None), len(done)


def vote(
    db: Database,
    caller: Caller,
    sitting_id: str,
    item: int,
    *,
    choice: str | None = None,
    score: int | None = None,
    playback: dict[str, Any],
) -> Sitting:
    """Keep a vote. Raises JobError: not_found; conflict for one cast already and in a sitting that is closed or not
    opened; removed for a clip that is gone; invalid_parameter where it does not fit what was shown, or the clip was not
    watched with sound.
    """
    with db.session() as session:
        sitting = mine(session, caller, sitting_id)
        _open(sitting)
        if sitting.opened is None:
            raise JobError("conflict", "screen and sound are checked first")
        if not 0 <= item < len(sitting.items):
            raise JobError(
                "invalid_parameter", f"this sitting has the items 0 to {len(sitting.items) - 1}", field="item"
            )
        shown = sitting.items[item]
        pair = "right" in shown
        if (choice is None) == pair or (score is None) != pair:
            raise JobError(
                "invalid_parameter", "a pair takes a choice, a clip takes a score", field="choice" if pair else "score"
            )
        if session.scalar(select(Vote.id).where(Vote.sitting == sitting_id, Vote.item == item)) is not None:
            raise JobError("conflict", "you have voted on this already; a vote stands", field="item")
        left, right = session.get(Job, shown["left"]), session.get(Job, shown["right"]) if pair else None
        if left is None or not _there(left) or (pair and (right is None or not _there(right))):
            raise JobError(
                "removed", "a clip was taken down meanwhile and is not voted on; go on to the next", field="item"
            )
        _watched([left, *([right] if right else [])], playback, WATCHED_PAIR if pair else WATCHED_RATING)
        row = Vote(
            id=new_id("vot"),
            tenant=caller.tenant,
            user=caller.user,
            sitting=sitting_id,
            study=sitting.study,
            item=item,
            kind="pair" if pair else "rating",
            role=shown["role"],
            left=left.id,
            right=right.id if right else None,
            left_engine=left.engine,
            right_engine=right.engine if right else None,
            script_hash=left.script_hash,
            pair=key_of(left.id, right.id) if right else None,
            choice=choice,
            score=score,
            playback=playback,
            created=now(),
        )
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:
            raise JobError("conflict", "you have voted on this already; a vote stands", field="item") from error
        if upcoming(session, sitting)[0] is None:
            sitting.closed = now()
        return sitting


def close(db: Database, caller: Caller, sitting_id: str) -> Sitting:
    """No more votes in it; those cast stay."""
    with db.session() as session:
        sitting = mine(session, caller, sitting_id)
        sitting.closed = sitting.closed or now()
        return sitting


def mine(session: Session, caller: Caller, sitting_id: str) -> Sitting:
    """The caller's own sitting. JobError not_found for anybody else's."""
    row = session.get(Sitting, sitting_id)
    if row is None or row.tenant != caller.tenant or row.user != caller.user:
        raise JobError("not_found", f"there is no sitting {sitting_id[:80]} of yours")
    return row


def forget(db: Database, tenant: str, user: str, *, actor: str) -> int:
    """Delete every vote and sitting of a user, who leaves; his studies stay, without his name. Returns the votes
    deleted."""
    with db.session() as session:
        gone = changed(session, delete(Vote).where(Vote.tenant == tenant, Vote.user == user))
        session.execute(delete(Sitting).where(Sitting.tenant == tenant, Sitting.user == user))
        for study in session.scalars(select(Study).where(Study.tenant == tenant, Study.user == user)):
            study.user = ""
        audit.record(session, actor, "votes.forget", tenant, {"votes": gone})
        return gone


def key_of(one: str, other: str) -> str:
    """Two clips, whichever stands on the left."""
    return " ".join(sorted((one, other)))


def _pairs(session: Session, caller: Caller, most: int) -> list[tuple[str, str]]:
    rows = session.execute(
        select(Job.id, Job.script_hash, Job.engine)
        .where(
            Job.tenant == caller.tenant,
            Job.state == "succeeded",
            Job.delete_requested.is_(False),
            Job.script_hash != "",
        )
        .order_by(Job.id.desc())
        .limit(LOOKED_AT)
    ).all()
    takes: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for ident, script, engine in rows:
        takes[script].append((ident, engine))
    voted = set(
        session.scalars(
            select(Vote.pair).where(Vote.tenant == caller.tenant, Vote.user == caller.user, Vote.kind == "pair")
        )
    )
    counted = (
        select(Vote.pair, func.count()).where(Vote.tenant == caller.tenant, Vote.kind == "pair").group_by(Vote.pair)
    )
    votes: Counter[str] = Counter({str(pair): count for pair, count in session.execute(counted)})
    found: list[tuple[int, float, tuple[str, str]]] = []
    for group in takes.values():
        some = _rng.sample(group, OF_ONE_PROMPT) if len(group) > OF_ONE_PROMPT else group
        several = len({engine for _, engine in some}) > 1
        for (one, of_one), (other, of_other) in itertools.combinations(some, 2):
            if (key := key_of(one, other)) not in voted and (not several or of_one != of_other):
                found.append((votes[key], _rng.random(), (one, other) if _rng.random() < 0.5 else (other, one)))
    return [pair for _, _, pair in sorted(found)[:most]]


def _begin(
    session: Session,
    caller: Caller,
    kind: str,
    study: str | None,
    items: list[Any],
    checks: dict[str, Any],
    opened: float | None,
) -> Sitting:
    row = Sitting(
        id=new_id("sit"),
        tenant=caller.tenant,
        user=caller.user,
        kind=kind,
        study=study,
        items=items,
        checks=checks,
        opened=opened,
        created=now(),
        closed=None,
    )
    session.add(row)
    session.flush()
    return row


def _apart(clips: list[Any], prompt: Any) -> list[Any]:
    """By chance, no two of one prompt in a row as long as another is left."""
    waiting = clips[:]
    _rng.shuffle(waiting)
    out: list[Any] = []
    while waiting:
        left = Counter(prompt(one) for one in waiting)
        others = [one for one in waiting if not out or prompt(one) != prompt(out[-1])] or waiting
        # where one prompt fills more than half of what is left, it must come now
        full = [one for one in others if left[prompt(one)] * 2 > len(waiting)]
        out.append((full or others)[0])
        waiting.remove(out[-1])
    return out


def _watched(jobs: list[Job], playback: dict[str, Any], part: float) -> None:
    if playback["muted"] or playback["volume"] <= 0.0:
        raise JobError(
            "invalid_parameter",
            "the sound was off; a clip is judged with its sound, so turn it on and play it again",
            field="playback",
        )
    least = part * min(float((job.result or {}).get("seconds") or job.request.get("seconds") or 0.0) for job in jobs)
    if playback["seconds"] < least:
        raise JobError(
            "invalid_parameter",
            f"only {playback['seconds']:.1f} s were played of {least:.1f} s at least; watch it first",
            field="playback",
        )


def _clips(item: dict[str, Any]) -> set[str]:
    return {item[side] for side in ("left", "right") if side in item}


def _there(job: Job) -> bool:
    return job.state == "succeeded" and not job.delete_requested


def _open(sitting: Sitting) -> None:
    if sitting.closed is not None:
        raise JobError("conflict", "this sitting is closed; begin another")
