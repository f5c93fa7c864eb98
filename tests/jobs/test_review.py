"""Review and appeal: the right case first, one reviewer at a time, two where it must be two, and never the same one
twice."""

import threading

import pytest
from sqlalchemy import select

from phonofilm.jobs.accounts import keys
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.config import Config
from phonofilm.jobs.lifecycle.recovery import wake as go_on
from phonofilm.jobs.moderation import appeal, effects, review, takedown
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.tables import Asset, AuditEntry, BlockedHash, Job, Notice, Review

MEDIUM = [{"category": "violence", "severity": "medium", "where": "prompt", "detail": "knife"}]
HIGH = [{"category": "violence", "severity": "high", "where": "output", "detail": "gore"}]
PERSON = [{"category": "person", "severity": "medium", "where": "image1", "detail": "not declared"}]
ANA = Caller(tenant="main", user="ana", scopes=frozenset({"generate"}))


@pytest.fixture
def case(db, make_job):
    """Opens a case, on a job of its own unless told otherwise."""

    def open_case(reasons=MEDIUM, subject=None, stage="admit", **given):
        subject = subject or make_job(state="review", user="owner").id
        with db.session() as session:
            return review.open_review(session, tenant="main", subject=subject, stage=stage, reasons=reasons, **given)

    return open_case


def refused(act, *given, **more):
    with pytest.raises(JobError) as error:
        act(*given, **more)
    return error.value


def test_risk_goes_before_age_and_age_catches_up(db, case, moved):
    clock = moved(review)
    old = case(MEDIUM)
    clock.pass_by(3_600)
    grave = case(HIGH)
    young = case(MEDIUM)
    with db.reading() as session:
        assert [row.id for row in review.queue(session)] == [grave.id, old.id, young.id]
        assert grave.due == clock.at + 24 * 3_600
    # ten hours on a medium case has waited as much as a new grave one weighs more
    clock.pass_by(9 * 3_600 + 600)
    newer = case(HIGH)
    with db.reading() as session:
        assert [row.id for row in review.queue(session)] == [grave.id, old.id, newer.id, young.id]
        assert [row.id for row in review.queue(session, stages=["release"])] == []
        assert review.waiting(session) == 4


def test_a_case_is_opened_once(db, case, make_job):
    job = make_job(state="review").id
    assert case(subject=job).id == case(subject=job).id
    assert case(subject=job).id != case(subject=job, stage="release").id


def test_two_reviewers_never_get_one_case(any_db):
    """Twenty reviewers at once, thirteen cases: each is taken by exactly one."""
    with any_db.session() as session:
        cases = {
            review.open_review(session, tenant="main", subject=f"gen_{number}", stage="admit", reasons=MEDIUM).id
            for number in range(13)
        }
    taken, none, wrong = [], [], []
    gate = threading.Barrier(20)

    def take(name):
        gate.wait()
        try:
            got = review.lease(any_db, name)
            (none if got is None else taken).append(got and got.id)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=take, args=(f"r{number}",)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert sorted(taken) == sorted(cases) and len(none) == 7


def test_a_lease_runs_out_and_the_case_is_another_reviewers(db, case, moved):
    clock = moved(review)
    one = case()
    assert review.lease(db, "ben").id == one.id
    assert review.lease(db, "cho") is None
    assert refused(review.lease, db, "cho", review_id=one.id).code == "conflict"
    clock.pass_by(review.LEASE - 1)
    assert review.lease(db, "ben", review_id=one.id).lease_until == clock.at + review.LEASE  # made longer
    clock.pass_by(review.LEASE + 1)
    assert "lease has run out" in str(refused(review.decide, db, "ben", one.id, "block", "gore"))
    assert review.lease(db, "cho").id == one.id
    assert refused(review.decide, db, "ben", one.id, "block", "gore").code == "conflict"
    assert review.decide(db, "cho", one.id, "block", "gore").decision == "block"


def test_given_back_it_is_free(db, case):
    one = case()
    review.lease(db, "ben")
    review.give_back(db, "cho", one.id)
    assert review.lease(db, "dee") is None
    review.give_back(db, "ben", one.id)
    assert review.lease(db, "dee").id == one.id


def test_a_decision_needs_a_lease_a_known_word_and_a_reason(db, case):
    one = case()
    assert refused(review.decide, db, "ben", one.id, "publish").code == "conflict"
    review.lease(db, "ben")
    error = refused(review.decide, db, "ben", one.id, "retry", "x")
    assert (error.code, error.field) == ("invalid_parameter", "decision")
    assert refused(review.decide, db, "ben", one.id, "block", "  ").field == "note"
    assert refused(review.decide, db, "ben", one.id, "publish", "x" * 5_000).field == "note"
    assert refused(review.decide, db, "ben", "rev_none", "publish").code == "not_found"
    assert review.decide(db, "ben", one.id, "publish").state == "decided"
    assert "decided already" in str(refused(review.decide, db, "ben", one.id, "block", "no"))
    assert refused(review.lease, db, "ben", review_id=one.id).code in ("conflict", "forbidden")


