"""What votes can tell: MOS recovered from simulated raters, what spoilers cost, and how long the pages of 10,000
votes on 1,000 takes need.

    python -m benchmarks.votes
    python -m benchmarks.votes speed         # the pages alone
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import postgres
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.store.database import Database, new_id, now
from phonofilm.jobs.store.tables import Job, Tenant
from phonofilm.votes import ratings, studies
from phonofilm.votes.ranking import ranking, shown
from phonofilm.votes.tables import Sitting, Study, Vote

CLIPS = 200
"""Of the study, the most that one may have."""


def panel(
    seed: int,
    *,
    clips: int = 60,
    raters: int = 40,
    spoilers: int = 0,
    kind: str = "",
    views: int = 1,
    noise: tuple[float, float] = (0.15, 0.6),
):
    """(true quality, ratings (clips, raters)) of raters with a bias of 0.4 (standard deviation) and inconsistencies
    drawn evenly from ``noise``."""
    rng = np.random.default_rng(seed)
    quality, bias, spread = rng.uniform(1.5, 4.5, clips), rng.normal(0, 0.4, raters), rng.uniform(*noise, raters)
    drawn = (
        quality[:, None, None]
        + (bias - bias.mean())[:, None]
        + spread[:, None] * rng.normal(size=(clips, raters, views))
    )
    given = np.clip(np.rint(drawn), 1, 5)
    if kind == "random":
        given[:, :spoilers] = rng.integers(1, 6, (clips, spoilers, views))
    elif kind == "constant":
        given[:, :spoilers] = rng.integers(1, 6, (1, spoilers, 1))
    elif kind == "inverted":
        given[:, :spoilers] = 6 - given[:, :spoilers]
    return quality, given.mean(axis=2)


def recovery() -> None:
    """Share of clips within 0.1, for raters as exact and as many views as given."""
    print(f"{'inconsistency':>16} {'views':>6} {'P.910':>8} {'mean':>8} {'known weights':>14}")
    for noise in ((0.1, 0.3), (0.15, 0.6), (0.3, 0.9)):
        for views in (1, 2, 3):
            ours, plain = [], []
            for seed in range(40):
                quality, given = panel(seed, views=views, noise=noise)
                ours.append(np.abs(ratings.fit(given).quality - quality) < 0.1)
                plain.append(np.abs(given.mean(axis=1) - quality) < 0.1)
            print(
                f"{f'{noise[0]} to {noise[1]}':>16} {views:>6} {np.mean(ours):>8.1%} {np.mean(plain):>8.1%}"
                f" {best(noise, views):>14.1%}"
            )
    for kind in ("random", "constant", "inverted"):
        cost = []
        for seed in range(40):
            quality, clean = panel(seed)
            _, spoiled = panel(seed, spoilers=4, kind=kind)
            cost.append(
                np.subtract(
                    *[np.sqrt(np.mean((ratings.fit(given).quality - quality) ** 2)) for given in (spoiled, clean)]
                )
            )
        print(f"4 of 40 {kind}: {np.mean(cost):.3f} of root mean square error more")


def best(noise: tuple[float, float], views: int) -> float:
    """The share that weights by the true inconsistency would reach, were ratings not whole numbers and no bias to be
    found."""
    rng = np.random.default_rng(0)
    spread = rng.uniform(*noise, (2000, 40))
    error = 1.0 / np.sqrt((views / spread**2).sum(axis=1))
    return float(np.mean(np.abs(rng.normal(size=2000)) * error < 0.1))


def speed(votes: int = 10_000, takes: int = 1_000) -> None:
    """Milliseconds of the pages that votes are read on, on SQLite and, where it is installed, on PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        pages("SQLite", f"sqlite:///{Path(folder) / 'votes.db'}", votes, takes)
    with postgres.cluster() as url:
        pages("PostgreSQL", url, votes, takes)


