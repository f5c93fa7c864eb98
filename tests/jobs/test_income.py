"""The model of income: against sums done by hand, its break-even against the profit there, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.money.income import NAMES, Inputs, break_even, income, row
from phonofilm.jobs.observe.numbers import Day, Kept, Moderation, Numbers, Tally

HAND = {
    "users": 10_000, "price": 10, "free_generations": 2, "paid_generations": 30, "cost_per_generation": 0.05,
    "cost_cap": 0.1, "fee_percent": 3, "fee_fixed": 0.2, "fixed_costs": 100,
}  # fmt: skip


def measured(*, asked=900, made=600, cost=60_000_000, month=100, days=30, cap=None):
    rows = [Day(date=f"2026-11-{number + 1:02}", users=1) for number in range(days)]
    rows[-1].total.made, rows[-1].total.failed, rows[-1].total.cost = made, asked - made, cost
    nothing = Moderation(blocked=0, held=0, appealed=0), Kept(there=0, kept=0, shared=0, continued=0, used=0)
    return Numbers(
        at=0.0,
        days=rows,
        active={1: 1, 7: 1, 30: month},
        moderation=nothing[0],
        publish=nothing[1],
        cap=cap,
        total=rows[-1].total,
    )


def test_a_month_by_hand():
    """100 payers of 10,000: 1,000 dollars come in; 30 + 20 dollars of fees; 3,000 + 19,800 generations at 5 cents."""
    found = income(None, HAND, (0.0, 1.0, 100.0))
    none, one, everybody = found.rows
    assert (one.payers, one.revenue, one.fees, one.generations) == (100, 1_000, pytest.approx(50), 22_800)
    assert (
        one.making == pytest.approx(1_140)
        and one.profit == pytest.approx(1_000 - 50 - 1_140 - 100)
        and one.margin == pytest.approx(-29)
    )
    assert one.at_alert == pytest.approx(1_000 - 50 - 100 - 22_800 * 0.12)
    assert (none.revenue, none.margin, none.profit) == (0, None, pytest.approx(-1_100))
    assert everybody.profit == pytest.approx(100_000 - 5_000 - 15_000 - 100)
    assert found.break_even == pytest.approx(100 * 1_100 / (10_000 * (10 - 0.5 - 1.4)))


def test_three_conversions_unless_others_are_asked_for():
    assert [one.conversion for one in income(None).rows] == [0.1, 1.0, 5.0]


@given(st.fixed_dictionaries({name: st.floats(0, 100) for name in NAMES}), st.floats(0, 100))
def test_profit_is_nothing_at_break_even(values, conversion):
    inputs = Inputs(**values)
    found, at = break_even(inputs), row(inputs, conversion)
    assert at.profit == pytest.approx(at.revenue - at.fees - at.making - inputs.fixed_costs)
    if found is not None:
        assert 0 <= found <= 100
        assert row(inputs, found).profit == pytest.approx(0, abs=1e-6 * (1 + inputs.users * (inputs.price + 1)))
    else:
        assert row(inputs, 100).profit < 1e-6 or row(inputs, 0).profit < 0


def test_what_was_measured_comes_first_and_is_said():
    found = income(measured(cap=200_000), {"price": 20})
    assert (
        found.inputs.users,
        found.inputs.free_generations,
        found.inputs.cost_per_generation,
        found.inputs.cost_cap,
    ) == (100, 9, 0.1, 0.2)
    assert (
        found.sources["users"]
        == found.sources["cost_per_generation"]
        == found.sources["free_generations"]
        == "measured"
    )
    assert found.sources["price"] == found.sources["cost_cap"] == "set" and found.sources["fee_percent"] == "assumed"


def test_of_ten_days_three_times_as_much_is_a_month():
    assert income(measured(asked=100, days=10)).inputs.free_generations == 3.0


def test_an_empty_house_assumes_everything():
    assert set(income(measured(asked=0, made=0, cost=0, month=0)).sources.values()) == {"assumed"}
    assert measured().total == Tally(made=600, failed=300, cost=60_000_000)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"users": -1}, "users"),
        ({"price": float("nan")}, "price"),
        ({"fee_percent": 101}, "fee_percent"),
        ({"users": 1e10}, "users"),
        ({"visitors": 1}, "visitors"),
    ],
)
def test_what_is_no_input_is_refused_by_its_name(given, field):
    with pytest.raises(JobError) as refused:
        income(None, given)
    assert (refused.value.code, refused.value.field) == ("invalid_parameter", field) and field in str(refused.value)


@pytest.mark.parametrize("conversions", [(), (101.0,), (-0.1,), (float("inf"),), tuple(float(n) for n in range(13))])
def test_conversions_are_per_cent(conversions):
    with pytest.raises(JobError) as refused:
        income(None, {}, conversions)
    assert refused.value.field == "conversion"