def test_nobody_decides_over_his_own_work(db, case, make_job):
    one = case(subject=make_job(state="review", user="ben").id)
    assert review.lease(db, "ben") is None
    assert refused(review.lease, db, "ben", review_id=one.id).code == "forbidden"
    assert review.lease(db, "cho").id == one.id


def test_the_workflow_is_woken_once_it_is_on_record(db, case):
    woken = []

    def wake(job, decision):
        with db.reading() as session:
            woken.append((job, decision, session.scalar(select(Review.state).where(Review.subject == job))))

    one = case()
    review.lease(db, "ben")
    review.decide(db, "ben", one.id, "block", "gore", wake=wake)
    assert woken == [(one.subject, "block", "decided")]


def test_a_waking_that_was_lost_is_made_up_for(db, case, moved):
    clock = moved(review)
    one = case()
    review.lease(db, "ben")
    review.decide(db, "ben", one.id, "publish")  # and its process dies here
    woken = []
    assert review.wake_waiting(db, lambda *said: woken.append(said)) == 0  # too young: it may be on its way
    clock.pass_by(30)
    assert review.wake_waiting(db, lambda *said: woken.append(said)) == 1
    assert woken == [(one.subject, "publish")]
    with db.session() as session:
        session.get(Job, one.subject).state = "running"
    assert review.wake_waiting(db, lambda *said: woken.append(said)) == 0


@pytest.mark.parametrize(
    "reasons",
    [PERSON, [{"category": "minors", "severity": "high"}], MEDIUM + [{"category": "likeness", "severity": "low"}]],
)
def test_two_must_agree_where_people_are_concerned(db, case, reasons):
    woken = []
    one = case(reasons)
    assert one.needed == 2
    review.lease(db, "ben")
    half = review.decide(db, "ben", one.id, "publish", wake=lambda *said: woken.append(said))
    assert (half.state, half.decision, woken) == ("pending", None, [])
    assert review.lease(db, "ben") is None
    assert "another reviewer" in str(refused(review.lease, db, "ben", review_id=one.id))
    review.lease(db, "cho")
    whole = review.decide(db, "cho", one.id, "publish", wake=lambda *said: woken.append(said))
    assert (whole.state, whole.decision, woken) == ("decided", "publish", [(one.subject, "publish")])
    assert [vote["reviewer"] for vote in whole.votes] == ["ben", "cho"]


def test_one_alone_may_block(db, case):
    one = case(PERSON)
    review.lease(db, "ben")
    assert review.decide(db, "ben", one.id, "block", "it is a real singer").decision == "block"


def test_every_decision_is_in_the_audit_log(db, case):
    one = case(PERSON)
    for name in ("ben", "cho"):
        review.lease(db, name)
        review.decide(db, name, one.id, "publish", "fine")
    with db.reading() as session:
        said = session.scalars(select(AuditEntry).where(AuditEntry.subject == one.id).order_by(AuditEntry.id)).all()
        assert [(entry.actor, entry.action) for entry in said] == [
            ("system", "review.open"),
            ("ben", "review.decide"),
            ("cho", "review.decide"),
        ]
        assert audit.verify(session) is None


def test_an_assets_case_frees_or_blocks_it(db, case, make_asset):
    for decision, becomes in (("publish", "ready"), ("block", "blocked")):
        asset = make_asset(state="review", user="owner")
        one = case(subject=asset.id, stage="asset")
        review.lease(db, "ben")
        review.decide(db, "ben", one.id, decision, "seen")
        with db.reading() as session:
            assert session.get(Asset, asset.id).state == becomes


# appeals


def blocked(db, case, make_job, reviewer="ben"):
    job = make_job(state="review", user="owner", step="admit")
    one = case(subject=job.id)
    review.lease(db, reviewer)
    review.decide(
        db,
        reviewer,
        one.id,
        "block",
        "a knife",
        wake=lambda job_id, decision: go_on(db, Config(home="/nowhere"), job_id, decision),
    )
    return job, one


def test_an_appeal_goes_to_somebody_else_and_lets_the_job_walk_on(db, case, make_job):
    job, first = blocked(db, case, make_job)
    with db.reading() as session:
        row = session.get(Job, job.id)
        assert (row.state, row.error["code"]) == ("failed", "input_blocked")
    one = appeal.appeal(db, ANA, job.id, "it is a butter knife")
    assert (one.stage, one.appeal_of, one.note) == ("appeal", first.id, "it is a butter knife")
    assert review.lease(db, "ben") is None
    assert "your own decision" in str(refused(review.lease, db, "ben", review_id=one.id))
    review.lease(db, "cho")
    review.decide(
        db, "cho", one.id, "publish", wake=lambda job_id, decision: go_on(db, Config(home="/nowhere"), job_id, decision)
    )
    with db.reading() as session:
        row = session.get(Job, job.id)
        assert (row.state, row.error, row.finished, row.attempt) == ("queued", None, None, 1)
        # what the walk will find at the stage that had refused
        latest = session.scalars(
            select(Review).where(Review.subject == job.id, Review.stage == "admit").order_by(Review.decided.desc())
        ).first()
        assert latest.decision == "publish"


