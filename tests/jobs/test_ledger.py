"""Money: what is reserved is settled or given back once, a budget holds against submits at the same moment, alerts go
out once."""

import math
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from phonofilm.errors import RequestError
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.money import ledger
from phonofilm.jobs.money.prices import PriceBook, tokens
from phonofilm.jobs.notify import webhook
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Base, Delivery, Event, Job, LedgerEntry, Tenant
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate

CLIP = Reference(kind="video", role="reference", path="/nowhere.mp4")


def ask(**given):
    return Generate(**{"prompt": "a paper boat", "engine": "ark", "resolution": "720p", **given})


# the price book


@pytest.mark.parametrize(
    ("request_", "model", "micro"),
    [
        (ask(), "", 762_300),  # 108,900 tokens at $7 a million
        (ask(seconds=4.0), "doubao-seedance-2-0-260128", 611_100),  # 87,300 tokens
        (ask(resolution="1080p"), "dreamina-seedance-2-0-260128", 1_886_693),  # 245,025 tokens at $7.7, rounded up
        (ask(), "dreamina-seedance-2-0-fast-260128", 609_840),
        (
            ask(resolution="480p", sound=False),
            "seedance-1-5-pro-251215",
            60_766,
        ),  # 50,638 tokens (864 x 496) at half of $2.4
    ],
)
def test_vendor_prices_are_the_vendors(request_, model, micro):
    assert PriceBook.load().price("ark", request_, model) == micro


def test_tokens_are_the_vendors_samples():
    """The four requests whose bill the vendor published."""
    size = "seedance-2.0"
    assert tokens(ask(), 0, size) == 108_900
    assert tokens(ask(seconds=4.0), 0, size) == 87_300
    assert tokens(ask(resolution="1080p"), 0, size) == 245_025
    assert tokens(ask(seconds=4.0), 4.0, size) == 173_700
    # the floor with a clip brought along, as published for 5 s and 15 s at 720p
    assert tokens(ask(), 2.0, size) == 194_400
    assert tokens(ask(seconds=15.0), 2.0, size) == 540_000


def test_a_clip_of_unknown_length_is_reserved_as_the_longest():
    book = PriceBook.load()
    unknown, known = (book.price("ark", ask(references=(CLIP,)), input_seconds=seconds) for seconds in (None, 2.0))
    assert unknown == math.ceil(tokens(ask(), 15.0, "seedance-2.0") * 4.3)
    assert known == math.ceil(194_400 * 4.3) < unknown
    assert book.price("ark", ask(), input_seconds=9.0) == book.price(
        "ark", ask()
    )  # nothing brought along, nothing billed


def test_by_the_second_and_by_what_the_vendor_counted():
    book = PriceBook.load()
    assert book.price("fake", ask(engine="fake", seconds=7.5, resolution="480p")) == 75_000
    assert book.price("native", ask(engine="native")) == 0
    assert book.price("diffusers:minimax-h3", ask()) == 0
    assert book.price("videos_api", ask(), "sora-2-pro") == 1_500_000
    assert book.price_tokens("ark", ask(), 100_000) == 700_000
    assert book.price_tokens("fake", ask(engine="fake", resolution="480p"), 5) == 50_000


def test_an_engine_of_any_name_has_the_prices_of_its_kind_and_of_the_model_that_is_ordered():
    entries = {
        "seedance": {"kind": "ark"},
        "quick": {"kind": "ark", "model": "dreamina-seedance-2-0-fast-260128"},
        "farm": {"kind": "videos_api"},
    }
    book = PriceBook.load(None, entries)
    assert book.price("seedance", ask()) == 762_300
    assert book.price("quick", ask(), "quick") == book.price("quick", ask(), "dreamina-seedance-2-0-260128") == 609_840
    assert book.price("farm", ask()) == 0
    assert book.price("ark", ask()) == 762_300


