"""Short questions to a plan, for the tests of material planning."""

from datetime import date

import pandas as pd

from calculations.material_planning import plan_materials
from support import frame_rows

AS_OF = date(2026, 1, 5)


def plan(world, as_of: date = AS_OF, **policies) -> dict[str, list[dict]]:
    """All result frames as readable rows."""
    return {name: frame_rows(frame) for name, frame in plan_materials(world, as_of, policies).items()}


def ordered(world, item: str, as_of: date = AS_OF, by: str = "due_date", **policies) -> list[tuple[str, str]]:
    """(date, quantity) of the item's planned orders."""
    rows = plan(world, as_of, **policies)["planned_orders"]
    return [(row[by], row["quantity"]) for row in rows if row["item"] == item]


def quantities(world, item: str, **policies) -> list[str]:
    """Quantities of the item's planned orders, in the order of need."""
    return [quantity for _, quantity in ordered(world, item, **policies)]


def gross(world, item: str, **policies) -> list[tuple[str, str]]:
    """(date, gross requirement) of an item."""
    rows = plan(world, **policies)["requirements"]
    return [(row["date"], row["gross"]) for row in rows if row["item"] == item]


def exceptions(world, kind: str, **policies) -> list[dict]:
    """Exceptions of one kind."""
    return [row for row in plan(world, **policies)["exceptions"] if row["kind"] == kind]


def firm(**row) -> pd.DataFrame:
    """Planned orders of an earlier run: one row, a firm suggestion to make 3 DESK unless `row` says otherwise."""
    row = {"number": "PLAN-DESK-4", "item": "DESK", "kind": "production", "quantity_micro": 3 * 10**6,
           "receipt_quantity_micro": 3 * 10**6, "release_date": "2026-01-28",
           "due_date": "2026-02-02", "need_date": "2026-02-02",
           "supplier": "", "unit_price_micro": None, "firm": True, "reason": "wanted", "origin": "", **row}  # fmt: skip
    frame = pd.DataFrame([row])
    for column in ("release_date", "due_date", "need_date"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    return frame.astype({"unit_price_micro": "Int64"})
