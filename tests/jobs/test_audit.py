"""The audit log: whatever is changed, taken out, moved, put in between or cut off is found."""

import threading
import time

import pytest
from sqlalchemy import delete, select, text, update

from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.tables import AuditEntry, AuditHead


@pytest.fixture
def log(db):
    with db.session() as session:
        for number in range(6):
            audit.record(
                session,
                "ana",
                "review.decide",
                f"rev_{number}",
                {"decision": "publish", "score": 0.1 * number, "wörter": ["ä", None, True]},
            )
    return db


def verify(db, checkpoint=None):
    with db.reading() as session:
        return audit.verify(session, checkpoint)


def ids(db):
    with db.reading() as session:
        return list(session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)))


def test_a_whole_log_is_whole(log, db):
    assert verify(log) is None
    with db.reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert entries[0].previous == audit.START
        assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
        assert audit.checkpoint(session) == f"6:{entries[-1].hash}"


@pytest.mark.parametrize("column", ["at", "actor", "action", "subject", "data", "previous", "hash"])
def test_a_changed_entry_is_found(log, column):
    third = ids(log)[2]
    value = {"at": 1.0, "data": {"decision": "block"}}.get(column, "x" * 64)
    with log.session() as session:
        session.execute(update(AuditEntry).where(AuditEntry.id == third).values(**{column: value}))
    assert verify(log) == third


@pytest.mark.parametrize("gone", [0, 3])
def test_a_removed_entry_is_found_at_the_one_after_it(log, gone):
    all_ids = ids(log)
    with log.session() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.id == all_ids[gone]))
    assert verify(log) == all_ids[gone + 1]


def test_entries_cut_off_the_end_are_missed(log):
    all_ids = ids(log)
    with log.session() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.id >= all_ids[4]))
    assert verify(log) == all_ids[3] + 1
    with log.session() as session:
        session.execute(delete(AuditEntry))
    assert verify(log) == 1


def test_two_entries_that_changed_places_are_found(log):
    second, third = ids(log)[1:3]
    with log.session() as session:
        for was, becomes in ((second, 9001), (third, second), (9001, third)):
            session.execute(text("UPDATE audit SET id = :new WHERE id = :old"), {"new": becomes, "old": was})
    assert verify(log) == second


def test_a_forged_entry_between_two_is_found(log):
    """Even one whose own hash is right."""
    with log.session() as session:
        fourth = session.get(AuditEntry, ids(log)[3])
        forged = AuditEntry(
            at=1.0, actor="eve", action="review.decide", subject="rev_9", data={}, previous=fourth.previous, hash=""
        )
        forged.hash = audit.digest(forged, 4)
        fourth.data, fourth.hash, fourth.actor = forged.data, forged.hash, forged.actor
        fourth.at, fourth.subject = forged.at, forged.subject
    assert verify(log) == ids(log)[4]


def test_a_log_written_anew_is_found_by_a_line_kept_elsewhere(log):
    """Somebody with the whole database can forge it from end to end; the checkpoint of before tells."""
    with log.reading() as session:
        kept = audit.checkpoint(session)
    with log.session() as session:
        session.execute(delete(AuditEntry))
        session.execute(delete(AuditHead))
        session.expire_all()
        for number in range(7):
            audit.record(session, "eve", "nothing", f"rev_{number}")
    assert verify(log) is None
    with log.reading() as session:
        sixth = session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all()[5]
    assert verify(log, kept) == sixth
    assert verify(log, f"8:{'0' * 64}") is not None
    assert verify(log, "7:" + kept.partition(":")[2]) is not None


def test_what_is_rolled_back_was_never_written(log):
    class Stop(Exception):
        pass

    with pytest.raises(Stop), log.session() as session:
        audit.record(session, "ana", "never", "x")
        raise Stop
    assert verify(log) is None
    assert len(ids(log)) == 6


def test_data_must_be_plain(db):
    with db.session() as session:
        for wrong in ({"a": object()}, {"a": float("nan")}):
            with pytest.raises((TypeError, ValueError)):
                audit.record(session, "ana", "x", "y", wrong)


def test_writers_at_one_moment_make_one_chain(any_db):
    """Ten threads, each with other work in the same transactions, on both databases."""
    wrong = []
    gate = threading.Barrier(10)

    def write(name):
        gate.wait()
        try:
            for number in range(6):
                with any_db.session() as session:
                    audit.record(session, name, "work", f"{name}-{number}", {"n": number})
                    if number % 3 == 2:
                        audit.record(session, name, "more", f"{name}-{number}")
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=write, args=(f"t{number}",)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert verify(any_db) is None
    with any_db.reading() as session:
        assert len(session.scalars(select(AuditEntry)).all()) == 80
        assert audit.checkpoint(session).startswith("80:")


def test_it_is_whole_while_entries_are_written(any_db):
    """Whoever checks sees one moment: never an entry without the end that goes with it."""
    over = threading.Event()

    def write(name):
        number = 0
        while not over.is_set():
            number += 1
            with any_db.session() as session:
                audit.record(session, name, "work", f"{name}-{number}")

    threads = [threading.Thread(target=write, args=(f"t{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        seen = []
        end = time.monotonic() + 60
        while (
            len(seen) < 25 or len({line for _, line in seen}) <= 5
        ) and time.monotonic() < end:  # writers may have to wait their turn
            seen.append(audit.check(any_db))
    finally:
        over.set()
        for thread in threads:
            thread.join(60)
    assert {first for first, _ in seen} == {None}
    assert len({line for _, line in seen}) > 5  # it grew meanwhile
