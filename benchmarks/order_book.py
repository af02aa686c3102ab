"""An order book of any size as import tables: won opportunities of five lines, for items that lie in stock."""

from pathlib import Path

import numpy as np
import pandas as pd

CUSTOMERS, ITEMS, LINES_EACH = 500, 200, 5


def write_order_book(lines: int, folder: Path) -> tuple[Path, Path]:
    """Master data and won opportunities with so many lines, as two folders of CSV files."""
    masters, orders = folder / "masters", folder / "orders"
    item = [f"ITEM-{number:03d}" for number in range(ITEMS)]
    save(masters, "customers", customer=[f"C-{number:03d}" for number in range(CUSTOMERS)], name="Customer")
    save(masters, "suppliers", supplier=["S-1"], name="Supplier")
    save(masters, "items", item=item, name=item, unit="EA", sourcing="buy", lead_time_days=5)
    save(masters, "supplier_items", supplier="S-1", item=item, price="1.00")
    save(masters, "stock", item=item, quantity=lines // ITEMS, unit_cost="1.00")
    position = np.arange(lines)
    opportunity = pd.Series(position // LINES_EACH).map("OPP-{:06d}".format)
    first = opportunity.drop_duplicates()
    number = np.arange(len(first))
    save(
        orders,
        "opportunities",
        opportunity=first,
        customer=[f"C-{place:03d}" for place in number % CUSTOMERS],
        stage="won",
        close_date="2026-01-05",
    )
    save(
        orders,
        "opportunity_lines",
        opportunity=opportunity,
        line=position % LINES_EACH + 1,
        item=[item[place] for place in position % ITEMS],
        quantity=position % 7 + 1,
        requested_date=pd.Series(np.datetime64("2026-02-02") + position % 90).dt.strftime("%Y-%m-%d"),
        unit_price=pd.Series(1000 + position % 977).map("{}.25".format),
    )
    return masters, orders


def save(folder: Path, table: str, /, **columns) -> None:
    """One import table as a CSV file; single values hold for every row."""
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(columns).to_csv(folder / f"{table}.csv", index=False)
