"""Rollouts as figures for Prometheus, read from the database when they are asked for, as ``jobs.observe.metrics``
does: every replica says the same.

rollout_percent                    of the tenants that get the candidate
rollout_state                      1 for the state it is in: walking, held, done, rolled_back
rollout_changed_timestamp_seconds  when something was last decided, by a person or a rule
rollout_looked_timestamp_seconds   when the controller last looked; it looks every half minute
rollout_clips                      what became of each arm's clips: ended, error, slow (above 8 s); the candidate's
                                   in this stage, the control's of late
rollout_mos, rollout_ratings       what people say of each arm's clips since the rollout began

Each for the newest rollout of a model.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from phonofilm.rollout import control
from phonofilm.rollout.tables import Rollout
from phonofilm.votes.studies import judged

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database

STATES = ("walking", "held", "done", "rolled_back")


def render(db: Database) -> bytes:
    """The lines that follow those of ``jobs.observe.metrics``."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(db))
    return generate_latest(registry)


class Figures(Collector):
    """Reads the database at each scrape."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def collect(self) -> Iterable[Metric]:
        """All families; without a rollout they are empty."""
        percent = GaugeMetricFamily(
            "rollout_percent", "Of the tenants that get the candidate.", labels=["model", "candidate"]
        )
        state = GaugeMetricFamily("rollout_state", "1 for the state it is in.", labels=["model", "candidate", "state"])
        changed = GaugeMetricFamily(
            "rollout_changed_timestamp_seconds", "When something was last decided.", labels=["model"]
        )
        looked = GaugeMetricFamily(
            "rollout_looked_timestamp_seconds", "When the controller last looked.", labels=["model"]
        )
        clips = GaugeMetricFamily(
            "rollout_clips",
            "What became of each arm's clips: ended, error, slow (above 8 s).",
            labels=["model", "arm", "outcome"],
        )
        mos = GaugeMetricFamily("rollout_mos", "Mean opinion score of each arm's clips.", labels=["model", "arm"])
        ratings = GaugeMetricFamily("rollout_ratings", "Ratings it is the mean of.", labels=["model", "arm"])
        with self._db.reading() as session:
            newest = select(func.max(Rollout.id)).group_by(Rollout.model)
            for row in session.scalars(select(Rollout).where(Rollout.id.in_(newest)).order_by(Rollout.model)):
                walk = control.walk_of(row)
                percent.add_metric([row.model, row.candidate], control.percent_of(row))
                for name in STATES:
                    state.add_metric([row.model, row.candidate, name], float(row.state == name))
                changed.add_metric([row.model], row.updated)
                looked.add_metric([row.model], row.looked)
                rated = judged(session, [(row.candidate, row.created), (row.control, row.created)])
                for arm, seen, said in zip(
                    ("candidate", "control"), (walk.candidate, walk.control), rated, strict=True
                ):
                    for outcome, count in (("ended", seen.ended), ("error", seen.errors), ("slow", seen.slow)):
                        clips.add_metric([row.model, arm, outcome], count)
                    ratings.add_metric([row.model, arm], said.count)
                    if said.count:
                        mos.add_metric([row.model, arm], said.mean)
        return [percent, state, changed, looked, clips, mos, ratings]