def test_an_appeal_that_fails_leaves_it_as_it_was(db, case, make_job):
    job, _ = blocked(db, case, make_job)
    one = appeal.appeal(db, ANA, job.id, "please")
    review.lease(db, "cho")
    woken = []
    review.decide(db, "cho", one.id, "block", "still a knife", wake=lambda *said: woken.append(said))
    with db.reading() as session:
        assert session.get(Job, job.id).state == "failed"
    assert woken == []
    assert "its decision stands" in str(refused(appeal.appeal, db, ANA, job.id, "again"))


def test_a_refusal_by_the_gate_alone_can_be_appealed(db, make_job):
    error = {"code": "person_without_consent", "message": "shows a real person"}
    job = make_job(state="failed", error=error, step="admit", extra={"verdicts": {"admit": {"findings": PERSON}}})
    one = appeal.appeal(db, ANA, job.id, "that is me")
    assert (one.reasons, one.needed, one.appeal_of) == (PERSON, 2, None)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"state": "succeeded"}, "conflict"),
        ({"state": "failed", "error": {"code": "engine_failed", "message": ""}}, "conflict"),
        ({"tenant": "other"}, "not_found"),
    ],
)
def test_there_must_be_something_to_appeal_against(db, make_job, given, code):
    assert refused(appeal.appeal, db, ANA, make_job(**given).id, "why").code == code


def test_an_appeal_needs_words_and_a_thing(db, make_job):
    assert refused(appeal.appeal, db, ANA, "gen_none", "why").code == "not_found"
    for note in ("", "  ", "x" * 5_000):
        assert refused(appeal.appeal, db, ANA, make_job().id, note).field == "note"


def test_a_blocked_asset_can_be_freed(db, make_asset):
    asset = make_asset(state="blocked", user="owner")
    one = appeal.appeal(db, ANA, asset.id, "mine")
    review.lease(db, "cho")
    review.decide(db, "cho", one.id, "publish")
    with db.reading() as session:
        assert session.get(Asset, asset.id).state == "ready"


def test_a_takedown_is_overturned_by_another_than_who_upheld_it(db, bucket, make_job):
    job = make_job(files={"poster.webp": b"x"}, bucket=bucket, user="owner")
    with db.session() as session:
        notice = takedown.notify(session, job.id, "somebody", "it is mine", "copyright")
        session.add(BlockedHash(phash="f" * 16, reason="another's", created=0.0))
        session.add(BlockedHash(phash="a" * 16, reason=effects.blocked_by(notice.id), created=0.0))
    takedown.uphold(db, bucket, notice.id, "ben", "same song")
    one = appeal.appeal(db, ANA, job.id, "licensed")
    assert review.lease(db, "ben") is None
    review.lease(db, "cho")
    review.decide(db, "cho", one.id, "publish", "licence seen")
    with db.reading() as session:
        assert (session.get(Notice, notice.id).state, "overturned" in session.get(Notice, notice.id).statement) == (
            "rejected",
            True,
        )
        assert [row.phash for row in session.scalars(select(BlockedHash))] == ["f" * 16]
        assert session.get(Job, job.id).state == "removed"


# an installation of few people


def opened_by(db, user, *scopes):
    return keys.create(db, tenant="main", user=user, scopes=scopes or keys.SCOPES)[0]


@pytest.mark.parametrize("reasons", [PERSON, MEDIUM])
def test_who_alone_reviews_decides_his_own_case_and_the_log_says_so(db, case, reasons):
    opened_by(db, "owner")
    opened_by(db, "guest", "generate", "read")
    own = case(reasons)
    with db.reading() as session:
        assert review.votes_needed(session, own) == 1
    assert review.lease(db, "main/owner").id == own.id
    assert review.decide(db, "main/owner", own.id, "publish").state == "decided"
    with db.reading() as session:
        said = session.scalars(select(AuditEntry).where(AuditEntry.action == "review.decide")).one().data
    assert (said["alone"], said["of"]) == (True, 1)


def test_as_soon_as_there_is_somebody_else_nobody_decides_his_own(db, case):
    opened_by(db, "owner")
    second = opened_by(db, "second", "review")
    own = case(PERSON)
    assert review.lease(db, "main/owner") is None
    assert "nobody reviews his own work" in str(refused(review.lease, db, "main/owner", review_id=own.id))
    with db.reading() as session:
        assert review.votes_needed(session, own) == 1  # one other is all there are
    opened_by(db, "third", "review")
    with db.reading() as session:
        assert review.votes_needed(session, own) == 2
    assert keys.revoke(db, second.id)
    review.lease(db, "main/third", review_id=own.id)
    assert review.decide(db, "main/third", own.id, "publish").state == "decided"


def test_minors_are_never_ones_own_to_decide(db, case):
    opened_by(db, "owner")
    own = case([{"category": "minors", "severity": "medium", "where": "prompt", "detail": ""}])
    assert review.lease(db, "main/owner") is None
    assert "somebody else a key" in str(refused(review.lease, db, "main/owner", review_id=own.id))