def pages(what: str, url: str, votes: int, takes: int) -> None:
    """Each page nine times: so many votes on pairs and as many ratings lie there, of so many takes."""
    db = Database(url)
    db.migrate()
    jobs, study = fill(db, votes, takes)
    caller = Caller(tenant="main", user="owner", scopes=frozenset({"read", "generate"}))

    def ratings_of_engines() -> None:
        with db.reading() as session:
            found = studies.judged(session, [("engine1", 1.0), ("engine2", 1.0)])
        assert all(one.count > votes // 10 for one in found)

    def listed(count: int) -> None:
        assert len(shown(db, ranking(db, "main"), count)) == count

    asked: dict[str, Callable[[], object]] = {
        "ranking, 100 takes listed": lambda: listed(100),
        f"ranking, {takes:,} takes listed": lambda: listed(takes),
        "ratings of two engines, for a rollout": ratings_of_engines,
        f"a study's results, {min(len(jobs), CLIPS)} clips": lambda: studies.results(db, caller, study),
        "studies": lambda: studies.every(db, caller),
    }
    for name, page in asked.items():
        took, busy = [], []
        for _ in range(9):
            began, processor = time.perf_counter(), time.process_time()
            page()
            took.append((time.perf_counter() - began) * 1000)
            busy.append((time.process_time() - processor) * 1000)
        said = f"median {statistics.median(took):.0f} ms, {statistics.median(busy):.0f} ms of processor time"
        print(f"{what}, {votes:,} votes and as many ratings on {takes:,} takes; {name}: {said}", flush=True)
    db.close()


def fill(db: Database, votes: int, takes: int) -> tuple[list[str], str]:
    """Takes of five engines, pairs that 200 people voted on, and one study that 50 people rated; the ids of both."""
    rng = np.random.default_rng(1)
    with db.session() as session:
        session.add(Tenant(id="main", name="main", created=now(), settings={}))
        session.flush()
        jobs = [new_id("gen") for _ in range(takes)]
        for place, ident in enumerate(jobs):
            session.add(_job(ident, f"engine{place % 5}", f"prompt {place // 5}"))
        clips = [{"generation": ident, "role": "test", "low": None, "high": None} for ident in jobs[:CLIPS]]
        named = {"id": new_id("std"), "tenant": "main", "user": "owner", "name": "bench"}
        study = Study(**named, clips=clips, traps=0, created=now(), closed=None)
        session.add(study)
        session.flush()
        about = {"tenant": "main", "user": "u", "checks": {}, "opened": now(), "created": now(), "closed": None}
        arena = Sitting(id=new_id("sit"), kind="arena", study=None, items=[], **about)
        items = [{"role": "test", "left": one["generation"]} for one in clips]
        raters = max(1, votes // len(clips))
        seats = [Sitting(id=new_id("sit"), kind="rating", study=study.id, items=items, **about) for _ in range(raters)]
        session.add_all([arena, *seats])
        session.flush()
        for number in range(votes):
            group = int(rng.integers(takes // 5)) * 5
            left, right = (int(one) for one in rng.choice(5, 2, replace=False))
            choice = ("left", "right", "tie")[int(rng.integers(3))]
            session.add(_vote(arena, f"v{rng.integers(200)}", number, jobs, group + left, group + right, choice))
        quality, bias = rng.uniform(1.5, 4.5, len(clips)), rng.normal(0, 0.4, raters)
        for number, seat in enumerate(seats):
            for item in range(len(clips)):
                score = int(np.clip(np.rint(quality[item] + bias[number] + 0.7 * rng.normal()), 1, 5))
                session.add(_vote(seat, f"r{number}", item, jobs, item, None, score))
    return jobs, study.id


def _vote(
    sitting: Sitting, user: str, item: int, jobs: list[str], left: int, right: int | None, said: str | int
) -> Vote:
    return Vote(
        id=new_id("vot"),
        tenant="main",
        user=user,
        sitting=sitting.id,
        study=sitting.study,
        item=item,
        kind="rating" if right is None else "pair",
        role="test" if right is None else "pair",
        left=jobs[left],
        right=None if right is None else jobs[right],
        left_engine=f"engine{left % 5}",
        right_engine=None if right is None else f"engine{right % 5}",
        script_hash=str(left // 5),
        pair=None if right is None else f"{item}",
        choice=said if isinstance(said, str) else None,
        score=said if isinstance(said, int) else None,
        playback={"seconds": 4.0, "frames": 97, "dropped": 0},
        created=now(),
    )


def _job(ident: str, engine: str, prompt: str) -> Job:
    return Job(
        id=ident,
        tenant="main",
        user="owner",
        dialect="native",
        state="succeeded",
        step="",
        progress=1.0,
        model=engine,
        engine=engine,
        request={"prompt": prompt, "seconds": 4.0},
        extra={},
        prompt_hash=prompt,
        script_hash=prompt,
        seed=1,
        created=now(),
        updated=now(),
        finished=now(),
        expires=now() + 900,
        result={"seconds": 4.0},
    )


if __name__ == "__main__":
    if "speed" not in sys.argv:
        recovery()
    speed()