def test_no_price_is_a_refusal_never_a_gift():
    book = PriceBook.load()
    with pytest.raises(JobError, match="no price for engine other") as error:
        book.price("other", ask())
    assert error.value.code == "no_engine"
    with pytest.raises(JobError, match="no price at 1080p; choose one of 480p, 720p") as error:
        book.price("ark", ask(resolution="1080p"), "seedance-2-0-fast")
    assert error.value.field == "resolution"


def test_an_operators_book_goes_over_the_shipped_one(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text(
        'version = "acme-1"\n[engines.native]\nby = "second"\nusd = { "480p" = 0.002, "720p" = 0.0000001 }\n'
    )
    book = PriceBook.load(path)
    assert (book.version, book.price("native", ask(resolution="480p"))) == ("acme-1", 10_000)
    assert book.price("native", ask()) == 1  # a fraction of a micro-dollar is rounded up
    assert book.price("animatic", ask(resolution="480p")) == 10_000  # as the native engine
    assert book.price("ark", ask()) == 762_300


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = 1", "has no version"),
        ("version = ", "no valid TOML"),
        ('version = "a"\n[engines.native]\nby = "frame"\nusd = {}', "by must be"),
        ('version = "a"\n[engines.native]\nby = "second"\nusd = { "480p" = -1 }', "a number from 0 up"),
        ('version = "a"\n[engines.native]\nby = "second"\nusd = { "480p" = nan }', "a number from 0 up"),
        ('version = "a"\n[engines.native]\nby = "second"\nusd = { "500p" = 1 }', "no resolution '500p'"),
        ('version = "a"\n[engines.native]\nby = "second"\nusd = 3', "a price per resolution"),
        ('version = "a"\n[engines.native]\nby = "second"\nusd = {}\ndiscount = 1', "'discount' means nothing"),
        ('version = "a"\n[engines.x]\nlike = "y"', "names no engine"),
        ('version = "a"\n[engines.x]\nby = "token"', "give usd"),
        ('version = "a"\nengines = 3', "one table per engine"),
    ],
)
def test_a_wrong_book_says_what_is_wrong(tmp_path, text, said):
    path = tmp_path / "prices.toml"
    path.write_text(text)
    with pytest.raises(RequestError, match=said):
        PriceBook.load(path)
    with pytest.raises(RequestError, match="cannot be read"):
        PriceBook.load(tmp_path / "none.toml")


# reserve, settle, release


def test_a_job_is_reserved_settled_and_counted(db, make_job):
    job = make_job(state="running")
    with db.session() as session:
        job = session.get(Job, job.id)
        ledger.reserve(session, job, 50_000, "v1")
        assert ledger.balance(session, "main").reserved == 50_000
        ledger.settle(session, job, 42_000)
    with db.reading() as session:
        account = ledger.balance(session, "main")
        assert (account.reserved, account.spent, account.left) == (0, 42_000, None)
        job = session.get(Job, job.id)
        assert (job.cost_reserved, job.cost_settled, job.price_version) == (50_000, 42_000, "v1")
        assert ledger.mismatches(session) == []


def test_steps_walked_twice_book_once(db, make_job):
    job = make_job(state="running")
    for _ in range(3):
        with db.session() as session:
            ledger.reserve(session, session.get(Job, job.id), 50_000)
    for amount in (40_000, 41_000):
        with db.session() as session:
            assert ledger.settle(session, session.get(Job, job.id), amount).amount == 40_000
    with db.session() as session:
        assert ledger.release(session, session.get(Job, job.id)).kind == "settle"
    with db.reading() as session:
        assert [entry.kind for entry in session.scalars(select(LedgerEntry).order_by(LedgerEntry.id))] == [
            "reserve",
            "settle",
        ]
        assert ledger.balance(session, "main").spent == 40_000


