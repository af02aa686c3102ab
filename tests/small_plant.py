"""A small plant for the tests of facts: desks of a top and four legs, painted tops, and the documents of facts."""

from datetime import date

import pandas as pd

from calculations.exact import micro_text
from calculations.fact_posting import FACTS, Posting, post_facts
from calculations.policies import resolve
from support import frame_rows, world_of

MONTH_END = date(2026, 1, 31)


def item(code: str, sourcing: str = "buy", **columns) -> dict:
    return {"item": code, "name": code, "unit": "EA", "sourcing": sourcing, **columns}


def plant(*, items=(), work_orders=(), components=(), purchases=(), subcontracts=(), sent=(), sales=(), **tables):
    """A world of desks.

    Args:
        items: item rows that replace or add to DESK, TOP, LEG, SCREW and PAINTED-TOP.
        work_orders: (order, item, quantity); components: (order, item, planned[, issued before]).
        purchases: (order, line, item, quantity[, unit price]) at supplier V.
        subcontracts: (order, item, quantity) at subcontractor P; sent: (order, item, planned[, sent before]).
        sales: (order, line, item, quantity). tables: any other import table.
    """
    rows = {row["item"]: row for row in (item("DESK", "make"), item("TOP"), item("LEG"), item("SCREW"),
                                         item("PAINTED-TOP", "subcontract"))}  # fmt: skip
    rows |= {row["item"]: row for row in items}
    suppliers = tables.pop("suppliers", [{"supplier": "V", "name": "V"}, {"supplier": "P", "name": "P"}])
    return world_of(
        {
            "customers": [{"customer": "C", "name": "C"}],
            "suppliers": suppliers,
            "items": list(rows.values()),
            "work_centers": [{"work_center": "BENCH"}],
            "purchase_orders": [
                {"order": order, "supplier": "V", "order_date": "2025-12-01"}
                for order in dict.fromkeys(row[0] for row in purchases)
            ],
            "purchase_order_lines": [
                {"order": order, "line": line, "item": code, "quantity": quantity, "due_date": "2026-01-10",
                 "unit_price": price[0] if price else ""}
                for order, line, code, quantity, *price in purchases
            ],
            "work_orders": [
                {"order": order, "item": code, "quantity": quantity, "start_date": "2026-01-05",
                 "due_date": "2026-01-20"}
                for order, code, quantity in work_orders
            ],
            "work_order_components": [
                {"order": order, "item": code, "quantity": quantity, "issued_quantity": issued[0] if issued else 0}
                for order, code, quantity, *issued in components
            ],
            "subcontract_orders": [
                {"order": order, "supplier": "P", "item": code, "quantity": quantity,
                 "due_date": "2026-01-20", "fee": 5}
                for order, code, quantity in subcontracts
            ],
            "subcontract_order_components": [
                {"order": order, "item": code, "quantity": quantity, "sent_quantity": before[0] if before else 0}
                for order, code, quantity, *before in sent
            ],
            "sales_orders": [
                {"order": order, "customer": "C", "order_date": "2026-01-02"}
                for order in dict.fromkeys(row[0] for row in sales)
            ],
            "sales_order_lines": [
                {"order": order, "line": line, "item": code, "quantity": quantity, "due_date": "2026-01-20"}
                for order, line, code, quantity in sales
            ],
            **tables,
        }
    )  # fmt: skip


def on(day: int, event: str, order: str, **columns) -> dict:
    """A fact of a day in January 2026."""
    return {"event": event, "date": f"2026-01-{day:02d}", "order": order, **columns}


def posted(world, as_of: date | None = MONTH_END, tables=FACTS, hold=False, **policies) -> Posting:
    return post_facts(world, resolve(policies, as_of or MONTH_END), as_of, tables, hold)


def stock_of(posting: Posting) -> dict[tuple, str]:
    """Balances other than zero as text, by item and status, the warehouse MAIN and no lot left unsaid."""
    sums: dict[tuple, int] = {}
    stock = posting.world["stock"]
    for code, status, warehouse, lot, quantity in stock[
        ["item", "status", "warehouse", "lot", "quantity_micro"]
    ].itertuples(index=False):
        key = (code, status, *(part for part in (warehouse, lot) if part not in ("MAIN", "")))
        sums[key] = sums.get(key, 0) + quantity
    return {key: micro_text(quantity) for key, quantity in sums.items() if quantity}


def refusals(posting: Posting) -> list[tuple[str, int, str]]:
    """Table, row and column of what was refused."""
    rows = posting.refused
    return list(zip(rows["table"], rows["row"].tolist(), rows["column"], strict=True))


def why(posting: Posting) -> str:
    """The message of the only refusal."""
    assert len(posting.refused) == 1, posting.refused.to_string()
    return posting.refused["message"].iloc[0]


def used(posting: Posting) -> list[tuple[str, str, str]]:
    """Event, item and quantity of what was used up."""
    return [(row["event"], row["item"], row["quantity"]) for row in frame_rows(posting.consumptions)]


def kinds(posting: Posting) -> list[tuple[str, str, str, str]]:
    """Kind, item, status and quantity of every move."""
    return [(row["kind"], row["item"], row["status"], row["quantity"]) for row in frame_rows(posting.moves)]


def same_frames(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))
