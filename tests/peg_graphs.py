"""Short questions to the pegs of a plan, for the tests of multi-level pegging."""

import pandas as pd

from calculations.exact import micro_text, to_micro
from calculations.pegging_tree import Branch, PeggingGraph, pegged_down, pegged_up, pegging_graph


def graph(supplies: list[tuple], pegs: list[tuple], safety: dict | None = None, releases=()) -> PeggingGraph:
    """A graph from plain rows.

    Args:
        supplies: (number, item, quantity[, date]); number "" is stock, PO-n/line, WO-n, SC-n or PLAN-… an order.
        pegs: (supply, demand, item, quantity); SO-n/line and FC-n are demands.
        safety: safety stock by item. releases: (planned order, kind, order[, line]).
    """
    peg_rows = [
        {"supply_kind": kind_of(supply), "supply": split(supply)[0], "supply_line": split(supply)[1],
         "demand_kind": kind_of(demand), "demand": split(demand)[0], "line": split(demand)[1], "item": item,
         "quantity_micro": to_micro(quantity)}
        for supply, demand, item, quantity in pegs
    ]  # fmt: skip
    supply_rows = [
        {"kind": kind_of(number), "number": split(number)[0], "line": split(number)[1], "item": item,
         "quantity_micro": to_micro(quantity), "date": pd.Timestamp(day[0]) if day else pd.NaT}
        for number, item, quantity, *day in supplies
    ]  # fmt: skip
    columns = ["planned_order", "kind", "order", "line"]
    released = pd.DataFrame([(*row, None)[:4] for row in releases], columns=columns).astype({"line": "Int64"})
    safety_stock = pd.Series({item: to_micro(quantity) for item, quantity in (safety or {}).items()}, dtype="int64")
    return pegging_graph(
        pd.DataFrame(peg_rows).astype({"supply_line": "Int64", "line": "Int64"}),
        pd.DataFrame(supply_rows).astype({"line": "Int64"}),
        safety_stock,
        released,
    )


def kind_of(number: str) -> str:
    kinds = {"PO": "purchase_order", "WO": "work_order", "SC": "subcontract_order", "SO": "sales_order",
             "FC": "forecast", "PLAN": "planned_order", "": "stock"}  # fmt: skip
    return kinds[number.split("-")[0]]


def split(number: str) -> tuple[str, int | None]:
    order, _, line = number.partition("/")
    return order, int(line) if line else None


def up(pegging: PeggingGraph, number: str) -> list[str]:
    """The tree up as lines: "level number quantity item of whole: share"."""
    return [line(row) + f": {micro_text(row.share_micro)}" for row in pegged_up(pegging, place(pegging, number))]


def down(pegging: PeggingGraph, number: str) -> list[str]:
    """The tree down as lines: "level number quantity item of whole"."""
    return [line(row) for row in pegged_down(pegging, place(pegging, number))]


def place(pegging: PeggingGraph, number: str) -> int:
    """Position of a supply or demand; an item's stock by the item."""
    found = [node for node, name in enumerate(pegging.number) if name == number]
    assert len(found) == 1, number
    return found[0]


def line(row: Branch) -> str:
    again = " again" if row.again else ""
    name = row.number if row.kind not in ("safety_stock", "surplus") else row.kind
    quantity, whole = micro_text(row.quantity_micro), micro_text(row.whole_micro)
    return f"{row.level} {name} {quantity} {row.item} of {whole}{again}"
