"""What callers ask for often reads what it finds, however many jobs there are: each statement's plan, on both
databases."""

import json
import re

import pytest
from benchmarks.crowd import crowd
from sqlalchemy import event, text

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.config import Config
from phonofilm.jobs.library import lookup, shelf
from phonofilm.jobs.observe import forecast
from phonofilm.jobs.service import Service
from phonofilm.storage.bucket import Bucket

CALLER = Caller(tenant="t3", user="u", scopes=frozenset({"read", "generate"}))


@pytest.fixture(scope="module")
def service(module_db, tmp_path_factory):
    """Four thousand jobs that nobody changes."""
    home = tmp_path_factory.mktemp("plans")
    crowd(module_db, 4_000, main=0.2)
    return Service(module_db, Bucket.open((home / "files").as_uri()), Config(home=home, engines={"fake": {}}))


def statements(db, act):
    """Every question ``act`` asks, with its values."""
    asked = []

    def note(connection, cursor, statement, values, context, many):
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert asked
    return asked


def plan(db, statement, values):
    how = "EXPLAIN QUERY PLAN " if db.sqlite else "EXPLAIN (FORMAT JSON) "
    with db.engine.connect() as link:
        rows = link.exec_driver_sql(how + statement, values).fetchall()
    return "\n".join(str(row[-1]) for row in rows) if db.sqlite else json.dumps(rows[0][0])


QUESTIONS = {
    "list": lambda service: service.list(CALLER),
    "page": lambda service: service.list(CALLER, limit=20, after="gen_5"),
    "state": lambda service: service.list(CALLER, states=("failed", "cancelled")),
    "dialect": lambda service: service.list(CALLER, dialect="openai", states=("succeeded", "queued")),
    "model": lambda service: service.list(CALLER, models=("elsewhere",)),
    "parent": lambda service: service.list(CALLER, parent="gen_x"),
    "take": lambda service: service.list(CALLER, take_of="gen_x"),
    "project": lambda service: service.list(CALLER, project="p10"),
    "favourites": lambda service: service.list(CALLER, favourite=True),
    "projects": lambda service: shelf.projects(service.db, "t3"),
    "rare word": lambda service: service.list(CALLER, search="take3999"),
    "common words": lambda service: service.list(CALLER, search="a red ow"),
    "usage": lambda service: lookup.usage(service.db, "t3"),
    "history": lambda service: forecast.expected(service.db, "animatic", 5.0, "480p"),
    "assets": lambda service: service.list_assets(CALLER),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_reads_every_job(service, question):
    for statement, values in statements(service.db, lambda: QUESTIONS[question](service)):
        how = plan(service.db, statement, values)
        if service.db.sqlite:
            assert not re.search(r"SCAN (jobs|events|prompt_words|outputs|ledger)\b", how), (statement, how)
        else:
            for table in ("jobs", "events", "prompt_words", "outputs", "ledger"):
                assert not re.search(rf'"Seq Scan"[^{{}}]*"Relation Name": "{table}"', how), (statement, how)


def test_the_number_of_questions_does_not_grow(service):
    for question, ask in QUESTIONS.items():
        assert len(statements(service.db, lambda ask=ask: ask(service))) <= 6, question
    with service.db.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM jobs WHERE tenant = 't3'")) > 100