def test_release_gives_back_and_a_second_walk_is_not_free(db, make_job):
    job = make_job(state="running")
    with db.session() as session:
        row = session.get(Job, job.id)
        ledger.reserve(session, row, 50_000)
        ledger.release(session, row)
        assert ledger.balance(session, "main").reserved == 0
        ledger.reserve(session, row, 60_000)
        assert ledger.balance(session, "main").reserved == 60_000
        ledger.release(session, row)
        ledger.settle(session, row, 10_000)
        assert (ledger.balance(session, "main").spent, ledger.balance(session, "main").reserved) == (10_000, 0)
        assert ledger.mismatches(session) == []


def test_nothing_reserved_nothing_released(db, make_job):
    job = make_job(state="running")
    with db.session() as session:
        assert ledger.release(session, session.get(Job, job.id)) is None
        for wrong in (-1, 1.5, True):
            with pytest.raises(ValueError, match="whole micro-dollars"):
                ledger.reserve(session, session.get(Job, job.id), wrong)


def test_a_reserve_is_closed_in_the_month_that_made_it(db, make_job, moved):
    clock = moved(ledger, at=datetime(2026, 11, 30, 23, 59, tzinfo=UTC).timestamp())
    job = make_job(state="running")
    with db.session() as session:
        ledger.reserve(session, session.get(Job, job.id), 50_000)
    clock.pass_by(3_600)
    with db.session() as session:
        ledger.settle(session, session.get(Job, job.id), 45_000)
        november, december = ledger.balance(session, "main", "2026-11"), ledger.balance(session, "main")
        assert (november.spent, november.reserved) == (45_000, 0)
        assert (december.month, december.spent, december.reserved) == ("2026-12", 0, 0)
        assert ledger.mismatches(session) == []


def test_mismatches_and_strays_are_found(db, make_job):
    job = make_job(state="running")
    with db.session() as session:
        ledger.reserve(session, session.get(Job, job.id), 50_000)
        assert ledger.stranded(session) == []
        session.get(Job, job.id).state = "failed"
        session.flush()
        assert ledger.stranded(session) == [job.id]
        session.add(
            LedgerEntry(
                id="led_x",
                tenant="main",
                job=None,
                kind="settle",
                amount=7,
                month="2026-01",
                price_version="",
                created=0.0,
            )
        )
        session.flush()
        assert ledger.mismatches(session) == ["main 2026-01: entries say [0, 7, 0], the running totals None"]


# budgets


def test_a_hard_budget_refuses_and_books_nothing(db, make_job):
    first, second = make_job(state="queued"), make_job(state="queued")
    with db.session() as session:
        ledger.set_budget(session, "main", 100_000, actor="ops")
        ledger.reserve(session, session.get(Job, first.id), 70_000)
    with (
        pytest.raises(JobError, match=r"\$0\.07 and \$0\.03 of this month's budget are left") as error,
        db.session() as session,
    ):
        ledger.reserve(session, session.get(Job, second.id), 70_000)
    assert error.value.code == "budget_exceeded"
    with db.session() as session:
        assert ledger.balance(session, "main").left == 30_000
        ledger.credit(session, "main", 40_000, "ops", "an apology")
        ledger.reserve(session, session.get(Job, second.id), 70_000)
        assert ledger.balance(session, "main").left == 0
        assert ledger.mismatches(session) == []


def test_a_soft_budget_only_tells(db, make_job):
    job = make_job(state="queued")
    with db.session() as session:
        ledger.set_budget(session, "main", 100_000, hard=False, actor="ops")
        ledger.reserve(session, session.get(Job, job.id), 130_000)
        assert ledger.balance(session, "main").left == -30_000
        assert [
            event.data["percent"] for event in session.scalars(select(Event).where(Event.type == "budget.alert"))
        ] == [80, 100, 120]


