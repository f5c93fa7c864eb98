"""What a month would bring: income at 0.1, 1 and 5 % conversion, and at any other, from inputs that one may change.

A small model, a month of users of whom a share pays a fixed price:

    payers      = users x conversion
    revenue     = payers x price                                                     dollars
    fees        = payers x (price x fee_percent / 100 + fee_fixed)                   dollars
    generations = payers x paid_generations + (users - payers) x free_generations
    making      = generations x cost_per_generation                                  dollars
    profit      = revenue - fees - making - fixed_costs                              dollars
    margin      = profit / revenue                                                   per cent
    break-even conversion: the one at which profit is 0,
        (users x free_generations x cost_per_generation + fixed_costs)
        / (users x (price - fees of one payer - (paid_generations - free_generations) x cost_per_generation))

Nothing here is known of who pays: conversion is always an assumption. What has been measured (users, generations a
user, the cost of one) is taken from
:mod:`phonofilm.jobs.observe.numbers`, and every other default is said to be assumed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.observe.numbers import ALERT_PERCENT, Numbers

CONVERSIONS = (0.1, 1.0, 5.0)
"""Per cent of the users who pay."""
MOST_CONVERSIONS = 12
USD = 1e6
"""Micro-dollars of a dollar."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """A month, as it is assumed. Each from 0 up to :data:`MOST`; the values here are assumptions, no figures of
    anybody's."""

    users: float = 10_000.0
    """People who generate something in the month."""
    price: float = 12.0
    """Dollars a payer pays for the month."""
    free_generations: float = 3.0
    """That a user who does not pay makes in the month."""
    paid_generations: float = 40.0
    """That a payer makes in the month."""
    cost_per_generation: float = 0.1
    """Dollars, what failures cost included."""
    cost_cap: float = 0.0
    """Dollars that a generation may cost; 0: no cap."""
    fee_percent: float = 2.9
    """Per cent of each payment that its handling costs."""
    fee_fixed: float = 0.3
    """Dollars besides, for each payment."""
    fixed_costs: float = 500.0
    """Dollars a month, whatever is made: machines, people."""


MOST = {"fee_percent": 100.0}
"""The largest value of an input; of those not named :data:`LARGEST`."""
LARGEST = 1e9
NAMES = tuple(one.name for one in fields(Inputs))


@dataclass(frozen=True, kw_only=True)
class Row:
    """A month at one conversion. Dollars, but for ``payers`` and ``generations``; ``conversion`` and ``margin`` in per
    cent."""

    conversion: float
    payers: float
    revenue: float
    fees: float
    generations: float
    making: float
    profit: float
    margin: float | None
    """None where there is no revenue."""
    at_alert: float | None
    """The profit if each generation cost what sets off the alert, 120 % of the cap; None without a cap."""


@dataclass(frozen=True, kw_only=True)
class Income:
    """What the inputs come to. ``sources`` says of each input: measured, set (by the caller, or a setting) or
    assumed."""

    inputs: Inputs
    sources: dict[str, str]
    rows: list[Row]
    break_even: float | None
    """Per cent of the users who must pay for a profit of 0; None where no share up to all of them is enough."""


def income(
    measured: Numbers | None, given: Mapping[str, float] | None = None, conversions: tuple[float, ...] = CONVERSIONS
) -> Income:
    """The model with the ``given`` inputs, what was ``measured`` for those not given, and assumptions for the rest.
    Raises JobError invalid_parameter."""
    inputs, sources = defaults(measured)
    for name, value in (given or {}).items():
        if name not in NAMES:
            raise JobError(
                "invalid_parameter", f"'{name}' is no input of the model; it has {', '.join(NAMES)}", field=name
            )
        most = MOST.get(name, LARGEST)
        if not (math.isfinite(value) and 0 <= value <= most):
            raise JobError("invalid_parameter", f"{name} is a number from 0 to {most:g}, not {value}", field=name)
        inputs, sources[name] = replace(inputs, **{name: float(value)}), "set"
    if not 1 <= len(conversions) <= MOST_CONVERSIONS or not all(
        math.isfinite(one) and 0 <= one <= 100 for one in conversions
    ):
        raise JobError(
            "invalid_parameter",
            f"give 1 to {MOST_CONVERSIONS} conversions, each from 0 to 100 per cent",
            field="conversion",
        )
    return Income(
        inputs=inputs, sources=sources, rows=[row(inputs, one) for one in conversions], break_even=break_even(inputs)
    )


def defaults(measured: Numbers | None) -> tuple[Inputs, dict[str, str]]:
    """The inputs as measured where they were, and where each comes from.

    A month's users are the MAU; the generations each makes are those of the days that were measured, scaled to thirty,
    by as many.
    """
    inputs, sources = Inputs(), dict.fromkeys(NAMES, "assumed")
    if measured is None:
        return inputs, sources
    if users := measured.active[30]:
        recent = measured.days[-30:]
        made = sum(day.total.asked for day in recent) * 30 / len(recent)
        inputs = replace(inputs, users=float(users), free_generations=round(made / users, 3))
        sources |= {"users": "measured", "free_generations": "measured"}
    if (per := measured.total.cost_per_generation) is not None:
        inputs = replace(inputs, cost_per_generation=round(per / USD, 6))
        sources["cost_per_generation"] = "measured"
    if measured.cap is not None:
        inputs = replace(inputs, cost_cap=measured.cap / USD)
        sources["cost_cap"] = "set"
    return inputs, sources


def row(inputs: Inputs, conversion: float) -> Row:
    """The month at one conversion (per cent), by the formulae above."""
    payers = inputs.users * conversion / 100
    revenue = payers * inputs.price
    fees = payers * _fees(inputs)
    generations = payers * inputs.paid_generations + (inputs.users - payers) * inputs.free_generations
    before = revenue - fees - inputs.fixed_costs
    making = generations * inputs.cost_per_generation
    profit = before - making
    alert = before - generations * inputs.cost_cap * ALERT_PERCENT / 100 if inputs.cost_cap else None
    return Row(
        conversion=conversion,
        payers=payers,
        revenue=revenue,
        fees=fees,
        generations=generations,
        making=making,
        profit=profit,
        margin=100 * profit / revenue if revenue else None,
        at_alert=alert,
    )


def break_even(inputs: Inputs) -> float | None:
    """The conversion (per cent) at which profit is 0; None where even all users paying would not do, or one payer more
    makes it worse."""
    spent = inputs.users * inputs.free_generations * inputs.cost_per_generation + inputs.fixed_costs
    more = inputs.paid_generations - inputs.free_generations
    brought = inputs.users * (inputs.price - _fees(inputs) - more * inputs.cost_per_generation)
    if spent == 0:
        return 0.0 if brought >= 0 else None
    return 100 * spent / brought if brought > 0 and spent <= brought else None


def _fees(inputs: Inputs) -> float:
    """Dollars of one payment."""
    return inputs.price * inputs.fee_percent / 100 + inputs.fee_fixed
