"""The AdventureWorks month on the terminal: a line for each step, and where the money went at the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

from calculations.exact import MICRO
from demo.adventureworks_month import Result

TOP = 5


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Gives a function that shows the step at hand."""
    with Console().status("a Prefect server starts") as status:
        yield status.update


def print_summary(result: Result) -> None:
    """The identity, the best and worst customers and what did not fit, for people."""
    console = Console(highlight=False)
    identity = Table("term", "amount", title=f"Costs of {result.month}, closed")
    identity.columns[1].justify = "right"
    for term, amount in result.identity.itertuples(index=False):
        identity.add_row(term, money(amount))
    console.print(identity)
    for title, rows in (
        (f"Customers with the highest margin of {len(result.customers):,}", result.customers.head(TOP)),
        (f"Customers with the lowest margin of {len(result.customers):,}", result.customers.tail(TOP).iloc[::-1]),
    ):
        customers = Table("customer", "name", "orders", "revenue", "cost", "margin", title=title)
        for column in customers.columns[2:]:
            column.justify = "right"
        for row in rows.itertuples(index=False):
            amounts = [money(amount) for amount in (row.revenue_micro, row.cost_micro, row.margin_micro)]
            customers.add_row(row.customer, row.name, f"{row.orders:,}", *amounts)
        console.print(customers)
    console.print(
        f"{len(result.orders):,} orders shipped; {len(result.shortfalls):,} items ended below zero (shortfalls.csv); "
        f"{len(result.refused):,} refused row(s) in quarantine. Purchase prices are per published unit of purchase: "
        f"read docs/decisions/0010-adventureworks.md before the margins.\n"
        f"Everything is in {result.out}; open reports/index.html there."
    )


def money(amount_micro: int) -> str:
    """An amount in the currency, to the cent.

    >>> money(-1_234_567_890_000)
    '-1,234,567.89'
    """
    return f"{amount_micro / MICRO:,.2f}"
