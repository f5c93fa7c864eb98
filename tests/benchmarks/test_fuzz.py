"""A short fuzz: no answer of 5xx, nothing bad taken, nothing good refused; and the tally can tell."""

import json
from types import SimpleNamespace

import pytest
from benchmarks.fuzz import Tally, run, table

pytest.importorskip("schemathesis")


def test_a_short_fuzz_finds_nothing():
    figures = run(60, start=3, shares=(0.3, 0.4, 0.3))
    total = figures["total"]
    assert (total["5xx"], total["wrongly_accepted"], total["wrongly_refused"]) == (0, 0, 0), json.dumps(
        figures, indent=1
    )
    assert total["requests"] >= 55 and total["bad"] >= 20 and total["good"] >= 3
    assert "wrongly accepted" in table(figures)


def test_the_tally_counts_each_trouble():
    tally = Tally()
    for code, good in [(201, True), (400, True), (201, False), (400, False), (500, False), (503, None)]:
        tally.note("x", SimpleNamespace(status_code=code, content=b""), good=good)
    plain = tally.plain()
    assert (
        plain["requests"],
        plain["good"],
        plain["bad"],
        plain["5xx"],
        plain["wrongly_accepted"],
        plain["wrongly_refused"],
    ) == (6, 2, 3, 2, 1, 1)
