"""What votes can tell: MOS recovered from simulated raters, what spoilers cost, and how long the ranking of 10,000
votes on 1,000 takes needs.

    python -m benchmarks.votes
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from phonofilm.jobs.store.database import Database, new_id, now
from phonofilm.jobs.store.tables import Job, Tenant
from phonofilm.votes import ratings
from phonofilm.votes.ranking import ranking, shown
from phonofilm.votes.tables import Sitting, Vote


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
    """Milliseconds of the ranking, the takes' rows included."""
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{Path(folder) / 'votes.db'}")
        db.migrate()
        with db.session() as session:
            session.add(Tenant(id="main", name="main", created=now(), settings={}))
            session.flush()
            jobs = [new_id("gen") for _ in range(takes)]
            for place, ident in enumerate(jobs):
                session.add(_job(ident, f"engine{place % 5}", f"prompt {place // 5}"))
            about = {"tenant": "main", "user": "u", "kind": "arena", "study": None, "items": [], "checks": {}}
            sitting = Sitting(id=new_id("sit"), **about, opened=now(), created=now(), closed=None)
            session.add(sitting)
            session.flush()
            for number in range(votes):
                group = int(rng.integers(takes // 5)) * 5
                left, right = (int(one) for one in rng.choice(5, 2, replace=False))
                session.add(
                    Vote(
                        id=new_id("vot"),
                        tenant="main",
                        user=f"v{rng.integers(200)}",
                        sitting=sitting.id,
                        study=None,
                        item=number,
                        kind="pair",
                        role="pair",
                        left=jobs[group + left],
                        right=jobs[group + right],
                        left_engine=f"engine{left}",
                        right_engine=f"engine{right}",
                        script_hash=str(group // 5),
                        pair=f"{number}",
                        choice=("left", "right", "tie")[int(rng.integers(3))],
                        score=None,
                        playback={},
                        created=now(),
                    )
                )
        for listed in (100, takes):
            took, busy = [], []
            for _ in range(15):
                began, processor = time.perf_counter(), time.process_time()
                assert len(shown(db, ranking(db, "main"), listed)) == listed
                took.append((time.perf_counter() - began) * 1000)
                busy.append((time.process_time() - processor) * 1000)
            said = f"median {statistics.median(took):.0f} ms, {statistics.median(busy):.0f} ms of processor time"
            print(f"{votes:,} votes on {takes:,} takes, {listed} of them listed: {said}")
        db.close()


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
