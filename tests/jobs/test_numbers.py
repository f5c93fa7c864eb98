"""The owner's numbers against rows whose figures are known, on SQLite and on PostgreSQL."""

import json
import re
from datetime import UTC, datetime

import pytest
from benchmarks.crowd import crowd
from sqlalchemy import event

from phonofilm.jobs.moderation import review
from phonofilm.jobs.observe import numbers as counting
from phonofilm.jobs.observe.numbers import Tally, numbers, outcome
from phonofilm.jobs.run import retention
from phonofilm.jobs.store.database import new_id
from phonofilm.jobs.store.tables import Job, Review, Share
from phonofilm.storage.bucket import Bucket

from .conftest import maker

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
DAY = 86_400.0


@pytest.fixture
def clock(moved):
    return moved(counting, review, retention, at=NOON)


@pytest.fixture
def asked(any_db, clock):
    """Puts a job on record that was asked for so many days ago, with its clip where there is one."""
    make = maker(any_db)

    def ask(days=0.0, *, code=None, **given):
        given = {"state": "succeeded", "cost_settled": 0, **given}
        if given["state"] == "succeeded":
            given.setdefault("result", {"seconds": 5.0})
        if code:
            given["error"] = {"code": code, "message": "no"}
        return make(created=NOON - days * DAY, **given)

    return ask


def tally(**given):
    return Tally(**given)


def test_generations_by_day_engine_and_outcome(any_db, asked):
    for _ in range(3):
        asked(engine="ark", cost_settled=700_000)
    asked(engine="ark", state="failed", code="input_blocked")
    asked(engine="ark", state="failed", code="engine_failed", cost_settled=100_000)
    asked(engine="ark", state="failed", code="reference_failed")
    asked(engine="ark", state="cancelled", code="cancelled")
    asked(engine="ark", state="queued", cost_settled=None)
    asked(1, engine="animatic", state="expired", code="expired")
    asked(1, engine="animatic", state="crashed", code="crashed")
    asked(1, engine="animatic", state="review")
    asked(29.49)
    asked(29.51)  # the day before the first
    found = numbers(any_db, 30)
    assert [day.date for day in found.days][::29] == ["2026-11-01", "2026-11-30"] and len(found.days) == 30
    assert found.days[-1].engines == {"ark": tally(made=3, blocked=1, failed=1, dropped=2, open=1, cost=2_200_000)}
    assert found.days[-2].engines == {"animatic": tally(failed=2, open=1)}
    assert found.days[0].total == tally(made=1) and all(day.total == Tally() for day in found.days[1:-2])
    assert found.total == tally(made=4, blocked=1, failed=3, dropped=2, open=2, cost=2_200_000)
    assert found.engines["fake"] == tally(made=1) and list(found.engines) == ["animatic", "ark", "fake"]
    assert found.engines["ark"].cost_per_generation == pytest.approx(2_200_000 / 3), (
        "what failures cost is a clip's cost too"
    )


def test_midnight_parts_two_days_exactly(any_db, asked):
    asked(0.5), asked(0.5 + 1e-3 / DAY)
    assert [day.total.made for day in numbers(any_db, 2).days] == [1, 1]


def test_what_was_removed_since_counts_as_what_it_was(any_db, asked, tmp_path):
    """Retention leaves the row: a clip was made, a refusal was one, whatever is left of them."""
    bucket = Bucket.open(tmp_path.as_uri())
    (
        asked(3, cost_settled=50),
        asked(3, state="failed", code="output_blocked"),
        asked(3, state="failed", code="internal"),
        asked(3, state="cancelled", code="cancelled"),
    )
    before = numbers(any_db, 5).total
    with any_db.session() as session:
        session.query(Job).update({"keep_until": NOON - 1})
    assert retention.sweep(any_db, bucket)["jobs"] == 4
    assert numbers(any_db, 5).total == before == tally(made=1, blocked=1, failed=1, dropped=1, cost=50)


def test_active_users_are_counted_once_within_their_tenant(any_db, asked):
    asked(0.1, user="ana"), asked(0.2, user="ana"), asked(0.1, user="ana", tenant="other")
    asked(5, user="bo"), asked(6.4, user="cy"), asked(6.6, user="dee"), asked(29.4, user="eve"), asked(29.6, user="fay")
    found = numbers(any_db, 3)
    assert found.active == {1: 2, 7: 4, 30: 6}, "whatever days are asked for"
    assert [day.users for day in numbers(any_db, 7).days] == [1, 1, 0, 0, 0, 0, 2]


def test_cost_against_the_cap_is_of_yesterday_and_today(any_db, asked):
    asked(2, cost_settled=9_000_000)
    for days, cost in ((0, 130_000), (1, 110_000)):
        asked(days, cost_settled=cost)
    alone = numbers(any_db, 30)
    assert (alone.cost_per_generation, alone.cap_percent, alone.alert) == (120_000, None, False)
    at = numbers(any_db, 30, cap=100_000)
    assert (at.cap_percent, at.alert) == (120.0, False), "at 120 % nobody is called yet"
    asked(cost_settled=130_000)
    above = numbers(any_db, 30, cap=100_000)
    assert above.cap_percent == pytest.approx(123.33, abs=0.01) and above.alert