def test_each_alert_goes_out_once_a_month(db, make_job, moved):
    clock = moved(ledger, webhook, at=datetime(2026, 11, 10, tzinfo=UTC).timestamp())
    with db.session() as session:
        webhook.add(session, "main", "https://example.com/money", ["budget.alert"], actor="ops")
        webhook.add(session, "main", "https://example.com/clips", ["generation.*"], actor="ops")
        ledger.set_budget(session, "main", 100_000, hard=False, actor="ops")

    def spend(amount):
        job = make_job(state="running")
        with db.session() as session:
            ledger.reserve(session, session.get(Job, job.id), amount)
            ledger.settle(session, session.get(Job, job.id), amount)
        with db.reading() as session:
            told = [
                row.body["data"]["percent"]
                for row in session.scalars(select(Delivery).order_by(Delivery.created, Delivery.id))
            ]
            assert sorted(told) == sorted(
                event.data["percent"] for event in session.scalars(select(Event).where(Event.type == "budget.alert"))
            )
            return sorted(told)

    assert spend(79_999) == []
    assert spend(1) == [80]
    assert spend(19_999) == [80]
    assert spend(1) == [80, 100]
    assert spend(20_000) == [80, 100, 120]
    assert spend(50_000) == [80, 100, 120]
    clock.pass_by(30 * 86_400)
    assert spend(90_000) == [80, 80, 100, 120]


def test_a_refusal_is_told_as_the_hundred_per_cent(db, make_job):
    with db.session() as session:
        ledger.set_budget(session, "main", 100_000, actor="ops")
    for _ in range(2):
        ledger.note_refusal(db, "main")
    ledger.note_refusal(db, "other")  # has no budget
    with db.reading() as session:
        assert [
            event.data["percent"] for event in session.scalars(select(Event).where(Event.type == "budget.alert"))
        ] == [80, 100]


def test_submits_at_one_moment_cannot_overspend(any_db):
    """Forty threads want $0.03 each of $0.50: sixteen get it, and the books agree."""
    with any_db.session() as session:
        ledger.set_budget(session, "main", 500_000, actor="ops")
    refused, won, wrong = [], [], []
    gate = threading.Barrier(20)

    def submit():
        gate.wait()
        for _ in range(2):
            try:
                with any_db.session() as session:
                    job = job_row()
                    session.add(job)
                    session.flush()
                    ledger.reserve(session, job, 30_000)
                won.append(job.id)
            except JobError as error:
                refused.append(error.code)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=submit) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert (len(won), set(refused), len(refused)) == (16, {"budget_exceeded"}, 24)
    with any_db.reading() as session:
        assert ledger.balance(session, "main").left == 20_000
        assert ledger.mismatches(session) == []
        assert [
            event.data["percent"] for event in session.scalars(select(Event).where(Event.type == "budget.alert"))
        ] == [80]


