"""A month of AdventureWorks through the stage flows, week by week, and what is left of it in the end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from calculations.cost_entries import CLOSING_TERMS, OPENING_TERMS
from demo.adventureworks_documents import documents, facts, opening
from demo.adventureworks_masters import Tables, master_data

# The stock snapshot cannot feed the month (docs/decisions/0010): every fact is posted, every shortfall is listed.
POLICIES = {"negative_stock_warehouses": ["MAIN"]}


@dataclass(frozen=True)
class Result:
    """What the month came to; amounts are micro-units.

    Attributes:
        stages: what each flow run returned, in order.
        identity: term, amount_micro.
        orders: order, customer, revenue_micro, cost_micro, margin_micro; best margin first.
        customers: customer, name, orders, revenue_micro, cost_micro, margin_micro; best margin first.
        shortfalls: item, name, quantity_micro (below zero) at the month's end; largest first.
        refused: table, row, column, value, message of whatever was not taken.
        out: folder everything was written to.
    """

    month: str
    stages: list[dict]
    identity: pd.DataFrame
    orders: pd.DataFrame
    customers: pd.DataFrame
    shortfalls: pd.DataFrame
    refused: pd.DataFrame
    out: Path


def run_month(export: Tables, month: str, out: Path, tell: Callable[[str], None] = lambda step: None) -> Result:
    """Import what is there on the first day, plan, then live through the weeks and close the month.

    Args:
        export: see `read_export`. month: YYYY-MM. out: folder for import tables and results.
        tell: called with a sentence before each step.
    """
    from flows.cost_closing import cost_closing
    from flows.fact_posting import fact_posting
    from flows.kitting_check import kitting_check
    from flows.material_planning import material_planning
    from flows.opportunity_conversion import opportunity_conversion
    from flows.quality_inspection import quality_inspection
    from flows.report import report

    weeks = list(weeks_of(month))
    first, last = weeks[0][0], weeks[-1][1]
    tell(f"what is there on {first} is imported and planned")
    stages = [
        load(master_data(export, month) | opening(export, str(first)), out / "tables" / "opening", first),
        kitting_check(first, POLICIES, send=False),
        material_planning(first, POLICIES, send=False),
    ]
    for monday, sunday in weeks:
        tell(f"orders are converted and facts posted up to {sunday}")
        days = str(monday), str(sunday)
        # what ships this week was ordered a week before and more, so its order has its number already
        arrived = documents(export, *days) | facts(export, *days, order_numbers())
        stages += [
            load(arrived, out / "tables" / f"week-{monday}", sunday),
            opportunity_conversion(sunday, POLICIES, send=False),
            fact_posting(sunday, POLICIES, send=False),
            quality_inspection(sunday, POLICIES, send=False),
        ]
    tell(f"the costs of {month} are closed")
    stages.append(cost_closing(last, POLICIES, send=False))
    report(last)
    return written(result(month, stages, out))


def weeks_of(month: str) -> Iterator[tuple[date, date]]:
    """First and last day of each week of a month, weeks cut at its ends.

    >>> [(start.day, end.day) for start, end in weeks_of("2014-05")]
    [(1, 4), (5, 11), (12, 18), (19, 25), (26, 31)]
    """
    period = pd.Period(month, "M")
    day, last = period.start_time.date(), period.end_time.date()
    while day <= last:
        sunday = min(day + timedelta(days=6 - day.weekday()), last)
        yield day, sunday
        day = sunday + timedelta(days=1)


def load(tables: Tables, folder: Path, as_of: date) -> dict:
    """Write the tables as CSV files, as a foreign system would, and import the folder."""
    from flows.data_import import data_import

    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        if len(table):
            table.to_csv(folder / f"{name}.csv", index=False)
    return data_import(str(folder), as_of, send=False)


def order_numbers() -> dict[str, str]:
    """Our sales order of each converted opportunity."""
    orders = table("sales_orders")
    orders = orders[orders["opportunity"] != ""]
    return dict(zip(orders["opportunity"], orders["order"], strict=True))


def table(name: str) -> pd.DataFrame:
    """A table of the database as it stands."""
    from models.database import read_table, reading
    from models.migrating import ready_engine
    from settings import settings

    with reading(ready_engine(settings().database_url)) as connection:
        return read_table(connection, name)


def result(month: str, stages: list[dict], out: Path) -> Result:
    """The month's result, read from the database."""
    margins = table("order_margins")
    margins = margins[margins["period"] == month]
    names = table("customers").set_index("customer")["name"]
    orders = sums(margins, ["order", "customer"])
    customers = sums(margins, ["customer"])
    customers.insert(1, "name", customers["customer"].map(names))
    customers.insert(2, "orders", customers["customer"].map(orders.groupby("customer").size()))
    identity = table("cost_identity").query("period == @month").set_index("term")["amount_micro"]
    return Result(
        month=month,
        stages=stages,
        identity=identity.reindex([*OPENING_TERMS, *CLOSING_TERMS, "difference"]).reset_index(),
        orders=orders,
        customers=customers,
        shortfalls=shortfalls(),
        refused=table("quarantine"),
        out=out,
    )


def sums(margins: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Revenue, cost and margin by key, best margin first."""
    total = margins.groupby(keys, as_index=False)[["revenue_micro", "cost_micro", "margin_micro"]].sum()
    return total.sort_values(["margin_micro", *keys], ascending=[False, *[True] * len(keys)], ignore_index=True)


def shortfalls() -> pd.DataFrame:
    """Items whose usable stock ended below zero, largest shortfall first."""
    moves = table("stock_moves")
    balance = moves[moves["status"] == "available"].groupby("item", as_index=False)["quantity_micro"].sum()
    short = balance[balance["quantity_micro"] < 0].sort_values(["quantity_micro", "item"], ignore_index=True)
    short.insert(1, "name", short["item"].map(table("items").set_index("item")["name"]))
    return short


def written(result: Result) -> Result:
    """The result's tables as CSV files beside the database; returns the result."""
    from tasks.presentation import readable_rows

    files = {
        "identity": result.identity,
        "margins_by_order": result.orders,
        "margins_by_customer": result.customers,
        "shortfalls": result.shortfalls,
    }
    for name, frame in files.items():
        pd.DataFrame(readable_rows(frame)).to_csv(result.out / f"{name}.csv", index=False)
    return result