def test_moderation_per_thousand(any_db, asked):
    jobs = [asked(1) for _ in range(36)]
    for _ in range(4):
        asked(state="failed", code="output_blocked")
    with any_db.session() as session:
        for job in jobs[:3]:
            review.open_review(session, tenant="main", subject=job.id, stage="admit", reasons=[])
        review.open_review(
            session, tenant="main", subject=jobs[0].id, stage="release", reasons=[]
        )  # held twice is held
        first = review.open_review(
            session, tenant="main", subject=jobs[5].id, stage="appeal", reasons=[], appeal_of="rev_x"
        )
        review.open_review(
            session, tenant="main", subject="asset_x", stage="asset", reasons=[]
        )  # an upload is no generation
        row = {
            "tenant": "main",
            "reasons": [],
            "risk": 1,
            "votes": [],
            "note": "",
            "needed": 1,
            "created": NOON,
            "due": NOON,
        }
        session.add(Review(id="again", subject=jobs[5].id, stage="admit", state="decided", appeal_of=first.id, **row))
    found = numbers(any_db, 2)
    assert (found.moderation.blocked, found.moderation.held, found.moderation.appealed) == (4, 3, 1)
    assert [found.per_thousand(count) for count in (4, 3, 1)] == [100.0, 75.0, 25.0]


def test_publish_rate_is_of_clips_that_are_there(any_db, asked):
    starred, named, filed = asked(favourite=1.0), asked(name="Opening"), asked(project="Spring")
    shared, twice, lonely = asked(), asked(project="Spring"), asked()
    asked(parent=lonely.id, state="failed", code="internal")  # somebody went on from it
    asked(state="removed"), asked(state="failed", code="internal", favourite=1.0)
    old = asked(40, favourite=1.0)
    with any_db.session() as session:
        for number, job in enumerate((shared, shared, twice, old)):
            row = {"tenant": "main", "user": "ana", "prompt": False, "created": NOON, "expires": NOON + 9}
            session.add(Share(id=new_id("shr"), job=job.id, hash=str(number), **row))
    for _ in range(4):
        asked()
    kept = numbers(any_db, 30).publish
    assert (kept.there, kept.kept, kept.shared, kept.continued, kept.used) == (10, 4, 2, 1, 6)
    assert kept.percent == 60.0
    assert {starred.state, named.state, filed.state} == {"succeeded"}


def test_an_empty_house_has_numbers_and_no_rates(any_db, clock):
    found = numbers(any_db, 1)
    assert found.total == Tally() and found.active == {1: 0, 7: 0, 30: 0} and len(found.days) == 1
    assert (found.cost_per_generation, found.publish.percent, found.per_thousand(0), found.cap_percent) == (
        None,
        None,
        None,
        None,
    )
    for days in (0, -1, 93):
        with pytest.raises(ValueError, match="1 to 92 days"):
            numbers(any_db, days)


def test_nobody_is_named(any_db, asked):
    asked(user="ana-maria", prompt_hash="secret", name="My wedding", favourite=1.0, tenant="other")
    told = json.dumps(numbers(any_db, 30).plain())
    assert not re.search("ana-maria|wedding|other|main|gen_", told)


@pytest.mark.parametrize(
    ("state", "code", "made", "name"),
    [
        ("succeeded", None, False, "made"),
        ("removed", None, True, "made"),
        ("removed", None, False, "dropped"),
        ("removed", "internal", False, "failed"),
        ("failed", "person_without_consent", False, "blocked"),
        ("failed", "budget_exceeded", False, "dropped"),
        ("unknown_outcome", None, False, "failed"),
        ("crashed", None, False, "failed"),
        ("running", None, False, "open"),
        ("review", None, False, "open"),
        ("expired", None, False, "failed"),
    ],
)
def test_every_end_has_one_outcome(state, code, made, name):
    assert outcome(state, code, made) == name


def test_they_are_read_out_of_their_indexes(db):
    """So that they cost what the days hold, not what the rows of the jobs hold."""
    if not db.sqlite:
        pytest.skip("PostgreSQL goes by how full its pages are")
    crowd(db, 3_000)
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
    numbers(db, 30)
    with db.engine.connect() as link:
        plans = [
            "\n".join(row[-1] for row in link.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))
            for statement, values in list(asked)
            if statement.startswith("SELECT")
        ]
    assert len(plans) == 6
    assert not [plan for plan in plans if re.search(r"SCAN (jobs|reviews)\b", plan)], plans
    assert sum("jobs USING COVERING INDEX ix_jobs_numbers (created>?)" in plan for plan in plans) == 3
    assert sum("USING INDEX ix_jobs_kept" in plan for plan in plans) == 1
    assert sum("USING INDEX ix_reviews_created" in plan for plan in plans) == 1