def test_settling_and_releasing_at_one_moment_closes_once(any_db):
    jobs = []
    with any_db.session() as session:
        for _ in range(10):
            job = job_row(state="running")
            session.add(job)
            session.flush()
            ledger.reserve(session, job, 10_000)
            jobs.append(job.id)
    wrong = []

    def close(job_id, act):
        try:
            with any_db.session() as session:
                act(session, session.get(Job, job_id))
        except Exception as error:
            wrong.append(error)

    acts = [
        ledger.release,
        ledger.release,
        lambda session, job: ledger.settle(session, job, 4_000),
        lambda session, job: ledger.settle(session, job, 4_000),
    ]
    threads = [threading.Thread(target=close, args=(job, act)) for job in jobs for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    with any_db.reading() as session:
        counts = session.execute(
            select(LedgerEntry.job, func.count()).where(LedgerEntry.kind != "reserve").group_by(LedgerEntry.job)
        ).all()
        assert [count for _, count in counts] == [1] * len(counts) and len(counts) >= 10
        assert (
            ledger.balance(session, "main").spent == 40_000
        )  # a bill that came after its reserve was given back is booked all the same
        assert ledger.balance(session, "main").reserved == 0
        assert ledger.mismatches(session) == []


def job_row(**given):
    values = {
        "id": new_id("gen"), "tenant": "main", "user": "ana", "dialect": "native", "state": "queued", "model": "fake",
        "engine": "fake", "request": {},
        "extra": {}, "prompt_hash": "", "seed": 0, "created": now(), "updated": now(), "expires": now() + 60,
    }  # fmt: skip
    return Job(**{**values, **given})


class Books(RuleBasedStateMachine):
    """Any order of reserve, settle, release, credit and budget changes, against a plain model of what should come
    out."""

    def __init__(self):
        super().__init__()
        self.engine = create_engine("sqlite://")
        Base.metadata.create_all(self.engine)
        self.session = Session(self.engine, expire_on_commit=False)
        self.session.add(Tenant(id="main", name="main", created=0.0, settings={}))
        self.session.commit()
        self.open, self.closed, self.jobs = {}, {}, []
        self.spent = self.credited = 0
        self.budget, self.hard = None, False

    def teardown(self):
        self.session.close()
        self.engine.dispose()

    @rule(amount=st.integers(0, 50_000))
    def reserve_anew(self, amount):
        job = job_row()
        self.session.add(job)
        self.session.commit()
        self.jobs.append(job)
        fits = (
            self.budget is None
            or not self.hard
            or self.spent + sum(self.open.values()) + amount <= self.budget + self.credited
        )
        try:
            ledger.reserve(self.session, job, amount)
            self.session.commit()
            assert fits
            self.open[job.id] = amount
        except JobError as error:
            self.session.rollback()
            assert error.code == "budget_exceeded" and not fits
            self.jobs.remove(job)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), share=st.floats(0, 1.5))
    def settle(self, data, share):
        job = self._choose(data, self.open)
        amount = int(self.open.pop(job.id) * share)
        ledger.settle(self.session, job, amount)
        self.session.commit()
        self.spent += amount
        self.closed[job.id] = ("settle", amount)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def release(self, data):
        job = self._choose(data, self.open)
        amount = self.open.pop(job.id)
        ledger.release(self.session, job)
        self.session.commit()
        self.closed[job.id] = ("release", amount)

    @precondition(lambda self: self.closed)
    @rule(data=st.data(), amount=st.integers(0, 50_000))
    def close_again(self, data, amount):
        job = self._choose(data, self.closed)
        kind, before = self.closed[job.id]
        if kind == "settle":
            assert ledger.settle(self.session, job, amount).amount == before
        closing = ledger.release(self.session, job)
        assert (closing.kind, closing.amount) == (kind, before)
        self.session.commit()

    @rule(data=st.data(), amount=st.integers(0, 50_000))
    @precondition(lambda self: self.open)
    def reserve_again(self, data, amount):
        job = self._choose(data, self.open)
        assert ledger.reserve(self.session, job, amount).amount == self.open[job.id]
        self.session.commit()

    @rule(amount=st.integers(1, 30_000))
    def credit(self, amount):
        ledger.credit(self.session, "main", amount, "ops", "")
        self.session.commit()
        self.credited += amount

    @rule(monthly=st.integers(0, 200_000), hard=st.booleans())
    def set_budget(self, monthly, hard):
        ledger.set_budget(self.session, "main", monthly, hard=hard, actor="ops")
        self.session.commit()
        self.budget, self.hard = monthly, hard

    @invariant()
    def books_agree(self):
        account = ledger.balance(self.session, "main")
        assert (account.reserved, account.spent, account.credited) == (
            sum(self.open.values()),
            self.spent,
            self.credited,
        )
        assert account.reserved >= 0 and account.spent >= 0
        assert ledger.mismatches(self.session) == []
        closings = self.session.execute(
            select(func.count())
            .select_from(LedgerEntry)
            .where(LedgerEntry.kind.in_(("settle", "release")))
            .group_by(LedgerEntry.job)
        )
        assert all(count == 1 for (count,) in closings)

    def _choose(self, data, jobs):
        return self.session.get(Job, data.draw(st.sampled_from(sorted(jobs))))


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=10, stateful_step_count=20, deadline=None)
