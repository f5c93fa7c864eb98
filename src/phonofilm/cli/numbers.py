"""``phonofilm numbers`` and ``phonofilm income``: the owner's numbers, and what a month would bring."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from phonofilm.cli.serve import settings_of

if TYPE_CHECKING:
    from phonofilm.jobs.observe.numbers import Numbers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of ``numbers``."""
    _where(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as data, as the API gives it")
    form.add_argument("--csv", action="store_true", help="a row for each day and engine")
    parser.set_defaults(command=numbers)


def add_income_arguments(parser: argparse.ArgumentParser) -> None:
    """Of ``income``: one option for each input of the model."""
    from phonofilm.jobs.money.income import NAMES

    _where(parser)
    parser.add_argument("--json", action="store_true", help="as data, as the API gives it")
    parser.add_argument(
        "--conversion",
        type=float,
        action="append",
        metavar="PERCENT",
        help="of the users who pay, may be given several times; default 0.1, 1, 5",
    )
    for name in NAMES:
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, metavar="N", help=_HELP[name])
    parser.set_defaults(command=income)


_HELP = {
    "users": "who generate something in the month; default the last 30 days'",
    "price": "dollars a payer pays for the month",
    "free_generations": "a month, of a user who does not pay; default as measured",
    "paid_generations": "a month, of a payer",
    "cost_per_generation": "dollars; default as measured",
    "cost_cap": "dollars a generation may cost; default the setting",
    "fee_percent": "of each payment, for its handling",
    "fee_fixed": "dollars besides, for each payment",
    "fixed_costs": "dollars a month, whatever is made",
}


def _where(parser: argparse.ArgumentParser) -> None:
    from pathlib import Path

    parser.add_argument(
        "--days", type=int, default=30, metavar="N", help="UTC days, today included, 1 to 92; default 30"
    )
    parser.add_argument("--home", type=Path, metavar="DIR", help="folder of the installation; default ~/.phonofilm")
    parser.add_argument("--database-url", metavar="URL", help="its database; default SQLite in the home")


def _measured(options: argparse.Namespace) -> Numbers:
    from phonofilm.errors import RequestError
    from phonofilm.jobs.observe.numbers import MOST_DAYS, numbers
    from phonofilm.jobs.store.database import Database

    if not 1 <= options.days <= MOST_DAYS:
        raise RequestError(f"--days is from 1 to {MOST_DAYS}, not {options.days}; choose a number between")
    config = settings_of(options).config()
    db = Database(config.database)
    db.migrate()
    try:
        return numbers(db, options.days, cap=config.cap)
    finally:
        db.close()


def numbers(options: argparse.Namespace) -> int:
    """A table, JSON or CSV on standard output."""
    from phonofilm.jobs.observe.numbers import OUTCOMES

    measured = _measured(options)
    if options.json:
        print(json.dumps(measured.plain(), indent=2))
    elif options.csv:
        rows = csv.writer(sys.stdout, lineterminator="\n")
        rows.writerow(("date", "engine", *OUTCOMES, "cost_usd"))
        for day in measured.days:
            for engine, one in day.engines.items():
                rows.writerow((day.date, engine, *one.counts(), f"{one.cost / 1e6:.6f}"))
    else:
        _table(measured)
    return 0


def _table(measured: Numbers) -> None:
    from phonofilm.jobs.observe.numbers import ALERT_PERCENT, OUTCOMES

    active, said, kept = measured.active, measured.moderation, measured.publish
    print(f"{measured.days[0].date} to {measured.days[-1].date} (UTC), {measured.total.asked} generations")
    print(f"active users      {active[1]} today, {active[7]} in 7 days, {active[30]} in 30 days")
    print(f"{'engine':<18}" + "".join(f"{name:>9}" for name in OUTCOMES) + f"{'cost':>12}{'each':>12}")
    for engine, one in [*measured.engines.items(), ("all", measured.total)]:
        counts = "".join(f"{count:>9}" for count in one.counts())
        print(f"{engine:<18}{counts}{_usd(one.cost):>12}{_usd(one.cost_per_generation):>12}")
    cap = "no cap is set (setting cost_cap)"
    if measured.cap is not None:
        cap = f"{_number(measured.cap_percent)} % of the cap of {_usd(measured.cap)}"
    alert = f": ALERT, above {ALERT_PERCENT:g} %" if measured.alert else ""
    print(f"cost a generation {_usd(measured.cost_per_generation)} yesterday and today, {cap}{alert}")
    each = (f"{_number(measured.per_thousand(count))} {name}" for name, count in asdict(said).items())
    print(f"of a thousand     {', '.join(each)}")
    of = f"of {kept.there} clips {kept.kept} kept, {kept.shared} shared, {kept.continued} continued"
    print(f"publish rate      {_number(kept.percent)} %: {of}")
    print("conversion        not known: nothing here sees visitors or payments; see phonofilm income")


def income(options: argparse.Namespace) -> int:
    """A table or JSON on standard output."""
    from phonofilm.jobs.money import income as model

    given = {name: value for name in model.NAMES if (value := getattr(options, name)) is not None}
    found = model.income(_measured(options), given, tuple(options.conversion or model.CONVERSIONS))
    if options.json:
        print(json.dumps(asdict(found), indent=2))
        return 0
    for name, value in asdict(found.inputs).items():
        print(f"{name:<22}{value:>14,.6g}  {found.sources[name]}")
    heads = f"{'conversion':>10}{'payers':>10}{'revenue':>12}{'fees':>10}{'making':>12}{'profit':>12}"
    print(f"\n{heads}{'margin':>9}{'at alert':>12}")
    for one in found.rows:
        margin = "-" if one.margin is None else f"{one.margin:.1f} %"
        alert = "-" if one.at_alert is None else f"{one.at_alert:,.2f}"
        money = f"{one.revenue:>12,.2f}{one.fees:>10,.2f}{one.making:>12,.2f}{one.profit:>12,.2f}"
        print(f"{one.conversion:>8g} %{one.payers:>10,.0f}{money}{margin:>9}{alert:>12}")
    enough = "no conversion is enough" if found.break_even is None else f"at {found.break_even:.2f} % conversion"
    print(f"\nbreak-even: {enough}. Dollars a month; conversion is assumed, nothing here knows who pays.")
    return 0


def _usd(micro: float | None) -> str:
    return "-" if micro is None else f"${micro / 1e6:,.2f}" if micro >= 1e5 or micro == 0 else f"${micro / 1e6:,.4f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"
